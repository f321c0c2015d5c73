"""What the process of studies knows of the one that runs, and what it tells of it: read by those
who run it and those who draw it.
"""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sim.explorer.study.messages import News, Order

if TYPE_CHECKING:
    from pathlib import Path

    from sim.studies.running.runner import Study


class Room:
    """The study that runs, its workers and its database; what has changed is reported as news.

    shown: the order whose runs are drawn, with the seeds that every one of its scenarios has.
    study: the one that runs, with its store. waiting: orders in the queue.
    """

    def __init__(self, news: Any, directory: Path, workers: int) -> None:
        from sim.explorer.study.stored_results import find_last_plan

        self.pipe, self.directory, self.workers = news, directory, workers
        self.queue: queue.Queue[Order | None] = queue.Queue()
        self.news = News()
        self.lock = threading.Lock()
        self.interruption: Any = None
        self.study: tuple[Study, Any] | None = None
        self.crew: Any = None
        self.shown = find_last_plan(directory)
        self.waiting = 0
        if self.shown is not None:
            self.tell(
                version=1,
                hashes=self.shown.hashes,
                pairs=len(self.shown.seeds),
                reference=self.shown.names[0],
            )

    def tell(self, *, fresh: bool = False, **changed: Any) -> None:
        """Tell what has changed; `fresh` where there are new results to draw."""
        with self.lock:
            # Runs of the reference alone make no pairs: there is nothing new to draw.
            if fresh and self.news.phase != "ahead":
                changed |= self._count() | {"version": self.news.version + 1}
            self.news = self.news._replace(**changed)
            # Under the lock, so that news arrive in order; nobody may be left to hear them.
            with suppress(OSError):
                self.pipe.send(self.news)

    def _count(self) -> dict[str, Any]:
        from sim.explorer.study.stored_results import find_complete, say_first

        if self.shown is None or self.study is None:
            return {}
        self.shown = find_complete(self.shown, *self.study)
        return {
            "pairs": len(self.shown.seeds),
            "hashes": self.shown.hashes,
            "reference": self.shown.names[0],
            "first": say_first(*self.study),
        }
