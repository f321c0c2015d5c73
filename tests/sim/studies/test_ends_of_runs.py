"""How runs end and are judged later: presses, workers that die, times shared out, numbers that come back."""

import json
import math
from types import SimpleNamespace

import pytest
from fake_community import FakeScenario

from sim.errors import Interrupted
from sim.provenance import Commit
from sim.studies.running import verification, worker
from sim.studies.running.cluster import _explain as _explain_lost
from sim.studies.running.executors import ATTEMPTS, END_OF_TASK, Pool
from sim.studies.running.interrupt import Interruption
from sim.studies.running.verification import _distance, _explain, _is_usual
from sim.studies.running.worker import Failed, Task, run_task

ONE, TWO, THREE = (FakeScenario(name, past="a") for name in ("one", "two", "three"))


def press(requested, error=None):
    """What comes out of a study during which the program was or was not asked to end."""
    interruption = Interruption("kinwell run one")
    interruption.requested = requested
    try:
        interruption.__exit__(type(error) if error else None)
    except Interrupted as ended:
        return str(ended)
    return None


def test_a_press_ends_a_study_and_an_error_of_its_own_is_told_as_it_is():
    assert "kinwell run one" in press(True)
    assert "kinwell run one" in press(True, KeyboardInterrupt())
    assert press(True, ValueError("why")) is None
    assert press(False) is press(False, ValueError("why")) is None


def test_a_run_that_kills_two_workers_fails_and_those_behind_it_go_on():
    """A run is tried twice; a worker that dies at another run has not used up an attempt of this."""
    assert ATTEMPTS == 2
    pool, task = Pool(iter(()), 1), Task((ONE, TWO, THREE), 4)

    def die(task, finished):
        dead = SimpleNamespace(finished=finished, task=task)
        pool.workers.append(dead)
        told = list(pool._bury(dead, task, "it ended"))
        assert dead not in pool.workers
        return told, [[each.name for each in left.scenarios] for left in pool.waiting]

    assert die(task, 1) == ([], [["two", "three"]])
    assert die(pool.waiting.popleft(), 1) == ([], [["three"]])
    told, left = die(pool.waiting.popleft(), 0)
    failed = told[0][1]
    # Nothing was computed, so no time was spent on it.
    assert failed[:3] == (0, "worker", "it ended")
    assert failed.seconds == 0.0
    assert told[1][1] is END_OF_TASK
    assert left == []
    (told, *_), left = die(task, 1)
    assert isinstance(told[1], Failed)
    assert told[1].position == 1
    assert left == [["three"]]


def test_who_dies_after_the_last_run_has_ended_its_task():
    pool, task = Pool(iter(()), 1), Task((ONE, TWO), 4)
    dead = SimpleNamespace(finished=2, task=task)
    pool.workers.append(dead)
    assert list(pool._bury(dead, task, "it ended")) == [(task, END_OF_TASK)]
    assert not pool.waiting
    assert not pool.deaths


def test_a_run_that_a_cluster_gave_up_is_told_in_a_line_by_what_went_wrong():
    class KilledWorker(Exception):
        """What a scheduler says of a task that ended every worker it was given to."""

    told = {
        error: _explain_lost(error, 2)
        for error in (KilledWorker("at 1"), ZeroDivisionError("a\nb"), ImportError("c"))
    }
    assert [each.message for each in told.values()] == [
        "the workers that were at this run all died; they may have run out of memory",
        "ZeroDivisionError: a",
        "ImportError: c",
    ]
    assert {(each.position, each.stage, each.seconds) for each in told.values()} == {
        (2, "worker", 0.0)
    }


def tell_times(monkeypatch, *times):
    given = iter(times)
    monkeypatch.setattr(worker, "time", SimpleNamespace(perf_counter=lambda: next(given)))


def test_the_time_of_a_common_past_is_shared_out(monkeypatch):
    """Six seconds of burn-in for three; then they take one, two and four seconds of their own."""
    tell_times(monkeypatch, 100.0, 106.0, 200.0, 201.0, 300.0, 302.0, 400.0, 404.0)
    found = [item.seconds for item in run_task(Task((ONE, TWO, THREE), 1, engine="fake_community"))]
    assert found == [3.0, 4.0, 6.0]


