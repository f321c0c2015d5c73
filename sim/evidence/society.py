"""The numbers by which a town is put together, one group for each part of the building.

A field that bears the name of a record of `society.yaml` takes its value. Fields with a number for
each fifth of income (poorest first) or for each number of friends are tuples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.evidence.groups import fill

if TYPE_CHECKING:
    from collections.abc import Mapping

FIFTHS = ("poorest", "second", "middle", "fourth", "richest")
"""Fifths of household income, as records are named by them."""
MOST_FRIENDS = 9
"""Close friends that the records tell apart; the last of them stands for more."""

Fifths = tuple[float, ...]


class Families(NamedTuple):
    """Who lives with whom; ages and gaps in years."""

    children_per_teenager: float
    children_most: float
    child_scatter: float
    one_parent: float
    not_a_couple: float
    shared_home: float
    siblings_sd: float
    alone_age: float
    alone_age_sd: float
    pair_age: float
    pair_age_sd: float
    grown_age: float
    grown_age_sd: float
    parent_gap: float
    parent_gap_sd: float
    housemate_age: float
    housemate_age_sd: float
    partner_gap: float
    partner_gap_sd: float
    grown_child_from: float
    grown_child_gap: float
    elder_share: float
    elder_gap: float
    generation_sd: float
    mortality: float
    mortality_age: float


class Traits(NamedTuple):
    """What people are besides their age: sex, work, insurance, a device and a connection."""

    widows: float
    widows_from: float
    opposite_sex: float
    work: Fifths
    work_young: float
    work_late: float
    work_old: float
    work_oldest: float
    studying_young: float
    studying_later: float
    retired_early: float
    uninsured: Fifths
    uninsured_minor: float
    public: Fifths
    public_jobless: float
    offline: Fifths
    offline_young: float
    offline_old: float
    offline_oldest: float


class Incomes(NamedTuple):
    """What households live on, in standard deviations of income."""

    street: float
    deprivation: float
    street_sd: float
    household_sd: float
    lean_years: float
    lean_until: float
    lean_from: float


class Places(NamedTuple):
    """Schools and employers, in people."""

    school: float
    college: float
    employer_median: float
    employer_sd: float
    employer_most: float
    employer_mix: float


class Friendships(NamedTuple):
    """How many friends, how near, how alike, since when; `friends` by their number from 0."""

    friends: tuple[float, ...]
    friend_reach: float
    friend_income: float
    friend_vulnerability: float
    vulnerability_home: float
    trait_sd: float
    circumstances: float
    circumstances_shared: float
    friends_missing: float
    friend_age: float
    friend_age_rise: float
    friend_age_most: float
    friend_years: float
    friend_from: float


class Bonds(NamedTuple):
    """Ties at home and where people spend the day, in years."""

    together_years: float
    together_most: float
    together_from: float
    colleague_years: float
    colleague_from: float
    colleague_age: float
    classmate_years: float
    classmate_age: float


class Society(NamedTuple):
    """All that building a town reads."""

    families: Families
    traits: Traits
    incomes: Incomes
    places: Places
    friendships: Friendships
    bonds: Bonds


def make_society(raw: Mapping[str, float]) -> Society:
    """Groups of a town, of the values of all records by id."""
    by_income = {
        name: tuple(raw[f"society.{name}_{fifth}"] for fifth in FIFTHS)
        for name in ("work", "uninsured", "public", "offline")
    }
    friends = tuple(raw[f"society.friends_{count}"] for count in range(MOST_FRIENDS + 1))
    # What stays of distress for years is of the person and of their circumstances.
    lasting = {
        "trait_sd": raw["people.trait_sd"],
        "circumstances": raw["life.circumstances"],
        "circumstances_shared": raw["life.circumstances_shared"],
    }
    return Society(
        # Who is widowed at week 0 follows the same mortality as deaths from then on.
        families=fill(
            Families,
            "society",
            raw,
            mortality=raw["life.mortality"],
            mortality_age=raw["life.mortality_age"],
        ),
        traits=fill(Traits, "society", raw, **by_income),
        incomes=fill(Incomes, "society", raw),
        places=fill(Places, "society", raw),
        friendships=fill(Friendships, "society", raw, friends=friends, **lasting),
        bonds=fill(Bonds, "society", raw),
    )
