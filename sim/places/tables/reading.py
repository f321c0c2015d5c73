"""Read the tables of a place: which reader knows each, what it gives, and what is to be said
about it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.places.tables.agreement import COUNT_MEASURES, find_contradictions
from sim.places.tables.extraction import Extraction
from sim.places.tables.header import find_header, guess_header, matches
from sim.places.tables.merging import merge, spell_alike
from sim.places.tables.notes import Notes
from sim.places.tables.privacy import find_records
from sim.places.tables.raw import read_raw
from sim.places.tables.scaling import scale_shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.places.tables.declaration import Reader
    from sim.places.tables.header import Header
    from sim.places.tables.raw import Raw, Row
    from sim.places.tables.tidy import Cell

ENOUGH_TO_TELL = 20
"""Counts above zero from which rounding to fives is told by the counts themselves."""


class Understood(NamedTuple):
    """One file: the readers that knew it, and the cells that it gave, by table."""

    file: str
    readers: tuple[str, ...]
    cells: int
    tables: tuple[str, ...]


class Reading(NamedTuple):
    """All numbers of some files, file by file what was understood, and what there is to say."""

    cells: tuple[Cell, ...]
    files: tuple[Understood, ...]
    notes: Notes


def read_tables(
    files: Iterable[Path], readers: Sequence[Reader], shown: dict[Path, str] | None = None
) -> Reading:
    """Read files of published tables.

    Records of persons, broken and unknown files are reported in the notes, never raised.
    """
    notes, cells, understood = Notes(), [], []
    for path in files:
        name = (shown or {}).get(path, str(path))
        try:
            found, known = read_table(path, name, readers, notes)
        except InvalidInput as error:
            # One bad file does not keep the others from being read; the notes say which.
            for problem in error.problems:
                notes.add("refused", problem.message, problem)
            found, known = [], ()
        # Something is said of every file that gave nothing.
        if not found and not any(note.problem.file == name for note in notes):
            said = "holds no number that can be read"
            notes.add("not understood", "nothing", Problem.of_file(name, "", said))
        cells += found
        understood.append(
            Understood(name, known, len(found), tuple(sorted({cell.table for cell in found})))
        )
    # After all files: the same number stands in tables of different files.
    cells = spell_alike(cells, notes)
    find_contradictions(cells, notes)
    return Reading(tuple(cells), tuple(understood), notes)


def read_table(
    path: Path, shown: str, readers: Sequence[Reader], notes: Notes
) -> tuple[list[Cell], tuple[str, ...]]:
    """Cells of one file and the readers that gave them.

    InvalidInput for records of persons and what is no table.
    """
    raw = read_raw(path, shown)
    if (refused := find_records(shown, guess_header(raw))) is not None:
        raise InvalidInput(refused)
    if raw.encoding == "cp1252":
        notes.add(
            "corrected", "encoding", raw.point(1, 0, "is not UTF-8: read as Windows-1252 (Latin-1)")
        )
    known = [
        (reader, header) for reader in readers if (header := find_header(raw, reader)) is not None
    ]
    known = [
        (r, h)
        for r, h in known
        if all(matches(Path(shown).name, w) for name, w in r.where.items() if name == "$file")
    ]
    # The reader that asks for most is the most specific; a general one would take its rows.
    known.sort(key=lambda pair: -len(pair[0].needs) - 2 * len(pair[0].where))
    if not known:
        _tell_unknown(raw, readers, notes)
        return [], ()
    for _, header in known:
        if (refused := find_records(shown, header)) is not None:
            raise InvalidInput(refused)
    cells, used = _share_rows(raw, known, notes)
    plausible = {
        one.table or reader.table.is_: one.plausible
        for reader, _ in known
        for one in reader.values
        if one.plausible
    }
    cells = scale_shares(cells, plausible, notes)
    _tell_rounding(raw, cells, [reader for reader, _ in known if reader.id in used], notes)
    return cells, tuple(used)


def _share_rows(
    raw: Raw, known: Sequence[tuple[Reader, Header]], notes: Notes
) -> tuple[list[Cell], list[str]]:
    """Each row to the first reader whose it is; rows of nobody are reported.

    Rows that words make alike are summed.
    """
    header = known[0][1]
    extractions = [
        one
        for reader, same in known
        if same.names == header.names
        if (one := Extraction(raw, header, reader, notes)).columns
    ]
    found: list[tuple[Cell, str]] = []
    used: dict[str, None] = {}
    unowned: list[Row] = []
    for row in header.rows:
        owner = next((one for one in extractions if one.owns(row)), None)
        if owner is None:
            unowned.append(row)
        elif not owner.passes_over(row):
            new = list(owner.read_row(row))
            found += new
            if new:
                used[owner.reader.id] = None
    _tell_unowned(raw, extractions, header, unowned, notes)
    return merge(found), list(used)


def _tell_unowned(
    raw: Raw, extractions: Sequence[Extraction], header: Header, rows: Sequence[Row], notes: Notes
) -> None:
    """Note rows that no reader takes, kind by kind as their telling columns say."""
    names = sorted(
        {name for one in extractions for name in one.reader.where if not name.startswith("$")}
    )
    positions = [k for name in names if (k := header.find((name,))) is not None]
    for row in rows:
        words = [
            row.cells[k].strip()[:60]
            for k in positions
            if k < len(row.cells) and row.cells[k].strip()
        ]
        said = ", ".join(words) or "another shape"
        notes.add(
            "not understood",
            f"kind{said}",
            raw.point(row.line, 0, f"no reader takes rows of {said!r}"),
        )


def _tell_unknown(raw: Raw, readers: Sequence[Reader], notes: Notes) -> None:
    header = guess_header(raw)
    near = max(readers, key=lambda reader: _overlap(header, reader), default=None)
    said = (
        "no reader knows this table (columns:"
        f" {', '.join(name for name in header.names[:8] if name)})"
    )
    hint = (
        "bring it to the tidy form (docs/places.md), or write a reader into the place's readers/"
        " folder"
    )
    if near is not None and _overlap(header, near) >= 0.5:
        missing = [name for name in near.needs if not header.find_all(name)]
        hint = (
            f"nearest is `{near.id}` ({near.title}), which also needs {', '.join(missing)}; or"
            f" {hint}"
        )
    notes.add("not understood", "unknown table", Problem(raw.file, header.line, 1, "", said, hint))


def _overlap(header: Header, reader: Reader) -> float:
    return sum(bool(header.find_all(name)) for name in reader.needs) / len(reader.needs)


def _tell_rounding(
    raw: Raw, cells: Sequence[Cell], readers: Sequence[Reader], notes: Notes
) -> None:
    counts = [cell.value for cell in cells if cell.measure in COUNT_MEASURES and cell.value]
    declared = max((reader.rounded_to for reader in readers), default=0)
    told = declared or (
        5 if len(counts) >= ENOUGH_TO_TELL and all(value % 5 == 0 for value in counts) else 0
    )
    if told and counts:
        said = f"counts are rounded to {told}: sums of parts differ from totals by a few"
        notes.add("corrected", "rounded", Problem(raw.file, 0, 0, "", said))
