"""Do the tables agree? Totals within a table, and the same number in two tables, told with both
numbers.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sim.errors import Problem
from sim.places.tables.ages import OPEN_END, ends_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.places.tables.notes import Notes
    from sim.places.tables.tidy import Cell

COUNT_MEASURES = ("persons", "households", "count")
SAME_WITHIN = 0.005
"""Relative difference that rounding and disclosure control make, and that is not worth a word."""
PERTURBED = 30.0
"""Absolute difference that cells moved a little against disclosure add up to."""


def find_contradictions(cells: Sequence[Cell], notes: Notes) -> None:
    """Note numbers that are given twice and differ, and parts that do not make the total that is
    published.
    """
    _compare_twins(cells, notes)
    _compare_totals(cells, notes)
    _compare_populations(cells, notes)


def differ(a: float, b: float) -> bool:
    """Whether two counts are further apart than rounding and disclosure control explain."""
    # By share for large counts, by number for small ones: cells moved by a few people differ by a
    # large share of a small count.
    return abs(a - b) > max(
        SAME_WITHIN * max(abs(a), abs(b)),
        min(PERTURBED, 0.05 * max(abs(a), abs(b))) if max(a, b) > 1 else 0.0,
    )


def _compare_twins(cells: Iterable[Cell], notes: Notes) -> None:
    seen: dict[tuple[object, ...], Cell] = {}
    for cell in cells:
        if cell.value is None:
            continue
        first = seen.setdefault((*cell.what, cell.year), cell)
        if first is not cell and first.value is not None and differ(first.value, cell.value):
            said = (
                f"{name_cell(cell)} is {cell.value:,.6g} here and {first.value:,.6g} in"
                f" {first.where}"
            )
            _note(
                notes,
                cell,
                f"twin{cell.table}{first.file}",
                said,
                "keep the one that you trust, and take the other out of data/",
            )


def name_cell(cell: Cell) -> str:
    """What a number is, in a few words."""
    parts = (
        cell.table.replace("_", " "),
        cell.group,
        cell.sex,
        cell.age and f"age {cell.age}",
        cell.area_name or cell.area,
        str(cell.year),
    )
    return ", ".join(part for part in parts if part)


def _compare_totals(cells: Iterable[Cell], notes: Notes) -> None:
    """Both sexes against their sum, all ages against theirs, all groups against theirs: each
    where the parts are complete.
    """
    tables: dict[tuple[str, str, str, int, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.measure in COUNT_MEASURES:
            tables[cell.table, cell.area, cell.measure, cell.year, cell.file].append(cell)
    for alike in tables.values():
        by_key = {(cell.age, cell.sex, cell.group): cell for cell in alike}
        for (age, sex, group), total in by_key.items():
            if total.value is None:
                continue
            parts: dict[str, list[Cell | None]] = {
                "female and male": (
                    [by_key.get((age, one, group)) for one in ("female", "male")] if not sex else []
                ),
                "the ages": (
                    [by_key[part, sex, group] for part in _complete_ages(by_key, sex, group)]
                    if not age
                    else []
                ),
            }
            if not group:
                parts |= _group_parts(by_key, age, sex)
            for name, some in parts.items():
                _check_sum(total, name, some, notes)


def _group_parts(
    by_key: dict[tuple[str, str, str], Cell], age: str, sex: str
) -> dict[str, list[Cell | None]]:
    """Cells of each dimension by itself that share an age and a sex: groups of one dimension
    exclude each other.
    """
    parts: dict[str, list[Cell | None]] = defaultdict(list)
    for (a, s, _), cell in by_key.items():
        if (a, s) == (age, sex) and len(cell.groups) == 1:
            parts[f"the groups of {next(iter(cell.groups)) or 'the table'}"].append(cell)
    return parts


def _complete_ages(by_key: dict[tuple[str, str, str], Cell], sex: str, group: str) -> list[str]:
    """Bands that follow each other without a gap from 0 to the open end, if there are such."""
    bands = sorted((ends_of(a), a) for (a, s, g) in by_key if a and (s, g) == (sex, group))
    chosen, following = [], 0
    # Tables print bands of several widths below each other; only those that follow without a gap
    # make a whole.
    for (low, high), age in bands:
        if low == following:
            chosen.append(age)
            following = high + 1
    return chosen if following > OPEN_END else []


def _check_sum(total: Cell, name: str, parts: Sequence[Cell | None], notes: Notes) -> None:
    values = [part.value for part in parts if part is not None and part.value is not None]
    # A withheld part makes the sum smaller than the total without either being wrong.
    if len(values) < 2 or len(values) != len(parts) or total.value is None:
        return
    if differ(total.value, sum(values)):
        said = (
            f"{name_cell(total)}: the total is {total.value:,.6g}, {name} add up to"
            f" {sum(values):,.6g}"
        )
        _note(
            notes,
            total,
            f"total{total.table}{name}",
            said,
            "a row may be missing, doubled or of another year",
        )


def _compare_populations(cells: Iterable[Cell], notes: Notes) -> None:
    """The number of people of an area by different tables: other years and universes differ, and
    it is said by how much.
    """
    totals: dict[str, dict[str, tuple[float, Cell]]] = defaultdict(dict)
    sums: dict[tuple[str, str, str, int], list[Cell]] = defaultdict(list)
    for cell in cells:
        if (
            cell.measure == "persons"
            and cell.table in ("population", "ethnicity", "insurance", "registered")
            and not cell.group
        ):
            sums[cell.area, cell.table, cell.file, cell.year].append(cell)
    # Earlier years of one file are history; only its latest is a second word on today.
    latest: dict[tuple[str, str, str], int] = {}
    for area, table, file, year in sums:
        latest[area, table, file] = max(year, latest.get((area, table, file), 0))
    for (area, table, file, year), alike in sums.items():
        whole = count_people(alike)
        if whole is not None and year == latest[area, table, file]:
            totals[area][f"{table} {year} ({file})"] = (whole, alike[0])
    for counts in totals.values():
        names = list(counts)
        for name in names[1:]:
            (a, _), (b, cell) = counts[names[0]], counts[name]
            if differ(a, b):
                said = (
                    f"{cell.area_name or cell.area} has {b:,.0f} people here and {a:,.0f} by"
                    f" {names[0]} ({b / a - 1:+.1%})"
                )
                _note(
                    notes,
                    cell,
                    f"people{names[0]}",
                    said,
                    "other years and universes differ: the table of population by age and sex"
                    " counts",
                )


def count_people(cells: Sequence[Cell]) -> float | None:
    """People in all by one table of one area: its own total, else the sum of its parts.

    None where neither is whole.
    """
    by_key = {(cell.age, cell.sex): cell.value for cell in cells}
    if by_key.get(("", "")) is not None:
        return by_key["", ""]
    both = [by_key.get(("", sex)) for sex in ("female", "male")]
    if all(value is not None for value in both):
        return sum(value for value in both if value is not None)
    plain = {(cell.age, cell.sex, ""): cell for cell in cells}
    if ages := _complete_ages(plain, "", ""):
        values = [by_key[age, ""] for age in ages]
        return sum(value for value in values if value is not None) if None not in values else None
    found = 0.0
    for sex in ("female", "male"):
        ages = _complete_ages(plain, sex, "")
        values = [by_key[age, sex] for age in ages]
        if not ages or None in values:
            return None
        found += sum(value for value in values if value is not None)
    return found


def _note(notes: Notes, cell: Cell, what: str, message: str, hint: str) -> None:
    notes.add("contradiction", what, Problem(cell.file, cell.line, 1, "", message, hint))
