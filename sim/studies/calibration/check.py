"""Compare the baseline with every moment of the real place, over several replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.scenario.library import load
from sim.studies.calibration.history import YEARS, watch
from sim.studies.calibration.known_values import average_known, find_known_quantiles
from sim.studies.calibration.moments.held_out import measure_held_out
from sim.studies.calibration.moments.moments import measure
from sim.studies.calibration.targets import all_targets, held_out_targets
from sim.studies.running.side_by_side import run_side_by_side
from sim.units import WEEKS_PER_YEAR, end_at_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from sim.studies.calibration.targets import Target

CHECK_SEEDS = 36
"""Replicates of a check: enough to make sampling error small against the tolerances."""


class Task(NamedTuple):
    """One town to run and to measure, by the moments of the calibration or by those held out."""

    scenario: str
    seed: int
    draw: Mapping[str, float]
    residents: int = 0
    years: int = YEARS
    held_out: bool = False

    @property
    def targets(self) -> tuple[Target, ...]:
        """What is measured, in the order of the figures."""
        return held_out_targets() if self.held_out else all_targets()


class Verdict(NamedTuple):
    """A target beside what the model gives: mean over replicates and 95% range of them, part by
    part.
    """

    target: Target
    simulated: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def inside(self) -> bool:
        """Whether every part of the mean lies within tolerance."""
        t = self.target
        return all(
            low <= value <= high
            for low, value, high in zip(t.low, self.simulated, t.high, strict=True)
        )

    @property
    def covered(self) -> bool:
        """Whether every part of the target lies in the 95% range of what was run."""
        return all(
            low <= value <= high
            for low, value, high in zip(self.low, self.target.value, self.high, strict=True)
        )

    def to_json(self) -> dict[str, object]:
        """Plain data; moments with several parts as lists."""

        def plain(values: tuple[float, ...]) -> object:
            numbers = [
                None if not np.isfinite(value) else round(float(value), 6) for value in values
            ]
            return numbers if len(numbers) > 1 else numbers[0]

        t = self.target
        return {
            "id": t.id,
            "moment": t.moment,
            "parts": list(t.parts),
            "target": plain(t.value),
            "tolerance": t.tolerance,
            "simulated": plain(self.simulated),
            "low": plain(self.low),
            "high": plain(self.high),
            "fitted": t.fitted,
            "inside": self.inside,
            "covered": self.covered,
        }


def count_parts() -> int:
    """Number of figures that one measurement gives."""
    return sum(len(target.parts) for target in all_targets())


def measure_town(task: Task) -> NDArray[np.float64]:
    """Run a town and measure it: all parts of all its targets in their order."""
    scenario = load(task.scenario)
    if task.residents:
        scenario = scenario.with_({"population.residents": task.residents})
    history = watch(scenario, task.seed, task.draw, task.years * WEEKS_PER_YEAR)
    found = measure_held_out(history) if task.held_out else measure(history)
    return np.concatenate([np.asarray(found[target.id], float) for target in task.targets])


def measure_towns(tasks: Iterable[Task], workers: int) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Position and figures of each town, in order, on several processes."""
    yield from enumerate(run_side_by_side(measure_town, tasks, workers))


def judge(figures: NDArray[np.float64], targets: Sequence[Target] | None = None) -> list[Verdict]:
    """Verdicts from figures (replicates, parts), of the moments of the calibration unless told."""
    # Gaps are skipped: a rare event may be missing from one small town and not from all.
    mean = average_known(figures)
    low, high = find_known_quantiles(figures, [0.025, 0.975])
    verdicts, start = [], 0
    for target in targets or all_targets():
        part = slice(start, start + len(target.parts))
        verdicts.append(
            Verdict(target, *(tuple(map(float, values[part])) for values in (mean, low, high)))
        )
        start += len(target.parts)
    return verdicts


def check_baseline(
    scenario: str = "baseline",
    seeds: int = CHECK_SEEDS,
    first: int = 1,
    workers: int = 2,
    residents: int = 0,
    *,
    draws: Sequence[Mapping[str, float]] = ({},),
    held_out: bool = False,
    advance: Callable[[], None] = lambda: None,
) -> list[Verdict]:
    """Measure all moments of a scenario, or those held out, over several replicates, which take
    turns at the draws of parameters; `advance` is called after each.
    """
    tasks = [
        Task(scenario, first + k, draws[k % len(draws)], residents, held_out=held_out)
        for k in range(seeds)
    ]
    figures = []
    for _, values in measure_towns(tasks, workers):
        figures.append(values)
        advance()
    return judge(np.array(figures), tasks[0].targets)


def write_table(verdicts: list[Verdict]) -> str:
    """The verdicts as lines of text."""
    lines = [f"{'':4} {'':58} {'target':>24}  {'model':>24}"]
    for verdict in verdicts:
        target = verdict.target
        wanted, found = (
            " ".join(f"{value:.3g}" if np.isfinite(value) else "–" for value in values)
            for values in (target.value, verdict.simulated)
        )
        lines.append(
            f"{target.id:4} {end_at_word(target.moment, 58):58} {wanted:>24}  {found:>24} "
            f" {_say_place(verdict)}"
        )
    for fitted, words in ((True, "fitted"), (False, "not fitted")):
        some = [verdict for verdict in verdicts if verdict.target.fitted == fitted]
        if some:
            lines.append(
                f"{sum(verdict.inside for verdict in some)} of {len(some)} moments {words} lie"
                " within tolerance"
            )
    return "\n".join(lines)


def _say_place(verdict: Verdict) -> str:
    """Whether a moment lies within tolerance; what has no value lies nowhere."""
    if not np.isfinite(verdict.simulated).all():
        return "no value"
    return "inside" if verdict.inside else "OUTSIDE"


def say_covered(verdicts: Sequence[Verdict]) -> str:
    """How many targets lie, part by part, in the 95% range of what was run, and which do not."""
    missed = [verdict.target.id for verdict in verdicts if not verdict.covered]
    told = f"{len(verdicts) - len(missed)} of {len(verdicts)} targets lie in the 95% range"
    return f"{told}; not: {', '.join(missed)}" if missed else told


def say_held_out(verdicts: Sequence[Verdict]) -> str:
    """How many moments lie within tolerance of those that no fitted moment is a neighbour of."""
    alone = [verdict for verdict in verdicts if not verdict.target.near]
    inside = sum(verdict.inside for verdict in alone)
    near = ", ".join(f"{v.target.id} ({v.target.near})" for v in verdicts if v.target.near)
    return f"{inside} of the {len(alone)} that are near no fitted moment; the others: {near}"
