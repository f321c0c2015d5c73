"""Every report of a place's scenarios says what is local, what is borrowed, and how figures stand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import sim
from analysis.reports.sections.place import find_changed, say_weight
from analysis.reports.writer import write_report
from sim.places.description import find_place
from sim.scenario.library import find_shelf

SMALL = {"population.residents": 300, "warm_up": 0, "horizon": 8}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    base = find_shelf() / "places" / "trafford"
    towns = [sim.load(base / f"{name}.yaml").with_(SMALL) for name in ("as-is", "peers")]
    sim.run(towns, replicates=2, seed=1, workers=1, into=folder)
    return {
        audience: write_report(folder, audience, against="as-is").read_text(encoding="utf-8")
        for audience in (None, "funder")
    }


def test_reports_have_a_section_about_the_place(report):
    page = report[None]
    assert "Trafford: what is local and what is borrowed" in page
    assert "population by age" in page  # local
    assert "services, posts and beds: profile uk" in page  # borrowed
    assert "Courses of talking therapy that ended" in page  # a figure against the model
    assert "population of these runs is not the place" in page  # 300 people are not Trafford
    assert "is said where numbers are varied" in page


def test_the_page_of_a_funder_has_one_sentence(report):
    assert "What is not local to Trafford: the model meets" in report["funder"]
    assert 'id="place"' not in report["funder"]


def test_a_town_of_no_place_has_none_and_one_that_is_not_found_says_why():
    assert find_place({"place": None}) is None
    found = find_place({"place": "atlantis"})
    assert found.described is None
    assert "no place of this name" in found.reason


def test_a_town_as_it_is_built_is_not_said_to_differ():
    found = find_place({"place": "trafford"})
    declared = sim.load(find_shelf() / "places/trafford/as-is.yaml").resolved()
    assert find_changed(declared, found.described.town) == []


def study(worth, **weights):
    """A report on two programmes whose difference in net benefit is a weighted sum of numbers."""
    rng = np.random.default_rng(1)
    numbers = pd.DataFrame({name: rng.permutation(400) / 400 for name in weights}, range(400))
    gain = (numbers * list(weights.values())).sum(axis=1).to_numpy()
    benefits = np.stack([np.zeros(400), gain], axis=1)
    return SimpleNamespace(
        drawn=worth is not None,
        worth=worth,
        influential=numbers,
        place=1,
        evaluation=SimpleNamespace(net_benefit=lambda _: benefits),
    )


def test_what_is_local_is_weighed_by_how_much_the_answer_hangs_on_it():
    place = find_place({"place": "trafford"}).described
    local, nation = "services.individual_therapy.attraction", "life.events"
    said = say_weight(study(20_000, **{local: 3.0, nation: 1.0}), place)
    assert said.startswith("Of 2 numbers that can be told to matter 1 is local, with 9")  # 9 of 10
    assert said.endswith("borrowed: life.events.")
    assert say_weight(study(20_000, **{nation: 1.0}), place) == (
        "The one number that can be told to matter is not local: life.events."
    )
    assert say_weight(study(20_000), place).startswith("Of the numbers that were varied none")
    assert "--uncertainty posterior" in say_weight(study(None, **{local: 1.0}), place)
