"""What the phases of a week work on: when it is, where the ward is, who is in need, what is shown."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.engine.random import seed_words, week_counter_of
from sim.week.world import World


@pytest.fixture
def world(people):
    """Five residents, of whom nothing is said yet."""
    made = World.__new__(World)
    made.residents, made.week, made.seed = people(5), 7, seed_words(3)
    made.parameters = SimpleNamespace(seeking=SimpleNamespace(need_phq=9.0))
    return made


def test_a_week_is_named_once_and_anew_when_it_or_the_seed_is_another(world):
    named = world.when
    assert (named.number, named.seed) == (7, world.seed)
    assert named.counter == world.week_counter == week_counter_of(7)
    assert world.when is named
    for world.week in (8, 6, -2):
        assert world.when.number == world.week
        assert world.when.counter == week_counter_of(world.week)
    world.seed = seed_words(4)
    assert world.when.seed is world.seed


def test_the_ward_is_found_among_the_services_whichever_it_is(world):
    for kinds, row in (
        (("inpatient_ward", "clinic"), 0),
        (("clinic", "walks", "inpatient_ward"), 2),
        (("clinic", "emergency_department"), -1),
    ):
        world.provision = SimpleNamespace(kinds=kinds)
        assert world.ward == row


def test_need_is_the_score_an_illness_or_an_episode_each_by_itself(world):
    """At the line and below it; severe illness; an episode; one bad week."""
    r = world.residents
    r.phq[:], r.severe[2], r.episode[3:] = (9.0, 8.9, 0.0, 0.0, 0.0), 1, (2, -1)
    assert world.in_need.tolist() == [True, False, True, True, False]
    assert world.find_need(np.array([3, 1])).tolist() == [True, False]
    r.severe[0], r.episode[0] = 1, 3
    assert world.in_need[0]


def test_what_is_shown_this_week_is_seen_the_next(world):
    world.published, world.publishing = before, after = np.zeros(5), np.ones(5)
    world.publish()
    assert world.published is after
    assert world.publishing is before
