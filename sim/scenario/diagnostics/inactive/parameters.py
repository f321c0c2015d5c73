"""Parameters that nothing of a scenario reads, and people who cannot move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.evidence.levels import MOVING
from sim.evidence.loader import all_kinds
from sim.scenario.diagnostics.conflicts import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.scenario import Scenario

FRIENDS_GONE = "turnover.friends_gone"
READ_UNDER = {
    "social.contagion_on": ("contagion", "on"),
    "social.contagion": ("contagion", "off"),
    "care.additive_limit": ("gains", "additive"),
    "crisis.crisis_most": ("crisis_link", "logistic"),
}
"""Numbers that are read under one structure alone: the switch, and how it has to stand."""


def look_at_parameters(scenario: Scenario) -> Iterator[Conflict]:
    """Numbers that are read by nobody here, or that another key replaces."""
    people = scenario.population
    if people.turnover == "off" and people.moving is not None:
        message = "never acts: with `turnover: off` nobody moves"
        yield Conflict(("population", "moving"), message, "leave one of the two out")
    for name in scenario.parameters:
        if said := say_unread(name, scenario):
            yield Conflict(("parameters", name), f"never acts: {said}", on_key=True)


def say_unread(name: str, scenario: Scenario) -> str:
    """Why a parameter is read by nobody in a scenario; empty where it is read."""
    room, *rest = name.split(".")
    people, committee = scenario.population, scenario.governance
    # A kind of the scenario's own has the numbers of the shipped one that it leaves out.
    kinds = {service.kind for service in scenario.services.values() if service.enabled}
    if room == "services" and rest and rest[0] in all_kinds() and rest[0] not in kinds:
        return f"no service here is of the kind {rest[0]}"
    # Friends also die: that is left out of how often friendships fade, whoever comes or goes.
    if room == "turnover" and people.turnover == "off" and name != FRIENDS_GONE:
        return "nobody comes or goes with `turnover: off`"
    if name == MOVING and people.moving is not None:
        return "`population.moving` says it already"
    switch, needed = READ_UNDER.get(name, ("", ""))
    if switch and getattr(scenario.structure, switch) != needed:
        return f"it is read with `structure.{switch}: {needed}` alone"
    if room == "governance" and (committee is None or not committee.acting):
        return "no committee decides here"
    return ""
