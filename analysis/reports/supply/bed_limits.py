"""What beds have to do with admissions: fewer people are admitted where fewer beds are, and that is
no gain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.reports.context import HEADLINE
from analysis.runs.comparison import BINDING, NEEDED, find_shortfall
from analysis.text.wording import say_interval, say_number

if TYPE_CHECKING:
    from analysis.reports.context import ReportContext
    from analysis.runs.comparison import Comparison
    from analysis.runs.intervals import Interval


VISITS = "emergency_visits"


def say_bed_limit(comparison: Comparison, name: str) -> str:
    """A sentence where beds, and not only the need for them, change the admissions of a scenario:
    how many more or fewer of those who need one find none; empty elsewhere.
    """
    unmet = comparison.unmet_by_beds(name)
    if unmet is None:
        return ""
    needed = comparison.differences[name][NEEDED]
    need = say_interval(*needed[:3], signed=True, figures=2)
    if unmet.low <= 0.0 <= unmet.high:
        count = say_interval(*unmet[:3], signed=True, figures=2)
        return (
            f"Beds may have a part in that: those who need a bed and find none change by {count},"
            f" the need for beds by {need}."
        )
    way = "more" if unmet.mean > 0.0 else "fewer"
    count = say_interval(*_without_sign(unmet), figures=2)
    return (
        f"Beds have a part in that: {count} {way} of those who need a bed find none, and the need"
        f" for beds changes by {need}."
    )


def choose_gain(case: ReportContext) -> str:
    """The outcome by which groups gain: where beds have a part in admissions, visits that need
    none, since whoever finds no bed has gained nothing.
    """
    return VISITS if say_bed_limit(case.comparison, case.focus) else HEADLINE


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


def say_boarding_price(case: ReportContext) -> str:
    """A sentence on what a day of boarding costs in the focus."""
    stated = (case.declared.get("prices") or {}).get("boarding_day")
    if stated is None:
        return (
            "A day of boarding costs what a day in the ward does, which is an assumption:"
            " prices.boarding_day states another price."
        )
    return f"A day of boarding costs {str(stated).replace('_', ',').removesuffix(' per day')}."
