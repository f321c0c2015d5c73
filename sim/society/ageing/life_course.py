"""What happens to people as they grow older, as tables by year of age: work, severe illness, a
connection, leaving town, living alone.

Shares by age are what a town declares and evidence says; `sim.week.turnover.birthdays` gives the
changes that keep them while everybody grows older, for each person from one birthday to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.columns import Columns
from sim.society.ageing.age_structure import (
    AGES,
    balance_ages,
    expect_deaths,
    read_bands,
    smooth_ages,
)
from sim.society.ages import (
    ADULT,
    EARLY_RETIREMENT,
    LATE_PENSION,
    LATE_WORK,
    OFFLINE,
    ONLINE,
    PENSION,
    STUDYING,
    STUDYING_LATER,
    YOUNGEST,
)
from sim.state.codes import Employment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.evidence.society import Traits
    from sim.scenario.schema.people import Population
    from sim.society.town import Town

    Reals = NDArray[np.float64]

STATES = len(Employment)
"""Not in work, employed, pupil or student, retired."""
FIFTH_COUNT = 5
GENERATION = 15.0
"""Years by which somebody at home is older than whoever counts as their grown child."""
HOME_BANDS = (18, 20, 22, 24, 26, 28, 30, 35, 40, 50, 60, 70, 80)
"""First ages of the bands whose shares at home and alone stay as they are."""
WIDE = 60
"""Halvings in the search for one number."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LifeCourse(Columns):
    """Tables by year of age from 12 (AGES, ...): shares unless said otherwise.

    leaving: who leave for good in a year; coming: cumulative ages of those who take free places.
    work (AGES, 5, 4): states by income. severe: with a severe illness. online (AGES, 5): by income.
    alone, with_parents (bands of HOME_BANDS): who live so. band: number of the band, -1 for minors.
    """

    leaving: Reals
    coming: Reals
    work: Reals
    severe: Reals
    online: Reals
    alone: Reals
    with_parents: Reals
    band: NDArray[np.int64]


def smooth_shares(ends: Reals, shares: Reals, age: Reals) -> Reals:
    """Shares of bands (n,) between their `ends` (n + 1,) without steps, at these ages; each band
    keeps its own on the whole.

    The slope of SciPy's `PchipInterpolator` of the shares added up; that would bring the geometry
    of SciPy into every worker (0.16 s) for these lines.
    """
    width = np.diff(ends)
    before, after = 2.0 * width[1:] + width[:-1], width[1:] + 2.0 * width[:-1]
    # Harmonic means divide by the shares; the smallest number stands for none.
    some = np.maximum(shares, np.finfo(float).tiny)
    inside = (before + after) / (before / some[:-1] + after / some[1:])
    edges = [
        ((2.0 * width[a] + width[b]) * shares[a] - width[a] * shares[b]) / (width[a] + width[b])
        for a, b in ((0, 1), (-1, -2))
    ]
    # Below 0 a share would be negative near the end of the curve.
    slope = np.concatenate([[max(edges[0], 0.0)], inside, [max(edges[1], 0.0)]])
    band = np.clip(np.searchsorted(ends, age, side="right") - 1, 0, width.size - 1)
    t = (age - ends[band]) / width[band]
    return np.asarray(
        6.0 * t * (1.0 - t) * shares[band]
        + (1.0 - 4.0 * t + 3.0 * t * t) * slope[band]
        + (3.0 * t * t - 2.0 * t) * slope[band + 1]
    )


def tabulate_severe(raw: Mapping[str, float]) -> Reals:
    """Share with a severe illness by year of age: the shares of 18 to 25, 26 to 49 and 50 and over,
    without steps, from its first onsets.
    """
    ends = np.array([18.0, 26.0, 50.0, 80.0, 110.0])
    shares = [raw[f"people.severe_{band}"] for band in ("18_25", "26_49", "50_up", "50_up")]
    age = YOUNGEST + 0.5 + np.arange(AGES)
    # Below 18 the share of the youngest adults, thinned out to the age of first onsets.
    known = smooth_shares(ends, np.array(shares), np.maximum(age, ends[0]))
    begun = np.clip(
        (age - raw["people.severe_from"]) / max(ends[0] - raw["people.severe_from"], 1e-9), 0.0, 1.0
    )
    return np.asarray(np.clip(known * begun, 0.0, 1.0))


