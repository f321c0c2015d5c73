"""Bring the rows of a published table to the tidy form, as its reader declares."""

from __future__ import annotations

import math
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from sim.places.tables.ages import read_age, read_sex
from sim.places.tables.declaration import NOWHERE, From, Series, Variable
from sim.places.tables.header import matches
from sim.places.tables.numbers import Read, is_ambiguous, read_number, read_range
from sim.places.tables.tidy import Cell, join_groups, split_groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.places.tables.declaration import Reader
    from sim.places.tables.header import Header
    from sim.places.tables.notes import Kind, Notes
    from sim.places.tables.raw import Raw, Row

YEAR_PATTERN = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
SPOILED = re.compile(r"\d(\.\d+)?e\+\d+", re.IGNORECASE)
COUNTS = frozenset({"persons", "households", "count"})
"""Measures that count: whole, none below 0, no percentage."""
ALL, ANY = "all", "*"
"""A category that is everybody.

A dimension that each category names itself, as in `ethnicity=asian`.
"""


class Column(NamedTuple):
    """A column of numbers of a table: its position, those of its bounds, and what the reader
    says of it.
    """

    position: int
    low: int | None
    high: int | None
    moe: int | None
    interval: int | None
    says: Series


class Extraction:
    """One table on its way through one reader; what is noticed is noted."""

    def __init__(self, raw: Raw, header: Header, reader: Reader, notes: Notes) -> None:
        """Find the columns of numbers."""
        self.raw, self.header, self.reader, self.notes = raw, header, reader, notes
        self.marks = frozenset(mark.casefold() for mark in reader.suppressed)
        self.positions: dict[str, int | None] = {}
        self.known: dict[tuple[str, str], bool] = {}
        self.columns = list(self._find_columns())

    def _find_columns(self) -> Iterator[Column]:
        series = self.reader.values
        if self.reader.layout == "variables":
            series = tuple(
                Series(
                    column=(f"{code}E",),
                    moe=(f"{code}M",),
                    table=v.table,
                    measure=v.measure,
                    age=v.age,
                    sex=v.sex,
                    group=v.group,
                )
                for code, v in self.reader.variables.items()
            )
        for one in series:
            found = [k for name in one.column for k in self.header.find_all(name)]
            for k in found if any("*" in name for name in one.column) else found[:1]:
                stem = find_stem(self.header.names[k], one.column)
                low, high, moe, interval = (
                    self.header.find(name.replace("$stem", stem) for name in names)
                    for names in (one.low, one.high, one.moe, one.interval)
                )
                yield Column(k, low, high, moe, interval, one)

    def owns(self, row: Row) -> bool:
        """Whether a row is of the kind that the reader reads."""
        # All columns named must fit: a table of several topics has a reader for each.
        return all(
            self._fits(self._text(row, name), wanted) for name, wanted in self.reader.where.items()
        )

    def passes_over(self, row: Row) -> bool:
        """Whether the reader knows the row and has no use for it."""
        return any(
            self._fits(self._text(row, name), wanted) for name, wanted in self.reader.skip.items()
        )

    def _text(self, row: Row, name: str, column: int | None = None) -> str:
        if name == "$file":
            return PurePath(self.raw.file).name
        if name == "$column":
            return self.header.names[column] if column is not None else ""
        k = self._find(name)
        return row.cells[k].strip() if k is not None and k < len(row.cells) else ""

    def _find(self, name: str) -> int | None:
        if name not in self.positions:
            self.positions[name] = self.header.find((name,))
        return self.positions[name]

    def _fits(self, text: str, patterns: tuple[str, ...]) -> bool:
        """As `matches`; tables say the same words over and over."""
        key = (text, "|".join(patterns))
        if key not in self.known:
            self.known[key] = matches(text, patterns)
        return self.known[key]

    def read_row(self, row: Row) -> Iterator[tuple[Cell, str]]:
        """Cells of one row, each with the words that it was read from; nothing for a footnote."""
        area = self._read_area(row)
        if area is None:
            return
        for column in self.columns:
            k = column.position
            # Spreadsheets leave trailing empty cells out; a missing number is not a zero.
            if k >= len(row.cells):
                self._note(
                    row,
                    k,
                    "left out",
                    "short row",
                    "the line is shorter than the header: no number here",
                )
                continue
            fields = self._read_fields(row, column)
            if fields is not None:
                words = (
                    self._text(row, name, k)
                    for source in self.reader.groups.values()
                    for name in source.column
                )
                detail = "|".join((*words, self._text(row, "$column", k), self._text(row, "$leaf")))
                yield from ((cell, detail) for cell in self._read_value(row, column, area, fields))

    def _read_area(self, row: Row) -> tuple[str, str] | None:
        k = self._position(self.reader.area)
        code = self._take(row, self.reader.area) or ""
        name = self._take(row, self.reader.area_name) or ""
        code = re.sub(
            r"^\d{2}\w0\d{3}\w{0,2}US", "", code
        )  # GEO_ID of the Census: level and US before the code
        code = code.removesuffix(".0")
        if SPOILED.fullmatch(code):
            hint = "export the table again with the column of codes as text"
            self._note(
                row,
                k,
                "left out",
                "spoiled code",
                f"a spreadsheet turned the area's code into {code}",
                hint,
            )
            return None
        digits = self.reader.area.digits
        if code.isdigit() and digits and len(code) not in digits and len(code) + 1 in digits:
            self._note(
                row,
                k,
                "corrected",
                "leading zero",
                f"the area's code {code} has lost its leading zero: read as 0{code}",
            )
            code = f"0{code}"
        if self.reader.areas and not re.fullmatch(self.reader.areas, code):
            shown = (code or " ".join(row.cells).strip())[:60]
            self._note(
                row,
                k,
                "left out",
                "not an area",
                f"is not the code of an area ({shown!r}): taken as a total or a footnote",
            )
            return None
        return code or name, name

    def _position(self, source: From) -> int:
        names = (*source.column, *source.join)
        return self.header.find(names) or 0

    def _take(self, row: Row, source: From, column: int | None = None) -> str | None:
        """Text of a field in a row; None where its words do not list it, which is noted."""
        if source.is_:
            return source.is_
        text = "".join(self._text(row, name) for name in source.join)
        for name in source.column:
            if name.startswith("$") or self._find(name) is not None:
                text = self._text(row, name, column)
                break
        if source.part:
            found = re.search(source.part, text, re.IGNORECASE)
            text = (found[1] if found.groups() else found[0]) if found else ""
        for pattern, meaning in source.words.items():
            if self._fits(text, (pattern,)):
                return meaning
        if source.words and source.strict and text:
            said = f"{text[:70]!r} is not a word that the reader `{self.reader.id}` knows"
            self._note(
                row,
                self._position(source),
                "not understood",
                said,
                said,
                "a reader of your own can list it: docs/places.md",
            )
            return None
        return text

    def _read_fields(self, row: Row, column: Column) -> Variable | None:
        """Everything but the number; None where a part of it is not for us or not understood."""
        says, reader, k = column.says, self.reader, column.position
        variable = Variable()
        if reader.variable != NOWHERE:
            code = self._take(row, reader.variable) or ""
            if code not in reader.variables:
                return None
            variable = reader.variables[code]
        table = says.table or variable.table or self._take(row, reader.table, k)
        measure = says.measure or variable.measure or self._take(row, reader.measure, k)
        age = says.age if says.age is not None else variable.age or self._take(row, reader.age, k)
        sex = says.sex if says.sex is not None else variable.sex or self._take(row, reader.sex, k)
        groups = dict(variable.group) | dict(says.group)
        for dimension, source in reader.groups.items():
            category = self._take(row, source, k)
            # An empty meaning is the reader's way to pass a category over.
            if category is None or (category == "" and source.words):
                return None
            if category != ALL:
                groups |= split_groups(category) if dimension == ANY else {dimension: category}
        if not table or not measure or age is None or sex is None:
            return None
        # Capitals and spaces are a spreadsheet's habit: Persons are persons.
        table, measure = "_".join(table.casefold().split()), " ".join(measure.casefold().split())
        # After the words of the reader, which may give an age in its own spelling.
        spelled, which = read_age(age), read_sex(sex)
        for text, read, source in ((age, spelled, reader.age), (sex, which, reader.sex)):
            if read is None:
                said = (
                    f"{text[:60]!r} is no {'age' if source is reader.age else 'sex'} that can be"
                    " read"
                )
                self._note(row, self._position(source), "not understood", said, said)
        if spelled is None or which is None:
            return None
        return Variable(table=table, measure=measure, age=spelled, sex=which, group=groups)

    def _read_value(
        self, row: Row, column: Column, area: tuple[str, str], fields: Variable
    ) -> Iterator[Cell]:
        k, text = column.position, row.cells[column.position]
        found = read_number(text, self.marks, self.reader.decimal)
        if found.wrong:
            self._note(
                row, k, "not understood", "no number", f"is no number ({text.strip()[:40]!r})"
            )
            return
        # A withheld number stays as a cell without a value: that there is one matters for sums.
        if found.value is None:
            said = f"{_say_withheld(found)}; {fields.table.replace('_', ' ')}"
            self._note(row, k, "withheld", f"{fields.table}{found.mark}", said)
        elif doubt := self._doubt(text.strip(), found, fields):
            self._note(row, k, *doubt)
            return
        low, high = self._read_bounds(row, column, found)
        year = self._read_year(row, k)
        group = join_groups(fields.group)
        yield Cell(
            fields.table,
            area[0],
            fields.age,
            fields.sex,
            group,
            "%" if found.percent else fields.measure,
            found.value,
            low,
            high,
            year,
            self._text(row, "source") or self.reader.id,
            area[1],
            self.raw.file,
            row.line,
        )

    def _doubt(self, text: str, found: Read, fields: Variable) -> tuple[Kind, str, str] | None:
        """Why a number is left out: what it is noted as, and in words; None where it is sound."""
        counts = fields.measure in COUNTS
        if found.value is not None and found.value < 0 and (counts or fields.table == "income"):
            return "left out", "negative", f"a count cannot be negative ({text})"
        if counts and found.percent:
            return "not understood", "percent", f"is a percentage where people are counted ({text})"
        if (counts or fields.measure == "median") and is_ambiguous(text, self.reader.decimal):
            plain = re.sub(r"[.,]", "", text)
            said = f"can be read as {text} or {plain} ({text!r}): write it without separators"
            return "not understood", "ambiguous", said
        return None

    def _read_bounds(
        self, row: Row, column: Column, found: Read
    ) -> tuple[float | None, float | None]:
        def number(k: int | None) -> float | None:
            return (
                read_number(row.cells[k], self.marks, self.reader.decimal).value
                if k is not None and k < len(row.cells)
                else None
            )

        if column.interval is not None and column.interval < len(row.cells):
            # Both bounds in one cell win over columns of bounds, which such tables fill with text.
            ends = read_range(row.cells[column.interval])
            return ends or (None, None)
        error = number(column.moe)
        if error is not None and found.value is not None:
            return found.value - abs(error), found.value + abs(error)
        low, high = number(column.low), number(column.high)
        low, high = (found.low if low is None else low), (found.high if high is None else high)
        least, most = (-math.inf if low is None else low), (math.inf if high is None else high)
        if found.value is not None and not least <= found.value <= most:
            said = f"its bounds ({low} to {high}) are not around {found.value:g}: they are left out"
            self._note(row, column.position, "left out", "bounds", said)
            return None, None
        return low, high

    def _read_year(self, row: Row, k: int) -> int:
        # The table's own word first; a year in a header or a file's name is the publisher's habit.
        texts = (
            self._take(row, self.reader.year, k) or "",
            self.header.names[k],
            PurePath(self.raw.file).name,
        )
        found = next((match for text in texts if (match := YEAR_PATTERN.search(text))), None)
        return int(found[0]) if found else 0

    def _note(self, row: Row, k: int, kind: Kind, what: str, message: str, hint: str = "") -> None:
        self.notes.add(kind, what, self.raw.point(row.line, k, message, hint))


def _say_withheld(found: Read) -> str:
    """Say that a number is left blank or withheld, and between which bounds it lies if known."""
    said = "is left blank" if found.mark == "blank" else f"is withheld ({found.mark[:40]!r})"
    if found.low is None or found.high is None:
        return said
    return f"{said}: between {found.low:g} and {found.high:g}"


def find_stem(name: str, patterns: tuple[str, ...]) -> str:
    """What stands in a column's name for the `*` of the pattern that it matches."""
    for pattern in patterns:
        before, star, after = pattern.partition("*")
        if star and matches(name, (pattern,)):
            return name[len(before) : len(name) - len(after)]
    return name
