"""From which week on each key of a scenario can act: two scenarios with one burn-in are the same to
the bit until the first week at which something acts in one of them and not in the other.

What is dated acts from its date, a service from when it looks for staff; what a scenario is called
and how its results are valued never acts in a run. Everything else acts from week 0 on, and so does
whatever has a row of its own: services, funds and posts are summed up in the order of their rows,
so that one more of them can move the last bit of a sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.schema.field_types import keep_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import Service

    Plain = dict[str, Any]

NEVER_ACTS = ("name", "title", "summary", "discount", "perspective", "willingness_to_pay", "place")
"""What no week of a run looks at: names, and how results are valued afterwards."""
ROW_OF_SERVICE = ("kind", "own_kind", "access", "staff")
"""What a service is to others before it begins: whom they could hand people on to, and its rows."""
FLOW_OF_FUND = ("from", "to", "amount")
"""What only income is made of; cash, rule and reserve of a fund stand in the accounts from the
start.
"""


def are_alike_until(one: Scenario, other: Scenario, week: int) -> bool:
    """Whether all that can act before a week is the same in two scenarios, so that a run of either
    is the same to the bit until then.
    """
    if one.past_hash != other.past_hash or one.held or other.held:
        return False
    # Week 0 at least: rows of services and funds stand ready from the beginning.
    ours, theirs = (list_acting(each, each.resolved(), max(week, 1)) for each in (one, other))
    return ours == theirs


def list_acting(scenario: Scenario, declared: Mapping[str, Any], week: int) -> Plain:
    """What can act before a week from 1 on; scenarios that are alike in it share these weeks.

    declared: the scenario as plain data (`resolved`).
    """
    # As pairs, because rows stand in the order in which things are declared.
    parts = {
        "services": list(_list_services(scenario, declared, week)),
        "funds": list(_list_funds(scenario, declared, week)),
        "shocks": list(_list_dated(scenario.shocks, declared, "shocks", week)),
        "partnerships": list(_list_dated(scenario.partnerships, declared, "partnerships", week)),
        # An account of its own from the start, whenever they give.
        "in_kind": any(
            each.enabled and each.in_kind.amount > 0 for each in scenario.partnerships.values()
        ),
        "branch": _describe_branch(scenario, declared, week),
    }
    acting = {key: value for key, value in declared.items() if key not in NEVER_ACTS} | parts
    kept: Plain = keep_rows(acting)
    return kept


def list_dates(scenario: Scenario) -> Iterator[int]:
    """Weeks from which on something more may act, and the end of the horizon."""
    yield scenario.horizon
    for service in scenario.services.values():
        yield from (find_first_week(service), service.until or 0)
    for fund in scenario.funds.values():
        yield from (fund.from_, fund.to or 0)
    for shock in scenario.shocks.values():
        yield from (shock.at, shock.until or 0)
    for agreement in scenario.partnerships.values():
        yield from (agreement.from_, agreement.until or 0)
    if scenario.branch is not None:
        yield scenario.branch.at


def find_first_week(service: Service) -> int:
    """First week from 0 on in which a service can act: it looks for staff before it begins."""
    return 0 if service.from_ is None else max(service.from_ - service.recruit_ahead, 0)


def _list_services(
    scenario: Scenario, declared: Mapping[str, Any], week: int
) -> Iterator[tuple[str, Plain]]:
    for name, service in scenario.services.items():
        if not service.enabled:
            continue
        plain = declared["services"][name]
        if find_first_week(service) >= week:
            yield name, {key: plain.get(key) for key in ROW_OF_SERVICE}
        else:
            yield name, _leave_end(plain, "until", service.until, week)


def _list_funds(
    scenario: Scenario, declared: Mapping[str, Any], week: int
) -> Iterator[tuple[str, Plain]]:
    for name, fund in scenario.funds.items():
        plain = declared["funds"][name]
        if fund.from_ >= week:
            yield name, {key: value for key, value in plain.items() if key not in FLOW_OF_FUND}
        else:
            yield name, _leave_end(plain, "to", fund.to, week)


def _list_dated(
    things: Mapping[str, Any], declared: Mapping[str, Any], section: str, week: int
) -> Iterator[tuple[str, Plain]]:
    """Shocks or partnerships that have begun by then."""
    begins = "at" if section == "shocks" else "from_"
    for name, thing in things.items():
        if thing.enabled and getattr(thing, begins) < week:
            yield name, _leave_end(declared[section][name], "until", thing.until, week)


def _describe_branch(scenario: Scenario, declared: Mapping[str, Any], week: int) -> Plain | None:
    """A branch; all its options stand ready from the start, and which is taken acts at the
    branch.
    """
    if scenario.branch is None:
        return None
    left = ("take",) if scenario.branch.at >= week else ()
    return {key: value for key, value in declared["branch"].items() if key not in left}


def _leave_end(plain: Plain, key: str, end: int | None, week: int) -> Plain:
    """Without its end, where that has not come by then: nothing looks ahead to it."""
    if end is not None and end < week:
        return plain
    return {each: value for each, value in plain.items() if each != key}
