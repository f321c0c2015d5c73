"""People from tables, small enough to be worked out on paper."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.places.areas import Areas
from sim.places.population.agreement import hold_against
from sim.places.population.alike import find_uncounted
from sim.places.population.coverage import settle_withheld
from sim.places.population.districts import find_deprivation, list_indices
from sim.places.population.families import Family, list_families, step_ages
from sim.places.population.grid import (
    EMPLOYMENT,
    FIXED_DIMENSIONS,
    INSURANCE,
    choose_starts,
    draw_up,
)
from sim.places.population.margins import count_within, find_totals, make_margins
from sim.places.population.people import Borrowed, make_seed
from sim.places.population.raking import Margin, largest_error, rake
from sim.places.population.rounding import apportion_rows, make_whole, measure_margin
from sim.places.tables.tidy import Cell

AREAS = Areas("P", {"A": "East", "B": "West"}, (), ("N",), {})
AGES = ("0-17", "18-64", "65+")


def cell(
    value,
    area="A",
    age="",
    sex="",
    group="",
    table="population",
    measure="persons",
    low=None,
    high=None,
):
    return Cell(
        table,
        area,
        age,
        sex,
        group,
        measure,
        value,
        low,
        high,
        2021,
        "a census",
        file="t.csv",
        line=2,
    )


def family(*cells, by=(), level="district", table="population", share=False):
    return Family(table, "t.csv", level, 2021, share, by, cells)


def grid(**dimensions):
    return draw_up(("A", "B"), AGES, dict(FIXED_DIMENSIONS) | dimensions)


def test_a_table_of_four_cells_keeps_its_odds_ratio():
    """Rows of 4 and 6, columns of 5 and 5, an odds ratio of 3: a(1+a) = 3(4-a)(5-a), so a = 7 - sqrt 19."""
    rows = Margin((0,), np.arange(2), np.array([4.0, 6.0]))
    columns = Margin((1,), np.arange(2), np.array([5.0, 5.0]))
    found = rake(np.array([[1.0, 1.0], [1.0, 3.0]]), [rows, columns])
    a = 7 - math.sqrt(19)
    np.testing.assert_allclose(found.table, [[a, 4 - a], [5 - a, 1 + a]], rtol=1e-7)
    assert max(found.errors) < 1e-9
    assert found.rounds < 40


def test_a_share_is_of_its_part_and_what_is_not_spoken_of_stays():
    """A third and two thirds of the first two of three columns; the third is left alone."""
    shares = Margin((1,), np.array([0, 1, -1]), np.array([1 / 3, 2 / 3]), np.array([0, 0]))
    found = rake(np.array([[3.0, 0.0, 5.0], [3.0, 6.0, 7.0]]), [shares])
    np.testing.assert_allclose(found.table[:, 2], [5, 7])
    np.testing.assert_allclose(found.table[:, :2], [[2, 0], [2, 8]])


def test_a_cell_that_nobody_is_in_stays_empty_and_its_error_is_of_what_was_asked():
    rows = Margin((0,), np.arange(2), np.array([4.0, 6.0]))
    found = rake(np.array([[0.0, 0.0], [1.0, 1.0]]), [rows])
    assert found.table.tolist() == [[0, 0], [3, 3]]
    assert found.errors == (1.0,)


def test_of_margins_that_contradict_each_other_the_last_is_met():
    first, last = (
        Margin((0,), np.arange(2), np.array(values)) for values in ([1.0, 3.0], [2.0, 4.0])
    )
    found = rake(np.ones((2, 2)), [first, last])
    np.testing.assert_allclose(found.table.sum(axis=1), [2, 4])
    assert found.errors == pytest.approx((1.0, 0.0))
    assert found.rounds == 2


def test_an_error_is_of_one_person_at_least():
    assert largest_error(np.array([12.0, 0.3]), np.array([10.0, 0.1])) == pytest.approx(0.2)
    assert largest_error(np.array([0.0, 9.0]), np.array([0.5, 10.0])) == pytest.approx(0.5)
    assert largest_error(np.array([]), np.array([])) == 0.0


def test_whole_numbers_of_a_row_go_to_the_largest_remainders():
    exact = np.array([[1.6, 1.5, 0.9], [0.0, 0.0, 0.0], [2.0, 4.0, 6.0]])
    found = apportion_rows(exact, np.array([4, 0, 6]))
    assert found.tolist() == [[2, 1, 1], [0, 0, 0], [1, 2, 3]]


@pytest.mark.parametrize("seed", range(4))
def test_whole_people_are_in_every_margin_by_district_within_one_and_nowhere_that_nobody_was(seed):
    rng = np.random.default_rng(seed)
    exact = rng.gamma(0.4, 2.0, (3, 2, 4, 3)) * (rng.random((3, 2, 4, 3)) < 0.7)
    whole = make_whole(exact, 2, rng)
    assert whole.min() >= 0
    assert whole.sum() == round(exact.sum())
    for axes in ((0,), (0, 1), (0, 2), (0, 3)):
        assert measure_margin(whole, exact, axes) < 1.0 + 1e-9
    assert measure_margin(np.array([[3, 1]]), np.array([[2.5, 2.0]]), (1,)) == 1.0


def test_people_of_some_ages_are_those_of_whole_bands_and_a_share_of_others_by_years():
    base = family(
        cell(180, age="0-17", sex="female"), cell(170, age="0-17", sex="male"),
        cell(470, age="18-64", sex="female"), cell(940, age="18-64", sex="male"),
        cell(1_000, "B", age="0-17"), by=("age", "sex"),
    )  # fmt: skip
    assert count_within(base, "A", "0-17", "") == 350
    # 8 of 18 years of one band, and 7 of the 47 of the next
    assert count_within(base, "A", "10-24", "male") == pytest.approx(170 * 8 / 18 + 940 * 7 / 47)
    assert count_within(base, "A", "30", "female") == pytest.approx(10)
    # of a table without sexes, one is half
    assert count_within(base, "B", "0-17", "female") == 500
    assert count_within(base, "A", "70-80", "") == 0
    # an area that no row is of is all of them, of a table by district
    assert count_within(base, "P", "0-17", "") == 1_350
    assert count_within(
        family(cell(9, "P", age="0-17"), level="place"), "P", "0-8", ""
    ) == pytest.approx(4.5)


def test_shares_of_a_part_leave_their_rest_to_everybody_else_of_it():
    told = family(
        cell(0.2, group="veteran=yes", age="18-64", table="veteran", measure="share"),
        by=("age", "veteran"), table="veteran", share=True,
    )  # fmt: skip
    ours = grid(veteran=("yes", "no"))
    (one,) = make_margins(told, ours, AREAS)
    assert one.margin.values == pytest.approx([0.2, 0.8])
    assert one.margin.within.tolist() == [0, 0]
    # of women and men of 18 to 64 in the first district, yes and no; nobody else is spoken of
    spoken = one.margin.label >= 0
    steps = ours.ages_within("18-64")
    assert spoken[0][steps].all()
    assert not spoken[1].any()
    assert not spoken[0][~steps].any()
    assert (one.margin.label[0][steps][..., 0] == 0).all()
    assert (one.margin.label[0][steps][..., 1] == 1).all()


@pytest.mark.parametrize(
    ("total", "shares"), [(400, [0.25, 0.75]), (100, [1.0]), (0, [0.125, 0.875])]
)
def test_of_how_many_a_number_is_a_share_is_told_by_a_total_and_else_by_the_population(
    total, shares
):
    """100 veterans of 400 whom their table has, of as many as it has, or of the 800 of 18 to 64."""
    veterans = family(
        cell(100, group="veteran=yes", age="18-64", table="veteran"),
        by=("age", "veteran"),
        table="veteran",
    )
    base = family(cell(800, age="18-64"), by=("age",))
    told = {("A", "18-64", ""): float(total)} if total else {}
    (one,) = make_margins(veterans, grid(veteran=("yes", "no")), AREAS, told, base)
    assert one.margin.values == pytest.approx(shares)


def test_totals_are_of_the_same_table_and_publication():
    groups = family(cell(30, group="a=b"), by=("a",), table="veteran")
    beside = family(cell(90), table="veteran")
    others = [
        family(cell(1), table="population"), family(cell(2), table="veteran", share=True),
        family(cell(3), table="veteran", level="place"), family(cell(4), table="veteran")._replace(year=2011),
        family(cell(None), table="veteran"),
    ]  # fmt: skip
    assert find_totals([*others, beside, groups], groups) == {("A", "", ""): 90}


def test_cells_that_count_somebody_twice_are_margins_of_their_own():
    told = family(cell(10, age="0-17"), cell(90, age="18-64"), cell(100, age=""), by=("age",))
    found = make_margins(told, grid(), AREAS, absolute=True)
    assert [one.margin.values.tolist() for one in found] == [[10, 90], [100]]


def test_an_agreement_is_of_the_cells_of_a_table():
    """Built 110 and 90 for 100 each, as fractions; 104 and 96 as whole people, one of them within its bounds."""
    told = family(
        cell(100, low=90, high=104, age="0-17"),
        cell(100, "B", low=97, high=103, age="0-17"),
        by=("age",),
    )
    ours = grid()
    margins = make_margins(told, ours, AREAS, absolute=True)
    exact, whole = np.zeros(ours.shape), np.zeros(ours.shape)
    exact[0, 0, 0, 0, 0], exact[1, 0, 1, 1, 1] = 110.0, 95.0
    whole[0, 0, 0, 0, 0], whole[1, 0, 1, 1, 1] = 104.0, 96.0
    (found,) = hold_against(margins, set(), exact, whole)
    assert (found.cells, found.fitted, found.table) == (
        2,
        True,
        "population by age, district, 2021",
    )
    assert (found.largest, found.mean) == pytest.approx((0.1, 15 / 200))
    assert (found.worst, found.published, found.built) == ("A, age 0-17", 100, 110)
    assert found.largest_whole == pytest.approx(0.04)
    assert found.within == 0.5
    (beside,) = hold_against(margins, {id(told)}, exact, whole)
    assert not beside.fitted


def test_few_people_say_nothing_of_whole_numbers_and_an_empty_cell_is_held_against_one_person():
    told = family(cell(49, age="0-17"), cell(0, age="65+"), by=("age",))
    ours = grid()
    margins = make_margins(told, ours, AREAS, absolute=True)
    exact = np.zeros(ours.shape)
    exact[0, 0, 0, 0, 0], exact[0, -1, 0, 0, 0] = 49.0, 0.5
    (found,) = hold_against(margins, set(), exact, 2 * exact)
    assert (found.largest, found.largest_whole) == (0.5, 0.0)
    assert math.isnan(found.within)


def test_a_group_is_uncounted_where_some_districts_count_it_and_others_do_not():
    ours = grid(veteran=("yes", "no"), carer=("yes", "no"), young=("yes", "no"))
    told = [
        family(cell(9, "A", group="veteran=yes"), cell(None, "B", group="veteran=yes"), by=("veteran",)),
        family(cell(9, "P", group="carer=yes"), level="place", by=("carer",)),
        family(cell(9, "A", group="young=yes"), cell(8, "B", group="young=yes"), by=("young",)),
    ]  # fmt: skip
    assert find_uncounted(told, ours, AREAS) == {"veteran": (1,)}


@pytest.mark.parametrize(
    ("total", "known", "value"),
    [(106, 100, 3.0), (100, 100, 0.0), (90, 100, 2.5), (120, 100, 2.5), (110, 100, 5.0)],
)
def test_what_is_withheld_is_what_is_left_of_everybody_where_that_may_be(total, known, value):
    """Two cells of 0 to 5 each: their share of what is left, or the middle where that lies beyond."""
    hidden = [cell(None, low=0, high=5, group=f"a={name}", table="x") for name in "bc"]
    told = family(cell(known, group="a=d", table="x"), *hidden, by=("a",), table="x")
    found = settle_withheld(told, {("A", "", ""): float(total)})
    assert [one.value for one in found.cells] == [known, value, value]


def test_people_begin_as_the_profile_has_them_by_age():
    ours = draw_up(
        ("A",), ("0-15", "16-17", "18-24", "25-54", "55-64", "65+"), dict(FIXED_DIMENSIONS)
    )
    seed = make_seed(ours, Borrowed(0.7, (0.1, 0.3, 0.6)))[0, :, 0]
    steps = {start: seed[list(ours.starts).index(start)] for start in (0, 18, 25, 55, 65)}
    work = {start: table.sum(axis=1) / table.sum() for start, table in steps.items()}
    told = {start: dict(zip(EMPLOYMENT, shares, strict=True)) for start, shares in work.items()}
    assert told[0]["student"] == pytest.approx(1)
    # a quarter as many study as are of working age, who work or do not
    assert told[18]["employed"] / told[18]["not-in-work"] == pytest.approx(0.7 / 0.3)
    assert told[18]["student"] == pytest.approx(0.25 / 1.25)
    assert told[25]["employed"] == pytest.approx(0.7, rel=1e-6)
    assert told[55]["retired"] == pytest.approx(0.1 / 1.1, rel=1e-6)
    assert told[65]["retired"] == pytest.approx(0.9 / (0.9 + 0.1 + 0.02), rel=1e-6)
    cover = {start: table.sum(axis=0) / table.sum() for start, table in steps.items()}
    assert cover[25] == pytest.approx([0.1, 0.3, 0.6])
    assert cover[65][INSURANCE.index("public")] == pytest.approx(1, rel=1e-6)
    # by years of age: those of 25 to 54 are thirty years' worth of people, or split by a scenario's bands
    years = {start: table.sum() for start, table in steps.items()}
    ends = dict(zip(ours.starts, ours.last_years, strict=True))
    assert years[25] / years[55] == pytest.approx(
        (ends[25] - 24) / ((ends[55] - 54) * 1.1), rel=1e-6
    )


def test_ages_are_cut_where_a_band_of_any_table_begins_or_ends():
    bands = {0, 12, 18, 25, 35, 50, 65, 80}
    assert set(choose_starts(["10-14", "85+", "", "7"])) == bands | {10, 15, 85}
    # where single years stand alone, nothing is cut for them
    assert set(choose_starts(["30-30"])) == bands


def score(value, area="A", index="imd", year=2021, measure="score"):
    return cell(value, area, group=f"index={index}", table="deprivation", measure=measure)._replace(
        year=year
    )


def test_deprivation_is_the_newest_score_between_the_least_and_the_most_deprived():
    three = AREAS._replace(districts={"A": "", "B": "", "C": ""}, renamed={"C-old": "C"})
    told = [
        score(10, "A"), score(40, "B"), score(25, "C-old"),
        score(99, "A", year=2011), score(20, "A"),  # an older year; a correction further down
        score(1, "B", measure="rank"), score(None, "B"), score(5, "elsewhere"),
        cell(7, "A"), cell(8, "B", table="population", measure="median"),
    ]  # fmt: skip
    assert list_indices(told) == {"imd"}
    name, found = find_deprivation(told, three, "")
    assert name == "imd"
    assert found == pytest.approx({"A": 0.0, "B": 1.0, "C": 0.25})
    # of an income the lowest is the most deprived, and groups' incomes are none of a district
    incomes = [
        cell(value, area, table="income", measure="median")
        for value, area in ((30, "A"), (50, "B"))
    ]
    of_groups = [cell(9, "A", group="household=one", table="income", measure="median")]
    assert find_deprivation([*incomes, *of_groups], three, "") == (
        "median income",
        {"A": 1.0, "B": 0.0},
    )
    # where all are alike, or one is told alone, nobody is more deprived
    assert find_deprivation([score(10, "A"), score(10, "B")], three, "") == ("", {})
    assert find_deprivation([score(10, "A")], three, "") == ("", {})


def test_parts_that_nobody_asks_for_are_summed_with_their_errors():
    """Half-widths of 3 and 4 make 5; the same number printed twice counts once; one withheld hides the sum."""
    parts = [
        cell(100, group="ethnicity=a; type=x", table="ethnicity", low=97, high=103),
        cell(50, group="ethnicity=a; type=y", table="ethnicity", low=46, high=54),
        cell(50, group="ethnicity=a; type=y", table="ethnicity", low=46, high=54),
        cell(7, group="ethnicity=b", table="ethnicity"),
        cell(8, group="ethnicity=c; type=x", table="ethnicity", low=1, high=9),
        cell(None, group="ethnicity=c; type=y", table="ethnicity"),
    ]  # fmt: skip
    (found,) = list_families(parts, AREAS, ["ethnicity"])
    told = {one.group: (one.value, one.low, one.high) for one in found.cells}
    assert told == {
        "ethnicity=a": (150, 145, 155),
        "ethnicity=b": (7, None, None),
        "ethnicity=c": (None, None, None),
    }
    plain = [cell(3, group=f"ethnicity=a; type={kind}", table="ethnicity") for kind in "xy"]
    assert list_families(plain, AREAS, ["ethnicity"])[0].cells[0][6:9] == (6, None, None)


def test_single_years_are_summed_to_the_steps_of_the_grid():
    years = family(*(cell(float(age), age=str(age)) for age in range(50)), by=("age",))
    found = step_ages(years, (0, 12, 18, 40))
    sums = {one.age: one.value for one in found.cells}
    assert list(sums.values()) == [
        sum(range(12)),
        sum(range(12, 18)),
        sum(range(18, 40)),
        sum(range(40, 50)),
    ]
    few = family(*(cell(1.0, age=str(age)) for age in range(9)), by=("age",))
    assert step_ages(few, (0, 12)) is few
