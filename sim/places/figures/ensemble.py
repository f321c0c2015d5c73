"""Towns run side by side: the same draws and seeds for every setting of the levers, on several
processes.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.places.figures.measures import MEASURES, measure_figures, measure_room
from sim.places.figures.observation import observe
from sim.scenario.scaling import scale
from sim.studies.running.side_by_side import open_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario

ROOM = ("therapy", "ward")


class Town(NamedTuple):
    """One town to run: a scenario, the share of the place that it is, a seed and a draw of the
    parameters.
    """

    scenario: Scenario
    scale: float
    seed: int
    draw: Mapping[str, float]


def run_town(town: Town) -> NDArray[np.float64]:
    """Run a town and measure it: all of MEASURES in their order, then how full therapy and ward
    are.
    """
    seen = observe(town.scenario, town.seed, town.draw)
    figures, room = measure_figures(seen, town.scale), measure_room(seen)
    return np.array([*(figures[name] for name in MEASURES), *(room[name] for name in ROOM)])


@contextmanager
def open_ensemble(
    workers: int, advance: Callable[[], None]
) -> Iterator[Callable[[Sequence[Town]], NDArray[np.float64]]]:
    """A function that runs many towns: figures (towns, measures).

    `advance` is called after each.
    """

    def gather(results: Iterator[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Collect rows as they arrive, (towns, figures)."""
        rows = []
        for row in results:
            rows.append(row)
            advance()
        return np.array(rows)

    with open_processes(workers) as run:
        yield lambda towns: gather(run(run_town, towns))


def shrink(scenario: Scenario, most: int) -> tuple[Scenario, float]:
    """A town of at most so many residents with posts, beds and money in proportion, and the share
    of the whole that it is.

    Beds are whole: the share is one at which those of the ward are, as nearly as may be.
    """
    residents = scenario.population.residents
    if residents <= most:
        return scenario, 1.0
    share = most / residents
    beds = [
        getattr(service, "beds", 0)
        for service in scenario.services.values()
        if getattr(service, "beds", 0)
    ]
    if beds:
        share = max(1, round(max(beds) * share)) / max(beds)
    return scale(scenario, share), share
