"""What is drawn for a person once: by a key that is theirs, so that it is the same whoever else is
drawn with them.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.random import (
    ALONE,
    BLOCK,
    draw_each,
    draw_each_normal,
    draw_for,
    name_key,
    normals_for,
    seed_words,
)
from sim.state.draw_streams import Stream
from sim.units import split_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Keys = NDArray[np.uint32]
    Reals = NDArray[np.float64]

LOTS = ("severe", "psychotic", "gains", "history", "never seeks", "help before", "onset")
"""What chance decides for whoever comes to live in a town."""
NORMALS = (
    "vulnerability",
    "circumstances",
    "self feeding",
    "temperament",
    "frailty",
    "stigma",
    "knowledge",
    "responsiveness",
    "readiness",
)
"""What is drawn as a normal for them."""
MOST_EVENTS = 250
"""A count of events ends here."""


def draw_lots(keys: Keys, name: str, seed: int) -> Reals:
    """Uniform chances (n, 4) of people, by the name of what is decided."""
    # Named by what is decided: a new decision takes no chance from those that are there.
    return draw_for(keys, ALONE, Stream.PERSON, np.uint64(name_key(name)), seed_words(seed))


def draw_normals(keys: Keys, name: str, seed: int) -> Reals:
    """Standard normals (n,) of people, by the name of what is decided."""
    return normals_for(keys, ALONE, Stream.PERSON, np.uint64(name_key(name)), seed_words(seed))


class Draws:
    """What is drawn for some people, by the name of what is decided.

    A dozen newcomers get all of it at once, since a call for each name takes longer than their
    draws; of a whole town, what is not looked at yet would only take memory.
    """

    def __init__(self, keys: Keys, seed: int) -> None:
        self.keys, self.seed = keys, seed
        self._lots: dict[str, Reals] = {}
        self._normals: dict[str, Reals] = {}
        if keys.size <= BLOCK:
            given = keys, ALONE, Stream.PERSON
            words = seed_words(seed)
            self._lots = dict(zip(LOTS, draw_each(*given, _list_keys(LOTS), words), strict=True))
            normals = draw_each_normal(*given, _list_keys(NORMALS), words)
            self._normals = dict(zip(NORMALS, normals, strict=True))

    def lots(self, name: str) -> Reals:
        """Uniform chances (n, 4)."""
        known = self._lots.get(name)
        return draw_lots(self.keys, name, self.seed) if known is None else known

    def normals(self, name: str) -> Reals:
        """Standard normals (n,)."""
        known = self._normals.get(name)
        return draw_normals(self.keys, name, self.seed) if known is None else known


@cache
def _list_keys(names: tuple[str, ...]) -> NDArray[np.uint64]:
    return np.array([name_key(name) for name in names], np.uint64)


def draw_home(household: Keys, name: str, seed: int) -> Reals:
    """Standard normals (n,) that everybody of a household has in common, by the name of what is
    decided.
    """
    return draw_normals(household, f"{name} at home", seed)


def draw_alike(draws: Draws, household: Keys, name: str, shared: float) -> Reals:
    """Standard normals (n,), by the name of what is decided; a share `shared` of their variance is
    that of the household.
    """
    home, own = split_spread(1.0, shared)
    return home * draw_home(household, name, draws.seed) + own * draws.normals(name)


def draw_numbers(keys: Keys, shares: Sequence[float], name: str, seed: int) -> NDArray[np.int64]:
    """A number from 0 for everybody, by the share of people with each."""
    # The last share is what is left: rounding of the sum must not make a number beyond the end.
    # From the right, so that a number with a share of 0 is never drawn.
    return np.searchsorted(_add_shares(tuple(shares)), draw_lots(keys, name, seed)[:, 0], "right")


@lru_cache
def _add_shares(shares: tuple[float, ...]) -> Reals:
    """Shares added up, but for the last: looked up for every dozen of newcomers."""
    return np.cumsum(shares)[:-1] / sum(shares)


def count_events(expected: Reals, chance: Reals) -> NDArray[np.int64]:
    """Poisson numbers (n,) from uniform chances, MOST_EVENTS at most."""
    count = np.zeros(expected.size, np.int64)
    # Inversion, one uniform for each person: as many draws for every expectation, so that a
    # different mean moves nobody else's number.
    term = np.exp(-expected)
    left = chance - term
    while (left >= 0.0).any() and count.max(initial=0) < MOST_EVENTS:
        count += left >= 0.0
        # The next term of the distribution from the last: no factorials, which would overflow.
        term = term * expected / np.maximum(count, 1)
        left = np.where(left >= 0.0, left - term, left)
    return count
