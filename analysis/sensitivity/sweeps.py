"""Reads sweeps from `runs.db`: what was varied at every point, and what came of it, paired with the
reference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.economics.valuation import choose_worth, read_perspective
from analysis.runs.database import parse
from analysis.sensitivity.indices import (
    Box,
    analyze_morris,
    analyze_sobol,
    find_box,
    find_thresholds,
    is_factorial,
    levels_differ,
    tabulate_tornado,
)
from analysis.sensitivity.spending import read_spending
from analysis.text.wording import say_money, say_number, write_plain
from sim.errors import Refused
from sim.scenario.diagnostics.comparability import explain_mismatch, find_unshared_paths
from sim.store import Written
from sim.store.connection import explain_content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.runs.database import Stored

KEPT_OUTCOMES = ("expected_admissions", "qalys", "cost")
FEWEST_POINTS_READ, MOST_FITTED = 20, 2000


@dataclass(frozen=True)
class Sweep:
    """A sweep whose points were run: `settings` (points, factors) as declared, `values` by
    outcome (points, replicates).

    Values are paired differences from the reference under the same parameter draw and seed where
    there is one. left_out: points that failed or are still to be run. wtp: what a QALY is worth,
    None where nobody declared it: then QALYs stand where the net benefit would, without a verdict.
    perspective: whose costs count as `cost`.
    """

    name: str
    title: str
    summary: str
    design: dict[str, Any]
    factors: list[dict[str, Any]]
    settings: pd.DataFrame
    values: dict[str, NDArray[np.float64]]
    paired: bool
    left_out: int
    wtp: float | None
    currency: str
    perspective: str = "health_care"

    @property
    def kind(self) -> str:
        """Kind of design."""
        return str(self.design.get("kind", ""))

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """Settings as numbers, (points, factors that vary).

        A value without a number counts its place.
        """
        columns = {name: number_settings(self.settings[name]) for name in self.settings.columns}
        table = pd.DataFrame(columns, index=self.settings.index)
        return table.loc[:, table.nunique() > 1]

    @cached_property
    def is_whole(self) -> bool:
        """Whether every combination of what varies was run, so that levels have means."""
        return not self.numbers.empty and is_factorial(self.numbers.to_numpy(dtype=float))

    @cached_property
    def words(self) -> dict[str, list[str]]:
        """What counts by its place, because it is no number: its values in that order."""
        return {
            name: list(dict.fromkeys(map(str, self.settings[name])))
            for name in map(str, self.numbers.columns)
            if read_settings(self.settings[name]) is None
        }

    def say_setting(self, name: str, value: float) -> str:
        """Write a value of a factor: its number, or the word that counts there."""
        words = self.words.get(name)
        return say_number(value) if words is None else words[round(value)]

    def say_flip(self, name: str, value: float, *, above: bool) -> str:
        """Write where the decision flips: beyond which value, or with which words."""
        words = self.words.get(name)
        if words is None:
            return f"worth it only {'above' if above else 'below'} {say_number(value)}"
        good = [word for place, word in enumerate(words) if (place > value) == above]
        return f"worth it only with {', '.join(good)}"

    @property
    def measure(self) -> str:
        """What the gain is."""
        return "net benefit" if self.wtp is not None else "number of QALYs"

    @property
    def unit(self) -> str:
        """Unit of the gain."""
        return self.currency if self.wtp is not None else "QALYs"

    @cached_property
    def gain(self) -> NDArray[np.float64]:
        """Net monetary benefit, (points, replicates), not discounted; QALYs without a worth."""
        if self.wtp is None:
            return self.values["qalys"]
        return np.asarray(self.wtp * self.values["qalys"] - self.values["cost"])

    def say(self, value: float) -> str:
        """Write a gain in its unit."""
        return say_number(value) if self.wtp is None else say_money(value, self.currency)

    @cached_property
    def mean_gain(self) -> NDArray[np.float64]:
        """The gain, mean over seeds, (points,)."""
        return np.asarray(self.gain.mean(axis=1))

    @cached_property
    def tornado(self) -> pd.DataFrame | None:
        """What moves the gain between the ends of each factor; None with too few points."""
        if len(self.numbers) < FEWEST_POINTS_READ or self.numbers.empty:
            return None
        # Evenly over the design: points come sorted, and the fit costs too much with all of them.
        most = len(self.numbers) if self.is_whole else min(len(self.numbers), MOST_FITTED)
        rows = np.linspace(0, len(self.numbers) - 1, most).astype(int)
        return tabulate_tornado(self.numbers.iloc[rows], self.mean_gain[rows])

    @cached_property
    def thresholds(self) -> list[tuple[str, float, bool]]:
        """Where the decision flips: factor, value, whether the scenario is worth it above that
        value.
        """
        if self.tornado is None or not self.paired or self.wtp is None:
            return []
        found = []
        for name in list(self.tornado.index)[:6]:
            nmb = np.column_stack([np.zeros_like(self.mean_gain), self.mean_gain])
            x = self.numbers[name].to_numpy(dtype=float)
            by_level = self.is_whole or levels_differ(x, self.mean_gain)
            crossings = find_thresholds(x, nmb, by_level=by_level)
            found += [
                (str(name), cross.value, cross.above == 1)
                for cross in crossings
                # More crossings than that are a fit that follows chance.
                if len(crossings) <= 2
            ]
        return found

    @cached_property
    def failures(self) -> Box | None:
        """The replicates in which the scenario is not worth it; None where it always or never
        is.
        """
        failed = self.mean_gain < 0
        if (
            not self.paired
            or self.wtp is None
            or len(failed) < FEWEST_POINTS_READ
            # At the extremes a box would describe a handful of points.
            or not 0.02 < failed.mean() < 0.98
            or self.numbers.empty
        ):
            return None
        return find_box(self.numbers, failed, density=0.9)

    @cached_property
    def indices(self) -> tuple[str, pd.DataFrame] | None:
        """Sobol indices or Morris measures of the gain, chance removed, where the design is for
        them and complete.
        """
        problem = {
            "num_vars": len(self.factors),
            "names": [row["name"] for row in self.factors],
            "bounds": [row["ends"] for row in self.factors],
        }
        # Estimators of these designs go by the place of a point: none may be missing.
        if self.left_out or self.numbers.shape[1] < len(self.factors):
            return None
        if self.kind == "sobol":
            return "sobol", analyze_sobol(problem, self.gain, bool(self.design.get("second_order")))
        if self.kind == "morris":
            return "morris", analyze_morris(
                problem,
                self.numbers[problem["names"]].to_numpy(dtype=float),
                self.gain,
                int(self.design.get("levels", 4)),
            )
        return None

    def say_doubts(self) -> list[str]:
        """Write what would change the answer, from the sweep: what moves it most, where it flips,
        when it fails.
        """
        lines = []
        if self.tornado is not None and self.tornado["swing"].iloc[0] > 0:
            name, row = str(self.tornado.index[0]), self.tornado.iloc[0]
            lines.append(
                f"Most of all {name}: the {self.measure} is {self.say(float(row['low']))} at"
                f" {self.say_setting(name, row['at_low'])} and {self.say(float(row['high']))} at"
                f" {self.say_setting(name, row['at_high'])}."
            )
        for name, value, above in self.thresholds[:2]:
            lines.append(f"{name}: {self.say_flip(name, value, above=above)}, all else varying.")
        if self.failures is not None:
            said = say_box(self.failures, self.numbers, self.words)
            lines.append(f"It fails mostly where {said}.")
        return lines


def say_box(
    box: Box, numbers: pd.DataFrame, words: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Write a box in words: limits, how often it fails inside, and how many of the failures are
    inside. words: of what counts by its place, the values in that order.
    """
    parts = []
    for name, (low, high) in box.limits.items():
        if said := (words or {}).get(name):
            inside = [word for place, word in enumerate(said) if low <= place <= high]
            parts.append(f"{name} is {' or '.join(inside)}")
            continue
        floor = f"at least {write_plain(low, 3)}" if low > numbers[name].min() else ""
        ceiling = f"at most {write_plain(high, 3)}" if high < numbers[name].max() else ""
        parts.append(f"{name} is {' and '.join(end for end in (floor, ceiling) if end)}")
    where = ", ".join(parts) or "anything is the case: no limits were found"
    return (
        f"{where} (fails in {box.density:.0%} of the points inside; {box.coverage:.0%} of all"
        " failures are inside)"
    )


