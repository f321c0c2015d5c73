"""Exact counts from declared shares, and who is chosen to fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


def apportion(shares: Sequence[float], total: int) -> NDArray[np.int64]:
    """Split a whole number by shares, largest remainders first, so that the parts add up to it.

    Shares need not sum to 1; if all are zero the first takes everything.
    """
    weights = np.asarray(shares, dtype=np.float64)
    if weights.sum() <= 0:
        weights = np.eye(len(weights))[0]
    exact = weights / weights.sum() * total
    counts: NDArray[np.int64] = np.floor(exact + 1e-9).astype(np.int64)
    short = total - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
    return counts


def choose(rng: np.random.Generator, weights: ArrayLike, count: int) -> NDArray[np.int64]:
    """Positions of `count` members drawn without replacement, the heavier the likelier.

    One exponential draw per member, divided by its weight: the smallest are chosen (Efraimidis and
    Spirakis 2006). A weight of zero is chosen last.
    """
    weight = np.asarray(weights, dtype=np.float64)
    count = min(max(count, 0), weight.size)
    clock = rng.standard_exponential(weight.size) / np.maximum(weight, 1e-12)
    if count == weight.size:
        return np.arange(weight.size, dtype=np.int64)
    return np.sort(np.argpartition(clock, count)[:count])
