"""A town whose neighbourhoods have people of their own: ages, homes, sexes, work, insurance and
groups, to the person.

A neighbourhood says what differs there; what it leaves out is the whole town's. Each is settled by
itself, with random numbers of its own, so that no neighbourhood changes because another does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.random import stream
from sim.scenario.schema.groups import list_groups
from sim.society.households import HEAD, PARTNER, Homes, settle_households
from sim.society.quotas import apportion, choose
from sim.state.codes import Employment, Insurance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.evidence.society import Families, Traits
    from sim.scenario.schema.people import Neighbourhood, Population

WORK = {
    "employed": Employment.EMPLOYED,
    "student": Employment.STUDENT,
    "not_in_work": Employment.NOT_IN_WORK,
    "retired": Employment.RETIRED,
}
COVER = {"uninsured": Insurance.UNINSURED, "public": Insurance.PUBLIC, "private": Insurance.PRIVATE}
LEANING = 7.0
"""How strongly the place of an age in its band decides who studies (the youngest) or is retired."""


def has_own_people(neighbourhoods: Mapping[str, Neighbourhood]) -> bool:
    """Whether any neighbourhood says of its people what differs from the town's."""
    return any(one.ages or one.household_sizes for one in neighbourhoods.values())


def settle_neighbourhoods(
    population: Population, neighbourhoods: Mapping[str, Neighbourhood], p: Families, seed: int
) -> tuple[Homes, NDArray[np.uint8]]:
    """Households of every neighbourhood, one after the other, and the neighbourhood of every
    resident (index in declared order).
    """
    # To the person: tables of a place are met exactly, not on average.
    counts = apportion([one.share for one in neighbourhoods.values()], population.residents)
    parts: list[Homes] = []
    areas: list[NDArray[np.uint8]] = []
    households = 0
    for k, ((name, one), count) in enumerate(zip(neighbourhoods.items(), counts, strict=True)):
        if not count:
            continue
        own = {
            "residents": int(count),
            "ages": one.ages or population.ages,
            "household_sizes": one.household_sizes or population.household_sizes,
        }
        homes = settle_households(
            population.model_copy(update=own),
            p,
            # A seed of its own, by name: another neighbourhood may change, come or go.
            int(stream(seed, f"society.{name}").integers(np.iinfo(np.int64).max)),
        )
        parts.append(homes._replace(household=(homes.household + households).astype(np.uint32)))
        areas.append(np.full(homes.age.size, k, np.uint8))
        households += homes.households
    return Homes(
        household=np.concatenate([part.household for part in parts]),
        size=np.concatenate([part.size for part in parts]),
        role=np.concatenate([part.role for part in parts]),
        age=np.concatenate([part.age for part in parts]),
        households=households,
    ), np.concatenate(areas)


def band_rows(
    age: NDArray[np.float32], area: NDArray[np.uint8], index: int, band: str
) -> NDArray[np.int64]:
    """Rows of the people of a band who live in a neighbourhood."""
    low, _, high = band.removesuffix("+").partition("-")
    last = float(high) + 1.0 if high else np.inf
    return np.flatnonzero((area == index) & (age >= float(low)) & (age < last))


def redraw_sex(
    sex: NDArray[np.uint8],
    homes: Homes,
    area: NDArray[np.uint8],
    neighbourhoods: Mapping[str, Neighbourhood],
    p: Traits,
    seed: int,
) -> None:
    """Give bands that state a share of women exactly that many, in place.

    Partners are mostly one of each.
    """
    if not any(one.female for one in neighbourhoods.values()):
        return
    rng = stream(seed, "society.sex.bands")
    score = rng.random(homes.age.size)
    partner = np.flatnonzero(homes.role == PARTNER)
    partner = partner[partner > 0]
    partner = partner[
        (homes.role[partner - 1] == HEAD) & (rng.random(partner.size) < p.opposite_sex)
    ]
    # Opposite scores, so that a cut in the middle parts a couple.
    score[partner] = 1.0 - score[partner - 1]
    for k, one in enumerate(neighbourhoods.values()):
        for band, share in one.female.items():
            rows = band_rows(homes.age, area, k, band)
            sex[rows] = 0
            sex[rows[np.argsort(score[rows], kind="stable")[: round(share * rows.size)]]] = 1


