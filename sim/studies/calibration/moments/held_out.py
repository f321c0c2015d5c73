"""Moments that nothing was set to: levels of record that no number of the model names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.society.ages import ADULT
from sim.state.codes import Event
from sim.studies.calibration.known_values import average_known
from sim.studies.calibration.moments.care import treated_in
from sim.studies.calibration.moments.course import survive
from sim.studies.calibration.surveys import (
    SURVEYS,
    YEAR,
    adults,
    average,
    depressed_in,
    ill_in,
    share,
)
from sim.studies.calibration.targets import read_measures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.studies.calibration.history import History
    from sim.studies.calibration.surveys import Moments

ANY_SYMPTOMS = 5.0
"""PHQ-9 that counts as any symptoms of depression."""
BANDS = (5.0, 10.0, 15.0, 20.0)
"""Where the five bands of PHQ-9 begin."""
THERAPY_VISITS, OTHER_VISITS = 8, 4
"""Sessions in a year that are adequate at least: of talking therapy, or of other treatment."""
SURVEYED_FROM = 60.0
"""Age in years from which the surveys of UCLA-3 that the target is from ask."""
UNTREATED_FOR = 10
"""Weeks over which cases on waiting lists were followed."""


def measure_held_out(history: History) -> Moments:
    """H01 to H15 by id, in the order of `held_out_targets`; NaN where nobody could be counted."""
    found = count_ill(history) | count_treated(history) | score_lonely(history)
    found |= {"H09": (contact_soon(history),), "H12": (change_untreated(history),)}
    clusters = history.lonely_clusters or [(float("nan"),) * 3]
    return found | repeat_scores(history) | {"H15": tuple(average_known(clusters).tolist())}


def count_ill(history: History) -> Moments:
    """H01 depression of the young, H02 any symptoms, H03 distress by income, H04 weeks ill."""
    line = read_measures().distress_phq

    def survey(week: int) -> tuple[float, ...]:
        """All parts, as a survey at the end of a year finds them."""
        who, phq = adults(history, week), history.phq[week - 1]
        young = (history.alive[week - 1] == 1) & (history.age_in(week - 1) < ADULT)
        ill = depressed_in(history, week)
        weeks = (history.episode[max(week - YEAR, 0) : week] > 0).sum(axis=0)
        return (
            share(ill, young),
            share(phq >= ANY_SYMPTOMS, who),
            share(phq >= line, who & (history.income == 1)),
            share(phq >= line, who & (history.income == 2)),
            share(weeks, who & ill),
        )

    found = average(history, survey)
    return {"H01": found[:1], "H02": found[1:2], "H03": found[2:4], "H04": found[4:]}


def count_treated(history: History) -> Moments:
    """H05 treated of the depressed, H06 adequately of the treated, H07 of everybody, H08 talking
    therapy of women and of men.
    """

    def survey(week: int) -> tuple[float, ...]:
        """All parts, as a survey at the end of a year finds them."""
        who, year = adults(history, week), slice(max(week - YEAR, 0), week)
        treated, ill = treated_in(history, week), ill_in(history, week)
        sessions = history.sessions[year].sum(axis=0, dtype=np.int64)
        therapy = history.therapy[year].sum(axis=0, dtype=np.int64)
        adequate = (therapy >= THERAPY_VISITS) | (sessions - therapy >= OTHER_VISITS)
        female = history.female == 1
        return (
            share(treated, who & depressed_in(history, week)),
            share(adequate, who & ill & treated),
            share(sessions > 0, who),
            share(therapy > 0, who & female),
            share(therapy > 0, who & ~female),
        )

    found = average(history, survey)
    return {"H05": found[:1], "H06": found[1:2], "H07": found[2:3], "H08": found[3:]}


def score_lonely(history: History) -> Moments:
    """H10 UCLA-3 of older people, H11 loneliness in psychotic illness."""
    line = read_measures().lonely_sometimes

    def survey(week: int) -> tuple[float, ...]:
        """All parts, as a survey at the end of a year finds them."""
        who, lonely = adults(history, week), history.lonely_in(week)
        older = lonely[who & (history.age_in(week - 1) >= SURVEYED_FROM)]
        psychotic = who & (history.psychotic == 1) & (history.severe_in(week) == 1)
        if not older.size:
            return (float("nan"),) * 3
        return float(older.mean()), float(older.std()), share(lonely >= line, psychotic)

    found = average(history, survey)
    return {"H10": found[:2], "H11": found[2:]}


def contact_soon(history: History) -> float:
    """H09: share with a session or a stay within a year of the first episode of their life, of
    adults never treated before it (Kaplan and Meier; who leaves is lost from sight).
    """
    weeks, onset = history.phq.shape[0], history.happened & Event.NEW_EPISODE
    stays = (history.happened & Event.ADMITTED) > 0
    time, ended = [], []
    for i in np.flatnonzero((onset > 0).any(axis=0) & (history.had == 0) & (history.helped == 0)):
        start = int(np.flatnonzero(onset[:, i])[0])
        seen = (history.sessions[:, i] > 0) | stays[:, i]
        if seen[:start].any() or history.age_in(start)[i] < ADULT:
            continue
        gone = history.alive[start:, i] == 0
        leaves = int(gone.argmax()) if gone.any() else weeks - start
        first = int(seen[start:].argmax()) if seen[start:].any() else weeks
        time.append(min(first, leaves))
        ended.append(first <= leaves)
    return survive(np.array(time, float), np.array(ended, bool), (YEAR,))[0]


def change_untreated(history: History) -> float:
    """H12: change of PHQ-9, as a share of what it was, of cases on a day without a session in the
    weeks before and until the end.
    """
    lines, before, after = read_measures(), 0.0, 0.0
    for week in range(YEAR, history.phq.shape[0] - UNTREATED_FOR, YEAR // 4):
        around = history.sessions[week + 1 - int(lines.untreated_weeks) : week + 1 + UNTREATED_FOR]
        who = (history.alive[week + UNTREATED_FOR] == 1) & (history.age_in(week) >= ADULT)
        who &= (history.episode[week] > 0) & (history.phq[week] >= lines.case_phq)
        who &= around.sum(axis=0) == 0
        before += float(history.phq[week, who].sum())
        after += float(history.phq[week + UNTREATED_FOR, who].sum())
    return after / before - 1.0 if before > 0.0 else float("nan")


def repeat_scores(history: History) -> Moments:
    """H13 weighted kappa of bands a week apart, H14 intraclass correlation two weeks apart."""

    def survey(week: int) -> tuple[float, ...]:
        """Both, as two visits at the end of a year find them."""
        who, phq = adults(history, week) & (history.alive[week - 3] == 1), history.phq
        bands = np.digitize(phq[week - 2 : week, who], BANDS)
        return weigh_agreement(bands[0], bands[1]), correlate_within(
            phq[week - 3, who].astype(float), phq[week - 1, who].astype(float)
        )

    found = average(history, survey) if history.phq.shape[0] >= SURVEYS[0] else (float("nan"),) * 2
    return {"H13": found[:1], "H14": found[1:]}


def weigh_agreement(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Cohen's kappa with linear weights of two ratings (n,) in the bands of PHQ-9; NaN where all
    fall into one band, or without anybody.
    """
    count = len(BANDS) + 1
    seen = np.zeros((count, count))
    np.add.at(seen, (first, second), 1.0 / max(first.size, 1))
    apart = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    chance = float((apart * np.outer(seen.sum(axis=1), seen.sum(axis=0))).sum())
    return 1.0 - float((apart * seen).sum()) / chance if chance > 0.0 else float("nan")


def correlate_within(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Intraclass correlation of two measurements (n,) of each person (Fisher); NaN without
    spread.
    """
    if not first.size:
        return float("nan")
    mean = np.concatenate([first, second]).mean()
    spread = float(((first - mean) ** 2 + (second - mean) ** 2).sum())
    return (
        2.0 * float(((first - mean) * (second - mean)).sum()) / spread if spread else float("nan")
    )
