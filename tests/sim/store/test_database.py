"""One transaction per run, one writer, and a sentence for everything that can go wrong."""

import json
import math
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from fake_community import FakeScenario
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InvalidInput, StoreProblem
from sim.outcomes import BY_KEY, GROUP_KEYS, KEYS
from sim.store import Code, Failure, RunRecord, Store, describe_tables

pytestmark = pytest.mark.core

CODE = Code("3", {"python": "3"}, None, None)
TOWN = FakeScenario("baseline")


def record(key="k", seed=1, draw=None):
    return RunRecord(key, TOWN.hash, seed, draw, None, "2026-01-01T00:00:00Z", 0.5)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs.db"


@pytest.fixture
def store(path):
    with Store.open(path) as opened:
        opened.add_scenarios([TOWN])
        yield opened


def test_a_run_comes_back_as_it_was(store, results):
    store.add_run(record(), results, CODE)
    (summary,) = store.read("SELECT * FROM summary")
    assert {key: summary[key] for key in KEYS} == results.summary
    weeks = store.read("SELECT * FROM weekly ORDER BY week")
    assert [row["cost"] for row in weeks] == list(results.weekly["cost"])
    groups = store.read("SELECT * FROM subgroups ORDER BY group_name")
    assert [group["group_name"] for group in groups] == ["12-17", "18-24"]
    assert all(groups[0][key] == results.subgroups[0][key] for key in GROUP_KEYS)
    assert store.query("SELECT amount FROM ledger WHERE category = 'income'") == [(12.0,)]
    assert json.loads(store.read("SELECT seen FROM decisions")[0]["seen"]) == {"wait": 3.0}
    assert store.keys("done") == {"k"}
    assert store.check_integrity() == []


def test_what_does_not_exist_is_stored_as_nothing(store, results):
    results.weekly["wait_median"][3] = math.nan
    store.add_run(record(), results, CODE)
    assert store.query("SELECT wait_median FROM weekly WHERE week = 3") == [(None,)]


def test_storing_a_run_again_replaces_it(store, results):
    store.add_failure(record(), Failure("baseline", "running", "no", "trace", "kinwell run"), CODE)
    assert store.keys("failed") == {"k"}
    for _ in range(2):
        store.add_run(record(), results, CODE)
    assert store.keys("failed") == set()
    assert [
        store.query(f"SELECT count(*) FROM {table}")[0][0]
        for table in ("failures", "runs", "decisions", "weekly")
    ] == [0, 1, 1, 10]


def test_a_run_is_stored_whole_or_not_at_all(store, results):
    del results.subgroups[0]["residents"]
    with pytest.raises(KeyError):
        store.add_run(record(), results, CODE)
    results.subgroups[0]["residents"] = 5
    results.places.append(dict(results.places[0], service=None))
    with pytest.raises(StoreProblem, match="NOT NULL"):
        store.add_run(record(), results, CODE)
    assert [
        store.query(f"SELECT count(*) FROM {table}")[0][0]
        for table in ("runs", "summary", "weekly", "places")
    ] == [0, 0, 0, 0]


def test_a_status_is_done_or_failed(store):
    with pytest.raises(sqlite3.IntegrityError):
        store.connection.execute(
            "INSERT INTO runs VALUES ('k','h',1,NULL,NULL,'running','weekly','3','{}',NULL,NULL,'now',1.0)"
        )


def test_every_outcome_and_column_is_described(store):
    assert [key for (key,) in store.query("SELECT key FROM outcomes ORDER BY rowid")] == list(KEYS)
    described = set(store.query('SELECT "table", "column" FROM dictionary'))
    for (table,) in store.query("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"):
        assert {(table, row[1]) for row in store.query(f"PRAGMA table_info({table})")} <= described
    assert all(text for (text,) in store.query("SELECT description FROM dictionary"))


def test_datasette_is_told_titles_units_and_descriptions(store):
    told = describe_tables()["databases"]["runs"]["tables"]
    for (table,) in store.query("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"):
        columns = [row[1] for row in store.query(f"PRAGMA table_info({table})")]
        assert list(told[table]["columns"]) == columns
        assert told[table]["title"]
        assert told[table]["description"]
    assert told["summary"]["columns"]["cost"].endswith(f"Unit: {BY_KEY['cost'].unit}.")


