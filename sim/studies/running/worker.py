"""What one process does: warm a town up once, then run every scenario of the group from there."""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import sys
import time
import traceback
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.provenance import tell_time
from sim.scenario.trunks import find_paths, find_trunks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from sim.outcomes import Results
    from sim.scenario.scenario import Scenario
    from sim.scenario.trunks import Trunk

ENGINE = "sim.community"


class Task(NamedTuple):
    """Scenarios that share seed, parameter draw and past.

    engine: module that holds `Community` and `MODEL_VERSION`. shared: file that carries the
    town after burn-in from one part of a large group to the others, or None. network: whether
    the last week samples its ties, which only runs with all their weeks keep.
    """

    scenarios: tuple[Scenario, ...]
    seed: int
    draw: Mapping[str, float] | None = None
    draw_index: int | None = None
    engine: str = ENGINE
    shared: str | None = None
    network: bool = True


class Finished(NamedTuple):
    """One run came to its end."""

    position: int
    results: Results
    started: str
    seconds: float


class Failed(NamedTuple):
    """One run did not."""

    position: int
    stage: str
    message: str
    traceback: str
    started: str
    seconds: float


def load_engine(name: str) -> Any:
    """Import the module that holds the model.

    What an import leaves behind stays until the end, so that nobody looks for garbage in it,
    neither now nor on the way out.
    """
    if name in sys.modules:
        return sys.modules[name]
    watched = gc.isenabled()
    # Imports leave a hundred thousand objects that live until the end; looking through them costs a
    # start.
    gc.disable()
    try:
        engine = importlib.import_module(name)
        gc.freeze()
    finally:
        if watched:
            gc.enable()
    return engine


def run_task(task: Task) -> Iterator[Finished | Failed]:
    """Run every scenario of a task, one result each, failures included."""
    started, clock = tell_time(), time.perf_counter()
    try:
        engine = load_engine(task.engine)
        stage = "burn-in"
        lived, snapshot = _warm_up(engine, task)
    except Exception as error:
        # Without a stage the engine itself could not be loaded.
        stage = "building" if "stage" not in locals() else "burn-in"
        seconds = (time.perf_counter() - clock) / len(task.scenarios)
        for position in range(len(task.scenarios)):
            yield _describe(error, position, stage, started, seconds)
        return
    # The common burn-in is shared out, so that times add up to what was spent.
    past = (time.perf_counter() - clock) / len(task.scenarios)
    growing = _Trunks(engine, task.scenarios, lived, snapshot)
    for position in range(len(task.scenarios)):
        started, clock = tell_time(), time.perf_counter()
        try:
            with closing(growing.begin(position)) as community:
                community.samples_network = task.network
                results = community.run()
        except Exception as error:
            stage = getattr(error, "stage", "running")
            yield _describe(error, position, stage, started, past + time.perf_counter() - clock)
        else:
            yield Finished(position, results, started, past + time.perf_counter() - clock)


class _Trunks:
    """Communities that scenarios of a task go on from: after the burn-in, or after the weeks that
    they share, which are run once.

    lived: the community that ran the burn-in as the first scenario's, or None; it goes on as that.
    """

    def __init__(
        self, engine: Any, scenarios: tuple[Scenario, ...], lived: Any, snapshot: Any
    ) -> None:
        self.engine, self.scenarios, self.snapshot = engine, scenarios, snapshot
        self.lived = lived
        # An engine that cannot fork has nothing to share but the burn-in.
        found = find_trunks(scenarios) if hasattr(engine.Community, "fork") else ()
        self.paths = find_paths(found)
        self.grown: dict[Trunk, Any] = {}

    def begin(self, place: int) -> Any:
        """The community of a scenario at the first week that is its own."""
        path = self.paths.get(place, ())
        community = self._go_on(place, path)
        for trunk in path:
            # After the last it goes: a town of a million is too large to keep for nobody.
            if place == trunk.members[-1]:
                self.grown.pop(trunk).close()
        return community

    def _go_on(self, place: int, path: tuple[Trunk, ...]) -> Any:
        """A community of a scenario where the last trunk of a path ends."""
        if not path:
            # Once, since it is that scenario's from here on: of what follows, others know nothing.
            if place == 0 and self.lived is not None:
                lived, self.lived = self.lived, None
                return lived
            return self.engine.Community.resume(self.scenarios[place], self.snapshot)
        *before, trunk = path
        if trunk not in self.grown:
            community = self._go_on(trunk.members[0], tuple(before))
            while community.week < trunk.week:
                community.step()
            self.grown[trunk] = community
        return self.engine.Community.fork(self.scenarios[place], self.grown[trunk])


def _warm_up(engine: Any, task: Task) -> tuple[Any, Any]:
    """The community that ran the burn-in, None where another part of the group did, and what other
    scenarios go on from, None where there are none.
    """
    shared = Path(task.shared) if task.shared else None
    if shared is not None and shared.is_file():
        with shared.open("rb") as file:
            return None, pickle.load(file)
    community = engine.Community(task.scenarios[0], rng=task.seed, draw=task.draw)
    try:
        while community.week < 0:
            community.step()
        alone = shared is None and len(task.scenarios) == 1
        snapshot = None if alone else community.snapshot()
    except BaseException:
        community.close()
        raise
    if shared is not None:
        _share(snapshot, shared)
    return community, snapshot


def _share(snapshot: Any, shared: Path) -> None:
    """Leave a town after its burn-in for the other parts of its group.

    Where there is no room for it, they make their own.
    """
    # Written beside and renamed: another worker never reads half a town.
    beside = shared.with_name(f"{shared.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            pickle.dump(snapshot, file, protocol=pickle.HIGHEST_PROTOCOL)
        beside.replace(shared)
    except OSError:
        beside.unlink(missing_ok=True)


def _describe(error: Exception, position: int, stage: str, started: str, seconds: float) -> Failed:
    message = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    return Failed(position, stage, message, traceback.format_exc(), started, seconds)
