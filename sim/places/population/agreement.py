"""How well people agree with the tables that they were fitted to, and with those that they were
not.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.places.population.margins import Fitted
    from sim.places.tables.tidy import Cell


class Agreement(NamedTuple):
    """One table: its name and file, whether people were fitted to it, cells held against it,
    relative errors, cells within bounds.

    largest: of fractions; mean: weighted by people; largest_whole: of whole people, in cells of 50
    people and more. worst: the cell of the largest error, published and built. within: share of the
    cells with published bounds that lie in them, NaN without any.
    """

    table: str
    file: str
    fitted: bool
    cells: int
    largest: float
    mean: float
    largest_whole: float
    worst: str
    published: float
    built: float
    within: float


PEOPLE_ENOUGH = 50.0
"""People from which a relative error of whole numbers says something."""


def hold_against(
    held: Sequence[Fitted], beside: set[int], exact: NDArray[np.float64], whole: NDArray[np.float64]
) -> tuple[Agreement, ...]:
    """One agreement for each table.

    Numbers of tables of another universe are compared at the table's own size.
    """
    tables: dict[int, list[Fitted]] = defaultdict(list)
    for one in held:
        tables[id(one.family)].append(one)
    return tuple(
        _hold(parts, id(parts[0].family) not in beside, exact, whole) for parts in tables.values()
    )


def _hold(
    parts: Sequence[Fitted], fitted: bool, exact: NDArray[np.float64], whole: NDArray[np.float64]
) -> Agreement:
    rows: list[tuple[Cell, float, float, float]] = []
    for part in parts:
        published = np.array([float(cell.value or 0.0) for cell in part.cells])
        built, counted = (_bring_to_size(part, published, table) for table in (exact, whole))
        rows += zip(
            part.cells, map(float, published), map(float, built), map(float, counted), strict=True
        )
    share = parts[0].family.share
    # A floor, or a table with a cell of 0 would have an infinite error.
    floor = 0.01 if share else 1.0
    errors = [abs(built - published) / max(published, floor) for _, published, built, _ in rows]
    worst = int(np.argmax(errors)) if errors else 0
    # Among few people rounding alone makes large relative errors.
    large = [abs(c - p) / p for cell, p, _, c in rows if p >= PEOPLE_ENOUGH and not share]
    bounded = [
        cell.low <= counted <= cell.high
        for cell, _, _, counted in rows
        if cell.low is not None and cell.high is not None
    ]
    total = sum(published for _, published, _, _ in rows)
    family = parts[0].family
    return Agreement(
        family.name,
        family.file,
        fitted,
        len(rows),
        max(errors, default=0.0),
        sum(abs(built - published) for _, published, built, _ in rows) / max(total, 1e-9),
        max(large, default=0.0),
        _name(rows[worst][0]) if rows else "",
        rows[worst][1] if rows else 0.0,
        rows[worst][2] if rows else 0.0,
        float(np.mean(bounded)) if bounded else float("nan"),
    )


def _bring_to_size(
    part: Fitted, published: NDArray[np.float64], table: NDArray[np.float64]
) -> NDArray[np.float64]:
    """People of a table's cells: as they are, as shares, or as many as the table has in each
    part.
    """
    found, count = part.margin.collapse(table), len(part.cells)
    within = part.margin.within
    if within is None:
        return found[:count]
    share = found[:count] / np.maximum(np.bincount(within, found)[within[:count]], 1e-300)
    if part.family.share:
        return share
    # a margin's share is of all that its table counts, those whom no cell names included
    size = np.bincount(within[:count], published) / np.maximum(
        np.bincount(within[:count], part.margin.values[:count]), 1e-300
    )
    return share * size[within[:count]]


def _name(cell: Cell) -> str:
    return ", ".join(
        part
        for part in (
            cell.area_name or cell.area,
            cell.group,
            cell.sex,
            cell.age and f"age {cell.age}",
        )
        if part
    )
