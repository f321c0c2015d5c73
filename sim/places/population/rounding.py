"""Whole people from fractions: every margin of one axis by district within one person of what it
should be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_MOVES = 20_000
"""Most people of a district that are moved between categories to mend a margin."""


def apportion_rows(exact: NDArray[np.float64], totals: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole numbers in rows that add up to given totals, largest remainders first.

    `exact` (rows, cells).
    """
    sums = exact.sum(axis=1, keepdims=True)
    scaled = np.divide(exact * totals[:, None], sums, out=np.zeros_like(exact), where=sums > 0)
    counts = np.floor(scaled + 1e-9).astype(np.int64)
    order = np.argsort(counts - scaled, axis=1, kind="stable")
    short = totals - counts.sum(axis=1)
    for row in np.flatnonzero(short > 0):
        counts[row, order[row, : short[row]]] += 1
    return np.asarray(counts, dtype=np.int64)


def make_whole(
    exact: NDArray[np.float64], fixed: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Whole people: axis 0 is the district, the first `fixed` axes keep their joint margin, the
    others theirs by district.

    Fractions are rounded along a line that runs through the cells of a district from a random start
    (systematic sampling), so that no group is lost by being small everywhere; then people are moved
    along single axes until their margins are right.
    """
    strata = int(np.prod(exact.shape[1:fixed]))
    margin = exact.reshape(exact.shape[0], strata, -1).sum(axis=2)
    totals = apportion_rows(margin.sum(axis=1)[None, :], np.array([round(float(exact.sum()))]))[0]
    wanted = apportion_rows(margin, totals)
    inner = exact.reshape(exact.shape[0] * strata, -1)
    sums = inner.sum(axis=1, keepdims=True)
    target = wanted.reshape(-1, 1)
    share = np.divide(inner, sums, out=np.full_like(inner, 1.0 / inner.shape[1]), where=sums > 0)
    ends = np.cumsum(share, axis=1) * target
    ends[:, -1] = target[:, 0]
    start = rng.random((inner.shape[0], 1))
    ends[:, :-1] = np.minimum(np.floor(ends[:, :-1] + start), target)
    whole = np.diff(ends, axis=1, prepend=0.0).round().astype(np.int64).reshape(exact.shape)
    for axis in range(fixed, exact.ndim):
        mend_axis(whole, exact, axis)
    return whole


def mend_axis(whole: NDArray[np.int64], exact: NDArray[np.float64], axis: int) -> None:
    """Move people along one axis, in place, until its margin by district is the nearest whole one.

    No other axis changes.
    """
    others = tuple(k for k in range(1, exact.ndim) if k != axis)
    margin = exact.sum(axis=others)
    wanted = apportion_rows(margin, whole.sum(axis=tuple(range(1, whole.ndim))))
    for district in range(whole.shape[0]):
        here = np.moveaxis(whole[district], axis - 1, 0).reshape(whole.shape[axis], -1).copy()
        fitted = np.moveaxis(exact[district], axis - 1, 0).reshape(here.shape)
        excess = here.sum(axis=1) - wanted[district]
        _move(here, fitted, excess)
        shape = (whole.shape[axis], *(n for k, n in enumerate(whole.shape[1:], 1) if k != axis))
        whole[district] = np.moveaxis(here.reshape(shape), 0, axis - 1)


def _move(here: NDArray[np.int64], fitted: NDArray[np.float64], excess: NDArray[np.int64]) -> None:
    """Take people from categories that have too many and give them to those that have too few,
    where fractions say so most.
    """
    for _ in range(MOST_MOVES):
        much, little = int(np.argmax(excess)), int(np.argmin(excess))
        if excess[much] <= 0:
            return
        gain = (here[much] - fitted[much]) - (here[little] - fitted[little])
        gain = np.where((here[much] > 0) & (fitted[little] > 0), gain, -np.inf)
        cell = int(np.argmax(gain))
        if not np.isfinite(gain[cell]):
            excess[much] = 0  # nobody there may be of the other category
            continue
        here[much, cell] -= 1
        here[little, cell] += 1
        excess[much] -= 1
        excess[little] += 1


def measure_margin(
    whole: NDArray[np.int64], exact: NDArray[np.float64], axes: Sequence[int]
) -> float:
    """Largest difference, in people, of a margin over some axes between whole and exact numbers."""
    others = tuple(k for k in range(exact.ndim) if k not in axes)
    return float(np.abs(whole.sum(axis=others) - exact.sum(axis=others)).max())
