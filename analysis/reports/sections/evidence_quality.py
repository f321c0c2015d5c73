"""How well the numbers are known: whether the replicates suffice, and where every parameter comes
from.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from analysis.runs.intervals import Enough, judge_enough
from analysis.text.tables import Table
from sim.evidence.loader import all_evidence
from sim.outcomes import BY_KEY
from sim.scenario.schema.own_kinds import OwnKind, list_records

if TYPE_CHECKING:
    from analysis.reports.context import ReportContext

JUDGED = {
    "expected_admissions": 1.0,
    "admissions": 1.0,
    "expected_emergency_visits": 1.0,
    "qalys": 0.01,
    "cost": 1.0,
}
"""Outcomes that are judged, and what share of the precision is asked of each: whole lives add up to
many QALYs.
"""


def grade_evidence() -> str:
    """Say in a sentence how well the numbers of the installed version are known."""
    records = all_evidence()
    counts = Counter(record.grade for record in records.values())
    said = ", ".join(f"{count} {grade}" for grade, count in counts.most_common())
    return f"The model has {len(records)} numbers, graded: {said}."


def tabulate_evidence(case: ReportContext) -> Table:
    """Make the table of all numbers of the installed version with their sources.

    What the scenarios or draws set is shown as it ran.
    """
    changed = {
        **dict(case.declared.get("parameters") or {}),
        **dict.fromkeys(case.evaluation.parameters.columns, "varied"),
    }
    rows = []
    own = {
        name: OwnKind.model_validate(kind)
        for name, kind in dict(case.declared.get("kinds") or {}).items()
    }
    # Kinds that a scenario brings along have numbers of their own.
    for record in (all_evidence() | list_records(own)).values():
        value = str(changed.get(record.id, f"{record.value:g}"))
        rows.append(
            [
                record.id,
                value,
                f"{record.low:g} to {record.high:g}",
                record.unit,
                record.grade,
                record.source,
                record.meaning,
            ]
        )
    heads = ["Parameter", "Value", "Range", "Unit", "Grade", "Source", "Meaning"]
    return Table("Every number of the model and where it comes from", heads, rows)


def judge_runs(case: ReportContext, precision: float = 0.05) -> Table:
    """Say for the main outcomes whether the replicates suffice for an interval of `precision` of
    the reference.
    """
    rows = []
    for key, share in JUDGED.items():
        values = case.pairs.outcome(key)
        known = np.isfinite(values).all(axis=1)
        values, wanted = values[known], precision * share
        found = judge_enough(
            values[:, case.place] - values[:, 0],
            values[:, 0],
            wanted,
            case.comparison.level,
            case.pairs.seeds[known],
            case.pairs.draws[known],
        )
        reached = "yes" if found.enough else "no"
        rows.append(
            [
                BY_KEY[key].title,
                f"{wanted:.2%} of {case.reference}",
                reached,
                str(found.runs),
                _say_needed(found),
            ]
        )
    return Table(
        "Are the replicates enough?",
        ["Outcome", "Half-width wanted", "Reached", "Replicates run", "Replicates needed"],
        rows,
    )


def _say_needed(found: Enough) -> str:
    """How many replicates there have to be, and of what more: seeds take nothing off what differs
    between draws.
    """
    # Fewer might have done, which is of no use once they are run.
    if found.enough:
        return "no more"
    said = f"{found.needed:,}"
    if found.scarce == "replicates":
        return said
    more = f"in {found.of_these:,} draws"
    return f"{said}, {more if found.scarce == 'draws' else f'of {found.of_these:,} seeds'}"
