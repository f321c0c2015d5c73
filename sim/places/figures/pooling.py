"""A figure of the whole place from those of its districts, where tables give it for these alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.places.areas import Areas
    from sim.places.tables.tidy import Cell

COVERED_SHARE = 0.95
"""Share of the people whose districts must have the figure."""


def count_people(cells: Sequence[Cell], areas: Areas) -> dict[str, float]:
    """Residents of each district by the newest table that has a total of it."""
    newest: dict[str, Cell] = {}
    for cell in cells:
        whole = not (cell.age or cell.sex or cell.groups) and cell.value is not None
        if whole and cell.measure == "persons" and areas.level(cell.area) == "district":
            old = newest.get(cell.area)
            if old is None or cell.year > old.year:
                newest[cell.area] = cell
    return {area: cell.value or 0.0 for area, cell in newest.items()}


def pool_districts(found: Sequence[Cell], people: dict[str, float], areas: Areas) -> Cell | None:
    """The mean of a share over districts of the newest year, by residents.

    None where districts with less than COVERED of the people have it. Small-area estimates lean
    on the same model: bounds of their mean are not known and left out.
    """
    if not found or not people:
        return None
    # One year alone: figures of several years would be pooled over different people.
    year = max(cell.year for cell in found)
    by_area = {cell.area: cell for cell in found if cell.year == year and cell.value is not None}
    known = sum(people.get(area, 0.0) for area in by_area)
    if known < COVERED_SHARE * sum(people.values()):
        return None
    mean = sum(people.get(area, 0.0) * (cell.value or 0.0) for area, cell in by_area.items())
    first = next(iter(by_area.values()))
    return first._replace(
        area=areas.place,
        area_name="",
        value=mean / known,
        low=None,
        high=None,
        source=f"{first.source}, mean of {len(by_area)} districts by residents",
    )
