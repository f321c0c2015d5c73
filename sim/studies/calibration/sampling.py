"""Draw the posterior around values that are right, as studies use it: run towns in which every
number that was not fitted is drawn from its evidence too, learn how each figure answers to the
fitted ones, draw where the tolerances are likely, run those, and again.

Figures are no straight lines in what is not fitted, so that their mean over draws is not what the
values give. A posterior that is learned from towns with these numbers at their values is therefore
off where it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.preprocessing import PolynomialFeatures

from sim.engine.one_thread import quieten
from sim.errors import KinwellError
from sim.studies.calibration.refinement import FEWEST, learn_response
from sim.studies.calibration.surrogate import leave_one_out
from sim.studies.calibration.waves import (
    Setting,
    begin_rows,
    find_shipped,
    read_rows,
    run_wave,
    sample,
    scatter_towns,
    weigh,
)
from sim.units import say_count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Table = NDArray[np.float64]

FIRST_TOWNS, TOWNS, ROUNDS = 320, 160, 4
"""Towns around the values, towns of a later round, and rounds in all."""
LEARNED_ROUNDS = 2
"""Rounds that are learned from at least."""
SAMPLED_DRAWS = 300
"""Draws of the posterior that are written."""
SCATTER = 0.15
"""Standard deviation of the first towns around the values, of inputs between -1 and 1."""
FURTHEST = 0.22
"""Root mean square distance of a draw from the values: no town tells of what is further off."""
SAMPLING_STEPS = 4000
"""Steps of the chains: a surface of this kind is quick to ask."""
BEST = 60
"""Towns at which the chains begin."""


class Response:
    """How every figure answers to inputs near a centre: a line and a curve in every direction.

    error (parts,): standard error of what it says, beside the chance of a single town.
    """

    def __init__(self, inputs: Table, figures: Table, centre: Table) -> None:
        """Learn from towns: inputs (n, parameters), figures (n, parts), gaps as NaN.

        KinwellError where too few towns could be measured.
        """
        self.centre, self.terms = centre, PolynomialFeatures(2)
        size = inputs.shape[1]
        points = np.random.default_rng(0).normal(0.0, SCATTER, (size**2 + 4 * size, size))
        known, error = np.empty((len(points), figures.shape[1])), np.empty(figures.shape[1])
        for k, figure in enumerate(figures.T):
            known[:, k], error[k] = _learn(inputs - centre, figure, points)
        # What is learned is a polynomial of second degree, so its values at enough points are all
        # of it, and chains can ask for it quickly.
        self.coefficients = np.linalg.lstsq(self.terms.fit_transform(points), known, rcond=None)[0]
        self.error, self.off = error, np.zeros(figures.shape[1])

    def predict(self, inputs: Table) -> Table:
        """Figures (n, parts) expected for inputs (n, parameters), chance averaged out."""
        found = self.terms.transform(inputs - self.centre) @ self.coefficients
        return np.asarray(found + self.off)

    def shift_to(self, inputs: Table, figures: Table) -> None:
        """Add what towns that it was not learned from gave (n, parts) beyond what was expected of
        their inputs (n, parameters), in their mean.

        Draws go to where a surface is too good: what it expects of them is off in their favour,
        and the towns it was learned from cannot tell.
        """
        self.off = self.off + np.nanmean(figures - self.predict(inputs), axis=0)


def _learn(inputs: Table, figure: Table, points: Table) -> tuple[Table, float]:
    """What is expected of one figure at points, and the standard error of that."""
    whole = np.isfinite(figure)
    if whole.sum() < FEWEST:
        raise KinwellError(
            f"every moment could be measured in {whole.sum()} towns only, and {FEWEST} are needed:"
            " use a larger town (--residents)"
        )
    mean, spread = figure[whole].mean(), max(figure[whole].std(), 1e-9)
    rest = ((figure[whole] - mean) / spread)[:, None]
    process = learn_response(inputs[whole], rest)
    # The chance of a single town, which noise_level holds, is no error of the surface.
    missed = float(leave_one_out(process, rest)[0]) - process.kernel_.k2.noise_level
    at_points = mean + spread * process.predict(points).ravel()
    return np.asarray(at_points), float(spread * np.sqrt(max(missed, 1e-4)))


def _draw(setting: Setting, rows: int, count: int, seed: int, *, known: int = 0) -> Table:
    """Draw inputs (count, parameters) from what the first so many rows tell.

    known: rows that it is learned from, where the rest, drawn from surfaces like these, say how far
    off these are where they lead.
    """
    inputs, figures = (table[:rows] for table in read_rows(setting))
    centre = find_shipped()
    best = inputs[np.argsort(-weigh(figures))[:BEST]]

    def is_known(there: Table) -> NDArray[np.bool_]:
        return np.asarray(np.sqrt(((there - centre) ** 2).mean(axis=1)) <= FURTHEST)

    with quieten():
        if known:
            response = Response(inputs[:known], figures[:known], centre)
            response.shift_to(inputs[known:], figures[known:])
        else:
            response = Response(inputs, figures, centre)
        return sample(response, best, count, seed, steps=SAMPLING_STEPS, known=is_known)


def count_towns(setting: Setting) -> int:
    """Towns that sampling runs in all."""
    return int(setting.first_wave + setting.wave * (setting.waves - 1))


def sample_posterior(
    setting: Setting,
    others: Sequence[Mapping[str, float]],
    tell: Callable[[str], None],
    advance: Callable[[], None],
) -> Table:
    """Inputs (draws, parameters) of the posterior around the values of the evidence.

    others: values of all numbers that are not fitted, as drawn for each town. Every town is kept
    as a row of the folder: the same command continues where it was.
    """
    begin_rows(setting)
    centre = find_shipped()
    ends = setting.first_wave + setting.wave * np.arange(setting.waves)
    for wave, end in enumerate(map(int, ends)):
        done = len(read_rows(setting)[0])
        if done >= end:
            continue
        tell(f"round {wave + 1} of {setting.waves}: {say_count(end - done, 'town')}")
        if wave == 0:
            begin, inputs = 0, scatter_towns(centre, SCATTER, end, 0)
        else:
            begin = int(ends[wave - 1])
            # Earlier rounds alone: with rows of its own, a resumed round would have other inputs.
            inputs = _draw(setting, begin, end - begin, wave)
        run_wave(setting, inputs[done - begin :], done, advance, others)
    # The last round is not learned from: it tells what the surfaces are off by.
    known = int(ends[-2]) if setting.waves > LEARNED_ROUNDS else 0
    return _draw(setting, int(ends[-1]), setting.draws, setting.waves, known=known)
