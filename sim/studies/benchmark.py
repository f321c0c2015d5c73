"""How fast and how small the model is on this machine, each figure from a fresh process."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.engine.lazy_imports import postpone
from sim.errors import KinwellError
from sim.provenance import find_compiled
from sim.studies.memory_traffic import measure_traffic
from sim.studies.processes import open_helper, take_question
from sim.studies.running.compiling import compile_model
from sim.studies.running.worker import ENGINE, load_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sim.scenario.scenario import Scenario

YARDSTICK = Path(__file__).parents[2] / "tests" / "bench" / "plain_mesa.py"
SMALL_TOWN = 1_000
MEMORY_RESIDENTS = 50_000
PLAIN_RESIDENTS_AT_MOST = 100_000
PLAIN_SECONDS = 12.0
PLAIN_NS_GUESS = 4_500
USUAL_SIZE = 10_000
"""Residents of the town that larger and smaller ones are compared with."""
SWEEP_RUNS, SWEEP_WEEKS = 1_000, 156
"""Runs of a small town, and their horizon, for which the time of a sweep is told."""
FEW_RUNS, MANY_RUNS = 4, 20
"""Runs of two sweeps that are timed: their difference holds no start."""
SWEEP_TRIES = 3
"""How often the two sweeps are timed, after one that fills the caches and is not."""
TOWNS_AT_MOST = 50
"""Small towns that are kept at a time to see their memory."""


def measure_speed(
    town: Callable[[int], Scenario],
    sizes: Sequence[int],
    threads: Sequence[int],
    weeks: int = 52,
    engine: str = ENGINE,
    all_services: Callable[[int], Scenario] | None = None,
    workers: int = 0,
) -> Iterator[dict[str, object]]:
    """Measure every size and thread count.

    town: declares a town of a size; all_services: the same with every service, whose week is told
    as a multiple of the town's; workers: processes of a sweep, 0 for none. Yields one entry each:
    residents; weeks; threads; nanoseconds per resident and week of Kinwell and of plain Mesa, and
    their ratio; how many times as fast several threads are as one; nanoseconds as a multiple of
    those at USUAL_SIZE, if that was measured before; seconds to build; bytes per resident held, and
    moved in a week; the nanoseconds that moving them takes at full bandwidth; seconds of
    compilation, of a start after it, of `import sim`, of `kinwell --help`, and of a sweep.
    """
    small = town(SMALL_TOWN)
    start = _measure_start(small, engine) | _measure_sweep(small, engine, workers)
    alone: dict[int, float] = {}
    for size in sizes:
        plain = _measure_plain(size)
        for count in threads:
            given = {"weeks": weeks, "engine": engine, "small": small, "threads": count}
            found = _ask("town", given | {"scenario": town(size)}, {})
            ours = found.pop("ns_per_agent_week")
            compared = _compare(size, count, ours, plain, alone)
            if all_services is not None and count == 1:
                full = _ask("town", given | {"scenario": all_services(size)}, {})
                compared["all_services_ratio"] = full["ns_per_agent_week"] / ours
            yield {"residents": size, "weeks": weeks, "threads": count} | compared | found | start


def _compare(
    size: int, threads: int, ours: float, plain: float | None, alone: dict[int, float]
) -> dict[str, float | None]:
    """Compare nanoseconds with those of plain Mesa, of one thread and of the usual size; `alone`
    keeps those of one thread by size.
    """
    if threads == 1:
        alone[size] = ours
    one, usual = alone.get(size), alone.get(USUAL_SIZE)
    return {
        "ns_per_agent_week": ours,
        "plain_mesa_ns_per_agent_week": plain,
        "ratio": None if plain is None else plain / ours,
        "thread_speedup": one / ours if one is not None and threads > 1 else None,
        "against_10_000": ours / usual if usual is not None and threads == 1 else None,
        "all_services_ratio": None,
    }


def _measure_sweep(scenario: Scenario, engine: str, workers: int) -> dict[str, float | None]:
    """Measure the seconds of SWEEP_RUNS runs of a small town, by the rate at which fewer run.

    The least of several tries counts, since whatever else the machine does can only add to it.
    None without workers, and where more runs took no longer than few.
    """
    if workers < 1:
        return {"sweep_seconds": None}
    shortened = scenario.with_({"horizon": SWEEP_WEEKS})
    given = {"scenario": shortened, "engine": engine, "workers": workers}

    def measure(runs: int) -> float:
        return float(_ask("sweep", given | {"runs": runs}, {})["seconds"])

    measure(FEW_RUNS)
    tries = [(measure(FEW_RUNS), measure(MANY_RUNS)) for _ in range(SWEEP_TRIES)]
    few, many = (min(seconds) for seconds in zip(*tries, strict=True))
    rate = _keep_positive((many - few) / (MANY_RUNS - FEW_RUNS))
    return {"sweep_seconds": None if rate is None else rate * SWEEP_RUNS}


def _keep_positive(difference: float) -> float | None:
    """Keep a difference of two measurements where it is positive, as what it measures must be.

    None where other work on the machine was larger than it: that was not measured.
    """
    return difference if difference > 0.0 else None


def _run_sweep(payload: Mapping[str, Any]) -> dict[str, float]:
    from sim.studies.running.plan import Execution
    from sim.studies.running.runner import run_scenarios

    how = Execution(engine=payload["engine"])
    scenario, runs, workers = payload["scenario"], payload["runs"], payload["workers"]
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        run_scenarios([scenario], runs, 1, workers, folder, keep="summary", execution=how)
        return {"seconds": time.perf_counter() - start}


def _measure_start(scenario: Scenario, engine: str) -> dict[str, float | None]:
    """Measure seconds of compilation with an empty cache, of a start with a full one, of an import
    and of a page of help; no compilation (None) where a start with an empty cache took no longer.
    """
    with tempfile.TemporaryDirectory() as cache:
        payload = {"scenario": scenario, "engine": engine}
        seconds = []
        for _ in range(2):
            start = time.perf_counter()
            _ask("start", payload, {"NUMBA_CACHE_DIR": cache})
            seconds.append(time.perf_counter() - start)
    return {
        "compile_seconds_cold": _keep_positive(seconds[0] - seconds[1]),
        "startup_seconds_warm": seconds[1],
        "import_seconds": _measure_command("-c", "import sim"),
        "help_seconds": _measure_command("-c", "import sim.cli; sim.cli.main()", "--help"),
    }


def _measure_command(*words: str) -> float:
    """Measure seconds of a Python command, the best of three."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, *words],
            stdout=subprocess.DEVNULL,
            check=True,
            env={**os.environ, "PYTHONPATH": _list_paths()},
        )
        seconds.append(time.perf_counter() - start)
    # The least: whatever else the machine does can only add to it.
    return min(seconds)


