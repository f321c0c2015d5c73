"""A number that cannot be right stops a run, and one that can be does not: the edges of each scale."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.outcomes import BY_KEY, GROUP_KEYS, KEYS
from sim.week.record.plausibility import (
    ImplausibleOutcome,
    check_outcomes,
    find_scale,
    may_be_missing,
)

WEEKS = 104


def make_results(**weekly):
    """A run of a hundred people in which nothing happened, but for what is given."""
    series = {key: np.zeros(WEEKS) for key in KEYS}
    for key, value in weekly.items():
        series[key][7] = value
    group = {"dimension": "sex", "group": "women"} | dict.fromkeys(GROUP_KEYS, 1.0)
    return SimpleNamespace(
        weekly=series,
        summary=dict.fromkeys(KEYS, 0.0),
        subgroups=[group],
        ledger=[(0, "fund", "public", "pay", 5.0)],
    )


def is_stopped(results):
    try:
        check_outcomes(results, 100)
    except ImplausibleOutcome as error:
        return str(error)
    return ""


RIGHT = {"phq_mean": 27.0, "lonely": 100.0, "deaths": 100.0, "cash": -5e17, "cost": 0.0} | {
    "strain_mean": 1.0,
    "stigma_mean": 100.0,
}
WRONG = {"phq_mean": 27.1, "lonely": 100.1, "deaths": 101.0, "cash": -1.1e18, "cost": -0.1} | {
    "strain_mean": 1.1,
    "stigma_mean": -100.1,
}


@pytest.mark.parametrize("key", RIGHT)
def test_the_ends_of_a_scale_are_on_it_and_what_lies_beyond_is_not(key):
    assert is_stopped(make_results(**{key: RIGHT[key]})) == ""
    said = is_stopped(make_results(**{key: WRONG[key]}))
    assert said.startswith(f"{key} is ")
    assert "in a week, beyond its scale" in said
    assert is_stopped(make_results(**{key: math.nan})) == f"{key} is not finite in a week"


def test_quality_of_life_is_a_year_at_most_and_may_be_worse_than_none():
    assert find_scale(BY_KEY["qalys"], 100, 52) == (-100.0, 100.0)
    assert find_scale(BY_KEY["qalys"], 100, 1) == pytest.approx((-100 / 52, 100 / 52))
    assert is_stopped(make_results(qalys=100 / 52)) == ""
    assert is_stopped(make_results(qalys=-2.0)).startswith("qalys is -2 in a week")


def test_a_total_over_the_horizon_has_the_room_of_all_its_weeks():
    results = make_results()
    results.summary["qalys"] = 200.0
    assert is_stopped(results) == ""
    results.summary["qalys"] = 200.1
    assert is_stopped(results).startswith("qalys is 200.1 over the horizon")
    results = make_results()
    results.summary["phq_mean"] = 28.0
    assert is_stopped(results).startswith("phq_mean is 28 over the horizon")


def test_rounding_at_the_end_of_a_scale_is_no_fault():
    assert is_stopped(make_results(lonely=100.0 + 5e-5)) == ""
    assert is_stopped(make_results(lonely=100.0 + 2e-4)) != ""
    assert is_stopped(make_results(admissions=-5e-7)) == ""
    assert is_stopped(make_results(admissions=-2e-6)) != ""
    large = make_results()
    large.weekly["cost"][:] = 1e9
    large.weekly["cost"][3] = -100.0
    assert is_stopped(large) == ""
    large.weekly["cost"][3] = -2_000.0
    assert is_stopped(large).startswith("cost is -2000 in a week")


def test_only_a_wait_of_nobody_may_be_missing():
    missing = [key for key in KEYS if may_be_missing(BY_KEY[key])]
    assert missing == ["wait_median", "wait_90th"]
    assert is_stopped(make_results(wait_median=math.nan)) == ""
    assert is_stopped(make_results(wait_median=math.inf)) == "wait_median is not finite in a week"


def test_subgroups_and_the_ledger_are_looked_at_too():
    results = make_results()
    results.subgroups[0][GROUP_KEYS[-1]] = math.inf
    assert is_stopped(results) == "sex women has outcomes that are not finite"
    results = make_results()
    results.ledger.append((1, "fund", "public", "pay", math.nan))
    assert is_stopped(results) == "the ledger has amounts that are not finite"


def test_three_faults_are_told_and_the_others_counted():
    faults = dict.fromkeys(("phq_mean", "lonely", "deaths", "in_need", "treated"), 1e9)
    assert is_stopped(make_results(**faults)).endswith("; and 2 more")
    three = dict(list(faults.items())[:3])
    assert is_stopped(make_results(**three)).count("beyond its scale") == 3
    assert "more" not in is_stopped(make_results(**three))
    worst = is_stopped(make_results(phq_mean=-400.0))
    assert "phq_mean is -400 in a week, beyond its scale (0 to 27)" in worst
