"""What is typed into a field and what stands in a file: one turned into the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.explorer.editing.fields import Field

LONGEST_NUMBER = 300
"""Characters of a number: with more, no float holds it and Python reads no integer."""
TEXT = {"text", "long", "name"}
"""Shapes in which a number is a word like any other, unless the field has a unit."""
# Not by trying `float`, which takes `nan` and `inf`, and refuses commas between thousands. A comma
# behind a 0, or before other than three digits, is one of a fraction, and no number here.
_TYPED_NUMBER = re.compile(r"-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?|-?\d+(_\d+)*(\.\d+)?|-?\.\d+")


def read_typed(field: Field, typed: Sequence[str]) -> Any:
    """What was typed, as it would stand in a file; None where nothing was.

    Whether it is right is not decided here.
    """
    words = [word.strip() for word in typed if word.strip()]
    if field.shape == "names":
        return _read_names(field, words)
    if field.shape in {"list", "pair"}:
        parts = [part.strip() for word in words for part in re.split(r"[,;]| to ", word)]
        told = [part for part in parts if part]
        return (
            [read_number(part) for part in told] or None if field.shape == "pair" else told or None
        )
    text = " ".join(words)
    if field.shape == "switch" and text:
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    if not text or (field.shape in TEXT and field.example == ""):
        return text or None
    return read_number(text)


def _read_names(field: Field, words: Sequence[str]) -> list[str] | str | None:
    """Names that were ticked; nothing ticked is nothing said, except of where a service is."""
    chosen = [word for word in words if word != "everywhere"]
    if chosen or field.path[-1] != "where":
        return chosen or None
    return "everywhere" if words else []


def read_number(text: str) -> int | float | str:
    """The number that was typed; what is none as it is, so that the check says what is wrong."""
    if len(text) > LONGEST_NUMBER or not _TYPED_NUMBER.fullmatch(text):
        return text
    plain = text.replace(",", "").replace("_", "")
    return float(plain) if "." in plain else int(plain)


def write_value(value: Any) -> str:
    """A value of a file as it is typed into a field."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(write_value(inner) for inner in value)
    if isinstance(value, float):
        # All digits of a float would show what arithmetic left, such as 0.30000000000000004.
        return f"{value:.15g}"
    return (
        f"{value:_}"
        if isinstance(value, int) and abs(value) >= 10_000
        else ""
        if value is None
        else str(value)
    )
