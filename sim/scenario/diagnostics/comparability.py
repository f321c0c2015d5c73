"""The one rule for which scenarios may be compared: asked by everything that pairs runs.

A paired difference is due to the change between two scenarios only if they describe the same
town over the same time and count money and health in the same way.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Protocol

from sim.errors import Refused, spell
from sim.evidence.prices import all_prices
from sim.scenario.schema.field_types import keep_rows
from sim.units import say_weeks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TOWN_DIFFERENCES = {
    "population": "describe different towns",
    "neighbourhoods": "describe different towns",
    "horizon": "run for different times",
    "warm_up": "begin from different pasts",
}
"""What makes two scenarios different places or times."""
HELD_AT = ("held", "reference")
"""Where a scenario says at which other one channels are held."""
UNITS = {
    "currency": "count money in different currencies",
    "price_year": "count money in prices of different years",
    "discount": "discount later years differently",
    "perspective": "count the costs of different payers",
    "willingness_to_pay": "judge what a QALY may cost by different thresholds",
}
"""What makes the costs and effects of two scenarios different quantities."""
SHARED_KEYS = TOWN_DIFFERENCES | UNITS
"""Keys that scenarios must share to be compared, and what is wrong where they do not."""

LEAST_PAIRS = 2
"""Pairs from which anything can be said about chance."""


def say_too_few(pairs: int) -> str:
    """Write that so few pairs are no comparison."""
    return (
        f"{pairs} replicate says nothing about chance; run at least {LEAST_PAIRS} with -n (30 or"
        " more give a useful interval)"
    )


def say_alone(name: str, *, changed: bool) -> str:
    """Write that there is nothing beside a scenario; `changed`: values were set in all of them."""
    beside = " (--set changes every scenario that is compared)" if changed else ""
    return (
        f"{name} alone: there is nothing to compare it with{beside}; give a second scenario, such"
        f" as a file that extends it ({spell('new', 'mine', '--from', name)})"
    )


class Comparable(Protocol):
    """What a comparison asks of a scenario, which is defined above this."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def horizon(self) -> int:
        """Weeks for which it is followed."""
        ...

    @property
    def branch(self) -> object:
        """Where it branches; None where it does not."""
        ...

    @property
    def past_hash(self) -> str:
        """Mark of everything that acts before week 0."""
        ...

    def resolved(self) -> dict[str, Any]:
        """Every key with its value."""
        ...


