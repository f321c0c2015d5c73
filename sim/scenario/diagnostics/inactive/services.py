"""Services, and keys of services, that can never act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.evidence.loader import all_evidence, all_kinds
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive.access import look_at_access, look_at_partners
from sim.scenario.diagnostics.inactive.activity import (
    EMERGENCY,
    HOSPITAL,
    IN_A_CRISIS,
    OFF,
    WARD,
    Path,
    say_dates,
)
from sim.scenario.diagnostics.inactive.audiences import look_at_audience

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import Service

NOT_OF_HOSPITAL = (
    ("where", "audience", "online", "outreach"),
    ("sessions", "refers_to", "hands_on"),
    ("caseload", "fee", "supplies"),
    ("dropout_at_first",),
)
"""Keys that nothing of a ward or an emergency department reads, by what they are about."""
OF_QUALITY = ("supervision", "checks", "procedures")
"""Keys of how well a service works: a ward gives medication, an emergency department refers on."""
DATES = ("from", "until", "ramp", "recruit_ahead")
ALWAYS_FOUND = "people in a crisis find an emergency department at any time"
NOBODY_CHOOSES = "whoever needs the hospital is taken there"


def look_at_services(scenario: Scenario) -> Iterator[Conflict]:
    """List what no service, or no key of one, can do within the horizon."""
    wards: dict[str, str] = {}
    for name, service in scenario.services.items():
        here = ("services", name)
        if not service.enabled:
            if service.kind == EMERGENCY:
                yield Conflict((*here, "enabled"), f"never acts: {ALWAYS_FOUND}", "leave it out")
            continue
        dates = (("from", service.from_), ("until", service.until))
        yield from say_dates(here, dates, scenario.horizon)
        yield from _look_at_beginning(here, service)
        if service.kind in HOSPITAL:
            yield from _look_at_hospital(here, service)
            first = wards.setdefault(service.kind, name)
            if first != name:
                message = f"never acts: {first} is the town's {service.kind} already"
                yield Conflict(here, message, f"change {first}: a town has one", on_key=True)
            continue
        yield from _look_at_size(here, service, scenario)
        yield from _look_at_keys(here, service, scenario)
        yield from look_at_audience(here, service, scenario)
        yield from look_at_access(here, name, service, scenario)
        yield from look_at_partners(here, name, service, scenario)


def _is_stated(service: Service, key: str) -> bool:
    """Whether a key has another value than if it were left out."""
    field = "from_" if key == "from" else key
    usual: Any = type(service).model_fields[field].get_default(call_default_factory=True)
    return bool(getattr(service, field) != usual)


def _look_at_beginning(here: Path, service: Service) -> Iterator[Conflict]:
    """How a service begins, where it stands before week 0 anyway."""
    for key in ("ramp", "recruit_ahead"):
        if service.from_ is None and getattr(service, key):
            message = "never acts: the service stands there before week 0"
            yield Conflict((*here, key), message, "say `from` when it begins, or leave this out")
    if service.from_ == 0 and service.recruit_ahead:
        message = "never acts: nobody is recruited before week 0 for a service that begins then"
        yield Conflict(
            (*here, "recruit_ahead"), message, "let it begin later, such as `from: week 13`"
        )


def _look_at_hospital(here: Path, service: Service) -> Iterator[Conflict]:
    """Keys that have no meaning for a ward or an emergency department."""
    for keys in NOT_OF_HOSPITAL:
        for key in keys:
            if _is_stated(service, key):
                message = f"never acts: {NOBODY_CHOOSES}, and a visit or a day has its price"
                yield Conflict((*here, key), message, "leave it out")
    if service.uptake != 1.0:
        message = "never acts: it takes people in without a list"
        yield Conflict((*here, "uptake"), message, "leave it out")
    if service.kind == EMERGENCY:
        for key in DATES:
            if _is_stated(service, key):
                yield Conflict((*here, key), f"never acts: {ALWAYS_FOUND}", "leave it out")
        for key in OF_QUALITY:
            if _is_stated(service, key):
                message = "never acts: nothing of an emergency department depends on its quality"
                yield Conflict((*here, key), message, "leave it out")
    if service.kind == WARD and getattr(service, "beds", 1) == 0:
        yield Conflict((*here, "beds"), "never acts: it has no beds", OFF)
    if service.recruiting_takes is not None and not any(service.staff.values()):
        yield _say_no_posts(here)


def _say_no_posts(here: Path) -> Conflict:
    message = "never acts: it has no posts that could stand empty"
    return Conflict((*here, "recruiting_takes"), message, "give it staff, or leave it out")


def _look_at_size(here: Path, service: Service, scenario: Scenario) -> Iterator[Conflict]:
    """Places come from posts and caseloads or groups; without them nobody is seen."""
    shape = all_kinds()[service.kind].shape
    if shape == "groups":
        if getattr(service, "groups", 1) == 0:
            yield Conflict((*here, "groups"), "never acts: it has no groups", OFF)
        if service.caseload:
            message = "never acts: its places are counted from `groups` and `size`"
            yield Conflict((*here, "caseload"), message, "leave it out")
    if service.recruiting_takes is not None and not any(service.staff.values()):
        yield _say_no_posts(here)
    role = service.leading_role
    if service.leads and role in service.staff and service.staff[role] == 0:
        message = f"never acts: it has no posts for a {role}, from whom its places are counted"
        yield Conflict((*here, "staff", role), message, OFF)
    if shape == "places" and not service.caseload and not _has_usual_room(service, scenario):
        message = f"never acts: it has no places, which are counted for each full-time {role}"
        yield Conflict((*here, "caseload"), message, "such as `caseload: 12`")


def _has_usual_room(service: Service, scenario: Scenario) -> bool:
    """Whether the evidence, or a kind of the scenario's own, says how many a post looks after."""
    own = scenario.kinds.get(service.own_kind or "")
    if own is not None and "room" in own.numbers:
        return own.numbers["room"].value > 0
    return f"services.{service.kind}.room" in all_evidence()


