"""Phase 3, social life: loneliness, attitudes and knowledge; ties fade and form.

Residents read what others showed at the end of last week and write only themselves. Ties are
shared, so they end and form one after the other, in the order of keys, each by a draw keyed by both
ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.fast_math import exp
from sim.engine.kernels import part, rule, table
from sim.engine.prefetch import AHEAD, FAR, ask_for
from sim.engine.random import ALONE, BLOCK, draw, fill_uniforms, make_normals
from sim.society.ages import ADULT
from sim.state.codes import Published, TieKind
from sim.state.draw_streams import Stream
from sim.state.ties import TIE_SLOTS, add_tie, count_ties, remove_tie

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEAD = 2.0
"""Illness that somebody who has died shows: gives no support, and the tie ends."""
REVIEW_WEEKS = 8
"""A tie, and a resident's wish for new ones, is looked at once in so many weeks, by its key."""
REVIEW_MASK = REVIEW_WEEKS - 1
REVIEW_RUN = 5
"""Runs of 2**5 keys are looked at in the same week: neighbours in memory are fetched together."""
MEETING_LOOKS = 4
"""Rounds of two looks at people who live near, for somebody of about the same age."""
OF_LONELINESS, OF_STIGMA, OF_ENCOURAGEMENT, OF_SUPPORT, OF_HOME = range(5)
"""Rows of what the ties of each resident of a block make of it together."""


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
def find_missing_support(support, p):
    """Share of enough support that is missing, 0 to 1."""
    return max(0.0, 1.0 - support / p.enough_support)


@rule
def find_lonely_set_point(temperament, alone, lack, illness, heard, connection, p):
    """Loneliness towards which a resident is pulled: what ties, health and home make of it."""
    return (
        temperament
        + p.alone * alone
        + p.lack * lack
        + p.withdrawal * illness
        + p.contagion * heard
        - connection
    )


@rule
def update_loneliness(loneliness, set_point, noise, p):
    """Loneliness after a week: pulled towards its set point, with noise."""
    return loneliness + p.pull * (set_point - loneliness) + p.noise * noise


@rule
def update_attitude(attitude, own, heard, returning, spread):
    """Stigma or knowledge after a week: back towards the person's own, a little towards that of
    ties.
    """
    return attitude + returning * (own - attitude) + spread * (heard - attitude)


@rule
def update_caregiver_strain(strain, illness_at_home, p):
    """Strain of a caregiver: follows how ill the people at home are."""
    return strain + p.caregiver_pull * (p.caregiver_strain * illness_at_home - strain)


@part
def aggregate_neighbours(i, j, ties, published, empty, p, heard):
    """What ties show resident i: means of loneliness, stigma and encouragement, support in all, the
    most ill at home.
    """
    lonely, stigma, encouraged, support, at_home, count = 0.0, 0.0, 0.0, 0.0, 0.0, 0
    for slot in range(TIE_SLOTS):
        other = ties.neighbour[i, slot]
        if other == empty:
            break
        illness = float(published[other, Published.ILLNESS])
        lonely += float(published[other, Published.LONELINESS])
        stigma += float(published[other, Published.STIGMA])
        encouraged += float(published[other, Published.ENCOURAGEMENT])
        # Ill friends give less, but none takes away: below 0, having friends would do harm.
        support += max(0.0, 1.0 - p.ill_gives_less * illness)
        at_home = max(
            at_home, illness if ties.kind[i, slot] == TieKind.HOME and illness < DEAD else 0.0
        )
        count += 1
    share = 1.0 / max(count, 1)
    heard[OF_LONELINESS][j] = lonely * share
    # Somebody without ties keeps the own opinion: 0 would pull it to the town's mean.
    heard[OF_STIGMA][j] = stigma * share if count > 0 else float(published[i, Published.STIGMA])
    heard[OF_ENCOURAGEMENT][j] = encouraged * share
    heard[OF_SUPPORT][j] = support
    heard[OF_HOME][j] = at_home


@part
def ask_for_ties(i, ties, table, empty):
    """Request the rows of a table that are those of the ties of resident i."""
    for slot in range(TIE_SLOTS):
        other = ties.neighbour[i, slot]
        if other == empty:
            break
        ask_for(table, other)


@part
def socialise(start, stop, r, ties, published, week, p, scratch):
    """Carry the rules of social life over the rows start..stop: what ties show, then what it
    changes.

    What ties show is all over the memory of a large town, which is asked for it beforehand.
    """
    lonely_noise, distress_noise = scratch[0], scratch[1]
    heard = scratch[4:9]
    empty = np.uint32(r.key.size)
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        if empty >= FAR:
            for i in range(low, high):
                ask_for_ties(i, ties, published, empty)
        for i in range(low, high):
            aggregate_neighbours(i, i - low, ties, published, empty, p, heard)
        fill_uniforms(scratch, r.key, low, high, Stream.SYMPTOMS, week)
        make_normals(lonely_noise, distress_noise, high - low)
        update_social_state(low, high, r, published, heard, lonely_noise, distress_noise, p)