def find_mismatches(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """List the keys of two resolved scenarios that forbid a comparison."""
    return [
        key for key in SHARED_KEYS if _settle(key, first.get(key)) != _settle(key, second.get(key))
    ]


def _settle(key: str, value: Any) -> Any:
    """A value as it acts: thresholds are the same in any order, and each counts once."""
    is_list = key == "willingness_to_pay" and isinstance(value, list | tuple)
    # In another order, people live elsewhere and other ones are drawn: it is another town.
    return {str(each) for each in value} if is_list else keep_rows(value, key)


def explain_mismatch(
    names: tuple[str, str], first: Mapping[str, Any], second: Mapping[str, Any]
) -> str:
    """Say why two resolved scenarios cannot be compared; empty where they can."""
    found = find_mismatches(first, second)
    if not found:
        return ""
    reasons = [
        f"{SHARED_KEYS[key]} ({_say_values(key, first.get(key), second.get(key))})" for key in found
    ]
    return f"{names[0]} and {names[1]} {' and '.join(reasons)} and cannot be compared"


def say_comparable(towns: Mapping[str, Mapping[str, Any]]) -> str:
    """Which of the scenarios of a folder can be compared with the newest of them, by the options
    that choose them; empty where none can.
    """
    newest = towns[list(towns)[-1]]
    first, *others = (name for name, town in towns.items() if not find_mismatches(newest, town))
    chosen = shlex.join(["--against", first, "--only", ",".join(others)])
    takers = "`kinwell compare` and `kinwell report`"
    return f"; {takers} take those that can with {chosen}" if others else ""


def _say_values(key: str, first: Any, second: Any) -> str:
    """The key that differs, with both values where each is short enough to read."""
    if isinstance(first, dict) and isinstance(second, dict):
        inner = [name for name in {**first, **second} if first.get(name) != second.get(name)]
        if not inner:
            return f"{key} in another order"
        if len(inner) == 1:
            key, first, second = f"{key}.{inner[0]}", first.get(inner[0]), second.get(inner[0])
    if any(isinstance(value, dict | list | tuple) or value is None for value in (first, second)):
        return f"{key} differs"
    return f"{key} differs: {first} and {second}"


def check_comparable(scenarios: Sequence[Comparable], reference: str) -> None:
    """Refuse scenarios that cannot be compared with the reference, every one of them at once."""
    towns = {scenario.name: scenario.resolved() for scenario in scenarios}
    if reference not in towns:
        return
    said = [
        explain_mismatch((reference, name), towns[reference], town)
        for name, town in towns.items()
        if name != reference
    ]
    if reasons := [sentence for sentence in said if sentence]:
        raise Refused("\n".join([*reasons, COMPARE_HINT]))


GIVEN_KEYS = ("prices", "parameters", "structure")
"""What a scenario takes for given, and does not decide: prices, numbers of the evidence, rules."""
OF_DECISIONS = ("prices.focus_groups",)
"""A price of what only a committee that decides on it pays."""
MOST_PATHS = 3
"""Values that a sentence lists before it counts the rest."""


def find_given_apart(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """List dotted paths of what two resolved scenarios take for given and not alike."""
    return [
        path
        for key in GIVEN_KEYS
        for path in _list_unequal(first.get(key, {}), second.get(key, {}), key)
        if path not in OF_DECISIONS
    ]


def _list_unequal(first: Any, second: Any, path: str) -> list[str]:
    if not isinstance(first, dict) or not isinstance(second, dict):
        return [] if first == second else [path]
    return [
        below
        for key in {**first, **second}
        for below in _list_unequal(first.get(key), second.get(key), f"{path}.{key}")
    ]


def say_given_apart(
    names: tuple[str, str], first: Mapping[str, Any], second: Mapping[str, Any]
) -> str:
    """Say what a difference between two resolved scenarios holds beside what they do; empty where
    both take the same for given.
    """
    paths = find_given_apart(first, second)
    if not paths:
        return ""
    more = f" and {len(paths) - MOST_PATHS} more" if len(paths) > MOST_PATHS else ""
    named = ", ".join(paths[:MOST_PATHS])
    return f"{names[0]} and {names[1]} differ in {named}{more}, and differences hold that too"


LABELS = ("name", "title", "summary", "place")
"""Keys that nothing in a run depends on."""


def find_twins(towns: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Resolved scenarios that are another one under a second name, by name: the other."""
    found, known = dict[str, str](), list[tuple[str, dict[str, Any]]]()
    for name, town in towns.items():
        told = {key: keep_rows(town[key], key) for key in town if key not in LABELS}
        if twin := next((other for other, before in known if before == told), None):
            found[name] = twin
        known.append((name, told))
    return found


def say_twin(name: str, twin: str) -> str:
    """Write that one scenario is another under a second name."""
    return f"{name} is the same as {twin} under another name: nothing differs"


UNSHARED_HINT = "compare towns, times and currencies one by one, each with a reference of its own"
COMPARE_HINT = (
    "      = extend the same file in both, or name a reference for this town with --against; "
    "--set changes every scenario"
)


def find_unshared_paths(paths: Sequence[str], *, paired: bool) -> dict[str, tuple[str, str]]:
    """Say of each dotted path what varying it would break, and what to do instead.

    Paired with a reference, nothing that is to be shared may vary; taken alone, points may be
    different towns, but not different units.
    """
    kept = SHARED_KEYS if paired else UNITS
    heads = {path: path.partition(".")[0] for path in paths}
    broken = {
        path: (f"cannot vary: points would {kept[head]}", UNSHARED_HINT)
        for path, head in heads.items()
        if head in kept
    }
    return broken | {
        path: ("cannot vary: it is a label, and no run depends on it", "leave it out")
        for path, head in heads.items()
        if head in LABELS
    }


def find_given_paths(paths: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Say of each dotted path of what is taken for given that the reference keeps its own value,
    and how to vary it in both.
    """
    said = "varies in `scenario` alone: `against` keeps its own value, and differences hold that"
    return {
        path: (said, _say_in_both(path))
        for path in paths
        if path.partition(".")[0] in GIVEN_KEYS and path not in OF_DECISIONS
    }


def _say_in_both(path: str) -> str:
    """How a sweep varies in both scenarios what is taken for given."""
    head, _, name = path.partition(".")
    if head == "parameters":
        return f"under `vary: {{parameters: ...}}`, {name} acts in both"
    prices = [each.id for each in all_prices().values() if each.key == path]
    if prices:  # one for each currency
        return f"under `vary: {{parameters: ...}}`, {' or '.join(prices)} moves it in both"
    return "`set` changes both: make one sweep for each value"


def check_held(
    scenario: Comparable, reference: Comparable
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """What stands against it, with its place and what to do."""
    if scenario.branch is not None or reference.branch is not None:
        yield (
            HELD_AT,
            "or this scenario branches, so that no channel has one value",
            "take one option",
        )
    # Channels are held person by person, which needs the same people at week 0.
    if reference.past_hash != scenario.past_hash:
        yield (
            HELD_AT,
            "has another past than this scenario: they differ before week 0",
            "let what differs begin `from: week 0` or later, and take the same people",
        )
    if reference.horizon < scenario.horizon:
        yield (
            HELD_AT,
            f"is followed for {say_weeks(reference.horizon)}, this scenario for {scenario.horizon}",
            "give both the same `horizon`",
        )
