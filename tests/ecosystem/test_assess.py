"""The needs of a town before anything starts add up, and point where need is."""

import json

import pytest
from click.testing import CliRunner

from sim.cli.assessing import assess as command
from sim.scenario.library import load
from sim.studies.needs_assessment import assess_needs


@pytest.fixture(scope="module")
def found():
    return assess_needs(
        load("baseline").with_({"population.residents": 3_000, "warm_up": 20}), range(2)
    )


def test_groups_of_a_dimension_sum_to_the_town(found):
    town = found.gaps[0]
    for dimension in ("neighbourhood", "income", "age", "sex"):
        mine = [gap for gap in found.gaps if gap.dimension == dimension]
        assert sum(gap.people for gap in mine) == pytest.approx(town.people)
        assert sum(gap.unmet for gap in mine) == pytest.approx(town.unmet)
    assert 0 < town.in_care < town.in_need < town.people


def test_need_is_where_poverty_is(found):
    shares = {gap.group: gap.in_need / gap.people for gap in found.gaps}
    assert shares["east"] > shares["west"]
    assert shares["poorest fifth"] > shares["richest fifth"]


def test_what_is_there_and_what_would_be_needed(found):
    there = {resource.service: resource for resource in found.resources}
    assert there["community-therapy"].places == 160
    assert there["ward"].places == 4
    assert {part["neighbourhood"] for part in found.needed} == {"east", "north", "west"}
    assert all(part["cost_per_year"] >= 0 for part in found.needed)


def test_posts_and_cost_are_those_of_the_places_that_are_told():
    """Three places were told with the posts and the pay of 2.2."""
    small = {"population.residents": 1_000, "warm_up": 20}
    town = load("baseline").with_({**small, "services.community-therapy.staff.therapist": 1})
    found = assess_needs(town, range(2))
    there = {resource.service: resource for resource in found.resources}
    pay = {str(role): money.per_week * 52 for role, money in town.prices.pay.items()}
    for part in found.needed:
        cost = 0.0
        for name, needed in part["services"].items():
            assert needed["places"] == int(needed["places"])
            share = needed["places"] / there[name].places
            assert needed["posts"] == pytest.approx(share * there[name].posts, abs=0.006)
            staff = town.services[name].staff
            cost += 1.3 * share * sum(hours * pay[str(role)] for role, hours in staff.items())
        assert part["cost_per_year"] == pytest.approx(cost)
    assert any(part["cost_per_year"] > 0 for part in found.needed)


def test_programmes_that_start_later_do_not_count():
    pilot = assess_needs(load("peer-pilot").with_({"population.residents": 500, "warm_up": 4}), [1])
    assert "peer-specialists" not in {resource.service for resource in pilot.resources}


def test_the_command_prints_and_writes(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(
        "extends: baseline.yaml\ntitle: Small\npopulation: {residents: 400}\nwarm_up: 4 weeks\n"
    )
    done = CliRunner().invoke(command, [str(path), "-n", "1"])
    assert done.exit_code == 0
    assert "neighbourhood: east" in done.stdout
    written = json.loads(CliRunner().invoke(command, [str(path), "-n", "1", "--json", "-"]).stdout)
    assert written["gaps"][0]["group"] == "everybody"
