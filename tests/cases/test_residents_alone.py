"""A town with other people and the same services is told, with what changes them together."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sim.cli import main


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--set", "population.residents=2000"), "`--scale 20%` changes all together"),
        (("--set", "population.residents=12500"), "`--scale 125%` changes all together"),
        (("--scale", "20%"), ""),
        (("--set", "population.residents=10000"), ""),
        # whoever changes services as well has thought of them
        (("--set", "population.residents=2000", "--set", "services.psychiatry.caseload=9"), ""),
    ],
)
def test_residents_alone_leave_services_as_they_are(words, told):
    asked = CliRunner().invoke(main, ["run", "baseline", "-n", "1", "--dry-run", *words])
    assert asked.exit_code == 0, asked.output
    assert told in asked.output
    assert ("have the services, beds and funds of 10,000" in asked.output) == bool(told)


def test_one_resident_alone_is_one_person():
    words = ["run", "baseline", "-n", "1", "--dry-run", "--set", "population.residents=1"]
    asked = CliRunner().invoke(main, words)
    assert "note: at this size 1 person has the services, beds and funds of 10,000" in asked.output


def test_claims_tell_it_too_and_name_no_option_that_they_lack(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.cli.claiming._score", lambda *_: [])
    words = ["claims", "-o", str(tmp_path / "r"), "--set"]
    alone = CliRunner().invoke(main, [*words, "population.residents=2000"])
    assert "2,000 people have the services, beds and funds of 10,000" in alone.output
    assert "--scale" not in alone.output
    other = CliRunner().invoke(main, [*words, "horizon=52 weeks"])
    assert "services, beds and funds" not in other.output


SMALL = "extends: baseline.yaml\ntitle: Small\npopulation:\n  residents: 2_000\n"
PILOT = """extends: small.yaml
title: Small with peers
services:
  peers:
    {kind: one_to_one_peer, from: week 8, staff: {peer: 1}, caseload: 9, supervision: weekly}
funds:
  grant: {source: grant, from: week 0, to: week 52, amount: USD 90_000 per year, only_for: [peers]}
