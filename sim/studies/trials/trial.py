"""Run virtual trials: run enough towns, draw participants as the trial did, and compare with what
was published.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.library import load
from sim.studies.running.side_by_side import run_side_by_side
from sim.studies.sweeps.parameter_draws import draw_parameters, draw_ranges, pick
from sim.studies.trials.judgement.result import Outcome
from sim.studies.trials.judgement.verdict import spell_effects
from sim.studies.trials.money import find_obstacle, measure_inflation
from sim.studies.trials.replay import replay_trial
from sim.studies.trials.sites import Site, find_missing, run_site
from sim.units import end_at_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from sim.scenario.designs.trial import Trial
    from sim.studies.sweeps.parameter_draws import Covered

DEFAULT_SITES = 12
"""Towns at least."""
MOST_SITES = 60
ELIGIBLE_EACH = 1.0
"""Eligible people wanted for each participant, so that trials are drawn and not repeated."""
MOST_DRAWS, FEWEST_TOWNS_DRAWN = 16, 4
"""Parameter draws, at most and at least; fewer are none."""
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


def run_trial(
    trial: Trial,
    *,
    seed: int = 1,
    sites: int = DEFAULT_SITES,
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
    town = load(trial.town)
    obstacle = find_obstacle(trial, town)
    if missing or obstacle:
        return Outcome(trial, missing=tuple(missing), obstacle=obstacle)
    first = run_site(Site(trial, seed, {}))
    advance()
    people = min(len(first[name]) / trial.n[name] for name in trial.arms)
    each = math.ceil(ELIGIBLE_EACH / max(people, 1e-9))
    draws = draw_parameters_of(trial, uncertainty, min(MOST_DRAWS, most_sites // each), seed)
    wanted = min(most_sites, max(sites, each * max(len(draws), 1)))
    # The first town has the values of the evidence: among draws it would be of another world.
    groups = [] if draws else [first]
    for found in _run_sites(trial, seed + 1, wanted - len(groups), workers, draws):
        groups.append(found)
        advance()
    return replay_trial(trial, groups, seed, trials, len(draws), measure_inflation(trial, town))


def draw_parameters_of(
    trial: Trial, uncertainty: Covered, count: int, seed: int
) -> list[dict[str, float]]:
    """Parameter draws that a trial is run under; none where too few people are eligible for
    several draws.
    """
    if uncertainty == "chance" or count < FEWEST_TOWNS_DRAWN:
        return []
    if uncertainty == "posterior":
        return draw_parameters("posterior", count, seed) or []
    kinds = {str(service["kind"]) for service in trial.services.values()} | {
        kind for arm in trial.arms.values() for kind in arm.withhold
    }
    return draw_ranges(pick(kinds, WHAT_IT_DOES), count, seed, f"{trial.id} worlds")


def _run_sites(
    trial: Trial, seed: int, count: int, workers: int, draws: Sequence[Mapping[str, float]]
) -> Iterator[dict[str, NDArray[np.float64]]]:
    tasks = [Site(trial, seed + k, draws[k % len(draws)] if draws else {}) for k in range(count)]
    yield from run_side_by_side(run_site, tasks, workers)


SHORT_ID = 6
"""Width of an identifier, unless one is longer."""


def write_table(outcomes: Sequence[Outcome]) -> str:
    """The trials as lines of text, and how many agree, in sample and out of it."""
    heads = f"{'published':>22}  {'model (95% prediction)':>26}  control"
    width = max([SHORT_ID, *(len(found.trial.id) for found in outcomes)])
    lines = [f"{'':{width}} {'':44} {'':9} {heads}"]
    for found in outcomes:
        lines += _describe(found, width)
    return "\n".join([*lines, "", *count_agreement(outcomes)])


def _say_spread(effect: float, low: float, high: float) -> str:
    one, *ends = spell_effects((effect, low, high))
    return f"{one} ({ends[0]} to {ends[1]})"


def _say_level(value: float) -> str:
    """A level by its first two digits, never as a power of ten."""
    return f"{float(f'{value:.2g}'):,.10f}".rstrip("0").rstrip(".")


def _describe(found: Outcome, width: int) -> list[str]:
    trial, told = found.trial, found.trial.published
    control = trial.compared[1]
    published = level = ""
    if told is not None:
        ends = None in (told.low, told.high)
        interval = "" if ends else f" ({told.low:g} to {told.high:g})"
        words = (told.found or "").replace("_", " ")
        published = words if told.effect is None else f"{told.effect:g}{interval}"
    model = _say_spread(found.effect, found.low, found.high) if np.isfinite(found.effect) else "-"
    if found.arms:
        stated = told.arms.get(control) if told else None
        wanted = "-" if stated is None else _say_level(stated)
        simulated = found.arms[control]["level"]
        level = f"{wanted} : {_say_level(simulated) if np.isfinite(simulated) else '-'}"
    name = f"{trial.id:{width}} {end_at_word(trial.title, 44):44} {trial.effect:9}"
    lines = [f"{name} {published:>22}  {model:>26}  {level}"]
    return [
        *lines,
        f"{'':7}{found.membership.sample} of sample; {found.verdict}".replace(
            "in of sample", "in sample"
        ),
    ]


def count_agreement(outcomes: Sequence[Outcome]) -> list[str]:
    """How many trials the model agrees with, and how many of these could have told it wrong."""
    lines = []
    for sample, words in (("in", "In sample"), ("out", "Out of sample")):
        mine = [
            found
            for found in outcomes
            if found.membership.sample == sample and found.arms and found.trial.published
            if not (found.obstacle or found.is_empty)
        ]
        held = [found for found in mine if found.checks and all(found.checks.values())]
        decisive = [found for found in held if found.verdict.startswith("replicated")]
        if mine:
            lines.append(
                f"{words}: {len(held)} of {len(mine)} agree; {len(decisive)} of these would have"
                " refuted a model without effect"
            )
    if predicted := sum(bool(found.arms) and not found.trial.published for found in outcomes):
        lines.append(f"Without a result yet: {predicted}")
    return lines
