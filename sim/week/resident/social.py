"""Phase 3, social life: loneliness, attitudes and knowledge.

Residents read what others showed at the end of last week and write only themselves.
"""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import part, rule
from sim.engine.prefetch import FAR, ask_for
from sim.engine.random import BLOCK, fill_uniforms, make_normals
from sim.state.codes import Published, TieKind
from sim.state.draw_streams import Stream
from sim.state.ties import TIE_SLOTS

DEAD = 2.0
"""Illness that somebody who has died shows: gives no support, and the tie ends."""
OF_LONELINESS, OF_STIGMA, OF_ENCOURAGEMENT, OF_SUPPORT, OF_HOME = range(5)
"""Rows of what the ties of each resident of a block make of it together."""


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
