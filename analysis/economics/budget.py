"""What it means for budgets: who pays more or less in each year, what comes back, and when it
breaks even.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analysis.economics.valuation import find_horizon
from analysis.runs.intervals import Interval, estimate_crossed
from analysis.runs.pairing import Pairs, pair
from sim.services.catalogue import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _pairs(source: object, against: str, *, allow_missing: bool) -> Pairs:
    return (
        source if isinstance(source, Pairs) else pair(source, against, allow_missing=allow_missing)
    )


def budget_impact(
    source: object, against: str = "baseline", level: float = 0.95, *, allow_missing: bool = False
) -> pd.DataFrame:
    """Compare spending by payer and year, undiscounted.

    One row per scenario, payer and year (1 first, 52 weeks each; payer `all` is the sum): cost and
    reference (means), difference with low and high.
    """
    pairs = _pairs(source, against, allow_missing=allow_missing)
    spending = pairs.stored.spending(["payer", "category", "year"])
    spending = pd.concat([spending, spending.assign(payer="all")], ignore_index=True)
    years = max(1, -(-find_horizon(pairs) // 52))
    rows = []
    for payer in dict.fromkeys(spending["payer"]):
        for year in range(years):
            part = spending[(spending["payer"] == payer) & (spending["year"] == year)]
            values = (
                pairs.values(part, "amount")
                if len(part)
                else np.zeros((len(pairs.futures), len(pairs.names)))
            )
            for place, name in enumerate(pairs.others, start=1):
                found = estimate_crossed(
                    values[:, place] - values[:, 0], pairs.seeds, pairs.draws, level
                )
                means = {
                    "cost": float(values[:, place].mean()),
                    "reference": float(values[:, 0].mean()),
                }
                ends = {"difference": found.mean, "low": found.low, "high": found.high}
                rows.append({"scenario": name, "payer": payer, "year": year + 1, **means, **ends})
    columns = ["scenario", "payer", "year", "cost", "reference", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        ["scenario", "payer", "year"], kind="stable", ignore_index=True
    )


def sum_money(
    source: object, against: str = "baseline", *, allow_missing: bool = False
) -> pd.DataFrame:
    """Sum mean spending by scenario, payer, category and year, undiscounted."""
    pairs = _pairs(source, against, allow_missing=allow_missing)
    spending = pairs.stored.spending(["payer", "category", "year"])
    spending = spending[spending["name"].isin(pairs.names)]
    kept = pd.MultiIndex.from_arrays([spending["seed"], spending["draw"]]).isin(list(pairs.futures))
    sums = (
        spending[kept]
        .groupby(["name", "payer", "category", "year"], as_index=False)["amount"]
        .sum()
    )
    sums["amount"] /= len(pairs.futures)
    return sums.assign(year=sums["year"] + 1).rename(
        columns={"name": "scenario", "amount": "mean_cost"}
    )


class Return(NamedTuple):
    """What a change costs and what it saves elsewhere, undiscounted.

    invested: extra spending of the services that were added or changed; saved: less spending of all
    others; ratio: saved per unit invested (NaN where nothing was invested); break_even_week: first
    week from which the mean cumulative saving covers the cumulative investment to the end (None if
    never); share_breaking_even: of futures.
    """

    invested: Interval
    saved: Interval
    ratio: float
    break_even_week: int | None
    share_breaking_even: float


def find_changed_services(pairs: Pairs, name: str) -> frozenset[str]:
    """Services that a scenario adds or declares differently from the reference."""
    ours, theirs = (
        dict(pairs.stored.declared[which].get("services") or {})
        for which in (name, pairs.reference)
    )
    return frozenset(
        service for service in {*ours, *theirs} if ours.get(service) != theirs.get(service)
    )


def find_categories(pairs: Pairs, name: str, services: frozenset[str]) -> frozenset[str]:
    """Categories of the ledger under which services are booked, with evaluation where the committee
    is new or changed.
    """
    ours, theirs = (pairs.stored.declared[which] for which in (name, pairs.reference))
    declared = {**(theirs.get("services") or {}), **(ours.get("services") or {})}
    kinds = {str(declared[service].get("kind")) for service in services}
    found = {KINDS[kind].category for kind in kinds if kind in KINDS}
    return frozenset(
        found | ({"evaluation"} if ours.get("governance") != theirs.get("governance") else set())
    )


def return_on_investment(
    source: object, name: str, against: str = "baseline", *, allow_missing: bool = False
) -> Return:
    """Measure what a scenario's changed services cost against what the others spend less."""
    pairs = _pairs(source, against, allow_missing=allow_missing)
    changed = find_changed_services(pairs, name)
    weeks, place = find_horizon(pairs), pairs.names.index(name)

    def _difference(part: pd.DataFrame) -> NDArray[np.float64]:
        values = pairs.over_weeks(part, "amount", weeks)
        return np.asarray(values[:, place] - values[:, 0])

    categories = find_categories(pairs, name, changed)
    mine = (
        pairs.stored.spending(["week"], sorted(changed), sorted(categories))
        if changed or categories
        else None
    )
    everything = _difference(pairs.stored.spending(["week", "payer"]))
    invested = np.zeros_like(everything) if mine is None else _difference(mine)
    saved = invested - everything
    net = np.cumsum(saved - invested, axis=1)
    spent = float(invested.sum(axis=1).mean())
    return Return(
        estimate_crossed(invested.sum(axis=1), pairs.seeds, pairs.draws),
        estimate_crossed(saved.sum(axis=1), pairs.seeds, pairs.draws),
        float(saved.sum(axis=1).mean()) / spent if spent > 0 else float("nan"),
        _find_break_even(net.mean(axis=0), invested.mean(axis=0)),
        float((net[:, -1] >= 0).mean()),
    )


def _find_break_even(net: NDArray[np.float64], invested: NDArray[np.float64]) -> int | None:
    begun = np.flatnonzero(invested > 0)
    if not len(begun) or net[-1] < 0:
        return None
    below = np.flatnonzero(net < 0)
    return int(below[-1]) + 1 if len(below) else int(begun[0])


def describe_cash(
    source: object, against: str = "baseline", *, allow_missing: bool = False
) -> pd.DataFrame:
    """Describe cash and runway: scenario, cash_end and runway_end (means), lowest_cash (mean),
    share_overdrawn (futures).
    """
    pairs = _pairs(source, against, allow_missing=allow_missing)
    weekly = pairs.stored.weekly(["cash"])
    cash = (
        pairs.over_weeks(weekly, "cash", find_horizon(pairs))
        if len(weekly)
        else pairs.outcome("cash")[:, :, None]
    )
    lowest, runway = cash.min(axis=2), pairs.outcome("runway").mean(axis=0)
    columns = {
        "cash_end": cash[:, :, -1].mean(axis=0),
        "runway_end": runway,
        "lowest_cash": lowest.mean(axis=0),
    }
    return pd.DataFrame(
        {**columns, "share_overdrawn": (lowest < 0).mean(axis=0)},
        index=pd.Index(pairs.names, name="scenario"),
    )
