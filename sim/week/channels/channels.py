"""Where in a week services reach residents: the places at which a run can be watched, or held.

What stands here leaves everything as it comes; `noting` writes down what came, `holding` puts it in
the place of what would have come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.state.codes import Access
from sim.state.groups import Ward
from sim.week.channels.group_meetings import meet_in_groups
from sim.week.resident.phases import AFTER_ALLOCATION
from sim.week.supply import allocation, crisis_response, ward

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.week.world import World

    Everybody = Callable[[tuple[str, ...]], None]
    """Lets every resident go through phases."""


_IN_CRISIS = int(Access.CRISIS)


class Channels:
    """A week as it comes."""

    def begin(self, world: World) -> None:
        """Before anybody's week begins: lists that are left alone lend no places."""
        world.lent[:] = 0

    def befriend(self, world: World) -> None:
        """Let members of groups become friends, group by group."""
        o, size = world.provision.offers, world.provision.group_size
        # One product instead of a look at everybody: most weeks and towns have no such group.
        if np.count_nonzero(o.friends * o.enrolled):
            p = world.parameters.social
            meet_in_groups(world.residents, o, size, world.ties, world.when, p)

    def match(self, world: World) -> None:
        """Let waiting lists meet places."""
        o, p = world.provision.offers, world.parameters.seeking
        allocation.match(world.residents, o, world.waits, world.when, p)

    def give_care(self, world: World, everybody: Everybody) -> None:
        """Let everybody go to the services that they are in, then face a crisis or none."""
        del world  # nothing of it is looked at here
        everybody(AFTER_ALLOCATION)

    def meet_crises(self, world: World) -> None:
        """Let services meet people in a crisis."""
        if np.count_nonzero(world.provision.offers.access == _IN_CRISIS):
            crisis_response.meet_crises(world.residents, world.provision.offers, world.when)

    def run_ward(self, world: World, beds: int) -> int:
        """Run the ward for a week; how many beds that took where it is more than there are."""
        p, o = world.parameters, world.provision.offers
        open_beds = Ward(world.ward, beds)
        ward.run_ward(world.residents, o, open_beds, world.used, world.when, p.crisis, p.choice)
        return beds


AS_IT_COMES = Channels()
