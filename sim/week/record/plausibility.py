"""Whether outcomes of a run lie on their scales: a number that cannot be right is never kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sim.errors import KinwellError
from sim.outcomes import BY_KEY, GROUP_KEYS, KEYS
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from sim.outcomes import Outcome, Results

MOST_PHQ = 27.0
MOST_DEVIATIONS = 100.0
MOST_MONEY = 1e18
TOLERANCE = 1e-6
"""Relative slack at the ends of a scale, for sums of floating-point numbers."""
OF_RESIDENTS = frozenset(
    {
        "phq_10_or_more",
        "remission",
        "lonely",
        "isolated",
        "in_need",
        "treated",
        "treated_past_year",
        "untreated_year",
        "suicides",
        "deaths",
    }
)
"""Outcomes that count residents, each at most once."""


class ImplausibleOutcome(KinwellError):
    """A run ended with a number that cannot be right; `stage` is where that was found."""

    stage: ClassVar[str] = "outcomes"


def find_scale(outcome: Outcome, residents: int, weeks: int) -> tuple[float, float]:
    """Lowest and highest value of an outcome, in a week or over a horizon of `weeks`."""
    if outcome.key == "qalys":
        # Quality of life can be below 0, but no year counts more than a year.
        most = residents * weeks / WEEKS_PER_YEAR
        return -most, most
    if outcome.key in OF_RESIDENTS:
        return 0.0, float(residents)
    by_unit = {
        "points": (0.0, MOST_PHQ),
        "0 to 1": (0.0, 1.0),
        "SD": (-MOST_DEVIATIONS, MOST_DEVIATIONS),
        # Cash may be negative, which is a debt; spending and income may not.
        "currency": (-MOST_MONEY if outcome.key == "cash" else 0.0, MOST_MONEY),
    }
    return by_unit.get(outcome.unit, (0.0, math.inf))


def may_be_missing(outcome: Outcome) -> bool:
    """Whether an outcome may have no value: a wait in a week in which nobody got a place."""
    return outcome.unit == "weeks" and outcome.over_time == "mean"


def check_outcomes(results: Results, residents: int) -> None:
    """Raise `ImplausibleOutcome` where an outcome is not finite or beyond its scale."""
    weeks = len(np.asarray(results.weekly[KEYS[0]]))
    problems = []
    for key in KEYS:
        outcome = BY_KEY[key]
        series = np.asarray(results.weekly[key], dtype=np.float64)
        problems += _check(outcome, series, find_scale(outcome, residents, 1), "in a week")
        total = np.array([results.summary[key]], dtype=np.float64)
        whole = find_scale(outcome, residents, weeks)
        problems += _check(outcome, total, whole, "over the horizon")
    for group in results.subgroups:
        values = np.array([float(str(group[key])) for key in GROUP_KEYS])
        if not np.isfinite(values).all():
            problems.append(
                f"{group['dimension']} {group['group']} has outcomes that are not finite"
            )
    # One infinite amount would spread into every sum of the report.
    amounts = np.array([row[4] for row in results.ledger], dtype=np.float64)
    if not np.isfinite(amounts).all():
        problems.append("the ledger has amounts that are not finite")
    if problems:
        raise ImplausibleOutcome(
            "; ".join(problems[:3])
            + (f"; and {len(problems) - 3} more" if len(problems) > 3 else "")
        )


def _check(
    outcome: Outcome, values: np.ndarray, scale: tuple[float, float], when: str
) -> list[str]:
    low, high = scale
    # What is within its scale is nothing to look at further; a number that is none is not.
    if values.size and low <= values.min() and values.max() <= min(high, MOST_MONEY):
        return []
    # A wait in weeks in which nobody got a place is missing, and nothing else may be.
    if may_be_missing(outcome):
        values = values[~np.isnan(values)]
    if not np.isfinite(values).all():
        return [f"{outcome.key} is not finite {when}"]
    # By the size of the amounts, not of the scale: that of money ends where nothing is real.
    slack = TOLERANCE * max(1.0, float(np.abs(values).max(initial=0.0)))
    beyond = values[(values < low - slack) | (values > high + slack)]
    if not beyond.size:
        return []
    worst = float(beyond[np.argmax(np.abs(beyond))])
    return [f"{outcome.key} is {worst:.4g} {when}, beyond its scale ({low:g} to {high:g})"]
