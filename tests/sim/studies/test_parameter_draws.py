"""Draws of the parameters: from their distributions, with what was fitted together kept together, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import InvalidInput
from sim.evidence.distributions import has_either_sign, is_share
from sim.evidence.loader import all_evidence
from sim.studies.calibration.posterior import read_posterior
from sim.studies.sweeps import parameter_draws
from sim.studies.sweeps.parameter_draws import draw_parameters, draw_ranges, pick, spread_replicates


def test_by_chance_alone_nothing_is_drawn():
    assert draw_parameters("chance", 5) is None
    assert spread_replicates("chance", None, 30) == (None, 30)
    with pytest.raises(InvalidInput, match="--draws needs"):
        spread_replicates("chance", 4, 30)


def test_evidence_leaves_what_was_fitted_and_the_posterior_takes_its_rows():
    fitted = read_posterior()
    drawn = draw_parameters("evidence", 3)
    assert not set(drawn[0]) & set(fitted[0])
    joint = draw_parameters("posterior", 3)
    assert set(joint[0]) == set(drawn[0]) | set(fitted[0])
    rows = [tuple(row.values()) for row in fitted]
    assert all(tuple(world[name] for name in fitted[0]) in rows for world in joint)


def test_the_same_seed_gives_the_same_worlds():
    assert draw_parameters("posterior", 4, 7) == draw_parameters("posterior", 4, 7)
    assert draw_parameters("posterior", 4, 7) != draw_parameters("posterior", 4, 8)


def test_draws_have_the_middle_and_the_width_of_their_records():
    known = all_evidence()
    records = [record for record in known.values() if record.low < record.high]
    worlds = draw_ranges(records, 400, 1, "test")
    for record in records:
        values = np.array([world[record.id] for world in worlds])
        width = record.high - record.low
        assert np.isfinite(values).all()
        assert abs(np.median(values) - record.value) < 0.3 * width, record.id
        assert (
            0.4 * width < np.quantile(values, 0.975) - np.quantile(values, 0.025) < 1.5 * width
        ), record.id
        assert values.min() >= 0 or has_either_sign(record)
        assert values.max() <= 1 or not is_share(record)


def test_replicates_are_spread_over_worlds():
    worlds, seeds = spread_replicates("evidence", None, 30)
    assert (len(worlds), seeds) == (10, 3)
    worlds, seeds = spread_replicates("evidence", 4, 30)
    assert (len(worlds), seeds) == (4, 8)


def test_fields_of_kinds_are_picked():
    assert {record.id for record in pick({"app"}, {"coping", "dose"})} == {
        "services.app.coping",
        "services.app.dose",
    }


def test_without_a_posterior_it_is_said(monkeypatch):
    monkeypatch.setattr(parameter_draws, "read_posterior", list)
    with pytest.raises(InvalidInput, match="kinwell calibrate"):
        draw_parameters("posterior", 2)
