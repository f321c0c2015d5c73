"""Broken files, each with what is said of it beside it: the place, what is wrong, what to do."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sim.errors import InvalidInput
from sim.places.folder import open_place
from sim.scenario.designs.sweep import load_sweep
from sim.scenario.designs.trial import load_trial
from sim.scenario.library import find_shelf, load
from sim.studies.choice.declaration import load_choice

HERE = Path(__file__).parent
BROKEN = sorted(path for path in HERE.glob("*/*") if path.suffix in (".yaml", ".csv"))
SWEEP = """\
kind: sweep
title: A sweep of points
scenario: peer-pilot
against: baseline
design: {{kind: {kind}, file: {file}, points: 1}}
"""
SCENARIO = """\
extends: baseline.yaml
title: Gardens
services: {{garden: {{kind: {kind}, staff: {{volunteer: 1}}, caseload: 20}}}}
"""


def read_table(file):
    """A sweep that takes its points, or its draws, from a table."""
    Path("sweep.yaml").write_text(SWEEP.format(kind=file.parent.name, file=file.name), "utf-8")
    load_sweep("sweep.yaml")


def read_kind(file):
    """A scenario with a kind of its own beside it."""
    Path("kinds").mkdir()
    shutil.copy(file, Path("kinds") / file.name)
    Path("town.yaml").write_text(SCENARIO.format(kind=file.stem), "utf-8")
    load("town.yaml")


def read_place(file):
    Path("places", "here").mkdir(parents=True)
    shutil.copy(file, Path("places", "here", "place.yaml"))
    open_place("here")


READ = {
    "scenario": lambda file: load(file.name),
    "sweep": lambda file: load_sweep(file.name),
    "choice": lambda file: load_choice(file.name),
    "trial": lambda file: load_trial(file.name),
    "points": read_table,
    "posterior": read_table,
    "kinds": read_kind,
    "place": read_place,
}


def tell(file, folder):
    """What is said of a broken file; the folder that it was read in is left out, and
    long lists of what there is are cut, so that a new key changes no message here."""
    shutil.copy(file, folder)
    try:
        READ[file.parent.name](file)
    except InvalidInput as error:
        said = str(error).replace(f"{folder}/", "").replace(f"{find_shelf()}/", "")
        said = re.sub(r"(?m)^( *= (?:known here:|known:|there are)) .{60,}$", r"\1 …", said)
        return re.sub(r"(?m)^(.{90}).{60,}$", r"\1 …", said).rstrip() + "\n"
    return "nothing\n"


@pytest.mark.parametrize("file", BROKEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_broken_file_is_told_as_is_written_beside_it(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    expected = file.with_suffix(".txt").read_text(encoding="utf-8")
    assert tell(file, tmp_path) == expected


def test_every_message_names_a_place_in_the_file_and_few_do_not():
    """A line and a column, but where the whole file is meant: it is empty, no text, or is missing something."""
    told = {file: file.with_suffix(".txt").read_text(encoding="utf-8") for file in BROKEN}
    assert len(told) >= 150
    assert len({file.parent.name for file in told}) == len(READ)
    whole = [file for file, text in told.items() if not re.match(r"\S+\.\w+:\d+:\d+: ", text)]
    assert len(whole) <= len(told) / 10, whole
    assert not [
        file for file, text in told.items() if re.search(r"Traceback|Error\b|pydantic|ruamel", text)
    ]
