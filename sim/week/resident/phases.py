"""The personal phases of a week, each for a range of rows: what a resident does without anybody's
leave.

One row or a million: the same loops, so that an agent stepped alone gives the bits of the whole
town.
"""

from __future__ import annotations

from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import table
from sim.engine.random import BLOCK
from sim.week.resident import care, crisis, help_seeking, life, social, symptoms

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sim.evidence.parameters import Social
    from sim.week.world import World

STRETCH = 1_024
"""Residents who go through several phases together: their columns stay in the second cache."""
LIVE, SOCIALISE, FEEL, SEEK_HELP = 1, 2, 4, 8
RECEIVE_CARE, FACE_CRISIS = 1, 2
"""Bits that say which phases to go through: those before lists meet places, and those after."""
_COUNTING = Lock()


def _scratch() -> tuple[NDArray[np.float64], ...]:
    """Columns for a block of residents, so that the loops themselves allocate nothing."""
    return tuple(np.empty((9, BLOCK)))


def lose_contact(world: World) -> Social:
    """Parameters of social life while people meet less: ties give less and new ones are rare."""
    p = world.parameters.social
    if world.contact == 1.0:
        return p
    return p._replace(
        enough_support=p.enough_support / max(world.contact, 1e-3),
        meeting=p.meeting * world.contact,
    )


@table
def run_before_allocation(
    which,
    start,
    stop,
    r,
    ties,
    published,
    publishing,
    o,
    surge,
    week_number,
    week,
    p,
    seed,
    scratch,
):
    """Phases 2 to 5 over the rows start..stop: life, company, symptoms, help-seeking.

    `p` holds their parameters and those of doors.
    """
    for low in range(start, stop, STRETCH):
        high = min(low + STRETCH, stop)
        if which & LIVE:
            life.live(low, high, r, surge, week, p[0], seed, scratch)
        if which & SOCIALISE:
            social.socialise(low, high, r, ties, published, week, p[1], seed, scratch)
        if which & FEEL:
            symptoms.feel(low, high, r, publishing, p[2], scratch)
        if which & SEEK_HELP:
            help_seeking.seek(low, high, r, o, week_number, week, p[3], p[4], seed, scratch)


@table
def run_after_allocation(which, start, stop, r, o, held, left, week_number, week, p, seed, scratch):
    """Phases 7 and 8, the personal part, over the rows start..stop: care and crisis.

    `p` holds their parameters and those of doors.
    """
    for low in range(start, stop, STRETCH):
        high = min(low + STRETCH, stop)
        if which & RECEIVE_CARE:
            care.receive(low, high, r, o, held, left, week_number, week, p[0], p[2], seed)
        if which & FACE_CRISIS:
            crisis.face_crisis(low, high, r, o, week_number, week, p[1], seed, scratch)


def before_matching(which: int, world: World, start: int, stop: int) -> None:
    """Go through the phases in `which` before lists meet places."""
    p, offers = world.parameters, world.provision.offers
    given = (p.life, lose_contact(world), p.symptoms, p.seeking, p.doors)
    run_before_allocation(
        which,
        start,
        stop,
        world.residents,
        world.ties,
        world.published,
        world.publishing,
        offers,
        world.surge,
        world.week,
        world.week_counter,
        given,
        world.seed,
        _scratch(),
    )


def after_matching(which: int, world: World, start: int, stop: int) -> None:
    """Go through the phases in `which` after it.

    Ranges of rows count for themselves, so that no thread loses another's count.
    """
    p, offers = world.parameters, world.provision.offers
    held, left = np.zeros_like(offers.held), np.zeros_like(offers.left)
    given = (p.care, p.crisis, p.doors)
    run_after_allocation(
        which,
        start,
        stop,
        world.residents,
        offers,
        held,
        left,
        world.week,
        world.week_counter,
        given,
        world.seed,
        _scratch(),
    )
    with _COUNTING:
        np.add(offers.held, held, out=offers.held)
        np.add(offers.left, left, out=offers.left)


PHASES: dict[str, Callable[[World, int, int], None]] = {
    "live": partial(before_matching, LIVE),
    "socialise": partial(before_matching, SOCIALISE),
    "feel": partial(before_matching, FEEL),
    "seek_help": partial(before_matching, SEEK_HELP),
    "receive_care": partial(after_matching, RECEIVE_CARE),
    "face_crisis": partial(after_matching, FACE_CRISIS),
}
GROUPS: dict[tuple[str, ...], Callable[[World, int, int], None]] = {
    ("live", "socialise", "feel", "seek_help"): partial(
        before_matching, LIVE | SOCIALISE | FEEL | SEEK_HELP
    ),
    ("receive_care", "face_crisis"): partial(after_matching, RECEIVE_CARE | FACE_CRISIS),
}
"""Phases that one call carries.

Nobody reads in them what another writes, so that a stretch can run through all before the next.
"""
