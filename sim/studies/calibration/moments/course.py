"""How episodes of depression run: recovery of new and of running episodes, recurrence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.society.ages import ADULT
from sim.state.codes import Event
from sim.studies.calibration.surveys import YEAR, adults, share
from sim.studies.calibration.targets import read_measures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.studies.calibration.history import History

HIGH_WEEKS = 2
"""Weeks that an onset takes to be noticed; it is dated back to where it began, as is a recovery."""
MONTHS = (13, 26, 52, 104)
FIVE_YEARS = 260


def measure_course(history: History) -> dict[str, tuple[float, ...]]:
    """C09 recovery of new episodes, C10 of running ones without treatment, V01 recurrence within
    five years, V09 those who ever sought treatment.
    """
    found = {"C09": recover(history), "C10": remit_untreated(history), "V01": (recur(history),)}
    return found | {"V09": seek_ever(history)}


def survive(
    time: NDArray[np.float64], ended: NDArray[np.bool_], at: Sequence[float]
) -> tuple[float, ...]:
    """Share with an event by each time, Kaplan and Meier: `ended` false means censored at
    `time`; NaN without anybody.
    """
    if not time.size:
        return tuple(float("nan") for _ in at)
    moments = np.unique(time[ended])
    risk = np.array([(time >= moment).sum() for moment in moments], float)
    events = np.array([((time == moment) & ended).sum() for moment in moments], float)
    # Those who are censored stay at risk until then.
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
    # An onset takes two weeks to be seen and a recovery some more: both are dated back to where
    # they began, as an interviewer would.
    seen = end - start + HIGH_WEEKS - 1 - np.where(ended, history.recovery_weeks - 1, 0)
    return seen.astype(np.float64), np.asarray(ended, bool), who.astype(np.int64), end


def recover(history: History) -> tuple[float, ...]:
    """Share of new episodes recovered by 3, 6, 12 and 24 months."""
    length, ended, _, _ = episodes(history)
    return survive(length, ended, MONTHS)


def remit_untreated(history: History) -> tuple[float, ...]:
    """Share of cases untreated on the day who are in remission by 3, 6 and 12 months.

    Remission is some weeks of low symptoms in a row, from their beginning; it need not last as long
    as a recovery, since trials ask at a visit. Lost from sight once treated or gone.
    """
    lines, time, ended = read_measures(), [], []
    low = (history.phq < history.recovery_phq) & (history.alive == 1)
    # Low for that many weeks in a row, counted by differences of a running sum.
    calm = start_runs(low, int(lines.remission_weeks))
    for week in range(YEAR, history.phq.shape[0] - YEAR, YEAR // 4):
        adult = (history.age_in(week) >= ADULT) & (history.alive[week] == 1)
        untreated = (
            history.sessions[week + 1 - int(lines.untreated_weeks) : week + 1].sum(axis=0) == 0
        )
        for i in np.flatnonzero(
            adult & untreated & (history.episode[week] > 0) & (history.phq[week] >= lines.case_phq)
        ):
            year = slice(week, week + YEAR + 1)
            lost = (history.sessions[year, i] > 0) | (history.alive[year, i] == 0)
            stop, gone = find_first(calm[year, i]), find_first(lost)
            time.append(min(stop, gone, YEAR))
            ended.append(stop <= min(gone, YEAR))
    return survive(np.array(time, float), np.array(ended, bool), MONTHS[:3])


def find_first(flags: NDArray[np.bool_]) -> int:
    """Position of the first that is true; the length where none is."""
    return int(flags.argmax()) if flags.any() else flags.size


def start_runs(low: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Whether a run of at least `length` weeks (axis 0) begins or goes on in each week."""
    counted = np.vstack(
        [np.zeros((1, low.shape[1]), np.int32), np.cumsum(low, axis=0, dtype=np.int32)]
    )
    whole = counted[length:] - counted[:-length] == length
    return np.vstack([whole, np.zeros((length - 1, low.shape[1]), bool)])


def recur(history: History) -> float:
    """Share of adults in remission for half a year, of those ever known to have had an episode,
    with another within five years.

    NaN for a history that is too short to say.
    """
    weeks, index = history.phq.shape[0], YEAR
    if weeks < index + FIVE_YEARS:
        return float("nan")
    known = (history.had > 0) | (history.episode[:index] > 0).any(axis=0)
    there = history.alive[index - 26] == 1
    remitted = there & (history.episode[index - 26 : index] <= 0).all(axis=0)
    who = np.flatnonzero(
        known & remitted & (history.alive[index] == 1) & (history.age_in(index) >= ADULT)
    )
    again = (history.happened[index:, who] & Event.NEW_EPISODE) > 0
    present = history.alive[index:, who].sum(axis=0)
    # Who leaves without another episode counts for as long as they were there.
    time = np.where(again.any(axis=0), again.argmax(axis=0), present).astype(float)
    return survive(time, np.asarray(again.any(axis=0), bool), (FIVE_YEARS,))[0]


def seek_ever(history: History) -> tuple[float, float]:
    """V09: of adults who ever had an episode, the share who ever were in treatment: mean of all
    years, and by how much it changes from the first year to the last.
    """
    weeks = history.phq.shape[0]
    had, helped = history.had > 0, history.helped > 0
    yearly = []
    for year in range(weeks // YEAR):
        span = slice(year * YEAR, (year + 1) * YEAR)
        had = had | (history.episode[span] > 0).any(axis=0)
        helped = helped | (history.sessions[span] > 0).any(axis=0)
        helped = helped | ((history.happened[span] & Event.ADMITTED) > 0).any(axis=0)
        yearly.append(share(helped, adults(history, span.stop) & had))
    return (float(np.mean(yearly)), yearly[-1] - yearly[0]) if yearly else (float("nan"),) * 2
