"""Opening `runs.db`: what may be opened, who may write, and every way it can fail in one
sentence.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import InvalidInput, KinwellError, Problem, StoreProblem
from sim.outcomes import KEYS
from sim.store.schema import ADDED, ADDED_COLUMNS, APPLICATION_ID, BY_NAME, READABLE, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_SECONDS = 30.0
STEP_MS = 200
MAKE_SOME = "make some with `kinwell run` or `kinwell compare`"
NAME_FOLDER = "name the folder that holds runs.db"
SAVE = "`kinwell export DIR --csv` saves the rows that can be read, `sqlite3 runs.db .recover` more"
"""What can be done for a damaged database."""
ANOTHER_FOLDER = "choose another folder with -o"
"""What can be done where a command that takes -o cannot write."""
_COPIES: dict[tuple[object, ...], tempfile.TemporaryDirectory[str]] = {}
CHANGED = "it was changed by another program"
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


def refuse(path: Path, message: str, hint: str) -> InvalidInput:
    """Make the error for a place that cannot be used."""
    return InvalidInput([Problem(str(path), 0, 0, "", message, hint)])


@contextmanager
def explain_files(path: Path, hint: str = ANOTHER_FOLDER) -> Iterator[None]:
    """Turn failures of the file system into clear errors: a full disk is exit 1, a place that
    cannot be written 2, with what to do about it.
    """
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            message = (
                f"{path}: the disk is full; nothing was left half-written. Make room and give the"
                " same command again."
            )
            raise StoreProblem(message) from error
        raise refuse(path, f"cannot write here ({error.strerror})", hint) from error


@contextmanager
def explain_database(path: Path) -> Iterator[None]:
    """Turn failures of SQLite into clear errors, also those that pandas has wrapped."""
    try:
        yield
    except KinwellError:
        raise
    except Exception as error:
        failed = error if isinstance(error, sqlite3.Error) else error.__cause__
        if not isinstance(failed, sqlite3.Error):
            raise
        raise _describe(path, failed) from error


@contextmanager
def explain_content(path: Path) -> Iterator[None]:
    """Turn what is stored and cannot be understood (text for numbers, broken JSON) into one clear
    error: somebody else wrote it, or the disk did.
    """
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        broken = isinstance(error, json.JSONDecodeError)
        said = "a text is not JSON" if broken else (str(error).splitlines() or [""])[0][:120]
        message = f"what is stored here cannot be read ({said})"
        raise refuse(path, message, f"{CHANGED}; {SAVE}") from error


def refuse_missing(path: Path) -> InvalidInput:
    """Make the error for a place without a database."""
    if path.is_dir():
        return refuse(path, "this is a folder, not a database", NAME_FOLDER)
    if path.parent.is_file():
        return refuse(path.parent, "this is a file, not a folder of results", NAME_FOLDER)
    return refuse(path, "no runs are stored here", MAKE_SOME)


def _describe(path: Path, error: sqlite3.Error) -> StoreProblem | InvalidInput:
    text = str(error)
    if "full" in text:
        return StoreProblem(
            f"{path}: the disk is full; the runs stored so far are safe. Make room and give the"
            " same command again."
        )
    if "locked" in text or "busy" in text:
        return StoreProblem(
            f"{path}: another program keeps the database locked; close it and give the same command"
            " again."
        )
    if damaged := _say_damage(text):
        return refuse(path, *damaged)
    if "readonly" in text or "unable to open" in text:
        return refuse(path, f"cannot write here ({text})", ANOTHER_FOLDER)
    if "disk I/O" in text:
        return StoreProblem(f"{path}: the disk failed ({text}); the runs stored so far are safe.")
    return StoreProblem(f"{path}: {text}")


def _say_damage(text: str) -> tuple[str, str] | None:
    """What is wrong with a file that cannot be read as it is, and what to do about it."""
    if "not a database" in text or "malformed" in text:
        hint = f"move it away, or choose another folder with -o; {SAVE}"
        return f"this is not a readable database ({text})", hint
    if "decode" in text:
        return f"what is stored here cannot be read ({text})", f"{CHANGED}; {SAVE}"
    return None


def connect_to_write(path: Path, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """Open or create a database in WAL mode; transactions are explicit."""
    # None, or Python would begin transactions by itself, as a reader at first (see `begin`).
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
    try:
        check_is_ours(connection, path, may_be_new=True)
        # Readers go on while a run is stored, and a crash at any moment loses at most the last run.
        connection.execute("PRAGMA journal_mode = WAL")
        # Enough with a write-ahead log: power loss may cost the last runs, never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
    # Also for Ctrl-C: nobody else could close it.
    except BaseException:
        connection.close()
        raise
    return connection


def begin(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Begin to write, waiting for others in short steps: Ctrl-C is heard between them, SQLite's own
    wait is deaf to it.
    """
    end = time.monotonic() + busy_seconds
    connection.execute(f"PRAGMA busy_timeout = {STEP_MS}")
    while True:
        try:
            # At once as a writer: a lock that is taken later can fail in the middle of a
            # transaction.
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= end:
                raise
        else:
            return


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a database for reading only, also in a folder that cannot be written."""
    if not path.is_file():
        raise refuse_missing(path)
    with explain_database(path):
        connection = sqlite3.connect(
            find_address(path), timeout=BUSY_SECONDS, uri=True, isolation_level=None
        )
    try:
        with explain_database(path):
            check_is_ours(connection, path, may_be_new=False)
    except BaseException:
        connection.close()
        raise
    return connection


def find_address(path: Path) -> str:
    """The address at which SQLite reads a database without changing it.

    In a folder that cannot be written it cannot make the files of its log; immutable reads need
    none. They heed no lock and see nothing of a log, so that they are for that case alone.
    """
    if not os.access(path, os.R_OK):
        hint = "see to its permissions, or ask whoever made it for a copy"
        raise refuse(path, "cannot be read (permission denied)", hint)
    address = path.resolve().as_uri()
    # While another process makes the database, it cannot be opened for a moment either.
    if os.access(path.parent, os.W_OK) or _has_room_for_log(f"{address}?mode=ro"):
        return f"{address}?mode=ro"
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        return f"{_copy_with_log(path, log).as_uri()}?mode=ro"
    return f"{address}?immutable=1"


def _copy_with_log(path: Path, log: Path) -> Path:
    """A copy, until the process ends, of a database whose last runs are still in its log: that is
    only read in a folder to write in.
    """
    looked = [one.stat() for one in (path, log)]
    key = (path.resolve(), *((one.st_mtime_ns, one.st_size) for one in looked))
    if key in _COPIES:
        return Path(_COPIES[key].name) / path.name
    try:
        folder = tempfile.TemporaryDirectory(prefix="kinwell-")
        for one in (path, log):
            shutil.copyfile(one, Path(folder.name) / one.name)
    except OSError as error:
        hint = "copy the whole folder to a place where you may write, and read it there"
        said = f"the last runs are still in {log.name}, which is only read in a folder to write in"
        raise refuse(path, said, hint) from error
    _COPIES[key] = folder
    return Path(folder.name) / path.name


def _has_room_for_log(address: str) -> bool:
    try:
        with closing(sqlite3.connect(address, timeout=0, uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        return not any(word in str(error) for word in ("readonly", "unable to open"))
    # Damage is told by whoever reads on.
    except sqlite3.DatabaseError:
        return True
    return True


def check_is_ours(connection: sqlite3.Connection, path: Path, *, may_be_new: bool) -> bool:
    """Say whether the tables are there.

    Raise `InvalidInput` for a database of something else or of another time.
    """
    # Who only reads has no option that would choose where to write.
    elsewhere = ANOTHER_FOLDER if may_be_new else "name another folder of results"
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if not tables and may_be_new:
        return False
    if not tables and not application:
        raise refuse(path, "no runs are stored here: the file is empty", MAKE_SOME)
    if application != APPLICATION_ID:
        raise refuse(path, "this database holds something other than runs", elsewhere)
    if version not in READABLE:
        age = "an older" if version < SCHEMA_VERSION else "a newer"
        message = (
            f"this database was made by {age} version of Kinwell (tables {version}, this one reads"
            f" {SCHEMA_VERSION})"
        )
        raise refuse(path, message, f"read it with that version, or {elsewhere}")
    present = {
        str(name)
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if missing := sorted(set(BY_NAME) - present - set(ADDED.get(version, ()))):
        raise refuse(path, f"tables are missing: {', '.join(missing)}", elsewhere)
    if lacking := _find_missing_columns(connection, present, version):
        hint = f"another program changed it; {elsewhere}"
        raise refuse(path, f"columns are missing: {', '.join(lacking)}", hint)
    return True


def _find_missing_columns(
    connection: sqlite3.Connection, present: set[str], version: int
) -> list[str]:
    """Columns that this version has and nobody added since; outcomes may come later."""
    lacking = []
    for name in sorted(present & set(BY_NAME)):
        there = {str(row[1]) for row in connection.execute(f'PRAGMA table_info("{name}")')}
        # Outcomes may be missing: a database of before the outcome has no column for it.
        later = {*ADDED_COLUMNS.get(version, {}).get(name, ()), *KEYS}
        lacking += [
            f"{name}.{column}"
            for column in BY_NAME[name].names
            if column not in there and column not in later
        ]
    return lacking


def hold_writer_lock(path: Path) -> sqlite3.Connection:
    """Become the only writer of a database until the connection closes or the process ends, however
    it ends.

    Raises `StoreProblem` where somebody else is writing. The lock is a transaction on an empty file
    beside the database: the operating system lets go of it even after a kill.
    """
    # Hardly any waiting: whoever writes may go on for hours, and should be told of at once.
    lock = sqlite3.connect(path.with_name(f".{path.name}.lock"), timeout=0.1, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if "locked" not in str(error):
            raise
        message = (
            f"{path}: another kinwell is writing here; wait for it, or choose another folder"
            " with -o."
        )
        raise StoreProblem(message) from error
    return lock
