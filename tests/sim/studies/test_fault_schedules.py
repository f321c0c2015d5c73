"""A crash at every write, sync, rename and message, and whatever else goes wrong there; taken up again, the numbers of an undisturbed study, exactly once.

Some hundred schedules in every run of the suite, ten thousand with `pytest -m slow tests/sim/studies/test_fault_schedules.py`.
A schedule that fails is printed as `KINWELL_SCHEDULE=… pytest tests/sim/studies/test_fault_schedules.py -k one_schedule`,
which repeats it alone. Real processes are killed in test_crash_safety.py.
"""

import json
import os
import random
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from fake_community import FakeScenario
from simulated_machine import MESSAGES, Crash, Machine, simulate

from sim.errors import KinwellError
from sim.provenance import Commit
from sim.store import Store
from sim.studies.running import results_folder, runner
from sim.studies.running.plan import Execution
from sim.studies.running.progress import Silence
from sim.studies.running.runner import run_scenarios

TOWNS = (FakeScenario("usual", horizon=2), FakeScenario("pilot", effect=2.0, horizon=2))
SEEDS = 3
RUNS = len(TOWNS) * SEEDS
SLOW = 10_000
FILE = "tests/sim/studies/test_fault_schedules.py"
FAULTS = 60
"""Kinds of fault by number: the machine takes them modulo those that fit an operation."""


