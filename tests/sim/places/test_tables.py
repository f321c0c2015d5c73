"""Published tables as they are: read by declared readers, told in words where they are not sound."""

from pathlib import Path

import pytest

from sim.errors import InvalidInput
from sim.places.intake import tell_unused
from sim.places.tables.ages import read_age
from sim.places.tables.library import list_readers
from sim.places.tables.numbers import read_number, read_range
from sim.places.tables.reading import read_tables
from sim.places.tables.tidy import read_tidy

DATA = Path(__file__).parent / "data"


def read(*files):
    return read_tables(files, list_readers(), {file: file.name for file in files})


def write(folder, name, text, encoding="utf-8"):
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def find(reading, **wanted):
    return [
        c for c in reading.cells if all(getattr(c, key) == value for key, value in wanted.items())
    ]


@pytest.mark.parametrize(
    ("name", "reader", "cells"),
    [
        ("alb_sex_age_2023.csv", "equity-age", 26),
        ("alb_health_insured_county_race_2023.csv", "equity-insurance-race", 27),
        ("alb_health_insured_tract_2023.csv", "equity-insurance-tract", 87),
        ("alb_language_2023.csv", "equity-language", 3),
        ("alb_cdc_table_outcomes_2023.csv", "places-columns", 290),
        ("ahdi_tract_alb_2023.csv", "human-development", 29),
        ("us_places_5counties.csv", "places-rows", 5),
        ("2021_population_by_sex_and_age_two_wards.csv", "census-sex-age", 546),
        ("2021_household_size_two_wards.csv", "census-household-size", 16),
        ("2021_economic_activity_two_wards.csv", "census-economic-activity", 8),
        ("imd_wards_of_2023.csv", "imd-ward", 21),
        ("uk_admissions_self_harm.csv", "self-harm", 16),
        ("uk_qof_depression_trafford.csv", "qof-indicator", 20),
        ("trafford_wards_tidy.csv", "tidy", 294),
    ],
)
def test_each_real_table_is_known(name, reader, cells):
    reading = read(DATA / name)
    assert reading.files[0].readers == (reader,)
    assert len(reading.cells) == cells


def test_percentages_are_shares_whichever_way_they_are_printed(tmp_path):
    head = "GEOID,county,tractnames,DEPRESSION\n"
    tracts = [f"510030101{k:02d},Albemarle,Tract {k}," for k in range(5)]
    whole = write(tmp_path, "a.csv", head + "\n".join(f"{t}2{k}.5" for k, t in enumerate(tracts)))
    parts = write(tmp_path, "b.csv", head + "\n".join(f"{t}.2{k}5" for k, t in enumerate(tracts)))
    assert [c.value for c in read(whole).cells] == [c.value for c in read(parts).cells]


def test_withheld_numbers_are_told_with_their_place():
    reading = read(DATA / "alb_med_hhinc_tract_2023.csv")
    note = reading.notes.of("withheld")[0]
    assert (note.problem.line, note.problem.column) == (4, 77)
    assert "NA" in note.problem.message


@pytest.mark.parametrize("mark", ["*", "c", "", "NULL", "NA", "[c]", ":", "(X)", "-666666666"])
def test_marks_of_suppression_give_no_number(mark):
    found = read_number(mark)
    assert found.value is None
    assert not found.wrong


def test_bounds_and_thousands_and_signs_are_read():
    assert read_number("<5")[:3] == (None, 0.0, 4.0)
    assert read_number(" 4,585,871 ").value == 4_585_871
    assert read_number("72.0%").percent
    assert read_number("1.234,5", decimal=",").value == 1234.5
    assert read_number("about ten").wrong


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("Aged under 1 year", "0"),
        ("Aged 4 years and under", "0-4"),
        ("Under 5 years", "0-4"),
        ("10 to 14 years", "10-14"),
        ("65 and 66 years", "65-66"),
        ("85 years and over", "85+"),
        ("80+", "80+"),
        ("All ages", ""),
        ("Total:", ""),
        ("of late", None),
    ],
)
def test_ages_have_one_spelling(text, age):
    assert read_age(text) == age


