"""What a committee can look at: figures that are counted, and answers that people give.

Part of phase 11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.week.record.counts import score_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sim.week.world import World

REMEMBERED = 26
"""Weeks of starts and departures that engagement looks back on."""
OF_ANSWERS = {"improvement": "symptoms", "cost_per_improvement": "symptoms"}
"""KPIs that are made of answers to another question, now and at the review before."""


def ask(world: World, kpi: str, s: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Answers of everybody concerned, and their rows: clients of service s or, with -1, the whole
    town; NaN from nobody.

    A counted figure is one answer of no row.
    """
    rows = slice(None) if s < 0 else slice(s, s + 1)
    figure, nobody = COUNTED.get(kpi), np.empty(0, np.int64)
    if figure is not None:
        value = figure(world, rows)
        # A figure of nothing is no answer rather than a 0, which would meet any rule that asks for
        # little.
        return (np.array([value]) if np.isfinite(value) else np.array([])), nobody
    r, o = world.residents, world.provision.offers
    clients = (r.alive == 1) & ((r.care_service == s + 1).any(axis=1) if s >= 0 else True)
    if kpi == "unmet_need":
        # Without a service at all: who is in some service has been met.
        need = clients & world.in_need
        return (~(r.care_service[need] > 0).any(axis=1)).astype(np.float64), np.flatnonzero(need)
    who = np.flatnonzero(clients)
    if kpi == "symptoms":
        return r.phq[who].astype(np.float64), who
    if kpi == "loneliness":
        return score_all(r.loneliness[who], world.parameters.health), who
    running = o.quality[rows][o.places[rows] > 0]
    return (
        _measure_satisfaction(world, who, float(running.mean())) if running.size else np.array([])
    ), who


def _measure_satisfaction(
    world: World, who: NDArray[np.int64], quality: float
) -> NDArray[np.float64]:
    """How content people are with what they are offered, 0 to 1: its quality, as far as they are of
    those who gain by it.
    """
    gains = np.minimum(world.residents.responsiveness[who].astype(np.float64), 1.0)
    return quality * gains


def divide(part: float, whole: float) -> float:
    """A ratio; NaN of nothing."""
    return float(part / whole) if whole else float("nan")


def _engagement(world: World, rows: slice) -> float:
    """Share of those who began in the last half year, less those who left early in it."""
    left_early = divide(world.early[rows].sum(), world.starts[rows].sum())
    return max(0.0, 1.0 - left_early) if np.isfinite(left_early) else left_early


def _wait(world: World, rows: slice) -> float:
    ended = world.waits[rows].sum(axis=0)
    return divide((ended * np.arange(ended.size)).sum(), ended.sum())


def _occupancy(world: World, rows: slice) -> float:
    return divide(
        world.provision.offers.enrolled[rows].sum(), world.provision.offers.places[rows].sum()
    )


def cost_per_person(world: World, rows: slice) -> float:
    """What a week costs for each person enrolled."""
    return divide(world.weekly_cost[rows].sum(), world.provision.offers.enrolled[rows].sum())


def _people_served(world: World, rows: slice) -> float:
    """People who began in the last half year."""
    return float(world.starts[rows].sum())


COUNTED: dict[str, Callable[[World, slice], float]] = {
    "engagement": _engagement,
    "wait": _wait,
    "occupancy": _occupancy,
    "cost_per_person": cost_per_person,
    "people_served": _people_served,
}
"""KPIs that are counted rather than asked."""
