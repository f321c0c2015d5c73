"""Several databases read as one, what integrity finds, and files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from fake_community import FakeScenario

from sim.errors import InvalidInput, StoreProblem
from sim.outcomes import KEYS
from sim.store import Code, Failure, RunRecord, Store
from sim.store.attached import MOST_PARTS, Part, connect_parts
from sim.store.connection import explain_database, explain_files
from sim.store.files import (
    PAGE,
    Written,
    check_can_write,
    check_output,
    read_written,
    write_bytes,
    write_new,
    write_whole,
)

CODE = Code("3", {}, None, None)
TOWN, CHANGED, PILOT = (
    FakeScenario("baseline"),
    FakeScenario("baseline", effect=2.0),
    FakeScenario("pilot"),
)


def results(level=1.0):
    return SimpleNamespace(
        weekly={key: np.full(2, level) for key in KEYS}, summary=dict.fromkeys(KEYS, level),
        network=None, subgroups=[], ledger=[], decisions=[], places=[], posts=[],
    )  # fmt: skip


def keep(path, *runs):
    """A database of runs: scenario, key, seed and level of all outcomes."""
    with Store.open(path) as store:
        store.add_scenarios(list(dict.fromkeys(scenario for scenario, *_ in runs)))
        for scenario, key, seed, level in runs:
            known = RunRecord(key, scenario.hash, seed, None, None, "now", 0.5)
            if level is None:
                lost = Failure(scenario.name, "running", "why", "", "")
                store.add_failure(known, lost, CODE)
            else:
                store.add_run(known, results(level), CODE)
        hashes = [scenario.hash for scenario, *_ in runs]
        store.add_plan({
            "started": "now", "command": path.stem, "scenarios": str(hashes), "seed": 1,
            "replicates": 1, "draws": 0, "workers": 1,
        })  # fmt: skip
    return path


def ask(connection, sql):
    return connection.execute(sql).fetchall()


def test_of_several_databases_each_run_is_read_from_where_it_was_chosen(tmp_path):
    """Two hold the same run with other numbers; a scenario that no chosen run has is not there."""
    first = keep(tmp_path / "a.db", (TOWN, "x", 1, 1.0), (TOWN, "y", 2, 2.0))
    second = keep(tmp_path / "b.db", (TOWN, "x", 1, 10.0), (PILOT, "p", 1, 20.0))
    third = keep(tmp_path / "c.db", (CHANGED, "z", 1, 30.0), (PILOT, "p", 1, 40.0))
    parts = [Part(first, ["x"]), Part(second, ["x", "p"]), Part(third, [])]
    with closing(connect_parts(parts)) as one:
        assert ask(one, "SELECT run, cost FROM summary ORDER BY cost") == [
            ("x", 1.0), ("x", 10.0), ("p", 20.0),
        ]  # fmt: skip
        assert ask(one, "SELECT run, week, cost FROM weekly ORDER BY cost, week") == [
            ("x", 0, 1.0), ("x", 1, 1.0), ("x", 0, 10.0), ("x", 1, 10.0), ("p", 0, 20.0),
            ("p", 1, 20.0),
        ]  # fmt: skip
        # Once, although two folders hold it; the changed one of its name is chosen from nowhere.
        assert sorted(ask(one, "SELECT name, hash FROM scenarios")) == sorted(
            [("baseline", TOWN.hash), ("pilot", PILOT.hash)]
        )
        assert [name for (name,) in ask(one, "SELECT command FROM plans")] == ["a", "b", "c"]
        joined = "SELECT count(*) FROM runs r JOIN scenarios s ON s.hash = r.scenario"
        assert ask(one, joined) == [(3,)]
    # Nothing was written to any of them.
    for path in (first, second, third):
        with closing(sqlite3.connect(path)) as alone:
            assert ask(alone, "SELECT count(*) FROM runs") == [(2,)]


def test_a_column_or_a_table_that_an_older_database_lacks_is_empty(tmp_path):
    older = keep(tmp_path / "a.db", (TOWN, "x", 1, 1.0))
    newer = keep(tmp_path / "b.db", (TOWN, "y", 2, 2.0))
    with closing(sqlite3.connect(older)) as alone, alone:
        for (view,) in ask(alone, "SELECT name FROM sqlite_master WHERE type = 'view'"):
            alone.execute(f'DROP VIEW "{view}"')
        alone.execute("ALTER TABLE summary DROP COLUMN cost")
    with closing(connect_parts([Part(older, ["x"]), Part(newer, ["y"])])) as one:
        assert ask(one, "SELECT run, cost, qalys FROM summary ORDER BY run") == [
            ("x", None, 1.0), ("y", 2.0, 2.0),
        ]  # fmt: skip


def test_as_many_databases_are_read_together_as_can_be_attached(tmp_path):
    paths = [keep(tmp_path / f"{k}.db", (TOWN, f"k{k}", k, float(k))) for k in range(12)]
    parts = [Part(path, [f"k{k}"]) for k, path in enumerate(paths)]
    assert MOST_PARTS == 11
    with closing(connect_parts(parts[:11])) as one:
        assert ask(one, "SELECT sum(cost) FROM summary") == [(55.0,)]
    with pytest.raises(InvalidInput, match="at most 11 folders can be read together") as told:
        connect_parts(parts)
    assert told.value.problems[0].file == str(paths[11])


FAULTS = {
    "finished runs without a summary: 1": "DELETE FROM summary WHERE run = 'x'",
    "failed runs without a reason: 1": "DELETE FROM failures",
    "runs of unknown scenarios: 3": "DELETE FROM scenarios",
    "weekly rows that do not belong: 2": "UPDATE weekly SET run = 'nobody' WHERE run = 'x'",
    "weeks missing: 1": "DELETE FROM weekly WHERE run = 'y'",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_rows_that_do_not_belong_together_are_counted(tmp_path, fault):
    path = keep(tmp_path / "a.db", (TOWN, "x", 1, 1.0), (TOWN, "y", 2, 2.0), (TOWN, "z", 3, None))
    with Store.read_only(path) as store:
        assert store.check_integrity() == []
    with closing(sqlite3.connect(path)) as alone, alone:
        alone.execute(FAULTS[fault])
    with Store.read_only(path) as store:
        assert fault in store.check_integrity()


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("database or disk is full", StoreProblem, "the disk is full; the runs stored so far"),
        ("database is locked", StoreProblem, "another program keeps the database locked"),
        ("file is busy", StoreProblem, "another program keeps the database locked"),
        ("file is not a database", InvalidInput, "this is not a readable database"),
        ("disk image is malformed", InvalidInput, "this is not a readable database"),
        ("Could not decode to UTF-8", InvalidInput, "what is stored here cannot be read"),
        ("attempt to write a readonly database", InvalidInput, "cannot write here"),
        ("unable to open database file", InvalidInput, "cannot write here"),
        ("disk I/O error", StoreProblem, "the disk failed"),
        ("no such table: x", StoreProblem, "no such table: x"),
    ],
)
def test_every_failure_of_a_database_is_a_sentence(tmp_path, text, error, said):
    with pytest.raises(error, match=said) as told, explain_database(tmp_path / "runs.db"):
        raise sqlite3.OperationalError(text)
    assert "runs.db" in str(told.value)
    # As pandas wraps it; what is no failure of the database is not taken for one.
    with pytest.raises(error, match=said), explain_database(tmp_path / "runs.db"):
        raise ValueError("wrapped") from sqlite3.OperationalError(text)
    with pytest.raises(ZeroDivisionError), explain_database(tmp_path / "runs.db"):
        raise ZeroDivisionError(text)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS])
def test_a_full_disk_is_told_apart_from_a_place_that_cannot_be_written(tmp_path, code):
    full = code in (errno.ENOSPC, errno.EDQUOT)
    with pytest.raises(StoreProblem if full else InvalidInput) as told, explain_files(tmp_path):
        raise OSError(code, os.strerror(code))
    assert ("the disk is full" if full else f"cannot write here ({os.strerror(code)})") in str(
        told.value
    )


def test_a_file_is_written_whole_and_a_link_stays_a_link(tmp_path):
    file, link, later = tmp_path / "a.txt", tmp_path / "link", tmp_path / "later"
    write_whole(file, "one\n")
    link.symlink_to(file)
    later.symlink_to(tmp_path / "to-be-made")
    write_whole(link, "two\n")
    write_whole(later, "three\n")
    assert link.is_symlink()
    assert later.is_symlink()
    assert (file.read_bytes(), (tmp_path / "to-be-made").read_text()) == (b"two\n", "three\n")
    write_bytes(file, b"\x00\xff")
    assert file.read_bytes() == b"\x00\xff"
    with pytest.raises(InvalidInput, match="cannot write here"):
        write_whole(tmp_path / "none" / "a.txt", "x")
    with pytest.raises(InvalidInput, match="cannot write here"):
        write_bytes(tmp_path / "none" / "a.txt", b"x")
    # Nothing else is left beside what was written.
    assert {each.name for each in tmp_path.iterdir()} == {"a.txt", "link", "later", "to-be-made"}


def test_a_new_file_takes_the_place_of_no_other_and_leaves_nothing_where_it_fails(
    tmp_path, monkeypatch
):
    file = tmp_path / "new.yaml"
    write_new(file, "a: 1\n")
    assert file.read_text() == "a: 1\n"
    with pytest.raises(InvalidInput, match="is already there and is not overwritten"):
        write_new(file, "b: 2\n")
    assert file.read_text() == "a: 1\n"

    def fill(*_, **__):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("pathlib.Path.write_text", fill)
    with pytest.raises(StoreProblem, match="the disk is full"):
        write_new(tmp_path / "other.yaml", "c: 3\n")
    with pytest.raises(StoreProblem, match="the disk is full"):
        write_whole(file, "d: 4\n")
    assert {each.name for each in tmp_path.iterdir()} == {"new.yaml"}
    assert file.read_bytes() == b"a: 1\n"


def test_whether_a_place_can_be_written_is_asked_beforehand(tmp_path):
    file, loop = tmp_path / "a.txt", tmp_path / "loop"
    file.write_text("x")
    loop.symlink_to(loop)
    check_can_write(file)
    check_can_write(tmp_path / "new.txt")
    check_can_write(tmp_path / "new" / "deeper", folder=True)
    check_can_write(tmp_path / "new" / "deeper.txt")
    for path, folder, said in (
        (file / "below.txt", False, "Not a directory"),
        (file, True, "Not a directory"),
        (file / "below", True, "Not a directory"),
        (loop, False, "a link that leads to itself"),
    ):
        with pytest.raises(InvalidInput, match=said) as told:
            check_can_write(path, folder=folder)
        hint = "choose another folder with -o" if folder else "name a file in another folder"
        assert told.value.problems[0].hint == hint
    # A page of a report is named by an option, which the hint has to say.
    with pytest.raises(InvalidInput, match="Not a directory") as told:
        check_output(file / "report.html", PAGE)
    assert told.value.problems[0].hint == "name a file in another folder with -o"


def test_where_nothing_may_be_written_a_file_is_refused_and_what_is_none_is_not_asked(
    tmp_path, monkeypatch
):
    file = tmp_path / "a.txt"
    file.write_text("x")
    monkeypatch.setattr(os, "access", lambda *_: False)
    for path, folder in ((file, False), (tmp_path / "new.txt", False), (tmp_path, True)):
        with pytest.raises(InvalidInput, match="Permission denied"):
            check_can_write(path, folder=folder)
    check_can_write(Path(os.devnull))
    # A disk that takes no files is no matter of permissions.
    disk = SimpleNamespace(f_flag=os.ST_RDONLY)
    monkeypatch.setattr(os, "statvfs", lambda _: disk, raising=False)
    with pytest.raises(InvalidInput, match="Read-only file system"):
        check_can_write(file)


class Shape(Written):
    """What a command of these tests writes."""

    name: str
    count: int


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"name": "a", "count": "2"}', "is damaged at count: it is not what was written there"),
        ('{"name": "a"}', "is damaged at count"),
        ("[]", "is damaged: it is not what was written there"),
        ('{"name": ', "is damaged: it is not what was written there"),
        ("[" * 100_000, "is damaged: it is not what was written there"),
    ],
)
def test_what_was_written_by_a_command_is_read_or_told_to_be_damaged(tmp_path, text, said):
    file = tmp_path / "told.json"
    file.write_text('{"name": "a", "count": 2, "more": [1]}')
    assert read_written(file, Shape, "kinwell more") == {"name": "a", "count": 2, "more": [1]}
    file.write_text(text)
    with pytest.raises(InvalidInput) as told:
        read_written(file, Shape, "kinwell more")
    (problem,) = told.value.problems
    assert problem.message.startswith(said)
    assert problem.hint == "`kinwell more` writes it anew"
    with pytest.raises(InvalidInput, match="is damaged"):
        read_written(tmp_path / "none.json", Shape, "kinwell more")
