"""People whom the table of population leaves out would be missing from the town: it is refused."""

import pytest

from sim.errors import InvalidInput
from sim.places.building import build_place, say_changed
from sim.places.population.coverage import find_missing_people, settle_withheld
from sim.places.population.families import Family
from sim.places.population.margins import count_within
from sim.places.tables.tidy import Cell
from sim.scenario.library import load

WARDS = {"E05000001": "North", "E05000002": "Middle", "E05000003": "South"}


@pytest.fixture
def lacking(borough):
    """Give a function that opens the borough without lines of its population that hold all of some
    words.
    """
    file = borough.folder / "tables.csv"
    whole = file.read_text(encoding="utf-8")

    def open_without(*words):
        lines = whole.splitlines()
        kept = [
            line
            for line in lines
            if not (line.startswith("population,") and all(f",{word}," in line for word in words))
        ]
        assert len(kept) < len(lines)
        file.write_text("\n".join(kept) + "\n", encoding="utf-8")
        return borough()

    yield open_without
    file.write_text(whole, encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("female",), "counts no women in any of 3 areas"),
        (("35-49",), "counts no women of 35 to 49 in any of 3 areas"),
        (("80+", "male"), "counts no men of 80 and over in any of 3 areas"),
        (("12-17", "E05000002"), "counts no women of 12 to 17 in Middle"),
    ],
)
def test_a_table_that_leaves_people_out_is_refused_at_its_line(lacking, words, said):
    home = lacking(*words)
    home.file("town.yaml").unlink(missing_ok=True)
    with pytest.raises(InvalidInput) as refused:
        build_place(home)
    assert any(said in problem.message for problem in refused.value.problems)
    assert not home.file("town.yaml").exists()


def test_children_need_not_be_counted(borough, lacking):
    everybody = build_place(borough()).residents
    assert build_place(lacking("0-11")).residents == pytest.approx(everybody, rel=0.001)


def cell(age, sex, value=10.0):
    fields = dict.fromkeys(Cell._fields, "") | {"low": None, "high": None, "line": 1}
    said = {"table": "population", "area": "E1", "age": age, "sex": sex, "measure": "persons"}
    return Cell(**fields | said | {"value": value, "year": 2021})


@pytest.mark.parametrize(
    ("ages", "least", "found"),
    [
        (["0-15", "16-64", "65+"], 1, []),
        ([str(age) for age in range(101)], 1, []),
        ([str(age) for age in range(101) if age != 30], 1, ["people of 30 in"]),
        ([str(age) for age in range(101) if age != 30], 5, []),
        (["18-64", "65+"], 5, ["people of 12 to 17 in"]),
        (["0-64"], 5, ["people of 65 and over in"]),
        # Bands of several widths below each other.
        (["0-64", "20-24", "65+"], 1, []),
    ],
)
def test_gaps_between_bands(ages, least, found):
    cells = tuple(cell(age, "") for age in ages)
    base = Family("population", "t.csv", "place", 2021, False, ("age",), cells)
    said = [problem.message for problem in find_missing_people(base, least)]
    assert len(said) == len(found)
    assert all(part in whole for part, whole in zip(found, said, strict=True))


def test_a_withheld_number_is_there():
    cells = (cell("0-64", "", None), cell("65+", ""))
    base = Family("population", "t.csv", "place", 2021, False, ("age",), cells)
    assert find_missing_people(base) == []


def add(borough, group, count, table):
    """Add a number of one group in each ward to the tables; the lines, to take them out again."""
    file = borough.folder / "tables.csv"
    whole = file.read_text(encoding="utf-8")
    rows = [
        f"{table},{ward},,,{group},persons,{count},,,2021,a table,{name},groups.csv,1"
        for ward, name in WARDS.items()
    ]
    file.write_text(whole + "\n".join(rows) + "\n", encoding="utf-8")
    return file, whole


def test_a_table_that_counts_a_group_alone_makes_nobody_else_one_of_it(borough):
    file, whole = add(borough, "veteran=yes", 100, "veteran")
    try:
        built = build_place(borough("groups: [veteran]"))
    finally:
        file.write_text(whole, encoding="utf-8")
    people = built.people.exact
    yes = built.people.grid.dimensions["veteran"].index("yes")
    found = people.take(yes, axis=built.people.grid.axis("veteran")).sum()
    assert found == pytest.approx(3 * 100, rel=0.001)
    assert found < 0.1 * people.sum()


def test_groups_that_are_far_fewer_than_the_people_are_told(borough):
    file, whole = add(borough, "faith=none", 60, "faith")
    try:
        add(borough, "faith=some", 40, "faith")
        notes = build_place(borough("groups: [faith]")).notes
    finally:
        file.write_text(whole, encoding="utf-8")
    said = [note.problem.message for note in notes.of("coverage")]
    (few,) = (line for line in said if "taken to be like them" in line)
    assert few.startswith("faith of 100 of ")
    assert "in North" in few


