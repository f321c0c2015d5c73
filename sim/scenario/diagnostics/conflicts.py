"""Contradictions between parts of a scenario that are each valid alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel

from sim.scenario.diagnostics.at_start import check_start
from sim.scenario.diagnostics.own_kinds import check_own_kinds
from sim.scenario.diagnostics.own_people import check_bands, check_group_count, check_own_people
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.schema.partnerships import MEETING_PLACES
from sim.units import Money, say_weeks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sim.scenario.schema.fields import ScenarioFields
    from sim.scenario.schema.services import ServiceOfAnyKind

# Shares of published tables are rounded, and rarely sum to exactly 1.
SHARE_TOLERANCE = 1e-3


class Conflict(NamedTuple):
    """One contradiction: where, what, and what to do."""

    path: tuple[str, ...]
    message: str
    hint: str = ""
    on_key: bool = False


WRITTEN_AMOUNT = re.compile(r"([A-Z]{3}) *[-+.0-9]")
"""How an amount of money begins: with its currency."""
ALWAYS_ALLOWED = 10_000
"""Posts, groups or beds of a service that a town of any size may have."""


def find_conflicts(
    scenario: ScenarioFields, known: Mapping[str, Collection[str]] | None = None
) -> list[Conflict]:
    """Every contradiction; `known` holds names that exist although their declaration is broken."""
    # A name counts although its declaration is broken: who refers to it is not wrong as well.
    names = {
        part: {*getattr(scenario, part), *(known or {}).get(part, ())}
        for part in ("services", "funds", "neighbourhoods", "kinds")
    }
    return [
        *_check_people(scenario),
        *(
            Conflict(*found)
            for found in check_own_kinds(scenario.kinds, scenario.services, names["kinds"])
        ),
        *_check_services(scenario, names),
        *(Conflict(*found) for found in check_start(scenario)),
        *_check_money(scenario, names),
        *_check_shocks(scenario, names),
        *_check_partnerships(scenario, names),
        *_check_rules(scenario, names),
        *_check_parameters(scenario),
        *_check_currency(scenario),
    ]


def _check_sum(path: tuple[str, ...], shares: Iterable[float]) -> Iterator[Conflict]:
    total = sum(shares)
    if abs(total - 1) > SHARE_TOLERANCE:
        yield Conflict(
            path,
            f"shares must sum to 1 (they sum to {total:.6g})",
            f"{abs(1 - total):.4g} too {'little' if total < 1 else 'much'}",
        )


def _check_people(scenario: ScenarioFields) -> Iterator[Conflict]:
    people = scenario.population
    yield from _check_sum(
        ("neighbourhoods",), (part.share for part in scenario.neighbourhoods.values())
    )
    yield from _check_sum(("population", "ages"), people.ages.values())
    yield from _check_sum(("population", "household_sizes"), people.household_sizes.values())
    insurance = people.insurance
    yield from _check_sum(
        ("population", "insurance"), (insurance.uninsured, insurance.public, insurance.private)
    )
    yield from (Conflict(*found) for found in check_bands(people))
    for name, part in scenario.neighbourhoods.items():
        yield from (Conflict(*found) for found in check_own_people(("neighbourhoods", name), part))
    yield from (Conflict(*found) for found in check_group_count(scenario.neighbourhoods))


def _check_known(
    path: tuple[str, ...], name: str | None, names: Collection[str], what: str
) -> Iterator[Conflict]:
    if name is not None and name not in names:
        there = (
            f"there {'is' if len(names) == 1 else 'are'} {', '.join(sorted(names))}"
            if names
            else f"there is no {what}"
        )
        yield Conflict(path, f"unknown {what} '{name}'{suggest(name, names)}", there)


def _check_order(
    path: tuple[str, ...], begin: int | None, end: int | None, last: str
) -> Iterator[Conflict]:
    if begin is not None and end is not None and end <= begin:
        yield Conflict(
            (*path, last),
            f"must be after its beginning (begins in week {begin}, ends in week {end})",
            "dates run forwards",
        )


def _check_services(
    scenario: ScenarioFields, names: Mapping[str, Collection[str]]
) -> Iterator[Conflict]:
    for name, service in scenario.services.items():
        here = ("services", name)
        yield from _check_order(here, service.from_, service.until, "until")
        if (
            service.from_ is None
            and service.until is not None
            and service.until < -scenario.warm_up
        ):
            yield Conflict(
                (*here, "until"),
                "is before the town's first week",
                f"the burn-in is {say_weeks(scenario.warm_up)}",
            )
        yield from _check_reach(here, service, names)
        for partner in service.refers_to:
            yield from _check_known((*here, "refers_to"), partner, names["services"], "service")
        yield from _check_staff(here, service, scenario.prices.pay)
        yield from _check_size(here, service, scenario.population.residents)


def _check_size(
    here: tuple[str, ...], service: ServiceOfAnyKind, residents: int
) -> Iterator[Conflict]:
    """A service is not larger than its town, and a post of a small town costs no time."""
    most = max(residents, ALWAYS_ALLOWED)
    sizes: dict[tuple[str, ...], float]
    sizes = {("staff", role): posts for role, posts in service.staff.items()}
    sizes |= {(key,): getattr(service, key, 0) for key in ("groups", "beds")}
    for key, size in sizes.items():
        if size > most:
            yield Conflict(
                (*here, *key),
                f"must be at most {most:,} in a town of {residents:,} (got {size:,.0f})",
                "a post, a group or a bed for each resident is more than any town has",
            )


def _check_reach(
    here: tuple[str, ...], service: ServiceOfAnyKind, names: Mapping[str, Collection[str]]
) -> Iterator[Conflict]:
    """Where a service is, and whom it is for."""
    if isinstance(service.where, tuple):
        for place in service.where:
            yield from _check_known(
                (*here, "where"), place, names["neighbourhoods"], "neighbourhood"
            )
        if not service.where:
            yield Conflict(
                (*here, "where"),
                "names no neighbourhood",
                "to switch a service off, write `enabled: false`",
            )
    for key in ("ages", "phq"):
        pair = getattr(service.audience, key)
        if pair is not None and pair[0] > pair[1]:
            yield Conflict(
                (*here, "audience", key), f"lowest first (got {pair[0]:g}, then {pair[1]:g})"
            )


def _check_staff(
    here: tuple[str, ...], service: ServiceOfAnyKind, pay: Collection[str]
) -> Iterator[Conflict]:
    """Who leads a service, and what its staff are paid."""
    if service.leads and not any(role in service.staff for role in service.leads):
        needed = " or ".join(service.leads)
        yield Conflict(
            (*here, "staff") if service.staff else here,
            f"needs a {needed} on its staff",
            f"such as `staff: {{{service.leads[0]}: 1}}`",
        )
    for role in service.staff:
        # Volunteers have no pay; what their hours are worth is `prices.volunteer_hour`.
        if role != "volunteer" and role not in pay:
            yield Conflict(
                (*here, "staff", role),
                f"has no pay in `prices.pay.{role}`",
                "every paid role needs a price",
                on_key=True,
            )


def _check_money(
    scenario: ScenarioFields, names: Mapping[str, Collection[str]]
) -> Iterator[Conflict]:
    for name, fund in scenario.funds.items():
        yield from _check_order(("funds", name), fund.from_, fund.to, "to")
        for service in fund.only_for:
            yield from _check_known(
                ("funds", name, "only_for"), service, names["services"], "service"
            )


def _check_shocks(
    scenario: ScenarioFields, names: Mapping[str, Collection[str]]
) -> Iterator[Conflict]:
    for name, shock in scenario.shocks.items():
        here = ("shocks", name)
        yield from _check_order(here, shock.at, shock.until, "until")
        if shock.at < 0:
            yield Conflict(
                (*here, "at"),
                f"must not be before week 0 (got week {shock.at})",
                "the burn-in is shared by all replicates of a town",
            )
        for service in getattr(shock, "closed", ()):
            yield from _check_known((*here, "closed"), service, names["services"], "service")
        if shock.kind == "funding_cut":
            yield from _check_known((*here, "fund"), shock.fund, names["funds"], "fund")


def _check_partnerships(
    scenario: ScenarioFields, names: Mapping[str, Collection[str]]
) -> Iterator[Conflict]:
    for name, agreement in scenario.partnerships.items():
        here = ("partnerships", name)
        yield from _check_order(here, agreement.from_, agreement.until, "until")
        for key, services in (("for", agreement.for_), ("sends_from", agreement.sends_from)):
            for service in services:
                yield from _check_known((*here, key), service, names["services"], "service")
        if agreement.reach > 0 and agreement.with_ not in MEETING_PLACES:
            message = f"nobody is met at the place of a partner of this kind ({agreement.with_})"
            yield Conflict((*here, "reach"), message, f"`with: {' or '.join(MEETING_PLACES)}`")
        if bool(agreement.sends_from) != (agreement.sends > 0):
            yield Conflict(
                here,
                "needs both `sends_from` (who hands people on) and `sends` (how often), or neither",
            )


def _check_seats(
    scenario: ScenarioFields, names: Mapping[str, Collection[str]]
) -> Iterator[Conflict]:
    for name, seat in scenario.governance.seats.items() if scenario.governance else ():
        here = ("governance", "seats", name)
        for service in seat.runs:
            yield from _check_known((*here, "runs"), service, names["services"], "service")
        yield from _check_known((*here, "holds"), seat.holds, names["funds"], "fund")


def _check_rules(
    scenario: ScenarioFields, names: Mapping[str, Collection[str]]
) -> Iterator[Conflict]:
    committee = scenario.governance
    if committee is None:
        return
    if committee.review_every < 1:
        yield Conflict(("governance", "review_every"), "must be at least a week")
    yield from _check_seats(scenario, names)
    for name, rule in committee.rules.items():
        here, do = ("governance", "rules", name), rule.do
        yield from _check_known(
            (*here, "when", "service"), rule.when.service, names["services"], "service"
        )
        lag = {
            "focus_groups": committee.focus_groups.lag,
            "suggestion_box": committee.suggestion_box.lag,
        }.get(rule.when.through, 0)
        if lag >= max(committee.review_every, 1):
            yield Conflict(
                (*here, "when", "through"),
                "is reported later than the next review",
                "lengthen `review_every` or shorten `lag`",
            )
        if (rule.when.above is None) == (rule.when.below is None):
            yield Conflict((*here, "when"), "needs exactly one of `above` and `below`")
        if len(do.verbs) != 1:
            got = f"got {' and '.join(do.verbs)}" if do.verbs else "got none"
            yield Conflict(
                (*here, "do"), f"needs exactly one of expand, shrink, pause, move ({got})"
            )
            continue  # which verb is meant is not known
        yield from _check_known(
            (*here, "do", do.verbs[0]), do.service, names["services"], "service"
        )
        for place in do.to:
            yield from _check_known(
                (*here, "do", "to"), place, names["neighbourhoods"], "neighbourhood"
            )
        yield from _check_action(here, scenario, name, names["funds"])


def _check_action(
    here: tuple[str, ...], scenario: ScenarioFields, name: str, funds: Collection[str]
) -> Iterator[Conflict]:
    """What each verb needs, and what belongs to another verb."""
    do = scenario.governance.rules[name].do if scenario.governance else None
    if do is None:
        return
    if do.expand is not None and not do.to and do.by is None:
        yield Conflict(
            (*here, "do"), "an expansion needs `by` (a share), `to` (neighbourhoods), or both"
        )
    if do.shrink is not None and (do.by is None or do.by > 1):
        yield Conflict((*here, "do"), "shrinking needs `by`, a share between 0% and 100%")
    if do.to and do.expand is None:
        yield Conflict((*here, "do", "to"), "only an expansion reaches other neighbourhoods")
    if do.move is None:
        for key in ("from_fund", "to_fund"):
            if getattr(do, key) is not None:
                yield Conflict((*here, "do", key), "belongs to `move`")
        return
    if do.from_fund is None or do.to_fund is None:
        yield Conflict((*here, "do"), "moving money needs `from_fund` and `to_fund`")
    elif do.from_fund == do.to_fund:
        yield Conflict((*here, "do", "to_fund"), "must be another fund than `from_fund`")
    for key in ("from_fund", "to_fund"):
        yield from _check_known((*here, "do", key), getattr(do, key), funds, "fund")


def _check_parameters(scenario: ScenarioFields) -> Iterator[Conflict]:
    if not scenario.parameters:
        return
    from sim.evidence.distributions import check_bounds  # read only where a scenario names it
    from sim.evidence.loader import all_evidence
    from sim.evidence.parameters import check_use

    evidence = all_evidence()
    for name, value in scenario.parameters.items():
        if name not in evidence:
            message = f"there is no parameter of this id{suggest(name, evidence)}"
            yield Conflict(
                ("parameters", name), message, "`kinwell evidence` lists them all", on_key=True
            )
        elif wrong := check_bounds(evidence[name], value) or check_use(name, value):
            yield Conflict(
                ("parameters", name),
                f"{wrong} (got {value:g})",
                f"`kinwell evidence {name}` has its range",
            )


def _check_currency(scenario: ScenarioFields) -> Iterator[Conflict]:
    for part in ("prices", "funds", "services", "partnerships"):
        for path, money in find_money(getattr(scenario, part), (part,)):
            # A bare 0 has no currency and needs none.
            if money.currency not in {"", scenario.currency}:
                yield Conflict(
                    path,
                    f"is in {money.currency}, the scenario in {scenario.currency}",
                    "amounts are never converted",
                )


def find_money(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Money]]:
    """Every amount of money in a part of a scenario, with its path."""
    if isinstance(value, Money):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from find_money(inner, (*path, str(key)))
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from find_money(getattr(value, name), (*path, name))


def find_currencies(
    data: object, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The currency of every amount in a document as it was written, with its path."""
    if isinstance(data, dict | list):
        parts = data.items() if isinstance(data, dict) else enumerate(data)
        for key, inner in parts:
            yield from find_currencies(inner, (*path, str(key)))
    elif isinstance(data, str) and (found := WRITTEN_AMOUNT.match(data)):
        yield path, found[1]
