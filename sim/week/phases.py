"""The personal phases of a week, each for a range of rows: what a resident does without anybody's leave.

One row or a million: the same loops, so that an agent stepped alone gives the bits of the whole town.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from sim.draws import BLOCK
from sim.week import care, crisis, help_seeking, life, social, symptoms

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sim.evidence.parameters import Social
    from sim.week.world import World

_COUNTING = Lock()


def _scratch() -> NDArray[np.float64]:
    """Columns for a block of residents, so that the loops themselves allocate nothing."""
    return np.empty((9, BLOCK))


def live(world: World, start: int, stop: int) -> None:
    """Phase 2: life events and death."""
    life.live(start, stop, world.residents, world.surge, world.word, world.parameters.life, world.seed, _scratch())


def lose_contact(world: World) -> Social:
    """Parameters of social life while people meet less: ties give less and new ones are rare."""
    p = world.parameters.social
    if world.contact == 1.0:
        return p
    return p._replace(enough_support=p.enough_support / max(world.contact, 1e-3), meeting=p.meeting * world.contact)


def socialise(world: World, start: int, stop: int) -> None:
    """Phase 3: loneliness, attitudes, strain of caring."""
    p = lose_contact(world)
    social.socialise(start, stop, world.residents, world.ties, world.shown, world.word, p, world.seed, _scratch())


def feel(world: World, start: int, stop: int) -> None:
    """Phase 4: symptoms."""
    symptoms.feel(start, stop, world.residents, world.showing, world.parameters.symptoms, _scratch())


def seek_help(world: World, start: int, stop: int) -> None:
    """Phase 5: help-seeking."""
    p = world.parameters
    offers = world.provision.offers
    help_seeking.seek(start, stop, world.residents, offers, world.week, world.word, p.seeking, p.doors, world.seed, _scratch())


def receive_care(world: World, start: int, stop: int) -> None:
    """Phase 7: sessions, gains, leaving; ranges of rows count for themselves, so that no thread loses another's count."""
    p, shared = world.parameters, world.provision.offers
    mine = shared._replace(held=np.zeros_like(shared.held), left=np.zeros_like(shared.left))
    care.receive(start, stop, world.residents, mine, world.week, world.word, p.care, p.doors, world.seed)
    with _COUNTING:
        np.add(shared.held, mine.held, out=shared.held)
        np.add(shared.left, mine.left, out=shared.left)


def face_crisis(world: World, start: int, stop: int) -> None:
    """Phase 8, the personal part: who is in crisis."""
    o = world.provision.offers
    crisis.face_crisis(start, stop, world.residents, o, world.week, world.word, world.parameters.crisis, world.seed, _scratch())


PHASES: dict[str, Callable[[World, int, int], None]] = {
    "live": live,
    "socialise": socialise,
    "feel": feel,
    "seek_help": seek_help,
    "receive_care": receive_care,
    "face_crisis": face_crisis,
}
