"""Execute the notebooks of docs/notebooks and keep what they show: notebooks.py FILE..."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from sim import MODEL_VERSION

NOTES = "stderr"
"""Progress is for whoever runs it; a page keeps results alone."""


def execute(path: Path, folder: Path) -> nbformat.NotebookNode:
    """Run every cell of a notebook in a folder of its own; the notebook with what came out."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if each.get("name") != NOTES]
            for data in (each.data for each in cell.outputs if "text/html" in each.get("data", {})):
                data.pop("text/plain", None)  # the same once more, with addresses in memory
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as scratch:
            executed = execute(Path(name), Path(scratch))
        executed.metadata["kinwell_model_version"] = MODEL_VERSION
        nbformat.write(executed, name)
