"""The measures that a rule of the committee can watch: unit, bounds, and how a threshold reads."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from sim.units import PERIODS, is_number, parse_money, parse_share, read_decimals, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

Unit = Literal[
    "share", "weeks", "PHQ-9 points", "UCLA-3 points", "money a week", "money a point", "people"
]
_TIME = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*(day|week|month|year)s?")


class Measure(NamedTuple):
    """A measure: its unit, and the lowest and highest value that it can have."""

    unit: Unit
    low: float
    high: float
    example: str


KPIS: dict[str, Measure] = {
    "engagement": Measure("share", 0.0, 1.0, "60% or 0.6"),
    "wait": Measure("weeks", 0.0, math.inf, "8 weeks"),
    "satisfaction": Measure("share", 0.0, 1.0, "60% or 0.6"),
    "symptoms": Measure("PHQ-9 points", 0.0, 27.0, "10"),
    "loneliness": Measure("UCLA-3 points", 3.0, 9.0, "6"),
    "cost_per_person": Measure("money a week", 0.0, math.inf, "USD 250 per week"),
    "occupancy": Measure("share", 0.0, 2.0, "95% or 0.95"),
    "unmet_need": Measure("share", 0.0, 1.0, "40% or 0.4"),
    "people_served": Measure("people", 0.0, math.inf, "100"),
    "improvement": Measure("PHQ-9 points", -27.0, 27.0, "1.5"),
    "cost_per_improvement": Measure("money a point", 0.0, math.inf, "USD 900"),
}
"""Every measure by its name. Places may become fewer than people in them: occupancy passes 1."""


def read_threshold(kpi: str, value: object, currency: str = "") -> float:
    """Read a threshold in the unit of its measure; ValueError says what is wrong.

    Numbers count in that unit: weeks for waits, points for scores, the scenario's currency for
    costs, and shares from 0 to 1.
    """
    measure = KPIS[kpi]
    number = _READERS[measure.unit](kpi, value, currency)
    if not measure.low <= number <= measure.high:
        ends = f"from {_say(measure, measure.low)}"
        ends += "" if math.isinf(measure.high) else f" to {_say(measure, measure.high)}"
        raise ValueError(
            f"{kpi} is {_name(measure)} {ends}, such as {measure.example} (got {shorten(value)})"
        )
    return number


def _name(measure: Measure) -> str:
    return {"share": "a share", "people": "a number of people"}.get(
        measure.unit, f"in {measure.unit}"
    )


def _say(measure: Measure, number: float) -> str:
    return f"{number:.0%}" if measure.unit == "share" else f"{number:g}"


def _read_share(kpi: str, value: object, _: str) -> float:
    try:
        return parse_share(value)
    except ValueError:
        raise _complain(kpi, value) from None


def _read_weeks(kpi: str, value: object, _: str) -> float:
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return _read_number(kpi, value, "")
    # Three decimals are thousands to somebody else: refused, as in every length of time.
    number, unit = read_decimals(match[1]), match[2]
    return number * (1 / 7 if unit == "day" else PERIODS[unit])


def _read_number(kpi: str, value: object, _: str) -> float:
    if not is_number(value):
        raise _complain(kpi, value)
    return float(value)


def _read_money(kpi: str, value: object, currency: str) -> float:
    if not isinstance(value, str):
        return _read_number(kpi, value, currency)
    try:
        money = parse_money(value)
    except ValueError as error:
        raise ValueError(f"{kpi} is {_name(KPIS[kpi])} and {error}") from None
    if currency and money.currency not in {"", currency}:
        raise ValueError(f"is in {money.currency}, the scenario in {currency}")
    # Only spending on people goes by time; what a point costs is an amount.
    if kpi == "cost_per_person" and money.per:
        if money.per not in PERIODS:
            raise _complain(kpi, value)
        return money.amount / PERIODS[money.per]
    if money.per:
        raise _complain(kpi, value)
    return money.amount


def _complain(kpi: str, value: object) -> ValueError:
    measure = KPIS[kpi]
    return ValueError(
        f"{kpi} is {_name(measure)}, such as {measure.example} (got {shorten(value)})"
    )


_READERS: dict[str, Callable[[str, object, str], float]] = {
    "share": _read_share,
    "weeks": _read_weeks,
    "PHQ-9 points": _read_number,
    "UCLA-3 points": _read_number,
    "people": _read_number,
    "money a week": _read_money,
    "money a point": _read_money,
}
