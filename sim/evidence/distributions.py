"""What is known of a number beside its value: a distribution, stated with it or derived from it.

The range of a record is its central 95 %, and so is that of the draws: the rule takes a standard
distribution only where its quantiles are the ends of the range, and one with halves of different
width (a split normal) where the value lies off the middle. Draws, sweeps and the `evidence` command
use the same distribution.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.evidence.record import Evidence

DISTRIBUTION_FAMILIES: dict[str, tuple[str, ...]] = {
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "uniform": ("low", "high"),
    "beta": ("mean", "sd"),
    "triangular": ("low", "mode", "high"),
    "split-normal": ("low", "median", "high"),
    "split-lognormal": ("low", "median", "high"),
    "split-logitnormal": ("low", "median", "high"),
}
"""Distributions and what describes each; sigma is the standard deviation of the logarithm.

A split normal has its median at the value and, on either side, the width that puts 2.5 % beyond
`low` and beyond `high`; a split lognormal is that of the logarithm, a split logitnormal that of the
log odds of a share.
"""
FIXED_FAMILY = "fixed"
"""The distribution of a record without a range: no draw moves it."""
NORMAL_95 = 1.959964
"""Standard deviations from the middle of a normal distribution to an end of its central 95 %; of
an estimate, standard errors from it to an end of its interval.
"""
QUANTILE_REACH = 3.090232
"""Standard deviations to the ends of the central 99.8 % of a normal distribution."""
FARTHEST = 1e5
"""Times the ends of its range that a number may be set to: prices are in any currency, and what is
counted in a town must not overflow.
"""
FAR_IN_SIGMAS = 4.0
"""Standard deviations from 0 beyond which a normal distribution practically never crosses it."""
NEAR = 0.03
"""Part of its range by which the end of a distribution may miss the end of the range."""


def choose_family(record: Evidence) -> str:
    """The distribution of a record: as it states, or by what its value and range allow.

    Without a range: fixed. A range that begins at 0, ends at 1 (of a share) or has the value at an
    end is bounded: triangular. Else beta for a share, normal for what may have either sign, and
    lognormal or normal for what lies above 0; each only where its 95 % are the range, and a split
    form where they are not.
    """
    if record.distribution:
        return record.distribution
    if record.low == record.high:
        return FIXED_FAMILY
    # Where the range ends at what the number can be, a tail beyond would be cut off and shift the
    # mean.
    if is_bounded(record):
        return "triangular"
    return _choose_by_middle(record)


def _choose_by_middle(record: Evidence) -> str:
    """A standard distribution where it keeps the range, else a split one."""
    if is_share(record):
        return "beta" if _keeps_range_as_beta(record) else "split-logitnormal"
    low, value, high = record.low, record.value, record.high
    if has_either_sign(record):
        return "normal" if _is_central(low, value, high) else "split-normal"
    # A lognormal has its median at the geometric mean of its ends: where the value is that, it
    # fits.
    ratio = math.sqrt(high / low)
    if max(abs(value / ratio - low), abs(value * ratio - high)) <= NEAR * (high - low):
        return "lognormal"
    # Normal only where the tail below 0 is out of sight: these numbers cannot be negative.
    central = _is_central(low, value, high) and value > FAR_IN_SIGMAS * _spread(record)
    return "normal" if central else "split-lognormal"


def _is_central(low: float, value: float, high: float) -> bool:
    return abs(value - (low + high) / 2) <= NEAR * (high - low)


def _keeps_range_as_beta(record: Evidence) -> bool:
    from scipy.special import betaincinv  # heavy to import, needed for shares alone

    mean, variance = record.value, _spread(record) ** 2
    # No beta distribution has this variance.
    if not 0 < mean < 1 or variance >= mean * (1 - mean):
        return False
    # By moments: the sum of the two parameters of a beta with this mean and variance.
    size = mean * (1 - mean) / variance - 1
    low, high = betaincinv(mean * size, (1 - mean) * size, [0.025, 0.975])
    off = max(abs(float(low) - record.low), abs(float(high) - record.high))
    return off <= NEAR * (record.high - record.low)


def is_bounded(record: Evidence) -> bool:
    """Whether the ends of a range are the ends of what a number can be: no draw goes beyond."""
    at_an_end = record.value in (record.low, record.high)
    # A range from 0 or a value at an end leaves no room for a tail.
    floor = record.low == 0 and not has_either_sign(record)
    return at_an_end or floor or (is_share(record) and record.high == 1)


def has_either_sign(record: Evidence) -> bool:
    """Whether a number may lie on either side of 0: its range does, or it is a logarithm."""
    return record.low < 0 or record.unit.startswith("log")


def is_share(record: Evidence) -> bool:
    """Whether a number is a part of a whole."""
    return record.unit == "share" and record.low >= 0 and record.high <= 1


def fit_family(family: str, record: Evidence) -> tuple[float, ...]:
    """Numbers of a distribution, in the order of FAMILIES; none where it is fixed."""
    low, value, high = record.low, record.value, record.high
    if family == FIXED_FAMILY:
        return ()
    if family == "uniform":
        return low, high
    # Families of three numbers, triangular and split ones, take the record as it stands.
    if len(DISTRIBUTION_FAMILIES[family]) == len((low, value, high)):
        return low, value, high
    if family == "lognormal":
        # A range from 0 has no width on the log scale; a sweep that asks for one is refused.
        return (value, math.log(high / low) / (2 * NORMAL_95)) if low > 0 else (value, 0.0)
    return value, _spread(record)


def _spread(record: Evidence) -> float:
    return (record.high - record.low) / (2 * NORMAL_95)


def describe_distribution(record: Evidence) -> str:
    """The distribution of a record in words, such as `beta, mean 0.3, sd 0.05`."""
    family = choose_family(record)
    numbers = zip(DISTRIBUTION_FAMILIES.get(family, ()), fit_family(family, record), strict=True)
    return ", ".join([family, *(f"{name} {number:.3g}" for name, number in numbers)])


def find_bounds(record: Evidence) -> tuple[float, float]:
    """Lowest and highest value that may take the place of a record's.

    What the evidence has from 0 on is not below 0, and a share is not more than all.
    """
    # A spread of logarithms is none.
    either = has_either_sign(record) and record.unit != "log SD"
    return (-math.inf if either else 0.0), (1.0 if is_share(record) else math.inf)


def check_bounds(record: Evidence, value: float) -> str:
    """What is wrong with a value that takes the place of a record's; empty where nothing is."""
    low, high = find_bounds(record)
    if not math.isfinite(value):
        return "must be a finite number"
    if value < low:
        return "must not be below 0"
    if value > high:
        return "is a share and must not be above 1"
    # At least 1, or a number whose range lies close to 0 could hardly be moved.
    farthest = FARTHEST * max(abs(record.low), abs(record.high), 1.0)
    return f"must not be beyond {farthest:.3g}" if abs(value) > farthest else ""


def find_reach(family: str, numbers: tuple[float, ...]) -> tuple[float, float]:
    """Ends of what is ever drawn from a distribution: of one without ends, its central 99.8 %."""
    # Where a design needs an end and the distribution has none.
    first, last = numbers[0], numbers[-1]
    if family == "normal":
        return first - QUANTILE_REACH * last, first + QUANTILE_REACH * last
    if family == "lognormal":
        return first * math.exp(-QUANTILE_REACH * last), first * math.exp(QUANTILE_REACH * last)
    if family in {"split-normal", "split-lognormal"}:
        return _find_split_reach(family, numbers)
    return (0.0, 1.0) if family in {"beta", "split-logitnormal"} else (first, last)


def _find_split_reach(family: str, numbers: tuple[float, ...]) -> tuple[float, float]:
    logs = family == "split-lognormal"
    low, middle, high = (math.log(number) if logs else number for number in numbers)
    # Each half has a width of its own, so either end is stretched from the middle.
    further = QUANTILE_REACH / NORMAL_95
    ends = middle - (middle - low) * further, middle + (high - middle) * further
    return (math.exp(ends[0]), math.exp(ends[1])) if logs else ends
