"""Threads that share a loop over rows, where the loop gives the same whoever runs it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
LARGE = 16_384
"""Residents from which several threads are worth their while."""
RANGES = 4
"""Ranges of rows for each thread: whoever is held up by other work leaves some to the others."""


class Team:
    """The thread that asks, and others beside it; alone in a small town."""

    def __init__(self, threads: int, residents: int) -> None:
        """Engage so many threads in all, for a town of so many residents."""
        self.size = max(1, threads) if residents >= LARGE else 1
        # Who asks works along: one thread less to wake up, which takes as long as a short phase.
        self._others = ThreadPoolExecutor(self.size - 1) if self.size > 1 else None

    def share(self, work: Callable[[int, int], T], rows: int) -> list[T]:
        """Do some work for the rows 0..rows, in one range or in several; what each came to, in the
        order of rows.
        """
        if self._others is None:
            return [work(0, rows)]
        length = max(1, -(-rows // (RANGES * self.size)))
        # One iterator for all, so that each range is taken by one thread, when it is free.
        starts, found = iter(range(0, rows, length)), dict[int, T]()

        def take_ranges() -> None:
            """Work as long as there is a range left."""
            for start in starts:
                found[start] = work(start, min(start + length, rows))

        others = [self._others.submit(take_ranges) for _ in range(self.size - 1)]
        take_ranges()
        for other in others:
            # Who has not begun, on a machine with other work, is not waited for: nothing is left.
            if not other.cancel():
                other.result()
        return [found[start] for start in sorted(found)]

    def close(self) -> None:
        """Let the other threads go."""
        if self._others is not None:
            self._others.shutdown()


NO_TEAM = Team(1, 0)
"""Nobody beside who asks."""
