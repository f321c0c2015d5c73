"""The process that runs studies and draws them: it owns the workers, the database and everything
heavy.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sim.errors import Interrupted, KinwellError
from sim.explorer.study.messages import Order, Stop
from sim.explorer.study.room import Room
from sim.studies.processes import end_with_parent

if TYPE_CHECKING:
    from pathlib import Path

CLOSING_SECONDS = 2.0
"""Seconds in which a study that is under way may end when the program does."""


def serve(orders: Any, pages: Any, news: Any, directory: Path, workers: int) -> None:
    """Take orders and requests for pages until the other side is gone; then end every worker."""
    # Ctrl-C reaches both processes: this one ends when the other closes its pipes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    room = StudyRoom(news, directory, workers)
    threading.Thread(target=room.work, daemon=True).start()
    threading.Thread(target=_draw, args=(pages, room), daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            order = orders.recv()
            if isinstance(order, Stop):
                room.stop()
            else:
                room.take(order)
    room.close()
    # At once: a thread that still draws would keep an ordinary exit waiting.
    os._exit(0)


def _draw(pages: Any, room: Room) -> None:
    """Answer requests for pages one after the other: figures are drawn by one thread alone."""
    # analysis is heavy, and the workers start meanwhile
    from sim.explorer.study.views import answer

    with suppress(EOFError, OSError):
        while True:
            number, asked = pages.recv()
            pages.send((number, answer(asked, room)))


class _Told:
    """Progress that is told to the study room run by run."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def start(self, total: int, already: int) -> None:
        """Begin; `already` runs were stored before."""
        self.room.tell(wanted=total, done=already)

    def advance(self, *, failed: bool = False) -> None:
        """One more run has ended."""
        now = self.room.news
        self.room.tell(done=now.done + 1, failed=now.failed + failed, fresh=True)

    def finish(self) -> None:
        """No more runs will end: what there is can be drawn."""
        self.room.tell(fresh=True)


class StudyRoom(Room):
    """The room in which one study at a time is run, its workers kept."""

    def take(self, order: Order) -> None:
        """Put an order in the queue; whatever runs gives way."""
        with self.lock:
            self.waiting += 1
            # What nobody waits for yet must not stop what somebody waits for.
            if self.interruption is not None and (not order.ahead or self.news.phase == "ahead"):
                self.interruption.requested = True
        self.queue.put(order)

    def stop(self) -> None:
        """Stop the study that runs, and drop those that wait."""
        with self.lock:
            if self.interruption is not None:
                self.interruption.requested = True
            while not self.queue.empty():
                with suppress(queue.Empty):
                    self.queue.get_nowait()
                    self.waiting -= 1

    def close(self) -> None:
        """End the study and every worker."""
        self.stop()
        end = time.monotonic() + CLOSING_SECONDS
        while self.interruption is not None and time.monotonic() < end:
            time.sleep(0.02)
        if self.crew is not None:
            self.crew.close()

    def work(self) -> None:
        """Start the workers, then run what is asked for, one order after the other."""
        try:
            self._start()
        except Exception as error:
            self.tell(phase="failed", message=f"the workers could not be started: {error}")
        while True:
            order = self.queue.get()
            with self.lock:
                self.waiting -= 1
                # Only the newest order counts: whoever asked again waits for no other.
                if order is None or (self.waiting and not self.queue.empty()):
                    continue
            self._run(order)

    def _start(self) -> None:
        from sim.scenario.library import load
        from sim.studies.running.compiling import compile_first
        from sim.studies.running.kept_workers import KeptWorkers
        from sim.studies.running.worker import Task

        town = load("baseline")
        compile_first(lambda said: self.tell(phase="compiling", message=said))
        self.crew = KeptWorkers(self.workers)
        # A tiny town, so that every worker has loaded and compiled before somebody waits for it.
        tiny = town.with_({"population.residents": 60, "warm_up": 2, "horizon": 4})
        self.crew.warm(Task((tiny,), 1))
        self.tell(phase="idle", message="")

    def _run(self, order: Order) -> None:
        from sim.explorer.study.orders import run_order

        begun = time.perf_counter()
        phase = "ahead" if order.ahead else "running"
        self.tell(
            phase=phase,
            message="",
            done=0,
            failed=0,
            wanted=len(order.scenarios) * order.replicates,
        )
        message = ""
        try:
            message = run_order(order, self, _Told(self))
            phase = "idle" if order.ahead else "done"
        except Interrupted:
            phase, message = "stopped", "Stopped. What was finished is kept."
        except KinwellError as error:
            phase, message = "failed", str(error)
        # Told and not raised: without this thread every later order would wait for ever.
        except Exception as error:
            phase, message = "failed", f"unexpected {type(error).__name__}: {str(error)[:200]}"
        finally:
            self.study = None
            with self.lock:
                self.interruption = None
        self.tell(
            phase=phase,
            message=message,
            version=self.news.version + 1,
            seconds=time.perf_counter() - begun,
        )
