"""A resident's places in care and on waiting lists: a few slots each, 0 for a free one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import loop, part
from sim.state.residents import CARE_SLOTS, WAIT_SLOTS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sort_places(
    care_service: NDArray[np.uint8], services: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places in care by service: `first` (services + 1,), and the positions row * CARE_SLOTS +
    slot, ascending.

    Those of service s stand from first[s] to first[s + 1].
    """
    return _sort(
        np.flatnonzero(care_service.view(np.uint32) != 0), care_service, services
    )  # the slots of a row are one number


@loop
def _sort(
    enrolled: NDArray[np.int64], care_service: NDArray[np.uint8], services: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    upto = np.zeros(services + 2, np.int64)
    for i in enrolled:
        for slot in range(CARE_SLOTS):
            held = care_service[i, slot]
            upto[held + 1] += 1 if held > 0 else 0
    for s in range(services + 1):
        upto[s + 1] += upto[s]
    first = upto[1:].copy()
    positions = np.empty(first[services], np.int64)
    for i in enrolled:
        for slot in range(CARE_SLOTS):
            held = care_service[i, slot]
            if held > 0:
                positions[upto[held]] = i * CARE_SLOTS + slot
                upto[held] += 1
    return first, positions


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
