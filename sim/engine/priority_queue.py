"""A heap over row numbers: who is first in a line, without sorting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import inner, loop

if TYPE_CHECKING:
    from numpy.typing import NDArray


@inner
def _sink(rank: NDArray[np.float64], line: NDArray[np.int64], top: int, count: int) -> None:
    """Let whoever stands at a place of a line sink behind those of lower rank."""
    while True:
        child = 2 * top + 1
        if child >= count:
            return
        # Of two children the one that is called first.
        if child + 1 < count and rank[line[child + 1]] < rank[line[child]]:
            child += 1
        # `<=`: equal ranks stay where they are, so that nothing moves without need.
        if rank[line[top]] <= rank[line[child]]:
            return
        line[top], line[child] = line[child], line[top]
        top = child


@inner
def form_line(rank: NDArray[np.float64], line: NDArray[np.int64]) -> None:
    """Write into `line` the row numbers of ranks so that the lowest stands first: a heap, which
    takes as long as looking at each once.
    """
    for k in range(rank.size):
        line[k] = k
    for top in range(rank.size // 2 - 1, -1, -1):
        _sink(rank, line, top, rank.size)


@inner
def call_next(rank: NDArray[np.float64], line: NDArray[np.int64], left: int) -> int:
    """Take whoever stands first out of a line of `left`."""
    first = int(line[0])
    line[0] = line[left - 1]
    _sink(rank, line, 0, left - 1)
    return first


@loop
def order_by(rank: NDArray[np.float64]) -> NDArray[np.int64]:
    """Row numbers from the lowest to the highest rank."""
    line, order = np.empty(rank.size, np.int64), np.empty(rank.size, np.int64)
    form_line(rank, line)
    for k in range(rank.size):
        order[k] = call_next(rank, line, rank.size - k)
    return order
