"""Outcomes that cannot be in the towns of a study, and published figures in another unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.designs.natural_experiment import SHARES
from sim.scenario.designs.trial import Trial
from sim.scenario.designs.trial_outcome import RATIOS
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import HIGHEST_PHQ, list_empty_outcomes
from sim.services.catalogue import KINDS
from sim.state.ties import TIE_SLOTS
from sim.studies.trials.money import COST_OUTCOMES, find_obstacle, tells_amounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.designs.study import Study
    from sim.scenario.scenario import Scenario

SCALES = {"phq": (0, HIGHEST_PHQ), "loneliness": (3, 9), "ties": (0, TIE_SLOTS)}
"""Ends of scores that have a scale."""
AS_IN_TOWNS = {"admission": "admissions", "employed": "work_days_lost"}
"""Outcomes of participants, and those of a town without which there are none."""


def look_at_outcome(trial: Trial, towns: Mapping[str, Scenario]) -> Iterator[Conflict]:
    """Whether an outcome can be at all, and whether people can differ in it."""
    yield from _look_at_threshold(trial)
    measure, here = trial.outcome.measure, ("outcome", "measure")
    arms = {name: town for name, town in towns.items() if name}
    empty = [list_empty_outcomes(town) for town in arms.values()]
    key = AS_IN_TOWNS.get(measure, "")
    if key and empty and all(key in each for each in empty):
        yield Conflict(here, f"is the same for all: {empty[0][key]}", "name another outcome")
    if measure in {"dose", "contact_time"} and not any(arm.give for arm in trial.arms.values()):
        yield Conflict(here, "is 0 for all: no arm gives anything", "name it under `give`")
    light = {kind.name for kind in KINDS.values() if kind.low_intensity}
    if measure == "activity" and towns:
        kinds = {each.kind for town in arms.values() for each in town.services.values()}
        if not kinds & light:
            message = "is 0 for all: no service here is an activity"
            yield Conflict(here, message, f"such as {', '.join(sorted(light)[:4])}")
    if measure == "employed" and trial.eligible.role == "retired":
        yield Conflict(here, "is the same for all: participants have retired", "see `role`")
    if measure == "suicide" and trial.outcome.counted == "count":
        message = "never acts: nobody dies twice"
        yield Conflict(("outcome", "counted"), message, "leave it out")


def _look_at_threshold(trial: Trial) -> Iterator[Conflict]:
    outcome, here = trial.outcome, ("outcome", "threshold")
    if outcome.threshold is None:
        return
    if outcome.counted != "at_least":
        message = "never acts: it is for scores that are counted as at_least"
        yield Conflict(here, message, "write `counted: at_least`, or leave it out")
    elif outcome.measure in SCALES:
        low, high = SCALES[outcome.measure]
        if not low < outcome.threshold <= high:
            message = f"is the same for all: {outcome.measure} is from {low} to {high}"
            yield Conflict(here, message, f"such as {(low + high + 1) // 2}")


def look_at_money(trial: Trial, town: Scenario) -> Iterator[Conflict]:
    """Published money that cannot be held against the town's."""
    if said := find_obstacle(trial, town):
        message, _, hint = said.partition("; currencies are never converted: ")
        # Where the money is the town's, the year is at fault.
        key = "currency" if hint else "price_year"
        yield Conflict(("published", key), f"cannot be compared: {message}", hint)


def look_at_published(study: Study) -> Iterator[Conflict]:
    """Published figures that the outcome cannot have, nearly always in another unit."""
    found, here = study.published, ("published",)
    if found is None:
        return
    arms = study.arms if isinstance(study, Trial) else {**study.towns, "before": None}
    for name, level in found.arms.items():
        place = (*here, "arms", name)
        if name not in arms:
            message = f"never acts: there is no {name} in this study"
            yield Conflict(place, message, f"there are {', '.join(arms)}", on_key=True)
        elif said := _say_beyond(study, level, of_effect=False):
            yield Conflict(place, said[0], said[1])
    for name, arm in found.of_arms.items() if "effect" in found.model_fields_set else ():
        if arm.sd is not None:
            message = "never acts: the effect is stated, so that none follows from it"
            yield Conflict((*here, "arms", name, "sd"), message, "leave it, or `effect`, out")
    numbers = {"effect": found.effect, "low": found.low, "high": found.high, "margin": found.margin}
    for key, number in numbers.items():
        if number is not None and (said := _say_beyond(study, number, of_effect=True)):
            yield Conflict((*here, key), said[0], said[1])
    if isinstance(study, Trial) and tells_amounts(study):
        return
    of_costs = study.outcome.measure in COST_OUTCOMES
    why = "a ratio of costs is the same in any" if of_costs else f"{study.outcome.measure} is no"
    for key in ("currency", "price_year"):
        if key in found.model_fields_set:
            yield Conflict((*here, key), f"never acts: {why} money", "leave it out")


def _say_beyond(study: Study, number: float, *, of_effect: bool) -> tuple[str, str] | None:
    """Why an effect, or the level of an arm, cannot be so large, and what to do; None if it can."""
    measure = study.outcome.measure
    if study.effect == "correlation" or (
        of_effect and study.effect in {*RATIOS, "SMD", "d_within"}
    ):
        return None
    if _is_share(study):
        if abs(number) > 1.0:
            percent = f"{number:g}% is {number / 100:g}"
            return f"is no share of people: {number:g} would be {number:,.0%}", percent
        return None
    low, high = SCALES.get(measure, (0, 0))
    reach = high - low if of_effect else high
    if high and abs(number) > reach:
        return (
            f"is beyond {measure}, which is from {low} to {high} (got {number:g})",
            "see its unit",
        )
    return None


def _is_share(study: Study) -> bool:
    """Whether levels of a study are shares of those who are followed."""
    if isinstance(study, Trial):
        return study.outcome.is_share
    return study.effect in ("RD", "RR", "OR") or study.outcome.measure in SHARES
