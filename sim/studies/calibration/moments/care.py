"""Who is treated and how: treatment in a year, therapy, waits, hospital, staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.society.ages import ADULT
from sim.state.codes import Event
from sim.studies.calibration.surveys import YEAR, adults, average, ill_in, share
from sim.studies.calibration.targets import read_measures
from sim.units import WEEKS_PER_CALENDAR_YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.studies.calibration.history import History

    Moments = dict[str, tuple[float, ...]]


def measure_care(history: History) -> Moments:
    """C11 to C14, C19 to C22, V05 and V06."""
    return (
        treatment(history)
        | therapy(history)
        | hospital(history)
        | readmission(history)
        | workforce(history)
    )


def treated_in(history: History, week: int) -> NDArray[np.bool_]:
    """Whether each person had a session of treatment or a stay in the year before `week`."""
    year = slice(max(week - YEAR, 0), week)
    stays = (history.happened[year] & (Event.ADMITTED | Event.DISCHARGED)).any(axis=0)
    return np.asarray(history.sessions[year].any(axis=0) | stays)


def treatment(history: History) -> Moments:
    """C11 among people with an illness, C12 among all adults, V05 by distress, asked for in the
    middle of the year whose use is counted.
    """
    line = read_measures().distress_phq

    def survey(week: int) -> tuple[float, ...]:
        """All parts, as a survey at the end of a year finds them."""
        who, treated = adults(history, week), treated_in(history, week)
        middle = max(week - YEAR // 2, 1) - 1
        there, distress = who & (history.alive[middle] == 1), history.phq[middle] >= line
        counselled = np.asarray(history.therapy[max(week - YEAR, 0) : week].any(axis=0), bool)
        return (
            share(treated, who & ill_in(history, week)),
            share(treated, who & (history.severe_in(week) == 1)),
            share(treated, who),
            share(counselled, who),
            share(treated, there & distress),
            share(treated, there & ~distress),
        )

    found = average(history, survey)
    return {"C11": found[:2], "C12": found[2:4], "V05": found[4:]}


def therapy(history: History) -> Moments:
    """C13 visits per user and year and courses left early, C14 median wait for specialist care."""

    def survey(week: int) -> tuple[float, ...]:
        """All parts, as a survey at the end of a year finds them."""
        visits = history.therapy[max(week - YEAR, 0) : week].sum(axis=0)[adults(history, week)]
        return (float(visits[visits > 0].mean()) if visits.any() else float("nan"),)

    early = history.early / history.ended if history.ended else float("nan")
    begun = np.cumsum(history.waits)
    wait = float(np.searchsorted(begun, begun[-1] / 2.0)) if begun[-1] else float("nan")
    return {"C13": (*average(history, survey), early), "C14": (wait,)}


def count_weeks(history: History, flag: Event) -> NDArray[np.int64]:
    """In how many weeks something happened to each person."""
    return np.asarray(((history.happened & flag) > 0).sum(axis=0))


def hospital(history: History) -> Moments:
    """C19 admissions and length of stay, C21 emergency visits and contact within a week of
    discharge.
    """
    # By age at the start of the observation, so that the people stay the same for years.
    grown = history.age_in(0) >= ADULT
    years = history.alive.sum(axis=0)[grown].sum() / WEEKS_PER_CALENDAR_YEAR
    admitted = count_weeks(history, Event.ADMITTED)
    stay = history.bed_days / admitted.sum() if admitted.any() else float("nan")
    visits = count_weeks(history, Event.EMERGENCY)[grown].sum()
    # discharged in one week, seen in the next
    left = ((history.happened[:-1] & Event.DISCHARGED) > 0) & (history.alive[1:] == 1)
    seen = float((history.sessions[1:][left] > 0).mean()) if left.any() else float("nan")
    return {
        "C19": (float(1000 * admitted[grown].sum() / years), float(stay)),
        "C21": (float(1000 * visits / years), seen),
    }


def readmission(history: History) -> Moments:
    """C20 within 30 days without and with psychotic illness, V06 within a year: readmissions over
    discharges that were seen long enough.
    """
    psychotic = history.psychotic == 1

    def rate(flag: Event, group: NDArray[np.bool_], follow: int) -> float:
        """Readmissions of a group over its discharges that were seen long enough."""
        left = ((history.happened[:-follow, group] & Event.DISCHARGED) > 0).sum()
        back = (
            # Readmissions cannot follow discharges of the last weeks: scaled to the weeks that
            # could be seen.
            count_weeks(history, flag)[group].sum()
            * (history.phq.shape[0] - follow)
            / history.phq.shape[0]
        )
        return float(back / left) if left else float("nan")

    return {
        "C20": (
            rate(Event.READMITTED_30_DAYS, ~psychotic, 4),
            rate(Event.READMITTED_30_DAYS, psychotic, 4),
        ),
        "V06": (first_readmission(history),),
    }


def first_readmission(history: History) -> float:
    """Share readmitted within a year after the first discharge that was seen."""
    weeks = history.phq.shape[0]
    again, count = 0, 0
    for i in np.flatnonzero((history.happened & Event.DISCHARGED).any(axis=0)):
        left = int(np.flatnonzero(history.happened[:, i] & Event.DISCHARGED)[0])
        if left + YEAR < weeks:
            count += 1
            again += bool((history.happened[left + 1 : left + YEAR + 1, i] & Event.ADMITTED).any())
    return again / count if count else float("nan")


def workforce(history: History) -> Moments:
    """C22: staff who are exhausted, and staff who leave in a year."""
    present, exhausted, left = history.staff.sum(axis=0)
    if not present:
        return {"C22": (float("nan"), float("nan"))}
    return {"C22": (float(exhausted / present), float(left / (present / WEEKS_PER_CALENDAR_YEAR)))}
