"""Neighbourhoods: declared shares, poorer where deprivation is higher."""

import numpy as np
import pytest


def test_shares_are_the_declared_ones(town):
    assert np.bincount(town.neighbourhood) / town.residents == pytest.approx(
        [0.25, 0.3, 0.25, 0.2], abs=0.002
    )


def test_income_fifths_are_fifths(town):
    assert np.bincount(town.income) / town.residents == pytest.approx([0.2] * 5, abs=0.002)


def test_deprivation_lowers_income(town):
    mean = [town.income[town.neighbourhood == area].mean() for area in range(4)]
    assert mean[0] < mean[3] < mean[1] < mean[2]


def test_one_neighbourhood_without_deprivation_has_no_gradient_between_halves(
    population, areas, build
):
    town = build(population(20_000), areas((0.5, 0.3), (0.5, 0.3)), seed=2)
    assert town.income[town.neighbourhood == 0].mean() == pytest.approx(
        town.income[town.neighbourhood == 1].mean(), abs=0.15
    )


def test_people_of_one_street_are_alike_in_income(town):
    first = np.unique(town.household, return_index=True)[1]
    within = town.neighbourhood[first] == 1
    income = town.income[first][within].astype(float)
    assert np.corrcoef(income[:-1], income[1:])[0, 1] > 0.1
    assert abs(np.corrcoef(income[:-200], income[200:])[0, 1]) < 0.1
