"""Rows that a reader's words make alike are parts of one number: they are summed. Categories that
are spelled in two ways are one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.errors import Problem
from sim.places.tables.tidy import join_groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.places.tables.notes import Notes
    from sim.places.tables.tidy import Cell

KNOWN_CATEGORIES = {
    "employment": ("employed", "student", "not-in-work", "retired"),
    "insurance": ("uninsured", "public", "private", "insured"),
}
"""Categories of work and insurance that people are built by; a table may also count their opposite,
as in `not employed`.
"""
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


def spell_alike(cells: Iterable[Cell], notes: Notes) -> list[Cell]:
    """Cells with one spelling for categories that differ by capitals and spaces alone, as one
    table prints `White` and another `white`; those of work and insurance that nobody is built by
    are left out, with a note.
    """
    spelled: dict[tuple[str, str], str] = {}
    kept = []
    for cell in cells:
        groups = {}
        for name, category in cell.groups.items():
            dimension = (name or cell.table).casefold()
            known = KNOWN_CATEGORIES.get(dimension, ())
            plain = " ".join(category.casefold().replace("_", " ").split())
            hyphened = plain.replace(" ", "-")
            first = hyphened if hyphened in known else plain if known else category
            groups[name] = spelled.setdefault((dimension, plain), first)
            if known and groups[name] not in known and not _is_opposite(plain, known):
                said = f"{category[:60]!r} is no category of {dimension} that people are built by"
                problem = Problem(cell.file, cell.line, 1, "", said, f"use {', '.join(known)}")
                notes.add("left out", said, problem)
                break
        else:
            kept.append(cell._replace(group=join_groups(groups)) if groups else cell)
    return kept


def _is_opposite(plain: str, known: Sequence[str]) -> bool:
    return plain.removeprefix("not ").removeprefix("no ").replace(" ", "-") in known


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
