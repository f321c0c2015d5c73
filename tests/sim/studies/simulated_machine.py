"""A machine on which anything goes wrong when it is told to: disk, clock, processes; the same seed, the same faults.

Every write, sync, rename and message is numbered. A crash copies what is on the disk to `survivors` at that moment, and
nothing is written any more, whatever the code does on its way out: that is what a power cut leaves.
"""

import errno
import itertools
import pickle
import random
import shutil
import sqlite3
import types
from pathlib import Path

from sim.studies.running import executors
from sim.studies.running.worker import run_task

DISK = ("crash before", "crash after", "crash torn", "full", "interrupted")
MESSAGES = ("crash before", "dies", "torn", "twice", "late", "silent")
READS = (
    "SELECT",
    "PRAGMA table_info",
    "PRAGMA user_version",
    "PRAGMA application_id",
    "PRAGMA integrity",
    "PRAGMA busy",
)


class Crash(BaseException):
    """The power is gone."""


class Machine:
    """faults: what goes wrong at which numbered operation; a kind that does not fit the operation is taken as its like."""

    def __init__(self, root, seed=0, faults=None):
        self.root, self.survivors = Path(root), Path(f"{root}-after")
        self.luck, self.faults = random.Random(seed), faults or {}
        self.count, self.now, self.dead, self.did = 0, 0.0, False, []
        self.pipes, self.connections = {}, []
        self.files = itertools.count(10)

    def next_fault(self, kinds, label):
        if self.dead:
            raise Crash
        fault = self.faults.get(self.count)
        self.did.append(label)
        self.count += 1
        return None if fault is None else kinds[fault % len(kinds)]

    def crash(self, *, torn=False):
        self.dead = True
        shutil.copytree(
            self.root, self.survivors, ignore=shutil.ignore_patterns("*-shm", ".*.lock*")
        )
        for log in self.survivors.rglob("*-wal") if torn else ():
            tear(log, self.luck)
        raise Crash

    def perform(self, label, act, tear_it, refuse):
        """Do one thing with the disk, or half of it, or nothing."""
        fault = self.next_fault(DISK, label)
        if fault == "crash before":
            self.crash()
        if fault == "full":
            tear_it()
            refuse(errno.ENOSPC)
        if fault == "interrupted":
            refuse(errno.EINTR)
        if fault == "crash torn":
            tear_it()
            self.crash(torn=True)
        done = act()
        if fault == "crash after":
            self.crash()
        return done

    def wait(self, numbers, timeout):
        """Pipes with something to read, in any order; time passes, and faster while nothing happens."""
        ready = [number for number in numbers if self.pipes[number].queue]
        self.luck.shuffle(ready)
        chosen = []
        for number in ready[: self.luck.randint(1, 2)]:
            fault = self.next_fault(MESSAGES, "message")
            if fault == "crash before":
                self.crash()
            pipe = self.pipes[number]
            if fault == "silent":
                pipe.queue.clear()
            elif fault == "late":
                pipe.held.append(pipe.queue.pop(0))
            else:
                pipe.fault = fault
                chosen.append(number)
        self.now += 0.1 if chosen else max(timeout, 60.0)
        return chosen

    def close(self):
        for connection in self.connections:
            connection.close()
        self.connections.clear()


def tear(log, luck):
    """Leave a part of a log that was not synced: cut off, or with a sector of rubbish in it."""
    size = log.stat().st_size
    if not size:
        return
    at = luck.randrange(size)
    with log.open("r+b") as file:
        if luck.random() < 0.5:
            file.truncate(at)
        else:
            file.seek(at)
            file.write(luck.randbytes(min(512, size - at)))


class Pipe:
    """What a worker wrote and nobody has read yet; held: answers that come after those to the next task."""

    def __init__(self, machine):
        self.machine, self.number = machine, next(machine.files)
        self.queue, self.held, self.fault = [], [], None
        machine.pipes[self.number] = self

    def fileno(self):
        return self.number

    def send(self, message):
        number, task = message
        answers = [(number, item) for item in run_task(task)]
        self.queue += [*self.held, *answers, (number, executors.END_OF_TASK)]
        self.held = []

    def recv(self):
        if self.fault == "dies":
            self.queue.clear()
            raise EOFError
        message = self.queue.pop(0)
        if self.fault == "torn":
            raise pickle.UnpicklingError
        if self.fault == "twice":
            self.queue.insert(self.machine.luck.randint(0, len(self.queue)), message)
        self.fault = None
        return message


def make_worker(machine):
    class Worker(executors.Worker):
        def __init__(self):
            self.pipe, self.process = Pipe(machine), types.SimpleNamespace(exitcode=None)
            self.task, self.finished, self.number, self.heard = None, 0, 0, machine.now

        def end(self):
            self.process.exitcode = -9
            self.pipe.queue.clear()

    return Worker


def make_sqlite(machine):
    """The module `sqlite3`, whose connections ask the machine first."""

    class Connection(sqlite3.Connection):
        def execute(self, sql, *rest):
            run = super().execute
            if sql.startswith(READS):
                if machine.dead:
                    raise Crash
                return run(sql, *rest)
            return machine.perform(sql[:12], lambda: run(sql, *rest), lambda: None, self.refuse)

        def executemany(self, sql, rows):
            run, rows = super().executemany, list(rows)
            half = rows[: machine.luck.randint(0, len(rows))]
            return machine.perform(
                sql[:12], lambda: run(sql, rows), lambda: run(sql, half), self.refuse
            )

        def refuse(self, number):
            if number == errno.ENOSPC:
                if self.in_transaction and machine.luck.random() < 0.5:
                    super().execute("ROLLBACK")  # as SQLite does by itself, sometimes
                raise sqlite3.OperationalError("database or disk is full")
            raise sqlite3.OperationalError("disk I/O error")

    def connect(*given, **named):
        made = sqlite3.connect(*given, **named, factory=Connection)
        machine.connections.append(made)
        return made

    return types.SimpleNamespace(**{**vars(sqlite3), "connect": connect})


def simulate(machine, monkeypatch):
    """Put the machine in the place of the real one."""
    from sim.store import connection

    def of_ours(path):
        return path.is_relative_to(machine.root)

    def wrap(name, half):
        plain = getattr(Path, name)

        def wrapped(self, *given, **named):
            if not of_ours(self):
                return plain(self, *given, **named)

            def refuse(number):
                raise OSError(number, "simulated")

            return machine.perform(
                name,
                lambda: plain(self, *given, **named),
                lambda: half(plain, self, *given),
                refuse,
            )

        monkeypatch.setattr(Path, name, wrapped)

    def write_half(_, path, data):
        with path.open("wb") as file:
            whole = data.encode() if isinstance(data, str) else data
            file.write(whole[: machine.luck.randint(0, len(whole))])

    wrap("write_text", write_half)
    wrap("write_bytes", write_half)
    wrap("replace", lambda *_: None)
    wrap("unlink", lambda *_: None)
    monkeypatch.setattr(connection, "sqlite3", make_sqlite(machine))
    monkeypatch.setattr(executors, "Worker", make_worker(machine))
    monkeypatch.setattr(executors, "connection", types.SimpleNamespace(wait=machine.wait))
    monkeypatch.setattr(executors, "time", types.SimpleNamespace(monotonic=lambda: machine.now))
