"""Ctrl-C, in two presses: the first ends a study in order, the second ends the program at once and
without a word. SIGTERM, which schedulers and containers send, counts as a press, and so does the
SIGHUP of a terminal that is closed.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from sim.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 130
HANG_UP: int | None = getattr(signal, "SIGHUP", None)
"""The signal of a terminal that is closed, where there is one."""
GRACE_SECONDS = 3.0
"""Seconds after a study was interrupted in which one more press still belongs to it: the caller is
on the way out.
"""


class Interruption:
    """Catches Ctrl-C from before a store is opened until after it is closed, and ends what it spans
    with `Interrupted`.

    `requested` becomes true at the first press. Only inside `in_model` does a press also raise
    KeyboardInterrupt: never while a run is being stored. The second press ends the program, now or
    in the moments after.
    """

    def __init__(self, resume: str = "") -> None:
        """Take the command that goes on with what is interrupted."""
        self.resume = resume
        self.requested = False
        self._in_model = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = _answer(self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for number, before in self._before.items():
            if not self.requested:
                signal.signal(number, before)
                continue
            # Between the end of a study and the end of the program a press must not become a
            # traceback.
            signal.signal(number, _GracePeriod(before))
            # The interpreter gives up handlers before it ends; a press then must not spoil the exit
            # code.
            atexit.register(signal.signal, number, signal.SIG_IGN)
        if not self.requested:
            return
        # What went wrong by itself is told; everything else a press has ended.
        if kind is None or kind is KeyboardInterrupt:
            raise Interrupted(self.resume)

    def _handle(self, *_: object) -> None:
        if self.requested:
            end_at_once()
        self.requested = True
        # Only there: an exception while a run is stored would leave half of it.
        if self._in_model:
            raise KeyboardInterrupt

    @contextmanager
    def in_model(self) -> Iterator[None]:
        """Let a press interrupt what runs here, at once."""
        self._in_model = True
        try:
            if self.requested:
                raise KeyboardInterrupt
            yield
        finally:
            self._in_model = False


def list_presses() -> list[int]:
    """Name the signals that ask this program to end."""
    presses: list[int] = [signal.SIGINT, signal.SIGTERM]
    # Whoever starts a program with `nohup` wants it to go on without the terminal, workers too:
    # they inherit that the signal is ignored, unless somebody here answers it.
    if HANG_UP is not None and signal.getsignal(HANG_UP) is not signal.SIG_IGN:
        presses.append(HANG_UP)
    return presses


def _answer(handle: Any) -> dict[int, Any]:
    """Let a handler answer every press; what answered before is given. Only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.signal(number, handle) for number in list_presses()}


class _GracePeriod:
    """What Ctrl-C means after an interrupted study: its end for a moment, then again what it meant
    before.
    """

    def __init__(self, before: Any) -> None:
        self.before = before
        self.until = time.monotonic() + GRACE_SECONDS

    def __call__(self, number: int, frame: Any) -> None:
        if time.monotonic() < self.until:
            end_at_once()
        signal.signal(number, self.before)
        if callable(self.before):
            self.before(number, frame)
        else:
            signal.raise_signal(number)


class SigintHandler:
    """Answers Ctrl-C for a whole program: the first press raises KeyboardInterrupt, a second ends
    it without a word.

    last: the program ends with what this spans, so that presses after it must not spoil the end.
    """

    def __init__(self, *, last: bool) -> None:
        self.last = last
        self.pressed = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = _answer(self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, signal.SIG_IGN if self.last else before)
        if kind is KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None

    def _handle(self, *_: object) -> None:
        if self.pressed:
            end_at_once()
        self.pressed = True
        raise KeyboardInterrupt


def end_at_once() -> None:
    """End the program; in a session that somebody types into, only what is under way.

    Worker processes see their parent end and follow; SQLite's log makes an end at any moment safe.
    """
    # An interactive session goes on: only what is under way ends.
    if hasattr(sys, "ps1"):
        raise KeyboardInterrupt
    os._exit(INTERRUPTED)
