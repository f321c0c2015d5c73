"""`runs.db` itself: one writer, one transaction per run, read by anybody at any time."""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

from sim.store.connection import (
    BUSY_SECONDS,
    begin,
    check_is_ours,
    connect_to_read,
    connect_to_write,
    explain_database,
    explain_files,
    hold_writer_lock,
)
from sim.store.integrity import find_faults
from sim.store.migration import bring_up_to_date, create_tables, is_behind
from sim.store.rows import Rates, Row, list_rows
from sim.store.schema import BY_NAME, write_insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sim.outcomes import Results
    from sim.scenario.scenario import Scenario

PER_RUN = (
    "weekly",
    "yearly",
    "summary",
    "subgroups",
    "ledger",
    "decisions",
    "places",
    "posts",
    "networks",
    "failures",
)

LAST_WAIT_MS = 200


class RunRecord(NamedTuple):
    """What is known of one run apart from its results; `draw` is canonical JSON or None.

    rates: the scenario's yearly discount rates of costs and effects, for totals of a year.
    """

    key: str
    scenario: str
    seed: int
    draw: str | None
    draw_index: int | None
    started: str
    seconds: float
    rates: Rates | None = None


class Failure(NamedTuple):
    """Why a run failed, and the command that repeats it."""

    name: str
    stage: str
    message: str
    traceback: str
    command: str


class Code(NamedTuple):
    """What the runs were made with; `versions` maps packages to versions."""

    model_version: str
    versions: Mapping[str, str]
    commit: str | None
    dirty: bool | None


