"""Places that come with Kinwell: built again they are the same, and pages show them."""

import json
import shutil

import pytest
from click.testing import CliRunner

import sim
from analysis.reports.place_page import fill_place, write_place
from sim.cli import main
from sim.errors import InvalidInput
from sim.places.building import build_place
from sim.places.description import describe_place
from sim.places.figures.adjusting import strip_fitted
from sim.places.folder import open_place
from sim.scenario.library import find_shelf

PLACES = ("albemarle", "trafford")


@pytest.fixture(params=PLACES)
def copy(request, tmp_path):
    shutil.copytree(find_shelf() / "places" / request.param, tmp_path / request.param)
    return tmp_path / request.param


def test_built_again_from_its_tables_a_place_is_the_same(copy):
    shipped = (copy / "town.yaml").read_text(encoding="utf-8")
    build_place(open_place(str(copy)))
    assert (copy / "town.yaml").read_text(encoding="utf-8") == strip_fitted(shipped)


@pytest.mark.parametrize("place", PLACES)
def test_scenarios_of_a_place_are_of_one_town(place):
    base = find_shelf() / "places" / place
    now, peers = sim.load(base / "as-is.yaml"), sim.load(base / "peers.yaml")
    assert now.neighbourhoods == peers.neighbourhoods
    assert set(peers.services) - set(now.services) == {"peer-specialists"}


@pytest.mark.parametrize("place", PLACES)
def test_some_figures_were_not_given_to_the_fit(place):
    figures = describe_place(open_place(f"places/{place}")).figures["figures"]
    assert any(one["fit"] for one in figures)
    assert any(not one["fit"] and one["after"] is not None for one in figures)


def test_a_page_shows_people_beside_their_table_and_what_is_borrowed(copy):
    described = describe_place(open_place(str(copy)))
    filled = fill_place(described)
    for row in filled["pyramid"].table.rows:
        built, published = (float(cell.rstrip("%")) for cell in (row[1], row[3]))
        assert built == pytest.approx(published, abs=0.3)
    page = write_place(described, None, copy / "report.html").read_text(encoding="utf-8")
    assert described.built["borrowed"][0] in page


def test_a_map_is_drawn_from_boundaries_and_nonsense_is_refused(copy):
    code = describe_place(open_place(str(copy))).built["districts"][0]["codes"][0]
    shape = {"type": "Polygon", "coordinates": [[[0, 50], [1, 50], [1, 51], [0, 50]]]}
    feature = {"type": "Feature", "properties": {"code": code}, "geometry": shape}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    (copy / "data/districts.geojson").write_text(text, encoding="utf-8")
    assert fill_place(describe_place(open_place(str(copy))))["map"] is not None
    (copy / "data/districts.geojson").write_text("{}", encoding="utf-8")
    with pytest.raises(InvalidInput, match="is not GeoJSON"):
        describe_place(open_place(str(copy)))


def test_an_own_place_that_is_not_built_is_never_taken_for_a_shipped_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(main, ["place", "new", "albemarle"])
    with pytest.raises(InvalidInput, match="has not been built"):
        sim.load("places/albemarle")
