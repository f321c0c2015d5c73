"""The time before: a town begins near equilibrium, and stays of the past follow from the rules of the week."""

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.library import load
from sim.week.start.burn_in import recall_stays


@pytest.fixture(scope="module")
def usual():
    """Three years of the baseline, mean over six seeds."""
    runs = [Community(load("baseline"), rng=seed).run().weekly for seed in range(1, 7)]
    return {key: np.mean([run[key] for run in runs], axis=0) for key in runs[0]}


@pytest.mark.parametrize(
    ("key", "drift"),
    [
        ("phq_mean", 0.05),
        ("lonely", 0.06),
        ("ties_mean", 0.05),
        ("isolated", 0.1),
        ("expected_admissions", 0.25),
        ("caregiver_hours", 0.2),
    ],
)
def test_the_town_is_near_rest_when_the_horizon_begins(usual, key, drift):
    first, last = usual[key][:13].mean(), usual[key][-13:].mean()
    assert last == pytest.approx(first, rel=drift)


def test_as_many_stays_are_remembered_as_the_hazard_says(people, p, seed):
    q = p.crisis._replace(
        crisis_recent=0.0,
        crisis_discharge=0.0,
        admission_recent=0.0,
        crisis=-5.0,
        to_emergency=1.0,
        admission=2.0,
    )
    r = people(20_000)
    recall_stays(r, 104, q, seed)
    hazard = (1 - np.exp(-0.3 / (1 + np.exp(-(-5.0 - np.log(0.3)))))) / (1 + np.exp(-2.0))
    assert (r.admissions > 0).mean() == pytest.approx(1 - (1 - hazard) ** 104, abs=0.01)
    stayed = r.admissions > 0
    assert (r.discharged[stayed] < 104).all()
    assert (r.discharged[~stayed] > 104).all()
    assert np.array_equal(r.since_need, r.discharged)
    assert r.admissions.mean() == pytest.approx(104 * hazard, rel=0.04)


def test_one_stay_brings_the_next(people, p, seed):
    counts = []
    for excess in (0.0, 5.5):
        r = people(20_000)
        recall_stays(
            r,
            104,
            p.crisis._replace(crisis=-6.5, crisis_recent=excess, to_emergency=1.0, admission=2.0),
            seed,
        )
        counts.append(r.admissions[r.admissions > 0].mean())
    assert counts[1] > 1.3 * counts[0]
