"""Kinds of service that a scenario brings along: a shipped kind with other numbers, each with its
range, grade and source, as in the evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from sim.evidence.loader import all_kinds, list_service_fields
from sim.evidence.record import Evidence
from sim.scenario.schema.field_types import Declared, Number, Text

if TYPE_CHECKING:
    from collections.abc import Mapping


def _read_shipped(value: Any) -> Any:
    if value not in all_kinds():
        said = f"must be a shipped kind of service (got {value!r})"[:120]
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": said})
    return value


class KindNumber(Declared):
    """A number of a kind, with what is known of it."""

    value: Number = Field(description="The number.")
    low: Number = Field(description="Lower end of its 95% range.")
    high: Number = Field(description="Upper end of its 95% range.")
    grade: Literal["verified", "memory", "derived", "assumption"] = Field(
        description="How good the evidence is; an assumption says so."
    )
    source: Text = Field(description="Where it is from.")


class OwnKind(Declared):
    """A kind of service of the scenario's own, from `kinds/NAME.yaml` beside it."""

    based_on: Annotated[str, BeforeValidator(_read_shipped)] = Field(
        description="Shipped kind that it is like: its keys, and every number that it leaves out."
    )
    meaning: Text = Field(description="A sentence that says what it is.")
    numbers: dict[str, KindNumber] = Field(
        default_factory=dict,
        description="Numbers that are its own, by field, as `kinwell evidence services` has them:"
        " each with `value`, `low`, `high`, `grade` and `source`.",
    )


def list_records(kinds: Mapping[str, OwnKind]) -> dict[str, Evidence]:
    """Numbers of a scenario's own kinds as records of evidence, by id (services.NAME.field)."""
    if not kinds:
        return {}
    fields = list_service_fields()
    return {
        f"services.{name}.{field}": Evidence(
            f"services.{name}.{field}",
            number.value,
            number.low,
            number.high,
            fields[field].unit,
            number.grade,
            number.source,
            fields[field].meaning,
        )
        for name, kind in kinds.items()
        for field, number in kind.numbers.items()
        # An unknown field is told by the check, which may still be to come.
        if field in fields
    }


def describe_kinds(kinds: Mapping[str, OwnKind]) -> list[str]:
    """A line for each kind: what it is, and its numbers with their ranges and grades."""
    return [
        f"  kind {name}, based on {kind.based_on}: {kind.meaning} Numbers of its own: "
        + (
            ", ".join(
                f"{field} {number.value:g} ({number.low:g} to {number.high:g}, {number.grade})"
                for field, number in kind.numbers.items()
            )
            or "none"
        )
        for name, kind in kinds.items()
    ]


def is_own(identity: str) -> bool:
    """Whether an id names a number of a kind that is not shipped."""
    room, _, rest = identity.partition(".")
    return room == "services" and rest.partition(".")[0] not in all_kinds()
