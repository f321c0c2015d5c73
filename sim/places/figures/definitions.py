"""The library of definitions: what a published figure counts, what of the model it is held
against, and its traps.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from sim.scenario.library import find_shelf


class Moment(BaseModel):
    """A moment of the nation that the model is fitted to, and which of its parts add up to the
    measure.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    parts: tuple[int, ...]


class Definition(BaseModel):
    """One kind of local figure; `docs/places.md` lists them all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    unit: str
    measure: str
    mode: Literal["level", "ratio"]
    tolerance: float
    traps: str
    table: str = ""
    group: str = ""
    nation: str = ""
    share: bool = False
    moment: Moment | None = None


class Lever(BaseModel):
    """A parameter that may differ from place to place, with its bounds.

    On the log scale where it multiplies.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    low: float
    high: float
    moves: tuple[str, ...] = ()
    meaning: str = ""
    grade: str = "assumption"
    scale: Literal["plain", "log"] = "plain"


@cache
def all_definitions() -> dict[str, Definition]:
    """Every definition by id."""
    content = YAML(typ="safe").load(
        (find_shelf() / "places" / "definitions.yaml").read_text(encoding="utf-8")
    )
    return {name: Definition(id=name, **row) for name, row in content.items()}


@cache
def all_levers() -> dict[str, Lever]:
    """Every lever of context by the id of its parameter."""
    content = YAML(typ="safe").load(
        (find_shelf() / "places" / "context.yaml").read_text(encoding="utf-8")
    )
    return {name: Lever(id=name, **row) for name, row in content.items()}
