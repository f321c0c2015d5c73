"""Turn the declared services of a scenario into rows of numbers and posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.engine.random import name_key
from sim.scenario.schema.groups import count_combinations, list_groups
from sim.services.catalogue import KINDS
from sim.services.kind import CATEGORIES
from sim.services.posts import count_full, make_posts
from sim.services.yearly_cost import support_staff
from sim.state.codes import (
    Access,
    AudienceGroup,
    Insurance,
    KindParameter,
    OpenAfter,
    Priority,
    list_keys,
)
from sim.state.services import CHANNELS, KIND_FIELDS, Offers, make_offers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import Service
    from sim.state.staff import Staff

OPENS_AFTER = {
    None: OpenAfter.ANYTHING,
    "hospital_discharge": OpenAfter.DISCHARGE,
    "crisis": OpenAfter.CRISIS,
    "birth": OpenAfter.BIRTH,
}
AUDIENCES = {
    "anybody": AudienceGroup.ANYBODY,
    "pupils": AudienceGroup.PUPILS,
    "workers": AudienceGroup.WORKERS,
    "caregivers": AudienceGroup.CAREGIVERS,
    "lonely": AudienceGroup.LONELY,
    "alone": AudienceGroup.ALONE_AT_HOME,
    "out_of_work": AudienceGroup.OUT_OF_WORK,
}
ACCESS_CODES = {"open": Access.OPEN, "referral": Access.REFERRAL}
PRIORITIES = {
    "first_come": Priority.FIRST_COME,
    "urgent_first": Priority.URGENT_FIRST,
    "neediest_first": Priority.NEEDIEST_FIRST,
}
NUMBERS = (
    "attraction",
    "familiar",
    "frequency",
    "start",
    "finish",
    "no_show",
    "dropout",
    "refers",
    "dose",
)
FOR_KIN = ("kin", "warmth")
VOICE = ("vouches", "covers", "builds")
USUAL_GROUP = 12  # members who sit together where a service states no size
STARTS, ENDS, RAMP = range(3)
"""Columns of `dates`."""


class Provision(NamedTuple):
    """Everything a community knows of its services besides the rows that the loops read, in the
    same order.

    dates (n, 3): STARTS, ENDS, RAMP in weeks; ahead: rows whose staff are found before they start.
    recruiting (n,): mean weeks until a vacant post is filled. partners (n, n), hands_on (n,): who
    hands on to whom and how often before partnerships add to it. voice (n, 3): what those who vouch
    for others add to their attraction, residents whom a post comes to know, weeks in which they are
    trusted; 0 for all other kinds. for_kin (n, 2): ceilings of self-management and connection that
    somebody ill at home gains by a caregiver's sessions. group_size (n,): members of one group.
    full (n_posts,): posts that are declared of the service and role of each; -1 for a role that the
    service has not, or not any more.
    """

    names: tuple[str, ...]
    declared: tuple[Service, ...]
    kinds: tuple[str, ...]
    offers: Offers
    staff: Staff
    caseload: NDArray[np.float64]
    groups: NDArray[np.int64]
    supervised: NDArray[np.float64]
    checked: NDArray[np.float64]
    recruiting: NDArray[np.float64]
    speed: NDArray[np.float64]
    supplies: NDArray[np.float64]
    category: NDArray[np.int64]
    rank: NDArray[np.int64]
    dates: NDArray[np.float64]
    ahead: tuple[int, ...]
    partners: NDArray[np.int64]
    hands_on: NDArray[np.float64]
    voice: NDArray[np.float64]
    for_kin: NDArray[np.float64]
    group_size: NDArray[np.int64]
    full: NDArray[np.int64]


def _date(service: Service) -> tuple[float, float, float]:
    """When a service starts and ends (without bound where nothing is said), and the weeks of its
    ramp: STARTS, ENDS, RAMP.
    """
    start, end = service.from_, service.until
    return (
        -np.inf if start is None else start,
        np.inf if end is None else end,
        1.0 if start is None else max(service.ramp, 1),  # weeks are divided by it
    )


def arrange(scenario: Scenario, raw: Mapping[str, float]) -> Provision:
    """Rows and posts of the enabled services of a scenario, in its order; nothing is open yet."""
    declared = {name: service for name, service in scenario.services.items() if service.enabled}
    names = tuple(declared)
    areas = tuple(scenario.neighbourhoods)
    people = list_groups(scenario.neighbourhoods)
    offers = make_offers(len(names), len(areas), count_combinations(people))
    for s, (name, service) in enumerate(declared.items()):
        _fill_row(offers, s, name, service, scenario, areas, raw)
        offers.admits[s] = _find_admitted(service, people)
    offers.alike[:] = _find_alike([service.row for service in declared.values()])
    _link_partners(offers, declared, raw)
    caseload, groups = _size(declared, raw)
    services = tuple(declared.values())
    staff = make_posts(declared, scenario, raw["governance.growth_most"])
    return Provision(
        names,
        services,
        tuple(service.kind for service in services),
        offers,
        staff,
        caseload,
        groups,
        np.array([support_staff(service, raw) for service in services]),
        np.array([_keep_course(service, raw) for service in services]),
        _find_recruiting(declared, raw["workforce.vacancy_weeks"]),
        _look_up(declared, ("speed",), raw)[:, 0],
        np.array([service.supplies.amount for service in services]),
        np.array([CATEGORIES.index(KINDS[each.kind].category) for each in services], np.int64),
        np.array([service.rank for service in services], np.int64),
        np.array([_date(each) for each in services], np.float64).reshape(-1, RAMP + 1),
        tuple(s for s, service in enumerate(services) if service.recruit_ahead),
        offers.onward.copy(),  # partnerships overwrite the rows, and go back to these
        offers.kind_parameters[:, KindParameter.LINKS].copy(),
        _look_up(declared, VOICE, raw),
        _look_up(declared, FOR_KIN, raw) * np.array([1.0, raw["care.connection_per_smd"]]),
        np.array([getattr(each, "size", USUAL_GROUP) for each in services], np.int64),
        count_full(services, staff),
    )


def _find_alike(kinds: list[str]) -> list[int]:
    """A number for each kind of which there are several services; 0 for a kind with one."""
    return [kinds.index(kind) + 1 if kinds.count(kind) > 1 else 0 for kind in kinds]


def _find_recruiting(declared: Mapping[str, Service], usual: float) -> NDArray[np.float64]:
    """Mean weeks until a vacant post is filled (n_services,): as a service states, or as usual."""
    return np.array([float(each.recruiting_takes or usual) for each in declared.values()])


def _look_up(
    declared: Mapping[str, Service], fields: tuple[str, ...], raw: Mapping[str, float]
) -> NDArray[np.float64]:
    """Numbers of the evidence by service and field (n_services, n_fields), 0 where a kind has
    none.
    """
    rows = [
        [raw.get(f"services.{service.row}.{field}", 0.0) for field in fields]
        for service in declared.values()
    ]
    return np.array(rows, np.float64).reshape(len(declared), len(fields))  # also of no rows


def _size(
    declared: Mapping[str, Service], raw: Mapping[str, float]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Places for each post of the leading role, and members that all groups take together.

    0 for what is sized by neither.
    """
    caseload, groups = np.zeros(len(declared)), np.zeros(len(declared), np.int64)
    for s, service in enumerate(declared.values()):
        caseload[s] = service.caseload or raw.get(f"services.{service.row}.room", 0.0)
        groups[s] = getattr(service, "groups", 0) * getattr(service, "size", 0)
        if hasattr(service, "groups"):
            caseload[s] = groups[s] / max(
                sum(hours for role, hours in service.staff.items() if role == service.leading_role),
                1e-9,
            )
    return caseload, groups


