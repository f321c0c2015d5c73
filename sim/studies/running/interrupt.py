"""Ctrl-C, in two presses: the first ends a study in order, the second ends the program at once and
without a word.
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
PATIENCE = 3.0
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
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if not self.requested:
            if self._before is not None:
                signal.signal(signal.SIGINT, self._before)
            return
        if self._before is not None:
            signal.signal(signal.SIGINT, _GracePeriod(self._before))
            # The interpreter gives up handlers before it ends; a press then must not spoil the exit
            # code.
            atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
        # What went wrong by itself is told; everything else a press has ended.
        if kind is None or kind is KeyboardInterrupt:
            raise Interrupted(self.resume)

    def _handle(self, *_: object) -> None:
        if self.requested:
            end_at_once()
        self.requested = True
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


class _GracePeriod:
    """What Ctrl-C means after an interrupted study: its end for a moment, then again what it meant
    before.
    """

    def __init__(self, before: Any) -> None:
        self.before = before
        self.until = time.monotonic() + PATIENCE

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
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, signal.SIG_IGN if self.last else self._before)
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
    if hasattr(sys, "ps1"):
        raise KeyboardInterrupt
    os._exit(INTERRUPTED)