def redraw_work(
    work: NDArray[np.uint8],
    age: NDArray[np.float32],
    income: NDArray[np.uint8],
    area: NDArray[np.uint8],
    neighbourhoods: Mapping[str, Neighbourhood],
    p: Traits,
    seed: int,
) -> None:
    """Give bands that state who works, studies and is retired exactly that many of each, in place.

    The younger of a band study, the older are retired, those of higher incomes work, more often
    than not.
    """
    rng = stream(seed, "society.work.bands")
    for k, one in enumerate(neighbourhoods.values()):
        for band, shares in one.work.items():
            rows = band_rows(age, area, k, band)
            if not rows.size:
                continue
            wanted = shares.model_dump()
            counts = dict(zip(wanted, apportion(list(wanted.values()), rows.size), strict=True))
            work[rows] = Employment.NOT_IN_WORK
            # By place in the band: whom a band makes a student depends on nobody's exact age.
            rank = np.argsort(np.argsort(age[rows], kind="stable")) / rows.size
            left = np.ones(rows.size, bool)
            weights = {
                "student": np.exp(-rank * LEANING),
                "retired": np.exp((rank - 1.0) * LEANING),
                "employed": np.array(p.work)[income[rows]],
            }
            for name, weight in weights.items():
                free = np.flatnonzero(left)
                chosen = free[choose(rng, weight[free], int(counts.get(name, 0)))]
                work[rows[chosen]] = WORK[name]
                left[chosen] = False


def redraw_insurance(
    insurance: NDArray[np.uint8],
    age: NDArray[np.float32],
    income: NDArray[np.uint8],
    area: NDArray[np.uint8],
    neighbourhoods: Mapping[str, Neighbourhood],
    p: Traits,
    seed: int,
) -> None:
    """Give bands that state how people are insured exactly that many of each, in place.

    The poorer have less of their own.
    """
    rng = stream(seed, "society.insurance.bands")
    for k, one in enumerate(neighbourhoods.values()):
        for band, shares in one.insurance.items():
            rows = band_rows(age, area, k, band)
            if not rows.size:
                continue
            wanted = shares.model_dump()
            counts = dict(zip(wanted, apportion(list(wanted.values()), rows.size), strict=True))
            insurance[rows] = Insurance.PRIVATE
            left = np.arange(rows.size)
            for name, by_income in (("uninsured", p.uninsured), ("public", p.public)):
                chosen = choose(
                    rng, np.array(by_income)[income[rows[left]]], int(counts.get(name, 0))
                )
                insurance[rows[left[chosen]]] = COVER[name]
                left = np.delete(left, chosen)


def draw_groups(
    homes: Homes,
    area: NDArray[np.uint8],
    population: Population,
    neighbourhoods: Mapping[str, Neighbourhood],
    seed: int,
) -> NDArray[np.uint16]:
    """Combination of groups of everybody (n_residents,): each neighbourhood's shares to the person.

    Members of a household share the groups that the population says are households'. A dimension
    that a neighbourhood leaves out has its first category there. Dimensions are drawn independently
    of each other, and of all else.
    """
    n = homes.age.size
    member = np.zeros(n, np.int64)
    for name, categories in list_groups(neighbourhoods).items():
        column = np.zeros(n, np.int64)
        rng = stream(seed, f"society.group.{name}")
        together = population.groups.get(name, "person") == "household"
        drawn = rng.random(homes.households)[homes.household] if together else rng.random(n)
        for k, one in enumerate(neighbourhoods.values()):
            rows = np.flatnonzero(area == k)
            shares = one.groups.get(name, {})
            if shares and rows.size:
                counts = apportion(
                    [shares.get(category, 0.0) for category in categories], rows.size
                )
                order = rows[np.argsort(drawn[rows], kind="stable")]
                column[order] = np.repeat(np.arange(len(categories)), counts)
        # One number for each combination of groups: a single column of residents holds all
        # dimensions.
        member = member * len(categories) + column
    return member.astype(np.uint16)
