"""Several databases read as one: nothing is copied, nothing is written.

The first is opened and the others attached to it; temporary views put their tables together, each
run from the database that it was chosen from. Temporary names come before those of the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.store.connection import connect_to_read, explain_database, find_address, refuse
from sim.store.schema import BY_NAME
from sim.store.table import RUN

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence
    from pathlib import Path

MOST_PARTS = 11
"""Databases that SQLite reads at once: its own limit of ten attached ones, and the first."""
COPIED_TABLES = ("scenarios", "plans")
"""Small tables, of which an ordered copy is made; the others are views."""


class Part(NamedTuple):
    """One of the databases, and the keys of the runs that are read from it."""

    path: Path
    runs: Collection[str]


def connect_parts(parts: Sequence[Part]) -> sqlite3.Connection:
    """Open several databases for reading as if they were one; sweeps are left out.

    Raises `InvalidInput` where they are too many, or one is none of ours.
    """
    if len(parts) > MOST_PARTS:
        hint = "join some of them first: run their scenarios into one folder"
        raise refuse(
            parts[MOST_PARTS].path, f"at most {MOST_PARTS} folders can be read together", hint
        )
    # Opened once by themselves: an attached file that is none of ours would fail without its name.
    for part in parts[1:]:
        connect_to_read(part.path).close()
    connection = connect_to_read(parts[0].path)
    try:
        with explain_database(parts[0].path):
            _join(connection, parts)
    except BaseException:
        connection.close()
        raise
    return connection


def _join(connection: sqlite3.Connection, parts: Sequence[Part]) -> None:
    # What is put together stays off the disk: folders of results may be read-only.
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(
        "CREATE TEMP TABLE chosen (part INTEGER, run TEXT, PRIMARY KEY (part, run)) WITHOUT ROWID"
    )
    names = ["main", *(f"part{place}" for place in range(1, len(parts)))]
    for place, (name, part) in enumerate(zip(names, parts, strict=True)):
        if place:
            connection.execute(f"ATTACH ? AS {name}", (find_address(part.path),))
        rows = [(place, run) for run in part.runs]
        connection.executemany("INSERT INTO chosen VALUES (?, ?)", rows)
    for table in [*COPIED_TABLES, "runs", *_list_tables_of_runs()]:
        _put_together(connection, table, names)
    connection.execute(
        "DELETE FROM temp.scenarios WHERE rowid NOT IN"
        # One row for a scenario that several folders hold, or each run would count twice.
        " (SELECT min(rowid) FROM temp.scenarios GROUP BY hash)"
    )


def _list_tables_of_runs() -> list[str]:
    """Tables with a row for each run, or several; those of sweeps belong to one database."""
    return [
        table.name
        for table in BY_NAME.values()
        if RUN in table.columns and table.name not in {"point_runs", "runs"}
    ]


def _put_together(connection: sqlite3.Connection, table: str, names: Sequence[str]) -> None:
    """Make a temporary table or view of all rows that count; a missing column is empty."""
    selects = []
    for place, name in enumerate(names):
        there = {str(row[1]) for row in connection.execute(f'PRAGMA {name}.table_info("{table}")')}
        if not there:
            continue
        columns = ", ".join(
            f'"{column}"' if column in there else f'NULL AS "{column}"'
            for column in BY_NAME[table].names
        )
        chosen = f"(SELECT run FROM temp.chosen WHERE part = {place})"
        # Of scenarios only those count whose runs do: an older one of the same name does not.
        where = {
            "plans": "",
            "runs": f"WHERE key IN {chosen}",
            "scenarios": f"WHERE hash IN (SELECT scenario FROM {name}.runs WHERE key IN {chosen})",
        }.get(table, f"WHERE run IN {chosen}")
        selects.append(f'SELECT {columns} FROM {name}."{table}" {where}')
    if selects:
        # Rows can be deleted from a table alone; what is large is not copied.
        kind = "TABLE" if table in COPIED_TABLES else "VIEW"
        connection.execute(f'CREATE TEMP {kind} "{table}" AS {" UNION ALL ".join(selects)}')
