"""Look for towns that meet as many targets as can be met: near the best ones, where the surrogate
expects them.

Draws from a likelihood spread over all that is plausible; the values that a town has by default are
to lie where tolerances are met. So every wave ends with a search: from each of the best towns a
little way in every direction, by differential evolution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.studies.calibration.targets import all_targets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.studies.calibration.surrogate import Surrogate

    Table = NDArray[np.float64]

STEP_REACH = 0.22
"""How far a search goes from where it begins, of inputs between -1 and 1: further off the surrogate
guesses.
"""
CROWD, SEARCH_STEPS = 60, 70
SAFE, STEEP, MOST = 0.8, 4.0, 7.0
"""Share of a tolerance that is as good as met.

How fast a misfit costs beyond it; the most that one figure can cost.
"""


def miss(figures: Table) -> Table:
    """How far figures (n, parts) lie outside their tolerances (n,): little inside, a lot beyond the
    edge, with a bound.
    """
    low = np.array([edge for target in all_targets() for edge in target.low])
    high = np.array([edge for target in all_targets() for edge in target.high])
    weight = np.array(
        [max(target.weight, 0.5) * target.fitted for target in all_targets() for _ in target.parts]
    )
    half = (high - low) / 2.0
    # Missing figures count as far off, in a town in which a moment could not be measured.
    off = (
        np.abs(np.where(weight > 0, np.nan_to_num(figures, nan=1e6) - (low + high) / 2.0, 0.0))
        / half
    )
    cost = np.where(off < SAFE, 0.15 * off**2, 0.15 * SAFE**2 + STEEP * (off - SAFE))
    return np.asarray((np.minimum(cost, MOST) * weight).sum(axis=1))


def find_candidates(
    surrogate: Surrogate, inputs: Table, figures: Table, count: int, seed: int
) -> Table:
    """Inputs (count, parameters) near the best towns run, each where the surrogate misses the
    targets least.
    """
    rng = np.random.default_rng(seed)
    # what was seen of a town and what its neighbours say of it
    level = 0.5 * miss(figures) + 0.5 * miss(surrogate.predict(inputs))
    starts = inputs[np.argsort(level)[:count]]
    starts = starts[np.arange(count) % len(starts)]
    return np.array([_descend(surrogate, start, rng) for start in starts])


def _descend(surrogate: Surrogate, start: Table, rng: np.random.Generator) -> Table:
    low, high = np.clip(start - STEP_REACH, -1.0, 1.0), np.clip(start + STEP_REACH, -1.0, 1.0)
    here = rng.uniform(low, high, (CROWD, start.size))
    level = miss(surrogate.predict(here))
    for _ in range(SEARCH_STEPS):
        # Two other points of the crowd: their difference is the step, so that steps shrink as it
        # gathers.
        a, b = here[rng.permutation(CROWD)], here[rng.permutation(CROWD)]
        best = here[np.argsort(level)[:8]][rng.integers(8, size=CROWD)]
        pace = rng.uniform(0.2, 0.9, (CROWD, 1))
        some = rng.random(here.shape) < rng.choice([0.2, 0.6, 0.9])
        moved = (
            here
            + pace * (best - here) * rng.integers(0, 2, (CROWD, 1))
            + pace * (a - b)
            + rng.normal(0.0, 0.01, here.shape)
        )
        there = np.clip(np.where(some, moved, here), low, high)
        ahead = miss(surrogate.predict(there))
        better = ahead < level
        here, level = np.where(better[:, None], there, here), np.where(better, ahead, level)
    return np.asarray(here[np.argmin(level)])
