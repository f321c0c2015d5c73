"""Districts in which no table counts a group: there it is as common as in the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.places.population.grid import FIXED_DIMENSIONS
from sim.places.population.raking import rake

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sim.places.areas import Areas
    from sim.places.population.families import Family
    from sim.places.population.grid import Grid
    from sim.places.population.margins import Fitted
    from sim.places.population.raking import Raked

RARE = 1e-9
"""Share of a group that no counted district has, in the others."""


def find_uncounted(
    families: Sequence[Family], grid: Grid, areas: Areas
) -> dict[str, tuple[int, ...]]:
    """By group, or work or insurance, positions of the districts in which no table counts it.

    Those that are counted everywhere, in the whole place, or nowhere at all are left out.
    """
    found = {}
    for name in grid.dimensions:
        cells = [cell for one in families if name in one.by for cell in one.cells]
        counted = {cell.area for cell in cells if cell.value is not None}
        whole = any(areas.level(area) == "place" for area in counted)
        rest = tuple(k for k, code in enumerate(grid.districts) if code not in counted)
        if counted and rest and not whole:
            found[name] = rest
    return found


def rake_alike(
    seed: NDArray[np.float64],
    margins: Sequence[Fitted],
    grid: Grid,
    uncounted: Mapping[str, Sequence[int]],
) -> Raked:
    """Fit to margins; groups of districts that none counts have the shares of all counted ones."""
    told = [one.margin for one in margins]
    # Fitted once without the guess: what the counted districts say is known only after that.
    raked = rake(seed, told)
    groups = {name: rest for name, rest in uncounted.items() if name not in FIXED_DIMENSIONS}
    for name, rest in groups.items():
        axis = grid.axis(name)
        others = [k for k in range(len(grid.districts)) if k not in set(rest)]
        counts = raked.table[others].sum(axis=tuple(k for k in range(seed.ndim) if k != axis))
        shape = [1] * seed.ndim
        shape[axis] = counts.size
        seed = seed.copy()
        # Never 0: a group that is rare elsewhere may still be here, where another table says so.
        seed[list(rest)] *= np.maximum(counts / counts.sum(), RARE).reshape(shape)
    return rake(seed, told) if groups else raked
