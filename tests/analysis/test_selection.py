"""Ranking and selection keeps its promise on numbers whose best is known."""

import numpy as np
import pytest

from analysis.economics.selection import Selection

FIRST, MORE, MOST, CONFIDENCE, ZONE = 10, 5, 400, 0.9, 1.0


def select(values):
    """Places left, and replicates used, of (replicates, scenarios)."""
    rule = Selection(values[:FIRST], ZONE, CONFIDENCE)
    alive, used = np.ones(values.shape[1], bool), FIRST
    while True:
        alive = rule.find_left(values[:used].mean(axis=0), used, alive)
        if alive.sum() == 1 or used >= MOST:
            return np.flatnonzero(alive), used
        used += MORE


def simulate(seed, gaps, common, own):
    """Values that share their luck: `common` is its spread, `own` that of what is not shared."""
    rng = np.random.default_rng(seed)
    shared = common * rng.standard_normal((MOST, 1))
    return shared + own * rng.standard_normal((MOST, len(gaps))) - np.asarray(gaps)


def test_the_best_is_found_as_often_as_promised():
    gaps = [0.0, 1.0, 1.0, 1.0, 3.0]
    right = sum(list(select(simulate(seed, gaps, 10.0, 2.0))[0]) == [0] for seed in range(200))
    assert right >= 0.9 * 200 * 0.95


def test_pairing_saves_replicates():
    gaps = [0.0, 2.0, 2.0]
    paired = [select(simulate(seed, gaps, 10.0, 1.0))[1] for seed in range(30)]
    apart = [select(simulate(seed, gaps, 0.0, 10.0))[1] for seed in range(30)]
    assert np.mean(paired) < 0.3 * np.mean(apart)


def test_those_who_are_the_same_cannot_be_told_apart():
    values = simulate(1, [0.0, 5.0], 3.0, 1.0)
    values = np.column_stack([values, values[:, 0]])
    left, used = select(values)
    assert list(left) == [0, 2]
    assert used == MOST


def test_a_difference_that_never_varies_is_seen_at_once():
    values = simulate(1, [0.0, 0.1], 3.0, 0.0)
    left, used = select(values)
    assert list(left) == [0]
    assert used == FIRST


def test_one_replicate_tells_nothing_of_spread():
    with pytest.raises(ValueError, match="two replicates"):
        Selection(np.zeros((1, 3)), 1.0)


def test_the_allowance_is_that_of_the_procedure_by_hand():
    """Kim and Nelson's h² = 2 η (n - 1) with η = ((2 α / (k - 1)) ^ (-2 / (n - 1)) - 1) / 2, shared among rivals."""
    first = np.array([[0.0, 1.0, 5.0], [0.0, 3.0, 5.0], [0.0, 1.0, 5.0], [0.0, 3.0, 5.0]])
    rule = Selection(first, 0.5, 0.9)
    eta = 0.5 * ((2 * 0.1 / 2) ** (-2 / 3) - 1)
    assert rule.variance[0, 1] == pytest.approx(4 / 3)
    assert rule.reach == pytest.approx(2 * eta * 3)
    slack = 0.5 / (2 * 10) * (rule.reach * (4 / 3) / 0.25 - 10)
    every = np.ones(3, bool)
    for behind, left in ((slack - 1e-9, True), (slack + 1e-9, False)):
        means = np.array([0.0, behind, -99.0])
        assert rule.find_left(means, 10, every).tolist() == [left, True, False]
        # Whoever is out leaves nobody out, however good their mean of fewer replicates was.
        out = np.array([True, False, True])
        assert rule.find_left(means, 10, out).tolist() == [True, False, False]


def test_the_allowance_ends_at_nothing():
    rule = Selection(np.array([[0.0, 0.0], [0.0, 1.0]]), 1.0, 0.9)
    every = np.ones(2, bool)
    assert rule.find_left(np.array([1e-9, 0.0]), 10**6, every).tolist() == [True, False]
    assert rule.find_left(np.array([0.0, 0.0]), 10**6, every).tolist() == [True, True]


def test_two_replicates_and_a_single_scenario_are_enough():
    assert Selection(np.zeros((2, 1)), 1.0).find_left(np.zeros(1), 2, np.ones(1, bool)).all()
    assert Selection(np.zeros((5, 2)), 1.0, 0.0).reach == 0.0  # nothing is promised


def test_a_zone_whose_square_is_nothing_leaves_in_who_varies_and_out_who_never_is_ahead():
    first = np.array([[1.0, 0.0, 1.5], [1.0, 0.0, 0.25], [1.0, 0.0, 0.75]])
    left = Selection(first, 1e-300).find_left(first.mean(axis=0), 3, np.ones(3, bool))
    assert left.tolist() == [True, False, True]
