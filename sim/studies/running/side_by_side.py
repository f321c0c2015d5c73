"""Many small tasks of one kind on several processes: towns of a fit, sites of a trial.

Nothing of them is stored as they end; what is stored run by run goes through `executors`.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Protocol, TypeVar

from sim.errors import KinwellError
from sim.studies.running.executors import begin_worker, hide_main, out_of_reach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

LOST = (
    "A worker process was ended from outside; the machine may have run out of memory: use fewer"
    " workers (-j 1)."
)


class Map(Protocol):
    """As the built-in `map` of one iterable."""

    def __call__(
        self, function: Callable[[Asked], Answer], tasks: Iterable[Asked], /
    ) -> Iterator[Answer]:
        """`function` of each task, in the order of the tasks."""
        ...


@contextmanager
def open_processes(workers: int) -> Iterator[Map]:
    """A `map` that works in so many processes, which stay until the end of the block.

    Answers come in the order of the tasks. At an interruption what is under way is still finished,
    what waits is not begun. A KinwellError is raised where a process is lost.
    """
    if workers <= 1:
        yield map
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=begin_worker)

    def run(function: Callable[[Asked], Answer], tasks: Iterable[Asked], /) -> Iterator[Answer]:
        """A `map` over the processes; KinwellError where one is lost."""
        # The pool starts its processes only now, when it is given tasks.
        with hide_main(), out_of_reach():
            answers = pool.map(function, tasks)
        try:
            yield from answers
        except BrokenProcessPool:
            raise KinwellError(LOST) from None

    try:
        yield run
    finally:
        pool.shutdown(cancel_futures=True)


def run_side_by_side(
    function: Callable[[Asked], Answer], tasks: Iterable[Asked], workers: int
) -> Iterator[Answer]:
    """`function` of each task, in the order of the tasks, in so many processes."""
    with open_processes(workers) as run:
        yield from run(function, tasks)
