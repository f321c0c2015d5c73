"""Golden numbers: a small town of each shipped scenario, and what came out when somebody last looked.

They say that something changed, not that it is wrong: `make golden` writes them anew, and the diff is read before it is kept.
"""

import json
import math
from pathlib import Path

import pytest

from sim.community import Community
from sim.scenario.library import list_shipped, load

ON_EVERY_PYTHON = ("uk-town", "whole-town")
"""Scenarios that together run every rule of the week."""
KEPT = Path(__file__).with_name("summaries.json")
SMALL = {
    "population.residents": 300,
    "warm_up": 10,
    "horizon": 30,
    "parameters.seeking.seeking": 0.1,
    "services.primary-care.caseload": 25,
    "services.community-therapy.staff": {"therapist": 2},
    "services.psychiatry.caseload": 10,
}
SEED = 20_240_101


def summarise(name):
    """Summary of a run, to twelve digits; nothing where there was nothing to measure."""
    scenario = load(name)
    small = {
        path: value
        for path, value in SMALL.items()
        if not path.startswith("services.") or path.split(".")[1] in scenario.services
    }
    summary = Community(scenario.with_(small), rng=SEED).run().summary
    return {
        key: float(f"{value:.12g}") if math.isfinite(value) else None
        for key, value in summary.items()
    }


@pytest.fixture(scope="module")
def kept():
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


def test_golden_numbers_are_those_of_the_shipped_scenarios(kept, update_golden):
    if update_golden:
        numbers = {name: summarise(name) for name in list_shipped()}
        KEPT.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
        return
    assert sorted(kept) == list_shipped(), "`make golden` writes them"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.core if name in ON_EVERY_PYTHON else ())
        for name in list_shipped()
    ],
)
def test_a_small_town_gives_the_golden_numbers(name, kept, update_golden):
    if update_golden:
        pytest.skip("writing, not comparing")
    seen, golden = summarise(name), kept[name]
    assert set(seen) == set(golden)
    moved = {
        key: (golden[key], value)
        for key, value in seen.items()
        if value != pytest.approx(golden[key], rel=1e-6)
    }
    assert not moved
