"""What each key of a document means: found by its path, from the descriptions of the fields.

A document is a scenario unless `root` is the model of another, such as a trial or a place.
"""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import BaseModel

from sim.scenario.schema.fields import ScenarioFields
from sim.scenario.schema.services import SERVICE_MODELS
from sim.scenario.schema.shocks import SHOCK_KINDS

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from sim.scenario.files.yaml_document import Keys

Model = type[BaseModel]


def list_fields(model: Model) -> dict[str, FieldInfo]:
    """Fields by the key that they have in a file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def find_parts(annotation: Any) -> list[Any]:
    """The types inside a type: members of unions, what stands behind Annotated."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        return find_parts(typing.get_args(annotation)[0])
    # `X | Y` is another type than Union[X, Y].
    if origin is Union or type(annotation).__name__ == "UnionType":
        return [part for member in typing.get_args(annotation) for part in find_parts(member)]
    return [annotation]


def find_models(annotation: Any, data: Any = None) -> list[Model]:
    """Models that a value of this type can be; the one of its kind, if the data say which."""
    models = [
        part
        for part in find_parts(annotation)
        if isinstance(part, type) and issubclass(part, BaseModel)
    ]
    kind = data.get("kind") if isinstance(data, dict) else None
    chosen: Model | None = {**SERVICE_MODELS, **SHOCK_KINDS}.get(str(kind))
    return [chosen] if chosen is not None and chosen in models else models


def _step(annotations: list[Any], key: str, data: Any) -> tuple[list[Any], FieldInfo | None]:
    """Types and field behind one key."""
    found: FieldInfo | None = None
    types: list[Any] = []
    for annotation in annotations:
        parts = [
            part
            for part in find_parts(annotation)
            if typing.get_origin(part) in {dict, tuple, list}
        ]
        # Values of a mapping; of a list or pair the first type, as its members are alike.
        types += [
            typing.get_args(part)[1 if typing.get_origin(part) is dict else 0] for part in parts
        ]
        for model in find_models(annotation, data):
            field = list_fields(model).get(key)
            if field is not None:
                found = found or field
                types.append(field.annotation)
    return types, found


def follow(
    path: Keys, data: Any, root: Model = ScenarioFields
) -> tuple[list[Any], FieldInfo | None, Any]:
    """Types, field and data at a path; no types where there is no such key."""
    types: list[Any] = [root]
    field: FieldInfo | None = None
    for key in path:
        types, field = _step(types, key, data)
        data = data.get(key) if isinstance(data, dict) else None
    return types, field, data


def look_up(data: Any, path: Keys) -> Any:
    """What stands at a path of plain data; None if nothing does."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def describe(path: Keys, data: Any, root: Model = ScenarioFields) -> str:
    """The sentence of the field at a path, or of the nearest field above it."""
    for length in range(len(path), 0, -1):
        field = follow(path[:length], data, root)[1]
        if field is not None and field.description:
            return f"{path[length - 1]}: {field.description}"
    return ""


def list_keys(path: Keys, data: Any, root: Model = ScenarioFields) -> list[str]:
    """Keys that are known at a path: fields of a model, or the words of a choice."""
    types, _, here = follow(path, data, root)
    keys: dict[str, None] = {}
    for annotation in types:
        for model in find_models(annotation, here):
            keys |= dict.fromkeys(list_fields(model))
        for part in find_parts(annotation):
            inner = typing.get_args(part)[0] if typing.get_origin(part) is dict else part
            for word in find_parts(inner):
                keys |= dict.fromkeys(
                    map(str, typing.get_args(word) if typing.get_origin(word) is Literal else ())
                )
    return list(keys)
