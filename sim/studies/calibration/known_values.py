"""Means and quantiles over replicates of which some have no value: a wait that nobody had, a share
of a group that nobody belongs to.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


def average_known(values: ArrayLike) -> NDArray[np.float64]:
    """Means over the first axis of what is known; NaN, and no word of NumPy's, where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(np.asarray(values, float), axis=0))


def find_known_quantiles(values: ArrayLike, levels: Sequence[float]) -> NDArray[Any]:
    """(levels, ...) quantiles over the first axis of what is known; NaN where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanquantile(np.asarray(values, float), levels, axis=0))
