"""Many small tasks of one kind on several processes: towns of a fit, sites of a trial.

Nothing of them is stored as they end; what is stored run by run goes through `executors`.
"""

from __future__ import annotations

import pickle
from collections import deque
from contextlib import contextmanager, suppress
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from sim.errors import KinwellError
from sim.studies.running.executors import BROKEN, begin_worker, start_process

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

    Answers come in the order of the tasks. When the block is left before all are there, processes
    are ended whatever they are doing: nobody would read their answers. A KinwellError is raised
    where a process is lost; what a task raises is raised here.
    """
    if workers <= 1:
        yield map
        return
    crew = _Crew(workers)
    try:
        yield crew.run
    finally:
        crew.close()


def run_side_by_side(
    function: Callable[[Asked], Answer], tasks: Iterable[Asked], workers: int
) -> Iterator[Answer]:
    """`function` of each task, in the order of the tasks, in so many processes."""
    with open_processes(workers) as run:
        yield from run(function, tasks)


class _Member:
    """A process and the pipe to it.

    Pipes alone: the locks of a ready-made pool outlive a program that ends at once, and are
    complained about.
    """

    def __init__(self) -> None:
        self.pipe, self.process = start_process(_serve)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


class _Crew:
    """Processes that work through tasks, each at one at a time."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.members: list[_Member] = []

    def run(
        self, function: Callable[[Asked], Answer], tasks: Iterable[Asked], /
    ) -> Iterator[Answer]:
        """A `map` over the processes; KinwellError where one is lost."""
        waiting = deque(enumerate(tasks))
        busy: dict[int, _Member] = {}
        arrived: dict[int, Answer] = {}
        try:
            for position in range(len(waiting)):
                while position not in arrived:
                    self._assign(function, waiting, busy)
                    arrived |= _receive(busy)
                yield arrived.pop(position)
        finally:
            # Whoever is still at work would answer in the next round.
            for member in busy.values():
                self.members.remove(member)
                member.end()

    def _assign(
        self,
        function: Callable[[Asked], Answer],
        waiting: deque[tuple[int, Asked]],
        busy: dict[int, _Member],
    ) -> None:
        """Give every process that has none a task."""
        while waiting and len(busy) < self.size:
            idle = [member for member in self.members if member.pipe.fileno() not in busy]
            if not idle:
                self.members.append(_Member())
                idle = self.members[-1:]
            position, task = waiting.popleft()
            busy[idle[0].pipe.fileno()] = idle[0]
            # One that has died is found out when its answer is waited for.
            with suppress(OSError):
                idle[0].pipe.send((position, function, task))

    def close(self) -> None:
        """End every process, whatever it is doing."""
        for member in self.members:
            member.end()


def _receive(busy: dict[int, _Member]) -> dict[int, Any]:
    """Answers by position of the tasks that have ended; whoever was at one has none any more."""
    arrived = {}
    for descriptor in connection.wait([member.pipe for member in busy.values()]):
        pipe = cast("connection.Connection[Any, Any]", descriptor)
        try:
            position, answer, error = pipe.recv()
        except BROKEN:
            raise KinwellError(LOST) from None
        if error is not None:
            raise error
        del busy[pipe.fileno()]
        arrived[position] = answer
    return arrived


def _serve(pipe: Any) -> None:
    """Work through tasks from the parent until it closes the pipe or ends."""
    begin_worker()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            position, function, task = pipe.recv()
            pipe.send(_answer(position, function, task))


def _answer(position: int, function: Callable[[Any], Any], task: Any) -> tuple[int, Any, Any]:
    """Position, answer and error of a task: one of the two is None."""
    try:
        return position, function(task), None
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            # What does not survive the way is told by its words.
            return position, None, RuntimeError(f"{type(error).__name__}: {error}")
        return position, None, error
