"""How evenly something is spread, and what a policy does to it: Atkinson, Kolm, concentration,
distributional value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.economics.inputs import check_order, read_numbers
from sim.errors import Refused

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CANCELLED = 1e-12
"""Share of the amounts below which their mean is what rounding left."""


def _read(
    x: ArrayLike, weights: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    check_order(x, weights, "values and weights")
    values = read_numbers(x, "values")
    shares = np.ones_like(values) if weights is None else read_numbers(weights, "weights")
    if values.ndim != 1 or values.shape != shares.shape or not len(values):
        message = (
            f"values {values.shape} and weights {shares.shape} must be lists of the same length"
        )
        raise Refused(message)
    if (
        not (np.isfinite(values).all() and np.isfinite(shares).all())
        or (shares < 0).any()
        or shares.sum() <= 0
    ):
        message = "values must be finite, weights finite, none below 0, and not all 0"
        raise Refused(message)
    return values, shares / shares.sum()


def _leave_out_nobody(
    values: NDArray[np.float64], shares: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Leave out groups of nobody: they have no say, and their values may be anything."""
    groups = np.flatnonzero(shares)
    return values[groups], shares[groups]


def find_equal_atkinson(
    x: ArrayLike, weights: ArrayLike | None = None, aversion: float = 0.5
) -> float:
    """Find the equal level that is worth as much as the spread one, by relative aversion.

    Values must not be below 0.
    """
    values, shares = _read(x, weights)
    if not 0 <= aversion < np.inf:
        message = f"aversion to inequality is a number from 0 up, not {aversion}"
        raise Refused(message)
    values, shares = _leave_out_nobody(values, shares)
    if (values < 0).any():
        message = "the Atkinson index needs values of 0 or more; use kolm for gains and losses"
        raise Refused(message)
    if aversion == 0:
        return float(shares @ values)
    # From an aversion of 1 on, a group with nothing outweighs whatever the others have.
    if (values == 0).all() or ((values == 0).any() and aversion >= 1):
        return 0.0
    # The limit of the formula below, which divides by 1 - aversion.
    if aversion == 1:
        return float(np.exp(shares @ np.log(values)))
    # From a level where nothing overflows, and by differences from 1, so that aversion close to 1
    # stays exact.
    power = 1 - aversion
    level = float(values.min()) if power < 0 else float(values.max())
    with np.errstate(divide="ignore"):
        logs = np.log(values / level)
    return level * float(np.exp(np.log1p(shares @ np.expm1(power * logs)) / power))


def find_equal_kolm(x: ArrayLike, weights: ArrayLike | None = None, aversion: float = 0.5) -> float:
    """Find the equal level that is worth as much as the spread one, by absolute aversion (per unit
    of x).
    """
    values, shares = _read(x, weights)
    if not 0 <= aversion < np.inf:
        message = f"aversion to inequality is a number from 0 up, not {aversion}"
        raise Refused(message)
    values, shares = _leave_out_nobody(values, shares)
    if aversion == 0:
        return float(shares @ values)
    lowest = float(values.min())
    # From the lowest value, where no exponential overflows.
    return lowest - float(np.log1p(shares @ np.expm1(-aversion * (values - lowest)))) / aversion


def atkinson(x: ArrayLike, weights: ArrayLike | None = None, aversion: float = 0.5) -> float:
    """Give the Atkinson index: the share of the mean that inequality is worth giving up.

    0 = equal.

    >>> atkinson([2.0, 2.0, 2.0])
    0.0
    >>> round(atkinson([1.0, 4.0]), 2)
    0.1
    """
    values, shares = _read(x, weights)
    mean = float(shares @ values)
    equal = find_equal_atkinson(x, weights, aversion)
    # Rounding may put an equal distribution just below 0.
    return max(0.0, 1.0 - equal / mean) if mean > 0 else 0.0


def kolm(x: ArrayLike, weights: ArrayLike | None = None, aversion: float = 0.5) -> float:
    """Give the Kolm index: the amount of the mean that inequality is worth giving up; 0 = equal."""
    values, shares = _read(x, weights)
    return max(0.0, float(shares @ values) - find_equal_kolm(x, weights, aversion))


