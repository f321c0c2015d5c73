"""Which scenarios of a list are one town for longer than the burn-in, and until which week: these
weeks (the trunk) are run once, and each goes on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sim.scenario.first_weeks import list_acting, list_dates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario

    Plain = dict[str, Any]


LEAST_WEEKS = 8
"""Fewer shared weeks are not worth it: to copy a small town takes as long as about so many."""


class Trunk(NamedTuple):
    """Weeks that several scenarios of a list share: until which, and by their places whose."""

    week: int
    members: tuple[int, ...]


def find_trunks(scenarios: Sequence[Scenario]) -> list[Trunk]:
    """Trunks of scenarios with one burn-in, each scenario in one at most.

    All of a trunk part at the first week at which any of them can differ from the others.
    """
    plain = [scenario.resolved() for scenario in scenarios]
    alike: list[tuple[Plain, list[int]]] = []
    for place, scenario in enumerate(scenarios):
        # Channels that are held take their weeks from a run of their own.
        if scenario.held is not None:
            continue
        acting = list_acting(scenario, plain[place], 1)
        members = next((members for other, members in alike if other == acting), None)
        if members is None:
            alike.append((acting, [place]))
        else:
            members.append(place)
    trunks = [
        Trunk(_find_parting([(scenarios[k], plain[k]) for k in members]), tuple(members))
        for _, members in alike
        if len(members) > 1
    ]
    return [trunk for trunk in trunks if trunk.week >= LEAST_WEEKS]


def _find_parting(members: Sequence[tuple[Scenario, Plain]]) -> int:
    """The last week, of those at which anything can, before which nothing differs."""
    horizon, parting = members[0][0].horizon, 1
    dates = {date for scenario, _ in members for date in list_dates(scenario)}
    for week in sorted(date for date in dates if 1 < date <= horizon):
        first, *others = (list_acting(scenario, plain, week) for scenario, plain in members)
        # What acts before a week acts before every later one.
        if any(other != first for other in others):
            break
        parting = week
    return parting
