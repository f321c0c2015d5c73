"""What services cost a year when every post is filled, and which funds may pay them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.evidence.loader import values
from sim.units import PERIODS, WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import ServiceOfAnyKind

BY_THE_VISIT = ("emergency_department", "inpatient_ward")
"""Kinds that no fund pays: their staff is in the price of a visit or a day."""


class Cost(NamedTuple):
    """A service's cost a year at full size, every post filled, in the scenario's currency, and its
    payers.

    amount: pay, overhead and supervision; supplies, hiring and training come on top, fees go off.
    None where it is paid by the visit or the day. funds: those that may pay it, the ones that pay
    nothing else first.
    """

    amount: float | None
    funds: tuple[str, ...]
    has_fees: bool


def price_services(scenario: Scenario) -> dict[str, Cost]:
    """The cost of every service that is switched on, by name."""
    raw = values(scenario.parameters)
    return {
        name: Cost(
            None if service.kind in BY_THE_VISIT else _price(service, scenario, raw),
            () if service.kind in BY_THE_VISIT else _find_funds(name, scenario),
            service.fee.amount > 0,
        )
        for name, service in scenario.services.items()
        if service.enabled
    }


def sum_income(scenario: Scenario) -> float:
    """What the funds receive in a year in which all of them pay, one-off amounts left out."""
    funds = (fund.amount for fund in scenario.funds.values())
    return sum(amount.per_week * WEEKS_PER_YEAR for amount in funds if amount.per in PERIODS)


def _price(service: ServiceOfAnyKind, scenario: Scenario, raw: Mapping[str, float]) -> float:
    prices = scenario.prices
    pay = {str(role): money.per_week for role, money in prices.pay.items()}
    wages = sum(posts * pay.get(str(role), 0.0) for role, posts in service.staff.items())
    hours = (
        sum(service.staff.values()) * support_staff(service, raw) * raw["money.supervision_hours"]
    )
    weekly = wages * (1 + prices.overhead) + hours * prices.supervision_hour.amount
    return weekly * WEEKS_PER_YEAR


def support_staff(service: ServiceOfAnyKind, raw: Mapping[str, float]) -> float:
    """Supervision, 0 to 1; leaders who take turns share the load, and recognition adds."""
    often = service.supervision
    plain = {"none": 0.0, "weekly": 1.0}
    supervised = plain[often] if often in plain else raw[f"workforce.supervision_{often}"]
    turns = raw["workforce.turns"] if getattr(service, "rotating_leaders", False) else 0.0
    # Taking turns and supervision are not added: they relieve the same load.
    support = max(supervised, turns)
    return min(1.0, support + raw["workforce.recognition"]) if service.recognition else support


def _find_funds(name: str, scenario: Scenario) -> tuple[str, ...]:
    own = [fund for fund, told in scenario.funds.items() if name in told.only_for]
    # Restricted funds first, as in the week: what may pay for nothing else is used up before.
    return (*own, *(fund for fund, told in scenario.funds.items() if not told.only_for))
