"""A review of ties: part of phase 3, after everybody's own social life; ties fade and form.

Ties are shared, so they end and form one after the other, in the order of keys, each by a draw
keyed by both ends. Whom a review concerns at all, few of those who are due, hangs on what stays as
it is meanwhile: it is found first, in any order, by several threads where there are any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.fast_math import exp
from sim.engine.kernels import loop, part, rule, table
from sim.engine.prefetch import AHEAD, FAR
from sim.engine.random import ALONE, draw
from sim.society.ages import ADULT
from sim.state.codes import Published, TieKind
from sim.state.draw_streams import Stream
from sim.state.ties import TIE_SLOTS, add_tie, count_ties, remove_tie
from sim.week.resident.social import DEAD, ask_for_ties

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from sim.engine.team import Team

REVIEW_WEEKS = 8
"""A tie, and a resident's wish for new ones, is looked at once in so many weeks, by its key."""
REVIEW_MASK = REVIEW_WEEKS - 1
REVIEW_RUN = 5
"""Runs of 2**5 keys are looked at in the same week: neighbours in memory are fetched together."""
MEETING_LOOKS = 4
"""Rounds of two looks at people who live near, for somebody of about the same age."""
NOBODY, INTRODUCED = -1, -2
"""Whom somebody meets: nobody, or whom a friend introduces them to."""


def plan_reviews(key: NDArray[np.uint32]) -> list[NDArray[np.int64]]:
    """Rows whose ties are reviewed in weeks 0, -1, -2, ... (modulo REVIEW_WEEKS), each in the order
    of keys: by the place in town that a key stands for, which a newcomer takes over.
    """
    order = np.argsort(key % key.size)  # newcomers take their turn in the place that they took
    # Runs of neighbouring keys share a turn, because their rows lie in one line of cache.
    turn = (key[order] % key.size >> REVIEW_RUN) & REVIEW_MASK
    return [order[turn == week] for week in range(REVIEW_WEEKS)]


@rule
def is_reviewed(key, count, week):
    """Whether ties of the place that a key stands for are reviewed this week."""
    return ((int(key) % count >> REVIEW_RUN) + week.number) & REVIEW_MASK == 0


@rule
def expect_fading(illness, other_illness, p):
    """Chance that a tie ends at a review: higher while either end is ill and withdraws."""
    return min(1.0, p.fading * (1.0 + p.fading_illness * 0.5 * (illness + other_illness)))


@part
def is_ending(i, other, kind, r, published, week, p):
    """Whether a tie between i and another ends at this review: with a death, or, home ties apart,
    by a draw of the pair's own, which falls to the end with the lower key.
    """
    illness = float(published[i, Published.ILLNESS])
    other_illness = float(published[other, Published.ILLNESS])
    # Before anything is drawn: every tie of the dead ends, at no draw of the survivor's.
    if other_illness == DEAD or illness == DEAD:
        return True
    # The end with the lower key draws for both, or each tie would be asked twice.
    if kind == TieKind.HOME or r.key[i] >= r.key[other]:
        return False
    chance, _, _, _ = draw(r.key[i], Stream.TIE_END, r.key[other], week)
    return chance < expect_fading(illness, other_illness, p)


@part
def end_tie(i, other, kind, r, ties):
    """Take a tie out of both lists, and out of the count of friends where it was one."""
    if kind != TieKind.HOME and kind != TieKind.WORK:
        r.close_ties[i] -= 1
        r.close_ties[other] -= 1
    remove_tie(ties, i, other)


@table
def mark_endings(order, r, ties, published, week, p, marks):
    """Write into `marks`, of `order`, whether a tie of who stands there ends at this review;
    nothing else is changed, so that parts of the order can be looked at at the same time.
    """
    empty = np.uint32(r.key.size)
    for position in range(order.size):
        if empty >= FAR and position + AHEAD < order.size:
            ask_for_ties(order[position + AHEAD], ties, published, empty)
            ask_for_ties(order[position + AHEAD], ties, r.key, empty)
        i, ending = order[position], False
        if is_reviewed(r.key[i], r.key.size, week):
            for slot in range(TIE_SLOTS):
                other = ties.neighbour[i, slot]
                if other == empty:
                    break
                kind = ties.kind[i, slot]
                ending = ending or is_ending(i, other, kind, r, published, week, p)
        marks[position] = np.uint8(ending)


