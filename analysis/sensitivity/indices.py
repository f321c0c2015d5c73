"""What matters most: tornado, Sobol and Morris with chance removed, thresholds, and where a policy
fails.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from analysis.economics.cea import check_draws
from analysis.economics.inputs import check_order, read_finite
from analysis.economics.metamodel import Regression
from analysis.sensitivity.shares import share_variance
from sim.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray


TORNADO = ("low", "high", "at_low", "at_high", "swing")
FEWEST_OF_A_LEVEL, LEVELS_ALIKE = 5, 0.01
"""Points of a level from which its mean is asked, and the chance of as large differences where
there are none below which it is believed."""


def tabulate_tornado(
    parameters: pd.DataFrame, outcome: ArrayLike, tails: float = 0.1
) -> pd.DataFrame:
    """Estimate the outcome with each parameter at its low and high end, all others left to vary.

    By regression; of a factor with few levels that differ beyond chance, and of a full factorial
    design, by the means of the levels. A swing of 0 is one that cannot be told from chance.
    parameters: (draws, parameters); outcome: (draws,). Indexed by parameter, the widest first: low
    and high (mean outcome at the `tails` quantile and its mirror), at_low and at_high (the values),
    swing.
    """
    check_order(parameters, outcome, "parameters and outcome")
    values = read_finite(outcome, "outcome")[:, None]
    if not parameters.columns.is_unique or not 2 <= len(values) == len(parameters):
        message = (
            "a tornado needs an outcome of each of two draws or more, and parameters of different"
            " names"
        )
        raise Refused(message)
    settings = read_finite(parameters, "parameters")
    regression = None if is_factorial(settings) else Regression(settings, values)
    rows = {}
    for place, name in enumerate(parameters.columns):
        x = settings[:, place]
        # The others are averaged over and not held at a base case, so that interactions count.
        if regression is None or levels_differ(x, values[:, 0]):
            known, mean = average_levels(x, values[:, 0])
        else:
            known, mean = _follow(x, regression.predict((place,))[:, 0])
        ends = np.quantile(x, [tails, 1 - tails])
        low, high = np.interp(ends, known, mean)
        rows[name] = dict(zip(TORNADO, (low, high, *ends, abs(high - low)), strict=True))
    return pd.DataFrame.from_dict(rows, orient="index").sort_values(
        "swing", ascending=False, kind="stable"
    )


def _follow(
    factor: NDArray[np.float64], expected: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    order = np.argsort(factor, kind="stable")
    return factor[order], expected[order]


def is_factorial(settings: NDArray[np.float64]) -> bool:
    """Whether points (points, factors) are every combination of levels, each as often, and each
    level has two points or more: one alone says nothing of its mean.
    """
    combinations, counts = np.unique(settings, axis=0, return_counts=True)
    levels = [len(np.unique(column)) for column in settings.T]
    whole = len(combinations) == math.prod(levels) and counts.min() == counts.max()
    return bool(whole and 2 * max(levels) <= len(settings))


def average_levels(
    factor: NDArray[np.float64], outcome: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Levels of a factor, and the mean outcome at each over all that the others are.

    Of a full factorial design they need no regression, which takes what a few levels do for chance
    beside what a stronger factor does.
    """
    levels, which = np.unique(factor, return_inverse=True)
    return levels, np.bincount(which, outcome) / np.bincount(which)


def levels_differ(factor: NDArray[np.float64], outcome: NDArray[np.float64]) -> bool:
    """Whether the few levels of a factor differ by more than chance (analysis of variance)."""
    levels, means = average_levels(factor, outcome)
    counts = np.unique(factor, return_counts=True)[1]
    if len(levels) < 2 or counts.min() < FEWEST_OF_A_LEVEL:
        return False
    centre = float(outcome.mean())
    between = float(counts @ (means - centre) ** 2)
    within = float(((outcome - centre) ** 2).sum()) - between
    freedom = len(levels) - 1, len(outcome) - len(levels)
    if within <= 1e-12 * between:
        return between > 0
    ratio = between / freedom[0] / (within / freedom[1])
    return float(special.fdtrc(*freedom, ratio)) < LEVELS_ALIKE


