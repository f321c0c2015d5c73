"""Week 0 of a place beside what is stated of it: what the burn-in alone comes to, what the town
begins with, and what a quarter of a year leaves of it.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.state.staff import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.scenario.scenario import Scenario
    from sim.week.world import World

QUARTER = 13
SEEDS = (1, 2, 3)
"""Towns that are averaged over."""
CLOSE = 0.15
"""Relative difference within which a number is met, or kept; and one person or post at least."""
PART_OF_POST = 0.25
"""Posts are vacant whole: a quarter of one is as near as may be asked."""
WHAT = {"in_care": "people in care", "waiting": "people waiting", "waited": "weeks waited so far"}
Count = dict[tuple[str, str], float]
"""Numbers by service and what they count: a key of WHAT, or `vacant ROLE`."""


class Standing(NamedTuple):
    """One number of a service at week 0, means over towns: stated; alone: where nothing is stated;
    begun: at week 0 as stated; later: after a quarter.
    """

    service: str
    what: str
    stated: float
    alone: float
    begun: float
    later: float

    @property
    def is_met(self) -> bool:
        """Whether the town begins with it."""
        least = PART_OF_POST if self.what.startswith("vacant") else 1.0
        return abs(self.begun - self.stated) <= max(CLOSE * self.stated, least)

    @property
    def is_kept(self) -> bool:
        """Whether a quarter leaves it."""
        return abs(self.later - self.begun) <= max(2.0 * CLOSE * self.stated, 2.0)

    def __str__(self) -> str:
        """`talking-therapies, people waiting: 120 stated, the burn-in alone has 31, …`."""
        return (
            f"{self.service}, {WHAT.get(self.what, self.what)}: {self.stated:,.4g} stated, the"
            f" burn-in alone has {self.alone:,.1f}, week 0 {self.begun:,.1f}, week {QUARTER}"
            f" {self.later:,.1f}"
        )


def stand_at_week_0(scenario: Scenario, seeds: Sequence[int] = SEEDS) -> list[Standing]:
    """Every number that is stated of services at week 0; empty where nothing is."""
    from sim.community import Community  # heavy to import, and pages only say what was found

    stated = list_stated(scenario)
    if not stated:
        return []
    free = scenario.with_(
        {f"services.{name}.at_start": None for name in {name for name, _ in stated}}
    )
    alone, begun, later = [], [], []
    for seed in seeds:
        with closing(Community(free, rng=seed)) as community:
            alone.append(count(community.warm_up().world, stated))
        with closing(Community(scenario, rng=seed)) as community:
            begun.append(count(community.warm_up().world, stated))
            for _ in range(min(QUARTER, scenario.horizon)):
                community.step()
            later.append(count(community.world, stated))
    return [
        Standing(*key, value, *(_mean(counts, key) for counts in (alone, begun, later)))
        for key, value in stated.items()
    ]


def _mean(counts: Sequence[Mapping[tuple[str, str], float]], key: tuple[str, str]) -> float:
    return float(np.mean([count[key] for count in counts]))


def list_stated(scenario: Scenario) -> Count:
    """What the scenario states of week 0."""
    found: Count = {}
    for name, service in scenario.services.items():
        given = service.at_start if service.enabled else None
        if given is None:
            continue
        for key in WHAT:
            if getattr(given, key) is not None:
                found[name, key] = float(getattr(given, key))
        found |= {(name, f"vacant {role}"): posts for role, posts in given.vacant.items()}
    return found


def count(world: World, wanted: Mapping[tuple[str, str], float]) -> Count:
    """The same numbers in a world, counted from people and posts."""
    r, staff = world.residents, world.provision.staff
    found: Count = {}
    for name, what in wanted:
        s = world.provision.names.index(name)
        waits = r.wait_service == s + 1
        if what == "in_care":
            value = float((r.care_service == s + 1).any(axis=1).sum())
        elif what == "waiting":
            value = float(waits.any(axis=1).sum())
        elif what == "waited":
            value = float((world.week - r.wait_since[waits]).mean()) if waits.any() else 0.0
        else:
            role = ROLES.index(what.removeprefix("vacant "))
            vacant = (staff.service == s) & (staff.role == role) & (staff.open > staff.filled)
            value = float(staff.hours[vacant].sum())
        found[name, what] = value
    return found


def say_standing(found: Sequence[Standing]) -> list[str]:
    """What the model could not reproduce, or does not keep."""
    said = [f"not reproduced at week 0 - {one}" for one in found if not one.is_met]
    return said + [
        f"begun as stated, and not kept: demand or supply differs from the place's - {one}"
        for one in found
        if one.is_met and not one.is_kept and not one.what.startswith("vacant")
    ]
