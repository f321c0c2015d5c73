"""What one more of something costs: a ratio of two paired means, with an interval that knows when
there is none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from analysis.runs.intervals import measure_spread, t_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TINY_AMOUNT = 1e-12


class Ratio(NamedTuple):
    """A ratio of means with its interval.

    gained: whether the amount below the line can be told to be more than none: 1, less than none:
    -1, or neither: 0, by its own interval; where it is neither, or too unsure together with the
    cost for an interval with ends, there is no value. cost: the same of the amount above the line.
    unmoved: the amount below the line is 0 in every pair.
    """

    value: float
    low: float
    high: float
    gained: int
    cost: int
    unmoved: bool = False


def estimate_ratio(
    cost: NDArray[np.float64],
    gain: NDArray[np.float64],
    seeds: NDArray[np.int64],
    draws: NDArray[np.int64],
    level: float = 0.95,
) -> Ratio:
    """Estimate the ratio of the means of two paired differences, (pairs,) each, by Fieller (1954).

    The interval holds every ratio r for which cost - r * gain cannot be told from none. Where the
    gain cannot be told from none that is no stretch with two ends, and value, low and high are NaN.
    """
    above, below, both = (measure_spread(x, seeds, draws) for x in (cost, gain, cost + gain))
    if not math.isfinite(above.variance) or not math.isfinite(below.variance):
        return Ratio(math.nan, math.nan, math.nan, 0, 0)
    # Each by its own freedom, as its interval beside the ratio is.
    signs = [
        _find_sign(part.mean, t_quantile(level, part.freedom) * math.sqrt(part.variance))
        for part in (below, above)
    ]
    # Each part of a two-way clustered variance has its freedom: the least is the careful one.
    t = t_quantile(level, min(above.freedom, below.freedom, both.freedom))
    a = below.mean**2 - t**2 * below.variance
    if not signs[0] or a <= 0.0:
        unmoved = bool((abs(gain) <= TINY_AMOUNT).all())
        return Ratio(math.nan, math.nan, math.nan, signs[0], signs[1], unmoved)
    # From the variance of the sum, so that it is clustered in the same way.
    shared = (both.variance - above.variance - below.variance) / 2
    b = above.mean * below.mean - t**2 * shared
    c = above.mean**2 - t**2 * above.variance
    # Variances clustered two ways are no joint estimate: the root may be of less than 0.
    root = math.sqrt(max(b**2 - a * c, 0.0))
    return Ratio(above.mean / below.mean, (b - root) / a, (b + root) / a, signs[0], signs[1])


def _find_sign(mean: float, half: float) -> int:
    if abs(mean) <= max(half, TINY_AMOUNT):
        return 0
    return 1 if mean > 0 else -1
