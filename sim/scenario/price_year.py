"""Move the prices of a scenario with the evidence that they come from, where a run draws or sets
that evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.evidence.prices import all_prices, find_currency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.funding import Prices
    from sim.scenario.schema.services import Service
    from sim.units import Money


def reprice(scenario: Scenario, raw: Mapping[str, float]) -> Scenario:
    """The scenario with amounts moved in proportion to how far `raw` (values by id) has moved the
    price records behind them.

    The scenario itself where nothing has moved: its amounts are then used to the last digit.
    """
    # Prices of other currencies are those of other countries.
    records = [
        record for record in all_prices().values() if find_currency(record) == scenario.currency
    ]
    moved = {
        record.key: raw[record.id] / record.value
        for record in records
        # Only what moved, so that no other amount is multiplied and rounded.
        if raw[record.id] != record.value
    }
    if not moved:
        return scenario
    services = {name: _charge(service, moved) for name, service in scenario.services.items()}
    return scenario.model_copy(
        update={"prices": _move_prices(scenario.prices, moved), "services": services}
    )


def _move_prices(prices: Prices, moved: Mapping[str, float]) -> Prices:
    pay = {
        role: _times(money, moved.get(f"prices.pay.{role}", 1.0))
        for role, money in prices.pay.items()
    }
    names = [
        key.split(".")[1]
        for key in moved
        if key.startswith("prices.") and not key.startswith("prices.pay.")
    ]
    return prices.model_copy(
        update={"pay": pay}
        | {name: _times(getattr(prices, name), moved[f"prices.{name}"]) for name in names}
    )


def _charge(service: Service, moved: Mapping[str, float]) -> Service:
    factor = moved.get(f"fee.{service.kind}", 1.0)
    return (
        service
        if factor == 1.0
        else service.model_copy(update={"fee": _times(service.fee, factor)})
    )


def _times(money: Money, factor: float) -> Money:
    return money._replace(amount=money.amount * factor)
