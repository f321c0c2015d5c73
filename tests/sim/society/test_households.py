"""Households: declared sizes and ages, people who live together plausibly."""

import numpy as np
import pytest

from sim.society.households import CHILD, HEAD, PARTNER, draw_ages, settle_households


@pytest.fixture(scope="module")
def homes(population, numbers):
    return settle_households(population(30_000), numbers.families, seed=11)


def first_rows(homes):
    return np.searchsorted(homes.household, np.arange(homes.households, dtype=np.uint32))


def test_sizes_come_out_as_declared(homes, population):
    declared = population(1).household_sizes
    counted = np.bincount(homes.size[first_rows(homes)], minlength=8)[1:] / homes.households
    assert counted == pytest.approx(list(declared.values()), abs=0.006)


def test_ages_hold_their_shares_exactly(population, numbers):
    bands = population(1).ages
    ages = draw_ages(bands, 30_000, numbers.families, seed=11)
    edges = [12, 18, 25, 35, 50, 65, 80, 200]
    counted = np.histogram(ages, edges)[0] / ages.size
    assert counted == pytest.approx(list(bands.values()), abs=1e-4)
    assert ages.max() <= 110.0


def test_household_ages_are_the_drawn_ages(homes, population, numbers):
    assert np.array_equal(
        np.sort(homes.age),
        draw_ages(population(1).ages, 30_000, numbers.families, seed=11).astype(np.float32),
    )


def test_couples_are_alike_in_age(homes):
    partner = np.flatnonzero(homes.role == PARTNER)
    assert np.all(homes.role[partner - 1] == HEAD)
    assert np.all(homes.household[partner - 1] == homes.household[partner])
    gap = np.abs(homes.age[partner] - homes.age[partner - 1])
    assert np.median(gap) < 4.0
    assert np.corrcoef(homes.age[partner], homes.age[partner - 1])[0, 1] > 0.9
    assert 0.4 < 2 * partner.size / np.count_nonzero(homes.age >= 18) < 0.6


def test_teenagers_live_with_adults_a_generation_older(homes):
    oldest = np.zeros(homes.households, dtype=np.float32)
    np.maximum.at(oldest, homes.household, homes.age)
    teenagers = homes.age < 18
    gap = oldest[homes.household[teenagers]] - homes.age[teenagers]
    assert np.all(oldest[homes.household[teenagers]] >= 18)
    assert np.mean(gap >= 15) > 0.98
    assert 25 < np.median(gap) < 40


def test_children_live_in_families(homes):
    first = first_rows(homes)
    under_12 = homes.size[first] - np.bincount(homes.household)
    teenager = np.bincount(homes.household, weights=homes.age < 18)
    assert under_12.sum() == pytest.approx(1.9 * np.count_nonzero(homes.age < 18), rel=0.01)
    assert 0.22 < np.mean((under_12 > 0) | (teenager > 0)) < 0.34
    assert np.median(homes.age[first][under_12 > 0]) < 45


def test_the_old_live_alone_more_often(homes):
    alone = homes.size == 1
    assert alone[homes.age >= 65].mean() > 1.5 * alone[(homes.age >= 18) & (homes.age < 65)].mean()
    assert not np.any(homes.role[alone] == CHILD)
