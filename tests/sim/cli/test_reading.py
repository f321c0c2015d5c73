"""The commands that read: status, report, export."""

from __future__ import annotations

import csv
import importlib.util
import json
import sqlite3

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli.reading import export, report, status
from sim.errors import InvalidInput, Refused
from sim.outcomes import KEYS, Results
from sim.store import Code, Failure, RunRecord, Store


class Declared:
    """A scenario as a store sees it."""

    summary, past_hash = "Made up.", "past"

    def __init__(self, name):
        self.name = self.hash = self.title = name

    def resolved(self):
        return {
            "title": self.title,
            "currency": "USD",
            "price_year": 2025,
            "horizon": "8 weeks",
            "population": {"residents": 100},
        }


@pytest.fixture
def folder(tmp_path):
    with Store.open(tmp_path / "study" / "runs.db") as store:
        store.add_scenarios([Declared("baseline"), Declared("pilot")])
        store.add_plan(
            {
                "started": "now",
                "command": "kinwell run",
                "scenarios": '["baseline", "pilot"]',
                "seed": 1,
                "replicates": 4,
                "draws": 0,
                "workers": 2,
            }
        )
        for seed in (1, 2, 3):
            for name in ("baseline", "pilot"):
                weekly = {key: np.random.default_rng(seed).uniform(1, 2, 8) for key in KEYS}
                made = Results(
                    weekly,
                    {key: float(x.sum()) for key, x in weekly.items()},
                    (),
                    [(0, "ward", "public", "pay", 5.0)],
                )
                record = RunRecord(
                    f"{name}-{seed}", name, seed, None, None, "2026-01-01T00:00:00", 2.0
                )
                store.add_run(record, made, Code("1", {"kinwell": "0.1.0"}, None, None))
    return tmp_path / "study"


def run(command, *arguments):
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_status_counts_and_says_how_long(folder):
    done = run(status, folder)
    assert "6 of 8 runs done, 0 failed, 2 left" in done.stdout
    assert "About 2 s left" in done.stdout
    assert "kinwell run" in done.stderr
    assert json.loads(run(status, folder, "--json", "-").stdout)["left"] == 2


def test_report_writes_and_names_the_next_command(folder):
    done = run(report, folder, "--for", "funder")
    assert done.stdout.strip() == str(folder / "report-funder.html")
    assert (folder / "report-funder.html").read_text().startswith("<!doctype html>")
    assert "kinwell export" in done.stderr
    other = folder / "page.html"
    assert run(report, folder, "-o", other).stdout.strip() == str(other)
    assert other.is_file()


def test_report_refuses_failed_runs_unless_allowed(folder):
    with Store.open(folder / "runs.db") as store:
        record = RunRecord("pilot-3", "pilot", 3, None, None, "now", 0.1)
        store.add_failure(
            record,
            Failure("pilot", "running", "made to fail", "", "kinwell run"),
            Code("1", {}, None, None),
        )
    with pytest.raises(Refused, match="1 of 6 runs failed") as error:
        run(report, folder)
    assert error.value.exit_code == 2
    assert run(report, folder, "--allow-missing").exit_code == 0


def test_report_of_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="no runs are stored here"):
        run(report, tmp_path)


def test_csv_has_every_row_unrounded(folder):
    run(export, folder, "--csv")
    with (folder / "csv" / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    with sqlite3.connect(folder / "runs.db") as connection:
        stored = dict(connection.execute("SELECT run, admissions FROM summary"))
    assert {row["run"]: float(row["admissions"]) for row in rows} == stored
    assert {row["scenario"] for row in rows} == {"baseline", "pilot"}
    assert (folder / "csv" / "dictionary.csv").is_file()
    assert not list((folder / "csv").glob(".*"))


def test_parquet_without_pyarrow_says_what_to_do(folder, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InvalidInput, match="pip install 'kinwell\\[parquet\\]'"):
        run(export, folder, "--parquet")


def test_crate_names_every_file(folder):
    (folder / "baseline.yaml").write_text("title: A town\n")
    written = run(export, folder, "--crate").stdout.strip()
    graph = {
        row["@id"]: row
        for row in json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]
    }
    assert written.endswith("ro-crate-metadata.json")
    assert {"runs.db", "baseline.yaml"} <= {part["@id"] for part in graph["./"]["hasPart"]}
    assert graph["#run"]["object"] == [{"@id": "baseline.yaml"}]
    assert graph["#kinwell"]["softwareVersion"] == "0.1.0"


def test_export_asks_for_a_format(folder):
    with pytest.raises(InvalidInput, match="Choose --csv, --xlsx, --parquet or --crate"):
        run(export, folder)
