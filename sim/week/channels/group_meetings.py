"""Members of groups who become friends, in all services at once: listed in one look at everybody
and tied in one call, because a list and a call for each service took longer than all other ties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import loop, part
from sim.engine.priority_queue import order_by
from sim.state.residents import CARE_SLOTS
from sim.week.resident.group_ties import befriend_in_groups

if TYPE_CHECKING:
    from sim.week.world import World


@loop
def meet_in_groups(r, o, group_size, ties, week, p):
    """Let members of the groups of each service that makes friends become friends, service after
    service.
    """
    members, ends = list_meeting(r, o)
    first = 0
    for s in range(ends.size):
        if ends[s] > first:
            befriend_in_groups(members[first : ends[s]], group_size[s], r, ties, week, p)
        first = ends[s]


@loop
def list_meeting(r, o):
    """Rows of the members of services that make friends, service after service, in the order of
    their keys: a full list of ties takes no more. Where those of each service end.
    """
    places = 0
    for i in range(r.key.size):
        places += CARE_SLOTS if has_place(i, r) else 0
    # Everybody's slots are looked through once; the few members who are found are then sorted.
    who, where = np.empty(places, np.int64), np.empty(places, np.int64)
    ends, found = np.zeros(o.key.size, np.int64), 0
    for i in range(r.key.size):
        if not has_place(i, r):
            continue
        for slot in range(CARE_SLOTS):
            s = int(r.care_service[i, slot]) - 1
            if makes_friends(s, o):
                who[found], where[found] = i, s
                ends[s] += 1
                found += 1
    for s in range(1, ends.size):
        # Where each service's part ends is known from the counts, so that one array serves all.
        ends[s] += ends[s - 1]
    last, members = ends.copy(), np.empty(found, np.int64)
    # From the last to the first, because parts are filled from their ends: keys come out in order.
    for k in range(found - 1, -1, -1):
        last[where[k]] -= 1
        members[last[where[k]]] = who[k]
    for s in range(ends.size):
        if ends[s] > last[s]:
            # Newcomers have later keys than the rows that they took: only they are out of order.
            sort_by_key(members[last[s] : ends[s]], r)
    return members, ends


@part
def has_place(i, r):
    """Whether resident i has a place anywhere: one test for the many who have none."""
    places = r.care_service[i, 0] | r.care_service[i, 1]
    return places | r.care_service[i, 2] | r.care_service[i, 3] != 0


@part
def makes_friends(s, o):
    """Whether row `s`, -1 for none, is a service in which friends are made and somebody is."""
    return s >= 0 and o.friends[s] * o.enrolled[s] != 0


@part
def sort_by_key(members, r):
    """Put rows in the order of keys, in which those of the beginning stand: only newcomers, who
    have later keys than these, are sorted.
    """
    came, early, late = np.empty(members.size, np.int64), 0, 0
    last, in_order = np.int64(-1), True
    for k in range(members.size):
        i = members[k]
        if r.key[i] < r.key.size:
            in_order = in_order and r.key[i] > last
            last = np.int64(r.key[i])
            members[early] = i
            early += 1
        else:
            came[late] = i
            late += 1
    # Row by row: a slice that is given to a slice takes a fifteenth of the model's compilation.
    for k in range(late):
        members[early + k] = came[k]
    # Whoever numbers rows in another order has everybody sorted.
    first = early if in_order else 0
    keys, unsorted = np.empty(members.size - first), np.empty(members.size - first, np.int64)
    for k in range(keys.size):
        unsorted[k] = members[first + k]
        keys[k] = float(r.key[unsorted[k]])
    order = order_by(keys)
    for k in range(keys.size):
        members[first + k] = unsorted[order[k]]


def prepare(world: World) -> None:
    """Compile what only towns with groups need; nobody becomes a friend."""
    o, strangers = world.provision.offers, world.parameters.social._replace(group_friendship=0.0)
    meet_in_groups(
        world.residents, o, world.provision.group_size, world.ties, world.when, strangers
    )
