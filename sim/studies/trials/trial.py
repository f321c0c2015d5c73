"""Run virtual trials: live enough towns, draw participants as the trial did, and compare with what
was published.
"""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.engine.random import stream
from sim.studies.sweeps.parameter_draws import draw_parameters, draw_ranges, pick
from sim.studies.trials.effects import Values, compare_arms, describe_level, read_outcome
from sim.studies.trials.sites import Site, find_missing, live_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from sim.scenario.designs.trial import Trial
    from sim.studies.sweeps.parameter_draws import Covered

SITES = 12
"""Towns at least."""
MOST_SITES = 60
ENOUGH = 1.0
"""Eligible people wanted for each participant, so that trials are drawn and not repeated."""
MOST_WORLDS, LEAST_WORLDS = 16, 4
"""Worlds with parameters of their own, at most and at least; fewer are none."""
WHAT_IT_DOES = (
    "coping",
    "connection",
    "self_management",
    "relief",
    "averts",
    "diverts",
    "dose",
    "harm",
    "dropout",
)
"""Numbers of a service that studies differ in."""
TRIALS = 400
"""Trials drawn from the people of all towns."""
LEVEL_WITHIN = 1 / 3
"""How far, relatively, a control arm's level may lie from the published one."""


class Outcome(NamedTuple):
    """What a trial found in silico: mean effect, 95% prediction interval, level and size of each
    arm, what was compared.
    """

    trial: Trial
    effect: float
    low: float
    high: float
    arms: dict[str, dict[str, float]]
    sites: int
    missing: tuple[str, ...] = ()
    covers: tuple[str, ...] = ("chance",)

    @property
    def checks(self) -> dict[str, bool]:
        """Published effect in the prediction interval.

        Mean effect in the published interval; control level within a third.
        """
        told, control = self.trial.published, self.trial.compared[1]
        checks = {"published effect in prediction interval": self.low <= told.effect <= self.high}
        if told.low is not None and told.high is not None:
            checks["mean effect in published interval"] = told.low <= self.effect <= told.high
        if control in told.arms and control in self.arms:
            wanted, found = told.arms[control], self.arms[control]["level"]
            checks["control level within a third"] = abs(found - wanted) <= LEVEL_WITHIN * abs(
                wanted
            )
        return checks

    @property
    def verdict(self) -> str:
        """In words."""
        if self.missing:
            return f"not yet runnable: the model has no {', '.join(self.missing)}"
        if not self.arms:
            return "not runnable: nobody in these towns is eligible"
        failed = [name for name, held in self.checks.items() if not held]
        return "replicated" if not failed else f"misfit: not {', not '.join(failed)}"

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        told = self.trial.published
        simulated = {
            "effect": _plain(self.effect),
            "low": _plain(self.low),
            "high": _plain(self.high),
            "arms": self.arms,
        }
        return {
            "id": self.trial.id,
            "title": self.trial.title,
            "study": self.trial.study,
            "published": {
                "effect": told.effect,
                "low": told.low,
                "high": told.high,
                "type": self.trial.effect,
                "arms": dict(told.arms),
            },
            "simulated": simulated,
            "checks": self.checks if self.arms else {},
            "sites": self.sites,
            "covers": list(self.covers),
            "verdict": self.verdict,
        }


def _plain(value: float) -> float | None:
    return round(float(value), 5) if np.isfinite(value) else None


