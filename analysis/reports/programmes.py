"""Programmes as columns: level, difference and interval of what a decision turns on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.reports.context import HEADLINE
from analysis.text.tables import Table
from analysis.text.wording import (
    say_interval,
    say_money,
    say_money_interval,
    say_share,
    write_plain,
)
from sim.outcomes import BY_KEY

if TYPE_CHECKING:
    from analysis.reports.context import ReportContext

ROWS = (
    HEADLINE,
    "expected_emergency_visits",
    "boarding_days",
    "phq_mean",
    "treated",
    "wait_median",
    "started_care",
    "staff",
    "qalys",
)


def tabulate_programmes(case: ReportContext) -> Table:
    """Make a table with a column for each scenario: the reference's levels, then levels with paired
    differences.
    """
    found, others = case.comparison, case.pairs.others
    rows = [
        [
            _name(key, case.currency),
            write_plain(found.scenarios[found.reference][key].mean),
            *(_say(case, name, key) for name in others),
        ]
        for key in ROWS
        if key in found.scenarios[found.reference]
    ]
    rows += [_list_costs(case), _list_chances(case)]
    heads = [
        "Outcome",
        f"{case.title(case.reference)} (level)",
        *(case.title(name) for name in others),
    ]
    means = f"means of {found.replicates} paired replicates"
    over = f"over {case.horizon}, {means}; brackets: {found.level:.0%} intervals of the difference"
    return Table(f"Programmes side by side, {over}", heads, rows)


def _name(key: str, currency: str) -> str:
    unit = BY_KEY[key].unit.replace("currency", currency)
    return (
        BY_KEY[key].title
        if unit.lower() in BY_KEY[key].title.lower()
        else f"{BY_KEY[key].title} ({unit})"
    )


def _say(case: ReportContext, name: str, key: str) -> str:
    level = write_plain(case.comparison.scenarios[name][key].mean)
    difference = case.comparison.differences[name][key]
    return f"{level}: {say_interval(*difference[:3], signed=True, figures=2)}"


def _list_costs(case: ReportContext) -> list[str]:
    means = case.evaluation.cost.mean(axis=0)
    cells = [
        say_money_interval(*case.measure(case.evaluation.cost, name), case.currency)
        for name in case.pairs.others
    ]
    return ["Cost, discounted", say_money(float(means[0]), case.currency), *cells]


def _list_chances(case: ReportContext) -> list[str]:
    of = case.comparison.frequency
    told = (case.comparison.differences[name][HEADLINE] for name in case.pairs.others)
    return [
        f"Replicates with fewer admissions, of {of}",
        "",
        *(say_share(d.share_better, d.share_same, of) for d in told),
    ]
