"""The trace that was made last, kept for the scenarios that come next and are held at it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.week.channels.trace import Trace

_LAST: dict[tuple[object, ...], Trace] = {}


def recall(of: tuple[object, ...], make: Callable[[], Trace]) -> Trace:
    """The trace of what is named, made where it is not the one that was made last."""
    if of not in _LAST:
        # One only: a trace of a large town is hundreds of megabytes, and scenarios of one seed
        # follow each other.
        trace = make()
        _LAST.clear()
        _LAST[of] = trace
    return _LAST[of]
