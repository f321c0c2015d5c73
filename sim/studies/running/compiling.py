"""Compile the model once, on two cores: half of the loops in a process of its own, the rest here.

Compiled loops are kept on disk, so that whoever comes later, in whatever process, only loads them.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.lazy_imports import postpone

if TYPE_CHECKING:
    from sim.community import Community
    from sim.scenario.scenario import Scenario

TINY = 60
"""Residents of the town that is compiled with."""


def compile_model(scenario: Scenario) -> None:
    """Compile every loop of the week; `scenario` is any with the ordinary services."""
    small = scenario.with_({"population.residents": TINY})
    other = subprocess.Popen(
        [sys.executable, "-m", "sim.studies.running.compiling"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if other.stdin is not None:
            other.stdin.write(pickle.dumps(small))
            other.stdin.close()
        community = _lay_out(small)
        _compile_here(community)
    finally:
        other.wait()
    community = _found(small)
    while community.week < 1:
        community.step()
    community.prepare()


def _found(scenario: Scenario) -> Community:
    from sim.community import Community

    return Community(scenario.with_({"warm_up": 2}), rng=1)


def _lay_out(scenario: Scenario) -> Community:
    """A community in whose world nobody has lived yet: to found one needs the loops that the other
    process compiles.
    """
    from sim.community import Community
    from sim.week.start.initialisation import Snapshot, build_world

    scenario = scenario.with_({"warm_up": 2})
    return Community.resume(
        scenario,
        Snapshot(
            1, scenario.past_hash, build_world(scenario, 1, {}), np.zeros(len(scenario.services))
        ),
    )


def _compile_here(community: Community) -> None:
    from sim.week.resident.phases import run_phases
    from sim.week.supply.allocation import match

    world = community.world
    run_phases(("receive_care",), world, 0, TINY)
    match(
        world.residents, world.provision.offers, world.waits, world.when, world.parameters.seeking
    )
    community.run_ward()
    community.treasury.settle(world, community.run_workforce())


def _compile_there(community: Community) -> None:
    from sim.week.resident.phases import run_phases

    run_phases(("seek_help",), community.world, 0, TINY)
    community.meet_others()
    community.count_residents()
    community.prepare()


def main() -> None:
    """Compile the other half for the process that asked."""
    postpone()
    _compile_there(_found(pickle.load(sys.stdin.buffer)))


if __name__ == "__main__":
    main()
