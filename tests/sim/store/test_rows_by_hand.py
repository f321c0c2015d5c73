"""What is kept of a run, and which runs belong together, against what was put in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest
from fake_community import FakeScenario

from sim.errors import InvalidInput
from sim.outcomes import GROUP_KEYS, KEYS
from sim.store import Code, Failure, RunRecord, Store
from sim.store.rows import list_rows
from sim.store.schema import ADDED, ADDED_COLUMNS, SCHEMA_VERSION
from sim.store.selection import Selection, mark_draw, read_selection
from sim.store.weekly_table import read_weekly

CODE = Code("3", {"python": "3"}, None, None)
TOWN = FakeScenario("baseline")


def make_results(weeks=3, level=1.0, **more):
    told = {
        "weekly": {key: np.full(weeks, level) for key in KEYS},
        "summary": dict.fromkeys(KEYS, level * weeks),
        "subgroups": [],
        "ledger": [],
        "decisions": [],
        "places": [],
        "posts": [],
        "network": None,
    }
    return SimpleNamespace(**(told | more))


def record(key, seed=1, draw=None, scenario=TOWN, index=None, started="2026-01-01"):
    return RunRecord(key, scenario.hash, seed, draw, index, started, 0.5)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "runs.db") as opened:
        opened.add_scenarios([TOWN])
        yield opened


def test_years_are_summed_as_they_are_and_discounted_week_by_week_at_rates_of_their_own():
    """At 100% a year, week w of 1 counts 2^-((w + 0.5) / 52); money at 100%, QALYs at nothing."""
    results = make_results(weeks=60)
    results.weekly["caregiver_hours"][[3, 55]] = np.nan
    first, second = list_rows("k", results, "summary", (1.0, 0.0))["yearly"]
    weigh = [2.0 ** -((week + 0.5) / 52) for week in range(60)]
    assert first[:2] == ("k", 0)
    assert second[:2] == ("k", 1)
    qalys, hours, days = (52, 52), (51, sum(weigh[:52]) - weigh[3]), (52, sum(weigh[:52]))
    assert first[2:] == pytest.approx((*qalys, *hours, *days))
    assert second[2:] == pytest.approx((8, 8, 7, sum(weigh[52:]) - weigh[55], 8, sum(weigh[52:])))
    plain = list_rows("k", results, "summary")["yearly"]
    assert plain[0][2:] == (52, None, 51, None, 52, None)
    assert "yearly" not in list_rows("k", results, "weekly", (1.0, 0.0))


def test_money_is_summed_by_week_or_by_year_and_discounted_where_its_weeks_are_lost():
    ledger = [(0, "ward", "public", "pay", 10.0), (0, "ward", "public", "pay", 5.0), (51, "ward", "public", "pay", 1.0), (52, "ward", "public", "pay", 7.0), (52, "ward", "grant", "pay", 2.0)]  # fmt: skip
    results = make_results(ledger=ledger)
    weekly = list_rows("k", results, "weekly", (1.0, 1.0))["ledger"]
    assert [row[1:] for row in weekly] == [
        (0, "ward", "public", "pay", 15.0, None),
        (51, "ward", "public", "pay", 1.0, None),
        (52, "ward", "public", "pay", 7.0, None),
        (52, "ward", "grant", "pay", 2.0, None),
    ]
    yearly = list_rows("k", results, "summary", (1.0, 0.5))["ledger"]
    week = [2.0 ** -((w + 0.5) / 52) for w in (0, 51, 52)]
    assert [row[1:5] for row in yearly] == [
        (0, "ward", "public", "pay"),
        (52, "ward", "public", "pay"),
        (52, "ward", "grant", "pay"),
    ]
    assert [row[5] for row in yearly] == [16.0, 7.0, 2.0]
    assert [row[6] for row in yearly] == pytest.approx(
        [15 * week[0] + week[1], 7 * week[2], 2 * week[2]]
    )


def test_values_of_numpy_and_of_several_parts_are_written_plainly(store):
    group = {
        "dimension": "age",
        "group": "18-24",
        "residents": np.float64(4),
        **dict.fromkeys(GROUP_KEYS, np.int64(2)),
    }
    decision = {"week": np.int64(5), "body": "committee", "seen": {"wait": 3.0, "a": None}}
    store.add_run(record("k"), make_results(subgroups=[group], decisions=[decision]), CODE)
    (found,) = store.read("SELECT * FROM decisions")
    assert (found["week"], found["seen"], found["reason"]) == (5, '{"a": null, "wait": 3.0}', None)
    assert store.query("SELECT residents FROM subgroups") == [(4.0,)]


@pytest.mark.parametrize("nothing", [None, "", "{}", "null", "None", "  {} "])
def test_a_draw_of_nothing_is_the_parameters_as_they_are(nothing):
    assert mark_draw(nothing) == ""
    assert mark_draw('{"a": 1}') != mark_draw('{"a": 2}') != ""
    assert len(mark_draw('{"a": 1}')) == 16


ONE = '{"a": 1}'


def plan(store, **more):
    usual = {
        "scenarios": "[]",
        "seed": 1,
        "replicates": 2,
        "draws": 0,
        "command": "kinwell run",
        "started": "2026-01-01",
        "workers": 1,
    }
    store.add_plan(usual | more)


def test_what_was_asked_for_last_says_which_runs_belong_together(store):
    assert read_selection(store.connection) == Selection()
    for k, draw in enumerate((None, '{"a": 1}', '{"a": 2}')):
        store.add_run(
            record(f"k{k}", draw=draw, index=k - 1 if draw else None), make_results(), CODE
        )
    plan(store, draw_marks=f'["{mark_draw(ONE)}"]', model_version="7")
    assert read_selection(store.connection) == Selection(frozenset({mark_draw('{"a": 1}')}), "7")
    # plans of earlier versions told the number of their draws, and no version
    plan(store, draws=1)
    assert read_selection(store.connection) == Selection(frozenset({mark_draw('{"a": 1}')}), "3")
    plan(store, draws=2)
    assert read_selection(store.connection).marks == {mark_draw('{"a": 1}'), mark_draw('{"a": 2}')}
    plan(store, draws=0)
    assert read_selection(store.connection).marks == {""}


def test_the_version_of_a_plan_that_tells_none_is_that_of_the_latest_run(store):
    for key, version, started in (("a", "3", "2026-01-02"), ("b", "2", "2026-01-01")):
        store.add_run(record(key, started=started), make_results(), Code(version, {}, None, None))
    plan(store)
    assert read_selection(store.connection).model_version == "3"


def test_a_run_is_there_by_its_status_and_by_what_was_kept(store):
    store.add_run(record("whole"), make_results(), CODE)
    store.add_run(record("totals", 2), make_results(), CODE, "summary")
    store.add_failure(
        record("lost", 3), Failure("baseline", "running", "why", "", "kinwell run"), CODE
    )
    told = {
        key: (store.has(key), store.has(key, with_weeks=True), store.has(key, failed_too=True))
        for key in ("whole", "totals", "lost", "none")
    }
    assert told == {
        "whole": (True, True, True),
        "totals": (True, False, True),
        "lost": (False, False, True),
        "none": (False, False, False),
    }
    assert store.keys("done") == {"whole", "totals"}
    assert store.keys("done", with_weeks=True) == {"whole"}
    assert store.keys("failed") == {"lost"}
    # done after all: the reason why it failed goes
    store.add_run(record("lost", 3), make_results(), CODE)
    assert store.query("SELECT count(*) FROM failures") == [(0,)]
    assert store.check_integrity() == []


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_the_network_is_that_of_the_lowest_seed_in_whatever_order_runs_end(store, order):
    for seed in order:
        network = {"residents": [[seed]], "ties": [[seed, 0]]}
        store.add_run(record(f"k{seed}", seed), make_results(network=network), CODE)
    assert store.query("SELECT run, residents, ties FROM networks") == [("k1", "[[1]]", "[[1,0]]")]


def test_runs_that_points_of_a_sweep_share_are_counted_once(store):
    sweep = {
        "name": "s",
        "title": "",
        "summary": "",
        "fingerprint": "f",
        "document": "{}",
        "factors": "[]",
    }
    points = [
        (
            ("s", point, TOWN.hash, "{}"),
            [("s", point, 1, "point", f"p{point}"), ("s", point, 1, "reference", "r")],
        )
        for point in range(3)
    ]
    store.add_sweep(sweep, iter(points))
    assert store.query("SELECT points, runs FROM sweeps") == [(3, 4)]
    store.add_run(record("r"), make_results(), CODE)
    store.add_failure(record("p1"), Failure("baseline", "running", "why", "", ""), CODE)
    assert store.count_sweep("s") == {"done": 1, "failed": 1, "left": 2}
    assert store.count_sweep("another") == {"done": 0, "failed": 0, "left": 0}
    store.add_sweep(sweep, iter(points[:1]))
    assert store.count_sweep("s") == {"done": 1, "failed": 0, "left": 1}


def test_weeks_are_those_of_the_newest_scenario_of_a_name_and_of_what_was_asked_for(store):
    """A scenario that was changed and run again had the weeks of both, as if it had twice as many runs."""
    changed, other = FakeScenario("baseline", effect=2.0), FakeScenario("pilot")
    draw = '{"a": 1}'
    store.add_run(record("old"), make_results(level=1.0), CODE)
    store.add_scenarios([changed, other])
    store.add_run(record("new", scenario=changed), make_results(level=2.0), CODE)
    store.add_run(record("second", 2, scenario=changed), make_results(level=3.0), CODE)
    store.add_run(record("drawn", draw=draw, scenario=changed), make_results(level=4.0), CODE)
    store.add_run(
        record("earlier", scenario=other), make_results(level=5.0), Code("2", {}, None, None)
    )

    def look(names, *asked):
        found = read_weekly(store.path, names, Selection(*asked), ["cost", "qalys"])
        assert found["key"].cat.categories.tolist() == ["cost", "qalys"]
        assert (found.groupby(["scenario", "seed", "draw", "key"], observed=True).size() == 3).all()
        return sorted(set(found["value"]))

    assert look(["baseline"]) == [2, 3, 4]
    assert look(["baseline"], frozenset({""})) == [2, 3]
    assert look(["baseline"], frozenset({mark_draw(draw)})) == [4]
    assert look(["baseline"], None, None, frozenset({2})) == [3]
    assert look(["pilot", "baseline"]) == [2, 3, 4, 5]
    assert look(["pilot", "baseline"], None, "3") == [2, 3, 4]
    with pytest.raises(InvalidInput, match="there is no outcome 'costs'"):
        read_weekly(store.path, ["baseline"], Selection(), ["costs"])


@pytest.mark.parametrize("version", sorted(ADDED))
def test_a_database_of_every_earlier_version_is_brought_up_to_date(tmp_path, version):
    path = tmp_path / "runs.db"
    with Store.open(path) as store:
        store.add_scenarios([TOWN])
        store.add_run(record("k"), make_results(), CODE)
    with closing(sqlite3.connect(path)) as connection, connection:
        for (view,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'view'"
        ).fetchall():
            connection.execute(f'DROP VIEW "{view}"')
        for table in ADDED[version]:
            connection.execute(f'DROP TABLE "{table}"')
        for table, columns in ADDED_COLUMNS[version].items():
            for column in columns:
                connection.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
        connection.execute(f"PRAGMA user_version = {version}")
    with Store.open(path) as store:
        assert store.query("PRAGMA user_version") == [(SCHEMA_VERSION,)]
        present = {name for (name,) in store.query("SELECT name FROM sqlite_master")}
        assert present >= {*ADDED[version], "comparison"}
        store.add_run(record("later", 2), make_results(), CODE)
        assert store.keys("done") == {"k", "later"}
        assert store.check_integrity() == []


def test_a_database_that_is_closed_is_one_file(tmp_path):
    with Store.open(tmp_path / "runs.db") as store:
        store.add_scenarios([TOWN])
        log = tmp_path / "runs.db-wal"
        assert log.stat().st_size > 0
        reader = sqlite3.connect(store.path)
        reader.execute("SELECT count(*) FROM scenarios").fetchone()
    # folded in although somebody still has it open
    assert log.stat().st_size == 0
    reader.close()
