"""A community whose world is perturbed once before its first week, under the same rules."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Literal

import mesa

from sim.community import Community
from sim.week.conservation.conservation import Origin
from sim.week.start.initialisation import inherit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.scenario import Scenario
from sim.week.start.initialisation import Snapshot


class PerturbedCommunity(Community):
    """A community of which `perturb` says what is turned."""

    alone = False

    def __init__(
        self,
        scenario: Scenario,
        rng: int = 0,
        draw: Mapping[str, float] | None = None,
        *,
        stepping: Literal["compiled", "mesa"] = "compiled",
        threads: int = 1,
    ) -> None:
        with closing(Community(scenario, rng, draw)) as plain:
            snapshot = self.perturb(plain.snapshot())
        # Not that of Community, which would build the town anew, without what was turned.
        mesa.Model.__init__(self, rng=snapshot.seed)
        world = inherit(scenario, snapshot.world, snapshot.seed, snapshot.draw)
        self.declared = scenario
        self._begin(
            world, Origin(scenario.name, snapshot.seed, dict(draw or {})), stepping, threads
        )

    @staticmethod
    def perturb(snapshot: Snapshot) -> Snapshot:
        """The community at the beginning, turned."""
        return snapshot
