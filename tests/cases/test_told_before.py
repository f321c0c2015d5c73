"""Siblings of case 10: what is known before anything runs is told before it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

TOWN = """\
extends: baseline
title: Town
horizon: 2 weeks
warm_up: 2 weeks
population: {residents: 80}
"""


@pytest.fixture
def towns(tmp_path, monkeypatch):
    """Two small towns, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(TOWN, encoding="utf-8")
    Path("b.yaml").write_text("extends: a.yaml\ntitle: B\n", encoding="utf-8")
    Path("note").write_text("no folder\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "a.yaml", "b.yaml", "-n", "1", "-o", "r"),
        ("compare", "a.yaml", "b.yaml", "-n", "1", "--precision", "5%", "-o", "r"),
        ("compare", "a.yaml", "b.yaml", "-n", "2", "-o", "r", "--json", "note/found.json"),
        ("run", "a.yaml", "-n", "1", "-o", "r", "--json", "note/found.json"),
        ("run", "a.yaml", "-n", "1", "-o", "note/r"),
        ("claims", "-o", "r", "--json", "note/found.json"),
        ("trial", "--ledger", "note/ledger.yaml"),
        ("trial", "--json", "note/found.json"),
        ("calibrate", "--check", "--json", "note/found.json"),
        ("bench", "--json", "note/found.json"),
        ("explore", "a.yaml", "--no-browser", "-o", "note/r"),
    ],
)
def test_what_cannot_be_written_or_compared_runs_nothing(towns, kinwell, words):
    refused = kinwell(*words)
    assert refused.exit_code == 2, refused.output
    assert (
        "cannot write here (Not a directory)" in refused.output or "1 replicate" in refused.output
    )
    assert sorted(path.name for path in towns.iterdir()) == ["a.yaml", "b.yaml", "note"]
    assert "Compiled" not in refused.output


def test_one_scenario_alone_is_refused_and_the_reference_may_be_named_as_a_file(towns, kinwell):
    for words in (("a.yaml", "--against", "a.yaml"), ("baseline", "--set", "horizon=2")):
        refused = kinwell("compare", *words, "-n", "2", "-o", "r")
        assert refused.exit_code == 2, refused.output
        assert "alone: there is nothing to compare it with" in refused.output
        assert ("(--set changes every scenario" in refused.output) == ("--set" in words)
        assert not (towns / "r").exists()
    named = kinwell("compare", "a.yaml", "b.yaml", "--against", "b.yaml", "-n", "2", "-o", "two")
    assert "Town (a) against b" in named.output
    flood = "{kind: disaster, at: week 1, until: week 2, life_events: 2, contacts_lost: 20%}"
    options = f"{{stay: {{title: Stay}}, go: {{shocks: {{flood: {flood}}}}}}}"
    branching = f"extends: a.yaml\ntitle: C\nbranch: {{at: week 1, options: {options}}}\n"
    Path("c.yaml").write_text(branching, encoding="utf-8")
    made = kinwell("compare", "c.yaml", "--against", "c-stay", "-n", "2", "-j", "1", "-o", "r")
    assert made.exit_code == 0, made.output


def test_a_folder_for_json_that_is_missing_is_made(towns, kinwell):
    made = kinwell("run", "a.yaml", "-n", "1", "-j", "1", "-o", "r", "--json", "new/found.json")
    assert made.exit_code == 0, made.output
    assert (towns / "new" / "found.json").is_file()


def test_the_explorer_refuses_results_that_it_could_not_go_on_with(towns, kinwell):
    (towns / "runs.db").write_text("a text\n", encoding="utf-8")
    refused = kinwell("explore", "a.yaml", "--no-browser", "-o", towns)
    assert refused.exit_code == 2
    assert "this is not a readable database" in refused.output


def test_an_export_of_nothing_leaves_nothing(towns, kinwell):
    (towns / "runs.db").touch()
    refused = kinwell("export", towns, "--csv")
    assert refused.exit_code == 2
    assert "the file is empty" in refused.output
    assert not (towns / "csv").exists()