@table
def end_marked(order, r, ties, published, week, p, marks):
    """End the ties of those who are marked, in the order of keys: lists close their gaps, and who
    stands where in them decides who introduces whom. Returns how many ended.
    """
    empty = np.uint32(r.key.size)
    ended = 0
    for position in range(order.size):
        if marks[position] == 0:
            continue
        i, slot = order[position], 0
        while slot < TIE_SLOTS:
            other, kind = ties.neighbour[i, slot], ties.kind[i, slot]
            if other == empty:
                break
            if is_ending(i, other, kind, r, published, week, p):
                end_tie(i, other, kind, r, ties)
                ended += 1  # the last tie has moved into this slot
            else:
                slot += 1
    return ended


@loop
def dissolve_ties(order, r, ties, published, week, p):
    """Review ties, each when its first end (by key) is due: the dead leave all lists, friendships
    fade; home ties stay.
    """
    marks = np.empty(order.size, np.uint8)
    mark_endings(order, r, ties, published, week, p, marks)
    return end_marked(order, r, ties, published, week, p, marks)


@rule
def expect_meeting(missing, illness, p):
    """Chance to reach out at a review: with each friend missing, less while ill."""
    return min(1.0, p.meeting * missing) * (1.0 - p.meeting_illness * min(illness, 1.0))


@rule
def is_of_age(age, other, p):
    """Whether two people are near enough in age to become friends; the young are choosier."""
    return abs(age - other) <= (p.age_gap if min(age, other) >= ADULT else p.age_gap_young)


@rule
def expect_friendship(vulnerability, other, both, p):
    """Chance that two who meet become friends: less the further apart they are in vulnerability,
    more if both know what illness is.
    """
    known = p.sorting_experience if both else 0.0
    return p.liking * exp(known - p.sorting * abs(vulnerability - other))


@part
def find_vulnerability(i, r):
    """What stays of distress for years: what the person and their circumstances make of it."""
    return float(r.trait[i]) + float(r.circumstances[i])


@part
def has_experience(i, r):
    """Whether resident i has had an episode of depression or lives with a severe illness."""
    return r.episodes[i] > 0 or r.past_episodes[i] > 0 or r.severe[i] > 0


@rule
def rescale_below(chance, limit):
    """A uniform in its own right, from one that fell below a limit: it is uniform up to there."""
    return chance / limit


@rule
def step_to_neighbour(i, near, side, count, p):
    """Row of somebody who lives near resident i, among `count`: heavy-tailed in distance."""
    distance = int(p.stranger_reach / max(near, 1e-4)) + 1
    return (i + (distance if side < 0.5 else count - distance % count)) % count


@part
def find_near(i, r, week, p):
    """Somebody of about the same age who lives near resident i; -1 for nobody."""
    for look in range(MEETING_LOOKS):
        chances = draw(r.key[i], Stream.MEETING, np.uint64(look + 1), week)
        for k in range(2):
            other = step_to_neighbour(i, chances[k], chances[k + 2], r.key.size, p)
            if (
                other != i
                and r.alive[other] == 1
                and is_of_age(float(r.age[i]), float(r.age[other]), p)
            ):
                return other
    return NOBODY


@part
def find_stranger(i, r, ties, way, whom, week, p):
    """Somebody to meet: a friend of a friend, or somebody of about the same age who lives near;
    -1 for nobody.

    `way`: uniform that decides which of the two, and then which friend introduces them; `whom`:
    which of the friend's ties it is. Looks at people who live near have draws of their own.
    """
    if way < p.friend_of_friend:
        known = count_ties(ties, i)
        if known > 0:
            friend = ties.neighbour[i, int(rescale_below(way, p.friend_of_friend) * known)]
            return int(ties.neighbour[friend, int(whom * count_ties(ties, friend))])
    return find_near(i, r, week, p)


