"""A file as somebody published it: decoded, cut into cells, with the place of every cell kept."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LARGEST_TABLE = 500_000_000
"""Bytes of a file that is still read; larger ones are cut by area first."""
PREAMBLE = 40
"""Lines in which a header may stand: titles and notes come before it."""
DELIMITERS = ",;\t|"
ENCODING_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
BINARY = {
    b"PK\x03\x04": "is a spreadsheet or an archive: save the sheet as CSV (UTF-8) and read that",
    b"%PDF": "is a PDF: find the table behind it, or type it into the tidy form",
    b"\xd0\xcf\x11\xe0": "is an old spreadsheet: save the sheet as CSV (UTF-8) and read that",
    b"PAR1": "is a Parquet file: write it as CSV and read that",
}


class Row(NamedTuple):
    """One line of cells and the line of the file that it begins in."""

    line: int
    cells: tuple[str, ...]


class Raw(NamedTuple):
    """A file cut into rows, nothing interpreted yet; `lines` are for pointing at places."""

    file: str
    rows: tuple[Row, ...]
    lines: tuple[str, ...]
    delimiter: str
    encoding: str

    def locate(self, line: int, index: int) -> int:
        """Column of the file, counted from 1, at which cell `index` of a line begins."""
        # A cell's text may hold the delimiter within quotes, which parts nothing.
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        quoted, seen = False, 0
        for place, letter in enumerate(text):
            if seen == index:
                return place + 1
            quoted ^= letter == '"'
            seen += letter == self.delimiter and not quoted
        return len(text) + 1 if seen == index else 1

    def point(self, line: int, index: int, message: str, hint: str = "") -> Problem:
        """A problem at a cell, with the line that it stands in."""
        source = self.lines[line - 1][:160] if 0 < line <= len(self.lines) else ""
        return Problem(self.file, line, self.locate(line, index), "", message, hint, source)


def read_raw(path: Path, shown: str) -> Raw:
    """Read a text table: CSV of any usual delimiter and encoding, or JSON rows of the Census API.

    InvalidInput says what stands in the way: no such file, no text, nothing in it.
    """
    try:
        if path.stat().st_size > LARGEST_TABLE:
            raise InvalidInput(
                _whole(
                    shown,
                    f"is larger than {LARGEST_TABLE // 1_000_000} MB",
                    "keep the rows of your area and read those",
                )
            )
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            _whole(shown, f"cannot be read: {(error.strerror or str(error)).lower()}")
        ) from None
    text, encoding = decode(content, shown)
    lines = tuple(text.splitlines())
    if not any(line.strip() for line in lines):
        raise InvalidInput(_whole(shown, "is empty"))
    if text.lstrip().startswith("["):
        return Raw(shown, _read_json(text, shown), lines, ",", encoding)
    csv.field_size_limit(LARGEST_TABLE)
    delimiter = choose_delimiter(lines)
    return Raw(shown, _cut(text, delimiter, shown), lines, delimiter, encoding)


def decode(content: bytes, shown: str) -> tuple[str, str]:
    """Text of a file and the encoding that it was in; InvalidInput for what is no text."""
    for mark, message in BINARY.items():
        if content.startswith(mark):
            raise InvalidInput(_whole(shown, message))
    # By the mark at the beginning, where the file says it itself.
    for mark, encoding in ENCODING_MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), encoding
    if b"\0" in content[:10_000]:
        raise InvalidInput(_whole(shown, "is not text", "save it as CSV (UTF-8) and read that"))
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        # Spreadsheets on Windows write this one; it reads nearly any byte, so that it is tried
        # last.
        return content.decode("cp1252", errors="replace"), "cp1252"


def choose_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that cuts most lines into the same number of cells, more than one."""

    def score(delimiter: str) -> tuple[int, int]:
        """How well a delimiter cuts the first lines: lines of one width, and that width."""
        counts = [
            len(next(csv.reader([line], delimiter=delimiter), []))
            for line in lines[:PREAMBLE]
            if line.strip()
        ]
        widest = max(counts, default=1)
        return (sum(count == widest for count in counts) * (widest > 1), widest)

    return max(DELIMITERS, key=score)


def _cut(text: str, delimiter: str, shown: str) -> tuple[Row, ...]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, before = [], 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                # A quoted cell may run over lines: a row begins one below the end of the row
                # before.
                rows.append(Row(before + 1, tuple(cells)))
            before = reader.line_num
    except csv.Error as error:
        raise InvalidInput(
            _whole(shown, f"cannot be cut into cells: {error}", line=before + 1)
        ) from None
    return tuple(rows)


def _read_json(text: str, shown: str) -> tuple[Row, ...]:
    """Rows of the Census API: a list of lists, names first."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            _whole(shown, f"begins as JSON, but {error.msg.lower()}", line=error.lineno)
        ) from None
    except (ValueError, RecursionError):
        said = "begins as JSON, but is nested far too deeply or has numbers of thousands of digits"
        raise InvalidInput(_whole(shown, said)) from None
    if not isinstance(found, list) or not all(isinstance(row, list) for row in found):
        raise InvalidInput(
            _whole(shown, "is JSON, but not rows of cells as the Census API gives them")
        )
    plain = [tuple("" if cell is None else str(cell) for cell in row) for row in found]
    return tuple(Row(number, cells) for number, cells in enumerate(plain, 1))


def _whole(shown: str, message: str, hint: str = "", line: int = 0) -> Problem:
    return Problem(shown, line, 1, "", message, hint)


def plain_name(text: str) -> str:
    """A column's name as it is compared: without case, punctuation and doubled blanks."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()
