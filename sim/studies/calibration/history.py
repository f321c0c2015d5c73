"""Watch a community week by week and keep what surveys and registers would know of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sim.community import Community
from sim.engine.kernels import loop
from sim.state.codes import StaffFigure
from sim.state.residents import NEVER
from sim.studies.calibration.clustering import measure_clusters
from sim.studies.calibration.targets import read_measures
from sim.units import WEEKS_PER_YEAR, YEARS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.week.world import World

YEARS = 6
"""Length of the observation: recurrence is asked for over five years after a recovery."""
EVERY = 26
"""Weeks between notes of loneliness, ties and severe illness."""
MOST_CHANGE = 0.12
"""Share of the town that may be new in a year before more room has to be made."""
NETWORK_WEEKS = tuple(year * WEEKS_PER_YEAR for year in (1, 2, 3))
"""Weeks after which it is noted how depression clusters along ties."""
BY_PERSON = ("age", "female", "psychotic", "income", "had", "helped", "seen_severe")
BY_WEEK = ("phq", "episode", "alive", "happened", "sessions", "therapy")
"""Fields by person, and by week and person."""


@dataclass
class History:
    """What was seen, (weeks, people) unless said otherwise: everybody who lived in the town at any
    time, those of the start first; who is not there yet, or no more, is not alive.

    key, column: by row of the town, who is there now and where they stand here. people: how many
    stand here; there is room for more. age: at week 0, of those who came later too. had: episodes
    before. helped: whether treated before. severe (notes, people): as noted every EVERY weeks.
    lonely, ties: (notes, residents), one note every EVERY
    weeks. sessions: in treatment; therapy: in talking therapy. begun, ended, early: courses of
    therapy begun, ended and left early, all weeks. waits: weeks waited (histogram) by those who
    began specialist care. staff: (weeks, 3) in post, exhausted, left. clusters: depression 1, 2 and
    3 steps away from the depressed, to that of everybody; lonely_clusters: loneliness from the
    lonely. recovery_phq, recovery_weeks: what ends an episode.
    """

    key: NDArray[np.uint32]
    column: NDArray[np.int64]
    people: int
    age: NDArray[np.float32]
    female: NDArray[np.uint8]
    psychotic: NDArray[np.uint8]
    income: NDArray[np.uint8]
    had: NDArray[np.uint8]
    helped: NDArray[np.uint8]
    seen_severe: NDArray[np.uint8]
    phq: NDArray[np.float32]
    episode: NDArray[np.int16]
    alive: NDArray[np.uint8]
    happened: NDArray[np.uint16]
    sessions: NDArray[np.uint8]
    therapy: NDArray[np.uint8]
    recovery_phq: float
    recovery_weeks: int
    lonely: list[NDArray[np.float64]] = field(default_factory=list)
    severe: list[NDArray[np.uint8]] = field(default_factory=list)
    ties: list[NDArray[np.uint8]] = field(default_factory=list)
    clusters: list[tuple[float, ...]] = field(default_factory=list)
    lonely_clusters: list[tuple[float, ...]] = field(default_factory=list)
    waits: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    staff: NDArray[np.float64] = field(default_factory=lambda: np.zeros((1, 3)))
    bed_days: float = 0.0
    early: float = 0.0
    ended: float = 0.0

    def age_in(self, week: int) -> NDArray[np.float32]:
        """Age in a week; `age` is that at the start."""
        return np.asarray(self.age + week * YEARS_PER_WEEK, np.float32)

    def _note(self, week: int) -> int:
        return min(max(round(week / EVERY) - 1, 0), len(self.lonely) - 1)

    def lonely_in(self, week: int) -> NDArray[np.float64]:
        """UCLA-3 at the note nearest to a week; 0 for those who were not there."""
        return self.lonely[self._note(week)]

    def ties_in(self, week: int) -> NDArray[np.uint8]:
        """Close ties at the note nearest to a week."""
        return self.ties[self._note(week)]

    def severe_in(self, week: int) -> NDArray[np.uint8]:
        """Who had a severe illness at the note nearest to a week: 0 or 1."""
        return self.severe[self._note(week)]

    def follow(self, world: World, week: int) -> NDArray[np.int64]:
        """Give everybody who came since the last week a place of their own; their rows."""
        r = world.residents
        # A key that is new in a row is somebody new: rows are addresses, people are followed by
        # key.
        new = np.flatnonzero(self.key != r.key)
        self.column[new] = self.people + np.arange(new.size)
        self.people += new.size
        if self.people > self.age.size:
            self._make_room()
        self._introduce(world, new, week)
        return new

    def _introduce(self, world: World, rows: NDArray[np.int64], week: int) -> None:
        r, here = world.residents, self.column[rows]
        self.key[rows] = r.key[rows]
        # Brought back to week 0, so that one formula gives everybody's age in any week.
        self.age[here] = r.age[rows] - week * YEARS_PER_WEEK
        self.female[here], self.income[here] = r.female[rows], r.income[rows]
        episodes = r.episodes[rows].astype(int) + r.past_episodes[rows]
        self.had[here] = np.minimum(episodes, 250)
        self.helped[here] = r.last_session[rows] > -NEVER

    def _make_room(self) -> None:
        """Room for half as many people again."""
        # By half and not by one: padding copies everything.
        more = self.age.size // 2
        for name in BY_PERSON:
            setattr(self, name, np.pad(getattr(self, name), (0, more)))
        for name in BY_WEEK:
            setattr(self, name, np.pad(getattr(self, name), ((0, 0), (0, more))))
        for notes in (self.lonely, self.ties, self.severe):
            notes[:] = [np.pad(note, (0, more)) for note in notes]

    def note(self, world: World) -> None:
        """Note loneliness, ties and severe illness of everybody who is there."""
        r, room = world.residents, self.age.size
        for notes, values in (
            (self.lonely, score_everybody(world)),
            (self.ties, r.close_ties),
            (self.severe, (r.severe > 0).astype(np.uint8)),
        ):
            kept = np.zeros(room, values.dtype)
            kept[self.column] = values
            notes.append(kept)

    def note_clusters(self, world: World) -> None:
        """Note how depression and loneliness cluster along ties."""
        lines = read_measures()
        self.clusters.append(measure_clusters(world, world.residents.phq >= lines.ami_phq))
        often = score_everybody(world) >= lines.lonely_often
        self.lonely_clusters.append(measure_clusters(world, often))


def watch(
    scenario: Scenario,
    seed: int,
    draw: Mapping[str, float] | None = None,
    weeks: int = YEARS * WEEKS_PER_YEAR,
) -> History:
    """Run `weeks` weeks after the burn-in and note them."""
    line = read_measures().exhausted
    with closing(Community(scenario, rng=seed, draw=draw)) as community:
        community.warm_up()
        world = community.world
        history = _open_book(world, weeks)
        for week in range(weeks):
            before, earlier = (
                world.residents.care_service.copy(),
                world.residents.care_sessions.copy(),
            )
            community.step()
            # The row may be somebody else's since: nothing of the place before them is theirs.
            before[history.follow(world, week)] = 0
            _note_week(history, world, week, before, earlier, line)
            if (week + 1) % EVERY == 0:
                history.note(world)
            if week + 1 in NETWORK_WEEKS:
                history.note_clusters(world)
    return history


def score_everybody(world: World) -> NDArray[np.float64]:
    """UCLA-3 of all residents, as `sim.week.record.counts` scores one."""
    p = world.parameters.health
    return np.asarray(
        3.0
        + 6.0
        / (
            1.0
            + np.exp((p.ucla_middle - world.residents.loneliness.astype(np.float64)) / p.ucla_width)
        )
    )


def _open_book(world: World, weeks: int) -> History:
    count = world.residents.key.size
    room = int(count * (1.0 + MOST_CHANGE * weeks / WEEKS_PER_YEAR)) + 64
    history = History(
        # Every key differs from this, so that all residents of the start are introduced as new.
        key=world.residents.key + np.uint32(1),
        column=np.zeros(count, np.int64),
        people=0,
        age=np.zeros(room, np.float32),
        female=np.zeros(room, np.uint8),
        psychotic=np.zeros(room, np.uint8),
        income=np.zeros(room, np.uint8),
        had=np.zeros(room, np.uint8),
        helped=np.zeros(room, np.uint8),
        seen_severe=np.zeros(room, np.uint8),
        phq=np.zeros((weeks, room), np.float32),
        episode=np.zeros((weeks, room), np.int16),
        alive=np.zeros((weeks, room), np.uint8),
        happened=np.zeros((weeks, room), np.uint16),
        sessions=np.zeros((weeks, room), np.uint8),
        therapy=np.zeros((weeks, room), np.uint8),
        recovery_phq=world.parameters.symptoms.recovery_phq,
        recovery_weeks=int(world.parameters.symptoms.recovery_weeks),
        waits=np.zeros(world.waits.shape[1], np.int64),
        staff=np.zeros((weeks, 3)),
    )
    history.follow(world, 0)
    return history


def _note_week(
    history: History,
    world: World,
    week: int,
    before: NDArray[np.uint8],
    earlier: NDArray[np.int16],
    line: float,
) -> None:
    r, provision = world.residents, world.provision
    here = history.column
    history.phq[week, here], history.episode[week, here] = r.phq, r.episode
    history.alive[week, here], history.happened[week, here] = r.alive, r.happened
    history.seen_severe[here] |= r.severe > 0
    history.psychotic[here] |= r.psychotic
    kinds = np.array(provision.kinds)
    therapy = kinds == "individual_therapy"
    of_kind = np.column_stack([provision.offers.informal == 0, therapy])
    held = attribute(r.care_service, r.care_sessions, before, earlier, r.sessions, of_kind)
    history.sessions[week, here], history.therapy[week, here] = held.T
    history.waits += world.waits[therapy | (kinds == "psychiatry")].sum(axis=0)
    staff = provision.staff
    there = staff.filled == 1
    history.staff[week] = (
        there.sum(),
        (staff.strain[there] > line).sum(),
        world.tally[StaffFigure.LEFT],
    )
    history.bed_days += float(world.used[:3].sum())
    # A free slot, 0, is no course.
    had_course = np.concatenate([[False], therapy])[before]
    left = had_course & (r.care_service != before)
    # Ended while alive: a death ends no course by itself.
    history.ended += float((left & (r.alive == 1)[:, None]).sum())
    history.early += float(provision.offers.left[therapy].sum())


@loop
def attribute(
    service: NDArray[np.uint8],
    sessions: NDArray[np.int16],
    before: NDArray[np.uint8],
    earlier: NDArray[np.int16],
    held: NDArray[np.uint8],
    of_kind: NDArray[np.bool_],
) -> NDArray[np.uint8]:
    """Sessions of a week by kind of service (residents, kinds), from the counters of places kept,
    the rest to places left this week. `of_kind` (services, kinds): whether a service is of a kind.
    """
    count, slots = service.shape
    found = np.zeros((count, of_kind.shape[1]), np.uint8)
    for i in range(count):
        unexplained = int(held[i])
        if unexplained == 0:
            continue
        for slot in range(slots):
            now, same = int(service[i, slot]), service[i, slot] == before[i, slot]
            took = int(sessions[i, slot]) - (int(earlier[i, slot]) if same else 0)
            if now > 0 and took > 0:
                unexplained -= took
                for kind in range(of_kind.shape[1]):
                    found[i, kind] += took if of_kind[now - 1, kind] else 0
        # What no kept place explains was a session in a place that was left this week.
        for slot in range(slots):
            then = int(before[i, slot])
            if then > 0 and service[i, slot] != then and unexplained > 0:
                unexplained -= 1
                for kind in range(of_kind.shape[1]):
                    found[i, kind] += 1 if of_kind[then - 1, kind] else 0
    return found
