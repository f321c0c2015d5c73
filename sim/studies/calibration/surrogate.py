"""A fast stand-in for the town: Gaussian processes that say what moments a draw of parameters would
give.

One process per moment, over a quadratic trend; inputs are scaled by how much each one moves the
moment, so that a single length serves all of them.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from sklearn.linear_model import Ridge

from sim.studies.calibration.targets import all_targets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

PENALTY = 1.0
MOST_ROWS_FITTED = 900
"""Rows that a process is trained on: the newest, which lie where it matters."""


class _Part(NamedTuple):
    scale: Table
    trend: Ridge
    process: GaussianProcessRegressor
    spread: Table
    error: Table


def _terms(x: Table) -> Table:
    """Trend terms of inputs between -1 and 1: linear and square."""
    return np.hstack([x, x**2])


def _train(x: Table, y: Table) -> _Part:
    """Train on inputs (n, parameters) and the parts of one moment (n, parts)."""
    spread = np.maximum(y.std(axis=0), 1e-9)
    scaled = (y - y.mean(axis=0)) / spread
    trend = Ridge(PENALTY).fit(_terms(x), scaled)
    moves = np.abs(trend.coef_.reshape(scaled.shape[1], 2, x.shape[1])).sum(axis=1).max(axis=0)
    # Inputs that move the moment little count little in distances, and never nothing.
    scale = 0.05 + moves / max(float(moves.max()), 1e-9)
    rest = scaled - trend.predict(_terms(x)).reshape(scaled.shape)
    kernel = ConstantKernel(0.3, (1e-3, 10.0)) * Matern(2.0, (0.2, 20.0), nu=2.5) + WhiteKernel(
        0.1, (1e-4, 2.0)
    )
    # A bound that is reached is no fault here: the moment simply does not depend on it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Lengths are learned from the newest rows, which lie where it matters; then all rows are
        # used.
        process = GaussianProcessRegressor(kernel, normalize_y=False).fit(
            x[-300:] * scale, rest[-300:]
        )
        process = GaussianProcessRegressor(process.kernel_, optimizer=None).fit(x * scale, rest)
    error = np.sqrt(
        # The error of leaving one out, less the noise of a single town: what the surrogate itself
        # misses.
        np.maximum(leave_one_out(process, rest) - process.kernel_.k2.noise_level, 1e-4)
    )
    return _Part(scale, trend, process, np.vstack([y.mean(axis=0), spread]), error)


def leave_one_out(process: GaussianProcessRegressor, rest: Table) -> Table:
    """Mean square error of predicting each row from the others, per part."""
    inverse = np.linalg.inv(process.L_ @ process.L_.T)
    residual = (inverse @ rest) / np.diag(inverse)[:, None]
    return np.asarray((residual**2).mean(axis=0))


class Surrogate:
    """Predicts all figures of a town (in the order of the targets) from parameters scaled to
    -1..1.
    """

    def __init__(self, x: Table, y: Table) -> None:
        """Learn from towns that were run: inputs (n, parameters), figures (n, parts).

        Rows with gaps are left out.
        """
        whole = np.isfinite(y).all(axis=1)
        x, y = x[whole][-MOST_ROWS_FITTED:], y[whole][-MOST_ROWS_FITTED:]
        self.parts, start = [], 0
        for target in all_targets():
            self.parts.append(_train(x, y[:, start : start + len(target.parts)]))
            start += len(target.parts)
        self.error = np.concatenate([part.error * part.spread[1] for part in self.parts])

    def predict(self, x: Table) -> Table:
        """Figures (n, parts) expected for inputs (n, parameters), chance averaged out."""
        found = []
        for part in self.parts:
            width = part.spread.shape[1]
            plain = part.trend.predict(_terms(x)).reshape(-1, width) + part.process.predict(
                x * part.scale
            ).reshape(-1, width)
            found.append(part.spread[0] + part.spread[1] * plain)
        return np.hstack(found)