def _link_partners(o: Offers, declared: Mapping[str, Service], raw: Mapping[str, float]) -> None:
    """Who hands people on to (or vouches for) whom: the partners that a service names.

    Else, where it is the trade, all informal ones.
    """
    rows = {name: s for s, name in enumerate(declared)}
    for s, service in enumerate(declared.values()):
        vouches = raw.get(f"services.{service.row}.vouches", 0.0) > 0.0
        named = [rows[name] for name in service.refers_to if name in rows]
        partners = named or (
            _find_informal(o, s, vouches=vouches)
            if vouches or o.kind_parameters[s, KindParameter.LINKS] > 0
            else []
        )
        o.onward[s, partners] = 1
        if service.hands_on is not None or (
            partners and o.kind_parameters[s, KindParameter.LINKS] == 0
        ):
            o.kind_parameters[s, KindParameter.LINKS] = (
                raw["seeking.hands_on"] if service.hands_on is None else service.hands_on
            )


def _find_informal(o: Offers, s: int, *, vouches: bool) -> list[int]:
    """Informal services that people can be handed on to.

    Who vouches does so for lessons, messages and meetings too.
    """
    reachable = (
        (Access.OPEN, Access.REFERRAL, Access.OUTREACH)
        if vouches
        else (Access.OPEN, Access.REFERRAL)
    )
    return [
        t
        for t in range(o.key.size)
        if t != s
        and o.informal[t]
        and o.access[t] in reachable
        and (vouches or not o.kind_parameters[t, KindParameter.LOW_INTENSITY])
    ]


