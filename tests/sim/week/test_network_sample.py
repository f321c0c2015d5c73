"""The sample of the network: living people, their own ties, the same every time."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import sim
from sim.state.codes import TieKind
from sim.state.ties import add_tie
from sim.week.record.network_sample import sample_network


@pytest.fixture(scope="module")
def community():
    town = sim.load("baseline").with_(
        {"population.residents": 900, "warm_up": "1 week", "horizon": "2 weeks"}
    )
    return sim.Community(town, rng=4)


def test_people_and_ties_are_those_of_the_town(community):
    world = community.world
    found = sample_network(world, 120)
    keys = [row[0] for row in found["residents"]]
    place = {int(key): i for i, key in enumerate(world.residents.key)}
    assert len(set(keys)) == len(keys) == 120
    assert all(world.residents.alive[place[key]] == 1 for key in keys)
    assert [row[1] for row in found["residents"]] == [
        int(world.residents.neighbourhood[place[key]]) for key in keys
    ]
    assert len({row[1] for row in found["residents"]}) == len(world.scenario.neighbourhoods)
    for a, b, kind in found["ties"]:
        mine = world.ties.neighbour[place[keys[a]]].tolist()
        assert place[keys[b]] in mine
        assert world.ties.kind[place[keys[a]]][mine.index(place[keys[b]])] == kind
    assert found == sample_network(world, 120)


def test_a_run_ends_with_a_sample_of_the_network(community):
    network = community.run().network
    assert network is not None
    assert len(network["residents"]) == 300


def test_where_nobody_is_left_there_is_nobody_in_the_sample(community):
    community.world.residents.alive[:] = 0
    assert sample_network(community.world) == {"residents": [], "ties": []}


@pytest.fixture
def small(people, strangers):
    """Two neighbourhoods of six; keys fall with the rows, and in the first a chain of friends from the last row."""
    r, ties = people(12), strangers(12)
    r.key[:], r.neighbourhood[6:] = 20 - np.arange(12), 1
    for a, b, kind in (
        (5, 3, TieKind.FRIEND),
        (3, 0, TieKind.HOME),
        (5, 4, TieKind.WORK),
        (4, 9, TieKind.FRIEND),
        (0, 9, TieKind.GROUP),
    ):
        add_tie(ties, a, b, kind, 0)
    r.loneliness[:], r.loneliness[3] = 0.0, 0.5
    r.care_service[4, 3] = 2
    return SimpleNamespace(
        residents=r,
        ties=ties,
        in_need=np.arange(12) == 9,
        scenario=SimpleNamespace(neighbourhoods={"east": None, "west": None}),
        parameters=SimpleNamespace(health=SimpleNamespace(ucla_middle=0.5)),
    )


def test_a_sample_goes_from_the_lowest_keys_ring_by_ring_by_hand(small):
    """Of seven half, rounded up, from each neighbourhood; the last ring is cut at the lower keys."""
    found = sample_network(small, 7)
    rows = [20 - row[0] for row in found["residents"]]
    # Four from the east: the lowest key, those next to them, those next to these. Then the west.
    assert rows == [5, 4, 3, 9, 11, 10, 8, 7]
    lonely, ill, cared = (np.array([row[k] for row in found["residents"]]) for k in (2, 3, 4))
    assert np.flatnonzero(lonely).tolist() == [2]
    assert np.flatnonzero(ill).tolist() == [3]
    assert np.flatnonzero(cared).tolist() == [1]
    friend, work = int(TieKind.FRIEND), int(TieKind.WORK)
    assert found["ties"] == [[0, 1, work], [0, 2, friend], [1, 3, friend]]
    assert [row[1] for row in found["residents"]] == [0] * 3 + [1] * 5


def test_a_sample_has_whoever_lives_once_and_no_more_than_there_are(small):
    small.residents.alive[4] = 0
    found = sample_network(small, 99)
    rows = [20 - row[0] for row in found["residents"]]
    assert sorted(rows) == [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11]
    # Without the fourth, the chain goes on from the third to those behind.
    assert rows[:4] == [5, 3, 0, 9]
    assert len(found["ties"]) == 3
