"""An unchanged town is stationary: what its people are like stays, while the people change."""

from itertools import pairwise

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.library import load

SEEDS = (1, 2, 3)
BANDS = (12, 18, 25, 35, 50, 65, 80, 200)


def look(community):
    """Shares and means of everybody in town."""
    r = community.world.residents
    living = r.alive == 1
    adult = living & (r.age >= 18)
    found = {
        f"aged {low}": float(((r.age >= low) & (r.age < high) & living).sum() / living.sum())
        for low, high in pairwise(BANDS)
    }
    work = living & (r.age >= 18) & (r.age < 65)
    return found | {
        "severe": float((r.severe[adult] > 0).mean()),
        "employed": float((r.employment[work] == 1).mean()),
        "alone": float(r.alone[adult].mean()),
        "ties": float(r.close_ties[living].mean()),
        "phq": float(r.phq[adult].mean()),
    }


def watch(residents, years):
    scenario = load("baseline").with_(
        {"population.residents": residents, "warm_up": 26, "horizon": 52 * years}
    )
    looks = []
    for seed in SEEDS:
        community = Community(scenario, rng=seed).warm_up()
        start = look(community)
        while community.week < 52 * years:
            community.step()
        looks.append((start, look(community)))
    keys = looks[0][0]
    return {key: np.mean([[a[key], b[key]] for a, b in looks], axis=0) for key in keys}


def check(found):
    for key, (start, end) in found.items():
        if key.startswith("aged"):
            assert end == pytest.approx(start, abs=0.02), key
    assert found["severe"][1] == pytest.approx(found["severe"][0], abs=0.012)
    assert found["employed"][1] == pytest.approx(found["employed"][0], abs=0.03)
    assert found["alone"][1] == pytest.approx(found["alone"][0], abs=0.03)
    assert found["ties"][1] == pytest.approx(found["ties"][0], rel=0.12)
    assert found["phq"][1] == pytest.approx(found["phq"][0], rel=0.12)


def test_four_years_change_the_people_and_not_the_town():
    check(watch(1_000, 4))


@pytest.mark.slow
def test_ten_years_change_the_people_and_not_the_town():
    check(watch(4_000, 10))
