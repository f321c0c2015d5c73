"""The one tidy form: a line for each published number, that any spreadsheet can be brought to."""

from __future__ import annotations

import csv
import math
import re
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.units import LARGEST_NUMBER, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

TIDY_COLUMNS = (
    "table",
    "area",
    "age",
    "sex",
    "group",
    "measure",
    "value",
    "low",
    "high",
    "year",
    "source",
)
"""The contract. Further columns are allowed; `area_name` is read where it is there."""


class Cell(NamedTuple):
    """One published number; `value` is None where it is withheld, `low` and `high` its bounds where
    they are given.

    table: what it is about (docs/places.md lists the names). area: code of the area. age: `12-17`,
    `85+`, `7`, empty for all. sex: female, male, empty for both. group: `dimension=category`,
    several joined by `; `, empty for everybody. measure: persons, households, share (0 to 1), rate
    per 100,000, median, score and the like. year: the first one of a period. file, line: where it
    was read.
    """

    table: str
    area: str
    age: str
    sex: str
    group: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    year: int
    source: str
    area_name: str = ""
    file: str = ""
    line: int = 0

    @property
    def groups(self) -> dict[str, str]:
        """Category by dimension."""
        return split_groups(self.group)

    @property
    def what(self) -> tuple[str, str, str, str, str, str]:
        """All that says what the number counts, but not when or who says so."""
        return self.table, self.area, self.age, self.sex, self.group, self.measure

    @property
    def where(self) -> str:
        """File and line, for pointing at it."""
        return f"{self.file}:{self.line}" if self.line else self.file


def split_groups(group: str) -> dict[str, str]:
    """`ethnicity=asian; sex=female` as a mapping; a word without a dimension is of the table's
    own.
    """
    parts = (part.partition("=") for part in group.split(";") if part.strip())
    return {
        (name.strip() if equals else ""): (category if equals else name).strip()
        for name, equals, category in parts
    }


def join_groups(groups: dict[str, str]) -> str:
    """The mapping in one spelling."""
    return "; ".join(
        f"{name}={category}" if name else category
        # Sorted, so that the same categories in another order are the same cell.
        for name, category in sorted(groups.items())
        if category
    )


def write_tidy(file: Path, cells: Iterable[Cell]) -> None:
    """Write numbers in the tidy form, with names of areas and places of origin behind the
    columns of the contract.
    """
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow((*TIDY_COLUMNS, "area_name", "file", "line"))
        for cell in cells:
            numbers = (
                "" if number is None else f"{number:.10g}"
                for number in (cell.value, cell.low, cell.high)
            )
            writer.writerow(
                (
                    *cell[:6],
                    *numbers,
                    cell.year or "",
                    cell.source,
                    cell.area_name,
                    cell.file,
                    cell.line,
                )
            )


def read_tidy(file: Path) -> list[Cell]:
    """Read what `write_tidy` wrote.

    Raises `InvalidInput` with every line that is not in the tidy form: somebody may have edited it.
    """
    problems: list[Problem] = []
    cells = []
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            head = reader.fieldnames or ()
            if missing := [name for name in TIDY_COLUMNS if name not in head]:
                said = f"has no column {', '.join(missing)}"
                raise InvalidInput(Problem(str(file), 1, 1, "", said, AGAIN))
            for row in reader:
                wrong = [*_find_wrong(row, len(head))]
                problems += [
                    Problem(str(file), reader.line_num, 1, where, said, AGAIN)
                    for where, said in wrong
                ]
                if not wrong:
                    cells.append(_make_cell(row))
    except (UnicodeError, csv.Error, OSError) as error:
        said = f"is not in the tidy form ({error})"
        raise InvalidInput(Problem(str(file), 0, 0, "", said, AGAIN)) from None
    if problems:
        raise InvalidInput(problems)
    return cells


AGAIN = "mend the line, or remove the file and read the tables again"
AGE = re.compile(r"(?:[0-9]{1,3}(?:-[0-9]{1,3}|\+)?)?")
YEAR = re.compile(r"(?:[0-9]{4})?")


def _find_wrong(row: Mapping[str | None, object], columns: int) -> Iterator[tuple[str, str]]:
    """Columns of a line in which nothing that can be used stands, each with what is wrong."""
    cells = [value for value in row.values() if isinstance(value, str)]
    if None in row or len(cells) < columns:
        yield "", f"has not as many cells as the head ({columns})"
        return
    for name, form, said in (("age", AGE, "is no age"), ("year", YEAR, "is no year")):
        if not form.fullmatch(str(row[name])):
            yield name, f"{said} ({shorten(row[name])})"
    if row["sex"] not in {"", "female", "male"}:
        yield "sex", f"is neither female nor male nor empty ({shorten(row['sex'])})"
    for name in ("value", "low", "high"):
        try:
            number = float(str(row[name]) or 0.0)
        except ValueError:
            number = math.nan
        if not abs(number) <= LARGEST_NUMBER:
            yield name, f"is no number ({shorten(row[name])})"


def _make_cell(row: Mapping[str, str]) -> Cell:
    value, low, high = (float(row[name]) if row[name] else None for name in TIDY_COLUMNS[6:9])
    line = row.get("line") or ""
    return Cell(
        row["table"],
        row["area"],
        row["age"],
        row["sex"],
        row["group"],
        row["measure"],
        value,
        low,
        high,
        int(row["year"] or 0),
        row["source"],
        row.get("area_name") or "",
        row.get("file") or "",
        int(line) if line.isascii() and line.isdigit() and len(line) < LONGEST_LINE else 0,
    )


LONGEST_LINE = 12
"""Digits of the number of a line."""
