"""Funds that never receive or never pay anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive.activity import HOSPITAL, Path, runs, say_dates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.funding import Fund
    from sim.scenario.schema.services import Service

OWED = "; posts that its services fill in week 0, before money is first planned, are owed by it"
"""Said of a fund that begins after the last week, which still shows as a payer of these posts."""


def look_at_funds(scenario: Scenario) -> Iterator[Conflict]:
    """List funds that pay for nothing within the horizon."""
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
        for found in say_dates(here, (("from", fund.from_), ("to", fund.to)), horizon):
            owed = fund.from_ >= horizon and fund.only_for
            yield found._replace(message=f"{found.message}{OWED}") if owed else found


def _look_at_purpose(here: Path, fund: Fund, scenario: Scenario) -> Iterator[Conflict]:
    """A fund that is only for services which no fund pays, or which never run, pays nothing."""
    services = [scenario.services[name] for name in fund.only_for if name in scenario.services]
    # An unknown service is an error, and told as one.
    if not fund.only_for or len(services) < len(fund.only_for):
        return
    hospital = [name for name in fund.only_for if scenario.services[name].kind in HOSPITAL]
    if len(hospital) == len(services):
        message = "never pays: the hospital is paid by the day and the visit, from no fund"
        yield Conflict((*here, "only_for"), message, "name a service of the community")
    elif not any(runs(service, scenario.horizon) for service in services):
        message = "never pays: none of these services runs within the horizon"
        yield Conflict((*here, "only_for"), message, "enable one, or let the fund pay for others")
    elif 0 < (end := _find_end_of_services(services)) <= fund.from_ and not fund.opening.amount:
        message = f"never pays: it begins in week {fund.from_}; these services end by week {end}"
        hint = "begin the fund earlier, or end the services later"
        yield Conflict((*here, "only_for"), message, hint)
    elif hospital:
        message = f"pays nothing for {' and '.join(hospital)}: paid by the day and the visit"
        yield Conflict((*here, "only_for"), message, "leave the hospital out")


def _find_end_of_services(services: list[Service]) -> int:
    """Week by which the last of some services has ended; 0 where one goes on."""
    ends = [service.until for service in services if service.enabled]
    return (
        0
        if not ends or any(end is None for end in ends)
        else max(end for end in ends if end is not None)
    )
