"""Make the world that the week works on: build the town, hire its staff, carry a past into another
scenario.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.engine.random import draw_for, seed_words
from sim.evidence.levels import MOVING, combine
from sim.evidence.parameters import make_parameters
from sim.scenario.price_year import reprice
from sim.scenario.schema.own_kinds import is_own
from sim.services.own_kinds import add_own_rows
from sim.services.provision import arrange
from sim.society.ageing.life_course import plan_course
from sim.society.initial_state import make_population, publish_at_start
from sim.society.town import build_town
from sim.state.codes import HOSPITAL_FIGURES, StaffFigure
from sim.state.draw_streams import Stream
from sim.state.ties import Ties
from sim.week.governance.committee import REMEMBERED
from sim.week.start.burn_in import run_burn_in
from sim.week.supply.allocation import LONGEST_WAIT
from sim.week.supply.hiring import start_work
from sim.week.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.evidence.parameters import Parameters
    from sim.scenario.scenario import Scenario
    from sim.services.provision import Provision
    from sim.society.ageing.life_course import LifeCourse
    from sim.state.residents import Residents

FOUNDING = np.uint64(0xFFFFFFFF)
"""Partner of the draws at the start: no holder of a post has this number, so that nobody's strain
hangs on their tenure.
"""

INHERITED = (
    "places",
    "intake",
    "enrolled",
    "waiting",
    "quality",
    "offered",
    "open",
    "kind_parameters",
)
"""Columns of services that the weeks before the start have made."""


class Snapshot(NamedTuple):
    """A community at the end of its burn-in: all that scenarios with the same past share.

    draw: parameters that were drawn, by evidence id.
    """

    seed: int
    past_hash: str
    world: World
    usual_fees: NDArray[np.float64]
    draw: Mapping[str, float] | None = None


class People(NamedTuple):
    """Who lives in a world: residents, their ties, what others see of them, what age brings."""

    residents: Residents
    ties: Ties
    published: NDArray[np.float32]
    course: LifeCourse


def read_parameters(scenario: Scenario, draw: Mapping[str, float]) -> Parameters:
    """Parameters of a run: the evidence, the levels that the scenario states, and the draw, which
    moves both alike.
    """
    chosen, people = scenario.structure, scenario.population
    # Where nobody moves, no friendship ends by it, and they fade as often as records say.
    still = people.turnover == "off"
    moving = 0.0 if still else people.moving
    stated = {} if moving is None else {MOVING: moving}
    shared = {
        key: value
        for key, value in draw.items()
        if not is_own(key) and not (still and key == MOVING)
    }
    made = make_parameters(
        combine({**scenario.parameters, **stated}, shared),
        contagion=chosen.contagion == "on",
        additive=chosen.gains == "additive",
        exponential=chosen.crisis_link == "exponential",
    )
    # Rows of a scenario's own kinds are read last: they are based on the shared ones, as drawn.
    return made._replace(raw=add_own_rows(made.raw, scenario.kinds, draw))


def initialise(scenario: Scenario, seed: int, draw: Mapping[str, float]) -> World:
    """A world at the beginning of its burn-in, its people at rest in their lives and homes."""
    world = build_world(scenario, seed, draw)
    run_burn_in(world)
    return world


def build_world(scenario: Scenario, seed: int, draw: Mapping[str, float]) -> World:
    """A world of people as they are drawn, before its first week."""
    parameters = read_parameters(scenario, draw)
    town = build_town(
        scenario.population,
        scenario.neighbourhoods,
        seed,
        scenario.structure.network,
        p=parameters.society,
    )
    course = plan_course(town, scenario.population, parameters.society.traits, parameters.raw)
    residents = make_population(town, course, parameters.raw, seed)
    ties = Ties(town.neighbour, town.tie_kind, town.tie_since)
    people = People(residents, ties, publish_at_start(residents), course)
    return _world(scenario, parameters, seed, people, -scenario.warm_up)


def _world(
    scenario: Scenario, parameters: Parameters, seed: int, people: People, week: int
) -> World:
    # With what options of a branch add, closed until then: rows never move.
    scenario = reprice(scenario.foreseen, parameters.raw)
    provision = arrange(scenario, parameters.raw)
    count = len(provision.names)
    return World(
        scenario=scenario,
        parameters=parameters,
        seed=seed_words(seed),
        residents=people.residents,
        ties=people.ties,
        published=people.published,
        publishing=people.published.copy(),
        provision=provision,
        week=week,
        fidelity=np.ones(count),
        scale=np.ones(count),
        share=np.ones(count),
        used=np.zeros(HOSPITAL_FIGURES, np.int64),
        tally=np.zeros(len(StaffFigure)),
        waits=np.zeros((count, LONGEST_WAIT + 1), np.int64),
        starts=np.zeros((count, REMEMBERED), np.int64),
        early=np.zeros((count, REMEMBERED), np.int64),
        wanted=np.ones(count),
        size=np.full(count, -1.0),
        weekly_cost=np.zeros(count),
        trust=np.zeros((count, len(scenario.neighbourhoods))),
        course=people.course,
        came=np.zeros(2, np.int64),
        lent=np.zeros(count, np.int64),
    )


def staff_at_start(world: World) -> None:
    """Fill the open posts of services that stand there already, but for the share that is vacant at
    any time: more of them where recruiting takes longer.
    """
    staff, p = world.provision.staff, world.parameters.workforce
    keys = staff.key.astype(np.uint32)
    # Keyed by post: who is in post at the start is the same in all scenarios.
    drawn = draw_for(keys, np.uint64(0), Stream.WORK, FOUNDING, world.seed)
    vacant = find_vacancy(world.provision, world.parameters)
    for k in np.flatnonzero((staff.open == 1) & (drawn[:, 0] >= vacant[staff.service])):
        start_work(world, int(k), training=0)
        # Spread over the usual range, or the staff of a town would leave together.
        staff.tenure[k] = int(drawn[k, 1] * p.longest_tenure)


def find_vacancy(provision: Provision, parameters: Parameters) -> NDArray[np.float64]:
    """Share of posts that are vacant at any time (n_services,): people stay as long everywhere, so
    the odds of a vacancy are in proportion to the time that it lasts.
    """
    usual = parameters.workforce.vacancy_share
    longer = provision.recruiting / parameters.raw["workforce.vacancy_weeks"]
    # Everybody stays equally long, so the odds of a vacancy, not its share, grow with the search.
    odds = longer * usual / max(1.0 - usual, 1e-9)
    return np.where(longer == 1.0, usual, odds / (1.0 + odds))


def inherit(
    scenario: Scenario, past: World, seed: int, draw: Mapping[str, float] | None = None
) -> World:
    """The world of another scenario with the same past: its own services and rules, the same people
    and staff.

    What the past holds of services that did not stand then is left: they are another's, and closed.
    """
    raw = add_own_rows(past.parameters.raw, scenario.kinds, draw or {})
    parameters = past.parameters._replace(raw=raw)
    # Copied: scenarios that share a past must not write into each other's.
    residents, ties = copy.deepcopy(past.residents), copy.deepcopy(past.ties)
    people = People(residents, ties, past.published.copy(), past.course)
    world = _world(scenario, parameters, seed, people, past.week)
    world.came[:], world.moved_away, world.died = past.came, past.moved_away, past.died
    row = {name: s for s, name in enumerate(world.provision.names)}
    stood = np.flatnonzero([each.stands_before_week_0 for each in past.provision.declared])
    new_row = np.array([row.get(past.provision.names[s], -1) for s in stood], np.int64)
    if (new_row < 0).any():
        gone = past.provision.names[stood[int(np.argmin(new_row))]]
        raise ValueError(
            f"service {gone} was there in the past and is not in scenario {scenario.name}"
        )
    # Old row to new row, with 0 for nobody: scenarios list their services in different orders.
    number = np.zeros(len(past.provision.names) + 1, np.uint8)
    # Services that had not begun hold nobody and are not carried over.
    number[stood + 1] = new_row + 1
    residents.care_service[:] = number[residents.care_service]
    residents.wait_service[:] = number[residents.wait_service]
    for name in ("fidelity", "starts", "early", "waits", "trust"):
        getattr(world, name)[new_row] = getattr(past, name)[stood]
    for name in INHERITED:
        getattr(world.provision.offers, name)[new_row] = getattr(past.provision.offers, name)[stood]
    _move_staff(world, past)
    return world


def _move_staff(world: World, past: World) -> None:
    """Give every post of the past to its post in the new world, by key; posts that are not there
    any more were never open.
    """
    row = {int(key): k for k, key in enumerate(world.provision.staff.key)}
    for k, key in enumerate(past.provision.staff.key):
        if int(key) not in row:
            continue
        for name in ("open", "filled", "holder", "resident", "tenure", "training", "strain"):
            getattr(world.provision.staff, name)[row[int(key)]] = getattr(
                past.provision.staff, name
            )[k]


def copy_world(world: World) -> World:
    """A deep copy that shares what never changes."""
    constant = (world.scenario, world.parameters, world.provision.declared)
    return copy.deepcopy(world, {id(part): part for part in constant})
