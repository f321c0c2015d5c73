"""Solve for levers: Broyden's steps within bounds, on the mean of an ensemble with common random
numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

PROBE = 0.12
"""First step along each lever, of a range that goes from 0 to 1."""
LARGEST_STEP = 0.35
SOLVING_STEPS = 6
CLOSE_ENOUGH = 0.35
"""Largest miss, in tolerances, at which nothing more is to be gained."""
FIRM = 1e-3
"""Keeps steps short along directions that figures hardly tell (ridge)."""


class Solution(NamedTuple):
    """Levers from 0 to 1, misses in tolerances there, the slope of misses by levers, and how
    often towns were run.
    """

    levers: Vector
    misses: Vector
    slope: NDArray[np.float64]
    evaluations: int


def solve(miss: Callable[[Vector], Vector], start: Vector) -> Solution:
    """Levers at which misses are smallest; `miss` gives (figures,) in tolerances for levers from 0
    to 1 (levers,).

    The slope is measured once by a step along each lever and kept up by Broyden's rule (Broyden
    1965); a step that makes things worse is not taken, and tells about the slope.
    """
    here, found = start.copy(), miss(start)
    used = 1
    slope = np.zeros((found.size, start.size))
    for k in range(start.size):
        # Inwards where a step up would leave the range.
        probe = PROBE if here[k] + PROBE <= 1.0 else -PROBE
        there = here.copy()
        there[k] += probe
        slope[:, k] = (miss(there) - found) / probe
        used += 1
    for _ in range(SOLVING_STEPS):
        if float(np.abs(found).max()) < CLOSE_ENOUGH:
            break
        step = _step(slope, found, here)
        if float(np.abs(step).max()) < 1e-3:
            break
        there = np.clip(here + step, 0.0, 1.0)
        new = miss(there)
        used += 1
        moved = there - here
        # Also of a step that is not taken: its towns were run, and tell about the slope.
        if (length := float(moved @ moved)) > 0:
            slope += np.outer(new - found - slope @ moved, moved) / length
        if float(new @ new) < float(found @ found):
            here, found = there, new
    return Solution(here, found, slope, used)


def _step(slope: NDArray[np.float64], found: Vector, here: Vector) -> Vector:
    """The step of least squares, with levers that would leave their range held at its end."""
    free = np.ones(here.size, bool)
    step = np.zeros(here.size)
    for _ in range(here.size):
        part = slope[:, free]
        left = found + slope[:, ~free] @ step[~free]
        step[free] = -np.linalg.solve(part.T @ part + FIRM * np.eye(int(free.sum())), part.T @ left)
        step = np.clip(step, -LARGEST_STEP, LARGEST_STEP)
        out = free & ((here + step < 0.0) | (here + step > 1.0))
        if not out.any():
            break
        step[out] = np.clip(here + step, 0.0, 1.0)[out] - here[out]
        free &= ~out
        if not free.any():
            break
    return step


def effective_size(log_weights: Vector) -> float:
    """Effective number of draws of some with unequal weights (Kish)."""
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum())
