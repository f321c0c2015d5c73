"""Several programmes, one decision: which is ahead, which cannot be told apart, for whom."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.reports.context import HEADLINE
from analysis.reports.programmes import (
    find_goal,
    tabulate_programmes,
    tabulate_spending,
    tabulate_worth,
)
from analysis.reports.side_by_side.cover import say_cover, weigh_cover
from analysis.reports.side_by_side.sizes import fill_sizes
from analysis.reports.side_by_side.years import tabulate_years
from analysis.reports.supply.short_supply import list_short_supply
from analysis.runs.database import rank_group
from analysis.runs.intervals import estimate_crossed, subtract
from analysis.text.tables import Table
from analysis.text.wording import (
    say_interval,
    say_money,
    say_money_interval,
    say_number,
    write_plain,
)
from sim.outcomes import BY_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.reports.context import ReportContext
    from analysis.runs.intervals import Interval

FEWEST_PROGRAMMES = 2
"""Programmes beside the reference from which on there is a decision between them."""
LEVEL_FIGURES = 3
MOST_IN_WORDS = 4
"""Scenarios of which every pair is reported in words."""
GROUPINGS_SHOWN = 4
"""Ways of grouping residents that the page shows."""


def fill_decision(case: ReportContext) -> dict[str, Any] | None:
    """Fill the opening of a page about several programmes; None where there is only one."""
    if len(case.pairs.others) < FEWEST_PROGRAMMES:
        return None
    return {
        "question": ask_which(case),
        "answer": " ".join(rank_in_words(case)),
        "covers": say_cover(case.comparison),
        "weight": weigh_cover(case.comparison),
        "tables": [tabulate_programmes(case), tabulate_spending(case), tabulate_worth(case)],
        "short": list_short_supply(case.comparison),
        "pairs": tabulate_pairs(case) if len(case.pairs.names) > FEWEST_PROGRAMMES else None,
        "sizes": fill_sizes(case),
        "years": tabulate_years(case),
        "groups": tabulate_groups(case),
    }


def ask_which(case: ReportContext) -> str:
    """Write the question in a sentence."""
    names = [f"“{case.call(name)}”" for name in case.pairs.others]
    listed = f"{', '.join(names[:-1])} or {names[-1]}"
    return f"Which, over {case.horizon}: {listed}, or “{case.call(case.reference)}”?"


def rank_in_words(case: ReportContext) -> list[str]:
    """Rank all scenarios, best mean first, and say of every pair whether it can be told apart; of
    many, of the pairs of the best one.
    """
    goal, values = find_goal(case)
    order = np.argsort(-values.mean(axis=0), kind="stable")
    titles = [f"“{case.call(name)}”" for name in case.pairs.names]
    listed = titles[order[0]] + "".join(
        f"{', then' if subtract(values[:, one], values[:, next_one]).any() else ', level with'}"
        f" {titles[next_one]}"
        for one, next_one in itertools.pairwise(order)
    )
    said = [f"By {goal}, the means come in this order, the best first: {listed}."]
    unsure: list[str] = []
    many = len(order) > MOST_IN_WORDS
    # All pairs of many would fill the page in words; the table has every one of them.
    for place, ahead in enumerate(order[:1] if many else order[:-1]):
        gaps = {
            int(behind): _measure_gap(case, subtract(values[:, ahead], values[:, behind]))
            for behind in order[place + 1 :]
        }
        # Of the best one by how much, too; of the others that stands in the table of pairs.
        clear = [
            f"{titles[behind]} by {_say(case, gap)}" if not place else titles[behind]
            for behind, gap in gaps.items()
            if gap.low > 0.0
        ]
        alike = [titles[behind] for behind, gap in gaps.items() if not gap.low > 0.0]
        if clear:
            joined = "; of ".join(clear) if not place else _list_and(clear)
            said.append(f"{titles[ahead]} is ahead of {joined}.")
        if alike:
            unsure.append(f"{titles[ahead]} and {_list_or(alike)} cannot be told apart.")
    rest = ["How the others stand to each other is in the table of every pair."] if many else []
    return [*said, *unsure, *rest]


def _list_and(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def _list_or(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} or {titles[-1]}"


def tabulate_pairs(case: ReportContext) -> Table:
    """Make a table of every pair of scenarios: how far the one on the left is ahead."""
    goal, values = find_goal(case)
    names = case.pairs.names
    rows = []
    for place, name in enumerate(names):
        leads = (subtract(values[:, place], values[:, k]) for k in range(len(names)))
        gaps = (_measure_gap(case, lead) for lead in leads)
        cells = ["–" if k == place else _say(case, gap, signed=True) for k, gap in enumerate(gaps)]
        rows.append([case.call(name), *cells])
    pairs = len(names) * (len(names) - 1) // 2
    return Table(
        f"Every pair: how far the one on the left is ahead, by {goal} ({case.comparison.level:.0%}"
        f" intervals, each for itself: of {pairs} pairs some differ by chance)",
        ["Ahead of", *(case.call(name) for name in names)],
        rows,
    )


def _measure_gap(case: ReportContext, gap: NDArray[np.float64]) -> Interval:
    return estimate_crossed(gap, case.pairs.seeds, case.pairs.draws, case.comparison.level)


def _say(case: ReportContext, gap: Interval, *, signed: bool = False) -> str:
    if case.worth is None:
        return f"{say_interval(*gap, signed=signed, figures=2)} {BY_KEY[HEADLINE].unit}"
    said = say_money_interval(*gap, case.currency)
    # Where the sentence says who is ahead, a plus says nothing.
    return said if signed else said.replace("+", "")


def tabulate_groups(case: ReportContext, key: str = HEADLINE) -> Table | None:
    """Make a table of one outcome per 1,000 residents, by group: the reference's level, and the
    difference that each programme makes.
    """
    groups = case.comparison.subgroups
    if groups.empty:
        return None
    part = groups[groups["outcome"] == key]
    rows = []
    for dimension in list(dict.fromkeys(part["dimension"]))[:GROUPINGS_SHOWN]:
        mine = part[part["dimension"] == dimension]
        for group in sorted(dict.fromkeys(map(str, mine["group"])), key=rank_group):
            found = mine[mine["group"].astype(str) == group].set_index("scenario")
            cells = [
                say_interval(
                    *(1000 * found.loc[name, end] for end in ("mean", "low", "high")),
                    signed=True,
                    figures=2,
                )
                if name in found.index
                else say_number(float("nan"))
                for name in case.pairs.others
            ]
            level = write_plain(1000 * float(found["reference"].iloc[0]), LEVEL_FIGURES)
            rows.append([str(dimension), group, level, *cells])
    title = BY_KEY[key].title
    names = [f"{case.call(case.reference)} (level)", *(case.call(n) for n in case.pairs.others)]
    heads = ["Residents by", "Group", *names]
    return Table(f"{title} per 1,000 residents: difference by group and programme", heads, rows)


def tabulate_others(case: ReportContext) -> Table | None:
    """Make the short table of all scenarios that stands under the page about one."""
    if len(case.pairs.others) < 2:
        return None
    spent = case.pairs.values(case.stored.spending(["payer"]), "amount")
    means = case.comparison.scenarios[case.reference]
    levels = [write_plain(means[key].mean) for key in (HEADLINE, "qalys")]
    level = say_money(float(spent[:, 0].mean()), case.currency)
    rows = [[f"{case.call(case.reference)} (level)", *levels, level]]
    for name in case.pairs.others[:5]:
        changes = (case.say(key, name, 2) for key in (HEADLINE, "qalys"))
        money = say_money_interval(*case.measure(spent, name), case.currency)
        rows.append([case.call(name), *changes, money])
    columns = ["Scenario", "Psychiatric admissions", "QALYs", "Spending"]
    said = f"All scenarios, differences from “{case.call(case.reference)}”, not discounted"
    return Table(said, columns, rows)
