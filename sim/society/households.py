"""Who lives with whom: households of the declared sizes, filled with people of the declared ages.

Slots come first, ages second. A household of three has three slots; slots become children,
partners, grown children, elders or housemates; each adult slot then wishes for an age and the
adults of the town, sorted by age, take the slots sorted by wish. So both declared distributions
hold exactly while couples are alike and parents a generation older than their children.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.engine.random import stream
from sim.society.ageing.age_structure import (
    OLDEST,
    draw_years,
    expect_deaths,
    read_bands,
    smooth_ages,
)
from sim.society.ages import ADULT
from sim.society.quotas import apportion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.evidence.society import Families
    from sim.scenario.schema.people import Population

HEAD, PARTNER, CHILD, OTHER = 0, 1, 2, 3

OLDER_THAN_ALL = 1000.0
"""Added to a wished age, puts it behind all others."""
LAST, NEVER_CHILD = 5.0, 10.0
"""Order in which places at home become children's: a partner's after those of all others, the first
one's not while others are left.
"""
ONE_PARENT_LAST = 0.05
"""With one parent the second place is a child's too, a little after the others."""
SPARE_HOUSEHOLDS, SPARE = 12, 1.005
"""Households drawn beyond those that the declared mean size needs, so that there are always
enough.
"""


class Homes(NamedTuple):
    """Residents in rows, households contiguous; all (n_residents,) but `households`, a count.

    `size` counts children under 12, who have no row; `role` is HEAD, PARTNER, CHILD (of any age) or
    OTHER.
    """

    household: NDArray[np.uint32]
    size: NDArray[np.uint8]
    role: NDArray[np.uint8]
    age: NDArray[np.float32]
    households: int


class _Slots(NamedTuple):
    """Every member of every household, children under 12 included."""

    household: NDArray[np.int64]
    position: NDArray[np.int64]
    size: NDArray[np.int64]


def settle_households(population: Population, p: Families, seed: int) -> Homes:
    """Form all households of the town and give everybody an age."""
    ages = draw_ages(population.ages, population.residents, p, seed)
    teenagers, adults = ages[ages < ADULT], ages[ages >= ADULT]
    sizes, children = _fit_sizes(population, teenagers.size, p, seed)
    slots = _open_slots(sizes)
    minor, child_age = _choose_minors(slots, teenagers.size + children, p, seed)
    age = np.full(slots.household.size, -1.0)
    rows = np.flatnonzero(minor)
    # The oldest wishes are residents; a minor who heads a household (nobody older is left) always
    # is one.
    order = rows[
        np.argsort(child_age[rows] + OLDER_THAN_ALL * (slots.position[rows] == 0), kind="stable")
    ]
    age[order[children:]] = teenagers
    wish, role = _wish_ages(slots, minor, child_age, p, seed)
    grown = np.flatnonzero(~minor)
    age[grown[np.argsort(wish[grown], kind="stable")]] = adults
    kept = age >= 0
    return Homes(
        household=slots.household[kept].astype(np.uint32),
        size=np.minimum(slots.size[kept], np.iinfo(np.uint8).max).astype(np.uint8),
        role=role[kept],
        age=age[kept].astype(np.float32),
        households=sizes.size,
    )


def draw_ages(
    bands: Mapping[str, float], residents: int, p: Families, seed: int
) -> NDArray[np.float64]:
    """Ages in years, ascending; bands ("18-24", "80+") hold exactly their share of residents.

    Within a band by the smooth age structure of the town, in the last one by survival.
    """
    rng = stream(seed, "society.ages")
    starts, shares = read_bands(bands)
    years = smooth_ages(bands, expect_deaths(p.mortality, p.mortality_age))
    counts = apportion(shares.tolist(), residents)
    parts = [
        draw_years(years, low, high, rng.random(count))
        for low, high, count in zip(starts, [*starts[1:], OLDEST], counts, strict=True)
    ]
    # Just below a band's end single precision would round up into the next band.
    return np.sort(np.concatenate(parts).astype(np.float32).astype(np.float64))


def _fit_sizes(
    population: Population, teenagers: int, p: Families, seed: int
) -> tuple[NDArray[np.int64], int]:
    """Household sizes that house all residents, and how many children under 12 live with them."""
    shares = dict(sorted(population.household_sizes.items()))
    mean = sum(size * share for size, share in shares.items()) / sum(shares.values())
    room = p.children_most * (mean - 1.0) / mean
    fitting = (room * population.residents - teenagers) / (1.0 - room)
    children = int(max(0.0, min(p.children_per_teenager * teenagers, fitting)))
    # First with children under 12; where the declared homes have no room for them, without.
    for under_12 in (children, 0):
        sizes = _draw_sizes(shares, mean, population.residents + under_12, seed)
        if teenagers + under_12 <= int(sizes.sum()) - sizes.size:
            return sizes, under_12
    return sizes, 0


