"""Who knows whom at the start: ties at home, at work or school, and among friends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.random import stream
from sim.society import friendships
from sim.society.households import CHILD
from sim.state.codes import Employment, TieKind
from sim.state.ties import TIE_SLOTS, Ties, tie_circles
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.evidence.society import Bonds, Society
    from sim.society.friendships import Acquaintance
    from sim.society.households import Homes

FREE_SLOTS = 2
"""Room kept free at the start for ties still to come."""
PLACE_APART, OLDEST = 1000.0, 900.0
"""The sorting key of people who meet: places lie further apart than any ages."""
CIRCLES_OF_TWO, PEOPLE = 2, 5
"""Who meets at a place forms circles of three and two in turn: two circles for each five people."""


def form_ties(
    homes: Homes,
    people: Acquaintance,
    employment: NDArray[np.uint8],
    place: NDArray[np.uint32],
    p: Society,
    network: str,
    seed: int,
) -> Ties:
    """All ties of the town before the first week; `network` is "circles" or "random" (friends
    only).

    Raises ValueError for another network.
    """
    n = people.age.size
    ties = Ties(
        np.full((n, TIE_SLOTS), n, dtype=np.uint32),
        np.zeros((n, TIE_SLOTS), dtype=np.uint8),
        np.zeros((n, TIE_SLOTS), dtype=np.int16),
    )
    # Full lists at the start would make every new friend impossible until somebody is lost.
    most = TIE_SLOTS - FREE_SLOTS
    home_weeks = _weeks_at_home(homes, p.bonds, seed)
    tie_circles(
        ties, np.arange(n, dtype=np.uint32), homes.household, home_weeks, TieKind.HOME, most
    )
    tie_circles(
        ties, *_meet_at_places(people.age, employment, place, p.bonds, seed), TieKind.WORK, most
    )
    for members, circle, weeks in friendships.gather_friends(people, p.friendships, network, seed):
        tie_circles(ties, members, circle, weeks, TieKind.FRIEND, most)
    return ties


def _weeks_at_home(homes: Homes, p: Bonds, seed: int) -> NDArray[np.int16]:
    """The week (negative) since which a resident has been at home: birth for children, the home's
    founding for the rest.

    A home is at least as old as its oldest child and not older than its founders' adult years
    allow.
    """
    rng = stream(seed, "society.ties.household")
    founded = np.minimum(
        p.together_years * rng.standard_exponential(homes.households), p.together_most
    )
    child = homes.role == CHILD
    # A home with a child of ten was there before ten years ago.
    np.maximum.at(founded, homes.household[child], homes.age[child].astype(np.float64) + 1.0)
    years = np.where(
        child,
        homes.age,
        np.minimum(founded[homes.household], np.maximum(homes.age - p.together_from, 0.0)),
    )
    return (-WEEKS_PER_YEAR * years).astype(np.int16)


def _meet_at_places(
    age: NDArray[np.float32],
    employment: NDArray[np.uint8],
    place: NDArray[np.uint32],
    p: Bonds,
    seed: int,
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.int16]]:
    """Members, circle and weeks of the threes and twos in turn that people of one place form, alike
    in age at school.
    """
    rng = stream(seed, "society.ties.places")
    rows = np.flatnonzero(place)
    student = employment[rows] == Employment.STUDENT
    like = age[rows] + np.where(student, p.classmate_age, p.colleague_age) * rng.standard_normal(
        rows.size
    )
    members = rows[
        np.argsort(place[rows] * PLACE_APART + np.clip(like, 0.0, OLDEST), kind="stable")
    ]
    here = place[members]
    first = np.searchsorted(here, here)
    rank = np.arange(members.size) - first
    # Ranks 0 1 2 | 3 4 | 5 6 7 | 8 9 ...: number of circles before a rank, unique across places by
    # adding the place's first row.
    circle = (first + rank * CIRCLES_OF_TWO // PEOPLE).astype(np.uint32)
    _, at = np.unique(circle, return_inverse=True)
    years = p.colleague_years * rng.standard_exponential(int(at[-1]) + 1 if at.size else 0)[at]
    cap = np.where(
        employment[members] == Employment.STUDENT,
        p.classmate_years,
        np.maximum(age[members] - p.colleague_from, 0.0),
    )
    return (
        members.astype(np.uint32),
        circle,
        (-WEEKS_PER_YEAR * np.minimum(years, cap)).astype(np.int16),
    )
