"""One case for a reader: the comparison, its valuation, and the scenario that the page is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.economics.budget import Return, budget_impact, return_on_investment
from analysis.economics.valuation import Evaluation, count_weeks, evaluate
from analysis.runs.comparison import Comparison, compare
from analysis.runs.database import open_runs
from analysis.runs.intervals import Interval, estimate_crossed, subtract
from analysis.runs.joining import choose_reference
from analysis.runs.ratios import Ratio, estimate_ratio
from analysis.runs.window import call_years
from analysis.sensitivity.screening import FEWEST_DRAWS, leave_out_unread, screen_parameters
from analysis.sensitivity.sweeps import Sweep, read_sweeps
from analysis.text.wording import say_interval, say_money, say_money_interval, say_years
from sim.errors import Refused
from sim.places.description import find_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.runs.database import Stored
    from analysis.runs.pairing import Pairs
    from sim.places.description import RealPlace

HEADLINE = "expected_admissions"


@dataclass(frozen=True)
class ReportContext:
    """What every page is made from; `focus` is the scenario it is about."""

    comparison: Comparison
    focus: str

    @property
    def pairs(self) -> Pairs:
        """The paired replicates."""
        return self.comparison.pairs

    @property
    def stored(self) -> Stored:
        """The database."""
        return self.pairs.stored

    @property
    def reference(self) -> str:
        """The scenario compared with."""
        return self.comparison.reference

    @cached_property
    def declared(self) -> dict[str, Any]:
        """The focus as it ran."""
        return self.stored.declared[self.focus]

    @cached_property
    def currency(self) -> str:
        """Currency of all money."""
        return str(self.declared.get("currency", ""))

    @cached_property
    def real_place(self) -> RealPlace | None:
        """The place whose town it is, None where it is no place's."""
        return find_place(self.declared)

    @cached_property
    def weeks(self) -> int:
        """Weeks that count: of the horizon, or of the window that was chosen of it."""
        return count_weeks(self.pairs)

    @property
    def years(self) -> dict[int, str]:
        """What the years that count are called: the last one may be shorter."""
        first = self.pairs.first_week
        return call_years(first, first + self.weeks)

    @cached_property
    def evaluation(self) -> Evaluation:
        """Discounted cost and QALYs from the declared perspective."""
        return evaluate(self.pairs)

    @cached_property
    def impact(self) -> pd.DataFrame:
        """Budget impact by payer and year."""
        return budget_impact(self.pairs)

    @cached_property
    def returns(self) -> Return:
        """What the focus's changed services cost and bring back."""
        return return_on_investment(self.pairs, self.focus)

    @cached_property
    def explored(self) -> list[Sweep]:
        """Sweeps that are stored beside the scenarios."""
        return read_sweeps(self.stored)

    @cached_property
    def place(self) -> int:
        """Column of the focus."""
        return self.pairs.names.index(self.focus)

    @cached_property
    def worth(self) -> float | None:
        """The worth of a QALY where one must do, if any is declared."""
        return self.evaluation.worth

    @cached_property
    def able(self) -> pd.DataFrame:
        """Parameters (draws, some) that were varied and can act in these scenarios."""
        return leave_out_unread(self.evaluation.parameters, self.stored.declared.values())

    @property
    def drawn(self) -> bool:
        """Whether parameters were varied in enough draws to say what knowing them is worth, at a
        worth of a QALY that somebody declared.
        """
        varied = self.evaluation.parameters
        return self.worth is not None and not varied.empty and len(varied) >= FEWEST_DRAWS

    @cached_property
    def influential(self) -> pd.DataFrame:
        """Those of them (draws, few) that can be told to matter, the strongest first.

        None where draws are too few to say.
        """
        if not self.drawn or self.worth is None:
            return self.able.iloc[:, :0]
        return self.able[screen_parameters(self.able, self.evaluation.net_benefit(self.worth))]

    @cached_property
    def extra_cost(self) -> Interval:
        """Paired difference in discounted cost."""
        return self.measure(self.evaluation.cost)

    @cached_property
    def extra_qalys(self) -> Interval:
        """Paired difference in discounted QALYs."""
        return self.measure(self.evaluation.effect)

    def measure(self, values: NDArray[np.float64], name: str | None = None) -> Interval:
        """Estimate the paired difference of a scenario (the focus by default) from values (pairs,
        scenarios).
        """
        place = self.place if name is None else self.pairs.names.index(name)
        return self.measure_gap(subtract(values[:, place], values[:, 0]))

    def measure_gap(self, gap: NDArray[np.float64]) -> Interval:
        """Estimate the mean of paired differences (pairs,)."""
        return estimate_crossed(gap, self.pairs.seeds, self.pairs.draws, self.comparison.level)

    def estimate_ratio(
        self, cost: NDArray[np.float64], gain: NDArray[np.float64], ours: int, theirs: int = 0
    ) -> Ratio:
        """What one more of a gain costs against another scenario: (pairs, scenarios) each."""
        return estimate_ratio(
            cost[:, ours] - cost[:, theirs],
            gain[:, ours] - gain[:, theirs],
            self.pairs.seeds,
            self.pairs.draws,
            self.comparison.level,
        )

    def net_benefit(self, wtp: float) -> tuple[Interval, float]:
        """Paired net benefit at a willingness to pay, and the share of replicates (or draws) in
        which it is positive.
        """
        values = self.evaluation.effect * wtp - self.evaluation.cost
        # Chance does not move the mean; in the share it would pass for doubt about the parameters.
        cleared = self.evaluation.net_benefit(wtp)
        return self.measure(values), float(np.mean(cleared[:, self.place] > cleared[:, 0]))

    def title(self, name: str) -> str:
        """Title of a scenario."""
        return self.stored.title(name)

    def call(self, name: str) -> str:
        """Title of a scenario, with its name where others have the same title."""
        title = self.title(name)
        alike = [other for other in self.pairs.names if self.title(other) == title]
        return title if len(alike) == 1 else f"{title} ({name})"

    @cached_property
    def called(self) -> dict[str, str]:
        """Titles of scenarios that share one with others, and are told apart by values."""
        declared = self.stored.declared
        return {
            name: self.title(name)
            for name in self.pairs.names
            if self.title(name) not in {name, str(declared[name].get("title"))}
        }

    def say(self, key: str, name: str | None = None, figures: int | None = None) -> str:
        """Write a paired difference with its interval; in prose with two figures."""
        return say_interval(
            *self.comparison.differences[name or self.focus][key][:3], signed=True, figures=figures
        )

    def say_money(self, value: float, *, dated: bool = False) -> str:
        """Write money in the case's currency."""
        return say_money(value, self.currency, self.declared.get("price_year") if dated else None)

    def say_range(self, found: Sequence[float]) -> str:
        """Write money with its interval: mean, low and high come first in what is given."""
        return say_money_interval(found[0], found[1], found[2], self.currency)

    @property
    def horizon(self) -> str:
        """The horizon in words, or the window that was chosen of it."""
        return self.stored.window.say() if self.stored.window else say_years(self.weeks)


def open_context(
    source: object,
    against: str | None = None,
    focus: str | None = None,
    *,
    allow_missing: bool = False,
) -> ReportContext:
    """Open the runs of a result as a case, or what was chosen of them (`open_view`).

    The focus defaults to the first that is not the reference.
    """
    against = against or choose_reference(open_runs(source).names)
    comparison = compare(source, against, allow_missing=allow_missing)
    others, focus = comparison.pairs.others, focus and comparison.pairs.stored.call(focus)
    if not others:
        message = (
            f"only {against} is stored here; run another scenario into the same folder to"
            " compare it"
        )
        raise Refused(message)
    if focus is not None and focus not in others:
        message = f"there is no scenario {focus!r} to report on; choose {', '.join(others)}"
        raise Refused(message)
    return ReportContext(comparison, focus or others[0])
