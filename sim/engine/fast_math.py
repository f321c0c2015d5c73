"""Logarithm, exponential and sine in plain arithmetic: they run many residents at once, and give
the same bits compiled or not; and sums that do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import loop, rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

LANES = 8
"""Partial sums that are kept side by side."""
LONGEST = 128
"""Numbers that are added without being halved first."""


@rule
def log(x):
    """Natural logarithm of a positive number, to 1e-12."""
    # The bits of a number are its exponent and its mantissa; only the mantissa needs a series.
    bits = np.float64(x).view(np.int64)
    exponent = (bits >> 52) - 1023
    mantissa = np.int64((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000).view(np.float64)
    # Halved above the root of two, so that the series runs on a small interval around 1, where few
    # terms are enough.
    large = mantissa > 1.4142135623730951
    mantissa = mantissa * 0.5 if large else mantissa
    exponent = exponent + 1 if large else exponent
    z = (mantissa - 1.0) / (mantissa + 1.0)
    s = z * z
    series = 1.0 + s * (
        1 / 3 + s * (1 / 5 + s * (1 / 7 + s * (1 / 9 + s * (1 / 11 + s * (1 / 13)))))
    )
    return float(exponent) * 0.6931471805599453 + 2.0 * z * series


@rule
def exp(x):
    """Exponential, to 1e-8 relative, for arguments within +-700."""
    # Beyond this a double overflows; bounded, the arithmetic below needs no branch.
    x = min(max(x, -700.0), 700.0)
    whole = np.floor(x * 1.4426950408889634 + 0.5)
    r = x - whole * 0.6931471805599453
    series = 1.0 + r * (
        1.0
        + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (1 / 5040))))))
    )
    return series * np.int64((np.int64(whole) + 1023) << 52).view(np.float64)


@rule
def logistic(x):
    """One over one plus exp(-x)."""
    return 1.0 / (1.0 + exp(-x))


@rule
def chance_of(rate):
    """Probability of at least one event within a week at a weekly rate."""
    return 1.0 - exp(-rate)


@rule
def sine_of_turn(u):
    """Sine of a whole turn times u, for u between 0 and 1, to 1e-7."""
    t = u - 0.5
    # Folded onto a quarter turn, where few terms are enough.
    t = (0.5 - t if t > 0.25 else (-0.5 - t if t < -0.25 else t)) * 6.283185307179586
    s = t * t
    return -t * (
        1.0 + s * (-1 / 6 + s * (1 / 120 + s * (-1 / 5040 + s * (1 / 362880 - s * (1 / 39916800)))))
    )


@rule
def cosine_of_turn(u):
    """Cosine of a whole turn times u, for u between 0 and 1."""
    v = u + 0.25
    return sine_of_turn(v - 1.0 if v > 1.0 else v)


# As NumPy adds: rounding stays small, and no figure hangs on which NumPy is installed.
@loop
def add_up(values: NDArray[np.float64]) -> float:
    """Sum of numbers (n,): side by side in lanes, and by halves where there are many."""
    count = values.size
    if count < LANES:
        total = 0.0
        for k in range(count):
            total += values[k]
        return total
    if count > LONGEST:
        half = count // 2 // LANES * LANES
        return add_up(values[:half]) + add_up(values[half:])
    lane, full = values[:LANES].copy(), count // LANES * LANES
    for k in range(LANES, full):
        lane[k % LANES] += values[k]
    # Lanes by pairs, then pairs of pairs.
    step = 1
    while step < LANES:
        for k in range(0, LANES, 2 * step):
            lane[k] += lane[k + step]
        step *= 2
    total = lane[0]
    for k in range(full, count):
        total += values[k]
    return total
