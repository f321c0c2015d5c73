"""Where households stand: neighbourhoods of the declared shares, streets, and the income that goes
with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.random import stream
from sim.evidence.society import FIFTHS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.evidence.society import Incomes
    from sim.scenario.schema.people import Neighbourhood
    from sim.society.households import Homes


def locate_households(homes: Homes, neighbourhoods: Sequence[Neighbourhood]) -> NDArray[np.uint8]:
    """Neighbourhood of every resident (index in declared order), ascending: households in row order
    fill one after the other.
    """
    residents = homes.household.size
    shares = np.array([one.share for one in neighbourhoods], dtype=np.float64)
    borders = np.cumsum(shares / shares.sum())[:-1] * residents
    members = np.bincount(homes.household, minlength=homes.households)
    # By the middle of a home: a border never cuts through one.
    middle = np.cumsum(members) - members / 2.0
    return np.searchsorted(borders, middle).astype(np.uint8)[homes.household]


def rank_incomes(
    homes: Homes,
    neighbourhood: NDArray[np.uint8],
    neighbourhoods: Sequence[Neighbourhood],
    p: Incomes,
    seed: int,
) -> NDArray[np.uint8]:
    """Income fifth (0 poorest to 4) of every resident: one per household, lower where deprivation
    is higher, alike along a street.
    """
    rng = stream(seed, "society.incomes")
    count = homes.households
    first = np.searchsorted(homes.household, np.arange(count, dtype=np.uint32))
    deprivation = np.array([one.deprivation for one in neighbourhoods], dtype=np.float64)
    street = max(1, round(p.street))
    # Neighbours on a street are alike in income beyond what the neighbourhood explains.
    streets = rng.standard_normal(count // street + 1)
    wealth = (
        p.household_sd * rng.standard_normal(count)
        - p.deprivation * deprivation[neighbourhood[first]]
    )
    wealth += p.street_sd * streets[np.arange(count) // street]
    # Households earn least around their beginnings and after work ends.
    wealth -= p.lean_years * ((homes.age[first] < p.lean_until) | (homes.age[first] >= p.lean_from))
    members = np.bincount(homes.household, minlength=count)
    order = np.argsort(wealth, kind="stable")
    middle = np.cumsum(members[order]) - members[order] / 2.0
    fifth = np.empty(count, dtype=np.uint8)
    fifth[order] = np.minimum(len(FIFTHS) * middle / homes.household.size, len(FIFTHS) - 1)
    return fifth[homes.household]
