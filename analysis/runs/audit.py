"""An audit as reports show it: every difference under every change, from the folders that hold
them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import Field

from analysis.runs.comparison import HEADLINES
from analysis.runs.robustness import (
    Judged,
    Replicates,
    Verdict,
    judge_change,
    judge_draws,
    judge_ends,
    measure_looseness,
    read_differences,
    worst,
)
from analysis.text.wording import say_interval
from sim.errors import spell
from sim.outcomes import BY_KEY
from sim.store import Written, read_written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sim.studies.audit.run import Audited

    Table = dict[str, dict[str, Replicates]]

MEANING = (
    "robust: no change moved it; shifted: some moved it, and it points where it did; fragile: with"
    " some it no longer does; nothing to judge: no value, or no difference in any replicate."
)
UNMOVED = ("robust", "nothing to judge")
"""Verdicts on a change that did not move a difference."""
RESULT = "audit.json"
"""File beside the folders of an audit that keeps what it found."""


class Row(NamedTuple):
    """One difference under one change."""

    scenario: str
    outcome: str
    change: str
    sentence: str
    judged: Judged


class Audit(NamedTuple):
    """What an audit found: rows, and the control of each difference."""

    reference: str
    replicates: int
    rows: tuple[Row, ...]
    control: dict[str, dict[str, tuple[float, float, float]]]

    def verdict(self, scenario: str, outcome: str) -> str:
        """The worst that any change did to one difference."""
        return worst([row.judged.verdict for row in self.about(scenario, outcome)])

    def about(self, scenario: str, outcome: str) -> list[Row]:
        """All changes of one difference."""
        return [row for row in self.rows if (row.scenario, row.outcome) == (scenario, outcome)]

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        differences = {
            name: {
                key: {
                    "control": [_plain(end) for end in interval],
                    "verdict": self.verdict(name, key),
                    "changes": {
                        row.change: {
                            "sentence": row.sentence,
                            **{
                                field: _plain(value) if isinstance(value, float) else value
                                for field, value in row.judged._asdict().items()
                            },
                        }
                        for row in self.about(name, key)
                    },
                }
                for key, interval in found.items()
            }
            for name, found in self.control.items()
        }
        return {
            "reference": self.reference,
            "replicates": self.replicates,
            "differences": differences,
        }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def judge_audit(audited: Sequence[Audited], against: str, outcomes: Sequence[str] = ()) -> Audit:
    """Judge every headline difference under every change that was run, the control first."""
    first, *others = audited
    control = read_differences(first.folder, against)
    keys = tuple(outcomes) or HEADLINES
    chosen = {name: [key for key in keys if key in found] for name, found in control.items()}
    # Draws are judged by their own rule; only the others count among the changes tried.
    tried = sum(not one.perturbation.draws for one in others)
    rows: list[Row] = []
    for one in others:
        found = read_differences(one.folder, against, one.perturbation.factor)
        for name, wanted in chosen.items():
            if one.perturbation.family == "assumptions":
                rows += _judge_assumptions(one, name, wanted, control[name], found[name])
                continue
            for key in wanted:
                rows.append(_judge(one, name, key, control, found, tried))
    intervals = {
        name: {key: _say_control(control[name][key]) for key in wanted}
        for name, wanted in chosen.items()
    }
    replicates = len(next(iter(next(iter(control.values())).values())).values) if control else 0
    return Audit(against, replicates, tuple(rows), intervals)


def _judge(one: Audited, name: str, key: str, control: Table, found: Table, tried: int) -> Row:
    change, before, after = one.perturbation, control[name][key], found[name][key]
    if change.family == "draws":
        return Row(name, key, change.name, change.sentence, judge_draws(before, after))
    judged = judge_change(before, after, paired=change.paired, tried=tried)
    return Row(name, key, change.name, change.sentence, judged)


def _judge_assumptions(
    one: Audited,
    name: str,
    wanted: Sequence[str],
    control: Mapping[str, Replicates],
    found: Mapping[str, Replicates],
) -> list[Row]:
    ends = {_spell(draw): _name_end(draw) for draw in one.perturbation.draws}
    loose = measure_looseness(control, found, ends)
    return [
        Row(name, key, end, f"{end}, an end of its range", judged)
        for key in wanted
        for end, judged in judge_ends(control[key], found[key], ends, loose).items()
    ]


def _spell(draw: Mapping[str, float]) -> str:
    from sim.studies.running.run_key import spell_draw

    return str(spell_draw(draw))


def _name_end(draw: Mapping[str, float]) -> str:
    return ", ".join(f"{name} at {value:g}" for name, value in draw.items())


def _say_control(replicates: Replicates) -> tuple[float, float, float]:
    judged = judge_change(replicates, replicates, paired=True, tried=1)
    return judged.mean, judged.low, judged.high


def say_under(change: str, mean: float, low: float, high: float, *, signed: bool = False) -> str:
    """A difference under a change; an interval of fitted draws is of what they differ in beyond
    chance, which may be nothing.
    """
    if change == "draws" and mean:
        alike = "draws differ by no more than chance"
        return say_interval(mean, low, high, signed=signed, alike=alike)
    return say_interval(mean, low, high, signed=signed)


def write_table(audit: Audit) -> str:
    """The audit as text: each difference with its verdict, and what moved it."""
    lines = [f"{audit.replicates} replicates of each change, against {audit.reference}. {MEANING}"]
    for name, found in audit.control.items():
        lines += ["", f"{name} against {audit.reference}"]
        for key, (mean, low, high) in found.items():
            title = BY_KEY[key].title
            said = say_interval(mean, low, high, signed=True)
            lines.append(f"  {title:32} {said:>34}  {audit.verdict(name, key)}")
            for row in audit.about(name, key):
                if row.judged.verdict not in UNMOVED:
                    j = row.judged
                    now = say_under(row.change, j.mean, j.low, j.high, signed=True)
                    lines.append(f"    {j.verdict:8} {row.sentence}: {now}")
    return "\n".join(lines)


class ChangeRecord(Written):
    """A difference under one change."""

    sentence: str
    mean: float | None
    low: float | None
    high: float | None
    verdict: Verdict


class DifferenceRecord(Written):
    """A difference as it is, and under every change."""

    control: Annotated[tuple[float | None, float | None, float | None], Field(strict=False)]
    verdict: Verdict
    changes: dict[str, ChangeRecord]


class AuditRecord(Written):
    """audit.json: differences by programme and outcome."""

    differences: dict[str, dict[str, DifferenceRecord]]


def read_audit(folder: Path) -> dict[str, Any] | None:
    """What the last audit of a folder of results found, or None."""
    from sim.studies.audit.run import AUDIT_FOLDER

    file = folder / AUDIT_FOLDER / RESULT
    if not file.is_file():
        return None
    return read_written(file, AuditRecord, spell("audit", str(folder)))