@dataclass(frozen=True)
class Store:
    """An open database of runs; use as a context manager."""

    path: Path
    connection: sqlite3.Connection
    lock: sqlite3.Connection | None = None
    busy_seconds: float = BUSY_SECONDS

    @classmethod
    def open(cls, path: Path, busy_seconds: float = BUSY_SECONDS) -> Self:
        """Open or create a database as its only writer.

        Raises `StoreProblem` where another process writes, keeps it locked, or the disk is full;
        `InvalidInput` where the place cannot be written or holds something else.
        """
        with explain_files(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with explain_database(path):
            # Before anything is opened for writing: two writers would interleave their studies.
            lock = hold_writer_lock(path)
            try:
                store = cls(path, connect_to_write(path, busy_seconds), lock, busy_seconds)
            except BaseException:
                lock.close()
                raise
            try:
                if not check_is_ours(store.connection, path, may_be_new=True):
                    with store._transaction() as connection:
                        create_tables(connection)
                if is_behind(store.connection):
                    with store._transaction() as connection:
                        bring_up_to_date(connection)
            except BaseException:
                store.close()
                raise
        return store

    @classmethod
    def read_only(cls, path: Path) -> Self:
        """Open a database for reading."""
        return cls(path, connect_to_read(path))

    def close(self) -> None:
        """Fold the log into the database, as far as readers allow, and let go of it."""
        if self.lock is not None:
            with suppress(sqlite3.Error):
                # Who still reads is not waited for: the log is folded in by whoever closes last.
                self.connection.execute(f"PRAGMA busy_timeout = {LAST_WAIT_MS}")
                self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()
        if self.lock is not None:
            self.lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with explain_database(self.path):
            begin(self.connection, self.busy_seconds)
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                # A full disk may have rolled back already.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def add_sweep(
        self, sweep: Mapping[str, object], points: Iterable[tuple[Row, Sequence[Row]]]
    ) -> None:
        """Keep a sweep with its points, in one piece; what was known of an older sweep of its name
        goes, its runs stay.

        points: rows of `points`, each with its rows of `point_runs`.
        """
        with self._transaction() as connection:
            for table in ("points", "point_runs"):
                connection.execute(f'DELETE FROM "{table}" WHERE sweep = ?', (sweep["name"],))
            count = 0
            for point, runs in points:
                count += 1
                connection.execute(write_insert(BY_NAME["points"]), point)
                connection.executemany(write_insert(BY_NAME["point_runs"]), runs)
            (asked,) = connection.execute(
                "SELECT count(DISTINCT run) FROM point_runs WHERE sweep = ?", (sweep["name"],)
            ).fetchone()
            # Counted as stored: points come from an iterator, and may share runs.
            whole = {**sweep, "points": count, "runs": asked}
            connection.execute(
                write_insert(BY_NAME["sweeps"]),
                tuple(whole[name] for name in BY_NAME["sweeps"].names),
            )

    def count_sweep(self, name: str) -> dict[str, int]:
        """Count the runs of a sweep by status: done, failed and left."""
        # Points may share runs, such as those of the reference: each is counted once.
        counted = (
            "SELECT coalesce(runs.status, 'left'), count(*) FROM (SELECT DISTINCT run FROM"
            " point_runs WHERE sweep = ?) AS asked LEFT JOIN runs ON runs.key = asked.run GROUP"
            " BY 1"
        )
        return {"done": 0, "failed": 0, "left": 0} | {
            str(status): int(str(count)) for status, count in self.query(counted, (name,))
        }

    def add_scenarios(self, scenarios: Sequence[Scenario]) -> None:
        """Keep scenarios as they run.

        A changed scenario takes the place of an older one of its name in every view.
        """
        with self._transaction() as connection:
            # Replacing a row gives it the highest rowid, which makes it the newest of its name; the
            # newest is therefore left alone.
            newest = (
                "SELECT name, hash FROM scenarios WHERE rowid IN (SELECT max(rowid) FROM scenarios"
                " GROUP BY name)"
            )
            current = dict(connection.execute(newest))
            for scenario in (
                scenario for scenario in scenarios if current.get(scenario.name) != scenario.hash
            ):
                resolved = json.dumps(scenario.resolved(), indent=1, default=str)
                row = (
                    scenario.hash,
                    scenario.name,
                    scenario.title,
                    scenario.summary,
                    scenario.past_hash,
                    resolved,
                )
                connection.execute(write_insert(BY_NAME["scenarios"]), row)

    def add_plan(self, plan: Mapping[str, object]) -> None:
        """Keep what was asked for, so that progress can be told."""
        with self._transaction() as connection:
            row = tuple(plan.get(name) for name in BY_NAME["plans"].names)
            connection.execute(write_insert(BY_NAME["plans"]), row)

    def add_run(
        self, record: RunRecord, results: Results, code: Code, keep: str = "weekly"
    ) -> None:
        """Keep a finished run, whole or not at all."""
        # Made before the transaction, so that the database is locked for the writing alone.
        rows = list_rows(record.key, results, keep, record.rates)
        with self._transaction() as connection:
            self._forget(record.key)
            connection.execute(write_insert(BY_NAME["runs"]), _list_run(record, "done", keep, code))
            for table, values in rows.items():
                connection.executemany(write_insert(BY_NAME[table]), values)
            if keep == "weekly" and results.network is not None:
                self._keep_network(record, results.network)

    def _keep_network(self, record: RunRecord, network: Mapping[str, object]) -> None:
        """Keep the network of the lowest seed of a scenario, whatever the order in which its runs
        end.
        """
        known = (
            "SELECT networks.run, runs.seed FROM networks JOIN runs ON runs.key = networks.run"
            " WHERE runs.scenario = ? ORDER BY runs.seed, runs.draw_index"
        )
        kept = self.connection.execute(known, (record.scenario,)).fetchall()
        if kept and (kept[0][1], kept[0][0]) <= (record.seed, record.key):
            return
        self.connection.executemany(
            "DELETE FROM networks WHERE run = ?", [(run,) for run, _ in kept]
        )
        row = (
            record.key,
            json.dumps(network["residents"], separators=(",", ":")),
            json.dumps(network["ties"], separators=(",", ":")),
        )
        self.connection.execute(write_insert(BY_NAME["networks"]), row)

    def add_failure(
        self, record: RunRecord, failure: Failure, code: Code, keep: str = "weekly"
    ) -> None:
        """Keep a failed run and why it failed."""
        with self._transaction() as connection:
            self._forget(record.key)
            connection.execute(
                write_insert(BY_NAME["runs"]), _list_run(record, "failed", keep, code)
            )
            row = (
                record.key,
                failure.name,
                record.seed,
                failure.stage,
                failure.message,
                failure.traceback,
                failure.command,
            )
            connection.execute(write_insert(BY_NAME["failures"]), row)

    def _forget(self, key: str) -> None:
        (known,) = self.connection.execute(
            "SELECT count(*) FROM runs WHERE key = ?", (key,)
        ).fetchone()
        # Most runs are new: they need no deletions in every table.
        for table in PER_RUN if known else ():
            self.connection.execute(f'DELETE FROM "{table}" WHERE run = ?', (key,))

    def has(self, key: str, *, with_weeks: bool = False, failed_too: bool = False) -> bool:
        """Whether a run is stored: finished (with weekly rows if so asked), or failed where that
        counts too.
        """
        # A file that was cut off opens, and fails at the first row that it has lost.
        with explain_database(self.path):
            found = self.connection.execute(
                "SELECT status, keep FROM runs WHERE key = ?", (key,)
            ).fetchone()
        if found is None or found[0] == "failed":
            return found is not None and failed_too
        return not with_weeks or found[1] == "weekly"

    def keys(self, status: str, *, with_weeks: bool = False) -> set[str]:
        """Keys of runs by status, only those with weekly rows if so asked."""
        more = " AND keep = 'weekly'" if with_weeks else ""
        return {
            str(key)
            for (key,) in self.query(f"SELECT key FROM runs WHERE status = ?{more}", (status,))
        }

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Read rows."""
        with explain_database(self.path):
            return self.connection.execute(sql, tuple(parameters)).fetchall()

    def read(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, object]]:
        """Read rows as mappings."""
        with explain_database(self.path):
            cursor = self.connection.execute(sql, tuple(parameters))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def check_integrity(self) -> list[str]:
        """List what is wrong with the database; empty where nothing is."""
        return find_faults(self.query)


def _list_run(record: RunRecord, status: str, keep: str, code: Code) -> Row:
    versions = json.dumps(dict(code.versions), sort_keys=True)
    dirty = None if code.dirty is None else int(code.dirty)
    return (
        record.key,
        record.scenario,
        record.seed,
        record.draw,
        record.draw_index,
        status,
        keep,
        code.model_version,
        versions,
        code.commit,
        dirty,
        record.started,
        record.seconds,
    )
