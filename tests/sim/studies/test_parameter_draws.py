"""Draws of the parameters: from their distributions, with what was fitted together kept together, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import InvalidInput
from sim.evidence.distributions import has_either_sign, is_share
from sim.evidence.loader import all_evidence
from sim.evidence.posterior import read_posterior
from sim.scenario.library import load
from sim.studies.sweeps import parameter_draws
from sim.studies.sweeps.parameter_draws import draw_parameters, draw_ranges, pick, spread_replicates
from sim.week.start.initialisation import read_parameters


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


def make_fitted_place(folder):
    """A place as `place fit` leaves it: its town with a level, and a posterior around it."""
    folder.mkdir(parents=True)
    (folder / "place.yaml").write_text("kind: place\ntitle: Here\nprofile: uk-town\n")
    (folder / "town.yaml").write_text(
        "title: Here\nextends: uk-town\n"
        "parameters: {seeking.seeking: 0.02, crisis.admission: -2.5}\n"
    )
    (folder / "posterior.csv").write_text(
        "seeking.seeking,crisis.admission\n" + "0.018,-2.6\n0.025,-2.3\n" * 5
    )
    (folder.parent.parent / "mine.yaml").write_text(f"title: Mine\nextends: places/{folder.name}\n")
    return folder.parent.parent / "mine.yaml"


def test_worlds_of_a_place_come_from_its_own_posterior(tmp_path):
    scenario = make_fitted_place(tmp_path / "places" / "here")
    worlds, _ = spread_replicates("posterior", 6, 6, [str(scenario)])
    lived = [read_parameters(load(scenario), world).raw for world in worlds]
    pairs = {(round(raw["seeking.seeking"], 6), round(raw["crisis.admission"], 6)) for raw in lived}
    assert pairs == {(0.018, -2.6), (0.025, -2.3)}
    # numbers that the place was not fitted to are drawn around the level that its profile states
    assert len({raw["crisis.stay_median"] for raw in lived}) == 6


def test_scenarios_of_two_places_have_no_posterior_in_common(tmp_path):
    make_fitted_place(tmp_path / "places" / "here")
    first = tmp_path / "places" / "here" / "town.yaml"
    make_fitted_place(tmp_path / "places" / "there")
    other = tmp_path / "places" / "there" / "town.yaml"
    with pytest.raises(InvalidInput, match="several places"):
        spread_replicates("posterior", 4, 4, [str(first), str(other)])
