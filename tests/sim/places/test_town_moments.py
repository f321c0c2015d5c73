"""Shipped towns with moments of their own: measured as a place's figures are, and told openly."""

from __future__ import annotations

import json
from contextlib import closing

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli.calibrating import calibrate
from sim.community import Community
from sim.errors import InvalidInput
from sim.evidence.loader import all_evidence
from sim.places.figures.measures import MEASURES, SURVEYED, measure_figures
from sim.places.figures.observation import COMMON_DISORDERS, Observation, observe
from sim.places.figures.town_moments import find_moments, judge_moments, read_moments
from sim.scenario.library import list_shipped, load

SMALL = {"population.residents": 800, "warm_up": 26}


def test_every_moment_is_of_a_shipped_town_and_a_measure_that_there_is():
    for town, moments in read_moments().items():
        assert town in list_shipped()
        assert len({moment.target.id for moment in moments}) == len(moments)
        for target, measure in moments:
            assert measure in MEASURES
            assert target.low[0] <= target.value[0] <= target.high[0], target.id
            assert target.sources


def test_a_town_without_moments_is_refused_with_those_that_have_some():
    with pytest.raises(InvalidInput, match="uk-town"):
        find_moments("uk-twon")


def test_town_goes_with_check_alone():
    for words in (["--town", "uk-town"], ["--check", "--town", "uk-town", "--residents", "500"]):
        with pytest.raises(InvalidInput, match="--check"):
            CliRunner().invoke(calibrate, words, catch_exceptions=False, standalone_mode=False)


def test_every_measure_of_the_moments_is_counted_in_a_town():
    seen = observe(load("uk-town").with_(SMALL), 1, weeks=60)
    figures = measure_figures(seen)
    assert set(figures) == set(MEASURES)
    assert figures["therapy_completed"] == pytest.approx(
        seen.flow["finished"] / seen.flow["referred"]
    )
    assert (
        2.0
        <= figures["therapy_sessions"]
        <= all_evidence()["services.individual_therapy.course"].value + 3
    )
    assert figures["lonely_often"] <= figures["lonely"]
    assert 0.0 < figures["treated_cases"] <= 1.0
    assert 0.1 < COMMON_DISORDERS < 0.4


def test_loneliness_in_later_life_is_that_of_people_of_60_and_over_alone():
    with closing(Community(load("uk-town").with_(SMALL), rng=1)) as community:
        world = community.warm_up().world
        r = world.residents
        for lonely, share in ((r.age >= 60.0, 1.0), (r.age < 60.0, 0.0)):
            r.loneliness[:] = np.where(lonely, 9.0, -9.0)
            seen = Observation(world)
            seen._survey(world, (r.alive == 1) & (r.age >= 18.0))
            assert seen.surveys[0][SURVEYED.index("lonely_older")] == share


def test_a_practice_of_the_uk_town_turns_nobody_away():
    with closing(Community(load("uk-town").with_(SMALL | {"warm_up": 104}), rng=1)) as community:
        world = community.warm_up().world
        practice = world.provision.names.index("general-practice")
        offers = world.provision.offers
        assert offers.enrolled[practice] < 0.95 * offers.places[practice]


def test_a_mean_outside_its_tolerance_is_said():
    moments = find_moments("uk-town")[:2]
    middle = [moment.target.value[0] for moment in moments]
    inside = judge_moments(moments, np.array([middle, middle]))
    outside = judge_moments(moments, np.array([[0.0, middle[1]]] * 2))
    assert [verdict.inside for verdict in inside] == [True, True]
    assert [verdict.inside for verdict in outside] == [False, True]
    json.dumps([verdict.to_json() for verdict in outside])
