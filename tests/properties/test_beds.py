"""Beds protect: what closing or opening them does, what is expected of a week with few of them, and that days are counted as spent."""

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.library import load

SEEDS = range(1, 13)
BUSY = {
    "population.residents": 3_000,
    "warm_up": 26,
    "horizon": 104,
    "parameters.crisis.crisis": -8.5,
}
"""A small town with more crises than usual, so that few replicates show a direction."""


def live(name, changes):
    """Summaries of several replicates, outcome by outcome: (replicates,)."""
    found = [Community(load(name).with_(BUSY | changes), rng=seed).run().summary for seed in SEEDS]
    return {key: np.array([one[key] for one in found]) for key in found[0]}


@pytest.fixture(scope="module")
def ample():
    return live("baseline", {"services.ward.beds": 40})


@pytest.fixture(scope="module")
def scarce():
    return live("baseline", {"services.ward.beds": 1})


@pytest.fixture(scope="module")
def closed():
    return live("baseline", {"services.ward.beds": 0})


@pytest.mark.parametrize(
    "outcome", ["crises", "emergency_visits", "expected_emergency_visits", "expected_suicides"]
)
def test_closing_all_beds_lowers_no_harm(ample, closed, outcome):
    more = closed[outcome] - ample[outcome]
    assert more.mean() > 0.0
    assert more.mean() > -2.0 * more.std(ddof=1) / len(SEEDS) ** 0.5


def test_where_there_is_no_bed_nobody_is_admitted_and_need_goes_on(ample, closed):
    assert not closed["admissions"].any()
    assert not closed["expected_admissions"].any()
    assert closed["bed_need_expected"].mean() > ample["bed_need_expected"].mean() > 0.0


def test_opening_beds_where_people_board_lowers_boarding(ample, scarce, closed):
    boarding = [town["boarding_days"].mean() for town in (closed, scarce, ample)]
    assert boarding[0] > boarding[1] > boarding[2] == 0.0


@pytest.mark.parametrize("town", ["ample", "scarce"])
@pytest.mark.parametrize(
    ("expected", "counted"),
    [("expected_admissions", "admissions"), ("expected_emergency_visits", "emergency_visits")],
)
def test_what_is_expected_has_the_mean_of_what_is_counted(request, town, expected, counted):
    found = request.getfixturevalue(town)
    apart = found[counted] - found[expected]
    assert abs(apart.mean()) < 3.0 * apart.std(ddof=1) / len(SEEDS) ** 0.5
    # Each is counted by a chance of its own: what is left beside the expectation is that of coins.
    assert 0.15 < apart.var(ddof=1) / found[counted].mean() < 2.2
    assert found[expected].mean() == pytest.approx(found[counted].mean(), rel=0.08)


def test_so_it_is_behind_a_crisis_team_that_is_often_full():
    found = live("uk-town", {"services.ward.beds": 1, "services.crisis-team.caseload": 1})
    for expected, counted in (
        ("expected_admissions", "admissions"),
        ("expected_emergency_visits", "emergency_visits"),
    ):
        apart = found[counted] - found[expected]
        assert abs(apart.mean()) < 3.0 * apart.std(ddof=1) / len(SEEDS) ** 0.5, counted


def test_need_is_above_what_beds_allow_where_they_are_scarce(ample, scarce):
    assert scarce["bed_need_expected"].mean() > 1.1 * scarce["expected_admissions"].mean()
    assert ample["bed_need_expected"] == pytest.approx(ample["expected_admissions"], rel=1e-9)


def test_beds_occupied_are_bed_days_over_the_days_of_the_week():
    weekly = Community(load("baseline").with_(BUSY | {"services.ward.beds": 2}), rng=3).run().weekly
    assert weekly["beds_occupied"] == pytest.approx(weekly["bed_days"] / 7.0)
    assert weekly["beds_occupied"].max() <= 2.0
    assert weekly["bed_days"].sum() > 0


def test_days_in_the_ward_are_told_in_the_week_in_which_they_are_spent():
    community = Community(load("baseline").with_(BUSY | {"services.ward.beds": 3}), rng=5)
    spent = 0
    for _ in range(80):
        community.step()
        world = community.world
        assert world.residents.ward_days.sum() == world.used[:3].sum()
        spent += int(world.residents.ward_days.sum())
    assert spent > 0
