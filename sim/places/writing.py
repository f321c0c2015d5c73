"""Town and scenario of a place as YAML that reads well: a line for each key, shares in a row."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEEP = 2
"""Levels of mappings that have lines of their own; below, they stand in a row."""
LINE_WIDTH = 110
"""Letters of a row from which a mapping has lines of its own."""


def write_town(town: Mapping[str, Any], head: Sequence[str]) -> str:
    """The scenario, with lines of comment before it."""
    lines = [
        "# yaml-language-server: $schema=scenario.schema.json",
        *(f"# {line}".rstrip() for line in head),
        "",
    ]
    for key, value in town.items():
        lines += _write(key, value, 0)
    return "\n".join(lines) + "\n"


def _write(key: object, value: Any, depth: int) -> list[str]:
    pad = "  " * depth
    row = f"{pad}{quote(key)}: {flow(value)}"
    if isinstance(value, dict) and value and (len(row) > LINE_WIDTH or depth == 0) and depth < DEEP:
        return [
            f"{pad}{quote(key)}:",
            *(line for inner, one in value.items() for line in _write(inner, one, depth + 1)),
        ]
    return [row]


def flow(value: Any) -> str:
    """A value in one row."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        quote(value)
        if isinstance(value, str)
        else f"{value:.12g}"
        if isinstance(value, float)
        else str(value)
    )


def quote(text: object) -> str:
    """Text as YAML takes it: bare where that cannot be misread, else in quotes."""
    plain = str(text)
    bare = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _./%+-]*", plain) and not plain.endswith(" ")
    misread = plain.casefold() in {"yes", "no", "on", "off", "true", "false", "null", "~"} or (
        isinstance(text, str) and _is_number(plain)
    )
    return plain if bare and not misread else json.dumps(plain, ensure_ascii=False)


def _is_number(text: str) -> bool:
    try:
        float(text.replace("_", ""))
    except ValueError:
        return bool(re.fullmatch(r"0[xob]\w+|\d{4}-\d{2}-\d{2}", text))
    return True
