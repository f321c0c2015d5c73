"""Programmes as columns: level, difference and interval of what a decision turns on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.reports.context import HEADLINE
from analysis.text.tables import Table
from analysis.text.wording import (
    say_interval,
    say_money,
    say_money_interval,
    say_number,
    say_share,
    write_plain,
)
from sim.outcomes import BY_KEY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
STATUS_WORDS = {
    "ND": "on the frontier",
    "D": "dominated: another costs less and gains as much",
    "ED": "extendedly dominated: a mixture of two others betters it",
}
SMALL_CHANGE = 1e-9


def tabulate_programmes(case: ReportContext) -> Table:
    """Make a table with a column for each scenario: the reference's levels, then levels with paired
    differences, costs by payer, what one more unit of effect costs, and how often each is best.
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
    rows += [_list_costs(case), *_list_payers(case), *_list_unit_costs(case), _list_icers(case)]
    rows += [_list_chances(case), _list_best(case), *_list_losses(case)]
    heads = [
        "Outcome",
        f"{case.title(case.reference)} (level)",
        *(case.title(name) for name in others),
    ]
    means = f"means of {found.replicates} paired replicates"
    over = f"over {case.horizon}, {means}; brackets: {found.level:.0%} intervals of the difference"
    return Table(f"Programmes side by side, {over}", heads, rows)


def _name(key: str, currency: str) -> str:
    if key == "qalys":  # costs and ratios below it are discounted
        return f"{BY_KEY[key].title}, not discounted"
    unit = BY_KEY[key].unit.replace("currency", currency)
    return (
        BY_KEY[key].title
        if unit.lower() in BY_KEY[key].title.lower()
        else f"{BY_KEY[key].title} ({unit})"
    )


def say_change(case: ReportContext, name: str, key: str) -> str:
    """A level, and beside it the paired difference with its interval and the relative change."""
    level, before = (
        case.comparison.scenarios[each][key].mean for each in (name, case.comparison.reference)
    )
    difference = case.comparison.differences[name][key]
    share = difference.mean / before if abs(before) > SMALL_CHANGE else math.nan
    relative = f", {say_number(100 * share, signed=True)}%" if math.isfinite(share) else ""
    said = say_interval(*difference[:3], signed=True, figures=2)
    return f"{write_plain(level)}: {said}{relative}"


def _say(case: ReportContext, name: str, key: str) -> str:
    return say_change(case, name, key)


def _list_costs(case: ReportContext) -> list[str]:
    means = case.evaluation.cost.mean(axis=0)
    cells = [
        say_money_interval(*case.measure(case.evaluation.cost, name), case.currency)
        for name in case.pairs.others
    ]
    return ["Cost, discounted", say_money(float(means[0]), case.currency), *cells]


def _list_payers(case: ReportContext) -> list[list[str]]:
    """Extra spending by payer, each on its own line."""
    spending = case.stored.spending(["payer"])
    rows = []
    for payer, part in spending.groupby("payer", sort=False):
        amounts = case.pairs.values(part, "amount")
        if not amounts.any():
            continue
        cells = [
            say_money_interval(*case.measure(amounts, name), case.currency)
            for name in case.pairs.others
        ]
        level = say_money(float(amounts[:, 0].mean()), case.currency)
        rows.append([f"Paid by {payer}, not discounted", level, *cells])
    return rows


def _list_unit_costs(case: ReportContext) -> list[list[str]]:
    """What an admission avoided, and a person more who starts in care, cost."""
    cost = case.evaluation.cost
    rows = []
    for title, key, sign in (
        ("Cost per admission avoided", HEADLINE, -1.0),
        ("Cost per person more who starts in care", "started_care", 1.0),
    ):
        cells = []
        for name in case.pairs.others:
            extra = case.measure(cost, name).mean
            gained = sign * case.comparison.differences[name][key].mean
            cells.append(_divide(extra, gained, case.currency))
        rows.append([title, "", *cells])
    return rows


def _divide(extra: float, gained: float, currency: str) -> str:
    if gained <= SMALL_CHANGE:
        return "none gained"
    return "saves money" if extra < 0 else say_money(extra / gained, currency)


def _list_icers(case: ReportContext) -> list[str]:
    """Cost per QALY against the next cheaper programme that is not dominated."""
    table = case.evaluation.table
    cells = []
    for name in case.pairs.others:
        row = table.loc[name]
        status, icer = str(row["status"]), float(row["icer"])
        priced = f"{say_money(icer, case.currency)}; " if math.isfinite(icer) else ""
        cells.append(f"{priced}{STATUS_WORDS.get(status, status)}")
    return ["Cost per QALY against the next cheaper one", "", *cells]


def _list_chances(case: ReportContext) -> list[str]:
    of = case.comparison.replicates
    told = (case.comparison.differences[name][HEADLINE] for name in case.pairs.others)
    return [
        f"Replicates with fewer admissions, of {of}",
        "",
        *(say_share(d.share_better, d.share_same, of) for d in told),
    ]


def _list_best(case: ReportContext) -> list[str]:
    """In how many replicates each scenario is the best of all."""
    values = find_goal(case)[1]
    shares = (values >= values.max(axis=1, keepdims=True)).mean(axis=0)
    of = case.comparison.replicates
    said = [f"{round(share * of)} of {of}" for share in shares.tolist()]
    return [f"Replicates in which it is best ({find_goal(case)[0]})", *said]


def _list_losses(case: ReportContext) -> list[list[str]]:
    """Expected loss: what is lost on average by choosing it where another would be best."""
    if case.worth is None:
        return []
    values = find_goal(case)[1]
    losses = (values.max(axis=1, keepdims=True) - values).mean(axis=0)
    said = [say_money(float(loss), case.currency) for loss in losses]
    return [["Expected loss of choosing it", *said]]


def find_goal(case: ReportContext) -> tuple[str, NDArray[np.float64]]:
    """What programmes are ranked by, in words, and its value (pairs, scenarios), more being better:
    net benefit at the declared worth of a QALY, or expected admissions where none is declared.
    """
    if case.worth is None:
        return "fewest expected admissions", -case.pairs.outcome(HEADLINE)
    money = say_money(case.worth, case.currency)
    values = case.worth * case.evaluation.effect - case.evaluation.cost
    return f"net benefit at {money} a QALY", values
