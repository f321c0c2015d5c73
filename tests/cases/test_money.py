"""Case 05: an amount is read as it was meant, or refused with both readings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InvalidInput
from sim.scenario.library import load
from sim.units import Money, parse_money


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("USD 850,000", 850_000),
        ("USD 850_000", 850_000),
        ("USD 1,234,567", 1_234_567),
        ("INR 8,50,000", 850_000),
        ("INR 1,23,45,678", 12_345_678),
        ("USD 1,234.50", 1234.5),
        ("USD 8.50", 8.5),
        ("USD 0.125", 0.125),
        ("USD 0.050", 0.05),
        ("USD 1234.567", 1234.567),
        ("USD 1_234.567", 1234.567),
        ("USD 1,234.567", 1234.567),
        ("USD 12.5000", 12.5),
        ("USD 850", 850),
        ("USD 8500", 8500),
    ],
)
def test_an_amount_that_can_be_read_in_one_way_is(text, amount):
    assert parse_money(text).amount == pytest.approx(amount)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("USD 8,50", ("8.50", "850")),
        ("EUR 12,50", ("12.50", "1250")),
        ("EUR 0,5", ("0.5", "5")),
        ("USD 850.000", ("850", "850000")),
        ("USD 12.500", ("12.5", "12500")),
        ("USD 1,2345", ("1.2345", "12345")),
        ("INR 8,50,00", ("85000", "850")),
        ("USD 1,000,00", ("100000", "1000")),
        ("EUR 1.000.50", ("100050", "1000.50")),
        ("EUR 0,500", ("0.5", "500")),
        ("EUR 1.234,56", ("1234.56",)),
        ("EUR 1.234.567", ("1234567",)),
        ("USD 1_000,000", ()),
        ("USD 1,,000", ()),
        ("USD ,50", ()),
        ("USD 1,000,", ()),
        ("CHF 1'234.50", ()),
    ],
)
def test_an_amount_that_can_be_read_in_two_ways_is_refused_with_both(text, readings):
    with pytest.raises(ValueError) as error:
        parse_money(f"{text} per year")
    said = str(error.value).replace("_", "")
    assert all(reading in said for reading in readings), said


@given(
    st.floats(0, 1e12, allow_nan=False).map(lambda x: round(x, 6)),
    st.sampled_from(["", "year", "week"]),
)
def test_what_is_written_is_read_again(amount, per):
    money = Money(amount, "USD", per)
    assert parse_money(str(money)).amount == amount or not amount


def test_three_decimals_survive_a_scenario_that_is_written_and_read_again():
    town = load("baseline").with_({"prices.caregiver_hour": Money(12.125, "USD", "hour")})
    assert town.with_({"title": "Again"}).prices.caregiver_hour.amount == 12.125


def test_files_with_separators_that_say_two_things_are_refused(enter, kinwell):
    enter("05")
    found = kinwell("check", "comma.yaml", "dot.yaml")
    assert found.exit_code == 2
    assert "comma.yaml:3" in found.stderr
    assert "8.50" in found.stderr
    assert "dot.yaml:3" in found.stderr
    assert "850_000" in found.stderr


@pytest.mark.parametrize("value", ["USD 8,50 per year", "USD 850.000 per year"])
def test_so_are_values_on_the_command_line(kinwell, value):
    found = kinwell(
        "run", "baseline", "-n", 1, "--dry-run", "--set", f"funds.public-funds.amount={value}"
    )
    assert found.exit_code == 2
    assert "850" in found.stderr


def test_so_are_values_of_the_api():
    with pytest.raises(InvalidInput, match="can be read as"):
        load("baseline").with_({"funds.public-funds.amount": "USD 8,50 per year"})


@pytest.mark.parametrize("end", ["USD 100.000 per year", "USD 100,00 per year"])
def test_so_are_the_ends_of_a_range_and_the_cells_of_a_file_of_points(
    tmp_path, kinwell, monkeypatch, end
):
    monkeypatch.chdir(tmp_path)
    head = "kind: sweep\ntitle: T\nscenario: baseline\n"
    path = "funds.public-funds.amount"
    ranged = f'vary: {{policy: {{{path}: {{from: "{end}", to: "USD 400_000 per year"}}}}}}\n'
    (tmp_path / "range.yaml").write_text(
        f"{head}{ranged}design: {{kind: latin_hypercube, points: 4}}\n"
    )
    (tmp_path / "points.csv").write_text(f'{path}\n"{end}"\n"USD 400_000 per year"\n')
    (tmp_path / "file.yaml").write_text(f"{head}design: {{kind: points, file: points.csv}}\n")
    for file in ("range.yaml", "file.yaml"):
        found = kinwell("check", file)
        assert found.exit_code == 2, (file, found.output)