class Crossing(NamedTuple):
    """Where a decision flips: the value of the parameter, and which strategies are best below and
    above.
    """

    value: float
    below: int
    above: int


def find_thresholds(
    parameter: ArrayLike, nmb: ArrayLike, *, by_level: bool = False
) -> list[Crossing]:
    """Find the values of one parameter at which the strategy with the highest expected net benefit
    changes.

    parameter: (draws,); nmb: (draws, strategies). by_level: of a full factorial design, or of
    levels that differ beyond chance, where the mean at each level is what is expected there. Empty
    where the decision is the same over the range seen.
    """
    check_order(parameter, nmb, "parameter and net benefit")
    x, benefits = read_finite(parameter, "parameter"), check_draws(nmb, "net benefit")
    if x.shape != (len(benefits),):
        message = f"there are {len(benefits)} draws of net benefit and {x.shape} of the parameter"
        raise Refused(message)
    # Differences from the first: what all strategies share does not decide.
    contrasts = benefits - benefits[:, :1]
    order = np.argsort(x, kind="stable")
    if benefits.shape[1] < 2:
        return []
    if by_level:
        means = [average_levels(x, contrast)[1] for contrast in contrasts.T]
        x, expected = np.unique(x), np.column_stack(means)
    else:
        expected = np.column_stack(
            [np.zeros(len(x)), Regression(x[:, None], contrasts[:, 1:]).predict((0,))]
        )[order]
        x = x[order]
    best = expected.argmax(axis=1)
    found = []
    for place in np.flatnonzero(best[1:] != best[:-1]):
        before, after = int(best[place]), int(best[place + 1])
        gaps = expected[[place, place + 1], before] - expected[[place, place + 1], after]
        weight = gaps[0] / (gaps[0] - gaps[1]) if gaps[0] != gaps[1] else 0.5
        found.append(Crossing(float(x[place] + weight * (x[place + 1] - x[place])), before, after))
    return found


def _average(outcomes: ArrayLike) -> tuple[NDArray[np.float64], float]:
    """Means over replicates (points,), and the variance that chance still has in them (0 with one
    replicate).

    Random variation that a replicate has in common over all points, as with the same seeds at each,
    moves no point against another.
    """
    values = read_finite(outcomes, "outcomes")
    if values.ndim == 1:
        return values, 0.0
    means = values.mean(axis=1)
    points, replicates = values.shape
    if replicates < 2 or points < 2:
        return means, 0.0
    # What a replicate shares over all points, and what a point shares over replicates, is no
    # chance.
    errors = values - means[:, None] - values.mean(axis=0) + means.mean()
    return means, float((errors**2).sum() / ((points - 1) * (replicates - 1) * replicates))


def analyze_sobol(
    problem: Mapping[str, Any], outcomes: ArrayLike, second_order: bool = False, seed: int = 0
) -> pd.DataFrame:
    """Give Sobol indices from runs on a Saltelli design, with chance removed.

    problem: SALib's; outcomes: (points,) or (points, replicates), best paired differences. Of two
    replicates or more, indices are shares of the variance that is not chance. Indexed by parameter:
    first, first_interval, total, total_interval (half-widths at 95%); NaN where all may be chance.
    """
    values = read_finite(outcomes, "outcomes")
    factors = len(problem["names"])
    block = 2 * factors + 2 if second_order else factors + 2
    if not len(values) or len(values) % block:
        message = (
            f"a Saltelli design of {factors} parameters has {block} points each, not {len(values)}"
        )
        raise Refused(message)
    names = pd.Index(list(problem["names"]), name="parameter")
    if values.ndim > 1 and values.shape[1] > 1:
        return pd.DataFrame(share_variance(values, factors, block, seed), index=names)
    # Slow to import, and most reports have no such design.
    from SALib.analyze import sobol

    # Outcomes that never differ have no variance to share out: their indices are NaN.
    with np.errstate(invalid="ignore", divide="ignore"):
        found = sobol.analyze(
            dict(problem), values.reshape(len(values)), calc_second_order=second_order, seed=seed
        )
    columns = {
        "first": found["S1"],
        "first_interval": found["S1_conf"],
        "total": np.maximum(found["ST"], 0.0),
        "total_interval": found["ST_conf"],
    }
    return pd.DataFrame(columns, index=names)


