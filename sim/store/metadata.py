"""What Datasette shows beside the tables: titles, units and descriptions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sim.store.files import write_whole
from sim.store.schema import TABLES
from sim.store.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sim.store.table import Column


def describe_tables(database: str = "runs") -> dict[str, Any]:
    """Describe every table and view for Datasette (`datasette runs.db --metadata
    metadata.json`).
    """
    tables = {
        each.name: {
            "title": _make_title(each.name),
            "description": each.description,
            "columns": _describe_columns(each.columns),
        }
        for each in TABLES
    }
    views = {
        name: {
            "title": _make_title(name),
            "description": view.description,
            "columns": _describe_columns(view.columns),
        }
        for name, view in VIEWS.items()
    }
    return {
        "title": "Kinwell runs",
        "databases": {
            database: {"title": "Runs and what they left behind", "tables": tables | views}
        },
    }


def _make_title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _describe_columns(columns: Iterable[Column]) -> dict[str, str]:
    """Describe columns; the unit is part of the text, because Datasette knows physical units
    only.
    """
    return {
        each.name: f"{each.description} Unit: {each.unit}." if each.unit else each.description
        for each in columns
    }


def write_metadata(directory: Path) -> Path:
    """Write `metadata.json` beside the database."""
    path = directory / "metadata.json"
    write_whole(path, json.dumps(describe_tables(), indent=2, ensure_ascii=False) + "\n")
    return path
