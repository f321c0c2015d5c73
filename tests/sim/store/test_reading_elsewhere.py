"""Databases that are only read: in folders that nobody may write, locked, or not to be read."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from sim.errors import InvalidInput, StoreProblem
from sim.store import Store, connection
from sim.store.attached import Part, connect_parts
from sim.store.connection import connect_to_read

NOBODY = 65534


@pytest.fixture
def folder():
    """A folder of results that others may look at; temporary folders of pytest are its own."""
    made = Path(tempfile.mkdtemp(prefix="kinwell-read-only-"))
    Store.open(made / "runs.db").close()
    yield made
    made.chmod(0o755)
    shutil.rmtree(made)


def read_as_nobody(folder, read):
    """What somebody without any rights reads there, or the error that is told."""
    for path in folder.iterdir():
        path.chmod(path.stat().st_mode & 0o444)
    folder.chmod(0o555)
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        if os.geteuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        said = "something that nobody expected"
        # Whatever happens, the child must not go on with the tests.
        try:
            said = str(read(folder / "runs.db"))
        except InvalidInput as error:
            said = str(error)
        finally:
            os.write(theirs, said.encode())
            os._exit(0)
    os.waitpid(child, 0)
    os.close(theirs)
    with os.fdopen(ours) as told:
        return told.read()


def count_runs(path):
    with closing(connect_to_read(path)) as opened:
        return opened.execute("SELECT count(*) FROM runs").fetchone()[0]


def count_together(path):
    with closing(connect_parts([Part(path, []), Part(path, [])])) as opened:
        return opened.execute("SELECT count(*) FROM runs").fetchone()[0]


@pytest.mark.parametrize("read", [count_runs, count_together])
def test_results_in_a_folder_that_nobody_may_write_are_read(folder, read):
    assert read_as_nobody(folder, read) == "0"


def leave_a_run_in_the_log(folder):
    """Make the folder what a killed study leaves: its last run is in the log alone."""
    killed = folder / "killed"
    killed.mkdir()
    folder.chmod(0o755)
    with closing(sqlite3.connect(folder / "runs.db", isolation_level=None)) as writing:
        writing.execute("PRAGMA journal_mode = WAL")
        writing.execute("PRAGMA wal_autocheckpoint = 0")
        columns = [row[1] for row in writing.execute("PRAGMA table_info(runs)") if row[3]]
        listed, marks = ", ".join(columns), ", ".join("?" * len(columns))
        row = ["done" if column == "status" else 0 for column in columns]
        writing.execute(f"INSERT INTO runs ({listed}) VALUES ({marks})", row)
        for name in ("runs.db", "runs.db-wal"):
            shutil.copyfile(folder / name, killed / name)
    return killed


def refuse_for_want_of_room(**_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_is_still_in_the_log_is_read_where_nobody_may_write(folder, monkeypatch):
    killed, copies = leave_a_run_in_the_log(folder), folder / "copies"
    copies.mkdir()
    copies.chmod(0o777)
    monkeypatch.setattr(connection.tempfile, "tempdir", str(copies))
    assert read_as_nobody(killed, count_runs) == "1"
    assert sorted(path.name for path in killed.iterdir()) == ["runs.db", "runs.db-wal"]


def test_what_is_still_in_the_log_is_not_left_out_where_no_copy_can_be_made(folder, monkeypatch):
    killed = leave_a_run_in_the_log(folder)
    monkeypatch.setattr(connection.tempfile, "TemporaryDirectory", refuse_for_want_of_room)
    told = read_as_nobody(killed, count_runs)
    assert "the last runs are still in runs.db-wal" in told
    assert "copy the whole folder" in told


def test_a_file_that_must_not_be_read_is_told_so(folder):
    (folder / "runs.db").chmod(0o200)
    told = read_as_nobody(folder, count_runs)
    assert "cannot be read (permission denied)" in told


def test_a_lock_of_somebody_else_is_not_read_past(folder, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(folder / "runs.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreProblem, match="another program keeps the database locked"):
            connect_to_read(folder / "runs.db")
