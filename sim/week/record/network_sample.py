"""A sample of the town's network: a few hundred residents with their ties, taken once, at the
end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.state.codes import TieKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.world import World

SAMPLE_SIZE = 300
"""Residents in a sample."""
OUTSIDE = -1
"""Place of somebody who is not in the sample."""


class _Sample(NamedTuple):
    """Rows of those chosen so far; their ties, as blocks of (row, row of the other, kind); by row
    of the town, the place in the sample.
    """

    chosen: list[int]
    found: list[NDArray[np.int64]]
    place: NDArray[np.int64]


def sample_network(world: World, size: int = SAMPLE_SIZE) -> dict[str, list[list[int]]]:
    """Take a sample: `residents` (key, neighbourhood, lonely, ill, in care), `ties` (place of a,
    place of b, kind).

    From the resident with the lowest key of each neighbourhood that is not in it yet, friends of
    friends until there are enough. The same people in every scenario that leaves their ties alone;
    no chance is drawn.
    """
    r, areas = world.residents, len(world.scenario.neighbourhoods)
    sample = _Sample([], [], np.full(r.key.size, OUTSIDE, np.int64))
    for area in range(areas):
        wanted = len(sample.chosen) + -(-size // areas)
        living = np.flatnonzero((r.neighbourhood == area) & (r.alive == 1))
        # Lowest keys: the same people in every scenario, without a draw.
        for first in living[np.argsort(r.key[living], kind="stable")]:
            if len(sample.chosen) >= wanted:
                break
            if sample.place[first] == OUTSIDE:
                _gather(world, int(first), wanted, sample)
    return {"residents": _describe(world, sample.chosen), "ties": _list_ties(sample)}


def _describe(world: World, chosen: list[int]) -> list[list[int]]:
    r = world.residents
    lonely = r.loneliness[chosen] >= world.parameters.health.ucla_middle
    ill = world.in_need[chosen]
    columns = (
        r.key[chosen],
        r.neighbourhood[chosen],
        lonely,
        ill,
        r.care_service[chosen].any(axis=1),
    )
    rows: list[list[int]] = np.column_stack(
        [column.astype(np.int64) for column in columns]
    ).tolist()
    return rows


def _list_ties(sample: _Sample) -> list[list[int]]:
    """Ties between two of the sample, by their places in it, each once and in order."""
    if not sample.found:  # nobody is left
        return []
    near, far, kind = np.concatenate(sample.found, axis=1)
    ends = np.sort(sample.place[np.stack((near, far))], axis=0)
    within = ends[0] != OUTSIDE
    # Each tie as one number, in the order of its ends: rows take ten times as long to compare.
    count, kinds = len(sample.chosen), len(TieKind)
    numbers = np.unique(((ends[0] * count + ends[1]) * kinds + kind)[within])
    pairs, kind = np.divmod(numbers, kinds)
    ties: list[list[int]] = np.stack((*np.divmod(pairs, count), kind), axis=1).tolist()
    return ties


def _gather(world: World, start: int, limit: int, sample: _Sample) -> None:
    """Add the residents nearest to one until there are `limit`, ring by ring, lower keys first,
    each with their ties.
    """
    r, ties = world.residents, world.ties
    ring = np.array([start])
    while ring.size and len(sample.chosen) < limit:
        # The ring is cut where the sample is full, lower keys first.
        ring = ring[: limit - len(sample.chosen)]
        sample.place[ring] = np.arange(len(sample.chosen), len(sample.chosen) + ring.size)
        sample.chosen.extend(ring.tolist())
        row, slot = np.nonzero(ties.kind[ring] != TieKind.NONE)
        others = ties.neighbour[ring[row], slot].astype(np.int64)
        sample.found.append(np.stack((ring[row], others, ties.kind[ring[row], slot])))
        near = np.unique(others[sample.place[others] == OUTSIDE])
        # The dead have ties until the next review.
        near = near[r.alive[near] == 1]
        ring = near[np.argsort(r.key[near], kind="stable")]
