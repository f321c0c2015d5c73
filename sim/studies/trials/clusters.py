"""People who were allocated together: participants drawn in clusters that resemble each other.

A Gaussian copula over the ranks of the outcome: every arm keeps the distribution that it has, and
people of a cluster are as alike as the stated correlation says.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.designs.trial_published import Clusters

NODES, HERMITE_WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
QUADRATURE_WEIGHTS = HERMITE_WEIGHTS / HERMITE_WEIGHTS.sum()
MOST_ALIKE = 0.999


def find_latent_correlation(values: NDArray[np.float64], icc: float) -> float:
    """Correlation of the copula at which values (n,), sorted, correlate by `icc` within clusters.

    0 where all values are the same.
    """
    variance = float(values.var())
    if icc <= 0.0 or variance <= 0.0:
        return 0.0

    from scipy.optimize import brentq  # heavy to import

    # The correlation of ranks is not that of values; the latent one is looked for by its effect.
    def excess(latent: float) -> float:
        """How much more alike values are at a latent correlation than asked."""
        z = math.sqrt(latent) * NODES[:, None] + math.sqrt(1.0 - latent) * NODES[None, :]
        mean = _look_up(values, ndtr(z)) @ QUADRATURE_WEIGHTS
        return float(QUADRATURE_WEIGHTS @ (mean - QUADRATURE_WEIGHTS @ mean) ** 2) / variance - icc

    # Some distributions cannot be as alike as is asked: then as alike as they can be.
    return MOST_ALIKE if excess(MOST_ALIKE) < 0.0 else float(brentq(excess, 0.0, MOST_ALIKE))


def draw_ranks(
    count: int, size: int, latent: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Ranks between 0 and 1 of `count` participants in clusters of `size`."""
    cluster = np.arange(count) // size
    shared = rng.standard_normal(int(cluster[-1]) + 1)[cluster]
    own = rng.standard_normal(count)
    return np.asarray(ndtr(math.sqrt(latent) * shared + math.sqrt(1.0 - latent) * own))


def size_of(clusters: Clusters, participants: int, in_all: int) -> int:
    """Participants in each cluster of an arm of so many, of so many in all."""
    if clusters.size is not None:
        return clusters.size
    number = max(1, round((clusters.number or 2) * participants / in_all))
    return math.ceil(participants / number)


def _look_up(values: NDArray[np.float64], ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at ranks, smoothed between neighbours so that shares move continuously."""
    places = (np.arange(values.size) + 0.5) / values.size
    return np.interp(ranks, places, values)
