"""Phase 1, calendar: services start, ramp up, shrink and end.

Shocks strike; people are let go where places close.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import compile_ahead, loop, part
from sim.engine.priority_queue import order_by
from sim.engine.random import ALONE, draw, draw_for, name_key
from sim.scenario.schema.shocks import HardTimes, StaffShortage, VolunteerExodus
from sim.services.provision import ENDS, RAMP, STARTS
from sim.state.codes import Employment, Priority, Route
from sim.state.draw_streams import Stream
from sim.state.enrolment import join_list, leave, leave_list
from sim.state.groups import AfterCut, Capacity, Search, Sizes, Supply
from sim.state.residents import CARE_SLOTS, WAIT_SLOTS
from sim.state.staff import ROLES
from sim.week.resident.service_choice import WORKING_AGE, choose_service
from sim.week.supply.allocation import count_places
from sim.week.supply.outreach import set_outreach, vouch, work_with_partners
from sim.week.supply.workforce import measure_capacity, vacate_post

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.world import World

NEARLY = 0.02
"""Part of a post that may be missing where the next post opens: shares of money are not exact."""


def open_week(world: World) -> None:
    """Open and close posts and services for this week, and let go whoever has no place any more."""
    # Before everybody's week: what opens this week can be chosen this week.
    provision, scenario = world.provision, world.scenario
    world.let_go = world.closed_out = 0
    people = world.residents, provision.offers, provision.staff
    capacity = Capacity(provision.caseload, provision.groups, provision.voice, world.trust)
    sizes = Sizes(world.wanted, world.share, world.size, provision.full)
    if provision.ahead or scenario.shocks:
        world.wanted[:] = plan_sizes(world, world.week)
        open_services(*people, sizes, _staff_ahead(world) if provision.ahead else world.wanted)
        # After posts have opened, so that a shortage can take who was hired to them.
        _apply_shocks(world)
        _remove_staff(world)
        over = ready_services(*people, capacity)
    else:
        # Nothing but dates decides: one call, since the way into a loop takes longer than each.
        dated = provision.dates, world.scale
        over = open_as_dated(*people, sizes, *dated, capacity, world.week)
    work_with_partners(world)
    # Only where somebody holds a place that is gone: looking through everybody takes longest here.
    if over:
        _close_places(world)


def plan_sizes(world: World, week: int) -> NDArray[np.float64]:
    """Share of each declared service (n_services,) that should run in a week: dates, ramp, and what
    the committee decided.
    """
    share = np.empty(world.scale.size)
    follow_dates(world.provision.dates, world.scale, week, share)
    closed = (
        {
            name
            for _, shock in _find_acting(world)
            if world.week < shock.until
            for name in shock.closed
        }
        if world.scenario.shocks
        else ()
    )
    for name in closed:
        if name in world.provision.names:
            share[world.provision.names.index(name)] = 0.0
    return share


@loop
def follow_dates(dates, scale, week, share):
    """Share (n_services,) of each service that its dates and its ramp let run in a week."""
    for s in range(share.size):
        # The ramp counts its first week as one step, not as none: something must open in the week
        # it opens.
        grown = min(1.0, (week - dates[s, STARTS] + 1.0) / dates[s, RAMP])
        share[s] = grown * scale[s] if dates[s, STARTS] <= week < dates[s, ENDS] else 0.0


@loop
def open_services(r, o, staff, sizes, planned):
    """Open what is wanted; the size of each service becomes what can be paid of what is planned of
    it, and posts follow.
    """
    for s in range(planned.size):
        o.open[s] = 1 if sizes.wanted[s] > 0.0 else 0
        size = planned[s] * sizes.share[s]
        # Posts are touched where the size has changed: most services keep theirs for years.
        if size != sizes.size[s]:
            sizes.size[s] = size
            set_posts(s, size, sizes.full, staff, r)


@loop
def open_as_dated(r, o, staff, sizes, dates, scale, capacity, week):
    """Open what dates and ramps let run, and ready it; returns what `ready_services` does."""
    follow_dates(dates, scale, week, sizes.wanted)
    open_services(r, o, staff, sizes, sizes.wanted)
    return ready_services(r, o, staff, capacity)


@loop
def ready_services(r, o, staff, capacity):
    """Measure what posts allow and set whom services reach, those who vouch for them included.

    Returns whether somebody holds, or waits for, a place that is no longer there.
    """
    if capacity.voice.any():
        vouch(r, o, staff, capacity.voice, capacity.trust)
    set_outreach(o)
    return measure_capacity(staff, o, capacity.caseload, capacity.groups)


def _staff_ahead(world: World) -> NDArray[np.float64]:
    """Share of the declared posts of each service that should be open: what runs, and what is
    recruited for ahead of the start.
    """
    share = world.wanted.copy()
    for s in world.provision.ahead:
        # Recruiting begins before the service does; during the burn-in also, as far as it belongs
        # to it.
        service = world.provision.declared[s]
        start, ahead = service.from_, service.recruit_ahead
        if (
            start is not None
            and world.week < start
            # A start after week 0 must not reach into the burn-in: towns with the same past would
            # differ there.
            and world.week >= (start - ahead if start < 0 else max(start - ahead, 0))
        ):
            share[s] = plan_sizes(world, start)[s]
    return share


@loop
def set_posts(s, share, full, staff, r):
    """Bring the open posts of service s to a share of those declared; `full` as in `Provision`.

    Half a post of slack keeps them from flickering.
    """
    for first in range(staff.key.size):
        # The first post of a role stands for all of them.
        if staff.service[first] != s or staff.number[first] != 0 or full[first] < 0:
            continue
        role, now = staff.role[first], 0
        for k in range(staff.key.size):
            now += staff.open[k] if staff.service[k] == s and staff.role[k] == role else 0
        goal = full[first] * share
        # Shrinking rounds to the nearest, growing waits for a whole post: money that comes and goes
        # around a half would otherwise dismiss and hire somebody every month.
        shrunk, grown = int(np.floor(goal + 0.5)), int(np.floor(goal + NEARLY))
        count = shrunk if goal < now - 0.5 else max(now, grown)
        for k in range(staff.key.size if count != now else 0):
            if staff.service[k] == s and staff.role[k] == role:
                staff.open[k] = 1 if staff.number[k] < count else 0
                if staff.open[k] == 0 and staff.filled[k] == 1:
                    vacate_post(k, staff, r)


def open_post(world: World, k: int, *, is_open: bool) -> None:
    """Open a post, or close it and let its holder go."""
    staff = world.provision.staff
    staff.open[k] = int(is_open)
    if not is_open and staff.filled[k]:
        vacate(world, k)


def vacate(world: World, k: int) -> None:
    """Take the holder out of a post; a peer is a resident again and nothing else."""
    vacate_post(k, world.provision.staff, world.residents)


def _find_acting(world: World) -> list[tuple[str, HardTimes]]:
    """Hard times that last this week or end with it."""
    times = [
        (name, shock)
        for name, shock in world.scenario.shocks.items()
        if isinstance(shock, HardTimes) and shock.enabled
    ]
    return [(name, shock) for name, shock in times if shock.at <= world.week <= shock.until]


def _apply_shocks(world: World) -> None:
    """What hard times change this week: life events, contact, work."""
    # Set anew every week, so that hard times which end leave nothing behind.
    world.surge = world.contact = 1.0
    for name, shock in _find_acting(world):
        if world.week < shock.until:
            world.surge *= shock.life_events
            world.contact *= 1.0 - shock.contacts_lost
        if shock.jobs_lost > 0.0 and world.week in {shock.at, shock.until}:
            _lose_work(world, name, shock, back=world.week == shock.until)


def _lose_work(world: World, name: str, shock: HardTimes, *, back: bool) -> None:
    """Some lose their work when hard times begin, by lot, and find it again when they end, at the
    same place.
    """
    r = world.residents
    drawn = (
        # Without a week, so that the same people lose their work and find it again.
        draw_for(r.key, np.uint64(0), Stream.CUT, np.uint64(name_key(name)), world.seed)[:, 0]
        < shock.jobs_lost
    )
    if back:
        r.employment[
            # Only who has an employer to return to, is of working age and has found no work
            # meanwhile.
            drawn
            & (r.employment == Employment.NOT_IN_WORK)
            & (r.place > 0)
            & (r.age < WORKING_AGE[1])
        ] = Employment.EMPLOYED
    else:
        r.employment[drawn & (r.employment == Employment.EMPLOYED)] = Employment.NOT_IN_WORK


def _remove_staff(world: World) -> None:
    """A staff shortage takes its share of holders, those whose keyed draw is lowest."""
    staff = world.provision.staff
    for name, shock in world.scenario.shocks.items():
        # On one week only: posts left then are refilled by the usual rules, unless the shortage
        # lasts.
        if (
            not isinstance(shock, StaffShortage | VolunteerExodus)
            or not shock.enabled
            or shock.at != world.week
        ):
            continue
        role = shock.role if isinstance(shock, StaffShortage) else "volunteer"
        rows = np.flatnonzero((staff.role == ROLES.index(role)) & (staff.filled == 1))
        drawn = draw_for(
            staff.key[rows].astype(np.uint32),
            world.week_counter,
            Stream.CUT,
            np.uint64(name_key(name)),
            world.seed,
        )[:, 0]
        # A share of those who are there, not a chance for each: the scenario states how many are
        # lost.
        for k in rows[np.argsort(drawn)[: round(shock.share * rows.size)]]:
            vacate(world, int(k))


def _close_places(world: World) -> None:
    count_places(world.residents, world.provision.offers)
    o, p = world.provision.offers, world.parameters
    given = AfterCut(p.workforce.cut_relist, p.choice)
    # From the columns as they now are, after services were counted anew.
    for s in range(o.key.size):
        closed = o.open[s] == 0
        # Lent places are those of another town's lists that a run holds (`channels`), not of this
        # town.
        excess = int(o.enrolled[s] - (0 if closed else o.places[s] + world.lent[s]))
        if excess > 0:
            by_need = bool(o.priority[s] == Priority.NEEDIEST_FIRST)
            world.let_go += excess
            let_go(world.residents, o, s, excess, by_need, given, world.when)
        # A list that leads nowhere is closed in the same week, rather than waited on in vain.
        if closed and o.waiting[s] > 0:
            world.closed_out += int(o.waiting[s])
            close_list(world.residents, o, s, given, world.when)


def prepare(world: World) -> None:
    """Compile what only a cut or a closure needs; nothing is changed."""
    given = world.residents, world.provision.offers, 0
    after = AfterCut(0.0, world.parameters.choice)
    let_go(*given, 0, False, after, world.when)
    compile_ahead(close_list, *given, after, world.when)
    compile_ahead(count_places, *given[:2])
    compile_ahead(vacate_post, 0, world.provision.staff, world.residents)


@loop
def let_go(r, o, service, excess, by_need, p, week):
    """Take `excess` people out of a service: by lot, or the least ill first.

    Some look for another place at once.
    """
    # As long as the list of those enrolled, which was counted just before.
    who, rank, count = np.empty(o.enrolled[service], np.int64), np.empty(o.enrolled[service]), 0
    for i in range(r.key.size):
        for slot in range(CARE_SLOTS):
            if r.care_service[i, slot] == service + 1:
                lot, _, _, _ = draw(r.key[i], Stream.CUT, o.key[service], week)
                who[count] = i
                # Least ill first where need decides; the lot lies below one point and breaks ties
                # alone.
                rank[count] = float(r.phq[i]) + lot if by_need else lot
                count += 1
    for position in order_by(rank[:count])[:excess]:
        i = who[position]
        for slot in range(CARE_SLOTS):
            if r.care_service[i, slot] == service + 1:
                leave(i, slot, r)
        o.enrolled[service] -= 1
        # At once and with a draw of their own: the choice of others on the list does not move.
        seek_replacement(i, r, o, service, p, week)


@loop
def close_list(r, o, service, p, week):
    """Take everybody off the list of a service that has closed.

    Some look for another place at once, as those do who lose theirs.
    """
    for i in range(r.key.size):
        for slot in range(WAIT_SLOTS):
            if r.wait_service[i, slot] == service + 1:
                leave_list(i, slot, r)
                seek_replacement(i, r, o, service, p, week)
    o.waiting[service] = 0


@part
def seek_replacement(i, r, o, service, p, week):
    """Somebody whose place, or hope of one, was closed looks for another at once, or does not."""
    looks, _, _, _ = draw(r.key[i], Stream.CUT, ALONE, week)
    # One draw a week, not one for each service lost: who looks, looks.
    if looks < p.relist:
        search = Search(Stream.CUT, np.int64(Route.SELF_REFERRAL), o.informal[service], 0.0)
        other = choose_service(i, r, Supply(o, p.choice), search, week)
        # The service itself may be open again in another neighbourhood; returning at once would
        # undo the cut.
        if other >= 0 and other != service:
            join_list(i, other, r, week.number)
