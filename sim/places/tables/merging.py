"""Rows that a reader's words make alike are parts of one number: they are summed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.places.tables.tidy import Cell

SUMMED = frozenset({"persons", "households", "count"})


def merge(found: Iterable[tuple[Cell, str]]) -> list[Cell]:
    """Cells with those summed that count the same by different words; the same words twice are left
    as they are, to be told.

    Margins of error of a sum are the root of the sum of their squares.
    """
    alike: dict[tuple[object, ...], list[tuple[Cell, str]]] = {}
    for cell, words in found:
        alike.setdefault((*cell.what, cell.year), []).append((cell, words))
    merged: list[Cell] = []
    for some in alike.values():
        cells = [cell for cell, _ in some]
        # The same words twice are two printings of one number, not two parts: to sum would double
        # it.
        different = len({words for _, words in some}) == len(some)
        merged += (
            [_sum(cells)] if len(some) > 1 and different and cells[0].measure in SUMMED else cells
        )
    return merged


def _sum(cells: Sequence[Cell]) -> Cell:
    """The sum; withheld parts count by the middle of their bounds where they have such, else the
    sum is withheld too.
    """
    first = cells[0]
    values = [cell.value if cell.value is not None else _middle(cell) for cell in cells]
    if any(value is None for value in values):
        return first._replace(value=None, low=None, high=None)
    total = sum(value for value in values if value is not None)
    # A bound of a part is not a bound of the sum once another part has none.
    if any(cell.low is None or cell.high is None for cell in cells):
        return first._replace(value=total, low=None, high=None)
    error = math.sqrt(sum(((cell.high or 0.0) - (cell.low or 0.0)) ** 2 for cell in cells)) / 2.0
    return first._replace(value=total, low=total - error, high=total + error)


def _middle(cell: Cell) -> float | None:
    return (cell.low + cell.high) / 2.0 if cell.low is not None and cell.high is not None else None