def test_the_database_is_in_wal_mode(store):
    assert store.query("PRAGMA journal_mode") == [("wal",)]


def test_a_second_writer_is_turned_away(store, path):
    with pytest.raises(StoreProblem, match="another kinwell is writing here"):
        Store.open(path)
    store.close()
    Store.open(path).close()


def test_the_lock_ends_with_the_process_however_it_ends(path):
    code = f"import sys; from pathlib import Path; from sim.store import Store; s = Store.open(Path({str(path)!r})); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        with pytest.raises(StoreProblem, match="another kinwell"):
            Store.open(path)
        other.kill()
    Store.open(path).close()


def test_readers_see_only_whole_runs_while_one_writes(store, path, results):
    store.add_run(record("a"), results, CODE)
    with Store.read_only(path) as reader:
        reader.connection.execute("BEGIN")
        assert reader.keys("done") == {"a"}
        store.add_run(record("b", 2), results, CODE)
        assert reader.keys("done") == {"a"}
        reader.connection.execute("COMMIT")
        assert reader.keys("done") == {"a", "b"}


def test_a_lock_held_by_another_program_is_waited_for_and_then_told(path, results):
    Store.open(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with Store(path, sqlite3.connect(path, isolation_level=None), busy_seconds=0.5) as store:
        start = time.monotonic()
        with pytest.raises(StoreProblem, match="another program keeps the database locked"):
            store.add_run(record(), results, CODE)
        assert 0.4 <= time.monotonic() - start < 10
        other.execute("ROLLBACK")
        store.add_run(record(), results, CODE)
    other.close()


def test_a_full_disk_leaves_nothing_half_written(store, results):
    store.add_run(record("first"), results, CODE)
    pages = store.query("PRAGMA page_count")[0][0]
    store.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    big = replace(
        results, ledger=[(week, "ward", f"payer {week}", "pay", 1.0) for week in range(5_000)]
    )
    with pytest.raises(StoreProblem, match="the disk is full") as caught:
        store.add_run(record("second", 2), big, CODE)
    assert caught.value.exit_code == 1
    assert store.keys("done") == {"first"}
    assert store.check_integrity() == []
    assert store.query("SELECT count(*) FROM ledger WHERE run = 'second'") == [(0,)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"not a database at all, but long enough to look like one" * 40,
            "not a readable database",
        ),
        (b"SQLite format 3\0" + b"x" * 3000, "not a readable database"),
    ],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(path, content, message):
    path.write_bytes(content)
    for opening in (Store.open, Store.read_only):
        with pytest.raises(InvalidInput, match=message):
            opening(path)
    assert path.read_bytes() == content


