"""Keys that people guess are led to the key of that meaning, not to the one of that spelling."""

import pytest

import sim
from sim.errors import InvalidInput
from sim.scenario.designs.sweep import SWEEP_KEYS
from sim.scenario.diagnostics.suggestions import KEY_SYNONYMS, suggest_key
from sim.scenario.schema.fields import ScenarioFields

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
    schema = str(ScenarioFields.model_json_schema(by_alias=True))
    known = (*SWEEP_KEYS, "policy")
    assert [key for key in KEY_SYNONYMS if f"'{key}'" not in schema and key not in known] == []


def test_keys_of_a_sweep_are_found_by_what_others_call_them():
    meant = {"levers": "vary", "base": "scenario", "reference": "against", "runs": "replicates"}
    for word, key in meant.items():
        assert suggest_key(word, SWEEP_KEYS) == f" - did you mean '{key}'?"
