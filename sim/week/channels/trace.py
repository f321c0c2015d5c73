"""What reached residents in a run, week by week: all that is needed to hold a channel at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.week.channels.track import Track

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.channels.beds import Line
    from sim.week.world import World

READ_AT_START = ("coping", "connection", "relief", "stigma", "knowledge", "company")
"""Columns that are read from the beginning of a week on."""
READ_BEFORE_CRISES = ("self_management", "last_session")
"""Columns that are read between sessions and crises."""
CHANGED_AT_ONCE = ("distress", "loneliness", "strain")
"""Columns that sessions change at once."""


class Change(NamedTuple):
    """What sessions of a week did to a column: rows, values before and after."""

    rows: NDArray[np.int64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]


class Supplied(NamedTuple):
    """Services of a week when lists meet places, each (n_services,)."""

    open: NDArray[np.int64]
    places: NDArray[np.int64]
    intake: NDArray[np.int64]
    quality: NDArray[np.float64]
    offered: NDArray[np.float64]


@dataclass
class Week:
    """What happened in one week.

    felt: changes by sessions, by column. sent (n, 2): row and service of those handed on. placed:
    rows of those who found work. friends (n, 2): rows of who became friends in groups, in order.
    cutoff (n_services,): rank up to which each list was called. meeting: services when crises are
    met. line: the line for beds.
    """

    felt: dict[str, Change] = field(default_factory=dict)
    sent: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), np.int64))
    placed: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    friends: list[NDArray[np.int64]] = field(default_factory=list)
    cutoff: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    supplied: Supplied | None = None
    meeting: Supplied | None = None
    line: Line | None = None


class Trace:
    """All weeks of a run from week 0.

    names: its services. tracks: columns by name; `key` says whose they are.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        columns = ("key", *READ_AT_START, *READ_BEFORE_CRISES)
        self.tracks: dict[str, Track[Any]] = {name: Track() for name in columns}
        self.weeks: list[Week] = []


def supply(world: World) -> Supplied:
    """The services of a week as they stand."""
    o = world.provision.offers
    return Supplied(
        o.open.copy(), o.places.copy(), o.intake.copy(), o.quality.copy(), o.offered.copy()
    )
