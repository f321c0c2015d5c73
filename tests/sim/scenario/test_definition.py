import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

from sim.errors import InvalidInput
from sim.scenario.diagnostics.comparability import find_mismatches
from sim.scenario.diff import word_differences
from sim.scenario.first_weeks import are_alike_until
from sim.scenario.library import list_shipped, load
from sim.scenario.scenario import Scenario
from sim.scenario.schema.services import SERVICE_MODELS
from sim.scenario.writer import write_yaml
from sim.units import Money


@pytest.mark.parametrize("name", list_shipped())
def test_resolved_written_and_read_again_is_equal(name, tmp_path):
    scenario = load(name)
    for text in (write_yaml(scenario.resolved()), json.dumps(scenario.resolved())):
        path = tmp_path / f"{name}.resolved.yaml"
        path.write_text(text, encoding="utf-8")
        again = load(path)
        assert again == scenario
        assert (again.hash, again.past_hash, again.name) == (
            scenario.hash,
            scenario.past_hash,
            name,
        )


def test_resolved_is_plain_data_with_units(pilot):
    resolved = pilot.resolved()
    assert resolved["horizon"] == "156 weeks"
    assert resolved["funds"]["foundation-grant"]["amount"] == "USD 420_000 per year"
    assert resolved["services"]["peer-specialists"]["from"] == "week 8"
    assert YAML(typ="safe", pure=True).load(json.dumps(resolved)) == resolved


def test_what_the_model_reads_is_in_weeks_and_money(pilot):
    peers = pilot.services["peer-specialists"]
    assert (peers.from_, peers.until, peers.ramp, peers.audience.after, peers.audience.within) == (
        8,
        None,
        26,
        "crisis",
        52,
    )
    assert (peers.leading_role, peers.fee) == ("peer", Money(0.0))
    assert pilot.funds["foundation-grant"].amount.per_week == pytest.approx(420_000 / 52)
    assert pilot.population.household_sizes[1] == 0.289
    assert pilot.willingness_to_pay == (50_000.0, 100_000.0, 150_000.0)
    assert pilot.governance.rules["expand-if-kept"].when.for_ == 2
    assert pilot.structure.contagion == "off"


def test_dates_become_weeks_of_the_scenarios_own_start(write):
    scenario = load(
        write(
            "extends: peer-pilot.yaml\ntitle: t\nstart: 2026-09-07\nservices: {recovery-groups: {from: 2026-09-21}}\n"
        )
    )
    assert scenario.services["recovery-groups"].from_ == 2
    assert scenario.start == date(2026, 9, 7)


def test_a_scenario_is_frozen(baseline):
    with pytest.raises(ValidationError):
        baseline.horizon = 3


def test_a_scenario_made_in_python_is_checked_too(baseline):
    data = baseline.resolved() | {
        "horizon": 10,
        "funds": {
            "f": {"source": "grant", "amount": Money(3.0, "USD", "week"), "only_for": ["nobody"]}
        },
    }
    with pytest.raises(ValidationError, match="unknown service 'nobody'"):
        Scenario(**data)
    del data["funds"]["f"]["only_for"]
    assert Scenario(**data).funds["f"].amount.per_week == 3


def test_changing_values_gives_a_checked_copy(pilot):
    changed = pilot.with_(
        {
            "services.peer-specialists.caseload": 15,
            "population.residents": 500,
            "horizon": 20,
            "services.ward.until": date(2024, 2, 1),
            "parameters.symptoms.noise": 0.5,
            "structure.contagion": True,
            "funds.public-funds.amount": Money(1.5, "USD", "week"),
        }
    )
    assert changed.services["peer-specialists"].caseload == 15
    assert (changed.population.residents, changed.horizon, changed.services["ward"].until) == (
        500,
        20,
        4,
    )
    assert (changed.parameters, changed.structure.contagion) == ({"symptoms.noise": 0.5}, "on")
    assert changed.funds["public-funds"].amount.per_week == 1.5
    assert pilot.services["peer-specialists"].caseload == 12
    assert changed.name == pilot.name
    assert changed.hash != pilot.hash


def test_whole_things_can_be_added(baseline):
    added = baseline.with_(
        {
            "services.groups": {
                "kind": "recovery_group",
                "staff": {"peer": 1},
                "groups": 0,
                "size": 9,
                "from": 4,
            },
            "shocks.winter": {"kind": "adversity", "at": 3, "until": "week 9", "life_events": 2},
            "governance": {"review_every": 13},
        }
    )
    assert (
        added.services["groups"].from_,
        added.shocks["winter"].until,
        added.governance.delay,
    ) == (4, 9, 4)
    assert added.past_hash == baseline.past_hash


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            "services.peer-specialist.caseload",
            3,
            "there is no 'peer-specialist' - did you mean 'peer-specialists'",
        ),
        ("services.peer-specialists.caselod", 3, "did you mean 'caseload'"),
        ("populaton.residents", 3, "did you mean 'population'"),
        ("population.residents.more", 3, "leads nowhere"),
        ("horizon", "156", "26 weeks"),
        ("horizon", -3, "must not be negative"),
        ("population.female", float("nan"), "share"),
        ("parameters.symptoms.noise", float("inf"), "finite"),
        ("services.ward.beds", None, "whole number"),
        ("funds.public-funds.amount", "EUR 3 per week", "is in EUR"),
        ("", 3, "unknown key|there is no"),
    ],
)
def test_changes_that_do_not_fit_are_told(pilot, path, value, words):
    with pytest.raises(InvalidInput, match=words) as caught:
        pilot.with_({path: value})
    assert caught.value.exit_code == 2


