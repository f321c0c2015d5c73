"""A scenario that branches as the scenarios that run: one for each option, with one past."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from sim.errors import InvalidInput, Problem
from sim.scenario.schema.names import make_plain

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

NO_SCENARIO = "scenarios are what sim.load gives, not names, paths or anything else"


def list_options(scenario: Scenario) -> list[Scenario]:
    """One scenario for each option of a branch, named after both; a scenario that does not branch,
    or that says which option it takes, as it is.
    """
    branch = getattr(scenario, "branch", None)
    if branch is None or branch.take is not None:
        return [scenario]
    return [
        scenario.with_(
            {
                "branch.take": option,
                "name": name_option(scenario.name, option),
                # Beside other programmes, "Stop after a year" alone does not say what is stopped.
                "title": f"{scenario.title}: {changes.get('title') or option}",
                "summary": str(changes.get("summary") or scenario.summary),
            }
        )
        for option, changes in branch.options.items()
    ]


def name_option(name: str, option: str) -> str:
    """The name of what takes an option of a scenario of this name."""
    return make_plain(f"{name}-{option}")


def spread_options(scenarios: Scenario | Iterable[Scenario]) -> list[Scenario]:
    """Every scenario with its options in its place."""
    # A scenario can be iterated over too: by its fields.
    one = hasattr(scenarios, "branch") or not isinstance(scenarios, Iterable)
    given = (cast("Scenario", scenarios),) if one else tuple(cast("Iterable[Scenario]", scenarios))
    if any(not hasattr(scenario, "branch") for scenario in given):
        raise InvalidInput(NO_SCENARIO)
    return [option for scenario in given for option in list_options(scenario)]


def take_one(scenario: Scenario) -> Scenario:
    """The scenario, where it goes on in one way; InvalidInput where it is still to be said in
    which.
    """
    if scenario.branch is not None and scenario.branch.take is None:
        hint = f"say which, such as `branch.take: {scenario.branch.fallback}`"
        raise InvalidInput(Problem("", 0, 0, "branch", "goes on in several ways", hint))
    return scenario
