"""What the record adds up from week to week, as a table that the loop of a week carries along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.columns import Columns
from sim.outcomes import KEYS
from sim.state.residents import WAIT_SLOTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.record.counts import Counts
    from sim.week.world import World

NO_WEEK = -1
"""No week: every open post was filled."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Register(Columns):
    """Over the horizon: weekly (horizon, len(KEYS)), sums (n_cells, len(Cell)) of the subgroups,
    named (n_combinations, len(Cell)) of those of named groups, as in `Counts`.

    Through a quarter: sessions (n_services,); waits (n_services, weeks) that ended with a place;
    met (n_services,): people whom a crisis brought, and no list; gave_up (n_services,): people who
    left this list without a place; empty_from (n_posts,): first week
    at whose end the post was open and empty, NO_WEEK for none. service, since (n_residents, lists):
    the lists at the end of last week.
    """

    weekly: NDArray[np.float64]
    sums: NDArray[np.float64]
    named: NDArray[np.float64]
    sessions: NDArray[np.int64]
    waits: NDArray[np.int64]
    met: NDArray[np.int64]
    gave_up: NDArray[np.int64]
    empty_from: NDArray[np.int64]
    service: NDArray[np.uint8]
    since: NDArray[np.int16]


def open_register(world: World, counts: Counts) -> Register:
    """A register of a town in which nothing is written."""
    services, residents = len(world.provision.names), world.residents.key.size
    return Register(
        weekly=np.zeros((world.scenario.horizon, len(KEYS))),
        sums=np.zeros(counts.cells.shape),
        named=np.zeros(counts.named.shape),
        sessions=np.zeros(services, np.int64),
        waits=np.zeros_like(world.waits),
        met=np.zeros(services, np.int64),
        gave_up=np.zeros(services, np.int64),
        empty_from=np.full(world.provision.staff.key.size, NO_WEEK, np.int64),
        service=np.zeros((residents, WAIT_SLOTS), np.uint8),
        since=np.zeros((residents, WAIT_SLOTS), np.int16),
    )
