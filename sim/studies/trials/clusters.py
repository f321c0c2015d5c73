"""People who were allocated together: participants drawn in clusters that resemble each other.

A Gaussian copula over the ranks of the outcome: every arm keeps the distribution that it has, and
people of a cluster are as alike as the stated correlation says.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.designs.trial_published import Clusters

TERMS = 200
"""Hermite polynomials that outcomes are written in; more would change no correlation below 0.98."""
MOST_ALIKE = 0.999


def find_latent_correlation(values: NDArray[np.float64], icc: float) -> float:
    """Correlation of the copula at which values (n,), sorted, correlate by `icc` within clusters.

    0 where all values are the same.
    """
    variance = float(values.var())
    if icc <= 0.0 or variance <= 0.0:
        return 0.0

    from scipy.optimize import brentq  # heavy to import

    shares = measure_hermite_shares(values)
    powers = np.arange(1, TERMS + 1)
    rest = 1.0 - float(shares.sum())

    # The correlation of ranks is not that of values; the latent one is looked for by its effect.
    def excess(latent: float) -> float:
        """How much more alike values are at a latent correlation than asked."""
        return float(shares @ latent**powers) + rest * latent ** (TERMS + 1) - icc

    # Some distributions cannot be as alike as is asked: then as alike as they can be.
    return MOST_ALIKE if excess(MOST_ALIKE) < 0.0 else float(brentq(excess, 0.0, MOST_ALIKE))


def measure_hermite_shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the variance of values (n,), sorted, that is of each Hermite polynomial of their
    normal scores, (TERMS,) from the first on.

    Values of two people whose scores correlate by r correlate by the sum of share k times r to the
    power of k (Mehler 1866). Steps, as of an event that happens or not, have exact shares so, where
    a quadrature would miss them.
    """
    steps = np.flatnonzero(np.diff(values))
    at = ndtri((steps + 1.0) / values.size)
    weights = np.diff(values)[steps] * np.exp(-(at**2) / 2.0) / math.sqrt(2.0 * math.pi)
    before, now = np.zeros(at.size), np.ones(at.size)
    found = np.empty(TERMS)
    for k in range(1, TERMS + 1):
        # Beyond a step, the integral of polynomial k is the one before it, times the density there.
        found[k - 1] = (weights @ now) ** 2 / k
        before, now = now, (at * now - math.sqrt(k - 1.0) * before) / math.sqrt(k)
    return found / float(values.var())


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
