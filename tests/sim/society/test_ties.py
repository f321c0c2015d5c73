"""Ties at the start: how many, with whom, since when."""

import numpy as np
import pytest

from sim.evidence.parameters import make_parameters
from sim.society.ageing.life_course import plan_course
from sim.society.initial_state import make_population
from sim.society.network_statistics import clustering, likeness, list_ties, number_of_ties
from sim.society.town import build_town
from sim.state.codes import TieKind
from sim.state.ties import TIE_SLOTS


@pytest.mark.parametrize("which", ["town", "random_town"])
def test_close_friends_of_adults_as_surveyed(which, request):
    town = request.getfixturevalue(which)
    friends = number_of_ties(town.ties, TieKind.FRIEND)[town.age >= 18]
    assert 0.08 <= np.mean(friends == 0) <= 0.12
    # as many as people have confidants (core_network_2004), a little before friendships come and go; fewer than call five people close friends
    assert 2.5 <= friends.mean() <= 3.2
    assert 0.15 <= np.mean(friends >= 5) <= 0.38
    assert friends.std() > 1.6


def test_circles_cluster_and_random_friends_do_not(town, random_town):
    rng = np.random.default_rng(1)
    assert 0.2 <= clustering(town.ties, rng) <= 0.5
    assert (
        0.2 <= clustering(town.ties, rng, kind=TieKind.FRIEND) <= 0.63
    )  # clustering_coef: 0.14 to 0.61
    assert clustering(random_town.ties, rng, kind=TieKind.FRIEND) < 0.02


def test_friends_are_the_more_alike_in_what_stays_of_distress_the_more_it_sorts_them(
    population, areas
):
    """Of trait and circumstances together: likeness in one that makes up for the other is none."""

    def compare_friends(sorting):
        p = make_parameters({"society.friend_vulnerability": sorting})
        declared = population(12_000)
        town = build_town(declared, areas((1.0, 0.4)), 7, p=p.society)
        course = plan_course(town, declared, p.society.traits, p.raw)
        r = make_population(town, course, p.raw, 7)
        return likeness(town.ties, r.trait + r.circumstances, TieKind.FRIEND)

    unsorted, usual, strict = map(compare_friends, (0.0, 0.5, 1.0))
    assert unsorted + 0.01 < usual < strict - 0.01


def test_friends_are_alike_in_age_and_income(town, random_town):
    assert 0.5 < likeness(town.ties, town.age, TieKind.FRIEND) < 0.9
    assert likeness(town.ties, town.income, TieKind.FRIEND) > 0.1
    assert abs(likeness(random_town.ties, random_town.age, TieKind.FRIEND)) < 0.05
    a, b, _, _ = list_ties(town.ties, TieKind.FRIEND)
    gap, teenager = np.abs(town.age[a] - town.age[b]), town.age[a] < 18
    assert np.median(gap[teenager]) < 2.5
    assert 5 < np.median(gap[~teenager]) < 12


@pytest.mark.parametrize("within", [0.5, 0.7, 0.95])
def test_friends_stay_inside_the_neighbourhood_as_declared(population, areas, within, build):
    town = build(
        population(20_000, within_neighbourhood=within),
        areas((0.25, 0.5), (0.25, 0.4), (0.5, 0.6)),
        seed=4,
    )
    a, b, _, _ = list_ties(town.ties, TieKind.FRIEND)
    assert np.mean(town.neighbourhood[a] == town.neighbourhood[b]) == pytest.approx(
        within, abs=0.04
    )


def test_friends_live_near_with_a_heavy_tail(town):
    a, b, _, _ = list_ties(town.ties, TieKind.FRIEND)
    inside = town.neighbourhood[a] == town.neighbourhood[b]
    distance = np.abs(a[inside].astype(int) - b[inside])
    assert np.median(distance) < 500
    assert np.percentile(distance, 90) > 4 * np.median(distance)


def test_everybody_is_tied_at_home(town):
    members = np.bincount(town.household)[town.household]
    at_home = number_of_ties(town.ties, TieKind.HOME)
    assert np.array_equal(at_home[members <= 6], members[members <= 6] - 1)


def test_one_or_two_ties_at_work_or_school(town):
    ties = number_of_ties(town.ties, TieKind.WORK)
    members = np.bincount(town.place)[town.place]
    assert ties.max() == 2
    assert ties[town.place == 0].max() == 0
    assert ties[(town.place > 0) & (members >= 5)].min() >= 0
    assert np.mean(ties[(town.place > 0) & (members >= 5)] >= 1) > 0.9


def test_room_is_left_for_new_ties(town):
    assert number_of_ties(town.ties).max() <= TIE_SLOTS - 2


def test_ties_began_long_ago_but_within_a_lifetime(town):
    a, b, kind, since = list_ties(town.ties)
    assert np.all(since <= 0)
    assert np.all(-since <= 52 * np.minimum(town.age[a], town.age[b]) + 1)
    years = -since[kind == TieKind.FRIEND] / 52
    assert 4 < np.median(years) < 9
    kept_seven = np.mean(years > 7)
    assert kept_seven == pytest.approx(0.48, abs=0.1)
