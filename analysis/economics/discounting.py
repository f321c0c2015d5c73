"""Present values, with the timing stated, and weights within a cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.economics.inputs import read_numbers
from sim.errors import Refused
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Timing = Literal["start", "middle", "end", "continuous"]
# Continuous begins at 0: the mean of the factor over the period is multiplied in below.
OFFSETS: dict[str, float] = {"start": 0.0, "middle": 0.5, "end": 1.0, "continuous": 0.0}


def find_weights(
    periods: int, rate: float, timing: Timing = "middle", per_year: float = WEEKS_PER_YEAR
) -> NDArray[np.float64]:
    """Give the discount factor of each period: (1 + rate) ** -years.

    `timing` says when in its period an amount falls: `start` (the first is not discounted),
    `middle`, `end`, or `continuous` (evenly over the period: the integral of exp(-ln(1 + rate) t)).
    """
    # As in a scenario: 3 for 3% would be 300% a year.
    if not -1 < rate <= 1:
        message = f"a discount rate of {rate:.0%} a year has no meaning; 3% is written 0.03"
        raise Refused(message)
    if periods < 0 or periods != int(periods) or not per_year > 0:
        message = f"{periods} periods, {per_year} a year: count whole periods, some in a year"
        raise Refused(message)
    if timing not in OFFSETS:
        message = f"timing is start, middle, end or continuous, not {timing!r}"
        raise Refused(message)
    years = (np.arange(periods) + OFFSETS[timing]) / per_year
    factors = np.asarray((1.0 + rate) ** -years)
    if timing == "continuous" and rate:
        step = np.log1p(rate) / per_year
        # The mean of the factor over one period: exact, however long the period is.
        factors = factors * (-np.expm1(-step) / step)
    return factors


def discount(
    amounts: ArrayLike, rate: float, timing: Timing = "middle", per_year: float = WEEKS_PER_YEAR
) -> NDArray[np.float64]:
    """Sum amounts (..., periods) to their present value (...)."""
    x = read_numbers(amounts, "amounts")
    return np.asarray(x @ find_weights(x.shape[-1], rate, timing, per_year))


def weigh_cycles(
    points: int, method: Literal["none", "half", "simpson"] = "half"
) -> NDArray[np.float64]:
    """Give weights of state values at `points` equally spaced times, the ends included, that
    integrate over the cycles.

    `simpson` (1/3, 4/3, 2/3, ... 4/3, 1/3) is only defined for an even number of cycles and refused
    otherwise: the weights that some published tables used over an odd number integrate a constant
    to the wrong length.
    """
    if method not in ("none", "half", "simpson"):
        message = f"the method is none, half or simpson, not {method!r}"
        raise Refused(message)
    cycles = points - 1
    if cycles < 1:
        message = "weights within a cycle need at least two points"
        raise Refused(message)
    weights = np.ones(points)
    if method == "half":
        weights[[0, -1]] = 0.5
    elif method == "simpson":
        if cycles % 2:
            message = (
                f"Simpson's rule needs an even number of cycles, not {cycles}; use the half-cycle"
                " correction"
            )
            raise Refused(message)
        weights[1:-1:2], weights[2:-1:2] = 4 / 3, 2 / 3
        weights[[0, -1]] = 1 / 3
    return weights
