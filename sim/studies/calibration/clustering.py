"""How depression and loneliness cluster along the ties of a town: one, two and three steps away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import loop
from sim.society.ages import ADULT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.world import World

STEPS = 3


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
    return compare_steps(world.ties.neighbour, adult, adult & having)


def compare_steps(
    neighbour: NDArray[np.uint32], adult: NDArray[np.bool_], ill: NDArray[np.bool_]
) -> tuple[float, ...]:
    """The same from the ties of everybody (n, slots), empty slots holding n, and flags (n,)."""
    met, found = np.zeros(STEPS), np.zeros(STEPS)
    count_away(neighbour, adult, ill, met, found)
    base = float(ill[adult].mean())
    return tuple(
        float(ill_there / there / base) if there else float("nan")
        for there, ill_there in zip(met, found, strict=True)
    )


@loop
def count_away(
    neighbour: NDArray[np.uint32],
    adult: NDArray[np.bool_],
    ill: NDArray[np.bool_],
    met: NDArray[np.float64],
    found: NDArray[np.float64],
) -> None:
    """Count adults, into `met` (steps,), and the ill among them, into `found`, by how far they are
    from each of the ill.
    """
    count, slots = neighbour.shape
    seen_from, reached = np.full(count, -1, np.int64), np.empty(count, np.int64)
    for ego in range(count):
        if not ill[ego]:
            continue
        # The ill themselves are no distance away from anybody.
        seen_from[ego], reached[0] = ego, ego
        first, last = 0, 1
        for step in range(met.size):
            end = last
            for k in range(first, end):
                for slot in range(slots):
                    other = int(neighbour[reached[k], slot])
                    # Counted at the nearest distance only, as in the study that is compared with.
                    if other == count or seen_from[other] == ego:
                        continue
                    seen_from[other], reached[last] = ego, other
                    last += 1
                    met[step] += 1.0 if adult[other] else 0.0
                    found[step] += 1.0 if ill[other] else 0.0
            first = end
