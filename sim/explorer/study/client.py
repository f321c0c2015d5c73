"""The web process's side of studies: orders go out, news come in, pages are asked for and kept."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from sim.explorer.study.messages import Answer, News, Order, Page, Report, Stop
from sim.explorer.study.process import serve

if TYPE_CHECKING:
    from pathlib import Path

GRACE = 4.0
"""Seconds that the process of studies has to end by itself."""


GONE = (
    "The process that runs studies has ended; start kinwell explore again."
    " What was finished is kept."
)


class StudyClient:
    """The process of studies as the pages see it; `news` is the last that was heard."""

    def __init__(self, directory: Path, workers: int) -> None:
        # A fork copies locks as they are, also those that another thread holds.
        context = get_context("spawn")
        self.news = News()
        self._orders, orders = context.Pipe()
        self._pages, pages = context.Pipe()
        self._news, news = context.Pipe()
        self._process: Any = context.Process(
            target=serve, args=(orders, pages, news, directory, workers)
        )
        self._theirs = (orders, pages, news)
        self._kept: dict[Page, tuple[int, Answer]] = {}
        # One question at a time: answers come back through one pipe.
        self._turn = asyncio.Lock()
        self._number = 0

    def start(self) -> None:
        """Start the process."""
        self._process.start()
        # Our copies of their ends: while one is open, a side that ends is not seen to be gone.
        for end in self._theirs:
            end.close()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                self.news = self._news.recv()
        self.news = self.news._replace(phase="failed", message=GONE)

    def send(self, order: Order | Stop) -> None:
        """Send an order; a process that is gone is reported in the news."""
        if isinstance(order, Order) and not order.ahead:
            # Whoever asks right away must not take the end of the study before for that of this
            # one.
            self.news = self.news._replace(phase="running", message="", first="")
        with suppress(OSError):
            self._orders.send(order)

    async def draw(self, page: Page) -> Answer:
        """Ask for a piece of a page, unless it was drawn from the same results before."""
        async with self._turn:
            version = self.news.version
            if page not in self._kept or self._kept[page][0] != version:
                self._kept[page] = (version, await asyncio.to_thread(self._ask, page))
                self._kept = {
                    known: kept for known, kept in self._kept.items() if kept[0] == version
                }
            return self._kept[page][1]

    async def write(self, report: Report) -> Answer:
        """Ask for a report to be written."""
        async with self._turn:
            return await asyncio.to_thread(self._ask, report)

    def _ask(self, asked: Page | Report) -> Answer:
        self._number += 1
        try:
            self._pages.send((self._number, asked))
            while True:
                number, answer = self._pages.recv()
                # The answer to a page that somebody has left may still come first.
                if number == self._number:
                    return Answer(*answer)
        except (EOFError, OSError):
            return Answer("", problem=GONE)

    def close(self) -> None:
        """End the process and with it every worker."""
        # Without its pipes the process ends by itself; it is killed only where it does not.
        for pipe in (self._orders, self._pages):
            pipe.close()
        self._process.join(GRACE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
