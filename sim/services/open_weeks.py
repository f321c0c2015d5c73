"""Which services are open in the same weeks: money that one leaves can pay for what comes later."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from sim.scenario.diagnostics.inactive.activity import runs

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


class Stretch(NamedTuple):
    """Weeks from `first` to before `end` in which the same services are open and the same funds
    pay.
    """

    first: int
    end: int
    services: frozenset[str]
    funds: frozenset[str]


def list_stretches(scenario: Scenario) -> list[Stretch]:
    """The weeks of the horizon, cut wherever a service opens or closes or a fund begins or ends."""
    services = {name: each for name, each in scenario.services.items() if each.enabled}
    # A date beyond the horizon is noted as one: the money is meant for the service all the same.
    never = {name for name, each in services.items() if not runs(each, scenario.horizon)}
    dates = {0, scenario.horizon}
    for service in services.values():
        dates |= {week for week in (service.from_, service.until) if week is not None}
    for fund in scenario.funds.values():
        dates |= {week for week in (fund.from_, fund.to) if week is not None}
    within = sorted(week for week in dates if 0 <= week <= scenario.horizon)
    return [
        Stretch(
            first,
            end,
            frozenset(
                name
                for name, each in services.items()
                if name in never or _is_on(each.from_, each.until, first)
            ),
            # One-off amounts are spent as they are needed, also after a fund has ended.
            frozenset(
                name
                for name, fund in scenario.funds.items()
                if _is_on(fund.from_, fund.to if fund.amount.per else None, first)
            ),
        )
        for first, end in pairwise(within)
    ]


def list_open_together(scenario: Scenario) -> list[frozenset[str]]:
    """Services that are open in the same weeks, the largest sets of them; one empty set where none
    is open within the horizon.
    """
    found = {stretch.services for stretch in list_stretches(scenario)}
    largest = [one for one in found if not any(one < other for other in found)]
    return sorted(largest, key=sorted)


def _is_on(first: int | None, end: int | None, week: int) -> bool:
    return (first is None or first <= week) and (end is None or week < end)
