"""How many bytes a week has to move, and how fast this machine could move them: a floor for its
time.

No week can be faster than the reading of every column that its rules look at. What is counted is
that and no more: a column in use is read once, and written once if the week has changed it. What
ties show is fetched from rows all over the town, a line of memory each.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.state.ties import TIE_SLOTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINE_BYTES = 64
"""Bytes that memory hands over at a time."""
BLOCK_BYTES = 1 << 26
"""Bytes of the block that bandwidth is measured with: larger than any cache."""
TRIES = 5


class Traffic(NamedTuple):
    """Bytes moved per resident and week, and the nanoseconds that this takes at full bandwidth."""

    bytes_moved: float
    floor_ns: float


def measure_traffic(community: Any) -> Traffic:
    """Run a week and say what it moved: columns of residents and ties, and what ties show."""
    world = community.world
    columns = [*world.residents.by_name().values(), *world.ties.by_name().values()]
    before = [column.copy() for column in columns]
    community.step()
    moved = sum(
        column.nbytes * (2 if _has_changed(column, old) else 1)
        for column, old in zip(columns, before, strict=True)
    )
    residents = world.residents.key.size
    ties = int((world.ties.neighbour[:, :TIE_SLOTS] < residents).sum())
    moved += world.published.nbytes + world.publishing.nbytes + ties * LINE_BYTES
    each = moved / residents
    return Traffic(each, each / measure_bandwidth() * 1e9)


def measure_bandwidth() -> float:
    """Bytes a second that one core reads and writes, the best of some copies of a large block."""
    block = np.zeros(BLOCK_BYTES, np.uint8)
    room = np.empty_like(block)
    seconds = []
    for _ in range(TRIES):
        start = time.perf_counter()
        np.copyto(room, block)
        seconds.append(time.perf_counter() - start)
    return 2 * BLOCK_BYTES / min(seconds)


def _has_changed(column: NDArray[Any], old: NDArray[Any]) -> bool:
    return column.tobytes() != old.tobytes()
