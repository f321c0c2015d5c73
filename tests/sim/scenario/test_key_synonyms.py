"""Keys that people guess are led to the key of that meaning, not to the one of that spelling."""

import pytest

import sim
from sim.errors import InvalidInput
from sim.scenario.designs.claims import Claims
from sim.scenario.designs.sweep import SWEEP_KEYS
from sim.scenario.designs.trial import Trial
from sim.scenario.diagnostics.suggestions import suggest_key
from sim.scenario.diagnostics.synonyms import KEY_SYNONYMS
from sim.scenario.schema.fields import ScenarioFields
from sim.studies.choice.declaration import Choice

TOWN = "extends: baseline\n"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("services:\n  ward: {opens: week 3}\n", "did you mean 'from'?"),
        ("services:\n  ward: {Closes: week 3}\n", "did you mean 'until'?"),
        ("services:\n  psychiatry: {max-clients: 5}\n", "did you mean 'caseload'?"),
        (
            "services:\n  house: {kind: peer_respite, beds: 4}\n",
            "did you mean 'caseload'? It counts places for each full-time post",
        ),
        ("services:\n  psychiatry: {funded_by: public-funds}\n", "in its `only_for`"),
        ("funds:\n  public-funds: {pays_for: [ward]}\n", "did you mean 'only_for'?"),
        ("funds:\n  public-funds: {end: week 9}\n", "did you mean 'to'?"),
        ("services:\n  ward: {to: week 9}\n", "did you mean 'until'?"),
        ("funds:\n  public-funds: {budget: USD 5 per year}\n", "did you mean 'amount'?"),
        ("changes: []\n", "did you mean 'shocks'?"),
        ("wtp: 5\n", "did you mean 'willingness_to_pay'?"),
        ("prices.pay.peer: 27\n", "in a file it is `prices: {pay: {peer: ...}}`"),
        ("prices.inpatient_day: 27\n", "in a file it is `prices: {inpatient_day: ...}`"),
        # a slip of the keyboard is still one
        ("services:\n  psychiatry: {caselaod: 5}\n", "did you mean 'caseload'?"),
    ],
)
def test_a_guessed_key_is_led_to_its_meaning(tmp_path, page, said):
    file = tmp_path / "mine.yaml"
    file.write_text(TOWN + page, encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        sim.load(file)
    assert said in str(refused.value)


def test_a_synonym_is_offered_only_where_its_key_is_known():
    assert suggest_key("opens", ["amount", "source"]) == ""


def test_what_is_offered_are_keys():
    documents = (ScenarioFields, Trial, Claims, Choice)
    schemas = [str(each.model_json_schema(by_alias=True)) for each in documents]
    known = (*SWEEP_KEYS, "policy")
    for key in KEY_SYNONYMS:
        assert key in known or any(f"'{key}'" in schema for schema in schemas)


def test_keys_of_a_sweep_are_found_by_what_others_call_them():
    meant = {"levers": "vary", "base": "scenario", "reference": "against", "runs": "replicates"}
    for word, key in meant.items():
        assert suggest_key(word, SWEEP_KEYS) == f" - did you mean '{key}'?"


@pytest.mark.parametrize(
    ("word", "known", "key"),
    [
        ("gender", Trial.model_fields["eligible"].annotation.model_fields, "sex"),
        ("objective", Choice.model_fields, "goal"),
        ("workforce", Choice.model_fields, "staff"),
        ("best", Claims.model_fields["claims"].annotation.__args__[1].model_fields, "favourable"),
    ],
)
def test_keys_of_studies_are_found_by_what_others_call_them(word, known, key):
    assert suggest_key(word, known) == f" - did you mean '{key}'?"


@pytest.mark.parametrize(
    ("kind", "meant"), [("sweeps", "sweep"), ("chioce", "choice"), ("quasi-experiment", "natural")]
)
def test_a_kind_of_document_that_there_is_not_is_led_to_one_that_there_is(tmp_path, kind, meant):
    file = tmp_path / "a.yaml"
    file.write_text(f"kind: {kind}\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=f"did you mean '{meant}"):
        sim.load(file)