def number_settings(column: pd.Series) -> NDArray[np.float64]:
    """Read settings as numbers: amounts by their number where all have the same unit, anything else
    by its place in the list.
    """
    if (found := read_settings(column)) is not None:
        return found
    texts = [str(value) for value in column]
    order = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return np.array([float(order[text]) for text in texts])


def read_settings(column: pd.Series) -> NDArray[np.float64] | None:
    """Settings as the numbers that they are; None where they are no numbers of one unit."""
    texts = [str(value) for value in column]
    number = r"(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
    plain = pd.Series(texts).str.replace(r"(?<=\d)[_,](?=\d)", "", regex=True)
    cleaned = plain.str.extract(number)[0]
    units = plain.str.replace(number, "", n=1, regex=True).str.replace("%", "").str.strip()
    if cleaned.notna().all() and units.nunique() == 1:
        shares = np.array([0.01 if "%" in text else 1.0 for text in texts])
        return np.asarray(cleaned.astype(float).to_numpy() * shares)
    return None


def read_sweeps(stored: Stored) -> list[Sweep]:
    """Read every sweep of a database of which at least two points were run.

    InvalidInput where somebody changed what is stored of them.
    """
    if not {"sweeps", "points", "point_runs"} <= stored.tables:
        return []
    sweeps = stored.query("SELECT * FROM sweeps")
    # Of runs a role that there is not, or the same point twice, as much as a broken document.
    with explain_content(stored.path):
        found = [_read_sweep(stored, row) for _, row in sweeps.iterrows()]
    return [sweep for sweep in found if sweep is not None]


