"""Filling vacant posts: professionals come from outside, peers from residents in recovery.

Part of phase 9. The loop closes: help makes people well, well people help; where nobody is well,
the programme runs dry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import loop, part
from sim.engine.random import ALONE, draw_for, normals_for, uniforms
from sim.state.draw_streams import Stream
from sim.state.staff import NOBODY, PEER_ROLES, ROLES
from sim.week.supply.calendar import vacate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.world import World

BY_PEERS = np.array([role in PEER_ROLES for role in ROLES])
"""Whether a role, in the order of ROLES, is one of people with lived experience."""


def fill_posts(world: World) -> NDArray[np.int64]:
    """Fill every post for which a hire is due; number of hires per service."""
    staff = world.provision.staff
    hires = np.zeros(len(world.provision.names), np.int64)
    # Before posts are filled: who is found by an organiser starts in the same week.
    if np.count_nonzero(world.provision.speed):
        recruit_by_trust(world)
    # `wanted` was drawn in `workforce`, with the post's own draws; here only people are found for
    # it.
    for k in staff.wanted.nonzero()[0]:
        if is_short_of(world, ROLES[staff.role[k]]):
            continue
        if ROLES[staff.role[k]] in PEER_ROLES:
            resident = find_peer(world, int(k))
            if resident == NOBODY:
                # Nobody is well enough: the post stays vacant, and is looked at again when the next
                # hire is due.
                continue
            staff.resident[k] = resident
            world.residents.peer[resident] = 1
        start_work(world, int(k), training=int(world.parameters.workforce.training_weeks))
        hires[staff.service[k]] += 1
    staff.wanted[:] = 0
    return hires


def recruit_by_trust(world: World) -> None:
    """Organisers, whom a neighbourhood trusts, find peers and volunteers for vacant posts
    sooner.
    """
    staff, provision = world.provision.staff, world.provision
    vacant = np.flatnonzero((staff.open == 1) & (staff.filled == 0) & BY_PEERS[staff.role])
    speed = (
        float((provision.speed[staff.service] * staff.hours * staff.filled).sum())
        if vacant.size
        else 0.0
    )
    if speed <= 0.0:
        return
    drawn = draw_for(
        staff.key[vacant].astype(np.uint32), world.week_counter, Stream.RECRUIT, ALONE, world.seed
    )[:, 0]
    # A rate over the usual time to recruit, as the chance of at least one in the week.
    found = 1.0 - np.exp(-speed / provision.recruiting[staff.service[vacant]])
    staff.wanted[vacant[drawn < found]] = 1


def is_short_of(world: World, role: str) -> bool:
    """Whether a shortage keeps a role from being hired this week."""
    shortages = (
        s
        for s in world.scenario.shocks.values()
        if s.kind == "staff_shortage" and s.enabled and s.role == role
    )
    return any(s.at <= world.week and (s.until is None or world.week < s.until) for s in shortages)


def start_work(world: World, k: int, *, training: int) -> None:
    """Put somebody into a post."""
    staff, p = world.provision.staff, world.parameters.workforce
    key = staff.key[k : k + 1].astype(np.uint32)
    chance = normals_for(key, ALONE, Stream.WORK, np.uint64(staff.holder[k]), world.seed)[0]
    staff.filled[k] = 1
    staff.tenure[k] = 0
    staff.training[k] = training
    # Strain of a newcomer has the spread of strain at rest: a new holder at exactly the mean would
    # make turnover fall after every hire.
    spread = p.strain_noise / np.sqrt(1.0 - (1.0 - p.strain_pull) ** 2)
    staff.strain[k] = float(np.clip(p.strain + spread * chance, 0.0, 1.0))


def find_peer(world: World, k: int) -> int:
    """A resident with lived experience who is well now: the one whose draw for this post is
    highest; -1 for nobody.
    """
    staff, p = world.provision.staff, world.parameters.workforce
    experienced = ROLES[staff.role[k]] != "volunteer"
    return int(find_fittest(world.residents, staff, k, experienced, world.seed, p))


@loop
def find_fittest(r, staff, k, experienced, seed, p):
    """Of all who are fit for post `k`, the one whose draw for it is highest;
    `experienced`: whether lived experience is asked for.
    """
    best, found = 0.0, NOBODY
    for i in range(r.key.size):
        if is_fit(i, r, p) and (not experienced or has_been_ill(i, r)):
            # Keyed by holder and post: another vacancy elsewhere does not change who is found for
            # this one.
            chance, _, _, _ = uniforms(
                r.key[i], staff.holder[k], Stream.RECRUIT, staff.key[k], seed
            )
            # The highest draw is a fair lot in one pass, whatever the order of rows.
            if chance > best:
                best, found = chance, i
    return found


@part
def is_fit(i, r, p):
    """Whether somebody is well, of age and not at work as a peer, and knows more than they fear."""
    return (
        # Speaking openly of an own illness is part of the work.
        r.knowledge[i] > r.stigma[i]
        and r.phq[i] < p.peer_wellness_phq
        and r.episode[i] <= 0
        and r.stay[i] == 0
        and r.discharged[i] > p.peer_after_ward
        and r.alive[i] == 1
        and r.age[i] >= p.peer_age_from
        and r.age[i] < p.peer_age_to
        and r.peer[i] == 0
    )


@part
def has_been_ill(i, r):
    """Whether somebody has lived experience: an episode before or a severe illness."""
    return r.episodes[i] > 0 or r.past_episodes[i] > 0 or r.severe[i] == 1


def succeed(world: World, before: NDArray[np.int64]) -> None:
    """Clear every post left this week.

    The next holder counts as another one and has draws of their own.
    """
    staff = world.provision.staff
    # Left in compiled code by `filled` alone: the rest of a departure is done here, in one place.
    for k in np.flatnonzero(before > staff.filled):
        vacate(world, int(k))
