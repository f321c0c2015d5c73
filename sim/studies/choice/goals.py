"""Goals of a choice by which no mix can be told from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.outcomes import BY_KEY
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import HIGHEST_PHQ, list_empty_outcomes
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.choice.declaration import Posed
    from sim.studies.choice.mixes import Mix

OF_THE_BUDGET = ("cash", "runway")
"""Outcomes of which the budget of the programmes is a part: a mix without any has none of it."""
LONGEST_RUNWAY = 520.0


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
    """The most that an outcome can be in a town, None where nothing bounds it: people cannot be
    more than there are, nor live longer than the horizon.
    """
    residents = float(base.population.residents)
    if goal == "qalys":
        return residents * base.horizon / WEEKS_PER_YEAR
    if goal == "phq_mean":
        return float(HIGHEST_PHQ)
    if goal == "runway":
        return LONGEST_RUNWAY
    row = BY_KEY.get(goal)
    if row is None or row.unit != "people" or row.over_time == "sum":
        return None
    return 1.0 if row.per_person else residents