def test_somebody_elses_database_is_refused_and_left_alone(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    before = path.read_bytes()
    for opening in (Store.open, Store.read_only):
        with pytest.raises(InvalidInput, match="something other than runs"):
            opening(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("version", "word"), [(0, "older"), (99, "newer")])
def test_a_database_of_another_time_is_refused(path, version, word):
    Store.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(InvalidInput, match=f"{word} version of Kinwell"):
        Store.open(path)


def test_missing_tables_are_named(path):
    Store.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP VIEW comparison")
        connection.execute("DROP VIEW current_runs")
        connection.execute("DROP TABLE ledger")
    with pytest.raises(InvalidInput, match="tables are missing: ledger"):
        Store.open(path)


def test_reading_nothing_is_an_error_and_makes_nothing(path):
    with pytest.raises(InvalidInput, match="no runs are stored here"):
        Store.read_only(path)
    assert not path.exists()


def test_an_unwritable_place_is_wrong_input(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot write here"):
        Store.open(tmp_path / "file" / "runs.db")
    (tmp_path / "runs.db").mkdir()
    with pytest.raises(InvalidInput, match="cannot write here"):
        Store.open(tmp_path / "runs.db")


def test_integrity_finds_what_is_missing(store, results):
    store.add_run(record(), results, CODE)
    store.connection.execute("DELETE FROM summary")
    assert store.check_integrity() == ["finished runs without a summary: 1"]


def test_views_pair_by_seed_and_draw(store, results):
    other = FakeScenario("pilot", effect=2.0)
    store.add_scenarios([other])
    for seed in (1, 2, 3):
        store.add_run(record(f"a{seed}", seed, draw='{"x":1}'), results, CODE)
        changed = dict(results.summary, admissions=results.summary["admissions"] - seed)
        lower = type(results)(results.weekly, changed, ledger=results.ledger)
        store.add_run(
            record(f"b{seed}", seed, draw='{"x":1}')._replace(scenario=other.hash), lower, CODE
        )
    store.add_run(record("c", 1), results, CODE)
    (row,) = store.read(
        "SELECT * FROM comparison WHERE scenario = 'pilot' AND against = 'baseline' AND key = 'admissions'"
    )
    assert (row["replicates"], row["mean_difference"], row["share_of_replicates_better"]) == (
        3,
        pytest.approx(-2),
        1,
    )
    costs = store.read("SELECT * FROM costs_by_payer_year WHERE scenario = 'pilot'")
    assert [(row["payer"], row["year"], row["runs"]) for row in costs] == [("public", 1, 3)]
    assert costs[0]["mean_cost"] == pytest.approx(2 * results.weekly["cost"].sum())


@pytest.mark.slow
def test_a_hundred_thousand_summaries_load_fast(store, cost):
    marks = ", ".join("?" * (len(KEYS) + 1))
    rows = [(f"{number:032d}", *([number * 0.5] * len(KEYS))) for number in range(100_000)]
    store.connection.execute("BEGIN")
    store.connection.executemany(f"INSERT INTO summary VALUES ({marks})", rows)
    store.connection.execute("COMMIT")

    def read():
        assert len(store.query("SELECT * FROM summary")) == 100_000

    assert cost(read) < 200


@settings(max_examples=40, deadline=None)
@given(
    entries=st.lists(
        st.tuples(
            st.integers(0, 9),
            st.sampled_from("ab"),
            st.sampled_from("xy"),
            st.sampled_from(["pay", "income"]),
            st.integers(-1000, 1000),
        ),
        max_size=40,
    ),
    keep=st.sampled_from(["weekly", "summary"]),
)
def test_no_money_is_lost_between_ledger_and_table(entries, keep):
    from types import SimpleNamespace

    from sim.store.rows import list_rows

    results = SimpleNamespace(
        weekly={key: [0.0] for key in KEYS},
        summary=dict.fromkeys(KEYS, 0.0),
        subgroups=(),
        ledger=entries,
        decisions=(),
        places=(),
        posts=(),
    )
    rows = list_rows("k", results, keep)["ledger"]
    assert len({row[1:5] for row in rows}) == len(rows)
    for payer in "xy":
        assert sum(row[5] for row in rows if row[3] == payer) == sum(
            entry[4] for entry in entries if entry[2] == payer
        )


def test_an_outcome_that_came_later_gets_its_column_and_older_runs_have_nothing_in_it(
    path, results
):
    """An older database: no column `peers`, no row about it, a view that does not compare it."""
    with Store.open(path) as store:
        store.add_scenarios([TOWN])
        store.add_run(record(), results, CODE)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP VIEW comparison")
        for table in ("weekly", "summary"):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN peers")
        connection.execute("DELETE FROM outcomes WHERE key = 'peers'")
    with Store.open(path) as store:
        store.add_run(record("newer", 2), results, CODE)
        found = store.query("SELECT run, peers FROM summary ORDER BY run")
        assert found == [("k", None), ("newer", results.summary["peers"])]
        assert store.query("SELECT title FROM outcomes WHERE key = 'peers'") == [
            (BY_KEY["peers"].title,)
        ]
        assert store.query("SELECT count(*) FROM comparison WHERE key = 'peers'") == [(0,)]
        assert store.check_integrity() == []


def test_a_file_in_place_of_a_folder_of_results_is_told(tmp_path):
    file = tmp_path / "town.yaml"
    file.write_text("extends: baseline\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="this is a file, not a folder of results"):
        Store.read_only(file / "runs.db")
