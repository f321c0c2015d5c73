"""Weeks, dates, money, shares and rates: the only place where one unit becomes another."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, TypeGuard

DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365.25
"""Days of a calendar year, leap years counted."""
WEEKS_PER_YEAR = 52
"""A year of the scenario: 52 whole weeks. Money, horizons, budgets and discounting count by it.

What is declared per year is then paid in full in 52 weeks, and a horizon of three years has three
budgets and no odd days.
"""
WEEKS_PER_CALENDAR_YEAR = DAYS_PER_YEAR / DAYS_PER_WEEK
"""Weeks of a calendar year, 52.18. Whatever nature or a register counts by year goes by it: ageing,
hazards, rates of the evidence, person-years, QALYs.

With 52 instead, people would age and die 0.34% too fast. A year of the scenario therefore holds
0.9966 person-years; both sides of a comparison do.
"""
YEARS_PER_WEEK = 1.0 / WEEKS_PER_CALENDAR_YEAR
MONTHS_PER_YEAR = 12

PERIODS = {"week": 1.0, "month": WEEKS_PER_YEAR / MONTHS_PER_YEAR, "year": float(WEEKS_PER_YEAR)}
"""Weeks in each period that money can flow by."""
OCCASIONS = ("hour", "day", "visit", "session", "hire", "review", "QALY")
"""What a price can be for, beside a period of time."""

LARGEST_NUMBER = 1e300
"""Beyond, a number is taken for none: products with it would be infinite."""

_WEEK = re.compile(r"week\s+(-?\d{1,6})")
_LENGTH = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(day|week|month|year)s?")
_SHARE = re.compile(r"([-+]?(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12}))\s*%")
_MONEY = re.compile(
    r"(?P<currency>[A-Z]{3})\s+(?P<sign>-?)(?P<digits>\d[\d_,.'’]{0,400})"
    r"(?:\s+per\s+(?P<per>[A-Za-z]+))?"
)
_WHOLE = re.compile(r"\d+(?:_\d+)*|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})*,\d{3}")
"""Whole units: plain, or grouped by underscores, by commas, or by commas as in India."""
_POINT_OR_GROUP = re.compile(r"[1-9]\d{0,2}\.\d{3}")
"""What one country reads as a number with three decimals, another as thousands."""
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]"
)
_SEPARATOR = re.compile(r"[_,.'’]")


class Money(NamedTuple):
    """An amount of a currency, for a period, for an occasion or once (`per` empty)."""

    amount: float
    currency: str = ""
    per: str = ""

    @property
    def per_week(self) -> float:
        """The amount that falls on one week, nothing of nothing; ValueError if not by time."""
        if not self.amount:
            return 0.0
        if self.per not in PERIODS:
            raise ValueError(f"{self} is not an amount per {', '.join(PERIODS)}")
        return self.amount / PERIODS[self.per]

    def __str__(self) -> str:
        """As it is written in a scenario; nothing is just 0."""
        if not self.amount and not self.currency:
            return "0"
        whole = abs(self.amount) < 1e15 and int(self.amount) == self.amount
        amount = (
            f"{int(self.amount):_}"
            if whole
            else write_decimals(format(Decimal(repr(self.amount)), "f"))
        )
        return f"{self.currency} {amount}" + (f" per {self.per}" if self.per else "")


def find_control(text: str) -> str:
    """The first control character of a text, written out; empty if it has none.

    Lines and tabs are none; marks that turn the direction of what follows are.
    """
    found = _CONTROL.search(text)
    return found.group().encode("unicode_escape").decode() if found else ""


def show_controls(text: str) -> str:
    r"""Text with its control characters written out, such as `\x1b`; lines and tabs stay."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def parse_money(text: object) -> Money:
    """Money from `USD 420_000 per year`; 0 needs no currency; ValueError says what is wrong."""
    if isinstance(text, Money):
        return text
    if isinstance(text, (int, float)) and not isinstance(text, bool) and text == 0:
        return Money(0.0)
    if isinstance(text, str) and text.strip() == "0":
        return Money(0.0)
    match = _MONEY.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(
            f"must be money with its currency, such as `USD 420_000 per year` (got {shorten(text)})"
        )
    amount = read_digits(match["digits"])
    per = match["per"] or ""
    if per and per not in PERIODS and per not in OCCASIONS:
        raise ValueError(
            f"unknown unit `per {per}`; known are"
            f" {', '.join(('per ' + known) for known in (*PERIODS, *OCCASIONS))}"
        )
    return Money(-amount if match["sign"] else amount, match["currency"], per)


