"""Fields of a form, read from the JSON Schema of a scenario: what can stand at a path, in which
unit and range.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sim.scenario.scenario import Scenario
from sim.scenario.schema.branching import lay_over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.files.yaml_document import Keys

Shape = Literal["choice", "switch", "names", "list", "pair", "number", "text", "long", "name"]
Schema = dict[str, Any]
SWITCHED_OFF = "Switched off, it stays listed and does nothing."
LONG = {"summary"}
REFERS = {
    "where": "neighbourhoods",
    "to": "neighbourhoods",
    "refers_to": "services",
    "only_for": "services",
    "closed": "services",
    "sends_from": "services",
    "runs": "services",
    "fund": "funds",
    "holds": "funds",
    "from_fund": "funds",
    "to_fund": "funds",
    "service": "services",
    "expand": "services",
    "shrink": "services",
    "pause": "services",
}
"""Keys that name other parts of the scenario, and which."""


@dataclass(frozen=True)
class Field:
    """One lever: its path, the words about it, and what may be typed.

    example: how a value is written, unit included. choices: words that can be chosen. names: the
    part of the scenario whose names it refers to. default: what counts where nothing is said, as it
    would be written.
    """

    path: Keys
    label: str
    meaning: str
    shape: Shape
    example: str = ""
    range: str = ""
    choices: tuple[str, ...] = ()
    names: str = ""
    default: str = ""
    required: bool = False

    @property
    def key(self) -> str:
        """The path with dots."""
        return ".".join(self.path)

    @property
    def id(self) -> str:
        """The path as it can be the id of an element."""
        return "f-" + re.sub(r"[^A-Za-z0-9_-]", "_", "__".join(self.path))


@cache
def load_schema() -> Schema:
    """The schema of a whole scenario."""
    return Scenario.model_json_schema(by_alias=True, mode="validation")


def _resolve(schema: Schema) -> Schema:
    """A part of the schema with its reference followed; its own words win."""
    while "$ref" in schema:
        target = load_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _choose(schema: Schema, data: Any) -> Schema:
    """The one of several forms that the data have: by kind, or the only one that is something."""
    schema = _resolve(schema)
    mapping = schema.get("discriminator", {}).get("mapping")
    if mapping:
        kind = data.get("kind") if isinstance(data, dict) else None
        return _resolve({"$ref": mapping[kind]}) if kind in mapping else schema
    forms = [form for form in schema.get("anyOf", ()) if form.get("type") != "null"]
    if len(forms) == 1:
        rest = {key: value for key, value in schema.items() if key != "anyOf"}
        return {**_resolve(forms[0]), **rest}
    return schema


def find_schema(path: Keys, data: Any) -> Schema:
    """The schema at a path of these data; empty where there is no such key."""
    if is_option(path):
        # An option is written as a scenario, and merged over it.
        changed = look_up(data, path[:OPTION_DEPTH]) or {}
        return find_schema(path[OPTION_DEPTH:], lay_over(data, changed))
    schema: Schema = load_schema()
    for key in path:
        schema = _choose(schema, data)
        inner = schema.get("properties", {}).get(key)
        if inner is None:
            inner = _find_named(schema)
        data = data.get(key) if isinstance(data, dict) else None
        schema = {} if inner is None else inner
    return _choose(schema, data)


def _find_named(schema: Schema) -> Schema | None:
    """What things with names of their own look like in a mapping."""
    patterns: dict[str, Schema] | None = schema.get("patternProperties")
    if patterns:
        return next(iter(patterns.values()))
    more = schema.get("additionalProperties")
    return more if isinstance(more, dict) else None


def list_fields(path: Keys, data: Any) -> list[Field]:
    """Every single value that can stand below a path, parts of parts included; things with names of
    their own only if there.
    """
    here = look_up(data, path)
    if len(path) == OPTION_DEPTH and is_option(path):
        return _list_option(path, here or {}, data)
    schema = find_schema(path, data)
    properties: Mapping[str, Schema] = schema.get("properties", {})
    if properties:
        found = [
            field
            for key in properties
            # Another kind would be another thing; things with names have cards of their own.
            if key != "kind" and not (len(path) == 0 and _find_named(find_schema((key,), data)))
            for field in list_fields((*path, key), data)
        ]
        # A programme is called what its file is called, and renamed by saving it as another.
        return found if path else [field for field in found if field.path[0] != "name"]
    named = _find_named(schema)
    if named is not None:
        keys = schema.get("propertyNames", {}).get("enum") or list(here or ())
        return [field for key in keys for field in list_fields((*path, str(key)), data)]
    return [_describe(path, schema, data)] if schema else []


def is_option(path: Keys) -> bool:
    """Whether a path leads to an option of a branch, or into it."""
    return len(path) >= OPTION_DEPTH and path[:2] == ("branch", "options")


def _list_option(path: Keys, changed: Mapping[str, Any], data: Any) -> list[Field]:
    """What an option is called, and fields of everything that it changes."""
    found = [field for key in ("title", "summary") for field in list_fields((*path, key), data)]
    for part in NAMED_PARTS:
        for name in changed.get(part) or ():
            found += list_fields((*path, part, str(name)), data)
    if "governance" in changed:
        found += list_fields((*path, "governance"), data)
    # An option says only what it changes: what a thing needs stands in the scenario.
    return [replace(field, required=False) for field in found]


def describe(path: Keys, data: Any) -> Field | None:
    """The field at a path; None where no single value can stand there."""
    found = [field for field in list_fields(path, data) if field.path == path]
    return found[0] if found else None


def _describe(path: Keys, schema: Schema, data: Any) -> Field:
    parent = find_schema(path[:-1], data)
    shape, choices = _find_shape(path, schema)
    meaning = (
        SWITCHED_OFF
        if path[-1] == "enabled"
        else str(schema.get("description") or parent.get("description", ""))
    )
    return Field(
        path,
        _label(path),
        meaning,
        shape,
        _find_example(schema),
        _find_range(schema),
        choices,
        _refers_to(path) if shape in {"name", "names"} else "",
        _say_default(schema),
        path[-1] in parent.get("required", ()),
    )


def _refers_to(path: Keys) -> str:
    if path[-1] == "for" and path[0] == "partnerships":
        return "services"
    return REFERS.get(path[-1], "")


def _label(path: Keys) -> str:
    if path[-1] == "enabled":
        return "Switched on"
    words = ": ".join(key.replace("_", " ") for key in path[_depth(path) :]) or path[-1]
    return f"{words[:1].upper()}{words[1:]}"


def _depth(path: Keys) -> int:
    """How many keys name the thing that a value belongs to."""
    if path[0] == "governance":
        return 3 if len(path) > 3 and path[1] in {"rules", "seats"} else 1
    if path[0] == "branch":
        return OPTION_DEPTH if len(path) > OPTION_DEPTH and path[1] != "survey" else 1
    if path[0] in NAMED_PARTS:
        return 2
    return 1 if len(path) > 1 else 0


OPTION_DEPTH = 3
"""Keys that lead to an option of a branch, or to a rule of it."""
NAMED_PARTS = ("services", "funds", "shocks", "partnerships", "neighbourhoods")
"""Parts of a scenario whose things have names of their own."""


def _find_shape(path: Keys, schema: Schema) -> tuple[Shape, tuple[str, ...]]:
    kind, forms = schema.get("type"), schema.get("anyOf", ())
    if "enum" in schema:
        return "choice", tuple(map(str, schema["enum"]))
    if kind == "boolean":
        return "switch", ("true", "false")
    if any(form.get("const") == "everywhere" for form in forms):
        return "names", ("everywhere",)
    if kind == "array":
        named: Shape = "names" if _refers_to(path) else "list"
        return ("pair" if "prefixItems" in schema else named), ()
    return _find_text_shape(path, schema), ()


def _find_text_shape(path: Keys, schema: Schema) -> Shape:
    """What is typed in one line: a number, a name of something, or text."""
    forms = [schema, *schema.get("anyOf", ())]
    if any(form.get("type") in ("integer", "number") for form in forms):
        return "number"
    if _refers_to(path) and "examples" not in schema:
        return "name"
    return "long" if path[-1] in LONG else "text"


def _find_example(schema: Schema) -> str:
    if "examples" in schema:
        return " or ".join(map(str, schema["examples"]))
    patterns = [form.get("pattern", "") for form in schema.get("anyOf", ())]
    if any("%" in pattern for pattern in patterns):
        return "30% or 0.3"
    if any("review" in pattern for pattern in patterns):
        return "2 reviews"
    if schema.get("format") == "date":
        return "2024-01-01"
    return "a whole number" if schema.get("type") == "integer" else ""


def _find_range(schema: Schema) -> str:
    low = schema.get("minimum", schema.get("ge", schema.get("exclusiveMinimum")))
    high = schema.get("maximum", schema.get("le"))
    if low is None and high is None and "prefixItems" in schema:
        return "lowest, highest"
    if low is not None and high is not None:
        return f"{low:,} to {high:,}"
    if low is not None:
        return f"{low:,} or more"
    return f"at most {high:,}" if high is not None else ""


def _say_default(schema: Schema) -> str:
    """What counts where nothing is said, as it would be written."""
    value = schema.get("default")
    pattern, examples = str(schema.get("pattern", "")), schema.get("examples", [])
    if value is None or value in ([], ""):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "0"
    if pattern.startswith("^(week"):
        return f"week {value}"
    return f"{value} weeks" if examples == ["26 weeks", "3 years"] else str(value).replace("_", " ")


def look_up(data: Any, path: Keys) -> Any:
    """What stands at a path of plain data; None if nothing does."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data
