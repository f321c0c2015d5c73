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

from analysis.economics.valuation import read_amount
from analysis.sensitivity.indices import (
    Box,
    analyze_morris,
    analyze_sobol,
    find_box,
    find_thresholds,
    tabulate_tornado,
)
from analysis.text.wording import say_number, write_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.runs.database import Stored

KEPT = ("expected_admissions", "qalys", "cost")
FEWEST, MOST_FITTED = 20, 2000


@dataclass(frozen=True)
class Sweep:
    """A sweep whose points were lived: `settings` (points, factors) as declared, `values` by
    outcome (points, replicates).

    Values are paired differences from the reference in the same world with the same seed where
    there is one. left_out: points that failed or are still to be run. wtp: what a QALY is worth.
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
    wtp: float
    currency: str

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
    def gain(self) -> NDArray[np.float64]:
        """Net monetary benefit, (points, replicates), not discounted."""
        return np.asarray(self.wtp * self.values["qalys"] - self.values["cost"])

    @cached_property
    def mean_gain(self) -> NDArray[np.float64]:
        """Net monetary benefit, mean over seeds, (points,)."""
        return np.asarray(self.gain.mean(axis=1))

    @cached_property
    def tornado(self) -> pd.DataFrame | None:
        """What moves the gain between the ends of each factor; None with too few points."""
        if len(self.numbers) < FEWEST or self.numbers.empty:
            return None
        rows = np.linspace(0, len(self.numbers) - 1, min(len(self.numbers), MOST_FITTED)).astype(
            int
        )
        return tabulate_tornado(self.numbers.iloc[rows], self.mean_gain[rows])

    @cached_property
    def thresholds(self) -> list[tuple[str, float, bool]]:
        """Where the decision flips: factor, value, whether the scenario is worth it above that
        value.
        """
        if self.tornado is None or not self.paired:
            return []
        found = []
        for name in list(self.tornado.index)[:6]:
            nmb = np.column_stack([np.zeros_like(self.mean_gain), self.mean_gain])
            crossings = find_thresholds(self.numbers[name].to_numpy(dtype=float), nmb)
            found += [
                (str(name), cross.value, cross.above == 1)
                for cross in crossings
                if len(crossings) <= 2
            ]
        return found

    @cached_property
    def failures(self) -> Box | None:
        """The futures in which the scenario is not worth it; None where it always or never is."""
        failed = self.mean_gain < 0
        if (
            not self.paired
            or len(failed) < FEWEST
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

    def say_doubts(self, say_money: Callable[[float], str]) -> list[str]:
        """Write what would change the answer, from the sweep: what moves it most, where it flips,
        when it fails.
        """
        lines = []
        if self.tornado is not None and self.tornado["swing"].iloc[0] > 0:
            name, row = str(self.tornado.index[0]), self.tornado.iloc[0]
            lines.append(
                f"Most of all {name}: the net benefit is {say_money(float(row['low']))} at"
                f" {say_number(float(row['at_low']))} and {say_money(float(row['high']))} at"
                f" {say_number(float(row['at_high']))}."
            )
        for name, value, above in self.thresholds[:2]:
            lines.append(
                f"{name}: worth it only {'above' if above else 'below'} {say_number(value)}, all"
                " else varying."
            )
        if self.failures is not None:
            lines.append(f"It fails mostly where {say_box(self.failures, self.numbers)}.")
        return lines


def say_box(box: Box, numbers: pd.DataFrame) -> str:
    """Write a box in words: limits, how often it fails inside, and how many of the failures are
    inside.
    """
    parts = []
    for name, (low, high) in box.limits.items():
        floor = f"at least {write_plain(low, 3)}" if low > numbers[name].min() else ""
        ceiling = f"at most {write_plain(high, 3)}" if high < numbers[name].max() else ""
        parts.append(f"{name} is {' and '.join(end for end in (floor, ceiling) if end)}")
    where = ", ".join(parts) or "anything is the case: no limits were found"
    return (
        f"{where} (fails in {box.density:.0%} of the points inside; {box.coverage:.0%} of all"
        " failures are inside)"
    )


def number_settings(column: pd.Series) -> NDArray[np.float64]:
    """Read settings as numbers: amounts with units by their first number, words by their place in
    the list.
    """
    texts = [str(value) for value in column]
    cleaned = (
        pd.Series(texts).str.replace("_", "").str.extract(r"(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)")[0]
    )
    if cleaned.notna().all():
        shares = np.array([0.01 if "%" in text else 1.0 for text in texts])
        return np.asarray(cleaned.astype(float).to_numpy() * shares)
    order = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return np.array([float(order[text]) for text in texts])


def read_sweeps(stored: Stored) -> list[Sweep]:
    """Read every sweep of a database of which at least two points were lived."""
    if not {"sweeps", "points", "point_runs"} <= stored.tables:
        return []
    return [
        found
        for _, row in stored.query("SELECT * FROM sweeps").iterrows()
        if (found := _read_sweep(stored, row)) is not None
    ]


def _read_values(
    stored: Stored, name: str, points: pd.Index
) -> tuple[dict[str, pd.DataFrame], bool] | None:
    """Outcomes by point and seed, as differences where there is a reference; None without runs."""
    columns = ", ".join(f'summary."{key}"' for key in KEPT)
    runs = stored.query(
        f"SELECT point, seed, role, {columns} FROM point_runs JOIN summary USING (run) WHERE sweep"
        " = ? ORDER BY point, seed",
        (name,),
    )
    if runs.empty:
        return None
    paired = bool((runs["role"] == "reference").any())
    wide = runs.pivot(index="point", columns=["role", "seed"], values=list(KEPT)).reindex(points)
    values = {
        key: wide[key]["point"] - wide[key]["reference"] if paired else wide[key]["point"]
        for key in KEPT
    }
    return values, paired


def _read_sweep(stored: Stored, row: pd.Series) -> Sweep | None:
    points = stored.query(
        "SELECT point, settings FROM points WHERE sweep = ? ORDER BY point", (row["name"],)
    ).set_index("point")
    found = _read_values(stored, str(row["name"]), points.index)
    if found is None:
        return None
    values, paired = found
    whole = np.logical_and.reduce([value.notna().all(axis=1) for value in values.values()])
    if whole.sum() < 2:
        return None
    settings = pd.DataFrame(
        [json.loads(text) for text in points["settings"][whole]], index=points.index[whole]
    )
    document = json.loads(str(row["document"]))
    design = document.get("design") or {}
    town = stored.declared[stored.names[0]]
    worth = [read_amount(value) for value in town.get("willingness_to_pay") or (100_000.0,)]
    return Sweep(
        str(row["name"]),
        str(row["title"] or row["name"]),
        str(row["summary"] or ""),
        design if isinstance(design, dict) else {"kind": design},
        json.loads(str(row["factors"])),
        settings,
        {key: value[whole].to_numpy(dtype=float) for key, value in values.items()},
        paired,
        int((~whole).sum()),
        worth[len(worth) // 2],
        str(town.get("currency", "USD")),
    )
