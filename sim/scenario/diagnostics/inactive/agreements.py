"""Partnerships that help nobody."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive.activity import HOSPITAL, Path, runs, runs_within, say_dates
from sim.services.catalogue import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.partnerships import Partnership
    from sim.scenario.schema.services import Service

WITHOUT_WORK = ("pupils", "out_of_work")
"""Audiences whose people are not in work."""


def look_at_agreements(scenario: Scenario) -> Iterator[Conflict]:
    """List agreements, and parts of them, that can do nothing within the horizon."""
    for name, agreement in scenario.partnerships.items():
        if agreement.enabled:
            here = ("partnerships", name)
            dates = (("from", agreement.from_), ("until", agreement.until))
            yield from say_dates(here, dates, scenario.horizon)
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
        known = {name: scenario.services[name] for name in names if name in scenario.services}
        if known:
            yield from _look_at_named((*here, key), known, agreement, scenario.horizon)
    if agreement.reach and agreement.with_ == "employer" and not scenario.population.employed:
        message = "never acts: nobody in this town is employed"
        yield Conflict((*here, "reach"), message, "`population.employed` is 0%")
    if agreement.reach and agreement.with_ == "employer":
        yield from _look_at_workers((*here, "reach"), agreement, scenario)
    if agreement.in_kind.amount and not any(
        _can_use(scenario.services[name], scenario)
        for name in agreement.for_
        if name in scenario.services
    ):
        message = "never acts: it pays for overhead and supplies, and these services have neither"
        yield Conflict((*here, "in_kind"), message, "see `prices.overhead` and `supplies`")
    alone = set(agreement.for_)
    if len(alone) == 1 and alone == set(agreement.sends_from):
        message = "never acts: people are sent from a service to itself"
        yield Conflict((*here, "sends_from"), message, "name another service")


def _look_at_named(
    here: Path, known: Mapping[str, Service], agreement: Partnership, horizon: int
) -> Iterator[Conflict]:
    """Services that an agreement is for, or that send people: whether it can do anything there."""
    end = agreement.until if agreement.until is not None else math.inf
    services = known.values()
    if not any(runs(service, horizon) for service in services):
        message = "never acts: none of these services runs within the horizon"
        yield Conflict(here, message, "enable one")
    # Before week 0 it has ended, which was said.
    elif end > 0 and not any(runs_within(each, agreement.from_, end) for each in services):
        message = "never acts: none of these services runs while the agreement lasts"
        yield Conflict(here, message, "let the agreement last while one runs")
    elif all(service.kind in HOSPITAL for service in services):
        message = "never acts: a hospital is paid by visits and days, and has no sessions"
        yield Conflict(here, message, "name a service of the community")
    else:
        for name in (name for name, service in known.items() if not service.enabled):
            message = f"does nothing for {name}, which is switched off"
            yield Conflict(here, message, f"enable {name}, or leave it out")


def _look_at_workers(here: Path, agreement: Partnership, scenario: Scenario) -> Iterator[Conflict]:
    """Services that are met at work and are for people who have none."""
    met = [scenario.services[name] for name in agreement.for_ if name in scenario.services]
    if met and all((each.audience.who or KINDS[each.kind].who) in WITHOUT_WORK for each in met):
        message = "never acts: these services take nobody who is in work"
        yield Conflict(here, message, "name a service that people in work may use")


def _can_use(service: Service, scenario: Scenario) -> bool:
    """Whether a service has overhead, which is a share of pay, or supplies."""
    paid = any(posts for role, posts in service.staff.items() if role != "volunteer")
    return bool(service.supplies.amount or (scenario.prices.overhead and paid))
