"""The same town at another size: people, posts, groups, beds, funds and gifts together.

What is per person, per post or per session stays: caseloads, fees, prices, shares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import InvalidInput
from sim.units import parse_share

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import AtStart
    from sim.units import Money

FEWEST_RESIDENTS = 10
"""Residents of the smallest town."""
LARGEST_SCALE = 100.0
WHOLE_NUMBERS = ("groups", "beds")
"""What a service has only whole: at least one is left of what there was."""


def parse_scale(text: str) -> float:
    """A factor from `10%` or `0.1`; InvalidInput where it is none."""
    try:
        factor = float(parse_share(text if text.strip().endswith("%") else float(text)))
    except ValueError:
        factor = 0.0
    if not 0.0 < factor <= LARGEST_SCALE:
        raise InvalidInput(
            f"--scale {text}: write a share such as 10%, or 200% for twice the size"
            f" ({LARGEST_SCALE:.0%} at most)"
        )
    return factor


def scale(scenario: Scenario, factor: float) -> Scenario:
    """A checked copy of `factor` times the size; InvalidInput where a part cannot have it."""
    if factor == 1.0:
        return scenario
    if scenario.branch is not None:
        raise InvalidInput(f"{scenario.name} branches: a scenario with options cannot be scaled")
    changes: dict[str, Any] = {
        "population.residents": max(FEWEST_RESIDENTS, round(scenario.population.residents * factor))
    }
    for name, service in scenario.services.items():
        changes |= {
            f"services.{name}.staff.{role}": posts * factor for role, posts in service.staff.items()
        }
        for field in WHOLE_NUMBERS:
            count = getattr(service, field, 0)
            if count:
                changes[f"services.{name}.{field}"] = max(1, round(count * factor))
        if service.at_start is not None:
            changes |= _scale_start(f"services.{name}.at_start", service.at_start, factor)
    for name, fund in scenario.funds.items():
        changes |= _scale_money(f"funds.{name}.amount", fund.amount, factor)
        changes |= _scale_money(f"funds.{name}.opening", fund.opening, factor)
    for name, agreement in scenario.partnerships.items():
        changes |= _scale_money(f"partnerships.{name}.in_kind", agreement.in_kind, factor)
        changes |= _scale_money(f"partnerships.{name}.upkeep", agreement.upkeep, factor)
    if scenario.governance is not None and scenario.governance.survey is not None:
        sample = scenario.governance.survey.sample
        changes["governance.survey.sample"] = max(1, round(sample * factor)) if sample else 0
    return scenario.with_(changes)


def _scale_start(path: str, given: AtStart, factor: float) -> dict[str, Any]:
    """People and vacant posts of week 0; how long people have waited stays."""
    changes: dict[str, Any] = {
        f"{path}.vacant.{role}": posts * factor for role, posts in given.vacant.items()
    }
    for key in ("in_care", "waiting"):
        count = getattr(given, key)
        if count is not None:
            changes[f"{path}.{key}"] = round(count * factor)
    return changes


def _scale_money(path: str, money: Money, factor: float) -> dict[str, Any]:
    return {path: money._replace(amount=money.amount * factor)} if money.amount else {}


def list_rounded(scenario: Scenario, factor: float) -> list[str]:
    """Sentences on what is not in proportion, since it is whole: beds and groups."""
    said = []
    for name, service in scenario.services.items():
        for field in WHOLE_NUMBERS:
            count = getattr(service, field, 0)
            exact = count * factor
            got = max(1, round(exact)) if count else 0
            if count and abs(got - exact) > 1e-9:
                said.append(
                    f"{name} has {got} {field} where {exact:g} would be in proportion: they are"
                    " whole"
                )
    return said
