"""What a town needs before anything starts: need, care and gaps by neighbourhood and group, what is
there, what would close the gaps.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.community import Community
from sim.society.initial_state import INCOMES, SUBGROUP_BANDS
from sim.state.codes import KindParameter
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.week.world import World

SEXES = ("male", "female")


class Gap(NamedTuple):
    """One group: people alive, in need, in need and in care, lonely; shares of people."""

    dimension: str
    group: str
    people: float
    in_need: float
    in_care: float
    lonely: float

    @property
    def unmet(self) -> float:
        """People in need who have no care."""
        return self.in_need - self.in_care


class Resource(NamedTuple):
    """One service: kind, places, people enrolled and waiting, posts and how many of them are filled
    (full-time equivalents).
    """

    service: str
    kind: str
    places: float
    enrolled: float
    waiting: float
    posts: float
    filled: float


class Assessment(NamedTuple):
    """Gaps by group, what is there, and what would be needed where: places and posts by
    neighbourhood.
    """

    gaps: tuple[Gap, ...]
    resources: tuple[Resource, ...]
    needed: tuple[dict[str, object], ...]


def assess_needs(scenario: Scenario, seeds: Sequence[int]) -> Assessment:
    """Needs of the town of a scenario at week 0, before any programme starts: means over seeds."""
    found = [_look(Community(scenario, rng=seed).warm_up().world) for seed in seeds]
    gaps = tuple(
        Gap._make(_average(rows)) for rows in zip(*(gaps for gaps, _ in found), strict=True)
    )
    resources = tuple(
        Resource._make(_average(rows)) for rows in zip(*(there for _, there in found), strict=True)
    )
    return Assessment(
        gaps,
        resources,
        tuple(_close(scenario, gap, resources) for gap in gaps if gap.dimension == "neighbourhood"),
    )


def _look(world: World) -> tuple[tuple[Gap, ...], tuple[Resource, ...]]:
    return tuple(_find_gaps(world)), tuple(_list_resources(world))


def _find_gaps(world: World) -> list[Gap]:
    r, p = world.residents, world.parameters
    alive = r.alive == 1
    need = alive & world.in_need
    care = np.concatenate(
        ([False], world.provision.offers.kind_parameters[:, KindParameter.LOW_INTENSITY] == 0.0)
    )
    cared = need & care[r.care_service].any(axis=1)
    lonely = alive & (r.loneliness >= p.health.ucla_middle)
    bands = np.searchsorted(np.array(list(SUBGROUP_BANDS.values())), r.age, side="right")
    groups: tuple[tuple[str, Sequence[str], NDArray[np.integer]], ...] = (
        ("town", ("everybody",), np.zeros(r.key.size, np.int64)),
        ("neighbourhood", tuple(world.scenario.neighbourhoods), r.neighbourhood),
        ("income", INCOMES, r.income),
        ("age", tuple(SUBGROUP_BANDS), bands),
        ("sex", SEXES, r.female),
    )
    return [
        Gap(
            dimension,
            name,
            *(float((rows & (index == g)).sum()) for rows in (alive, need, cared, lonely)),
        )
        for dimension, names, index in groups
        for g, name in enumerate(names)
    ]


def _list_resources(world: World) -> list[Resource]:
    o, staff, provision = world.provision.offers, world.provision.staff, world.provision
    rows = []
    for s, name in enumerate(provision.names):
        mine = (staff.service == s) & (staff.open == 1)
        posts, filled = (
            float(staff.hours[mine].sum()),
            float((staff.hours * staff.filled)[mine].sum()),
        )
        if o.open[s]:
            places = float(getattr(provision.declared[s], "beds", o.places[s]))
            rows.append(
                Resource(
                    name,
                    provision.kinds[s],
                    places,
                    float(o.enrolled[s]),
                    float(o.waiting[s]),
                    posts,
                    filled,
                )
            )
    return rows


def _average(rows: Sequence[Gap] | Sequence[Resource]) -> list[float | str]:
    return [
        column[0] if isinstance(column[0], str) else float(np.mean(column))
        for column in zip(*rows, strict=True)
    ]


def _close(scenario: Scenario, gap: Gap, resources: Sequence[Resource]) -> dict[str, object]:
    """Places and posts that people in need without care would take up, at the mix and the caseloads
    that the town has now, and what the posts cost a year in pay and overhead.
    """
    treating = [
        there for there in resources if there.enrolled > 0 and there.places > 0 and there.posts > 0
    ]
    all_enrolled = sum(there.enrolled for there in treating)
    services: dict[str, dict[str, float]] = {}
    cost = 0.0
    for there in treating:
        places = gap.unmet * there.enrolled / all_enrolled
        # Free places count by people: nobody knows which neighbourhood would take them.
        free = (
            max(0.0, there.places - there.enrolled)
            * gap.people
            / max(1, scenario.population.residents)
        )
        # Whole places, from which posts and cost follow: three places need the posts of three.
        short = float(math.ceil(max(0.0, places - free)))
        share = short / there.places
        services[there.service] = {"places": short, "posts": round(share * there.posts, 2)}
        pay = {
            str(role): money.per_week * WEEKS_PER_YEAR
            for role, money in scenario.prices.pay.items()
        }
        staff = scenario.services[there.service].staff
        cost += (
            share
            * sum(hours * pay.get(str(role), 0.0) for role, hours in staff.items())
            * (1.0 + scenario.prices.overhead)
        )
    return {
        "neighbourhood": gap.group,
        "without_care": gap.unmet,
        "services": services,
        "cost_per_year": cost,
    }
