"""Every key of place.yaml acts: with another value the town, a figure or a lever is another."""

from typing import get_args

import pytest
from pydantic import BaseModel

from analysis.reports.place_page import fill_place
from sim.errors import InvalidInput
from sim.places.checking import find_idle
from sim.places.declaration import Place
from sim.places.description import describe_place
from sim.places.figures.adjusting import find_aims
from sim.places.figures.fitting import choose_levers
from sim.places.town import describe_service
from sim.scenario.library import find_shelf, load

SERVICE = (
    "supply:\n  talk:\n    kind: individual_therapy\n    posts: {therapist: 6}\n    caseload: 20"
)
WARD = "supply:\n  ward:\n    kind: inpatient_ward\n    beds: 9"
LOOKUP = "from,to,share\nE05011111,E05000001,60%\nE05011111,E05000002,0.4\nE05011112,E05000003,1\n"
FIGURE = "local:\n  depression-register:\n    source: a register"
SAMPLE = "microdata: {file: persons.csv, recode: us-pums}\n"
PERSONS = (
    "PUMA,PWGTP,AGEP,SEX,ESR,SCH,HICOV,PRIVCOV,PUBCOV,RAC1P,HISP\n"
    "51089,90,40,1,1,1,1,1,2,1,1\n00100,50,40,1,6,1,2,2,2,1,1\n"
)
TOWN = {
    "title": ("", "title: Other\n"),
    "profile": ("", "profile: us\n"),
    "year": ("", "year: 2022\n"),
    "scale": ("", "scale: 43%\n"),
    "seed": ("", "seed: 2\n"),
    "groups": ("", "groups: [ethnicity]\n"),
    "microdata.file": (SAMPLE, SAMPLE.replace("persons", "others")),
    "microdata.recode": (SAMPLE, SAMPLE.replace("us-pums", "own.yaml")),
    "microdata.only": (SAMPLE, SAMPLE.replace("}", ", only: {PUMA: [51089]}}")),
    "districts.level": ("", "districts: {level: 'E0500000[12]'}\n"),
    "districts.merge": ("", "districts: {merge: {both: [E05000001, E05000002]}}\n"),
    "districts.lookup": ("", "districts: {lookup: lookup.csv}\n"),
    "districts.deprivation": ("", "districts: {deprivation: median income}\n"),
    "districts.distance": ("", "districts: {distance: 7}\n"),
    "funds": ("", "funds: {council: {source: public, amount: GBP 9_000 per year}}\n"),
    "town": ("", "town: {horizon: 60 weeks}\n"),
}
SUPPLY = {
    "supply.kind": (SERVICE, SERVICE.replace("individual_therapy", "crisis_line")),
    "supply.posts": (SERVICE, SERVICE.replace("6", "7")),
    "supply.vacancies": (SERVICE, f"{SERVICE}\n    vacancies: {{therapist: 2}}"),
    "supply.caseload": (SERVICE, SERVICE.replace("20", "19")),
    "supply.beds": (WARD, WARD.replace("9", "12")),
    "supply.beds_elsewhere": (WARD, f"{WARD}\n    beds_elsewhere: 3.5"),
    "supply.catchment": (WARD, f"{WARD}\n    catchment: 40%"),
    "supply.in_care": (SERVICE, f"{SERVICE}\n    in_care: 60"),
    "supply.waiting": (SERVICE, f"{SERVICE}\n    waiting: 40"),
    "supply.waited": (SERVICE, f"{SERVICE}\n    waited: 7 weeks"),
    "supply.more": (SERVICE, f"{SERVICE}\n    more: {{rank: 2}}"),
}
AIMS = {
    "area": (FIGURE, f"area: X1\n{FIGURE}"),
    "also": (FIGURE, f"also: [X1]\n{FIGURE}"),
    "local.value": (FIGURE, f"{FIGURE}\n    value: 0.2"),
    "local.low": (f"{FIGURE}\n    high: 0.3", f"{FIGURE}\n    high: 0.3\n    low: 0.1"),
    "local.high": (f"{FIGURE}\n    low: 0.01", f"{FIGURE}\n    low: 0.01\n    high: 0.3"),
    "local.national": (FIGURE, f"{FIGURE}\n    national: 0.2"),
    "local.tolerance": (FIGURE, f"{FIGURE}\n    tolerance: 3%"),
    "local.mode": (FIGURE, f"{FIGURE}\n    mode: level"),
    "local.definition": (FIGURE, f"{FIGURE}\n    definition: severe-mental-illness-register\n    value: 0.1\n    national: 0.2"),
    "local.year": (FIGURE, f"{FIGURE}\n    value: 0.12\n    year: 2019"),
    "local.source": (FIGURE, FIGURE.replace("a register", "another")),
    "local.fit": (FIGURE, f"{FIGURE}\n    fit: false"),
}  # fmt: skip
ELSEWHERE = {"kind", "context", "supply.source"}
"""Tested below."""


