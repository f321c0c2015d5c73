"""Measure the baseline community as surveys measured the real place: every moment of `targets`,
adults unless said otherwise.

Each function takes a `History` and gives the parts of one or more moments; docs/calibration.md says
in words what is counted. Cross-sections are taken at the end of each of the first three years and
averaged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.studies.calibration.moments import care, course, loneliness, trend
from sim.studies.calibration.surveys import adults, average, depressed_in, ill_in, share
from sim.studies.calibration.targets import read_measures

if TYPE_CHECKING:
    from sim.studies.calibration.history import History
    from sim.studies.calibration.surveys import Moments


def measure(history: History) -> Moments:
    """Every moment, by id: its parts in the order of `targets`.

    NaN where nobody could be counted.
    """
    found: Moments = {}
    for part in (prevalence, severity, scores, company, risk):
        found |= part(history)
    found |= course.measure_course(history) | care.measure_care(history)
    found |= loneliness.measure_lonely(history)
    return found | trend.measure_trend(history)


def prevalence(history: History) -> Moments:
    """C01 any illness, C02 severe illness, C06 depression, C07 women to men, C08 by age."""

    def survey(week: int) -> tuple[float, ...]:
        """All parts, as a survey at the end of a year finds them."""
        who, ill = adults(history, week), ill_in(history, week)
        age, female = history.age_in(week - 1), history.female == 1
        ages = [
            share(ill, who & (age >= low) & (age < high))
            for low, high in ((18, 26), (26, 50), (50, 200))
        ]
        men = share(ill, who & ~female)
        ratio = share(ill, who & female) / men if men > 0.0 else float("nan")
        return (
            share(ill, who),
            share(history.severe_in(week), who),
            share(depressed_in(history, week), who),
            ratio,
            *ages,
        )

    found = average(history, survey)
    return {
        "C01": found[:1],
        "C02": found[1:2],
        "C06": found[2:3],
        "C07": found[3:4],
        "C08": found[4:],
    }


def severity(history: History) -> Moments:
    """C03: of those ill in the year, severe illness (serious), an episode of depression (moderate),
    neither (mild).
    """

    def survey(week: int) -> tuple[float, ...]:
        """All parts, as a survey at the end of a year finds them."""
        cases, episode = adults(history, week) & ill_in(history, week), depressed_in(history, week)
        serious, moderate = (
            share(history.severe_in(week), cases),
            share(episode & (history.severe_in(week) == 0), cases),
        )
        return serious, moderate, 1.0 - serious - moderate

    return {"C03": average(history, survey)}


def scores(history: History) -> Moments:
    """C04 PHQ-9 bands, C05 mean and SD."""

    def survey(week: int) -> tuple[float, ...]:
        """All parts, as a survey at the end of a year finds them."""
        phq = history.phq[week - 1][adults(history, week)]
        counts = np.histogram(phq, [0, 5, 10, 15, 28])[0] / phq.size
        return (*counts, phq.mean(), phq.std())

    found = average(history, survey)
    return {"C04": found[:4], "C05": found[4:]}


def company(history: History) -> Moments:
    """C15 lonely, C16 correlation with symptoms, C17 stability over 18 months, C18 close friends,
    V03 in severe illness.
    """
    lines = read_measures()

    def survey(week: int) -> tuple[float, ...]:
        """All parts, as a survey at the end of a year finds them."""
        who = adults(history, week)
        lonely, phq, ties = history.lonely_in(week), history.phq[week - 1], history.ties_in(week)
        often, severe = lonely >= lines.lonely_often, who & (history.severe_in(week) == 1)
        others = who & ~severe
        spread = np.sqrt((lonely[severe].var() + lonely[others].var()) / 2.0)
        together = float(np.corrcoef(lonely[who], phq[who])[0, 1])
        apart = float((lonely[severe].mean() - lonely[others].mean()) / spread)
        return (
            share(lonely >= lines.lonely_sometimes, who),
            share(often, who),
            together,
            share(ties == 0, who),
            float(ties[who].mean()),
            share(often, severe),
            share(often, others),
            apart,
        )

    found = average(history, survey)
    later = 52 + 78
    who = adults(history, min(later, history.phq.shape[0])) & (history.alive[51] == 1)
    stability = float(np.corrcoef(history.lonely_in(52)[who], history.lonely_in(later)[who])[0, 1])
    return {
        "C15": found[:2],
        "C16": found[2:3],
        "C17": (stability,),
        "C18": found[3:5],
        "V03": found[5:],
    }


def risk(history: History) -> Moments:
    """V04 serious distress and its gradient by income."""
    lines = read_measures()

    def survey(week: int) -> tuple[float, ...]:
        """All parts, as a survey at the end of a year finds them."""
        who, distress = adults(history, week), history.phq[week - 1] >= lines.distress_phq
        poor, rich = (
            share(distress, who & (history.income == 0)),
            share(distress, who & (history.income >= 3)),
        )
        return share(distress, who), poor / rich if rich > 0.0 else float("nan")

    return {"V04": average(history, survey)}
