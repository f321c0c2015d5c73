"""A community or a study that is asked for with a value that could be taken for another is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import KinwellError


@pytest.fixture(scope="module")
def town():
    return sim.load("baseline").with_(
        {"population.residents": 60, "warm_up": "1 week", "horizon": "2 weeks"}
    )


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"rng": 7.9}, "rng is the seed"),
        ({"rng": True}, "rng is the seed"),
        ({"rng": "7"}, "rng is the seed"),
        ({"rng": -1}, "rng is the seed"),
        ({"rng": np.random.default_rng(1)}, "rng is the seed"),
        ({"stepping": "fast"}, "compiled or mesa"),
        ({"threads": 2.5}, "threads is a whole number"),
        ({"draw": {"symptoms.noise": True}}, "symptoms.noise must be a number"),
        ({"draw": {"symptoms.noise": "0.5"}}, "symptoms.noise must be a number"),
    ],
)
def test_a_community_is_not_another_than_was_asked_for(town, how, said):
    with pytest.raises(KinwellError, match=said):
        sim.Community(town, **how)


def test_a_seed_of_numpy_is_that_number(town):
    ours, theirs = (sim.Community(town, rng=seed) for seed in (7, np.int64(7)))
    assert ours.seed_number == theirs.seed_number == 7
    assert ours.residents.frame().equals(theirs.residents.frame())


@pytest.mark.parametrize("given", ["baseline", ["baseline"], 3, [None]])
def test_a_name_is_no_scenario(given, tmp_path):
    with pytest.raises(KinwellError, match=r"what sim\.load gives"):
        sim.run(given, replicates=1, into=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda _, __: sim.load(None), "name or the path"),
        (lambda _, __: sim.load(b"baseline"), "name or the path"),
        (lambda _, __: sim.load({"title": "x"}), "name or the path"),
        (lambda _, __: sim.Community("baseline"), r"what sim\.load gives"),
        (lambda town, _: town.with_(None), "values by dotted path"),
        (lambda town, _: town.with_([("horizon", 5)]), "values by dotted path"),
        (lambda town, _: town.with_({("population", "residents"): 5}), "values by dotted path"),
        (lambda town, _: town.with_({"population.residents": iter([5])}), "whole number"),
        (lambda town, _: sim.run(town, replicates=1, into=b"here"), "a path is text"),
        (lambda town, to: sim.run(town, replicates=1, into=f"{to}/a\0b"), "a path is text"),
    ],
)
def test_what_is_of_another_sort_is_told_in_our_words(ask, said, town, tmp_path):
    with pytest.raises(KinwellError, match=said):
        ask(town, tmp_path)
    assert not list(tmp_path.iterdir())


def test_numbers_and_lists_of_other_sorts_are_those_that_they_stand_for(town):
    changes = {
        "population.residents": Decimal(120),
        "population.employed": Fraction(1, 2),
        "services.psychiatry.where": (place for place in ("east", "west")),
    }
    found = town.with_(changes)
    assert (found.population.residents, found.population.employed) == (120, 0.5)
    assert tuple(found.services["psychiatry"].where) == ("east", "west")


def test_scenarios_may_come_one_by_one(town, tmp_path):
    other = town.with_({"name": "other", "services.psychiatry.caseload": 90})
    found = sim.run((one for one in (town, other)), replicates=1, into=tmp_path, workers=1)
    assert found.names == ("baseline", "other")


def test_two_columns_of_one_parameter_are_not_one(town, tmp_path):
    twice = pd.DataFrame([[0.4, 0.6]], columns=["symptoms.noise", "symptoms.noise"])
    with pytest.raises(KinwellError, match="two columns of one name"):
        sim.run(town, replicates=1, draws=twice, into=tmp_path)


def test_an_empty_folder_is_not_the_one_that_somebody_is_in(town, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KinwellError, match="the folder is empty"):
        sim.run(town, replicates=1, into="")
    assert list(tmp_path.iterdir()) == []


def test_columns_of_draws_are_ids(town, tmp_path):
    table = pd.DataFrame([[0.4]], columns=pd.MultiIndex.from_tuples([("symptoms", "noise")]))
    with pytest.raises(KinwellError, match="ids of parameters"):
        sim.run(town, replicates=1, draws=table, into=tmp_path)
