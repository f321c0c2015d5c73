"""A record of the evidence: one number of the model with what is known of it."""

from __future__ import annotations

from typing import Literal, NamedTuple

Grade = Literal["verified", "memory", "derived", "assumption"]


class Evidence(NamedTuple):
    """One number of the model: its value, 95% range, unit, grade, source, what it means, and its
    distribution where it states one.

    A price also has the year that it is of, the index that brings it to other years, and the amount
    of a scenario that it is (`key`).
    """

    id: str
    value: float
    low: float
    high: float
    unit: str
    grade: Grade
    source: str
    meaning: str
    distribution: str = ""
    price_year: int = 0
    price_index: str = ""
    key: str = ""
