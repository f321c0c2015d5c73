"""Several programmes, one decision: which is ahead, which cannot be told apart, for whom."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.reports.context import HEADLINE
from analysis.reports.programmes import find_goal, tabulate_programmes
from analysis.runs.database import rank_group
from analysis.runs.intervals import estimate_crossed
from analysis.text.tables import Table
from analysis.text.wording import say_interval, say_money_interval, say_number
from sim.outcomes import BY_KEY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.reports.context import ReportContext
    from analysis.runs.intervals import Interval

FEWEST_REPLICATES = 2
"""Programmes beside the reference from which on there is a decision between them."""
GROUPINGS_SHOWN = 4
"""Ways of grouping residents that the page shows."""


def fill_decision(case: ReportContext) -> dict[str, Any] | None:
    """Fill the opening of a page about several programmes; None where there is only one."""
    if len(case.pairs.others) < FEWEST_REPLICATES:
        return None
    return {
        "question": ask_which(case),
        "answer": " ".join(rank_in_words(case)),
        "table": tabulate_programmes(case),
        "groups": tabulate_groups(case),
    }


def ask_which(case: ReportContext) -> str:
    """Write the question in a sentence."""
    names = [f"“{case.title(name)}”" for name in case.pairs.others]
    listed = f"{', '.join(names[:-1])} or {names[-1]}"
    return f"Which, over {case.horizon}: {listed}, or “{case.title(case.reference)}”?"


def rank_in_words(case: ReportContext) -> list[str]:
    """Rank all scenarios, best mean first, each against the next: ahead by how much, or not to be
    told apart.
    """
    goal, values = find_goal(case)
    means = values.mean(axis=0)
    order = np.argsort(-means, kind="stable")
    titles = [f"“{case.title(name)}”" for name in case.pairs.names]
    said = [f"By {goal}, the order of the means is {' > '.join(titles[k] for k in order)}."]
    for ahead, behind in itertools.pairwise(order):
        gap = _measure_gap(case, values[:, ahead] - values[:, behind])
        if gap.low <= 0.0:
            said.append(f"{titles[ahead]} and {titles[behind]} cannot be told apart.")
        else:
            said.append(f"{titles[ahead]} is ahead of {titles[behind]} by {_say(case, gap)}.")
    said.append(f"Intervals cover {' and '.join(case.pairs.covers) or 'nothing that varied'}.")
    return said


def _measure_gap(case: ReportContext, gap: NDArray[np.float64]) -> Interval:
    return estimate_crossed(gap, case.pairs.seeds, case.pairs.draws, case.comparison.level)


def _say(case: ReportContext, gap: Interval) -> str:
    if case.worth is None:
        return f"{say_interval(*gap, figures=2)} {BY_KEY[HEADLINE].unit}"
    return say_money_interval(*gap, case.currency).replace("+", "")


def tabulate_groups(case: ReportContext, key: str = HEADLINE) -> Table | None:
    """Make a table of the difference in one outcome per 1,000 residents, by group and programme."""
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
            rows.append([str(dimension), group, *cells])
    title = BY_KEY[key].title
    heads = ["Residents by", "Group", *(case.title(name) for name in case.pairs.others)]
    return Table(f"{title} per 1,000 residents: difference by group and programme", heads, rows)


def tabulate_others(case: ReportContext) -> Table | None:
    """Make the short table of all scenarios that stands under the page about one."""
    if len(case.pairs.others) < 2:
        return None
    means = case.evaluation.cost.mean(axis=0)
    rows = []
    for name in case.pairs.others[:5]:
        place = case.pairs.names.index(name)
        changes = (case.say(key, name, 2) for key in (HEADLINE, "qalys"))
        rows.append([case.title(name), *changes, case.say_money(float(means[place] - means[0]))])
    columns = ["Scenario", "Psychiatric admissions", "QALYs, undiscounted", "Cost, discounted"]
    return Table(f"All scenarios, differences from “{case.title(case.reference)}”", columns, rows)
