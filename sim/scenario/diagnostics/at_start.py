"""What is stated of services at week 0: contradictions, and what a town cannot begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.evidence.loader import all_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.schema.fields import ScenarioFields
    from sim.scenario.schema.services import AtStart, ServiceOfAnyKind

AT_START = "at_start"
SIZED = ("places", "groups")
"""Shapes of services that people are enrolled in and wait for."""
# Plain tuples: the module that defines `Conflict` imports this one.
Found = tuple[tuple[str, ...], str, str]


class Room(NamedTuple):
    """Places of a service at week 0: those of all posts, and those of posts that are held."""

    places: int
    staffed: int


def measure_room(service: ServiceOfAnyKind) -> Room:
    """Places as they are counted in the first week, where vacancies are as stated."""
    if all_kinds()[service.kind].shape == "groups":
        count = int(getattr(service, "groups", 0)) * int(getattr(service, "size", 0))
        return Room(count, count)
    role = service.leading_role
    posts = service.staff.get(role, 0.0) if role else 0.0
    vacant = service.at_start.vacant.get(role, 0.0) if service.at_start and role else 0.0
    # A product may lie a rounding error below a whole number of places.
    return Room(
        int(posts * service.caseload + 1e-6), int((posts - vacant) * service.caseload + 1e-6)
    )


def check_start(scenario: ScenarioFields) -> Iterator[Found]:
    """Contradictions: path, message, hint."""
    for name, service in scenario.services.items():
        given = service.at_start
        if given is None:
            continue
        here = ("services", name, AT_START)
        if not service.stands_before_week_0 and service.enabled:
            message = f"is of week 0, and the service begins in week {service.from_}"
            yield here, message, "leave it out, or leave `from` out"
        yield from _check_posts(here, service, given)
        counted = {"in_care": given.in_care, "waiting": given.waiting, "waited": given.waited}
        for key, value in counted.items():
            if value is not None and all_kinds()[service.kind].shape not in SIZED:
                message = f"nobody is enrolled in a service of the kind {service.kind}"
                hint = "what a ward holds follows from its beds; a local figure may tell of it"
                yield (*here, key), message, hint
        people = (given.in_care or 0) + (given.waiting or 0)
        if people > scenario.population.residents:
            message = f"{people:,} people in care and waiting, of {scenario.population.residents:,}"
            yield here, message, "are they of a larger area? At which scale?"


def _check_posts(
    here: tuple[str, ...], service: ServiceOfAnyKind, given: AtStart
) -> Iterator[Found]:
    for role, vacant in given.vacant.items():
        posts = service.staff.get(role, 0.0)
        if vacant > posts + 1e-6:
            message = f"{vacant:g} vacant posts of {posts:g} for a {role}"
            yield (*here, "vacant", role), message, "`staff` counts posts, vacant ones included"


def find_impossible_start(scenario: ScenarioFields) -> Iterator[Found]:
    """What is stated and cannot be what the town begins with, or not for long."""
    for name, service in scenario.services.items():
        given = service.at_start
        if given is None or not service.enabled or all_kinds()[service.kind].shape not in SIZED:
            continue
        here, room = ("services", name, AT_START), measure_room(service)
        if given.in_care is not None and given.in_care > room.places:
            message = (
                f"{given.in_care:,} people in care, and there are {room.places:,} places: so many"
                " begin"
            )
            yield (*here, "in_care"), message, "is `caseload` people at one time, per post?"
        free = room.staffed - (given.in_care or 0)
        if given.in_care is not None and given.waiting and free >= given.waiting:
            message = (
                f"{given.waiting:,} people wait beside {free:,} places that are free and staffed:"
                " the list is empty after a week"
            )
            yield (*here, "waiting"), message, "is `caseload` too large, or are posts vacant?"
        if given.waited and given.waiting == 0:
            yield (*here, "waited"), "never acts: nobody waits", "leave it out"
        if given == type(given)():
            yield here, "never acts: nothing is stated", "leave it out"
