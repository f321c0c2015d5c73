"""The model with the keys of its residents exchanged: the same people, each with the random
numbers of another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.community import MODEL_VERSION as PLAIN_VERSION
from sim.community import is_compiled
from sim.engine.random import stream
from sim.studies.audit.engines.perturbed import PerturbedCommunity

if TYPE_CHECKING:
    from sim.week.start.initialisation import Snapshot

__all__ = ["MODEL_VERSION", "Community", "is_compiled"]
MODEL_VERSION = f"{PLAIN_VERSION} relabelled"


class Community(PerturbedCommunity):
    """A community whose keys are exchanged."""

    @staticmethod
    def perturb(snapshot: Snapshot) -> Snapshot:
        """Give every resident the key of another."""
        key = snapshot.world.residents.key
        key[:] = stream(snapshot.seed, "audit.labels").permutation(key)
        return snapshot
