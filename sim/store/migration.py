"""What a database of an earlier Kinwell lacks: an outcome that came later gets its column, empty in
older runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.outcomes import BY_KEY
from sim.store.rows import list_outcome
from sim.store.schema import BY_NAME, write_insert
from sim.store.views import VIEWS

if TYPE_CHECKING:
    import sqlite3

OF_OUTCOMES = ("weekly", "summary", "subgroups")
"""Tables with a column for each outcome."""


def find_new_outcomes(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Outcomes without a column, by table."""
    found = {}
    for table in OF_OUTCOMES:
        there = {str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table}")')}
        if new := [name for name in BY_NAME[table].names if name not in there]:
            found[table] = new
    return found


def add_outcomes(connection: sqlite3.Connection, found: dict[str, list[str]]) -> None:
    """Add the columns, say in the dictionaries what they are, and compare by them too."""
    for table, names in found.items():
        columns = {column.name: column for column in BY_NAME[table].columns}
        for name in names:
            column = columns[name]
            connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{name}" {column.type}')
            entry = (table, name, column.unit, column.description)
            connection.execute(write_insert(BY_NAME["dictionary"]), entry)
            connection.execute(write_insert(BY_NAME["outcomes"]), list_outcome(BY_KEY[name]))
    connection.execute("DROP VIEW IF EXISTS comparison")
    connection.execute(f"CREATE VIEW comparison AS {VIEWS['comparison'].query}")
