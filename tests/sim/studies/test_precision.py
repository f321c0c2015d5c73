"""Replicates are added until it is sure enough, and never beyond the limit."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InvalidInput
from sim.studies.running.stopping_rule import Measured, decide_more, parse_precision


def test_a_share_is_of_the_references_mean():
    assert parse_precision("5%").goal(-200.0) == pytest.approx(10.0)
    assert parse_precision(" 0.25 ").goal(-200.0) == 0.25


@pytest.mark.parametrize("text", ["", "%", "0", "-1%", "nan", "inf", "a lot"])
def test_what_is_no_precision_is_refused(text):
    with pytest.raises(InvalidInput, match="--precision"):
        parse_precision(text)


def test_the_widest_interval_decides():
    verdict = decide_more([Measured("a", 1.0, 2.0), Measured("b", 3.0, 2.0)], 10, 500)
    assert not verdict.stop
    assert "b" in verdict.reason
    assert verdict.replicates == math.ceil(10 * 2.25 * 1.1)


def test_a_difference_without_chance_is_sure():
    assert decide_more([Measured("a", 0.0, 0.0)], 2, 500).reached


@pytest.mark.parametrize(
    ("half", "goal", "said"),
    [
        (math.nan, 1.0, "too few of 10 replicates have a value"),
        (math.nan, math.nan, "too few of 10 replicates have a value"),
        (2.0, 0.0, "give --precision as a number"),
    ],
)
def test_what_has_no_interval_or_no_goal_is_said_in_words(half, goal, said):
    """It was “±nan after 10 replicates, ±nan wanted”, and then as many as are allowed."""
    for limit in (500, 10):
        verdict = decide_more([Measured("wait", half, goal)], 10, limit)
        assert said in verdict.reason
        assert "nan" not in verdict.reason
        assert not verdict.reached


@given(
    half=st.floats(0, 1e6),
    goal=st.floats(0, 1e6),
    replicates=st.integers(2, 600),
    limit=st.integers(2, 500),
)
def test_it_always_ends(half, goal, replicates, limit):
    verdict = decide_more([Measured("a", half, goal)], replicates, limit)
    assert verdict.stop or replicates < verdict.replicates <= limit
    assert verdict.reached == (half == 0 or (goal > 0 and half <= goal))


def test_asking_again_and_again_reaches_the_goal():
    replicates, spread, goal = 10, 7.0, 0.5
    for _ in range(20):
        verdict = decide_more(
            [Measured("a", 1.96 * spread / math.sqrt(replicates), goal)], replicates, 5_000
        )
        if verdict.stop:
            break
        replicates = verdict.replicates
    assert verdict.reached
    assert replicates < 1.6 * (1.96 * spread / goal) ** 2