def _measure_plain(size: int) -> float | None:
    """Measure plain Mesa at the small reference work.

    None without a checkout and where it takes too long.
    """
    if not YARDSTICK.is_file() or size > PLAIN_RESIDENTS_AT_MOST:
        return None
    weeks = int(min(max(PLAIN_SECONDS / (size * PLAIN_NS_GUESS * 1e-9), 5), 104))
    found = _ask("plain", {"file": str(YARDSTICK), "size": size, "weeks": weeks}, {})
    return float(found["seconds"]) / (size * weeks) * 1e9


def _list_paths() -> str:
    """Where a child process finds what this one has found."""
    return os.pathsep.join(filter(None, [*sys.path, os.environ.get("PYTHONPATH", "")]))


def _ask(
    what: str, payload: Mapping[str, object], environment: Mapping[str, str]
) -> dict[str, Any]:
    with open_helper(
        "sim.studies.benchmark",
        what,
        question=payload,
        environment={**os.environ, "PYTHONPATH": _list_paths(), **environment},
        listen=True,
    ) as child:
        out, complaint = child.communicate()
    if child.returncode:
        message = complaint.decode(errors="replace").strip().splitlines()
        raise KinwellError(
            f"the measurement of {what} failed: {message[-1] if message else child.returncode}"
        )
    answer: dict[str, Any] = json.loads(out.splitlines()[-1])
    return answer


def _run_town(payload: Mapping[str, Any]) -> dict[str, float | None]:
    engine = load_engine(payload["engine"])
    for _ in range(2):
        _enter_horizon(engine.Community(payload["small"], rng=1))
    scenario, weeks = payload["scenario"], payload["weeks"]
    residents = scenario.population.residents
    # One small town is lost in the noise of the process: keep several at a time.
    copies = min(max(MEMORY_RESIDENTS // residents, 1), TOWNS_AT_MOST)
    before = _measure_memory()
    towns = []
    for _ in range(copies):
        start = time.perf_counter()
        towns.append(engine.Community(scenario, rng=1, threads=payload["threads"]))
        build = time.perf_counter() - start
        # Memory is only taken when it is first used.
        towns[-1].step()
    held = _measure_memory() - before
    community = towns.pop()
    towns.clear()
    _enter_horizon(community)
    start = time.perf_counter()
    for _ in range(weeks):
        community.step()
    seconds = time.perf_counter() - start
    moved = measure_traffic(community) if hasattr(community, "world") else None
    return {
        "ns_per_agent_week": seconds / (weeks * residents) * 1e9,
        "build_seconds": build,
        "bytes_per_resident": _keep_positive(held / (residents * copies)),
        "bytes_moved": moved.bytes_moved if moved else None,
        "bandwidth_floor_ns": moved.floor_ns if moved else None,
    }


def _start_town(payload: Mapping[str, Any]) -> dict[str, float]:
    if payload["engine"] == ENGINE and not find_compiled()[1]:
        compile_model(payload["scenario"])
    _enter_horizon(load_engine(payload["engine"]).Community(payload["scenario"], rng=1))
    return {}


def _enter_horizon(community: Any) -> None:
    """Run through the burn-in and the first recorded week, so that everything is compiled and at
    work.
    """
    while community.week < 1:
        community.step()
    if hasattr(community, "prepare"):
        community.prepare()


def _run_plain(payload: Mapping[str, Any]) -> dict[str, float]:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("plain_mesa", payload["file"])
    if spec is None or spec.loader is None:
        raise KinwellError(f"cannot load {payload['file']}")
    module = module_from_spec(spec)
    sys.modules["plain_mesa"] = module
    spec.loader.exec_module(module)
    return {"seconds": float(module.run(payload["size"], payload["weeks"], 1))}


def _measure_memory() -> int:
    """Measure memory in use now; on systems that only tell the peak, that."""
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):
        # What compilation let go of would otherwise be used again, unseen.
        ctypes.CDLL(None).malloc_trim(0)
    statm = Path("/proc/self/statm")
    if statm.is_file():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )


def main() -> None:
    """Answer one question of the parent, as JSON."""
    postpone()
    payload = take_question()
    answers: dict[str, Callable[[Mapping[str, Any]], Mapping[str, float | None]]] = {
        "town": _run_town,
        "start": _start_town,
        "plain": _run_plain,
        "sweep": _run_sweep,
    }
    print(json.dumps(answers[sys.argv[1]](payload)))


if __name__ == "__main__":
    main()