def _keep_course(service: Service, raw: Mapping[str, float]) -> float:
    """What keeps a service to its protocol, 1 for regular checks or agreed ground rules.

    Written procedures add their share.
    """
    checked = float(service.checks or getattr(service, "ground_rules", False))
    return checked + raw["workforce.procedures"] if service.procedures else checked


def _find_admitted(service: Service, groups: Mapping[str, tuple[str, ...]]) -> NDArray[np.bool_]:
    """Which combinations of named groups a service is for (combinations,)."""
    admitted = np.ones(1, np.bool_)
    for name, categories in groups.items():
        wanted = service.audience.groups.get(name, categories)
        admitted = np.outer(admitted, [category in wanted for category in categories]).ravel()
    return admitted


def _fill_row(
    o: Offers,
    s: int,
    name: str,
    service: Service,
    scenario: Scenario,
    areas: tuple[str, ...],
    raw: Mapping[str, float],
) -> None:
    """Fill the row of a service: what it does, how it is come by, for whom, and what it costs."""
    o.key[s] = name_key(name)
    o.quality[s] = o.offered[s] = 1.0
    o.priority[s] = PRIORITIES[service.priority]
    _fill_effects(o, s, service, raw)
    _fill_access(o, s, service, scenario, areas)
    _fill_audience(o, s, service, raw)
    kind = KINDS[service.kind]
    o.fee[s] = service.fee.amount
    o.burden[s] = [
        raw[f"money.{'sliding' if kind.sliding else 'own'}_{insurance}"]
        for insurance in list_keys(Insurance)
    ]


def _fill_effects(o: Offers, s: int, service: Service, raw: Mapping[str, float]) -> None:
    """What sessions do, how often they are and how long a course is: numbers of the kind."""
    for channel, field in enumerate(CHANNELS):
        o.ceiling[s, channel] = raw.get(f"services.{service.row}.{field}", 0.0) * raw.get(
            f"care.{field}_per_smd", 1.0
        )
    for kind_parameters, field in enumerate(KIND_FIELDS):
        o.kind_parameters[s, kind_parameters] = raw.get(f"services.{service.row}.{field}", 0.0)
    for field in NUMBERS:
        getattr(o, field)[s] = raw.get(f"services.{service.row}.{field}", 0.0)
    o.course[s] = (
        round(raw.get(f"services.{service.row}.course", 0.0))
        if service.sessions is None
        else service.sessions
    )
    o.uptake[s], o.dropout_at_first[s] = service.uptake, service.dropout_at_first
    if service.outreach is not None:
        o.kind_parameters[s, KindParameter.OUTREACH] = service.outreach
    kind = KINDS[service.kind]
    o.informal[s], o.friends[s] = kind.informal, kind.friends
    o.kind_parameters[s, KindParameter.LOW_INTENSITY] = kind.low_intensity


def _fill_access(
    o: Offers, s: int, service: Service, scenario: Scenario, areas: tuple[str, ...]
) -> None:
    """How people come to it, from where, and how far they travel."""
    kind, local = KINDS[service.kind], service.where != "everywhere"
    o.online[s] = service.online or kind.online
    for a, area in enumerate(areas):
        o.reach[s, a] = not local or area in service.where
        o.travel[s, a] = 0.0 if o.online[s] or local else scenario.neighbourhoods[area].distance
    unsought = Access.NONE if kind.hospital else Access.CRISIS if kind.crisis else Access.OUTREACH
    o.access[s] = ACCESS_CODES[service.access] if kind.sought and not kind.hospital else unsought


def _fill_audience(o: Offers, s: int, service: Service, raw: Mapping[str, float]) -> None:
    """Who it is for; what is left out does not matter."""
    audience = service.audience
    o.after[s] = OPENS_AFTER[audience.after]
    o.within[s] = audience.within
    youngest, oldest = audience.ages or (0, 200)
    o.age_low[s], o.age_high[s] = youngest, oldest + 1  # until the next birthday
    o.phq_low[s], o.phq_high[s] = audience.phq or (0.0, 27.0)
    o.severe_low[s] = audience.severe_illness
    o.severe_high[s] = not audience.no_severe_illness
    who = AUDIENCES[audience.who or KINDS[service.kind].who]
    o.who[s] = who
    o.kind_parameters[s, KindParameter.LEVEL] = {
        AudienceGroup.CAREGIVERS: raw["health.caregiver_from"],
        AudienceGroup.LONELY: raw["health.ucla_middle"],
    }.get(who, 0.0)