def test_the_first_scenario_goes_on_with_the_town_that_lived_and_others_with_a_copy(monkeypatch):
    import fake_community

    resumed, resume = [], fake_community.Community.resume
    monkeypatch.setattr(
        fake_community.Community,
        "resume",
        lambda scenario, past: resumed.append(scenario.name) or resume(scenario, past),
    )
    alone = [
        item.results.summary
        for each in (ONE, TWO, THREE)
        for item in run_task(Task((each,), 1, engine="fake_community"))
    ]
    assert resumed == []
    together = run_task(Task((ONE, TWO, THREE), 1, engine="fake_community"))
    assert [item.results.summary for item in together] == alone
    assert resumed == ["two", "three"]


def test_the_time_of_a_past_that_fails_is_shared_out_too(monkeypatch):
    broken = FakeScenario("broken", trouble="building", past="a")
    tell_times(monkeypatch, 100.0, 106.0)
    found = list(run_task(Task((broken, ONE, TWO), 1, engine="fake_community")))
    assert [item[:3] for item in found] == [
        (place, "burn-in", "ValueError: cannot build this town") for place in range(3)
    ]
    assert [item.seconds for item in found] == [2.0, 2.0, 2.0]


def test_a_past_that_cannot_be_left_for_others_is_made_by_each_and_nothing_is_left_behind(
    tmp_path, monkeypatch
):
    shared = tmp_path / "town"
    task = Task((ONE, TWO), 1, engine="fake_community", shared=str(shared))
    first = [item.results.summary for item in run_task(task)]
    assert [each.name for each in tmp_path.iterdir()] == ["town"]
    assert [item.results.summary for item in run_task(task)] == first
    shared.unlink()

    def fill(*_):
        raise OSError(28, "the disk is full")

    monkeypatch.setattr(type(shared), "replace", fill)
    assert [item.results.summary for item in run_task(task)] == first
    assert not list(tmp_path.iterdir())


def test_how_far_a_number_moved_is_a_share_of_the_larger():
    assert _distance(100.0, 75.0) == _distance(75.0, 100.0) == 0.25
    assert _distance(-100.0, 100.0) == 2.0
    assert _distance(0.0, 0.0) == _distance(None, math.nan) == 0.0
    assert _distance(None, 1.0) == _distance(1.0, math.nan) == math.inf


def test_a_number_is_usual_that_moved_no_more_than_seeds_differ():
    """Three seeds with a deviation of 1: two of them differ by √2, and four times that is usual."""
    runs = [{"cost": value} for value in (9.0, None, 10.0, 11.0)]
    edge = 4 * math.sqrt(2)
    assert _is_usual("cost", 10.0, 10.0 + 0.999 * edge, runs)
    assert _is_usual("cost", 10.0, 10.0 - 0.999 * edge, runs)
    assert not _is_usual("cost", 10.0, 10.0 + 1.001 * edge, runs)
    # Two seeds are too few to say, rounding never counts, and a number that is gone always does.
    assert not _is_usual("cost", 10.0, 10.1, runs[:3])
    assert _is_usual("cost", 10.0, 10.0 + 1e-9, runs[:3])
    assert not _is_usual("cost", None, 10.0, runs)


@pytest.mark.parametrize("of", ["model", "commit", "then", "now"])
def test_a_difference_is_explained_by_what_changed(monkeypatch, of):
    now = Commit("b" * 40 if of == "commit" else "a" * 40, of == "now", None)
    monkeypatch.setattr(verification, "describe_commit", lambda: now)
    monkeypatch.setattr(verification, "collect_versions", lambda: {"numpy": "2.0"})
    row = {
        "model_version": "2" if of == "model" else "3",
        "versions": json.dumps({"numpy": "2.0"}),
        "commit": "a" * 40,
        "dirty": int(of == "then"),
    }
    told = {
        "model": "model version 2 then, 3 now",
        "commit": "commit aaaaaaaaaa then, bbbbbbbbbb now",
    }
    changed = "the checkout had changes that no commit holds"
    assert list(_explain(row, "fake_community")) == [told.get(of, changed)]


def test_packages_that_came_or_went_are_named(monkeypatch):
    monkeypatch.setattr(verification, "describe_commit", lambda: Commit(None, None, None))
    monkeypatch.setattr(verification, "collect_versions", lambda: {"numpy": "2.0", "mesa": "3"})
    row = {"model_version": "3", "versions": '{"numpy": "1.9", "scipy": "1"}'}
    assert list(_explain(row | {"commit": None, "dirty": None}, "fake_community")) == [
        "mesa absent then, 3 now",
        "numpy 1.9 then, 2.0 now",
        "scipy 1 then, absent now",
    ]
