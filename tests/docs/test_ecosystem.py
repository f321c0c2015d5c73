"""The table of the ecosystem is complete and honest: what it says works has a key, code and a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.evidence.loader import FILES, all_evidence
from sim.scenario.scenario import Scenario
from sim.scenario.schema.funding import Prices
from sim.scenario.schema.services import SERVICE_MODELS
from sim.scenario.schema.shocks import SHOCK_KINDS

FIELDS = {
    identifier.rsplit(".", 1)[1]
    for identifier in all_evidence()
    if identifier.startswith("services.")
}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "ecosystem.md"
GROUPS = {"I": 5, "F": 10, "E": 5, "D": 3, "S": 8, "C": 2, "G": 6, "L": 3, "P": 4, "X": 3}
ROWS = [
    [cell.strip() for cell in line.strip("|\n ").split(" | ")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if re.match(r"\| [A-Z]\d+ \|", line)
]


def test_every_system_has_its_row():
    assert [row[0] for row in ROWS] == [
        f"{letter}{number}" for letter, last in GROUPS.items() for number in range(1, last + 1)
    ]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_how_far_it_is(row):
    identifier, _, state, *evidence = row
    links = [target for cell in evidence for target in re.findall(r"\]\((\S+?)\)", cell)]
    assert state == "works" or re.match(r"partly: \w", state)
    assert any("/tests/" in link for link in links), f"{identifier} has no test"
    assert any("/sim/" in link for link in links), f"{identifier} has no code"
    assert not [link for link in links if not (PAGE.parent / link).exists()]


@pytest.mark.parametrize("row", [row for row in ROWS if row[2] == "works"], ids=lambda row: row[0])
def test_what_works_has_a_key(row):
    assert re.search(r"`[a-z_]+", row[3])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_where_its_numbers_come_from(row):
    """Prefixes of `kinwell evidence` that exist, or that it is the scenario that says so."""
    evidence = row[6]
    prefixes = [
        word for word in re.findall(r"`([a-z_.*]+)`", evidence) if "." in word or word in FILES
    ]
    known = [
        *all_evidence(),
        *(f"prices.{name}" for name in Prices.model_fields),
        *(f"services.*.{name}" for name in FIELDS),
    ]
    assert not [
        prefix
        for prefix in prefixes
        if not any(key == prefix or key.startswith(f"{prefix}.") for key in known)
    ]
    assert prefixes or "choice of the scenario" in evidence


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_keys_of_a_row_are_keys_of_a_scenario(row):
    """Every path or kind that a row names can be written in a scenario."""
    for word in re.findall(r"`([a-z_.*]+)(?:: [a-z_]+)?`", row[3]):
        head, *path = word.split(".")
        if path:
            assert head in Scenario.model_fields, word
        elif word not in {*SERVICE_MODELS, *SHOCK_KINDS}:
            assert word in Scenario.model_fields or word == "pupils", word


def test_every_kind_that_a_scenario_may_name_has_a_row():
    """The schema knows the kinds; a kind without a row here would be undocumented."""
    schema = pytest.importorskip("sim.scenario.reference.json_schema")
    writers = [
        value
        for name, value in vars(schema).items()
        if callable(value) and "schema" in name and value.__module__ == schema.__name__
    ]
    assert writers
    kinds = set(re.findall(r"'kind': \{[^}]*'const': '(\w+)'", str(writers[0]())))
    named = set(
        re.findall(r"[a-z]+(?:_[a-z]+)*", " ".join(row[3] for row in ROWS if row[2] != "not yet"))
    )
    assert kinds - named <= {"scenario", "sweep", "trial"}
