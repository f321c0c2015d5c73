"""Who leaves: homes that move away and are followed by others like them, and people whose place in
the town becomes free.
"""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import loop, rule
from sim.engine.random import ALONE, uniforms
from sim.society.ages import YOUNGEST
from sim.state.draw_streams import Stream

STAYS, MOVES, LEAVES = 0, 1, 2
"""What becomes of a row: nothing; its home moves away and another like it moves in; its place
becomes free.
"""
WHOLE_HOME = np.uint64(1)
"""Partner of the draws that all who live together share."""


@rule
def expect_move(oldest, p):
    """Chance at a turnover that a home moves away: higher while the oldest in it is young."""
    return p.moving * (p.moving_young if oldest < p.moving_young_until else 1.0)


@rule
def find_year(age, years):
    """Row of an age in the tables of the life course."""
    return min(max(int(age) - YOUNGEST, 0), years - 1)


@loop
def depart(r, homes, course, t, p, fate):
    """Decide what becomes of every row, into `fate` (n,): by age and chance alone, so that it is
    the same in every scenario. Those who died leave a place behind.
    """
    last, moves = -1, False
    for i in range(r.key.size):
        home = int(r.household[i])
        if home != last:  # those who live together mostly stand together: one draw for them
            chance, _, _, _ = uniforms(home, t.week, Stream.TURN, WHOLE_HOME, t.seed)
            # By home: everybody who lives together moves together, or families would be torn apart.
            last, moves = home, chance < expect_move(homes.oldest[home], p)
        fate[i] = MOVES if moves else STAYS
        leaving = course.leaving[find_year(float(r.age[i]), course.leaving.size)] * t.share
        # Places of those who died come first: a home that moves does not take the dead along.
        if r.vacated[i] == 1:
            fate[i] = LEAVES
        elif leaving > 0.0:
            chance, _, _, _ = uniforms(r.key[i], t.week, Stream.TURN, ALONE, t.seed)
            if chance < leaving:
                fate[i] = LEAVES
