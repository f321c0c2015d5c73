"""Compares scenarios replicate by replicate: same people, same random numbers, so that
only what differs is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.runs.database import rank_group
from analysis.runs.intervals import Interval, estimate_crossed, subtract
from analysis.runs.pairing import Pairs, pair
from analysis.text.tables import Table
from analysis.text.wording import MINUS, say_interval, say_parts, say_ratio, say_share, write_plain
from sim.outcomes import BY_KEY, GROUP_KEYS, KEYS
from sim.scenario.diagnostics.comparability import LEAST_PAIRS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.runs.window import Window

HEADLINES = (
    "expected_admissions",
    "admissions",
    "expected_emergency_visits",
    "bed_days",
    "boarding_days",
    "phq_mean",
    "phq_10_or_more",
    "lonely",
    "treated",
    "waiting",
    "wait_median",
    "dropped_out",
    "let_go",
    "closed_out",
    "expected_suicides",
    "qalys",
    "cost",
    "cost_public",
    "fees_paid",
    "peers",
)

Row = tuple[str, str, str, str, str]

ADMITTED, NEEDED = "expected_admissions", "bed_need_expected"
OF_BEDS = (ADMITTED, "admissions", "bed_days", "readmissions_30_days", "readmissions_1_year")
"""Outcomes of which fewer are no gain where they are fewer for want of beds."""
BINDING = 0.01
"""Share of needed admissions that find no bed, from which beds are said to bind."""
PART = 0.25
"""Part of a change in admissions, or in the need for them, that beds have to have to be named."""


class Difference(NamedTuple):
    """A paired difference from the reference.

    share_better: share of replicates in which the outcome is better, ties not counted; None where
    neither direction is good, or where beds make fewer or more admissions against the need.
    share_same: share of ties. correlation: between the two scenarios across replicates.
    variance_ratio: variance of a difference of independent seeds over that of the paired one.
    known: replicates in which both have a value, of which the shares are.
    """

    mean: float
    low: float
    high: float
    share_better: float | None
    share_same: float
    correlation: float
    variance_ratio: float
    known: int

    @property
    def often(self) -> str:
        """In how many replicates it is better: 17 of 20."""
        return say_share(self.share_better, self.share_same, self.known)


def measure_difference(
    ours: NDArray[np.float64],
    reference: NDArray[np.float64],
    key: str,
    pairs: Pairs,
    level: float = 0.95,
) -> Difference:
    """Measure the paired difference of one outcome, (pairs,) each.

    Pairs in which either is missing are left out.
    """
    interval = estimate_crossed(subtract(ours, reference), pairs.seeds, pairs.draws, level)
    known = np.isfinite(ours) & np.isfinite(reference)
    if known.sum() < 2:
        return Difference(*interval, None, math.nan, math.nan, math.nan, int(known.sum()))
    ours, reference = ours[known], reference[known]
    difference = subtract(ours, reference)
    # Of an outcome without a good direction nothing is better.
    better = {"more": difference > 0, "fewer": difference < 0}.get(BY_KEY[key].better)
    paired = float(difference.var(ddof=1))
    separate = float(ours.var(ddof=1) + reference.var(ddof=1))
    spread = float(ours.std() * reference.std())
    correlation = (
        float(np.mean((ours - ours.mean()) * (reference - reference.mean())) / spread)
        # Rounding can push a correlation beyond 1.
        if spread > 0
        else math.nan
    )
    return Difference(
        *interval,
        share_better=None if better is None else float(better.mean()),
        share_same=float((difference == 0).mean()),
        correlation=max(-1.0, min(1.0, correlation)) if spread > 0 else math.nan,
        variance_ratio=(
            separate / paired if paired > 0 else (math.inf if separate > 0 else math.nan)
        ),
        known=int(known.sum()),
    )


@dataclass(frozen=True, repr=False)
class Comparison:
    """Scenarios beside a reference: means, paired differences and what their intervals cover."""

    pairs: Pairs
    level: float
    scenarios: dict[str, dict[str, Interval]]
    differences: dict[str, dict[str, Difference]]

    @property
    def reference(self) -> str:
        """The scenario that the others are compared with."""
        return self.pairs.reference

    @property
    def replicates(self) -> int:
        """Replicates in which every scenario was run."""
        return len(self.pairs.replicates)

    @property
    def covers(self) -> tuple[str, ...]:
        """Parts of uncertainty that the intervals cover."""
        return self.pairs.covers

    @property
    def notes(self) -> tuple[str, ...]:
        """Warnings that belong beside every number."""
        return self.pairs.notes

    @property
    def window(self) -> Window | None:
        """The weeks that count, where they are not the whole horizon."""
        return self.pairs.stored.window

    def paired(self, name: str, key: str) -> NDArray[np.float64]:
        """(pairs,) difference of one outcome from the reference."""
        values = self.pairs.outcome(key)
        return subtract(values[:, self.pairs.names.index(name)], values[:, 0])

    def share_fewer(self, name: str, key: str) -> float:
        """Share of replicates with less of an outcome than the reference has; NaN for no value."""
        known = (values := self.paired(name, key))[np.isfinite(values)]
        return float((known < 0).mean()) if known.size else math.nan

    def unmet_by_beds(self, name: str) -> Interval | None:
        """How many more of those who need a bed find none, where that has a part in what a scenario
        changes in admissions; None elsewhere.
        """
        ends = (self.scenarios[each] for each in (self.reference, name))
        if max(map(find_shortfall, ends)) < BINDING:
            return None
        admitted, needed = (self.differences[name][key].mean for key in (ADMITTED, NEEDED))
        without = self.paired(name, NEEDED) - self.paired(name, ADMITTED)
        unmet = estimate_crossed(without, self.pairs.seeds, self.pairs.draws, self.level)
        # Of few replicates an interval is wide, where all of them say the same.
        agreed = np.ptp(np.sign(without)) == 0 or unmet.low > 0.0 or unmet.high < 0.0
        enough = abs(unmet.mean) >= PART * max(abs(admitted), abs(needed))
        return unmet if agreed and enough and unmet.mean else None

    @cached_property
    def _unmet(self) -> dict[str, Interval | None]:
        return {name: self.unmet_by_beds(name) for name in self.pairs.others}  # once for all groups

    def judge(self, name: str, key: str, found: Difference) -> Difference:
        """A difference as it is, in no way better where want of beds makes it or more beds do."""
        unmet = self._unmet[name] if key in OF_BEDS else None
        # Where fewer are admitted and fewer find no bed, need fell by more than both.
        opposed = unmet is not None and unmet.mean * found.mean < 0.0
        return found._replace(share_better=None) if opposed else found

    @cached_property
    def subgroups(self) -> pd.DataFrame:
        """Paired difference per resident in every subgroup: scenario, dimension, group, outcome,
        mean, low, high, share_better.
        """
        frame = self.pairs.stored.rows("subgroups")
        rows: list[dict[str, object]] = []
        groups = frame.groupby(["dimension", "group_name"], sort=False)
        for (dimension, group), part in sorted(
            groups, key=lambda item: (str(item[0][0]), rank_group(str(item[0][1])))
        ):
            keys = [key for key in GROUP_KEYS if key in part.columns]
            counted = self.pairs.arrange(part, ["residents", *keys])
            # A group that is empty in some replicate has no value there, and no 0.
            residents = np.where((people := counted["residents"]) > 0, people, np.nan)
            for key in keys:
                # Per resident, since groups differ in size; a mean score is that already.
                scale = (residents if key == "phq_mean" else 1.0) / residents
                values = counted[key] * scale
                for place, name in enumerate(self.pairs.others, start=1):
                    known = np.isfinite(values[:, place] + values[:, 0])
                    ends = values[:, place], values[:, 0]
                    if known.sum() < LEAST_PAIRS:
                        continue
                    d = measure_difference(*ends, key, self.pairs, self.level)
                    row = {
                        "scenario": name,
                        "dimension": dimension,
                        "group": group,
                        "outcome": key,
                        "residents": float(people[:, 0].mean()),
                        "reference": float(values[known, 0].mean()),
                    }
                    rows.append(row | self.judge(name, key, d)._asdict())
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, object]:
        """Give plain data; what cannot be computed is None, infinite variance ratios too."""
        ends = {} if self.window is None else dict(zip(("from", "to"), self.window, strict=True))
        return {
            "reference": self.reference,
            "replicates": self.replicates,
            "scenarios": {
                name: {key: _plain(value) for key, value in found.items()}
                for name, found in self.scenarios.items()
            },
            "differences": {
                name: {key: _plain(value) for key, value in found.items()}
                for name, found in self.differences.items()
            },
            "level": self.level,
            "covers": list(self.covers),
            "notes": list(self.notes),
            **({"window": ends} if ends else {}),
        }

    def __repr__(self) -> str:
        return self.table()

    def frame(self) -> pd.DataFrame:
        """Every outcome of every scenario, one row each: scenario, key, outcome (its title), unit,
        better, reference (its mean), mean, low, high (of the paired difference), share_better,
        share_same, correlation, variance_ratio.
        """
        rows = [
            {
                "scenario": name,
                "key": key,
                "outcome": BY_KEY[key].title,
                "unit": BY_KEY[key].unit.replace("currency", self._currency),
                "better": BY_KEY[key].better,
                "reference": self.scenarios[self.reference][key].mean,
                **d._asdict(),
            }
            for name, found in self.differences.items()
            for key, d in found.items()
        ]
        frame = pd.DataFrame(rows)
        for column in ("scenario", "key", "outcome", "unit", "better") if rows else ():
            frame[column] = pd.Categorical(frame[column], frame[column].unique())
        return frame

    def _repr_html_(self) -> str:
        """The headlines as tables, for notebooks."""
        keys = [key for key in HEADLINES if key in self.scenarios[self.reference]]
        tables = (
            Table(f"{self.pairs.stored.title(name)} ({name}) against {self.reference}", head, rows)
            for name in self.pairs.others
            for head, *rows in [self._rows(name, keys)]
        )
        notes = Markup("").join(Markup("<p>{}</p>").format(note) for note in self.notes)
        told = Markup("<p>{}</p>").format(self._say_intervals())
        return Markup("<div>{}{}{}</div>").format(notes, told, Markup("").join(tables))

    def table(self, keys: Sequence[str] | None = None) -> str:
        """Write the comparison as text for a terminal."""
        chosen = [key for key in keys or HEADLINES if key in self.scenarios[self.reference]]
        lines = [f"! {note}" for note in self.notes]
        lines.append(self._say_intervals())
        for name in self.pairs.others:
            lines += [
                "",
                f"{self.pairs.stored.title(name)} ({name}) against {self.reference}",
                *self._block(name, chosen),
            ]
        if not self.pairs.others:
            lines.append("Only one scenario is stored here: nothing to compare it with.")
        # Some terminals have no minus but the hyphen.
        return "\n".join(lines).replace(MINUS, "-")

    def _say_intervals(self) -> str:
        return (
            f"{self.replicates} replicates, every scenario in each. Intervals: {self.level:.0%},"
            f" covering {say_parts(self.covers)}."
        )

    @property
    def _currency(self) -> str:
        return str(self.pairs.stored.declared[self.reference].get("currency", "currency"))

    def _rows(self, name: str, keys: Sequence[str]) -> list[Row]:
        """The head of the table of a scenario, and a row for each outcome."""
        rows = [("outcome", self.reference, "difference (interval)", "better in", "pairing")]
        for key in keys:
            d = self.differences[name][key]
            base = self.scenarios[self.reference][key]
            unit = BY_KEY[key].unit.replace("currency", self._currency)
            gain = say_ratio(d.variance_ratio, self.replicates)
            rows.append(
                (
                    _name(key, unit),
                    write_plain(base.mean),
                    say_interval(*d[:3], signed=True),
                    d.often,
                    gain,
                )
            )
        return rows

    def _block(self, name: str, keys: Sequence[str]) -> list[str]:
        rows = self._rows(name, keys)
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        return [
            "  "
            + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]


def _name(key: str, unit: str) -> str:
    title = BY_KEY[key].title
    return title if unit.lower() in title.lower() else f"{title}, {unit}"


def _plain(value: Interval | Difference) -> dict[str, float | None]:
    return {
        # JSON has no infinity.
        key: None if number is None or not math.isfinite(number) else float(number)
        for key, number in value._asdict().items()
    }


def compare(
    result: object, against: str = "baseline", level: float = 0.95, *, allow_missing: bool = False
) -> Comparison:
    """Compare every scenario of a result with a reference, paired by seed and draw.

    `result` is what `sim.run` returned, a results directory, or a path to its `runs.db`. Raises
    `Refused` where a comparison would mislead.
    """
    return compare_pairs(pair(result, against, allow_missing=allow_missing), level)


def compare_pairs(
    pairs: Pairs, level: float = 0.95, keys: Sequence[str] | None = None
) -> Comparison:
    """Compare what is paired already: every outcome that was recorded, or those of `keys`."""
    scenarios: dict[str, dict[str, Interval]] = {name: {} for name in pairs.names}
    differences: dict[str, dict[str, Difference]] = {name: {} for name in pairs.others}
    for key in (key for key in keys or KEYS if key in pairs.stored.summary.columns):
        values = pairs.outcome(key)
        for place, name in enumerate(pairs.names):
            scenarios[name][key] = estimate_crossed(
                values[:, place], pairs.seeds, pairs.draws, level
            )
            if place:
                differences[name][key] = measure_difference(
                    values[:, place], values[:, 0], key, pairs, level
                )
    comparison = Comparison(pairs, level, scenarios, differences)
    for name, found in differences.items():
        found.update({key: comparison.judge(name, key, each) for key, each in found.items()})
    return comparison


def find_shortfall(found: Mapping[str, Interval]) -> float:
    """Share of needed admissions that found no bed; 0 where a run did not keep both figures."""
    if NEEDED not in found or ADMITTED not in found:
        return 0.0
    need = found[NEEDED].mean
    return 1.0 - found[ADMITTED].mean / need if need > 0.0 else 0.0
