"""What a scenario states is a level: draws move it, and never take its place."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.evidence.distributions import check_bounds
from sim.evidence.levels import combine, move_level, separate
from sim.evidence.loader import all_evidence
from sim.studies.sweeps.parameter_draws import draw_parameters
from sim.week.start.initialisation import read_parameters

TIME, LOG = "crisis.stay_median", "crisis.admission"


def test_a_stated_level_is_the_middle_of_its_draws_with_the_spread_of_the_evidence():
    town = sim.load("uk-town")
    worlds = draw_parameters("evidence", 200)
    values = np.array([read_parameters(town, world).raw[TIME] for world in worlds])
    plain = np.array([read_parameters(sim.load("baseline"), w).raw[TIME] for w in worlds])
    assert np.median(values) == pytest.approx(town.parameters[TIME], rel=0.03)
    assert np.log(values).std() == pytest.approx(np.log(plain).std(), rel=1e-6)


def test_without_a_draw_or_with_one_at_the_evidence_the_scenario_holds():
    town = sim.load("uk-town")
    at_evidence = {name: all_evidence()[name].value for name in town.parameters}
    assert read_parameters(town, {}).raw[TIME] == town.parameters[TIME]
    assert read_parameters(town, at_evidence).raw[TIME] == town.parameters[TIME]


def test_a_draw_moves_a_number_of_either_sign_by_its_difference():
    record = all_evidence()[LOG]
    moved = combine({LOG: -3.1}, {LOG: record.value + 0.2})
    assert moved[LOG] == pytest.approx(-2.9)


def test_no_draw_takes_a_stated_level_beyond_what_the_parameter_can_be():
    for record in all_evidence().values():
        for stated in (record.low, record.high):
            for end in (record.low, record.high):
                moved = move_level(record, record.value, end, stated)
                assert not check_bounds(record, moved), record.id


def test_separate_is_the_inverse_of_combine():
    rng = np.random.default_rng(3)
    for record in all_evidence().values():
        if not record.low < record.value < record.high:
            continue
        stated = {record.id: float(rng.uniform(record.low, record.high))}
        world = {record.id: float(rng.uniform(record.low, record.high))}
        again = combine(stated, separate(stated, world))
        assert again[record.id] == pytest.approx(world[record.id], rel=1e-9, abs=1e-9), record.id


def test_what_a_scenario_does_not_state_is_drawn_as_it_was():
    drawn = {"crisis.to_emergency": 0.6}
    assert combine({LOG: -3.1}, drawn) == {LOG: -3.1, **drawn}