def test_all_changes_that_lead_nowhere_are_told_at_once(pilot):
    with pytest.raises(InvalidInput) as caught:
        pilot.with_({"a.b": 1, "c.d": 2})
    assert [problem.path for problem in caught.value.problems] == ["a.b", "c.d"]


SAME_PAST = {
    "title": "Another",
    "summary": "x",
    "horizon": 10,
    "services.ward.until": 5,
    "funds.public-funds.amount": "USD 1 per year",
    "shocks.x": {"kind": "staff_shortage", "role": "nurse", "at": 0, "share": 0.5},
    "prices.overhead": 0.5,
    "discount.costs": 0,
    "services.new": {"kind": "inpatient_ward", "beds": 3, "from": 0},
    "services.off": {"kind": "inpatient_ward", "beds": 3, "enabled": False},
}
OTHER_PAST = {
    "population.residents": 9_999,
    "neighbourhoods.east.distance": 31,
    "warm_up": 51,
    "parameters.symptoms.noise": 0.4,
    "structure.network": "random",
    "services.ward.beds": 5,
    "services.ward.enabled": False,
    "services.ward.from": 0,
    "services.ward.until": -5,
    "services.new": {"kind": "inpatient_ward", "beds": 3, "from": -1},
}


@pytest.mark.parametrize(("path", "value"), SAME_PAST.items(), ids=SAME_PAST)
def test_what_acts_later_leaves_the_past_alone(baseline, path, value):
    changed = baseline.with_({path: value})
    assert changed.past_hash == baseline.past_hash
    assert changed.hash != baseline.hash


@pytest.mark.parametrize(("path", "value"), OTHER_PAST.items(), ids=OTHER_PAST)
def test_what_acts_before_week_0_changes_the_past(baseline, path, value):
    assert baseline.with_({path: value}).past_hash != baseline.past_hash


def turn(part):
    return dict(reversed(part.items()))


def test_fingerprints_do_not_depend_on_the_order_of_keys(baseline):
    resolved = baseline.resolved()
    services = {name: turn(service) for name, service in resolved["services"].items()}
    prices = resolved["prices"] | {"pay": turn(resolved["prices"]["pay"])}
    turned = Scenario.model_validate(turn(resolved) | {"services": services, "prices": prices})
    assert turned.hash == baseline.hash
    assert turned.past_hash == baseline.past_hash
    assert len(baseline.hash) == len(baseline.past_hash) == 64


@pytest.mark.parametrize("part", ["services", "neighbourhoods", "funds"])
def test_fingerprints_depend_on_the_order_of_what_takes_turns(baseline, part):
    """Another order is another run, so that neither its results nor its past may be those of the first."""
    gift = {"source": "donation", "amount": "USD 1_000 per year"}
    scenario = baseline.with_({"funds.gift": gift})
    resolved = scenario.resolved()
    turned = Scenario.model_validate(resolved | {part: turn(resolved[part])})
    assert turned.hash != scenario.hash
    assert (turned.past_hash != scenario.past_hash) == (part != "funds")
    assert not are_alike_until(scenario, turned, 10)
    assert any("another order" in line for line in word_differences(scenario, turned))
    assert find_mismatches(resolved, turned.resolved()) == ["neighbourhoods"] * (
        part == "neighbourhoods"
    )


@given(
    caseload=st.floats(0, 1e6),
    residents=st.integers(10, 1_000_000),
    weeks=st.integers(1, 5_000),
    amount=st.floats(0, 1e9),
    begin=st.integers(-40, 300),
    share=st.floats(0, 1),
)
def test_any_sound_values_survive_being_written_and_read(
    pilot, caseload, residents, weeks, amount, begin, share
):
    changed = pilot.with_(
        {
            "services.peer-specialists.caseload": caseload,
            "services.peer-specialists.from": begin,
            "population.residents": residents,
            "population.female": share,
            "horizon": weeks,
            "funds.public-funds.opening": Money(amount, "USD"),
        }
    )
    again = Scenario.model_validate(
        json.loads(json.dumps(changed.resolved())), context={"from_file": True}
    )
    assert again == changed
    assert again.hash == changed.hash


def test_every_kind_names_itself():
    assert {
        model.model_fields["kind"].annotation.__args__[0]: model
        for model in SERVICE_MODELS.values()
    } == SERVICE_MODELS