@pytest.fixture
def place():
    """A folder in memory, where there is one."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def provenance(monkeypatch):
    """Nobody asks git or the list of packages ten thousand times."""
    monkeypatch.setattr(runner, "describe_commit", lambda: Commit(None, None, None))
    monkeypatch.setattr(runner, "collect_versions", dict)
    monkeypatch.setattr(results_folder, "describe_run", lambda *_: {})


def study(folder, workers):
    return run_scenarios(
        TOWNS,
        SEEDS,
        workers=workers,
        into=folder,
        execution=Execution(Silence(), "again", engine="fake_community"),
    )


def read(folder):
    with closing(sqlite3.connect(folder / "runs.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = ("summary", "weekly", "ledger", "subgroups", "decisions", "places")
        found = {
            name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for name in tables
        }
        runs = "SELECT key, scenario, seed, draw, status, keep FROM runs ORDER BY key"
        return found | {"runs": connection.execute(runs).fetchall()}


def count_done(folder):
    """Runs that are stored whole, of a folder that a crash left."""
    if not (folder / "runs.db").is_file():
        return 0
    with closing(sqlite3.connect(folder / "runs.db")) as connection:
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return 0
    with Store.read_only(folder / "runs.db") as store:
        assert store.check_integrity() == []
        return len(store.keys("done"))


class Trial:
    """Schedules on copies of one folder; how many operations a study has is counted undisturbed."""

    def __init__(self, place):
        self.place, self.number = place, 0
        with pytest.MonkeyPatch.context() as patch:
            machine = Machine(place / "calm")
            simulate(machine, patch)
            study(machine.root, 1)
        self.expected = read(place / "calm")
        assert len(self.expected["runs"]) == RUNS
        self.template = place / "template"
        with Store.open(self.template / "runs.db"):
            pass
        self.operations = {key: self.count(*key) for key in ((1, 0), (2, 0), (1, 1), (2, 1))}

    def prepare(self, fresh):
        self.number += 1
        root = self.place / f"{self.number}" / "out"
        root.parent.mkdir()
        if not fresh:
            shutil.copytree(self.template, root, ignore=shutil.ignore_patterns(".*"))
        return root

    def count(self, workers, fresh):
        machine = self.live(self.prepare(fresh), workers, 0, {})
        assert not machine.dead
        return machine.count

    def live(self, root, workers, seed, faults):
        """A study on a machine that fails; what the user would see is an error in words, or nothing."""
        machine = Machine(root, seed, faults)
        with pytest.MonkeyPatch.context() as patch:
            simulate(machine, patch)
            try:
                study(root, workers)
            except (Crash, KinwellError):
                pass
            finally:
                machine.close()
        return machine

    def check(self, workers, fresh, seed, faults):
        root = self.prepare(fresh)
        machine = self.live(root, workers, seed, faults)
        folder = machine.survivors if machine.survivors.exists() else root
        done = count_done(folder)
        made = study(folder, 1)
        assert done + made.new == RUNS
        assert made.failed == 0
        assert read(folder) == self.expected
        for name in ("manifest.json", "metadata.json"):
            json.loads((folder / name).read_text())
        shutil.rmtree(root.parent)

    def draw(self, seed):
        """What a seed means: one worker or two, a new folder or one with tables, one to three faults."""
        luck = random.Random(seed)
        workers, fresh = luck.choice((1, 2)), int(luck.random() < 0.1)
        faults = {
            luck.randrange(self.operations[workers, fresh]): luck.randrange(FAULTS)
            for _ in range(luck.choice((1, 1, 2, 3)))
        }
        return workers, fresh, seed, faults

    def check_all(self, schedules):
        for schedule in schedules:
            try:
                self.check(*schedule)
            except BaseException as error:
                given = [*schedule[:3], list(schedule[3].items())]
                spelled = json.dumps(given, separators=(",", ":"))
                error.add_note(
                    f"repeat: KINWELL_SCHEDULE='{spelled}' pytest {FILE} -k one_schedule"
                )
                raise


@pytest.fixture
def trial(place):
    return Trial(place)


def test_hundreds_of_schedules_of_faults_change_no_number(trial):
    trial.check_all(trial.draw(seed) for seed in range(250))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_schedules_of_faults_change_no_number(trial, request):
    if "slow" not in request.config.getoption("-m"):
        pytest.skip("ten thousand schedules: pytest -m slow")
    each = [
        (workers, fresh, number, {number: kind})
        for (workers, fresh), count in trial.operations.items()
        if not fresh
        for number in range(count)
        for kind in range(30)
        if kind % 5 == kind or kind % 6 == kind
    ]
    random_ones = (trial.draw(seed) for seed in range(1_000, 1_000 + max(SLOW - len(each), 2_000)))
    trial.check_all(each)
    trial.check_all(random_ones)


def test_one_schedule(trial):
    """The schedule that the environment names, else a crash before the first thing that is written."""
    given = json.loads(os.environ.get("KINWELL_SCHEDULE", "[1,0,0,[[0,0]]]"))
    trial.check(*given[:3], {int(number): int(kind) for number, kind in given[3]})


def test_a_machine_that_crashes_writes_nothing_any_more(trial):
    root = trial.prepare(fresh=0)
    machine = trial.live(root, 1, 0, {40: 0})
    assert machine.dead
    assert machine.count == 41
    assert 0 <= count_done(machine.survivors) < RUNS


def disturb_messages(trial, kind):
    """How many runs are stored after one fault, at each message in turn."""
    calm = trial.live(trial.prepare(fresh=0), 2, 0, {})
    messages = [number for number, did in enumerate(calm.did) if did == "message"]
    assert len(messages) >= RUNS
    for number in messages:
        root = trial.prepare(fresh=0)
        assert not trial.live(root, 2, 0, {number: MESSAGES.index(kind)}).dead
        yield count_done(root)


@pytest.mark.parametrize("kind", MESSAGES[1:])
def test_a_worker_that_dies_or_answers_twice_late_torn_or_never_costs_no_run(trial, kind):
    assert set(disturb_messages(trial, kind)) == {RUNS}


def test_a_store_that_writes_a_run_in_two_pieces_is_found_out(trial, monkeypatch):
    whole = Store.add_run

    def add_run(self, record, results, code, keep="weekly"):
        bare = replace(results, ledger=[])
        whole(self, record, bare, code, keep)
        whole(self, record, results, code, keep)

    monkeypatch.setattr(Store, "add_run", add_run)
    with pytest.raises(AssertionError):
        trial.check_all((1, 0, 0, {number: 0}) for number in range(20, 80))