def test_other_encodings_and_byte_order_marks_are_read(tmp_path):
    text = "table,area,age,sex,group,measure,value,year\npopulation,É1,,,,persons,12,2021\n"
    latin = read(write(tmp_path, "a.csv", text, "latin-1"))
    marked = read(write(tmp_path, "b.csv", text, "utf-8-sig"))
    wide = read(write(tmp_path, "c.csv", text, "utf-16"))
    assert [r.cells[0].area for r in (latin, marked, wide)] == ["É1"] * 3
    assert "Windows-1252" in str(latin.notes.of("corrected")[0])


@pytest.mark.parametrize(
    "text",
    [
        "nhs_number,ward\n9434765919,E05000819\n",
        "First name,Surname,Age\nA,B,40\n",
        "id,code\n1,123-45-6789\n2,123-45-6780\n3,123-45-6781\n4,223-45-6781\n",
        "area,Date of birth\nE05000819,1970-01-01\n",
        "name,age\nAnn Other,40\nBob Another,41\nCy Else,42\n",
    ],
)
def test_records_of_persons_are_refused_without_quoting_them(tmp_path, text):
    reading = read(write(tmp_path, "people.csv", text))
    said = str(reading.notes.of("refused")[0])
    assert "records of persons" in said
    assert not reading.cells
    assert not any(cell in said for cell in text.split("\n")[1].split(",") if len(cell) > 3)


def test_two_tables_that_contradict_each_other_are_told_with_both_numbers(tmp_path):
    head = "table,area,age,sex,group,measure,value,year\n"
    a = write(tmp_path, "a.csv", head + "population,51003,,,,persons,113683,2023\n")
    b = write(tmp_path, "b.csv", head + "population,51003,,,,persons,98000,2023\n")
    said = " ".join(map(str, read(a, b).notes.of("contradiction")))
    assert "113,683" in said
    assert "98,000" in said


def test_unknown_tables_and_footnotes_are_told(tmp_path):
    unknown = read(write(tmp_path, "x.csv", "colour,taste\nred,sweet\n"))
    assert "no reader knows" in str(unknown.notes.of("not understood")[0])
    text = (DATA / "imd_wards_of_2023.csv").read_text() + "Source: MHCLG 2025,,,,,,\n"
    footed = read(write(tmp_path, "imd.csv", text))
    assert len(footed.cells) == 21


def test_a_leading_zero_that_a_spreadsheet_took_is_put_back(tmp_path):
    text = "GEOID,NAME,variable,estimate,moe\n1001,Autauga,B01003_001,58000,10\n"
    reading = read(write(tmp_path, "acs.csv", text))
    assert reading.cells[0].area == "01001"
    assert "leading zero" in str(reading.notes.of("corrected")[0])


def test_what_holds_no_number_and_what_nothing_uses_is_told(tmp_path):
    head = "table,area,age,sex,group,measure,value,low,high,year,source\n"
    (tmp_path / "empty.csv").write_text(head, encoding="utf-8")
    notes = read_tables([tmp_path / "empty.csv"], list_readers()).notes
    assert [note.problem.message for note in notes] == ["holds no number that can be read"]
    row = "providers,E05000001,,,,persons,3,,,2021,x\nethnicity,E05000001,,,ethnicity=asian,persons,3,,,2021,x\n"
    (tmp_path / "used.csv").write_text(head + row, encoding="utf-8")
    reading = read_tables([tmp_path / "used.csv"], list_readers())
    tell_unused(reading.cells, reading.notes)
    assert [note.problem.message for note in reading.notes] == [
        "nothing is built from numbers of 'providers' or compared with them"
    ]


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1,234", ".", 1234.0),
        ("12,34,567", ".", 1_234_567.0),
        ("1 234 567", ".", 1_234_567.0),
        ("1,5", ".", None),
        ("1,2345", ".", None),
        ("0,300", ".", None),
        ("1,234.5", ".", 1234.5),
        ("12,5", ",", 12.5),
        ("1.5", ",", None),
        ("60.5", ".", 60.5),
        (".5", ".", 0.5),
        ("2e3", ".", 2000.0),
        ("e2", ".", None),
        (".e2", ".", None),
        ("<1,5", ".", None),
        ("1,5 to 2,5", ".", None),
        ("9" * 400 + "+", ".", None),
    ],
)
def test_separators_stand_between_thousands_or_the_number_is_not_understood(text, decimal, value):
    """1,5 of a country with decimal commas was 15."""
    found = read_number(text, decimal=decimal)
    assert (found.value, found.wrong) == (value, value is None)


