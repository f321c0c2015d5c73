"""Columns of numbers in `runs.db`: text in them was put there by somebody else."""

from __future__ import annotations

import pandas as pd

from sim.store.schema import TABLES


def check_numbers(found: pd.DataFrame) -> pd.DataFrame:
    """A frame as it was read; ValueError where text stands in a column of numbers."""
    for name in NUMBER_COLUMNS & set(found.columns):
        if pd.api.types.is_numeric_dtype(found[name]):
            continue
        if any(isinstance(value, str | bytes) for value in found[name]):
            raise ValueError(f"there is text among the numbers of {name}")
    return found


NUMBER_COLUMNS = frozenset(
    column.name
    for table in TABLES
    for column in table.columns
    if column.type.startswith(("REAL", "INTEGER"))
) - {column.name for table in TABLES for column in table.columns if column.type.startswith("TEXT")}
"""Columns that hold numbers in every table that has them."""
