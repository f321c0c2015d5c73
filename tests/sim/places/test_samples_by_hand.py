"""Records of persons, the grid they are counted on, and what a table without them leaves, on paper."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from sim.errors import InvalidInput
from sim.places.folder import DATA
from sim.places.population import people
from sim.places.population.boundaries import read_boundaries
from sim.places.population.grid import FIXED_DIMENSIONS, draw_up
from sim.places.population.microdata import Category, Sample, _spell_code, sort_records
from sim.places.population.people import _fit_size

AGES = ("0-17", "18-64", "65+")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("02", "2"),
        ("2.0", "2"),
        (2, "2"),
        (" 7 ", "7"),
        ("000", "0"),
        ("0", "0"),
        ("", ""),
        ("10", "10"),
        ("A1", "A1"),
    ],
)
def test_a_code_is_one_however_it_is_spelled(value, code):
    assert _spell_code(value) == code


def category(name, ages=(0, 130), **where):
    return Category.model_validate({"is": name, "ages": ages, "where": where})


def test_a_record_is_of_the_first_category_of_which_everything_holds():
    """By age, both ends included, and one code of each column that is named."""
    kinds = (
        category("young", (0, 17)),
        category("nurse", (18, 64), job=("4", "05"), hours=("1",)),
        category("at work", (18, 65), job=("4", "5", "6")),
    )
    codes = pd.DataFrame(
        {
            "job": ["4", "4", "4", "5", "6", "9", "4", "4"],
            "hours": ["1", "1", "2", "1", "1", "1", "1", "1"],
        }
    )
    age = np.array([17, 18, 18, 64, 40, 40, 65, 66])
    assert sort_records(kinds, codes, age).tolist() == [
        "young", "nurse", "at work", "nurse", "at work", "", "at work", "",
    ]  # fmt: skip
    for ages in ((18, 17), (0, 131)):
        with pytest.raises((ValidationError, InvalidInput), match="130 at most"):
            category("nobody", ages)


def make_sample(*records, **categories):
    age, sex, weight = (np.array(column) for column in zip(*records, strict=True))
    named = {name: np.array(told) for name, told in categories.items()}
    return Sample(age, sex, weight.astype(float), named, "records")


def test_a_seed_has_the_shares_of_the_records_and_of_one_more_that_is_as_before():
    """Of women of 18 to 64, 3 work and 1 is retired; a mean record of 2 adds half a person to each of four."""
    grid = draw_up(("A", "B"), AGES, dict(FIXED_DIMENSIONS) | {"carer": ("yes", "no")})
    sample = make_sample(
        (30, 0, 3.0), (64, 0, 1.0), (30, -1, 2.0), (30, 0, 2.0),
        employment=["employed", "retired", "employed", ""],
    )  # fmt: skip
    seed = np.ones(grid.shape)
    found = sample.blend(seed, grid)
    assert found.shape == grid.shape
    for k, start in enumerate(grid.starts):
        # As many people as before of each age, sex and all that the records say nothing of.
        assert found[:, k].sum() == pytest.approx(seed[:, k].sum())
        men = found[0, k, 1, :, 0, 0]
        assert men == pytest.approx(np.ones(4))
        women = found[1, k, 0, :, 2, 1]
        if start in (25, 50):
            held = (3.0, 0.0) if start == 25 else (0.0, 1.0)
            counts = np.array([held[0], 0.0, 0.0, held[1]]) + 2.0 / 4
            assert women == pytest.approx(4 * counts / counts.sum()), start
        else:
            assert women == pytest.approx(np.ones(4)), start
    # What it does not tell stays as it is.
    assert make_sample((30, 0, 1.0), other=["x"]).blend(seed, grid) is seed


def test_two_dimensions_of_the_records_hang_together_as_in_them():
    """All who work are insured privately, all others publicly: so is nearly everybody of their age."""
    grid = draw_up(("A",), AGES, dict(FIXED_DIMENSIONS))
    lent = np.ones(grid.shape)
    lent[..., 0] = 0.0  # nobody is uninsured by what was lent, and no record shows it
    sample = make_sample(
        (30, 1, 40.0), (30, 1, 10.0),
        employment=["employed", "not-in-work"], insurance=["private", "public"],
    )  # fmt: skip
    step = grid.starts.index(25)
    found = sample.blend(lent, grid)[0, step, 1]
    counts = np.zeros((4, 3))
    counts[0, 2], counts[2, 1] = 40.0, 10.0
    counts[:, 1:] += 25.0 / 8
    assert found == pytest.approx(8 * counts / counts.sum())


def test_a_grid_that_is_too_large_loses_its_last_groups_and_never_work_or_insurance(monkeypatch):
    groups = {"a": ("1", "2"), "b": tuple("12345"), "c": ("1", "2", "3")}
    grid = draw_up(("A", "B"), AGES, dict(FIXED_DIMENSIONS) | groups)
    plain = int(np.prod(draw_up(("A", "B"), AGES, dict(FIXED_DIMENSIONS)).shape))
    for most, left in (
        (plain * 30, ()), (plain * 30 - 1, ("c",)), (plain * 10, ("c",)), (plain * 2, ("c", "b")),
        (plain, ("c", "b", "a")), (1, ("c", "b", "a")),
    ):  # fmt: skip
        monkeypatch.setattr(people, "MOST_CELLS", most)
        found, out = _fit_size(grid)
        assert out == left, most
        assert set(found.dimensions) == {*FIXED_DIMENSIONS, *groups} - set(left)
        assert set(grid.dimensions) == {*FIXED_DIMENSIONS, *groups}


class Home:
    """The folder of a place and its data, of which nothing else is asked here."""

    def __init__(self, folder):
        self.folder = folder
        (folder / DATA).mkdir(exist_ok=True)

    def file(self, name):
        return self.folder / name

    def put(self, name, *features):
        (self.folder / name).write_text(json.dumps({"features": list(features)}), encoding="utf-8")


def feature(kind, coordinates, **properties):
    return {"geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


SQUARE, HOLE = [[0, 0], [4, 0], [4, 4, 9]], [[1, 1], [2, 1], [2, 2]]


def test_outer_rings_of_each_district_are_read_by_any_property_that_is_its_code(tmp_path):
    home = Home(tmp_path)
    home.put(
        f"{DATA}/b.geojson",
        feature("Polygon", [SQUARE, HOLE], name="East", code="E1"),
        feature("MultiPolygon", [[SQUARE, HOLE], [HOLE]], ward=77),
        feature("Point", [1, 2], code="E1"),
        feature("Polygon", [SQUARE], code="elsewhere"),
        {"geometry": None, "properties": {"code": "E1"}},
        {"geometry": {"type": "Polygon", "coordinates": [SQUARE]}, "properties": None},
    )
    home.put("a.geojson", feature("Polygon", [HOLE], code="E1"))
    found = read_boundaries(home, {"E1": "East", "77": "West"})
    square, hole = ([[float(x), float(y)] for x, y, *_ in ring] for ring in (SQUARE, HOLE))
    assert found == {"East": [hole, square], "West": [square, hole]}
    assert read_boundaries(home, {"X": "None"}) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"features": [{"properties": {"c": "E1"}}]}', "is not GeoJSON with features (KeyError"),
        ('{"shapes": []}', "is not GeoJSON with features (KeyError"),
        ("[1", "is not GeoJSON with features (JSONDecodeError"),
        (
            (
                '{"features": [{"geometry": {"type": "Polygon", "coordinates": [[[NaN, 0]]]},'
                ' "properties": {"c": "E1"}}]}'
            ),
            "(ValueError: a coordinate is not finite)",
        ),
        ("[" * 100_000, "is nested far too deeply"),
    ],
)
def test_a_file_of_boundaries_that_is_none_is_told(tmp_path, text, said):
    home = Home(tmp_path)
    (tmp_path / "a.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as told:
        read_boundaries(home, {"E1": "East"})
    (problem,) = told.value.problems
    assert said in problem.message
    assert problem.file == str(tmp_path / "a.geojson")
