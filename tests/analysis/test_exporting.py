"""A sweep exported: tables, its design as columns, and a crate that names and describes every file."""

import csv
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sim" / "studies"))


@pytest.fixture
def folder(tmp_path):
    from sweeps_of_the_stand_in import make_sweep

    from sim.studies.running.plan import Execution
    from sim.studies.running.progress import Silence
    from sim.studies.sweeps.sweep import run_sweep

    return run_sweep(
        make_sweep(points=4), tmp_path / "out", 1, Execution(Silence(), engine="fake_community")
    ).directory


def test_the_design_has_a_column_for_what_varied(folder):
    from analysis.runs.export import export_tables

    files = export_tables(folder).files
    assert {"runs.csv", "summary.csv", "points.csv", "design-trial.csv", "dictionary.csv"} <= {
        file.name for file in files
    }
    with (folder / "csv" / "design-trial.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert {
        "run",
        "point",
        "role",
        "seed",
        "status",
        "effect",
        "symptoms.loneliness",
        "symptoms.noise",
    } <= set(rows[0])
    assert all(0 <= float(row["effect"]) <= 2 for row in rows)


def test_parquet_holds_the_same_numbers_as_the_database(folder):
    pytest.importorskip("pyarrow")
    import pandas as pd

    from analysis.runs.database import open_runs
    from analysis.runs.export import export_tables

    export_tables(folder, kind="parquet")
    table = pd.read_parquet(folder / "parquet" / "summary.parquet").set_index("run").sort_index()
    stored = open_runs(folder).query("SELECT * FROM summary").set_index("run").sort_index()
    assert (table[list(stored.columns)].to_numpy() == stored.to_numpy()).all()


def test_parquet_takes_what_somebody_put_among_numbers_as_text(folder):
    """SQLite keeps text in a column of numbers; a file of Parquet has one kind in a column."""
    pytest.importorskip("pyarrow")
    import pandas as pd

    from analysis.runs.export import export_tables

    with closing(sqlite3.connect(folder / "runs.db")) as stored, stored:
        for number, value in enumerate(("nan", b"\xff", 1.5)):
            stored.execute(
                "UPDATE runs SET seconds = ? WHERE key = (SELECT key FROM runs ORDER BY key LIMIT 1"
                " OFFSET ?)",
                (value, number),
            )
        stored.execute(
            "UPDATE summary SET qalys = 'inf' WHERE run = (SELECT min(run) FROM summary)"
        )
    export_tables(folder, kind="parquet")
    table = pd.read_parquet(folder / "parquet" / "runs.parquet").sort_values("key")
    assert list(table["seconds"])[:3] == ["nan", "b'\\xff'", "1.5"]
    assert "inf" in set(pd.read_parquet(folder / "parquet" / "summary.parquet")["qalys"])


def test_a_crate_describes_every_file_and_what_made_them(folder):
    from analysis.runs.export import export_crate, export_tables

    export_tables(folder)
    (written,) = export_crate(folder)
    content = json.loads(written.read_text())
    graph = {entity["@id"]: entity for entity in content["@graph"]}
    assert len(graph) == len(content["@graph"])
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    root = graph["./"]
    assert root["name"] == "Simulated replicates: A sweep, A town"
    parts = {part["@id"] for part in root["hasPart"]}
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    assert parts == there - {"ro-crate-metadata.json"}
    assert all(graph[part]["@type"] == "File" for part in parts)
    action = graph["#run"]
    assert graph[action["instrument"]["@id"]]["@type"] == "SoftwareApplication"
    assert {entry["@id"] for entry in action["object"]} == {
        "baseline.resolved.yaml",
        "pilot.resolved.yaml",
        "trial.sweep.yaml",
    }
    assert {entry["@id"] for entry in action["object"] + action["result"]} == parts
