"""Costs and effects of stored runs: perspective and discounting chosen after the runs, from weekly
rows and the ledger.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from analysis.economics.cea import frontier, net_monetary_benefit
from analysis.economics.inputs import read_numbers
from analysis.economics.present_value import Discounting, value_outcome, value_spending
from analysis.economics.voi import denoise
from analysis.runs.pairing import Pairs, pair
from analysis.text.amounts import read_amount
from analysis.text.tables import Table
from analysis.text.wording import say_rate, write_plain
from sim.errors import Refused
from sim.store.connection import explain_content
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from analysis.economics.discounting import Timing

Perspective = Literal["health_care", "public_payer", "societal"]
PERSPECTIVES: dict[str, str] = {
    "health_care": "health care: everything that services spend, whoever pays",
    "public_payer": (
        "public payer: what the payer “public” pays; grants, donations, insurers and fees are not"
        " public money"
    ),
    "societal": "societal: health care, unpaid hours of caregivers and days of work lost",
}
HOURS = {"caregiver_hours": "caregiver_hour", "work_days_lost": "work_day"}


def read_worths(stated: Iterable[object] | None) -> tuple[float, ...]:
    """Worths of a QALY as a scenario states them, each once and in order of size."""
    return tuple(sorted({read_amount(value) for value in stated or ()}))


def choose_worth(stated: Iterable[object] | None) -> float | None:
    """Of the declared worths of a QALY the middle one, the higher of two; None where none is
    declared: then there is no verdict. A worth that is stated twice counts once.
    """
    worths = read_worths(stated)
    return worths[len(worths) // 2] if worths else None


@dataclass(frozen=True)
class Evaluation:
    """Discounted cost and QALYs of every scenario in every replicate.

    cost, effect: (pairs, scenarios), the reference first. `timing` says where in its week an amount
    falls.
    """

    pairs: Pairs
    perspective: str
    timing: Timing
    rates: tuple[float, float]
    cost: NDArray[np.float64]
    effect: NDArray[np.float64]
    thresholds: tuple[float, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Scenarios, the reference first."""
        return self.pairs.names

    @property
    def worth(self) -> float | None:
        """The worth of a QALY where one must do, as `choose_worth`."""
        return choose_worth(self.thresholds)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The fully incremental table of the means."""
        return frontier(self.cost, self.effect, self.names)

    @cached_property
    def layout(self) -> NDArray[np.int64]:
        """(draws, replicates) positions of the pairs.

        One row per pair where draws were not replicated evenly.
        """
        codes = self.pairs.draws
        counts = np.bincount(codes)
        # Only where every draw has as many replicates can chance be taken out by an analysis of
        # variance.
        if len(counts) > 1 and counts.min() == counts.max():
            # Stable: replicates of a draw stay in the order of their seeds, which draws share.
            return np.argsort(codes, kind="stable").reshape(len(counts), -1)
        return np.arange(len(codes))[:, None]

    @property
    def chance_removed(self) -> bool:
        """Whether chance could be told apart from the parameters and was removed."""
        return int(self.layout.shape[1]) > 1

    def net_benefit(self, wtp: float) -> NDArray[np.float64]:
        """(draws, scenarios) net monetary benefit, without chance where replicates of each draw
        allow it.
        """
        nmb = net_monetary_benefit(self.cost, self.effect, wtp)[self.layout]
        return denoise(nmb) if self.chance_removed else np.asarray(nmb[:, 0])

    def _repr_html_(self) -> str:
        """The fully incremental table, for notebooks."""
        currency = self.pairs.stored.declared[self.pairs.reference].get("currency", "")
        heads = {
            "cost": f"Cost, {currency}",
            "effect": "QALYs",
            "inc_cost": "Extra cost",
            "inc_effect": "Extra QALYs",
            "status": "Status",
            "icer": "ICER",
        }
        frame = self.table[list(heads)].rename(columns=heads)
        for head in ("Extra cost", "Extra QALYs", "ICER"):
            written = ["–" if np.isnan(value) else write_plain(value) for value in frame[head]]
            frame[head] = pd.Series(written, frame.index, dtype=object)
        frame = frame.reset_index(names="Scenario")
        costs, effects = self.rates
        caption = (
            f"{PERSPECTIVES[self.perspective].capitalize()}. {len(self.cost)} replicates;"
            f" discounted at {say_rate(costs)} (costs) and {say_rate(effects)} (effects)."
            " ND: not dominated; D and ED: dominated."
        )
        return Table.from_frame(caption, frame).__html__()

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """(draws, parameters) that were varied, rows as in `net_benefit`.

        No columns where none were.
        """
        draws = [self.pairs.replicates[place][1] or "{}" for place in self.layout[:, 0]]
        with explain_content(self.pairs.stored.path):
            rows = [json.loads(draw) for draw in draws]
            table = pd.DataFrame(rows, index=range(len(rows)))
        # Structural choices are words: a regression on parameters has no axis for them.
        table = table.select_dtypes("number")
        return table.loc[:, table.nunique() > 1]


def evaluate(
    source: object,
    against: str = "baseline",
    *,
    perspective: str | None = None,
    timing: Timing = "middle",
    rates: tuple[float, float] | None = None,
    allow_missing: bool = False,
) -> Evaluation:
    """Value the runs of a result.

    Perspective and discount rates (costs, effects) default to the reference's.
    """
    pairs = (
        source if isinstance(source, Pairs) else pair(source, against, allow_missing=allow_missing)
    )
    declared = pairs.stored.declared[pairs.reference]
    view = read_perspective({"perspective": perspective} if perspective else declared)
    stated = declared.get("discount") or {}
    declared_rates = float(stated.get("costs", 0.0)), float(stated.get("effects", 0.0))
    # The reference's rates for all: scenarios under different rates could not be compared.
    used = declared_rates if rates is None else _read_rates(rates)
    costs = discount_costs(pairs, used[0], timing)
    effects = Discounting(used[1], timing, find_horizon(pairs), declared_rates[1])
    cost, effect = _value_costs(pairs, view, costs), value_outcome(pairs, "qalys", effects)
    thresholds = read_worths(declared.get("willingness_to_pay"))
    return Evaluation(pairs, view, timing, used, cost, effect, thresholds)


def read_perspective(declared: Mapping[str, Any]) -> str:
    """The perspective that a scenario declares; Refused for one that there is not."""
    view = str(declared.get("perspective", "health_care"))
    if view not in PERSPECTIVES:
        message = f"there is no perspective {view!r}; choose {', '.join(PERSPECTIVES)}"
        raise Refused(message)
    return view


def _read_rates(rates: ArrayLike) -> tuple[float, float]:
    """Two yearly rates; Refused for anything else."""
    both = read_numbers(rates, "rates")
    if both.shape != (2,):
        message = "rates are two shares, of costs and of effects, such as (0.03, 0.03)"
        raise Refused(message)
    return float(both[0]), float(both[1])


def find_horizon(pairs: Pairs) -> int:
    """Weeks of the horizon."""
    return max(
        1, int(read_amount(pairs.stored.declared[pairs.reference].get("horizon", WEEKS_PER_YEAR)))
    )


def count_weeks(pairs: Pairs) -> int:
    """Weeks that count: of the horizon, or of the window that was chosen of it."""
    window = pairs.stored.window
    return find_horizon(pairs) if window is None else window.weeks


def discount_costs(pairs: Pairs, rate: float, timing: Timing) -> Discounting:
    """How costs count at a yearly rate, given the one at which totals were discounted."""
    stated = pairs.stored.declared[pairs.reference].get("discount") or {}
    return Discounting(rate, timing, find_horizon(pairs), float(stated.get("costs", 0.0)))


def _value_costs(pairs: Pairs, view: str, how: Discounting) -> NDArray[np.float64]:
    cost = value_spending(pairs, how, "public" if view == "public_payer" else None)
    if view == "societal":
        for key, prices in _find_prices(pairs).items():
            cost = cost + prices * value_outcome(pairs, key, how)
    return cost


def _find_prices(pairs: Pairs) -> dict[str, NDArray[np.float64]]:
    """(scenarios,) price of an hour of unpaid care and of a day of work, as each states."""
    each = [find_unit_prices(pairs.stored.declared[name]) for name in pairs.names]
    return {key: np.array([prices[key] for prices in each]) for key in HOURS}


def find_unit_prices(declared: Mapping[str, Any]) -> dict[str, float]:
    """Prices of an hour of unpaid care and a day of work, by outcome."""
    prices = declared.get("prices") or {}
    return {key: read_amount(prices.get(name, 0.0)) for key, name in HOURS.items()}


def compare_perspectives(
    source: object, against: str = "baseline", *, allow_missing: bool = False
) -> dict[str, Evaluation]:
    """Value the same runs from each perspective."""
    pairs = (
        source if isinstance(source, Pairs) else pair(source, against, allow_missing=allow_missing)
    )
    return {view: evaluate(pairs, perspective=view) for view in PERSPECTIVES}
