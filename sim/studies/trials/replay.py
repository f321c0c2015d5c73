"""Draw trials of the published size from the people of all towns, allocated by lot."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.engine.random import stream
from sim.studies.calibration.known_values import average_known
from sim.studies.trials.clusters import draw_ranks, find_latent_correlation, size_of
from sim.studies.trials.effects import Values, compare_arms, describe_level, read_outcome
from sim.studies.trials.judgement.heterogeneity import predict_new_trial
from sim.studies.trials.judgement.result import NewTrial, Outcome, keep_digits
from sim.studies.trials.judgement.verdict import measure_power, say_absent, summarise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sim.scenario.designs.trial import Trial

    Group = dict[str, NDArray[np.float64]]


class Pool(NamedTuple):
    """Everybody who could be drawn into an arm, lowest outcome first; how alike clusters are."""

    people: Values
    latent: float


class Trials(NamedTuple):
    """Trials replayed: their effects, the effects had both arms been the control, mean levels."""

    effects: NDArray[np.float64]
    without: NDArray[np.float64]
    levels: dict[str, float]


def _describe_arm(n: int, level: float, eligible: int) -> dict[str, float]:
    return {"n": float(n), "level": keep_digits(level), "eligible": float(eligible)}


def replay_trial(
    trial: Trial, groups: Sequence[Group], seed: int, trials: int, worlds: int, inflation: float
) -> Outcome:
    """The trial, replayed many times: each under one parameter draw, with people of its towns.

    groups: records of each town by arm, town k of draw k modulo `worlds`. inflation: what money of
    the town is multiplied with.
    """
    arms = {
        name: [_in_prices(read_outcome(trial, group[name]), inflation) for group in groups]
        for name in trial.arms
    }
    sizes = {name: sum(part.value.size for part in parts) for name, parts in arms.items()}
    # Nobody, or one person, makes no trial.
    if min(sizes.values()) < 2:
        return Outcome(trial, sites=len(groups))
    pools = [
        # Towns of one draw stay together: a trial is run in one world, not in a mixture.
        {name: gather(trial, parts[w :: max(worlds, 1)]) for name, parts in arms.items()}
        for w in range(max(worlds, 1))
    ]
    drawn = draw_trials(trial, pools, seed, trials)
    told = {name: _describe_arm(trial.n[name], drawn.levels[name], sizes[name]) for name in arms}
    if not np.isfinite(drawn.effects).any() or _never_happens(trial, arms):
        return Outcome(trial, arms=told, sites=len(groups), obstacle=_say_undefined(trial, told))
    spread, rng = summarise(trial, drawn.effects), stream(seed, f"{trial.id} new trial")
    return Outcome(
        trial,
        spread.effect,
        spread.low,
        spread.high,
        told,
        len(groups),
        covers=("chance", "parameters") if worlds else ("chance",),
        above=spread.above,
        power=measure_power(trial, drawn.effects, drawn.without, drawn.levels),
        new_trial=NewTrial(*predict_new_trial(trial, drawn.effects, worlds, rng)),
    )


def _never_happens(trial: Trial, arms: Mapping[str, Sequence[Values]]) -> bool:
    """Whether a ratio of rates is one to, or of, what happens to nobody in any town."""
    return trial.effect in ("IRR", "HR") and any(
        not any(part.value.any() for part in arms[name]) for name in trial.compared
    )


def _say_undefined(trial: Trial, told: Mapping[str, Mapping[str, float]]) -> str:
    """Why the statistic of the trial has no value in the model."""
    never = [name for name in trial.compared if told[name]["level"] == 0.0]
    where = say_absent(trial.outcome.measure, never)
    return f"{trial.effect} has no value in the model{where}; a difference (MD) has one"


def draw_trials(trial: Trial, pools: Sequence[dict[str, Pool]], seed: int, trials: int) -> Trials:
    """Draw trials one after the other, each in the next world."""
    first, last = trial.compared
    effects, without = np.empty(trials), np.empty(trials)
    levels: dict[str, list[float]] = {name: [] for name in trial.arms}
    for k in range(trials):
        rng, pool = stream(seed, f"{trial.id} trial {k}"), pools[k % len(pools)]
        drawn = {name: _choose(trial, pool[name], name, rng) for name in trial.arms}
        effects[k] = compare_arms(trial, drawn[first], drawn[last])
        # Both arms from the control: the same trial without any effect.
        twin = _choose(trial, pool[last], first, rng)
        without[k] = compare_arms(trial, twin, drawn[last])
        for name, arm in drawn.items():
            levels[name].append(describe_level(trial, arm))
    return Trials(
        effects, without, {name: float(average_known(each)) for name, each in levels.items()}
    )


def gather(trial: Trial, parts: Sequence[Values]) -> Pool:
    """The people of several towns, lowest outcome first; those whose event came sooner above."""
    people = Values(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    order = np.lexsort((-np.where(np.isfinite(people.time), people.time, 1e9), people.value))
    people = Values(*(column[order] for column in people))
    icc = trial.clusters.icc if trial.clusters else 0.0
    return Pool(people, find_latent_correlation(people.value, icc))


def _choose(trial: Trial, pool: Pool, arm: str, rng: np.random.Generator) -> Values:
    """Draw participants of an arm, with return, so that the trials differ as samples of a large
    population do; in clusters where the trial had them.
    """
    count, size = trial.n[arm], pool.people.value.size
    if not size:
        return Values(*(column[:0] for column in pool.people))
    if trial.clusters is None:
        rows = rng.integers(size, size=count)
    else:
        each = size_of(trial.clusters, count, sum(trial.n.values()))
        rows = np.minimum((draw_ranks(count, each, pool.latent, rng) * size).astype(int), size - 1)
    return Values(*(column[rows] for column in pool.people))


def _in_prices(values: Values, inflation: float) -> Values:
    return values if inflation == 1.0 else values._replace(value=values.value * inflation)
