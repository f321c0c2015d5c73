"""The sample of the network: living people, their own ties, the same every time."""

from __future__ import annotations

import pytest

import sim
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
