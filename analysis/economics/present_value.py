"""Present values of what runs kept: weeks where they were kept, else totals of a year.

Each run is valued from what is stored of it, and one whose weeks were not kept is never worth
nothing: its totals by year were discounted week by week as it ran, at the rates that its scenario
declares; at other rates a total counts with the mean weight of the weeks of its year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.economics.discounting import Timing, find_weights
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.runs.pairing import Pairs


class Discounting(NamedTuple):
    """How later amounts count: a yearly rate, and where in its week an amount falls.

    weeks: of the horizon. declared: the rate at which totals of a year were discounted as they ran.
    """

    rate: float
    timing: Timing
    weeks: int
    declared: float

    @property
    def weights(self) -> NDArray[np.float64]:
        """(weeks,) weight of each week."""
        return find_weights(self.weeks, self.rate, self.timing)

    @property
    def by_year(self) -> NDArray[np.float64]:
        """(years,) mean weight of the weeks of each year; the last year may be short."""
        weights = self.weights
        starts = range(0, self.weeks, WEEKS_PER_YEAR)
        return np.array([weights[start : start + WEEKS_PER_YEAR].mean() for start in starts])

    def discount_totals(
        self, years: NDArray[np.int64], amounts: NDArray[np.float64], known: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Present value of totals of years, given what they were worth at the declared rate.

        At another rate a total counts with the mean weight of its year's weeks, moved by as much
        as it fell earlier or later than evenly, which the worth at the declared rate tells.
        """
        declared = self._replace(rate=self.declared, timing="middle")
        places = np.clip(years, 0, len(self.by_year) - 1)
        even, evenly = amounts * self.by_year[places], amounts * declared.by_year[places]
        # Then the stored worth is exact; every other rate needs an estimate.
        if self.timing == "middle" and self.rate == self.declared:
            return np.where(np.isfinite(known), known, even)
        with np.errstate(divide="ignore", invalid="ignore"):
            earlier = known / evenly
        usable = np.isfinite(earlier) & (earlier > 0)
        # A year's amounts that fell early stay early: the same shift, at the power of the other
        # rate.
        power = np.log1p(self.rate) / np.log1p(self.declared) if self.declared > 0 else 0.0
        return np.asarray(even * np.where(usable, earlier, 1.0) ** power)


def value_outcome(pairs: Pairs, key: str, how: Discounting) -> NDArray[np.float64]:
    """(pairs, scenarios) present value of an outcome that adds up over the weeks."""
    weekly = pairs.stored.weekly([key])
    in_weeks = pairs.values(weekly.assign(value=_weigh(weekly, key, how)), "value")
    known = pairs.with_weeks
    if known.all():
        return in_weeks
    yearly = pairs.stored.yearly(key)
    amounts = how.discount_totals(
        yearly["year"].to_numpy(dtype=int),
        yearly["amount"].to_numpy(dtype=float),
        yearly["discounted"].to_numpy(dtype=float),
    )
    in_years = pairs.values(yearly.assign(value=amounts), "value")
    # Runs of older versions kept one total: it comes nearly evenly over the weeks.
    in_all = pairs.outcome(key) * float(how.weights.mean())
    by_year = pairs.has_rows(yearly)
    return np.where(known, in_weeks, np.where(by_year, in_years, in_all))


def _weigh(frame: pd.DataFrame, column: str, how: Discounting) -> NDArray[np.float64]:
    weeks = np.clip(frame["week"].to_numpy(dtype=int), 0, how.weeks - 1)
    return np.asarray(frame[column].to_numpy(dtype=float) * how.weights[weeks])


def value_spending(
    pairs: Pairs, how: Discounting, payer: str | None = None, *named: Sequence[str]
) -> NDArray[np.float64]:
    """(pairs, scenarios) present value of spending, of one payer or of all; named: services and
    categories whose spending it is, where it is not that of all.
    """
    spending = pairs.stored.spending(["week", "payer"], *named)
    if payer is not None:
        spending = spending[spending["payer"] == payer]
    weeks = np.clip(spending["week"].to_numpy(dtype=int), 0, how.weeks - 1)
    amounts = spending["amount"].to_numpy(dtype=float)
    in_weeks = amounts * how.weights[weeks]
    discounted = spending["discounted"].to_numpy(dtype=float)
    in_years = how.discount_totals(weeks // WEEKS_PER_YEAR, amounts, discounted)
    kept = spending["run"].isin(pairs.stored.runs_with_weeks).to_numpy()
    return pairs.values(spending.assign(value=np.where(kept, in_weeks, in_years)), "value")
