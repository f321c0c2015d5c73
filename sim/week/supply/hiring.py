"""Filling vacant posts: professionals come from outside, peers from residents in recovery.

Part of phase 9. The loop closes: help makes people well, well people help; where nobody is well,
the programme runs dry.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.fast_math import add_up
from sim.engine.kernels import inner, loop, part
from sim.engine.random import ALONE, draw, normal_of, uniforms
from sim.state.codes import Role, StaffFigure
from sim.state.draw_streams import Stream
from sim.state.groups import Hiring, Oversight
from sim.state.staff import NOBODY, PEER_ROLES, ROLES
from sim.week.supply.workforce import rest_peers, update_workforce, vacate_post

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.week.world import World

BY_PEERS = np.array([role in PEER_ROLES for role in ROLES])
"""Whether a role, in the order of ROLES, is one of people with lived experience."""
NO_SHORTAGE = np.zeros(len(ROLES), np.bool_)
"""Whether a role is short where none is."""


def run_workforce(world: World) -> NDArray[np.int64]:
    """Let everybody in post work a week, and fill posts; number of hires per service."""
    p, hiring = world.provision, _prepare_hiring(world)
    oversight = Oversight(p.supervised, p.checked, world.fidelity, p.recruiting)
    given = oversight, hiring, world.tally, world.when, world.parameters.workforce
    work_and_hire(p.staff, p.offers, world.residents, *given)
    return hiring.hires


def fill_posts(world: World) -> NDArray[np.int64]:
    """Fill every post for which a hire is due; number of hires per service."""
    hiring = _prepare_hiring(world)
    given = hiring, world.when, world.parameters.workforce
    fill_wanted(world.provision.staff, world.residents, *given)
    return hiring.hires


def _prepare_hiring(world: World) -> Hiring:
    p, short = world.parameters.workforce, NO_SHORTAGE
    if world.scenario.shocks:
        short = np.array([is_short_of(world, role) for role in ROLES])
    hires = np.zeros(world.provision.speed.size, np.int64)
    spread = find_spread(p.strain_noise, p.strain_pull)
    return Hiring(world.provision.speed, world.provision.recruiting, short, spread, hires)


# In one call: the way into a loop takes longer than a week of the posts of a small town.
@loop
def work_and_hire(staff, o, r, oversight, hiring, tally, week, p):
    """A week at work for everybody who is able to, and people for the posts for which a hire is
    due.
    """
    rest_peers(staff, r, p.peer_illness_phq)
    before = staff.filled.copy()
    update_workforce(staff, o, r.phq, oversight, tally, week, p)
    # Left by `filled` alone: the rest of a departure is done here. The next holder counts as
    # another one and has draws of their own.
    if tally[StaffFigure.LEFT] > 0.0:
        for k in range(before.size):
            if before[k] > staff.filled[k]:
                vacate_post(k, staff, r)
    fill_wanted(staff, r, hiring, week, p)


@loop
def fill_wanted(staff, r, hiring, week, p):
    """Fill every post for which a hire is due, and count the hires (n_services,).

    `wanted` was drawn in `workforce`, with the post's own draws; here only people are found for it.
    """
    # Before posts are filled: who is found by an organiser starts in the same week.
    recruit_by_trust(staff, hiring, week)
    due, by_peers = np.empty(staff.key.size, np.int64), np.empty(staff.key.size, np.int64)
    count, peers = list_due(staff, hiring.short, due, by_peers)
    if count > 0:
        found = np.full(peers, NOBODY, np.int64)
        find_fittest(r, staff, by_peers[:peers], week.seed, p, found)
        for n in range(peers):
            # Nobody is well enough: the post stays vacant, and is looked at again when the next
            # hire is due.
            if found[n] != NOBODY:
                staff.resident[by_peers[n]] = found[n]
                r.peer[found[n]] = 1
        hired = 0
        for n in range(count):
            if not BY_PEERS[staff.role[due[n]]] or staff.resident[due[n]] != NOBODY:
                due[hired] = due[n]
                hiring.hires[staff.service[due[n]]] += 1
                hired += 1
        begin_work(staff, due[:hired], int(p.training_weeks), p.strain, hiring.spread, week.seed)
    staff.wanted[:] = 0


@part
def list_due(staff, short, due, by_peers):
    """List the posts for which a hire is due in roles that are not short, and those of them that
    people with lived experience hold; how many of each.
    """
    count, peers = 0, 0
    for k in range(staff.key.size):
        if staff.wanted[k] == 0 or short[staff.role[k]]:
            continue
        due[count] = k
        count += 1
        if BY_PEERS[staff.role[k]]:
            by_peers[peers] = k
            peers += 1
    return count, peers


@loop
def recruit_by_trust(staff, hiring, week):
    """Organisers, whom a neighbourhood trusts, find peers and volunteers for vacant posts
    sooner.
    """
    if not hiring.speed.any():
        return
    each = np.empty(staff.key.size)
    for k in range(staff.key.size):
        each[k] = hiring.speed[staff.service[k]] * staff.hours[k] * staff.filled[k]
    speed = add_up(each)
    if speed <= 0.0:
        return
    for k in range(staff.key.size):
        if staff.open[k] > staff.filled[k] and BY_PEERS[staff.role[k]]:
            drawn, _, _, _ = draw(np.uint32(staff.key[k]), Stream.RECRUIT, ALONE, week)
            # A rate over the usual time to recruit, as the chance of at least one in the week.
            if drawn < 1.0 - np.exp(-speed / hiring.recruiting[staff.service[k]]):
                staff.wanted[k] = 1


def is_short_of(world: World, role: str) -> bool:
    """Whether a shortage keeps a role from being hired this week."""
    shortages = (
        s
        for s in world.scenario.shocks.values()
        # One in which nobody leaves is none, as `check` says.
        if s.kind == "staff_shortage" and s.enabled and s.role == role and s.share > 0
    )
    return any(s.at <= world.week and (s.until is None or world.week < s.until) for s in shortages)


def start_work(world: World, posts: int | Sequence[int], *, training: int) -> None:
    """Put somebody into a post, or into each of several."""
    staff, p = world.provision.staff, world.parameters.workforce
    rows = np.atleast_1d(np.array(posts, np.int64))
    spread = find_spread(p.strain_noise, p.strain_pull)
    begin_work(staff, rows, training, p.strain, spread, world.seed)


@lru_cache
def find_spread(noise: float, pull: float) -> float:
    """Spread of strain at rest: strain of a newcomer has it too, since a new holder at exactly the
    mean would make turnover fall after every hire.
    """
    return float(noise / np.sqrt(1.0 - (1.0 - pull) ** 2))


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