def tabulate_work(age: Reals, income: NDArray[np.uint8], employed: float, p: Traits) -> Reals:
    """Shares of the four states of work by year of age and income, (AGES, 5, 4), for people of
    these ages and incomes.

    The chance to be at work is that of being drawn, in `draw_employment`, by the weights of age and
    income.
    """
    years = YOUNGEST + np.arange(AGES)[:, None]
    weight = np.array(p.work) * np.where(
        years < STUDYING, p.work_young, np.where(years >= LATE_WORK, p.work_late, 1.0)
    )
    some = (age >= ADULT) & (age < PENSION)
    drawn = weight[
        np.minimum(age[some].astype(np.int64), YOUNGEST + AGES - 1) - YOUNGEST, income[some]
    ]
    at_work = 1.0 - np.exp(-solve_for(employed, drawn) * weight)
    # A town in which nobody works has no old people at work either.
    old = np.where(years < LATE_PENSION, p.work_old, p.work_oldest) * (employed > 0)
    at_work = np.where(years < ADULT, 0.0, np.where(years < PENSION, at_work, old))
    studying = np.where(
        years < STUDYING, p.studying_young, np.where(years < STUDYING_LATER, p.studying_later, 0.0)
    )
    studying = np.where(years < ADULT, 1.0, studying)
    retired = np.where(
        years >= PENSION, 1.0, np.where(years >= EARLY_RETIREMENT, p.retired_early, 0.0)
    )
    found = np.empty((AGES, FIFTH_COUNT, STATES))
    found[:, :, Employment.EMPLOYED] = at_work
    found[:, :, Employment.STUDENT] = (1.0 - at_work) * studying
    found[:, :, Employment.RETIRED] = (1.0 - at_work) * (1.0 - studying) * retired
    found[:, :, Employment.NOT_IN_WORK] = (1.0 - at_work) * (1.0 - studying) * (1.0 - retired)
    return found


def tabulate_online(age: Reals, income: NDArray[np.uint8], share: float, p: Traits) -> Reals:
    """Share online by year of age and income, (AGES, 5), by the weights of `draw_online`."""
    years = YOUNGEST + np.arange(AGES)[:, None]
    weight = np.array(p.offline) * np.where(
        years < ONLINE,
        p.offline_young,
        np.where(
            years >= OFFLINE, p.offline_oldest, np.where(years >= PENSION, p.offline_old, 1.0)
        ),
    )
    drawn = weight[np.minimum(age.astype(np.int64), YOUNGEST + AGES - 1) - YOUNGEST, income]
    return np.asarray(np.exp(-solve_for(1.0 - share, drawn) * weight))


def solve_for(share: float, weights: Reals) -> float:
    """The clock at which a share of people, each struck at the rate of their weight, has been
    struck.
    """
    # Bisection on a logarithmic scale while the upper end is far off: the answer may be 0.01 or
    # 10,000.
    low, high = 0.0, 1e6
    if not weights.size or share <= 0.0:
        return 0.0
    for _ in range(WIDE):
        middle = (low + high) / 2.0 if high < 1e3 else np.sqrt(max(low, 1e-6) * high)
        # The sum by its number: `np.mean` takes as long again to find out what it is given.
        struck = float((1.0 - np.exp(-middle * weights)).sum() / weights.size)
        low, high = (middle, high) if struck < share else (low, middle)
    return high


def find_with_parents(age: NDArray[np.float32], household: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Who lives with somebody a generation older."""
    oldest = np.zeros(int(household.max()) + 1, np.float32)
    np.maximum.at(oldest, household, age)
    return np.asarray(oldest[household] - age >= GENERATION)


def find_shares(bands: Mapping[str, float], age: Reals) -> dict[str, float]:
    """Shares of the bands among the people of a town, whose neighbourhoods may have declared their
    own.
    """
    starts, _ = read_bands(bands)
    count = np.bincount(np.searchsorted(starts, age, side="right") - 1, minlength=len(starts))
    ends = [f"-{start - 1}" for start in starts[1:]] + ["+"]
    labels = (f"{start}{end}" for start, end in zip(starts, ends, strict=True))
    return dict(zip(labels, (count / age.size).tolist(), strict=True))


def plan_course(
    town: Town, population: Population, p: Traits, raw: Mapping[str, float]
) -> LifeCourse:
    """The life course of a town's people: by what it declares, by evidence, and, for living alone,
    by how it is at the start.
    """
    deaths = expect_deaths(raw["life.mortality"], raw["life.mortality_age"])
    severe = tabulate_severe(raw)
    # The severely ill die sooner, so that the balance counts their share of each age.
    more = 1.0 + (raw["life.mortality_severe"] - 1.0) * severe
    age = town.age.astype(np.float64)
    flows = balance_ages(smooth_ages(find_shares(population.ages, age), deaths), deaths * more)
    at_work_age = (age >= ADULT) & (age < PENSION)
    at_work = at_work_age & (town.employment == Employment.EMPLOYED)
    band = np.searchsorted(HOME_BANDS, age, side="right") - 1
    grown = band >= 0
    number = np.maximum(np.bincount(band[grown], minlength=len(HOME_BANDS)), 1)

    def share(flag: NDArray[np.generic]) -> Reals:
        """Share of the grown people of each band for whom a flag holds."""
        return np.asarray(
            np.bincount(band[grown], np.asarray(flag, float)[grown], minlength=len(HOME_BANDS))
            / number
        )

    return LifeCourse(
        leaving=flows.leaving,
        coming=flows.coming,
        work=tabulate_work(age, town.income, float(at_work.sum() / max(at_work_age.sum(), 1)), p),
        severe=severe,
        online=tabulate_online(age, town.income, population.online, p),
        alone=share(np.bincount(town.household)[town.household] == 1),
        with_parents=share(find_with_parents(town.age, town.household)),
        band=np.searchsorted(HOME_BANDS, YOUNGEST + np.arange(AGES), side="right") - 1,
    )
