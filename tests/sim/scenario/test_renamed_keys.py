"""Keys that have another name now: accepted for one version with a note, and silently where they are stored."""

from __future__ import annotations

import json

import pytest

from sim.cli.running import parse_set
from sim.errors import InvalidInput
from sim.scenario.designs.study import read_study
from sim.scenario.designs.sweep import load_sweep
from sim.scenario.files.renamed_keys import (
    find_current_column,
    find_current_path,
    word_renamed_path,
)
from sim.scenario.library import find_shelf, list_notes, load, read
from sim.scenario.scenario import Scenario

OLD = "extends: uk-town.yaml\ntitle: Old\nservices:\n  talking-therapies: {door: referral}\n"


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="old.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


def notes_of(loaded):
    return [note for note in list_notes(loaded) if "now" in note.message]


def test_an_old_key_is_the_new_one_and_noted_at_its_place(write):
    path = write(OLD)
    loaded = read(path)
    assert loaded.scenario.services["talking-therapies"].access == "referral"
    (note,) = notes_of(loaded)
    assert (note.line, note.column) == (4, 23)
    assert "`access`" in note.message


def test_an_old_key_changes_what_a_parent_says_by_the_new_one(write):
    write(OLD.replace("door", "access"), "parent.yaml")
    child = write(
        "extends: parent.yaml\ntitle: Child\nservices:\n  talking-therapies: {door: open}\n"
    )
    assert load(child).services["talking-therapies"].access == "open"


def test_both_names_in_one_place_are_refused(write):
    with pytest.raises(InvalidInput, match="door"):
        load(write(OLD.replace("{door", "{access: open, door")))


def test_what_is_stored_under_an_old_name_is_read_without_a_word():
    town = load("baseline")
    stored = json.loads(json.dumps(town.resolved()).replace('"access":', '"door":'))
    assert "door" in stored["services"]["primary-care"]
    again = Scenario.model_validate(stored)
    assert again == town
    assert again.hash == town.hash


def test_an_old_path_from_python_the_command_line_and_a_sweep(write, capsys):
    path, name = "services.psychiatry.door", "services.psychiatry.access"
    town = load("baseline").with_({path: "open"})
    assert town.services["psychiatry"].access == "open"
    assert parse_set(f"{path}=open") == (path, "open")
    assert name in capsys.readouterr().err
    sweep = load_sweep(
        write(
            "kind: sweep\ntitle: Old\nscenario: baseline\n"
            f"vary:\n  policy: {{{path}: [open, referral]}}\ndesign: {{kind: grid}}\nreplicates: 2\n"
        )
    )
    assert any(name in note.message for note in sweep.notes)


def test_an_old_key_of_a_trial(write):
    text = (find_shelf() / "trials" / "tx-03.yaml").read_text(encoding="utf-8")
    study, notes = read_study(write(text.replace("warm_up:", "lived_before:")))
    assert study.warm_up == 208
    assert ["`warm_up`" in note.message for note in notes] == [True]


def test_paths_and_columns():
    assert find_current_path("branch.options.stay.services.a.door") == (
        "branch.options.stay.services.a.access"
    )
    assert find_current_path("parameters.seeking.door_none") == "parameters.seeking.choice_none"
    assert find_current_column("seeking.door_price") == "seeking.choice_price"
    assert find_current_path("services.door.caseload") == "services.door.caseload"
    assert not word_renamed_path("services.a.access")


def test_a_part_is_changed_as_a_whole_under_its_own_name():
    """`parameters` was taken for an id of the evidence without a name."""
    town = load("uk-town")
    assert town.with_({"parameters": {"crisis.stay_median": 9.0}}).parameters == {
        "crisis.stay_median": 9.0
    }
    assert not town.with_({"parameters": {}}).parameters
