"""A run is stored whole: where another program took rows out, what is absent is not read as 0."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

import analysis
import sim
from sim.errors import Refused


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    town = sim.load("baseline").with_(
        {"population.residents": 60, "warm_up": "1 week", "horizon": "3 weeks"}
    )
    other = town.with_({"name": "other", "title": "Other", "services.psychiatry.enabled": False})
    folder = tmp_path_factory.mktemp("made")
    sim.run([town, other], replicates=3, seed=1, workers=1, into=folder)
    return folder


ONE = "(SELECT key FROM runs WHERE seed = 2 ORDER BY scenario LIMIT 1)"


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (f"DELETE FROM summary WHERE run = {ONE}", "1 run without totals"),
        (f"DELETE FROM weekly WHERE run = {ONE} AND week = 2", "1 run without weeks"),
        ("DELETE FROM weekly", "6 runs without weeks"),
        (f"DELETE FROM ledger WHERE run = {ONE}", "1 run without accounts"),
    ],
)
def test_what_is_absent_is_refused(made, tmp_path, lost, said):
    shutil.copytree(made, tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy" / "runs.db") as store:
        store.execute(lost)
    with pytest.raises(Refused, match=said) as refused:
        analysis.compare(tmp_path / "copy", against="baseline")
    assert "make the runs again in another folder" in str(refused.value)


def test_totals_alone_need_no_weeks(made, tmp_path):
    town = sim.load("baseline").with_(
        {"population.residents": 60, "warm_up": "1 week", "horizon": "3 weeks"}
    )
    other = town.with_({"name": "other", "title": "Other", "services.psychiatry.enabled": False})
    found = sim.run([town, other], replicates=3, seed=1, workers=1, into=tmp_path, keep="summary")
    totals, weeks = (
        analysis.compare(each, against="baseline").differences["other"]["cost"].mean
        for each in (found, made)
    )
    assert totals == pytest.approx(weeks)
