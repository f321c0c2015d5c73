"""Intervals hold what they promise, and enough runs are enough."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.runs import intervals


def test_interval_of_known_numbers():
    found = intervals.estimate_mean([1, 2, 3, 4, 5])
    assert found.mean == 3
    assert found.half_width == pytest.approx(2.776445 * math.sqrt(2.5 / 5), rel=1e-6)
    assert math.isnan(intervals.estimate_mean([1.0]).low)


def test_intervals_cover_as_often_as_they_say():
    rng = np.random.default_rng(1)
    found = [intervals.estimate_mean(rng.normal(5, 2, 8), 0.9) for _ in range(1000)]
    assert np.mean([low < 5 < high for _, low, high in found]) == pytest.approx(0.9, abs=0.03)


def test_crossed_replicates_are_not_taken_for_independent_ones():
    rng = np.random.default_rng(2)
    seeds, draws = np.tile(np.arange(6), 20), np.repeat(np.arange(20), 6)
    hits = []
    for _ in range(400):
        values = rng.normal(0, 1, 20)[draws] + rng.normal(0, 1, 6)[seeds] + rng.normal(0, 0.5, 120)
        _, low, high = intervals.estimate_crossed(values, seeds, draws)
        hits.append(low < 0 < high)
    assert np.mean(hits) > 0.9


def test_runs_needed_reach_the_width():
    rng = np.random.default_rng(3)
    values = rng.normal(0, 10, 400)
    needed = intervals.runs_needed(values, 1.0)
    spread = values.std(ddof=1)
    assert intervals.t_quantile(0.95, needed - 1) * spread / math.sqrt(needed) <= 1.0
    assert intervals.t_quantile(0.95, needed - 2) * spread / math.sqrt(needed - 1) > 1.0
    assert intervals.runs_needed([2.0, 2.0], 1.0) == 2


def test_enough_is_judged_against_the_reference():
    difference, reference = np.array([-1.0, -2.0, -1.5, -1.2]), np.full(4, 100.0)
    assert intervals.judge_enough(difference, reference, 0.05).enough
    tight = intervals.judge_enough(difference, reference, 0.001)
    assert not tight.enough
    assert tight.needed > 4


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.3])
def test_few_seeds_cost_little_where_they_matter_little(spread):
    rng = np.random.default_rng(4)
    seeds, draws = np.tile(np.arange(3), 40), np.repeat(np.arange(40), 3)
    hits, widths = [], []
    for _ in range(400):
        values = (
            rng.normal(0, 1, 40)[draws] + rng.normal(0, spread, 3)[seeds] + rng.normal(0, 0.5, 120)
        )
        _, low, high = intervals.estimate_crossed(values, seeds, draws)
        hits.append(low < 0 < high)
        widths.append(high - low)
    assert np.mean(hits) > 0.92
    # Three seeds alone would have the critical value of two degrees of freedom, twice the usual one.
    assert spread > 0.1 or np.mean(widths) < 3 * math.sqrt(1.25 / 40) * 1.96
