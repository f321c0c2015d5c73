"""Loneliness beside depression: who falls ill, who is lonely, and how illness clusters among those
who know each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.studies.calibration.known_values import average_known
from sim.studies.calibration.surveys import SURVEYS, adults, average, share
from sim.studies.calibration.targets import read_measures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.studies.calibration.history import History
    from sim.studies.calibration.surveys import Flags, Moments

YOUNG = 35.0
"""Age in years below which a survey counts adults as young."""


def measure_lonely(history: History) -> Moments:
    """V02 onset of depression among the lonely, V08 loneliness by age and income, S02 depression
    1, 2 and 3 steps away.
    """
    found = history.clusters or [(float("nan"),) * 3]
    clusters = tuple(average_known(found).tolist())
    return {"V02": (_onset_odds(history),), "V08": compare_lonely(history), "S02": clusters}


def compare_lonely(history: History) -> tuple[float, ...]:
    """Share of the young and of the poorest fifth who are lonely sometimes, to that of all
    adults.
    """
    line = read_measures().lonely_sometimes

    def survey(week: int) -> tuple[float, ...]:
        """Both ratios, as a survey at the end of a year finds them."""
        who, lonely = adults(history, week), history.lonely_in(week) >= line
        everybody = share(lonely, who)
        if not everybody > 0.0:
            return float("nan"), float("nan")
        young = share(lonely, who & (history.age_in(week - 1) < YOUNG))
        return young / everybody, share(lonely, who & (history.income == 0)) / everybody

    return average(history, survey)


def _onset_odds(history: History) -> float:
    """Odds ratio, lonely often against not, of PHQ-9 at the line of depression a year and a half
    later, among those well before.
    """
    odds = []
    for lonely, well, ill in _pairs(history):
        table = [
            # Half a person in each cell: an empty one would make the odds infinite.
            ((lonely == group) & well & (ill == after)).sum() + 0.5
            for group in (True, False)
            for after in (True, False)
        ]
        odds.append(table[0] * table[3] / (table[1] * table[2]))
    # By logarithms, where a ratio and its inverse weigh the same.
    return float(np.exp(np.mean(np.log(odds)))) if odds else float("nan")


def _pairs(history: History) -> Iterator[tuple[Flags, Flags, Flags]]:
    """Who is lonely often, who is not depressed then, who is depressed a year and a half later.

    For each survey.
    """
    lines = read_measures()
    for week in SURVEYS:
        if week + 78 <= history.phq.shape[0]:
            who = adults(history, week + 78) & (history.alive[week - 1] == 1)
            well = who & (history.phq[week - 1] < lines.ami_phq) & (history.episode[week - 1] <= 0)
            yield (
                history.lonely_in(week) >= lines.lonely_often,
                well,
                history.phq[week + 77] >= lines.ami_phq,
            )
