"""Whether an unchanged town stays as it is: what averages over years would hide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.society.ages import ADULT
from sim.state.codes import Event
from sim.studies.calibration.surveys import YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.studies.calibration.history import History

FEWEST_YEARS = 3
"""Years below which a trend says nothing."""


def measure_trend(history: History) -> dict[str, tuple[float, ...]]:
    """S01: change per year, as a share of the mean of all years, of symptoms, depression,
    treatment, admissions and emergency visits.
    """
    years = history.phq.shape[0] // YEAR
    if years < FEWEST_YEARS:
        return {"S01": (float("nan"),) * 5}
    seen = np.array([describe_year(history, year * YEAR) for year in range(years)])
    return {"S01": tuple(slope_of(seen[:, k]) for k in range(seen.shape[1]))}


def describe_year(history: History, start: int) -> tuple[float, ...]:
    """Per adult week of the year from `start`: PHQ-9, being in an episode, being seen, admissions,
    emergency visits.
    """
    weeks = slice(start, start + YEAR)
    there = (history.alive[weeks] == 1) & (history.age_in(start) >= ADULT)
    events = history.happened[weeks]
    figures = (
        history.phq[weeks],
        history.episode[weeks] > 0,
        history.sessions[weeks] > 0,
        (events & Event.ADMITTED) > 0,
        (events & Event.EMERGENCY) > 0,
    )
    return tuple(float((figure * there).sum() / there.sum()) for figure in figures)


def slope_of(yearly: NDArray[np.float64]) -> float:
    """Change per year by least squares, as a share of the mean; NaN where the mean is nothing."""
    mean = float(yearly.mean())
    if mean <= 0.0:
        return float("nan")
    return float(np.polyfit(np.arange(yearly.size), yearly, 1)[0] / mean)
