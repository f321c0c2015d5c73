"""The committed example is of this model, can be opened and says nothing of the machine that made it."""

from __future__ import annotations

import shutil
from contextlib import closing

import pytest

import analysis
import sim
from sim.store.connection import connect_to_read

FILES = {"report.html", "runs.db"}


@pytest.fixture
def example(project, tmp_path):
    """A copy, so that reading leaves nothing beside what is committed."""
    return shutil.copytree(project / "results" / "example", tmp_path / "example")


def test_it_is_of_this_model(example):
    with closing(connect_to_read(example / "runs.db")) as runs:
        found = runs.execute("SELECT DISTINCT model_version, status FROM runs").fetchall()
    assert found == [(str(sim.MODEL_VERSION), "done")], "run `make example`"


def test_it_is_of_the_shipped_scenarios(example):
    versus = analysis.compare(example)
    for name in ("baseline", "peer-pilot", "funding-cut"):
        ran = sim.load(example / f"{name}.resolved.yaml")
        assert {*ran.services} == {*sim.load(name).services}
    assert versus.replicates == 20
    assert {*versus.pairs.names} == {"baseline", "peer-pilot", "funding-cut"}


def test_the_page_shows_what_the_runs_say(example):
    page = (example / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "peer" in page
    assert "20 replicates" in page or "20 simulated" in page or "of 20" in page


def test_it_is_small_and_linked(project):
    folder = project / "results" / "example"
    assert {path.name for path in folder.iterdir()} >= FILES
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000
    assert "results/example/report.html" in (project / "README.md").read_text(encoding="utf-8")
