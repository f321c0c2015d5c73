"""What a study would take, before it starts: runs, time and disk, from a short probe of the real
model.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.outcomes import GROUP_KEYS, KEYS
from sim.studies.running.worker import ENGINE, load_engine
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.sweeps.sweep import Design

PROBE_RESIDENTS = 50_000
PROBE_SECONDS = 2.0
PROBE_WEEKS = 12
PROBED = 1_000
START_SECONDS = 1.5
# Measured on stored runs of the shipped scenarios, in bytes and rows.
NUMBER_BYTES, KEY_BYTES, LEDGER_ROW = 9, 34, 80
LEDGER_ROWS_PER_WEEK, GROUPS_OF_A_RUN, POINT_ROW = 21, 20, 180


@dataclass(frozen=True)
class Estimate:
    """What a study would take; seconds are wall time with all workers."""

    runs: int
    weeks: int
    residents: int
    seconds: float
    seconds_per_run: float
    bytes: int
    workers: int

    def to_json(self) -> dict[str, object]:
        """Give plain data."""
        return dict(self.__dict__)


def estimate_study(
    scenarios: Sequence[Scenario],
    replicates: int,
    workers: int,
    *,
    keep: str = "weekly",
    draws: int = 0,
    engine: str = ENGINE,
) -> Estimate:
    """Estimate a study from a few weeks of its largest town."""
    replicates = replicates * max(draws, 1)
    runs = replicates * len(scenarios)
    build, week = _probe(max(scenarios, key=lambda s: s.population.residents), engine)
    pasts = {scenario.past_hash: scenario.warm_up for scenario in scenarios}
    past = sum(build + warm_up * week for warm_up in pasts.values())
    alone = replicates * (past + sum(scenario.horizon * week for scenario in scenarios))
    workers = max(min(workers, replicates), 1)
    size = replicates * sum(_size(scenario.horizon, keep) for scenario in scenarios)
    return Estimate(
        runs=runs,
        weeks=replicates * (sum(pasts.values()) + sum(scenario.horizon for scenario in scenarios)),
        residents=max(scenario.population.residents for scenario in scenarios),
        seconds=alone / workers + START_SECONDS,
        seconds_per_run=alone / runs,
        bytes=size + 200_000,
        workers=workers,
    )


def estimate_sweep(design: Design, workers: int, engine: str = ENGINE) -> Estimate:
    """Estimate a sweep from a few weeks of its town.

    A burn-in counts once for each parameter draw, seed and past.
    """
    sweep, counted = design.sweep, [0, 0]
    towns: dict[str, Scenario] = {}
    alone, weeks, size = 0.0, 0, 0
    build, week = _probe(sweep.scenario, engine)
    for block in design.list_blocks():
        pasts: dict[str, float] = {}
        for variant in block.variants:
            town = (
                # Making every point of a large sweep would take longer than the estimate is worth.
                towns.setdefault(variant.hash, design.give(variant))
                if len(towns) < PROBED
                else sweep.scenario
            )
            larger = town.population.residents / sweep.scenario.population.residents
            pasts[variant.past] = (build + town.warm_up * week) * larger
            alone += town.horizon * week * larger
            weeks += town.horizon
            size += _size(town.horizon, sweep.keep)
        alone += sum(pasts.values())
        weeks += len(pasts) * sweep.scenario.warm_up
        counted = [counted[0] + len(block.variants), counted[1] + len(pasts)]
    seeds = len(sweep.seeds)
    runs, workers = counted[0] * seeds, max(min(workers, counted[1] * seeds), 1)
    return Estimate(
        runs=runs,
        weeks=weeks * seeds,
        residents=max(town.population.residents for town in towns.values()),
        seconds=alone * seeds / workers + START_SECONDS,
        seconds_per_run=alone * seeds / runs,
        bytes=size * seeds + 200_000 + POINT_ROW * runs,
        workers=workers,
    )


def _probe(scenario: Scenario, engine: str) -> tuple[float, float]:
    """Measure seconds to build the town and to run one week of it.

    The first week, which may compile, does not count.
    """
    residents = scenario.population.residents
    scale = max(residents / PROBE_RESIDENTS, 1.0)
    if scale > 1:
        scenario = scenario.with_({"population.residents": PROBE_RESIDENTS})
    module = load_engine(engine)
    module.Community(scenario, rng=1).step()
    start = time.perf_counter()
    community = module.Community(scenario, rng=1)
    build = time.perf_counter() - start
    community.step()
    start = time.perf_counter()
    weeks = 0
    while weeks < PROBE_WEEKS and (weeks < 2 or time.perf_counter() - start < PROBE_SECONDS):
        community.step()
        weeks += 1
    return build * scale, (time.perf_counter() - start) / weeks * scale


def _size(horizon: int, keep: str) -> int:
    fixed = (
        len(KEYS) * NUMBER_BYTES
        + GROUPS_OF_A_RUN * (KEY_BYTES + 30 + len(GROUP_KEYS) * NUMBER_BYTES)
        + 1500
    )
    if keep == "summary":
        return fixed + (horizon // WEEKS_PER_YEAR + 1) * LEDGER_ROWS_PER_WEEK * LEDGER_ROW
    return fixed + horizon * (
        KEY_BYTES + len(KEYS) * NUMBER_BYTES + LEDGER_ROWS_PER_WEEK * LEDGER_ROW
    )
