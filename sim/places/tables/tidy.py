"""The one tidy form: a line for each published number, that any spreadsheet can be brought to."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
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
    """Read what `write_tidy` wrote."""

    def number(text: str) -> float | None:
        """A number, None for an empty cell."""
        return float(text) if text else None

    with file.open(encoding="utf-8", newline="") as lines:
        return [
            Cell(
                row["table"],
                row["area"],
                row["age"],
                row["sex"],
                row["group"],
                row["measure"],
                number(row["value"]),
                number(row["low"]),
                number(row["high"]),
                int(row["year"] or 0),
                row["source"],
                row.get("area_name") or "",
                row.get("file") or "",
                int(row.get("line") or 0),
            )
            for row in csv.DictReader(lines)
        ]
