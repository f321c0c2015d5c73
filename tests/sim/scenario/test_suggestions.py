"""A kind of service is found by what planners call it."""

import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

import sim
from sim.errors import InvalidInput
from sim.evidence.loader import all_kinds
from sim.scenario.designs.trial_outcome import State
from sim.scenario.diagnostics.suggestions import find_meaning, suggest_value
from sim.scenario.diagnostics.synonyms import VALUE_SYNONYMS
from sim.scenario.library import load
from sim.scenario.reference.kind_list import write_kinds
from sim.scenario.schema.kpis import KPIS

SYNONYMS = {kind: words.synonyms for kind, words in all_kinds().items()}
SAID = {
    "mobile crisis": "crisis_team",
    "Mobile Crisis Team": "crisis_team",
    "school counsellor": "school_counsellor",
    "school counselors": "school_counsellor",
    "ACT team": "assertive_community_treatment",
    "clubhouse": "clubhouse",
    "warm line": "telephone_peer_support",
    "warm-line": "telephone_peer_support",
    "health visitor": "follow_up",
    "early intervention in psychosis": "early_intervention",
    "NHS talking therapies": "low_intensity_therapy",
    "crisis residential": "crisis_house",
    "housing first": "supported_housing",
    "halfway house": "supported_housing",
    "psych ward": "inpatient_ward",
    "meds management": "psychiatry",
    "co-responders": "crisis_team",
    "suicide hotline": "crisis_line",
    "community health worker": "case_management",
    "recovery college": "stress_workshop",
    "drop-in centre": "clubhouse",
    "QPR": "first_aid_training",
    "telehealth": "telehealth_therapy",
    "A&E": "emergency_department",
}


@pytest.mark.parametrize("word", SAID)
def test_a_word_of_planners_finds_its_kind(word):
    assert find_meaning(word, SYNONYMS) == SAID[word]


@pytest.mark.parametrize(
    "word",
    ["helicopter", "", "x" * 500, "team", "support", "medication", "partial hospitalization"],
)
def test_a_word_that_means_none_of_them_finds_none(word):
    assert find_meaning(word, SYNONYMS) is None


def test_every_kind_has_synonyms_and_no_two_share_one():
    assert all(SYNONYMS.values())
    plain = Counter(
        " ".join(word.lower().replace("-", " ").split())
        for kind, words in SYNONYMS.items()
        for word in (kind.replace("_", " "), *words)
    )
    assert not [word for word, count in plain.items() if count > 1]


def test_the_error_says_what_the_kind_is(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "extends: baseline.yaml\ntitle: Mine\nservices:\n  it: {kind: mobile crisis, staff: {nurse: 1}}\n"
    )
    with pytest.raises(InvalidInput) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (4, "services.it.kind")
    assert "did you mean 'crisis_team'? A team that comes home" in problem.message


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("crisis_tem", "did you mean 'crisis_team'?"),
        ("medication", "perhaps psychiatry or early_intervention; `kinwell schema --kinds`"),
        ("detox", "(got 'detox'); `kinwell schema --kinds` lists all"),
    ],
)
def test_a_slip_is_mended_and_what_is_unknown_gets_what_is_near(tmp_path, said, told):
    """Spelling alone finds no meaning: 'medication' was taken for 'family_education'."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"extends: baseline.yaml\ntitle: Mine\nservices:\n  it: {{kind: {said}, staff: {{nurse: 1}}}}\n"
    )
    with pytest.raises(InvalidInput) as caught:
        load(path)
    assert told in caught.value.problems[0].message


def test_the_list_of_kinds_names_them_all_and_fits_the_terminal():
    lines = write_kinds().splitlines()
    assert [line for line in lines if not line.startswith(" ")] == sorted(all_kinds())
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("change", "meant"),
    [
        # By its spelling alone a psychologist would be a psychiatrist, whose pay is another.
        ({"services.talk.staff": {"psychologist": 1}}, "therapist"),
        ({"services.talk.staff": {"Social worker": 1}}, "case_manager"),
        ({"services.talk.supervision": "biweekly"}, "fortnightly"),
        ({"services.talk.audience": {"who": "students"}}, "pupils"),
        ({"services.talk.priority": "severity"}, "neediest_first"),
        ({"funds.public-funds.source": "foundation"}, "grant"),
        ({"perspective": "payer"}, "health_care"),
        ({"shocks.strike": {"kind": "strike", "at": "week 3"}}, "staff_shortage"),
    ],
)
def test_a_value_is_suggested_by_what_it_means(change, meant):
    talk = {
        "kind": "individual_therapy",
        "staff": {"therapist": 1},
        "caseload": 10,
        "supervision": "monthly",
    }
    town = sim.load("baseline").with_({"services.talk": talk})
    with pytest.raises(InvalidInput, match=f"did you mean '{meant}'"):
        town.with_(change)


def test_a_word_means_a_value_among_those_that_the_key_knows():
    assert suggest_value("government", ("public", "grant")) == " - did you mean 'public'?"
    assert suggest_value("government", ("residents", "local_government")).endswith("government'?")
    assert suggest_value("teh", ("one", "two")) == ""


def test_no_value_is_suggested_for_a_word_of_the_opposite():
    """Who writes mortality and is led to `alive` would have every effect the other way round."""
    assert suggest_value("mortality", get_args(State)) == ""
    assert suggest_value("dropout", KPIS) == ""


def test_every_value_with_synonyms_is_one_that_can_be_chosen():
    schema = Path("scenarios/schema/scenario.schema.json")
    read = [schema, Path("sim/outcomes.py"), *Path("sim/scenario/designs").glob("*.py")]
    read.append(Path("sim/scenario/library.py"))
    words = {word for file in read for word in re.findall(r'"(\w+)"', file.read_text("utf-8"))}
    assert not set(VALUE_SYNONYMS) - words