def _read_values(
    stored: Stored, name: str, points: pd.Index, perspective: str
) -> tuple[dict[str, pd.DataFrame], bool] | None:
    """Outcomes by point and seed, as differences where there is a reference; None without runs."""
    columns = ", ".join(f'summary."{key}"' for key in KEPT_OUTCOMES)
    runs = stored.query(
        f"SELECT run, point, seed, role, {columns} FROM point_runs JOIN summary USING (run) WHERE"
        " sweep = ? ORDER BY point, seed",
        (name,),
    )
    if runs.empty:
        return None
    runs["cost"] = runs["run"].map(read_spending(stored, name, perspective))
    paired = bool((runs["role"] == "reference").any())
    # Points without runs stay as gaps, so that they are counted as left out.
    wide = runs.pivot(index="point", columns=["role", "seed"], values=list(KEPT_OUTCOMES)).reindex(
        points
    )
    values = {
        key: wide[key]["point"] - wide[key]["reference"] if paired else wide[key]["point"]
        for key in KEPT_OUTCOMES
    }
    return values, paired


def _read_sweep(stored: Stored, row: pd.Series) -> Sweep | None:
    points = stored.query(
        "SELECT point, settings FROM points WHERE sweep = ? ORDER BY point", (row["name"],)
    ).set_index("point")
    if points.empty:
        return None
    town = _read_first(stored, row)
    found = _read_values(stored, str(row["name"]), points.index, read_perspective(town))
    if found is None:
        return None
    values, paired = found
    whole = np.logical_and.reduce([value.notna().all(axis=1) for value in values.values()])
    if whole.sum() < 2:
        return None
    design, factors, settings = _read_design(stored, row, points["settings"][whole])
    levers = [each["name"] for each in factors if each["kind"] == "policy"]
    _check_town(stored, row, town, levers, paired=paired)
    return Sweep(
        str(row["name"]),
        str(row["title"] or row["name"]),
        str(row["summary"] or ""),
        design if isinstance(design, dict) else {"kind": design},
        factors,
        settings,
        {key: value[whole].to_numpy(dtype=float) for key, value in values.items()},
        paired,
        int((~whole).sum()),
        choose_worth(town.get("willingness_to_pay")),
        str(town.get("currency", "")),
        read_perspective(town),
    )


class FactorRecord(Written):
    """One factor of a sweep as it is stored."""

    name: str
    kind: str
    ends: list[Any]
    unit: str


def _read_design(
    stored: Stored, row: pd.Series, points: pd.Series
) -> tuple[Any, list[dict[str, Any]], pd.DataFrame]:
    """The design of a sweep, its factors, and their values at each point.

    InvalidInput where somebody changed what is stored of them.
    """
    with explain_content(stored.path):
        document, factors = (json.loads(str(row[part])) for part in ("document", "factors"))
        names = [FactorRecord.model_validate(one).name for one in factors]
        settings = pd.DataFrame([json.loads(text) for text in points], index=points.index)
        if missing := set(names) - set(settings):
            raise KeyError(f"points without {min(missing)}")
        return document.get("design") or {}, factors, settings


def _read_first(stored: Stored, row: pd.Series) -> dict[str, Any]:
    """The scenario of a sweep as it was declared, at its first point."""
    first = stored.query(
        "SELECT resolved FROM points JOIN scenarios ON scenarios.hash = points.scenario"
        " WHERE sweep = ? ORDER BY point LIMIT 1",
        (row["name"],),
    )
    return parse(str(first["resolved"].iloc[0]))


def _check_town(
    stored: Stored, row: pd.Series, town: dict[str, Any], levers: Sequence[str], *, paired: bool
) -> None:
    """Refuse a sweep of an older version whose points and reference cannot be compared."""
    if unshared := find_unshared_paths(levers, paired=paired):
        path, problem = next(iter(unshared.items()))
        raise Refused(f"sweep {row['name']}: {path} {problem}")
    other = stored.query(
        "SELECT resolved FROM point_runs JOIN runs ON runs.key = point_runs.run"
        " JOIN scenarios ON scenarios.hash = runs.scenario"
        " WHERE sweep = ? AND role = 'reference' LIMIT 1",
        (row["name"],),
    )
    if len(other):
        reference = parse(str(other["resolved"].iloc[0]))
        names = str(reference.get("name", "the reference")), str(row["name"])
        if message := explain_mismatch(names, reference, town):
            raise Refused(message)
