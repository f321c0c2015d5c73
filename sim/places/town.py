"""The scenario of a place: its people, districts and supply over the profile that lends the
rest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from sim.places.population.districts import list_groups
from sim.places.population.files import spell_band
from sim.places.population.grid import EMPLOYMENT, GRID_BANDS, INSURANCE
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.places.declaration import Place, Supply
    from sim.places.population.districts import District
    from sim.places.population.grid import Grid
    from sim.scenario.scenario import Scenario

Name = TypeVar("Name", str, int)
DIGITS_WRITTEN = 6
"""Digits of shares: enough for whole people of a million."""
PLAIN_SHARE = 0.5
"""Deprivation of every district where no table tells them apart."""


def make_town(
    place: Place, districts: Sequence[District], grid: Grid, profile: Scenario, parent: str
) -> dict[str, Any]:
    """The scenario as plain data, keys in the order in which it is read.

    `parent` is the file of the profile.
    """
    residents = sum(district.residents for district in districts)
    factor = residents / profile.population.residents
    town: dict[str, Any] = {
        "extends": parent,
        "title": place.title,
        "summary": f"{place.title} as it is, from its own tables.",
    }
    town |= {
        key: value
        for key, value in place.town.items()
        if key not in {"services", "funds", "population", "neighbourhoods"}
    }
    town["population"] = _sum_up(districts, residents) | _plain(place.town.get("population"))
    distance = place.districts.distance
    middle = sum(one.share * one.distance for one in profile.neighbourhoods.values())
    hoods = {
        d.name: describe_district(d, grid, residents, middle if distance is None else distance)
        for d in districts
    }
    town["neighbourhoods"] = {"replace": True, **hoods}
    services = make_services(place, profile, factor)
    town["services"] = {"replace": True, **services} if place.supply else services
    town["services"] |= _plain(place.town.get("services"))
    funds = _plain(place.funds) or make_funds(place, profile, factor)
    town["funds"] = {"replace": True, **funds} if place.supply or place.funds else funds
    return town


def _plain(given: Any) -> dict[str, Any]:
    return dict(given) if isinstance(given, dict) else {}


def _share(part: float, whole: float) -> float:
    return float(f"{part / whole:.{DIGITS_WRITTEN}g}") if whole else 0.0


def _shares(counts: Sequence[float], names: Sequence[Name]) -> dict[Name, float]:
    total = float(sum(counts))
    return (
        {name: _share(count, total) for name, count in zip(names, counts, strict=True)}
        if total
        else {}
    )


def _sum_up(districts: Sequence[District], residents: int) -> dict[str, Any]:
    """The place as a whole: what reports and what-ifs read where they do not ask district by
    district.
    """
    people = np.sum([district.people for district in districts], axis=0)
    by_band = people.reshape(len(GRID_BANDS), -1).sum(axis=1)
    work = people.sum(axis=tuple(range(3, people.ndim))).sum(axis=1)
    grown = slice(1, 5)
    insurance = np.moveaxis(people, 3, 0).reshape(len(INSURANCE), -1).sum(axis=1)
    found: dict[str, Any] = {
        "residents": residents,
        "ages": _shares(by_band.tolist(), [spell_band(k) for k in range(len(GRID_BANDS))]),
        "female": _share(float(people[:, 0].sum()), residents),
        "employed": _share(
            float(work[grown, EMPLOYMENT.index("employed")].sum()), float(work[grown].sum())
        ),
        "insurance": _shares(insurance.tolist(), INSURANCE),
    }
    sizes = sorted({size for district in districts for size in district.homes})
    if sizes:
        found["household_sizes"] = _shares(
            [sum(d.homes.get(size, 0.0) for d in districts) for size in sizes], sizes
        )
    return found


def describe_district(
    district: District, grid: Grid, residents: int, distance: float
) -> dict[str, Any]:
    """A neighbourhood with its own ages, sexes, work, insurance, homes and groups."""
    people = district.people
    by_band = people.reshape(len(GRID_BANDS), -1).sum(axis=1)
    female = people[:, 0].reshape(len(GRID_BANDS), -1).sum(axis=1)
    work = people.sum(axis=tuple(range(3, people.ndim))).sum(axis=1)
    insurance = people.sum(axis=tuple(range(4, people.ndim))).sum(axis=(1, 2))
    present = [k for k in range(len(GRID_BANDS)) if by_band[k]]
    found: dict[str, Any] = {
        "share": _share(district.residents, residents),
        "deprivation": round(
            PLAIN_SHARE if district.deprivation is None else district.deprivation, 4
        ),
        "distance": round(distance, 1),
        "ages": _shares(by_band.tolist(), [spell_band(k) for k in range(len(GRID_BANDS))]),
        "female": {spell_band(k): _share(float(female[k]), float(by_band[k])) for k in present},
        "work": {
            spell_band(k): _shares(
                work[k].tolist(), [name.replace("-", "_") for name in EMPLOYMENT]
            )
            for k in present
        },
        "insurance": {spell_band(k): _shares(insurance[k].tolist(), INSURANCE) for k in present},
    }
    if district.homes:
        found["household_sizes"] = _shares(list(district.homes.values()), list(district.homes))
    groups = {
        name: _group(people, grid, name, categories)
        for name, categories in list_groups(grid).items()
    }
    return found | ({"groups": groups} if groups else {})


def _group(
    people: NDArray[np.int64], grid: Grid, name: str, categories: Sequence[str]
) -> dict[str, float]:
    counts = np.moveaxis(people, grid.axis(name) - 1, 0).reshape(len(categories), -1).sum(axis=1)
    return _shares(counts.tolist(), categories)


def make_services(place: Place, profile: Scenario, factor: float) -> dict[str, Any]:
    """Services as they stand, scaled with people.

    The profile's in proportion where none are given.
    """
    if place.supply:
        return {
            name: describe_service(supply, place.scale) for name, supply in place.supply.items()
        }
    found: dict[str, Any] = {}
    for name, service in profile.services.items():
        changed: dict[str, Any] = (
            {"staff": {role: round(posts * factor, 3) for role, posts in service.staff.items()}}
            if service.staff
            else {}
        )
        beds = getattr(service, "beds", None)
        if beds is not None:
            changed["beds"] = math.ceil(beds * factor)
        if changed:
            found[name] = changed
    return found


def describe_service(supply: Supply, scale: float) -> dict[str, Any]:
    """A service of a scenario from what stands there: our share of its posts and beds, at the
    place's scale.
    """
    ours = supply.catchment * scale
    found: dict[str, Any] = {"kind": supply.kind}
    if supply.posts:
        found["staff"] = {role: round(posts * ours, 3) for role, posts in supply.posts.items()}
    if supply.caseload is not None:
        found["caseload"] = supply.caseload
    if supply.beds is not None or supply.beds_elsewhere:
        found["beds"] = math.ceil(
            (supply.beds or 0.0) * ours + supply.beds_elsewhere * scale - 1e-9
        )
    at_start = describe_start(supply, ours)
    return found | ({"at_start": at_start} if at_start else {}) | supply.more


def describe_start(supply: Supply, ours: float) -> dict[str, Any]:
    """What is known of a service at week 0: our share of its people and vacant posts."""
    found: dict[str, Any] = {
        key: round(count * ours)
        for key, count in (("in_care", supply.in_care), ("waiting", supply.waiting))
        if count is not None
    }
    if supply.waited is not None:
        found["waited"] = f"{supply.waited} weeks"
    if supply.vacancies:
        found["vacant"] = {role: round(posts * ours, 3) for role, posts in supply.vacancies.items()}
    return found


def make_funds(place: Place, profile: Scenario, factor: float) -> dict[str, Any]:
    """The profile's funds, in proportion to what its posts cost there and the place's posts cost
    here.
    """
    pay = {role: money.per_week * WEEKS_PER_YEAR for role, money in profile.prices.pay.items()}
    there = sum(
        pay.get(role, 0.0) * posts
        for service in profile.services.values()
        for role, posts in service.staff.items()
    )
    here = sum(
        pay.get(role, 0.0) * posts * supply.catchment * place.scale
        for supply in place.supply.values()
        for role, posts in supply.posts.items()
    )
    ratio = here / there if place.supply and there else factor
    found: dict[str, Any] = {}
    for name, fund in profile.funds.items():
        plain = fund.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for key in ("amount", "opening"):
            money = getattr(fund, key)
            if money.amount:
                plain[key] = str(money._replace(amount=float(f"{money.amount * ratio:.4g}")))
        if place.supply:
            plain.pop("only_for", None)
        found[name] = plain
    return found
