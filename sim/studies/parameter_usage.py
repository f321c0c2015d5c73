"""Who reads a number of the evidence: which rules of the model, which kinds of services, which
shipped scenarios.

Nothing is listed by hand. A number is moved, and the parameters that move with it are known; what
reads those, or names the number itself, stands in the syntax trees of the model.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.evidence.distributions import (
    DISTRIBUTION_FAMILIES,
    check_bounds,
    choose_family,
    fit_family,
)
from sim.evidence.loader import all_evidence, all_kinds, find_likes
from sim.evidence.parameters import make_parameters
from sim.evidence.prices import all_indices, bring_to_year
from sim.scenario.library import list_shipped, load
from sim.scenario.price_year import reprice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.evidence.parameters import Parameters
    from sim.evidence.record import Evidence
    from sim.scenario.scenario import Scenario

ROOMS = ("society", "services", "week", "studies", "scenario")
"""Where numbers of the evidence are read."""
GIVEN = ("p", "choice", "supply", "health", "parameters")
"""What rules call the parameters that they are given."""
EVERY_SERVICE = "every service"
VARIANTS: tuple[dict[str, bool], ...] = (
    {},
    {"contagion": True, "additive": True, "exponential": True},
)
"""Structures of the model that between them read every number."""


class Readers(NamedTuple):
    """Who reads a number: functions as `file: function`, kinds of services, scenarios.

    And the scenarios that set it themselves.
    """

    code: tuple[str, ...]
    services: tuple[str, ...]
    scenarios: tuple[str, ...]
    set_by: tuple[str, ...]


class Function(NamedTuple):
    """What a function of the model names: parameters with their group, attributes, words, texts and
    their patterns.

    serves: what it is given of services, their staff among it.
    """

    place: str
    parameters: frozenset[tuple[str, str]]
    attributes: frozenset[str]
    words: frozenset[str]
    texts: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    serves: frozenset[str]


def trace(record: Evidence) -> dict[str, object]:
    """A record as plain data, with its distribution, for a price its amounts in other years, and
    who reads it.
    """
    family = choose_family(record)
    plain: dict[str, object] = {
        key: value
        for key, value in record._asdict().items()
        if value not in ("", 0) or key in ("value", "low", "high")
    }
    plain["distribution"] = {"family": family} | dict(
        zip(DISTRIBUTION_FAMILIES.get(family, ()), fit_family(family, record), strict=True)
    )
    if record.price_year:
        plain["amounts"] = {
            year: bring_to_year(record, year) for year in all_indices()[record.price_index].values
        }
    return plain | {
        name: list(values) for name, values in find_readers(record.id)._asdict().items()
    }


def find_readers(identity: str) -> Readers:
    """Who reads a record of the evidence."""
    file, _, name = identity.partition(".")
    if file == "services":
        kind, _, field = name.partition(".")
        lists = {listed for listed, fields in _list_names().items() if field in fields}
        found = [
            f
            for f in _list_functions()
            if ({field, _name_code(field)} | lists) & f.words or _names(f, identity)
        ]
        kinds = tuple(k for k in all_kinds() if kind in find_likes(k) and _is_own(kind, k, field))
        scenarios = tuple(
            s
            for s, town in _list_towns().items()
            if {service.kind for service in town.services.values()} & set(kinds)
        )
        return Readers(tuple(f.place for f in found), kinds, scenarios, _find_setters(identity))
    if file == "prices":
        return _find_payers(identity)
    rules = {f.place for group, field in _find_moved(identity) for f in _find_rules(group, field)}
    found = [f for f in _list_functions() if _names(f, identity) or f.place in rules]
    of_staff = {word for f in _list_functions() if "staff" in f.serves for word in f.words}
    services = (
        (EVERY_SERVICE,)
        if any(f.serves or f.place.split(": ")[1] in of_staff for f in found)
        else ()
    )
    return Readers(
        tuple(f.place for f in found), services, tuple(list_shipped()), _find_setters(identity)
    )


def _name_code(field: str) -> str:
    """Member of `codes.KindParameter` that a field of the evidence fills."""
    return field.upper()


def _names(function: Function, identity: str) -> bool:
    return identity in function.texts or any(
        pattern.fullmatch(identity) for pattern in function.patterns
    )


@cache
def _find_rules(group: str, field: str) -> tuple[Function, ...]:
    """Functions that read a field of their parameters.

    Where several groups have such a field, the module says which is meant.
    """
    found = tuple(
        f
        for f in _list_functions()
        if (group, field) in f.parameters or ("", field) in f.parameters
    )
    shared = sum(field in fields for fields in _list_fields().values()) > 1
    at_home = tuple(f for f in found if Path(f.place.split(":")[0]).stem == group)
    return at_home if shared and at_home else found


def _is_own(kind: str, like: str, field: str) -> bool:
    """Whether a kind has the very number of the kind that it is like, and none of its own."""
    mine, theirs = (all_evidence().get(f"services.{name}.{field}") for name in (like, kind))
    return mine is not None and theirs is not None and mine[1:4] == theirs[1:4]


def _find_payers(identity: str) -> Readers:
    """Who reads the amount that a price stands behind, and the scenarios that have it."""
    room, *path = all_evidence()[identity].key.split(".")
    name = room if room == "fee" else path[0]
    code = tuple(
        f.place
        for f in _list_functions()
        if name in f.attributes and Path(f.place).parts[1] in ("services", "week")
    )
    moved = make_parameters({identity: all_evidence()[identity].value * 2}).raw
    scenarios = tuple(
        name for name, town in _list_towns().items() if reprice(town, moved) is not town
    )
    kinds = tuple(kind for kind in all_kinds() if room == "fee" and kind == path[0])
    return Readers(code, kinds, scenarios, _find_setters(identity))


def _find_setters(identity: str) -> tuple[str, ...]:
    return tuple(name for name, town in _list_towns().items() if identity in town.parameters)


@cache
def _list_towns() -> dict[str, Scenario]:
    return {name: load(name) for name in list_shipped()}


def _flatten(parameters: Parameters) -> Iterator[tuple[str, str, object]]:
    """Group, field and value of all parameters, those of a town by their part of it."""
    groups = {
        name: group for name, group in parameters._asdict().items() if hasattr(group, "_fields")
    }
    groups |= groups.pop("society")._asdict()
    for name, group in groups.items():
        for field, value in group._asdict().items():
            yield name, field, value


@cache
def _list_fields() -> dict[str, frozenset[str]]:
    """Fields of each group of parameters."""
    fields: dict[str, set[str]] = {}
    for group, field, _ in _flatten(make_parameters({})):
        fields.setdefault(group, set()).add(field)
    return {group: frozenset(names) for group, names in fields.items()}


def _find_moved(identity: str) -> set[tuple[str, str]]:
    """Groups and fields of the parameters that move with a number."""
    record = all_evidence()[identity]
    more = record.value * 1.1 + 0.01
    # Upwards, or downwards where that is out of bounds: such a value would be refused.
    moved = {identity: record.value * 0.9 if check_bounds(record, more) else more}
    return {
        (group, field)
        for variant in VARIANTS
        for (group, field, now), (_, _, before) in zip(
            _flatten(make_parameters(moved, **variant)),
            _flatten(make_parameters({}, **variant)),
            strict=True,
        )
        if now != before
    }


@cache
def _list_functions() -> tuple[Function, ...]:
    """Every function of the model."""
    return tuple(
        _read_function(node, path)
        for path, tree in _read_model().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    )


@cache
def _list_names() -> dict[str, frozenset[str]]:
    """Lists of names that modules keep, by what they are called: `FOR_KIN = ("kin", "warmth")`."""
    kept = [
        node
        for tree in _read_model().values()
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)
    ]
    return {
        target.id: frozenset(
            str(item.value) for item in node.value.elts if isinstance(item, ast.Constant)
        )
        for node in kept
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Tuple)
    }


@cache
def _read_model() -> dict[str, ast.Module]:
    """Syntax trees of the model by path."""
    root = Path(__file__).parents[1]
    files = [
        root / "community.py",
        *(
            file
            for room in ROOMS
            for file in sorted((root / room).rglob("*.py"))
            if file != Path(__file__)
        ),
    ]
    return {
        file.relative_to(root.parent).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in files
    }


def _read_function(node: ast.FunctionDef, path: str) -> Function:
    nodes = list(ast.walk(node))
    attributes = [n for n in nodes if isinstance(n, ast.Attribute)]
    of_services = {
        n.attr for n in attributes if isinstance(n.value, ast.Name) and n.value.id == "o"
    }
    of_codes = {
        n.attr
        for n in attributes
        if isinstance(n.value, ast.Name) and n.value.id in {"KindParameter", "Channel"}
    }
    groups = frozenset((base, n.attr) for n in attributes if (base := _find_group(n)) is not None)
    return Function(
        place=f"{path}: {node.name}",
        parameters=frozenset(pair for pair in groups if pair[0]) if _holds_all(nodes) else groups,
        attributes=frozenset(n.attr for n in attributes),
        words=frozenset({n.id for n in nodes if isinstance(n, ast.Name)} | of_services | of_codes),
        texts=frozenset(
            n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)
        ),
        patterns=tuple(
            _make_pattern(n) for n in nodes if isinstance(n, ast.JoinedStr) and _is_telling(n)
        ),
        serves=frozenset(
            {"o", "staff", "provision"} & {argument.arg for argument in node.args.args}
        ),
    )


def _holds_all(nodes: list[ast.AST]) -> bool:
    """Whether `p` stands for all parameters here, so that its attributes are groups and not
    numbers.
    """
    given = [
        value
        for n in nodes
        if isinstance(n, ast.Assign)
        for value in (n.value.elts if isinstance(n.value, ast.Tuple) else [n.value])
    ]
    return any(isinstance(value, ast.Attribute) and value.attr == "parameters" for value in given)


def _is_telling(text: ast.JoinedStr) -> bool:
    """Whether a text with gaps names numbers: more of it is told than the file and the dots."""
    told = "".join(str(part.value) for part in text.values if isinstance(part, ast.Constant))
    return re.fullmatch(r"\w+\.\.?[^.]+", told) is not None


def _find_group(node: ast.Attribute) -> str | None:
    """Group that an attribute is read from: "" for parameters as a rule is given them, the name in
    `parameters.care.x`; None for others.
    """
    base = node.value
    if isinstance(base, ast.Name):
        return "" if base.id in GIVEN else None
    if isinstance(base, ast.Attribute):
        inner = base.value
        known = (
            inner.attr
            if isinstance(inner, ast.Attribute)
            else inner.id
            if isinstance(inner, ast.Name)
            else ""
        )
        return base.attr if known in GIVEN else None
    return None


def _make_pattern(text: ast.JoinedStr) -> re.Pattern[str]:
    """A text with gaps as a pattern; a gap that chooses among words takes only these."""
    return re.compile(
        "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else _fill_gap(part)
            for part in text.values
        )
    )


def _fill_gap(part: ast.expr) -> str:
    words = [
        re.escape(node.value)
        for node in ast.walk(part)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return f"(?:{'|'.join(words)})" if words else r"[\w.-]+"
