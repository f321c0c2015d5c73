"""Filling vacant posts: professionals come from outside, peers from residents in recovery.

Part of phase 9. The loop closes: help makes people well, well people help; where nobody is well,
the programme runs dry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import inner, loop, part
from sim.engine.random import ALONE, draw_for, normal_of, uniforms
from sim.state.codes import Role
from sim.state.draw_streams import Stream
from sim.state.staff import NOBODY, PEER_ROLES, ROLES
from sim.week.supply.calendar import vacate

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    wanted = staff.wanted.nonzero()[0].tolist()
    due = [k for k in wanted if not is_short_of(world, ROLES[staff.role[k]])]
    by_peers = [k for k in due if BY_PEERS[staff.role[k]]]
    found = find_peers(world, by_peers) if by_peers else []
    for k, resident in zip(by_peers, found, strict=True):
        if resident == NOBODY:
            # Nobody is well enough: the post stays vacant, and is looked at again when the next
            # hire is due.
            due.remove(k)
            continue
        staff.resident[k] = resident
        world.residents.peer[resident] = 1
    if due:
        start_work(world, due, training=int(world.parameters.workforce.training_weeks))
    for k in due:
        hires[staff.service[k]] += 1
    staff.wanted[:] = 0
    return hires


def recruit_by_trust(world: World) -> None:
    """Organisers, whom a neighbourhood trusts, find peers and volunteers for vacant posts
    sooner.
    """
    staff, provision = world.provision.staff, world.provision
    vacant = np.flatnonzero((staff.open > staff.filled) & BY_PEERS[staff.role])
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


def start_work(world: World, posts: int | Sequence[int], *, training: int) -> None:
    """Put somebody into a post, or into each of several."""
    staff, p = world.provision.staff, world.parameters.workforce
    rows = np.atleast_1d(np.array(posts, np.int64))
    # Strain of a newcomer has the spread of strain at rest: a new holder at exactly the mean would
    # make turnover fall after every hire.
    spread = float(p.strain_noise / np.sqrt(1.0 - (1.0 - p.strain_pull) ** 2))
    begin_work(staff, rows, training, p.strain, spread, world.seed)


@loop
def begin_work(staff, posts, training, strain, spread, seed):
    """Put somebody into each of `posts`, under strain around a mean."""
    for k in posts:
        key, holder = np.uint32(staff.key[k]), np.uint64(staff.holder[k])
        u, v, _, _ = uniforms(key, ALONE, Stream.WORK, holder, seed)
        staff.filled[k], staff.tenure[k], staff.training[k] = 1, 0, training
        staff.strain[k] = min(max(strain + spread * normal_of(u, v), 0.0), 1.0)


def find_peer(world: World, k: int) -> int:
    """`find_peers` for one post."""
    return find_peers(world, [k])[0]


def find_peers(world: World, posts: Sequence[int]) -> list[int]:
    """For each post a resident with lived experience who is well now: of those whom no post before
    has found, the one whose draw for it is highest; -1 for nobody.
    """
    staff, p = world.provision.staff, world.parameters.workforce
    rows = np.array(posts, np.int64)
    found = np.full(rows.size, NOBODY, np.int64)
    find_fittest(world.residents, staff, rows, world.seed, p, found)
    return found.tolist()


@loop
def find_fittest(r, staff, posts, seed, p, found):
    """Write into `found`, for each of `posts` in turn, of all who are fit and not found before the
    one whose draw for the post is highest; nobody where it is as it is.
    """
    # Everybody is looked at once for all posts of a week: most are not fit.
    fit = np.empty(r.key.size, np.int64)
    fit = fit[: list_fit(r, p, fit)]
    lot = np.empty(fit.size)
    for n in range(posts.size):
        k = posts[n]
        # Keyed by holder and post: another vacancy elsewhere does not change who is found for this
        # one.
        draw_lots(r, fit, np.uint64(staff.holder[k]), staff.key[k], seed, lot)
        best, experienced = 0.0, staff.role[k] != Role.VOLUNTEER
        # The highest draw is a fair lot in one pass, whatever the order of rows.
        for j in range(fit.size):
            if lot[j] > best and (not experienced or has_been_ill(fit[j], r)):
                if not (found[:n] == fit[j]).any():
                    best, found[n] = lot[j], fit[j]


@inner
def list_fit(r, p, fit):
    """Write the rows of all who are fit for a post into `fit`, from the first on; how many."""
    count = 0
    for i in range(r.key.size):
        # Written for everybody and kept for who is fit: half of a town is, in no order that a
        # processor could guess.
        fit[count] = i
        count += 1 if is_fit(i, r, p) else 0
    return count


@inner
def draw_lots(r, rows, holder, post, seed, lot):
    """Everybody's draw for a post: by itself, so that many are drawn at once."""
    for j in range(rows.size):
        lot[j], _, _, _ = uniforms(r.key[rows[j]], holder, Stream.RECRUIT, post, seed)


@part
def is_fit(i, r, p):
    """Whether somebody is well, of age and not at work as a peer, and knows more than they fear."""
    return (
        # Speaking openly of an own illness is part of the work.
        (r.knowledge[i] > r.stigma[i])
        # `&` instead of `and`: everybody is asked, and no answer can be guessed.
        & (r.phq[i] < p.peer_wellness_phq)
        & (r.episode[i] <= 0)
        & (r.stay[i] == 0)
        & (r.discharged[i] > p.peer_after_ward)
        & (r.alive[i] == 1)
        & (r.age[i] >= p.peer_age_from)
        & (r.age[i] < p.peer_age_to)
        & (r.peer[i] == 0)
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
