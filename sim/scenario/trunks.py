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
    """Weeks that several scenarios of a list share: until which, by their places whose, and the
    trunks of some of them that go on from there.
    """

    week: int
    members: tuple[int, ...]
    branches: tuple[Trunk, ...] = ()


class _Member(NamedTuple):
    """A scenario, its place in the list and what it declares as plain data."""

    place: int
    scenario: Scenario
    declared: Plain


def find_trunks(scenarios: Sequence[Scenario]) -> tuple[Trunk, ...]:
    """Trunks of scenarios with one burn-in: those that part later go on together."""
    # What one declares need not be looked at: a worker would wait for its fields to be prepared.
    if len(scenarios) < 2:
        return ()
    members = [
        _Member(place, scenario, scenario.resolved())
        for place, scenario in enumerate(scenarios)
        # Channels that are held take their weeks from a run of their own.
        if scenario.held is None
    ]
    return tuple(trunk for group in _group(members, 1) for trunk in _grow(group, 0))


def find_paths(trunks: Sequence[Trunk]) -> dict[int, tuple[Trunk, ...]]:
    """The trunks through which each scenario goes, by its place, the first one first."""
    paths: dict[int, tuple[Trunk, ...]] = {}
    for trunk in trunks:
        further = find_paths(trunk.branches)
        paths |= {place: (trunk, *further.get(place, ())) for place in trunk.members}
    return paths


def _grow(members: Sequence[_Member], since: int) -> tuple[Trunk, ...]:
    """Trunks of scenarios that share all weeks before `since`."""
    if len(members) < 2:
        return ()
    parting, groups = _part(members, since)
    if parting - since < LEAST_WEEKS:
        return tuple(trunk for group in groups for trunk in _grow(group, since))
    branches = tuple(trunk for group in groups for trunk in _grow(group, parting))
    return (Trunk(parting, tuple(member.place for member in members), branches),)


def _part(members: Sequence[_Member], since: int) -> tuple[int, list[list[_Member]]]:
    """The last week, of those at which anything can act, before which nothing differs; and who
    still goes together after it.
    """
    horizon, parting = members[0].scenario.horizon, max(since, 1)
    dates = {date for member in members for date in list_dates(member.scenario)}
    for week in sorted(date for date in dates if parting < date <= horizon):
        groups = _group(members, week)
        # What acts before a week acts before every later one.
        if len(groups) > 1:
            return parting, groups
        parting = week
    return parting, []


def _group(members: Sequence[_Member], week: int) -> list[list[_Member]]:
    """Scenarios in groups of those in which the same can act before a week."""
    groups: list[tuple[Plain, list[_Member]]] = []
    for member in members:
        acting = list_acting(member.scenario, member.declared, week)
        group = next((group for other, group in groups if other == acting), None)
        if group is None:
            groups.append((acting, [member]))
        else:
            group.append(member)
    return [group for _, group in groups]
