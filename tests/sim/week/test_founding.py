"""Founding a world: staff at the start, and a past carried into another scenario."""

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.library import load
from sim.week.start.initialisation import inherit

pytestmark = pytest.mark.core


@pytest.fixture(scope="module")
def large():
    """Many posts, to see how they are filled at the start."""
    therapists = {"services.community-therapy.staff": {"therapist": 2_000}}
    return Community(
        load("baseline").with_({"population.residents": 50, **therapists}), rng=3
    ).world


def test_most_posts_are_filled_at_the_start(large):
    staff, p = large.provision.staff, large.parameters.workforce
    vacant = 1 - staff.filled[staff.open == 1].mean()
    assert vacant == pytest.approx(p.vacancy_share, abs=0.03)
    assert (staff.training == 0).all()


def test_strain_at_the_start_has_its_mean_and_spread_whatever_the_tenure(large):
    staff, p = large.provision.staff, large.parameters.workforce
    filled = staff.filled == 1
    strain, tenure = staff.strain[filled], staff.tenure[filled] / 260
    spread = p.strain_noise / np.sqrt(1 - (1 - p.strain_pull) ** 2)
    assert strain.mean() == pytest.approx(p.strain, abs=0.02)
    assert strain.std() == pytest.approx(spread, rel=0.06)
    for shape in (np.cos(2 * np.pi * tenure), np.sin(2 * np.pi * tenure), tenure):
        assert abs(np.corrcoef(strain, shape)[0, 1]) < 0.09
    assert tenure.mean() == pytest.approx(0.5, abs=0.03)


def test_places_waits_and_staff_are_found_again_under_other_numbers(town, live):
    past = live(town, 0)
    names = list(past.world.provision.names)
    data = town.resolved()["services"]
    turned = town.with_({"services": {name: data[name] for name in reversed(names)}})
    world = inherit(turned, past.world, 1)
    last = len(names) + 1
    old, new = past.world.residents.care_service, world.residents.care_service
    assert (old > 0).sum() > 5
    assert np.array_equal(np.where(old > 0, last - old.astype(int), 0), new)
    before = {int(key): k for k, key in enumerate(past.world.provision.staff.key)}
    for k, key in enumerate(world.provision.staff.key):
        for column in ("filled", "strain", "tenure", "holder"):
            assert (
                getattr(world.provision.staff, column)[k]
                == getattr(past.world.provision.staff, column)[before[int(key)]]
            )
    assert world.fidelity.tolist() == past.world.fidelity[::-1].tolist()
    assert world.residents.distress is not past.world.residents.distress
