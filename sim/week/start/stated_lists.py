"""Lead the burn-in to what a scenario states of its services at week 0: vacant posts, people in
care, lists and how long people have waited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import loop
from sim.engine.random import draw_for
from sim.state.draw_streams import Stream
from sim.state.enrolment import enrol, join_list, leave, leave_list
from sim.state.groups import Supply
from sim.state.residents import CARE_SLOTS, WAIT_SLOTS
from sim.state.staff import NOBODY, PEER_ROLES, ROLES
from sim.week.resident.service_choice import is_open_to
from sim.week.supply.allocation import count_places
from sim.week.supply.calendar import vacate
from sim.week.supply.hiring import find_peer, start_work
from sim.week.supply.workforce import measure_capacity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.schema.services import AtStart
    from sim.week.world import World

LED, EVERY = 24, 4
"""Weeks before week 0 from which the burn-in is led, and how often: so that most of those who are
in care at week 0 have been there for a while.
"""
EXACT = 1e-9


def lead_to_start(world: World) -> None:
    """Bring services to what the scenario states of week 0, at its end exactly; what there is no
    room and nobody for is left out.
    """
    # Led in steps: rules of the week act in between, so that courses and waits have the mix of a
    # running service.
    if world.week > 0 or world.week < -LED or world.week % EVERY:
        return
    provision, o = world.provision, world.provision.offers
    stated = [
        (s, service.at_start)
        for s, service in enumerate(provision.declared)
        if service.at_start is not None and o.open[s]
    ]
    if not stated:
        return
    for s, given in stated:
        # Posts before people: they decide how many places there are.
        for role, vacant in given.vacant.items():
            settle_posts(world, s, role, vacant)
    measure_capacity(provision.staff, o, provision.caseload, provision.groups)
    count_places(world.residents, o)
    for s, given in stated:
        if given.in_care is not None:
            settle_care(world, s, given.in_care)
    for s, given in stated:
        settle_list(world, s, given)
    count_places(world.residents, o)


def settle_posts(world: World, s: int, role: str, vacant: float) -> None:
    """Leave so many full-time posts of a role vacant, as nearly as posts are divided, and fill the
    others; a peer's only where somebody is found.
    """
    staff = world.provision.staff
    of_role = (staff.service == s) & (staff.role == ROLES.index(role))
    rows = np.flatnonzero(of_role & (staff.open == 1))
    drawn = draw_for(
        staff.key[rows].astype(np.uint32),
        world.week_counter,
        Stream.PAST,
        world.provision.offers.key[s],
        world.seed,
    )
    # Empty posts first: nobody is made to leave where a vacant post serves as well.
    order = np.lexsort((drawn[:, 0], staff.filled[rows]))
    empty = set(rows[order][choose_posts(staff.hours[rows][order], vacant)].tolist())
    for k, chance in zip(rows.tolist(), drawn[:, 1].tolist(), strict=True):
        if k in empty and staff.filled[k]:
            vacate(world, k)
        elif k not in empty and not staff.filled[k]:
            _fill(world, k, role, chance)


def choose_posts(hours: NDArray[np.float64], wanted: float) -> NDArray[np.bool_]:
    """Which posts, from the front, come nearest to so many full-time ones in all."""
    chosen, total = np.zeros(hours.size, np.bool_), 0.0
    for k, more in enumerate(hours.tolist()):
        if total + more <= wanted + EXACT:
            chosen[k], total = True, total + more
    left = np.flatnonzero(~chosen)
    # Perhaps one more, where that comes nearer than staying below.
    if left.size:
        last = left[np.argmin(hours[left])]
        if abs(total + hours[last] - wanted) < abs(total - wanted) - EXACT:
            chosen[last] = True
    return chosen


def _fill(world: World, k: int, role: str, chance: float) -> None:
    staff = world.provision.staff
    if role in PEER_ROLES:
        resident = find_peer(world, k)
        if resident == NOBODY:
            return
        staff.resident[k] = resident
        world.residents.peer[resident] = 1
    start_work(world, k, training=0)
    staff.tenure[k] = int(chance * world.parameters.workforce.longest_tenure)


def settle_care(world: World, s: int, in_care: int) -> None:
    """So many people in a service, as far as it has places: from its list first, those who wait
    longest; then people in need whom it is open to, by lot. Too many leave by lot.
    """
    r, o = world.residents, world.provision.offers
    there = np.flatnonzero((r.care_service == s + 1).any(axis=1))
    # Never beyond its places: who is not looked after would be let go at week 0.
    short = min(in_care, int(o.places[s])) - there.size
    if short < 0:
        end_care(r, s, there[np.argsort(_draw_lots(world, s, there))][:-short])
    elif short > 0:
        waiting = np.flatnonzero((r.wait_service == s + 1).any(axis=1))
        since = _read_waits(world, s, waiting)
        first = waiting[np.lexsort((_draw_lots(world, s, waiting), -since))]
        begin_care(r, s, np.concatenate((first, _find_others(world, s))), short, world.week)


def settle_list(world: World, s: int, given: AtStart) -> None:
    """So many people on the list of a service who have waited so long; waits are spread as in a
    steady queue, evenly from none to twice the mean.
    """
    r = world.residents
    there = np.flatnonzero((r.wait_service == s + 1).any(axis=1))
    # Before anybody is added: a stated length alone must not change how long people have waited.
    mean = float(_read_waits(world, s, there).mean()) if there.size else 0.0
    if given.waiting is not None:
        short = given.waiting - there.size
        if short < 0:
            end_waits(r, s, there[np.argsort(_draw_lots(world, s, there))][:-short])
        elif short > 0:
            begin_waits(r, s, _find_others(world, s), short, world.week)
    if given.waiting is None and given.waited is None:
        return
    there = np.flatnonzero((r.wait_service == s + 1).any(axis=1))
    if given.waited is not None:
        mean = float(given.waited)
    _spread_waits(world, s, there, mean)


def _spread_waits(world: World, s: int, there: NDArray[np.int64], mean: float) -> None:
    """Waits of mean `mean` for those on a list, longest for those who have waited longest."""
    r = world.residents
    order = np.lexsort((_draw_lots(world, s, there), -_read_waits(world, s, there)))
    waits = np.round(2.0 * mean * (there.size - np.arange(there.size) - 0.5) / max(there.size, 1))
    slot = np.argmax(r.wait_service[there] == s + 1, axis=1)
    r.wait_since[there[order], slot[order]] = (world.week - waits).astype(r.wait_since.dtype)


def _read_waits(world: World, s: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Weeks that people on the list of a service have waited."""
    r = world.residents
    slot = np.argmax(r.wait_service[rows] == s + 1, axis=1)
    return np.asarray(world.week - r.wait_since[rows, slot].astype(np.int64))


