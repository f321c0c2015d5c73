"""A resident's places in care and on waiting lists: a few slots each, 0 for a free one."""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import loop, part
from sim.engine.priority_queue import order_by
from sim.state.residents import CARE_SLOTS, WAIT_SLOTS


@part
def is_enrolled(i, service, r):
    """Whether resident i has a place in a service."""
    for slot in range(CARE_SLOTS):
        # Stored with one added: columns begin with zeros, and zero has to mean nobody's place.
        if r.care_service[i, slot] == service + 1:
            return True
    return False


@loop
def list_members(r, service):
    """Rows of those who have a place in a service, in the order of their keys."""
    count = 0
    for i in range(r.key.size):
        count += 1 if is_enrolled(i, service, r) else 0
    members, keys, found = np.empty(count, np.int64), np.empty(count), 0
    for i in range(r.key.size):
        if is_enrolled(i, service, r):
            members[found], keys[found] = i, float(r.key[i])
            found += 1
    # By key, so that who sits with whom does not depend on the order of rows.
    return members[order_by(keys)]


@part
def is_waiting(i, service, r):
    """Whether resident i is on the list of a service."""
    for slot in range(WAIT_SLOTS):
        if r.wait_service[i, slot] == service + 1:
            return True
    return False


@part
def enrol(i, service, r, week_number):
    """Give resident i a place; False when all slots are taken or the place is already held."""
    if is_enrolled(i, service, r):
        return False
    for slot in range(CARE_SLOTS):
        if r.care_service[i, slot] == 0:
            r.care_service[i, slot] = service + 1
            r.care_since[i, slot] = week_number
            # Slots are used again: what the last place left behind must not count for this one.
            r.care_sessions[i, slot] = 0
            return True
    return False


@part
def leave(i, slot, r):
    """Free a place."""
    r.care_service[i, slot] = 0
    r.care_since[i, slot] = 0
    r.care_sessions[i, slot] = 0


@part
def join_list(i, service, r, week_number):
    """Put resident i on a list; False when on two already, on this one, or enrolled."""
    # Nobody waits for what they have: they would be called, and the place be lost to somebody else.
    if is_enrolled(i, service, r) or is_waiting(i, service, r):
        return False
    for slot in range(WAIT_SLOTS):
        if r.wait_service[i, slot] == 0:
            r.wait_service[i, slot] = service + 1
            r.wait_since[i, slot] = week_number
            return True
    return False


@part
def leave_list(i, slot, r):
    """Take resident i off a list."""
    r.wait_service[i, slot] = 0
    r.wait_since[i, slot] = 0
