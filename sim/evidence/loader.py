"""Read the evidence: every number of the model with its range, unit, grade and source.

Files hold records `name: {value, low, high, unit, grade, source, meaning}`, low and high being the
95 % range; the id of a record is "file.name", for services "services.kind.field". A record may
state its `distribution`; without, one is derived from its range (`sim.evidence.distributions`). A
block of services also says what kind it is (`kind`), and may take its numbers from another
(`like`).
"""

from __future__ import annotations

from functools import cache
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from ruamel.yaml import YAML

from sim.errors import KinwellError
from sim.evidence.distributions import check_bounds
from sim.evidence.parsed import load_parsed
from sim.evidence.record import Evidence, Grade
from sim.evidence.renamed import find_current

if TYPE_CHECKING:
    from collections.abc import Mapping

# Named and not found in the folder: other YAML files beside them hold no records.
FILES = (
    "society",
    "people",
    "turnover",
    "life",
    "social",
    "symptoms",
    "seeking",
    "care",
    "crisis",
    "workforce",
    "money",
    "governance",
    "health",
    "prices",
    "services",
)


class FieldWords(NamedTuple):
    """Unit and meaning of a number that kinds of service may have."""

    unit: str
    meaning: str


class KindWords(NamedTuple):
    """What a scenario needs to know of a kind of service: who leads it, its shape (what sizes it),
    a sentence about it, and what else people call it.
    """

    leads: tuple[str, ...]
    shape: Literal["places", "groups", "beds", "visits"]
    meaning: str
    synonyms: tuple[str, ...] = ()


@cache
def _content(name: str) -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    content: Mapping[str, Mapping[str, Mapping[str, object]]] = load_parsed(
        Path(__file__).parent / f"{name}.yaml"
    )
    return content


def _records(name: str) -> list[Evidence]:
    content = _content(name)
    if name != "services":
        return [_record(f"{name}.{key}", row, row) for key, row in content.items()]
    fields = content["fields"]
    return [
        _record(f"services.{kind}.{key}", row, fields[key])
        for kind in all_kinds()
        for key, row in _rows_of(kind).items()
    ]


def _rows_of(kind: str) -> Mapping[str, Mapping[str, object]]:
    """Numbers of a kind; those that it does not give are those of the kind that it is like."""
    # Two keys of a block are words about the kind, not numbers.
    rows = {
        key: row for key, row in _content("services")[kind].items() if key not in {"kind", "like"}
    }
    like = _content("services")[kind].get("like")
    if like is None:
        return rows
    above = {
        # The source says that the number was measured for another kind.
        key: {**row, "source": f"as {like}: {row['source']}"}
        for key, row in _rows_of(str(like)).items()
    }
    # Its own numbers last, so that they stand over those of the kind that it is like.
    return above | rows


@cache
def list_service_fields() -> dict[str, FieldWords]:
    """Every number that a kind of service may have, by the name of its field."""
    fields = _content("services")["fields"]
    return {key: FieldWords(str(row["unit"]), str(row["meaning"])) for key, row in fields.items()}


def find_likes(kind: str) -> tuple[str, ...]:
    """A kind of service and those that it takes numbers from, one after the other."""
    like = _content("services")[kind].get("like")
    return (kind,) if like is None else (kind, *find_likes(str(like)))


@cache
def all_kinds() -> dict[str, KindWords]:
    """Every kind of service that the evidence has a block for, by name.

    Reads only the lines that say so, which is quick.
    """
    # Parsing the whole file would be felt by every command that only needs the names of kinds.
    text = (Path(__file__).parent / "services.yaml").read_text(encoding="utf-8")
    head = "\n".join(
        line
        for line in text.splitlines()
        if line.startswith(("  kind: ", "    synonyms: "))
        or not line.startswith((" ", "#", "fields:"))
    )
    return {
        kind: KindWords(
            tuple(block["kind"]["leads"]),
            block["kind"]["shape"],
            block["kind"]["meaning"],
            tuple(block["kind"].get("synonyms", ())),
        )
        for kind, block in YAML(typ="safe").load(head).items()
    }


def _record(identity: str, row: Mapping[str, object], words: Mapping[str, object]) -> Evidence:
    return Evidence(
        identity,
        # Through text, as YAML may hold a whole number where a decimal is meant.
        float(str(row["value"])),
        float(str(row["low"])),
        float(str(row["high"])),
        str(words["unit"]),
        cast("Grade", row["grade"]),
        str(row["source"]),
        str(words["meaning"]),
        str(row.get("distribution", "")),
        int(str(row.get("price_year", 0))),
        str(row.get("index", "")),
        str(row.get("key", "")),
    )


@cache
def all_evidence() -> dict[str, Evidence]:
    """Every record by id."""
    return {record.id: record for name in FILES for record in _records(name)}


def values(overrides: Mapping[str, float]) -> dict[str, float]:
    """Value of every record, with overrides by id (a scenario's, a sweep's or a draw's).

    Raises KinwellError when an override names no record, or is out of its record's bounds.
    """
    known = {identity: record.value for identity, record in all_evidence().items()}
    # Stored scenarios may use the name of a version before.
    overrides = {find_current(identity): value for identity, value in overrides.items()}
    # All faults at once, so that nobody mends them one by one.
    strange = sorted(set(overrides) - set(known))
    if strange:
        raise KinwellError(
            f"no such parameter: {', '.join(strange)}; `kinwell evidence` lists them all"
        )
    # Text and truths would be read as other numbers than were meant.
    told: Mapping[str, object] = overrides
    if odd := [k for k, v in told.items() if isinstance(v, bool) or not isinstance(v, Real)]:
        raise KinwellError(f"{', '.join(odd)} must be a number (got {told[odd[0]]!r:.40})")
    given = {key: float(value) for key, value in overrides.items()}
    wrong = {key: check_bounds(all_evidence()[key], value) for key, value in given.items()}
    if faults := [f"{key} {said} (got {given[key]:g})" for key, said in wrong.items() if said]:
        raise KinwellError("; ".join(faults))
    return known | given
