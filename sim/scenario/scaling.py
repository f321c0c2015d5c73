"""The same town at another size: people, posts, groups, beds, funds, gifts and what a review costs.

What is per person, per post or per session stays: caseloads, fees, all other prices, shares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import InvalidInput
from sim.units import parse_money, parse_share, say_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import AtStart
    from sim.units import Money

FEWEST_RESIDENTS = 10
"""Residents of the smallest town."""
LARGEST_SCALE = 100.0
WHOLE_NUMBERS = ("groups", "beds")
"""What a service has only whole: at least one is left of what there was."""
AMOUNTS = {"funds": ("amount", "opening"), "partnerships": ("in_kind", "upkeep")}
"""Money that goes with the size of a town, by part of a scenario."""


def parse_scale(text: str) -> float:
    """A factor from `10%` or `0.1`; InvalidInput where it is none, or might be a percentage whose
    sign was forgotten.
    """
    try:
        factor = float(parse_share(text if text.strip().endswith("%") else float(text)))
    except ValueError:
        # Refused below, in words that say how a scale is written.
        factor = 0.0
    if 1.0 < factor <= LARGEST_SCALE and not text.strip().endswith("%"):
        raise InvalidInput(
            f"--scale {text}: {factor:g}% or {factor:.0%}? Write it with the sign of per cent"
        )
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
    changes: dict[str, Any] = {
        "population.residents": max(FEWEST_RESIDENTS, round(scenario.population.residents * factor))
    }
    for name, service in scenario.services.items():
        # Posts may be parts of one, so they are exactly in proportion.
        changes |= {
            f"services.{name}.staff.{role}": posts * factor for role, posts in service.staff.items()
        }
        for field in WHOLE_NUMBERS:
            count = getattr(service, field, 0)
            if count:
                changes[f"services.{name}.{field}"] = scale_whole(count, factor)
        if service.at_start is not None:
            changes |= _scale_start(f"services.{name}.at_start", service.at_start, factor)
    for part, keys in AMOUNTS.items():
        for name, thing in getattr(scenario, part).items():
            for key in keys:
                changes |= _scale_money(f"{part}.{name}.{key}", getattr(thing, key), factor)
    # A review is of the town: at its full price a small town would pay many times as much for it.
    for key in ("evaluation", "focus_groups"):
        changes |= _scale_money(f"prices.{key}", getattr(scenario.prices, key), factor)
    if scenario.governance is not None and scenario.governance.survey is not None:
        changes["governance.survey.sample"] = scale_whole(scenario.governance.survey.sample, factor)
    if scenario.branch is not None:
        changes["branch.survey.sample"] = scale_whole(scenario.branch.survey.sample, factor)
        for option, changed in scenario.branch.options.items():
            changes[f"branch.options.{option}"] = scale_option(changed, factor)
    return scenario.with_(changes)


def scale_whole(count: int, factor: float) -> int:
    """A count at another size: at least one of what there was, and nothing of nothing."""
    return max(1, round(count * factor)) if count else 0


def scale_option(changes: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """What an option of a branch changes, at another size: as it is written, posts, groups, beds,
    money and who is asked.
    """
    scaled = dict(changes)
    for part in ("services", *AMOUNTS):
        if part in changes:
            resize = scale_declared if part == "services" else _scale_amounts
            scaled[part] = {
                name: resize(told, factor) if isinstance(told, dict) else told
                for name, told in changes[part].items()
            }
    survey = (changes.get("governance") or {}).get("survey") or {}
    if survey.get("sample"):
        sample = scale_whole(survey["sample"], factor)
        scaled["governance"] = changes["governance"] | {"survey": survey | {"sample": sample}}
    return scaled


def scale_declared(service: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """A service as it is declared, at another size: its staff, what it has only whole, and whom and
    which vacant posts it begins with.
    """
    scaled = dict(service)
    if "staff" in service:
        scaled["staff"] = {role: posts * factor for role, posts in service["staff"].items()}
    for field in WHOLE_NUMBERS:
        if scaled.get(field):
            scaled[field] = scale_whole(scaled[field], factor)
    if service.get("at_start"):
        scaled["at_start"] = _scale_declared_start(service["at_start"], factor)
    return scaled


def _scale_declared_start(given: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """People in care and vacant posts of week 0, which are of the service; its list stays, since
    who looks for help is of the town.
    """
    scaled = dict(given)
    if scaled.get("in_care"):
        scaled["in_care"] = round(scaled["in_care"] * factor)
    if scaled.get("vacant"):
        scaled["vacant"] = {role: posts * factor for role, posts in scaled["vacant"].items()}
    return scaled


def _scale_amounts(thing: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """A fund or an agreement as it is declared, with its money at another size."""
    scaled = dict(thing)
    for key in {key for keys in AMOUNTS.values() for key in keys} & set(thing):
        # Options are kept as they are written: their money is text.
        money = parse_money(thing[key])
        scaled[key] = str(money._replace(amount=money.amount * factor))
    return scaled


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
    """Sentences on what is not in proportion, since it is whole: beds, groups, and the place that
    a service has no more.
    """
    said = []
    for name, service in scenario.services.items():
        for field in WHOLE_NUMBERS:
            count = getattr(service, field, 0)
            exact, got = count * factor, scale_whole(count, factor)
            if count and abs(got - exact) > 1e-9:
                said.append(
                    f"{name} has {say_count(got, field.removesuffix('s'))} where {exact:g} would be"
                    f" in proportion: {field} are whole"
                )
        role = service.leading_role
        places = service.staff.get(role, 0.0) * service.caseload if role else 0.0
        # The small number as where places are counted.
        if places >= 1.0 > places * factor + 1e-6:
            said.append(
                f"{name} has no place where {places * factor:.2g} would be in proportion: its staff"
                " is paid and can take nobody"
            )
    return said
