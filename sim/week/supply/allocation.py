"""Phase 6, allocation: lists meet places, service by service, by stated priority with a keyed
tie-break.

The only sequential phase: but who gets the freed place depends on the persons who wait, never on
the order of rows.
"""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import inner, loop, part
from sim.engine.priority_queue import call_next, form_line
from sim.engine.random import ALONE, uniforms
from sim.state.codes import Event, KindParameter, Priority
from sim.state.draw_streams import Stream
from sim.state.enrolment import enrol, leave_list
from sim.state.groups import Lists
from sim.state.residents import CARE_SLOTS, WAIT_SLOTS

LONGEST_WAIT = 260
"""Weeks; longer waits are counted as this long."""
MOST_URGENT, URGENT = 1000.0, 500.0
"""Ranks of the urgent, beyond any wait in weeks."""


@part
def rank_waiting(i, waited, priority, r, tie_break, p):
    """Priority of somebody who waits: higher is served first."""
    if priority == Priority.NEEDIEST_FIRST:
        return float(r.phq[i]) + tie_break
    if priority == Priority.FIRST_COME:
        return waited + tie_break
    # After a crisis or a stay comes before any symptoms, symptoms before any wait; the ranks lie
    # further apart than the longest wait.
    recent = r.discharged[i] <= p.urgent_weeks or r.since_crisis[i] <= p.urgent_weeks
    return (
        (MOST_URGENT if recent else (URGENT if r.phq[i] >= p.urgent_phq else 0.0))
        + waited
        + tie_break
    )


@loop
def count_places(r, o):
    """Count who is enrolled and who waits, per service; free the places of those who died."""
    o.enrolled[:] = 0
    o.waiting[:] = 0
    total = 0
    for i in range(r.key.size):
        cared = (
            r.care_service[i, 0]
            | r.care_service[i, 1]
            | r.care_service[i, 2]
            | r.care_service[i, 3]
        )
        # One test for the many who are in no service and on no list.
        if cared | r.wait_service[i, 0] | r.wait_service[i, 1] == 0:
            continue
        for slot in range(CARE_SLOTS):
            service = r.care_service[i, slot]
            if service > 0:
                # Only here: phases before still see where somebody who died this week was in care.
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
def list_waiting(r, o, lists):
    """Write down everybody who waits, and in which slot."""
    before = 0
    # A counting sort: everybody's place in one array follows from how long the lists before are.
    for s in range(o.key.size):
        lists.upto[s] = before
        before += o.waiting[s]
    for i in range(r.key.size):
        if r.wait_service[i, 0] | r.wait_service[i, 1] == 0:
            continue
        for slot in range(WAIT_SLOTS):
            if r.wait_service[i, slot] > 0:
                s = int(r.wait_service[i, slot]) - 1
                lists.who[lists.upto[s]], lists.slot[lists.upto[s]] = i, slot
                lists.upto[s] += 1


@part
def rank_list(s, lists, r, o, week, p):
    """Rank those who wait for service s: by its priority, ties by a draw of the person's own."""
    # `upto` now ends the list of s, whose length has not changed since it was counted.
    first, last = lists.upto[s] - o.waiting[s], lists.upto[s]
    who, rank = lists.who[first:last], lists.rank[first:last]
    draw_tie_breaks(who, o.key[s], r, week.seed, rank)
    for k in range(rank.size):
        waited = float(week.number - r.wait_since[who[k], lists.slot[first + k]])
        # Negated, because lines are formed from the lowest.
        rank[k] = -rank_waiting(who[k], waited, o.priority[s], r, rank[k], p)


@inner
def draw_tie_breaks(who, service, r, seed, tie_break):
    """The draw by which each of a list comes before others of its rank; many are drawn at once."""
    for k in range(who.size):
        # Without a week: the tie-break of a person at a service stays, or a wait would become a
        # lottery that is drawn anew every week.
        tie_break[k], _, _, _ = uniforms(r.key[who[k]], ALONE, Stream.ALLOCATION, service, seed)


@part
def declines(i, slot, s, r, o, week):
    """Whether resident i, offered a place, does not take it: decided with the referral, so that it
    does not hang on how long the list is.
    """
    if o.uptake[s] == 1.0:
        return False
    # The week of referral as counter, although it is past: who would decline does so whenever
    # called.
    referred = np.uint64(week.counter - np.uint64(week.number - r.wait_since[i, slot]))
    _, takes, _, _ = uniforms(r.key[i], referred, Stream.ALLOCATION, o.key[s], week.seed)
    return bool(takes >= o.uptake[s])


@part
def offer(i, slot, s, r, o, waits, week):
    """Offer resident i a place in service s; True where it is taken, and they leave the list.

    Who declines leaves the list too; who has no slot free stays on it.
    """
    if declines(i, slot, s, r, o, week):
        o.declined[s] += 1
        r.happened[i] |= Event.DECLINED
        taken = False
    elif enrol(i, s, r, week.number):
        o.enrolled[s] += 1
        if o.kind_parameters[s, KindParameter.LOW_INTENSITY] == 0.0:
            r.happened[i] |= Event.STARTED
        waits[s, min(max(week.number - r.wait_since[i, slot], 0), LONGEST_WAIT)] += 1
        taken = True
    else:
        return False
    leave_list(i, slot, r)
    o.waiting[s] -= 1
    return taken


@part
def call_list(s, free, lists, r, o, waits, week):
    """Call those who wait for service s in the order of their ranks, until its places are taken."""
    first, last = lists.upto[s] - o.waiting[s], lists.upto[s]
    rank, line = lists.rank[first:last], lists.order[first:last]
    # Where there is a place for everybody, it is the same in whatever order they come.
    in_order = free < rank.size
    if in_order:
        # A heap instead of a sort: a list of hundreds gives away a few places a week.
        form_line(rank, line)
    for called in range(rank.size):
        if free == 0:
            break
        k = first + (call_next(rank, line, rank.size - called) if in_order else called)
        if offer(lists.who[k], lists.slot[k], s, r, o, waits, week):
            free -= 1


@loop
def match(r, o, waits, week, p):
    """Begin the counts of the week, and give free places to those who wait.

    Count the waits of those who got one in `waits` (n, weeks).
    """
    # Counted from the columns every week, so that no error of a count can outlive a week.
    total = count_places(r, o)
    # What services count from here on is of this week.
    waits[:], o.declined[:], o.held[:], o.left[:] = 0, 0, 0, 0
    if total == 0:
        return
    lists = Lists(
        np.empty(total, np.int64),
        np.empty(total, np.int64),
        np.empty(total),
        np.empty(total, np.int64),
        np.empty(o.key.size, np.int64),
    )
    list_waiting(r, o, lists)
    for s in range(o.key.size):
        # Places bound by posts, intake by those present: during a vacancy nobody is sent away, and
        # nobody new comes.
        free = min(o.places[s], o.intake[s]) - o.enrolled[s]
        if free > 0 and o.waiting[s] > 0 and o.open[s] == 1:
            if free < o.waiting[s]:
                rank_list(s, lists, r, o, week, p)
            call_list(s, free, lists, r, o, waits, week)


@loop
def remember(o, waits, starts, early, ring):
    """Keep how many began and how many left early this week (n_services, weeks of a ring)."""
    for s in range(o.key.size):
        began = 0
        for weeks in range(waits.shape[1]):
            began += waits[s, weeks]
        starts[s, ring] = began
        early[s, ring] = o.left[s]
