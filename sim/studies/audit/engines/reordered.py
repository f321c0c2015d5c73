"""The model with its residents in another order of rows: household after household, shuffled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.community import MODEL_VERSION as PLAIN_VERSION
from sim.community import is_compiled
from sim.engine.random import stream
from sim.state.staff import NOBODY
from sim.studies.audit.engines.perturbed import PerturbedCommunity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.start.initialisation import Snapshot
    from sim.week.world import World

__all__ = ["MODEL_VERSION", "Community", "is_compiled"]
MODEL_VERSION = f"{PLAIN_VERSION} reordered"


class Community(PerturbedCommunity):
    """A community in another order."""

    @staticmethod
    def perturb(snapshot: Snapshot) -> Snapshot:
        """Shuffle the households; who lives together stays together."""
        r = snapshot.world.residents
        homes, home = np.unique(r.household, return_inverse=True)
        lot = stream(snapshot.seed, "audit.order").permutation(homes.size)[home]
        reorder(snapshot.world, np.lexsort((np.arange(lot.size), lot)))
        return snapshot


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
