"""Who takes part in a trial: everybody eligible in a week, by what is known of them then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import loop
from sim.engine.random import ALONE, draw_for, week_counter_of
from sim.state.codes import Employment, Insurance
from sim.state.draw_streams import Stream
from sim.state.residents import NEVER
from sim.studies.calibration.history import score_everybody
from sim.week.resident.service_choice import PUPILS_TO, is_new_mother

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sim.scenario.designs.trial_population import Eligible
    from sim.state.residents import Residents
    from sim.week.world import World

    Flags = NDArray[np.bool_]

COVERED_BY = {"none": Insurance.UNINSURED, "public": Insurance.PUBLIC, "private": Insurance.PRIVATE}
OCCUPIED = {
    "out_of_work": Employment.NOT_IN_WORK,
    "worker": Employment.EMPLOYED,
    "retired": Employment.RETIRED,
}
"""Words of a trial's file, and the codes that they mean."""


def between(values: NDArray[np.generic], bounds: tuple[float, float] | None) -> Flags:
    """Whether values lie within bounds, both included; True everywhere without bounds."""
    numbers = np.asarray(values, float)
    return (
        np.ones(numbers.shape, bool)
        if bounds is None
        else (numbers >= bounds[0]) & (numbers <= bounds[1])
    )


def _is(values: NDArray[np.generic], wanted: bool | None) -> Flags:
    return (
        np.ones(values.shape, bool)
        if wanted is None
        else np.asarray(np.asarray(values, bool) == wanted)
    )


def count_ties(r: Residents) -> NDArray[np.float64]:
    """Close ties of everybody, volunteers who visit at present among them, as in `ties_mean`."""
    return np.asarray(r.close_ties + r.company, float)


def is_eligible(e: Eligible, world: World, bed: NDArray[np.float64]) -> Flags:
    """Who can be recruited at the end of this week.

    `bed`: chance of needing a bed as it was before this week, the same in every arm.
    """
    r = world.residents
    ok: Flags = (
        (r.alive == 1)
        # In whole years, as trials state ages.
        & between(np.floor(r.age), e.ages)
        & between(r.phq, e.phq)
        & (r.episodes.astype(int) + r.past_episodes >= e.episodes)
        & ((r.episode >= e.episode_for) | (e.episode_for == 0))
    )
    ok &= (
        (r.admissions >= e.admissions)
        & _is(r.severe, e.severe_illness)
        & _is(r.episode > 0, e.in_episode)
    )
    ok &= (
        _is(r.relief >= world.parameters.raw["care.medicated"], e.medicated)
        & between(count_ties(r), e.ties)
        & _is(r.alone, e.alone)
    )
    ok &= (
        _is(r.online, e.online)
        & _is(r.last_session > -NEVER, e.treated_before)
        & between(r.income + 1, e.income)
    )
    if e.likely_admission is not None:
        ok &= bed >= e.likely_admission
    # Only those that the trial states: some of these cost a look at everybody.
    for condition in _list_conditions(e, world):
        ok &= condition
    ok &= _in_care(e, world)
    return _has_met(e, world, ok)


def _list_conditions(e: Eligible, world: World) -> Iterator[Flags]:
    """Conditions that hold only where the trial states them."""
    r = world.residents
    if e.episode_within is not None:
        yield (r.episode > 0) & (r.episode <= e.episode_within)
    if e.sex is not None:
        yield r.female == (e.sex == "female")
    if e.insurance is not None:
        yield r.insurance == COVERED_BY[e.insurance]
    if e.role is not None:
        yield _has_role(e.role, world)
    if e.lonely is not None:
        yield between(score_everybody(world), e.lonely)
    if e.diagnosis:
        yield np.any([_has_diagnosis(name, world) for name in e.diagnosis], axis=0)
    if e.recent_event is not None:
        yield r.event_load >= e.recent_event


