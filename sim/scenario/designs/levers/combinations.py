"""Levers tried together: what is valid alone may not be so beside another, and the reverse.

A sweep sets all its levers at once, so only combinations are tried, never one lever by itself. Few
combinations are tried all; of many, each value is tried beside each value of every other lever,
which takes no more trials than two levers alone.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.scenario.designs.factors import find_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.designs.factors import Lever, Page
    from sim.scenario.files.yaml_document import Keys
    from sim.scenario.scenario import Scenario

MOST_COMBINED = 200
"""Combinations that are tried before a sweep starts; any others are, when their points are made."""
PRIMES = (2, 3, 5, 7, 11, 13)
"""Values of each lever that are tried beside all of the others', so many at most: a check takes
time by its square.
"""
MOST_IN_A_ROW = 100


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


def say_setting(setting: dict[str, Any]) -> str:
    """Spell lever values for a message."""
    return " and ".join(f"{path} = {value}" for path, value in setting.items())
