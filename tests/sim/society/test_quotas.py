"""Counts from shares, and weighted choice."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.society.quotas import apportion, choose


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=9), st.integers(0, 10_000))
def test_parts_add_up_and_stay_within_one_of_their_share(shares, total):
    counts = apportion(shares, total)
    assert counts.sum() == total
    assert counts.min() >= 0
    if sum(shares) > 0:
        assert np.all(np.abs(counts - np.array(shares) / sum(shares) * total) < 1.0 + 1e-6)


@given(st.integers(0, 200), st.integers(-5, 300), st.integers(0, 99))
def test_choice_is_without_replacement_and_never_too_many(members, count, seed):
    chosen = choose(np.random.default_rng(seed), np.ones(members), count)
    assert len(set(chosen.tolist())) == chosen.size == min(max(count, 0), members)


def test_the_heavier_are_chosen_more_often():
    weights = np.repeat([1.0, 4.0, 0.0], 20_000)
    chosen = choose(np.random.default_rng(1), weights, 2000)
    light, heavy, none = np.histogram(chosen, [0, 20_000, 40_000, 60_001])[0]
    assert none == 0
    assert 3.3 < heavy / light < 4.7
