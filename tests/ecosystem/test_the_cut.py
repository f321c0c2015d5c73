"""The shipped cut bites: places close, people are let go, fewer are helped; and what peers do about it."""

from functools import cache

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.library import load

SEEDS = (1, 2)


@cache
def live(name):
    """Three years of the shipped scenario, weekly, mean over seeds."""
    runs = [Community(load(name), rng=seed).run().weekly for seed in SEEDS]
    return {key: np.mean([run[key] for run in runs], axis=0) for key in runs[0]}


def change(key, weeks=slice(52, 156)):
    """Mean change of an outcome by the cut, from its second year on."""
    return float(
        np.nanmean(live("funding-cut")[key][weeks]) - np.nanmean(live("baseline")[key][weeks])
    )


def test_nothing_differs_before_the_cut():
    for key, values in live("baseline").items():
        np.testing.assert_array_equal(values[:26], live("funding-cut")[key][:26])


def test_places_close_and_people_are_let_go():
    # Some are let go without a cut as well, in weeks in which the fund is short.
    assert live("funding-cut")["let_go"].sum() > 20 + live("baseline")["let_go"].sum()
    assert change("staff") < -2


def test_fewer_are_in_care_and_more_wait():
    """More are ill and no more of them in care: the family doctor's places were not cut."""
    ours, theirs = (live(name) for name in ("funding-cut", "baseline"))
    share, usual = (float((w["treated"] / w["in_need"])[52:].mean()) for w in (ours, theirs))
    assert share < 0.99 * usual
    assert change("sessions") < 0
    assert change("waiting") > 0


def test_public_money_is_saved_and_the_books_balance():
    saved = -change("cost_public", slice(26, 156)) * 52
    cut = 0.3 * load("baseline").funds["public-funds"].amount.per_week * 52
    # less than the sum that was cut where cash bridges a while, and where fees go with the places
    assert 0.3 * cut < saved < 2.0 * cut
    assert live("funding-cut")["cash"][-26:].min() > -0.05 * cut


@pytest.mark.parametrize("name", ["baseline", "funding-cut"])
def test_money_does_not_pile_up(name):
    cash, amount = live(name)["cash"], load(name).funds["public-funds"].amount.per_week
    assert cash[-1] < 52 * amount
