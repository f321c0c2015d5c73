"""The same work on other machines, through a Dask scheduler.

What comes back is stored here, as always.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, cast

from sim.errors import InvalidInput, KinwellError
from sim.provenance import collect_versions, tell_time
from sim.studies.running.worker import Failed, Finished, Task, load_engine, run_task

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from sim.studies.running.interrupt import Interruption

    Answer = tuple[Task, Finished | Failed]

CONNECT_SECONDS = 20.0
CLUSTER_POLL_SECONDS = 0.5
IN_FLIGHT = 3
"""Tasks for each thread of the cluster that are under way at a time: memory here does not grow with
the study.
"""
MUST_AGREE = ("kinwell", "numba", "numpy", "mesa")


def run_on_cluster(
    tasks: Iterator[Task], interruption: Interruption, address: str, engine: str
) -> Generator[Answer]:
    """Run tasks on the workers of a Dask scheduler and give each run as it arrives.

    A worker that dies is replaced by another, up to the scheduler's `allowed-failures`; then its
    runs fail. Raises `InvalidInput` where nobody answers at the address or a worker has other code,
    `KinwellError` where the scheduler is lost.
    """
    with closing(connect(address)) as client:
        check_workers(client, engine)
        yield from _run_all(client, tasks, interruption, address)


def count_threads(address: str) -> int:
    """Count the threads at work on a cluster, at least 1.

    Raises `InvalidInput` where nobody answers at the address.
    """
    with closing(connect(address)) as client:
        return max(sum(map(int, client.nthreads().values())), 1)


def connect(address: str) -> Any:
    """Connect to a scheduler."""
    if importlib.util.find_spec("distributed") is None:
        raise InvalidInput(
            "--cluster needs Dask, which is not installed here: pip install 'kinwell[cluster]'"
        )
    distributed: Any = importlib.import_module("distributed")
    try:
        return distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"--cluster {address}: nobody answers there ({str(error).splitlines()[0]}); start `dask"
            " scheduler` first"
        ) from error


def check_workers(client: Any, engine: str) -> None:
    """Refuse workers that would give other numbers: another model, or other versions of what
    computes.
    """
    client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    ours = describe_worker(engine)
    for name, theirs in client.run(describe_worker, engine, on_error="return").items():
        if isinstance(theirs, BaseException):
            raise InvalidInput(
                f"the worker at {name} cannot load {engine} ({theirs}); install the same kinwell"
                " there"
            )
        if theirs != ours:
            # Named one by one: which of a dozen machines has the other NumPy is what somebody has
            # to find out.
            different = ", ".join(
                f"{key} {theirs.get(key)} there, {ours[key]} here"
                for key in ours
                if theirs.get(key) != ours[key]
            )
            raise InvalidInput(f"the worker at {name} would give other numbers: {different}")


def describe_worker(engine: str) -> dict[str, str]:
    """What decides the numbers, where this is called."""
    versions = collect_versions()
    return {"model": str(load_engine(engine).MODEL_VERSION)} | {
        name: versions.get(name, "absent") for name in MUST_AGREE
    }


def work_through(task: Task) -> list[Finished | Failed]:
    """Run a task whole, on a worker."""
    return list(run_task(task))


def _run_all(
    client: Any, tasks: Iterator[Task], interruption: Interruption, address: str
) -> Generator[Answer]:
    distributed: Any = importlib.import_module("distributed")
    under_way: dict[str, Task] = {}
    arriving = distributed.as_completed(loop=client.loop, raise_errors=False)
    feed = iter(tasks)

    def send(count: int) -> None:
        for task in itertools.islice(feed, count):
            # `pure=False`: two studies may ask for the same run, and Dask would answer with the
            # first one's.
            future = client.submit(work_through, task, pure=False)
            under_way[future.key] = task
            arriving.add(future)

    # A few tasks ahead of the threads: none waits for work, and answers do not pile up here.
    send(IN_FLIGHT * sum(client.nthreads().values()) or IN_FLIGHT)
    try:
        while under_way and not interruption.requested:
            for future in _wait(arriving, client, address):
                task = under_way.pop(future.key)
                items = _collect(future, task, address)
                future.release()
                # One comes in, one goes out: the scheduler never holds more than at the start.
                send(1)
                yield from ((task, item) for item in items)
    finally:
        # Whatever ended the study is what is reported, not that cancelling failed too.
        with suppress(Exception):
            client.cancel(list(arriving.futures))


def _collect(future: Any, task: Task, address: str) -> list[Finished | Failed]:
    """What a task gave; what went wrong outside a run is a failure of all its runs, unless the
    scheduler is gone.
    """
    if future.status == "error":
        error = future.exception(timeout=CONNECT_SECONDS)
        # A scheduler that ends takes its connections with it, which is not a failure of the runs.
        if not isinstance(error, OSError):
            return [_explain(error, position) for position in range(len(task.scenarios))]
        raise _lose(address) from error
    try:
        return cast("list[Finished | Failed]", future.result(timeout=CONNECT_SECONDS))
    except BaseException as error:
        raise _lose(address) from error


def _lose(address: str) -> KinwellError:
    return KinwellError(
        f"{address}: the scheduler was lost; start it and give the same command again"
    )


def _wait(arriving: Any, client: Any, address: str) -> list[Any]:
    """Futures that have ended, after a moment's wait at most."""
    end = time.monotonic() + CLUSTER_POLL_SECONDS
    while not arriving.has_ready() and time.monotonic() < end:
        time.sleep(0.005)
    if client.status not in ("running", "connecting"):
        raise _lose(address)
    return list(arriving.next_batch(block=False)) if arriving.has_ready() else []


def _explain(error: Exception, position: int) -> Failed:
    kind = type(error).__name__
    message = (
        "the workers that were at this run all died; they may have run out of memory"
        if kind == "KilledWorker"
        else f"{kind}: {error}"
    )
    return Failed(position, "worker", message.splitlines()[0], "", tell_time(), 0.0)
