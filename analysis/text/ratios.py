"""Ratios in words: what one more costs, that money is saved, or that there is no such number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.text.wording import say_money

if TYPE_CHECKING:
    from analysis.runs.ratios import Ratio

UNDEFINED = "no ratio: it cannot be told from these runs whether any {unit} is {gained}"


def say_unit_cost(ratio: Ratio, words: tuple[str, str, str], currency: str) -> str:
    """Write what one more costs.

    ratio: as `estimate_ratio` gives it. words: what is counted, what it is where there is more of
    it, and where there is less ("admission", "avoided", "added").
    """
    value, low, high, gain, cost, _ = ratio
    unit, gained, lost = words
    if ratio.unmoved:
        return f"no ratio: no {unit} is {gained} or {lost} in any replicate"
    if not math.isfinite(value) or not gain:
        return UNDEFINED.format(unit=unit, gained=gained)
    if gain < 0 and cost < 0:
        said = say_ratio_interval(value, low, high, currency)
        return f"{said} saved for each {unit} {lost}"
    if gain < 0:
        more = " and it costs more" if cost > 0 else ""
        several = "people" if unit == "person" else f"{unit}s"
        return f"none {gained}: {several} are {lost}{more}"
    if cost < 0:
        return f"saves money: nothing is paid for each {unit} {gained}"
    said = say_ratio_interval(value, low, high, currency)
    return said if cost > 0 else f"{said}; below 0 is a saving"


def say_ratio_interval(value: float, low: float, high: float, currency: str) -> str:
    """Write a ratio of money with its interval, in the two figures that prose gives it."""
    first, least, most = (say_money(amount, currency) for amount in (value, low, high))
    if is_same(low, high):
        return first
    return f"{first} ({least} to {most})"


def is_same(low: float, high: float) -> bool:
    """Whether an interval has no width to speak of."""
    return math.isclose(low, high, rel_tol=1e-9, abs_tol=1e-9)
