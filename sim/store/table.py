"""What a table of `runs.db` is made of."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """One column of a table."""

    name: str
    type: str
    description: str
    unit: str = ""


class Table(NamedTuple):
    """One table; one with a `key` is stored in the order of that key."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    clustered: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in the order in which they are stored."""
        return tuple(column.name for column in self.columns)


RUN = Column("run", "TEXT NOT NULL", "The run: `runs.key`.")
