"""The shipped scenarios ask a planner's question each, and together they show every kind and every shock."""

import pickle
import re

import pytest

from sim.scenario.library import list_shipped, load
from sim.scenario.schema.services import SERVICE_MODELS
from sim.scenario.schema.shocks import SHOCK_KINDS

TOWNS = {"us-town", "baseline", "peer-pilot", "funding-cut"}
SHIPPED = {name: load(name) for name in list_shipped()}


def test_there_are_enough_and_every_kind_is_in_one():
    assert len(SHIPPED) >= 16
    assert {
        service.kind for scenario in SHIPPED.values() for service in scenario.services.values()
    } == set(SERVICE_MODELS)
    assert {
        agreement.with_
        for scenario in SHIPPED.values()
        for agreement in scenario.partnerships.values()
    } >= {"school", "employer", "health_provider", "business"}
    committees = [scenario.governance for scenario in SHIPPED.values() if scenario.governance]
    assert {rule.when.through for committee in committees for rule in committee.rules.values()} == {
        "survey",
        "focus_groups",
        "suggestion_box",
    }
    assert {
        fund.when_short for scenario in SHIPPED.values() for fund in scenario.funds.values()
    } == {"priority", "equal", "need"}
    assert {
        shock.kind for scenario in SHIPPED.values() for shock in scenario.shocks.values()
    } >= set(SHOCK_KINDS) - {"adversity"}


@pytest.mark.parametrize("name", sorted(set(SHIPPED) - TOWNS))
def test_a_scenario_asks_a_question(name):
    assert "?" in SHIPPED[name].summary


def test_the_uk_town_is_free_at_the_point_of_use_and_has_a_crisis_team():
    uk = SHIPPED["uk-town"]
    assert uk.currency == "GBP"
    assert all(service.fee.amount == 0 for service in uk.services.values())
    assert "crisis_team" in {service.kind for service in uk.services.values()}


def test_the_page_lists_every_scenario_with_its_question(project):
    page = (project / "docs" / "scenarios.md").read_text(encoding="utf-8")
    rows = dict(
        re.findall(
            r"^\| `([a-z-]+)` \| (.+) \|$", page.split("<!-- shipped: end -->")[0], re.MULTILINE
        )
    )
    assert rows == {
        name: f"{scenario.title} | {' '.join(scenario.summary.split())}"
        for name, scenario in SHIPPED.items()
    }


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_scenario_can_be_sent_to_another_process(name):
    assert pickle.loads(pickle.dumps(SHIPPED[name])) == SHIPPED[name]
