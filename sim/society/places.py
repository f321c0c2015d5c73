"""Where people spend the day: schools with catchments, a college, employers of very different sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.draws import stream
from sim.society.people import EMPLOYED, STUDENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

PUPILS_PER_SCHOOL = 600
STUDENTS_PER_COLLEGE = 3000
# Establishments: log-normal sizes, median 4 and mean about 15 employees, few above 500 (assumption near US county patterns).
EMPLOYER_LOG_MEDIAN, EMPLOYER_LOG_SD, LARGEST_EMPLOYER = 1.4, 1.6, 2000.0


def assign_places(age: NDArray[np.float32], income: NDArray[np.uint8], employment: NDArray[np.uint8], seed: int) -> NDArray[np.uint32]:
    """School or employer of every resident, counted from 1; 0 without one.

    Rows follow addresses, so neighbouring pupils share a school. People with like incomes work together more often.
    """
    place = np.zeros(age.size, dtype=np.uint32)
    used = _fill_in_order(place, np.flatnonzero((employment == STUDENT) & (age < 18)), PUPILS_PER_SCHOOL, 0)
    used = _fill_in_order(place, np.flatnonzero((employment == STUDENT) & (age >= 18)), STUDENTS_PER_COLLEGE, used)
    workers = np.flatnonzero(employment == EMPLOYED)
    rng = stream(seed, "society.employers")
    order = workers[np.argsort(income[workers] + 1.5 * rng.standard_normal(workers.size), kind="stable")]
    place[order] = used + 1 + _size_employers(rng, workers.size)
    return place


def _fill_in_order(place: NDArray[np.uint32], rows: NDArray[np.int64], each: int, used: int) -> int:
    """Send rows, in order, to as many places of about `each` as they fill; returns the last place's number."""
    places = max(1, round(rows.size / each)) if rows.size else 0
    place[rows] = used + 1 + np.arange(rows.size) * places // max(rows.size, 1)
    return used + places


def _size_employers(rng: np.random.Generator, workers: int) -> NDArray[np.int64]:
    """The employer (from 0) of each of a row of workers."""
    sizes = np.empty(0, dtype=np.int64)
    while int(sizes.sum()) < workers:
        more = rng.lognormal(EMPLOYER_LOG_MEDIAN, EMPLOYER_LOG_SD, workers // 14 + 4)
        sizes = np.concatenate([sizes, np.clip(more, 1.0, LARGEST_EMPLOYER).astype(np.int64)])
    return np.repeat(np.arange(sizes.size), sizes)[:workers]
