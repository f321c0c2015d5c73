"""Levers tried together: what is valid alone may not be so beside another, and the reverse.

A sweep sets all its levers at once, so only combinations are tried, never one lever by itself. Few
combinations are tried all; of many, each value is tried beside each value of a lever that concerns
the same part of the scenario, which is where contradictions arise.
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
MOST_OF_A_GROUP = 100


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
    longest = max(len(values) for _, values in axes)
    for place in range(min(longest, MOST_OF_A_GROUP)):
        yield {path: values[place % len(values)] for path, values in axes}
    for one, other in itertools.combinations(axes, 2):
        if find_part(one[0]) != find_part(other[0]):
            continue
        rest = {path: values[0] for path, values in axes}
        pairs = itertools.product(one[1], other[1])
        for first, second in itertools.islice(pairs, MOST_OF_A_GROUP):
            yield {**rest, one[0]: first, other[0]: second}


def find_part(path: str) -> str:
    """The part of a scenario that a path belongs to: one service, one fund, or a whole section."""
    head, *rest = path.split(".")
    named = head in {"services", "funds", "shocks", "partnerships"}
    return f"{head}.{rest[0]}" if named and rest else head


def find_clashes(scenario: Scenario, axes: Sequence[tuple[str, Sequence[Any]]]) -> list[Clash]:
    """List what is wrong with combinations of lever values, each thing once."""
    found: dict[tuple[str, str], Clash] = {}
    for setting in list_combinations(axes) if axes else ():
        for problem in try_setting(scenario, setting):
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
    return kept or setting


def try_levers(
    page: Page, scenario: Scenario, levers: Sequence[Lever], levels: int
) -> list[Problem]:
    """Complain of what levers cannot be together; give notes on values that are there twice.

    levels: values of a range that are tried, from end to end.
    """
    steps = [place / (levels - 1) for place in range(levels)]
    axes = [
        (lever.path, lever.values or tuple(find_value(lever, step) for step in steps))
        for lever in levers
    ]
    for setting, problem in find_clashes(scenario, axes):
        path = problem.path if problem.path in setting else next(iter(setting))
        said = problem.message if problem.path == path else f"{problem.path}: {problem.message}"
        here: Keys = ("vary", "policy", path)
        lever = next(lever for lever in levers if lever.path == path)
        if len(setting) > 1:
            said = f"{said}, with {say_setting(setting)}"
        elif lever.values:
            here = (*here, str(lever.values.index(setting[path])))
        page.complain(here, said, problem.hint)
    notes = [_note_repeat(page, lever) for lever in levers]
    return [note for note in notes if note is not None]


def _note_repeat(page: Page, lever: Lever) -> Problem | None:
    for place, value in enumerate(lever.values):
        if value in lever.values[:place]:
            here = ("vary", "policy", lever.path, str(place))
            message = f"{value} is there twice: its points count twice"
            return page.locate(here, message, "leave one of them out")
    return None


def say_setting(setting: dict[str, Any]) -> str:
    """Spell lever values for a message."""
    return " and ".join(f"{path} = {value}" for path, value in setting.items())
