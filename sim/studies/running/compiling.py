"""Compile the model once, on two cores: half of the loops in a process of its own, the rest here.

Compiled loops are kept on disk, so that whoever comes later, in whatever process, only loads them.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.compiled_cache import outlives_start
from sim.engine.lazy_imports import postpone
from sim.studies.processes import open_helper, take_question
from sim.studies.running.worker import ENGINE, load_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.community import Community
    from sim.scenario.scenario import Scenario

TINY_TOWN = 60
"""Residents of the town that is compiled with."""
TICK = 10.0
"""Seconds between two lines on how far a compilation is."""


def compile_first(say: Callable[[str], None] | None = None) -> None:
    """Compile the model where no compiled code is kept; say so, how long it takes and how far it
    is.

    `say` writes to standard error where nothing else is given.
    """
    from sim.compile_time import announce_compilation, write_line
    from sim.provenance import count_cores
    from sim.scenario.library import load

    if load_engine(ENGINE).is_compiled():
        return
    told = say or write_line
    clock = time.monotonic()
    expected = announce_compilation(count_cores(), told, kept=outlives_start())
    ended = threading.Event()
    ticker = threading.Thread(target=_tick, args=(told, expected, ended), daemon=True)
    ticker.start()
    try:
        compile_model(load("baseline"))
    finally:
        ended.set()
        ticker.join()
    # The other process may have found no room; then its loops are not there.
    kept = outlives_start() and load_engine(ENGINE).is_compiled()
    later = "kept for next time" if kept else "not kept: the next start compiles it again"
    told(f"Compiled in {time.monotonic() - clock:.0f} s; {later}.")


def _tick(say: Callable[[str], None], expected: float, ended: threading.Event) -> None:
    """A line every ten seconds, until it is over."""
    clock = time.monotonic()
    while not ended.wait(TICK):
        seconds = time.monotonic() - clock
        rest = f"of about {expected:.0f} s" if seconds < expected else "s, longer than expected"
        say(f"compiling: {seconds:.0f} {rest}")


def compile_model(scenario: Scenario) -> None:
    """Compile every loop of the week; `scenario` is any with the ordinary services."""
    small = scenario.with_({"population.residents": TINY_TOWN})
    # A process and not a thread: compilation holds Python's lock. Standard streams are closed to
    # it, so that nothing of it appears among what commands print.
    with open_helper("sim.studies.running.compiling", question=small):
        _compile_here(_build(small))
    community = _initialise(small)
    # Both halves are there: a week loads what the other process compiled, and compiles the rest.
    while community.week < 1:
        community.step()
    community.prepare()


def _initialise(scenario: Scenario) -> Community:
    from sim.community import Community

    return Community(scenario.with_({"warm_up": 2}), rng=1)


def _build(scenario: Scenario) -> Community:
    """A community before its first week: a burn-in needs the loops that the other process
    compiles.
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
    """Compile what follows the allocation, posts and money, the turnover, the count, the record and
    the check of conservation.
    """
    from sim.week.resident.phases import run_phases
    from sim.week.supply.allocation import match

    world, treasury = community.world, community.treasury
    # Before anything has changed, so that nothing is missing.
    community.conservation.check(world, treasury, 0, TINY_TOWN)
    run_phases(("receive_care",), world, 0, TINY_TOWN)
    match(
        world.residents, world.provision.offers, world.waits, world.when, world.parameters.seeking
    )
    treasury.settle(world, community.run_workforce())
    world.week = 0  # the first week with a turnover, a plan and a record
    community.renew_residents()
    treasury.plan_ahead(world)
    community.count_residents()
    community.recorder.write(world, treasury)


def _compile_there(community: Community) -> None:
    """Compile what precedes the allocation, ties, the ward and what is rare."""
    from sim.week.resident.phases import run_phases

    run_phases(("seek_help",), community.world, 0, TINY_TOWN)
    community.meet_others()
    community.run_ward()
    community.prepare()


def main() -> None:
    """Compile the other half for the process that asked."""
    postpone()
    _compile_there(_initialise(take_question()))


if __name__ == "__main__":
    main()
