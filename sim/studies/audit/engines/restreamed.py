"""The model with fresh streams: the same town and people, other draws from the first week on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.community import MODEL_VERSION as PLAIN_VERSION
from sim.community import is_compiled
from sim.studies.audit.engines.perturbed import PerturbedCommunity

if TYPE_CHECKING:
    from sim.week.start.initialisation import Snapshot

__all__ = ["MODEL_VERSION", "Community", "is_compiled"]
MODEL_VERSION = f"{PLAIN_VERSION} restreamed"
FRESH_STREAM = 1 << 40
"""Added to a seed, which runs never reach by counting."""


class Community(PerturbedCommunity):
    """A community with other random numbers."""

    @staticmethod
    def perturb(snapshot: Snapshot) -> Snapshot:
        """Draw from streams that nothing has drawn from before."""
        return snapshot._replace(seed=snapshot.seed + FRESH_STREAM)
