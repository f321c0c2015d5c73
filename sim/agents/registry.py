"""Who is in a community, by number, and the views of them that were made so far.

Residents are numbered by their keys, from 1. Whoever holds post k, the (h + 1)-th to do so, has the
number FIRST_POST + k + h * posts, so that a successor is somebody else. Agents of other models'
making (guests) come after all of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakValueDictionary

import numpy as np

from sim.agents.attributes import Table
from sim.errors import KinwellError
from sim.state.staff import PEER_ROLES, ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from sim.agents.attributes import Numbers
    from sim.agents.host import Host

Sort = Literal["resident", "peer", "professional"]

FIRST_POST = 2**32 + 1
"""Number of the first post: residents are numbered by their keys, of 32 bits, from 1."""
MOST_HOLDERS = 100_000
"""Holders of one post after which numbers would run into those of guests."""


class Registry:
    """Everybody in a community. Views are made when asked for and forgotten when nobody holds them.

    classes: what to make of a resident, of a peer post and of any other post. A view that was given
    attributes of its own (`agent.note = ...`) is kept for as long as the community lives.
    """

    def __init__(self, community: Host, classes: Mapping[Sort, type[Any]]) -> None:
        self.community = community
        self.classes = dict(classes)
        count, posts = (
            int(community.world.residents.key.size),
            int(community.world.provision.staff.key.size),
        )
        self.residents = Table(community, "residents", 1, count)
        self.posts = Table(community, "posts", FIRST_POST, posts)
        self.first_guest = FIRST_POST + posts * MOST_HOLDERS
        self.guests: dict[Any, int] = {}
        self._guest_by_number: dict[int, Any] = {}
        self._admitted = 0
        self._kept: dict[int, Any] = {}
        # Weak: a view that nobody holds is forgotten, and made again when asked for.
        self._views: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._mixed: tuple[bytes, Numbers] | None = None
        self._everyone: tuple[NDArray[np.uint32], Numbers] | None = None

    def __getstate__(self) -> dict[str, Any]:
        # Weak references cannot be pickled; views that are held travel along.
        return vars(self) | {"_views": dict(self._views), "_mixed": None, "_everyone": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state | {"_views": WeakValueDictionary(state["_views"])})

    @property
    def everyone(self) -> Numbers:
        """Numbers of all residents; the same array for as long as nobody comes."""
        key = self.community.world.residents.key
        # Compared by content, since newcomers change the array in place.
        if self._everyone is None or not np.array_equal(self._everyone[0], key):
            self._everyone = (key.copy(), key.astype(np.int64) + 1)
            self._mixed = None
        return self._everyone[1]

    def number_at(self, row: int) -> int:
        """Number of the resident in a row."""
        return int(self.community.world.residents.key[row]) + 1

    def staff(self, sort: Sort | None = None) -> Numbers:
        """Numbers of those in post, of peers or of professionals only if asked."""
        staff = self.community.world.provision.staff
        there = staff.filled == 1
        if sort is not None:
            peers = np.isin(staff.role, [ROLES.index(role) for role in PEER_ROLES])
            there &= peers if sort == "peer" else ~peers
        rows = np.flatnonzero(there)
        numbers: Numbers = self.posts.first + rows + self.posts.size * staff.holder[rows]
        return numbers

    def all(self) -> Numbers:
        """Numbers of everybody: residents, those in post, guests."""
        others = np.concatenate(
            (self.staff(), np.fromiter(self.guests.values(), np.int64, len(self.guests)))
        )
        everyone = self.everyone
        # Joined anew only when somebody in post, or a guest, has changed.
        if self._mixed is None or self._mixed[0] != others.tobytes():
            self._mixed = (others.tobytes(), np.concatenate((everyone, others)))
        return self._mixed[1]

    def members(self, sort: Sort | None) -> Numbers:
        """Numbers of a sort of agents, of everybody for None."""
        if sort is None:
            return self.all()
        return self.everyone if sort == "resident" else self.staff(sort)

    def table_of(self, numbers: Numbers) -> Table | None:
        """The table that all these numbers belong to, None when they do not share one."""
        low, high = (int(numbers.min()), int(numbers.max())) if numbers.size else (1, 1)
        if high < self.posts.first:
            return self.residents
        return self.posts if self.posts.first <= low and high < self.first_guest else None

    def split(self, numbers: Numbers) -> Iterator[NDArray[np.intp]]:
        """Positions of guests, of staff and of residents among numbers, where there are any."""
        kind = np.digitize(numbers, [self.posts.first, self.first_guest])
        for value in (2, 1, 0):
            positions = np.flatnonzero(kind == value)
            if positions.size:
                yield positions

    def present(self, numbers: Numbers) -> Numbers:
        """Those of the numbers who are still here: staff in post, guests who were not removed,
        residents whose place nobody else has taken.
        """
        staff = self.community.world.provision.staff
        here = np.ones(numbers.size, bool)
        living = np.flatnonzero(numbers < self.posts.first)
        key = self.community.world.residents.key[self.residents.rows(numbers[living])]
        # A row whose key is another's: the person has left and somebody took the place.
        here[living] = key.astype(np.int64) + 1 == numbers[living]
        others = np.flatnonzero(numbers >= self.posts.first)
        at_work = others[numbers[others] < self.first_guest]
        rows = self.posts.rows(numbers[at_work])
        holder = (numbers[at_work] - self.posts.first) // max(self.posts.size, 1)
        here[at_work] = (staff.filled[rows] == 1) & (staff.holder[rows] == holder)
        for position in others[numbers[others] >= self.first_guest]:
            here[position] = int(numbers[position]) in self._guest_by_number
        return numbers[here]

    def is_present(self, number: int) -> bool:
        """Whether somebody is still here."""
        if number < self.posts.first:
            return number == self.number_at((number - 1) % self.residents.size)
        return self.present(np.array([number], np.int64)).size == 1

    def agent(self, number: int) -> Any:
        """The agent with a number; the same object for as long as somebody holds it."""
        view = self._views.get(number)
        if view is None:
            view = (
                self._guest_by_number[number] if number >= self.first_guest else self._make(number)
            )
            self._views[number] = view
        return view

    def _make(self, number: int) -> Any:
        table = self.residents if number < self.posts.first else self.posts
        row = (number - table.first) % table.size
        sort: Sort = "resident"
        if table is self.posts:
            sort = (
                "peer"
                if ROLES[self.community.world.provision.staff.role[row]] in PEER_ROLES
                else "professional"
            )
        # Past the constructor, which refuses: a view is not made by hand.
        view = object.__new__(self.classes[sort])
        view.__dict__.update(
            model=self.community, unique_id=number, pos=None, _row=row, _registry=self
        )
        return view

    def keep(self, view: Any) -> None:
        """Hold on to a view that carries attributes of its own."""
        self._kept[view.unique_id] = view

    def number_of(self, agent: Any) -> int | None:
        """Number of an agent of this community, None for anybody else."""
        if getattr(agent, "_registry", None) is self:
            return int(agent.unique_id)
        return self.guests.get(agent)

    def admit(self, agent: Any) -> int:
        """Give a number to an agent that somebody else made for this community."""
        # A view of another community has a registry of its own, and would read the wrong columns.
        if getattr(agent, "model", None) is not self.community or hasattr(agent, "_registry"):
            raise KinwellError(f"{type(agent).__name__} belongs to another community")
        if agent not in self.guests:
            number = self.first_guest + self._admitted
            self._admitted += 1
            self.guests[agent] = agent.unique_id = number
            self._guest_by_number[number] = agent
        return self.guests[agent]

    def dismiss(self, agent: Any) -> None:
        """Forget a guest."""
        self._guest_by_number.pop(self.guests.pop(agent))
