"""Whatever is put together, nothing is lost or made, what is told can be, and both ways of stepping give the same bits.

A few towns in every run of the suite; `pytest -m slow tests/properties/test_swarm.py` tries hundreds, and
`KINWELL_SWARM=8 pytest tests/properties/test_swarm.py -k one_of_them` repeats the town of a number.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
from pathlib import Path

import pytest

from sim.community import Community
from sim.errors import InvalidInput
from sim.scenario.library import load
from sim.scenario.schema.services import SERVICE_MODELS

SPEC = importlib.util.spec_from_file_location("swarm", Path(__file__).with_name("swarm.py"))
SWARM = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(SWARM)
FEW, MANY = range(6), range(100, 400)
NO_VALUE = {"wait_median", "wait_90th"}
"""Outcomes that have none where nobody got a place."""


@pytest.fixture(scope="module")
def usual():
    return load("baseline")


def try_town(usual, look, seed):
    """Live through a town of the swarm both ways; every week is checked as it ends, whatever happens in it."""
    try:
        scenario = usual.with_(SWARM.make_changes(seed))
    except InvalidInput as error:
        return f"refused: {error.problems[0]}"
    quick, plain = Community(scenario, rng=seed), Community(scenario, rng=seed, stepping="mesa")
    one, two = quick.run(), plain.run()
    assert look.find_differences(look.photograph(quick), look.photograph(plain)) == [], seed
    for key, values in one.weekly.items():
        assert values.tobytes() == two.weekly[key].tobytes(), (seed, key)
    assert one.ledger == two.ledger, seed
    odd = {key for key, value in one.summary.items() if not math.isfinite(value)} - NO_VALUE
    assert not odd, seed
    return "lived"


def test_a_few_of_the_swarm_live_and_few_are_refused(usual, look):
    told = [try_town(usual, look, seed) for seed in FEW]
    assert told.count("lived") >= len(FEW) / 2, told


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_hundreds_of_the_swarm_live_and_few_are_refused(usual, look, request):
    if "slow" not in request.config.getoption("-m"):
        pytest.skip("hundreds of towns: pytest -m slow")
    told = [try_town(usual, look, seed) for seed in MANY]
    assert told.count("lived") >= len(MANY) / 2, [words for words in told if words != "lived"][:20]


def test_one_of_them(usual, look):
    assert try_town(usual, look, int(os.environ.get("KINWELL_SWARM", "6")))


def test_a_number_is_a_town():
    assert SWARM.make_changes(3) == SWARM.make_changes(3) != SWARM.make_changes(4)


LANGUAGE = Path(__file__).parents[2] / "scenarios/schema/scenario.schema.json"
NOT_DRAWN = {
    "own_kind": "filled in where `kind` names a kind of the scenario's own",
    "groups": "of people, which a place's tables declare: tests/sim/places",
    "work": "by neighbourhood, with `ages` and `household_sizes` there: tests/sim/places",
    "student": "as `work`",
    "not_in_work": "as `work`",
    "retired": "as `work`",
    "share": "of the neighbourhoods, which sum to 1",
}


def list_keys(value):
    """Every key that is set somewhere in changes, dotted paths taken apart."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from str(key).split(".")
            yield from list_keys(inner)


def test_the_swarm_reaches_every_key_of_the_language():
    """A new key of the language is drawn, or it is said where else it is tried."""
    schema = json.loads(LANGUAGE.read_text("utf-8"))["$defs"]
    keys = {key for one in schema.values() for key in one.get("properties", {})}
    drawn = {key for seed in range(400) for key in list_keys(SWARM.make_changes(seed))}
    assert keys - drawn - set(NOT_DRAWN) == set()
    assert set(NOT_DRAWN) <= keys
    kinds = {
        service["kind"]
        for seed in range(400)
        for path, service in SWARM.make_changes(seed).items()
        if path.startswith("services.s") and isinstance(service, dict)
    }
    assert kinds >= set(SERVICE_MODELS)
