"""Another value here and there: a checked copy of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from sim.errors import InvalidInput, Problem
from sim.scenario.diagnostics.inactive import say_no_caseload
from sim.scenario.diagnostics.keys import list_keys
from sim.scenario.diagnostics.messages import define
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.files.renamed_keys import find_current_path
from sim.scenario.files.yaml_document import Document
from sim.scenario.schema.field_types import strip
from sim.units import Money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.files.yaml_document import Keys
    from sim.scenario.schema.fields import ScenarioFields

S = TypeVar("S", bound="ScenarioFields")
EXAMPLE = '{"population.residents": 500}'


def change(scenario: S, changes: Mapping[str, Any]) -> S:
    """A copy with the values at the dotted paths replaced.

    InvalidInput lists every path or value that does not fit.
    """
    if not hasattr(changes, "items") or any(not isinstance(path, str) for path in changes):
        raise InvalidInput(f"changes are values by dotted path, {EXAMPLE} (got {changes!r:.40})")
    # Through the whole check: values that are sound one by one may contradict each other.
    data = strip(scenario.model_dump(mode="json", by_alias=True))
    problems = [
        problem for path, value in changes.items() for problem in _put(data, split(path), value)
    ]
    if problems:
        raise InvalidInput(problems)
    # In Python a bare number of weeks will do; in a file it carries its unit.
    return define(Document(data, {}, {}), type(scenario), from_file=False)


def split(path: str) -> Keys:
    """The keys of a dotted path; ids of evidence keep their dots."""
    path = find_current_path(path)
    head, _, tail = path.partition(".")
    return (head, tail) if head == "parameters" and tail else tuple(path.split("."))


def _put(data: dict[str, Any], path: Keys, value: Any) -> list[Problem]:
    """Set a value deep in plain data; a key that leads nowhere is a problem."""
    shown = ".".join(path)
    holder: Any = data
    for depth, key in enumerate(path[:-1]):
        if not isinstance(holder, dict):
            return [
                Problem(
                    "", 0, 0, shown, f"leads nowhere: {'.'.join(path[:depth])} is a single value"
                )
            ]
        fields = list_keys(path[:depth], data)
        if key not in holder and key not in fields:
            known = sorted({*holder, *fields})
            return [
                Problem(
                    "",
                    0,
                    0,
                    shown,
                    f"there is no '{key}'{suggest(key, known)}",
                    f"there are {', '.join(known)}" if known else "",
                )
            ]
        # A section that is known and left out, such as `governance`, is made on the way.
        holder = holder.setdefault(key, {})
    if not isinstance(holder, dict):
        return [Problem("", 0, 0, shown, f"leads nowhere: {'.'.join(path[:-1])} is a single value")]
    # The last key is not looked up: it may be a new name, and the check refuses unknown fields.
    holder[path[-1]] = _plain(value)
    if path[-1] == "caseload" and holder[path[-1]] == 0:
        said = say_no_caseload(str(holder.get("kind")))
        hint = "more than 0; `enabled: false` closes a service"
        return [Problem("", 0, 0, shown, said, hint)] if said else []
    return []


def _plain(value: Any) -> Any:
    """What a file would hold: models and money as they are written, tuples as lists."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, Iterator)):
        return [_plain(inner) for inner in value]
    return _read_number(value)


def _read_number(value: Any) -> Any:
    """A number of another sort as the plain one that it stands for; anything else as it is."""
    if isinstance(value, Decimal | Fraction):
        number = float(value)
        return int(number) if number.is_integer() else number
    # A number of NumPy is the number of Python that it stands for.
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    return value
