"""Shapes of what building and fitting a place leave as JSON, as far as pages and checks read it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt

from sim.store import Written

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class BuiltDistrict(Written):
    """A district as it was built."""

    name: str
    title: str
    codes: list[str]
    residents: NonNegativeInt
    deprivation: Fraction | None


class BuiltTable(Written):
    """How people agree with one table."""

    table: str
    fitted: bool
    cells: NonNegativeInt
    largest: NonNegativeFloat | None
    within: Fraction | None


class BuildRecord(Written):
    """build.json."""

    residents: NonNegativeInt
    deprivation: str
    districts: list[BuiltDistrict]
    tables: list[BuiltTable]
    borrowed: list[str]
    made_of: str = ""


class FittedFigure(Written):
    """A local figure with what the model gave for it before and after the fit."""

    name: str
    published: float
    fit: bool
    before: float | None
    after: float | None
    inside: bool


class FittedLever(Written):
    """A level that the fit may move, and how far it did."""

    id: str
    shift: float


class HeldOut(Written):
    """Figures that were not fitted to, and how many of them are met."""

    figures: NonNegativeInt
    inside: NonNegativeInt


class FitRecord(Written):
    """fit.json."""

    figures: list[FittedFigure]
    levers: list[FittedLever]
    warnings: list[str]
    held_out: HeldOut
