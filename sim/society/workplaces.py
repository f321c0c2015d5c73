"""Where people spend the day: schools with catchments, a college, employers of very different
sizes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.random import stream
from sim.society.ages import ADULT
from sim.state.codes import Employment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.evidence.society import Places

BATCH, SPARE = 14, 4
"""Employers are drawn in batches: one for so many workers, about their mean size, and a few
more.
"""


def assign_places(
    age: NDArray[np.float32],
    income: NDArray[np.uint8],
    employment: NDArray[np.uint8],
    p: Places,
    seed: int,
) -> NDArray[np.uint32]:
    """School or employer of every resident, counted from 1; 0 without one.

    Rows follow addresses, so neighbouring pupils share a school. People with like incomes work
    together more often.
    """
    place = np.zeros(age.size, dtype=np.uint32)
    used = _fill_in_order(
        place, np.flatnonzero((employment == Employment.STUDENT) & (age < ADULT)), p.school, 0
    )
    used = _fill_in_order(
        place, np.flatnonzero((employment == Employment.STUDENT) & (age >= ADULT)), p.college, used
    )
    workers = np.flatnonzero(employment == Employment.EMPLOYED)
    rng = stream(seed, "society.employers")
    order = workers[
        np.argsort(
            income[workers] + p.employer_mix * rng.standard_normal(workers.size), kind="stable"
        )
    ]
    place[order] = used + 1 + _size_employers(workers.size, p, rng)
    return place


def _fill_in_order(
    place: NDArray[np.uint32], rows: NDArray[np.int64], each: float, used: int
) -> int:
    """Send rows, in order, to as many places of about `each` as they fill.

    Returns the last place's number.
    """
    places = max(1, round(rows.size / each)) if rows.size else 0
    place[rows] = used + 1 + np.arange(rows.size) * places // max(rows.size, 1)
    return used + places


def _size_employers(workers: int, p: Places, rng: np.random.Generator) -> NDArray[np.int64]:
    """The employer (from 0) of each of a row of workers."""
    sizes = np.empty(0, dtype=np.int64)
    while int(sizes.sum()) < workers:
        more = rng.lognormal(p.employer_median, p.employer_sd, workers // BATCH + SPARE)
        sizes = np.concatenate([sizes, np.clip(more, 1.0, p.employer_most).astype(np.int64)])
    return np.repeat(np.arange(sizes.size), sizes)[:workers]
