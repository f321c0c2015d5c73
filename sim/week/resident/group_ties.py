"""Ties that form between members of a group: part of phase 3, after everybody's own social life.

Who sits in which group follows from the person, and each pair has its own draw.
"""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import inner, loop, part
from sim.engine.random import draw
from sim.state.codes import TieKind
from sim.state.draw_streams import Stream
from sim.state.ties import add_tie
from sim.week.resident.reviews import REVIEW_MASK, REVIEW_WEEKS


@loop
def befriend_in_groups(members, size, r, ties, week, p):
    """Form ties between members of a group, given in the order of their keys.

    Each pair has a turn once in REVIEW_WEEKS weeks: only those whose turn it is are looked at, by
    lists of the turns.
    """
    groups = (members.size + size - 1) // size
    begin, listed = list_turns(members, r)
    pairs = np.empty((2, count_pairs(members, begin, r, week)), np.int64)
    list_pairs(members, begin, listed, r, week, pairs)
    chance, together = np.empty(pairs.shape[1]), np.empty(pairs.shape[1])
    draw_pairs(pairs, r, week, chance, together)
    formed = 0
    for k in range(chance.size):
        i, other = pairs[0, k], pairs[1, k]
        if (
            # Both sit in the same one of so many groups with chance 1/groups: one draw of the pair
            # decides.
            together[k] * groups < 1.0
            and chance[k] < p.group_friendship
            and add_tie(ties, i, other, TieKind.GROUP, week.number)
        ):
            r.close_ties[i] += 1
            r.close_ties[other] += 1
            formed += 1
    return formed


@part
def find_turn(i, r, week):
    """The remainder of the keys of those whom resident i may come to know this week."""
    return -(int(r.key[i]) + week.number) & REVIEW_MASK


@part
def count_pairs(members, begin, r, week):
    """How many pairs of members have their turn this week."""
    next_one, count = begin[:-1].copy(), 0
    for i in members:
        next_one[int(r.key[i]) & REVIEW_MASK] += 1  # so that each pair is met once
        turn = find_turn(i, r, week)
        count += begin[turn + 1] - next_one[turn]
    return count


@part
def list_pairs(members, begin, listed, r, week, pairs):
    """Write down the pairs whose turn it is, in the order of the keys of the first and then of the
    second.
    """
    next_one, count = begin[:-1].copy(), 0
    for i in members:
        next_one[int(r.key[i]) & REVIEW_MASK] += 1
        turn = find_turn(i, r, week)
        for place in range(next_one[turn], begin[turn + 1]):
            pairs[0, count], pairs[1, count] = i, listed[place]
            count += 1


@inner
def draw_pairs(pairs, r, week, chance, together):
    """The draws of all pairs: by themselves, so that many are drawn at once."""
    for k in range(chance.size):
        first, second = r.key[pairs[0, k]], r.key[pairs[1, k]]
        chance[k], together[k], _, _ = draw(first, Stream.GROUP_TIE, second, week)


@part
def list_turns(members, r):
    """Members by the remainder of their keys, in the order given: those of turn t stand from
    begin[t] to begin[t + 1].
    """
    begin = np.zeros(REVIEW_WEEKS + 2, np.int64)
    for i in members:
        begin[(int(r.key[i]) & REVIEW_MASK) + 2] += 1
    for turn in range(2, begin.size):
        begin[turn] += begin[turn - 1]
    listed = np.empty(members.size, np.int64)
    for i in members:
        turn = (int(r.key[i]) & REVIEW_MASK) + 1
        listed[begin[turn]] = i
        begin[turn] += 1
    return begin[:-1], listed
