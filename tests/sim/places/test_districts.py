"""Districts, homes by size, the choice among tables and the files that are written, on paper."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.places.areas import Areas
from sim.places.population.agreement import Agreement
from sim.places.population.coverage import find_uncounted_groups
from sim.places.population.districts import (
    District,
    add_homes,
    count_homes,
    find_missing_homes,
    list_groups,
    make_districts,
    read_size,
    spell_id,
)
from sim.places.population.families import Choice, Family, choose_families, list_families
from sim.places.population.files import spell_band, table_agreements, write_households, write_people
from sim.places.population.grid import FIXED_DIMENSIONS, draw_up
from sim.places.population.margins import find_dimensions
from sim.places.tables.tidy import Cell

AREAS = Areas("P", {"A": "East", "B": "West", "C": "North"}, (), (), {"C-old": "C"})


def cell(value, area="A", age="", sex="", group="", table="population", year=2021, line=2):
    return Cell(
        *(table, area, age, sex, group, "persons", value, None, None, year, "a census"),
        file="t.csv",
        line=line,
    )


def homes(value, size, area="A", **more):
    return cell(value, area, group=size, table="household_size", **more)


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("size=1", 1), ("size=1 person", 1), ("size=2 members", 2), ("size=Size 3", 3),
        ("size=4+", 4), ("size=4 or more people", 4), ("5 and over", 5), ("size=6 and more", 6),
        ("size=7", 7), ("size=8 or more", 7), ("size=12", 7), ("size=0", 0), ("size=all", 0),
        ("size=2 to 4", 0), ("", 0),
    ],
)  # fmt: skip
def test_how_tables_write_the_size_of_homes(said, size):
    assert read_size(homes(9, said)) == size
    assert read_size(cell(9, group=said)) == 0  # not in another table


def test_homes_are_those_of_the_newest_year_of_each_area_and_larger_ones_count_as_seven():
    told = [
        homes(50, "size=1", year=2011), homes(60, "size=1"), homes(30, "size=2"),
        homes(4, "size=7"), homes(3, "size=8 or more"), homes(None, "size=3"),
        homes(8, "size=1", "P"), homes(9, "size=1", "elsewhere"), homes(9, "size=all"),
        homes(0, "size=1", "B"), homes(0, "size=2", "B"), homes(5, "size=2", "C", year=2011),
        homes(60, "size=1")._replace(file="again.csv"),  # the same homes, in a second file
    ]  # fmt: skip
    found = count_homes(told, AREAS)
    assert found == {"A": {1: 60, 2: 30, 7: 7}, "P": {1: 8}, "C": {2: 5}}
    # Together, or those of the place; every size is told.
    every = dict.fromkeys(range(1, 8), 0.0)
    assert add_homes(found, ("A", "C", "B"), AREAS) == every | {1: 60, 2: 35, 7: 7}
    assert add_homes(found, ("B",), AREAS) == every | {1: 8}
    assert add_homes({"A": {1: 2.0}}, ("B",), AREAS) == {}


def test_sizes_that_a_table_lacks_or_that_nobody_understands_are_told_with_their_line():
    told = [
        homes(9, "size=1", line=4), homes(9, "size=4+", line=5), homes(9, "size=a few", line=6),
        homes(9, "size=a few", line=7), homes(9, "size=2", "B", line=8),
    ]  # fmt: skip
    found = find_missing_homes(told, AREAS)
    assert [(one.file, one.line, one.column) for one in found] == [
        ("t.csv", 6, 1), ("t.csv", 8, 1), ("t.csv", 4, 1), ("t.csv", 4, 1),
    ]  # fmt: skip
    said = [one.message for one in found]
    assert "homes of size 'a few' are left out" in said[0]
    assert [line.split(":")[0] for line in said[1:]] == [
        "counts no homes of 1 in B", "counts no homes of 2 in A", "counts no homes of 3 in A",
    ]  # fmt: skip
    # A single size lacks its neighbour.
    (alone,) = find_missing_homes([homes(9, "size=1")], AREAS)
    assert "counts no homes of 2 in A" in alone.message


def test_a_name_is_plain_short_and_unlike_all_others():
    taken: list[str] = []
    for title, name in (
        ("St. Mary's & Hill", "st-mary-s-hill"), ("Élan", "lan"), ("???", "district"),
        ("!!", "district-2"), ("Hill", "hill"), ("Hill", "hill-2"), ("hill!", "hill-3"),
        ("x" * 80, "x" * 56), ("x" * 70, "x" * 56 + "-2"),
    ):  # fmt: skip
        assert spell_id(title, taken) == name
        taken.append(name)


def make_whole(ours, **people):
    """Whole people of one age, sex and work in each district, of the second step within its band."""
    whole = np.zeros(ours.shape, np.int64)
    for code, count in people.items():
        whole[ours.districts.index(code), :, 0, 0, 0] = count
    return whole


def test_districts_are_merged_as_declared_and_their_deprivation_weighs_by_people():
    ours = draw_up(("A", "B", "C"), ("0-17", "18-64", "65+"), dict(FIXED_DIMENSIONS))
    steps = int((np.array(ours.band_of_steps()) >= 0).sum())
    score = [
        cell(value, area, group="index=imd", table="deprivation")._replace(measure="score")
        for value, area in ((10, "A"), (30, "B"), (20, "C"))
    ]
    sizes = [homes(7, "size=1", "A"), homes(5, "size=1", "B"), homes(2, "size=3", "B")]
    declared = SimpleNamespace(merge={"Both": ("A", "B", "Z")}, deprivation="")
    made, index = make_districts(
        make_whole(ours, A=100, B=300, C=50), ours, AREAS, declared, [*score, *sizes]
    )
    assert index == "imd"
    both, north = made
    assert (both.name, both.title, both.codes) == ("both", "Both", ("A", "B", "Z"))
    assert (both.residents, north.residents) == (400 * steps, 50 * steps)
    # From 0 for the least deprived to 1: A is 0, B is 1 with three times the people.
    assert both.deprivation == pytest.approx(0.75)
    assert north.deprivation == pytest.approx(0.5)
    assert (both.homes[1], both.homes[2], both.homes[3]) == (12, 0, 2)
    assert north.homes == {}
    assert north.title == "North"
    # Children under 12 are no residents of a scenario, and an empty district is none.
    young = np.array(ours.band_of_steps()) < 0
    whole = make_whole(ours, A=100, B=0, C=0)
    whole[1][young] = 9
    (only,), _ = make_districts(whole, ours, AREAS, SimpleNamespace(merge={}, deprivation=""), [])
    assert (only.codes, only.residents, only.deprivation) == (("A",), 100 * steps, None)
    assert list_groups(ours) == {}
    more = draw_up(("A",), ("0-17",), dict(FIXED_DIMENSIONS) | {"carer": ("yes", "no")})
    assert list_groups(more) == {"carer": ("yes", "no")}


def family(cells, by=("age",), level="district", table="population", year=2021, share=False):
    """A table of so many cells, of the districts in turn."""
    codes = ("A", "B", "C") if level == "district" else ("P",)
    told = tuple(cell(1.0, codes[k % len(codes)]) for k in range(cells))
    return Family(table, f"{year}.csv", level, year, share, by, told)


def test_of_tables_that_are_broken_down_alike_the_newest_counts_and_of_one_year_the_fullest():
    older, newer = family(30, year=2011), family(12, year=2021)
    fuller, sparse = family(15, year=2021), family(2, year=2022)
    choice = choose_families([older, newer, fuller, sparse], 3)
    assert choice.base is fuller
    # One of two cells does not have all districts, however new it is.
    assert set(map(id, choice.beside)) == {id(older), id(newer), id(sparse)}
    assert choice.shares == ()
    assert choose_families([family(30, by=()), family(30, table="ethnicity")], 3) is None
    assert choose_families([family(30, share=True)], 3) is None


def test_people_are_counted_from_the_finest_table_of_the_districts_before_that_of_the_place():
    by_sex, by_age = family(30, by=("age", "sex"), year=2011), family(40, year=2021)
    place = family(60, by=("age", "sex"), level="place", year=2022)
    origin = family(9, by=("ethnicity",), table="ethnicity")
    total, of_place = family(3, by=()), family(1, by=(), level="place")
    choice = choose_families([place, by_age, by_sex, origin, total, of_place], 3)
    assert choice.base is by_sex
    assert choice.shares == (origin,)
    assert {id(one) for one in choice.beside} == {
        id(one) for one in (place, by_age, total, of_place)
    }
    # With ages of the place alone, people of each district come from their own totals.
    choice = choose_families([place, origin, total, of_place], 3)
    assert choice.base is place
    assert {id(one) for one in choice.shares} == {id(origin), id(total)}
    assert choice.beside == (of_place,)
    # A table that leaves out a district does not come before a newer one of the place.
    partly = family(2, by=("age", "sex"), year=2021)
    assert choose_families([place, partly], 3).base is place


def test_who_was_asked_is_no_age_and_shares_of_old_boundaries_are_taken_for_the_district():
    told = [
        cell(5, age="16+", group="ethnicity=a", table="ethnicity"),
        cell(6, age="19+", group="carer=yes", table="carer"),
        cell(7, age="16-64", group="ethnicity=a", table="ethnicity"),
        cell(8, age="16+", table="population"),
        cell(0.4, "C-old", group="ethnicity=a", table="ethnicity")._replace(measure="share"),
        cell(9, "C-old", group="ethnicity=a", table="ethnicity"),
        cell(3, group="ethnicity=a; colour=red", table="ethnicity"),
        cell(2, group="language=x", table="language")._replace(measure="households"),
        cell(1, group="ethnicity=a", table="ethnicity")._replace(measure="rate"),
    ]
    found = {
        (one.table, one.by, one.share): [(each.area, each.value) for each in one.cells]
        for one in list_families(told, AREAS, ["ethnicity", "carer", "language"])
    }
    assert found == {
        ("ethnicity", ("ethnicity",), False): [("A", 5)],
        ("carer", ("age", "carer"), False): [("A", 6)],
        ("ethnicity", ("age", "ethnicity"), False): [("A", 7)],
        ("population", ("age",), False): [("A", 8)],
        ("ethnicity", ("ethnicity",), True): [("C", 0.4)],
        ("language", ("language",), False): [("A", 2)],
    }


def test_people_and_homes_are_written_a_line_for_each_kind_that_there_is(tmp_path):
    ours = draw_up(("A",), ("0-17",), {"carer": ("yes", "no")})
    people = np.zeros((7, 2, 2), np.int64)
    people[0, 1, 0], people[6, 0, 1] = 3, 4
    one = District("hill", "Hill", ("A", "B"), people, {1: 3.0, 2: 2.0, 3: 0.0}, None)
    bare = District("lea", "Lea", ("C",), 0 * people, {}, None)
    assert write_people(tmp_path / "people.csv", [one, bare], ours) == 2
    assert (tmp_path / "people.csv").read_text().splitlines() == [
        "district,code,age,sex,carer,people",
        "hill,A+B,12-17,male,yes,3",
        "hill,A+B,80+,female,no,4",
    ]
    assert [spell_band(band) for band in (0, 3, 6)] == ["12-17", "35-49", "80+"]
    # Half of five homes: two and a half, which are two whole ones in all.
    for scale, counts in ((1.0, (3, 2, 0)), (0.5, (1, 1, 0)), (3.0, (9, 6, 0))):
        write_households(tmp_path / "homes.csv", [one, bare], scale)
        assert (tmp_path / "homes.csv").read_text().splitlines() == [
            "district,code,size,households",
            *(f"hill,A+B,{size},{count}" for size, count in zip((1, 2, 3), counts, strict=True)),
        ]


def test_a_table_that_people_are_far_from_is_told_with_its_worst_cell():
    def agree(largest, within=math.nan):
        return Agreement(
            "people by age", "t.csv", True, 12, largest, 0.1, 0.04, "A", 1_000, 900.5, within
        )

    near, far = table_agreements([agree(0.01)]), table_agreements([agree(0.0101, 0.75)])
    assert (len(near), len(far)) == (2, 3)
    assert near[1].split() == ["people", "by", "age", "12", "1.00%", "4.00%"]
    assert far[1].split()[-3:] == ["1.01%", "4.00%", "75%"]
    assert far[2].strip() == "A: published 1,000, built 900.5"


def test_groups_are_those_that_tables_count_here_and_one_that_is_alone_is_none():
    def ethnic(category, area="A", value=5):
        return cell(value, area, group=f"ethnicity={category}", table="ethnicity")

    told = [
        ethnic("asian"), ethnic("white", "P"), ethnic("black", "elsewhere"), ethnic("mixed", value=None),
        ethnic("not white"), ethnic("no origin"),
        ethnic("roma", "C-old"), ethnic("arab", "C-old")._replace(measure="share", value=0.1),
        cell(3, group="carer=yes", table="carer"), cell(3, group="veteran=former", table="veteran"),
        cell(3, group="employment=employed; type=x", table="employment"),
        cell(3, group="ill=yes", table="register"), cell(3, group="cover=insured", table="cover"),
    ]  # fmt: skip
    found = find_dimensions(told, AREAS, None)
    assert found == dict(FIXED_DIMENSIONS) | {
        "carer": ("yes", "no"),
        "ethnicity": ("asian", "white", "arab"),
    }
    assert find_dimensions(told, AREAS, ["carer"]) == dict(FIXED_DIMENSIONS) | {
        "carer": ("yes", "no")
    }
    assert find_dimensions(told, AREAS, []) == dict(FIXED_DIMENSIONS)


def test_a_table_counts_nearly_everybody_where_it_has_every_category_and_four_in_five():
    """Of a hundred: with both groups eighty are enough; one group alone says nothing of the others."""
    ours = draw_up(("A", "B"), ("0-17", "18+"), dict(FIXED_DIMENSIONS) | {"origin": ("x", "y")})
    base = Family(
        "population", "t.csv", "district", 2021, False, ("age",),
        tuple(cell(value, age=age) for age, value in (("0-17", 40), ("18+", 60))),
    )  # fmt: skip

    def find(measure="persons", share=False, **groups):
        told = tuple(
            cell(value, group=f"origin={name.replace('_', ' ')}", table="origin")._replace(
                measure=measure
            )
            for name, value in groups.items()
        )
        counted = Family("origin", "t.csv", "district", 2021, share, ("origin",), told)
        return [one.message for one in find_uncounted_groups(Choice(base, (counted,), ()), ours)]

    assert find(x=50, y=30) == []
    assert find(x=50, y=29) == [
        "origin of 79 of 100 people in A: the others are taken to be like them"
    ]
    assert find(x=50) == []
    assert len(find(x=50, not_x=29)) == 1
    assert find(x=50, y=None) == [
        "origin of 50 of 100 people in A: the others are taken for those who are withheld (origin=y)"
    ]
    assert find(x=0.5, y=0.2, measure="share", share=True) == []
    assert find(x=5, y=2, measure="households") == []
