"""What a scenario declares that can never act: after the horizon, only in the burn-in, on nobody.

Each is valid, and each is nearly always a slip: a result without a difference would not say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.evidence.loader import all_kinds
from sim.scenario.diagnostics.at_start import find_impossible_start
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive_decisions import find_inactive_options, find_inactive_rules
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.schema.groups import list_groups
from sim.scenario.schema.shocks import FundingCut, HardTimes, StaffShortage, VolunteerExodus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.funding import Fund
    from sim.scenario.schema.partnerships import Partnership
    from sim.scenario.schema.people import Neighbourhood
    from sim.scenario.schema.services import Service

Path = tuple[str, ...]
HOSPITAL = ("emergency_department", "inpatient_ward")
"""Kinds that are paid by the visit or the day and from no fund."""
IN_A_CRISIS = ("crisis_house", "crisis_line", "crisis_team", "peer_respite")
"""Kinds that take people in a crisis, without a list."""
HIGHEST_PHQ = 27
YOUNGEST_AGE = 12
OFF = "to leave it out on purpose, write `enabled: false`"


def find_inactive(scenario: Scenario) -> list[Conflict]:
    """List everything enabled that cannot act within the horizon, with its place."""
    return [
        *_look_at_services(scenario),
        *(Conflict(*found) for found in find_impossible_start(scenario)),
        *_look_at_funds(scenario),
        *_look_at_shocks(scenario),
        *_look_at_partnerships(scenario),
        *_look_at_parameters(scenario),
        *_look_at_branch(scenario),
        *_look_at_groups(scenario),
        *find_inactive_rules(scenario),
        # Handed over: imported there, the two modules would import each other.
        *find_inactive_options(scenario, find_inactive),
    ]


def _say_dates(
    path: Path, dates: tuple[tuple[str, int | None], tuple[str, int | None]], horizon: int
) -> Iterator[Conflict]:
    """Say whether something begins after the last week, or ends before the first."""
    (first, begin), (last, end) = dates
    if begin is not None and begin >= horizon:
        message = f"never acts: begins in week {begin}, and the last week is {horizon - 1}"
        yield Conflict((*path, first), message, "lengthen `horizon`, or begin earlier")
    elif end is not None and end <= 0:
        message = f"never acts within the horizon: ends in week {end}, before week 0"
        yield Conflict((*path, last), message, "what is compared begins with week 0")


def _look_at_services(scenario: Scenario) -> Iterator[Conflict]:
    for name, service in scenario.services.items():
        here = ("services", name)
        if not service.enabled:
            continue
        dates = (("from", service.from_), ("until", service.until))
        yield from _say_dates(here, dates, scenario.horizon)
        yield from _look_at_size(here, service)
        yield from _look_at_audience((*here, "audience"), service, scenario)
        if service.where != "everywhere" and all(
            scenario.neighbourhoods[place].share == 0
            for place in service.where
            if place in scenario.neighbourhoods
        ):
            yield Conflict((*here, "where"), "never acts: nobody lives there", OFF)
        for partner in service.refers_to:
            if partner in scenario.services and not scenario.services[partner].enabled:
                message = f"hands nobody on to {partner}, which is switched off"
                yield Conflict((*here, "refers_to"), message, f"enable {partner}, or leave it out")


def _look_at_size(here: Path, service: Service) -> Iterator[Conflict]:
    """Places come from posts and caseloads, groups or beds; without them nobody is seen."""
    shape = all_kinds()[service.kind].shape
    if shape == "beds" and getattr(service, "beds", 1) == 0:
        yield Conflict((*here, "beds"), "never acts: it has no beds", OFF)
    if shape == "groups" and getattr(service, "groups", 1) == 0:
        yield Conflict((*here, "groups"), "never acts: it has no groups", OFF)
    if service.uptake != 1.0 and service.kind in (*HOSPITAL, *IN_A_CRISIS):
        message = "never acts: it takes people in without a list"
        yield Conflict((*here, "uptake"), message, "leave it out")
    if service.dropout_at_first != 0.0 and service.kind in HOSPITAL:
        message = "never acts: a hospital has no course of sessions"
        yield Conflict((*here, "dropout_at_first"), message, "leave it out")
    if service.recruiting_takes is not None and not any(service.staff.values()):
        message = "never acts: it has no posts that could stand empty"
        yield Conflict((*here, "recruiting_takes"), message, "give it staff, or leave it out")
    role = service.leading_role
    if service.leads and role in service.staff and service.staff[role] == 0:
        message = f"never acts: it has no posts for a {role}, from whom its places are counted"
        yield Conflict((*here, "staff", role), message, OFF)


def _look_at_audience(here: Path, service: Service, scenario: Scenario) -> Iterator[Conflict]:
    audience = service.audience
    if audience.phq is not None and audience.phq[0] > HIGHEST_PHQ:
        message = (
            f"never acts: nobody has a PHQ-9 of {audience.phq[0]:g}, which ends at {HIGHEST_PHQ}"
        )
        yield Conflict((*here, "phq"), message, "such as [10, 27]")
    if audience.ages is not None and audience.ages[1] < YOUNGEST_AGE:
        message = f"never acts: residents are {YOUNGEST_AGE} and older"
        yield Conflict((*here, "ages"), message, "such as [12, 17]")
    if audience.after is not None and audience.within == 0:
        yield Conflict(
            (*here, "within"),
            "never acts: access closes in the week of the event",
            "such as 26 weeks",
        )
    if audience.severe_illness and audience.no_severe_illness:
        message = "never acts: it is for nobody, neither with severe illness nor without"
        yield Conflict((*here, "no_severe_illness"), message, "leave one of the two out")
    if audience.who == "workers" and scenario.population.employed == 0:
        yield Conflict(
            (*here, "who"),
            "never acts: nobody in this town is employed",
            "`population.employed` is 0%",
        )


def _look_at_groups(scenario: Scenario) -> Iterator[Conflict]:
    """Words on groups that concern nobody."""
    known = list_groups(scenario.neighbourhoods)
    for name in scenario.population.groups:
        if name not in known:
            yield Conflict(("population", "groups", name), *_say_unknown_group(name, known))
    for name, service in scenario.services.items():
        if not service.enabled:
            continue
        served = {
            place: each
            for place, each in scenario.neighbourhoods.items()
            if service.where == "everywhere" or place in service.where
        }
        for group, wanted in service.audience.groups.items():
            here = ("services", name, "audience", "groups", group)
            yield from _look_at_group(here, group, wanted, known, served)


def _say_unknown_group(name: str, known: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    groups = f"there are {', '.join(known)}" if known else "neighbourhoods name none"
    return f"never acts: no neighbourhood has groups of {name!r}{suggest(name, known)}", groups


def _look_at_group(
    here: Path,
    group: str,
    wanted: Sequence[str],
    known: Mapping[str, Sequence[str]],
    served: Mapping[str, Neighbourhood],
) -> Iterator[Conflict]:
    if group not in known:
        yield Conflict(here, *_say_unknown_group(group, known))
        return
    strange = [word for word in wanted if word not in known[group]]
    for word in strange:
        acts = "" if len(strange) < len(wanted) else "never acts: "
        said = f"{acts}nobody is {group} {word!r}{suggest(word, known[group])}"
        yield Conflict(here, said, f"categories are {', '.join(known[group])}")
    some = [word for word in wanted if word not in strange]
    if some and not any(
        one.groups.get(group, {}).get(word) for one in served.values() for word in some
    ):
        said = f"never acts: in {', '.join(served)} nobody is {group} {' or '.join(some)}"
        yield Conflict(here, said, "serve other neighbourhoods, or say who lives there")


def _look_at_branch(scenario: Scenario) -> Iterator[Conflict]:
    if scenario.branch is not None and scenario.branch.at >= scenario.horizon:
        message = f"never acts: the last week is {scenario.horizon - 1}"
        yield Conflict(("branch", "at"), message, "lengthen `horizon`, or branch earlier")


def _look_at_funds(scenario: Scenario) -> Iterator[Conflict]:
    for name, fund in scenario.funds.items():
        here = ("funds", name)
        yield from _look_at_income(here, fund, scenario.horizon)
        yield from _look_at_purpose(here, fund, scenario)


def _look_at_income(here: Path, fund: Fund, horizon: int) -> Iterator[Conflict]:
    if not fund.amount.amount and not fund.opening.amount:
        yield Conflict(
            (*here, "amount"),
            "never pays: it has no income and no opening cash",
            "give it an amount, or remove it",
        )
    # Opening cash alone is spent as it is needed: dates of an income say nothing.
    elif not fund.amount.amount:
        return
    elif not fund.amount.per and fund.from_ < 0:
        message = (
            f"never arrives: a one-off amount of week {fund.from_}, and accounts begin with week 0"
        )
        yield Conflict((*here, "from"), message, "cash that is there at week 0 is `opening`")
    # A one-off amount that arrives in time is there, whenever the fund ends.
    elif fund.amount.per or fund.from_ >= horizon:
        yield from _say_dates(here, (("from", fund.from_), ("to", fund.to)), horizon)


def _look_at_purpose(here: Path, fund: Fund, scenario: Scenario) -> Iterator[Conflict]:
    """A fund that is only for services which no fund pays, or which never run, pays nothing."""
    services = [scenario.services[name] for name in fund.only_for if name in scenario.services]
    # An unknown service is an error, and told as one.
    if not fund.only_for or len(services) < len(fund.only_for):
        return
    if all(service.kind in HOSPITAL for service in services):
        message = "never pays: the hospital is paid by the day and the visit, from no fund"
        yield Conflict((*here, "only_for"), message, "name a service of the community")
    elif not any(_runs(service, scenario.horizon) for service in services):
        message = "never pays: none of these services runs within the horizon"
        yield Conflict((*here, "only_for"), message, "enable one, or let the fund pay for others")
    elif 0 < (end := _find_end_of_services(services)) <= fund.from_ and not fund.opening.amount:
        message = f"never pays: it begins in week {fund.from_}; these services end by week {end}"
        hint = "begin the fund earlier, or end the services later"
        yield Conflict((*here, "only_for"), message, hint)


def _find_end_of_services(services: list[Service]) -> int:
    """Week by which the last of some services has ended; 0 where one goes on."""
    ends = [service.until for service in services if service.enabled]
    return (
        0
        if not ends or any(end is None for end in ends)
        else max(end for end in ends if end is not None)
    )


def _runs(service: Service, horizon: int) -> bool:
    """Whether a service is open in any week of the horizon."""
    begin = service.from_ if service.from_ is not None else 0
    # Comparisons begin with week 0: a service that ends before it has not run.
    return (
        service.enabled
        and begin < horizon
        and (service.until is None or service.until > max(begin, 0))
    )


def _look_at_shocks(scenario: Scenario) -> Iterator[Conflict]:
    for name, shock in scenario.shocks.items():
        if not shock.enabled:
            continue
        here = ("shocks", name)
        yield from _say_dates(here, (("at", shock.at), ("until", shock.until)), scenario.horizon)
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
        if service is None or not _runs(service, scenario.horizon):
            said = (
                "is switched off"
                if service is not None and not service.enabled
                else "never runs within the horizon"
            )
            yield Conflict((*here, "closed"), f"closes {name}, which {said}")


def _look_at_shortage(
    here: Path, shock: StaffShortage | VolunteerExodus, scenario: Scenario
) -> Iterator[Conflict]:
    role = shock.role if isinstance(shock, StaffShortage) else "volunteer"
    if shock.share == 0:
        yield Conflict((*here, "share"), "never acts: nobody leaves", OFF)
    holders = [
        service
        for service in scenario.services.values()
        if service.enabled and service.staff.get(role, 0) > 0
    ]
    if holders:
        return
    place = "role" if isinstance(shock, StaffShortage) else "kind"
    people = "is a volunteer" if role == "volunteer" else f"works as a {role}"
    yield Conflict(
        (*here, place),
        f"never acts: nobody {people} in any service",
        f"such as `staff: {{{role}: 2}}`",
    )


def _look_at_partnerships(scenario: Scenario) -> Iterator[Conflict]:
    for name, agreement in scenario.partnerships.items():
        if agreement.enabled:
            here = ("partnerships", name)
            dates = (("from", agreement.from_), ("until", agreement.until))
            yield from _say_dates(here, dates, scenario.horizon)
            yield from _look_at_agreement(here, agreement, scenario)


def _look_at_agreement(
    here: Path, agreement: Partnership, scenario: Scenario
) -> Iterator[Conflict]:
    gives = agreement.reach, agreement.sends, agreement.in_kind.amount
    if not any(gives):
        yield Conflict(
            here,
            "never acts: it reaches nobody, sends nobody and gives nothing",
            "state `reach`, `sends` or `in_kind`",
        )
    for key, names in (("for", agreement.for_), ("sends_from", agreement.sends_from)):
        known = [scenario.services[service] for service in names if service in scenario.services]
        if known and not any(_runs(service, scenario.horizon) for service in known):
            yield Conflict(
                (*here, key),
                "never acts: none of these services runs within the horizon",
                "enable one",
            )


def _look_at_parameters(scenario: Scenario) -> Iterator[Conflict]:
    """A number of a kind of service that no enabled service is of is read by nobody."""
    kinds = {service.kind for service in scenario.services.values() if service.enabled}
    for name in scenario.parameters:
        room, *rest = name.split(".")
        if room == "services" and rest and rest[0] in all_kinds() and rest[0] not in kinds:
            message = f"never acts: no service here is of the kind {rest[0]}"
            yield Conflict(("parameters", name), message, on_key=True)
