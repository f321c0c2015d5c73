"""What beds have to do with admissions: fewer people are admitted where fewer beds are, and that is
no gain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.runs.intervals import estimate_crossed
from analysis.text.wording import say_interval, say_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.reports.context import ReportContext
    from analysis.runs.comparison import Comparison
    from analysis.runs.intervals import Interval

BINDING = 0.01
"""Share of needed admissions that find no bed, from which beds are said to bind."""
PART = 0.25
"""Part of a change in admissions, or in the need for them, from which beds are said to share in
it.
"""
ADMITTED, NEEDED = "expected_admissions", "bed_need_expected"


def say_bed_limit(comparison: Comparison, name: str) -> str:
    """A sentence where beds, and not only the need for them, change the admissions of a scenario:
    how many more or fewer of those who need one find none; empty elsewhere.
    """
    reference, means = (comparison.scenarios[each] for each in (comparison.reference, name))
    if max(find_shortfall(reference), find_shortfall(means)) < BINDING:
        return ""
    admitted, needed = (comparison.differences[name][key] for key in (ADMITTED, NEEDED))
    without = comparison.paired(name, NEEDED) - comparison.paired(name, ADMITTED)
    pairs = comparison.pairs
    unmet = estimate_crossed(without, pairs.seeds, pairs.draws, comparison.level)
    certain = unmet.low > 0.0 or unmet.high < 0.0
    if not certain or abs(unmet.mean) < PART * max(abs(admitted.mean), abs(needed.mean)):
        return ""
    way = "more" if unmet.mean > 0.0 else "fewer"
    count = say_interval(*_without_sign(unmet), figures=2)
    need = say_interval(*needed[:3], signed=True, figures=2)
    return (
        f"Beds have a part in that: {count} {way} of those who need a bed find none, and the need"
        f" for beds changes by {need}."
    )


BEDS_COUNT = "no ratio: beds, and not the need for them alone, change how many are admitted"


def has_bed_limit(comparison: Comparison, *names: str) -> bool:
    """Whether beds have a part in what any of some scenarios changes in admissions: one that finds
    no bed is not avoided.
    """
    others = [name for name in names if name != comparison.reference]
    return any(say_bed_limit(comparison, name) for name in others)


def _without_sign(found: Interval) -> tuple[float, float, float]:
    low, high = sorted((abs(found.low), abs(found.high)))
    return abs(found.mean), low, high


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
