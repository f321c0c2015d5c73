"""The picture of who acts on whom is what the code of the week says."""

import importlib.util
import xml.etree.ElementTree as ET

import pytest


@pytest.fixture(scope="module")
def drawing(project):
    spec = importlib.util.spec_from_file_location(
        "draw_influences", project / "docs" / "pictures" / "draw_influences.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_is_fresh(drawing, update_golden):
    fresh = drawing.draw(drawing.read_code())
    if update_golden:
        drawing.PICTURE.write_text(fresh, encoding="utf-8")
    assert drawing.PICTURE.read_text(encoding="utf-8") == fresh, (
        "`python docs/pictures/draw_influences.py` draws it anew"
    )
    assert ET.fromstring(fresh).tag.endswith("svg")


def test_it_shows_what_everybody_knows(drawing):
    acts = drawing.read_code()
    assert 7 in acts["Services", "Residents"]
    assert acts["Ties", "Residents"] >= {3}
    assert acts["Committee", "Services"] == {11}
    assert 9 in acts["Residents", "Staff"]
    assert (
        "Committee",
        "Residents",
    ) not in acts  # a committee acts through services and funds alone


def test_every_file_of_the_week_has_its_phase(drawing, project):
    others = {"world", "resident/phases"}
    week = project / "sim" / "week"
    files = {file.relative_to(week).with_suffix("").as_posix() for file in week.rglob("*.py")}
    apart = ("start/", "record/", "conservation/", "channels/")
    rules = {name for name in files if not name.startswith(apart)}
    assert {name for name in rules if "__init__" not in name} == {*drawing.PHASES, *others}