def concentration_index(
    x: ArrayLike, weights: ArrayLike | None = None, rank: ArrayLike | None = None
) -> float:
    """Give the concentration index: below 0 if the worse off have more, above 0 if the better off;
    0 = equal.

    Values are ordered from the worst to the best off, or by `rank` (lowest = worst off; ties share
    their rank). NaN where gains and losses cancel, since it divides by their mean.
    """
    values, shares = _read(x, weights)
    check_order(x, rank, "values and ranks")
    mean = float(shares @ values)
    # The index divides by the mean; with nothing to share out, nothing is unequal.
    if not values[shares > 0].any():
        return 0.0
    if abs(mean) <= CANCELLED * float(shares @ abs(values)):
        return float("nan")
    order = np.arange(len(values), dtype=float) if rank is None else read_numbers(rank, "rank")
    if order.shape != values.shape or np.isnan(order).any():
        message = f"rank must be one number for each of {len(values)} values, none missing"
        raise Refused(message)
    _, groups = np.unique(order, return_inverse=True)
    # Ties share the middle of their ranks, or the order of equals would decide.
    sizes = np.bincount(groups, weights=shares)
    position = (np.cumsum(sizes) - sizes / 2)[groups]
    return float(2 * (shares * values * position).sum() / mean - 1)


def find_gap(x: ArrayLike, weights: ArrayLike | None = None) -> tuple[float, float]:
    """Give the gap between the highest and the lowest group: difference and ratio (NaN where the
    lowest is 0).
    """
    values, _ = _leave_out_nobody(*_read(x, weights))
    low, high = float(values.min()), float(values.max())
    return high - low, high / low if low > 0 else float("nan")


INEQUALITY_INDICES = {"atkinson": find_equal_atkinson, "kolm": find_equal_kolm}


def distribute(
    baseline: ArrayLike,
    gain: ArrayLike,
    cost: float,
    weights: ArrayLike,
    threshold: float,
    opportunity: ArrayLike | None = None,
    aversion: float = 10.0,
    index: str = "atkinson",
) -> pd.DataFrame:
    """Work out distributional cost-effectiveness: who gains health, who loses it to what the money
    no longer buys.

    baseline: health per person in each group, say QALYs expected in life; gain: health gained per
    person of the group; cost: extra cost per person of the whole population; weights: the groups'
    shares; threshold: cost of the health that the money would buy elsewhere; opportunity: each
    group's share of that loss (its population share by default; none for a group of nobody). One
    row per group and one named `all`: baseline, gain, loss, net, final; in `all`, also equal_before
    and equal_after (equally distributed equivalents), change (their difference), efficiency (mean
    net gain) and equity (the rest).
    """
    if index not in INEQUALITY_INDICES or not threshold > 0:
        known = ", ".join(INEQUALITY_INDICES)
        message = f"distribute needs {known} and a threshold above 0, not {index!r} and {threshold}"
        raise Refused(message)
    check_order(baseline, gain, "baseline and gain")
    check_order(baseline, opportunity, "baseline and opportunity")
    before, shares = _read(baseline, weights)
    gains = read_numbers(gain, "gain")
    lost_by = shares if opportunity is None else _read(opportunity, opportunity)[1]
    if not gains.shape == lost_by.shape == shares.shape:
        message = f"gain and opportunity must have a number for each of {len(shares)} groups"
        raise Refused(message)
    loss = _share_loss(cost / threshold, lost_by, shares)
    net = gains - loss
    find_equal = INEQUALITY_INDICES[index]
    equals = find_equal(before, shares, aversion), find_equal(before + net, shares, aversion)
    health = {"baseline": before, "gain": gains, "loss": loss, "net": net}
    return _add_all(pd.DataFrame({"share": shares, **health, "final": before + net}), equals)


def _share_loss(
    loss: float, lost_by: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Loss per person of each group, of a loss per person of everybody; 0 where there is nobody."""
    # It would be lost to nobody, and the programme would look better than it is.
    if lost_by[shares == 0].any():
        message = "a group of nobody has no health to lose: name others in opportunity"
        raise Refused(message)
    return np.divide(loss * lost_by, shares, out=np.zeros_like(shares), where=shares > 0)


def _add_all(groups: pd.DataFrame, equals: tuple[float, float]) -> pd.DataFrame:
    """Add the row of the whole population: means, and how equally they are held."""
    health = groups.drop(columns="share")
    for column in health:
        groups.loc["all", column] = float(groups["share"].dropna() @ health[column])
    change, efficiency = equals[1] - equals[0], float(groups.loc["all", "net"])
    groups.loc["all", ["share", "equal_before", "equal_after"]] = [1.0, *equals]
    groups.loc["all", ["change", "efficiency", "equity"]] = [
        change,
        efficiency,
        change - efficiency,
    ]
    return groups
