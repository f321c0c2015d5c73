"""What the baseline is compared with: the moments of the real place, their tolerance and their
sources.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

import sim.evidence

FILE = Path(sim.evidence.__file__).parent / "targets.yaml"
HELD_OUT_FILE = FILE.with_name("held_out.yaml")


class Target(NamedTuple):
    """A moment with one or more parts: value, and the lowest and highest that count as met.

    fitted: used by the calibration; the others are only reported. weight: below 1 for weak sources.
    near: the fitted moment of which one that is held out is a part or a neighbour.
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
    near: str = ""


class Measures(NamedTuple):
    """Lines at which the scales of the model are read."""

    ami_phq: float
    ami_weeks: float
    distress_phq: float
    lonely_sometimes: float
    lonely_often: float
    exhausted: float
    case_phq: float
    untreated_weeks: float
    remission_weeks: float


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = _load(FILE)
    return content


def _load(file: Path) -> Any:
    return YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))


@cache
def all_targets() -> tuple[Target, ...]:
    """Every moment, those that are fitted first."""
    content = _content()
    return tuple(
        _target(row, fitted=part == "fit") for part in ("fit", "validate") for row in content[part]
    )


@cache
def held_out_targets() -> tuple[Target, ...]:
    """Moments that nothing was set to: no number and no target names their records."""
    return tuple(_target({"weight": 1.0, **row}, fitted=False) for row in _load(HELD_OUT_FILE))


def _target(row: dict[str, Any], *, fitted: bool) -> Target:
    parts, sources = (tuple(str(x) for x in row[name]) for name in ("parts", "sources"))
    value, low, high = (tuple(float(x) for x in row[name]) for name in ("value", "low", "high"))
    return Target(
        row["id"],
        row["moment"],
        parts,
        value,
        low,
        high,
        row["tolerance"],
        float(row["weight"]),
        fitted,
        sources,
        row["note"],
        row.get("near", ""),
    )


@cache
def read_measures() -> Measures:
    """The lines at which the scales are read."""
    return Measures(**{name: float(row["value"]) for name, row in _content()["measures"].items()})


@cache
def free_parameters() -> dict[str, tuple[float, float]]:
    """Parameters that the calibration may move, with their bounds."""
    return {name: (float(low), float(high)) for name, (low, high) in _content()["free"].items()}
