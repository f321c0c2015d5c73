"""What is noted of the participants of a trial's arm, week by week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.engine.random import ALONE, draw_for, name_key, week_counter_of
from sim.scenario.designs.trial_outcome import EVENT_OUTCOMES, SCORES
from sim.state.codes import Employment, Event, KindParameter
from sim.studies.calibration.history import score_everybody
from sim.studies.trials.attendance import Attendance
from sim.studies.trials.eligibility import count_ties, find_rows
from sim.units import DAYS_PER_WEEK
from sim.week.money.accounts import price_boarding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.scenario.designs.trial import Trial
    from sim.scenario.designs.trial_arms import Course
    from sim.state.residents import Residents
    from sim.week.world import World

    Flags = NDArray[np.bool_]
    Rows = NDArray[np.int64]

FOLLOWED_STATES = ("alive", "employed", "in_care")
FOLLOW_UP_COLUMNS = (
    "key",
    *FOLLOWED_STATES,
    *(f"{score}_{when}" for score in SCORES for when in ("before", "after")),
    *EVENT_OUTCOMES,
    *(f"first_{event}" for event in EVENT_OUTCOMES),
    "window_sum",
    "window_reached",
    "followed",
    "days",
    "cost",
    "hospital_cost",
    "contact_time",
)
OF_A_CRISIS = ("admission", "acute_care", "emergency", "hospital_cost", "cost")
INDEX_EVENTS = {"crisis": OF_A_CRISIS, "emergency": OF_A_CRISIS}
"""What may follow, in the same week, from what brings somebody into a trial, and so counts from
then on. Harm that led to it came before.
"""
WEEKS_OF_A_RETURN = 2
"""Weeks in a row with PHQ-9 of 10 and more after which symptoms have come back, as in C01."""
HURTS = np.uint64(name_key("self harm"))


class FollowUpLog:
    """The participants of an arm and what happened to them; weeks count from each one's
    recruitment.

    member: who takes part. back: who may use again what is withheld. stepped: by service, who has
    come to it as a step of stepped care. weeks_ill: in a row, PHQ-9 of 10 and more.
    """

    def __init__(
        self, trial: Trial, world: World, given: Mapping[int, Course], contacts: Mapping[int, float]
    ) -> None:
        """Open an empty log; `contacts`: how many a session of each service given stands for."""
        count = world.residents.key.size
        self.trial = trial
        self.member = np.zeros(count, bool)
        self.back = np.zeros(count, bool)
        self.stepped: dict[int, Flags] = {}
        self.since = np.zeros(count, np.int64)
        self.weeks_ill = np.zeros(count, np.int64)
        self.table = {name: np.zeros(count) for name in FOLLOW_UP_COLUMNS}
        for name in EVENT_OUTCOMES:
            self.table[f"first_{name}"][:] = np.inf
        # A visit that brings people in comes before the trial, unless an arm stands open to the
        # town and so can meet the crisis instead.
        open_to_all = any(arm.offered_to == "everybody" for arm in trial.arms.values())
        self.came_before = trial.eligible.after == "emergency" and not open_to_all
        self.team = find_rows(world, ("crisis_team", "peer_respite"))
        self.contacts = contacts
        self.minutes = {service: course.minutes or 0.0 for service, course in given.items()}
        self.watch(world, np.zeros(count))

    def watch(self, world: World, bed: NDArray[np.float64]) -> None:
        """Remember who has which place before the week begins, and the chance of needing a bed."""
        self.attendance, self.bed = Attendance(world), bed

    def recruit(self, world: World, new: Rows) -> None:
        """Take new participants in and note how they are.

        What brings them in this week is not an outcome, but what comes of it is.
        """
        self.member[new] = True
        self.since[new] = 0
        self.table["key"][new] = world.residents.key[new]
        for name, values in _score(world).items():
            self.table[f"{name}_before"][new] = values[new]
        # Somebody recruited by a crisis can be admitted in that same week: what follows from it
        # counts, itself does not.
        follows = INDEX_EVENTS.get(self.trial.eligible.after or "", ())
        if self.trial.outcome.measure in follows and self.trial.window[0] == 0:
            self._count(world, new, recruited=True)

    def note(self, world: World) -> None:
        """Note a week of everybody who is followed; who moves away stays as last seen."""
        self.since[self.member] += 1
        r = world.residents
        ill = r.phq >= world.parameters.raw["seeking.need_phq"]
        self.weeks_ill = np.where(ill, self.weeks_ill + 1, 0)
        begins, ends = self.trial.window
        here = r.key == self.table["key"]  # a newcomer may take the row of a leaver
        # Whoever died this week was at risk in it.
        lived = (r.alive == 1) | ((r.happened & Event.DIED) > 0)
        inside = self.member & here & lived & (self.since > begins) & (self.since <= ends)
        self.table["followed"] += inside
        self._count(world, np.flatnonzero(inside))
        scores = _score(world)
        self._watch_score(scores, np.flatnonzero(inside))
        seen = np.flatnonzero(self.member & here & (self.since <= ends))
        self.table["alive"][seen] = r.alive[seen]
        working = (r.employment == Employment.EMPLOYED) & (r.alive == 1)
        self.table["employed"][seen] = working[seen]
        self.table["in_care"][seen] = is_in_care(world, seen)
        for name, values in scores.items():
            self.table[f"{name}_after"][seen] = values[seen]

    def _watch_score(self, scores: dict[str, NDArray[np.generic]], rows: Rows) -> None:
        """Add a week of the outcome's score to the sum of its window, and whether it reached the
        threshold.
        """
        outcome = self.trial.outcome
        if outcome.measure not in scores:
            return
        values = np.asarray(scores[outcome.measure][rows], float)
        self.table["window_sum"][rows] += values
        if outcome.threshold is not None:
            reached = self.table["window_reached"]
            reached[rows] = np.maximum(reached[rows], values >= outcome.threshold)

    def _count(self, world: World, rows: Rows, *, recruited: bool = False) -> None:
        t, prices = self.table, world.scenario.prices
        attended = self.attendance.count(world, rows)
        for service, contacts in self.contacts.items():
            attended[:, service] *= contacts
        events = self._find_events(world, rows, attended)
        if recruited and self.came_before:
            # Neither the visit in which somebody is recruited, nor acute care that is no more.
            taken_on = self._begins_at_home(world, rows)
            events["acute_care"] = np.logical_or(events["admission"], taken_on)
            events["emergency"] = np.zeros(rows.size, bool)
        for name, times in events.items():
            t[name][rows] += np.asarray(times, float)
            hit = rows[np.asarray(times, bool)]
            # At the earliest in the first week: an event in the week of recruitment has a time of
            # its own.
            t[f"first_{name}"][hit] = np.minimum(
                t[f"first_{name}"][hit], np.maximum(self.since[hit], 1)
            )
        for service, minutes in self.minutes.items():
            t["contact_time"][rows] += attended[:, service] * minutes / 60.0
        days = world.residents.ward_days[rows].astype(float)
        hospital = (
            np.asarray(events["emergency"], float) * prices.emergency_visit.amount
            + count_boarding(world.residents, rows) * price_boarding(prices)
            + days * prices.inpatient_day.amount
        )
        t["days"][rows] += days
        t["hospital_cost"][rows] += hospital
        t["cost"][rows] += hospital + _price_places(world)[world.residents.care_service[rows]].sum(
            axis=1
        )

    def _find_events(
        self, world: World, rows: Rows, attended: NDArray[np.float64]
    ) -> dict[str, NDArray[np.bool_ | np.number[Any]]]:
        """How often each event happened this week, by participant."""
        r = world.residents
        happened = r.happened[rows]
        admitted, emergency = (happened & Event.ADMITTED) > 0, (happened & Event.EMERGENCY) > 0
        crisis = (happened & Event.CRISIS) > 0
        low_intensity = world.provision.offers.kind_parameters[:, KindParameter.LOW_INTENSITY] > 0.0
        return {
            "admission": admitted,
            "acute_care": admitted | emergency | self._begins_at_home(world, rows),
            "emergency": emergency,
            "crisis": crisis,
            "self_harm": crisis & hurts(world, rows),
            "suicide": (happened & Event.SUICIDE) > 0,
            "relapse": (happened & Event.NEW_EPISODE) > 0,
            # At the second week and not after it, so that each return counts once.
            "symptoms_return": self.weeks_ill[rows] == WEEKS_OF_A_RETURN,
            "contact": r.sessions[rows],
            "dose": attended[:, list(self.minutes)].sum(axis=1),
            "activity": attended[:, low_intensity].sum(axis=1),
        }

    def _begins_at_home(self, world: World, rows: Rows) -> Flags:
        """Who is taken on this week by a crisis team or a respite house."""
        r = world.residents
        begins = np.isin(r.care_service[rows], self.team) & (r.care_since[rows] == world.week - 1)
        return np.asarray(begins.any(axis=1))

    def records(self) -> NDArray[np.float64]:
        """One row per participant, columns as in COLUMNS."""
        who = np.flatnonzero(self.member)
        return np.column_stack([self.table[name][who] for name in FOLLOW_UP_COLUMNS])


def _score(world: World) -> dict[str, NDArray[np.generic]]:
    """Scores of everybody: PHQ-9, UCLA-3, strain of caring, close ties with those who visit."""
    r = world.residents
    return {
        "phq": r.phq,
        "loneliness": score_everybody(world),
        "strain": r.strain,
        "ties": count_ties(r),
    }


def is_in_care(world: World, rows: Rows) -> Flags:
    """Who has a place in a service that is care."""
    low_intensity = world.provision.offers.kind_parameters[:, KindParameter.LOW_INTENSITY] > 0.0
    is_care = np.concatenate([[False], ~low_intensity])
    return np.asarray(is_care[world.residents.care_service[rows]].any(axis=1))


def hurts(world: World, rows: Rows) -> Flags:
    """Whether a crisis of this week would come with self-harm: the same draw in every arm."""
    share = world.parameters.raw["crisis.self_harm"]
    keys, week = world.residents.key[rows], week_counter_of(world.week - 1)
    return np.asarray(draw_for(keys, week, HURTS, ALONE, world.seed)[:, 0] < share)


def _price_places(world: World) -> NDArray[np.float64]:
    """What a place in each service costs a week, 0 first for a free slot: its spending shared among
    its places.
    """
    places = np.maximum(world.provision.offers.places, 1)
    return np.concatenate([[0.0], world.weekly_cost / places])


def count_boarding(r: Residents, rows: Rows) -> NDArray[np.float64]:
    """Days that each of these residents boarded this week."""
    boards = (r.happened[rows] & Event.BOARDED) > 0
    # Who has been found something else since has boarded for a day at least.
    days = np.where(r.boarding[rows] > 0, np.minimum(r.boarding[rows], DAYS_PER_WEEK), 1)
    return np.where(boards, days.astype(float), 0.0)
