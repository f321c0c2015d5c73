"""Ratios in words: what one more costs, that money is saved, or that there is no such number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.text.wording import say_money

if TYPE_CHECKING:
    from analysis.runs.ratios import Ratio

UNDEFINED = "no ratio: it cannot be told from these runs whether {who} {gained}"
TOO_FEW_RUNS = "no ratio: these runs are too few to give its interval ends"


def say_unit_cost(ratio: Ratio, words: tuple[str, str, str], currency: str) -> str:
    """Write what one more costs.

    ratio: as `estimate_ratio` gives it. words: what is counted, what it is where there is more of
    it, and where there is less ("admission", "avoided", "added").
    """
    value, low, high, gain, cost, _ = ratio
    unit, gained, lost = words
    if not gain:
        return _say_undefined(ratio, words)
    if gain < 0 <= cost:
        more = " and it costs more" if cost > 0 else ""
        several = "people" if unit == "person" else f"{unit}s"
        return f"none {gained}: {several} are {lost}{more}"
    if cost < 0 < gain:
        return f"saves money: nothing is paid for each {unit} {gained}"
    if not math.isfinite(value):
        return TOO_FEW_RUNS
    said = say_ratio_interval(value, low, high, currency)
    if gain < 0:
        return f"{said} saved for each {unit} {lost}"
    return said if cost > 0 else f"{said}; below 0 is a saving"


def _say_undefined(ratio: Ratio, words: tuple[str, str, str]) -> str:
    """Say that nothing changes, or that it cannot be told which way."""
    unit, gained, lost = words
    if ratio.unmoved:
        return f"no ratio: no {unit} is {gained} or {lost} in any replicate"
    # People are served without the programme too: it is more of them that would be a gain.
    who = "more people are" if unit == "person" else f"any {unit} is"
    return UNDEFINED.format(who=who, gained=gained)


def say_ratio_interval(value: float, low: float, high: float, currency: str) -> str:
    """Write a ratio of money with its interval, in the two figures that prose gives it."""
    first, least, most = (say_money(amount, currency) for amount in (value, low, high))
    if is_same(low, high):
        return first
    return f"{first} ({least} to {most})"


def is_same(low: float, high: float) -> bool:
    """Whether an interval has no width to speak of."""
    return math.isclose(low, high, rel_tol=1e-9, abs_tol=1e-9)
