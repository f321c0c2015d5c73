"""Titles by which scenarios can be told apart: those that share one get the values that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.diff import UNREMARKABLE, compare_declared, word_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_OF_A_TITLE = 30
"""Scenarios of one title that are told apart by what they hold: points of a small sweep."""
MOST_VALUES = 3
"""Values that a title may take; who differs by more is told by its name."""
FEW_DIGITS, ALL_DIGITS = 4, 10
"""Digits of a value, and where these are the same in two."""
LONGEST_VALUES = 60
"""Characters of all values of one title."""


def say_path(path: str) -> str:
    """A dotted path of a scenario in words: `peers: caseload`."""
    part, _, rest = path.partition(".")
    words = (rest or part).replace("_", " ").split(".")
    return f"{words[0]}: {' '.join(words[1:])}" if len(words) > 1 else words[0]


def tell_apart(declared: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """A title for each scenario (plain data by name): its own, with the values that differ among
    those of the same title where these are few and short.
    """
    titles = {name: str(data.get("title") or name) for name, data in declared.items()}
    alike: dict[str, list[str]] = {}
    for name, title in titles.items():
        alike.setdefault(title, []).append(name)
    for title, names in alike.items():
        if 1 < len(names) <= MOST_OF_A_TITLE:
            titles |= _add_values(title, {name: declared[name] for name in names})
    return titles


def _add_values(title: str, declared: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Titles with the values that differ; none where these are many, or too long for a title."""
    first, *others = declared.values()
    found = (each.path for other in others for each in compare_declared(first, other))
    paths = sorted({path for path in found if path[0] not in UNREMARKABLE})
    if not 0 < len(paths) <= MOST_VALUES:
        return {}
    for digits in (FEW_DIGITS, ALL_DIGITS):
        said = {name: _say_values(data, paths, digits) for name, data in declared.items()}
        # A whole service is no value, and twins beside a third are not told apart.
        if len(set(said.values())) == len(said) and max(map(len, said.values())) <= LONGEST_VALUES:
            return {name: f"{title} ({values})" for name, values in said.items()}
    return {}


def _say_values(data: Mapping[str, Any], paths: Sequence[tuple[str, ...]], digits: int) -> str:
    """Values at paths in words, each thing named once: `peers: caseload 8, staff peer 2`."""
    said, before = [], ""
    for path in paths:
        thing, mark, rest = say_path(".".join(path)).partition(": ")
        named = rest if mark and thing == before else f"{thing}{mark}{rest}"
        said.append(f"{named} {_word(data, path, digits)}")
        before = thing
    return ", ".join(said)


def _word(data: Any, path: tuple[str, ...], digits: int) -> str:
    """A value in words; that something has none is told too."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    if isinstance(data, float):
        return f"{data:.{digits}g}"
    return "none" if data is None else word_value(data)
