"""A file of points: a CSV whose columns are ids of the evidence or paths of a scenario, checked
cell by cell.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.evidence.bounds import find_fault
from sim.evidence.loader import all_evidence
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.files.renamed_keys import find_current_column, word_renamed_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sim.scenario.scenario import Scenario

TRIED = 400
"""Different policies that are tried on the scenario before a sweep starts.

The rest is, when it is made.
"""
MOST_COLUMNS = 2_000
"""More than twice the parameters that there are."""
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(_\d{3})+(\.\d*)?")


class Table(NamedTuple):
    """The cells of a file; `lines` are the rows' places in it, 1 first. notes: what is to be said
    of columns that have another name now.
    """

    file: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    notes: list[Problem]

    @property
    def worlds(self) -> list[int]:
        """Columns that are evidence."""
        known = all_evidence()
        return [k for k, name in enumerate(self.header) if name in known]

    @property
    def levers(self) -> list[int]:
        """Columns that are paths of the scenario."""
        known = all_evidence()
        return [k for k, name in enumerate(self.header) if name not in known]


def read_table(path: Path, points: int) -> Table:
    """Read a file of points, the first `points` of them (0 is all).

    Cells are separated by commas, semicolons or tabs. Empty lines and columns that are empty from
    top to bottom, as spreadsheets leave them, do not count.
    """
    # Spreadsheets write a byte order mark, which would become part of the first name.
    with path.open(encoding="utf-8-sig", newline="") as file:
        separator = _find_separator(file.readline())
        file.seek(0)
        reader = csv.reader(file, delimiter=separator)
        header = [name.strip() for name in next(reader, [])]
        # The reader's count of lines, as a quoted cell may run over several.
        found = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    found = found[: points or len(found)]
    width = max([len(header), *(len(row) for _, row in found)])
    used = [
        k
        for k in range(width)
        if (k < len(header) and header[k])
        or any(k < len(row) and row[k].strip() for _, row in found)
    ]
    # Short rows stay short, so that the check can say in which line cells are missing.
    rows = [[row[k] for k in used if k < len(row)] for _, row in found]
    names = [header[k] for k in used if k < len(header)]
    notes = [
        Problem(str(path), 1, place, name, said)
        for place, name in enumerate(names, 1)
        if (said := word_renamed_path(name))
    ]
    now = [find_current_column(name) for name in names]
    return Table(str(path), now, rows, [line for line, _ in found], notes)


def _find_separator(header: str) -> str:
    # By the header alone: in the cells below, a comma may be a decimal one.
    return max((",", ";", "\t"), key=header.count)


def find_line(table: Table, setting: Mapping[str, Any]) -> int:
    """Line of the first point with these values; 0 where there is none."""
    columns = {name: k for k, name in enumerate(table.header) if name in setting}
    for line, row in zip(table.lines, table.rows, strict=True):
        if all(read_cell(row[k]) == setting[name] for name, k in columns.items()):
            return line
    return 0


def read_cell(cell: str) -> Any:
    """A number where it is one, else the text; underscores stand between thousands alone."""
    if "_" in cell and not _THOUSANDS.fullmatch(cell.strip()):
        return cell.strip()
    # Whole numbers first, since counts of a scenario refuse 3.0.
    for read in (int, float):
        try:
            return read(cell)
        except ValueError:
            continue
    return cell.strip()


def check_table(table: Table, points: int, *, policies: bool) -> list[Problem]:
    """List what is wrong with a file of points; `policies` allows columns that are paths."""
    if len(table.header) > MOST_COLUMNS:
        message = (
            f"has {len(table.header):,} columns; a file of points has {MOST_COLUMNS:,} at most"
        )
        return [Problem(table.file, 1, 1, "", message)]
    problems = _check_header(table, policies=policies)
    for line, row in zip(table.lines, table.rows, strict=True):
        if len(row) != len(table.header):
            message = f"has {len(row)} cells, the header {len(table.header)}"
            problems.append(Problem(table.file, line, 1, "", message))
    if not table.rows:
        hint = "a header of names, then one point to a line"
        problems.append(Problem(table.file, 0, 0, "", "holds no points", hint))
    elif len(table.rows) < points:
        rows = f"{len(table.rows):,} row{'s' * (len(table.rows) != 1)}"
        message = f"holds {rows}, fewer than the {points:,} asked for"
        problems.append(Problem(table.file, 0, 0, "", message))
    for column in table.worlds:
        problems += _check_column(table, column)
    return problems


def _check_header(table: Table, *, policies: bool) -> list[Problem]:
    known = all_evidence()
    problems = []
    seen = Counter(table.header)
    for place, name in enumerate(table.header, 1):
        if not name:
            hint = "name it in the first line, or empty its cells"
            problems.append(Problem(table.file, 1, place, "", "a column has no name", hint))
        elif name not in known and not policies:
            message = f"there is no parameter of this id{suggest(name, known)}"
            hint = "`kinwell evidence` lists them all"
            problems.append(Problem(table.file, 1, place, name, message, hint))
        if name and seen[name] > 1:
            problems.append(Problem(table.file, 1, place, name, "is there twice"))
    return problems


def _check_column(table: Table, column: int) -> list[Problem]:
    """What is wrong with the cells of a number of the evidence: each is held to its bounds."""
    name = table.header[column]
    faults: dict[str, str] = {}
    problems = []
    for line, row in zip(table.lines, table.rows, strict=True):
        if column >= len(row):
            continue
        cell = row[column]
        # Each different cell once: columns of a design repeat a few values many times.
        if cell not in faults:
            value = read_cell(cell)
            number = isinstance(value, int | float)
            faults[cell] = find_fault(name, value) if number else "must be a number"
        if wrong := faults[cell]:
            hint = "decimals follow a point" if "," in cell else f"see `kinwell evidence {name}`"
            message = f"{wrong} (got {cell.strip()[:40]!r})"
            problems.append(Problem(table.file, line, column + 1, name, message, hint))
    return problems


def find_repeats(
    table: Table, read: Mapping[tuple[Any, ...], str], of: str = "point"
) -> list[Problem]:
    """Notes on points that are there twice: they are run once, and count twice.

    read: marks of policies that are the same however their cells are written. of: what a line is,
    a point or a parameter draw.
    """
    first: dict[tuple[Any, ...], int] = {}
    notes = []
    for line, row in zip(table.lines, table.rows, strict=True):
        policy = tuple(read_cell(row[k]) for k in table.levers)
        point = (read.get(policy, policy), *(read_cell(row[k]) for k in table.worlds))
        if point in first:
            message = f"is the same {of} as line {first[point]}: it counts twice"
            notes.append(Problem(table.file, line, 1, "", message, "leave one of them out"))
        first.setdefault(point, line)
    return notes


def can_try(problems: Iterable[Problem]) -> bool:
    """Whether policies can be tried: cells are wrong each for itself, and a header or a line cut
    short leaves nothing to try.
    """
    return all(each.line > 1 and each.path for each in problems)


def try_policies(table: Table, scenario: Scenario) -> list[Problem]:
    """Try the different policies of a file on the scenario, the first few hundred of them."""
    columns, seen, problems = table.levers, set[tuple[Any, ...]](), list[Problem]()
    for line, row in zip(table.lines, table.rows, strict=True):
        policy = tuple(read_cell(row[k]) for k in columns)
        # To try a policy is to check a whole scenario.
        if policy in seen or len(seen) >= TRIED:
            continue
        seen.add(policy)
        try:
            scenario.with_(
                {table.header[k]: value for k, value in zip(columns, policy, strict=True)}
            )
        except InvalidInput as error:
            for problem in error.problems:
                column = table.header.index(problem.path) + 1 if problem.path in table.header else 1
                problems.append(
                    Problem(table.file, line, column, problem.path, problem.message, problem.hint)
                )
    return problems
