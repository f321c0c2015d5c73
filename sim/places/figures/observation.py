"""Watch a town for some years as registers and surveys would: counts of hospital and therapy,
shares of people.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from sim.community import Community
from sim.state.codes import Event
from sim.state.residents import NEVER
from sim.studies.calibration.history import score_everybody
from sim.studies.calibration.targets import read_measures
from sim.units import DAYS_PER_WEEK, WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.week.world import World

ADULT_AGE, WEEKS = 18.0, 104
CASE, RELIABLE, FINISHED = 10.0, 6.0, 2
"""PHQ-9 of a case; points that are reliable improvement; sessions of a finished course
[phq9_cut10; uk_iapt_completion].
"""
COMMON_DISORDERS = 0.226
"""Share of adults with a common mental disorder [uk_cmd_2024].

The scale of that survey has no line on PHQ-9: as many count here, those with the most symptoms.
"""
RECOGNISED = 0.59
"""Share of people with an episode before the burn-in whom a professional has told of it: the middle
between contact within a year, 37.4%, and contact ever, 80.1% [delay_mood_us;
delay_eventual_contact]. Whoever had a session or a stay since then has been told.
"""
SURVEY = 26
"""Weeks between surveys."""
LATER_LIFE, LONELY_SCORE = 60.0, 6.0
"""Age from which people have the mean age, 72.8 years, of a survey of loneliness in later life, and
its line on UCLA-3 [lonely_elsa_ucla6].
"""


class Observation:
    """What was counted in a town over `weeks` weeks; `figures` makes measures of it."""

    def __init__(self, world: World) -> None:
        """Begin with nobody in therapy observed; those who are there already count from now."""
        r, kinds = world.residents, np.array(world.provision.kinds)
        self.therapy = np.flatnonzero(kinds == "individual_therapy") + 1
        self.psychiatry = np.flatnonzero(kinds == "psychiatry") + 1
        informal = np.concatenate(([1], world.provision.offers.informal))
        self.treating = np.flatnonzero(informal == 0)
        n = r.key.size
        self.weeks = 0
        self.counts: dict[str, float] = dict.fromkeys(
            (
                "admissions",
                "adult_admissions",
                "emergency",
                "adult_emergency",
                "crises",
                "discharges",
                "readmitted",
                "suicides",
                "bed_days",
            ),
            0.0,
        )
        self.person_weeks = self.adult_weeks = 0.0
        self.treated, self.counselled = np.zeros(n, bool), np.zeros(n, bool)
        self.depressed, self.ever = (
            np.zeros(n, bool),
            np.asarray((r.past_episodes > 0) | (r.episodes > 0)),
        )
        self.phq_at_start = np.full(n, np.nan)
        self.sessions = np.zeros(n)
        self.flow: dict[str, float] = dict.fromkeys(
            ("referred", "entered", "finished", "cases", "recovered", "improved"), 0.0
        )
        self.waits: dict[str, NDArray[np.int64]] = {
            name: np.zeros(world.waits.shape[1], np.int64) for name in ("therapy", "psychiatry")
        }
        self.full: dict[str, list[float]] = {"therapy": [0.0, 0.0], "ward": [0.0, 0.0]}
        self.surveys: list[tuple[float, ...]] = []
        self.years: list[tuple[float, ...]] = []

    def note(self, world: World, before: NDArray[np.uint8], waited: NDArray[np.uint8]) -> None:
        """Count the week that has passed; `before` and `waited`: enrolments and lists before it."""
        r = world.residents
        adult = (r.alive == 1) & (r.age >= ADULT_AGE)
        self.weeks += 1
        self.person_weeks += float((r.alive == 1).sum())
        self.adult_weeks += float(adult.sum())
        for name, flag in (("admissions", Event.ADMITTED), ("emergency", Event.EMERGENCY)):
            happened = (r.happened & flag) > 0
            self.counts[name] += float(happened.sum())
            self.counts[f"adult_{name}"] += float((happened & (r.age >= ADULT_AGE)).sum())
        for name, flag in (
            ("crises", Event.CRISIS),
            ("discharges", Event.DISCHARGED),
            ("readmitted", Event.READMITTED_30_DAYS),
            ("suicides", Event.SUICIDE),
        ):
            self.counts[name] += float(((r.happened & flag) > 0).sum())
        self.counts["bed_days"] += float(world.used[:3].sum())
        self._note_care(world, before, waited)
        self._note_room(world)
        self.depressed |= r.episode > 0
        self.ever |= r.episode > 0
        if self.weeks % SURVEY == 0:
            self._survey(world, adult)
        if self.weeks % WEEKS_PER_YEAR == 0:
            self._close_year(adult)

    def _note_care(
        self, world: World, before: NDArray[np.uint8], waited: NDArray[np.uint8]
    ) -> None:
        r = world.residents
        there, was = np.isin(r.care_service, self.therapy), np.isin(before, self.therapy)
        in_therapy, had = there.any(axis=1), was.any(axis=1)
        attended = r.sessions > 0
        self.treated |= (
            attended & np.isin(r.care_service, self.treating[self.treating > 0]).any(axis=1)
        ) | ((r.happened & Event.ADMITTED) > 0)
        self.counselled |= attended & (in_therapy | had)
        begun = in_therapy & ~had
        self._note_referrals(
            world, np.asarray(np.isin(waited, self.therapy).any(axis=1)), np.asarray(begun)
        )
        self.phq_at_start[begun] = r.phq[begun]
        held = np.where(there, r.care_sessions, 0).max(axis=1)
        # Whoever ended has no count of sessions any more: last week's is kept for that.
        ended = had & ~in_therapy & (r.alive == 1)
        done = ended & np.isfinite(self.phq_at_start) & (self.sessions + attended >= FINISHED)
        self.flow["finished"] += float((ended & (self.sessions + attended >= FINISHED)).sum())
        case = done & (self.phq_at_start >= CASE)
        self.flow["cases"] += float(case.sum())
        self.flow["recovered"] += float((case & (r.phq < CASE)).sum())
        self.flow["improved"] += float((done & (self.phq_at_start - r.phq >= RELIABLE)).sum())
        self.flow["sessions_held"] = self.flow.get("sessions_held", 0.0) + float(
            (self.sessions + attended)[ended & (self.sessions + attended >= FINISHED)].sum()
        )
        self.flow["known"] = self.flow.get("known", 0.0) + float(done.sum())
        self.phq_at_start[ended] = np.nan
        self.sessions = np.where(in_therapy, held, 0.0)
        for name, rows in (("therapy", self.therapy), ("psychiatry", self.psychiatry)):
            self.waits[name] += world.waits[rows - 1].sum(axis=0)

    def _note_referrals(
        self, world: World, waited: NDArray[np.bool_], begun: NDArray[np.bool_]
    ) -> None:
        """Count who joined a list, those included who declined, or began and left, in that week:
        places given and declined, less those of people who waited before.
        """
        r, rows = world.residents, self.therapy - 1
        waits = np.isin(r.wait_service, self.therapy).any(axis=1)
        given = float(world.waits[rows].sum())
        declined = float(world.provision.offers.declined[rows].sum())
        gone = waited & ~waits & ~np.isin(r.care_service, self.therapy).any(axis=1)
        happened = r.happened.astype(np.int64)
        both = Event.STARTED | Event.LEFT_EARLY
        left = (gone & ((happened & both) == both)).sum()
        turned = (gone & ((happened & Event.DECLINED) > 0)).sum()
        self.flow["entered"] += given
        self.flow["referred"] += float((waits & ~waited).sum())
        self.flow["referred"] += max(given - float((begun & waited).sum() + left), 0.0)
        self.flow["referred"] += max(declined - float(turned), 0.0)

    def _note_room(self, world: World) -> None:
        """Places taken and places that there are, summed over weeks."""
        o = world.provision.offers
        rows = self.therapy - 1
        beds = (
            getattr(world.scenario.services[world.provision.names[world.ward]], "beds", 0)
            if world.ward >= 0
            else 0
        )
        for name, taken, there in (
            ("therapy", o.enrolled[rows].sum(), o.places[rows].sum()),
            ("ward", world.used[:3].sum() / DAYS_PER_WEEK, beds),
        ):
            self.full[name][0] += float(taken)
            self.full[name][1] += float(there)

    def _survey(self, world: World, adult: NDArray[np.bool_]) -> None:
        r, lines = world.residents, read_measures()
        score = score_everybody(world)
        flags = (
            r.phq >= CASE,
            r.phq >= lines.distress_phq,
            score >= lines.lonely_sometimes,
            self.ever,
            r.severe == 1,
            score >= lines.lonely_often,
        )
        in_care = np.isin(r.care_service, self.treating[self.treating > 0]).any(axis=1)
        seen = (r.last_session > -NEVER) | (r.admissions > 0)
        told = self.ever[adult] * np.where(seen[adult], 1.0, RECOGNISED)
        line = np.quantile(r.phq[adult], 1.0 - COMMON_DISORDERS)
        most_ill = np.asarray(adult & (r.phq >= line))
        older = adult & (r.age >= LATER_LIFE)
        self.surveys.append(
            (
                *(float(np.asarray(flag)[adult].mean()) for flag in flags),
                float(np.asarray(in_care)[most_ill].mean()),
                float(told.mean()),
                float((score[older] >= LONELY_SCORE).mean()) if older.any() else np.nan,
            )
        )

    def _close_year(self, adult: NDArray[np.bool_]) -> None:
        self.years.append(
            tuple(
                float(flag[adult].mean())
                for flag in (self.treated, self.counselled, self.depressed)
            )
        )
        for flag in (self.treated, self.counselled, self.depressed):
            flag[:] = False


def observe(
    scenario: Scenario, seed: int, draw: Mapping[str, float] | None = None, weeks: int = WEEKS
) -> Observation:
    """Run a town from week 0 and count."""
    with closing(Community(scenario, rng=seed, draw=draw)) as community:
        community.warm_up()
        world = community.world
        seen = Observation(world)
        for _ in range(weeks):
            # Copies, because a step writes into the same arrays.
            before, waited = (
                world.residents.care_service.copy(),
                world.residents.wait_service.copy(),
            )
            community.step()
            seen.note(world, before, waited)
    return seen