def _draw_lots(world: World, s: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    key = world.provision.offers.key[s]
    keys = world.residents.key[rows]
    return draw_for(keys, world.week_counter, Stream.PAST, key, world.seed)[:, 0]


def _find_others(world: World, s: int) -> NDArray[np.int64]:
    """People whom a service is open to, by lot: for treatment those in need, after a crisis for
    whom that is what it takes.
    """
    r, o = world.residents, world.provision.offers
    welcome = np.zeros(r.key.size, np.bool_)
    list_welcome(r, o, s, world.parameters.choice, world.when, welcome)
    rows = np.flatnonzero(welcome & (world.in_need | (o.informal[s] == 1)))
    return rows[np.argsort(_draw_lots(world, s, rows))]


@loop
def list_welcome(r, o, s, choice, week, found):
    """Mark in `found` (n_residents,) who lives, is out of the ward, and may come to a service."""
    supply = Supply(o, choice)
    for i in range(r.key.size):
        found[i] = r.alive[i] == 1 and r.stay[i] == 0 and is_open_to(i, s, r, supply, week)


@loop
def begin_care(r, s, rows, wanted, week_number):
    """Enrol the first so many of `rows` who have a slot free, and take them off the list."""
    for i in rows:
        if wanted == 0:
            break
        if enrol(i, s, r, week_number):
            wanted -= 1
            for slot in range(WAIT_SLOTS):
                if r.wait_service[i, slot] == s + 1:
                    leave_list(i, slot, r)


@loop
def end_care(r, s, rows):
    """Free the places that `rows` hold in a service."""
    for i in rows:
        for slot in range(CARE_SLOTS):
            if r.care_service[i, slot] == s + 1:
                leave(i, slot, r)


@loop
def begin_waits(r, s, rows, wanted, week_number):
    """Put the first so many of `rows` who have a slot free on the list of a service."""
    for i in rows:
        if wanted == 0:
            break
        if join_list(i, s, r, week_number):
            wanted -= 1


@loop
def end_waits(r, s, rows):
    """Take `rows` off the list of a service."""
    for i in rows:
        for slot in range(WAIT_SLOTS):
            if r.wait_service[i, slot] == s + 1:
                leave_list(i, slot, r)
