"""Areas of other boundaries in terms of districts: a table of which share of an area's people lives
in which district.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.units import parse_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sim.places.areas import Areas
    from sim.places.folder import Home
    from sim.places.tables.tidy import Cell

LOOKUP_COLUMNS = ("from", "to", "share")
KEY = "districts.lookup"
COUNTS = frozenset({"persons", "households", "count"})
"""Measures that are divided; a share or a score of an area is that of each of its parts."""
ROUNDED = 0.005
"""By how much shares of an area may pass 1: they are printed with two or three digits."""


class Part(NamedTuple):
    """A share of an area that is in a district, and the line that says so."""

    district: str
    share: float
    line: int


class Lookup(NamedTuple):
    """Parts of each area of other boundaries by its code, and the file that they are from."""

    parts: dict[str, list[Part]]
    file: str

    def translate(self, cells: Sequence[Cell]) -> list[Cell]:
        """Cells with those of other boundaries given to districts.

        Counts are divided by share. Shares and scores of a district are means over its parts, by
        their residents where a table has them. Where a part is withheld, the district's is too.
        """
        if not self.parts:
            return list(cells)
        people = count_residents(cells, self.parts)
        moved: dict[tuple[object, ...], list[tuple[Cell, float]]] = defaultdict(list)
        for cell in cells:
            for part in self.parts.get(cell.area, ()):
                if part.share > 0.0:
                    where = cell._replace(area=part.district, area_name="")
                    residents = 1.0 if cell.measure in COUNTS else people[cell.area]
                    same = (*where.what, cell.year, cell.file)
                    moved[same].append((where, part.share * residents))
        kept = [cell for cell in cells if cell.area not in self.parts]
        return [*kept, *map(_join, moved.values())]

    def check(self, cells: Iterable[Cell], areas: Areas) -> None:
        """InvalidInput for codes that are no district, are one themselves, or stand in no table."""
        known = {cell.area for cell in cells}
        problems = []
        for code, parts in self.parts.items():
            if code in areas.districts:
                said = f"{code} is a district itself"
                problems.append(self._complain(parts[0].line, said, "take its lines out"))
            elif code not in known:
                said = f"{code} never acts: no table has it"
                hint = "take its lines out, or read the tables again: they keep what is looked up"
                problems.append(self._complain(parts[0].line, said, hint))
            for part in parts:
                if part.district not in areas.districts:
                    some = ", ".join(list(areas.districts)[:4])
                    said = f"{part.district} is none of the districts"
                    problems.append(self._complain(part.line, said, f"they are {some}, ..."))
        if problems:
            raise InvalidInput(problems)

    def _complain(self, line: int, said: str, hint: str) -> Problem:
        return Problem(self.file, line, 1, KEY, said, hint)


def _join(some: Sequence[tuple[Cell, float]]) -> Cell:
    """One number of a district from its parts; bounds of the parts say nothing of it."""
    first = some[0][0]
    if any(cell.value is None for cell, _ in some):
        return first._replace(value=None, low=None, high=None)
    total = sum((cell.value or 0.0) * weight for cell, weight in some)
    if first.measure not in COUNTS:
        total /= sum(weight for _, weight in some)
    return first._replace(value=total, low=None, high=None)


def count_residents(cells: Iterable[Cell], wanted: Iterable[str]) -> dict[str, float]:
    """Residents of each area by its newest table of people, totals before sums of ages and sexes; 1
    for all where some area has none, so that areas count alike.
    """
    sums: dict[str, dict[tuple[int, bool, bool, str], float]] = {area: {} for area in wanted}
    for cell in cells:
        if cell.area in sums and cell.measure == "persons" and not cell.group and cell.value:
            kind = cell.year, not cell.age, not cell.sex, f"{cell.table} {cell.file}"
            sums[cell.area][kind] = sums[cell.area].get(kind, 0.0) + cell.value
    if not all(sums.values()):
        return dict.fromkeys(sums, 1.0)
    return {area: by_kind[max(by_kind)] for area, by_kind in sums.items()}


def read_lookup(home: Home) -> Lookup:
    """The place's lookup table, empty where it names none; InvalidInput lists what is wrong."""
    name = home.place.districts.lookup
    if not name:
        return Lookup({}, "")
    file = home.file(name)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        hint = "a CSV file in the place's folder, in UTF-8, with columns from, to, share"
        raise InvalidInput(Problem.of_file(str(file), KEY, said, hint)) from None
    rows = csv.DictReader(text.splitlines())
    missing = [column for column in LOOKUP_COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        said = f"has no column {', '.join(missing)}"
        raise InvalidInput(
            Problem(str(file), 1, 1, KEY, said, f"it needs {', '.join(LOOKUP_COLUMNS)}")
        )
    parts: dict[str, list[Part]] = defaultdict(list)
    problems = list(_read_parts(rows, str(file), parts))
    problems += _check_sums(parts, str(file))
    if problems or not parts:
        nothing = Problem(str(file), 1, 1, KEY, "has no lines", "one for each part of an area")
        raise InvalidInput(problems or nothing)
    return Lookup(dict(parts), str(file))


def _read_parts(
    rows: csv.DictReader[str], file: str, parts: dict[str, list[Part]]
) -> Iterator[Problem]:
    for row in rows:
        line = rows.line_num
        code, district = ((row[key] or "").strip() for key in LOOKUP_COLUMNS[:2])
        text = (row["share"] or "").strip()
        try:
            share = float(parse_share(text) if text.endswith("%") else float(text))
        except ValueError:
            share = -1.0
        if not code or not district:
            yield Problem(file, line, 1, KEY, "names no area", "a code in `from` and in `to`")
        elif not 0.0 <= share <= 1.0:
            said = f"share must lie between 0 and 1, or be written with % (got {text!r})"
            yield Problem(file, line, 1, KEY, said)
        elif any(part.district == district for part in parts.get(code, ())):
            yield Problem(file, line, 1, KEY, f"{code} to {district} stands there twice")
        else:
            parts[code].append(Part(district, share, line))


def _check_sums(parts: Mapping[str, Sequence[Part]], file: str) -> Iterator[Problem]:
    """More than all of an area is nowhere; less lies outside the place."""
    for code, some in parts.items():
        total = sum(part.share for part in some)
        if total > 1.0 + ROUNDED:
            said = f"shares of {code} sum to {total:.4g}, more than all of it"
            yield Problem(file, some[0].line, 1, KEY, said)
