"""Studies that go on with another version of the model or of what computes it, and draws that are there twice."""

from __future__ import annotations

import sqlite3

import pytest

import sim
from analysis.reports.side_by_side.cover import say_cover
from analysis.runs.comparison import compare_pairs
from analysis.runs.pairing import pair
from sim.scenario.designs.sweep import load_sweep
from sim.store import Store
from sim.studies.running.results_folder import note_versions
from sim.studies.sweeps.sweep import run_sweep

TINY = {"population.residents": 60, "warm_up": "1 week", "horizon": "2 weeks"}


@pytest.fixture
def made(tmp_path):
    """Three replicates of a town and of another."""
    town = sim.load("baseline").with_(TINY)
    other = town.with_({"name": "other", "title": "Other", "services.psychiatry.until": "week 1"})
    sim.run([town, other], 3, workers=1, into=tmp_path / "made")
    return tmp_path / "made"


def change(folder, sql):
    with sqlite3.connect(folder / "runs.db") as store:
        store.execute(sql)


def test_going_on_with_another_version_says_that_everything_is_run_anew(made, capsys):
    version = str(sim.MODEL_VERSION)
    with Store.open(made / "runs.db") as store:
        note_versions(store, version)
        # What an audit changes of the model is no version of it.
        note_versions(store, f"{version} relabelled")
        assert not capsys.readouterr().err
        note_versions(store, "9999")
    said = capsys.readouterr().err
    assert (
        f"runs of version {version} of the model are stored here, and this is version 9999" in said
    )
    assert "run anew" in said


def test_going_on_says_so_while_it_runs(made, capsys):
    change(made, "UPDATE plans SET model_version = '1'")
    sim.run(sim.load("baseline").with_(TINY), 3, workers=1, into=made)
    assert "of version 1" not in capsys.readouterr().err  # nothing is left to run
    sim.run(sim.load("baseline").with_(TINY), 4, workers=1, into=made)
    assert "runs of version 1 of the model are stored here" in capsys.readouterr().err


def test_runs_of_another_version_are_not_said_to_be_of_other_draws(made):
    change(made, "UPDATE runs SET model_version = '1' WHERE seed = 3")
    (said,) = pair(made).notes
    assert said == (
        "2 runs of version 1 of the model are stored here too and left out: these are of version"
        f" {sim.MODEL_VERSION}."
    )


def test_runs_of_other_draws_name_the_command_that_shows_them(made):
    town = sim.load("baseline").with_(TINY)
    other = town.with_({"name": "other", "title": "Other", "services.psychiatry.until": "week 1"})
    sim.run([town, other], 2, draws=[{"symptoms.noise": 0.5}], workers=1, into=made)
    (said,) = pair(made).notes
    assert said.startswith("6 runs of other parameter draws are stored here too and left out.")


def test_several_versions_of_what_computes_are_told(made):
    change(made, "UPDATE runs SET versions = json_set(versions, '$.click', '1') WHERE seed = 1")
    assert not pair(made).notes
    change(made, "UPDATE runs SET versions = json_set(versions, '$.numpy', '1.9') WHERE seed = 1")
    (said,) = pair(made).notes
    assert "numpy 1.9 and " in said
    assert "kinwell verify" in said


@pytest.fixture
def repeated(tmp_path):
    """A sweep over a file of draws of the user's own, in which one is there twice."""
    (tmp_path / "own.csv").write_text("symptoms.noise\n0.5\n0.6\n0.5\n", encoding="utf-8")
    for name, parent in (("town", "baseline"), ("other", "town.yaml")):
        (tmp_path / f"{name}.yaml").write_text(
            f"extends: {parent}\ntitle: {name}\npopulation: {{residents: 60}}\n"
            "warm_up: 1 week\nhorizon: 2 weeks\n",
            encoding="utf-8",
        )
    (tmp_path / "own.yaml").write_text(
        "kind: sweep\nscenario: other.yaml\nagainst: town.yaml\n"
        "vary: {policy: {services.psychiatry.caseload: [200, 240]}}\n"
        "design: {kind: posterior, points: 3, file: own.csv}\n",
        encoding="utf-8",
    )
    return tmp_path / "own.yaml"


def test_a_draw_twice_in_a_file_of_ones_own_is_told(repeated):
    (note,) = _list_twice(repeated)
    assert (note.line, note.message) == (4, "is the same draw as line 2: it counts twice")
    # Rows of a fit stand for their weight.
    (repeated.parent / "fit.json").write_text("{}", encoding="utf-8")
    assert not _list_twice(repeated)


def _list_twice(file):
    return [note for note in load_sweep(file).notes if "twice" in note.message]


def test_pages_that_compare_say_that_a_draw_counts_once_and_how_a_sweep_adds_chance(repeated):
    run_sweep(load_sweep(repeated), workers=1, into=repeated.parent / "made")
    pairs = pair(repeated.parent / "made", against="town")
    assert len(pairs.replicates) == 2
    assert any("holds 1 parameter draw more than once" in note for note in pairs.notes)
    # Points of a sweep have no files of their own, which `compare` could be given.
    said = say_cover(compare_pairs(pairs))
    assert "To add chance: `replicates: 2` in the file of the sweep, and then" in said
    assert "kinwell compare" not in said