def _look_at_keys(here: Path, service: Service, scenario: Scenario) -> Iterator[Conflict]:
    if service.uptake == 0.0:
        yield Conflict(
            (*here, "uptake"), "never acts: nobody takes the place they are offered", OFF
        )
    elif service.uptake != 1.0 and service.kind in IN_A_CRISIS:
        message = "never acts: it takes people in without a list"
        yield Conflict((*here, "uptake"), message, "leave it out")
    if service.dropout_at_first and _has_one_session(service, scenario):
        message = "never acts: the first session is the last, and nobody leaves between the two"
        yield Conflict((*here, "dropout_at_first"), message, "leave it out, or see `sessions`")


def _has_one_session(service: Service, scenario: Scenario) -> bool:
    """Whether a course is one session, in every draw of the evidence."""
    if service.sessions:
        return service.sessions == 1
    course = all_evidence().get(f"services.{service.kind}.course")
    own = scenario.kinds.get(service.own_kind or "")
    stated = f"services.{service.row}.course" in scenario.parameters
    if course is None or stated or (own and "course" in own.numbers):
        return False
    return course.low == course.high == 1


def find_stated_nothing(document: Mapping[str, Any]) -> Iterator[Conflict]:
    """Caseloads of 0 that a document states, where the evidence has the places of a post."""
    services = document.get("services")
    for name, service in services.items() if isinstance(services, dict) else ():
        stated = service if isinstance(service, dict) else {}
        if stated.get("caseload") == 0 and (said := say_no_caseload(str(stated.get("kind")))):
            yield Conflict(("services", name, "caseload"), said, OFF)


def say_no_caseload(kind: str) -> str:
    """What a caseload of 0 means for a kind of service, where it is not none; empty elsewhere."""
    room = all_evidence().get(f"services.{kind}.room")
    if room is None:
        return ""
    return f"0 counts as left out, which is {room.value:g} for each post of its leading role"
