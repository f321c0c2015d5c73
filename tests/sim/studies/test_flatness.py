"""What a study costs the parent: memory that does not grow with runs, and a few milliseconds for each."""

import functools
import gc
import tracemalloc

import pytest
from fake_community import FakeScenario
from sweeps_of_the_stand_in import make_sweep

from sim.studies.running.plan import Execution
from sim.studies.running.progress import Silence
from sim.studies.running.runner import run_scenarios
from sim.studies.sweeps.sweep import run_sweep


class Watch(Silence):
    """Notes what the parent holds after some of its runs; what Python keeps for later use does not count."""

    def __init__(self, *moments):
        super().__init__()
        self.moments, self.held = moments, []

    def advance(self, *, failed=False):
        super().advance(failed=failed)
        if self.ended in self.moments:
            gc.collect()
            self.held.append(tracemalloc.get_traced_memory()[0])


KEY, RESULTS = 81, 10_000
"""Bytes of a run's key, and of its results or more."""


# What workers hand over at the moment makes a difference of one run's results or two.
@pytest.mark.parametrize(("workers", "at_most"), [(1, KEY * 220), (2, RESULTS * 22)])
def test_the_parent_holds_no_more_after_many_runs_than_after_few(tmp_path, workers, at_most):
    watch = Watch(60, 280)
    tracemalloc.start()
    try:
        made = run_sweep(
            make_sweep(points=36, replicates=4),
            tmp_path / "out",
            workers,
            Execution(watch, engine="fake_community"),
        )
    finally:
        tracemalloc.stop()
    assert made.new == 36 * 2 * 4
    few, many = watch.held
    assert many - few < at_most


def test_a_run_costs_the_parent_little(tmp_path, cost):
    """Storing of whole weeks included: less than a fixed piece of plain Python of about ten milliseconds."""
    towns = [FakeScenario("baseline", horizon=156), FakeScenario("pilot", effect=1.0, horizon=156)]
    run_scenarios(
        towns,
        2,
        1,
        2,
        tmp_path / "first",
        execution=Execution(progress=Silence(), engine="fake_community"),
    )
    spent = {}
    for replicates in (10, 60):
        study = functools.partial(
            run_scenarios,
            towns,
            replicates,
            1,
            2,
            tmp_path / str(replicates),
            execution=Execution(progress=Silence(), engine="fake_community"),
        )
        spent[replicates] = cost(study)
    assert (spent[60] - spent[10]) / 100 < 1
