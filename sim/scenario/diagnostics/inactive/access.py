"""Ways to a service, and from it to another, that nobody can go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.evidence.loader import all_evidence
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive.activity import (
    HOSPITAL,
    IN_A_CRISIS,
    WARD,
    Path,
    runs,
    runs_within,
)
from sim.services.catalogue import KINDS
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import Service


def look_at_access(
    here: Path, name: str, service: Service, scenario: Scenario
) -> Iterator[Conflict]:
    """Whether anybody can come to a service."""
    if scenario.population.online == 0 and (service.online or KINDS[service.kind].online):
        message = "never acts: it is online, and nobody in this town is"
        where = (*here, "online") if service.online else here
        yield Conflict(where, message, "`population.online` is 0%")
    unsought = not KINDS[service.kind].sought
    if service.access == "referral" and unsought:
        message = "never acts: people do not come to it by themselves anyway"
        yield Conflict((*here, "access"), message, "leave it out")
    if _is_handed_to(name, scenario):
        return
    if service.outreach == 0.0 and unsought and service.kind not in IN_A_CRISIS:
        message = "never acts: people do not come to it by themselves, and it reaches nobody"
        yield Conflict((*here, "outreach"), message, "a share above 0%, or leave it out")
    if (
        service.access == "referral"
        and not unsought
        and not _reaches(service)
        and not any(_refers(each) for each in scenario.services.values() if each is not service)
    ):
        message = "never acts: no service of this town refers people"
        yield Conflict((*here, "access"), message, "`access: open`, or name it in a `refers_to`")


def _reaches(service: Service) -> bool:
    """Whether a service reaches people who did not look for it."""
    if service.outreach is not None:
        return service.outreach > 0
    usual = all_evidence().get(f"services.{service.kind}.outreach")
    return usual is not None and usual.value > 0


def _is_handed_to(name: str, scenario: Scenario) -> bool:
    """Whether a service or a partner hands people on to a service, or lets it meet them."""
    services = scenario.services.values()
    agreements = scenario.partnerships.values()
    return any(name in each.refers_to for each in services if each.enabled) or any(
        name in each.for_ and (each.sends > 0 or each.reach > 0)
        for each in agreements
        if each.enabled
    )


def _refers(service: Service) -> bool:
    """Whether a service refers people on by its kind, or after a stay."""
    numbers = all_evidence()
    fields = (f"services.{service.kind}.{field}" for field in ("refers", "links"))
    return service.enabled and (
        service.kind == WARD or any(name in numbers and numbers[name].value > 0 for name in fields)
    )


def look_at_partners(
    here: Path, name: str, service: Service, scenario: Scenario
) -> Iterator[Conflict]:
    """Partners that a service cannot hand anybody on to."""
    for partner in service.refers_to:
        there = scenario.services.get(partner)
        said = _say_of_partner(service, there, scenario) if there else ""
        if said:
            message = f"hands nobody on to {partner}, {said}"
            yield Conflict((*here, "refers_to"), message, f"enable {partner}, or leave it out")
    if service.kind == "organisers" and not service.refers_to and not _find_posts(scenario):
        message = "never acts: it vouches for no service, and none has peers or volunteers to find"
        yield Conflict(here, message, "name services in `refers_to`", on_key=True)
    links = f"services.{service.kind}.links" in all_evidence()
    sends = any(name in each.sends_from for each in scenario.partnerships.values() if each.enabled)
    if service.hands_on and not service.refers_to and not links and not sends:
        message = "never acts: it names nobody to hand people on to"
        yield Conflict((*here, "hands_on"), message, "name services in `refers_to`")
    if service.hands_on == 0 and service.refers_to:
        message = "hands nobody on: 0%, although it names partners"
        yield Conflict((*here, "hands_on"), message, "a share above 0%, or leave both out")


def _find_posts(scenario: Scenario) -> bool:
    """Whether some service has posts for residents, whom organisers find."""
    return any(
        each.enabled and any(each.staff.get(role, 0.0) > 0.0 for role in ("peer", "volunteer"))
        for each in scenario.services.values()
    )


def _say_of_partner(service: Service, there: Service, scenario: Scenario) -> str:
    """Why nobody can be handed on to a partner; empty where somebody can."""
    if not there.enabled:
        return "which is switched off"
    if there.kind in HOSPITAL:
        return "where people come in a crisis alone"
    if there is service:
        return "where they are already"
    begin = service.from_ if service.from_ is not None else 0
    end = service.until if service.until is not None else scenario.horizon
    if runs(there, scenario.horizon) and not runs_within(there, begin, end):
        return "which runs at another time"
    return _say_of_people(service, there, scenario)


def _say_of_people(service: Service, there: Service, scenario: Scenario) -> str:
    """Why a partner takes none of those whom a service serves; empty where it may take some."""
    places = set(service.where) & set(there.where)
    fixed = not _spreads(scenario, (service, there))
    if "everywhere" not in (service.where, there.where) and not places and fixed:
        return "which serves other neighbourhoods"
    ours, theirs = service.audience.ages, there.audience.ages
    if ours is None or theirs is None or service.kind == "organisers":
        return ""
    # Whoever is in care grows older as long as the town runs.
    years = (scenario.warm_up + scenario.horizon) // WEEKS_PER_YEAR + 1
    apart = ours[0] > theirs[1] or ours[1] + years < theirs[0]
    return "which takes people of other ages" if apart else ""


def _spreads(scenario: Scenario, services: tuple[Service, ...]) -> bool:
    """Whether the committee may take one of some services to other neighbourhoods."""
    rules = scenario.governance.acting.values() if scenario.governance else ()
    spread = [scenario.services.get(rule.do.service or "") for rule in rules if rule.do.to]
    return any(each is service for each in spread for service in services)
