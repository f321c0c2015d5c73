"""Measures: what the model gives for a local figure, from what was observed in a town."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.units import WEEKS_PER_CALENDAR_YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.places.figures.observation import Observation

SURVEYED = (
    "distress_now",
    "serious_distress",
    "lonely",
    "ever_depressed",
    "severe",
    "lonely_often",
    "treated_cases",
    "ever_diagnosed",
    "lonely_older",
)
"""Measures of a survey, in the order in which an observation keeps its answers."""
COUNTED_EVENTS = frozenset(
    {
        "admissions",
        "emergency_visits",
        "bed_days",
        "therapy_referrals",
        "therapy_entered",
        "therapy_finished",
    }
)
"""Measures that are counts of the whole place and grow with its people.

All others are shares, rates, days and weeks.
"""
MEASURES = {
    "admissions": "admissions to the ward, per year",
    "admissions_per_1000": "admissions of adults per 1,000 adults and year",
    "emergency_visits": "visits to the emergency department, per year",
    "emergency_per_1000": "visits of adults per 1,000 adults and year",
    "bed_days": "bed days, per year",
    "stay_days": "bed days per admission",
    "readmitted_30": "readmissions within 30 days per discharge",
    "crises_per_100000": "crises per 100,000 residents and year",
    "suicides_per_100000": "deaths by suicide per 100,000 residents and year",
    "treated": "adults with a session of treatment or a stay in the year, share",
    "counselled": "adults with a session of talking therapy in the year, share",
    "depression": "adults in an episode of depression in the year, share",
    "ever_depressed": "adults who ever had an episode, share",
    "distress_now": "adults with PHQ-9 of 10 and more on the day, share",
    "serious_distress": "adults at the line of serious distress on the day, share",
    "lonely": "adults who are lonely sometimes or more often, share",
    "severe": "adults with severe mental illness, share",
    "therapy_referrals": "people joining the list of talking therapy, per year",
    "therapy_entered": "people beginning talking therapy, per year",
    "therapy_finished": "courses of two sessions and more that ended, per year",
    "therapy_recovery": "finished courses of cases that ended below the line, share",
    "therapy_improvement": "finished courses with reliable improvement, share",
    "therapy_wait": "median wait for talking therapy, weeks",
    "therapy_within_6": "of those who began talking therapy, waited 6 weeks at most, share",
    "therapy_within_18": "of those who began talking therapy, waited 18 weeks at most, share",
    "psychiatry_wait": "median wait for psychiatry, weeks",
    "therapy_sessions": "mean sessions of finished courses",
    "therapy_completed": "finished courses of those who joined the list, share",
    "lonely_often": "adults who are lonely often, share",
    "therapy_cases": "finished courses of people who were cases when they began, share",
    "ever_diagnosed": "adults who ever had an episode and were told so by a professional, share",
    "treated_cases": "in treatment on the day, of the 22.6% of adults most ill, share",
    "lonely_older": "people of 60 and over with UCLA-3 of 6 and more, share",
}
"""Every measure and what it counts; names as `definitions.yaml` uses them."""


def measure_figures(seen: Observation, scale: float = 1.0) -> dict[str, float]:
    """All measures of a town.

    Counts brought to the whole place where a `scale` of it was simulated; NaN where nobody was
    counted.
    """
    weeks = (seen.weeks, seen.person_weeks, seen.adult_weeks)
    years, people, grown = (count / WEEKS_PER_CALENDAR_YEAR for count in weeks)
    counts, flow = seen.counts, seen.flow
    surveys = np.mean(seen.surveys, axis=0) if seen.surveys else np.full(len(SURVEYED), np.nan)
    asked = np.mean(seen.years, axis=0) if seen.years else np.full(3, np.nan)
    found = {
        "admissions": counts["admissions"] / years,
        "admissions_per_1000": 1_000.0 * counts["adult_admissions"] / grown,
        "emergency_visits": counts["emergency"] / years,
        "emergency_per_1000": 1_000.0 * counts["adult_emergency"] / grown,
        "bed_days": counts["bed_days"] / years,
        "stay_days": _ratio(counts["bed_days"], counts["admissions"]),
        "readmitted_30": _ratio(counts["readmitted"], counts["discharges"]),
        "crises_per_100000": 100_000.0 * counts["crises"] / people,
        "suicides_per_100000": 100_000.0 * counts["suicides"] / people,
        "therapy_referrals": flow["referred"] / years,
        "therapy_entered": flow["entered"] / years,
        "therapy_finished": flow["finished"] / years,
        "therapy_recovery": _ratio(flow["recovered"], flow["cases"]),
        "therapy_improvement": _ratio(flow["improved"], flow.get("known", 0.0)),
        "therapy_cases": _ratio(flow["cases"], flow.get("known", 0.0)),
        "therapy_wait": _median(seen.waits["therapy"]),
        "therapy_within_6": _within(seen.waits["therapy"], 6),
        "therapy_within_18": _within(seen.waits["therapy"], 18),
        "psychiatry_wait": _median(seen.waits["psychiatry"]),
        "therapy_sessions": _ratio(flow.get("sessions_held", 0.0), flow["finished"]),
        "therapy_completed": _ratio(flow["finished"], flow["referred"]),
    }
    found |= zip(SURVEYED, map(float, surveys), strict=True)
    found |= zip(("treated", "counselled", "depression"), map(float, asked), strict=True)
    return {
        name: value / scale if name in COUNTED_EVENTS else value for name, value in found.items()
    }


def measure_room(seen: Observation) -> dict[str, float]:
    """Share of places of therapy, and of beds, that were taken; NaN where there are none."""
    return {name: _ratio(taken, there) for name, (taken, there) in seen.full.items()}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _median(waits: NDArray[np.int64]) -> float:
    """Median wait in weeks, between whole ones as in a histogram, so that it moves with what
    moves it.
    """
    begun = np.cumsum(waits)
    if not begun[-1]:
        return float("nan")
    week = int(np.searchsorted(begun, begun[-1] / 2.0))
    below = float(begun[week - 1]) if week else 0.0
    return week + (begun[-1] / 2.0 - below) / max(float(waits[week]), 1.0) - 0.5 if week else 0.0


def _within(waits: NDArray[np.int64], weeks: int) -> float:
    return _ratio(float(waits[: weeks + 1].sum()), float(waits.sum()))
