"""The table of the ecosystem is complete and honest: what it says works has a key, code and a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "ecosystem.md"
GROUPS = {"I": 5, "F": 9, "E": 5, "D": 3, "S": 8, "C": 2, "G": 6, "L": 3, "P": 4, "X": 3}
ROWS = [[cell.strip() for cell in line.strip("|\n ").split(" | ")] for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [A-Z]\d \|", line)]


def test_every_system_has_its_row():
    assert [row[0] for row in ROWS] == [f"{letter}{number}" for letter, last in GROUPS.items() for number in range(1, last + 1)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_how_far_it_is(row):
    identifier, _, state, *evidence = row
    links = [target for cell in evidence for target in re.findall(r"\]\((\S+?)\)", cell)]
    if state == "not yet":
        assert not links
        return
    assert state == "works" or re.match(r"partly: \w", state)
    assert any("/tests/" in link for link in links), f"{identifier} has no test"
    assert any("/sim/" in link for link in links), f"{identifier} has no code"
    assert not [link for link in links if not (PAGE.parent / link).exists()]


@pytest.mark.parametrize("row", [row for row in ROWS if row[2] == "works"], ids=lambda row: row[0])
def test_what_works_has_a_key(row):
    assert re.search(r"`[a-z_]+", row[3])


def test_every_kind_that_a_scenario_may_name_has_a_row():
    """The schema knows the kinds; a kind without a row here would be undocumented."""
    schema = pytest.importorskip("sim.scenario.schema")
    writers = [value for name, value in vars(schema).items() if callable(value) and "schema" in name and value.__module__ == schema.__name__]
    assert writers
    kinds = set(re.findall(r"'kind': \{[^}]*'const': '(\w+)'", str(writers[0]())))
    named = set(re.findall(r"[a-z]+(?:_[a-z]+)*", " ".join(row[3] for row in ROWS if row[2] != "not yet")))
    assert kinds - named <= {"scenario", "sweep", "trial"}
