"""Who takes part in a trial, and what is noted of each participant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.society.resident import ADMITTED, CRISIS, EMERGENCY, NEW_EPISODE
from sim.studies.moments_history import score_everybody
from sim.week.help_seeking import is_new_mother

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.trials import Eligible, Trial
    from sim.week.world import World

    Flags = NDArray[np.bool_]

COLUMNS = (
    "key", "alive", "phq_before", "phq_after", "lonely_before", "lonely_after", "admissions", "acute_care", "crises", "relapses",
    "days", "cost", "first_admission", "first_acute_care", "first_crisis", "first_relapse",
)  # fmt: skip
EVENTS = ("admission", "acute_care", "crisis", "relapse")
MEDICATED = 0.05
"""Relief from which somebody counts as on medication."""
HELPED = 0.05
"""Strain from which somebody counts as a caregiver, as in health.caregiver_from."""


def between(values: NDArray[np.generic], bounds: tuple[float, float] | None) -> Flags:
    """Whether values lie within bounds, both included; True everywhere without bounds."""
    numbers = np.asarray(values, float)
    return np.ones(numbers.shape, bool) if bounds is None else (numbers >= bounds[0]) & (numbers <= bounds[1])


def _is(values: NDArray[np.generic], wanted: bool | None) -> Flags:
    return np.ones(values.shape, bool) if wanted is None else np.asarray(np.asarray(values, bool) == wanted)


def is_eligible(e: Eligible, world: World, bed: NDArray[np.float64]) -> Flags:
    """Who can be recruited at the end of this week; `bed`: chance of needing a bed as it was before this week, the same in every arm."""
    r = world.residents
    ok: Flags = (
        (r.alive == 1)
        & between(np.floor(r.age), e.ages)
        & between(r.phq, e.phq)
        & (r.episodes.astype(int) + r.past_episodes >= e.episodes)
        & (r.episode >= e.episode_for)
    )
    ok &= (r.admissions >= e.admissions) & _is(r.severe, e.severe_illness) & _is(r.episode > 0, e.in_episode)
    ok &= _is(r.relief >= MEDICATED, e.medicated) & between(r.close_ties, e.ties) & _is(r.alone, e.alone)
    if e.sex is not None:
        ok &= r.female == (e.sex == "female")
    if e.role is not None:
        roles = {"pupil": (r.employment == 2) & (r.age < 19.0), "worker": r.employment == 1, "caregiver": r.strain > HELPED}
        ok &= roles[e.role]
    if e.after in ("crisis", "hospital_discharge"):
        ok &= (r.since_crisis if e.after == "crisis" else r.discharged) <= e.within
    if e.after == "hospital_discharge":
        ok &= r.stay == 0
    if e.lonely is not None:
        ok &= between(score_everybody(world), e.lonely)
    if e.recent_event is not None:
        ok &= r.event_load >= e.recent_event
    if e.likely_admission is not None:
        ok &= bed >= e.likely_admission
    ok &= _in_care(e, world)
    if e.after == "birth":
        ok[ok] = [is_new_mother(i, r, e.within, world.parameters.doors.births, world.seed) for i in np.flatnonzero(ok)]
    return ok


def expect_bed(world: World) -> NDArray[np.float64]:
    """Chance that each resident would need a bed in a crisis, as `sim.week.crisis.expect_admission`."""
    r, p = world.residents, world.parameters.crisis
    recent = np.exp(-r.discharged.astype(float) / p.discharge_weeks)
    x = p.admission + p.admission_symptoms * r.phq + p.admission_severe * r.severe + p.admission_before * np.minimum(r.admissions, 3)
    return np.asarray(1.0 / (1.0 + np.exp(-(x + p.admission_discharge * recent))))


def _in_care(e: Eligible, world: World) -> Flags:
    r = world.residents
    if not e.in_care:
        return np.ones(r.key.size, bool)
    rows = [s + 1 for s, kind in enumerate(world.provision.kinds) if kind in e.in_care]
    long_enough = world.week - r.care_since >= e.in_care_for
    return np.asarray((np.isin(r.care_service, rows) & long_enough).any(axis=1))


class Book:
    """What is noted of the participants of an arm, week by week.

    member: who takes part. back: who may use again what is withheld. Weeks count from each one's recruitment.
    """

    def __init__(self, trial: Trial, world: World) -> None:
        """Open an empty book."""
        count = world.residents.key.size
        self.trial = trial
        self.member = np.zeros(count, bool)
        self.back = np.zeros(count, bool)
        self.since = np.zeros(count, np.int64)
        self.table = {name: np.zeros(count) for name in COLUMNS}
        for name in EVENTS:
            self.table[f"first_{name}"][:] = np.inf
        self.team = [s + 1 for s, kind in enumerate(world.provision.kinds) if kind in ("crisis_team", "peer_respite")]

    def recruit(self, world: World, new: NDArray[np.int64]) -> None:
        """Take new participants in and note how they are; what brings them in this week is not an outcome."""
        self.member[new] = True
        self.since[new] = 0
        r, lonely = world.residents, score_everybody(world)
        for name, values in (("key", r.key), ("phq_before", r.phq), ("lonely_before", lonely)):
            self.table[name][new] = values[new]
        if self.trial.outcome.measure in {"admission", "acute_care"} and self.trial.eligible.after == "crisis":
            self._count(world, new)

    def note(self, world: World) -> None:
        """Note a week of everybody who is followed."""
        self.since[self.member] += 1
        rows = np.flatnonzero(self.member & (self.since <= self.trial.follow_up))
        self._count(world, rows)
        r, done = world.residents, rows[self.since[rows] == self.trial.follow_up]
        lonely = score_everybody(world)
        for name, values in (("alive", r.alive), ("phq_after", r.phq), ("lonely_after", lonely)):
            self.table[name][done] = values[done]

    def _count(self, world: World, rows: NDArray[np.int64]) -> None:
        r, prices, t = world.residents, world.scenario.prices, self.table
        happened = r.happened[rows]
        admitted, emergency = (happened & ADMITTED) > 0, (happened & EMERGENCY) > 0
        started = np.isin(r.care_service[rows], self.team) & (r.care_since[rows] == world.week - 1)
        events = {
            "admission": admitted, "acute_care": admitted | emergency | started.any(axis=1), "crisis": (happened & CRISIS) > 0,
            "relapse": (happened & NEW_EPISODE) > 0,
        }  # fmt: skip
        days = np.minimum(r.stay[rows], 7) + 0.0
        plural = {"admission": "admissions", "acute_care": "acute_care", "crisis": "crises", "relapse": "relapses"}
        for name, flag in events.items():
            t[plural[name]][rows] += flag
            hit = rows[flag]
            t[f"first_{name}"][hit] = np.minimum(t[f"first_{name}"][hit], np.maximum(self.since[hit], 1))
        t["days"][rows] += days
        t["cost"][rows] += emergency * prices.emergency_visit.amount + days * prices.inpatient_day.amount

    def records(self) -> NDArray[np.float64]:
        """One row per participant, columns as in COLUMNS."""
        who = np.flatnonzero(self.member)
        return np.column_stack([self.table[name][who] for name in COLUMNS])
