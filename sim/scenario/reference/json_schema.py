"""JSON Schema of a scenario file, for editors."""

from __future__ import annotations

import json
from typing import Any

from sim.scenario.scenario import Scenario
from sim.scenario.schema.services import SERVICE_MODELS

SCHEMA_FILE = "schema/scenario.schema.json"
"""Where the schema stands, seen from the shipped scenarios."""
_EXTENDS = {
    "type": "string",
    "description": (
        "One scenario to start from: a path relative to this file, or the name of a shipped one."
    ),
}


def build_schema() -> dict[str, Any]:
    """The schema; nothing is required, because a file may inherit it (`kinwell check` sees the
    whole).
    """
    schema: dict[str, Any] = _loosen(Scenario.model_json_schema(by_alias=True, mode="validation"))
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Kinwell scenario"
    schema["properties"] = {"extends": _EXTENDS, "kind": {"const": "scenario"}} | schema[
        "properties"
    ]
    _admit_own_kinds(schema)
    return schema


def _admit_own_kinds(schema: dict[str, Any]) -> None:
    """A service may name a kind of `kinds/NAME.yaml`, whose keys only `kinwell check` knows."""
    shipped = {"properties": {"kind": {"enum": list(SERVICE_MODELS)}}}
    own = {"type": "object", "not": shipped, "title": "OwnKindOfService"}
    for services in schema["properties"]["services"]["patternProperties"].values():
        services["anyOf"].append(own)


def _loosen(part: Any) -> Any:
    """A part of the schema without `required`, and with open choices: a file that extends another
    writes only what differs.
    """
    if isinstance(part, list):
        return [_loosen(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    kept = {
        # Docstrings are wrapped for the code; an editor shows text as it stands.
        key: " ".join(value.split())
        if key == "description" and isinstance(value, str)
        else _loosen(value)
        for key, value in part.items()
        if key not in {"required", "discriminator"} or not _is_rule(value)
    }
    # A file that extends another may leave out `kind`, and then fits several of the models.
    if "oneOf" in kept and "discriminator" in part:
        kept["anyOf"] = kept.pop("oneOf")
    return kept


def _is_rule(value: Any) -> bool:
    """Whether this is the schema's own word and not a property of that name."""
    return isinstance(value, list) or (isinstance(value, dict) and "propertyName" in value)


def write_schema() -> str:
    """The schema as text, as it is kept beside the shipped scenarios."""
    return json.dumps(build_schema(), indent=2, ensure_ascii=False) + "\n"
