"""One look at everybody at the end of a week: who lives, who is new, who holds which place or bed.

It is counted from the columns of the residents alone, independently of what the week counted.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from sim.engine.kernels import part, table
from sim.state.codes import Event
from sim.state.residents import CARE_SLOTS, WAIT_SLOTS

YOUNGEST, MOST = np.float32(12.0), np.float32(np.inf)
YEAR_AT_MOST = np.float32(1.0)
"""Years by which somebody can grow older in a week: birthdays may be kept once in a while."""


class Found(IntEnum):
    """Places in what the census found: counts that others must agree with, then faults, which must
    be 0.
    """

    NEW = 0
    PEERS = 1
    PEER_ROWS = 2
    IN_BED = 3
    WARD_DAYS = 4
    SESSIONS = 5
    DIED = 6
    VANISHED = 7
    RISEN = 8
    AGE = 9
    TWICE = 10
    UNKNOWN = 11
    DEAD = 12
    TWO_BEDS = 13


FAULTS = {
    Found.VANISHED: ("people", "died or vanished without a death being counted"),
    Found.RISEN: ("people", "live although they had died, or died and live on"),
    Found.AGE: ("ages", "are younger than 12, grew younger, or grew more than a year older"),
    Found.TWICE: ("places", "hold one place twice, or wait for a place that they hold"),
    Found.UNKNOWN: ("places", "hold a place, or wait for one, in a service that there is not"),
    Found.DEAD: ("places", "hold a place, a bed or a turn on a list although they died"),
    Found.TWO_BEDS: ("beds", "are in a bed and wait for one, or have days of a stay below 0"),
}
"""Subject of each fault, and what people were found to do."""


@table
def take_census(start, stop, r, before, held, found):
    """Look at everybody in the rows start..stop; who was there `before`, in these rows alone, is
    compared and brought up to date but for the keys, which the caller needs.

    held (n_services,): people who hold a place. found (len(Found),): counts and faults.
    """
    held[:] = 0
    found[:] = 0
    # The loops that compare everybody are apart from those that look at few, and vectorised.
    compare_people(start, r, before, found)
    add_up(start, stop, r, found)
    for i in range(start, stop):
        if r.stay[i] | r.boarding[i] != 0:
            found[Found.IN_BED] += 1 if r.stay[i] > 0 else 0
            apart = r.stay[i] >= 0 and r.boarding[i] >= 0 and min(r.stay[i], r.boarding[i]) == 0
            found[Found.TWO_BEDS] += 0 if apart else 1
            found[Found.DEAD] += 1 if r.alive[i] == 0 else 0
        count_held(i, r, held, found)


@part
def compare_people(start, r, before, found):
    """Compare everybody with the week before: a new key is somebody else in the same row.

    Without branches, and counted in local numbers, so that many rows are compared at once.
    """
    keys, alive, ages = before.keys, before.alive, before.ages
    came, vanished, risen, odd = np.int32(0), np.int32(0), np.int32(0), np.int32(0)
    dead = np.int32(0)
    # Counted from 0: where a row might be below it, Numba would look for that in each.
    for j in range(keys.size):
        i = start + j
        new, died = r.key[i] != keys[j], (r.happened[i] & Event.DIED) != 0
        # Local numbers and no branches: this check runs in every week of every run.
        lives, lived = r.alive[i] == 1, alive[j] == 1
        came += np.int32(new)
        dead += np.int32(died)
        vanished += np.int32((not lives) & (new | lived) & (not died))
        risen += np.int32((lives & (died | ((not lived) & (not new)))) | (r.alive[i] > 1))
        steady = new | ((r.age[i] >= ages[j]) & (r.age[i] <= ages[j] + YEAR_AT_MOST))
        odd += np.int32(not (steady & (r.age[i] >= YOUNGEST) & (r.age[i] < MOST)))
        alive[j], ages[j] = r.alive[i], r.age[i]
    found[Found.NEW], found[Found.VANISHED], found[Found.DIED] = came, vanished, dead
    found[Found.RISEN], found[Found.AGE] = risen, odd


@part
def add_up(start, stop, r, found):
    """Sums of what services, ward and posts count from their side."""
    peers, rows, days, sessions = np.int32(0), np.int64(0), np.int32(0), np.int32(0)
    for i in range(start, stop):
        peers += np.int32(r.peer[i])
        # A sum of rows beside the count: two errors that cancel in the count show in it.
        rows += i * np.int64(r.peer[i])
        days += np.int32(r.ward_days[i])
        sessions += np.int32(r.sessions[i])
    found[Found.PEERS], found[Found.PEER_ROWS] = peers, rows
    found[Found.WARD_DAYS], found[Found.SESSIONS] = days, sessions


@part
def count_held(i, r, held, found):
    """Count the places of somebody, and what is wrong with them."""
    cared = (
        r.care_service[i, 0] | r.care_service[i, 1] | r.care_service[i, 2] | r.care_service[i, 3]
    )
    if cared | r.wait_service[i, 0] | r.wait_service[i, 1] == 0:
        return
    found[Found.DEAD] += 1 if r.alive[i] == 0 else 0
    for slot in range(CARE_SLOTS):
        service = int(r.care_service[i, slot])
        # Beyond the end of the services: compared before the number is used as an index.
        if service > held.size:
            found[Found.UNKNOWN] += 1
        elif service > 0:
            held[service - 1] += 1
            for other in range(slot):
                found[Found.TWICE] += 1 if r.care_service[i, other] == service else 0
    for slot in range(WAIT_SLOTS):
        service = int(r.wait_service[i, slot])
        found[Found.UNKNOWN] += 1 if service > held.size else 0
        if service > 0:
            for other in range(CARE_SLOTS):
                found[Found.TWICE] += 1 if r.care_service[i, other] == service else 0
            for other in range(slot):
                found[Found.TWICE] += 1 if r.wait_service[i, other] == service else 0
