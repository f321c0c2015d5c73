"""What no place can be is refused at its line and column: counts, shares, years, times."""

from __future__ import annotations

import pytest

from sim.errors import InvalidInput
from sim.places.building import build_place
from sim.places.figures.adjusting import find_aims
from sim.places.population.microdata import read_recode

THERAPY = "supply:\n  therapy: {kind: individual_therapy, caseload: 20, "
WARD = "supply:\n  ward: {kind: inpatient_ward, "
REGISTER = "local:\n  depression-register: {source: x, "


def find_problem(borough, more, act):
    """The one problem of a place with these lines, and the text at which it points."""
    with pytest.raises(InvalidInput) as refused:
        act(borough(more))
    (problem,) = refused.value.problems
    text = (borough.folder / "place.yaml").read_text(encoding="utf-8").splitlines()
    assert problem.file.endswith("place.yaml")
    return problem, text[problem.line - 1][problem.column - 1 :]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("psychiatric-admissions: {source: x, value", "1e12", "one a week for everybody"),
        ("bed-days: {source: x, value", "1e12", "one a day for everybody"),
        ("emergency-visits-per-1000-adults: {source: x, value", "1e6", "each of 1,000 people"),
        ("length-of-stay: {source: x, value", "1e5", "more than 5,218 days"),
        ("treated: {source: x, value", "60", "is a share"),
        ("treated: {source: x, value: 18%, low: 17%, high", "150%", "is a share"),
        ("depression-register: {source: x, value: 18%, national", "18.4", "is a share"),
        ("depression-register: {source: x, value: 18%, national", "0", "must be more than 0"),
        ("treated: {source: x, value", "0", "give low and high too"),
        ("treated: {source: x, value: 18%, year", "2099", "still to come"),
        ("treated: {source: x, value: 18%, year", "20230", "a year from 1900 to 2100"),
        ("treated: {source: x, value: 18%, year", "0", "a year from 1900 to 2100"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_at_its_number(borough, key, value, said):
    problem, there = find_problem(borough, f"local:\n  {key}: {value}}}", find_aims)
    assert there.startswith(value)
    assert said in problem.message


@pytest.mark.parametrize(
    "more", ["tolerance: 0", "tolerance: 0%", "low: 18%, high: 18%"], ids=lambda more: more
)
def test_a_figure_that_nothing_could_meet_is_refused(borough, more):
    problem, there = find_problem(borough, f"{REGISTER}value: 18%, {more}}}", find_aims)
    assert there.startswith("depression-register")
    assert "no model would ever meet it" in problem.message or "must differ" in problem.message


def test_figures_as_they_are_published_pass(borough):
    lines = (
        "  psychiatric-admissions: {value: 210, low: 200, high: 220, year: 2023, source: x}",
        "  treated: {value: 19%, source: x}",
        "  length-of-stay: {value: 37.5, source: x}",
        "  emergency-visits-per-1000-adults: {value: 12, source: x}",
        "  depression-register: {value: 14%, national: 13%, source: x}",
    )
    aims = find_aims(borough("local:\n" + "\n".join(lines)))
    assert [aim.published for aim in aims] == [210, 0.19, 37.5, 12, 0.14]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (f"{THERAPY}posts: {{therapist: 3}}, in_care: 90000}}", "more than the 5,680 residents"),
        (f"{THERAPY}posts: {{therapist: 3}}, waiting: 90000}}", "more than the 5,680 residents"),
        (f"{THERAPY}posts: {{therapist: 90000}}}}", "more than the 5,680 residents"),
        (f"{WARD}beds: 90000}}", "more than the 5,680 residents"),
        (f"{WARD}beds: 5, beds_elsewhere: 90000}}", "more than the 5,680 residents"),
        (f"{THERAPY}posts: {{therapist: 3}}, waited: 90000 weeks}}", "1,043 weeks at most"),
        ("year: 20211", "a year from 1900 to 2100"),
        ("year: 1990", "all tables are of later years"),
        ("microdata: {file: none.csv, recode: us-pums}", "there is no file"),
        ("microdata: {file: tables.csv, recode: pums}", "there is no recode"),
    ],
)
def test_what_a_place_cannot_have_is_refused_at_its_line(borough, more, said):
    problem, there = find_problem(borough, more, build_place)
    assert problem.line == len(["kind", "title", "profile", "area", "scale"]) + more.count("\n") + 1
    assert said in problem.message
    assert there


def test_a_year_to_come_never_acts(borough):
    assert (
        "year: never acts, 2099 is still to come and no table is later"
        in build_place(borough("year: 2099")).idle
    )


@pytest.mark.parametrize("ages", ["[50, 20]", "[0, 1000]"])
def test_ages_that_nobody_has_are_refused_in_a_recode(borough, ages):
    (borough.folder / "own.yaml").write_text(
        "kind: recode\ntitle: T\npublisher: P\nweight: W\nage: A\n"
        f"sex: [{{is: female, ages: {ages}}}]\ndimensions: {{work: [{{is: any}}]}}\n",
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput) as refused:
        read_recode(borough(), "own.yaml")
    (problem,) = refused.value.problems
    assert (problem.line, "youngest and the oldest" in problem.message) == (6, True)
