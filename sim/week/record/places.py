"""A quarter of every service, in one compiled call: places, posts and lists as it ends, what it
came to; part of phase 12.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.engine.fast_math import add_up
from sim.engine.kernels import loop, part
from sim.week.record.week_row import MIDDLE, find_wait

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

WHOLE = ("places", "enrolled", "waiting", "vacancies", "sessions")
"""Figures of a service that are whole numbers."""
MEDIANS = ("wait_median", "wait_in_quarter")
"""Figures that nobody has where nobody got a place."""
TOLD_OF_SERVICES = (
    "places",
    "enrolled",
    "waiting",
    "wait_median",
    "staff",
    "vacancies",
    "sessions",
    "quality",
    "started",
    "gave_up",
    "wait_in_quarter",
)
"""Figures of a service in the order in which they are told."""
_enumerate: Any = IntEnum
Figure = _enumerate("Figure", {key: k for k, key in enumerate(TOLD_OF_SERVICES)}, module=__name__)
"""Places in the figures of a service."""


@loop
def close_places(o, staff, waits, book, figures):
    """Write the quarter of each service into `figures` (n_services, len(Figure)), and begin the
    next in the register `book`.

    waits (n_services, weeks): waits that ended this week; the register has those of the quarter.
    """
    for s in range(o.key.size):
        row = figures[s]
        row[Figure.places], row[Figure.enrolled] = o.places[s], o.enrolled[s]
        row[Figure.waiting], row[Figure.quality] = o.waiting[s], o.quality[s]
        row[Figure.sessions], row[Figure.gave_up] = book.sessions[s], book.gave_up[s]
        row[Figure.wait_median] = find_wait(waits[s], MIDDLE * waits[s].sum())
        # Half of those who had waited, counted from the histogram: no list of waits is kept.
        waited = book.waits[s].sum()
        row[Figure.wait_in_quarter] = find_wait(book.waits[s], MIDDLE * waited)
        row[Figure.started] = waited + book.met[s]
        count_posts(s, staff, row)
        book.sessions[s] = book.gave_up[s] = book.met[s] = 0
        book.waits[s, :] = 0


@part
def count_posts(s, staff, row):
    """Posts of service s at work, full-time, and those that stand empty."""
    present, count, vacant = np.empty(staff.key.size), 0, 0
    for k in range(staff.key.size):
        if staff.service[k] == s:
            present[count] = staff.hours[k] * staff.filled[k]
            vacant += 1 if staff.open[k] == 1 and staff.filled[k] == 0 else 0
            count += 1
    row[Figure.staff], row[Figure.vacancies] = add_up(present[:count]), vacant


def tell_places(
    names: tuple[str, ...], quarters: Iterable[tuple[int, NDArray[np.float64]]]
) -> Iterator[dict[str, object]]:
    """A row for each service and quarter, from the last week of it and its figures."""
    for week, figures in quarters:
        for name, values in zip(names, figures.tolist(), strict=True):
            row = dict(zip(TOLD_OF_SERVICES, values, strict=True))
            row |= {key: int(row[key]) for key in WHOLE}
            # Missing is not 0: nobody's wait is none.
            row |= {key: None for key in MEDIANS if np.isnan(row[key])}
            yield {"service": name, "week": week} | row
