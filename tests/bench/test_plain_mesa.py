"""The yardstick must be a sensible model, or ratios against it mean nothing."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def two_years(plain_mesa):
    town = plain_mesa.Town(1_000, seed=3)
    for _ in range(104):
        town.step()
    return town


pytestmark = pytest.mark.core


def test_symptoms_stay_where_people_live(two_years):
    week = two_years.datacollector.get_model_vars_dataframe()
    assert len(week) == 104
    assert week.symptoms.between(3, 7).all()
    assert week.loneliness.abs().max() < 0.3


def test_places_are_kept(two_years):
    places = 1_000 * 0.025
    week = two_years.datacollector.get_model_vars_dataframe()
    assert week.in_care.max() <= places
    assert week.in_care.iloc[-1] == places - sum(two_years.free.values())
    assert week.in_care.iloc[-1] > 0.5 * places


def test_outcomes_are_plausible(two_years):
    last = two_years.datacollector.get_model_vars_dataframe().iloc[-1]
    assert 5 <= last.admissions <= 200  # per thousand people and two years
    assert 0.7 <= last.qalys / 2_000 <= 0.95
    assert 50 <= last.cost / 2_000 <= 2_000  # per person and year


def test_a_seed_gives_the_same_town(plain_mesa):
    towns = [plain_mesa.Town(200, seed=5) for _ in range(2)]
    for town in towns:
        for _ in range(10):
            town.step()
    first, second = (town.datacollector.get_model_vars_dataframe() for town in towns)
    assert first.equals(second)


def test_run_returns_the_seconds_of_stepping(plain_mesa):
    assert 0 < plain_mesa.run(100, 2, seed=1) < 5
