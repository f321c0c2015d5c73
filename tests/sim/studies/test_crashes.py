"""Whatever ends a study, the same command takes it up again and every run is there exactly once."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from fake_community import FakeScenario

from sim.errors import Interrupted, KinwellError, StoreProblem
from sim.store import Store
from sim.studies.running.interrupt import Interruption
from sim.studies.running.plan import Execution
from sim.studies.running.progress import Silence
from sim.studies.running.runner import run_scenarios

REPLICATES = 12
SCRIPT = f"""
import sys
from fake_community import FakeScenario
from sim.errors import KinwellError
from sim.studies.running.plan import Execution
from sim.studies.running.runner import run_scenarios
towns = [FakeScenario("baseline", seconds=0.05), FakeScenario("pilot", effect=1.0, seconds=0.05)]
try:
    run_scenarios(towns, {REPLICATES}, 1, int(sys.argv[2]), sys.argv[1], execution=Execution(command="kinwell run again", engine="fake_community"))
except KinwellError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


def start(directory, environment, workers=2, source=SCRIPT):
    """Start a study as somebody's unguarded script, in a session of its own as a terminal would."""
    script = directory.parent / "study.py"
    script.write_text(source)
    return subprocess.Popen(
        [sys.executable, str(script), str(directory), str(workers)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_runs(directory, count):
    database = directory / "runs.db"
    end = time.monotonic() + 180
    while time.monotonic() < end:
        if database.exists():
            with suppress(KinwellError), Store.read_only(database) as store:
                if store.query("SELECT count(*) FROM runs")[0][0] >= count:
                    return
        time.sleep(0.01)
    pytest.fail("the study stored nothing")


def read(directory):
    with sqlite3.connect(directory / "runs.db") as connection:
        return sorted(
            connection.execute(
                "SELECT summary.* FROM summary JOIN runs ON runs.key = summary.run WHERE status = 'done'"
            )
        )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    directory = tmp_path_factory.mktemp("calm") / "out"
    towns = [
        FakeScenario("baseline", seconds=0.05),
        FakeScenario("pilot", effect=1.0, seconds=0.05),
    ]
    run_scenarios(
        towns,
        REPLICATES,
        1,
        1,
        directory,
        execution=Execution(progress=Silence(), engine="fake_community"),
    )
    return read(directory)


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def list_children(pid):
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return [int(word) for word in found.split()]


@pytest.mark.parametrize("runs_before", [1, 9])
def test_a_killed_study_goes_on_where_it_stopped(tmp_path, environment, undisturbed, runs_before):
    study = start(tmp_path / "out", environment)
    wait_for_runs(tmp_path / "out", runs_before)
    workers = list_children(study.pid)
    study.kill()
    study.wait()
    end = time.monotonic() + 5
    while any(map(is_alive, workers)) and time.monotonic() < end:
        time.sleep(0.02)
    assert not any(map(is_alive, workers))
    with Store.open(tmp_path / "out" / "runs.db") as store:
        assert store.check_integrity() == []
        assert 0 < len(store.keys("done")) < 2 * REPLICATES
    assert start(tmp_path / "out", environment).wait() == 0
    assert read(tmp_path / "out") == undisturbed


def test_a_worker_killed_from_outside_is_replaced(tmp_path, environment, undisturbed):
    study = start(tmp_path / "out", environment)
    wait_for_runs(tmp_path / "out", 3)
    for worker in list_children(study.pid)[:1]:
        os.kill(worker, signal.SIGKILL)
    assert study.wait() == 0
    assert read(tmp_path / "out") == undisturbed


BUSY = """
import ctypes, os, sys
from multiprocessing import get_context
from sim.studies.processes import end_with_parent

def work(pipe):
    end_with_parent()
    pipe.send(os.getpid())
    ctypes.PyDLL(None).sleep(60)  # with Python's lock held, as compiling does

if __name__ == "__main__":
    ours, theirs = get_context("spawn").Pipe()
    get_context("spawn").Process(target=work, args=(theirs,), daemon=True).start()
    print(ours.recv(), flush=True)
    ctypes.PyDLL(None).sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "O_ASYNC"), reason="only where a kernel tells")
def test_a_worker_that_holds_pythons_lock_ends_with_its_parent(tmp_path, environment):
    study = start(tmp_path / "out", environment, source=BUSY)
    worker = int(study.stdout.readline())
    assert is_alive(worker)
    study.kill()
    study.wait()
    end = time.monotonic() + 5
    while is_alive(worker) and time.monotonic() < end:
        time.sleep(0.02)
    assert not is_alive(worker)


@pytest.mark.parametrize(
    ("workers", "number", "to"),
    [
        (1, signal.SIGINT, os.killpg),
        (2, signal.SIGINT, os.killpg),
        (2, signal.SIGTERM, os.killpg),
        (1, signal.SIGTERM, os.kill),
        (2, signal.SIGHUP, os.killpg),
    ],
    ids=["Ctrl-C", "Ctrl-C, 2 workers", "SIGTERM to all", "SIGTERM", "a closed terminal"],
)
def test_one_press_keeps_what_is_finished(tmp_path, environment, undisturbed, workers, number, to):
    study = start(tmp_path / "out", environment, workers)
    wait_for_runs(tmp_path / "out", 4)
    to(study.pid, number)
    _, said = study.communicate(timeout=30)
    assert study.returncode == 130
    assert "Go on with: kinwell run again" in said
    assert "Traceback" not in said
    assert 4 <= len(read(tmp_path / "out")) < 2 * REPLICATES
    assert start(tmp_path / "out", environment, workers).wait() == 0
    assert read(tmp_path / "out") == undisturbed


def test_a_study_started_to_outlive_its_terminal_does(tmp_path, environment, undisturbed):
    """As `nohup` starts it; its workers inherit what it ignores."""
    begin = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    study = start(tmp_path / "out", environment, 2, source=begin + SCRIPT)
    for runs in (2, 8):
        wait_for_runs(tmp_path / "out", runs)
        os.killpg(study.pid, signal.SIGHUP)
    _, said = study.communicate(timeout=60)
    assert study.returncode == 0, said
    assert read(tmp_path / "out") == undisturbed


PROGRAM = """
import sys
from fake_community import FakeScenario
from pathlib import Path
import sim.cli.running
from sim.cli import main
from sim.scenario.files.yaml_document import Document
from sim.scenario.library import Loaded
from sim.studies.running.plan import Execution
def pretend(name):
    town = FakeScenario(name, effect=float(name == "pilot"), seconds=0.05)
    return Loaded(town, Document({}, {}, {}), Path(name))
sim.cli.running._compile_once = lambda: None
sim.cli.running.read_scenario = pretend
Execution.__init__.__defaults__ = (*Execution.__init__.__defaults__[:-1], "fake_community")
sys.argv[:] = ["kinwell", "run", "baseline", "pilot", "-n", "12", "-j", sys.argv[2], "-o", sys.argv[1]]
main()
"""


def press_twice(study, distance):
    """Press Ctrl-C, and again after some seconds, unless the study has ended by then; gives what was said."""
    for wait in (distance, 0.0):
        with suppress(ProcessLookupError):
            os.killpg(study.pid, signal.SIGINT)
        time.sleep(wait)
    said = "".join(study.communicate(timeout=30))
    assert study.returncode == 130, said
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    return said


@pytest.mark.parametrize(
    ("source", "workers"), [(SCRIPT, 1), (PROGRAM, 2)], ids=["script-1", "program-2"]
)
def test_two_presses_end_at_once_and_harm_nothing(
    tmp_path, environment, undisturbed, source, workers
):
    """The second press meets the answer to the first, the closing of the store, or the end of the program."""
    stored = 0
    for distance in (0.0, 0.1, 0.3):
        study = start(tmp_path / "out", environment, workers, source)
        wait_for_runs(tmp_path / "out", stored + 2)
        press_twice(study, distance)
        stored = len(read(tmp_path / "out"))
    assert start(tmp_path / "out", environment, workers, source).wait() == 0
    assert read(tmp_path / "out") == undisturbed


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("source", [SCRIPT, PROGRAM], ids=["script", "program"])
def test_two_presses_at_a_hundred_distances_end_at_once(tmp_path, environment, source, request):
    if "slow" not in request.config.getoption("-m"):
        pytest.skip("a hundred distances: pytest -m slow")
    for number in range(100):
        place = tmp_path / str(number)
        place.mkdir()
        study = start(place / "out", environment, 1 + number % 2, source)
        wait_for_runs(place / "out", number % 3)
        press_twice(study, random.Random(number).random() / 2)
        assert len(read(place / "out")) <= 2 * REPLICATES


def press():
    os.kill(os.getpid(), signal.SIGINT)


def interrupt(what):
    """Press once inside a study that then does something."""
    with Interruption("once more") as interruption:
        press()
        assert interruption.requested
        what(interruption)


@pytest.fixture
def meant():
    """What Ctrl-C means before and after, whatever an earlier test of this worker left behind."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def begin_more(interruption):
    with interruption.in_model():
        pytest.fail("nothing is begun after a press")


@pytest.mark.parametrize("what", [lambda _: None, begin_more], ids=["nothing more", "more"])
def test_a_press_ends_what_it_meets_and_later_means_what_it_meant(meant, what):
    with pytest.raises(Interrupted, match="Go on with: once more"):
        interrupt(what)
    leaving = signal.getsignal(signal.SIGINT)
    assert leaving is not meant
    leaving.until = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        press()
    assert signal.getsignal(signal.SIGINT) is meant


@pytest.mark.usefixtures("meant")
def test_what_went_wrong_by_itself_is_told_before_a_press():
    def fail(_):
        raise StoreProblem("the disk is full")

    with pytest.raises(StoreProblem, match="the disk is full"):
        interrupt(fail)


def test_a_second_study_on_the_same_database_is_turned_away(tmp_path, environment):
    study = start(tmp_path / "out", environment)
    wait_for_runs(tmp_path / "out", 1)
    os.killpg(study.pid, signal.SIGSTOP)  # or a slow machine ends it before the other begins
    other = start(tmp_path / "out", environment)
    _, said = other.communicate(timeout=60)
    os.killpg(study.pid, signal.SIGCONT)
    assert other.returncode == 1
    assert "another kinwell is writing here" in said
    assert "Traceback" not in said
    study.communicate(timeout=60)
    assert study.returncode == 0
    assert len(read(tmp_path / "out")) == 2 * REPLICATES


def test_two_presses_also_end_what_waits_for_a_lock(tmp_path, environment):
    study = start(tmp_path / "out", environment)
    wait_for_runs(tmp_path / "out", 2)
    with closing(sqlite3.connect(tmp_path / "out" / "runs.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(0.5)
        begun = time.monotonic()
        press_twice(study, 0.3)
        assert time.monotonic() - begun < 15  # the lock alone is waited for twice as long
        other.execute("ROLLBACK")


def test_a_full_disk_ends_clearly_and_the_rest_goes_on_later(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    ).returncode:
        pytest.skip("no disk can be mounted here")
    towns = [FakeScenario("baseline", horizon=156)]
    try:
        with pytest.raises(StoreProblem, match="the disk is full"):
            run_scenarios(
                towns,
                40,
                1,
                1,
                disk / "out",
                execution=Execution(progress=Silence(), engine="fake_community"),
            )
        with Store.read_only(disk / "out" / "runs.db") as store:
            stored = store.keys("done")
            assert store.check_integrity() == []
        subprocess.run(["mount", "-o", "remount,size=30m", str(disk)], check=True)
        made = run_scenarios(
            towns,
            40,
            1,
            1,
            disk / "out",
            execution=Execution(progress=Silence(), engine="fake_community"),
        )
        assert made.new == 40 - len(stored)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_cannot_be_written_is_wrong_input(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100k,ro", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    ).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        with pytest.raises(Exception, match="cannot write here") as caught:
            run_scenarios(
                [FakeScenario("baseline")],
                2,
                1,
                1,
                disk / "out",
                execution=Execution(progress=Silence(), engine="fake_community"),
            )
        assert caught.value.exit_code == 2
    finally:
        subprocess.run(["umount", str(disk)], check=True)
