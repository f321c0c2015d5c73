"""Towns at the ends of what a scenario allows: they run, and what they say can be."""

import math

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.library import load
from sim.scenario.scenario import Scenario

SMALL = {"population.residents": 400, "warm_up": 8, "horizon": 30}
AGELESS = dict.fromkeys(["12-17", "18-24", "25-34", "35-49", "50-64", "65-79", "80+"], 0.0)
TOWNS = {
    "no services": {"services": None, "funds": None},
    "one resident": {"population.residents": 1},
    "one neighbourhood": {
        "neighbourhoods": {"town": {"share": 1.0, "deprivation": 0.5, "distance": 10}}
    },
    "everybody ill": {
        "parameters.people.trait_mean": 3.0,
        "parameters.people.severe_26_49": 1.0,
        "parameters.people.severe_50_up": 1.0,
    },
    "no ties": {"parameters.society.friends_0": 1.0, "parameters.social.meeting": 0.0},
    "a hundred times the services": {
        "services.primary-care.staff": {"physician": 150, "nurse": 100},
        "services.community-therapy.staff": {"therapist": 1600},
        "services.psychiatry.staff": {"psychiatrist": 100},
        "services.ward.beds": 400,
    },
    "nobody old enough to work": {"population.ages": AGELESS | {"12-17": 1.0}},
    "nobody young enough to work": {
        "population.ages": AGELESS | {"80+": 1.0},
        "population.insurance": {"uninsured": 0.0, "public": 1.0, "private": 0.0},
    },
    "one household": {"population.residents": 7, "population.household_sizes": {7: 1.0}},
    "no beds and no money": {"services.ward.beds": 0, "funds": None},
}
NONE_OF_IT = {"wait_median", "wait_90th"}
"""Outcomes that have no value where nobody got a place."""


@pytest.mark.parametrize("name", TOWNS)
def test_it_runs_and_its_outcomes_are_numbers(name):
    whole = {part: value for part, value in TOWNS[name].items() if "." not in part}
    parts = {path: value for path, value in TOWNS[name].items() if "." in path}
    plain = load("baseline").with_(SMALL | parts).resolved() | whole
    scenario = Scenario.model_validate(
        {part: value for part, value in plain.items() if value is not None}
    )
    summary = Community(scenario, rng=1).run().summary
    wrong = {key for key, value in summary.items() if not math.isfinite(value)} - NONE_OF_IT
    assert not wrong
    assert summary["qalys"] >= 0.0
    if "services" in TOWNS[name]:
        assert summary["sessions"] == summary["staff"] == summary["admissions"] == 0.0
        prices = scenario.prices
        visits = summary["emergency_visits"] * prices.emergency_visit.amount
        # nobody finds a bed: whoever needs one boards
        assert summary["boarding_days"] > 0.0
        boarding = summary["boarding_days"] * prices.inpatient_day.amount
        assert summary["cost"] == pytest.approx(visits + boarding)
        assert summary["bed_need_expected"] > 0.0
    assert np.isfinite(summary["expected_suicides"])
