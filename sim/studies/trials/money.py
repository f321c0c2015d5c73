"""Published money: brought to the prices of the town, never from one currency to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.evidence.prices import all_indices

if TYPE_CHECKING:
    from sim.scenario.designs.trial import Trial
    from sim.scenario.scenario import Scenario

INDEX = {"USD": "medical_us", "GBP": "consumer_uk"}
"""Index of prices of health care by currency."""
COST_OUTCOMES = ("cost", "hospital_cost")


def find_obstacle(trial: Trial, town: Scenario) -> str:
    """Why published costs cannot be held against the town's, or nothing."""
    told = trial.published
    if told is None or not tells_amounts(trial):
        return ""
    # A ratio of costs is the same in any money; the level of an arm is not.
    alone = "" if trial.effect == "MD" else ", or leave out `arms` to compare the ratio alone"
    currency = told.currency or town.currency
    if currency != town.currency:
        return (
            f"it counts in {currency} and the town in {town.currency}; currencies are never"
            f" converted: name a `scenario` or `country` with this money{alone}"
        )
    year = told.price_year or town.price_year
    if year != town.price_year and not np.isfinite(measure_inflation(trial, town)):
        return (
            f"no index of the evidence reaches from {town.price_year} to {year} in {currency}"
            f"{_say_reach(currency)}{alone}"
        )
    return ""


def tells_amounts(trial: Trial) -> bool:
    """Whether amounts of money were published that the model's are compared with."""
    if trial.outcome.measure not in COST_OUTCOMES or trial.published is None:
        return False
    return trial.effect == "MD" or bool(trial.published.arms)


def _say_reach(currency: str) -> str:
    """The years that the index of a currency has, and what to do with a cost of another."""
    if currency not in INDEX:
        return ""
    values = all_indices()[INDEX[currency]].values
    return (
        f" ({INDEX[currency]} has {min(values)} to {max(values)}): bring what was published to a"
        " year within, and state that `price_year`"
    )


def measure_inflation(trial: Trial, town: Scenario) -> float:
    """What an amount of the town is multiplied with to stand in the published prices.

    Years between two of the index are interpolated on the log scale; NaN beyond its ends.
    """
    told = trial.published
    if told is None or not tells_amounts(trial) or told.price_year in (None, town.price_year):
        return 1.0
    name = INDEX.get(town.currency)
    if name is None:
        return float("nan")
    values = all_indices()[name].values
    years = sorted(values)
    asked = np.array([town.price_year, told.price_year], float)
    if asked.min() < years[0] or asked.max() > years[-1]:
        return float("nan")
    # Between two years of an index prices grow by a steady rate.
    logs = np.interp(asked, years, np.log([values[year] for year in years]))
    return float(np.exp(logs[1] - logs[0]))
