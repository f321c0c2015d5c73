"""What is wrong with a scenario, in words, with its place: every problem at once."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim.errors import InvalidInput, Problem
from sim.evidence.loader import all_kinds
from sim.evidence.renamed import find_current
from sim.scenario.diagnostics.conflicts import Conflict, find_currencies
from sim.scenario.diagnostics.keys import describe, list_keys, look_up
from sim.scenario.diagnostics.recovery import find_further, find_path
from sim.scenario.diagnostics.suggestions import (
    find_meaning,
    find_nearest,
    find_related,
    suggest_key,
    suggest_value,
)
from sim.scenario.files.own_kinds import resolve_own_kinds
from sim.scenario.files.replacing import REPLACE, REPLACEABLE
from sim.scenario.schema.field_types import ID_PATTERN
from sim.scenario.schema.fields import START, ScenarioFields
from sim.units import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

    from sim.scenario.files.yaml_document import Document, Keys, Place

MOST_NAMED = 4
"""Inherited parts that are named in a message."""
M = TypeVar("M", bound=BaseModel)
DeclaredScenario = TypeVar("DeclaredScenario", bound=ScenarioFields)
MISSPELLED = 0.75
"""Likeness of spelling above which a kind of service is taken for a slip of the keyboard."""
PARTS_BY_NAME = ("services", "funds", "neighbourhoods", "kinds")
_LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}
_PATTERNS = {
    "^[A-Z]{3}$": "a currency of three capital letters, such as USD",
    "^[A-Z]{2}$": "a country of two capital letters, such as US",
    ID_PATTERN: "a name of at most 64 letters a to z, digits, - and _, first a letter or a digit",
}
_LISTS = ("tuple_type", "list_type", "set_type")
_TYPES = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "dict_type": "a mapping (`key: value` lines)",
    "model_type": "a mapping (`key: value` lines)",
    "model_attributes_type": "a mapping (`key: value` lines)",
    "tuple_type": "a list such as [a, b]",
    "list_type": "a list such as [a, b]",
    "date_type": "a date such as `2024-01-01`",
    "date_from_datetime_inexact": "a date such as `2024-01-01`",
}


def define(
    document: Document, into: type[DeclaredScenario], *, from_file: bool = True
) -> DeclaredScenario:
    """The scenario (of class `into`) that a document declares, or InvalidInput with everything that
    is wrong with it.
    """
    data = document.data
    # Before the check, whose models are those of shipped kinds.
    resolve_own_kinds(data)
    _rename_parameters(data)
    known = {part: list(data[part]) for part in PARTS_BY_NAME if isinstance(data.get(part), dict)}
    context = {
        "from_file": from_file,
        "start": _find_start(data),
        "currency": data.get("currency"),
        "known": known,
    }
    problems = list(document.problems)
    # A value that was refused by the reader is missing now, which is not a second mistake.
    told = {problem.path for problem in problems}
    try:
        scenario = into.model_validate(data, context=context)
    except ValidationError as error:
        problems += [problem for problem in explain(error, document) if problem.path not in told]
        # Contradictions are found in sound fields only: what is broken is set aside.
        if not _is_conflict(error):
            problems += [
                explain_conflict(conflict, document) for conflict in find_further(data, context)
            ]
    else:
        if not problems:
            return scenario
    raise InvalidInput(
        sorted(
            dict.fromkeys(_lead_with_currency(problems, document)),
            key=lambda problem: (problem.file, problem.line, problem.column),
        )
    )


def _lead_with_currency(problems: list[Problem], document: Document) -> list[Problem]:
    """Where most amounts are in another currency than the scenario's, one problem at the currency
    instead of one at each of them.
    """
    stated, amounts = document.data.get("currency"), dict(find_currencies(document.data))
    others = {".".join(path): held for path, held in amounts.items() if held != stated}
    if 2 * len(others) <= len(amounts):
        return problems
    rest = [problem for problem in problems if problem.path not in others]
    # One that is no currency at all is told already.
    if any(problem.path == "currency" for problem in rest):
        return rest
    held = " and ".join(sorted({*others.values()}))
    said = f"is {stated}, and {len(others)} of {len(amounts)} amounts of money are in {held}"
    hint = f"amounts are never converted: extend a town in {stated}, or state them all anew"
    return [*rest, explain_conflict(Conflict(("currency",), said, hint), document)]


def _rename_parameters(data: dict[str, Any]) -> None:
    """Take old ids of the evidence for what they are called now, unless both are there."""
    stated = data.get("parameters")
    if isinstance(stated, dict) and all(isinstance(key, str) for key in stated):
        now = {find_current(key): value for key, value in stated.items()}
        data["parameters"] = now if len(now) == len(stated) else stated


def define_other(model: type[M], kind: str, document: Document, otherwise: str) -> M:
    """What a document of another kind declares, or InvalidInput with everything that is wrong with
    it; `otherwise` says what it is not.
    """
    problems = list(document.problems)
    if document.data.get("kind") != kind:
        place = document.places.get(("kind",))
        line, column = (place.value_line, place.value_column) if place else (1, 1)
        file = next(iter(document.lines))
        problem = Problem(file, line, column, "kind", otherwise, "", document.line(file, line))
        # Of a document of another kind every key would be unknown: that alone is told.
        raise InvalidInput([*problems, problem])
    try:
        found = model.model_validate(document.data, context={"from_file": True})
    except ValidationError as error:
        told = {problem.path for problem in problems}
        found_wrong = explain(error, document, model)
        problems += [problem for problem in found_wrong if problem.path not in told]
    else:
        if not problems:
            return found
    raise InvalidInput(
        sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column))
    )


def _is_conflict(error: ValidationError) -> bool:
    return error.errors(include_url=False, include_input=False)[0]["type"] == "conflicts"


def _find_start(data: Mapping[str, Any]) -> date:
    start = data.get("start", START)
    # Needed to read weeks that are given as dates, also where the start itself is broken.
    try:
        return (
            date.fromisoformat(start)
            if isinstance(start, str)
            else start
            if isinstance(start, date)
            else START
        )
    except ValueError:
        return START


def explain(
    error: ValidationError, document: Document, root: type[BaseModel] = ScenarioFields
) -> list[Problem]:
    """One problem for each complaint, in the order of the file.

    root: model of the document.
    """
    problems: list[Problem] = []
    for detail in _join_choices(error.errors(include_url=False), document.data):
        if detail["type"] == "conflicts":
            problems += [
                explain_conflict(conflict, document) for conflict in detail["ctx"]["conflicts"]
            ]
        else:
            problems.append(_explain_detail(detail, document, root))
    return problems


def _join_choices(details: list[ErrorDetails], data: Any) -> list[ErrorDetails]:
    """Complaints, those about one word among the words of several models put together, and with
    that it is no list where a list would do.
    """
    joined: dict[object, ErrorDetails] = {}
    for place, detail in enumerate(details):
        path = find_path(detail["loc"], data)
        if detail["type"] in _LISTS and path in joined:
            joined[path]["ctx"]["list"] = True
            continue
        key = path if detail["type"] == "literal_error" else place
        words = joined[key]["ctx"]["expected"] + ", " if key in joined else ""
        joined[key] = detail.copy()
        if words:
            joined[key]["ctx"] |= {"expected": words + detail["ctx"]["expected"]}
    return list(joined.values())


def _locate(path: Keys, document: Document, *, on_key: bool) -> tuple[str, int, int, str]:
    """File, line, column and text of the nearest thing that stands in a file."""
    for length in range(len(path), 0, -1):
        place: Place | None = document.places.get(path[:length])
        if place is not None:
            exact = length == len(path) and not on_key
            line, column = (
                (place.value_line, place.value_column) if exact else (place.line, place.column)
            )
            return place.file, line, column, document.line(place.file, line)
    # Parents come first: the last file is the one that the user gave.
    file = next(reversed(document.lines), "")
    return file, int(bool(file)), int(bool(file)), document.line(file, 1)


def explain_conflict(conflict: Conflict, document: Document) -> Problem:
    """A contradiction, or a note, with its place in the file."""
    # Words of Python have an underscore as fields, and none in a file.
    path = tuple(
        part.removesuffix("_") if part in {"from_", "for_"} else part for part in conflict.path
    )
    file, line, column, source = _locate(
        path, document, on_key=conflict.on_key or isinstance(look_up(document.data, path), dict)
    )
    hint = conflict.hint
    # What is wrong with the whole of it may come from what the parents have.
    if path in REPLACEABLE:
        hint += _say_inherited(path, document, file)
    return Problem(file, line, column, ".".join(path), conflict.message, hint, source)


def _say_inherited(path: Keys, document: Document, file: str) -> str:
    """Which parts of a mapping come from a file that this one extends; nothing where none does."""
    others: dict[str, list[str]] = {}
    for name in look_up(document.data, path) or {}:
        place = document.places.get((*path, name))
        if place is not None and place.file != file:
            others.setdefault(place.file, []).append(str(name))
    return "".join(
        f"; {', '.join(names[:MOST_NAMED])}{' ...' * (len(names) > MOST_NAMED)} of"
        f" {PurePath(parent).name} count too: `{REPLACE}: true` here leaves them out"
        for parent, names in others.items()
    )


def _explain_detail(detail: ErrorDetails, document: Document, root: type[BaseModel]) -> Problem:
    path = find_path(detail["loc"], document.data)
    # The wrong word stands at `kind`, and not at the service as a whole.
    if detail["type"] == "union_tag_invalid":
        path = (*path, "kind")
    unknown = detail["type"] == "extra_forbidden"
    file, line, column, source = _locate(
        path,
        document,
        on_key=unknown
        or "[key]" in detail["loc"]
        or isinstance(look_up(document.data, path), dict),
    )
    no_kind = detail["type"] == "union_tag_invalid"  # what it means depends on the kind
    hint = "" if no_kind else describe(path, document.data, root)
    message = _word(detail, path, document.data, root)
    if unknown:
        keys = list_keys(path[:-1], document.data, root)
        hint = f"known here: {', '.join(keys)}" if keys else ""
    return Problem(file, line, column, ".".join(path), message, hint, source)


def _word(detail: ErrorDetails, path: Keys, data: Any, root: type[BaseModel]) -> str:
    """The complaint as a sentence about the value."""
    kind, got, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key{suggest_key(path[-1], list_keys(path[:-1], data, root))}"
    if kind in {"union_tag_not_found", "union_tag_invalid", "literal_error"}:
        return _word_choice(detail, path, data)
    if kind in _LIMITS:
        word, key = _LIMITS[kind]
        # A year is no amount: 1950 and not 1,950.
        limit = str(context[key]) if str(path[-1]).endswith("year") else f"{context[key]:,}"
        return f"must be {word} {limit} (got {shorten(got)})"
    if kind in _TYPES:
        return f"must be {_TYPES[kind]} (got {_say_got(got)})"
    said = {
        "missing": "is missing",
        "wrong_value": str(context.get("sentence", "")),
        "string_pattern_mismatch": f"must be {_say_pattern(context)} (got {shorten(got)})",
        "too_short": _word_size("at least", context.get("min_length"), context),
        "too_long": _word_size("at most", context.get("max_length"), context),
    }
    return said.get(kind, f"{detail['msg'][:1].lower()}{detail['msg'][1:]} (got {_say_got(got)})")


def _say_pattern(context: Mapping[str, Any]) -> str:
    """What text of a pattern looks like."""
    return _PATTERNS.get(str(context.get("pattern")), f"like {context.get('pattern')}")


def _word_size(limit: str, size: object, context: Mapping[str, Any]) -> str:
    """A list or a mapping is too short or too long."""
    return f"needs {limit} {size} (has {context.get('actual_length')})"


def _word_choice(detail: ErrorDetails, path: Keys, data: Any) -> str:
    """One of a few words was expected."""
    context = detail.get("ctx", {})
    allowed = [
        # The validator lists its choices as a sentence: 'a', 'b' or 'c'.
        word.strip("' ")
        for word in (
            str(context.get("expected_tags", context.get("expected", "")))
            .replace(" or ", ", ")
            .split(",")
        )
    ]
    known = [word for word in allowed if word]
    if detail["type"] == "union_tag_not_found":
        return f"needs a `kind`: {', '.join(list_keys((*path, 'kind'), data) or known)}"
    got = str(context.get("tag", detail["input"]))
    if path[:1] == ("services",) and path[-1:] == ("kind",):
        return _word_kind(got)
    if context.get("list"):
        one = got if isinstance(detail["input"], str) else "a, b"
        return f"must be {' or '.join(known)}, or a list such as [{one}] (got {shorten(got)})"
    return f"must be one of {', '.join(known)} (got {shorten(got)}){suggest_value(got, known)}"


def _word_kind(got: str) -> str:
    """No such kind of service: the one that is meant, with what it is, or some that are near."""
    return f"is no kind of service (got {shorten(got)}){suggest_kind(got)}"


def suggest_kind(got: str) -> str:
    """The kind of service that is meant, with what it is, or some that are near, after what was
    wrong.
    """
    kinds = all_kinds()
    # By meaning before spelling: planners know other words for the same things.
    meant = find_meaning(got, {kind: words.synonyms for kind, words in kinds.items()})
    nearest = meant or find_nearest(got, kinds, MISSPELLED)
    if nearest is not None:
        return f" - did you mean '{nearest}'? {kinds[nearest].meaning}"
    texts = {
        kind: " ".join((kind, words.meaning, *words.synonyms)) for kind, words in kinds.items()
    }
    related = " or ".join(find_related(got, texts))
    perhaps = f" - perhaps {related}" if related else ""
    return f"{perhaps}; `kinwell schema --kinds` lists all {len(kinds)} and what they are"


def _say_got(value: Any) -> str:
    return (
        "a mapping"
        if isinstance(value, dict)
        else "a list"
        if isinstance(value, list)
        else shorten(value)
    )
