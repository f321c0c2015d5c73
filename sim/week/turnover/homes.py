"""Homes as lists of those who live in them, so that somebody can leave one and join another.

Homes hold everybody who would live there had nobody died by suicide, so that they are the same in
every scenario: what a scenario changes (deaths by suicide, ties) never decides who lives with whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.columns import Columns
from sim.engine.kernels import inner, loop
from sim.society.ageing.life_course import GENERATION
from sim.state.codes import TieKind
from sim.state.ties import TIE_SLOTS, add_tie, remove_tie

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.state.residents import Residents

NOBODY = -1
"""End of a list."""
MOST_CHILDREN, LARGEST = 250, 255
"""The columns of residents hold no more."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Homes(Columns):
    """Homes by number (n_residents,), as many as there can be.

    first: row of one who lives there; members: how many rows; children: under 12, who have no row;
    oldest: age in years; elders: rows of the generation of the oldest. after: by row, the next who
    lives in the same home.
    """

    first: NDArray[np.int64]
    after: NDArray[np.int64]
    members: NDArray[np.int64]
    children: NDArray[np.int64]
    oldest: NDArray[np.float64]
    elders: NDArray[np.int64]


def list_homes(r: Residents, kept: Homes | None = None) -> Homes:
    """The homes of all residents, in the memory of `kept` where that is of this size."""
    count = r.key.size
    if kept is not None and kept.first.size == count:
        homes = kept
    else:
        first, after, members, children, elders = (np.empty(count, np.int64) for _ in range(5))
        homes = Homes(first, after, members, children, np.empty(count), elders)
    fill_homes(r, homes)
    return homes


@loop
def fill_homes(r, homes):
    """Enter everybody in the list of their home."""
    for home in range(r.key.size):
        homes.first[home] = homes.after[home] = NOBODY
        homes.members[home] = homes.children[home] = homes.elders[home] = 0
        homes.oldest[home] = 0.0
    for row in range(r.key.size):
        # Backwards, so that lists are in the order of rows.
        i = r.key.size - 1 - row
        home = r.household[i]
        homes.after[i] = homes.first[home]
        homes.first[home] = i
        homes.members[home] += 1
        homes.children[home] = r.under_12[i]
        homes.oldest[home] = max(homes.oldest[home], float(r.age[i]))
    # Only when the oldest of every home is known.
    for i in range(r.key.size):
        home = r.household[i]
        homes.elders[home] += 1 if homes.oldest[home] - float(r.age[i]) < GENERATION else 0


@inner
def end_home_tie(i, other, ties):
    """End the tie of two who lived together; those who were friends before stay friends."""
    for slot in range(TIE_SLOTS):
        if ties.neighbour[i, slot] == other and ties.kind[i, slot] == TieKind.HOME:
            remove_tie(ties, i, other)
            return


@inner
def leave_home(i, r, ties, homes):
    """Take resident i out of a home; children under 12 go along where nobody else stays.

    Returns how many go along.
    """
    home = int(r.household[i])
    before, other = NOBODY, homes.first[home]
    while other != NOBODY:
        if other != i:
            end_home_tie(i, other, ties)
        elif before == NOBODY:
            homes.first[home] = homes.after[i]
        else:
            homes.after[before] = homes.after[i]
        before = other if other != i else before
        other = homes.after[other]
    homes.after[i] = NOBODY
    homes.members[home] -= 1
    homes.elders[home] -= 1 if homes.oldest[home] - float(r.age[i]) < GENERATION else 0
    # Children under 12 have no row: they stay as long as anybody does.
    if homes.members[home] > 0:
        return 0
    children = homes.children[home]
    homes.children[home] = 0
    homes.oldest[home] = 0.0
    homes.elders[home] = 0
    return children


@inner
def share_circumstances(i, of_home, r):
    """Let resident i be in the circumstances of a home, in the place of those of another."""
    r.circumstances[i] = float(r.circumstances[i]) - float(r.home_circumstances[i]) + float(of_home)
    r.home_circumstances[i] = of_home


@inner
def join_home(i, home, children, r, ties, homes, week_number):
    """Let resident i live in a home, with everybody in it and so many children under 12 of their
    own.
    """
    other = homes.first[home]
    if other != NOBODY:
        share_circumstances(i, r.home_circumstances[other], r)
    while other != NOBODY:
        add_tie(ties, i, other, TieKind.HOME, week_number)
        other = homes.after[other]
    r.household[i] = home
    homes.after[i] = homes.first[home]
    homes.first[home] = i
    homes.members[home] += 1
    homes.children[home] += children
    homes.elders[home] += 1 if homes.oldest[home] - float(r.age[i]) < GENERATION else 0
    homes.oldest[home] = max(homes.oldest[home], float(r.age[i]))


@inner
def find_empty(homes, start):
    """Number of an empty home, from `start` on and round."""
    home = start
    # Round, because numbers of homes that became empty lie anywhere.
    while homes.members[home] > 0:
        home = home + 1 if home + 1 < homes.members.size else 0
    return home


@loop
def note_homes(r, homes):
    """Write down for everybody who lives at home: how many, alone or not; those who died do not
    count.
    """
    for i in range(r.key.size):
        home = int(r.household[i])
        living, other = 0, homes.first[home]
        while other != NOBODY:
            # Who died by suicide stays a member (see above) and is not at home.
            living += int(r.alive[other])
            other = homes.after[other]
        r.under_12[i] = min(homes.children[home], MOST_CHILDREN)
        r.household_size[i] = min(living + homes.children[home], LARGEST)
        r.alone[i] = 1 if r.household_size[i] <= 1 else 0
