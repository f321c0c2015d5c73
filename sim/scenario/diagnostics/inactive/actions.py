"""What a rule of a committee sees and does, where it can see or change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive.activity import EMERGENCY, HOSPITAL, IN_A_CRISIS, Path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.branching import Observation
    from sim.scenario.schema.governance import Action, Condition, Governance, Rule

COUNTED_KPIS = ("engagement", "wait", "occupancy", "cost_per_person", "people_served")
"""KPIs that are counted; the others are asked, and need somebody who answers."""
NOTHING_TO_SEE = "never acts: nobody is enrolled in a hospital service, so there is nothing to see"
OF_A_LIST = ("engagement", "wait", "people_served")
"""KPIs of those who begin from a list: those whom a crisis brings are on none."""


class Times(NamedTuple):
    """Weeks of a rule: of its last review, and of the earliest effect of its decision."""

    last: int
    effect: int


def say_unseen(when: Condition | Observation, kind: str) -> str:
    """Why a condition cannot depend on what it watches at a kind of service; empty where it can."""
    kpi = when.kpi
    if kpi == "people_served" and when.below is not None and kind in (*HOSPITAL, *IN_A_CRISIS):
        return "always holds: people begin there from no list, so that people_served is 0"
    if kind in HOSPITAL:
        return NOTHING_TO_SEE
    if kind in IN_A_CRISIS and kpi in OF_A_LIST:
        return f"never acts: people come in a crisis and from no list, so there is no {kpi} to see"
    return ""


def look_at_action(here: Path, rule: Rule, scenario: Scenario, times: Times) -> Iterator[Conflict]:
    """Whether there is anything that a rule can see, and anything that it can change."""
    for key, name in (("when", rule.when.service), ("do", rule.do.service)):
        service = scenario.services.get(name or "")
        if service is not None and not service.enabled:
            place = (*here, key, "service") if key == "when" else (*here, key)
            yield Conflict(place, f"never acts: {name} is switched off", f"enable {name}")
    yield from _look_at_sight(here, rule, scenario, times)
    yield from _look_at_service(here, rule.do, scenario, times)
    yield from _look_at_move(here, rule.do, scenario, times)
    if scenario.governance is not None:
        yield from _look_at_votes(here, rule.do, scenario.governance)


def _look_at_sight(here: Path, rule: Rule, scenario: Scenario, times: Times) -> Iterator[Conflict]:
    when = rule.when
    if when.through != "survey" and when.kpi in COUNTED_KPIS:
        message = f"never acts: {when.kpi} is counted, and nobody is asked about it"
        yield Conflict((*here, "when", "through"), message, "leave it out")
    service = scenario.services.get(when.service or "")
    if service is None or not service.enabled:
        return
    place = (*here, "when", "service")
    if unseen := say_unseen(when, service.kind):
        yield Conflict(place, unseen, "name another service, or none")
    # One that begins after the last week is mentioned for itself.
    elif service.from_ is not None and times.last <= service.from_ < scenario.horizon:
        message = f"never acts: {when.service} begins in week {service.from_}"
        yield Conflict(place, message, f"the last review is in week {times.last}")


def _look_at_service(
    here: Path, do: Action, scenario: Scenario, times: Times
) -> Iterator[Conflict]:
    """A service that a decision is about."""
    if do.service is None:
        return
    place = (*here, "do", do.verbs[0])
    if do.by == 0 and not do.to:
        yield Conflict((*here, "do", "by"), "changes nothing: 0%", "a share above 0%")
    service = scenario.services.get(do.service)
    if service is None or not service.enabled:
        return
    hospital = service.kind in HOSPITAL
    if service.kind == EMERGENCY or (hospital and do.to and not do.by):
        message = f"never acts: {do.service} takes in everybody who needs it, wherever they live"
        yield Conflict(place, message, "name another service")
    elif service.until is not None and service.until <= times.effect:
        message = f"never acts: {do.service} ends in week {service.until}"
        yield Conflict(place, message, f"a decision takes effect in week {times.effect} at first")
    known = set(scenario.neighbourhoods if service.where == "everywhere" else service.where)
    if do.expand and do.to and not do.by and not hospital and set(do.to) <= known:
        message = f"changes nothing: {do.service} serves {' and '.join(do.to)} already"
        yield Conflict((*here, "do", "to"), message, "name other neighbourhoods, or say `by`")


def _look_at_move(here: Path, do: Action, scenario: Scenario, times: Times) -> Iterator[Conflict]:
    """Money that a decision moves from a fund."""
    fund = scenario.funds.get(do.from_fund or "")
    if do.move is None:
        return
    if do.move == 0:
        yield Conflict((*here, "do", "move"), "moves nothing: 0%", "a share above 0%")
    if fund is None:
        return
    # What is moved is a share of income, week by week, from when it takes effect.
    end = fund.to if fund.amount.per else fund.from_ + 1
    if not fund.amount.amount or (end is not None and end <= times.effect):
        said = "has no income" if not fund.amount.amount else f"has no income from week {end} on"
        message = f"moves nothing: {do.from_fund} {said}, and cash is not moved"
        yield Conflict((*here, "do", "from_fund"), message, "name a fund that still receives money")


def _look_at_votes(here: Path, do: Action, committee: Governance) -> Iterator[Conflict]:
    """A decision about which every member leaves the vote."""
    seats = committee.seats.values()
    if seats and do.service and all(each.recuses and do.service in each.runs for each in seats):
        message = f"never acts: every member runs {do.service} and leaves the vote"
        yield Conflict((*here, "do"), message, "give somebody a seat who has no stake in it")
