"""The header of a table: which line it is, and which column is meant by a name."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sim.places.tables.raw import PREAMBLE, Row, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.places.tables.declaration import Reader
    from sim.places.tables.raw import Raw

LABEL, LEAF, AREA, ESTIMATE, ERROR = "$label", "$leaf", "$area", "estimate", "moe"


class Header(NamedTuple):
    """Names of columns in the line of the table that they stand in, and the rows below it."""

    names: tuple[str, ...]
    line: int
    rows: tuple[Row, ...]

    def find(self, wanted: Iterable[str]) -> int | None:
        """Position of the first of some names that is there; None if none is."""
        for name in wanted:
            found = self.find_all(name)
            if found:
                return found[0]
        return None

    def find_all(self, wanted: str) -> list[int]:
        """Positions of all columns that a name or a pattern with `*` means."""
        if "|" in wanted:
            return [k for name in wanted.split("|") for k in self.find_all(name)]
        if "*" in wanted or "?" in wanted:
            pattern = fold(wanted)
            return [k for k, name in enumerate(_fold_all(self.names)) if fnmatchcase(name, pattern)]
        plain = plain_name(wanted)
        found = _index(self.names).get(plain, ())
        return [k for k in found if plain or self.names[k] == wanted]


# Every reader looks for its columns in every table, and some tables have thousands.
@lru_cache(maxsize=64)
def _index(names: tuple[str, ...]) -> dict[str, list[int]]:
    """Positions of columns by their plain names."""
    found: dict[str, list[int]] = {}
    for k, name in enumerate(names):
        found.setdefault(plain_name(name), []).append(k)
    return found


@lru_cache(maxsize=64)
def _fold_all(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(fold, names))


def fold(text: str) -> str:
    """Text as patterns compare it: without case and doubled blanks.

    Brackets are letters like others.
    """
    return " ".join(
        text.casefold()
        .replace("\N{NO-BREAK SPACE}", " ")
        .replace("[", "(")
        .replace("]", ")")
        .split()
    )


def matches(text: str, patterns: Iterable[str]) -> bool:
    """Whether a text is one of some, each of which may have `*` for anything."""
    folded = fold(text)
    return any(fnmatchcase(folded, fold(pattern)) for pattern in patterns)


def find_header(raw: Raw, reader: Reader) -> Header | None:
    """The header by which a reader recognises a table; None if it does not."""
    wanted = [*reader.needs, *(name for name in reader.where if not name.startswith("$"))]
    # Titles and notes come before the header, so that each of the first lines may be it.
    for position, row in enumerate(raw.rows[:PREAMBLE]):
        header = Header(
            tuple(cell.strip() for cell in row.cells), row.line, raw.rows[position + 1 :]
        )
        if all(header.find_all(name) for name in wanted):
            # Turned to rows at once: everything after this knows one layout.
            return _turn(header) if reader.layout == "labels" else header
    return None


def guess_header(raw: Raw) -> Header:
    """The likeliest header of a table that nobody recognises: the first of the fullest of the
    first lines.
    """
    top = raw.rows[:PREAMBLE]
    widest = max(sum(bool(cell.strip()) for cell in row.cells) for row in top)
    position = next(
        k for k, row in enumerate(top) if sum(bool(cell.strip()) for cell in row.cells) == widest
    )
    return Header(
        tuple(cell.strip() for cell in top[position].cells),
        top[position].line,
        raw.rows[position + 1 :],
    )


def _turn(header: Header) -> Header:
    """Lines by label and columns by area, as data.census.gov prints them, as a row for each label
    and area.

    The label is the whole path down to the line, joined by `!!`, as the indentation shows it.
    """
    areas: dict[str, dict[str, int]] = {}
    for k, name in enumerate(header.names[1:], 1):
        area, _, statistic = name.rpartition("!!")
        # Only columns that name an area hold numbers; the first one is the labels.
        if area:
            areas.setdefault(area.split("!!")[0], {}).setdefault(plain_name(statistic), k)
    rows: list[Row] = []
    path: list[tuple[int, str]] = []
    for row in header.rows:
        text = row.cells[0].replace("\N{NO-BREAK SPACE}", " ") if row.cells else ""
        depth, leaf = len(text) - len(text.lstrip()), text.strip().rstrip(":")
        # Indentation is the only sign of which line belongs below which.
        path = [*(step for step in path if step[0] < depth), (depth, leaf)]
        label = "!!".join(step for _, step in path)
        for area, columns in areas.items():
            estimate, error = (
                _take(row.cells, columns.get(word)) for word in ("estimate", "margin of error")
            )
            if estimate.strip():
                rows.append(
                    Row(row.line, (label, leaf, area, estimate, re.sub("[±+/]", "", error)))
                    # Printed with its sign before it; the number alone is read on.
                )
    return Header((LABEL, LEAF, AREA, ESTIMATE, ERROR), header.line, tuple(rows))


def _take(cells: Sequence[str], position: int | None) -> str:
    return cells[position] if position is not None and position < len(cells) else ""