def run_trial(
    trial: Trial,
    *,
    seed: int = 1,
    sites: int = SITES,
    most_sites: int = MOST_SITES,
    trials: int = TRIALS,
    workers: int = 1,
    uncertainty: Covered = "evidence",
    advance: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run a trial many times at its own size.

    uncertainty: "chance" alone; "evidence" draws what the trial's services do from their ranges,
    which hold the differences between studies; "posterior" draws the town as well.
    """
    missing = find_missing(trial)
    if missing:
        return Outcome(trial, np.nan, np.nan, np.nan, {}, 0, tuple(missing))
    groups = [live_site(Site(trial, seed, {}))]
    advance()
    people = min(len(groups[0][name]) / trial.n[name] for name in trial.arms)
    each = math.ceil(ENOUGH / max(people, 1e-9))
    draws = draw_worlds(trial, uncertainty, min(MOST_WORLDS, most_sites // each), seed)
    wanted = min(most_sites, max(sites, each * max(len(draws), 1)))
    for found in _live(trial, seed + 1, wanted - 1 if not draws else wanted, workers, draws):
        groups.append(found)
        advance()
    return _draw_trials(trial, groups[1:] if draws else groups, seed, trials, len(draws))


def draw_worlds(
    trial: Trial, uncertainty: Covered, count: int, seed: int
) -> list[dict[str, float]]:
    """Parameters of the worlds that a trial is run in.

    None where too few people are eligible for several worlds.
    """
    if uncertainty == "chance" or count < LEAST_WORLDS:
        return []
    if uncertainty == "posterior":
        return draw_parameters("posterior", count, seed) or []
    kinds = {str(service["kind"]) for service in trial.services.values()} | {
        kind for arm in trial.arms.values() for kind in arm.withhold
    }
    return draw_ranges(pick(kinds, WHAT_IT_DOES), count, seed, f"{trial.id} worlds")


def _live(
    trial: Trial, seed: int, count: int, workers: int, draws: Sequence[Mapping[str, float]]
) -> Iterator[dict[str, NDArray[np.float64]]]:
    tasks = [Site(trial, seed + k, draws[k % len(draws)] if draws else {}) for k in range(count)]
    if workers <= 1:
        yield from map(live_site, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(live_site, tasks)


def _draw_trials(
    trial: Trial, groups: list[dict[str, NDArray[np.float64]]], seed: int, trials: int, worlds: int
) -> Outcome:
    """Draw trials of the published size: a world, then people of its towns, allocated by lot."""
    arms = {name: [read_outcome(trial, group[name]) for group in groups] for name in trial.arms}
    whole = {name: _pool(parts) for name, parts in arms.items()}
    if any(pool.value.size < 2 for pool in whole.values()):
        return Outcome(trial, np.nan, np.nan, np.nan, {}, len(groups))
    pools = [
        {name: _pool(parts[w::worlds]) for name, parts in arms.items()} for w in range(worlds)
    ] or [whole]
    first, last = trial.compared
    effects = np.empty(trials)
    levels: dict[str, list[float]] = {name: [] for name in trial.arms}
    for k in range(trials):
        rng, pool = stream(seed, f"{trial.id} trial {k}"), pools[k % len(pools)]
        drawn = {name: _choose(pool[name], trial.n[name], rng) for name in trial.arms}
        effects[k] = compare_arms(trial, drawn[first], drawn[last])
        for name, arm in drawn.items():
            levels[name].append(describe_level(trial, arm))
    found = effects[np.isfinite(effects)]
    ratio = trial.effect in ("OR", "RR", "HR")
    mean = (
        float(np.exp(np.log(np.maximum(found, 1e-9)).mean()) if ratio else found.mean())
        if found.size
        else float("nan")
    )
    low, high = np.quantile(found, [0.025, 0.975]) if found.size else (np.nan, np.nan)
    described = {
        name: {
            "n": float(trial.n[name]),
            "level": round(float(np.mean(levels[name])), 5),
            "eligible": float(whole[name].value.size),
        }
        for name in trial.arms
    }
    return Outcome(
        trial,
        mean,
        float(low),
        float(high),
        described,
        len(groups),
        covers=("chance", "parameters") if worlds else ("chance",),
    )


def _pool(parts: Sequence[Values]) -> Values:
    return Values(*(np.concatenate([part[k] for part in parts]) for k in range(3)))


def _choose(pool: Values, count: int, rng: np.random.Generator) -> Values:
    """Draw participants of an arm, with return, so that the trials differ as samples of a large
    population do.
    """
    rows = rng.integers(pool.value.size, size=count) if pool.value.size else np.zeros(0, int)
    return Values(*(column[rows] for column in pool))


def write_table(outcomes: Sequence[Outcome]) -> str:
    """The trials as lines of text."""
    lines = [f"{'':6} {'':44} {'':9} {'published':>22}  {'model (95% prediction)':>26}  control"]
    for found in outcomes:
        trial, told = found.trial, found.trial.published
        interval = (
            f" ({told.low:g} to {told.high:g})"
            if told.low is not None and told.high is not None
            else ""
        )
        model = (
            f"{found.effect:.2f} ({found.low:.2f} to {found.high:.2f})"
            if np.isfinite(found.effect)
            else "-"
        )
        control = trial.compared[1]
        level = (
            f"{told.arms.get(control, float('nan')):.2g} : {found.arms[control]['level']:.2g}"
            if found.arms
            else ""
        )
        effect = f"{told.effect:g}{interval}"
        lines.append(
            f"{trial.id:6} {trial.title[:44]:44} {trial.effect:9} {effect:>22}  {model:>26} "
            f" {level}"
        )
        lines.append(f"{'':7}{found.verdict}")
    return "\n".join(lines)
