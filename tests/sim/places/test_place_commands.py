"""A place from new to a town, through the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.scenario.library import load

DATA = Path(__file__).parent / "data"
PEOPLE = ("alb_sex_age_2023.csv", "alb_health_insured_tract_2023.csv", "ahdi_tract_alb_2023.csv")


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def county(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("place", "new", "albemarle", "--profile", "us").exit_code == 0
    for name in PEOPLE:
        text = (DATA / name).read_text(encoding="utf-8")
        (tmp_path / "places/albemarle/data" / name).write_text(text, encoding="utf-8")
    return tmp_path / "places/albemarle"


@pytest.mark.usefixtures("county")
def test_from_new_to_a_scenario_that_extends_the_place(tmp_path):
    assert run("place", "read", "albemarle").exit_code == 0
    built = run("place", "build", "albemarle", "--json")
    assert built.exit_code == 0
    assert json.loads(built.stdout)["people"] == 113_683
    (tmp_path / "mine.yaml").write_text(
        "extends: places/albemarle\ntitle: Mine\n", encoding="utf-8"
    )
    town = load(tmp_path / "mine.yaml")
    assert len(town.neighbourhoods) == 29
    assert "east" not in town.neighbourhoods
    assert town.population.residents > 90_000


@pytest.mark.usefixtures("county")
def test_a_place_that_was_not_built_is_said_to_be_so(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "extends: places/albemarle\ntitle: Mine\n", encoding="utf-8"
    )
    found = run("check", "mine.yaml")
    assert found.exit_code == 2
    assert "has not been built" in found.stderr
    run("place", "read", "albemarle")
    assert "has not been built" in run("place", "check", "albemarle").stdout


def test_tables_read_again_from_another_folder_are_counted_once(county, tmp_path, monkeypatch):
    """A file is called as it is seen from where it is read: `data/homes.csv` and `albemarle/data/homes.csv` are one."""
    outside = tmp_path / "downloads"
    outside.mkdir()
    rows = "table,area,age,sex,group,measure,value,low,high,year,source\n" + "".join(
        f"household_size,51003,,,size={size},households,{100 * size},,,2021,survey\n"
        for size in range(1, 8)
    )
    (outside / "homes.csv").write_text(rows, encoding="utf-8")
    (outside / "more.csv").write_text(rows.replace("2021", "2022"), encoding="utf-8")
    files = [str(outside / name) for name in ("homes.csv", "more.csv")]
    assert run("place", "read", "albemarle", *files).exit_code == 0
    assert run("place", "read", "albemarle").exit_code == 0
    before = (county / "tables.csv").read_text(encoding="utf-8").splitlines()
    monkeypatch.chdir(county)
    assert run("place", "read", ".").exit_code == 0
    monkeypatch.chdir(outside)
    assert run("place", "read", str(county), "homes.csv").exit_code == 0
    after = (county / "tables.csv").read_text(encoding="utf-8").splitlines()
    cut = [{line.rsplit(",", 2)[0] for line in lines} for lines in (before, after)]
    assert len(after) == len(before)
    assert cut[0] == cut[1]


def test_without_residents_by_age_nobody_is_built_and_reading_says_so(county):
    (county / "data" / PEOPLE[0]).unlink()
    found = run("place", "read", "albemarle")
    said = found.stdout
    assert "population by age and sex: ACS table B01001, county and tracts; without it" in said
    # What comes next is not the step that refuses: the table is put there, and read.
    assert "Next: kinwell place read albemarle" in found.stderr
    refused = run("place", "build", "albemarle")
    assert refused.exit_code == 2
    assert "no table says how many people there are by age" in refused.stderr


@pytest.mark.usefixtures("county")
def test_where_several_areas_may_be_the_place_reading_comes_next_again():
    assert run("place", "new", "elsewhere").exit_code == 0
    Path("places/elsewhere/data/counties.csv").write_text(
        "geoid,name,population,providers,per100Kpeople\n"
        '51540,"Charlottesville city, Virginia",45000,300,667\n'
        '51003,"Albemarle County, Virginia",114000,300,263\n',
        "utf-8",
    )
    found = run("place", "read", "elsewhere")
    assert "which area is the place: `area` in place.yaml; without it nobody" in found.stdout
    assert "Next: kinwell place read elsewhere" in found.stderr
    assert run("place", "build", "elsewhere").exit_code == 2


def test_a_file_of_records_ends_with_2_and_the_word_refused(county):
    (county / "data/people.csv").write_text("nhs number,ward\n9434765919,1\n", encoding="utf-8")
    found = run("place", "read", "albemarle")
    assert found.exit_code == 2
    assert "Refused" in found.stdout
    assert "9434765919" not in found.output


@pytest.mark.usefixtures("county")
def test_a_place_of_no_name_and_one_that_is_there_already_are_refused():
    assert run("place", "new", "albemarle").exit_code == 2
    assert run("place", "build", "nowhere").exit_code == 2


@pytest.mark.parametrize(
    ("section", "path", "said"),
    [
        ("funds:\n  city: {source: public, amount: USD 850.000 per year}\n", "funds.city.amount", "850 or 850_000"),
        ("town:\n  prices: {emergency_visit: 'USD 6,00 per visit'}\n", "prices.emergency_visit", "6 or 600"),
        (
            "supply:\n  tt: {kind: individual_therapy, posts: {therapist: 2}, vacancies: {therapist: 5}, caseload: 16}\n",
            "services.tt.at_start.vacant.therapist",
            "5 vacant posts of 2",
        ),
    ],
)  # fmt: skip
def test_what_a_town_cannot_be_is_told_at_its_key_of_the_place(county, section, path, said):
    assert run("place", "read", "albemarle").exit_code == 0
    file = county / "place.yaml"
    file.write_text(file.read_text(encoding="utf-8") + section, encoding="utf-8")
    line = len(file.read_text(encoding="utf-8").splitlines())
    found = run("place", "build", "albemarle")
    assert found.exit_code == 2
    assert f"place.yaml:{line}:" in found.stderr
    assert path in found.stderr
    assert said in found.stderr
    assert not (county / "town.yaml").exists()
