"""Shares of variance from replicates of a Saltelli design, with chance left out by its products.

Chance at a point is of its seed: products of different replicates hold none of it, whether another
point of the design drew the same chance, because a factor that differs does nothing, or its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.evidence.distributions import NORMAL_95

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 200
LEAST_CLEAR = 0.95
"""Share of resamples with a variance above 0 below which all may be chance."""


def share_variance(
    outcomes: NDArray[np.float64], factors: int, block: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Give first and total shares of each factor, and half-widths of their 95% intervals.

    outcomes: (points, replicates), two or more, of blocks A, A with one factor of B each, ..., B;
    what a replicate has in common over all points is left out. By resampling of blocks. NaN where
    the variance cannot be told from chance.
    """
    centred = outcomes - outcomes.mean(axis=0)
    blocks = centred.reshape(-1, block, outcomes.shape[1])
    ends = blocks[:, [0, -1]]
    mixed, first, last = blocks[:, 1 : factors + 1], ends[:, :1], ends[:, 1:]
    parts = np.concatenate(
        [
            _cross(last, mixed - first),
            _cross(first - mixed, first - mixed) / 2.0,
            _cross(ends, ends).mean(axis=1, keepdims=True),
        ],
        axis=1,
    )
    drawn = np.random.default_rng(seed).integers(len(blocks), size=(RESAMPLES, len(blocks)))
    found = _divide(parts.mean(axis=0), ends.mean(axis=(0, 1)))
    again = np.array(
        [_divide(parts[rows].mean(axis=0), ends[rows].mean(axis=(0, 1))) for rows in drawn]
    )
    clear = np.isfinite(again[:, 0])
    if not np.isfinite(found[0]) or clear.mean() < LEAST_CLEAR:
        found, half = np.full_like(found, np.nan), np.full_like(found, np.nan)
    else:
        half = NORMAL_95 * again[clear].std(axis=0, ddof=1)
    return {
        "first": found[:factors],
        "first_interval": half[:factors],
        "total": np.maximum(found[factors:], 0.0),
        "total_interval": half[factors:],
    }


def _divide(parts: NDArray[np.float64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares (2 x factors,) from mean products, the last of which is that of the ends; `means`
    (replicates,) of the ends are taken off it.
    """
    variance = float(parts[-1] - _cross(means, means))
    return parts[:-1] / variance if variance > 0 else np.full(len(parts) - 1, np.nan)


def _cross(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean product over all pairs of different replicates, the last axis."""
    replicates = one.shape[-1]
    both = one.sum(axis=-1) * other.sum(axis=-1) - (one * other).sum(axis=-1)
    return np.asarray(both / (replicates * (replicates - 1)))
