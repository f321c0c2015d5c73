"""A participant who keeps a place has it, and the service has no more people than places."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.designs.trial_arms import Protocol
from sim.scenario.library import load
from sim.studies.trials.protocol import keep_places, note_places

KEEP = Protocol.model_validate({"keep": ["psychiatry"], "adherence": "100%"})


@pytest.fixture
def full():
    """A town whose psychiatry is full, its people with a place and somebody who waits for one."""
    small = {"population.residents": 1_500, "warm_up": 26, "services.psychiatry.caseload": 3}
    world = Community(load("baseline").with_(small), rng=2).warm_up().world
    place = world.provision.names.index("psychiatry") + 1
    r = world.residents
    inside = np.flatnonzero((r.care_service == place).any(axis=1))
    waiting = np.flatnonzero((r.wait_service == place).any(axis=1))
    assert inside.size == world.provision.offers.places[place - 1]
    assert waiting.size > 1
    return world, place, inside, waiting


def leave(world, place, who):
    r = world.residents
    slot = int(np.flatnonzero(r.care_service[who] == place)[0])
    r.care_service[who, slot] = r.care_since[who, slot] = r.care_sessions[who, slot] = 0


def take(world, place, who):
    r = world.residents
    slot = int(np.flatnonzero(r.care_service[who] == 0)[0])
    r.care_service[who, slot], r.care_since[who, slot] = place, world.week
    r.wait_service[who][r.wait_service[who] == place] = 0


def test_who_got_a_place_that_is_kept_goes_on_waiting_where_they_stood(full):
    world, place, inside, waiting = full
    r, stays, comes = world.residents, inside[0], waiting[0]
    before = note_places(world, KEEP)
    leave(world, place, stays)
    take(world, place, comes)
    keep_places(world, KEEP, SimpleNamespace(member=np.isin(np.arange(1_500), stays)), before)
    assert (r.care_service[stays] == place).any()
    assert (r.care_service == place).sum() == inside.size
    np.testing.assert_array_equal(r.wait_service[comes], before.waits_for[comes])
    np.testing.assert_array_equal(r.wait_since[comes], before.waits_since[comes])


def test_a_place_that_nobody_keeps_goes_to_who_waited(full):
    world, place, inside, waiting = full
    before = note_places(world, KEEP)
    leave(world, place, inside[0])
    take(world, place, waiting[0])
    keep_places(world, KEEP, SimpleNamespace(member=np.zeros(1_500, bool)), before)
    assert (world.residents.care_service[waiting[0]] == place).any()
    assert not (world.residents.care_service[inside[0]] == place).any()


def test_a_participant_who_left_and_came_back_holds_one_place(full):
    world, place, inside, _ = full
    before = note_places(world, KEEP)
    who = inside[0]
    leave(world, place, who)
    world.residents.care_service[who, ::-1][:1] = place
    keep_places(world, KEEP, SimpleNamespace(member=np.isin(np.arange(1_500), who)), before)
    assert (world.residents.care_service[who] == place).sum() == 1


def test_nobody_keeps_a_place_that_is_gone(full):
    world, place, inside, _ = full
    before = note_places(world, KEEP)
    for who in inside:
        leave(world, place, who)
    world.provision.offers.places[place - 1] = 1
    keep_places(world, KEEP, SimpleNamespace(member=np.isin(np.arange(1_500), inside)), before)
    assert (world.residents.care_service == place).sum() == 1


@pytest.mark.parametrize("weeks", [(10, 3), (3, 10)])
def test_of_those_who_came_whoever_waited_least_goes_back(full, weeks):
    """Two came for two places of which one is kept: the place stays with whoever waited longer."""
    world, place, inside, waiting = full
    r, two = world.residents, waiting[:2]
    for who, waited in zip(two, weeks, strict=True):
        r.wait_since[who][r.wait_service[who] == place] = world.week - waited
    before = note_places(world, KEEP)
    for left, came in zip(inside, two, strict=False):
        leave(world, place, left)
        take(world, place, came)
    keep_places(world, KEEP, SimpleNamespace(member=np.isin(np.arange(1_500), inside[0])), before)
    first, last = two[np.argsort(weeks)[::-1]]
    assert (r.care_service[first] == place).any()
    assert not (r.wait_service[first] == place).any()
    assert not (r.care_service[last] == place).any()
    assert (r.wait_since[last][r.wait_service[last] == place] == world.week - 3).all()


def test_who_came_without_waiting_goes_back_before_anybody_who_waited(full):
    world, place, inside, waiting = full
    r = world.residents
    r.wait_since[waiting[0]][r.wait_service[waiting[0]] == place] = world.week - 1
    free = (r.care_service == 0).all(axis=1) & (r.wait_service == 0).all(axis=1) & (r.alive == 1)
    before, direct = note_places(world, KEEP), int(np.flatnonzero(free)[0])
    for left, came in zip(inside, (waiting[0], direct), strict=False):
        leave(world, place, left)
        take(world, place, came)
    keep_places(world, KEEP, SimpleNamespace(member=np.isin(np.arange(1_500), inside[0])), before)
    assert (r.care_service[waiting[0]] == place).any()
    assert not r.care_service[direct].any()
    assert not r.wait_service[direct].any()
