"""Declared populations for the tests of the society."""

from functools import partial
from types import SimpleNamespace

import pytest

from sim.evidence.parameters import make_parameters
from sim.scenario.schema.people import Neighbourhood
from sim.society.town import build_town

AGES = {
    "12-17": 0.089,
    "18-24": 0.107,
    "25-34": 0.157,
    "35-49": 0.222,
    "50-64": 0.222,
    "65-79": 0.155,
    "80+": 0.048,
}
SIZES = {1: 0.289, 2: 0.347, 3: 0.150, 4: 0.125, 5: 0.057, 6: 0.020, 7: 0.012}


def declare(residents, **changes):
    declared = {
        "residents": residents,
        "ages": AGES,
        "female": 0.51,
        "household_sizes": SIZES,
        "employed": 0.74,
        "insurance": SimpleNamespace(uninsured=0.08, public=0.36, private=0.56),
        "online": 0.9,
        "within_neighbourhood": 0.7,
        "groups": {},
    }
    return SimpleNamespace(**(declared | changes))


def divide(*shares_and_deprivation):
    return {
        f"area {i}": Neighbourhood(share=share, deprivation=deprivation, distance=20.0)
        for i, (share, deprivation) in enumerate(shares_and_deprivation)
    }


FOUR = divide((0.25, 0.7), (0.3, 0.4), (0.25, 0.3), (0.2, 0.5))


@pytest.fixture(scope="session")
def population():
    return declare


@pytest.fixture(scope="session")
def areas():
    return divide


@pytest.fixture(scope="session")
def numbers():
    """What the evidence says of a town."""
    return make_parameters({}).society


@pytest.fixture(scope="session")
def build(numbers):
    """Build a town by the evidence."""
    return partial(build_town, p=numbers)


@pytest.fixture(scope="session")
def town(build):
    return build(declare(20_000), FOUR, seed=7)


@pytest.fixture(scope="session")
def random_town(build):
    return build(declare(20_000), FOUR, seed=7, structure_network="random")
