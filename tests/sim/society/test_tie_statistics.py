"""Statistics of ties, against graphs small enough to count by hand."""

import numpy as np
import pytest

from sim.society.network_statistics import (
    clustering,
    likeness,
    list_ties,
    number_of_ties,
    ties_frame,
)
from sim.state.ties import Ties, add_tie


@pytest.fixture
def kite():
    """A triangle 0 1 2 with a tail 2 3, and 4 by itself; the tail is of kind 3."""
    ties = Ties(
        np.full((5, 6), 5, np.uint32), np.zeros((5, 6), np.uint8), np.zeros((5, 6), np.int16)
    )
    for a, b, kind in ((0, 1, 2), (1, 2, 2), (0, 2, 2), (2, 3, 3)):
        add_tie(ties, a, b, kind, -a)
    return ties


def test_numbers_of_ties(kite):
    assert number_of_ties(kite).tolist() == [2, 2, 3, 1, 0]
    assert number_of_ties(kite, 3).tolist() == [0, 0, 1, 1, 0]


def test_clustering_of_a_kite(kite):
    rng = np.random.default_rng(0)
    assert clustering(kite, rng) == pytest.approx((1 + 1 + 1 / 3) / 3)
    assert clustering(kite, rng, kind=2) == pytest.approx(1.0)
    assert np.isnan(clustering(kite, rng, kind=3))


def test_every_tie_is_listed_once(kite):
    a, b, kind, since = list_ties(kite)
    assert sorted(zip(a.tolist(), b.tolist(), kind.tolist(), since.tolist(), strict=True)) == [
        (0, 1, 2, 0),
        (0, 2, 2, 0),
        (1, 2, 2, -1),
        (2, 3, 3, -2),
    ]


def test_likeness_is_a_correlation_across_ties(kite):
    assert likeness(kite, np.array([0.0, 0.0, 0.0, 1.0, 9.0])) == pytest.approx(-1 / 7)
    assert likeness(kite, np.array([0.0, 0.0, 3.0, 1.0, 9.0]), kind=3) == pytest.approx(-1.0)


def test_frame_has_a_row_per_tie(town):
    frame = ties_frame(town)
    assert list(frame.columns) == ["a", "b", "kind", "since"]
    assert len(frame) == number_of_ties(town.ties).sum() // 2
    assert (frame["a"] < frame["b"]).all()
    assert set(frame["kind"].unique()) == {"household", "friend", "work or school"}
