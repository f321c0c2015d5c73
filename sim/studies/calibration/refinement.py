"""Refine values that are nearly right: run towns around them, learn how each figure answers, go to
where the tolerances have most room, and again from there.

Near one good town a quadratic response surface predicts more of what differs between towns than
processes that were learned all over the bounds, and its step uses every parameter a little.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct, WhiteKernel

from sim.engine.one_thread import quieten
from sim.errors import KinwellError
from sim.studies.calibration.waves import (
    begin_rows,
    bounds_of_targets,
    find_shipped,
    names,
    read_rows,
    run_wave,
    scatter_towns,
    to_values,
)
from sim.units import say_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sim.studies.calibration.waves import Setting

    Table = NDArray[np.float64]

ANCHORED = 0.2
"""Share of a wave that is the centre itself: scattered towns differ from it in what curves, more
than a surface learns, so that figures at the centre have to be measured and not guessed.
"""
AROUND = 0.06
"""Standard deviation of a wave around the values so far, of inputs between -1 and 1."""
REACH = 0.1
"""How far one step goes in each input: further off the surface guesses, and steps of .15 led astray
once little was left to gain.
"""
STILL_COUNTS = 0.25
"""Root mean square distance within which towns of earlier waves still count."""
SPARE = 0.75
"""Share of half a tolerance that is as good as met."""
PULL = 0.1
"""Price of a step, for each input squared: of two that leave as much room, the shorter one."""
SMALL = 1e-4
"""Difference by which slopes are taken."""
SAME = 1e-9
"""Distance within which a town that was kept in a file is the centre."""
FEWEST = 20
"""Towns from which on there is something to learn."""
LEARNED = 300
"""Newest rows from which it is learned how much of a figure is line, curve and chance."""


def learn_response(inputs: Table, figures: Table) -> GaussianProcessRegressor:
    """Response surface of standardised figures (n, parts) over inputs (n, parameters): a line and
    a curve in every direction, shrunk to what the rows can tell.
    """
    line = ConstantKernel(1.0, (1e-3, 1e3)) * DotProduct(0.0, "fixed")
    curve = ConstantKernel(0.5, (1e-3, 1e3)) * DotProduct(0.0, "fixed") ** 2
    kernel = line + curve + ConstantKernel(1.0, (1e-3, 1e3)) + WhiteKernel(0.1, (1e-4, 2.0))
    # A bound that is reached is no fault here: the figures may have no curve.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        learned = GaussianProcessRegressor(kernel).fit(inputs[-LEARNED:], figures[-LEARNED:])
        return GaussianProcessRegressor(learned.kernel_, optimizer=None).fit(inputs, figures)


def expect_around(steps: Table, figures: Table) -> Callable[[Table], Table]:
    """Figures (n, parts) to be expected of steps (n, parameters) from a centre, learned from towns.

    Towns at the centre say where it is, the others how figures answer to a step from there.
    """
    mean, spread = figures.mean(axis=0), np.maximum(figures.std(axis=0), 1e-12)
    here = (np.abs(steps) < SAME).all(axis=1)
    surface = learn_response(steps[~here], (figures[~here] - mean) / spread)
    guess = mean + spread * surface.predict(np.zeros((1, steps.shape[1])))[0]
    off = figures[here].mean(axis=0) - guess if here.any() else 0.0
    return lambda new: np.asarray(off + mean + spread * surface.predict(new))


def find_step(inputs: Table, figures: Table, centre: Table) -> Table:
    """Inputs (parameters,) no further than REACH from the centre at which the surface leaves the
    figures (n, parts) most room inside the tolerances of what is fitted. KinwellError where too
    few towns could be measured whole.
    """
    whole = np.isfinite(figures).all(axis=1)
    near = np.sqrt(((inputs - centre) ** 2).mean(axis=1)) < STILL_COUNTS
    x, y = inputs[whole & near] - centre, figures[whole & near]
    if len(x) < FEWEST:
        raise KinwellError(
            f"every moment could be measured in {len(x)} towns near the values only, and"
            f" {FEWEST} are needed: use a larger town (--residents)"
        )
    middle, half, weight = bounds_of_targets()
    expect = expect_around(x, y)

    def lack_room(step: Table) -> tuple[float, Table]:
        """What a step lacks in room, with its slope in every direction."""
        # The step and a little more in every direction at once: one call of the surface.
        steps = np.vstack([step, step + SMALL * np.eye(step.size)])
        over = np.maximum(np.abs(expect(steps) - middle) / half - SPARE, 0)
        cost = (weight * over**2).sum(axis=1) + PULL * (steps**2).sum(axis=1)
        return float(cost[0]), (cost[1:] - cost[0]) / SMALL

    low, high = np.maximum(-1.0 - centre, -REACH), np.minimum(1.0 - centre, REACH)
    bounds = list(zip(low, high, strict=True))
    found = minimize(lack_room, np.zeros(centre.size), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(centre + found.x)


def refine(
    setting: Setting, tell: Callable[[str], None], advance: Callable[[], None]
) -> dict[str, float]:
    """Values of the free parameters after all waves of a setting, from those of the evidence on.

    Every town is kept as a row of the folder: the same command continues where it was.
    """
    begin_rows(setting)
    centre = find_shipped()
    for wave in range(setting.waves):
        begin, done = wave * setting.wave, len(read_rows(setting)[0])
        around = scatter_towns(centre, AROUND, setting.wave, wave)
        # What the step before has come to.
        around[: max(round(ANCHORED * setting.wave), 1)] = centre
        if done < begin + setting.wave:
            left = say_count(begin + setting.wave - done, "town")
            tell(f"wave {wave + 1} of {setting.waves}: {left}")
            run_wave(setting, around[done - begin :], done, advance)
        # Rows of this wave and those before: a resumed refinement takes the same steps.
        x, y = read_rows(setting)
        with quieten():
            centre = find_step(x[: begin + setting.wave], y[: begin + setting.wave], centre)
    return dict(zip(names(), map(float, to_values(centre[None])[0]), strict=True))
