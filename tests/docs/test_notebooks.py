"""The notebooks of the documentation run from top to bottom, and what they show is of this model."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import sim

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((PROJECT / "docs" / "notebooks").glob("*.ipynb"))


def read(path):
    return nbformat.read(path, as_version=4)


def shown(notebook):
    return [
        out
        for cell in notebook.cells
        if cell.cell_type == "code"
        for out in cell.get("outputs", [])
    ]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("notebooks", PROJECT / ".ci" / "notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_two():
    assert len(NOTEBOOKS) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_is_committed(path, script, tmp_path, monkeypatch):
    """As many outputs of the same kinds in the same cells; `make notebooks` writes them anew."""
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    lived = script.execute(path, tmp_path)
    kinds = [
        [[sorted(out.get("data", {})) for out in cell.get("outputs", [])] for cell in each.cells]
        for each in (lived, read(path))
    ]
    assert kinds[0] == kinds[1]
    assert not [out for out in shown(lived) if out.output_type == "error"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_was_executed_with_this_model(path):
    notebook = read(path)
    assert notebook.metadata["kinwell_model_version"] == sim.MODEL_VERSION, "run `make notebooks`"
    assert all(
        cell.execution_count and (cell.outputs or "=" in cell.source)
        for cell in notebook.cells
        if cell.cell_type == "code"
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_tells_nothing_of_the_machine(path):
    text = path.read_text(encoding="utf-8")
    assert str(PROJECT) not in text
    assert str(Path.home()) not in text
    assert " at 0x" not in text
