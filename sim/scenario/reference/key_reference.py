"""The reference of all keys, written from the descriptions of the fields."""

from __future__ import annotations

import types
import typing
from typing import TYPE_CHECKING, Any, Literal, Union

from pydantic_core import PydanticUndefined

from sim.scenario.diagnostics.keys import find_parts, list_fields
from sim.scenario.scenario import Scenario
from sim.scenario.schema.branching import Branch, Observation, TakeRule
from sim.scenario.schema.channels import Held
from sim.scenario.schema.fields import Discount, Structure
from sim.scenario.schema.funding import Fund, Prices
from sim.scenario.schema.governance import (
    Action,
    Condition,
    FocusGroups,
    Governance,
    Rule,
    Seat,
    SuggestionBox,
    Survey,
)
from sim.scenario.schema.own_kinds import KindNumber, OwnKind
from sim.scenario.schema.partnerships import Partnership
from sim.scenario.schema.people import Insurance, Neighbourhood, Population
from sim.scenario.schema.services import SERVICE_MODELS, AtStart, Audience, ServiceOfAnyKind
from sim.scenario.schema.shocks import SHOCK_KINDS, ShockOfAnyKind
from sim.units import Money

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

BLOCK_MARKS = ("<!-- keys: begin -->", "<!-- keys: end -->")
KEY_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The scenario itself", Scenario),
    ("discount", Discount),
    ("population", Population),
    ("population.insurance", Insurance),
    ("neighbourhoods: one for each name", Neighbourhood),
    ("services: what all kinds have in common", ServiceOfAnyKind),
    ("services: audience", Audience),
    ("services: at_start", AtStart),
    *((f"services: kind {kind}", model) for kind, model in SERVICE_MODELS.items()),
    ("kinds: one for each name", OwnKind),
    ("kinds: numbers", KindNumber),
    ("funds: one for each name", Fund),
    ("prices", Prices),
    ("shocks: what all kinds have in common", ShockOfAnyKind),
    *((f"shocks: kind {kind}", model) for kind, model in SHOCK_KINDS.items()),
    ("partnerships: one for each name", Partnership),
    ("governance", Governance),
    ("governance.survey", Survey),
    ("governance.focus_groups", FocusGroups),
    ("governance.suggestion_box", SuggestionBox),
    ("governance.seats: one for each name", Seat),
    ("governance.rules: one for each name", Rule),
    ("governance.rules: when", Condition),
    ("governance.rules: do", Action),
    ("branch", Branch),
    ("branch.rules: one for each name", TakeRule),
    ("branch.rules: when", Observation),
    ("structure", Structure),
    ("held", Held),
)
_SHARED: dict[str, type[BaseModel]] = {"services": ServiceOfAnyKind, "shocks": ShockOfAnyKind}


def write_keys() -> str:
    """All keys as Markdown tables."""
    return "\n".join(_write_section(title, model) for title, model in KEY_SECTIONS)


def _write_section(title: str, model: type[BaseModel]) -> str:
    rows = [_write_row(key, field) for key, field in _own_fields(title, model).items()]
    note = f"\n{' '.join((model.__doc__ or '').split())}\n" if model is not Scenario else ""
    if not rows:
        return f"### {title}\n{note}\nNo keys of its own.\n"
    return (
        f"### {title}\n{note}\n| key | value | if left out | meaning |\n|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


def _own_fields(title: str, model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Fields of a model without those that it shares with its siblings."""
    part, _, rest = title.partition(": ")
    shared = list_fields(_SHARED[part]) if rest.startswith("kind ") else {}
    fields = {key: field for key, field in list_fields(model).items() if key != "kind"}
    return {
        key: field
        for key, field in fields.items()
        # A shared key that a kind describes anew means something of its own there.
        if key not in shared or field.description != shared[key].description
    }


def _write_row(key: str, field: FieldInfo) -> str:
    # The model requires a name, and a file need not give one: its own name will do.
    default = "*needed*" if field.is_required() and key != "name" else _say_default(field)
    return f"| `{key}` | {_say_type(field)} | {default} | {field.description} |"


def _say_default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined or value in (None, (), ""):
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    # Weeks and lengths are whole numbers inside: their schema tells them from other numbers.
    if not isinstance(value, Money) and _schema_of(field).get("pattern", "").startswith("^(week"):
        return f"`week {value}`"
    if _schema_of(field).get("examples") == ["26 weeks", "3 years"]:
        return f"`{value} weeks`"
    return f"`{value}`"


def _schema_of(field: FieldInfo) -> dict[str, Any]:
    """The written form of a field's value, from its type's JSON schema."""
    for metadata in (*field.metadata, *_inner_metadata(field.annotation)):
        schema = getattr(metadata, "json_schema", None)
        if isinstance(schema, dict):
            return schema
    return {}


def _inner_metadata(annotation: Any) -> list[Any]:
    """Metadata of the members of `X | None`."""
    members = (
        typing.get_args(annotation)
        if typing.get_origin(annotation) in {Union, types.UnionType}
        else ()
    )
    return [metadata for member in members for metadata in getattr(member, "__metadata__", ())]


def _say_type(field: FieldInfo) -> str:
    schema = _schema_of(field)
    ways = schema.get("anyOf", ())
    examples = [example for way in (schema, *ways) for example in way.get("examples", ())]
    if examples:
        return " or ".join(f"`{example}`" for example in examples)
    if any("reviews" in way.get("pattern", "") for way in ways):
        return "`2 reviews`"
    if ways:
        return "share: `30%` or `0.3`"
    return " or ".join(
        dict.fromkeys(
            _say_part(part) for part in find_parts(field.annotation) if part is not type(None)
        )
    )


def _say_part(part: Any) -> str:
    origin = typing.get_origin(part)
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in typing.get_args(part))
    if origin is dict:
        return "by name: see below" if _is_declared(typing.get_args(part)[1]) else "by name"
    if origin is tuple:
        members = typing.get_args(part)
        return (
            "`[lowest, highest]`"
            if len(members) == 2 and members[1] is not Ellipsis
            else "list `[a, b]`"
        )
    if isinstance(part, type) and hasattr(part, "model_fields"):
        return "see below"
    return {int: "whole number", float: "number", bool: "`true` or `false`", str: "text"}.get(
        part, "date, such as `2024-01-01`"
    )


def _is_declared(annotation: Any) -> bool:
    return any(
        hasattr(part, "model_fields") for part in find_parts(annotation) if isinstance(part, type)
    )


def insert_keys(page: str) -> str:
    """A page with the reference between its marks written anew."""
    before, _, rest = page.partition(BLOCK_MARKS[0])
    after = rest.partition(BLOCK_MARKS[1])[2]
    return f"{before}{BLOCK_MARKS[0]}\n{write_keys()}{BLOCK_MARKS[1]}{after}"
