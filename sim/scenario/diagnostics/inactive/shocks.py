"""Shocks that change nothing: too late, of nobody, of what does not run then."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive.activity import (
    EMERGENCY,
    OFF,
    Path,
    runs,
    runs_within,
    say_dates,
)
from sim.scenario.schema.shocks import FundingCut, HardTimes, StaffShortage, VolunteerExodus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import Service


def look_at_shocks(scenario: Scenario) -> Iterator[Conflict]:
    """List shocks, and parts of them, that change nothing within the horizon."""
    for name, shock in scenario.shocks.items():
        if not shock.enabled:
            continue
        here = ("shocks", name)
        yield from say_dates(here, (("at", shock.at), ("until", shock.until)), scenario.horizon)
        if isinstance(shock, FundingCut):
            yield from _look_at_cut(here, shock, scenario)
        elif isinstance(shock, HardTimes):
            yield from _look_at_hard_times(here, shock, scenario)
        elif isinstance(shock, StaffShortage | VolunteerExodus):
            yield from _look_at_shortage(here, shock, scenario)


def _look_at_cut(here: Path, shock: FundingCut, scenario: Scenario) -> Iterator[Conflict]:
    if shock.by == 0:
        yield Conflict((*here, "by"), "never acts: nothing is cut", OFF)
    fund = scenario.funds.get(shock.fund)
    if fund is None:
        return
    # A one-off amount can be cut in the week of its arrival only.
    end = fund.to if fund.amount.per else fund.from_ + 1
    begin = fund.from_
    if not fund.amount.amount:
        yield Conflict((*here, "fund"), f"never acts: {shock.fund} has no income to cut", OFF)
    elif end is not None and shock.at >= end:
        message = f"never acts: the income of {shock.fund} has ended by week {end}"
        yield Conflict((*here, "at"), message, "cut it while it pays")
    elif shock.until is not None and shock.until <= begin:
        message = f"never acts: {shock.fund} pays from week {begin} on"
        yield Conflict((*here, "until"), message, "cut it while it pays")


def _look_at_hard_times(here: Path, shock: HardTimes, scenario: Scenario) -> Iterator[Conflict]:
    changes = (shock.life_events != 1, shock.contacts_lost, shock.jobs_lost, shock.closed)
    if not any(changes):
        yield Conflict(
            here,
            "never acts: it changes nothing (life_events is 1, nothing is lost or closed)",
            OFF,
        )
    if shock.jobs_lost and scenario.population.employed == 0:
        yield Conflict((*here, "jobs_lost"), "never acts: nobody in this town is employed")
    for name in shock.closed:
        service = scenario.services.get(name)
        said = "does not exist" if service is None else _say_of_closed(service, shock, scenario)
        if said:
            yield Conflict((*here, "closed"), f"closes {name}, which {said}")


def _say_of_closed(service: Service, shock: HardTimes, scenario: Scenario) -> str:
    """Why closing a service does nothing; empty where it does something."""
    if not service.enabled:
        return "is switched off"
    if service.kind == EMERGENCY:
        return "changes nothing: people in a crisis find an emergency department at any time"
    if not runs(service, scenario.horizon):
        return "never runs within the horizon"
    return "" if runs_within(service, shock.at, shock.until) else "does not run then"


def _look_at_shortage(
    here: Path, shock: StaffShortage | VolunteerExodus, scenario: Scenario
) -> Iterator[Conflict]:
    role = shock.role if isinstance(shock, StaffShortage) else "volunteer"
    if shock.share == 0:
        yield Conflict((*here, "share"), "never acts: nobody leaves", OFF)
    if isinstance(shock, VolunteerExodus) and shock.until is not None:
        message = "never acts: volunteers leave in one week, and others can be found at once"
        yield Conflict((*here, "until"), message, "leave it out")
    holders = [
        service
        for service in scenario.services.values()
        if service.enabled and service.staff.get(role, 0) > 0
    ]
    people = "is a volunteer" if role == "volunteer" else f"works as a {role}"
    if not holders:
        place = "role" if isinstance(shock, StaffShortage) else "kind"
        hint = f"such as `staff: {{{role}: 2}}`"
        yield Conflict((*here, place), f"never acts: nobody {people} in any service", hint)
        return
    # A shortage also keeps posts empty while it lasts; volunteers leave in one week alone.
    end: float = shock.at + 1
    if isinstance(shock, StaffShortage):
        end = math.inf if shock.until is None else shock.until
    if not any(runs_within(service, shock.at, end, ahead=True) for service in holders):
        message = f"never acts: nobody {people} in week {shock.at}"
        yield Conflict((*here, "at"), message, "let it begin while such a service runs")
