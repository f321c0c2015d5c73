"""Who does the work: this process, or a pool of others that may die without taking the study
along.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections import Counter, deque
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, resource_tracker
from typing import TYPE_CHECKING, Any, cast

from sim.engine.lazy_imports import postpone
from sim.provenance import tell_time
from sim.studies.processes import end_with_parent
from sim.studies.running.interrupt import list_presses
from sim.studies.running.worker import Failed, Finished, Task, run_task

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from sim.studies.running.interrupt import Interruption

    Follow = Callable[[Task], list[Task]]

ATTEMPTS = 2
POLL_SECONDS = 0.2
END_OF_TASK = None
BROKEN = (OSError, EOFError, pickle.PickleError, ValueError, TypeError, AttributeError, ImportError)
"""What reading from a worker that died, or wrote half a message, can raise."""
FIRST_PATIENCE, ANSWER_SECONDS, PATIENT_TIMES = 3600.0, 600.0, 30.0
"""Seconds of silence after which a worker is taken to hang: before any run of the study has ended,
and after that at least; and that many times the longest silence that ended with a run.
"""
# One worker is one core: linear algebra in several threads would have workers wait for each other.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run_here(
    tasks: Iterator[Task], follow: Follow, interruption: Interruption
) -> Generator[tuple[Task, Finished | Failed]]:
    """Run tasks one after the other in this process.

    `follow` names the tasks that a finished one makes possible.
    """
    waiting: deque[Task] = deque()
    while task := (waiting.popleft() if waiting else next(tasks, None)):
        items = run_task(task)
        while not interruption.requested:
            try:
                with interruption.in_model():
                    item = next(items, None)
            except KeyboardInterrupt:
                return
            if item is None:
                break
            yield task, item
        if interruption.requested:
            return
        waiting.extend(follow(task))


def run_in_pool(
    tasks: Iterator[Task], follow: Follow, interruption: Interruption, workers: int
) -> Generator[tuple[Task, Finished | Failed]]:
    """Run tasks in worker processes and give each run as it finishes.

    A worker that dies is replaced; the run it was at is tried once more and then given as failed.
    """
    pool = Pool(tasks, workers)
    try:
        while pool.assign() and not interruption.requested:
            for task, item in pool.receive():
                # Only after the whole task: those that follow need the town that it leaves.
                if item is END_OF_TASK:
                    pool.waiting.extend(follow(task))
                    pool.assign()
                else:
                    yield task, item
        # What has arrived is stored, what is under way is not waited for.
        while interruption.requested and (arrived := list(pool.receive(0.0))):
            yield from ((task, item) for task, item in arrived if item is not END_OF_TASK)
    finally:
        pool.close()


@contextmanager
def out_of_reach() -> Iterator[None]:
    """Start a process that Ctrl-C does not reach, not even while it imports: it inherits that the
    signal is held back.

    A press meanwhile is answered afterwards: an end in between would leave a process that complains
    of a missing parent.
    """
    if (
        not hasattr(signal, "pthread_sigmask")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return
    # The tracker comes with the first process, and starting it lets the signal through again.
    resource_tracker.ensure_running()
    pressed: list[int] = []

    def note(number: int, _: object) -> None:
        """Keep a press for afterwards."""
        pressed.append(number)

    meant = {number: signal.signal(number, note) for number in list_presses()}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for sort, handler in meant.items():
            signal.signal(sort, handler)
        for number in pressed:
            signal.raise_signal(number)


def start_process(serve: Callable[[Any], None]) -> tuple[Any, Any]:
    """Start a process that serves one end of a pipe: the other end, and the process."""
    # Measured with two workers: spawn 0.70 s to the first run, a preloaded forkserver 0.60 s;
    # spawn works on every system and a worker sees the environment as it is now.
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    with hide_main(), out_of_reach():
        process.start()
    # The process holds the other end: kept open here, its death would not end the pipe.
    theirs.close()
    return ours, process


class Worker:
    """A process, the pipe to it, and the task it is at."""

    def __init__(self) -> None:
        self.pipe, self.process = start_process(_serve)
        self.task: Task | None = None
        self.finished = self.number = 0
        self.heard = time.monotonic()

    def give(self, task: Task) -> None:
        """Hand over a task; a worker that is already dead is found out later."""
        self.task, self.finished, self.number = task, 0, self.number + 1
        self.heard = time.monotonic()
        with suppress(OSError):
            self.pipe.send((self.number, task))

    def expects(self, number: int, item: Finished | Failed | None) -> bool:
        """Whether an answer is the next one: not late, of an earlier task, and not given twice."""
        # Numbers of tasks tell an answer that comes late, after the task was given to somebody
        # else.
        return number == self.number and (item is END_OF_TASK or item.position == self.finished)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Pool:
    """Workers and what they are at; every task is given to one worker at a time."""

    def __init__(self, tasks: Iterator[Task], workers: int) -> None:
        self.tasks = tasks
        self.size = workers
        self.waiting: deque[Task] = deque()
        self.workers: list[Worker] = []
        self.deaths: Counter[tuple[str, int, int | None]] = Counter()
        self.longest = 0.0

    def assign(self) -> bool:
        """Give work to whoever has none; false when nothing is left and nobody is at work."""
        idle = [worker for worker in self.workers if worker.task is None]
        while idle or len(self.workers) < self.size:
            task = self.waiting.popleft() if self.waiting else next(self.tasks, None)
            if task is None:
                break
            if idle:
                idle.pop().give(task)
            else:
                self.workers.append(Worker())
                self.workers[-1].give(task)
        return any(worker.task is not None for worker in self.workers)

    def receive(
        self, seconds: float = POLL_SECONDS
    ) -> Iterator[tuple[Task, Finished | Failed | None]]:
        """Give what has arrived, waiting for a moment; None after the last run of a task."""
        # By descriptor, as the system's wait names them.
        busy = {worker.pipe.fileno(): worker for worker in self.workers if worker.task is not None}
        for descriptor in connection.wait(list(busy), timeout=seconds):
            worker = busy[cast("int", descriptor)]
            task = cast("Task", worker.task)
            try:
                number, item = worker.pipe.recv()
            except BROKEN:
                worker.end()
                yield from self._bury(worker, task, _explain(worker.process.exitcode))
                continue
            if worker.expects(number, item):
                yield from self._accept(worker, task, item)
        yield from self._bury_silent()

    def _accept(
        self, worker: Worker, task: Task, item: Finished | Failed | None
    ) -> Iterator[tuple[Task, Finished | Failed | None]]:
        now = time.monotonic()
        if item is not END_OF_TASK:
            self.longest = max(self.longest, now - worker.heard)
            worker.finished += 1
        # A task that says it ends with runs left out is as broken as one that dies.
        elif worker.finished < len(task.scenarios):
            worker.end()
            yield from self._bury(worker, task, "a worker process left out this run twice")
            return
        else:
            worker.task = None
        worker.heard = now
        yield task, item

    def _bury_silent(self) -> Iterator[tuple[Task, Finished | Failed | None]]:
        """End workers that have not answered for so long that they never will."""
        patience = (
            max(ANSWER_SECONDS, PATIENT_TIMES * self.longest) if self.longest else FIRST_PATIENCE
        )
        now = time.monotonic()
        for worker in [worker for worker in self.workers if worker.task is not None]:
            if now - worker.heard > patience:
                worker.end()
                why = f"the worker process did not answer for {patience / 60:.0f} minutes, twice"
                yield from self._bury(worker, cast("Task", worker.task), why)

    def _bury(
        self, worker: Worker, task: Task, why: str
    ) -> Iterator[tuple[Task, Finished | Failed | None]]:
        self.workers.remove(worker)
        # What was finished is stored: only the rest is tried again.
        left = task.scenarios[worker.finished :]
        if not left:
            yield task, END_OF_TASK
            return
        # Counted for the run and not for the worker: a run that kills two of them is the cause.
        key = (left[0].name, task.seed, task.draw_index)
        self.deaths[key] += 1
        if self.deaths[key] >= ATTEMPTS:
            yield task, Failed(worker.finished, "worker", why, "", tell_time(), 0.0)
            left = left[1:]
        if left:
            # First in line, since others may wait for the town that it makes.
            self.waiting.appendleft(task._replace(scenarios=left))
        else:
            yield task, END_OF_TASK

    def close(self) -> None:
        """End every worker."""
        for worker in self.workers:
            worker.end()


def _explain(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        hint = (
            "; the machine may have run out of memory (use fewer workers with -j)"
            if name == "SIGKILL"
            else ""
        )
        return f"the worker process was ended by {name} twice at this run{hint}"
    return f"the worker process ended twice at this run (exit code {code})"


def begin_worker() -> None:
    """What every worker process does first: Ctrl-C is its parent's, and it ends when that ends."""
    postpone()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    end_with_parent()


def _serve(pipe: Any) -> None:
    """Work through tasks from the parent until it closes the pipe or ends."""
    begin_worker()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            number, task = pipe.recv()
            for item in run_task(task):
                pipe.send((number, item))
            pipe.send((number, END_OF_TASK))


@contextmanager
def hide_main() -> Iterator[None]:
    """Keep new processes from running the caller's script again: workers need nothing of it.

    So a script works without an `if __name__ == "__main__"` guard, and so does one read from
    standard input.
    """
    main: dict[str, Any] = vars(sys.modules["__main__"])
    kept: dict[str, Any] = {
        name: main.pop(name) for name in ("__file__", "__spec__") if name in main
    }
    # Without it, a new process would look for a module to run.
    main["__spec__"] = None
    try:
        yield
    finally:
        main.pop("__spec__", None)
        main.update(kept)
