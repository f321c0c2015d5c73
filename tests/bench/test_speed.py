"""Speed, as ratios within one run: half of what is aimed for, so that a busy machine does not fail them and a large loss does."""

import time

import pytest

from sim.community import Community
from sim.scenario.library import load


def live(residents, weeks):
    """Seconds per resident and week: the best week, which other work on the machine disturbs least."""
    town = Community(
        load("baseline").with_({"population.residents": residents, "warm_up": 2}), rng=1
    )
    while town.week < 1:
        town.step()
    town.prepare()
    seconds = []
    for _ in range(weeks):
        # Of the thread: what else the machine does is not counted.
        start = time.thread_time()
        town.step()
        seconds.append(time.thread_time() - start)
    return min(seconds) / residents


@pytest.fixture(scope="module")
def small():
    """A town of 10,000."""
    return live(10_000, 40)


def test_a_week_is_at_least_ten_times_as_fast_as_the_small_week_of_plain_mesa(
    small, plain_mesa, monkeypatch
):
    monkeypatch.setattr(plain_mesa, "perf_counter", time.thread_time)
    plain = min(plain_mesa.run(10_000, 2, seed) for seed in range(3)) / 2 / 10_000
    assert plain > 10 * small


def test_a_resident_of_a_large_town_costs_no_more_than_twice_that_of_a_small_one(small):
    assert live(150_000, 6) < 2 * small
