"""Runs are stored once each, the same for any number of workers, whatever happens on the way."""

import json
import sqlite3

import numpy as np
import pandas as pd
import pytest
from fake_community import FakeScenario

from sim.errors import InvalidInput, StoreProblem
from sim.store import Store
from sim.studies.running.plan import Execution, read_draws
from sim.studies.running.progress import Lines, Silence, summarise
from sim.studies.running.runner import PART, make_key, run_scenarios, spell_draw

TOWNS = (FakeScenario("baseline"), FakeScenario("pilot", effect=1.0))


def live(scenarios=TOWNS, replicates=4, seed=1, workers=1, into=None, **options):
    how = {name: options.pop(name) for name in ("command", "retry_failed") if name in options}
    return run_scenarios(
        scenarios,
        replicates,
        seed,
        workers,
        into,
        execution=Execution(Silence(), engine="fake_community", **how),
        **options,
    )


def dump(path, tables=("summary", "weekly", "subgroups", "ledger", "decisions", "places")):
    with sqlite3.connect(path) as connection:
        return {
            table: sorted(map(repr, connection.execute(f"SELECT * FROM {table}")))
            for table in tables
        }


def test_numbers_do_not_depend_on_workers(tmp_path):
    one = live(workers=1, into=tmp_path / "one")
    two = live(workers=2, into=tmp_path / "two")
    assert one.done == two.done == 8
    assert dump(one.database) == dump(two.database)


def test_finished_runs_are_not_run_again(tmp_path, log):
    live(replicates=3, into=tmp_path / "out")
    before = len(log())
    again = live(replicates=3, into=tmp_path / "out")
    assert (again.new, again.done) == (0, 6)
    assert len(log()) == before
    more = live(replicates=5, into=tmp_path / "out")
    assert more.new == 4
    runs = [line for line in log() if line.startswith("run")]
    assert len(runs) == len(set(runs)) == 10


