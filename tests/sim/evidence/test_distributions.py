"""Distributions: stated or derived by one rule, and such that no draw leaves what a number can be."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.errors import InvalidInput
from sim.evidence.distributions import (
    DISTRIBUTION_FAMILIES,
    FIXED_FAMILY,
    check_bounds,
    choose_family,
    describe_distribution,
    fit_family,
    is_bounded,
)
from sim.evidence.loader import all_evidence
from sim.evidence.parameters import make_parameters
from sim.scenario.designs.factors import Uncertainty
from sim.scenario.library import load
from sim.studies.sweeps.sampling import SAMPLED, find_quantiles

U = np.linspace(0.0, 1.0, 41)


def record(value, low, high, unit="latent", distribution=""):
    return SimpleNamespace(value=value, low=low, high=high, unit=unit, distribution=distribution)


def draw(each, u, margin):
    family = choose_family(each)
    return find_quantiles(Uncertainty(each.id, family, fit_family(family, each)), u, margin)


@pytest.mark.parametrize(
    ("given", "family"),
    [
        (record(0.3, 0.2, 0.4, "share"), "beta"),
        (record(1.0, 0.8, 1.0, "share"), "triangular"),
        (record(0.0, 0.0, 0.1, "share"), "triangular"),
        (record(0.5, 0.0, 1.0), "triangular"),
        (record(0.5, 0.0, 1.0, "log weight"), "normal"),
        (record(0.1, -0.2, 0.4), "normal"),
        (record(4.0, 2.0, 8.0, "weeks"), "lognormal"),
        (record(4.0, 2.0, 9.0, "weeks"), "split-lognormal"),
        (record(18.5, 14.0, 23.0, "weeks"), "normal"),
        (record(22.0, 14.0, 23.0, "weeks"), "split-lognormal"),
        (record(-9.55, -10.04, -8.452), "split-normal"),
        (record(12.0, 1.0, 23.0, "weeks"), "split-lognormal"),
        (record(0.1, 0.01, 0.4, "share"), "split-logitnormal"),
        (record(1.0, 0.8, 1.0, "per week"), "triangular"),
        (record(5.0, 2.0, 9.0, "weeks", "uniform"), "uniform"),
        (record(1.0, 1.0, 1.0), FIXED_FAMILY),
    ],
)
def test_the_rule_that_derives_a_distribution(given, family):
    assert choose_family(given) == family


def test_every_record_has_a_distribution_that_can_be_drawn_from():
    for each in all_evidence().values():
        family = choose_family(each)
        assert family in {*DISTRIBUTION_FAMILIES, FIXED_FAMILY}, each.id
        assert describe_distribution(each).startswith(family)
        assert (family == FIXED_FAMILY) == (each.low == each.high), each.id
        assert len(fit_family(family, each)) == len(DISTRIBUTION_FAMILIES.get(family, ())), each.id


def test_draws_stay_within_what_a_number_can_be():
    for each in all_evidence().values():
        if each.low < each.high:
            drawn = draw(each, U, SAMPLED)
            assert all(math.isfinite(x) and not check_bounds(each, x) for x in drawn), each.id
            assert np.all(np.diff(drawn) >= 0), each.id


def test_the_range_that_is_shown_is_the_range_that_is_drawn():
    for each in all_evidence().values():
        if each.low == each.high:
            continue
        width = each.high - each.low
        if choose_family(each) == "triangular":
            assert is_bounded(each), each.id
            assert each.low <= draw(each, U, SAMPLED).min(), each.id
            assert draw(each, U, SAMPLED).max() <= each.high, each.id
            continue
        low, middle, high = draw(each, np.array([0.025, 0.5, 0.975]), 0.0)
        assert low == pytest.approx(each.low, abs=0.04 * width), each.id
        assert high == pytest.approx(each.high, abs=0.04 * width), each.id
        assert middle == pytest.approx(each.value, abs=0.04 * width), each.id


def test_the_level_of_crises_is_drawn_from_its_own_range():
    level = all_evidence()["crisis.crisis"]
    low, high = draw(level, np.array([0.025, 0.975]), 0.0)
    # A value off the middle by less than this is drawn from one normal distribution around it.
    near = 0.04 * (level.high - level.low)
    assert (low, high) == pytest.approx((level.low, level.high), abs=near)


def test_parameters_can_be_made_of_the_ends_of_every_range():
    for each in all_evidence().values():
        for end in (each.low, each.high):
            assert make_parameters({each.id: end}).raw[each.id] == end


@pytest.mark.parametrize(
    ("identity", "value", "message"),
    [
        ("life.events", -0.1, "must not be below 0"),
        ("society.one_parent", 1.2, "is a share"),
        ("social.return_weeks", 0.0, "divided by"),
        ("crisis.crisis_most", 0.0, "logarithm"),
    ],
)
def test_values_that_a_number_cannot_have_are_refused(identity, value, message):
    with pytest.raises(InvalidInput, match=message):
        load("baseline").with_({f"parameters.{identity}": value})


def test_a_mechanism_can_be_turned_off():
    assert load("baseline").with_(
        {"parameters.social.withdrawal": 0.0, "parameters.crisis.crisis_symptoms": -0.1}
    )