def analyze_morris(
    problem: Mapping[str, Any],
    points: ArrayLike,
    outcomes: ArrayLike,
    levels: int = 4,
    seed: int = 0,
) -> pd.DataFrame:
    """Give Morris screening measures of the means over replicates, with chance removed; indexed by
    parameter.

    mean, mean_absolute, spread of elementary effects. The chance of two runs is in the variance of
    each effect and is taken off the spread; mean_absolute is drawn in as a folded normal of that
    spread would be.
    """
    from SALib.analyze import morris

    means, noise = _average(outcomes)
    settings, factors = read_finite(points, "points"), len(problem["names"])
    if settings.shape != (len(means), factors) or not len(means) or len(means) % (factors + 1):
        message = (
            f"Morris' design of {factors} parameters has {factors + 1} points for each path, and an"
            f" outcome for each; there are points {settings.shape} and {len(means)} outcomes"
        )
        raise Refused(message)
    found = morris.analyze(dict(problem), settings, means, num_levels=levels, seed=seed)
    mean, absolute, spread = (
        np.asarray(found[key], dtype=float) for key in ("mu", "mu_star", "sigma")
    )
    # The step of Morris' design, in shares of the range.
    # An effect is the difference of two runs over this step: it has the chance of both.
    step = levels / (2.0 * (levels - 1))
    cleared = np.sqrt(np.maximum(spread**2 - 2.0 * noise / step**2, 0.0))
    seen = _fold(mean, spread)
    drawn_in = np.divide(_fold(mean, cleared), seen, out=np.ones_like(seen), where=seen > 0)
    columns = {"mean": mean, "mean_absolute": absolute * drawn_in, "spread": cleared}
    return pd.DataFrame(columns, index=pd.Index(list(problem["names"]), name="parameter"))


