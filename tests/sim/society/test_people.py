"""Sex, work, insurance, connection: declared shares, known gradients."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.society.demographics import draw_employment, draw_insurance, draw_online, draw_sex
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


def strike(share, weight):
    """Share of those of a weight who are chosen where `share` of weight 1 is: a clock strikes all alike."""
    return 1.0 - (1.0 - share) ** weight


def test_work_study_and_rest_of_those_who_are_drawn_are_those_of_their_age(numbers):
    """Many of each age and of one income: chosen by their weights, and of the others as evidence says."""
    p, each = numbers.traits, 6_000
    ages = (17.9, 18.0, 24.9, 25.0, 29.9, 30.0, 54.9, 55.0, 59.9, 60.0, 64.9, 65.0, 74.9, 75.0)
    age = np.repeat(np.array(ages, np.float32), each)
    work = draw_employment(age, np.full(age.size, 2, np.uint8), 0.6, p, 4).reshape(-1, each)
    share = {
        state: dict(zip(ages, (work == state).mean(axis=1), strict=True)) for state in Employment
    }
    employed = share[Employment.EMPLOYED]
    usual = np.mean([employed[at] for at in (25.0, 29.9, 30.0, 54.9, 55.0, 59.9)])
    of_age = [employed[at] for at in ages if 18 <= at < 65]
    assert np.mean(of_age) == pytest.approx(0.6, abs=1e-3)
    slack = 4 * np.sqrt(0.25 / each)
    for at in ages[1:11]:
        factor = p.work_young if at < 25 else p.work_late if at >= 60 else 1.0
        assert employed[at] == pytest.approx(strike(usual, factor), abs=slack), at
        free = 1.0 - employed[at]
        studying = p.studying_young if at < 25 else p.studying_later if at < 30 else 0.0
        assert share[Employment.STUDENT][at] == pytest.approx(free * studying, abs=slack), at
        resting = p.retired_early if at >= 55 else 0.0
        assert share[Employment.RETIRED][at] == pytest.approx(free * resting, abs=slack), at
    assert share[Employment.STUDENT][17.9] == 1.0
    for at, still in ((65.0, p.work_old), (74.9, p.work_old), (75.0, p.work_oldest)):
        assert employed[at] == pytest.approx(still, abs=slack)
        assert share[Employment.RETIRED][at] == pytest.approx(1.0 - employed[at])


def test_who_is_without_insurance_is_so_by_age_and_income_and_the_jobless_are_publicly_insured(
    numbers,
):
    """Adults at work and without, and minors, of the poorest and of the middle fifth: weights of each."""
    p, each = numbers.traits, 8_000
    kinds = [
        (age, state, income)
        for age, state in (
            (30.0, Employment.EMPLOYED), (30.0, Employment.NOT_IN_WORK), (15.0, Employment.STUDENT),
        )
        for income in (2, 0)
    ]  # fmt: skip
    age, state, income = (np.repeat(np.array(one), each) for one in zip(*kinds, strict=True))
    shares = SimpleNamespace(uninsured=0.1, public=0.3, private=0.6)
    found = draw_insurance(
        *(age.astype(np.float32), income.astype(np.uint8), state.astype(np.uint8), shares, p, 2)
    ).reshape(-1, each)
    without = dict(zip(kinds, (found == Insurance.UNINSURED).mean(axis=1), strict=True))
    public = {
        kind: (found[k] == Insurance.PUBLIC).mean() / (1.0 - without[kind])
        for k, kind in enumerate(kinds)
    }
    usual, slack = kinds[0], 5 * np.sqrt(0.25 / each)
    for kind in kinds[1:]:
        minor = p.uninsured_minor if kind[0] < 18 else 1.0
        weight = minor * p.uninsured[kind[2]] / p.uninsured[2]
        assert without[kind] == pytest.approx(strike(without[usual], weight), abs=slack), kind
        jobless = p.public_jobless if kind[1] == Employment.NOT_IN_WORK else 1.0
        weight = jobless * p.public[kind[2]] / p.public[2]
        assert public[kind] == pytest.approx(strike(public[usual], weight), abs=slack), kind


def test_who_is_offline_is_so_by_age_and_income(numbers):
    p, each = numbers.traits, 8_000
    ages, factors = (29.9, 30.0, 64.9, 65.0, 79.9, 80.0), (p.offline_young, 1.0, 1.0)
    factors += (p.offline_old, p.offline_old, p.offline_oldest)
    age = np.repeat(np.array(ages, np.float32), each)
    found = draw_online(age, np.full(age.size, 2, np.uint8), 0.9, p, 3).reshape(-1, each)
    off = 1.0 - found.mean(axis=1)
    for k, factor in enumerate(factors):
        assert off[k] == pytest.approx(strike((off[1] + off[2]) / 2, factor), abs=0.022), ages[k]
    incomes = np.repeat(np.arange(5), each).astype(np.uint8)
    found = draw_online(np.full(incomes.size, 40, np.float32), incomes, 0.9, p, 3)
    off = 1.0 - found.reshape(-1, each).mean(axis=1)
    for income in range(5):
        weight = p.offline[income] / p.offline[2]
        assert off[income] == pytest.approx(strike(off[2], weight), abs=0.022), income


def test_old_people_who_live_alone_are_mostly_women_and_couples_one_of_each(numbers):
    """Of heads of 85 alone those of the lowest scores are women: a score is a lot less `widows`."""
    p, n = numbers.traits, 8_000
    row = np.arange(n)
    role = np.where(row < n // 2, row % 2 * PARTNER, 0).astype(np.uint8)
    age = np.where(row < n // 2, 40, np.where(row % 2, p.widows_from, p.widows_from - 0.1))
    homes = SimpleNamespace(age=age.astype(np.float32), role=role)
    sex = draw_sex(homes, 0.5, p, 6)
    couples = sex[: n // 2].reshape(-1, 2)
    # Half of all are women where the scores are cut at c: c + (a quarter of the widows' lead) = ½.
    cut = 0.5 - p.widows / 4
    expected = p.opposite_sex * 2 * cut + (1 - p.opposite_sex) * 2 * cut * (1 - cut)
    assert (couples.sum(axis=1) == 1).mean() == pytest.approx(expected, abs=0.03)
    old, younger = sex[n // 2 + 1 :: 2].mean(), sex[n // 2 :: 2].mean()
    assert old - younger == pytest.approx(p.widows, abs=0.05)
    assert sex.mean() == 0.5
