"""A portrait of the town's network: a few hundred residents with their ties, taken once, at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.society.tie_lists import NO_TIE

if TYPE_CHECKING:
    from sim.week.world import World

SITTERS = 300
"""Residents in a portrait."""


def take_portrait(world: World, sitters: int = SITTERS) -> dict[str, list[list[int]]]:
    """Take a portrait: `residents` (key, neighbourhood, lonely, ill, in care), `ties` (place of a, place of b, kind).

    From the resident with the lowest key of each neighbourhood that is not in it yet, friends of friends until there are enough. The same
    people in every scenario that leaves their ties alone; no chance is drawn.
    """
    r, need, middle = world.residents, world.parameters.seeking.need_phq, world.parameters.health.ucla_middle
    areas = len(world.scenario.neighbourhoods)
    chosen: dict[int, int] = {}
    for area in range(areas):
        living = (r.neighbourhood == area) & (r.alive == 1)
        living[list(chosen)] = False
        if living.any():
            first = int(r.key[living].min())
            _gather(world, int((r.key == first).nonzero()[0][0]), -(-sitters // areas), chosen)
    rows = [
        [
            int(r.key[i]), int(r.neighbourhood[i]), int(r.loneliness[i] >= middle),
            int(r.phq[i] >= need or r.severe[i] == 1 or r.episode[i] > 0), int(r.care_service[i].any()),
        ]
        for i in chosen
    ]  # fmt: skip
    ties = {
        (min(place, chosen[other]), max(place, chosen[other]), kind)
        for i, place in chosen.items()
        for other, kind in _list_ties(world, i)
        if other in chosen
    }
    return {"residents": rows, "ties": [list(tie) for tie in sorted(ties)]}


def _list_ties(world: World, i: int) -> list[tuple[int, int]]:
    kinds = world.ties.kind[i].tolist()
    return [(other, kind) for other, kind in zip(world.ties.neighbour[i].tolist(), kinds, strict=True) if kind != NO_TIE]


def _gather(world: World, start: int, wanted: int, chosen: dict[int, int]) -> None:
    """Add the residents nearest to one, tie by tie, those with lower keys first."""
    r, limit = world.residents, len(chosen) + wanted
    ring = [start]
    while ring and len(chosen) < limit:
        fresh: set[int] = set()
        for i in ring:
            if len(chosen) < limit and i not in chosen:
                chosen[i] = len(chosen)
                fresh.update(other for other, _ in _list_ties(world, i) if r.alive[other] == 1)
        ring = sorted((i for i in fresh if i not in chosen), key=lambda i: int(r.key[i]))
