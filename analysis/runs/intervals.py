"""How sure a mean of paired differences is: intervals, half-widths, and how many runs are
enough.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from sim.errors import Refused

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

PAIR_ROUNDING = 1e-11
"""Relative difference of two sums below which they are the same number."""


class Interval(NamedTuple):
    """A mean with the ends of its confidence interval; NaN ends where one value is all there is."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2


class Enough(NamedTuple):
    """Whether the runs suffice: the half-width reached, the one asked for, and the runs that would
    reach it.
    """

    enough: bool
    half_width: float
    wanted: float
    runs: int
    needed: int


def subtract(ours: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take the reference off; what is left of floating-point rounding alone is 0."""
    difference = ours - reference
    size = np.maximum(np.abs(ours), np.abs(reference))
    # Rounding of sums would otherwise count as better or worse.
    return np.where(np.abs(difference) <= PAIR_ROUNDING * size, 0.0, difference)


def t_quantile(level: float, freedom: float) -> float:
    """Two-sided critical value of Student's t; Refused for a level that is no confidence."""
    try:
        told = f"{level:g}"
    except (TypeError, ValueError):  # text, such as 95%
        level, told = 0.0, repr(level)
    if not 0.0 < level < 1.0:
        hint = f"; write {level / 100:g}" if 1.0 < level < 100.0 else ""
        message = f"a level of confidence is between 0 and 1, such as 0.95, not {told}{hint}"
        raise Refused(message)
    return float(special.stdtrit(freedom, 0.5 + level / 2))


def estimate_mean(values: ArrayLike, level: float = 0.95) -> Interval:
    """Estimate a mean and its t interval from independent values (n,)."""
    x = np.asarray(values, dtype=float)
    n = len(x)
    mean = float(x.mean()) if n else math.nan
    if n < 2:
        return Interval(mean, math.nan, math.nan)
    half = t_quantile(level, n - 1) * float(x.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)


class Spread(NamedTuple):
    """A mean, the variance of that mean, and the degrees of freedom that it is known with."""

    mean: float
    variance: float
    freedom: float


def measure_spread(values: ArrayLike, seeds: NDArray[np.int64], draws: NDArray[np.int64]) -> Spread:
    """Measure how sure a mean of pairs is that may share seeds or parameter draws; missing values
    (NaN) are left out.

    Where pairs share both, the variance is clustered two ways (Cameron, Gelbach & Miller 2011);
    few seeds cost few degrees of freedom where little of the variance is theirs (Satterthwaite
    1946), and never less than those of the smaller set are used.
    """
    x = np.asarray(values, dtype=float)
    if not (known := np.isfinite(x)).all():
        x, seeds, draws = x[known], seeds[known], draws[known]
    n, n_seeds, n_draws = len(x), len(np.unique(seeds)), len(np.unique(draws))
    mean = float(x.mean()) if n else math.nan
    if n < 2:
        return Spread(mean, math.nan, math.nan)
    # Codes that are all the same, or all different, cluster nothing.
    clusters = [codes for codes, size in ((seeds, n_seeds), (draws, n_draws)) if 1 < size < n]
    if not clusters:
        return Spread(mean, float(x.var(ddof=1)) / n, n - 1)
    parts = [(_cluster_variance(x, codes), len(np.unique(codes)) - 1) for codes in clusters]
    single = (_cluster_variance(x, np.arange(n)), n - 1) if len(parts) == 2 else (0.0, 1)
    # Two-way variance can come out below one of its parts by chance, even below 0: the larger part
    # is the careful answer.
    variance = max(*(part for part, _ in parts), sum(part for part, _ in parts) - single[0])
    spread = sum(part**2 / freedom for part, freedom in (*parts, single))
    freedom = max(min(freedom for _, freedom in parts), variance**2 / spread if spread > 0 else 1.0)
    return Spread(mean, variance, freedom)


def estimate_crossed(
    values: ArrayLike, seeds: NDArray[np.int64], draws: NDArray[np.int64], level: float = 0.95
) -> Interval:
    """Estimate a mean of pairs that may share seeds or parameter draws, as `measure_spread` does.

    Where every pair has a seed (or draw) of its own this is the plain t interval.
    """
    mean, variance, freedom = measure_spread(values, seeds, draws)
    if not math.isfinite(variance):
        return Interval(mean, math.nan, math.nan)
    half = t_quantile(level, freedom) * math.sqrt(variance)
    return Interval(mean, mean - half, mean + half)


def _cluster_variance(x: NDArray[np.float64], codes: NDArray[np.int64]) -> float:
    _, index = np.unique(codes, return_inverse=True)
    sums = np.bincount(index, weights=x - x.mean())
    groups = len(sums)
    # Few clusters underestimate: the usual correction for their number.
    return float((sums**2).sum()) / len(x) ** 2 * groups / (groups - 1)


def runs_needed(values: ArrayLike, half_width: float, level: float = 0.95) -> int:
    """Runs at which the t interval of a mean becomes as tight as `half_width`, from the spread seen
    so far.
    """
    x = np.asarray(values, dtype=float)
    spread = float(x.std(ddof=1))
    if spread == 0 or half_width <= 0:
        return 2 if spread == 0 else 10**9
    # By search: the critical value falls with the number of runs too, and there is no formula.
    few, many = 1, 2
    while t_quantile(level, many - 1) * spread / math.sqrt(many) > half_width:
        few, many = many, many * 2
    while many - few > 1:
        middle = (few + many) // 2
        tight = t_quantile(level, middle - 1) * spread / math.sqrt(middle) <= half_width
        few, many = (few, middle) if tight else (middle, many)
    return many


def judge_enough(
    difference: ArrayLike, reference: ArrayLike, precision: float, level: float = 0.95
) -> Enough:
    """Say whether paired differences (n,) are known within `precision`, a share of the reference's
    mean.
    """
    d = np.asarray(difference, dtype=float)
    wanted = precision * abs(float(np.mean(np.asarray(reference, dtype=float))))
    half = estimate_mean(d, level).half_width
    if half <= wanted:
        return Enough(True, half, wanted, len(d), len(d))
    needed = max(runs_needed(d, wanted, level), len(d) + 1)
    return Enough(False, half, wanted, len(d), needed)