def read_digits(text: str) -> float:
    """The number that digits with separators stand for.

    Raises ValueError, with both readings, where a comma or a point may stand for thousands or for
    decimals.
    """
    whole, point, fraction = text.partition(".")
    plain = _WHOLE.fullmatch(whole) is not None and (fraction.isdigit() if point else True)
    if plain and not _POINT_OR_GROUP.fullmatch(text):
        return float(_SEPARATOR.sub("", whole) + point + fraction)
    readings = _list_readings(text)
    raise ValueError(
        f"has separators that can be read as {' or '.join(readings)} (got {shorten(text)});"
        " write one of these"
        if len(readings) > 1
        else f"has separators that are not understood (got {shorten(text)}); write"
        f" {''.join(readings) or 'digits with a point before decimals'}"
    )


def read_decimals(text: str) -> float:
    """The number that digits with decimals stand for.

    Raises ValueError, with both readings, where the point may also stand before thousands.
    """
    return read_digits(text) if _POINT_OR_GROUP.fullmatch(text) else float(text)


def write_decimals(text: str) -> str:
    """Digits with decimals such that nobody reads them as thousands: three get a zero behind."""
    return f"{text}0" if _POINT_OR_GROUP.fullmatch(text.lstrip("-")) else text


def _list_readings(text: str) -> list[str]:
    """Digits without their separators, the last of them a decimal point and not one, as written."""
    parts = _SEPARATOR.split(text)
    if len(parts) < 2 or not all(parts):
        return []
    last = _SEPARATOR.findall(text)[-1]
    whole, fraction = "".join(parts[:-1]), parts[-1]
    readings = [f"{int(whole + fraction):_}"]
    # Several of one sign group thousands, unless other than three digits follow the last.
    if last in ",." and (text.count(last) == 1 or len(fraction) != 3):
        decimals = fraction.rstrip("0") if len(fraction) == 3 else fraction
        said = f"{int(whole)}.{decimals}" if decimals.strip("0") else f"{int(whole)}"
        readings.insert(0, write_decimals(said))
    return list(dict.fromkeys(readings))


def parse_length(text: object) -> int:
    """Whole weeks from `26 weeks`, `6 months`, `3 years`, `14 days`.

    ValueError says what is wrong.

    >>> parse_length("6 months"), parse_length("3 years"), parse_length("14 days")
    (26, 156, 2)
    """
    match = _LENGTH.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(
            "must be a length of time with its unit, such as `26 weeks` or `3 years` (got"
            f" {shorten(text)})"
        )
    number, unit = read_decimals(match[1]), match[2]
    weeks = number / DAYS_PER_WEEK if unit == "day" else number * PERIODS[unit]
    if unit == "month":
        return round(weeks)
    if not weeks.is_integer():
        raise ValueError(f"must be whole weeks (got {shorten(text)})")
    return int(weeks)


def say_weeks(weeks: float) -> str:
    """A length of time in words: 1 week, 26 weeks."""
    return f"{weeks:g} week{'s' * (weeks != 1)}"


def say_count(count: int, what: str) -> str:
    """How many of something there are, in words: 1 run, 2,000 runs; `what` is one of them."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def parse_week(text: object, start: date | None = None) -> int:
    """Week number from `week 8` or a date, counted from `start`; ValueError says what is wrong."""
    if isinstance(text, date):
        text = text.isoformat()[:10]
    match = _WEEK.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is not None:
        return int(match[1])
    try:
        when = date.fromisoformat(text.strip()) if isinstance(text, str) else None
    except ValueError:
        when = None
    if when is None:
        raise ValueError(
            f"must be a week or a date, such as `week 8` or `2026-09-07` (got {shorten(text)})"
        )
    if start is None:
        raise ValueError("a date needs the scenario's `start`")
    return week_of(when, start)


def week_of(when: date, start: date) -> int:
    """Week that a day falls in, week 0 beginning at `start`."""
    return (when - start).days // DAYS_PER_WEEK


def date_of(week: int, start: date) -> date:
    """First day of a week."""
    return start + timedelta(weeks=week)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number; an integer that no float can hold is none."""
    # Compared, since `math.isfinite` fails for such an integer.
    return (
        not isinstance(value, bool)
        and isinstance(value, int | float)
        and abs(value) <= LARGEST_NUMBER
    )


