"""Who reads a number: found in the code, not listed by hand."""

import ast

import pytest

from sim.evidence.distributions import DISTRIBUTION_FAMILIES, FIXED_FAMILY
from sim.evidence.loader import all_evidence
from sim.studies.parameter_usage import EVERY_SERVICE, find_readers, trace


def test_every_record_is_read_by_code_that_exists(project):
    functions = {}
    for identity in all_evidence():
        readers = find_readers(identity)
        assert readers.code, identity
        for place in readers.code:
            path, name = place.split(": ")
            if path not in functions:
                tree = ast.parse((project / path).read_text(encoding="utf-8"))
                functions[path] = {
                    node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
                }
            assert name in functions[path], place


@pytest.mark.parametrize(
    ("identity", "place"),
    [
        ("symptoms.noise", "sim/week/resident/symptoms.py: update_distress"),
        ("life.event_half_life", "sim/week/resident/life.py: grow_older"),
        ("crisis.crisis", "sim/week/resident/crisis.py: expect_crisis"),
        ("care.additive_limit", "sim/week/resident/care.py: gain"),
        ("social.contagion_on", "sim/week/resident/social.py: find_lonely_set_point"),
        ("society.work_poorest", "sim/society/demographics.py: draw_employment"),
        ("people.trait_sd", "sim/society/initial_state.py: _draw_traits"),
        ("money.fee_weeks", "sim/week/money/treasury.py: __init__"),
        ("workforce.supervision_monthly", "sim/services/yearly_cost.py: support_staff"),
        ("services.individual_therapy.coping", "sim/week/resident/care.py: apply_session"),
        ("services.crisis_team.averts", "sim/week/supply/crisis_response.py: resolve_crisis"),
        ("prices.emergency_visit", "sim/week/money/accounts.py: agree_terms"),
        ("prices.therapy_session", "sim/week/money/payments.py: collect_fees"),
    ],
)
def test_readers_are_found(identity, place):
    assert place in find_readers(identity).code


def test_a_name_that_several_groups_have_is_read_at_home():
    social, symptoms = (
        find_readers(identity).code for identity in ("social.noise_sd", "symptoms.noise")
    )
    assert any(place.startswith("sim/week/resident/social.py") for place in social)
    assert not any(place.startswith("sim/week/resident/symptoms.py") for place in social)
    assert any(place.startswith("sim/week/resident/symptoms.py") for place in symptoms)
    assert not any(place.startswith("sim/week/resident/social.py") for place in symptoms)


def test_services_and_scenarios_that_read_a_number():
    peers = find_readers("services.one_to_one_peer.dose")
    assert peers.services == ("one_to_one_peer",)
    assert "peer-pilot" in peers.scenarios
    assert "baseline" not in peers.scenarios
    assert set(find_readers("services.individual_therapy.coping").services) > {
        "individual_therapy",
        "telehealth_therapy",
    }
    assert find_readers("workforce.turnover").services == (EVERY_SERVICE,)
    assert set(find_readers("prices.uk_inpatient_day").scenarios) == {
        "first-steps",
        "uk-town",
        "uk-without-crisis-team",
    }


def test_a_record_as_plain_data():
    plain = trace(all_evidence()["prices.emergency_visit"])
    assert plain["amounts"][2023] == pytest.approx(600.6, abs=0.1)
    assert (plain["price_year"], plain["key"]) == (2017, "prices.emergency_visit")
    assert plain["distribution"]["family"] in {*DISTRIBUTION_FAMILIES, FIXED_FAMILY}
    assert "price_year" not in trace(all_evidence()["symptoms.noise"])