@part
def reaches_out(i, wish, r, published, p):
    """Whether resident i, who lives at home and misses friends, wishes to meet somebody."""
    missing = float(r.sociability[i]) - float(r.close_ties[i])
    if r.alive[i] == 0 or r.stay[i] > 0 or missing <= 0.0:
        return False
    return wish < expect_meeting(missing, float(published[i, Published.ILLNESS]), p)


@part
def like_each_other(i, other, liking, r, p):
    """Whether two who meet could be friends and become friends; `other` may be nobody."""
    # A look that fails is not repeated: a review costs at most one meeting.
    if other < 0 or other == i or r.alive[other] == 0:
        return False
    if not is_of_age(float(r.age[i]), float(r.age[other]), p):
        return False
    both = has_experience(i, r) and has_experience(other, r)
    own, others = find_vulnerability(i, r), find_vulnerability(other, r)
    return liking < expect_friendship(own, others, both, p)


@table
def find_meetings(order, r, published, week, p, met):
    """Write into `met`, of `order`, whom who stands there meets and likes of those who live near,
    INTRODUCED for whom a friend may introduce to somebody, or NOBODY.

    Nothing else is changed, so that parts of the order can be looked at at the same time.
    """
    for position in range(order.size):
        i = order[position]
        met[position] = NOBODY
        # Before anything is drawn: most have the friends that they would have.
        if not is_reviewed(r.key[i], r.key.size, week) or r.sociability[i] <= r.close_ties[i]:
            continue
        wish, way, _, liking = draw(r.key[i], Stream.MEETING, ALONE, week)
        if not reaches_out(i, wish, r, published, p):
            continue
        if way < p.friend_of_friend:
            met[position] = INTRODUCED
            continue
        other = find_near(i, r, week, p)
        met[position] = other if like_each_other(i, other, liking, r, p) else NOBODY


@table
def tie_met(order, r, ties, published, week, p, met):
    """Tie those who met, in the order of keys: each new friend is one that both miss the less, and
    one more who may introduce them. Returns how many were tied.
    """
    formed = 0
    for position in range(order.size):
        if met[position] == NOBODY:
            continue
        i, other = order[position], int(met[position])
        wish, way, whom, liking = draw(r.key[i], Stream.MEETING, ALONE, week)
        if not reaches_out(i, wish, r, published, p):
            continue
        if other == INTRODUCED:
            other = find_stranger(i, r, ties, way, whom, week, p)
            if not like_each_other(i, other, liking, r, p):
                continue
        if add_tie(ties, i, other, TieKind.FRIEND, week.number):
            r.close_ties[i] += 1
            r.close_ties[other] += 1
            formed += 1
    return formed


@loop
def form_ties(order, r, ties, published, week, p):
    """Form ties, in the order of keys: people who miss friends meet others, members of a group each
    other.
    """
    met = np.empty(order.size, np.int64)
    find_meetings(order, r, published, week, p, met)
    return tie_met(order, r, ties, published, week, p, met)


@loop
def review_ties(order, r, ties, published, week, p):
    """End ties, then form others; `order` and `p` as `dissolve_ties` and `form_ties` take them.

    How many ended, and how many were formed.
    """
    # One way into compiled code instead of two: in a small town it takes longer than the ties.
    ended = dissolve_ties(order, r, ties, published, week, p)
    return ended, form_ties(order, r, ties, published, week, p)


def review_together(order: NDArray[np.int64], given: tuple[Any, ...], team: Team) -> None:
    """`review_ties`, of which threads share what may be done in any order; `given` is what that
    takes but for `order`.
    """
    r, ties, published, week, p = given
    marks, met = np.empty(order.size, np.uint8), np.empty(order.size, np.int64)

    def mark(start: int, stop: int) -> None:
        """Find whose ties end in a part of the order."""
        mark_endings(order[start:stop], r, ties, published, week, p, marks[start:stop])

    def meet(start: int, stop: int) -> None:
        """Find who meets in a part of the order."""
        find_meetings(order[start:stop], r, published, week, p, met[start:stop])

    team.share(mark, order.size)
    end_marked(order, r, ties, published, week, p, marks)
    team.share(meet, order.size)
    tie_met(order, r, ties, published, week, p, met)
