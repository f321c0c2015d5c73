"""A choice at another size of its town: budget, staff and what would not matter go with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.outcomes import BY_KEY
from sim.scenario.scaling import scale

if TYPE_CHECKING:
    from sim.studies.choice.declaration import Posed


def scale_choice(posed: Posed, factor: float) -> Posed:
    """The same choice in towns of `factor` times the size.

    Sizes of programmes stay, since they are times what is declared. Raises InvalidInput where a
    part of a town cannot have that size.
    """
    choice = posed.document
    goal = BY_KEY.get(choice.goal)
    counted = goal is None or goal.grows
    changes = {
        "budget": choice.budget._replace(amount=choice.budget.amount * factor),
        "staff": {role: posts * factor for role, posts in choice.staff.items()},
        "indifference": choice.indifference * (factor if counted else 1.0),
    }
    return replace(
        posed,
        document=choice.model_copy(update=changes),
        base=scale(posed.base, factor),
        sources={name: scale(source, factor) for name, source in posed.sources.items()},
    )