def parse_share(value: object) -> float:
    """A share from `30%` or 0.3.

    Bounds are the reader's business; ValueError says what is wrong.

    >>> parse_share("30%"), parse_share(0.3)
    (0.3, 0.3)
    """
    if isinstance(value, str) and (match := _SHARE.fullmatch(value.strip())):
        return float(match[1]) / 100
    if not is_number(value):
        raise ValueError(f"must be a share, such as `30%` or 0.3 (got {shorten(value)})")
    return float(value)


def rate_to_probability(rate: float, weeks: float = 1.0) -> float:
    """Probability of at least one event in `weeks` at `rate` events a week.

    Rules use it, as `sim.engine.fast_math.chance_of`, wherever an event ends something or counts
    once: a death, a crisis, giving up, leaving a post. Life events are the one exception: they may
    come several times in a week and their sizes add up, so that one event with the *rate* as its
    probability has the mean load of the Poisson process, and one with this probability would not.
    """
    return -math.expm1(-rate * weeks)


def probability_to_rate(probability: float, weeks: float = 1.0) -> float:
    """Constant weekly rate that gives `probability` of an event within `weeks`."""
    return -math.log1p(-probability) / weeks


def yearly_rate_to_weekly(rate: float) -> float:
    """Events a week from events a calendar year."""
    return rate / WEEKS_PER_CALENDAR_YEAR


def yearly_rate_to_probability(rate: float, weeks: float) -> float:
    """Probability of at least one event in `weeks` at `rate` events a calendar year."""
    return 1.0 - math.exp(-rate * weeks / WEEKS_PER_CALENDAR_YEAR)


def yearly_probability_to_weekly(probability: float) -> float:
    """Weekly probability that adds up to `probability` over a calendar year, at a constant rate."""
    return rate_to_probability(probability_to_rate(probability, WEEKS_PER_CALENDAR_YEAR))


def discount_factor(rate: float, week: int) -> float:
    """Present value of 1 in the middle of a week, at a yearly rate."""
    return float((1.0 + rate) ** -((week + 0.5) / WEEKS_PER_YEAR))


def half_life_to_retention(weeks: float) -> float:
    """Share that is left after one week of something that halves in `weeks`."""
    return float(0.5 ** (1.0 / weeks))


def relaxation_to_retention(weeks: float) -> float:
    """Share of a deviation that is left after one week when it relaxes with time constant
    `weeks`.
    """
    return math.exp(-1.0 / weeks)


def relaxation_to_pull(weeks: float) -> float:
    """Share of a deviation that is gone after one week when it relaxes with time constant
    `weeks`.
    """
    return 1.0 - math.exp(-1.0 / weeks)


def stationary_to_weekly(deviation: float, pull: float) -> float:
    """Standard deviation of a week's noise that keeps something pulled back by `pull` a week at
    `deviation` in the long run.
    """
    return deviation * math.sqrt(1.0 - (1.0 - pull) ** 2)


def split_spread(deviation: float, shared: float) -> tuple[float, float]:
    """Standard deviations of what a group has in common and of what is each one's own, from that of
    both and the share of its variance that is in common.
    """
    return deviation * math.sqrt(shared), deviation * math.sqrt(1.0 - shared)


def shorten(value: object, length: int = 40) -> str:
    """A value as it can be quoted in a message."""
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no integers of thousands of digits
        text = f"a {type(value).__name__} that is too long to write"
    return text if len(text) <= length else text[: length - 3] + "..."


def end_at_word(text: str, length: int) -> str:
    """Text of at most so many characters; what is longer ends at a word, with an ellipsis.

    >>> end_at_word("length of stay", 11)
    'length of…'
    """
    if len(text) <= length:
        return text
    whole, _, _ = text[:length].rpartition(" ")
    # One long word, or a script without spaces, is cut where the room ends.
    kept = whole if 2 * len(whole) > length else text[: length - 1]
    return f"{kept.rstrip(' ,;:(-')}…"