@part
def update_social_state(low, high, r, published, heard, lonely_noise, distress_noise, p):
    """Loneliness, attitudes and strain of a block of residents after a week with their ties.

    The dead stay as they were.
    """
    for i in range(low, high):
        lack = find_missing_support(heard[OF_SUPPORT][i - low], p)
        set_point = find_lonely_set_point(
            float(r.temperament[i]),
            float(r.alone[i]),
            lack,
            float(published[i, Published.ILLNESS]),
            heard[OF_LONELINESS][i - low],
            float(r.connection[i]),
            p,
        )
        lonely = update_loneliness(float(r.loneliness[i]), set_point, lonely_noise[i - low], p)
        # Written for everybody and kept for the dead: without a branch the loop is vectorised.
        r.loneliness[i] = lonely if r.alive[i] == 1 else r.loneliness[i]
    for i in range(low, high):
        stigma = update_attitude(
            float(r.stigma[i]),
            float(r.stigma_trait[i]),
            heard[OF_STIGMA][i - low],
            p.stigma_return,
            p.stigma_spread,
        )
        r.stigma[i] = stigma if r.alive[i] == 1 else r.stigma[i]
    for i in range(low, high):
        before = float(r.knowledge[i])
        knowledge = update_attitude(
            before, float(r.knowledge_trait[i]), before, p.knowledge_return, 0.0
        )
        r.knowledge[i] = knowledge if r.alive[i] == 1 else r.knowledge[i]
    for i in range(low, high):
        r.encouraged[i] = heard[OF_ENCOURAGEMENT][i - low] if r.alive[i] == 1 else r.encouraged[i]
        r.distress_noise[i] = distress_noise[i - low] if r.alive[i] == 1 else r.distress_noise[i]
        strain = update_caregiver_strain(float(r.strain[i]), heard[OF_HOME][i - low], p)
        r.strain[i] = strain if r.alive[i] == 1 else r.strain[i]


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
def dissolve_ties(order, r, ties, published, week, p):
    """Review ties, each when its first end (by key) is due: the dead leave all lists, friendships
    fade; home ties stay.
    """
    empty = np.uint32(r.key.size)
    ended = 0
    for position in range(order.size):
        if empty >= FAR and position + AHEAD < order.size:
            ask_for_ties(order[position + AHEAD], ties, published, empty)
            ask_for_ties(order[position + AHEAD], ties, r.key, empty)
        i = order[position]
        if not is_reviewed(r.key[i], r.key.size, week):
            continue
        slot = 0
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


@rule
def expect_meeting(missing, illness, p):
    """Chance to reach out at a review: with each friend missing, less while ill."""
    return min(1.0, p.meeting * missing) * (1.0 - p.meeting_illness * min(illness, 1.0))


@rule
def is_of_age(age, other, p):
    """Whether two people are near enough in age to become friends; the young are choosier."""
    return abs(age - other) <= (p.age_gap if min(age, other) >= ADULT else p.age_gap_young)


@rule
def expect_friendship(trait, other, both, p):
    """Chance that two who meet become friends: less the further apart they are in vulnerability,
    more if both know what illness is.
    """
    known = p.sorting_experience if both else 0.0
    return p.liking * exp(known - p.sorting * abs(trait - other))


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
    return -1


@table
def form_ties(order, r, ties, published, week, p):
    """Form ties, in the order of keys: people who miss friends meet others, members of a group each
    other.
    """
    formed = 0
    for position in range(order.size):
        i = order[position]
        if not is_reviewed(r.key[i], r.key.size, week) or r.alive[i] == 0 or r.stay[i] > 0:
            continue
        missing = float(r.sociability[i]) - float(r.close_ties[i])
        if missing <= 0.0:
            continue
        wish, way, whom, liking = draw(r.key[i], Stream.MEETING, ALONE, week)
        if wish >= expect_meeting(missing, float(published[i, Published.ILLNESS]), p):
            continue
        other = find_stranger(i, r, ties, way, whom, week, p)
        # A look that fails is not repeated: a review costs at most one meeting.
        if other < 0 or other == i or r.alive[other] == 0:
            continue
        if not is_of_age(float(r.age[i]), float(r.age[other]), p):
            continue
        both = has_experience(i, r) and has_experience(other, r)
        liked = liking < expect_friendship(float(r.trait[i]), float(r.trait[other]), both, p)
        if liked and add_tie(ties, i, other, TieKind.FRIEND, week.number):
            r.close_ties[i] += 1
            r.close_ties[other] += 1
            formed += 1
    return formed
