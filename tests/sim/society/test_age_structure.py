"""Ages that stay as declared: the smooth structure, and the flows that keep it."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from sim.evidence.parameters import make_parameters
from sim.society.ageing.age_structure import (
    AGES,
    balance_ages,
    draw_years,
    expect_deaths,
    read_bands,
    smooth_ages,
)
from sim.society.ageing.life_course import HOME_BANDS, plan_course, smooth_shares
from sim.state.codes import Employment

US = {
    "12-17": 0.089,
    "18-24": 0.107,
    "25-34": 0.157,
    "35-49": 0.222,
    "50-64": 0.222,
    "65-79": 0.155,
    "80+": 0.048,
}
YOUNG = {"12-17": 0.5, "18-24": 0.0, "25-34": 0.5}
DEATHS = expect_deaths(0.000045, 0.088)


@pytest.mark.parametrize("bands", [US, YOUNG, {"80+": 1.0}])
def test_bands_hold_their_declared_shares(bands):
    ages = smooth_ages(bands, DEATHS)
    starts, shares = read_bands(bands)
    band = np.searchsorted(starts, np.arange(12, 12 + AGES), side="right") - 1
    assert ages.min() >= 0.0
    assert np.bincount(band, ages, minlength=len(starts)) == pytest.approx(shares, abs=1e-9)


def test_there_are_no_steps_between_bands():
    ages = smooth_ages(US, DEATHS)
    assert np.abs(np.diff(ages[:60])).max() < 0.0015


def test_flows_keep_the_ages():
    """Everybody a year older, the dead and those who leave gone, as many come: the same ages."""
    ages = smooth_ages(US, DEATHS)
    flows = balance_ages(ages, DEATHS)
    kept = ages * np.exp(-DEATHS) - ages * flows.leaving
    coming = np.diff(flows.coming, prepend=0.0)
    later = np.concatenate([[0.0], kept[:-1]])
    later = later + coming * (1.0 - later.sum())
    assert later == pytest.approx(ages, abs=2e-4)
    assert 0.6 < flows.coming[0] < 1.0
    assert (ages * flows.leaving).sum() < 0.015


def test_ages_are_drawn_by_their_shares():
    rng = np.random.default_rng(1)
    ages = smooth_ages(US, DEATHS)
    years = draw_years(ages, 18, 25, rng.random(20_000))
    assert years.min() >= 18.0
    assert years.max() < 25.0
    expected = ages[6:13] / ages[6:13].sum()
    assert np.bincount(years.astype(int) - 18) / 20_000 == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("shares", [[0.03, 0.09, 0.05, 0.05], [0.01, 0.02, 1e-6, 0.04]])
def test_smoothed_shares_are_the_slope_of_a_monotone_interpolation(shares):
    ends, ages = np.array([18.0, 26.0, 50.0, 80.0, 110.0]), np.arange(18.0, 110.0, 0.25)
    known = np.concatenate([[0.0], np.cumsum(np.diff(ends) * shares)])
    expected = PchipInterpolator(ends, known).derivative()(ages)
    np.testing.assert_allclose(smooth_shares(ends, np.array(shares), ages), expected, atol=1e-12)


def make_town(*people, household):
    """A town of people of these ages and states of work, all of the middle income."""
    ages, work = zip(*people, strict=True)
    return SimpleNamespace(
        age=np.array(ages, np.float32), income=np.full(len(people), 2, np.uint8),
        employment=np.array(work, np.uint8), household=np.array(household, np.uint32),
    )  # fmt: skip


def test_who_lives_alone_and_with_parents_is_counted_by_band_of_age(numbers):
    """Of three of 22 and 23 one lives alone and one with a parent of 50; of 24 one with a sister of 30."""
    idle, work = Employment.NOT_IN_WORK, Employment.EMPLOYED
    town = make_town(
        (22.0, idle), (23.9, work), (22.5, work), (50.0, work), (24.0, idle), (30.0, work),
        (17.0, idle), (81.0, idle), household=[0, 1, 2, 1, 3, 3, 3, 4],
    )  # fmt: skip
    population = SimpleNamespace(ages=US, online=0.9)
    raw = make_parameters({}).raw
    course = plan_course(town, population, numbers.traits, raw)
    at = {first: k for k, first in enumerate(HOME_BANDS)}
    told = {at[22]: (2 / 3, 1 / 3), at[80]: (1.0, 0.0)}
    for k in range(len(HOME_BANDS)):
        assert (course.alone[k], course.with_parents[k]) == pytest.approx(told.get(k, (0.0, 0.0)))
    assert [int(course.band[age - 12]) for age in (12, 17, 18, 19, 20, 39, 40, 80, 109)] == [
        -1, -1, 0, 0, 1, at[35], at[40], at[80], at[80],
    ]  # fmt: skip
    # Four of the six of working age work: as many of the forty-year-olds of the same weight would.
    drawn = draw_share(town, numbers.traits)
    assert course.work[40 - 12, 2, work] == pytest.approx(drawn, abs=1e-4)
    nobody = make_town((22.0, idle), (70.0, work), household=[0, 1])
    assert not plan_course(nobody, population, numbers.traits, raw).work[:, :, work].any()


def draw_share(town, p):
    """Share at work of weight 1 where the weights of a town's people of working age are struck to four of six."""
    weight = np.where((town.age < 25) & (town.age >= 18), p.work_young, 1.0)
    weight = weight[(town.age >= 18) & (town.age < 65)] * p.work[2]
    clock = np.geomspace(1e-3, 1e3, 400_001)
    struck = (1.0 - np.exp(-np.outer(clock, weight))).mean(axis=1)
    return 1.0 - np.exp(-clock[np.searchsorted(struck, 4 / 6)] * p.work[2])
