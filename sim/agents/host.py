"""What agents need of their community."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from random import Random

    from sim.week.world import World


class Host(Protocol):
    """A model whose residents and posts stand in the columns of a world."""

    world: World
    random: Random
