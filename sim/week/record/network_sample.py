"""A sample of the town's network: a few hundred residents with their ties, taken once, at the
end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.state.codes import TieKind

if TYPE_CHECKING:
    from sim.week.world import World

SAMPLE_SIZE = 300
"""Residents in a sample."""


def sample_network(world: World, size: int = SAMPLE_SIZE) -> dict[str, list[list[int]]]:
    """Take a sample: `residents` (key, neighbourhood, lonely, ill, in care), `ties` (place of a,
    place of b, kind).

    From the resident with the lowest key of each neighbourhood that is not in it yet, friends of
    friends until there are enough. The same people in every scenario that leaves their ties alone;
    no chance is drawn.
    """
    r, areas = world.residents, len(world.scenario.neighbourhoods)
    links: dict[int, list[tuple[int, int]]] = {}
    for area in range(areas):
        wanted = len(links) + -(-size // areas)
        living = np.flatnonzero((r.neighbourhood == area) & (r.alive == 1))
        # Lowest keys: the same people in every scenario, without a draw.
        for first in living[np.argsort(r.key[living], kind="stable")].tolist():
            if len(links) >= wanted:
                break
            if first not in links:
                _gather(world, first, wanted, links)
    place = {i: number for number, i in enumerate(links)}
    ties = {
        (min(place[i], place[other]), max(place[i], place[other]), kind)
        for i, found in links.items()
        for other, kind in found
        if other in place
    }
    return {"residents": _describe(world, list(links)), "ties": [list(tie) for tie in sorted(ties)]}


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


def _gather(world: World, start: int, limit: int, links: dict[int, list[tuple[int, int]]]) -> None:
    """Add the residents nearest to one until there are `limit`, ring by ring, lower keys first,
    each with their ties.
    """
    r, ties = world.residents, world.ties
    ring = np.array([start])
    while ring.size and len(links) < limit:
        # The ring is cut where the sample is full, lower keys first.
        ring = ring[: limit - len(links)]
        others, kinds = ties.neighbour[ring].tolist(), ties.kind[ring].tolist()
        for i, tied, how in zip(ring.tolist(), others, kinds, strict=True):
            links[i] = [
                (other, kind) for other, kind in zip(tied, how, strict=True) if kind != TieKind.NONE
            ]
        near = np.array(
            sorted({other for i in ring.tolist() for other, _ in links[i]} - links.keys()),
            dtype=np.int64,
        )
        # The dead have ties until the next review.
        near = near[r.alive[near] == 1]
        ring = near[np.argsort(r.key[near], kind="stable")]
