"""How depression and loneliness cluster along the ties of a town: one, two and three steps away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.society.ages import ADULT

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from sim.week.world import World

STEPS = 3


def tabulate_ties(neighbour: NDArray[np.uint32]) -> csr_array:
    """Ties (n, n), 1 where two people know each other, from the lists of everybody (n, slots),
    empty slots holding n.
    """
    from scipy.sparse import csr_array  # heavy to import, needed by calibration alone

    count = neighbour.shape[0]
    rows, slots = np.nonzero(neighbour < count)
    ones = np.ones(rows.size, np.float32)
    return csr_array((ones, (rows, neighbour[rows, slots])), shape=(count, count))


def measure_clusters(world: World, having: NDArray[np.bool_]) -> tuple[float, ...]:
    """Share of adults who have something (a flag for each resident: symptoms of depression, or
    loneliness) among those 1, 2 and 3 steps away, and no nearer, from an adult who has it, to the
    share among all adults.

    NaN where nobody has it or nobody is there.
    """
    r = world.residents
    adult = (r.alive == 1) & (r.age >= ADULT)
    if not (adult & having).any():
        return (float("nan"),) * STEPS
    return compare_steps(tabulate_ties(world.ties.neighbour), adult, adult & having)


def compare_steps(
    ties: csr_array, adult: NDArray[np.bool_], ill: NDArray[np.bool_]
) -> tuple[float, ...]:
    """The same from a table of ties and flags of everybody (n,)."""
    base, egos = float(ill[adult].mean()), np.flatnonzero(ill)
    here = ties[egos]
    nearer = np.zeros(here.shape, bool)
    nearer[np.arange(egos.size), egos] = True
    # The ill themselves are no distance away from anybody.
    ratios = []
    for _ in range(STEPS):
        away = (here.toarray() > 0) & ~nearer
        met = away[:, adult].sum()
        ratios.append(float(away[:, ill].sum() / met / base) if met else float("nan"))
        # Everybody is counted at the nearest distance only, as in the study that is compared with.
        nearer |= away
        here = type(ties)(away.astype(np.float32)) @ ties
    return tuple(ratios)
