"""What is read from `runs.db` that somebody else may have written: text among numbers, and control
characters in text.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.store.schema import TABLES
from sim.units import find_control, show_controls


def spell_controls(found: pd.DataFrame) -> pd.DataFrame:
    """A frame whose text shows its control characters, so that no page, figure, workbook or
    terminal obeys them; each text is looked at once.
    """
    for name in found.select_dtypes(["object", "string"]).columns:
        texts = (text for text in found[name].unique() if isinstance(text, str))
        if spelled := {text: show_controls(text) for text in texts if find_control(text)}:
            found[name] = found[name].replace(spelled)
    return found


def spell_all_controls(part: Any) -> Any:
    """A stored document whose text shows its control characters, keys too."""
    if isinstance(part, dict):
        return {spell_all_controls(key): spell_all_controls(inner) for key, inner in part.items()}
    if isinstance(part, list):
        return [spell_all_controls(inner) for inner in part]
    return show_controls(part) if isinstance(part, str) else part


def check_numbers(found: pd.DataFrame) -> pd.DataFrame:
    """A frame as it was read; ValueError where text, or no finite number, stands in a column of
    numbers. What has no value is stored as none.
    """
    # Some columns are numbers in one table and text in another, and are left to their readers.
    for name in NUMBER_COLUMNS & set(found.columns):
        # SQLite stores whatever is written, whatever type its column was declared with.
        if pd.api.types.is_numeric_dtype(found[name]):
            if np.isinf(found[name].to_numpy(dtype=float)).any():
                raise ValueError(f"there is an infinite number in {name}")
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
