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
