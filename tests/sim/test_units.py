import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.fast_math import chance_of
from sim.units import (
    WEEKS_PER_CALENDAR_YEAR,
    WEEKS_PER_YEAR,
    YEARS_PER_WEEK,
    Money,
    date_of,
    half_life_to_retention,
    parse_length,
    parse_money,
    parse_share,
    parse_week,
    probability_to_rate,
    rate_to_probability,
    relaxation_to_retention,
    stationary_to_weekly,
    week_of,
    yearly_probability_to_weekly,
    yearly_rate_to_probability,
    yearly_rate_to_weekly,
)

START = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("USD 420_000 per year", Money(420_000, "USD", "year")),
        ("GBP 1,250.50", Money(1250.5, "GBP", "")),
        ("USD -3 per week", Money(-3, "USD", "week")),
        ("0", Money(0)),
        (0, Money(0)),
    ],
)
def test_money_is_read_with_its_currency_and_unit(text, money):
    assert parse_money(text) == money


@pytest.mark.parametrize(
    "text",
    [
        "420_000",
        "usd 4",
        "USD",
        "USD four",
        "USD 4 per fortnight",
        "USD 4 a year",
        12,
        True,
        None,
        float("nan"),
        [],
        "USD 1e5",
    ],
)
def test_money_without_currency_or_with_a_strange_unit_is_refused(text):
    with pytest.raises(ValueError, match=r"money|unit"):
        parse_money(text)


@given(st.floats(0, 1e12), st.sampled_from(["", "year", "month", "week", "hour", "day", "visit"]))
def test_money_is_written_as_it_is_read(amount, per):
    money = Money(round(amount, 2), "USD", per)
    assert parse_money(str(money)) == money


def test_money_by_time_falls_on_weeks():
    assert Money(5200, "USD", "year").per_week == 100
    assert Money(5200, "USD", "month").per_week * WEEKS_PER_YEAR == pytest.approx(12 * 5200)
    assert Money(7, "USD", "week").per_week == 7
    with pytest.raises(ValueError, match="per week"):
        _ = Money(7, "USD", "visit").per_week


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("26 weeks", 26),
        ("1 week", 1),
        ("3 years", 156),
        ("0.5 years", 26),
        ("6 months", 26),
        ("14 days", 2),
        ("0 weeks", 0),
    ],
)
def test_lengths_become_whole_weeks(text, weeks):
    assert parse_length(text) == weeks


@pytest.mark.parametrize(
    "text",
    [
        "26",
        26,
        "-2 weeks",
        "10 days",
        "0.3 weeks",
        "2 fortnights",
        "",
        None,
        True,
        "9" * 400 + " weeks",
    ],
)
def test_lengths_without_unit_or_not_whole_are_refused(text):
    with pytest.raises(ValueError, match="weeks"):
        parse_length(text)


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("week 8", 8),
        ("week -3", -3),
        ("2024-01-01", 0),
        ("2024-01-07", 0),
        ("2024-01-08", 1),
        (date(2023, 12, 31), -1),
    ],
)
def test_moments_become_weeks_from_the_start(text, week):
    assert parse_week(text, START) == week


@pytest.mark.parametrize("text", ["8", 8, "8 weeks", "2024-02-30", "tomorrow", None, True, []])
def test_moments_without_unit_are_refused(text):
    with pytest.raises(ValueError, match="week or a date"):
        parse_week(text, START)


def test_a_date_needs_a_start():
    with pytest.raises(ValueError, match="start"):
        parse_week("2024-03-01")


@given(st.integers(-3000, 3000), st.integers(0, 6))
def test_every_day_of_a_week_lies_in_it(week, day):
    assert week_of(date_of(week, START) + timedelta(days=day), START) == week


@pytest.mark.parametrize(
    ("value", "share"),
    [("30%", 0.3), ("0.5 %", 0.005), (0.3, 0.3), (1, 1.0), ("140%", 1.4), ("-5%", -0.05)],
)
def test_shares_are_read(value, share):
    assert parse_share(value) == pytest.approx(share)


@pytest.mark.parametrize(
    "value", ["30", "a%", True, None, math.nan, math.inf, [], "%", 10**400, -(10**400)]
)
def test_what_is_no_share_is_refused(value):
    with pytest.raises(ValueError, match="share"):
        parse_share(value)


@given(st.floats(0, 5), st.floats(0.1, 50))
def test_rates_and_probabilities_turn_into_each_other(rate, weeks):
    probability = rate_to_probability(rate, weeks)
    assert 0 <= probability <= 1
    if probability < 0.999:
        assert probability_to_rate(probability, weeks) == pytest.approx(rate, rel=1e-6, abs=1e-12)


@given(st.floats(0, 0.99))
def test_weekly_probabilities_add_up_to_the_yearly_one(yearly):
    weekly = yearly_probability_to_weekly(yearly)
    assert 1 - (1 - weekly) ** WEEKS_PER_CALENDAR_YEAR == pytest.approx(yearly, abs=1e-9)


def test_small_rates_keep_their_precision():
    assert rate_to_probability(1e-12) == pytest.approx(1e-12, rel=1e-9)
    assert yearly_rate_to_weekly(365.25e-9) == pytest.approx(7e-9)


@given(st.floats(1e-6, 5))
def test_rates_of_nature_go_by_the_calendar_and_money_by_the_scenario(yearly):
    """What is paid per year is paid in 52 weeks; who dies at a rate per year does so in 365.25 days."""
    assert yearly_rate_to_weekly(yearly) * 365.25 / 7 == pytest.approx(yearly)
    assert Money(yearly, "USD", "year").per_week * 52 == pytest.approx(yearly)
    assert pytest.approx(1) == YEARS_PER_WEEK * WEEKS_PER_CALENDAR_YEAR
    assert yearly_rate_to_probability(yearly, 8) == pytest.approx(
        rate_to_probability(yearly_rate_to_weekly(yearly), 8)
    )


@given(st.floats(0, 20))
def test_the_compiled_conversion_is_that_of_the_units(rate):
    assert chance_of(rate) == pytest.approx(rate_to_probability(rate), abs=1e-7)


@given(st.floats(0.01, 0.99))
def test_noise_of_a_week_keeps_what_is_pulled_back_at_its_deviation(pull):
    weekly = stationary_to_weekly(2.0, pull)
    variance = 0.0
    for _ in range(2000):
        variance = variance * (1 - pull) ** 2 + weekly**2
    assert math.sqrt(variance) == pytest.approx(2.0)


def test_a_rate_as_probability_of_one_event_has_the_mean_load_of_the_poisson_process():
    """Why life events are not turned into the probability of at least one: sizes add up."""
    rate = 0.3
    load = sum(n * math.exp(-rate) * rate**n / math.factorial(n) for n in range(40))
    assert load == pytest.approx(rate)
    assert rate_to_probability(rate) < 0.9 * load


@given(st.floats(0.5, 500))
def test_what_halves_is_half_after_its_half_life(weeks):
    assert half_life_to_retention(weeks) ** weeks == pytest.approx(0.5)
    assert relaxation_to_retention(weeks) ** weeks == pytest.approx(math.exp(-1))
