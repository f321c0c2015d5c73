"""What carries a difference: parts that add up, by rules whose answers are known."""

from __future__ import annotations

import math
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.figures.explanation import draw_explanation
from analysis.reports.sections.why import say_why
from analysis.runs.explanation import ELSEWHERE, SHARED, explain_outcome, write_table
from sim.scenario.schema.channels import CHANNELS

NAMES = ("pilot", "expected_admissions")


def play(channels, worth):
    """The outcome of every set of held channels: `worth` of the channels that are free."""
    held = chain.from_iterable(combinations(channels, size) for size in range(len(channels) + 1))
    return {frozenset(h): np.asarray(worth(frozenset(channels) - set(h)), float) for h in held}


def explain(channels, worth, reference):
    return explain_outcome(NAMES, channels, np.asarray(reference, float), play(channels, worth))


def parts_of(one):
    return {part.channel: part.part.mean for part in one.parts}


@given(st.integers(1, 6), st.lists(st.floats(-5, 5), min_size=64, max_size=64), st.floats(-5, 5))
def test_parts_add_up_to_the_difference_whatever_the_channels_do(count, numbers, reference):
    channels = CHANNELS[:count]
    number = {channel: 1 << k for k, channel in enumerate(channels)}
    base = np.array([1.0, 2.0, 4.0])
    one = explain(
        channels,
        lambda free: base * numbers[sum(number[c] for c in free)],
        [reference, 0.0, reference],
    )
    assert math.fsum(parts_of(one).values()) == pytest.approx(one.difference.mean, abs=1e-9)
    assert (SHARED in parts_of(one)) == (count > 3)


def test_channels_that_add_up_have_their_own_parts_and_nothing_is_left_over():
    worth = dict(zip(CHANNELS[:5], (3.0, -1.0, 0.5, 0.0, 2.0), strict=True))
    one = explain(
        CHANNELS[:5], lambda free: np.ones(4) * (10 + sum(worth[c] for c in free)), [9.0] * 4
    )
    found = parts_of(one)
    assert found == pytest.approx({**worth, SHARED: 0.0, ELSEWHERE: 1.0})
    assert [part.channel for part in one.parts][:2] == ["contact", "relief"]
    assert one.share(one.parts[0]) == pytest.approx(3.0 / 5.5)


def test_two_channels_that_act_only_together_share_what_they_do():
    for count in (2, 3):
        one = explain(
            CHANNELS[:count],
            lambda free: np.full(3, 6.0 if {"contact", "coping"} <= free else 0.0),
            np.zeros(3),
        )
        wanted = {"contact": 3.0, "coping": 3.0, "connection": 0.0}
        assert {k: v for k, v in parts_of(one).items() if k in wanted} == pytest.approx(
            {k: wanted[k] for k in CHANNELS[:count]}
        )


def test_of_four_channels_what_they_do_only_together_is_told_apart():
    one = explain(
        CHANNELS[:4], lambda free: np.full(3, 8.0 if len(free) == 4 else 0.0), np.zeros(3)
    )
    assert parts_of(one)[SHARED] == pytest.approx(8.0 - 4 * 4.0)
    assert all(part.last.mean == 8.0 and part.first.mean == 0.0 for part in one.parts[:4])


def test_replicates_without_a_value_are_left_out_of_all_runs():
    values = play(CHANNELS[:1], lambda free: np.array([2.0, 3.0, 4.0]) * len(free))
    one = explain_outcome(NAMES, CHANNELS[:1], np.array([1.0, np.nan, 1.0]), values)
    assert one.replicates == 2
    assert one.difference.mean == pytest.approx(2.0)


def test_no_share_is_told_of_a_difference_that_is_not_clear():
    one = explain(CHANNELS[:2], lambda free: np.array([-4.0, 4.0, 1.0]) * len(free), np.zeros(3))
    assert not one.is_clear
    assert one.share(one.parts[0]) is None
    assert "not clear" in say_why(one, "baseline")
    assert "not clear" in write_table({NAMES[1]: one}, "baseline")
    assert "%" not in write_table({NAMES[1]: one}, "baseline")


def test_the_figure_tells_every_part_in_words_and_numbers():
    one = explain(CHANNELS[:5], lambda free: np.array([-1.0, -1.1, -1.2]) * len(free), np.zeros(3))
    drawn = draw_explanation(one, "baseline", "admissions")
    assert drawn.table.rows[0][0] == "all of the difference"
    assert len(drawn.table.rows) == 8
    assert all(part.title in drawn.alt for part in one.parts)
    assert "contact in the last weeks (20%)" in say_why(one, "baseline")
