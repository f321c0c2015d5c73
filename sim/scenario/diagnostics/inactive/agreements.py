"""Partnerships that help nobody."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive.activity import HOSPITAL, Path, runs, runs_within, say_dates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.partnerships import Partnership
    from sim.scenario.schema.services import Service


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
