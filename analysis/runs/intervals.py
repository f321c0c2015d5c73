"""How sure a mean of paired differences is: intervals, half-widths, and how many runs are
enough.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy import special

from sim.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

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


Scarce = Literal["replicates", "draws", "seeds"]
"""What an answer has too few of: replicates, draws of the parameters, or seeds of each draw."""


class Enough(NamedTuple):
    """Whether the runs suffice: the half-width reached, the one asked for, the runs that would
    reach it, and what there have to be more of, with how many.
    """

    enough: bool
    half_width: float
    wanted: float
    runs: int
    needed: int
    scarce: Scarce = "replicates"
    of_these: int = 0


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
    return _count_needed(float(np.asarray(values, dtype=float).std(ddof=1)), half_width, level)


def _count_needed(spread: float, half_width: float, level: float) -> int:
    """How many of what differs by `spread` give a mean with such an interval."""
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


def find_scarce(values: ArrayLike, seeds: NDArray[np.int64], draws: NDArray[np.int64]) -> Scarce:
    """What more of would make a mean surer: that whose differences have the larger part of its
    variance. More seeds take nothing off what differs between draws.
    """
    x = np.asarray(values, dtype=float)
    known = np.isfinite(x)
    x, seeds, draws = x[known], seeds[known], draws[known]
    n_seeds, n_draws = len(np.unique(seeds)), len(np.unique(draws))
    if n_draws < 2:
        return "replicates"
    # Draws of one seed each: every replicate is a draw.
    if n_seeds < 2 or len(x) < 3:
        return "draws"
    more_draws = _cluster_variance(x, draws) >= _cluster_variance(x, seeds)
    return "draws" if more_draws else "seeds"


def say_scarce(
    paired: Iterable[ArrayLike], seeds: NDArray[np.int64], draws: NDArray[np.int64]
) -> str:
    """Say what would narrow some intervals where that is not more replicates; else empty."""
    if not any(find_scarce(values, seeds, draws) == "draws" for values in paired):
        return ""
    return (
        " What is left differs between parameter draws: more of them (--draws) narrow it, more"
        " replicates of the same draws do not."
    )


def judge_enough(
    difference: ArrayLike,
    reference: ArrayLike,
    precision: float,
    level: float = 0.95,
    seeds: NDArray[np.int64] | None = None,
    draws: NDArray[np.int64] | None = None,
) -> Enough:
    """Say whether paired differences (n,) are known within `precision`, a share of the reference's
    mean. seeds, draws: what pairs share, (n,) each; without them, every pair is by itself.
    """
    d = np.asarray(difference, dtype=float)
    own = np.arange(len(d))
    seeds, draws = own if seeds is None else seeds, own * 0 if draws is None else draws
    wanted = precision * abs(float(np.mean(np.asarray(reference, dtype=float))))
    spread = measure_spread(d, seeds, draws)
    half = estimate_crossed(d, seeds, draws, level).half_width
    if half <= wanted:
        return Enough(True, half, wanted, len(d), len(d))
    scarce = find_scarce(d, seeds, draws)
    there = (
        len(d) if scarce == "replicates" else len(np.unique(seeds if scarce == "seeds" else draws))
    )
    # As if all that is unsure came from what is scarce, of which so many are there now.
    needed = max(_count_needed(math.sqrt(spread.variance * there), wanted, level), there + 1)
    return Enough(False, half, wanted, len(d), math.ceil(needed * len(d) / there), scarce, needed)
