"""Decide later: the tree of a branch with cost, QALYs and admissions of each option, and what
deciding by what is seen at the branch is worth against deciding now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.economics.later import Later, Tree, find_trees, value_later
from analysis.figures.tree import draw_tree
from analysis.reports.context import HEADLINE
from analysis.reports.programmes import find_goal
from analysis.text.tables import Table
from analysis.text.wording import say_interval, say_money, say_money_interval, write_plain

if TYPE_CHECKING:
    from analysis.reports.context import ReportContext
    from analysis.runs.intervals import Interval


def fill_later(case: ReportContext) -> list[dict[str, Any]]:
    """Fill the section: figure, table and sentences for each branch; empty without one."""
    return [_fill_tree(case, tree) for tree in find_trees(case.pairs)]


def _fill_tree(case: ReportContext, tree: Tree) -> dict[str, Any]:
    table = tabulate_tree(case, tree)
    options = [
        (said, _say_values(case, tree, option))
        for option, said in title_options(case, tree).items()
    ]
    title = (
        f"One past until week {tree.at}, then {len(options)} options over {case.horizon}; means of"
        f" {case.comparison.replicates} replicates"
    )
    return {
        "figure": draw_tree(tree.at, case.weeks, options, table, title),
        "said": say_later(case, tree),
    }


def title_options(case: ReportContext, tree: Tree) -> dict[str, str]:
    """What each option is called beside the others: without the title of the programme, with
    which the titles of all begin.
    """
    declared = case.stored.declared
    return {
        option: str(declared[name]["branch"]["options"][option].get("title") or option)
        for option, name in tree.scenarios.items()
    }


def _say_values(case: ReportContext, tree: Tree, option: str) -> str:
    """What an option comes to, in the lines of its branch."""
    place = case.pairs.names.index(tree.scenarios[option])
    cost, effect = (
        float(values[:, place].mean()) for values in (case.evaluation.cost, case.evaluation.effect)
    )
    admissions = case.comparison.scenarios[tree.scenarios[option]][HEADLINE].mean
    lines = [
        f"cost {say_money(cost, case.currency, figures=4)}, QALYs {write_plain(effect, 5)}",
        f"expected admissions {write_plain(admissions)}",
    ]
    if tree.taken is not None:
        count = int((tree.taken == list(tree.scenarios).index(option)).sum())
        lines[1] += f"; by the rules in {count} of {len(tree.taken)} replicates"
    return "\n".join(lines)


def tabulate_tree(case: ReportContext, tree: Tree) -> Table:
    """Make a table of the options: levels, and paired differences from the first."""
    first = case.pairs.names.index(next(iter(tree.scenarios.values())))
    admissions = case.pairs.outcome(HEADLINE)
    cost, effect = case.evaluation.cost, case.evaluation.effect
    rows = []
    titles = title_options(case, tree)
    for option, name in tree.scenarios.items():
        place = case.pairs.names.index(name)
        levels = [write_plain(float(v[:, place].mean()), 6) for v in (cost, effect, admissions)]
        gaps = [case.measure_gap(v[:, place] - v[:, first]) for v in (cost, effect, admissions)]
        said = [
            say_money_interval(*gaps[0], case.currency),
            *(say_interval(*gap, signed=True) for gap in gaps[1:]),
        ]
        title = titles[option]
        rows.append([title if title == option else f"{title} ({option})", *levels, *said])
    heads = ["Option", f"Cost, {case.currency}, discounted", "QALYs, discounted"]
    heads += ["Expected admissions"]
    heads += [f"{what} against the first" for what in ("Cost", "QALYs", "Admissions")]
    return Table(f"Options from week {tree.at}, means and paired differences", heads, rows)


def say_later(case: ReportContext, tree: Tree) -> list[str]:
    """Say what deciding now comes to, what deciding by the rules is worth, and what knowing all
    would be.
    """
    goal, values = find_goal(case)
    found = value_later(case.pairs, tree, values, case.comparison.level)
    best = title_options(case, tree)[found.best]
    said = [f"Decided now, by {goal}, “{best}” has the best mean."]
    if tree.taken is None:
        said.append("No rule says how to choose at the branch (`branch.rules`).")
    else:
        said.append(_say_gain(case, tree, found))
    most = _say_worth(case, found.foresight)
    said.append(
        f"Nothing that could be seen at week {tree.at} is worth more than {most}: that would be"
        " knowing what chance still brings in each replicate."
    )
    return said


def _say_gain(case: ReportContext, tree: Tree, found: Later) -> str:
    counts = [
        f"“{said}” in {int((tree.taken == place).sum())}"
        for place, said in enumerate(title_options(case, tree).values())
        if tree.taken is not None and (tree.taken == place).any()
    ]
    worth = _say_worth(case, found.gain)
    of = case.comparison.replicates
    clear = "" if found.gain.low > 0 or found.gain.high < 0 else ", which chance alone could bring"
    if found.gain.low == found.gain.high == 0:
        return f"By the rules it is {' and '.join(counts)} of {of} replicates: the same as now."
    return (
        f"Decided at week {tree.at} by the rules, it is {' and '.join(counts)} of {of} replicates;"
        f" against deciding now that is worth {worth}{clear}."
    )


def _say_worth(case: ReportContext, gain: Interval) -> str:
    """A gain with its interval: money where a QALY has a worth, else admissions."""
    if case.worth is None:
        return say_interval(*gain, signed=True, figures=2)
    return say_money_interval(*gain, case.currency)
