"""Phase 4, symptoms: distress moves towards its set point and, once high, keeps itself going.

The logistic term gives two states, sudden onset and recovery, and a recovery rate that falls with
duration (Cramer 2016, PLoS ONE 11:e0167490; Hosenfeld 2015, BMC Psychiatry 15:222).
"""

from __future__ import annotations

import numpy as np

from sim.engine.fast_math import exp, logistic
from sim.engine.kernels import loop, part, rule
from sim.engine.random import ALONE, BLOCK, draw
from sim.state.codes import Event, Published
from sim.state.draw_streams import Stream
from sim.week.resident.social import DEAD

MOST_PHQ = 27.0
"""Nine items, 3 points each."""


@rule
def self_reinforcement(distress, p):
    """How far distress feeds itself, 0 to 1: sleep, withdrawal, rumination."""
    return logistic((distress - p.tipping) / p.tipping_width)


@rule
def update_chronicity(entrenched, lasting, p):
    """Hold of an illness after a week: in an episode that takes hold (`lasting`) it grows, until
    the episode is over or life takes a turn; then it is lost again as fast.
    """
    return entrenched + p.entrenching * (p.entrenchment * lasting - entrenched)


@rule
def find_distress_set_point(trait, reinforcement, loneliness, load, strain, relief, p):
    """Distress towards which a resident is pulled: what the person, company, events and help make
    of it; `reinforcement` is what it adds to itself, and `trait` all that stays for years.
    """
    return trait + reinforcement + p.loneliness * loneliness + load + strain - relief


@rule
def update_distress(distress, set_point, noise, p):
    """Distress after a week: pulled towards its set point, with noise."""
    # The two parts of noise and pull are scaled so that the spread of a town at rest is `noise`,
    # however persistent distress is.
    return (
        distress
        + (1.0 - p.persistence) * (set_point - distress)
        + p.noise * np.sqrt(1.0 - p.persistence**2) * noise
    )


@rule
def score_phq(distress, p):
    """PHQ-9 of a level of distress: exponential at first, slower as one item after another reaches
    its most, below 27.
    """
    # Below the level at which complaints begin, the score is 0 rather than negative.
    complaints = max(exp(p.phq_level + p.phq_slope * distress) - 1.0, 0.0)
    return MOST_PHQ * (1.0 - exp(-complaints / MOST_PHQ))


@loop
def score_all(distress, phq, p):
    """PHQ-9 of many people (n,), into `phq`, for those who come."""
    for i in range(distress.size):
        phq[i] = score_phq(float(distress[i]), p)


@part
def update_episode(i, r, phq, week, p):
    """Begin an episode after two weeks of high symptoms; end it after `recovery_weeks` weeks of low
    ones. Whether it takes hold is drawn when it begins, anew for every episode.
    """
    if r.episode[i] <= 0:
        # Negative numbers count weeks above the threshold: two in a row make an episode (DSM-5),
        # one is a bad week.
        r.episode[i] = r.episode[i] - 1 if phq >= p.onset_phq else 0
        if r.episode[i] <= -2:
            r.episode[i] = 2
            r.well[i] = 0
            chance, _, _, _ = draw(r.key[i], Stream.COURSE, ALONE, week)
            r.lasting[i] = 1 if chance < p.lasting_share else 0
            # Bounds are what the columns hold; beyond them only the count stops, not the illness.
            r.episodes[i] = min(r.episodes[i] + 1, 250)
            r.happened[i] |= Event.NEW_EPISODE
    else:
        r.episode[i] = min(r.episode[i] + 1, 30_000)
        # Weeks below the threshold must be consecutive: one bad week starts the count of recovery
        # again.
        r.well[i] = r.well[i] + 1 if phq < p.recovery_phq else 0
        if r.well[i] >= p.recovery_weeks:
            r.episode[i] = 0
            r.well[i] = 0
            r.lasting[i] = 0


@part
def update_symptoms(start, stop, r, published, week, p, scratch):
    """Carry the rules of symptoms over the rows start..stop and show others what they can see."""
    fed = scratch[0]
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        # First for all of a block: the exponential inside is what takes the time, and is vectorised
        # alone.
        for i in range(low, high):
            fed[i - low] = self_reinforcement(float(r.distress[i]), p)
        for i in range(low, high):
            j = i - low
            relief = float(r.coping[i]) + float(r.relief[i])
            stays = float(r.trait[i]) + float(r.circumstances[i]) + float(r.entrenched[i])
            # After `stays` was read: the hold of this week acts from the next one on.
            r.entrenched[i] = update_chronicity(float(r.entrenched[i]), float(r.lasting[i]), p)
            set_point = find_distress_set_point(
                stays,
                float(r.self_feeding[i]) * fed[j],
                float(r.loneliness[i]),
                float(r.event_load[i]),
                float(r.strain[i]),
                relief,
                p,
            )
            r.distress[i] = update_distress(
                float(r.distress[i]), set_point, float(r.distress_noise[i]), p
            )
        for i in range(low, high):
            distress = float(r.distress[i])
            r.phq[i] = score_phq(distress, p)
            # Others see the state after this week's change, not the one before.
            fed[i - low] = self_reinforcement(distress, p)
        for i in range(low, high):
            publish(i, r, published, fed[i - low], week, p)


@part
def publish(i, r, published, illness, week, p):
    """Show others loneliness, illness, stigma and encouragement.

    The dead show that they are gone.
    """
    if r.alive[i] == 0:
        published[i, Published.LONELINESS] = 0.0
        published[i, Published.ILLNESS] = DEAD
        published[i, Published.STIGMA] = 0.0
        published[i, Published.ENCOURAGEMENT] = 0.0
        return
    phq = float(r.phq[i])
    # Most are well and stay so: for them nothing of an episode can change.
    if r.episode[i] != 0 or phq >= p.onset_phq:
        update_episode(i, r, phq, week, p)
    published[i, Published.LONELINESS] = r.loneliness[i]
    published[i, Published.ILLNESS] = min(
        1.0, illness + (p.severe_illness if r.severe[i] == 1 else 0.0)
    )
    published[i, Published.STIGMA] = r.stigma[i]
    # Encouragement is what somebody knows beyond what they fear: only then do they speak of it.
    published[i, Published.ENCOURAGEMENT] = float(r.knowledge[i]) - float(r.stigma[i])
