"""Ctrl-C, in two presses: the first ends a study in order, the second at once."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 130


class Interruption:
    """Catches Ctrl-C while a study runs.

    `requested` becomes true at the first press. Only inside `in_model` does a press also raise KeyboardInterrupt:
    never while a run is being stored.
    """

    def __init__(self) -> None:
        self.requested = False
        self._in_model = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, *_: object) -> None:
        if self.requested:
            # Worker processes see their parent end and follow; SQLite's log makes an end at any moment safe.
            os._exit(INTERRUPTED)
        self.requested = True
        if self._in_model:
            raise KeyboardInterrupt

    @contextmanager
    def in_model(self) -> Iterator[None]:
        """Let a press interrupt what runs here."""
        self._in_model = True
        try:
            yield
        finally:
            self._in_model = False
