"""People fitted to tables: margins met, whole numbers, the same again by the same seed."""

from pathlib import Path

import numpy as np
import pytest
from ipfn.ipfn import ipfn

from sim.errors import InvalidInput
from sim.places.areas import find_areas
from sim.places.folder import open_place
from sim.places.population.microdata import read_sample
from sim.places.population.people import Borrowed, build_people
from sim.places.population.raking import Margin, rake
from sim.places.population.rounding import make_whole, measure_margin
from sim.places.tables.library import list_readers
from sim.places.tables.reading import read_tables

DATA = Path(__file__).parent / "data"
ALBEMARLE = sorted([*DATA.glob("alb_*.csv"), DATA / "ahdi_tract_alb_2023.csv"])


@pytest.fixture(scope="module")
def wards():
    """Trafford's 21 wards by 7 ages by 2 sexes, as counted."""
    cells = read_tables([DATA / "trafford_wards_tidy.csv"], list_readers()).cells
    areas, ages = (sorted({getattr(c, key) for c in cells}) for key in ("area", "age"))
    table = np.zeros((len(areas), len(ages), 2))
    for c in cells:
        where = areas.index(c.area), ages.index(c.age), ("female", "male").index(c.sex)
        table[where] = c.value
    return table


def margin(table, *axes):
    sums = table.sum(axis=tuple(k for k in range(table.ndim) if k not in axes))
    return Margin(axes, np.arange(sums.size).reshape(sums.shape), sums.ravel())


def test_three_way_table_of_a_borough_comes_back_from_its_two_way_tables(wards):
    margins = [margin(wards, 0, 1), margin(wards, 0, 2), margin(wards, 1, 2)]
    found = rake(np.ones(wards.shape), margins)
    assert max(found.errors) < 1e-9
    assert np.mean(np.abs(found.table - wards) / wards) < 0.03
    axes = [[0, 1], [0, 2], [1, 2]]
    sums = [wards.sum(axis=tuple({0, 1, 2} - {*pair})) for pair in axes]
    other = ipfn(np.ones(wards.shape), sums, axes, convergence_rate=1e-10).iteration()
    assert np.allclose(found.table, other, rtol=1e-6)


def test_whole_people_keep_margins(wards):
    exact = rake(np.ones(wards.shape), [margin(wards, 0, 1), margin(wards, 2)]).table
    whole = make_whole(exact, 2, np.random.default_rng(1))
    assert whole.sum() == round(exact.sum())
    assert measure_margin(whole, exact, (0, 1)) < 1.0
    assert measure_margin(whole, exact, (0, 2)) < 1.0
    assert np.array_equal(whole, make_whole(exact, 2, np.random.default_rng(1)))


@pytest.fixture(scope="module")
def albemarle():
    cells = read_tables(ALBEMARLE, list_readers()).cells
    areas = find_areas(cells, "albemarle")
    return build_people(cells, areas, Borrowed(0.74, (0.08, 0.36, 0.56)))


def test_a_county_agrees_with_every_table_within_its_margins_of_error(albemarle):
    fitted = [one for one in albemarle.agreements if one.fitted]
    assert len(fitted) > 6
    assert all(one.within == 1.0 for one in fitted if np.isfinite(one.within))
    assert max(one.largest for one in fitted) < 1e-3
    assert albemarle.whole.sum() == 113_683
    assert (albemarle.whole >= 0).all()


def test_groups_that_a_table_names_in_part_are_that_part(albemarle):
    axis = albemarle.grid.axis("hispanic")
    by_origin = np.moveaxis(albemarle.exact, axis, 0).reshape(2, -1).sum(axis=1)
    assert by_origin[0] / by_origin.sum() == pytest.approx(8_173 / 112_163, rel=1e-3)


def test_wards_of_other_boundaries_are_told_and_matched_by_name_for_shares_alone():
    files = [DATA / "2021_population_by_sex_and_age_two_wards.csv", DATA / "imd_wards_of_2023.csv"]
    reading = read_tables(files, list_readers())
    areas = find_areas(reading.cells, "trafford", "E08000009", notes=reading.notes)
    said = str(reading.notes.of("coverage")[0])
    assert "E05015239" in said
    assert "matched by name" in said
    assert areas.renamed["E05015239"] == "E05000819"


HEAD = "table,area,age,sex,group,measure,value,low,high,year,source"
COUNTED = [
    f"population,{ward},{age},{sex},,persons,{count},,,2021,a census"
    for ward, count in (("E05000001", 1000), ("E05000002", 2000))
    for age in ("0-17", "18-64", "65+")
    for sex in ("female", "male")
]


LENT = Borrowed(0.74, (0.1, 0.4, 0.5))


def build_wards(tmp_path, *lines, groups=("veteran",), sample=None):
    """Two wards of 6,000 and 12,000 people, with further lines of tables."""
    file = tmp_path / "tables.csv"
    file.write_text("\n".join([HEAD, *COUNTED, *lines]), encoding="utf-8")
    cells = read_tables([file], list_readers()).cells
    areas = find_areas(cells, "wards", "E09000001")
    return build_people(cells, areas, LENT, groups=groups, sample=sample)


def share_of_first(people, name):
    """Share of the first category of a group by district, of exact people."""
    axis = people.grid.axis(name)
    by_district = people.exact.sum(
        axis=tuple(k for k in range(people.exact.ndim) if k not in {0, axis})
    )
    return by_district[:, 0] / by_district.sum(axis=1)


