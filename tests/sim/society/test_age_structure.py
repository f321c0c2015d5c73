"""Ages that stay as declared: the smooth structure, and the flows that keep it."""

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from sim.society.ageing.age_structure import (
    AGES,
    balance_ages,
    draw_years,
    expect_deaths,
    read_bands,
    smooth_ages,
)
from sim.society.ageing.life_course import smooth_shares

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
