"""Case 19 and smaller ones: one way to open a database, and tables that harm nobody."""

from __future__ import annotations

import sqlite3

import numpy as np
import pandas as pd
import pytest

import sim
from analysis.runs.export import _find_end, _make_harmless


def test_a_database_of_another_version_is_told_alike_by_all(enter, kinwell):
    folder = enter("19")
    kinwell("compare", "a.yaml", "b.yaml", "-n", 2, "-j", 1, "-o", "r")
    with sqlite3.connect(folder / "r" / "runs.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    said = {
        kinwell(*words).stderr
        for words in (("status", "r"), ("report", "r"), ("export", "r", "--csv"), ("compare", "r"))
    }
    assert len(said) == 1
    assert "newer version of Kinwell" in said.pop()


@pytest.mark.parametrize("content", [b"", b"no database" * 500])
def test_so_is_an_empty_or_damaged_one(tmp_path, kinwell, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs.db").write_bytes(content)
    found = [
        kinwell(*words) for words in (("status", "."), ("report", "."), ("export", ".", "--csv"))
    ]
    assert {done.exit_code for done in found} == {2}
    assert len({done.stderr for done in found}) == 1


def test_cells_that_a_spreadsheet_would_run_are_text():
    frame = pd.DataFrame({"title": ["=1+1", "+a", "-b", "@c", "plain", None], "amount": [-1.0] * 6})
    made = _make_harmless(frame)
    assert made["title"].tolist()[:5] == ["'=1+1", "'+a", "'-b", "'@c", "plain"]
    assert made["amount"].tolist() == [-1.0] * 6


def test_the_last_run_ends_when_it_is_done():
    runs = pd.DataFrame(
        {
            "started": ["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:10+00:00"],
            "seconds": [60.0, 5.0],
        }
    )
    assert _find_end(runs) == "2026-01-01T00:01:00+00:00"


def test_numbers_of_numpy_are_numbers():
    town = sim.load("baseline").with_(
        {"population.residents": np.int64(400), "horizon": np.int32(6)}
    )
    assert (town.population.residents, town.horizon) == (400, 6)
