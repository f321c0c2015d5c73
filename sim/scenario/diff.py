"""What differs between two scenarios, as data and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sim.scenario.diagnostics.keys import follow, look_up
from sim.scenario.schema.field_types import WITH_ROWS, strip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.files.yaml_document import Keys
    from sim.scenario.scenario import Scenario

SINGULAR = {
    "services": "service",
    "funds": "fund",
    "shocks": "shock",
    "neighbourhoods": "neighbourhood",
    "rules": "rule",
} | {"partnerships": "partnership", "seats": "seat"}
UNREMARKABLE = {"name", "title", "summary"}


class Difference(NamedTuple):
    """One thing that differs: its path and both sides, None where it is not there."""

    path: tuple[str, ...]
    before: Any
    after: Any


def find_differences(a: Scenario, b: Scenario) -> list[Difference]:
    """Everything that differs from `a` to `b`; a thing that only one side has is one difference."""
    return compare_declared(a.resolved(), b.resolved())


def compare_declared(
    before: Mapping[str, Any], after: Mapping[str, Any], path: Keys = ()
) -> list[Difference]:
    """The same of scenarios as plain data, `path` below their top."""
    found: list[Difference] = []
    for key in (*before, *(key for key in after if key not in before)):
        # A section that one side lacks is empty: each thing in it is a difference by itself.
        nothing: dict[str, Any] | None = {} if key in SINGULAR or key == "parameters" else None
        here, old, new = (*path, key), before.get(key, nothing), after.get(key, nothing)
        if old == new:
            continue
        # A thing of another kind is another thing, and differs as a whole.
        if isinstance(old, dict) and isinstance(new, dict) and old.get("kind") == new.get("kind"):
            found += compare_declared(old, new, here)
        else:
            found.append(Difference(here, old, new))
    return found


def word_differences(a: Scenario, b: Scenario) -> list[str]:
    """The differences as sentences, the names and titles left out."""
    different = [found for found in find_differences(a, b) if found.path[0] not in UNREMARKABLE]
    turned = _list_turned(a.resolved(), b.resolved())
    return [*(_word(found, a, b) for found in different), *map(_word_order, turned)]


def _list_turned(
    before: Mapping[str, Any], after: Mapping[str, Any], path: Keys = ()
) -> list[Keys]:
    """Parts in which what both have stands in another order; it is paid, asked or drawn in turn."""
    found: list[Keys] = []
    if path and path[-1] in WITH_ROWS:
        ours, theirs = [key for key in before if key in after], [k for k in after if k in before]
        found += [path] * (ours != theirs)
    for key, old in before.items():
        new = after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += _list_turned(old, new, (*path, key))
    return found


def _word_order(path: Keys) -> str:
    name = _name(path)
    return (
        f"{name[:1].upper()}{name[1:]}: in another order, in which they are paid, asked or drawn."
    )


def _word(found: Difference, a: Scenario, b: Scenario) -> str:
    if found.before is None or found.after is None:
        side = b if found.before is None else a
        return (
            f"Only {side.name} has {_name(found.path)}: {word_value(_shorten(side, found.path))}."
        )
    resolved = b.resolved()
    field = follow(found.path, resolved)[1]
    meaning = (
        f" ({field.description.rstrip('.').split(';')[0]}.)"
        if field is not None and field.description
        else ""
    )
    name = _name(found.path)
    values = (
        f"is {word_value(found.before)} in {a.name}, {word_value(found.after)} in"
        f" {b.name}{_ratio(found)}."
    )
    return f"{name[:1].upper()}{name[1:]} {values}{meaning}"


def _name(path: Keys) -> str:
    """A path in words: `caseload of the service peer-specialists`."""
    words = [key.replace("_", " ") for key in path]
    for depth, key in enumerate(path[:-1]):
        if key in SINGULAR:
            thing = f"the {SINGULAR[key]} {path[depth + 1]}"
            rest = " ".join(words[depth + 2 :])
            return f"{rest} of {thing}" if rest else thing
    return (
        " ".join(reversed(words)) if len(words) == 1 else f"{words[-1]} of {' '.join(words[:-1])}"
    )


def _shorten(scenario: Scenario, path: Keys) -> Any:
    """What stands at a path, without what is as it is when nothing is said."""
    value: Any = strip(scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    # Where every value is the usual one nothing is left, and the whole is told.
    return value if value is not None else look_up(scenario.resolved(), path)


def word_value(value: Any) -> str:
    """A value as it can stand in a sentence."""
    if isinstance(value, dict):
        return (
            ", ".join(
                f"{key.replace('_', ' ')} {word_value(inner)}" for key, inner in value.items()
            )
            or "as usual"
        )
    if isinstance(value, (list, tuple)):
        return " and ".join(word_value(inner) for inner in value) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value) if str(value)[:1].isupper() else str(value).replace("_", " ")


def _ratio(found: Difference) -> str:
    """The change in percent, where both sides are numbers."""
    before, after = found.before, found.after
    if (
        isinstance(before, bool)
        or isinstance(after, bool)
        or not isinstance(before, (int, float))
        or not isinstance(after, (int, float))
        or not before
    ):
        return ""
    return f" ({after / before - 1:+.0%})"
