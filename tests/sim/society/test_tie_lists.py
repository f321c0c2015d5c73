"""Tie lists stay sound under any sequence of ties made and ended."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.state.ties import TIE_SLOTS, Ties, add_tie, are_tied, count_ties, remove_tie, tie_circles


def empty_lists(residents, slots=TIE_SLOTS):
    shape = (residents, slots)
    return Ties(
        np.full(shape, residents, np.uint32), np.zeros(shape, np.uint8), np.zeros(shape, np.int16)
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.integers(0, 7),
            st.integers(0, 7),
            st.integers(1, 4),
            st.integers(-900, 900),
        ),
        max_size=60,
    )
)
def test_lists_match_a_plain_set_of_pairs(moves):
    lists = empty_lists(8, slots=4)
    known = {}
    for adding, a, b, kind, week in moves:
        pair = (min(a, b), max(a, b))
        if adding:
            full = any(sum(x in tie for tie in known) == 4 for x in pair)
            assert add_tie(lists, a, b, kind, week) == (a != b and pair not in known and not full)
            if a != b and not full:
                known.setdefault(pair, (kind, week))
        else:
            assert remove_tie(lists, a, b) == (known.pop(pair, None) is not None)
        for x in range(8):
            filled = count_ties(lists, x)
            assert np.all(lists.neighbour[x, filled:] == 8)
            assert np.all(lists.kind[x, filled:] == 0)
            mine = {
                (min(x, int(y)), max(x, int(y))): (int(k), int(w))
                for y, k, w in zip(*(part[x, :filled] for part in lists), strict=True)
            }
            assert mine == {tie: meaning for tie, meaning in known.items() if x in tie}
            assert all(are_tied(lists, x, y) == ((min(x, y), max(x, y)) in known) for y in range(8))


def test_nobody_is_tied_to_an_empty_slot():
    lists = empty_lists(3)
    assert not are_tied(lists, 0, 3)


def test_a_full_list_changes_neither_side():
    lists = empty_lists(TIE_SLOTS + 2)
    for other in range(1, TIE_SLOTS + 1):
        assert add_tie(lists, 0, other, 2, 5)
    assert not add_tie(lists, TIE_SLOTS + 1, 0, 2, 5)
    assert count_ties(lists, TIE_SLOTS + 1) == 0
    assert remove_tie(lists, 0, 3)
    assert add_tie(lists, TIE_SLOTS + 1, 0, 2, 5)


def test_circles_tie_everybody_and_begin_with_the_later_member():
    lists = empty_lists(12)
    members, circle = (
        np.arange(12, dtype=np.uint32),
        np.array([0, 0, 0, 1, *[2] * 8], dtype=np.uint32),
    )
    weeks = np.array([-300, -20, -100, -5, *[-7] * 8], dtype=np.int16)
    tie_circles(lists, members, circle, weeks, 1, 12)
    assert [count_ties(lists, x) for x in range(12)] == [2, 2, 2, 0, *[4] * 8]
    assert lists.since[0, :2].tolist() == [-20, -100]


def test_what_two_people_end_is_ended_for_both():
    lists = empty_lists(3)
    assert add_tie(lists, 0, 1, 2, 5)
    assert add_tie(lists, 1, 2, 2, 5)
    assert remove_tie(lists, 0, 1)
    assert [count_ties(lists, who) for who in range(3)] == [0, 1, 1]
    assert not are_tied(lists, 1, 0)
    assert not remove_tie(lists, 1, 0)
