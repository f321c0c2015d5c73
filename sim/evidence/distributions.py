"""What is known of a number beside its value: a distribution, stated with the record or derived
from its range by one rule.

The range of a record is its central 95 %. Draws, sweeps and the `evidence` command use the same
distribution.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.evidence.loader import Evidence

FAMILIES: dict[str, tuple[str, ...]] = {
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "uniform": ("low", "high"),
    "beta": ("mean", "sd"),
    "triangular": ("low", "mode", "high"),
}
"""Distributions and what describes each; sigma is the standard deviation of the logarithm."""
FIXED = "fixed"
"""The distribution of a record without a range: no draw moves it."""
SPAN = 2 * 1.959964
"""Standard deviations of a normal distribution in its 95 % range."""

REACH = 3.090232
"""Standard deviations to the ends of the central 99.8 % of a normal distribution."""

FAR = 4.0
"""Standard deviations from 0 beyond which a normal distribution practically never crosses it."""
CENTRAL = 0.2
"""Part of its range that a value may lie from the middle for a normal distribution (on the scale of
logs, a lognormal) to fit.
"""


def choose_family(record: Evidence) -> str:
    """The distribution of a record: as it states, or by what its value and range allow.

    Without a range: fixed. A share between 0 and 1: beta. A range that begins at 0 or at the value,
    or ends there, is bounded: triangular. What may have either sign, logs among it, is normal; what
    lies above 0 is lognormal where the value is nearer the geometric middle of the range, and
    normal where it is nearer the arithmetic one and far from 0. A value far from both would make a
    distribution that is not the range: triangular.
    """
    if record.distribution:
        return record.distribution
    if record.low == record.high:
        return FIXED
    share = is_share(record)
    if share and 0 < record.value < 1 and _spread(record) ** 2 < record.value * (1 - record.value):
        return "beta"
    if has_either_sign(record):
        return "normal" if _is_central(record.low, record.value, record.high) else "triangular"
    if record.low == 0 or record.value in (record.low, record.high):
        return "triangular"
    return _choose_above_zero(record)


def _choose_above_zero(record: Evidence) -> str:
    low, value, high = record.low, record.value, record.high
    if abs(value - math.sqrt(low * high)) <= abs(value - (low + high) / 2):
        return (
            "lognormal"
            if _is_central(math.log(low), math.log(value), math.log(high))
            else "triangular"
        )
    return (
        "normal"
        if value > FAR * _spread(record) and _is_central(low, value, high)
        else "triangular"
    )


def _is_central(low: float, value: float, high: float) -> bool:
    return abs(value - (low + high) / 2) <= CENTRAL * (high - low)


def has_either_sign(record: Evidence) -> bool:
    """Whether a number may lie on either side of 0: its range does, or it is a logarithm."""
    return record.low < 0 or record.unit.startswith("log")


def is_share(record: Evidence) -> bool:
    """Whether a number is a part of a whole."""
    return record.unit == "share" and record.low >= 0 and record.high <= 1


def fit_family(family: str, record: Evidence) -> tuple[float, ...]:
    """Numbers of a distribution, in the order of FAMILIES, of the value of a record and its 95 %
    range; none where it is fixed.
    """
    low, value, high = record.low, record.value, record.high
    if family == FIXED:
        return ()
    if family == "uniform":
        return low, high
    if family == "triangular":
        return low, value, high
    if family == "lognormal":
        return (value, math.log(high / low) / SPAN) if low > 0 else (value, 0.0)
    return value, _spread(record)


def _spread(record: Evidence) -> float:
    return (record.high - record.low) / SPAN


def describe_distribution(record: Evidence) -> str:
    """The distribution of a record in words, such as `beta, mean 0.3, sd 0.05`."""
    family = choose_family(record)
    numbers = zip(FAMILIES.get(family, ()), fit_family(family, record), strict=True)
    return ", ".join([family, *(f"{name} {number:.3g}" for name, number in numbers)])


def find_bounds(record: Evidence) -> tuple[float, float]:
    """Lowest and highest value that may take the place of a record's.

    What the evidence has from 0 on is not below 0, and a share is not more than all.
    """
    return (-math.inf if has_either_sign(record) else 0.0), (1.0 if is_share(record) else math.inf)


def check_bounds(record: Evidence, value: float) -> str:
    """What is wrong with a value that takes the place of a record's; empty where nothing is."""
    low, high = find_bounds(record)
    if not math.isfinite(value):
        return "must be a finite number"
    if value < low:
        return "must not be below 0"
    return "is a share and must not be above 1" if value > high else ""


def find_reach(family: str, numbers: tuple[float, ...]) -> tuple[float, float]:
    """Ends of what is ever drawn from a distribution: of one without ends, its central 99.8 %."""
    first, last = numbers[0], numbers[-1]
    if family == "normal":
        return first - REACH * last, first + REACH * last
    if family == "lognormal":
        return first * math.exp(-REACH * last), first * math.exp(REACH * last)
    return (0.0, 1.0) if family == "beta" else (first, last)
