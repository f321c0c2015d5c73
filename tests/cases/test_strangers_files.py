"""Files of a stranger that are made to break what reads them: refused in a sentence, quickly."""

from __future__ import annotations

import os

import pytest

from sim.errors import InvalidInput
from sim.explorer.editing.workbench import Workbench
from sim.places.figures.records import BuildRecord
from sim.places.folder import open_place
from sim.places.population.boundaries import read_boundaries
from sim.places.tables.library import list_readers
from sim.places.tables.raw import read_raw
from sim.places.tables.reading import read_tables
from sim.scenario.designs.sample_file import check_table, read_table
from sim.store import read_written

PLACE = "kind: place\ntitle: Here\nprofile: us\narea: '51003'\n"
FEATURE = '{"features": [{"properties": %s, "geometry": {"type": "Polygon", "coordinates": %s}}]}'
OURS = '{"code": "1"}'
SHAPES = {
    "deep": "[" * 60_000 + "]" * 60_000,
    "properties in a list": FEATURE % ("[1]", "[]"),
    "properties in a word": FEATURE % ('"x"', "[]"),
    "no rings": FEATURE % (OURS, "[]"),
    "no number": FEATURE % (OURS, "[[[NaN, 0], [1, 1]]]"),
    "beyond numbers": FEATURE % (OURS, f"[[[{'9' * 400}, 0], [1, 1]]]"),
    "thousands of digits": FEATURE % (OURS, f"[[[{'9' * 5000}, 0], [1, 1]]]"),
    "features in a mapping": '{"features": {"a": 1}}',
}


@pytest.fixture
def place(tmp_path):
    """A place with a folder of data."""
    (tmp_path / "data").mkdir()
    (tmp_path / "place.yaml").write_text(PLACE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_boundaries_that_are_none_are_refused_shortly(place, text):
    (place / "data/b.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        read_boundaries(open_place(str(place)), {"1": "East"})
    assert "b.geojson" in str(refused.value)
    assert len(str(refused.value)) < 500 + len(str(place))


@pytest.mark.parametrize("text", ["[" * 60_000 + "]" * 60_000, '[["a"], [' + "9" * 5000 + "]]"])
def test_a_table_in_json_that_no_parser_takes_is_refused(tmp_path, text):
    file = tmp_path / "t.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match="begins as JSON, but is nested far too deeply or has"):
        read_raw(file, "t.json")


def test_a_table_of_columns_without_end_is_refused_at_once(tmp_path, cost):
    file = tmp_path / "t.csv"
    file.write_text(",".join(map("c{}".format, range(20_000))) + "\n" + "1," * 19_999 + "1\n")

    def read():
        told = read_tables([file], list_readers(tmp_path), {file: "t.csv"}).notes
        assert "no reader knows this table" in next(iter(told)).problem.message

    assert cost(read) < 200


def test_a_cell_larger_than_any_is_no_fault_of_ours(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text(f"a,b\n{'x' * 200_000},1\n")
    assert len(read_raw(file, "t.csv").rows) == 2


def test_what_stands_for_a_number_is_quoted_shortly(tmp_path):
    file = tmp_path / "t.csv"
    head = "table,area,age,sex,group,measure,value,low,high,year,source\n"
    rows = f"population,1,0-11,,,persons,{'9' * 5000},,,2021,s\npopulation,1,12+,,,persons,5,,,2021,s\n"
    file.write_text(head + rows, encoding="utf-8")
    told = [
        note.problem.message
        for note in read_tables([file], list_readers(tmp_path), {file: "t.csv"}).notes
    ]
    assert [said for said in told if "is withheld" in said]
    assert max(map(len, told)) < 300


@pytest.mark.parametrize("text", ["", "{", "[" * 60_000, "[1]", "{}", '{"other": 1}'])
def test_what_building_wrote_and_somebody_damaged_says_how_to_write_it_anew(tmp_path, text):
    file = tmp_path / "build.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"is damaged.*\n.*`kinwell place build here` writes"):
        read_written(file, BuildRecord, "kinwell place build here")


def test_a_file_of_points_with_columns_without_end_is_refused_at_once(tmp_path):
    file = tmp_path / "p.csv"
    file.write_text(",".join(f"c{k}" for k in range(20_000)) + "\n1\n", encoding="utf-8")
    (problem,) = check_table(read_table(file, 1), 1, policies=True)
    assert problem.message.startswith("has 20,000 columns")


def test_the_explorer_lists_neither_links_nor_names_that_no_page_can_show(tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text("extends: baseline\ntitle: Secret\n", encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    text = "extends: baseline\ntitle: Fine\n"
    for name in ("fine.yaml", "red\x1b[31m.yaml", "turned\u202e.yaml"):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / os.fsdecode(b"bytes\xff.yaml")).write_text(text, encoding="utf-8")
    (folder / "link.yaml").symlink_to(outside)
    (folder / "loop.yaml").symlink_to("loop.yaml")
    bench = Workbench(folder, folder)
    assert [(found.name, found.title) for found in bench.list_files()] == [("fine.yaml", "Fine")]
    for name in ("link", "loop", "../outside", "a" * 300, "bytes\udcff"):
        with pytest.raises(InvalidInput):
            bench.find_file(name)
