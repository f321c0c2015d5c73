"""Goals of a choice by which no mix can be told from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.outcomes import BY_KEY
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import list_empty_outcomes
from sim.week.record.plausibility import MOST_MONEY, find_scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.choice.declaration import Posed
    from sim.studies.choice.mixes import Mix

OF_THE_BUDGET = ("cash", "runway")
"""Outcomes of which the budget of the programmes is a part: a mix without any has none of it."""


def look_at_goal(posed: Posed, mixes: Sequence[Mix]) -> Iterator[Conflict]:
    """List what keeps the goal from deciding: nothing of it in any mix, the budget in it, or a
    difference that no two mixes can have.
    """
    goal, zone = posed.document.goal, posed.document.indifference
    empty = [list_empty_outcomes(mix.scenario) for mix in mixes]
    if all(goal in each for each in empty):
        message = f"cannot decide: it is 0 in every mix, {empty[0][goal]}"
        yield Conflict(("goal",), message, "name another outcome")
    elif goal in OF_THE_BUDGET:
        message = "counts the budget, which comes with any programme and not with nothing new"
        yield Conflict(("goal",), message, "such as cost, or net_benefit")
    most = find_most(goal, posed.base)
    if most is not None and zone >= most:
        message = f"never decides: in {posed.base.name} {goal} is {most:,.4g} at most"
        yield Conflict(("indifference",), message, "a difference that would not matter")


def find_most(goal: str, base: Scenario) -> float | None:
    """The most that an outcome can be in a town, None where nothing bounds it."""
    row = BY_KEY.get(goal)
    if row is None or (row.over_time == "sum" and goal != "qalys"):
        return None
    _, most = find_scale(row, base.population.residents, base.horizon)
    return most if most < MOST_MONEY else None
