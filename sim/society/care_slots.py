"""A resident's places in care and on waiting lists: a few slots each, 0 for a free one."""

from __future__ import annotations

from sim.compiled import part
from sim.society.resident import CARE_SLOTS, WAIT_SLOTS


@part
def is_enrolled(i, service, r):
    """Whether resident i has a place in a service."""
    for slot in range(CARE_SLOTS):
        if r.care_service[i, slot] == service + 1:
            return True
    return False


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
