"""A kind of service is found by what planners call it."""

from collections import Counter

import pytest

from sim.errors import InvalidInput
from sim.evidence.loader import all_kinds
from sim.scenario.diagnostics.suggestions import find_meaning
from sim.scenario.library import load

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
}


@pytest.mark.parametrize("word", SAID)
def test_a_word_of_planners_finds_its_kind(word):
    assert find_meaning(word, SYNONYMS) == SAID[word]


@pytest.mark.parametrize("word", ["helicopter", "", "x" * 500, "team", "support"])
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
