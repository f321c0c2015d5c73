"""What a survey of a town can see, and how moments are taken from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.society.ages import ADULT
from sim.studies.calibration.known_values import average_known
from sim.studies.calibration.targets import read_measures
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sim.studies.calibration.history import History

    Flags = NDArray[np.bool_]
    Moments = dict[str, tuple[float, ...]]

YEAR = WEEKS_PER_YEAR

SURVEYS = tuple(year * WEEKS_PER_YEAR for year in (1, 2, 3))
"""Weeks at which somebody asks about the year that ended."""


def share(of: NDArray[np.generic], among: Flags) -> float:
    """Share of people with a feature among a group; NaN for an empty group."""
    return float(np.asarray(of)[among].mean()) if among.any() else float("nan")


def average(history: History, survey: Callable[[int], tuple[float, ...]]) -> tuple[float, ...]:
    """Mean of a survey over the surveys that the history is long enough for."""
    weeks = [week for week in SURVEYS if week <= history.phq.shape[0]]
    return tuple(average_known([survey(week) for week in weeks]).tolist())


def adults(history: History, week: int) -> Flags:
    """Adults alive at the end of the year that ends before `week`."""
    return np.asarray((history.alive[week - 1] == 1) & (history.age_in(week - 1) >= ADULT))


def longest_run(high: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Longest run of weeks (axis 0) in a row, per person."""
    run, best = np.zeros(high.shape[1], np.int64), np.zeros(high.shape[1], np.int64)
    for week in high:
        run = np.where(week, run + 1, 0)
        best = np.maximum(best, run)
    return best


def depressed_in(history: History, week: int) -> Flags:
    """Whether each person was in an episode of depression in the year before `week`."""
    return np.asarray((history.episode[max(week - YEAR, 0) : week] > 0).any(axis=0))


def ill_in(history: History, week: int) -> Flags:
    """Whether each person had any mental illness in the year before `week`."""
    lines = read_measures()
    high = history.phq[max(week - YEAR, 0) : week] >= lines.ami_phq
    return np.asarray(
        (longest_run(high) >= lines.ami_weeks)
        | depressed_in(history, week)
        | (history.severe_in(week) == 1)
    )
