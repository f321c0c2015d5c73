"""A polynomial that stands in for a sweep: coefficients, how far it is off, and the box in which it
may be asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import Refused
from sim.units import say_count

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from analysis.sensitivity.sweeps import Sweep

FEWEST_POINTS = 12
EMULATOR_FOLDS = 10
PENALTIES = np.geomspace(1e-4, 1e2, 13)


@dataclass(frozen=True)
class Curve:
    """One outcome as a polynomial of factors scaled to −1 and 1: a coefficient for each term.

    spread: root mean square error at points that the fit has not seen. explained: share of their
    variance that it accounts for, at most 1 and below 0 where the mean of all points does better.
    """

    coefficients: tuple[float, ...]
    spread: float
    explained: float


@dataclass(frozen=True)
class Emulator:
    """Curves of several outcomes over one box.

    low, high: ends of the box by factor, in the order of names. terms: factors that are multiplied,
    by their places, in the order of the coefficients; the empty term is the constant.
    """

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    terms: tuple[tuple[int, ...], ...]
    curves: dict[str, Curve]

    def scale(self, settings: NDArray[np.float64]) -> NDArray[np.float64]:
        """Settings (points, factors) as shares of the box, −1 to 1."""
        low, high = np.array(self.low), np.array(self.high)
        return np.asarray(2 * (settings - low) / (high - low) - 1)

    def predict(self, settings: NDArray[np.float64], outcome: str) -> NDArray[np.float64]:
        """Estimates (points,) of an outcome at settings (points, factors); Refused outside."""
        scaled = self.scale(settings)
        # A little slack: the ends of the box must not fall outside by rounding.
        if (np.abs(scaled) > 1 + 1e-9).any():
            raise Refused("the emulator knows nothing outside the box of the sweep")
        columns = [scaled[:, list(term)].prod(axis=1) for term in self.terms]
        return np.asarray(np.column_stack(columns) @ np.array(self.curves[outcome].coefficients))


def fit_emulator(sweep: Sweep) -> Emulator:
    """Fit every outcome of a sweep on its factors; Refused where points are too few or nothing was
    varied.

    The degree, 1 or 2, is the one that does better for the net benefit at points that it has not
    seen.
    """
    numbers = sweep.numbers
    if len(numbers) < FEWEST_POINTS or numbers.empty:
        points = say_count(len(numbers), "point")
        factors = say_count(numbers.shape[1], "factor")
        said = f"{points} of {factors} are too few for an emulator"
        raise Refused(f"{said}; at least {FEWEST_POINTS} are needed")
    outcomes = {key: values.mean(axis=1) for key, values in sweep.values.items()} | {
        # Means over replicates: the emulator stands for what is expected, not for one run.
        "gain": sweep.mean_gain
    }
    fits = [_fit(numbers, outcomes, degree) for degree in (1, 2)]
    # By the net benefit at points not seen: a second degree that follows noise does worse there.
    return min(fits, key=lambda fit: fit.curves["gain"].spread)


def _fit(numbers: pd.DataFrame, outcomes: dict[str, NDArray[np.float64]], degree: int) -> Emulator:
    from sklearn.preprocessing import PolynomialFeatures  # heavy to import, needed for sweeps alone

    settings = numbers.to_numpy(dtype=float)
    low, high = settings.min(axis=0), settings.max(axis=0)
    features = PolynomialFeatures(degree)
    design = features.fit_transform(2 * (settings - low) / (high - low) - 1)
    terms = tuple(tuple(np.repeat(np.arange(row.size), row).tolist()) for row in features.powers_)
    curves = {key: _fit_curve(design, values) for key, values in outcomes.items()}
    return Emulator(
        tuple(map(str, numbers.columns)), tuple(low.tolist()), tuple(high.tolist()), terms, curves
    )


def _fit_curve(design: NDArray[np.float64], values: NDArray[np.float64]) -> Curve:
    from sklearn.linear_model import RidgeCV  # heavy to import, needed for sweeps alone
    from sklearn.model_selection import KFold, cross_val_predict

    spread = float(values.std())
    if spread == 0:
        return Curve((float(values[0]), *([0.0] * (design.shape[1] - 1))), 0.0, 1.0)
    # To one scale, so that a penalty means the same for admissions and for money.
    scaled = (values - values.mean()) / spread
    # Shuffled: points of a grid come sorted, and a fold would be a corner that nothing reaches.
    folds = KFold(min(EMULATOR_FOLDS, len(values)), shuffle=True, random_state=1)
    # The penalty is chosen within each fold: points that judge the fit must not have shaped it.
    # The constant is left to the intercept, which is not penalised.
    unseen = cross_val_predict(RidgeCV(PENALTIES), design[:, 1:], scaled, cv=folds)
    ridge = RidgeCV(PENALTIES).fit(design[:, 1:], scaled)
    constant = float(ridge.intercept_) * spread + float(values.mean())
    error = float(np.sqrt(np.mean((unseen - scaled) ** 2)))
    return Curve((constant, *(ridge.coef_ * spread).tolist()), error * spread, 1 - error**2)
