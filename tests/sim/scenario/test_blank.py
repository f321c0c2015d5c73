"""A county to fill in asks nothing, says where to look, passes check and runs as it is."""

import re

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.community import Community
from sim.scenario.diagnostics.inactive import find_inactive
from sim.scenario.library import find_shelf, list_shipped, load
from sim.scenario.writer import BLANK, UNTITLED
from sim.services.affordability import find_gaps

BLOCKS = ("population", "districts", "staff and places", "beds", "money", "prices")


@pytest.fixture
def kinwell(tmp_path, monkeypatch):
    """Give a function that runs a command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, list(words), prog_name="kinwell")


@pytest.mark.parametrize("profile", BLANK)
def test_it_is_written_checked_and_has_nothing_that_cannot_act(kinwell, profile):
    made = kinwell("new", "--blank", profile, "north-county")
    assert made.exit_code == 0
    assert "Next: kinwell check north-county.yaml" in made.stderr
    assert kinwell("check", "north-county.yaml").exit_code == 0
    county = load("north-county.yaml")
    assert (county.name, county.title) == ("north-county", "North county")
    assert find_inactive(county) == find_gaps(county) == []


@pytest.mark.parametrize("profile", BLANK)
def test_each_block_says_what_it_changes_and_where_to_look(profile):
    text = (find_shelf() / "blank" / f"{profile}.yaml").read_text(encoding="utf-8")
    assert f"\ntitle: {UNTITLED}\n" in text
    for block in BLOCKS:
        found = re.search(rf"# -+ {block}\n(.*?)\n *[a-z]", text, re.DOTALL)
        assert found, block
        assert "# CHANGES" in found[1]
        assert "# WHERE" in found[1]


@pytest.mark.parametrize("profile", BLANK)
def test_it_runs(kinwell, profile):
    kinwell("new", "--blank", profile, "mine")
    small = load("mine.yaml").with_({"population.residents": 200, "warm_up": 2, "horizon": 4})
    assert Community(small, rng=1).run().weekly["in_need"].size == 4


@pytest.mark.parametrize(("profile", "town"), [("us", "us-town"), ("uk", "uk-town")])
def test_what_it_does_not_ask_is_that_of_the_town(profile, town):
    mine, theirs = (
        load(find_shelf() / "blank" / f"{profile}.yaml").resolved(),
        load(town).resolved(),
    )
    assert mine["prices"] == theirs["prices"]
    assert mine["population"] == theirs["population"]
    assert mine.get("parameters") == theirs.get("parameters")
    assert mine["services"] == theirs["services"]


def test_it_is_no_scenario_of_the_library():
    assert not {"us", "uk", "blank"} & set(list_shipped())


def test_it_extends_nothing_and_overwrites_nothing(kinwell):
    assert kinwell("new", "--blank", "us", "mine", "--from", "peer-pilot").exit_code == 2
    kinwell("new", "--blank", "us", "mine")
    again = kinwell("new", "--blank", "uk", "mine")
    assert again.exit_code == 2
    assert "already there" in again.stderr
