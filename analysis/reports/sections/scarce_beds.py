"""Beds that bind: where people who need a bed find none, admissions say what the ward could take
and not what was needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.text.wording import say_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.reports.context import ReportContext
    from analysis.runs.intervals import Interval

BINDING = 0.01
"""Share of needed admissions that find no bed, from which beds are said to bind."""


def say_scarce_beds(case: ReportContext) -> str:
    """A sentence on beds that bind and on boarding; empty where nearly all find one."""
    means = case.comparison.scenarios
    told = [
        f"{find_shortfall(means[name]):.0%} of needed admissions find none under {name}"
        f" ({say_number(means[name]['boarding_days'].mean)} days of boarding)"
        for name in (case.reference, case.focus)
        if find_shortfall(means[name]) >= BINDING
    ]
    return f"Beds, which bind: {', '.join(told)}." if told else ""


def find_shortfall(found: Mapping[str, Interval]) -> float:
    """Share of needed admissions that found no bed; 0 where a run did not keep both figures."""
    if "bed_need_expected" not in found or "expected_admissions" not in found:
        return 0.0
    need = found["bed_need_expected"].mean
    return 1.0 - found["expected_admissions"].mean / need if need > 0.0 else 0.0
