"""Judge whether a paired difference stands under a change: robust, shifted, fragile, or nothing
to judge.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np
from scipy import special

from analysis.runs.pairing import pair
from sim.outcomes import BY_KEY, KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Verdict = Literal["nothing to judge", "robust", "shifted", "fragile"]
NOT_COUNTED = ("points", "SD", "ties", "weeks", "0 to 1")
"""Units of outcomes that do not grow with the town."""
LEVEL = 0.95
TINY_DIFFERENCE = 1e-9
Z = 1.96
AGREE = 0.8
"""Share of draws that must point the same way for a difference that is no more than shifted."""
FEWEST_JUDGED = 2
"""Values without which nothing can be judged: one does not say how far chance moves it."""


class Judged(NamedTuple):
    """A difference under a change, and how far it moved from the control.

    verdict: nothing to judge where values are missing, as of a wait where nobody came, or where the
    programme makes no difference in any replicate, with the change or without. mean, low, high: the
    difference under the change with its 95% interval. moved, least, most: the change of the
    difference, with an interval that allows for the number of changes tried.
    """

    mean: float
    low: float
    high: float
    moved: float
    least: float
    most: float
    verdict: Verdict


class Replicates(NamedTuple):
    """Paired differences of one outcome: (replicates,), and the seed and draw of each."""

    values: NDArray[np.float64]
    seeds: NDArray[np.int64]
    draws: NDArray[np.str_]


def read_differences(
    folder: Path, against: str, factor: float = 1.0
) -> dict[str, dict[str, Replicates]]:
    """Paired differences of every outcome by scenario; what is counted, per town of factor 1."""
    pairs = pair(folder, against)
    seeds = np.array([seed for seed, _ in pairs.replicates], np.int64)
    draws = np.array([str(draw or "") for _, draw in pairs.replicates])
    found: dict[str, dict[str, Replicates]] = {name: {} for name in pairs.others}
    for key in (key for key in KEYS if key in pairs.stored.summary.columns):
        # What grows with the town is brought to the size of the control.
        values = pairs.outcome(key) / (1.0 if BY_KEY[key].unit in NOT_COUNTED else factor)
        for place, name in enumerate(pairs.others, start=1):
            found[name][key] = Replicates(values[:, place] - values[:, 0], seeds, draws)
    return found


def judge_change(
    control: Replicates,
    changed: Replicates,
    *,
    paired: bool,
    tried: int,
    spread: float | None = None,
) -> Judged:
    """Judge one change of one difference.

    paired: replicates of the same seed share their random numbers. tried: changes that are judged
    together, so that one in twenty audits of a sound model finds a fault that is none. spread:
    standard deviation of a paired change, pooled over many changes with few replicates each.
    """
    mean, error, freedom = _estimate(changed.values)
    low, high = _interval(mean, error, freedom, LEVEL)
    # Shared among the changes tried: twenty harmless ones would otherwise find one.
    level = 1.0 - (1.0 - LEVEL) / max(tried, 1)
    if paired:
        shared = [np.flatnonzero(control.seeds == seed)[0] for seed in changed.seeds]
        steps = changed.values - control.values[shared]
        moved, step_error, step_freedom = _estimate(steps)
        if spread is not None:
            step_error, step_freedom = spread / math.sqrt(max(_count(steps), 1)), math.inf
    else:
        # With other random numbers there are no pairs: two estimates whose errors add up.
        base, base_error, base_freedom = _estimate(control.values)
        moved, step_error = mean - base, math.hypot(error, base_error)
        step_freedom = min(freedom, base_freedom)
    least, most = _interval(moved, step_error, step_freedom, level)
    verdict: Verdict = "nothing to judge"
    if not (is_empty(control.values, changed.values) or math.isnan(least)):
        verdict = _decide(control.values, (low, high), (least, most))
    return Judged(mean, low, high, moved, least, most, verdict)


def is_empty(control: NDArray[np.float64], changed: NDArray[np.float64]) -> bool:
    """Whether two lots of differences leave nothing to judge: too few of either have a value, or
    all are 0.
    """
    if min(_count(control), _count(changed)) < FEWEST_JUDGED:
        return True
    return not (np.nan_to_num(control).any() or np.nan_to_num(changed).any())


def _count(values: NDArray[np.float64]) -> int:
    """How many are known."""
    return int(np.isfinite(values).sum())


def _decide(
    control: NDArray[np.float64], now: tuple[float, float], step: tuple[float, float]
) -> Verdict:
    """Robust: it did not move. Shifted: it moved, and points where it pointed. Fragile: it moved,
    and a clear difference is no longer clear, or one has come that was not there.
    """
    size = max(float(np.abs(control).max(initial=0.0)), TINY_DIFFERENCE)
    # A change by rounding alone is none.
    if not (step[0] > TINY_DIFFERENCE * size or step[1] < -TINY_DIFFERENCE * size):
        return "robust"
    was = _point(*_interval(*_estimate(control), LEVEL))
    return "shifted" if _point(*now) == was else "fragile"


def _point(low: float, high: float) -> int:
    """Which way an interval points: up, down, or neither."""
    return 1 if low > 0.0 else -1 if high < 0.0 else 0


def _estimate(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean, its standard error, degrees of freedom."""
    x = values[np.isfinite(values)]
    if x.size < 2:
        return (float(x.mean()) if x.size else math.nan), math.nan, 1.0
    return float(x.mean()), float(x.std(ddof=1)) / math.sqrt(x.size), x.size - 1.0


