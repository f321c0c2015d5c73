"""Levers tried together: what is valid alone may not be so beside another, and the reverse.

A sweep sets all its levers at once, so only combinations are tried, never one lever by itself. Few
combinations are tried all; of many, each value is tried beside each value of every other lever,
which takes no more trials than two levers alone. Noted with them is what can never act in the
towns of a sweep, or at one of its values; a value of nothing is taken for meant.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.scenario.designs.factors import find_value, read_number
from sim.scenario.designs.sample_file import read_cell
from sim.scenario.diagnostics.inactive import OFF, find_inactive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sim.scenario.designs.factors import Lever, Page, Uncertainty
    from sim.scenario.designs.sample_file import Table
    from sim.scenario.diagnostics.conflicts import Conflict
    from sim.scenario.files.yaml_document import Keys
    from sim.scenario.scenario import Scenario

    Axis = tuple[str, Sequence[Any]]

MOST_COMBINED = 200
"""Combinations that are tried before a sweep starts; any others are, when their points are made."""
PRIMES = (2, 3, 5, 7, 11, 13)
"""Values of each lever that are tried beside all of the others', so many at most: a check takes
time by its square.
"""
MOST_IN_A_ROW = 100
MOST_LOOKED_AT = 100
"""Values of a lever, or lines of a file, that are looked at."""


class Clash(NamedTuple):
    """A combination that cannot be: the levers that it takes, and what is wrong."""

    setting: dict[str, Any]
    problem: Problem


def list_combinations(axes: Sequence[tuple[str, Sequence[Any]]]) -> Iterator[dict[str, Any]]:
    """List combinations of lever values to try, each as values by path."""
    paths = [path for path, _ in axes]
    if math.prod(len(values) for _, values in axes) <= MOST_COMBINED:
        for row in itertools.product(*(values for _, values in axes)):
            yield dict(zip(paths, row, strict=True))
        return
    longest, levers = max(len(values) for _, values in axes), len(axes)
    width = next((prime for prime in PRIMES if prime >= max(longest, levers - 1)), PRIMES[-1])
    if longest > width:
        # Each value at least once, all levers moving together; shorter lists begin again.
        for place in range(min(longest, MOST_IN_A_ROW)):
            yield {path: values[place % len(values)] for path, values in axes}
    # An orthogonal array of strength two: lines of every slope over a field of `width` elements
    # meet each value of a lever beside each value of any other.
    spread = [_spread(values, width) for _, values in axes]
    for start, step in itertools.product(range(width), repeat=2):
        places = ((start + k * step) % width if k < width else step for k in range(levers))
        yield {
            path: values[place % len(values)]
            for path, values, place in zip(paths, spread, places, strict=True)
        }


def _spread(values: Sequence[Any], most: int) -> Sequence[Any]:
    """At most so many of some values, the first and the last among them."""
    if len(values) <= most:
        return values
    return [values[round(k * (len(values) - 1) / (most - 1))] for k in range(most)]


def find_clashes(scenario: Scenario, axes: Sequence[tuple[str, Sequence[Any]]]) -> list[Clash]:
    """List what is wrong with combinations of lever values, each thing once."""
    found: dict[tuple[str, str], Clash] = {}
    for setting in list_combinations(axes) if axes else ():
        for problem in try_setting(scenario, setting):
            # One fault shows at many settings, and is told at the first of them.
            mark = _mark(problem)
            if mark not in found:
                found[mark] = Clash(_find_culprits(scenario, setting, mark), problem)
    return list(found.values())


def try_setting(scenario: Scenario, setting: dict[str, Any]) -> tuple[Problem, ...]:
    """What is wrong with a scenario at one setting of its levers."""
    try:
        scenario.with_(setting)
    except InvalidInput as error:
        return error.problems
    return ()


def _mark(problem: Problem) -> tuple[str, str]:
    """What a problem is about, whatever the values in its sentence."""
    # Values stand in brackets at the end of a message.
    return problem.path, problem.message.partition(" (")[0]


def _find_culprits(
    scenario: Scenario, setting: dict[str, Any], mark: tuple[str, str]
) -> dict[str, Any]:
    """The fewest levers with which a problem is still there: each is taken back in turn."""
    kept = dict(setting)
    for path in setting:
        fewer = {name: value for name, value in kept.items() if name != path}
        if any(_mark(problem) == mark for problem in try_setting(scenario, fewer)):
            kept = fewer
    # Never empty: a complaint needs a lever to stand at.
    return kept or setting


def list_axes(levers: Sequence[Lever], levels: int) -> list[tuple[str, Sequence[Any]]]:
    """Values of each lever that are tried; `levels` of a range, from end to end."""
    steps = [place / (levels - 1) for place in range(levels)]
    return [
        (lever.path, lever.values or tuple(find_value(lever, step) for step in steps))
        for lever in levers
    ]


def try_levers(
    page: Page,
    scenario: Scenario,
    levers: Sequence[Lever],
    axes: Sequence[tuple[str, Sequence[Any]]],
) -> None:
    """Complain of what levers cannot be together."""
    for setting, problem in find_clashes(scenario, axes):
        # A fault may show at a key that no lever sets; it is told at a lever that brings it about.
        path = problem.path if problem.path in setting else next(iter(setting))
        said = problem.message if problem.path == path else f"{problem.path}: {problem.message}"
        here: Keys = ("vary", "policy", path)
        lever = next(lever for lever in levers if lever.path == path)
        if len(setting) > 1:
            said = f"{said}, with {say_setting(setting)}"
        elif lever.values:
            # One lever alone is at fault, so one of its values is.
            here = (*here, str(lever.values.index(setting[path])))
        page.complain(here, said, problem.hint)


def note_repeats(
    page: Page, levers: Sequence[Lever], uncertainties: Sequence[Uncertainty]
) -> list[Problem]:
    """Notes on values that are there twice."""
    listed = [("policy", lever.path, lever.values) for lever in levers]
    listed += [("parameters", varied.id, varied.values) for varied in uncertainties]
    notes = []
    for section, name, values in listed:
        for place, value in enumerate(values):
            if value in values[:place]:
                here = ("vary", section, name, str(place))
                message = f"{value} is there twice: its points count twice"
                notes.append(page.locate(here, message, "leave one of them out"))
    return notes


def say_setting(setting: dict[str, Any]) -> str:
    """Spell lever values for a message."""
    return " and ".join(f"{path} = {value}" for path, value in setting.items())


def note_inactive(
    page: Page, towns: Mapping[str, Scenario | None], axes: Sequence[Axis]
) -> list[Problem]:
    """Notes on what never acts in the towns of a sweep, by their key, and at values of levers."""
    notes = []
    for key, town in towns.items():
        if town is not None:
            # Levers are set in the scenario only: in the reference they bring nothing to act.
            notes += _note_town(page, key, town, axes if key == "scenario" else ())
    scenario = towns["scenario"]
    return notes if scenario is None else [*notes, *_note_values(page, scenario, axes)]


def _note_town(page: Page, key: str, town: Scenario, axes: Sequence[Axis]) -> list[Problem]:
    """What never acts, whatever value one of the levers takes."""
    never = _by_path(town)
    for path, values in axes if never else ():
        for value in values[:MOST_LOOKED_AT]:
            found = _by_path_at(town, {path: value})
            # Kept if it acts at no value; a value that is refused says nothing about it.
            never = {name: one for name, one in never.items() if found is None or name in found}
    return [
        page.locate((key,), f"{town.name}: {path}: {one.message}", one.hint)
        for path, one in never.items()
    ]


def _note_values(page: Page, town: Scenario, axes: Sequence[Axis]) -> list[Problem]:
    """Values of levers with which something never acts that acts without them."""
    before = _by_path(town)
    notes = []
    for path, values in axes:
        for place, value in enumerate(values[:MOST_LOOKED_AT]):
            if not value or read_number(value) == 0:
                continue
            here = ("vary", "policy", path, str(place))
            for name, one in _find_new(town, {path: value}, before).items():
                said = one.message if name == path else f"{name}: {one.message}"
                notes.append(page.locate(here, f"with {value}, {said}", one.hint))
    return notes


def note_inactive_lines(table: Table, town: Scenario) -> list[Problem]:
    """Notes on lines of a file of points with which something never acts."""
    before = _by_path(town)
    policies: dict[tuple[Any, ...], int] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        # A policy is often repeated under many draws of parameters: its first line stands for all.
        policies.setdefault(tuple(read_cell(row[k]) for k in table.levers), line)
    names = [table.header[k] for k in table.levers]
    return [
        Problem(table.file, line, 1, name, one.message, one.hint)
        for policy, line in list(policies.items())[:MOST_LOOKED_AT]
        for name, one in _find_new(town, dict(zip(names, policy, strict=True)), before).items()
    ]


def _find_new(
    town: Scenario, changes: Mapping[str, Any], before: Mapping[str, Conflict]
) -> dict[str, Conflict]:
    found = _by_path_at(town, changes) or {}
    # With the hint to switch it off goes a zero, which an end of a lever may be on purpose.
    return {name: one for name, one in found.items() if name not in before and one.hint != OFF}


def _by_path_at(town: Scenario, changes: Mapping[str, Any]) -> dict[str, Conflict] | None:
    """What never acts in a town with changes; None where they are refused, as is said elsewhere."""
    try:
        return _by_path(town.with_(changes))
    except InvalidInput:
        return None


def _by_path(town: Scenario) -> dict[str, Conflict]:
    return {".".join(conflict.path): conflict for conflict in find_inactive(town)}
