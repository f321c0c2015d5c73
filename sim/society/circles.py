"""Friends: every resident has seats in small circles; seats that lie near in place and age are one circle.

A seat starts at its owner's address and is moved: a heavy-tailed step within the neighbourhood, or, for
some, to the address of somebody anywhere in town with a like income. Blocks of addresses then seat people by age.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.draws import stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# Share of residents by number of close friends from 0 to 9: of US adults 8-12% have none, 53% one to four and
# 38% five or more (records close_friends_none_2021 and _2023); the shape within these is an assumption.
FRIENDS = (0.088, 0.135, 0.215, 0.205, 0.150, 0.094, 0.058, 0.033, 0.016, 0.006)
# Addresses that share a block, and the step (rows) that half of the seats stay within.
BLOCK, STEP = 128, 60.0
# Mean age of a friendship in years: 48% of friends are kept over seven years (record tie_retention_7y).
YEARS_OF_FRIENDSHIP = 9.5
# One income fifth sets people apart like this share of the spread in age that they accept (assumption).
FIFTH_APART = 0.5
# Teenagers, being few, gather from this many blocks, about a school's catchment.
BLOCKS_OF_TEENAGERS = 8


class Acquaintance(NamedTuple):
    """What draws people together; arrays (n_residents,), rows in order of address."""

    age: NDArray[np.float32]
    neighbourhood: NDArray[np.uint8]
    income: NDArray[np.uint8]
    within_neighbourhood: float


Circles = tuple["NDArray[np.uint32]", "NDArray[np.uint32]", "NDArray[np.int16]"]


def gather_friends(people: Acquaintance, network: str, seed: int) -> Iterator[Circles]:
    """Members, circle number and week of beginning (negative), in order of circle, for circles of four, three and two."""
    if network not in {"circles", "random"}:
        raise ValueError(f"unknown network {network!r}: circles or random")
    friends = draw_friends(people.age.size, seed)
    if network == "random":
        yield _pair_at_random(people, friends, seed)
        return
    rng = stream(seed, "society.ties.circles")
    # Square roots favour large circles: close friends mostly know each other.
    chance = np.sqrt(rng.random((2, friends.size)))
    fours = (chance[0] * (friends // 3 + 1)).astype(np.int64)
    left = friends - 3 * fours
    threes = (chance[1] * (left // 2 + 1)).astype(np.int64)
    for size, seats in ((4, fours), (3, threes), (2, left - 2 * threes)):
        owners = np.repeat(np.arange(friends.size), seats)
        if owners.size >= size:
            yield _close_circles(people, owners[np.argsort(_seat_people(people, owners, rng))], size, rng)


def draw_friends(residents: int, seed: int) -> NDArray[np.int64]:
    """How many close friends each resident would have, 0 to 9."""
    chance = stream(seed, "society.ties.friends").random(residents)
    return np.searchsorted(np.cumsum(FRIENDS)[:-1], chance, side="right")


def _seat_people(people: Acquaintance, owners: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A sorting key per seat: neighbourhood, block and age, each where the seat has moved to."""
    area = people.neighbourhood
    start = np.searchsorted(area, np.arange(int(area[-1]) + 2))
    length = np.diff(start)
    home = area[owners]
    step = STEP * (1.0 / rng.random(owners.size) - 1.0) * np.where(rng.random(owners.size) < 0.5, -1.0, 1.0)
    at = start[home] + np.mod(owners - start[home] + step, np.maximum(length[home], 1)).astype(np.int64)
    at = np.minimum(at, start[home + 1] - 1)
    away = np.flatnonzero(rng.random(owners.size) < _wandering(length / area.size, people.within_neighbourhood))
    at[away] = _visit_alike(people.income, owners[away], rng)
    there = area[at]
    # Teenagers choose within a year or so, adults within about ten.
    spread = np.clip(1.0 + 0.3 * (people.age[owners] - 12.0), 1.0, 10.0)
    like = people.age[owners] + spread * (rng.standard_normal(owners.size) + FIFTH_APART * people.income[owners])
    like = np.clip(like, -90.0, 290.0)
    block = (at - start[there]) // BLOCK
    block -= np.where(people.age[owners] < 18.0, block % BLOCKS_OF_TEENAGERS, 0)
    key: NDArray[np.float64] = (there * 1e6 + block) * 1000.0 + like
    return key


def _wandering(shares: NDArray[np.float64], within: float) -> float:
    """The share of seats that leave home such that `within` of all ties join residents of one neighbourhood."""
    by_chance = float(np.sum(shares**2))
    if by_chance >= 1.0:
        return 0.0
    return 1.0 - float(np.sqrt(min(1.0, max(0.0, (within - by_chance) / (1.0 - by_chance)))))


def _visit_alike(income: NDArray[np.uint8], owners: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A row anywhere in town in the owner's income fifth."""
    order = np.argsort(income, kind="stable")
    first = np.searchsorted(income[order], np.arange(6))
    low, high = first[income[owners]], first[income[owners] + 1]
    return order[low + (rng.random(owners.size) * (high - low)).astype(np.int64)]


def _close_circles(people: Acquaintance, seated: NDArray[np.int64], size: int, rng: np.random.Generator) -> Circles:
    """Cut a row of seats into circles of one size; what is left over stays alone."""
    count = seated.size // size
    members = seated[: count * size]
    circle = np.repeat(np.arange(count, dtype=np.uint32), size)
    years = YEARS_OF_FRIENDSHIP * rng.standard_exponential(count)[circle]
    weeks = -52.0 * np.minimum(years, people.age[members] - 6.0)
    return members.astype(np.uint32), circle, weeks.astype(np.int16)


def _pair_at_random(people: Acquaintance, friends: NDArray[np.int64], seed: int) -> Circles:
    """The same numbers of friends, drawn from the whole town without regard to age or address."""
    rng = stream(seed, "society.ties.random")
    return _close_circles(people, rng.permutation(np.repeat(np.arange(friends.size), friends)), 2, rng)
