"""Ids that have another name now: taken for what they are called, with a note, for one version."""

from __future__ import annotations

import pytest

from sim.cli.running import parse_set
from sim.evidence.loader import all_evidence
from sim.evidence.renamed import RENAMED_FIELDS, find_current, word_renamed
from sim.scenario.library import list_notes, load, read

OLD, NEW = "services.crisis_team.met", "services.crisis_team.share_reached"


def test_every_new_name_is_there_and_no_old_one():
    fields = {identity.rpartition(".")[2] for identity in all_evidence() if "services." in identity}
    assert set(RENAMED_FIELDS.values()) <= fields
    assert not set(RENAMED_FIELDS) & fields


def test_an_old_id_in_a_scenario_is_the_new_one_and_is_noted_at_its_place(tmp_path):
    path = tmp_path / "old.yaml"
    path.write_text(
        f"extends: baseline.yaml\ntitle: Old\nparameters:\n  {OLD}: 0.5\n", encoding="utf-8"
    )
    loaded = read(path)
    assert loaded.scenario.parameters == {NEW: 0.5}
    (note,) = [note for note in list_notes(loaded) if "now" in note.message]
    assert (note.line, note.column) == (4, 3)
    assert NEW in note.message


def test_an_old_id_from_python_and_the_command_line(capsys):
    changed = load("baseline").with_({f"parameters.{NEW}": 0.4, "horizon": 10})
    assert changed.with_({f"parameters.{OLD}": 0.5}).parameters == {NEW: 0.5}
    assert parse_set(f"parameters.{OLD}=0.5")[1] == 0.5
    assert NEW in capsys.readouterr().err


def test_an_old_id_in_a_sweep(tmp_path):
    from sim.scenario.designs.sweep import load_sweep

    path = tmp_path / "old.yaml"
    path.write_text(
        "kind: sweep\ntitle: Old\nscenario: crisis-care\n"
        f"vary:\n  parameters: {{{OLD}: evidence}}\ndesign: {{kind: latin_hypercube, points: 4}}\n"
        "replicates: 2\nseed: 1\n",
        encoding="utf-8",
    )
    sweep = load_sweep(path)
    assert [each.id for each in sweep.uncertainties] == [NEW]
    assert any(NEW in note.message for note in sweep.notes)


@pytest.mark.parametrize("identity", ["services.app.coping", "seeking.met", "met", NEW])
def test_other_ids_stay(identity):
    assert find_current(identity) == identity
    assert not word_renamed(identity)
