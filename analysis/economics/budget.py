"""What it means for budgets: who pays more or less in each year, what comes back, and when it
breaks even.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analysis.economics.present_value import value_spending
from analysis.economics.valuation import count_weeks, discount_costs
from analysis.runs.intervals import Interval, estimate_crossed, subtract
from analysis.runs.pairing import Pairs, pair
from sim.outcomes import LONGEST_RUNWAY
from sim.services.catalogue import KINDS
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.economics.valuation import Evaluation


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
    # By category too, so that the sums are kept once and serve the tables that ask next.
    spending = pairs.stored.spending(["payer", "category", "year"])
    spending = pd.concat([spending, spending.assign(payer="all")], ignore_index=True)
    end = pairs.first_week + count_weeks(pairs)
    # Rounded up: a horizon that ends within a year still has spending in that year.
    years = range(pairs.first_week // WEEKS_PER_YEAR, -(-end // WEEKS_PER_YEAR))
    rows = []
    for payer in dict.fromkeys(spending["payer"]):
        for year in years:
            # A payer without any spending in a year spent nothing; there is no row of it to be
            # missing.
            part = spending[(spending["payer"] == payer) & (spending["year"] == year)]
            values = (
                pairs.values(part, "amount")
                if len(part)
                else np.zeros((len(pairs.replicates), len(pairs.names)))
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
    # Only replicates that every scenario has: other means would be of different towns.
    kept = pd.MultiIndex.from_arrays([spending["seed"], spending["draw"]]).isin(
        list(pairs.replicates)
    )
    sums = (
        spending[kept]
        .groupby(["name", "payer", "category", "year"], as_index=False)["amount"]
        .sum()
    )
    sums["amount"] /= len(pairs.replicates)
    return sums.assign(year=sums["year"] + 1).rename(
        columns={"name": "scenario", "amount": "mean_cost"}
    )


class Return(NamedTuple):
    """What a change costs and what it saves elsewhere, undiscounted.

    invested: extra spending of the services that were added or changed; saved: less spending of all
    others; ratio: saved per unit invested (NaN where nothing was invested); break_even_week: first
    week from which the mean cumulative saving covers the cumulative investment to the end (None if
    never); share_breaking_even: of replicates; weeks_known: whether the weeks of any replicate
    were kept, without which the week of breaking even is not known.
    """

    invested: Interval
    saved: Interval
    ratio: float
    break_even_week: int | None
    share_breaking_even: float
    weeks_known: bool = True


def find_changed_services(pairs: Pairs, name: str) -> frozenset[str]:
    """Services that a scenario adds or declares differently from the reference."""
    ours, theirs = (
        dict(pairs.stored.later[which].get("services") or {}) for which in (name, pairs.reference)
    )
    # Compared as declared: a service that only receives other people is none of the programme's.
    return frozenset(
        service for service in {*ours, *theirs} if ours.get(service) != theirs.get(service)
    )


def find_categories(pairs: Pairs, name: str, services: frozenset[str]) -> frozenset[str]:
    """Categories of the ledger under which services are booked, with evaluation where the committee
    is new or changed.
    """
    ours, theirs = (pairs.stored.later[which] for which in (name, pairs.reference))
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
    place, weeks = pairs.names.index(name), count_weeks(pairs)
    categories = find_categories(pairs, name, changed)
    everything = pairs.stored.spending(["week", "payer"])
    nothing = everything.iloc[:0]
    named = sorted(changed), sorted(categories)
    mine = pairs.stored.spending(["week"], *named) if changed or categories else nothing

    def _difference(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return subtract(values[:, place], values[:, 0])

    invested, spent = (_difference(pairs.values(part, "amount")) for part in (mine, everything))
    # What the whole spends less than the programme costs is what others save.
    saved, whole = subtract(invested, spent), pairs.whole
    begun, net = (
        _difference(pairs.over_weeks(part, "amount", weeks))[whole] for part in (mine, everything)
    )
    known = bool(whole.any())
    # Means over replicates and not each by itself: single runs cross 0 many times by chance.
    week = _find_break_even(-np.cumsum(net.mean(axis=0)), begun.mean(axis=0)) if known else None
    return Return(
        estimate_crossed(invested, pairs.seeds, pairs.draws),
        estimate_crossed(saved, pairs.seeds, pairs.draws),
        # A ratio of means: single runs may invest next to nothing, and their ratios have no limit.
        float(saved.mean()) / float(invested.mean()) if invested.mean() > 0 else float("nan"),
        # Counted from the start of the run, also where a window begins later.
        None if week is None else week + pairs.first_week,
        float((spent <= 0).mean()),
        known,
    )


def value_programme(found: Evaluation, name: str) -> float:
    """Mean present value of what a scenario's new or changed services cost more, to those whose
    costs count in the evaluation.
    """
    pairs, place = found.pairs, found.pairs.names.index(name)
    changed = find_changed_services(pairs, name)
    named = sorted(changed), sorted(find_categories(pairs, name, changed))
    if not any(named):
        return 0.0
    payer = "public" if found.perspective == "public_payer" else None
    how = discount_costs(pairs, found.rates[0], found.timing)
    cost = value_spending(pairs, how, payer, *named)
    return float(subtract(cost[:, place], cost[:, 0]).mean())


def _find_break_even(net: NDArray[np.float64], invested: NDArray[np.float64]) -> int | None:
    """First week from which the cumulative saving (weeks,) stays at 0 or above."""
    begun = np.flatnonzero(invested > 0)
    if not len(begun) or net[-1] < 0:
        # The last time below: an early week above it is no return that stays.
        return None
    below = np.flatnonzero(net < 0)
    return int(below[-1]) + 1 if len(below) else int(begun[0])


def describe_cash(
    source: object, against: str = "baseline", *, allow_missing: bool = False
) -> pd.DataFrame:
    """Describe cash and runway: scenario, cash_end and runway_end (means), share_capped (replicates
    whose runway is as long as any is counted, so that the mean is at least what is said),
    lowest_cash (mean), share_overdrawn (replicates).

    The last two are of the replicates whose weeks were kept, and NaN where none were.
    """
    pairs = _pairs(source, against, allow_missing=allow_missing)
    weekly = pairs.over_weeks(pairs.stored.weekly(["cash"]), "cash", count_weeks(pairs))
    lowest = weekly[pairs.whole].min(axis=2)
    known = len(lowest) > 0
    unknown = np.full(len(pairs.names), np.nan)
    columns = {
        "cash_end": pairs.outcome("cash").mean(axis=0),
        "runway_end": pairs.outcome("runway").mean(axis=0),
        "share_capped": (pairs.outcome("runway") >= LONGEST_RUNWAY).mean(axis=0),
        "lowest_cash": lowest.mean(axis=0) if known else unknown,
        "share_overdrawn": (lowest < 0).mean(axis=0) if known else unknown,
    }
    return pd.DataFrame(columns, index=pd.Index(pairs.names, name="scenario"))
