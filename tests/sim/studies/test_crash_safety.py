"""A sweep of 200 runs is killed at random moments and taken up again: every run exactly once, the same numbers.

Three moments, one of each kind, in every run of the suite; thirty with `pytest -m slow tests/sim/studies/test_crash_safety.py`.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from fake_community import FakeScenario
from sweeps_of_the_stand_in import WORLD, make_sweep

from sim.errors import KinwellError
from sim.scenario.designs.factors import Lever
from sim.store import Store
from sim.studies.running.plan import Execution
from sim.studies.running.progress import Silence
from sim.studies.sweeps.sweep import run_sweep

RUNS = 200
SCRIPT = """
import sys
from sim.errors import KinwellError
from sim.studies.running.progress import Silence
from sim.studies.running.plan import Execution
from sim.studies.sweeps.sweep import run_sweep
from test_crash_safety import the_sweep
try:
    made = run_sweep(the_sweep(), sys.argv[1], 2, Execution(Silence(), "kinwell sweep again", engine="fake_community"))
    print(made.new)
except KinwellError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""
MODES = ("parent", "worker", "all")


def the_sweep():
    levers = (Lever("effect", values=(0.0, 1.5, 2.0)),)
    return make_sweep(
        "grid",
        replicates=5,
        levers=levers,
        worlds=WORLD[:1],
        levels=10,
        town=FakeScenario("pilot", seconds=0.008),
    )


def start(directory, environment):
    script = directory.parent / "study.py"
    script.write_text(SCRIPT)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, str(script), str(directory)],
        env=environment,
        text=True,
        start_new_session=True,
        **pipes,
    )


def list_workers(pid):
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return [int(line.split()[0]) for line in found.splitlines() if "spawn_main" in line]