def _has_diagnosis(name: str, world: World) -> Flags:
    """Who would be given a diagnosis: an episode of depression, symptoms short of one (PHQ-9 from 5
    to 9), a severe mental illness, one that is psychotic, or none of them.
    """
    r, raw = world.residents, world.parameters.raw
    depressed, severe = r.episode > 0, r.severe > 0
    mild = (r.phq >= raw["care.well_phq"]) & (r.phq < raw["seeking.need_phq"]) & ~depressed
    found = {"depression": depressed, "subthreshold": mild, "severe_illness": severe}
    found["psychosis"] = severe & (r.psychotic > 0)
    return np.asarray(found.get(name, ~(depressed | mild | severe)))


def _has_role(role: str, world: World) -> Flags:
    r = world.residents
    if role == "caregiver":
        return np.asarray(r.strain >= world.parameters.health.caregiver_from)
    if role == "pupil":
        return np.asarray((r.employment == Employment.STUDENT) & (r.age < PUPILS_TO))
    return np.asarray(r.employment == OCCUPIED[role])


def _has_met(e: Eligible, world: World, ok: Flags) -> Flags:
    """Those among `ok` to whom it happened lately.

    Births, which are kept nowhere, are looked up for the few who are left.
    """
    r = world.residents
    if e.after == "crisis":
        return np.asarray(ok & (r.since_crisis <= e.within))
    if e.after == "emergency":
        ok &= r.since_crisis <= e.within
        ok[ok] = find_presented(np.flatnonzero(ok), world)
        return ok
    if e.after == "hospital_discharge":
        return np.asarray(ok & (r.discharged <= e.within) & (r.stay == 0))
    if e.after == "birth":
        ok[ok] = find_new_mothers(
            np.flatnonzero(ok), r, e.within, world.parameters.choice.births, world.seed
        )
    return ok


def find_presented(rows: NDArray[np.int64], world: World) -> Flags:
    """Whose last crisis was one that goes to the emergency department where nothing else meets it.

    By the draw that decided it, so that the same people are found in every arm of a trial.
    """
    r, share = world.residents, world.parameters.crisis.to_emergency
    found = np.zeros(rows.size, bool)
    for ago in np.unique(r.since_crisis[rows]):
        then = r.since_crisis[rows] == ago
        week = week_counter_of(world.week - 1 - int(ago))
        # The draw of the week of that crisis, so that the same people are recruited in every arm,
        # whatever an arm does about crises.
        lots = draw_for(r.key[rows[then]], week, Stream.CRISIS, ALONE, world.seed)
        found[then] = lots[:, 1] < share
    return found


@loop
def find_new_mothers(
    rows: NDArray[np.int64],
    r: Residents,
    within: float,
    births: float,
    seed: tuple[np.uint64, np.uint64],
) -> NDArray[np.bool_]:
    """Which of some residents (rows,) gave birth within so many weeks."""
    found = np.empty(rows.size, np.bool_)
    for k in range(rows.size):
        found[k] = is_new_mother(rows[k], r, within, births, seed)
    return found


def expect_bed(world: World) -> NDArray[np.float64]:
    """Chance that each resident would need a bed in a crisis, as
    `sim.week.resident.crisis.expect_admission`.
    """
    r, p = world.residents, world.parameters.crisis
    recent = np.exp(-r.since_need.astype(float) / p.recent_weeks)
    x = (
        p.admission
        + p.admission_symptoms * r.phq
        + p.admission_frailty * r.frailty
        + np.where(r.psychotic == 1, p.admission_psychotic, p.admission_severe * r.severe)
    )
    return np.asarray(1.0 / (1.0 + np.exp(-(x + p.admission_recent * recent))))


def _in_care(e: Eligible, world: World) -> Flags:
    r = world.residents
    ok = np.ones(r.key.size, bool)
    if e.in_care:
        long_enough = world.week - r.care_since >= e.in_care_for
        ok &= (np.isin(r.care_service, find_rows(world, e.in_care)) & long_enough).any(axis=1)
    if e.not_in_care:
        ok &= ~np.isin(r.care_service, find_rows(world, e.not_in_care)).any(axis=1)
    return ok


def find_rows(world: World, kinds: tuple[str, ...]) -> list[int]:
    """Places, as in `care_service`, of the services of some kinds."""
    return [s + 1 for s, kind in enumerate(world.provision.kinds) if kind in kinds]