def _fold(mean: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of the absolute value of a normal variable."""
    ratio = mean / np.where(spread > 0, spread, 1.0)
    folded = spread * np.sqrt(2 / np.pi) * np.exp(-(ratio**2) / 2) + mean * special.erf(
        ratio / np.sqrt(2)
    )
    return np.asarray(np.where(spread > 0, folded, np.abs(mean)))


class Box(NamedTuple):
    """Replicates in which something tends to happen: limits by parameter, and how good the
    description is.

    coverage: share of all such replicates that are inside; density: share of those inside that are
    such; mass: share of replicates inside.
    """

    limits: dict[str, tuple[float, float]]
    coverage: float
    density: float
    mass: float


def find_box(
    parameters: pd.DataFrame,
    happened: ArrayLike,
    peel: float = 0.05,
    least: float = 0.05,
    density: float = 0.8,
) -> Box:
    """Find under which parameters something happens (a policy fails, say), by peeling (PRIM,
    Friedman & Fisher 1999).

    Peels the slice whose removal raises the density most for what it removes, until `density` is
    reached or `least` of the replicates is left; then drops every limit that the density does not
    need.
    """
    check_order(parameters, happened, "parameters and what happened")
    x = read_finite(parameters, "parameters")
    # By number first: as a truth, a missing value would have happened.
    hit = read_finite(happened, "what happened").astype(bool)
    if len(x) != len(hit) or not hit.any():
        message = "scenario discovery needs an outcome of each draw, at least one where it happened"
        raise Refused(message)
    inside = np.ones(len(x), dtype=bool)
    # Slices are thin, so that a corner is found by many small cuts and not by one large one.
    while hit[inside].mean() < density and inside.sum() * (1 - peel) >= least * len(x):
        better = _peel(x, hit, inside, peel)
        if better is None:
            break
        inside = better
    ends = np.column_stack([x[inside].min(axis=0), x[inside].max(axis=0)])
    # Peeling also cuts parameters by chance, and may have ended short of the density asked for.
    ends, inside = _drop_limits(x, hit, ends, min(density, hit[inside].mean()))
    limits = {
        str(name): (float(ends[place, 0]), float(ends[place, 1]))
        for place, name in enumerate(parameters.columns)
        if ends[place, 0] > x[:, place].min() or ends[place, 1] < x[:, place].max()
    }
    coverage = float(hit[inside].sum() / hit.sum())
    return Box(limits, coverage, float(hit[inside].mean()), float(inside.mean()))


def _drop_limits(
    x: NDArray[np.float64], hit: NDArray[np.bool_], ends: NDArray[np.float64], density: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Let go of limits (parameters, 2), the one that costs least first, while the density stays."""
    whole = np.column_stack([x.min(axis=0), x.max(axis=0)])
    while True:
        tried = []
        for place, side in np.argwhere(ends != whole).tolist():
            wider = ends.copy()
            wider[place, side] = whole[place, side]
            inside = ((x >= wider[:, 0]) & (x <= wider[:, 1])).all(axis=1)
            if hit[inside].mean() >= density:
                tried.append((int(hit[inside].sum()), wider))
        if not tried:
            return ends, np.asarray(((x >= ends[:, 0]) & (x <= ends[:, 1])).all(axis=1))
        ends = max(tried, key=lambda row: row[0])[1]


def _peel(
    x: NDArray[np.float64], hit: NDArray[np.bool_], inside: NDArray[np.bool_], share: float
) -> NDArray[np.bool_] | None:
    now, most, chosen = float(hit[inside].mean()), 0.0, None
    for place in range(x.shape[1]):
        low, high = np.quantile(x[inside, place], [share, 1 - share])
        for kept in (inside & (x[:, place] > low), inside & (x[:, place] < high)):
            gain = (
                (float(hit[kept].mean()) - now) / (inside.sum() - kept.sum())
                if kept.any() and kept.sum() < inside.sum()
                else 0.0
            )
            if gain > most:
                most, chosen = gain, kept
    return chosen


def compare_structures(
    gains: Mapping[str, ArrayLike], weights: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Set structural alternatives side by side: mean gain, share of replicates with a gain, and the
    weighted mean.

    gains: (pairs,) net benefit of a scenario over its reference under each alternative; weights
    default to equal.
    """
    found = {name: read_finite(x, f"gains of {name}") for name, x in gains.items()}
    used = dict(weights) if weights is not None else dict.fromkeys(gains, 1.0)
    total = sum(used.get(name, -math.inf) for name in gains)
    if "all" in found:
        message = "a structure cannot be called all, which is the row of the weighted mean"
        raise Refused(message)
    if not 0 < total < math.inf or min(used.values()) < 0 or not all(map(len, found.values())):
        message = (
            "compare_structures needs gains of at least one replicate and a weight of 0 or more for"
            " each structure, not all 0"
        )
        raise Refused(message)
    rows = {
        name: {
            "mean": float(x.mean()),
            "share_gaining": float((x > 0).mean()),
            "weight": used[name] / total,
        }
        for name, x in found.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index")
    all_of_them = (table[["mean", "share_gaining"]].mul(table["weight"], axis=0)).sum()
    table.loc["all"] = {
        "mean": all_of_them["mean"],
        "share_gaining": all_of_them["share_gaining"],
        "weight": 1.0,
    }
    return table
