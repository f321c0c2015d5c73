"""How episodes of depression run: recovery of new and of running episodes, recurrence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.state.codes import Event
from sim.studies.calibration.surveys import ADULT, YEAR
from sim.studies.calibration.targets import read_measures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.studies.calibration.history import History

WELL_WEEKS, HIGH_WEEKS = 4, 2
"""Weeks that a recovery and an onset take to be noticed; dated back to where they began."""
MONTHS = (13, 26, 52, 104)
FIVE_YEARS = 260


def measure_course(history: History) -> dict[str, tuple[float, ...]]:
    """C09 recovery of new episodes, C10 of running ones without treatment, V01 recurrence within
    five years.
    """
    return {"C09": recover(history), "C10": remit_untreated(history), "V01": (recur(history),)}


def survive(
    time: NDArray[np.float64], ended: NDArray[np.bool_], at: Sequence[float]
) -> tuple[float, ...]:
    """Share with an event by each time, Kaplan and Meier: `ended` false means lost from sight at
    `time`; NaN without anybody.
    """
    if not time.size:
        return tuple(float("nan") for _ in at)
    moments = np.unique(time[ended])
    risk = np.array([(time >= moment).sum() for moment in moments], float)
    events = np.array([((time == moment) & ended).sum() for moment in moments], float)
    left = np.cumprod(1.0 - events / np.maximum(risk, 1.0))
    return tuple(float(1.0 - left[moments <= t][-1]) if (moments <= t).any() else 0.0 for t in at)


def episodes(
    history: History,
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Every new episode of an adult: weeks that it lasted, whether it ended in sight, person, week
    of its end (or last seen).
    """
    weeks = history.phq.shape[0]
    start, who = np.nonzero(history.happened & Event.NEW_EPISODE)
    keep = history.age_in(0)[who] >= ADULT
    start, who = start[keep], who[keep]
    over = (history.episode <= 0).astype(np.int8)
    end = np.full(start.size, weeks)
    for k in range(start.size):
        after = np.flatnonzero(over[start[k] :, who[k]])
        end[k] = start[k] + after[0] if after.size else weeks
    last = np.minimum(end, weeks - 1)
    ended = (end < weeks) & (history.alive[last, who] == 1)
    length = (end - start + HIGH_WEEKS - 1 - np.where(ended, WELL_WEEKS - 1, 0)).astype(float)
    return length, ended, who, end


def recover(history: History) -> tuple[float, ...]:
    """Share of new episodes recovered by 3, 6, 12 and 24 months."""
    length, ended, _, _ = episodes(history)
    return survive(length, ended, MONTHS)


def remit_untreated(history: History) -> tuple[float, ...]:
    """Share of cases untreated on the day whose episode ended by 3, 6 and 12 months.

    Lost from sight once treated.
    """
    lines, time, ended = read_measures(), [], []
    for week in range(YEAR, history.phq.shape[0] - YEAR, YEAR // 4):
        adult = (history.age_in(week) >= ADULT) & (history.alive[week] == 1)
        untreated = (
            history.sessions[week + 1 - int(lines.untreated_weeks) : week + 1].sum(axis=0) == 0
        )
        for i in np.flatnonzero(
            adult & untreated & (history.episode[week] > 0) & (history.phq[week] >= lines.case_phq)
        ):
            over = np.flatnonzero(history.episode[week : week + 53, i] <= 0)
            helped = np.flatnonzero(history.sessions[week : week + 53, i] > 0)
            stop, treated = (over[0] if over.size else 53), (helped[0] if helped.size else 53)
            time.append(min(max(stop - WELL_WEEKS + 1, 1), treated, 52))
            ended.append(bool(stop < 53 and max(stop - WELL_WEEKS + 1, 1) <= treated))
    return survive(np.array(time, float), np.array(ended, bool), MONTHS[:3])


def recur(history: History) -> float:
    """Share of adults in remission for half a year, of those ever known to have had an episode,
    with another within five years.

    NaN for a history that is too short to say.
    """
    weeks, index = history.phq.shape[0], YEAR
    if weeks < index + FIVE_YEARS:
        return float("nan")
    known = (history.had > 0) | (history.episode[:index] > 0).any(axis=0)
    remitted = (history.episode[index - 26 : index] <= 0).all(axis=0)
    who = np.flatnonzero(
        known & remitted & (history.alive[index] == 1) & (history.age_in(index) >= ADULT)
    )
    again = (history.happened[index:, who] & Event.NEW_EPISODE) > 0
    present = history.alive[index:, who].sum(axis=0)
    time = np.where(again.any(axis=0), again.argmax(axis=0), present).astype(float)
    return survive(time, np.asarray(again.any(axis=0), bool), (FIVE_YEARS,))[0]
