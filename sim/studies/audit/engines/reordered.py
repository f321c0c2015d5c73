"""The model with its residents in another order of rows.

Where a row is an address (whom people meet who live near), everybody is at home for as long as that
is looked at: another order is not another town. All else must come out the same, person by person.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from sim.community import MODEL_VERSION as PLAIN_VERSION
from sim.community import is_compiled
from sim.engine.random import stream
from sim.state.staff import NOBODY
from sim.studies.audit.engines.perturbed import PerturbedCommunity
from sim.week.resident import reviews

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sim.week.start.initialisation import Snapshot
    from sim.week.world import World

__all__ = ["MODEL_VERSION", "Community", "is_compiled"]
MODEL_VERSION = f"{PLAIN_VERSION} reordered"


class Community(PerturbedCommunity):
    """A community in another order."""

    @staticmethod
    def perturb(snapshot: Snapshot) -> Snapshot:
        """Shuffle all residents."""
        count = snapshot.world.residents.key.size
        reorder(snapshot.world, stream(snapshot.seed, "audit.order").permutation(count))
        return snapshot

    def renew_residents(self) -> None:
        """Let people come and go with everybody at home: who comes lives where somebody left."""
        with self._at_home():
            super().renew_residents()

    def review_ties(self) -> None:
        """Review ties with everybody at home."""
        with self._at_home():
            super().review_ties()

    @contextmanager
    def _at_home(self) -> Iterator[None]:
        """Put everybody in the row of their address, and back."""
        home = find_home_order(self.world)
        away = np.argsort(home)
        reorder(self.world, home)
        # Reviews are planned by row, and at home the rows are others.
        self._due = reviews.plan_reviews(self.world.residents.key)
        yield
        reorder(self.world, away)


def find_home_order(world: World) -> NDArray[np.int64]:
    """Rows in the order of addresses: a key stands for one, as does that of a newcomer there."""
    key = world.residents.key.astype(np.int64)
    return np.argsort(key % key.size)


def reorder(world: World, order: NDArray[np.int64]) -> None:
    """Put residents in another order, in place: row k is then who was in row order[k]."""
    count = order.size
    place = np.empty(count + 1, np.int64)
    place[order], place[count] = np.arange(count), count
    for column in (*world.residents.by_name().values(), *world.ties.by_name().values()):
        column[:] = column[order]
    world.ties.neighbour[:] = place[world.ties.neighbour]
    for column in (world.published, world.publishing):
        column[:count] = column[order]  # the last row stands for nobody
    staff = world.provision.staff
    at_work = staff.resident != NOBODY
    staff.resident[at_work] = place[staff.resident[at_work]]
