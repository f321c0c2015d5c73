"""A scenario states a level; a draw says how far from the evidence a value lies. Both hold.

Where a scenario (or the place that it extends) states a parameter, a draw moves that value by as
much as it moves the evidence's, on the parameter's own scale: the logarithm of what lies above 0,
the log odds of a share, the number itself of what may have either sign. A town is so the town that
it says in the middle of its draws, and as uncertain as any other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.evidence.distributions import find_bounds, has_either_sign, is_share
from sim.evidence.loader import all_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sim.evidence.record import Evidence

MOVING = "turnover.moving"
"""The parameter whose level a scenario states as `population.moving`."""


def combine(stated: Mapping[str, float], draw: Mapping[str, float]) -> dict[str, float]:
    """Values of one parameter draw by id: a scenario's own, a draw's, and where both speak the
    scenario's moved as the draw moves the evidence's.
    """
    known = all_evidence()
    moved = {
        name: move_level(known[name], known[name].value, draw[name], value)
        # A draw without a stated level is the value itself, and a level without a draw stays.
        for name, value in stated.items()
        if name in draw and name in known
    }
    # In this order: the scenario's values, a draw's over them, and over both where both speak.
    return {**stated, **draw, **moved}


def separate(stated: Mapping[str, float], world: Mapping[str, float]) -> dict[str, float]:
    """The draw that `combine` makes values of, where these levels are stated: its inverse."""
    known = all_evidence()
    return {
        # A place's posterior holds values of its town; runs take draws that move stated levels.
        name: move_level(known[name], stated[name], value, known[name].value)
        if name in stated and name in known
        else value
        for name, value in world.items()
    }


def move_level(record: Evidence, start: float, end: float, level: float) -> float:
    """A level moved by as much as lies between two values of a parameter, on its scale.

    Where the scale does not reach one of the three (a share of 0, a time of 0), by the difference
    of the numbers; never beyond what the parameter can be.
    """
    low, high = find_bounds(record)
    to, back = _choose_scale(record, (start, end, level))
    # Exactly: going back and forth on a scale would leave a rounding error in every stated value.
    if start == end:
        return level
    # A difference of plain numbers can leave the bounds, such as a share moved below 0.
    return min(max(back(to(level) + to(end) - to(start)), low), high)


def _choose_scale(
    record: Evidence, numbers: tuple[float, ...]
) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """The scale of a parameter and the way back from it."""
    # On a logarithm where all three allow it, so that a time stays above 0 and twice is twice.
    if not has_either_sign(record) and min(numbers) > 0.0:
        if not is_share(record):
            return math.log, math.exp
        if max(numbers) < 1.0:
            return _find_log_odds, _find_share
    return float, float


def _find_log_odds(share: float) -> float:
    return math.log(share / (1.0 - share))


def _find_share(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))
