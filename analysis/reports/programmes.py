"""Programmes as columns: level, difference and interval of what a decision turns on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analysis.economics.cea import MONEY_ROUNDING, measure_loss
from analysis.reports.context import HEADLINE
from analysis.reports.supply.bed_limits import BEDS_COUNT, has_bed_limit
from analysis.runs.intervals import subtract
from analysis.text.ratios import say_unit_cost
from analysis.text.tables import Table
from analysis.text.wording import (
    rounds_to_nothing,
    say_interval,
    say_money,
    say_money_interval,
    say_number,
    say_share,
    write_plain,
)
from sim.outcomes import BY_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

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
TWIN_WORDS = "the same cost and health as another that is listed before it"
SMALL_CHANGE = 1e-9


UNIT_COSTS = (
    ("Cost per admission avoided", HEADLINE, -1.0, ("admission", "avoided", "added")),
    ("Cost per person more served", "started_care", 1.0, ("person", "served", "lost to care")),
)
"""What one more costs: title, outcome, which way is a gain, and its words."""


def tabulate_programmes(case: ReportContext) -> Table:
    """Make a table of outcomes with a column for each scenario: the reference's levels, then levels
    with paired differences, none of them discounted.
    """
    found, others = case.comparison, case.pairs.others
    rows = [
        [
            _name(key, case.currency),
            write_plain(found.scenarios[found.reference][key].mean),
            *(say_change(case, name, key) for name in others),
        ]
        for key in ROWS
        if key in found.scenarios[found.reference]
    ]
    over = f"not discounted, over {case.horizon}, means of {found.replicates} paired replicates"
    said = f"{over}; brackets: {found.level:.0%} intervals of the difference"
    return Table(f"Programmes side by side: {said}", _head(case), [*rows, _list_chances(case)])


def tabulate_spending(case: ReportContext) -> Table:
    """Make a table of what is spent and by whom, and of what one more admission avoided or person
    served costs, with a column for each scenario; nothing in it is discounted.
    """
    payers = _list_payers(case)
    total = _sum_spending(case)
    rows = [_list_money(case, "In all", total), *payers]
    for title, key, sign, words in UNIT_COSTS:
        gain = sign * case.pairs.outcome(key)
        cells = [
            BEDS_COUNT
            if key == HEADLINE and has_bed_limit(case.comparison, name)
            else _say_ratio(case, total, gain, (case.pairs.names.index(name), 0), words)
            for name in case.pairs.others
        ]
        rows.append([title, "", *cells])
    return Table(
        f"What is spent, and what one more costs: not discounted, over {case.horizon}; ratios of"
        " paired means with Fieller's intervals",
        _head(case),
        rows,
    )


def tabulate_worth(case: ReportContext) -> Table:
    """Make a table of cost against QALYs, both discounted, with a column for each scenario: cost
    per QALY by dominance, how often each is best, and what choosing it would lose.
    """
    rates = case.evaluation.rates
    rows = [
        _list_money(case, "Cost", case.evaluation.cost),
        _list_qalys(case),
        _list_icers(case),
        _list_best(case),
        *_list_losses(case),
    ]
    return Table(
        f"Cost against health: discounted at {rates[0]:.1%} (cost) and {rates[1]:.1%} (QALYs) a"
        f" year, over {case.horizon}",
        _head(case),
        rows,
    )


def _head(case: ReportContext) -> list[str]:
    others = (case.call(name) for name in case.pairs.others)
    return ["Outcome", f"{case.call(case.reference)} (level)", *others]


def _name(key: str, currency: str) -> str:
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
    said = say_interval(*difference[:3], signed=True, figures=2)
    # What rounds to nothing has no share of the level either.
    told = math.isfinite(share) and not rounds_to_nothing(*difference[:3], figures=2)
    relative = f", {say_number(100 * share, signed=True)}%" if told else ""
    return f"{write_plain(level)}: {said}{relative}"


def _sum_spending(case: ReportContext) -> NDArray[np.float64]:
    """(pairs, scenarios) spending of all payers, not discounted."""
    return case.pairs.values(case.stored.spending(["payer"]), "amount")


def _list_money(case: ReportContext, title: str, amounts: NDArray[np.float64]) -> list[str]:
    """A row of money: the level of the reference, and paired differences."""
    cells = (
        say_money_interval(*case.measure(amounts, name), case.currency)
        for name in case.pairs.others
    )
    return [title, say_money(float(amounts[:, 0].mean()), case.currency), *cells]


def _list_payers(case: ReportContext) -> list[list[str]]:
    """Extra spending by payer, each on its own line."""
    rows = []
    for payer, part in case.stored.spending(["payer"]).groupby("payer", sort=False):
        amounts = case.pairs.values(part, "amount")
        if amounts.any():
            rows.append(_list_money(case, f"Paid by {payer}", amounts))
    return rows


def _list_qalys(case: ReportContext) -> list[str]:
    effect = case.evaluation.effect
    cells = (
        say_interval(*case.measure(effect, name), signed=True, figures=2)
        for name in case.pairs.others
    )
    return ["QALYs", write_plain(float(effect[:, 0].mean())), *cells]


def _say_ratio(
    case: ReportContext,
    cost: NDArray[np.float64],
    gain: NDArray[np.float64],
    places: tuple[int, int],
    words: tuple[str, str, str],
) -> str:
    """What one more costs under one scenario against another: (pairs, scenarios) each."""
    return say_unit_cost(case.estimate_ratio(cost, gain, *places), words, case.currency)


def has_twin(case: ReportContext, name: str) -> bool:
    """Whether one that is listed before costs and gains the same in every replicate."""
    place, cost, effect = (
        case.pairs.names.index(name),
        case.evaluation.cost,
        case.evaluation.effect,
    )
    return any(
        not subtract(cost[:, place], cost[:, before]).any()
        and not subtract(effect[:, place], effect[:, before]).any()
        for before in range(place)
    )


def _list_icers(case: ReportContext) -> list[str]:
    """Cost per QALY against the next cheaper programme that is not dominated."""
    table = case.evaluation.table
    frontier = [str(name) for name in table.index if table.loc[name, "status"] == "ND"]
    frontier.sort(key=lambda name: float(table.loc[name, "cost"]))
    cells = [_say_icer(case, name, frontier) for name in (case.reference, *case.pairs.others)]
    return ["Cost per QALY against the next cheaper one", *cells]


def _say_icer(case: ReportContext, name: str, frontier: Sequence[str]) -> str:
    """Where one stands on the frontier, from the cheapest to the dearest, and at what price."""
    e, names = case.evaluation, case.pairs.names
    # Of exact duplicates all but one count as dominated, which would read as being worse.
    if has_twin(case, name):
        return TWIN_WORDS
    if name not in frontier:
        return STATUS_WORDS[str(e.table.loc[name, "status"])]
    place = frontier.index(name)
    if not place:
        return "the cheapest; on the frontier"
    before = frontier[place - 1]
    places = names.index(name), names.index(before)
    priced = _say_ratio(case, e.cost, e.effect, places, ("QALY", "gained", "lost"))
    return f"{priced}, against “{case.call(before)}”; {STATUS_WORDS['ND']}"


def _list_chances(case: ReportContext) -> list[str]:
    of = case.comparison.replicates
    found = case.comparison
    told = (
        (found.share_fewer(name, HEADLINE), found.differences[name][HEADLINE].share_same)
        for name in case.pairs.others
    )
    return [
        f"Replicates with fewer expected admissions, of {of}",
        "",
        *(say_share(fewer, same, of) for fewer, same in told),
    ]


def _list_best(case: ReportContext) -> list[str]:
    """In how many replicates each scenario is the best of all; ties are told, and belong to all."""
    values = find_goal(case)[1]
    # As in `share_best`: what differs by rounding alone is a tie.
    near = MONEY_ROUNDING * np.abs(values).max(axis=1, keepdims=True)
    best = values >= values.max(axis=1, keepdims=True) - near
    alone = best & (best.sum(axis=1, keepdims=True) == 1)
    of = case.comparison.replicates
    said = [
        f"{first} of {of}" + (f", tied for best in {tied}" if tied else "")
        for first, tied in zip(
            alone.sum(axis=0).tolist(), (best & ~alone).sum(axis=0).tolist(), strict=True
        )
    ]
    return [f"Replicates in which it is best ({find_goal(case)[0]})", *said]


def _list_losses(case: ReportContext) -> list[list[str]]:
    """Expected loss: what is lost on average by choosing it where another would be best; without
    chance where that can be told apart, as in the tables for researchers.
    """
    if case.worth is None:
        return []
    nmb = case.evaluation.net_benefit(case.worth)
    unit = "draws" if case.evaluation.chance_removed else "replicates"
    said = [say_money(loss, case.currency) for loss in measure_loss(nmb).tolist()]
    return [[f"Expected loss of choosing it, over {unit}", *said]]


def find_goal(case: ReportContext) -> tuple[str, NDArray[np.float64]]:
    """What programmes are ranked by, in words, and its value (pairs, scenarios), more being better:
    net benefit at the declared worth of a QALY, or expected admissions where none is declared.
    """
    if case.worth is None:
        return "fewest expected admissions", -case.pairs.outcome(HEADLINE)
    money = say_money(case.worth, case.currency)
    values = case.worth * case.evaluation.effect - case.evaluation.cost
    return f"net benefit at {money} a QALY", values