def _draw_sizes(
    shares: Mapping[int, float], mean: float, people: int, seed: int
) -> NDArray[np.int64]:
    """Household sizes in a random order, that sum to `people`.

    The last household takes who is left.
    """
    # Some more than the mean needs: homes are cut off where everybody is housed.
    enough = int(people / mean * SPARE) + SPARE_HOUSEHOLDS
    counts = apportion(list(shares.values()), enough)
    sizes = np.repeat(np.array(list(shares), dtype=np.int64), counts)
    stream(seed, "society.household_sizes").shuffle(sizes)
    sizes = np.tile(sizes, 1 + people // int(sizes.sum()))
    ends = np.cumsum(sizes)
    last = int(np.searchsorted(ends, people))
    sizes = sizes[: last + 1].copy()
    sizes[last] -= int(ends[last]) - people
    return sizes


def _open_slots(sizes: NDArray[np.int64]) -> _Slots:
    """One slot per member, households one after the other."""
    household = np.repeat(np.arange(sizes.size), sizes)
    position = np.arange(household.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return _Slots(household, position, sizes[household])


def _choose_minors(
    slots: _Slots, count: int, p: Families, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which slots hold people under 18, and a wished age (0 to 18, brothers and sisters alike) for
    every slot.

    Children gather in families; the second slot is a partner's unless there is one parent, the
    first an adult's as long as the declared ages allow it.
    """
    rng = stream(seed, "society.children")
    households = int(slots.household[-1]) + 1
    family, one_parent, youth = (
        rng.random(households),
        rng.random(households) < p.one_parent,
        ADULT * rng.random(households),
    )
    # Children gather in some homes, since the score of the household is most of theirs.
    score = family[slots.household] + p.child_scatter * rng.random(slots.household.size)
    score += np.where(
        slots.position == 1, np.where(one_parent[slots.household], ONE_PARENT_LAST, LAST), 0.0
    )
    score += np.where(slots.position == 0, NEVER_CHILD, 0.0)
    minor = np.zeros(score.size, dtype=np.bool_)
    minor[np.argpartition(score, count)[:count] if count < score.size else slice(None)] = True
    wished = youth[slots.household] + p.siblings_sd * rng.standard_normal(score.size)
    # Wishes beyond the ends of childhood are reflected at them.
    return minor, np.abs(ADULT - np.abs(ADULT - np.abs(wished)))


def _wish_ages(
    slots: _Slots, minor: NDArray[np.bool_], child_age: NDArray[np.float64], p: Families, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """An age in years that each adult slot wishes for, and each slot's role."""
    rng = stream(seed, "society.adults")
    home, position, size = slots
    households, people = int(home[-1]) + 1, home.size
    oldest = np.full(households, -1.0)
    np.maximum.at(oldest, home[minor], child_age[minor])
    first = size[position == 0]
    z, chance = rng.standard_normal(households), rng.random(households)
    shared = (oldest < 0) & (first > 1) & (chance < p.shared_home)
    larger = np.where(first == 2, p.pair_age + p.pair_age_sd * z, p.grown_age + p.grown_age_sd * z)
    head = np.where(first == 1, p.alone_age + p.alone_age_sd * z, larger)
    head = np.where(shared, p.housemate_age + p.housemate_age_sd * z, head)
    # Last of the wishes, so that a home with children has an adult of the parents' age.
    head = np.where(oldest >= 0, p.parent_gap + oldest + p.parent_gap_sd * z, head)
    couple = ~shared & (rng.random(households) >= p.not_a_couple)
    older, own = head[home], rng.standard_normal(people)
    partner = (position == 1) & couple[home] & ~minor
    child = minor | ((position >= 1) & ~partner & ~shared[home] & (older >= p.grown_child_from))
    elder = ~child & ~shared[home] & (rng.random(people) < p.elder_share)
    wish = np.where(
        elder, older + p.elder_gap + p.generation_sd * own, older + p.housemate_age_sd * own
    )
    wish = np.where(child, older - p.grown_child_gap + p.generation_sd * own, wish)
    wish = np.where(
        partner,
        older + p.partner_gap_sd * own - p.partner_gap,
        np.where(position == 0, older, wish),
    )
    role = np.where(partner, PARTNER, np.where(child, CHILD, OTHER))
    return wish, np.where(position == 0, HEAD, role).astype(np.uint8)
