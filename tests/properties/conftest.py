"""A small town whose services fit it, and how to look at all of its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from sim.community import Community
from sim.scenario.library import load

if TYPE_CHECKING:
    import numpy as np

SMALL = {
    "population.residents": 400,
    "warm_up": 10,
    "horizon": 24,
    "services.primary-care.staff": {"physician": 1, "nurse": 1},
    "services.primary-care.caseload": 12,
    "services.community-therapy.staff": {"therapist": 2},
    "services.community-therapy.caseload": 6,
    "services.psychiatry.caseload": 12,
    "services.ward.beds": 1,
    "funds.public-funds.amount": "USD 1_500_000 per year",
}
PILOT = {
    "services.peers": {
        "kind": "one_to_one_peer",
        "where": ["east"],
        "staff": {"peer": 3},
        "caseload": 6,
        "from": "week 4",
        "supervision": "weekly",
        "rank": 4,
    },
    "services.circle": {
        "kind": "recovery_group",
        "where": ["east"],
        "staff": {"peer": 1},
        "groups": 1,
        "size": 12,
        "from": "week 4",
        "rank": 5,
    },
    "funds.grant": {
        "source": "grant",
        "amount": "USD 400_000 per year",
        "only_for": ["peers", "circle"],
    },
}


class State(NamedTuple):
    """Copies of everything that one week leaves to the next, by name."""

    residents: dict
    ties: dict
    published: np.ndarray


def photograph(community):
    """Copies of all columns of all residents, of their ties and of what they show."""
    world = community.world
    return State(
        {name: column.copy() for name, column in world.residents.by_name().items()},
        {name: column.copy() for name, column in world.ties.by_name().items()},
        world.published.copy(),
    )


def find_differences(one, other):
    """Names of columns in which two photographs differ in any bit."""
    pairs = [(name, one.residents[name], other.residents[name]) for name in one.residents]
    pairs += [(name, one.ties[name], other.ties[name]) for name in one.ties] + [
        ("shown", one.published, other.published)
    ]
    return [name for name, a, b in pairs if a.tobytes() != b.tobytes()]


def live_until(scenario, week, seed=1):
    """A community that has lived up to a week."""
    community = Community(scenario, rng=seed)
    while community.week < week:
        community.step()
    return community


@pytest.fixture(scope="session")
def town():
    """Four hundred people and services of their size, no programme."""
    return load("baseline").with_(SMALL)


@pytest.fixture(scope="session")
def pilot(town):
    """The same with peers and a group in the east from week 4."""
    return town.with_(PILOT)


@pytest.fixture(scope="session")
def look():
    """What the tests do with communities: photograph, find_differences, live_until."""

    class Look:
        photograph = staticmethod(photograph)
        find_differences = staticmethod(find_differences)
        live_until = staticmethod(live_until)

    return Look
