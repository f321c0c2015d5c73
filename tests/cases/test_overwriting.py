"""What somebody wrote is not overwritten by what a command writes; what a command wrote is."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

import sim
from sim.errors import InvalidInput
from sim.scenario.designs.sweep import load_sweep
from sim.store.files import check_is_ours
from sim.studies.running.results_folder import prepare_directory
from sim.studies.sweeps.sweep import run_sweep

TOWN = """extends: baseline
title: Small # by hand
horizon: 2 weeks
warm_up: 1 week
population: {residents: 60}
"""
SWEEP = """kind: sweep
scenario: town.yaml
design: {kind: points, file: points.csv}
"""
REFUSED = "is already there, holds something else and is not overwritten"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of the user's: a town, a sweep and its points."""
    for name, text in {
        "town.yaml": TOWN,
        "wide.sweep.yaml": SWEEP,
        "points.csv": "services.psychiatry.caseload\n200\n240\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def made(folder):
    """Results of the town in a folder of their own."""
    sim.run(sim.load(folder / "town.yaml"), 2, workers=1, into=folder / "made")
    return folder / "made"


@pytest.mark.parametrize(
    "words",
    [
        ("status", "made", "--json", "town.yaml"),
        ("export", "made", "--csv", "--json", "town.yaml"),
        ("show", "town.yaml", "--json", "points.csv"),
        ("assess", "town.yaml", "--json", "town.yaml"),
        ("place", "build", "trafford", "--json", "town.yaml"),
        ("evidence", "--json", "town.yaml"),
        ("status", "made", "--json", "made/runs.db"),
        ("report", "made", "-o", "town.yaml"),
        ("report", "made", "-o", "made/runs.db"),
        ("report", "places/trafford", "-o", "town.yaml"),
    ],
)
def test_an_output_is_not_written_over_a_file_of_something_else(folder, made, words, kinwell):
    assert made.parent == folder
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    told = kinwell(*words)
    assert told.exit_code == 2
    assert REFUSED in told.stderr
    kept = {path: path.read_bytes() for path in before if not path.name.startswith("runs.db-")}
    assert kept == {path: before[path] for path in kept}


def test_what_a_command_wrote_is_written_again(folder, made, kinwell):
    for _ in range(2):
        assert kinwell("status", made, "--json", "new/out.json").exit_code == 0
        assert kinwell("export", made, "--csv").exit_code == 0
    assert json.loads((folder / "new/out.json").read_text())["done"] == 2


@pytest.mark.parametrize("first", ["town.yaml", "baseline", "wide.sweep.yaml"])
def test_check_takes_a_file_behind_json_for_one_to_check(folder, first, kinwell):
    told = kinwell("check", "--json", first, "town.yaml")
    assert told.exit_code == 0
    assert json.loads(told.stdout)["fine"] == list(dict.fromkeys([first, "town.yaml"]))
    assert (folder / "town.yaml").read_text(encoding="utf-8") == TOWN


def test_tables_are_not_exported_over_a_file_of_points(folder, kinwell):
    run_sweep(load_sweep("wide.sweep.yaml"), workers=1, into="made")
    told = kinwell("export", "made", "--csv", "-o", ".")
    assert told.exit_code == 2
    assert f"points.csv: {REFUSED}" in told.stderr
    assert not (folder / "runs.csv").exists()
    assert (folder / "points.csv").read_text().startswith("services.psychiatry.caseload\n")


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--xlsx", "results.xlsx"),
        ("--crate", "ro-crate-metadata.json"),
        ("--parquet", "weekly.parquet"),
        ("--parquet", "runs.parquet"),
        ("--csv", "offsets_by_payer.csv"),
        ("--csv", "comparison.csv"),
        ("--csv", "weekly.csv"),
    ],
)
@pytest.mark.parametrize("kind", ["text", "table"])
def test_an_export_is_not_written_over_what_somebody_else_made(
    folder, made, kinwell, option, name, kind
):
    mine = folder / "mine" / name
    mine.parent.mkdir()
    _make_mine(mine, kind)
    before = mine.read_bytes()
    told = kinwell("export", made, option, "-o", "mine")
    assert told.exit_code == 2, told.stderr
    assert f"{name}: {REFUSED}" in told.stderr
    assert mine.read_bytes() == before
    assert [path.name for path in mine.parent.iterdir()] == [name], "before anything is written"


def _make_mine(path, kind):
    """Somebody's file of this name: words, or something of the same kind with other content."""
    frame = pd.DataFrame({"day": [1], "visits": [2]})
    if kind == "text":
        path.write_text("My notes", encoding="utf-8")
    elif path.suffix == ".xlsx":
        frame.to_excel(path, sheet_name="Budget")
    elif path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        path.write_text('{"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": []}')


