"""A run whose channels are written down as they come: the reference of those that hold some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.state.codes import Employment, TieKind
from sim.state.enrolment import list_members
from sim.state.residents import WAIT_SLOTS
from sim.week.channels.beds import Line, look_ahead
from sim.week.channels.channels import Channels
from sim.week.channels.lists import find_cutoffs, rank_lists
from sim.week.channels.trace import (
    CHANGED_AT_ONCE,
    READ_AT_START,
    READ_BEFORE_CRISES,
    Change,
    Trace,
    Week,
    supply,
)
from sim.week.resident.group_ties import befriend_in_groups
from sim.week.resident.phases import AFTER_ALLOCATION
from sim.week.supply.ward import WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.channels.channels import Everybody
    from sim.week.world import World

SESSIONS_PHASE, CRISIS_PHASE = AFTER_ALLOCATION
"""The phases after the allocation."""


class Noting(Channels):
    """Writes a trace and changes nothing."""

    def __init__(self, world: World) -> None:
        """Begin with nothing."""
        self.trace = Trace(world.provision.names)

    @property
    def week(self) -> Week:
        """The week that is being written."""
        return self.trace.weeks[-1]

    def begin(self, world: World) -> None:
        """Note what people bring into the week."""
        self.trace.weeks.append(Week())
        for name in ("key", *READ_AT_START):
            self.trace.tracks[name].note(getattr(world.residents, name))

    def befriend(self, world: World) -> None:
        """Let members of groups become friends, service by service, and note who did."""
        r, o, size = world.residents, world.provision.offers, world.provision.group_size
        # Service by service instead of in one call: who became friends where has to be told apart.
        for s in np.flatnonzero(o.friends * o.enrolled):
            members = list_members(r, s)
            befriend_in_groups(members, size[s], r, world.ties, world.when, world.parameters.social)
            self._note_friends(world, members)

    def _note_friends(self, world: World, members: NDArray[np.int64]) -> None:
        """Note the pairs in the order in which they were tied."""
        ties, r = world.ties, world.residents
        # Ties of this week and kind among members are new, but those of an earlier group are among
        # them.
        new = (ties.kind[members] == TieKind.GROUP) & (ties.since[members] == world.week)
        first, slots = np.nonzero(new)
        pairs = np.stack(
            (members[first], ties.neighbour[members[first], slots].astype(np.int64)), axis=1
        )
        keys = r.key[pairs]
        noted = [tuple(pair) for known in self.week.friends for pair in known.tolist()]
        fresh = [tuple(pair) not in noted for pair in pairs.tolist()]
        # Each pair stands in both lists: the end with the lower key tells it.
        chosen = (keys[:, 0] < keys[:, 1]) & np.array(fresh, np.bool_)
        pairs, keys = pairs[chosen], keys[chosen]
        if pairs.size:
            # In the order in which they were tied: full lists take no more, so that order decides.
            self.week.friends.append(pairs[np.lexsort((keys[:, 1], keys[:, 0]))])

    def match(self, world: World) -> None:
        """Note the services, and the rank up to which each list is called."""
        r, o, week = world.residents, world.provision.offers, self.week
        week.supplied = supply(world)
        rank, before = np.empty((r.key.size, WAIT_SLOTS)), r.wait_service.copy()
        rank_lists(r, o, rank, world.when, world.parameters.seeking)
        super().match(world)
        week.cutoff = np.empty(o.key.size)
        find_cutoffs(r, o, before, rank, week.cutoff)

    def give_care(self, world: World, everybody: Everybody) -> None:
        """Note what sessions did, whom services handed on, and what is known before crises."""
        r, week = world.residents, self.week
        before = {name: getattr(r, name).copy() for name in CHANGED_AT_ONCE}
        lists, work = r.wait_service.copy(), r.employment.copy()
        everybody((SESSIONS_PHASE,))
        week.felt = {name: note_change(values, getattr(r, name)) for name, values in before.items()}
        week.sent = find_joined(lists, r.wait_service)
        week.placed = np.flatnonzero((r.employment != work) & (r.employment == Employment.EMPLOYED))
        for name in READ_BEFORE_CRISES:
            self.trace.tracks[name].note(getattr(r, name))
        everybody((CRISIS_PHASE,))

    def meet_crises(self, world: World) -> None:
        """Note the services that meet crises."""
        self.week.meeting = supply(world)
        super().meet_crises(world)

    def run_ward(self, world: World, beds: int) -> int:
        """Note the line for beds."""
        limit = WEEK * beds if world.ward >= 0 else 0
        rank, taken = look_ahead(world.residents, limit, world.when)
        self.week.line = Line(rank, taken, limit)
        return super().run_ward(world, beds)


def note_change(before: NDArray[np.float32], after: NDArray[np.float32]) -> Change:
    """What changed in a column (n_residents,)."""
    rows = np.flatnonzero(before != after)
    # Kept in twice the precision, so that the held run can repeat the change to the bit.
    return Change(rows, before[rows].astype(np.float64), after[rows].astype(np.float64))


def find_joined(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Who joined which list (n, 2): row and service; `before` and `after` are (n_residents,
    slots).
    """
    rows, slots = np.nonzero((after != before) & (after > 0))
    return np.stack((rows, after[rows, slots].astype(np.int64) - 1), axis=1).astype(np.int64)
