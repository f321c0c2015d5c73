"""A file of points: a CSV whose columns are ids of the evidence or paths of a scenario, checked
cell by cell.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.evidence.loader import all_evidence
from sim.scenario.diagnostics.suggestions import suggest

if TYPE_CHECKING:
    from pathlib import Path

    from sim.scenario.scenario import Scenario

TRIED = 200
"""Different policies that are tried on the scenario before a sweep starts.

The rest is, when it is made.
"""


class Table(NamedTuple):
    """The cells of a file; `lines` are the rows' places in it, 1 first."""

    file: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]

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
    """Read a file of points, the first `points` of them (0 is all); empty lines do not count."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        found = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    found = found[: points or len(found)]
    return Table(
        str(path),
        [name.strip() for name in header],
        [row for _, row in found],
        [line for line, _ in found],
    )


def read_cell(cell: str) -> Any:
    """A number where it is one, else the text."""
    for read in (int, float):
        try:
            return read(cell)
        except ValueError:
            continue
    return cell.strip()


def check_table(table: Table, points: int, *, policies: bool) -> list[Problem]:
    """List what is wrong with a file of points; `policies` allows columns that are paths."""
    known = all_evidence()
    problems = (
        []
        if table.rows
        else [
            Problem(
                table.file,
                0,
                0,
                "",
                "holds no points",
                "a header of names, then one point to a line",
            )
        ]
    )
    for place, name in enumerate(table.header, 1):
        if name not in known and not policies:
            message = f"there is no parameter of this id{suggest(name, known)}"
            problems.append(
                Problem(table.file, 1, place, name, message, "`kinwell evidence` lists them all")
            )
        if table.header.count(name) > 1:
            problems.append(Problem(table.file, 1, place, name, "is there twice"))
    for line, row in zip(table.lines, table.rows, strict=True):
        if len(row) != len(table.header):
            problems.append(
                Problem(
                    table.file, line, 1, "", f"has {len(row)} cells, the header {len(table.header)}"
                )
            )
            continue
        for place, (name, cell) in enumerate(zip(table.header, row, strict=True), 1):
            if name in known and not isinstance(read_cell(cell), (int, float)):
                problems.append(
                    Problem(table.file, line, place, name, f"must be a number (got {cell[:40]!r})")
                )
    if len(table.rows) < points:
        problems.append(
            Problem(
                table.file,
                0,
                0,
                "",
                f"holds {len(table.rows)} rows, fewer than the {points} asked for",
            )
        )
    return problems


def try_policies(table: Table, scenario: Scenario) -> list[Problem]:
    """Try the different policies of a file on the scenario, the first few hundred of them."""
    columns, seen, problems = table.levers, set[tuple[Any, ...]](), list[Problem]()
    for line, row in zip(table.lines, table.rows, strict=True):
        policy = tuple(read_cell(row[k]) for k in columns)
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
