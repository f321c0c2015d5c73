"""The posts of services: a row for each that there can ever be, and how many are declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.random import name_key
from sim.state.staff import NOBODY, ROLES, make_staff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import Service
    from sim.state.staff import Staff


def _room_to_grow(scenario: Scenario, most: float) -> dict[str, float]:
    """How many times its declared size a service can become by the committee's rules."""
    rules = [
        rule
        for each in (scenario, *scenario.options)
        if each.governance is not None
        for rule in each.governance.acting.values()
    ]
    return {rule.do.expand: most for rule in rules if rule.do.expand and rule.do.by}


def _find_later_posts(scenario: Scenario) -> dict[str, dict[str, float]]:
    """Full-time posts by service and role that any option of a branch has at most."""
    most: dict[str, dict[str, float]] = {}
    for option in scenario.options:
        for name, service in option.services.items():
            posts = most.setdefault(name, {})
            for role, hours in service.staff.items():
                posts[str(role)] = max(posts.get(str(role), 0.0), hours)
    return most


def make_posts(declared: Mapping[str, Service], scenario: Scenario, most: float) -> Staff:
    """A row for each post, with room to grow (`most` times) and for the largest option of a
    branch.
    """
    growth, later = _room_to_grow(scenario, most), _find_later_posts(scenario)
    posts = [
        (name, s, role, number, share_hours(_find_hours(service, role), number))
        for s, (name, service) in enumerate(declared.items())
        for role in dict.fromkeys((*map(str, service.staff), *later.get(name, ())))
        for number in range(
            _count_posts(
                max(_find_hours(service, role), later.get(name, {}).get(role, 0.0))
                * growth.get(name, 1.0)
            )
        )
    ]
    leading = [service.leading_role for service in declared.values()]
    staff = make_staff(len(posts))
    for k, (name, s, role, number, hours) in enumerate(posts):
        staff.key[k] = name_key(f"{name}/{role}/{number}")  # by name: no post moves another's draws
        staff.service[k] = s
        staff.role[k] = ROLES.index(role)
        staff.number[k] = number
        staff.hours[k] = hours
        staff.leading[k] = role == leading[s]
    staff.resident[:] = NOBODY
    return staff


def _find_hours(service: Service, role: str) -> float:
    """Full-time posts that a service declares of a role."""
    return {str(each): hours for each, hours in service.staff.items()}.get(role, 0.0)


def share_hours(hours: float, number: int) -> float:
    """Full-time equivalents of a post by its number; the last one may be a part of one."""
    return min(1.0, hours - number) if number < hours else 1.0


def _count_posts(hours: float) -> int:
    return int(np.ceil(hours - 1e-9))  # guards against 2.0000000001 posts


def count_full(declared: tuple[Service, ...], staff: Staff) -> NDArray[np.int64]:
    """Posts that are declared of the service and role of each post (n_posts,); -1 where none
    are.
    """
    hours = [{str(role): each for role, each in service.staff.items()} for service in declared]
    asked = (hours[s].get(ROLES[role]) for s, role in zip(staff.service, staff.role, strict=True))
    # Rounding that is not exactly a whole number must not open a post that nobody declared.
    return np.array([-1 if each is None else _count_posts(each) for each in asked], np.int64)
