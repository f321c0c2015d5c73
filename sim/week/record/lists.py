"""Keep the record of waiting lists by service and quarter: who got a place, after how long, and who
gave up; part of phase 12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.state.codes import Event, KindParameter

if TYPE_CHECKING:
    from sim.week.world import World


class ListBook:
    """Follows the lists through a quarter.

    waits (n_services, weeks): waits that ended with a place. gave_up (n_services,): people who left
    this list without one. who, service, since: the lists at the end of last week, an entry for each
    turn on a list.
    """

    def __init__(self, world: World) -> None:
        """Begin a quarter with the lists as they are."""
        self.waits = np.zeros_like(world.waits)
        self.gave_up = np.zeros(len(world.provision.names), np.int64)
        self.begin(world)

    def begin(self, world: World) -> None:
        """Take the lists as they stand for the beginning of a week."""
        r = world.residents
        self.who, slot = np.nonzero(r.wait_service)
        self.service = r.wait_service[self.who, slot].astype(np.int64) - 1
        self.since = r.wait_since[self.who, slot]

    def follow(self, world: World) -> None:
        """Count the places that were taken up in a week, and who gave up: a resident to whom that
        happened, whose turn on an open list is gone and who has not got the place.
        """
        r, o = world.residents, world.provision.offers
        self.waits += world.waits
        tired = (r.happened[self.who] & (Event.GAVE_UP | Event.DECLINED)) != 0
        lasting = (o.open == 1) & (o.kind_parameters[:, KindParameter.LOW_INTENSITY] == 0.0)
        entries = np.flatnonzero(tired & lasting[self.service])
        who, service, since = self.who[entries], self.service[entries], self.since[entries]
        stays = (r.wait_service[who] == service[:, None] + 1) & (
            r.wait_since[who] == since[:, None]
        )
        begun = (r.care_service[who] == service[:, None] + 1) & (r.care_since[who] == world.week)
        gone = ~stays.any(axis=1) & ~begun.any(axis=1)
        np.add.at(self.gave_up, service[gone], 1)
        self.begin(world)

    def close(self) -> dict[str, list[float | None]]:
        """What the quarter was, by service, and begin the next: people who started, who gave up,
        and the median wait of those who started, None where nobody did.
        """
        upto = self.waits.cumsum(axis=1)
        waited = [float(np.searchsorted(row, 0.5 * row[-1])) if row[-1] else None for row in upto]
        found: dict[str, list[float | None]] = {
            "started": upto[:, -1].astype(float).tolist(),
            "gave_up": self.gave_up.astype(float).tolist(),
            "wait_in_quarter": waited,
        }
        self.waits[:] = 0
        self.gave_up[:] = 0
        return found
