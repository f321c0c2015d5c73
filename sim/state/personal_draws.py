"""What is drawn for a person once: by a key that is theirs, so that it is the same whoever else is
drawn with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.random import ALONE, draw_for, name_key, normals_for, seed_words
from sim.state.draw_streams import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Keys = NDArray[np.uint32]
    Reals = NDArray[np.float64]

MOST_EVENTS = 250
"""A count of events ends here."""


def draw_lots(keys: Keys, name: str, seed: int) -> Reals:
    """Uniform chances (n, 4) of people, by the name of what is decided."""
    # Named by what is decided: a new decision takes no chance from those that are there.
    return draw_for(keys, ALONE, Stream.PERSON, np.uint64(name_key(name)), seed_words(seed))


def draw_normals(keys: Keys, name: str, seed: int) -> Reals:
    """Standard normals (n,) of people, by the name of what is decided."""
    return normals_for(keys, ALONE, Stream.PERSON, np.uint64(name_key(name)), seed_words(seed))


def draw_vulnerability(keys: Keys, household: Keys, alike: float, seed: int) -> Reals:
    """Vulnerability (n,), standard normal; a share `alike` of its variance is that of the
    household.
    """
    home = draw_normals(household, "vulnerability at home", seed)
    return np.asarray(
        np.sqrt(alike) * home + np.sqrt(1.0 - alike) * draw_normals(keys, "vulnerability", seed)
    )


def draw_numbers(keys: Keys, shares: Sequence[float], name: str, seed: int) -> NDArray[np.int64]:
    """A number from 0 for everybody, by the share of people with each."""
    # The last share is what is left: rounding of the sum must not make a number beyond the end.
    # From the right, so that a number with a share of 0 is never drawn.
    return np.searchsorted(
        np.cumsum(shares)[:-1] / sum(shares), draw_lots(keys, name, seed)[:, 0], side="right"
    )


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
