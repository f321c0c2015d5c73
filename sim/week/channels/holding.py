"""A run in which some channels are held, week by week, at their values in the trace of another.

All other rules go on as ever, on the same draws. What is held is put in place where it is read:
everybody's own state at the beginning of a week and between sessions and crises, what sessions do
at once as they end, lists and beds when they are shared out. Only people who are in both towns are
held: a newcomer whom the other town has not is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.state.codes import Access, Employment
from sim.state.groups import Supply
from sim.state.residents import WAIT_SLOTS
from sim.week.channels.beds import run_ward_by_line
from sim.week.channels.channels import Channels
from sim.week.channels.lists import call_by_rank, join_lists, rank_lists
from sim.week.channels.noting import CRISIS_PHASE, SESSIONS_PHASE, find_joined
from sim.week.channels.ties import tie_pairs
from sim.week.supply.ward import WEEK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from sim.week.channels.channels import Everybody
    from sim.week.channels.trace import Change, Supplied, Trace, Week
    from sim.week.world import World

CHANNEL_COLUMNS = {
    "coping": ("coping",),
    "connection": ("connection",),
    "relief": ("relief",),
    "attitudes": ("stigma", "knowledge"),
    "company": ("company",),
}
"""Columns at the beginning of a week that belong to a channel."""
CHANGED_BY = {"coping": "distress", "connection": "loneliness", "caring": "strain"}
"""What sessions change at once by a channel."""


class Holding(Channels):
    """Holds `channels` at their values in `trace`."""

    def __init__(self, channels: Sequence[str], trace: Trace, world: World) -> None:
        """Begin at week 0."""
        self.channels = frozenset(channels)
        self.trace = trace
        row = {name: s for s, name in enumerate(trace.names)}
        # Services by name: the two towns may list them in different rows, and one may have more.
        self.theirs = np.array([row.get(name, -1) for name in world.provision.names], np.int64)
        self.weeks = iter(trace.weeks)
        at_start = [name for channel in CHANNEL_COLUMNS for name in self._columns(channel)]
        between = {"self_management": "self_management", "contact": "last_session"}
        later = [column for channel, column in between.items() if channel in self.channels]
        self.values: dict[str, Iterator[NDArray[Any]]] = {
            name: trace.tracks[name].play() for name in ("key", *at_start, *later)
        }
        self.at_start = tuple(at_start)
        self.week: Week
        self.known: NDArray[np.bool_]

    def _columns(self, channel: str) -> tuple[str, ...]:
        return CHANNEL_COLUMNS[channel] if channel in self.channels else ()

    def _put(self, column: NDArray[Any], name: str) -> None:
        """Put a column at its value in the trace, for everybody who is in both towns."""
        # Newcomers have keys of their own week: where keys differ, another person lives in that
        # row.
        np.copyto(column, next(self.values[name]), where=self.known)

    def begin(self, world: World) -> None:
        """Put what people bring into the week in place."""
        r = world.residents
        self.week = next(self.weeks)
        self.known = next(self.values["key"]) == r.key
        for name in self.at_start:
            self._put(getattr(r, name), name)

    def befriend(self, world: World) -> None:
        """Those become friends in groups who do so in the trace, and nobody else."""
        if "company" not in self.channels:
            super().befriend(world)
            return
        for pairs in self.week.friends:
            # Both ends must be in both towns: a pair of strangers has no trace.
            both = pairs[self.known[pairs].all(axis=1)]
            tie_pairs(both, world.residents, world.ties, world.when)

    def match(self, world: World) -> None:
        """Lists of services as large as in the trace call people of the ranks that it calls."""
        o = world.provision.offers
        if "room" not in self.channels or self.week.supplied is None:
            super().match(world)
            return
        r, theirs = world.residents, self._see(self.week.supplied)
        # A list is held only where the service has the size that it has in the trace: what a change
        # of size does is not an effect of waiting.
        held = (self.theirs >= 0) & (o.places == theirs.places) & (o.open == theirs.open)
        cutoff = np.full(held.size, np.nan)
        cutoff[held] = self.week.cutoff[self.theirs[held]]
        rank = np.empty((r.key.size, WAIT_SLOTS))
        rank_lists(r, o, rank, world.when, world.parameters.seeking)
        # Held lists are closed while the others call, then call by their ranks: one set of rules
        # for both.
        is_open = o.open.copy()
        o.open[held] = 0
        super().match(world)
        o.open[:] = is_open
        call_by_rank(r, o, cutoff, rank, world.waits, world.when)
        self._lend(world)
        o.quality[held], o.offered[held] = theirs.quality[held], theirs.offered[held]

    @staticmethod
    def _lend(world: World) -> None:
        """Note places that people were given beyond those there are: nobody is let go for them."""
        o = world.provision.offers
        world.lent[:] = np.maximum(o.enrolled - o.places * o.open, 0)

    def _see(self, supplied: Supplied) -> Supplied:
        """Services of the trace in the rows of this town; those that it has not are empty."""
        # Not by a row of -1, which a trace without any service has not either.
        known = self.theirs >= 0
        rows = self.theirs[known]

        def see(column: NDArray[Any]) -> NDArray[Any]:
            """One column in the rows of this town."""
            found = np.zeros(known.size, column.dtype)
            found[known] = column[rows]
            return found

        return type(supplied)(*map(see, supplied))

    def give_care(self, world: World, everybody: Everybody) -> None:
        """Sessions are held and do what the trace says, as far as that is held."""
        r = world.residents
        names = [name for channel, name in CHANGED_BY.items() if channel in self.channels]
        # Phase 7 writes in place: what was before is needed to put the trace's change in its stead.
        before = {name: getattr(r, name).copy() for name in names}
        work, lists = r.employment.copy(), (r.wait_service.copy(), r.wait_since.copy())
        everybody((SESSIONS_PHASE,))
        for name, values in before.items():
            self._undo(getattr(r, name), values, self.week.felt[name], ratio=name == "strain")
        if "work" in self.channels:
            self._place(r.employment, work)
        if "referral" in self.channels:
            self._send(world, *lists)
        if "self_management" in self.channels:
            self._put(r.self_management, "self_management")
        self._face_crises(world, everybody)

    def _undo(
        self,
        column: NDArray[np.float32],
        before: NDArray[np.float32],
        theirs: Change,
        *,
        ratio: bool,
    ) -> None:
        """Let a column change by what changed it in the trace.

        Reckoned in twice the precision: from the same value it comes to the same value.
        """
        # Single precision would round twice, and a run held at itself must come to the same bits.
        np.copyto(column, before, where=self.known)
        seen = self.known[theirs.rows]
        rows, was, then = theirs.rows[seen], theirs.before[seen], theirs.after[seen]
        now = before[rows].astype(np.float64)
        # Strain is reduced by a share, the others by an amount: each change is carried over in its
        # own way.
        column[rows] = now * (then / was) if ratio else now + (then - was)

    def _place(self, employment: NDArray[np.uint8], before: NDArray[np.uint8]) -> None:
        np.copyto(employment, before, where=self.known)
        rows = self.week.placed[self.known[self.week.placed]]
        # Only who is out of work here: in this town the same person may have found some before.
        employment[rows[employment[rows] == Employment.NOT_IN_WORK]] = Employment.EMPLOYED

    def _send(self, world: World, lists: NDArray[np.uint8], since: NDArray[np.int16]) -> None:
        """Hand on whom the trace hands on, and whom this town does to services of its own."""
        r = world.residents
        own = find_joined(lists, r.wait_service)
        # Lists as they were, then those of the trace: services that only this town has come last.
        r.wait_service[:], r.wait_since[:] = lists, since
        rows, services = self.week.sent.T
        ours = np.full(len(self.trace.names), -1, np.int64)
        ours[self.theirs[self.theirs >= 0]] = np.flatnonzero(self.theirs >= 0)
        sent = self.known[rows] & (ours[services] >= 0)
        join_lists(rows[sent], ours[services[sent]], r, world.when)
        new = own[self.theirs[own[:, 1]] < 0]
        join_lists(new[:, 0].copy(), new[:, 1].copy(), r, world.when)

    def _face_crises(self, world: World, everybody: Everybody) -> None:
        """Let everybody face a crisis or none; contact is looked at there alone."""
        r = world.residents
        if "contact" not in self.channels:
            everybody((CRISIS_PHASE,))
            return
        # Sessions still set it for the fading of gains, which is another channel.
        own = r.last_session.copy()
        self._put(r.last_session, "last_session")
        everybody((CRISIS_PHASE,))
        r.last_session[:] = own

    def meet_crises(self, world: World) -> None:
        """Services that meet crises have the staff and places of the trace."""
        o = world.provision.offers
        if "response" not in self.channels or self.week.meeting is None:
            super().meet_crises(world)
            return
        meets, theirs = o.access == Access.CRISIS, self._see(self.week.meeting)
        changed = ("open", "places", "intake", "quality")
        # Put back afterwards: staff and places go on by this town's own rules.
        own = {name: getattr(o, name).copy() for name in changed}
        for name in changed:
            getattr(o, name)[meets] = getattr(theirs, name)[meets]
        super().meet_crises(world)
        for name in changed:
            getattr(o, name)[:] = own[name]
        self._lend(world)

    def run_ward(self, world: World, beds: int) -> int:
        """Beds are as free as they are in the trace at everybody's place in the line."""
        if "beds" not in self.channels or self.week.line is None:
            return super().run_ward(world, beds)
        r, p = world.residents, world.parameters
        offers = Supply(world.provision.offers, p.choice)
        run_ward_by_line(r, offers, world.ward, world.used, world.when, p.crisis, self.week.line)
        # Rounded up: part of a week in a bed still takes the bed.
        taken = -(-int(r.ward_days.sum(dtype=np.int64)) // WEEK)
        return max(beds, taken, int(np.count_nonzero(r.stay > 0)))
