"""Percentages as shares, whichever way they are printed, and what cannot be a share at all."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sim.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.places.tables.notes import Notes
    from sim.places.tables.tidy import Cell

PERCENT = frozenset({"%", "percent", "percentage", "crude prevalence", "age-adjusted prevalence"})
"""Measures whose numbers are percentages; `share` is one already."""
FEW_SHOWN = 3
"""Numbers from which the way of printing is told; of fewer, the reader's word counts."""
ROUNDING = 1e-9


def scale_shares(
    cells: Iterable[Cell], plausible: dict[str, tuple[float, float]], notes: Notes
) -> list[Cell]:
    """Cells with percentages brought to shares from 0 to 1; `plausible`: range of shares by table.

    The same words stand for 72.0 and for .72: what a table holds is told by what is possible, else
    by its digits. What cannot be a share either way is left out and told.
    """
    kinds: dict[tuple[str, str, str, str], list[Cell]] = defaultdict(list)
    done: list[Cell] = []
    for cell in cells:
        if cell.measure in PERCENT or cell.measure == "share":
            kinds[cell.file, cell.table, cell.group, cell.measure].append(cell)
        else:
            done.append(cell)
    for (_, table, _, _), alike in kinds.items():
        # One choice for all numbers of a kind: one by one, 0.9% and 0.9 cannot be told apart.
        divisor = _choose_divisor(alike, plausible.get(table))
        if (divisor == 1.0) != (alike[0].measure == "share"):
            printed = "shares from 0 to 1" if divisor == 1.0 else "percentages"
            example = next(cell.value for cell in alike if cell.value is not None)
            _note(
                notes,
                alike[0],
                "corrected",
                f"scale{table}",
                f"numbers of {table} such as {example:g} are taken for {printed}",
            )
        done += [shared for cell in alike if (shared := _divide(cell, divisor, notes)) is not None]
    return done


def _choose_divisor(alike: list[Cell], plausible: tuple[float, float] | None) -> float:
    values = [cell.value for cell in alike if cell.value is not None]
    declared = 1.0 if alike[0].measure == "share" else 100.0
    # A percent sign in the cell itself leaves no doubt.
    if not values or alike[0].measure == "%":
        return declared
    highest = max(values)
    # One number above one settles it: no share is.
    if highest > 1.0 + ROUNDING:
        return 100.0
    if plausible is not None:
        # The median, since an outlier in the tail says nothing about how numbers are printed.
        middle = sorted(values)[len(values) // 2]
        fits = [
            divisor for divisor in (1.0, 100.0) if plausible[0] <= middle / divisor <= plausible[1]
        ]
        return fits[0] if len(fits) == 1 else declared
    # .72 has two digits behind the point where a small percentage has one.
    fine = sum(abs(round(value, 1) - value) > ROUNDING for value in values)
    return 1.0 if len(values) >= FEW_SHOWN and fine * 2 >= len(values) else declared


def _divide(cell: Cell, divisor: float, notes: Notes) -> Cell | None:
    value, low, high = (
        None if number is None else number / divisor for number in (cell.value, cell.low, cell.high)
    )
    if value is not None and not 0.0 <= value <= 1.0 + ROUNDING:
        _note(
            notes,
            cell,
            "left out",
            f"share{cell.table}",
            f"a share cannot be {cell.value:g}{'' if divisor == 1.0 else '%'}: left out",
        )
        return None
    return cell._replace(
        measure="share",
        value=value,
        # A margin around a small share goes below zero; a share does not.
        low=None if low is None else min(max(low, 0.0), 1.0),
        high=None if high is None else min(max(high, 0.0), 1.0),
    )


def _note(notes: Notes, cell: Cell, kind: str, what: str, message: str) -> None:
    place = Problem(cell.file, cell.line, 1, "", message)
    if kind == "corrected":
        notes.add("corrected", what, place)
    else:
        notes.add("left out", what, place)
