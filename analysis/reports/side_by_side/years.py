"""Year by year, from the weeks that were kept: nothing is run again for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.economics.valuation import count_weeks
from analysis.runs.comparison import Comparison, compare_pairs
from analysis.runs.window import Window
from analysis.text.tables import Table
from analysis.text.wording import say_interval, write_plain
from sim.outcomes import BY_KEY
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.reports.context import ReportContext
    from analysis.runs.pairing import Pairs

SHOWN_BY_YEAR = (
    "expected_admissions",
    "expected_emergency_visits",
    "phq_mean",
    "treated",
    "wait_median",
    "qalys",
    "cost",
)
"""Outcomes that are shown by year."""


def list_years(pairs: Pairs) -> list[Window]:
    """Years of what counts, the last one perhaps shorter."""
    first, end = pairs.first_week, pairs.first_week + count_weeks(pairs)
    return [
        Window(week, min(week + WEEKS_PER_YEAR, end)) for week in range(first, end, WEEKS_PER_YEAR)
    ]


def compare_years(
    comparison: Comparison, keys: Sequence[str] | None = None
) -> list[tuple[Window, Comparison]]:
    """Compare each year for itself, in the replicates whose weeks were kept; none where weeks are
    missing in all but one of them, or there is one year only.
    """
    pairs, years = comparison.pairs, list_years(comparison.pairs)
    whole = [
        replicate for replicate, kept in zip(pairs.replicates, pairs.whole, strict=True) if kept
    ]
    if len(whole) < 2 or len(years) < 2:
        return []
    found = []
    for year in years:
        stored = replace(pairs.stored, window=year)
        mine = replace(pairs, stored=stored, replicates=tuple(whole))
        found.append((year, compare_pairs(mine, comparison.level, keys)))
    return found


def call_year(year: Window) -> str:
    """Call a year by its number, and by its weeks where it is none of 52 weeks."""
    said = year.say()
    return f"{said[0].upper()}{said[1:]}".partition(" (")[0]


def tabulate_years(case: ReportContext) -> Table | None:
    """Make a table of the main outcomes with a column for each year, a row for each scenario; None
    where weeks were not kept, or there is one year only.
    """
    years = compare_years(case.comparison, SHOWN_BY_YEAR)
    if not years:
        return None
    rows = []
    for key in SHOWN_BY_YEAR:
        if key not in years[0][1].scenarios[case.reference]:
            continue
        unit = BY_KEY[key].unit.replace("currency", case.currency)
        title = BY_KEY[key].title
        name = title if unit.lower() in title.lower() else f"{title} ({unit})"
        rows += [
            [name, case.call(which), *(_say_year(found, which, key) for _, found in years)]
            for which in case.pairs.names
        ]
    heads = ["Outcome", "Scenario", *(call_year(year) for year, _ in years)]
    of = years[0][1].replicates
    return Table(
        f"Year by year, not discounted, means of {of} replicates whose weeks were kept: level, and"
        f" beside it the paired difference ({case.comparison.level:.0%} interval)",
        heads,
        rows,
    )


def _say_year(found: Comparison, name: str, key: str) -> str:
    level = write_plain(found.scenarios[name][key].mean)
    if name == found.reference:
        return level
    return f"{level}: {say_interval(*found.differences[name][key][:3], signed=True, figures=2)}"
