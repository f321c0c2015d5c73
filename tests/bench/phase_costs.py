"""What each phase of a week costs, in times of a calibration that runs between the weeks in the same process.

Two towns: one of 6,000 residents, whose phases are arithmetic and memory, against a compiled loop of draws, exponentials and scattered
reads; one of 60, whose week is what surrounds the loops, against plain Python and small arrays. Time is that of the thread, so that
nobody waits for other work on the machine; what it takes of the caches slows both sides of a ratio. `python tests/bench/phase_costs.py`
prints the figures.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import defaultdict

import numpy as np

from sim.community import Community
from sim.engine.fast_math import exp
from sim.engine.kernels import loop
from sim.engine.random import uniforms
from sim.scenario.library import load
from sim.week.supply import allocation, calendar

TOWN, HAMLET = 6_000, 60
WEEKS = 28
SCATTER = 40_503
"""An odd step through a table of 2**13 rows reads them in no order that a processor guesses."""
ROWS = 1 << 13


@loop
def work_like_a_phase(keys, table, out):
    """Draws, exponentials and scattered reads, as the loops of a week have them."""
    for i in range(keys.size):
        a, b, c, d = uniforms(
            keys[i], np.uint64(7), np.uint64(3), np.uint64(0), (np.uint64(1), np.uint64(2))
        )
        out[i] = exp(-a) + exp(-b) * c
        for k in range(8):
            out[i] += d * table[(i * SCATTER + k * k) % table.size]


def calibrate_arithmetic():
    """Seconds of the compiled calibration."""
    keys, table, out = np.arange(ROWS, dtype=np.uint32), np.ones(ROWS, np.float32), np.empty(ROWS)
    start = time.thread_time()
    work_like_a_phase(keys, table, out)
    return time.thread_time() - start


def calibrate_surroundings():
    """Seconds of plain Python with small arrays, as it surrounds the loops of a week."""
    start = time.thread_time()
    column, total = np.zeros(30), 0.0
    for k in range(40):
        row = {name: name * k for name in range(6)}
        column += 1.0
        total += sum(row.values()) + float(column[k % 30])
    return time.thread_time() - start


class Clock:
    """Adds up the seconds of functions by phase."""

    def __init__(self):
        """Nothing has run yet."""
        self.seconds = defaultdict(float)

    def time(self, name, function):
        """The function, timed."""

        def timed(*given, **named):
            start = time.thread_time()
            try:
                return function(*given, **named)
            finally:
                self.seconds[name(*given) if callable(name) else name] += time.thread_time() - start

        return timed


def name_side(phases):
    """The phase that a call for everybody stands for."""
    return "life to help-seeking" if "experience_events" in phases else "care and crisis"


def watch(community, clock, monkeypatch):
    """Let the phases of a community be timed."""
    monkeypatch.setattr(community, "_everybody", clock.time(name_side, community._everybody))
    for method, name in {
        "meet_others": "ties",
        "run_ward": "ward",
        "run_workforce": "workforce",
        "_settle": "money",
        "count_residents": "counting",
    }.items():
        monkeypatch.setattr(community, method, clock.time(name, getattr(community, method)))
    check = community.conservation.check
    monkeypatch.setattr(community.conservation, "check", clock.time("conservation", check))
    monkeypatch.setattr(community.recorder, "write", clock.time("record", community.recorder.write))
    for module, function, name in (
        (calendar, "open_week", "calendar"),
        (allocation, "match", "allocation"),
    ):
        monkeypatch.setattr(module, function, clock.time(name, getattr(module, function)))


def live(scenario, residents, calibrate, monkeypatch):
    """Times of the calibration, by phase and for the whole week: medians over WEEKS weeks."""
    community = Community(
        load(scenario).with_(
            {"population.residents": residents, "warm_up": 3, "horizon": WEEKS + 4}
        ),
        rng=1,
    )
    while community.week < 2:
        community.step()
    community.prepare()
    clock, seen = Clock(), defaultdict(list)
    watch(community, clock, monkeypatch)
    before = calibrate()
    for _ in range(WEEKS):
        clock.seconds.clear()
        start = time.thread_time()
        community.step()
        week = time.thread_time() - start
        after = calibrate()
        yardstick, before = (before + after) / 2, after
        for name, seconds in {**clock.seconds, "week": week}.items():
            seen[name].append(seconds / yardstick)
    return {name: statistics.median(ratios) for name, ratios in seen.items()}


def measure(monkeypatch):
    """Costs of all phases of both towns, with few services and with all."""
    calibrate_arithmetic()
    found = {}
    for scenario in ("baseline", "whole-town"):
        for place, residents, calibrate in (
            ("town", TOWN, calibrate_arithmetic),
            ("hamlet", HAMLET, calibrate_surroundings),
        ):
            with monkeypatch.context() as patch:
                found[scenario, place] = live(scenario, residents, calibrate, patch)
    return found


def main():
    """Print the costs."""
    import pytest

    for (scenario, place), costs in measure(pytest.MonkeyPatch()).items():
        lines = "".join(f'        "{name}": {cost:.2g},\n' for name, cost in costs.items())
        sys.stdout.write(f'    ("{scenario}", "{place}"): {{\n{lines}    }},\n')


if __name__ == "__main__":
    main()
