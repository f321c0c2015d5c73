"""What Datasette shows beside the tables: titles, units and descriptions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sim.store.connection import explain_files
from sim.store.schema import TABLES
from sim.store.views import VIEWS

if TYPE_CHECKING:
    from pathlib import Path


def describe_tables(database: str = "runs") -> dict[str, Any]:
    """Describe every table and view for Datasette (`datasette runs.db --metadata metadata.json`)."""
    tables: dict[str, Any] = {}
    for table in TABLES:
        columns = {column.name: column.description for column in table.columns}
        units = {column.name: column.unit for column in table.columns if column.unit}
        described = {name: f"{text} Unit: {units[name]}." if name in units else text for name, text in columns.items()}
        tables[table.name] = {"description": table.description, "columns": described}
    for name, (_, description) in VIEWS.items():
        tables[name] = {"description": description}
    return {"title": "Kinwell runs", "databases": {database: {"tables": tables}}}


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all, with clear errors for a full disk and for a place that cannot be written."""
    beside = path.with_name(f".{path.name}.new")
    with explain_files(path):
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        except OSError:
            if beside.is_file():
                beside.unlink()
            raise


def write_metadata(directory: Path) -> Path:
    """Write `metadata.json` beside the database."""
    path = directory / "metadata.json"
    write_whole(path, json.dumps(describe_tables(), indent=2, ensure_ascii=False) + "\n")
    return path
