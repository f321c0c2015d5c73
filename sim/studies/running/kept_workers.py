"""Worker processes that stay between studies, so that the first run of a new one begins at once."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sim.studies.running.executors import END_OF_TASK, Pool, Worker

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from sim.studies.running.executors import Follow
    from sim.studies.running.interrupt import Interruption
    from sim.studies.running.worker import Failed, Finished, Task


class KeptWorkers(Pool):
    """A pool that several studies use one after the other."""

    def __init__(self, workers: int) -> None:
        super().__init__(iter(()), workers)

    def warm(self, task: Task) -> None:
        """Start every worker and let each do a small task, which loads the model there."""
        while len(self.workers) < self.size:
            self.workers.append(Worker())
        for worker in self.workers:
            worker.give(task)
        for _ in self._drain():
            pass

    def work(
        self, tasks: Iterator[Task], follow: Follow, interruption: Interruption
    ) -> Generator[tuple[Task, Finished | Failed]]:
        """Run tasks as `run_in_pool` does; when interrupted, what is under way is still finished
        and given.
        """
        self.tasks = tasks
        try:
            while self.assign() and not interruption.requested:
                for task, item in self.receive():
                    if item is END_OF_TASK:
                        self.waiting.extend(follow(task))
                        self.assign()
                    else:
                        yield task, item
            self._forget()
            # Workers stay: what they are at belongs to this study and must not arrive in the next.
            yield from self._drain()
        finally:
            self._forget()
            self._end_busy()

    def _forget(self) -> None:
        self.tasks = iter(())
        self.waiting.clear()

    def _drain(self) -> Iterator[tuple[Task, Finished | Failed]]:
        while any(worker.task is not None for worker in self.workers):
            for task, item in self.receive():
                if item is not END_OF_TASK:
                    yield task, item
            self.waiting.clear()

    def _end_busy(self) -> None:
        """End whoever is still at work for a study that is given up."""
        for worker in [worker for worker in self.workers if worker.task is not None]:
            with suppress(OSError):
                worker.end()
            self.workers.remove(worker)
