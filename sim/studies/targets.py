"""What the baseline is compared with: the moments of the real place, their tolerance and their sources."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

import sim.evidence

FILE = Path(sim.evidence.__file__).parent / "targets.yaml"


class Target(NamedTuple):
    """A moment with one or more parts: value, and the lowest and highest that count as met.

    fitted: used by the calibration; the others are only reported. weight: below 1 for weak sources.
    """

    id: str
    moment: str
    parts: tuple[str, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    tolerance: str
    weight: float
    fitted: bool
    sources: tuple[str, ...]
    note: str


class Measures(NamedTuple):
    """Lines at which the scales of the model are read."""

    ami_phq: float
    ami_weeks: float
    distress_phq: float
    lonely_sometimes: float
    lonely_often: float
    exhausted: float
    remission_phq: float


@cache
def _content() -> dict[str, list[dict[str, object]]]:
    content: dict[str, list[dict[str, object]]] = YAML(typ="safe", pure=True).load(FILE.read_text(encoding="utf-8"))
    return content


@cache
def all_targets() -> tuple[Target, ...]:
    """Every moment, those that are fitted first."""
    content = _content()
    return tuple(_target(row, fitted=part == "fit") for part in ("fit", "validate") for row in content[part])


def _target(row: dict[str, object], *, fitted: bool) -> Target:
    def numbers(name: str) -> tuple[float, ...]:
        value = row[name]
        return tuple(float(x) for x in value) if isinstance(value, list) else ()

    def words(name: str) -> tuple[str, ...]:
        value = row[name]
        return tuple(str(x) for x in value) if isinstance(value, list) else ()

    return Target(
        str(row["id"]), str(row["moment"]), words("parts"), numbers("value"), numbers("low"), numbers("high"), str(row["tolerance"]),
        float(str(row["weight"])), fitted, words("sources"), str(row["note"]),
    )  # fmt: skip


@cache
def read_measures() -> Measures:
    """The lines at which the scales are read."""
    lines: dict[str, dict[str, object]] = dict(_content()["measures"])  # type: ignore[arg-type]
    return Measures(**{name: float(str(row["value"])) for name, row in lines.items()})