"""
SIZED = "extends: small.yaml\ntitle: Sized\nservices: {primary-care: {staff: {physician: 0.45}}}\n"
SENTENCE = "people have the services, beds and funds of"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {"small": SMALL, "pilot": PILOT, "sized": SIZED}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def _say(*words):
    asked = CliRunner().invoke(main, list(words))
    assert asked.exit_code == 0, asked.output
    return asked.output


TRY = ("-n", "1", "--dry-run")


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("words", [("check", "small.yaml"), ("run", "small.yaml", *TRY)])
def test_a_file_tells_it_at_its_line(words):
    said = _say(*words)
    assert f"note: small.yaml:4:14: population.residents: 2,000 {SENTENCE} 10,000" in said
    assert "run at `--scale 20%`" in said


@pytest.mark.usefixtures("files")
def test_a_programme_that_is_added_gives_the_others_no_size():
    assert f"small.yaml:4:14: population.residents: 2,000 {SENTENCE} 10,000" in _say(
        "run", "pilot.yaml", *TRY
    )
    # who states a size that was there has thought of the people
    assert SENTENCE not in _say("check", "sized.yaml")


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("file", "people", "told"),
    [
        # back at the size of the services: nothing is out of proportion, whatever the file says
        ("pilot.yaml", 10_000, ""),
        # the services are those of the town that stated them, not of the file between
        ("pilot.yaml", 5_000, f"5,000 {SENTENCE} 10,000\n"),
        ("sized.yaml", 1_000, f"1,000 {SENTENCE} 2,000: `--scale 50%`"),
    ],
)
def test_set_is_told_by_whom_the_services_were_meant_for(file, people, told):
    said = _say("run", file, *TRY, "--set", f"population.residents={people}")
    assert told in said
    assert (SENTENCE in said) == bool(told)


def test_a_scale_beside_it_is_told_of_the_whole_town():
    words = ("--scale", "50%", "--set", "population.residents=2000")
    assert f"2,000 {SENTENCE} 5,000: `--scale 20%`" in _say("run", "baseline", *TRY, *words)


SWEEP = """kind: sweep
scenario: {scenario}
{more}
design: grid
vary: {{policy: {{{lever}}}}}
"""
LEFT = "services.primary-care.dropout_at_first: [0.1, 0.2]"
PEOPLE = "population.residents: [2000, 4000]"


@pytest.mark.parametrize(
    ("scenario", "more", "lever", "told"),
    [
        ("baseline", "set: {population.residents: 3000}", LEFT, "`scale: 30%` changes all"),
        ("small.yaml", "", LEFT, f"small.yaml:4:14: population.residents: 2,000 {SENTENCE}"),
        ("small.yaml", "set: {population.residents: 10000}", LEFT, ""),
        ("baseline", "scale: 30%", LEFT, ""),
        ("baseline", "", PEOPLE, "people alone vary: every point has the services"),
        ("baseline", "", f"{PEOPLE}, services.psychiatry.staff.psychiatrist: [0.2, 0.4]", ""),
    ],
)
def test_sweeps_tell_it_of_what_they_set_and_vary(files, scenario, more, lever, told):
    text = SWEEP.format(scenario=scenario, more=more, lever=lever)
    (files / "s.yaml").write_text(text, encoding="utf-8")
    said = _say("check", "s.yaml")
    assert told in said
    assert ("services, beds and funds" in said) == bool(told)


CHOICE = """kind: choice
scenario: small.yaml
programmes: {peers: {like: pilot.yaml, services: [peers]}}
budget: USD 90_000 per year
indifference: 1
"""


@pytest.mark.parametrize("words", [("check", "mix.yaml"), ("assess", "small.yaml", "-n", "1")])
def test_a_choice_and_an_assessment_tell_it_of_their_town(files, words):
    (files / "mix.yaml").write_text(CHOICE, encoding="utf-8")
    assert f"small.yaml:4:14: population.residents: 2,000 {SENTENCE} 10,000" in _say(*words)


def test_the_page_tells_it_of_the_town_as_it_is_set(tmp_path):
    from sim.explorer.editing.draft import Draft
    from sim.explorer.editing.notes import list_draft_notes

    draft = Draft(tmp_path / "a.yaml", "extends: baseline.yaml\ntitle: A\n", None)
    assert not [one for one in list_draft_notes(draft, {}) if SENTENCE in one.message]
    found = list_draft_notes(draft, {"population.residents": 2_000})
    (note,) = (one for one in found if one.path == "population.residents")
    assert note.message == f"2,000 {SENTENCE} 10,000"


def test_a_file_of_points_tells_it_at_its_column(files):
    (files / "p.csv").write_text(
        "services.primary-care.dropout_at_first,population.residents\n0.1,900\n"
    )
    text = "kind: sweep\nscenario: baseline\ndesign: {kind: points, file: p.csv}\n"
    (files / "s.yaml").write_text(text, encoding="utf-8")
    assert "p.csv:1:2: population.residents: people alone vary" in _say("check", "s.yaml")


STUDY = """kind: trial
id: T-1
title: A trial
study: none
scenario: small.yaml
eligible: {ages: [18, 100]}
services:
  peers: {kind: one_to_one_peer, staff: {peer: 2}, caseload: 10}
arms: {peer: {give: peers, over: 17 weeks}, alone: as usual}
n: {peer: 40, alone: 40}
follow_up: 26 weeks
outcome: {measure: admission}
effect: OR
published: {effect: 0.66, low: 0.43, high: 0.99}
"""


def test_a_trial_tells_it_of_its_town(files):
    (files / "study.yaml").write_text(STUDY, encoding="utf-8")
    assert f"small.yaml:4:14: population.residents: 2,000 {SENTENCE}" in _say("check", "study.yaml")
