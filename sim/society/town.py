"""Build a town: everybody who lives in it and everybody they know, from a declaration and a
seed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.society.composition import (
    draw_groups,
    has_own_people,
    redraw_insurance,
    redraw_sex,
    redraw_work,
    settle_neighbourhoods,
)
from sim.society.demographics import draw_employment, draw_insurance, draw_online, draw_sex
from sim.society.friendships import Acquaintance, draw_friends
from sim.society.households import Homes, settle_households
from sim.society.initial_illness import TINY
from sim.society.neighbourhoods import locate_households, rank_incomes
from sim.society.network import form_ties
from sim.society.workplaces import assign_places
from sim.state.personal_draws import Draws, draw_alike
from sim.state.ties import Ties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.evidence.society import Society, Traits
    from sim.scenario.schema.people import Neighbourhood, Population


class Town(NamedTuple):
    """Residents in rows, in order of neighbourhood and address, households contiguous.

    Arrays are (n_residents,), those of ties (n_residents, TIE_SLOTS):
    age in years; female 0 or 1; neighbourhood, index in declared order; household, counted from 0;
    household_size, children under 12 included; alone 0 or 1; income fifth 0 (poorest) to 4;
    insurance 0 none, 1 public, 2 private; employment 0 not in work, 1 employed, 2 pupil or student,
    3 retired; place, school or employer counted from 1, 0 without; online 0 or 1;
    wished, friends that somebody would have;
    neighbour, row of the other, n_residents where empty; tie_kind 0 none, 1 household, 2 friend,
    3 work or school, 4 made in a group; tie_since, week, negative before the start;
    member, combination of the named groups, 0 where there are none.
    """

    age: NDArray[np.float32]
    female: NDArray[np.uint8]
    neighbourhood: NDArray[np.uint8]
    household: NDArray[np.uint32]
    household_size: NDArray[np.uint8]
    alone: NDArray[np.uint8]
    income: NDArray[np.uint8]
    insurance: NDArray[np.uint8]
    employment: NDArray[np.uint8]
    place: NDArray[np.uint32]
    online: NDArray[np.uint8]
    member: NDArray[np.uint16]
    wished: NDArray[np.uint8]
    neighbour: NDArray[np.uint32]
    tie_kind: NDArray[np.uint8]
    tie_since: NDArray[np.int16]

    @property
    def residents(self) -> int:
        """Number of residents."""
        return int(self.age.size)

    @property
    def ties(self) -> Ties:
        """The tie lists, as `tie_lists` and `tie_statistics` take them."""
        return Ties(self.neighbour, self.tie_kind, self.tie_since)


def _settle(
    population: Population, neighbourhoods: Mapping[str, Neighbourhood], p: Society, seed: int
) -> tuple[Homes, NDArray[np.uint8]]:
    """Households, and the neighbourhood of everybody."""
    if has_own_people(neighbourhoods):
        return settle_neighbourhoods(population, neighbourhoods, p.families, seed)
    homes = settle_households(population, p.families, seed)
    return homes, locate_households(homes, list(neighbourhoods.values()))


def _draw_status(
    homes: Homes,
    income: NDArray[np.uint8],
    area: NDArray[np.uint8],
    population: Population,
    neighbourhoods: Mapping[str, Neighbourhood],
    traits: Traits,
    seed: int,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Employment, insurance and sex: as the town declares them, then as a neighbourhood does."""
    employment = draw_employment(homes.age, income, population.employed, traits, seed)
    redraw_work(employment, homes.age, income, area, neighbourhoods, traits, seed)
    insurance = draw_insurance(homes.age, income, employment, population.insurance, traits, seed)
    redraw_insurance(insurance, homes.age, income, area, neighbourhoods, traits, seed)
    female = draw_sex(homes, population.female, traits, seed)
    redraw_sex(female, homes, area, neighbourhoods, traits, seed)
    return employment, insurance, female


def _draw_acquaintance(
    population: Population,
    homes: Homes,
    area: NDArray[np.uint8],
    income: NDArray[np.uint8],
    p: Society,
    seed: int,
) -> Acquaintance:
    """What decides who becomes whose friend."""
    draws, alike = Draws(np.arange(homes.age.size, dtype=np.uint32), seed), p.friendships
    # As they will be when people are given their traits: the same draws, by name.
    person = draw_alike(draws, homes.household, "vulnerability", alike.vulnerability_home)
    now = draw_alike(draws, homes.household, "circumstances", alike.circumstances_shared)
    spread = max(math.hypot(alike.trait_sd, alike.circumstances), TINY)
    vulnerable = (alike.trait_sd * person + alike.circumstances * now) / spread
    return Acquaintance(homes.age, area, income, vulnerable, population.within_neighbourhood)


def build_town(
    population: Population,
    neighbourhoods: Mapping[str, Neighbourhood],
    seed: int,
    structure_network: str = "circles",
    *,
    p: Society,
) -> Town:
    """Build the town; the same declaration, seed and numbers of the evidence (`p`) give the same
    bits.

    `structure_network` is "circles" or "random" and touches friendships alone. Every part draws
    from a stream of its own.
    """
    homes, area = _settle(population, neighbourhoods, p, seed)
    income = rank_incomes(homes, area, list(neighbourhoods.values()), p.incomes, seed)
    employment, insurance, female = _draw_status(
        homes, income, area, population, neighbourhoods, p.traits, seed
    )
    place = assign_places(homes.age, income, employment, p.places, seed)
    people = _draw_acquaintance(population, homes, area, income, p, seed)
    ties = form_ties(homes, people, employment, place, p, structure_network, seed)
    return Town(
        age=homes.age,
        female=female,
        neighbourhood=area,
        household=homes.household,
        household_size=homes.size,
        alone=(homes.size == 1).astype(np.uint8),
        income=income,
        insurance=insurance,
        employment=employment,
        place=place,
        online=draw_online(homes.age, income, population.online, p.traits, seed),
        wished=draw_friends(homes.age.size, p.friendships.friends, seed).astype(np.uint8),
        neighbour=ties.neighbour,
        tie_kind=ties.kind,
        tie_since=ties.since,
        member=draw_groups(homes, area, population, neighbourhoods, seed),
    )
