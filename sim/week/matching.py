"""Phase 6, matching: lists meet places, service by service, by stated priority with a keyed tie-break.

The only sequential phase: but who gets the freed place depends on the persons who wait, never on the
order of rows.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import loop, order_by, part
from sim.draws import ALONE, MATCH, uniforms
from sim.services.offers import FIRST_COME, LIGHT, NEEDIEST_FIRST
from sim.society.care_slots import enrol, leave_list
from sim.society.resident import CARE_SLOTS, STARTED, WAIT_SLOTS

LONGEST_WAIT = 260
"""Weeks; longer waits are counted as this long."""
MOST_URGENT, URGENT = 1000.0, 500.0
"""Ranks of the urgent, beyond any wait in weeks."""


@part
def rank_waiting(i, waited, priority, r, tie_break, p):
    """Priority of somebody who waits: higher is served first."""
    if priority == NEEDIEST_FIRST:
        return float(r.phq[i]) + tie_break
    if priority == FIRST_COME:
        return waited + tie_break
    recent = r.discharged[i] <= p.urgent_weeks or r.since_crisis[i] <= p.urgent_weeks
    return (MOST_URGENT if recent else (URGENT if r.phq[i] >= p.urgent_phq else 0.0)) + waited + tie_break


@loop
def count_places(r, o):
    """Count who is enrolled and who waits, per service; free the places of those who died."""
    o.enrolled[:] = 0
    o.waiting[:] = 0
    total = 0
    for i in range(r.key.size):
        cared = r.care_service[i, 0] | r.care_service[i, 1] | r.care_service[i, 2] | r.care_service[i, 3]
        if cared | r.wait_service[i, 0] | r.wait_service[i, 1] == 0:
            continue
        for slot in range(CARE_SLOTS):
            service = r.care_service[i, slot]
            if service > 0:
                if r.alive[i] == 0:
                    r.care_service[i, slot] = 0
                else:
                    o.enrolled[service - 1] += 1
        for slot in range(WAIT_SLOTS):
            service = r.wait_service[i, slot]
            if service > 0:
                if r.alive[i] == 0:
                    r.wait_service[i, slot] = 0
                else:
                    o.waiting[service - 1] += 1
                    total += 1
    return total


@part
def list_waiting(r, who, where, what):
    """Everybody who waits, in which slot, and for which service (counted from 1)."""
    count = 0
    for i in range(r.key.size):
        if r.wait_service[i, 0] | r.wait_service[i, 1] == 0:
            continue
        for slot in range(WAIT_SLOTS):
            if r.wait_service[i, slot] > 0:
                who[count], where[count], what[count] = i, slot, r.wait_service[i, slot]
                count += 1


@loop
def match(r, o, waits, week_number, p, seed):
    """Give free places to those who wait; count the waits of those who got one in `waits` (n, weeks)."""
    total = count_places(r, o)
    waits[:] = 0
    if total == 0:
        return
    who, where, what = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total, np.int64)
    list_waiting(r, who, where, what)
    rank, line = np.empty(total), np.empty(total, np.int64)
    for s in range(o.key.size):
        free = min(o.places[s], o.intake[s]) - o.enrolled[s]
        if free <= 0 or o.waiting[s] == 0 or o.open[s] == 0:
            continue
        length = 0
        for k in range(total):
            if what[k] == s + 1:
                i = who[k]
                tie_break, _, _, _ = uniforms(r.key[i], ALONE, MATCH, o.key[s], seed)
                rank[length] = -rank_waiting(i, float(week_number - r.wait_since[i, where[k]]), o.priority[s], r, tie_break, p)
                line[length] = k
                length += 1
        for position in order_by(rank[:length]):
            if free == 0:
                break
            k = line[position]
            i = who[k]
            if enrol(i, s, r, week_number):
                free -= 1
                o.enrolled[s] += 1
                if o.special[s, LIGHT] == 0.0:
                    r.happened[i] |= STARTED
                waits[s, min(max(week_number - r.wait_since[i, where[k]], 0), LONGEST_WAIT)] += 1
                leave_list(i, where[k], r)
                o.waiting[s] -= 1