@pytest.mark.parametrize(
    ("age", "sex", "people"),
    [("", "", 160.0), ("16+", "", 80.0), ("", "female", 80.0), ("16-64", "male", 40.0)],
)
def test_people_of_an_age_and_a_sex_are_counted_from_the_bands(age, sex, people):
    # Four of the years of 0 to 19 are 16 to 19; the bands are of both sexes alike.
    cells = (cell("0-19", "", 100.0), cell("20-64", "", 60.0))
    base = Family("population", "t.csv", "place", 2021, False, ("age",), cells)
    assert count_within(base, "E1", age, sex) == pytest.approx(people)


def add_homes(borough, sizes):
    file = borough.folder / "tables.csv"
    whole = file.read_text(encoding="utf-8")
    rows = [
        f"household_size,{ward},,,size={size},households,{count},,,2021,a table,{name},homes.csv,1"
        for ward, name in WARDS.items()
        for size, count in sizes.items()
    ]
    file.write_text(whole + "\n".join(rows) + "\n", encoding="utf-8")
    return file, whole


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({1: 30, 2: 40, 3: 20, 4: 10}, []),  # "4 or more", as some offices publish them
        ({1: 100}, ["counts no homes of 2 in North: the town has none"]),
        ({2: 40, 3: 20, 4: 40}, ["counts no homes of 1 in North: the town has none"]),
        ({1: 30, "2 people": 40, 3: 20, "4+": 10}, []),
        ({"1 person": 30, 2: 40, 3: 20, "4 or more": 10}, []),
        (
            {1: 50, 2: 40, 3: 10, "four": 20},
            ["homes of size 'four' are left out: how many people is not understood"],
        ),
    ],
)
def test_homes_of_a_size_that_no_row_has_are_not_those_of_the_profile(borough, sizes, said):
    file, whole = add_homes(borough, sizes)
    try:
        home = borough()
        notes = build_place(home).notes
        town = load(home.file("town.yaml"))
    finally:
        file.write_text(whole, encoding="utf-8")
    shares = {int(str(size)[0]): n / 100 for size, n in sizes.items() if str(size)[0].isdigit()}
    assert {
        int(size): share for size, share in town.population.household_sizes.items() if share
    } == pytest.approx(shares)
    told = [note.problem.message for note in notes.of("coverage")]
    assert [line for line in told if "homes" in line] == said


def ethnic(group, value, low=None, high=None):
    return cell("", "", value)._replace(table="ethnicity", group=group, low=low, high=high)


BASE = Family("population", "t.csv", "place", 2021, False, ("age",), (cell("0-99", "", 1000.0),))


@pytest.mark.parametrize(
    ("counted", "total", "value"),
    [
        (997.0, 0.0, 3.0),  # what the others leave of everybody
        (600.0, 0.0, 2.0),  # of another year: the middle of 0 to 4, and no 400 people
        (600.0, 604.0, 4.0),  # its own total counts before the table of population
        (1200.0, 0.0, 2.0),
    ],
)
def test_fewer_than_five_stay_fewer_than_five(counted, total, value):
    """A cell of four people at most took all whom the table did not count: 65% of a ward."""
    cells = (ethnic("ethnicity=white", counted), ethnic("ethnicity=asian", None, 0.0, 4.0))
    family = Family("ethnicity", "t.csv", "place", 2021, False, ("ethnicity",), cells)
    settled = settle_withheld(family, {("E1", "", ""): total}, BASE).cells
    assert [one.value for one in settled] == [counted, value]


def test_what_is_withheld_without_bounds_is_told_where_it_takes_many(borough):
    file, whole = add(borough, "faith=none", 60, "faith")
    try:
        text = file.read_text(encoding="utf-8")
        row = "faith,E05000001,,,faith=some,persons,,,,2021,a table,North,groups.csv,2"
        lines = [row, row.replace("E05000001", "E05000002").replace("persons,,", "persons,40,")]
        file.write_text(text + "\n".join(lines) + "\n", encoding="utf-8")
        notes = build_place(borough("groups: [faith]")).notes
    finally:
        file.write_text(whole, encoding="utf-8")
    said = [note.problem.message for note in notes.of("coverage")]
    (few,) = (line for line in said if line.startswith("faith of"))
    assert few.startswith("faith of 60 of ")
    assert few.endswith("the others are taken for those who are withheld (faith=some)")


def test_a_town_that_is_not_of_its_tables_any_more_is_told(borough):
    """Keys that were stated after the build were checked against the town of before."""
    build_place(borough("scale: 61%"))
    assert say_changed(borough("scale: 61%")) == []
    # Figures and levers are the fit's, not the build's.
    assert say_changed(borough("local: {lonely: {value: 0.3, year: 2023, source: s}}")) == []
    (said,) = say_changed(borough("scale: 60%"))
    assert "have changed since the town was built" in said
    file, whole = add_homes(borough, {1: 30, 2: 70})
    try:
        assert say_changed(borough("scale: 61%"))
    finally:
        file.write_text(whole, encoding="utf-8")