def list_keys(model, path=""):
    for name, field in model.model_fields.items():
        inner = [
            one
            for one in (field.annotation, *re_args(field.annotation))
            if isinstance(one, type) and issubclass(one, BaseModel)
        ]
        if inner:
            yield from list_keys(inner[0], f"{path}{name}.")
        else:
            yield path + name


def re_args(annotation):
    for one in get_args(annotation):
        yield one
        yield from re_args(one)


def test_no_key_is_untested():
    assert set(list_keys(Place)) == {*TOWN, *SUPPLY, *AIMS, *ELSEWHERE}


@pytest.mark.parametrize("key", TOWN)
def test_another_value_makes_another_town(borough, key):
    recode = (find_shelf() / "places/microdata/us-pums.yaml").read_text(encoding="utf-8")
    files = {
        "lookup.csv": LOOKUP,
        "persons.csv": PERSONS,
        "others.csv": PERSONS.replace("90", "10"),
        "own.yaml": recode.replace("ESR: [1, 2, 4, 5]", "ESR: [6]"),
    }
    for name, text in files.items():
        (borough.folder / name).write_text(text, encoding="utf-8")
    before, after = (borough.build(more) for more in TOWN[key])
    assert before != after


@pytest.mark.parametrize("key", SUPPLY)
def test_another_value_makes_another_service(borough, key):
    before, after = (
        [describe_service(one, 0.61) for one in borough(more).place.supply.values()]
        for more in SUPPLY[key]
    )
    assert before != after


@pytest.mark.parametrize("key", AIMS)
def test_another_value_makes_another_figure(borough, key):
    before, after = (find_aims(borough(more)) for more in AIMS[key])
    assert before != after


def test_context_declares_the_levers(borough):
    home = borough(f"{FIGURE}\ncontext: {{people.trait_mean: [-0.3, 0.1]}}\n")
    aims = find_aims(home)
    (lever,) = choose_levers(home.place, aims)
    assert (lever.low, lever.high) == (-0.3, 0.1)
    more = "seeking.seeking: [0.01, 0.02]"
    home = borough(f"{FIGURE}\ncontext: {{people.trait_mean: [-0.3, 0.1], {more}}}\n")
    with pytest.raises(InvalidInput, match="2 levers for 1 local figures"):
        choose_levers(home.place, aims)


def test_a_service_stands_in_the_town_with_its_people_and_its_source_on_the_page(borough):
    more = (
        f"{SERVICE}\n    vacancies: {{therapist: 2}}\n    in_care: 60\n    waiting: 40\n"
        "    waited: 7 weeks\n    catchment: 50%\n    source: annual report of the trust\n"
    )
    borough.build(more)
    given = load(borough.folder / "town.yaml").services["talk"].at_start
    assert given.model_dump() == {
        "in_care": 18,
        "waiting": 12,
        "waited": "7 weeks",
        "vacant": {"therapist": 0.61},
    }
    assert "annual report of the trust" in str(fill_place(describe_place(borough(more)))["supply"])


def test_what_can_never_act_is_told(borough):
    said = " ".join(
        find_idle(
            borough(
                "also: [X9]\ngroups: [tongue]\n"
                "districts: {merge: {a: [E05999999]}, deprivation: imb}\n"
                "local:\n  depression-register: {value: 0.1, low: 0.05, national: 0.1, mode: level,"
                " source: s}\n"
                "supply:\n  few: {kind: crisis_line, in_care: 0, catchment: 50%}\n"
            )
        )
    )
    for word in ("X9", "'tongue'", "E05999999", "did you mean 'imd'", "`mode: level`", "`high`"):
        assert word in said
    assert "supply.few.catchment" in said


def test_a_town_that_cannot_be_is_refused_before_anything_is_written(borough):
    before = borough.build()
    (borough.folder / "town.yaml").write_text(before, encoding="utf-8")
    with pytest.raises(InvalidInput, match="beds") as caught:
        borough.build(SERVICE + "\n    beds: 3")
    assert caught.value.problems[0].file == "place.yaml"
    assert (borough.folder / "town.yaml").read_text(encoding="utf-8") == before
