"""Tables of a new database, and what one of an earlier Kinwell lacks: tables, columns, and outcomes
that came later, which are empty in older runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.outcomes import BY_KEY, OUTCOMES
from sim.store.rows import list_outcome
from sim.store.schema import (
    ADDED,
    ADDED_COLUMNS,
    APPLICATION_ID,
    BY_NAME,
    INDEXES,
    SCHEMA_VERSION,
    TABLES,
    write_create,
    write_insert,
)
from sim.store.views import COLUMNS, VIEWS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from sim.store.table import Column

OF_OUTCOMES = ("weekly", "summary", "subgroups")
"""Tables with a column for each outcome."""


def create_tables(connection: sqlite3.Connection) -> None:
    """Create every table, index, view and dictionary, within the transaction that is open."""
    import sqlite_utils  # slow to import, and only a new database needs it

    for table in TABLES:
        connection.execute(write_create(table))
    for index in INDEXES:
        connection.execute(index)
    database = sqlite_utils.Database(connection)
    for name, view in VIEWS.items():
        database.create_view(name, view.query)
    for outcome in OUTCOMES:
        connection.execute(write_insert(BY_NAME["outcomes"]), list_outcome(outcome))
    for name, columns in COLUMNS.items():
        _describe_columns(connection, name, columns)
    # Last, so that a database is ours only once all of it is there.
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def is_behind(connection: sqlite3.Connection) -> bool:
    """Whether tables, columns or outcomes of this version are missing."""
    return _read_version(connection) != SCHEMA_VERSION or bool(find_new_outcomes(connection))


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Add what is missing, within the transaction that is open; what is stored stays as it is."""
    version = _read_version(connection)
    if version != SCHEMA_VERSION:
        _add_tables(connection, version)
    if new := find_new_outcomes(connection):
        add_outcomes(connection, new)


def _read_version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _add_tables(connection: sqlite3.Connection, version: int) -> None:
    for table, columns in ADDED_COLUMNS[version].items():
        _add_columns(connection, table, columns)
    for name in ADDED[version]:
        connection.execute(write_create(BY_NAME[name]))
        _describe_columns(connection, name, BY_NAME[name].columns)
    for index in INDEXES:
        # Earlier versions have some of them.
        connection.execute(index.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))
    # Views stand on each other: taken down in the reverse of the order in which they are made.
    for name in reversed(VIEWS):
        connection.execute(f'DROP VIEW IF EXISTS "{name}"')
    for name, view in VIEWS.items():
        connection.execute(f'CREATE VIEW "{name}" AS {view.query}')
        _describe_columns(connection, name, view.columns)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _add_columns(connection: sqlite3.Connection, table: str, names: Sequence[str]) -> None:
    there = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
    columns = [column for column in BY_NAME[table].columns if column.name in names]
    for column in columns:
        if column.name not in there:
            connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{column.name}" {column.type}')
    _describe_columns(connection, table, columns)


def _describe_columns(
    connection: sqlite3.Connection, table: str, columns: Iterable[Column]
) -> None:
    rows = [(table, column.name, column.unit, column.description) for column in columns]
    connection.executemany(write_insert(BY_NAME["dictionary"]), rows)


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
    # The view names every outcome, so that it has to be made again for a new one.
    connection.execute("DROP VIEW IF EXISTS comparison")
    connection.execute(f"CREATE VIEW comparison AS {VIEWS['comparison'].query}")