@pytest.mark.parametrize("groups", [("veteran",), None])
def test_any_group_has_a_table_that_is_called_after_it(tmp_path, groups):
    lines = (f"veteran,E0500000{k},,,veteran=yes,share,0.0{k},,,2021,a census" for k in (1, 2))
    people = build_wards(tmp_path, *lines, groups=groups)
    assert share_of_first(people, "veteran") == pytest.approx([0.01, 0.02], rel=1e-6)


def test_where_no_table_counts_a_group_it_is_as_common_as_in_the_other_districts(tmp_path):
    line = "veteran,E05000001,,,veteran=yes,persons,300,,,2021,a census"
    rest = line.replace("=yes", "=no").replace("300", "5700")
    people = build_wards(tmp_path, line, rest)
    assert share_of_first(people, "veteran") == pytest.approx([0.05, 0.05], rel=1e-6)
    assert people.uncounted == {"veteran": 1}


@pytest.mark.parametrize(
    "line",
    [
        "veteran,E92000001,,,veteran=yes,share,0.04,,,2021,the nation",
        "prevalence,E05000001,,,veteran=yes,share,0.3,,,2021,the ill",
        "veteran,E05000001,,,veteran=yes,persons,c,,,2021,withheld",
    ],
)
def test_a_group_that_no_table_counts_here_is_none(tmp_path, line):
    """It was half of everybody, without a word."""
    lines = line, line.replace("=yes", "=no")
    assert "veteran" not in build_wards(tmp_path, *lines).grid.dimensions


RECORDS = "RT,PUMA,PWGTP,AGEP,SEX,ESR,SCH,HICOV,PRIVCOV,PUBCOV,RAC1P,HISP"
"""Columns of the American PUMS that are read, and one that is not."""


def write_records(folder, more=""):
    """People of 40 in one area: those in work are insured privately, those without are not insured,
    one in ten the other way; elsewhere nobody works.
    """
    rows = [RECORDS]
    for work, private, weight in ((1, 1, 90), (1, 0, 10), (6, 1, 10), (6, 0, 90)):
        insured = "1,1,2" if private else "2,2,2"
        rows += [f"P,51089,{weight},40,{sex},{work},1,{insured},1,01" for sex in (1, 2)]
    rows += [f"P,00100,500,40,{sex},6,1,2,2,2,1,01" for sex in (1, 2)]
    (folder / "persons.csv").write_text("\n".join(rows) + more + "\n", encoding="utf-8")


def read_records(folder, only="{PUMA: [51089]}", recode="us-pums"):
    """The sample of a place that names these records."""
    (folder / "place.yaml").write_text(
        "kind: place\ntitle: Wards\nprofile: us\n"
        f"microdata: {{file: persons.csv, recode: {recode}, only: {only}}}\n",
        encoding="utf-8",
    )
    return read_sample(open_place(str(folder)))


def odds_of_insurance(people):
    """Odds ratio of private insurance against none, in work against out of work, at 40."""
    grid = people.grid
    step = np.searchsorted(grid.starts, 40, side="right") - 1
    table = people.exact[:, step].sum(axis=(0, 1))
    extra = tuple(range(2, table.ndim))
    table = table.sum(axis=extra)
    work, idle = (grid.dimensions["employment"].index(one) for one in ("employed", "not-in-work"))
    none, private = (grid.dimensions["insurance"].index(one) for one in ("uninsured", "private"))
    return table[work, private] * table[idle, none] / (table[work, none] * table[idle, private])


def test_work_and_insurance_hang_together_as_in_records_and_tables_are_met(tmp_path):
    write_records(tmp_path)
    sample = read_records(tmp_path)
    lines = [
        f"employment,{ward},18-64,,employment=employed,share,0.8,,,2021,a census"
        for ward in ("E05000001", "E05000002")
    ]
    alone, together = (
        build_wards(tmp_path, *lines, groups=(), sample=one) for one in (None, sample)
    )
    assert odds_of_insurance(alone) == pytest.approx(1.0, rel=1e-6)
    assert odds_of_insurance(together) == pytest.approx(
        81.0, rel=0.6
    )  # of 81, and a record's worth of 1
    assert odds_of_insurance(together) > 20
    assert max(one.largest for one in together.agreements if one.fitted) < 1e-6


@pytest.mark.parametrize(
    ("more", "given", "said"),
    [
        ("", {"only": "{PUMA: [9]}"}, "has no such persons"),
        ("", {"only": "{TOWN: [9]}"}, "has no column TOWN"),
        ("", {"recode": "us-pumps"}, "did you mean 'us-pums'"),
    ],
)
def test_records_that_cannot_be_used_are_told(tmp_path, more, given, said):
    write_records(tmp_path, more)
    with pytest.raises(InvalidInput) as refused:
        read_records(tmp_path, **given)
    assert said in str(refused.value)


def test_records_with_names_are_refused(tmp_path):
    write_records(tmp_path)
    text = (tmp_path / "persons.csv").read_text(encoding="utf-8")
    (tmp_path / "persons.csv").write_text(text.replace("RT,", "surname,", 1), encoding="utf-8")
    with pytest.raises(InvalidInput, match="looks like records of persons with names"):
        read_records(tmp_path)