@pytest.mark.parametrize("option", ["--xlsx", "--crate", "--parquet", "--csv"])
def test_what_an_export_wrote_it_writes_again(made, kinwell, option):
    town = sim.load(made / "town.resolved.yaml")
    more = town.with_({"name": "more", "services.psychiatry.caseload": 240})
    sim.run(more, 2, workers=1, into=made)
    first = kinwell("export", made, option, "-o", "out")
    assert first.exit_code == 0, first.stderr
    assert kinwell("export", made, option, "-o", "out").stdout == first.stdout


def test_a_resolved_scenario_is_not_kept_over_one_that_somebody_wrote(folder, kinwell):
    mine = folder / "there" / "town.resolved.yaml"
    mine.parent.mkdir()
    mine.write_text(TOWN, encoding="utf-8")
    told = kinwell("run", "town.yaml", "-n", "1", "-j", "1", "-o", "there")
    assert told.exit_code == 2
    assert f"town.resolved.yaml: {REFUSED}" in told.stderr
    assert mine.read_text(encoding="utf-8") == TOWN
    assert not (folder / "there" / "runs.db").exists()


def test_a_sweep_is_not_kept_over_another_of_its_name(folder, kinwell):
    mine = folder / "there" / "wide.sweep.yaml"
    mine.parent.mkdir()
    mine.write_text(SWEEP, encoding="utf-8")
    told = kinwell("sweep", "wide.sweep.yaml", "-j", "1", "-o", "there")
    assert told.exit_code == 2
    assert f"wide.sweep.yaml: {REFUSED}" in told.stderr
    assert mine.read_text(encoding="utf-8") == SWEEP
    assert not (folder / "there" / "runs.db").exists()


def test_a_sweep_may_run_where_it_lies_and_stays_as_it_is(folder):
    shutil.copy("points.csv", "wide.points.csv")
    text = SWEEP.replace("points.csv", "wide.points.csv") + "# by hand\n"
    (folder / "wide.sweep.yaml").write_text(text, encoding="utf-8")
    assert run_sweep(load_sweep("wide.sweep.yaml"), workers=1, into=".").done == 2
    assert (folder / "wide.sweep.yaml").read_text(encoding="utf-8") == text


@pytest.mark.usefixtures("folder")
def test_a_sweep_of_a_file_that_is_kept_beside_its_runs_runs_as_it_is():
    run_sweep(load_sweep("wide.sweep.yaml"), workers=1, into="made")
    again = run_sweep(load_sweep("made/wide.sweep.yaml"), workers=1, into="made")
    assert (again.done, again.new) == (2, 0)


def test_files_beside_a_database_are_not_written_over_those_of_others(folder, made):
    mine = folder / "manifest.json"
    mine.write_text('{"name": "my site"}', encoding="utf-8")
    with pytest.raises(InvalidInput, match=REFUSED) as told:
        prepare_directory(folder)
    assert told.value.problems[0].hint == "choose another folder with -o"
    # What a study left behind whose database somebody removed is ours.
    (made / "runs.db").unlink()
    prepare_directory(made)


def test_a_scorecard_is_not_written_over_notes_of_the_same_name(folder, kinwell):
    (folder / "claims.md").write_text("My claims", encoding="utf-8")
    told = kinwell("claims", "-o", ".")
    assert told.exit_code == 2
    assert f"claims.md: {REFUSED}" in told.stderr
    assert not (folder / "runs.db").exists()


def test_the_best_mix_is_not_written_over_the_town_of_a_choice(folder, kinwell):
    (folder / "more.yaml").write_text(
        TOWN.replace("baseline", "town.yaml").replace("Small # by hand", "More")
        + "services: {peers: {kind: one_to_one_peer, staff: {peer: 1}, caseload: 12}}\n",
        encoding="utf-8",
    )
    (folder / "mix.yaml").write_text(
        "kind: choice\nscenario: town.yaml\nprogrammes: {peers: {like: more.yaml, services:"
        " [peers]}}\nbudget: USD 300_000 per year\nindifference: 1\n",
        encoding="utf-8",
    )
    told = kinwell("choose", "mix.yaml", "-o", ".", "-j", "1")
    assert told.exit_code == 2
    assert f"town.yaml: {REFUSED}" in told.stderr
    assert (folder / "town.yaml").read_text(encoding="utf-8") == TOWN
    assert not (folder / "runs.db").exists()


def test_an_empty_file_and_one_with_a_mark_of_its_encoding_are_written(tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "marked").write_text("\ufeff run,week", encoding="utf-8")
    for name in ("empty", "marked", "missing", "."):
        check_is_ours(tmp_path / name, "run,")
    (tmp_path / "marked").write_text("runs of mine", encoding="utf-8")
    with pytest.raises(InvalidInput, match=REFUSED):
        check_is_ours(tmp_path / "marked", "run,")
