"""Sex, work, insurance, connection: declared shares, known gradients."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.society.demographics import draw_insurance
from sim.society.households import PARTNER, settle_households
from sim.state.codes import Employment, Insurance


def test_shares_are_the_declared_ones(town):
    working_age = (town.age >= 18) & (town.age < 65)
    assert town.female.mean() == pytest.approx(0.51, abs=1e-3)
    assert town.online.mean() == pytest.approx(0.9, abs=1e-3)
    assert np.mean(town.employment[working_age] == Employment.EMPLOYED) == pytest.approx(
        0.74, abs=1e-3
    )
    assert np.bincount(town.insurance, minlength=3) / town.residents == pytest.approx(
        [0.08, 0.36, 0.56], abs=1e-3
    )


def test_insurance_follows_income_as_surveyed(town):
    adults = (town.age >= 18) & (town.age < 65)
    uninsured = town.insurance == Insurance.UNINSURED
    assert uninsured[adults].mean() == pytest.approx(0.109, abs=0.015)
    assert uninsured[adults & (town.income == 0)].mean() == pytest.approx(0.18, abs=0.04)
    assert uninsured[adults & (town.income == 4)].mean() == pytest.approx(0.043, abs=0.02)


def test_insurance_where_the_old_alone_exceed_the_public_share(numbers):
    age = np.full(100, 70, dtype=np.float32)
    age[:40] = 30
    income, employment = (
        np.zeros(100, dtype=np.uint8),
        np.full(100, Employment.EMPLOYED, dtype=np.uint8),
    )
    insurance = draw_insurance(
        age,
        income,
        employment,
        SimpleNamespace(uninsured=0.1, public=0.2, private=0.7),
        numbers.traits,
        seed=1,
    )
    assert np.all(insurance[40:] == Insurance.PUBLIC)
    assert np.bincount(insurance[:40], minlength=3).tolist() == [10, 0, 30]


def test_couples_are_mostly_a_woman_and_a_man(town, population, numbers):
    homes = settle_households(population(20_000), numbers.families, seed=7)
    assert np.array_equal(homes.age, town.age)
    partner = np.flatnonzero(homes.role == PARTNER)
    assert np.mean(town.female[partner] != town.female[partner - 1]) > 0.93
    assert town.female[town.age >= 80].mean() > town.female[town.age < 65].mean() + 0.05


def test_work_follows_age_and_income(town):
    assert np.mean(town.employment[(town.age >= 18) & (town.age < 25)] == Employment.STUDENT) > 0.1
    assert np.mean(town.employment[town.age >= 75] == Employment.RETIRED) > 0.85
    adults = (town.age >= 25) & (town.age < 60)
    at_work = [
        np.mean(town.employment[adults & (town.income == fifth)] == Employment.EMPLOYED)
        for fifth in range(5)
    ]
    assert at_work[0] < at_work[2] < at_work[4]


def test_the_old_and_the_poor_are_offline_more_often(town):
    assert town.online[town.age >= 80].mean() < 0.8 < town.online[town.age < 65].mean()
    assert town.online[town.income == 0].mean() < town.online[town.income == 4].mean() - 0.05


def test_places_have_real_sizes(town):
    schools = np.bincount(town.place[(town.age < 18)])
    assert np.all((schools[schools > 0] > 300) & (schools[schools > 0] < 1000))
    employers = np.bincount(town.place[town.employment == Employment.EMPLOYED])
    employers = employers[employers > 0]
    assert 8 < employers.mean() < 25
    assert np.median(employers) < 6
    assert employers.max() > 100
    assert not set(town.place[town.employment == Employment.EMPLOYED]) & set(
        town.place[town.employment == Employment.STUDENT]
    )


def test_a_town_without_work_has_none(population, areas, build):
    town = build(population(500, employed=0.0), areas((1.0, 0.5)), seed=1)
    assert not np.any(town.employment == Employment.EMPLOYED)
