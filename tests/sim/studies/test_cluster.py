"""The same sweep through a Dask scheduler with workers in processes of their own: equal to the pool's bit for bit."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from fake_community import FakeScenario
from sweeps_of_the_stand_in import make_sweep

from sim.errors import InvalidInput, KinwellError
from sim.store import Store
from sim.studies.running.plan import Execution
from sim.studies.running.progress import Silence
from sim.studies.sweeps.sweep import run_sweep

pytest.importorskip("distributed")

HERE = Path(__file__).parent
DASK = "import sys; from dask.__main__ import main; sys.argv[0] = 'dask'; main()"


class Cluster:
    """A scheduler and two workers, each a process of its own, as on three machines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        paths = os.pathsep.join([str(HERE.parents[2]), str(HERE)])
        self.environment = {**os.environ, "PYTHONPATH": paths, "FAKE_LOG": str(folder / "log.txt")}
        self.file = folder / "scheduler.json"
        settings = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
        self.scheduler = self.start(
            "scheduler",
            "--port",
            "0",
            "--no-dashboard",
            "--scheduler-file",
            str(self.file),
            **settings,
        )
        self.address = self.read_address()
        self.workers = []
        for _ in range(2):
            self.add_worker()

    def read_address(self):
        """Where the scheduler listens; its file is not written in one piece."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with suppress(OSError, ValueError):
                return json.loads(self.file.read_text())["address"]
            time.sleep(0.05)
        pytest.fail("the scheduler did not start")

    def start(self, *words, **settings):
        return subprocess.Popen(
            [sys.executable, "-c", DASK, *words],
            env=self.environment | settings,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def add_worker(self):
        words = (
            "worker",
            self.address,
            "--nthreads",
            "1",
            "--no-dashboard",
            "--no-nanny",
            "--death-timeout",
            "30",
        )
        self.workers.append(
            self.start(*words, "--local-directory", str(self.folder / f"worker{len(self.workers)}"))
        )

    def close(self):
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.close()


def dump(path):
    tables = ("summary", "subgroups", "ledger", "decisions")
    with sqlite3.connect(path) as connection:
        return {
            table: sorted(map(repr, connection.execute(f"SELECT * FROM {table}")))
            for table in tables
        }


def live(sweep, into, workers=2, **options):
    return run_sweep(sweep, into, workers, Execution(Silence(), engine="fake_community", **options))


def kill_after(runs, folder, kill):
    """Kill something as soon as so many runs are stored."""

    def watch():
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with suppress(KinwellError), Store.read_only(folder / "runs.db") as store:
                if len(store.keys("done")) >= runs:
                    break
            time.sleep(0.02)
        kill()

    watcher = threading.Thread(target=watch)
    watcher.start()
    return watcher


def test_a_cluster_gives_the_same_bits_as_the_pool_with_a_worker_killed_on_the_way(
    cluster, tmp_path
):
    sweep = make_sweep(points=16, replicates=2, town=FakeScenario("pilot", seconds=0.03))
    pool = live(sweep, tmp_path / "pool")

    killer = kill_after(
        10, tmp_path / "far", lambda: os.kill(cluster.workers[0].pid, signal.SIGKILL)
    )
    far = live(sweep, tmp_path / "far", cluster=cluster.address)
    killer.join()
    assert cluster.workers[0].wait(10) == -signal.SIGKILL
    assert (far.done, far.failed) == (pool.done, pool.failed) == (64, 0)
    assert dump(far.database) == dump(pool.database)
    cluster.add_worker()


def test_failures_on_a_cluster_are_kept_as_they_are_here(cluster, tmp_path):
    made = live(
        make_sweep(points=4, town=FakeScenario("pilot", trouble="raise 2")),
        tmp_path / "out",
        cluster=cluster.address,
    )
    assert (made.done, made.failed) == (12, 4)
    with Store.read_only(made.database) as store:
        assert all(
            "fake_community.py" in str(row["traceback"])
            for row in store.read("SELECT * FROM failures")
        )


def test_an_address_where_nobody_answers_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.studies.running.cluster.CONNECT_SECONDS", 1.0)
    with pytest.raises(InvalidInput, match="nobody answers there"):
        live(make_sweep(), tmp_path / "out", cluster="tcp://127.0.0.1:9")


def test_workers_that_would_give_other_numbers_are_refused(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr("fake_community.MODEL_VERSION", 99)
    with pytest.raises(InvalidInput, match="would give other numbers: model 3 there, 99 here"):
        live(make_sweep(), tmp_path / "out", cluster=cluster.address)


def test_runs_that_kill_every_worker_fail_and_the_others_are_lived(tmp_path, tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("fragile"))
    try:
        for _ in range(3):
            cluster.add_worker()
        made = live(
            make_sweep(
                points=3,
                against=False,
                town=FakeScenario("pilot", trouble="die 2"),
                replicates=2,
                worlds=(),
            ),
            tmp_path / "out",
            cluster=cluster.address,
        )
    finally:
        cluster.close()
    with Store.read_only(made.database) as store:
        messages = {str(row["message"]) for row in store.read("SELECT * FROM failures")}
    assert made.failed >= 1
    assert messages == {
        "the workers that were at this run all died; they may have run out of memory"
    }


def test_a_lost_scheduler_ends_the_sweep_and_it_goes_on_here(tmp_path, tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("lost"))
    sweep = make_sweep(points=16, replicates=2, town=FakeScenario("pilot", seconds=0.05))
    killer = kill_after(5, tmp_path / "out", cluster.scheduler.kill)
    try:
        with pytest.raises(KinwellError, match="scheduler was lost"):
            live(sweep, tmp_path / "out", cluster=cluster.address)
    finally:
        cluster.close()
    killer.join()
    with Store.read_only(tmp_path / "out" / "runs.db") as store:
        before = len(store.keys("done"))
    made = live(sweep, tmp_path / "out")
    assert made.new == 64 - before
