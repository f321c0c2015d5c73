"""What a place declares that can never act with the tables that were read: each is valid, and
nearly always a slip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.places.figures.definitions import all_definitions
from sim.places.population.districts import list_indices
from sim.places.population.families import counts_people, name_groups
from sim.places.population.margins import find_dimensions
from sim.provenance import tell_time
from sim.scenario.diagnostics.suggestions import suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.places.areas import Areas
    from sim.places.declaration import Figure, Place
    from sim.places.tables.tidy import Cell


def list_idle(place: Place, cells: Sequence[Cell], areas: Areas) -> list[str]:
    """Sentences, each beginning with its key."""
    return [
        *_look_at_year(place, cells),
        *_look_at_areas(place, cells, areas),
        *_look_at_groups(place, cells, areas),
        *(
            f"local.{name}.{said}"
            for name, figure in place.local.items()
            for said in _look_at_figure(name, figure)
        ),
        *_look_at_supply(place),
    ]


def _say_unknown(key: str, name: str, known: Iterable[str]) -> str:
    some = sorted(known)
    there = f"; there are {', '.join(some[:8])}" if some else "; there are none"
    return f"{key}: never acts, no table has {name!r} of this place{suggest(name, some)}{there}"


def _look_at_year(place: Place, cells: Sequence[Cell]) -> Iterator[str]:
    newest = max((cell.year for cell in cells), default=0)
    if place.year is not None and place.year > max(newest, int(tell_time()[:4])):
        yield f"year: never acts, {place.year} is still to come and no table is later"


def _look_at_areas(place: Place, cells: Sequence[Cell], areas: Areas) -> Iterator[str]:
    codes = {cell.area for cell in cells}
    for code in place.also:
        if code not in codes:
            yield f"also: {code} never acts, no table has it"
    for title, some in place.districts.merge.items():
        for code in some:
            if code not in areas.districts:
                yield f"districts.merge.{title}: {code} never acts, it is none of the districts"
    if place.districts.level and not areas.districts:
        yield (
            f"districts.level: never acts, no table counts the people of areas of"
            f" {place.districts.level!r}"
        )
    asked = place.districts.deprivation
    indices = list_indices(cells)
    if asked and asked not in indices:
        yield _say_unknown("districts.deprivation", asked, indices)


def _look_at_groups(place: Place, cells: Sequence[Cell], areas: Areas) -> Iterator[str]:
    named = {name for cell in cells if counts_people(cell) for name in name_groups(cell)}
    for name in place.groups or ():
        if name not in find_dimensions(cells, areas, [name]):
            yield _say_unknown("groups", name, named - {name})


def _look_at_figure(name: str, figure: Figure) -> Iterator[str]:
    definition = all_definitions().get(figure.definition or name)
    mode = figure.mode or (definition.mode if definition else "")
    if mode == "level" and figure.national is not None:
        yield "national: never acts, `mode: level` is held against the local figure alone"
    bounds = figure.low is not None, figure.high is not None
    if any(bounds) and not all(bounds):
        yield "low: never acts without `high`" if bounds[0] else "high: never acts without `low`"
    elif all(bounds) and figure.tolerance is not None:
        yield "low: never acts, `tolerance` is stated and counts instead"


def _look_at_supply(place: Place) -> Iterator[str]:
    for name, supply in place.supply.items():
        if supply.catchment != 1.0 and not (supply.posts or supply.beds or supply.in_care):
            yield f"supply.{name}.catchment: never acts, there are no posts, beds or people"
        counted = {"in_care": supply.in_care, "waiting": supply.waiting}
        for key, count in counted.items():
            if count and not round(count * supply.catchment * place.scale):
                yield (
                    f"supply.{name}.{key}: never acts, {count} are none at the scale of"
                    f" {place.scale:.3g}"
                )
