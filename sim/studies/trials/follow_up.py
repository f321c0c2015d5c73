"""What is noted of the participants of a trial's arm, week by week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.designs.trial_parts import EVENTS, SCORES
from sim.state.residents import ADMITTED, CRISIS, EMERGENCY, NEW_EPISODE
from sim.studies.calibration.history import score_everybody
from sim.studies.trials.eligibility import find_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.designs.trial import Trial
    from sim.week.world import World

    Flags = NDArray[np.bool_]
    Rows = NDArray[np.int64]

COLUMNS = (
    "key",
    "alive",
    "employed",
    *(f"{score}_{when}" for score in SCORES for when in ("before", "after")),
    *EVENTS,
    *(f"first_{event}" for event in EVENTS),
    "days",
    "cost",
    "hospital_cost",
)
INDEX_EVENTS = {"crisis": ("admission", "acute_care", "emergency"), "hospital_discharge": ()}
"""What may follow, in the same week, from what brings somebody into a trial, and so counts from
then on.
"""
EMPLOYED = 1


class FollowUpLog:
    """The participants of an arm and what happened to them; weeks count from each one's
    recruitment.

    member: who takes part. back: who may use again what is withheld.
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
        self.team = find_rows(world, ("crisis_team", "peer_respite"))

    def recruit(self, world: World, new: Rows) -> None:
        """Take new participants in and note how they are.

        What brings them in this week is not an outcome, but what comes of it is.
        """
        self.member[new] = True
        self.since[new] = 0
        self.table["key"][new] = world.residents.key[new]
        for name, values in _score(world).items():
            self.table[f"{name}_before"][new] = values[new]
        if self.trial.outcome.measure in INDEX_EVENTS.get(self.trial.eligible.after or "", ()):
            self._count(world, new)

    def note(self, world: World) -> None:
        """Note a week of everybody who is followed."""
        self.since[self.member] += 1
        rows = np.flatnonzero(self.member & (self.since <= self.trial.follow_up))
        self._count(world, rows[self.since[rows] > self.trial.outcome.from_])
        r, done = world.residents, rows[self.since[rows] == self.trial.follow_up]
        self.table["alive"][done] = r.alive[done]
        self.table["employed"][done] = r.employment[done] == EMPLOYED
        for name, values in _score(world).items():
            self.table[f"{name}_after"][done] = values[done]

    def _count(self, world: World, rows: Rows) -> None:
        t, prices = self.table, world.scenario.prices
        events = self._find_events(world, rows)
        for name, times in events.items():
            t[name][rows] += times
            hit = rows[np.asarray(times, bool)]
            t[f"first_{name}"][hit] = np.minimum(
                t[f"first_{name}"][hit], np.maximum(self.since[hit], 1)
            )
        days = np.minimum(world.residents.stay[rows], 7) + 0.0
        hospital = (
            np.asarray(events["emergency"], float) * prices.emergency_visit.amount
            + days * prices.inpatient_day.amount
        )
        t["days"][rows] += days
        t["hospital_cost"][rows] += hospital
        t["cost"][rows] += hospital + _price_places(world)[world.residents.care_service[rows]].sum(
            axis=1
        )

    def _find_events(self, world: World, rows: Rows) -> dict[str, NDArray[np.bool_ | np.uint8]]:
        """How often each event happened this week, by participant."""
        r = world.residents
        happened = r.happened[rows]
        admitted, emergency = (happened & ADMITTED) > 0, (happened & EMERGENCY) > 0
        started = np.isin(r.care_service[rows], self.team) & (r.care_since[rows] == world.week - 1)
        return {
            "admission": admitted,
            "acute_care": admitted | emergency | started.any(axis=1),
            "emergency": emergency,
            "crisis": (happened & CRISIS) > 0,
            "relapse": (happened & NEW_EPISODE) > 0,
            "contact": r.sessions[rows],
        }

    def records(self) -> NDArray[np.float64]:
        """One row per participant, columns as in COLUMNS."""
        who = np.flatnonzero(self.member)
        return np.column_stack([self.table[name][who] for name in COLUMNS])


def _score(world: World) -> dict[str, NDArray[np.generic]]:
    """Scores of everybody: PHQ-9, UCLA-3, strain of caring, close ties."""
    r = world.residents
    return {
        "phq": r.phq,
        "loneliness": score_everybody(world),
        "strain": r.strain,
        "ties": r.close_ties,
    }


def _price_places(world: World) -> NDArray[np.float64]:
    """What a place in each service costs a week, 0 first for a free slot: its spending shared among
    its places.
    """
    places = np.maximum(world.provision.offers.places, 1)
    return np.concatenate([[0.0], world.weekly_cost / places])
