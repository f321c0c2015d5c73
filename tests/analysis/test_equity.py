"""Indices of inequality and distributional cost-effectiveness, against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.economics import equity
from sim.errors import Refused

levels = st.lists(st.floats(0.1, 1000), min_size=2, max_size=12)


@given(levels, st.floats(0, 8))
def test_equal_values_have_no_inequality_and_spread_ones_some(values, aversion):
    same = [values[0]] * len(values)
    for index in (equity.atkinson, equity.kolm):
        assert index(same, None, aversion) == pytest.approx(0, abs=1e-6)
        assert index(values, None, aversion) >= 0
    assert equity.concentration_index(same) == pytest.approx(0, abs=1e-9)


@given(levels, st.floats(0.1, 5), st.floats(0.5, 50))
def test_atkinson_ignores_scale_and_kolm_shifts(values, aversion, factor):
    scaled = [value * factor for value in values]
    assert equity.atkinson(scaled, None, aversion) == pytest.approx(
        equity.atkinson(values, None, aversion), abs=1e-7
    )
    shifted = [value + factor for value in values]
    assert equity.kolm(shifted, None, 0.1) == pytest.approx(
        equity.kolm(values, None, 0.1), abs=1e-6
    )


def test_values_by_hand():
    assert equity.atkinson([1, 4], [1, 1], 1) == pytest.approx(1 - 2 / 2.5)
    assert equity.atkinson([1, 4], [1, 1], 2) == pytest.approx(1 - 1.6 / 2.5)
    assert equity.atkinson([1, 4], [3, 1], 0.5) == pytest.approx(1 - 1.25**2 / 1.75)
    assert equity.kolm([0, 1], [1, 1], 1) == pytest.approx(0.5 + math.log((1 + math.exp(-1)) / 2))
    assert equity.atkinson([0, 1], None, 1) == 1
    assert equity.concentration_index([0, 0, 0, 1]) == pytest.approx(0.75)
    assert equity.concentration_index([1, 0, 0, 0]) == pytest.approx(-0.75)
    assert equity.concentration_index([3, 1], [1, 1], rank=[2, 1]) == pytest.approx(0.25)


def test_weights_count_people():
    assert equity.atkinson([1, 1, 4], None, 0.7) == pytest.approx(
        equity.atkinson([1, 4], [2, 1], 0.7)
    )
    assert equity.kolm([1, 1, 4], None, 0.7) == pytest.approx(equity.kolm([1, 4], [2, 1], 0.7))
    assert equity.concentration_index([1, 1, 4], rank=[1, 1, 2]) == pytest.approx(
        equity.concentration_index([1, 4], [2, 1])
    )


@pytest.mark.parametrize("values", [[-1, 2], [1, math.inf], []])
def test_what_has_no_index_is_refused(values):
    with pytest.raises(Refused):
        equity.atkinson(values, None, 0.5)


def test_paying_takes_health_from_everybody():
    table = equity.distribute(
        [60, 70], [0.2, 0.0], cost=1000, weights=[1, 1], threshold=20_000, aversion=10
    )
    assert table.loc["all", "gain"] == pytest.approx(0.1)
    assert table.loc["all", "loss"] == pytest.approx(0.05)
    assert table.loc["all", "net"] == pytest.approx(0.05)
    assert table["loss"].tolist() == pytest.approx([0.05, 0.05, 0.05])
    assert table.loc["all", "change"] == pytest.approx(
        table.loc["all", "efficiency"] + table.loc["all", "equity"]
    )
    assert table.loc["all", "equity"] > 0


def test_a_loss_that_falls_on_the_poor_counts_against():
    even = equity.distribute([60, 70], [0.1, 0.1], 1000, [1, 1], 20_000)
    poor = equity.distribute([60, 70], [0.1, 0.1], 1000, [1, 1], 20_000, opportunity=[3, 1])
    assert poor.loc["all", "loss"] == pytest.approx(even.loc["all", "loss"])
    assert poor.loc["all", "change"] < even.loc["all", "change"]


def test_gap():
    assert equity.find_gap([2, 5, 4]) == (3, 2.5)
    assert np.isnan(equity.find_gap([0, 1])[1])


def test_a_published_concentration_index():
    """Deaths under five in India by wealth, from grouped data (O'Donnell et al. 2008, Analyzing Health Equity, chapter 8)."""
    births, deaths = [29_939, 28_776, 26_528, 24_689, 19_739], [154.7, 152.9, 119.5, 86.9, 54.3]
    assert equity.concentration_index(deaths, births) == pytest.approx(-0.1694, abs=5e-5)


@pytest.mark.parametrize("rank", [[1, 2], [1, 2, float("nan")]])
def test_a_rank_for_everybody_or_none(rank):
    with pytest.raises(Refused, match="rank"):
        equity.concentration_index([1, 2, 3], None, rank)


def test_aversion_must_be_a_number():
    for index in (equity.atkinson, equity.kolm):
        with pytest.raises(Refused, match="aversion"):
            index([1, 2], None, math.nan)


@pytest.mark.parametrize("nobody", [0.0, -50.0, 1e9])
def test_a_group_of_nobody_changes_nothing(nobody):
    """A group that has no share of the people does not count, whatever stands in its row."""
    values, weights = [4.0, nobody, 9.0], [1, 0, 3]
    for index in (equity.atkinson, equity.kolm):
        for aversion in (0.0, 0.5, 1.0, 2.0):
            assert index(values, weights, aversion) == pytest.approx(
                index([4.0, 9.0], [1, 3], aversion)
            )
    assert equity.find_gap(values, weights) == equity.find_gap([4.0, 9.0])
    assert equity.concentration_index(values, weights) == pytest.approx(
        equity.concentration_index([4.0, 9.0], [1, 3])
    )


def test_a_group_without_people_neither_loses_nor_makes_the_mean_unknown():
    whole = equity.distribute([60, 70], [0.2, 0.1], 1000, [1, 3], 20_000)
    more = equity.distribute([60, 70, 5], [0.2, 0.1, 9.0], 1000, [1, 3, 0], 20_000)
    assert more.loc[2, "loss"] == 0.0
    columns = ["gain", "loss", "net", "equal_before", "equal_after", "equity"]
    assert more.loc["all", columns].tolist() == pytest.approx(whole.loc["all", columns].tolist())


@pytest.mark.parametrize("weights", [[1, -1, 3], [2, -0.5, 1], [0, 0, 0], [1, math.nan, 1]])
def test_shares_below_zero_or_of_nobody_at_all_are_refused(weights):
    """Also where the shares still sum to something above 0."""
    for index in (equity.atkinson, equity.kolm, equity.concentration_index, equity.find_gap):
        with pytest.raises(Refused, match="none below 0, and not all 0"):
            index([1, 2, 3], weights)


def test_losses_have_a_kolm_index_and_no_atkinson_index():
    assert equity.kolm([-1, 1], None, 1) == pytest.approx(math.log(math.cosh(1)))
    assert equity.find_equal_kolm([-3, -1], [1, 1], 0) == -2
    assert equity.find_equal_kolm([-3, -3], None, 2) == pytest.approx(-3)
    assert np.isnan(equity.find_gap([-2, 1])[1])
    assert equity.find_gap([-2, 1])[0] == 3
    with pytest.raises(Refused, match="0 or more"):
        equity.atkinson([-1e-9, 1], None, 0.5)


def test_somebody_with_nothing_weighs_by_aversion():
    """From an aversion of 1 up, one group at 0 makes the whole worth nothing; below, a part."""
    assert equity.find_equal_atkinson([0, 4], None, 0.5) == pytest.approx(1.0)
    assert equity.find_equal_atkinson([0, 4], None, 1.0) == 0.0
    assert equity.find_equal_atkinson([0, 4], None, 3.0) == 0.0
    assert equity.atkinson([0, 0], None, 0.5) == 0.0


def test_without_aversion_only_the_mean_counts_and_with_ever_more_the_worst_off():
    values, weights = [2.0, 8.0], [3, 1]
    for find_equal in (equity.find_equal_atkinson, equity.find_equal_kolm):
        assert find_equal(values, weights, 0) == pytest.approx(3.5)
        assert find_equal(values, weights, 500.0) == pytest.approx(2.0, abs=0.01)
        for wrong in (-0.1, math.inf):
            with pytest.raises(Refused, match="from 0 up"):
                find_equal(values, weights, wrong)
    near, at = (equity.find_equal_atkinson(values, weights, a) for a in (1 - 1e-9, 1.0))
    assert near == pytest.approx(at)
    assert at == pytest.approx(2**0.75 * 8**0.25)


def test_an_index_of_nothing_to_share_out_is_zero():
    assert equity.concentration_index([0, 0]) == 0.0
    assert equity.atkinson([0, 0], None, 2.0) == 0.0
    assert equity.concentration_index([1, 2, 2], rank=[1, 2, 2]) == pytest.approx(
        2 * (1 / 6 * 1 + 2 / 3 * 4) / 5 - 1
    )


def test_who_gains_and_who_loses_by_hand():
    table = equity.distribute(
        *([60, 70], [0.4, 0.1], 1_000.0, [1, 3], 20_000.0),
        opportunity=[1, 1],
        aversion=0.1,
        index="kolm",
    )
    assert table["share"].tolist() == [0.25, 0.75, 1.0]
    # 0.05 a head of everybody, half of it from a quarter of the people.
    assert table["loss"].tolist() == pytest.approx([0.1, 0.1 / 3, 0.05])
    assert table["net"].tolist() == pytest.approx([0.3, 0.1 - 0.1 / 3, 0.125])
    assert table["final"].tolist() == pytest.approx([60.3, 70.1 - 0.1 / 3, 67.625])
    equal = equity.find_equal_kolm([60.3, 70.1 - 0.1 / 3], [1, 3], 0.1)
    before = equity.find_equal_kolm([60, 70], [1, 3], 0.1)
    whole = table.loc["all"]
    assert (whole["equal_before"], whole["equal_after"]) == pytest.approx((before, equal))
    assert whole["change"] == pytest.approx(equal - before)
    assert whole["efficiency"] == pytest.approx(0.125)
    assert whole["equity"] == pytest.approx(equal - before - 0.125)
    for wrong in ({"threshold": 0.0}, {"threshold": 1.0, "index": "gini"}):
        with pytest.raises(Refused, match="a threshold above 0"):
            equity.distribute([1], [1], 1.0, [1], **wrong)


def test_values_of_any_size_have_an_equal_that_is_worth_as_much():
    """Powers of the smallest or the largest would not fit in a number: (x⁻² / 2)^(-1/2) is x √2."""
    assert equity.find_equal_atkinson([1e-300, 1.0], None, 3.0) == pytest.approx(1e-300 * 2**0.5)
    assert equity.find_equal_atkinson([1e300, 4e300], None, 0.5) == pytest.approx(2.25e300)
    assert equity.find_equal_kolm([-1e4, 0.0], None, 1.0) == pytest.approx(-1e4 + math.log(2))


def test_what_is_not_said_is_half_an_aversion_and_ten_for_who_gains_and_loses():
    values, weights = [1.0, 4.0], [3, 1]
    for index in (
        *(equity.atkinson, equity.kolm),
        *(equity.find_equal_atkinson, equity.find_equal_kolm),
    ):
        assert index(values, weights) == index(values, weights, 0.5)
    given = ([60, 70], [0.4, 0.1], 100.0, [1, 3], 20_000.0)
    pd.testing.assert_frame_equal(
        equity.distribute(*given),
        equity.distribute(*given, aversion=10.0, index="atkinson", opportunity=[1, 3]),
    )


def test_gaps_and_thresholds_below_one_have_a_meaning():
    assert equity.find_gap([0.5, 0.75]) == (0.25, 1.5)
    table = equity.distribute([60.0], [1.0], 0.25, [1.0], 0.5)
    assert table.loc["all", "loss"] == 0.5
    assert equity.atkinson([0.1, 0.4], None, 1) == pytest.approx(0.2)
    assert equity.concentration_index([0.0, 0.25]) == pytest.approx(0.5)


def test_losses_have_a_concentration_index():
    """Of a loss of one and one of three: above 0, as the better off have more of it."""
    assert equity.concentration_index([-1.0, -3.0]) == pytest.approx(0.25)


def test_what_is_equal_is_never_less_than_equal():
    """Whatever rounding does: the equal level of these comes out a last digit above their mean."""
    for values, index, find_equal in (
        ([0.1] * 3, equity.atkinson, equity.find_equal_atkinson),
        ([5.7] * 7, equity.kolm, equity.find_equal_kolm),
    ):
        mean = np.full(len(values), 1 / len(values)) @ values
        assert find_equal(values, None, 1.0) > mean
        assert index(values, None, 1.0) == 0.0


@pytest.mark.parametrize(
    ("gain", "opportunity", "said"),
    [
        ([0.1, 0.1, 0.1], [1, 1, 1], "nobody has no health to lose"),
        ([0.1, 0.1], None, "a number for each of 3 groups"),
        ([0.1, 0.1, 0.1], [1, 1], "a number for each of 3 groups"),
        (0.1, None, "a number for each of 3 groups"),
    ],
)
def test_no_loss_of_health_falls_on_nobody_and_no_group_is_without_its_numbers(
    gain, opportunity, said
):
    """Else a part of what the money no longer buys would be lost to no one."""
    with pytest.raises(Refused, match=said):
        equity.distribute([60, 70, 80], gain, 1000.0, [1, 0, 1], 20_000.0, opportunity)
    none = equity.distribute([60, 70, 80], [0.1] * 3, 1000.0, [1, 0, 1], 20_000.0, [3, 0, 1])
    assert none["loss"].tolist() == pytest.approx([0.075, 0.0, 0.025, 0.05])


def test_a_loss_falls_on_each_group_by_its_people_not_by_the_number_of_groups():
    """By hand: 0.06 a head; four fifths of it on a fifth of the people is 0.24 for each of them."""
    table = equity.distribute(
        *([50.0, 60.0], [0.0, 0.5], 1_200.0, [1, 4], 20_000.0), opportunity=[4, 1], aversion=0.0
    )
    assert table["loss"].tolist() == pytest.approx([0.24, 0.015, 0.06])
    assert table["gain"].tolist() == pytest.approx([0.0, 0.5, 0.4])
    # Without aversion an equal level is the mean, and equity has no worth of its own.
    assert table.loc["all", "change"] == pytest.approx(0.34)
    assert table.loc["all", "equity"] == pytest.approx(0.0, abs=1e-12)
