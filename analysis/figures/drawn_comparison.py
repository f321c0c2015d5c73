"""A comparison that draws itself: the figures of the reports, one call each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from analysis.economics.valuation import count_weeks, evaluate
from analysis.figures.comparison import draw_dots, draw_fan, draw_groups
from analysis.figures.economics import draw_plane
from analysis.runs.comparison import HEADLINES, Comparison
from analysis.runs.comparison import compare as compare_runs
from sim.errors import Refused
from sim.outcomes import GROUP_KEYS

if TYPE_CHECKING:
    from analysis.figures.figure import Figure

View = Literal["replicates", "weeks", "groups", "plane"]
PLOTS: tuple[View, ...] = ("replicates", "weeks", "groups", "plane")


@dataclass(frozen=True, repr=False)
class DrawnComparison(Comparison):
    """A comparison with the figures of the reports."""

    def plot(
        self, outcome: str = HEADLINES[0], view: View = "replicates", scenario: str | None = None
    ) -> Figure:
        """Draw the difference that a scenario (the first that is compared) makes in an outcome.

        view: "replicates" (a dot for each twentieth of them), "weeks" (a fan over time), "groups"
        (who gains more and who less) or "plane" (cost and QALYs, whatever the outcome). Raises
        `Refused` where there is nothing of the kind to draw.
        """
        name = self._choose(scenario)
        if outcome not in self.differences[name]:
            known = ", ".join(self.differences[name])
            raise Refused(f"there is no outcome {outcome!r} here; outcomes: {known}")
        if view == "replicates":
            return draw_dots(self, name, outcome)
        if view == "weeks":
            return self._draw_weeks(name, outcome)
        if view == "groups":
            return self._draw_groups(name, outcome)
        if view == "plane":
            return self._draw_plane()
        raise Refused(f"there is no view {view!r}; views: {', '.join(PLOTS)}")

    def _choose(self, scenario: str | None) -> str:
        if not self.pairs.others:
            raise Refused("only one scenario is stored here: there is no difference to draw")
        name = scenario or self.pairs.others[0]
        if name not in self.pairs.others:
            raise Refused(
                f"{name!r} is not compared with {self.reference}; compared are"
                f" {', '.join(self.pairs.others)}"
            )
        return name

    def _draw_weeks(self, name: str, outcome: str) -> Figure:
        drawn = draw_fan(self, name, outcome, count_weeks(self.pairs))
        if drawn is None:
            raise Refused("the weeks of these runs were not kept; run again with keep='weekly'")
        return drawn

    def _draw_groups(self, name: str, outcome: str) -> Figure:
        groups = self.subgroups
        if outcome not in GROUP_KEYS or groups.empty:
            raise Refused(f"{outcome!r} is not kept by group; kept are {', '.join(GROUP_KEYS)}")
        rows = groups[(groups["scenario"] == name) & (groups["outcome"] == outcome)]
        return draw_groups(rows, outcome, name, self.reference)

    def _draw_plane(self) -> Figure:
        valued = evaluate(self.pairs)
        currency = str(self.pairs.stored.declared[self.reference].get("currency", ""))
        return draw_plane(valued, currency, valued.worth)


def compare(
    result: object, against: str = "baseline", level: float = 0.95, *, allow_missing: bool = False
) -> DrawnComparison:
    """Compare every scenario of a result with a reference, paired by seed and draw.

    `result` is what `sim.run` returned, a folder of results, or a path to its `runs.db`. Raises
    `Refused` where a comparison would mislead.
    """
    found = compare_runs(result, against, level, allow_missing=allow_missing)
    return DrawnComparison(found.pairs, found.level, found.scenarios, found.differences)
