"""Tie lists: a few slots per resident, filled from the left, empty slots hold the number of residents.

`neighbour` uint32, `kind` uint8 and `since` int16 (week) are (n_residents, slots). Every tie stands in
both lists, with the same kind and week.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.compiled import loop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TIE_SLOTS = 14
NO_TIE, HOME, FRIEND, WORK, GROUP = 0, 1, 2, 3, 4
"""Kinds of ties: none, household, friend, work or school, made in a group."""


class Ties(NamedTuple):
    """All tie lists of a town; weeks before the start are negative."""

    neighbour: NDArray[np.uint32]
    kind: NDArray[np.uint8]
    since: NDArray[np.int16]


@loop
def count_ties(neighbour: NDArray[np.uint32], a: int) -> int:
    """Filled slots of resident a."""
    empty = neighbour.shape[0]
    filled = 0
    while filled < neighbour.shape[1] and neighbour[a, filled] != empty:
        filled += 1
    return filled


@loop
def are_tied(neighbour: NDArray[np.uint32], a: int, b: int) -> bool:
    """Whether resident b is in the list of a."""
    slot = 0
    while slot < neighbour.shape[1] and neighbour[a, slot] != b:
        slot += 1
    return bool(slot < neighbour.shape[1] and b < neighbour.shape[0])


@loop
def add_tie(
    neighbour: NDArray[np.uint32], kind: NDArray[np.uint8], since: NDArray[np.int16], a: int, b: int, tie_kind: int, week: int
) -> bool:
    """Tie a and b; False, and nothing changed, if either list is full, they are tied already or are one person."""
    slots = neighbour.shape[1]
    at_a = count_ties(neighbour, a)
    at_b = count_ties(neighbour, b)
    if a == b or max(at_a, at_b) == slots or are_tied(neighbour, a, b):
        return False
    neighbour[a, at_a] = b
    neighbour[b, at_b] = a
    kind[a, at_a] = tie_kind
    kind[b, at_b] = tie_kind
    since[a, at_a] = week
    since[b, at_b] = week
    return True


@loop
def drop_from_list(neighbour: NDArray[np.uint32], kind: NDArray[np.uint8], since: NDArray[np.int16], a: int, b: int) -> bool:
    """Take b out of the list of a only; the last filled slot moves into the gap."""
    last = count_ties(neighbour, a) - 1
    for slot in range(last + 1):
        if neighbour[a, slot] == b:
            neighbour[a, slot] = neighbour[a, last]
            kind[a, slot] = kind[a, last]
            since[a, slot] = since[a, last]
            neighbour[a, last] = neighbour.shape[0]
            kind[a, last] = 0
            since[a, last] = 0
            return True
    return False


@loop
def remove_tie(neighbour: NDArray[np.uint32], kind: NDArray[np.uint8], since: NDArray[np.int16], a: int, b: int) -> bool:
    """End the tie between a and b in both lists; False if there was none."""
    if not drop_from_list(neighbour, kind, since, a, b):
        return False
    return drop_from_list(neighbour, kind, since, b, a)


@loop
def tie_circles(
    neighbour: NDArray[np.uint32],
    kind: NDArray[np.uint8],
    since: NDArray[np.int16],
    members: NDArray[np.uint32],
    circle: NDArray[np.uint32],
    weeks: NDArray[np.int16],
    tie_kind: int,
    most: int,
) -> None:
    """Tie all members of a circle to each other (runs of one value in `circle`), up to `most` ties each.

    A tie begins with the later of its two members' `weeks`. Circles above six are rings, tied to the next two
    on either side, so that nobody has more than five of them.
    """
    start = 0
    while start < members.size:
        stop = start + 1
        while stop < members.size and circle[stop] == circle[start]:
            stop += 1
        for i in range(start, stop):
            for j in range(i + 1, stop):
                if stop - start > 6 and 2 < j - i < stop - start - 2:
                    continue
                a = members[i]
                b = members[j]
                if count_ties(neighbour, a) < most and count_ties(neighbour, b) < most:
                    add_tie(neighbour, kind, since, a, b, tie_kind, max(weeks[i], weeks[j]))
        start = stop
