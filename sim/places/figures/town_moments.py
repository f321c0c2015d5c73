"""Shipped towns with moments of their own, measured as the local figures of a place are."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from ruamel.yaml import YAML

import sim.evidence
from sim.errors import InvalidInput
from sim.places.figures.measures import measure_figures
from sim.places.figures.observation import observe
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.library import load
from sim.studies.calibration.check import Verdict
from sim.studies.calibration.known_values import average_known, find_known_quantiles
from sim.studies.calibration.targets import Target
from sim.studies.running.side_by_side import run_side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

MOMENTS_FILE = Path(sim.evidence.__file__).parent / "town_targets.yaml"
MOMENT_SEEDS = 6
"""Replicates of a check: two years each, of some 20 admissions a year."""


class Moment(NamedTuple):
    """A target and the measure that the model gives for it."""

    target: Target
    measure: str


@cache
def read_moments() -> dict[str, tuple[Moment, ...]]:
    """Moments by the name of a shipped town."""
    content: dict[str, list[dict[str, Any]]] = YAML(typ="safe", pure=True).load(
        MOMENTS_FILE.read_text(encoding="utf-8")
    )
    return {town: tuple(map(_read_moment, rows)) for town, rows in content.items()}


def _read_moment(row: dict[str, Any]) -> Moment:
    value, low, high = ((float(row[name]),) for name in ("value", "low", "high"))
    sources = tuple(map(str, row["sources"]))
    target = Target(
        row["id"],
        row["moment"],
        ("",),
        value,
        low,
        high,
        row["tolerance"],
        1.0,
        fitted=False,
        sources=sources,
        note=row["note"],
    )
    return Moment(target, row["measure"])


def find_moments(town: str) -> tuple[Moment, ...]:
    """Moments of a shipped town; InvalidInput names those that have some."""
    known = read_moments()
    if town not in known:
        raise InvalidInput(
            f"--town {town}: has no moments of its own{suggest(town, known)}; there are"
            f" {', '.join(known)}. The baseline is checked without --town"
        )
    return known[town]


def check_town(
    town: str,
    seeds: int = MOMENT_SEEDS,
    workers: int = 1,
    advance: Callable[[], None] = lambda: None,
    *,
    first: int = 1,
) -> list[Verdict]:
    """Run a town over some replicates, from seed `first` on, and hold it against its moments."""
    moments = find_moments(town)
    rows = []
    for figures in _run_seeds(town, range(first, first + seeds), workers):
        rows.append([figures[moment.measure] for moment in moments])
        advance()
    return judge_moments(moments, np.array(rows))


def judge_moments(moments: Sequence[Moment], figures: NDArray[np.float64]) -> list[Verdict]:
    """Verdicts from figures (replicates, moments): means and 95% ranges."""
    mean = average_known(figures)
    low, high = find_known_quantiles(figures, [0.025, 0.975])
    return [
        Verdict(moment.target, (float(mean[k]),), (float(low[k]),), (float(high[k]),))
        for k, moment in enumerate(moments)
    ]


def _run_seeds(town: str, seeds: Sequence[int], workers: int) -> Iterator[dict[str, float]]:
    yield from run_side_by_side(_measure, [(town, seed) for seed in seeds], workers)


def _measure(task: tuple[str, int]) -> dict[str, float]:
    return measure_figures(observe(load(task[0]), task[1]))
