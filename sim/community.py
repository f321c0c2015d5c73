"""A community: one world as a Mesa model, one week at a time, in the order of `sim.week`.

`step()` runs compiled loops over all residents. With `stepping="mesa"` every personal phase goes
through Mesa's AgentSets instead, one agent method per phase, in any order, and gives the same bits.
"""

from __future__ import annotations

import copy
from contextlib import closing
from typing import TYPE_CHECKING, ClassVar, Literal

import mesa
import numpy as np

from sim.agents.agents import Resident, populate
from sim.agents.frames import ResidentTable, TieTable
from sim.agents.mesa_internals import forget_model
from sim.cards import write_card
from sim.compile_time import announce_compilation
from sim.engine.compiled_cache import is_compiled_before, outlives_start
from sim.engine.team import Team
from sim.errors import InvalidInput, KinwellError
from sim.scenario.first_weeks import are_alike_until
from sim.scenario.options import NO_SCENARIO
from sim.society.initial_state import assign_cells
from sim.state.enrolment import list_members
from sim.week.channels import group_meetings
from sim.week.channels.channels import AS_IT_COMES
from sim.week.channels.holding import Holding
from sim.week.channels.last_trace import recall
from sim.week.channels.noting import Noting
from sim.week.conservation.conservation import Breach, Conservation, Origin
from sim.week.conservation.repeating import name_run
from sim.week.governance.branch_rules import judge_branch
from sim.week.governance.committee import REMEMBERED, Committee
from sim.week.money.treasury import Treasury
from sim.week.record import counts
from sim.week.record.recorder import Recorder
from sim.week.resident import family_spillover, phases, reviews
from sim.week.resident.phases import lose_contact, run_phases
from sim.week.start.asked import read_seed
from sim.week.start.branching import go_on_as, take_option
from sim.week.start.initialisation import Snapshot, copy_world, inherit, initialise, staff_at_start
from sim.week.start.stated_lists import lead_to_start
from sim.week.supply import allocation, calendar, crisis_response, hiring, outreach
from sim.week.turnover.turnover import turn_over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.outcomes import Results
    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.branching import Branch
    from sim.week.channels.channels import Channels
    from sim.week.channels.trace import Trace
    from sim.week.world import World

MODEL_VERSION = 4
"""Raised when the same scenario and seed give other numbers (CHANGELOG, "Numbers change")."""


def is_compiled() -> bool:
    """Whether the loops of the week are there, compiled by an earlier run."""
    return is_compiled_before(phases.run_before_allocation)


