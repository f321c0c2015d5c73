"""How sure is sure enough: reads what was asked for and decides whether more replicates are
needed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

GROWTH_AT_MOST = 4.0
MARGIN = 1.1


class Precision(NamedTuple):
    """The half-width asked for: a share of the reference's mean, or a number in the outcome's own
    unit.
    """

    value: float
    relative: bool

    def goal(self, reference_mean: float) -> float:
        """The half-width to reach, in the unit of the outcome."""
        return self.value * abs(reference_mean) if self.relative else self.value


class Measured(NamedTuple):
    """How tight one paired interval is now, and the half-width that is wanted."""

    what: str
    half_width: float
    goal: float


class Verdict(NamedTuple):
    """Whether to stop, the number of replicates to go to if not, and why in words."""

    stop: bool
    reached: bool
    replicates: int
    reason: str


def parse_precision(text: str) -> Precision:
    """Read `5%` (of the reference's mean) or a plain number (in the outcome's unit)."""
    plain = text.strip()
    relative = plain.endswith("%")
    try:
        value = float(plain.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not value > 0 or math.isinf(value):
        message = (
            "give a share of the reference's mean such as 5%, or a number above 0 in the outcome's"
            " unit"
        )
        raise InvalidInput(f"--precision {text}: {message}")
    return Precision(value / 100 if relative else value, relative)


def decide_more(measured: Sequence[Measured], replicates: int, limit: int) -> Verdict:
    """Decide from the widest interval.

    Half-widths shrink with the square root of the number of replicates.
    """
    # The widest decides: a study is as sure as its least sure answer.
    worst = max(measured, key=_distance)
    tightness = _say_tightness(worst, replicates)
    if _distance(worst) <= 1:
        return Verdict(True, True, replicates, f"Tight enough. {tightness}.")
    if replicates >= limit:
        reason = (
            f"The limit of {limit} replicates was reached before the interval was tight enough."
            f" {tightness}."
        )
        return Verdict(True, False, replicates, reason)
    # Beyond what the square root asks for, and at most four times: early widths are uncertain
    # themselves.
    wanted = replicates * min(_distance(worst) ** 2 * MARGIN, GROWTH_AT_MOST)
    more = min(max(math.ceil(wanted), replicates + 2), limit)
    return Verdict(False, False, more, f"{tightness}; going on to {more} replicates.")


def _say_tightness(measured: Measured, replicates: int) -> str:
    what, width, goal = measured
    if not math.isfinite(width):
        return f"{what}: too few of {replicates} replicates have a value for an interval"
    if not goal > 0:
        return (
            f"{what}: ±{width:.3g} after {replicates} replicates, and no share of a reference that"
            " has none can be reached: give --precision as a number"
        )
    return f"{what}: ±{width:.3g} after {replicates} replicates, ±{goal:.3g} wanted"


def _distance(measured: Measured) -> float:
    if measured.half_width == 0:
        return 0.0
    if not math.isfinite(measured.half_width) or not measured.goal > 0:
        return math.inf
    return measured.half_width / measured.goal