HEAD = "table,area,age,sex,group,measure,value,low,high,year,source\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("population,A1,12-17,female,,persons,1.234,,,2023,s", "can be read as 1.234 or 1234"),
        ("population,A1,12-17,female,,persons,60%,,,2023,s", "a percentage where people are"),
        ("population,A1,150-200,female,,persons,60,,,2023,s", "is no age that can be read"),
        ("income,A1,,,,median,45.000,,,2023,s", "can be read as 45.000 or 45000"),
        ("income,A1,,,,median,-45000,,,2023,s", "cannot be negative"),
        ("prevalence,A1,,,,percent,10,12,8,2023,s", "are not around 10"),
    ],
)
def test_what_may_mean_something_else_is_left_out_with_its_place(tmp_path, line, said):
    file = tmp_path / "t.csv"
    file.write_text(HEAD + line + "\n", encoding="utf-8")
    found = read(file)
    told = [note.problem for note in found.notes.of("not understood", "left out")]
    assert [problem.line for problem in told] == [2]
    assert said in told[0].message


def test_capitals_and_spaces_mean_nothing(tmp_path):
    """`Persons` was another measure, `White` and `white` two groups, `Employed` nobody."""
    lines = (
        "Population,A1,12-17,female,,Persons,60,,,2023,s",
        "ethnicity,A1,,,ethnicity=White,persons,60,,,2023,s",
        "ethnicity,A2,,,ethnicity=white ,persons,50,,,2023,s",
        "employment,A1,,,employment=Not in work,persons,40,,,2023,s",
        "employment,A1,,,employment=Employed,persons,40,,,2023,s",
        "employment,A1,,,employment=not Employed,persons,40,,,2023,s",
        "insurance,A1,,,insurance=Dental plan,persons,40,,,2023,s",
    )
    file = tmp_path / "t.csv"
    file.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    found = read(file)
    assert [(c.table, c.measure) for c in found.cells[:1]] == [("population", "persons")]
    assert [c.group for c in find(found, table="ethnicity")] == ["ethnicity=White"] * 2
    works = [c.group.partition("=")[2] for c in find(found, table="employment")]
    assert works == ["not-in-work", "employed", "not employed"]
    assert not find(found, table="insurance")
    (told,) = [note.problem for note in found.notes.of("left out")]
    assert (told.line, told.hint) == (8, "use uninsured, public, private, insured")
    assert "'Dental plan' is no category of insurance" in told.message


def test_a_range_is_two_numbers_or_none():
    assert read_range("(21.3, 25.0)") == (21.3, 25.0)
    assert read_range("[.5 to 2]") == (0.5, 2.0)
    assert read_range("1.2.3 - 4") is None
    assert read_range(". to 2") is None


def test_every_line_of_edited_tables_that_cannot_be_used_is_told(tmp_path):
    file = tmp_path / "tables.csv"
    good = "population,A1,12-17,female,,persons,60,,,2023,s"
    wrong = {
        "population,A1,12-17,female,,persons,60,,": "has not as many cells as the head (11)",
        "population,A1,score,female,,persons,60,,,2023,s": "age: is no age ('score')",
        "population,A1,12-17,women,,persons,60,,,2023,s": "sex: is neither female nor male",
        "population,A1,12-17,female,,persons,nan,,,2023,s": "value: is no number ('nan')",
        "population,A1,12-17,female,,persons,60,,1e309,2023,s": "high: is no number ('1e309')",
        "population,A1,12-17,female,,persons,60,,,20219,s": "year: is no year ('20219')",
    }
    file.write_text(HEAD + "\n".join([good, *wrong]) + "\n")
    with pytest.raises(InvalidInput) as found:
        read_tidy(file)
    assert len(found.value.problems) == len(wrong)
    for line, said in enumerate(wrong.values(), 3):
        assert f"tables.csv:{line}:1: {said}" in str(found.value)
    file.write_text(HEAD.replace("sex,", "") + good + "\n")
    with pytest.raises(InvalidInput, match="has no column sex"):
        read_tidy(file)