def read(directory):
    with sqlite3.connect(directory / "runs.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return sorted(
            connection.execute(
                "SELECT summary.*, runs.seed, runs.draw FROM runs LEFT JOIN summary ON summary.run = runs.key"
            )
        )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The numbers of the sweep in one process, without any disturbance."""
    place = tmp_path_factory.mktemp("calm")
    run_sweep(the_sweep(), place / "out", 1, Execution(Silence(), engine="fake_community"))
    numbers = read(place / "out")
    assert len(numbers) == RUNS
    return numbers


def kill_after(study, directory, mode, runs, wait):
    """Kill a moment after so many runs were stored."""
    end = time.monotonic() + 60
    while study.poll() is None and count_done(directory) < runs and time.monotonic() < end:
        time.sleep(0.002)
    time.sleep(wait)
    if mode == "worker":
        for worker in list_workers(study.pid)[:1]:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
    elif mode == "parent":
        study.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(study.pid, signal.SIGKILL)


def count_done(directory):
    with suppress(KinwellError), Store.read_only(directory / "runs.db") as store:
        return len(store.keys("done"))
    return 0


def disturb(directory, environment, undisturbed, runs, wait, mode):
    """Kill, take up again, and compare; gives how many runs were stored when all was still."""
    study = start(directory, environment)
    kill_after(study, directory, mode, runs, wait)
    _, said = study.communicate(timeout=120)
    assert mode != "worker" or study.returncode == 0, said
    stored = count_done(directory)
    again = start(directory, environment)
    new, said = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert int(new) == RUNS - stored
    assert read(directory) == undisturbed
    return stored


def live_through(tmp_path, environment, undisturbed, moments):
    """Disturb a fresh sweep at each moment; every mode meets early, middle and late ones, where exactly is up to chance."""
    luck, stored = random.Random(), []
    rounds = moments // len(MODES)
    for number in range(moments):
        place = tmp_path / f"moment-{number}"
        place.mkdir()
        runs = int((number // len(MODES) + luck.random()) / rounds * (RUNS - 15))
        stored.append(
            disturb(
                place / "out",
                environment,
                undisturbed,
                runs,
                luck.random() * 0.03,
                MODES[number % len(MODES)],
            )
        )
    return stored


def test_a_sweep_killed_at_three_moments_ends_as_if_undisturbed(tmp_path, environment, undisturbed):
    stored = live_through(tmp_path, environment, undisturbed, 3)
    assert any(0 < each < RUNS for each in stored)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_sweep_killed_at_thirty_moments_ends_as_if_undisturbed(
    tmp_path, environment, undisturbed, request
):
    if "slow" not in request.config.getoption("-m"):
        pytest.skip("thirty moments: pytest -m slow")
    stored = live_through(tmp_path, environment, undisturbed, 30)
    assert len({each for each in stored if 0 < each < RUNS}) >= 10


def test_a_second_sweep_on_the_same_database_is_turned_away(tmp_path, environment, undisturbed):
    first, second = start(tmp_path / "out", environment), start(tmp_path / "out", environment)
    ends = sorted((study.communicate(timeout=120), study.returncode) for study in (first, second))
    codes = sorted(code for _, code in ends)
    assert codes in ([0, 1], [0, 0])
    assert codes == [0, 0] or any(
        "another kinwell is writing here" in said for (_, said), code in ends if code == 1
    )
    assert read(tmp_path / "out") == undisturbed


def test_a_reader_that_holds_the_database_stops_nobody(tmp_path, environment, undisturbed):
    study = start(tmp_path / "out", environment)
    end = time.monotonic() + 60
    while count_done(tmp_path / "out") < 3 and time.monotonic() < end:
        time.sleep(0.01)
    with sqlite3.connect(tmp_path / "out" / "runs.db", isolation_level=None) as reader:
        reader.execute("BEGIN")
        seen = reader.execute("SELECT count(*) FROM runs").fetchone()
        _, said = study.communicate(timeout=120)
        assert study.returncode == 0, said
        assert reader.execute("SELECT count(*) FROM runs").fetchone() == seen
        reader.execute("ROLLBACK")
    assert read(tmp_path / "out") == undisturbed


def test_runs_out_of_memory_fail_and_the_others_go_on(tmp_path):
    town = FakeScenario("pilot", effect=1.0, trouble="memory 2")
    made = run_sweep(
        make_sweep(points=3, against=False, town=town, replicates=3),
        tmp_path / "out",
        2,
        Execution(Silence(), engine="fake_community"),
    )
    assert (made.done, made.failed) == (6, 3)
    with Store.read_only(made.database) as store:
        assert {str(row["message"]) for row in store.read("SELECT * FROM failures")} == {
            "MemoryError: no memory left for this town"
        }


@pytest.mark.usefixtures("log")
def test_a_worker_that_the_system_kills_for_its_memory_fails_alone(tmp_path):
    town = FakeScenario("pilot", effect=1.0, trouble="die 2")
    made = run_sweep(
        make_sweep(points=2, against=False, town=town),
        tmp_path / "out",
        2,
        Execution(Silence(), engine="fake_community"),
    )
    assert (made.done, made.failed) == (2, 2)
    with Store.read_only(made.database) as store:
        assert all(
            "out of memory" in str(row["message"]) for row in store.read("SELECT * FROM failures")
        )


def test_a_full_disk_and_a_read_only_one_have_their_clear_ends(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    ).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        sweep = make_sweep("grid", replicates=20, levels=10, worlds=WORLD[:1], levers=())
        with pytest.raises(KinwellError, match="the disk is full") as caught:
            run_sweep(sweep, disk / "out", 1, Execution(Silence(), engine="fake_community"))
        assert caught.value.exit_code == 1
        stored = count_done(disk / "out")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(KinwellError, match="cannot write here") as caught:
            run_sweep(sweep, disk / "out", 1, Execution(Silence(), engine="fake_community"))
        assert caught.value.exit_code == 2
        subprocess.run(["mount", "-o", "remount,rw,size=40m", str(disk)], check=True)
        made = run_sweep(sweep, disk / "out", 1, Execution(Silence(), engine="fake_community"))
        assert made.new == made.done - stored == 400 - stored
    finally:
        subprocess.run(["umount", str(disk)], check=True)
