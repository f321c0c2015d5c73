"""Friends: every resident has seats in small circles; seats that lie near in place and age are one
circle.

A seat starts at its owner's address and is moved: a heavy-tailed step within the neighbourhood, or,
for some, to the address of somebody anywhere in town with a like income. Blocks of addresses then
seat people by age.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.engine.random import stream
from sim.evidence.society import FIFTHS
from sim.society.ages import ADULT, YOUNGEST
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from sim.evidence.society import Friendships

SORTED_TOGETHER = 128
"""Addresses that share a block: machinery, small beside a neighbourhood and large beside a
circle.
"""
BLOCKS_OF_TEENAGERS = 8
"""Blocks that teenagers gather from, being few: about a school's catchment of a thousand
addresses.
"""
CIRCLES = (4, 3, 2)
"""Sizes of circles; what does not fill the larger ones goes to the smaller."""
AREA_APART, BLOCK_APART, FARTHEST_AGE = 1e9, 1e3, (-90.0, 290.0)
"""The sorting key of a seat: neighbourhoods lie further apart than blocks, and these than any
likeness in age.
"""


class Acquaintance(NamedTuple):
    """What draws people together; arrays (n_residents,), rows in order of address."""

    age: NDArray[np.float32]
    neighbourhood: NDArray[np.uint8]
    income: NDArray[np.uint8]
    vulnerability: NDArray[np.float64]
    within_neighbourhood: float


Circles = tuple["NDArray[np.uint32]", "NDArray[np.uint32]", "NDArray[np.int16]"]


def gather_friends(
    people: Acquaintance, p: Friendships, network: str, seed: int
) -> Iterator[Circles]:
    """Members, circle number and week of beginning (negative), in order of circle, for circles of
    four, three and two.
    """
    if network not in {"circles", "random"}:
        raise ValueError(f"unknown network {network!r}: circles or random")
    wished = draw_friends(people.age.size, p.friends, seed)
    friends = keep_some(wished, 1.0 - p.friends_missing, seed)
    if network == "random":
        yield _pair_at_random(people, friends, p, seed)
        return
    rng = stream(seed, "society.ties.circles")
    # Square roots favour large circles: close friends mostly know each other.
    chance = np.sqrt(rng.random((2, friends.size)))
    fours = (chance[0] * (friends // 3 + 1)).astype(np.int64)
    left = friends - 3 * fours
    threes = (chance[1] * (left // 2 + 1)).astype(np.int64)
    for size, seats in zip(CIRCLES, (fours, threes, left - 2 * threes), strict=True):
        owners = np.repeat(np.arange(friends.size), seats)
        if owners.size >= size:
            yield _close_circles(
                people, owners[np.argsort(_seat_people(people, owners, p, rng))], size, p, rng
            )


def draw_friends(residents: int, shares: Sequence[float], seed: int) -> NDArray[np.int64]:
    """How many close friends each resident would have, by the share of residents with each number
    from 0.
    """
    chance = stream(seed, "society.ties.friends").random(residents)
    return np.searchsorted(np.cumsum(shares)[:-1] / sum(shares), chance, side="right")


def keep_some(friends: NDArray[np.int64], share: float, seed: int) -> NDArray[np.int64]:
    """How many of the friends that they would have people have at a time: some were lost and not
    replaced yet.
    """
    return stream(seed, "society.ties.missing").binomial(friends, share)


def _seat_people(
    people: Acquaintance, owners: NDArray[np.int64], p: Friendships, rng: np.random.Generator
) -> NDArray[np.float64]:
    """A sorting key per seat: neighbourhood, block and age, each where the seat has moved to."""
    area = people.neighbourhood
    start = np.searchsorted(area, np.arange(int(area[-1]) + 2))
    length = np.diff(start)
    home = area[owners]
    step = (
        p.friend_reach
        * (1.0 / rng.random(owners.size) - 1.0)
        * np.where(rng.random(owners.size) < 0.5, -1.0, 1.0)
    )
    # Around within the neighbourhood: at its border people have as many friends as in its middle.
    at = start[home] + np.mod(owners - start[home] + step, np.maximum(length[home], 1)).astype(
        np.int64
    )
    at = np.minimum(at, start[home + 1] - 1)
    away = np.flatnonzero(
        rng.random(owners.size) < _wandering(length / area.size, people.within_neighbourhood)
    )
    at[away] = _visit_alike(people.income, owners[away], rng)
    there = area[at]
    like = _say_alike(people, owners, p, rng)
    block = (at - start[there]) // SORTED_TOGETHER
    # Teenagers are few: from a single block they would not fill a circle of their age.
    block -= np.where(people.age[owners] < ADULT, block % BLOCKS_OF_TEENAGERS, 0)
    key: NDArray[np.float64] = (there * (AREA_APART / BLOCK_APART) + block) * BLOCK_APART + like
    return key


def _say_alike(
    people: Acquaintance, owners: NDArray[np.int64], p: Friendships, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Age at which each seat is taken: those who differ in age meet if alike in other things."""
    # Teenagers choose within a year or so, adults within about ten.
    spread = np.clip(
        p.friend_age + p.friend_age_rise * (people.age[owners] - YOUNGEST),
        p.friend_age,
        p.friend_age_most,
    )
    like = people.age[owners] + spread * (
        rng.standard_normal(owners.size)
        + p.friend_income * people.income[owners]
        # Age and income make people less vulnerable: so that friends who differ in these are alike
        # in distress, and not the further apart, the vulnerable sit with the younger and poorer.
        - p.friend_vulnerability * people.vulnerability[owners]
    )
    return np.asarray(np.clip(like, *FARTHEST_AGE))


def _wandering(shares: NDArray[np.float64], within: float) -> float:
    """The share of seats that leave home such that `within` of all ties join residents of one
    neighbourhood.
    """
    by_chance = float(np.sum(shares**2))
    if by_chance >= 1.0:
        return 0.0
    # Both friends of a tie may have moved, so that the share at home enters as its square.
    return 1.0 - float(np.sqrt(min(1.0, max(0.0, (within - by_chance) / (1.0 - by_chance)))))


def _visit_alike(
    income: NDArray[np.uint8], owners: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """A row anywhere in town in the owner's income fifth."""
    order = np.argsort(income, kind="stable")
    first = np.searchsorted(income[order], np.arange(len(FIFTHS) + 1))
    low, high = first[income[owners]], first[income[owners] + 1]
    return order[low + (rng.random(owners.size) * (high - low)).astype(np.int64)]


def _close_circles(
    people: Acquaintance,
    seated: NDArray[np.int64],
    size: int,
    p: Friendships,
    rng: np.random.Generator,
) -> Circles:
    """Cut a row of seats into circles of one size; what is left over stays alone."""
    count = seated.size // size
    members = seated[: count * size]
    circle = np.repeat(np.arange(count, dtype=np.uint32), size)
    years = p.friend_years * rng.standard_exponential(count)[circle]
    # A friendship is no older than the younger of the two could make it.
    weeks = -WEEKS_PER_YEAR * np.minimum(years, people.age[members] - p.friend_from)
    return members.astype(np.uint32), circle, weeks.astype(np.int16)


def _pair_at_random(
    people: Acquaintance, friends: NDArray[np.int64], p: Friendships, seed: int
) -> Circles:
    """The same numbers of friends, drawn from the whole town without regard to age or address."""
    rng = stream(seed, "society.ties.random")
    return _close_circles(
        people, rng.permutation(np.repeat(np.arange(friends.size), friends)), CIRCLES[-1], p, rng
    )
