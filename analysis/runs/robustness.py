"""Judge whether a paired difference stands under a change: robust, shifted, fragile, or nothing
to judge.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np
from scipy import special

from analysis.runs.pairing import pair
from sim.evidence.distributions import NORMAL_95
from sim.outcomes import BY_KEY, KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Verdict = Literal["nothing to judge", "robust", "shifted", "fragile"]
LEVEL = 0.95
TINY_DIFFERENCE = 1e-9
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


class Estimate(NamedTuple):
    """Mean, its standard error, degrees of freedom."""

    mean: float
    error: float
    freedom: float


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
        values = pairs.outcome(key) / (factor if BY_KEY[key].grows else 1.0)
        for place, name in enumerate(pairs.others, start=1):
            found[name][key] = Replicates(values[:, place] - values[:, 0], seeds, draws)
    return found


def judge_change(control: Replicates, changed: Replicates, *, paired: bool, tried: int) -> Judged:
    """Judge one change of one difference.

    paired: replicates of the same seed share their random numbers. tried: changes that are judged
    together, so that one in twenty audits of a sound model finds a fault that is none.
    """
    now = _estimate(changed.values)
    if paired:
        step = _estimate(_pair(control, changed))
    else:
        # With other random numbers there are no pairs: two estimates whose errors add up.
        step = _combine(now, _estimate(control.values), -1.0)
    return _judge(control, changed, now, step, tried)


def _judge(
    control: Replicates, changed: Replicates, now: Estimate, step: Estimate, tried: int
) -> Judged:
    low, high = _interval(*now, LEVEL)
    # Shared among the changes tried: twenty harmless ones would otherwise find one.
    least, most = _interval(*step, 1.0 - (1.0 - LEVEL) / max(tried, 1))
    verdict: Verdict = "nothing to judge"
    if not (is_empty(control.values, changed.values) or math.isnan(least)):
        verdict = _decide(control.values, (low, high), (least, most))
    return Judged(now.mean, low, high, step.mean, least, most, verdict)


def _pair(control: Replicates, changed: Replicates) -> NDArray[np.float64]:
    """What a change does to each of its replicates: less the one of the same seed."""
    shared = [np.flatnonzero(control.seeds == seed)[0] for seed in changed.seeds]
    return np.asarray(changed.values - control.values[shared], float)


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


def _estimate(values: NDArray[np.float64]) -> Estimate:
    x = values[np.isfinite(values)]
    if x.size < 2:
        return Estimate(float(x.mean()) if x.size else math.nan, math.nan, 1.0)
    return Estimate(float(x.mean()), float(x.std(ddof=1)) / math.sqrt(x.size), x.size - 1.0)


def _combine(one: Estimate, other: Estimate, sign: float) -> Estimate:
    """One estimate plus (or less) another that shares no chance with it."""
    error = math.hypot(one.error, other.error)
    return Estimate(one.mean + sign * other.mean, error, min(one.freedom, other.freedom))


def _interval(mean: float, error: float, freedom: float, level: float) -> tuple[float, float]:
    half = float(special.stdtrit(freedom, 0.5 + level / 2.0)) * error
    return mean - half, mean + half


def judge_draws(control: Replicates, changed: Replicates) -> Judged:
    """Judge draws of all fitted numbers together: does the difference point one way in all?

    low, high: where 95% of draws have it, chance taken away. robust: at least 95 of 100 draws point
    where the control does; shifted: four of five; fragile otherwise, and where the control is not
    clear, the draws are, and they have moved from it.
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
    base, now = _estimate(control.values), _estimate(means)
    mean, low, high = now.mean, now.mean - NORMAL_95 * between, now.mean + NORMAL_95 * between
    was, points = _point(*_interval(*base, LEVEL)), _point(*_interval(*now, LEVEL))
    step = _combine(now, base, -1.0)
    least, most = _interval(*step, LEVEL)
    # By a normal and not by counting: a share of 95% takes more draws than are run.
    same = float(special.ndtr(was * mean / max(between, TINY_DIFFERENCE))) if was else 1.0
    verdict: Verdict = "robust" if same >= LEVEL else "shifted" if same >= AGREE else "fragile"
    # Draws are more runs than the control: what is clear in them alone need not have moved.
    if not was and points and low * high > 0.0 and least * most > 0.0:
        verdict = "fragile"
    return Judged(mean, low, high, step.mean, least, most, verdict)


def judge_ends(
    control: Replicates,
    changed: Replicates,
    ends: Mapping[str, str],
    looseness: Mapping[str, float],
) -> dict[str, Judged]:
    """Judge each assumption at an end of its range; `ends` names each draw.

    looseness: as of `measure_looseness`. Few replicates each, so that the difference at an end is
    that of all replicates of the control plus what the end does to its own.
    """
    parts = split(changed, ends)
    return {
        ends[draw]: _judge_end(control, part, looseness[draw], len(parts))
        for draw, part in parts.items()
    }


def _judge_end(control: Replicates, part: Replicates, looseness: float, tried: int) -> Judged:
    base, step = _estimate(control.values), _estimate(_pair(control, part))
    spread = base.error * math.sqrt(base.freedom + 1.0) * looseness
    count = _count(_pair(control, part))
    if spread > 0.0 and count:
        # Its own replicates may differ by more; that they happen to agree says little.
        error = np.fmax(spread / math.sqrt(count), step.error)
        step = Estimate(step.mean, float(error), base.freedom)
    return _judge(control, part, _combine(base, step, 1.0), step, tried)


def split(changed: Replicates, draws: Iterable[str]) -> dict[str, Replicates]:
    """The replicates of each draw that has some."""
    parts = {}
    for draw in draws:
        rows = changed.draws == draw
        if rows.any():
            parts[draw] = Replicates(changed.values[rows], changed.seeds[rows], changed.draws[rows])
    return parts


def measure_looseness(
    control: Mapping[str, Replicates], changed: Mapping[str, Replicates], draws: Iterable[str]
) -> dict[str, float]:
    """By how much what each draw does differs by chance between replicates: its standard deviation
    in those of the control's differences, root mean square over outcomes.

    A draw that leaves a town as it was has 0, one after which nobody is the same about 1.4. Two
    replicates of one outcome say little of it; all outcomes together say it.
    """
    named = tuple(draws)
    shares: dict[str, list[float]] = {draw: [] for draw in named}
    for key, replicates in changed.items():
        base = (
            float(np.nanvar(control[key].values, ddof=1))
            if _count(control[key].values) > 1
            else 0.0
        )
        for draw, part in split(replicates, named).items() if base > 0.0 else ():
            steps = _pair(control[key], part)
            if _count(steps) > 1:
                shares[draw].append(float(np.nanvar(steps, ddof=1)) / base)
    # Where no draw says how loose it is, it is as loose as can be.
    return {draw: math.sqrt(np.mean(each) if each else 2.0) for draw, each in shares.items()}


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of several verdicts; of changes that leave nothing to judge nothing is worse."""
    return max(verdicts, key=get_args(Verdict).index, default="nothing to judge")
