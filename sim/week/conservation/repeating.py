"""What repeats a run: settings that make its scenario, drawn parameters included, from the one that
is loaded by its name.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from sim.errors import InvalidInput
from sim.evidence.levels import MOVING, combine
from sim.scenario.schema.own_kinds import is_own
from sim.week.conservation.conservation import Breach

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.scenario import Scenario
    from sim.week.conservation.conservation import Origin


def settle_draw(scenario: Scenario, draw: Mapping[str, float]) -> dict[str, float]:
    """What a scenario has to state, by dotted path, to be run as a draw makes it.

    A draw moves the levels that a scenario states; stated in their place it would be another town.
    """
    stated = dict(scenario.parameters)
    if MOVING in draw and (moving := scenario.population.moving) is not None:
        stated[MOVING] = moving
    values = combine(stated, {key: value for key, value in draw.items() if not is_own(key)})
    changes = {}
    for name, value in draw.items():
        if is_own(name):
            _, kind, field = name.split(".", 2)
            changes[f"kinds.{kind}.numbers.{field}.value"] = value
        elif name == MOVING and MOVING in stated:
            changes["population.moving"] = values[name]
        else:
            changes[f"parameters.{name}"] = values[name]
    return changes


def find_settings(
    scenario: Scenario, draw: Mapping[str, float], weeks: int
) -> tuple[str, ...] | None:
    """What `kinwell run` has to set in the scenario of this name to repeat so many weeks of a run;
    None where there is no such scenario, or not all can be set.
    """
    from sim.scenario.diff import find_differences
    from sim.scenario.files.yaml_document import parse_value
    from sim.scenario.library import load

    changes: dict[str, Any] = dict(settle_draw(scenario, draw))
    if weeks > scenario.horizon:
        changes["horizon"] = weeks
    try:
        wanted, named = scenario.with_(changes), load(scenario.name)
        found = find_differences(named, scenario) if named.hash != scenario.hash else []
        # What is drawn or longer goes over what differs.
        every = {".".join(one.path): one.after for one in found} | changes
        settings = tuple(f"{path}={_spell(value)}" for path, value in every.items())
        pairs = (setting.split("=", 1) for setting in settings)
        made = named.with_({path: parse_value(text, path) for path, text in pairs})
    except InvalidInput:
        return None
    # Tried rather than trusted: a command that repeats something else would mislead.
    return settings if made.hash == wanted.hash else None


def _spell(value: object) -> str:
    """A value as `--set` reads it."""
    return json.dumps(value, ensure_ascii=False)


class Running(Protocol):
    """A run, as far as it has come."""

    declared: Scenario
    origin: Origin
    alone: ClassVar[bool]

    @property
    def week(self) -> int:
        """The week that is run."""
        ...


def name_run(breach: Breach, run: Running) -> Breach:
    """A breach with what repeats the run that it was found in."""
    weeks, draw = run.week + 1, run.origin.draw
    settings = find_settings(run.declared, draw, weeks) if run.alone else None
    return breach.of(run.origin._replace(settings=settings))


@contextmanager
def repeated_as_a_whole() -> Iterator[None]:
    """Of runs that are acted on from outside, such as towns of a trial, no scenario repeats a
    breach: it carries no command of its own then.
    """
    try:
        yield
    except Breach as breach:
        if breach.origin is None:
            raise
        raise breach.of(breach.origin._replace(settings=None)) from None