def test_one_warm_up_serves_all_with_the_same_past(tmp_path, log):
    live((*TOWNS, FakeScenario("elsewhere", past="another")), replicates=2, into=tmp_path / "out")
    assert sorted(line for line in log() if line.startswith("warm-up")) == [
        "warm-up 1",
        "warm-up 1",
        "warm-up 2",
        "warm-up 2",
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_large_groups_share_one_warm_up(tmp_path, log, workers):
    many = [FakeScenario(f"point-{number}", effect=float(number)) for number in range(2 * PART + 3)]
    made = live(many, replicates=1, workers=workers, into=tmp_path / "out")
    assert made.new == len(many)
    assert [line for line in log() if line.startswith("warm-up")] == ["warm-up 1"]


def test_a_failure_is_kept_and_stops_nobody(tmp_path):
    made = live((*TOWNS, FakeScenario("bad", trouble="raise 2")), into=tmp_path / "out")
    assert (made.done, made.failed) == (11, 1)
    with Store.read_only(made.database) as store:
        (failure,) = store.read("SELECT * FROM failures")
        assert store.check_integrity() == []
    assert (failure["scenario"], failure["seed"], failure["stage"]) == ("bad", 2, "running")
    assert failure["message"] == "RuntimeError: the model"
    assert "fake_community.py" in failure["traceback"]
    assert "--seed 2" in failure["command"]
    assert "bad.resolved.yaml" in failure["command"]


def test_failures_are_tried_again_unless_told_otherwise(tmp_path, log):
    towns = (FakeScenario("bad", trouble="raise 1"),)
    live(towns, replicates=2, into=tmp_path / "out")
    assert live(towns, replicates=2, into=tmp_path / "out", retry_failed=False).failed == 0
    assert len([line for line in log() if line == "run bad 1"]) == 1
    assert live(towns, replicates=2, into=tmp_path / "out").failed == 1
    assert len([line for line in log() if line == "run bad 1"]) == 2


def test_a_town_that_cannot_be_built_fails_with_its_stage(tmp_path):
    made = live(
        (FakeScenario("bad", past="other", trouble="building"), TOWNS[0]),
        replicates=1,
        into=tmp_path / "out",
    )
    assert made.failed == 1
    assert "cannot build" in summarise(made.directory).failures[0]


def test_a_study_without_hope_stops(tmp_path):
    with pytest.raises(StoreProblem, match="runs all failed"):
        live((FakeScenario("bad", trouble="raise"),), replicates=60, into=tmp_path / "out")
    assert 0 < summarise(tmp_path / "out").failed < 60


@pytest.mark.usefixtures("log")
def test_a_worker_killed_once_costs_nothing(tmp_path):
    towns = (TOWNS[0], FakeScenario("unlucky", trouble="die-once 2"))
    made = live(towns, workers=2, into=tmp_path / "out")
    assert (made.done, made.failed) == (8, 0)
    assert (
        dump(made.database)["summary"]
        == dump(live(towns, workers=1, into=tmp_path / "calm").database)["summary"]
    )


@pytest.mark.usefixtures("log")
def test_a_run_that_kills_its_worker_fails_alone(tmp_path):
    towns = (TOWNS[0], FakeScenario("deadly", trouble="die 2"), TOWNS[1])
    made = live(towns, workers=2, into=tmp_path / "out")
    assert (made.done, made.failed) == (11, 1)
    (failure,) = summarise(made.directory).failures
    assert "deadly, seed 2" in failure
    assert "SIGKILL" in failure


def test_draws_are_crossed_with_seeds(tmp_path):
    draws = [{"symptoms.noise": 2.0, "life.events": 1.0}, {"life.events": 5.0}]
    made = live(replicates=2, draws=draws, into=tmp_path / "out")
    assert made.new == 8
    with Store.read_only(made.database) as store:
        rows = store.read("SELECT DISTINCT draw, draw_index FROM runs ORDER BY draw_index")
    assert [json.loads(row["draw"]) for row in rows] == draws
    assert live(replicates=2, draws=draws[::-1], into=tmp_path / "out").new == 0


def test_keys_depend_on_all_that_matters_and_nothing_else():
    key = make_key("h", 1, spell_draw({"a": 1.0, "b": 2.0}), "3")
    assert key == make_key("h", 1, spell_draw({"b": 2, "a": 1}), "3")
    others = {
        make_key("i", 1, None, "3"),
        make_key("h", 2, None, "3"),
        make_key("h", 1, None, "4"),
        make_key("h", 1, None, "3"),
        key,
    }
    assert len(others) == 5


def test_a_changed_scenario_takes_the_place_of_the_old_one(tmp_path):
    live(into=tmp_path / "out")
    changed = live((TOWNS[0], FakeScenario("pilot", effect=9.0)), into=tmp_path / "out")
    assert changed.new == 4
    with Store.read_only(changed.database) as store:
        sql = "SELECT mean_difference FROM comparison WHERE key = 'expected_admissions' AND scenario = 'pilot'"
        assert store.query(sql)[0][0] == pytest.approx(-90)
        assert store.query("SELECT count(*) FROM runs")[0][0] == 12


def test_the_old_one_can_come_back_and_nothing_is_run_for_it(tmp_path):
    live(into=tmp_path / "out")
    live((TOWNS[0], FakeScenario("pilot", effect=9.0)), into=tmp_path / "out")
    back = live(into=tmp_path / "out")
    assert back.new == 0
    with Store.read_only(back.database) as store:
        sql = "SELECT mean_difference FROM comparison WHERE key = 'expected_admissions' AND scenario = 'pilot'"
        assert store.query(sql)[0][0] == pytest.approx(-10)


def test_summaries_alone_can_be_kept_and_weeks_added_later(tmp_path):
    small = live(keep="summary", into=tmp_path / "out")
    tables = dump(small.database)
    assert tables["weekly"] == tables["places"] == []
    assert len(tables["ledger"]) == 8 * 3
    assert live(into=tmp_path / "out").new == 8
    assert live(keep="summary", into=tmp_path / "out").new == 0


def test_the_folder_tells_what_was_run(tmp_path):
    made = live(into=tmp_path / "out", command="kinwell run a b")
    manifest = json.loads((made.directory / "manifest.json").read_text())
    assert (manifest["model_version"], manifest["command"], manifest["plan"]["replicates"]) == (
        "3",
        "kinwell run a b",
        4,
    )
    assert [scenario["name"] for scenario in manifest["scenarios"]] == ["baseline", "pilot"]
    assert "effect: 1.0" in (made.directory / "pilot.resolved.yaml").read_text()
    described = json.loads((made.directory / "metadata.json").read_text())["databases"]["runs"][
        "tables"
    ]
    assert "Unit: days" in described["weekly"]["columns"]["bed_days"]


def test_progress_is_told_every_tenth(tmp_path, capsys):
    import sys

    run_scenarios(
        TOWNS,
        10,
        1,
        1,
        tmp_path / "out",
        execution=Execution(progress=Lines(sys.stderr), engine="fake_community"),
    )
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "20 runs"
    assert len(lines) == 11
    assert lines[-1].startswith("100 %  20 of 20 runs")


def test_silence_counts(tmp_path):
    counter = Silence()
    run_scenarios(
        FakeScenario("bad", trouble="raise 2"),
        3,
        1,
        1,
        tmp_path / "out",
        execution=Execution(progress=counter, engine="fake_community"),
    )
    assert (counter.total, counter.ended, counter.failed, counter.over) == (3, 3, 1, True)


def test_status_counts_only_what_was_asked_for(tmp_path):
    live(replicates=2, into=tmp_path / "out")
    status = summarise(tmp_path / "out")
    assert (status.planned, status.done, status.failed, status.left) == (4, 4, 0, 0)
    live(TOWNS[:1], replicates=1, seed=50, into=tmp_path / "out")
    later = summarise(tmp_path / "out")
    assert (later.planned, later.done, later.stored) == (1, 1, 5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scenarios": ()}, "no scenario"),
        (
            {"scenarios": (TOWNS[0], FakeScenario("baseline", effect=2.0))},
            "two scenarios are named",
        ),
        ({"replicates": 0}, "whole number from 1 to"),
        ({"keep": "all"}, "weekly or summary"),
    ],
)
def test_wrong_questions_are_refused(tmp_path, options, message):
    with pytest.raises(InvalidInput, match=message):
        live(into=tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InvalidInput, match="a file, not a folder"):
        live(into=tmp_path / "out")
    with pytest.raises(InvalidInput, match="cannot write here"):
        live(into=tmp_path / "out" / "deeper")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize(
    ("draws", "said"),
    [
        ([{"symptoms.noise": "0,5"}], "draw 0"),
        ([{"symptoms.noise": True}], "must be a number"),
        ([{"symptoms.noise": 0.5}, {"symptoms.noise": None}], "draw 1"),
        ([0.5], "is no mapping"),
        ("symptoms.noise", "a list of mappings"),
        (pd.DataFrame({"symptoms.noise": [0.5, np.nan]}), "must be a finite number"),
        (pd.DataFrame({"symptoms.noise": [0.5, -3.0]}), "must not be below 0"),
    ],
)
def test_draws_that_are_no_numbers_are_refused_with_their_place(draws, said, tmp_path):
    with pytest.raises(InvalidInput) as refused:
        live(draws=draws, into=tmp_path / "r")
    assert said in str(refused.value)
    assert not (tmp_path / "r").exists()


def test_a_table_of_draws_is_its_rows():
    table = pd.DataFrame({"symptoms.noise": [0.5, 0.75], "social.alone": [0.25, 0.125]})
    assert read_draws(table) == [
        {"symptoms.noise": 0.5, "social.alone": 0.25},
        {"symptoms.noise": 0.75, "social.alone": 0.125},
    ]
