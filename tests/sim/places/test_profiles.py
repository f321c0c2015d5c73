"""Countries are declared in YAML: their codes, what lends, and what a place is best built from."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.community import Community
from sim.errors import InvalidInput
from sim.places.areas import find_areas
from sim.places.profile import find_profile, join_codes, list_profiles
from sim.places.tables.tidy import TIDY_COLUMNS
from sim.scenario.library import load

SUBURBS = {"507011156": "Bull Creek", "507011158": "Canning Vale", "507019999": "Leeming"}
AGES = ("0-11", "12-17", "18-24", "25-34", "35-49", "50-64", "65-79", "80+")


def run(*words):
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exit_code == 0, found.output
    return found


def write_tables(file, areas):
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow((*TIDY_COLUMNS, "area_name"))
        for k, (code, name) in enumerate(areas.items()):
            for a, age in enumerate(AGES):
                for sex in ("female", "male"):
                    writer.writerow(("population", code, age, sex, "", "persons", 30 + 9 * a + k,
                                     "", "", 2021, "a census", name))  # fmt: skip
            score = ("deprivation", code, "", "", "index=seifa", "score", 10 * k)
            writer.writerow((*score, "", "", 2021, "a bureau", name))


@pytest.mark.parametrize("name", list_profiles())
def test_shipped_profiles_lend_a_town_and_say_what_is_wanted(name):
    profile, town = find_profile(name, Path())
    assert load(town).price_year >= 2020
    assert {one.table for one in profile.wanted.values()} >= {"population", "deprivation"}


def test_each_country_has_money_of_its_own():
    towns = [load(find_profile(name, Path()).town) for name in list_profiles()]
    assert [town.currency for town in towns] == ["AUD", "GBP", "USD"]


def test_a_place_in_australia_is_built_and_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("place", "new", "canning", "--profile", "au")
    write_tables(tmp_path / "places/canning/data/census.csv", SUBURBS)
    assert "household sizes: Census G35" in run("place", "read", "canning").output
    run("place", "build", "canning")
    town = load("places/canning")
    assert list(town.neighbourhoods) == ["bull-creek", "canning-vale", "leeming"]
    assert [hood.deprivation for hood in town.neighbourhoods.values()] == [1, 0.5, 0]
    assert (town.currency, town.place) == ("AUD", "canning")
    assert Community(town.with_({"warm_up": 0, "horizon": 2}), rng=1).run().weekly


def test_a_profile_of_ones_own_needs_no_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "germany").mkdir()
    (tmp_path / "germany/profile.yaml").write_text(
        "kind: profile\ntitle: Germany\ntown: town.yaml\n"
        "codes: {places: 'DE\\d{5}', levels: {'DE\\d{5}-\\d\\d': district}, nations: [DE]}\n"
        "wanted: {ages: {table: population, by: [age, sex], where: Zensus 2022}}\n"
    )
    pay = ", ".join(f"{role}: EUR 60_000 per year" for role in load("uk-town").prices.pay)
    text = (
        "extends: uk-town\ntitle: Eine Stadt\ncurrency: EUR\n"
        "willingness_to_pay: [EUR 40_000 per QALY]\n"
        "funds: {replace: true, kasse: {source: public, amount: EUR 900_000 per year}}\n"
        f"prices:\n  pay: {{{pay}}}\n"
        + "".join(
            f"  {name}: EUR 100 per {per}\n"
            for name, per in {
                "emergency_visit": "visit", "inpatient_day": "day", "supervision_hour": "hour",
                "recruitment": "hire", "training": "hire", "volunteer_hour": "hour",
                "evaluation": "review", "caregiver_hour": "hour", "work_day": "day",
            }.items()
        )
    )  # fmt: skip
    (tmp_path / "germany/town.yaml").write_text(text)
    run("place", "new", "ulm", "--profile", "germany")
    home = tmp_path / "places/ulm"
    assert "profile: ../../germany" in (home / "place.yaml").read_text()
    write_tables(home / "data/census.csv", {f"DE08421-0{k}": f"Teil {k}" for k in range(3)})
    with (home / "data/census.csv").open("a") as out:
        out.write("population,DE08421,,,,persons,4000,,,2011,a census,Ulm\n")
    run("place", "read", "ulm")
    assert "money: profile ../../germany" in run("place", "build", "ulm").output
    assert load("places/ulm").currency == "EUR"


def test_what_is_no_profile_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="did you mean 'us'"):
        find_profile("uss", tmp_path)
    with pytest.raises(InvalidInput, match=r"has no profile\.yaml"):
        find_profile(".", tmp_path)
    (tmp_path / "profile.yaml").write_text(
        "kind: profile\ntitle: X\ntown: us-town\ncodes: {places: '('}\n"
    )
    with pytest.raises(InvalidInput, match="not a regular expression"):
        find_profile(".", tmp_path)


def test_codes_say_what_lies_in_what():
    codes = join_codes()
    assert codes.level_of("51003010101") == "tract"
    assert codes.level_of("E05000819") == "E05"
    assert codes.level_of("507011156") == "SA2"
    assert codes.find_place_of("507011156") == "50701"
    assert not codes.may_lie_in("51003010101", "51540")
    assert find_areas([], "nowhere").place == ""