class Community(mesa.Model):
    """A town and its services, from `warm_up` weeks before the start to the end of the horizon.

    scenario: what is offered. rng: the seed. draw: parameters by evidence id that differ from the
    evidence; levels that the scenario states move as much (`sim.evidence.levels`). threads: how
    many share the loops over residents (no effect on any number).
    """

    alone: ClassVar[bool] = True
    """Whether the model alone makes the run, so that scenario, draw and seed repeat it."""
    samples_network: bool = True
    """Whether the last week samples its ties, to be drawn."""

    def __init__(
        self,
        scenario: Scenario,
        rng: int = 0,
        draw: Mapping[str, float] | None = None,
        *,
        stepping: Literal["compiled", "mesa"] = "compiled",
        threads: int = 1,
    ) -> None:
        if not hasattr(scenario, "warm_up"):
            raise InvalidInput(NO_SCENARIO)
        rng = read_seed(rng, stepping, threads)
        super().__init__(rng=rng)
        if not is_compiled():
            announce_compilation(1, kept=outlives_start())
        world = initialise(scenario, rng, draw or {})
        world.week = min(-scenario.warm_up, -1)  # others share it, also where nothing ran before
        calendar.open_week(world)
        staff_at_start(world)
        world.week = -scenario.warm_up
        if world.week == 0:
            _begin_week_0(world)
        # As it was declared: in the world, prices and fees are those of the draw.
        self.declared = scenario
        self._begin(world, Origin(scenario.name, rng, dict(draw or {})), stepping, threads)

    @property
    def week(self) -> int:
        """The week that comes next; 0 is the start, burn-in weeks are negative."""
        return self.world.week

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        residents = self.world.residents
        alive = residents.alive == 1
        facts = [
            ("Week", f"{self.week} of {self.declared.horizon}"),
            ("Residents", f"{int(alive.sum()):,}, {len(self.ties):,} ties between them"),
            ("PHQ-9 of 10 or more", f"{int((alive & (residents.phq >= 10)).sum()):,}"),
            ("In a service", f"{int((alive & (residents.care_service > 0).any(axis=1)).sum()):,}"),
            ("Seed", str(self.seed_number)),
        ]
        more = ("community.step()", "community.residents.frame()", "community.ties.frame()")
        return write_card(f"{self.declared.title}: a community", "", facts, more)

    def _begin(
        self, world: World, origin: Origin, stepping: Literal["compiled", "mesa"], threads: int
    ) -> None:
        self.world = world
        self.origin = origin
        self.seed_number = origin.seed
        self.channels: Channels = AS_IT_COMES
        self.stepping = stepping
        self.threads = max(1, threads)
        self._team = Team(self.threads, world.residents.key.size)
        self.treasury = Treasury(world)
        self.conservation = Conservation(world, self.treasury, origin)
        self.committee = Committee(tuple(world.scenario.neighbourhoods))
        self.recorder = Recorder(world, self.treasury.accounts)
        self.residents = ResidentTable(world)
        self.ties = TieTable(world)
        self._due = reviews.plan_reviews(world.residents.key)
        populate(self)

    def step(self) -> None:
        """Run one week."""
        world = self.world
        if self.declared.held and world.week == 0:
            self.channels = self._hold()
        if self.declared.branch is not None and world.week == self.declared.branch.at:
            self._branch(self.declared.branch)
        self.renew_residents()
        calendar.open_week(world)
        self.channels.begin(world)
        self._everybody(phases.BEFORE_ALLOCATION)
        self.meet_others()
        world.publish()
        self.channels.match(world)
        before = family_spillover.note_sessions(world)
        self.channels.give_care(world, self._everybody)
        family_spillover.apply_family_spillover(world, before)
        beds = self.run_ward()
        hires = self.run_workforce()
        self._settle(hires)
        self._record()
        try:
            self.conservation.check(world, self.treasury, sum(hires.tolist()), beds, self._team)
        except Breach as breach:
            raise name_run(breach, self) from None
        world.died += self.conservation.died
        world.week += 1
        if world.week <= 0:
            self._end_week_of_burn_in()

    def _branch(self, branch: Branch) -> None:
        """Note which option the branch's rules would take, and go on with the one that is taken."""
        self.committee.log.append(judge_branch(self.world, self.committee, branch))
        if branch.take is not None:
            take_option(self.world, self.declared.later)
            self.treasury.read_terms(self.world)

    def _end_week_of_burn_in(self) -> None:
        """Lead services to what is stated of week 0, which then begins."""
        if self.world.week == 0:
            _begin_week_0(self.world)
        else:
            lead_to_start(self.world)
        self.conservation.note_posts(self.world)
        self.recorder.begin(self.world)

    def _hold(self) -> Holding:
        """What holds the channels that the scenario declares, from a run of its reference."""
        held, reference = self.declared.held, self.declared.reference
        if held is None or reference is None:
            raise KinwellError(f"scenario {self.declared.name} holds no channel")
        named = (type(self), reference.hash, self.seed_number, tuple(self.origin.draw.items()))
        trace = recall(named, lambda: self.trace(reference))
        return Holding(held.channels, trace, self.world)

    def trace(self, reference: Scenario) -> Trace:
        """What reaches residents in a scenario of the same past that goes on from here."""
        with closing(type(self).resume(reference, self.snapshot())) as other:
            noting = Noting(other.world)
            other.channels = noting
            while other.week < reference.horizon:
                other.step()
        return noting.trace

    def _everybody(self, names: tuple[str, ...]) -> None:
        """Run personal phases for every resident: compiled, in ranges of rows, or agent by agent
        the Mesa way.
        """
        if self.stepping == "mesa":
            for phase in names:
                self.agents_by_type[Resident].shuffle_do(phase)
            return
        world, rows = self.world, self.world.residents.key.size
        if self._team.size == 1:
            run_phases(names, world, 0, rows)
        else:
            self._team.share(lambda start, stop: run_phases(names, world, start, stop), rows)

    def review_ties(self) -> None:
        """Let ties of those who are due fade, and others form: a row is an address here, and
        people meet who live near.
        """
        w = self.world
        due = self._due[-w.week % reviews.REVIEW_WEEKS]
        given = w.residents, w.ties, w.published, w.when, lose_contact(w)
        if self._team.size == 1:
            reviews.review_ties(due, *given)
        else:
            reviews.review_together(due, given, self._team)

    def renew_residents(self) -> None:
        """Let people come, go and grow older."""
        turn_over(self.world)

    def meet_others(self) -> None:
        """Let ties end and form: the part of social life that two people share."""
        self.review_ties()
        self.channels.befriend(self.world)

    def run_ward(self) -> int:
        """Meet the crises of the week and run the ward; how many beds it has."""
        w, ward, beds = self.world, self.world.ward, 0
        if ward >= 0:
            service = w.scenario.services[w.provision.names[ward]]
            beds = int(getattr(service, "beds", 0) * w.wanted[ward] + 1e-6)
        self.channels.meet_crises(w)
        return self.channels.run_ward(w, beds)

    def run_workforce(self) -> NDArray[np.int64]:
        """Let everybody in post work a week, and fill posts; people hired per service."""
        return hiring.run_workforce(self.world)

    def _settle(self, hires: NDArray[np.int64]) -> None:
        w = self.world
        ring = w.week % REMEMBERED
        allocation.remember(w.provision.offers, w.waits, w.starts, w.early, ring)
        if w.week < 0:
            self.treasury.watch_fees(w)
            return
        self.treasury.settle(w, hires)
        self.treasury.plan_ahead(w)
        self.committee.meet(w, self.treasury)

    def _record(self) -> None:
        if 0 <= self.week < self.declared.horizon:
            self.count_residents()
            self.recorder.write(self.world, self.treasury, samples_network=self.samples_network)

    def count_residents(self) -> None:
        """Count the week into the totals and cells of the recorder."""
        w = self.world
        given = counts.Yardsticks(w.parameters.health, w.parameters.seeking.need_phq)
        people = w.residents, w.provision.offers, w.when
        counts.count_everybody(*people, given, self.recorder.counts, self._team)

    def prepare(self) -> Community:
        """Compile what only rare weeks need (a cut, a new friendship, a survey), so that no later
        week has to.
        """
        w, p = self.world, self.world.parameters
        calendar.prepare(w)
        crisis_response.prepare(w)
        group_meetings.prepare(w)
        counts.score_all(w.residents.loneliness[:0], p.health)
        list_members(w.residents, 0)
        learned = w.residents.care_sessions, np.zeros_like(w.provision.for_kin)
        family_spillover.spread_gains(
            w.residents, w.provision.offers, w.ties, *learned, p.seeking.need_phq, p.care
        )
        outreach.prepare(w)
        self.recorder.prepare(w)
        return self

    def run(self) -> Results:
        """Run to the end of the horizon."""
        while self.week < self.declared.horizon:
            self.step()
        return self.results()

    def warm_up(self) -> Community:
        """Run to week 0."""
        while self.week < 0:
            self.step()
        return self

    def results(self) -> Results:
        """What was recorded so far."""
        return self.recorder.results(self.committee.log)

    def snapshot(self) -> Snapshot:
        """Everything that another scenario with the same burn-in needs to continue from here.

        Plain arrays.
        """
        return Snapshot(
            self.seed_number,
            self.declared.past_hash,
            copy_world(self.world),
            self.treasury.usual_fees.copy(),
            self.origin.draw,
        )

    @classmethod
    def resume(
        cls,
        scenario: Scenario,
        snapshot: Snapshot,
        *,
        stepping: Literal["compiled", "mesa"] = "compiled",
        threads: int = 1,
    ) -> Community:
        """A community of `scenario` that continues from a snapshot of its burn-in; KinwellError
        where the scenario has another past.
        """
        if scenario.past_hash != snapshot.past_hash:
            raise KinwellError(
                f"scenario {scenario.name} has another past than the community that it should go on"
                " from"
            )
        self = cls.__new__(cls)
        mesa.Model.__init__(self, rng=snapshot.seed)
        origin = Origin(scenario.name, snapshot.seed, dict(snapshot.draw or {}))
        world = inherit(scenario, snapshot.world, snapshot.seed, snapshot.draw)
        self.declared = scenario
        self._begin(world, origin, stepping, threads)
        names = self.world.provision.names
        for s, name in enumerate(snapshot.world.provision.names):
            if name in names:
                self.treasury.usual_fees[names.index(name)] = snapshot.usual_fees[s]
        return self

    @classmethod
    def fork(cls, scenario: Scenario, trunk: Community) -> Community:
        """A community of `scenario` that goes on from one that was the same until now; KinwellError
        where it may have differed before.
        """
        if not are_alike_until(scenario, trunk.declared, trunk.week):
            raise KinwellError(f"scenario {scenario.name} does not branch off from this community")
        self = cls.__new__(cls)
        mesa.Model.__init__(self, rng=trunk.seed_number)
        self.declared, origin = scenario, trunk.origin._replace(scenario=scenario.name)
        self._begin(copy_world(trunk.world), origin, trunk.stepping, trunk.threads)
        for part in ("treasury", "conservation", "committee", "recorder"):
            setattr(self, part, copy.deepcopy(getattr(trunk, part)))
        self.conservation.origin = origin
        go_on_as(self.world, scenario.foreseen)
        self.treasury.read_terms(self.world)
        return self

    def close(self) -> None:
        """Let go of threads and of what Mesa remembers about the model."""
        self._team.close()
        forget_model(self)


def _begin_week_0(world: World) -> None:
    """Bring services to what is stated of this day, and sort everybody into subgroups."""
    lead_to_start(world)
    assign_cells(world.residents, world.parameters.seeking.need_phq)
