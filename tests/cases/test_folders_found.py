"""Folders as they are found: rows that were lost, two towns in one, a place where nothing can be written."""

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
    other = town.with_({"name": "other", "title": "Other", "services.psychiatry.until": "week 1"})
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
    assert "make the runs again elsewhere" in str(refused.value)


def test_totals_alone_need_no_weeks(made, tmp_path):
    town = sim.load("baseline").with_(
        {"population.residents": 60, "warm_up": "1 week", "horizon": "3 weeks"}
    )
    other = town.with_({"name": "other", "title": "Other", "services.psychiatry.until": "week 1"})
    found = sim.run([town, other], replicates=3, seed=1, workers=1, into=tmp_path, keep="summary")
    totals, weeks = (
        analysis.compare(each, against="baseline").differences["other"]["cost"].mean
        for each in (found, made)
    )
    assert totals == pytest.approx(weeks)


def test_a_folder_of_two_towns_says_which_can_be_compared(made, tmp_path, kinwell):
    shutil.copytree(made, tmp_path / "copy")
    longer = {"population.residents": 60, "warm_up": "2 weeks", "horizon": "3 weeks"}
    towns = [
        sim.load("baseline").with_({**longer, "name": name, "title": name, "summary": name})
        for name in ("before", "beside")
    ]
    towns[1] = towns[1].with_({"services.psychiatry.enabled": False})
    sim.run(towns, replicates=2, seed=1, workers=1, into=tmp_path / "copy")
    refused = kinwell("compare", tmp_path / "copy")
    assert refused.exit_code == 2
    chosen = "--against before --only beside"
    assert refused.stderr.rstrip().endswith(f"take those that can with {chosen}")
    # What it says is what works.
    assert kinwell("compare", tmp_path / "copy", *chosen.split()).exit_code == 0


@pytest.mark.parametrize("command", ["explain", "audit"])
def test_what_is_kept_beside_the_runs_says_so_where_it_cannot_be(made, tmp_path, kinwell, command):
    shutil.copytree(made, tmp_path / "copy")
    # In the way of the file by which it is tried, for whoever may write everywhere.
    (tmp_path / "copy" / ".kinwell").mkdir()
    refused = kinwell(command, tmp_path / "copy")
    assert refused.exit_code == 2
    assert "copy the folder to where you may write" in refused.stderr
    # Neither command takes -o.
    assert " -o" not in refused.stderr
    assert not (tmp_path / "copy" / command).exists()


def test_after_explaining_a_folder_without_runs_no_report_is_named(made, tmp_path, kinwell):
    shutil.copytree(made, tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy" / "runs.db") as store:
        # As after an interruption before the first run: what was asked for alone is there.
        for table in ("runs", "summary", "weekly", "ledger"):
            store.execute(f"DELETE FROM {table}")
    told = kinwell("explain", tmp_path / "copy", "-n", 2, "-j", 1)
    assert told.exit_code == 0, told.stderr
    assert "Next: kinwell export" in told.stdout
    assert "kinwell report" not in told.stdout


def test_money_of_funds_says_that_it_is_of_all_weeks_where_some_are_chosen(made, tmp_path, kinwell):
    whole = kinwell("compare", made).stdout
    part = kinwell("compare", made, "--from", "week 1", "--to", "week 2").stdout
    lines = [
        [line for line in told.splitlines() if line.startswith("  ") and " received, " in line]
        for told in (whole, part)
    ]
    assert lines[0]
    assert not any("over the whole horizon" in line for line in lines[0])
    # Cash is carried on, so that the amounts are the same, and it is said whose they are.
    assert [line.replace(", over the whole horizon", "") for line in lines[1]] == lines[0]
    assert all("over the whole horizon" in line for line in lines[1])
    page = tmp_path / "page.html"
    words = ("--for", "planner", "--from", "week 1", "--to", "week 2", "-o", page)
    assert kinwell("report", made, *words).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "Money received and spent by fund, over the whole horizon" in text
    assert "Money received and spent by fund, over week 1" not in text
    assert "Only week 1 of weeks 0 to 2 counts here" in text