def _interval(mean: float, error: float, freedom: float, level: float) -> tuple[float, float]:
    half = float(special.stdtrit(freedom, 0.5 + level / 2.0)) * error
    return mean - half, mean + half


def judge_draws(control: Replicates, changed: Replicates) -> Judged:
    """Judge draws of all fitted numbers together: does the difference point one way in all?

    low, high: where 95% of draws have it, chance taken away. robust: at least 95 of 100 draws point
    where the control does; shifted: four of five; fragile otherwise, and where the control is not
    clear and the draws are.
    """
    parts = [changed.values[changed.draws == name] for name in np.unique(changed.draws)]
    # What is defined in no replicate of a draw, such as a wait where nobody came, says nothing.
    parts = [known for part in parts if (known := part[np.isfinite(part)]).size]
    if len(parts) < FEWEST_JUDGED or is_empty(control.values, changed.values):
        mean, error, freedom = _estimate(changed.values)
        ends = _interval(mean, error, freedom, LEVEL)
        return Judged(mean, *ends, math.nan, math.nan, math.nan, "nothing to judge")
    means = np.array([part.mean() for part in parts])
    spreads = [part.var(ddof=1) for part in parts if part.size > 1]
    within = float(np.mean(spreads)) if spreads else 0.0
    # Variance of means by chance alone, from the spread within draws: taken off that between draws.
    chance = within / max(_count(changed.values) / len(parts), 1.0)
    between = math.sqrt(max(float(means.var(ddof=1)) - chance, 0.0))
    mean, error, freedom = _estimate(means)
    low, high = (mean - Z * between, mean + Z * between)
    was, now = (
        _point(*_interval(*_estimate(control.values), LEVEL)),
        _point(*_interval(mean, error, freedom, LEVEL)),
    )
    # By a normal and not by counting: a share of 95% takes more draws than are run.
    same = float(special.ndtr(was * mean / max(between, TINY_DIFFERENCE))) if was else 1.0
    verdict: Verdict = "robust" if same >= LEVEL else "shifted" if same >= AGREE else "fragile"
    if not was and now and low * high > 0.0:
        verdict = "fragile"
    moved = mean - float(np.nanmean(control.values))
    return Judged(mean, low, high, moved, math.nan, math.nan, verdict)


def judge_ends(
    control: Replicates, changed: Replicates, ends: Mapping[str, str]
) -> dict[str, Judged]:
    """Judge each assumption at an end of its range; `ends` names each draw.

    Few replicates each: how much a change varies by chance is pooled over all of them.
    """
    parts = {}
    for draw, name in ends.items():
        rows = changed.draws == draw
        if rows.any():
            parts[name] = Replicates(changed.values[rows], changed.seeds[rows], changed.draws[rows])
    spread = pool_spread(control, list(parts.values()))
    return {
        name: judge_change(control, part, paired=True, tried=len(parts), spread=spread)
        for name, part in parts.items()
    }


def pool_spread(control: Replicates, parts: Sequence[Replicates]) -> float:
    """Standard deviation by chance of a paired change, over all changes."""
    squares, freedom = 0.0, 0
    for part in parts:
        shared = [np.flatnonzero(control.seeds == seed)[0] for seed in part.seeds]
        steps = part.values - control.values[shared]
        steps = steps[np.isfinite(steps)]
        if steps.size:
            squares += float(((steps - steps.mean()) ** 2).sum())
            freedom += steps.size - 1
    return math.sqrt(squares / freedom) if freedom > 0 else math.nan


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of several verdicts; of changes that leave nothing to judge nothing is worse."""
    return max(verdicts, key=get_args(Verdict).index, default="nothing to judge")
