"""Tie lists: a few slots per resident, filled from the left, empty slots hold the number of
residents.

`neighbour` uint32, `kind` uint8 and `since` int16 (week) are (n_residents, slots). Every tie stands
in both lists, with the same kind and week.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.engine.columns import Columns
from sim.engine.kernels import loop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# As many as almost anybody has: household, friends, work and groups together. A list that is full
# takes no more, which `add_tie` says.
TIE_SLOTS = 14


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ties(Columns):
    """All tie lists of a town; weeks before the start are negative."""

    neighbour: NDArray[np.uint32]
    kind: NDArray[np.uint8]
    since: NDArray[np.int16]


@loop
def count_ties(ties: Ties, a: int) -> int:
    """Filled slots of resident a."""
    empty = ties.neighbour.shape[0]
    filled = 0
    while filled < ties.neighbour.shape[1] and ties.neighbour[a, filled] != empty:
        filled += 1
    return filled


@loop
def are_tied(ties: Ties, a: int, b: int) -> bool:
    """Whether resident b is in the list of a."""
    slot = 0
    while slot < ties.neighbour.shape[1] and ties.neighbour[a, slot] != b:
        slot += 1
    # An empty slot holds the number of residents: asked for that number, it is no tie.
    return bool(slot < ties.neighbour.shape[1] and b < ties.neighbour.shape[0])


@loop
def add_tie(ties: Ties, a: int, b: int, tie_kind: int, week: int) -> bool:
    """Tie a and b; False, and nothing changed, if either list is full, they are tied already or are
    one person.
    """
    slots = ties.neighbour.shape[1]
    # Both are counted before either is written, so that a full list leaves no half of a tie.
    at_a = count_ties(ties, a)
    at_b = count_ties(ties, b)
    if a == b or max(at_a, at_b) == slots or are_tied(ties, a, b):
        return False
    ties.neighbour[a, at_a] = b
    ties.neighbour[b, at_b] = a
    ties.kind[a, at_a] = tie_kind
    ties.kind[b, at_b] = tie_kind
    ties.since[a, at_a] = week
    ties.since[b, at_b] = week
    return True


@loop
def drop_from_list(ties: Ties, a: int, b: int) -> bool:
    """Take b out of the list of a only; the last filled slot moves into the gap."""
    last = count_ties(ties, a) - 1
    for slot in range(last + 1):
        if ties.neighbour[a, slot] == b:
            # The gap is closed by the last: order means nothing, and lists stay filled from the
            # left.
            ties.neighbour[a, slot] = ties.neighbour[a, last]
            ties.kind[a, slot] = ties.kind[a, last]
            ties.since[a, slot] = ties.since[a, last]
            ties.neighbour[a, last] = ties.neighbour.shape[0]
            ties.kind[a, last] = 0
            ties.since[a, last] = 0
            return True
    return False


@loop
def remove_tie(ties: Ties, a: int, b: int) -> bool:
    """End the tie between a and b in both lists; False if there was none."""
    # A tie stands in both lists or in none, so where one lacks it the other need not be searched.
    if not drop_from_list(ties, a, b):
        return False
    return drop_from_list(ties, b, a)


@loop
def tie_circles(
    ties: Ties,
    members: NDArray[np.uint32],
    circle: NDArray[np.uint32],
    weeks: NDArray[np.int16],
    tie_kind: int,
    most: int,
) -> None:
    """Tie all members of a circle to each other (runs of one value in `circle`), up to `most` ties
    each.

    A tie begins with the later of its two members' `weeks`. Circles above six are rings, tied to
    the next two on either side, so that nobody has more than five of them.
    """
    start = 0
    while start < members.size:
        stop = start + 1
        while stop < members.size and circle[stop] == circle[start]:
            stop += 1
        for i in range(start, stop):
            for j in range(i + 1, stop):
                # A clique of a large family or workplace would fill everybody's list with people
                # they hardly know.
                if stop - start > 6 and 2 < j - i < stop - start - 2:
                    continue
                a = members[i]
                b = members[j]
                if count_ties(ties, a) < most and count_ties(ties, b) < most:
                    add_tie(ties, a, b, tie_kind, max(weeks[i], weeks[j]))
        start = stop
