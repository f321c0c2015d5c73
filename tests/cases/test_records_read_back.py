"""Files that one command writes as JSON and another reads: whatever is wrong inside is refused in a
sentence that names the file, or does not matter.
"""

from __future__ import annotations

import copy
import json
import re
from types import SimpleNamespace

import pytest

from analysis.reports import place_page
from analysis.reports.place_page import list_levers, say_held_out, tabulate_figures
from analysis.reports.sections.place import list_local
from analysis.reports.validity.robustness import fill_audit
from analysis.reports.validity.validation import fill_validation
from analysis.runs.explanation import read_explained, write_table
from sim.errors import InvalidInput
from sim.places.description import describe_place, list_questions
from sim.places.figures.records import BuildRecord, FitRecord
from sim.places.folder import open_place
from sim.store import read_written

WRONG = ("x", -1, 10**30, None, [], {}, [[]])
ENDS = [1.0, 0.5, None]
PART = {"channel": "stigma", "part": ENDS, "last": ENDS, "first": None}
OUTCOME = {"replicates": 3, "difference": ENDS, "parts": [PART]}
EXPLAINED = {
    "reference": "here",
    "covers": ["chance"],
    "hashes": {"here": "1", "pilot": "2"},
    "programmes": {"pilot": {"qalys": OUTCOME}},
}
CHANGE = {"sentence": "s", "mean": 1.0, "low": None, "high": 2.0, "verdict": "fragile"}
AUDITED = {
    "differences": {
        "pilot": {"qalys": {"control": ENDS, "verdict": "robust", "changes": {"c": CHANGE}}}
    }
}
MOMENT = {"moment": "m", "target": [1.0, None], "simulated": 1.0, "low": 0.9, "fitted": True}
TRIAL = {"id": "t", "sample": "in", "published": {"effect": 1.0, "low": 0.5}, "simulated": None}
CLAIM = {
    "claim": "c",
    "claimed": 0.5,
    "conditions": {"typical": {"value": 1.0, "low": 0.5, "high": 2.0}},
    "evidence": [{"id": "PS-01", "text": "t"}],
}


def damage(record):
    """The record with each part left out and put wrong, one at a time; of a list, its first."""
    for path in list(walk(record)):
        for wrong in (None, *WRONG):
            changed = copy.deepcopy(record)
            inside = changed
            for step in path[:-1]:
                inside = inside[step]
            if wrong is None and isinstance(inside, dict):
                del inside[path[-1]]
            else:
                inside[path[-1]] = wrong
            yield changed
    yield from WRONG


def walk(part, path=()):
    """Paths of all parts."""
    inner = part.items() if isinstance(part, dict) else enumerate(part[:1])
    for key, value in inner:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from walk(value, (*path, key))


def try_all(file, record, read):
    """Read every damage; how many are refused, each with file and command."""
    said = []
    file.parent.mkdir(exist_ok=True)
    for changed in damage(record):
        file.write_text(json.dumps(changed), encoding="utf-8")
        try:
            read()
        except InvalidInput as error:
            said.append(str(error))
    words = rf"{file.name}: is damaged.*\n.*`kinwell .*` writes it anew"
    assert all(re.search(words, one) for one in said)
    file.write_text(json.dumps(record), encoding="utf-8")
    assert read()
    return len(said)


@pytest.fixture(scope="module")
def described():
    return describe_place(open_place("trafford"))


def test_what_building_wrote(described, tmp_path, monkeypatch):
    file = tmp_path / "build.json"
    monkeypatch.setattr(place_page, "draw_map", lambda _, values, __: sum(values.values()))
    monkeypatch.setattr(place_page, "draw_pyramid", lambda *_: None)  # of the town alone

    def read():
        built = read_written(file, BuildRecord, "kinwell place build here")
        codes = {code: one["name"] for one in built["districts"] for code in one["codes"]}
        known = described._replace(built=built)
        return codes, place_page.fill_place(known), list_local(known)

    record = described.built | {key: described.built[key][:1] for key in ("districts", "tables")}
    assert try_all(file, record, read) > len(WRONG)


def test_what_fitting_wrote(described, tmp_path):
    file = tmp_path / "fit.json"

    def read():
        fitted = read_written(file, FitRecord, "kinwell place fit here")
        known = described._replace(figures=described.figures | {"held_out": fitted["held_out"]})
        figures = {one["name"]: one["published"] for one in fitted["figures"]}
        levers = [one["id"] for one in fitted["levers"] if one["shift"]]
        return (
            figures,
            levers,
            say_held_out(known),
            list_levers(known),
            list_questions(known),
            tabulate_figures(known),
        )

    record = json.loads(described.home.file("fit.json").read_text(encoding="utf-8"))
    assert try_all(
        file, record | {key: record[key][:1] for key in ("figures", "levers")}, read
    ) > len(WRONG)


def test_what_explaining_wrote(tmp_path):
    def read():
        found = read_explained(tmp_path, "here", {"here": "1", "pilot": "2"})
        return [write_table(outcomes, "here") for outcomes in found.values()] or not found

    assert try_all(tmp_path / "explain" / "explain.json", EXPLAINED, read) > len(WRONG)


def test_what_an_audit_wrote(tmp_path):
    stored = SimpleNamespace(path=tmp_path / "runs.db")
    assert try_all(
        tmp_path / "audit" / "audit.json", AUDITED, lambda: fill_audit(stored, "pilot")
    ) > len(WRONG)


@pytest.mark.parametrize(
    ("name", "row"), [("calibration", MOMENT), ("trials", TRIAL), ("claims", CLAIM)]
)
def test_what_is_copied_beside_runs_is_shown_or_not_reported(tmp_path, name, row):
    stored = SimpleNamespace(path=tmp_path / "runs.db")
    file = tmp_path / f"{name}.json"
    for changed in damage([row]):
        file.write_text(json.dumps(changed), encoding="utf-8")
        assert fill_validation(stored, "here")[name]
