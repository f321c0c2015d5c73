"""Read the evidence: every number of the model with its range, unit, grade and source.

Files hold records `name: {value, low, high, unit, grade, source, meaning}`; the id of a record is
"file.name", for services "services.kind.field".
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from ruamel.yaml import YAML

from sim.errors import KinwellError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILES = ("people", "life", "social", "symptoms", "seeking", "care", "crisis", "workforce", "health", "services")
Grade = Literal["verified", "memory", "derived", "assumption"]


class Evidence(NamedTuple):
    """One number of the model: its value, 95% range, unit, grade, source and what it means."""

    id: str
    value: float
    low: float
    high: float
    unit: str
    grade: Grade
    source: str
    meaning: str


def _records(name: str) -> list[Evidence]:
    content = YAML(typ="safe").load((Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8"))
    if name != "services":
        return [_record(f"{name}.{key}", row, row) for key, row in content.items()]
    fields = content.pop("fields")
    return [_record(f"services.{kind}.{key}", row, fields[key]) for kind, rows in content.items() for key, row in rows.items()]


def _record(identity: str, row: Mapping[str, object], words: Mapping[str, object]) -> Evidence:
    return Evidence(
        identity,
        float(str(row["value"])),
        float(str(row["low"])),
        float(str(row["high"])),
        str(words["unit"]),
        cast("Grade", row["grade"]),
        str(row["source"]),
        str(words["meaning"]),
    )


@cache
def all_evidence() -> dict[str, Evidence]:
    """Every record by id."""
    return {record.id: record for name in FILES for record in _records(name)}


def values(overrides: Mapping[str, float]) -> dict[str, float]:
    """Value of every record, with overrides by id (a scenario's, a sweep's or a draw's).

    Raises KinwellError when an override names no record.
    """
    known = {identity: record.value for identity, record in all_evidence().items()}
    strange = sorted(set(overrides) - set(known))
    if strange:
        raise KinwellError(f"no such parameter: {', '.join(strange)}; `kinwell evidence` lists them all")
    return known | {key: float(value) for key, value in overrides.items()}
