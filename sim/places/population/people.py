"""Build the people of a place: fit them to its tables, make them whole, and say how well they
agree, table by table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.errors import InvalidInput, Problem
from sim.places.population.agreement import Agreement, hold_against
from sim.places.population.alike import find_uncounted, rake_alike
from sim.places.population.coverage import WIDE_GAP, find_missing_people, settle_withheld
from sim.places.population.families import (
    choose_families,
    has_single_years,
    list_families,
    step_ages,
)
from sim.places.population.grid import EMPLOYMENT, INSURANCE, draw_up
from sim.places.population.margins import find_dimensions, find_totals, make_margins
from sim.places.population.rounding import make_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.places.areas import Areas
    from sim.places.population.families import Choice, Family
    from sim.places.population.grid import Grid
    from sim.places.population.margins import Fitted
    from sim.places.population.microdata import Sample
    from sim.places.tables.tidy import Cell
    from sim.scenario.schema.people import Population

MOST_CELLS = 6_000_000
"""Cells of a grid that is still fitted in seconds.

With more groups, some are left out and it is said.
"""
ADULT, PENSION, WORKING = 18, 65, 16
FAINT = 1e-9
"""Weight of what hardly is: people of 65 and over without insurance, where a table says that
there are some.
"""


class Borrowed(NamedTuple):
    """What is taken from the profile where no table says: shares of working age in work, and of
    insurance.
    """

    employed: float
    insurance: tuple[float, float, float]


class People(NamedTuple):
    """Everybody: exact and whole numbers on the grid, how tables were used, and how they agree.

    uncounted: districts without a number, by group, work or insurance, where others have one.
    """

    grid: Grid
    exact: NDArray[np.float64]
    whole: NDArray[np.int64]
    choice: Choice
    agreements: tuple[Agreement, ...]
    rounds: int
    left_out: tuple[str, ...]
    uncounted: dict[str, int]


def borrow(population: Population) -> Borrowed:
    """What a profile's population lends."""
    given = population.insurance
    return Borrowed(population.employed, (given.uninsured, given.public, given.private))


def _sort_families(families: Sequence[Family], districts: int) -> Choice:
    choice = choose_families(families, districts)
    if choice is None:
        raise InvalidInput(
            Problem.of_file(
                "place.yaml",
                "",
                "no table says how many people there are by age",
                "read one: ACS B01001, census residents by sex and age",
            )
        )
    if missing := find_missing_people(choice.base, WIDE_GAP):
        raise InvalidInput(missing)
    return choice


def _settle(choice: Choice, families: Sequence[Family]) -> Choice:
    """Tables that people are fitted to, with what is withheld within known bounds."""
    shares = [
        settle_withheld(family, find_totals(families, family), choice.base)
        if set(family.by) - {"age", "sex"}
        else family
        for family in choice.shares
    ]
    return choice._replace(base=settle_withheld(choice.base, {}), shares=tuple(shares))


def _step(some: Sequence[Family], grid: Grid) -> list[Family]:
    """Tables of dimensions that the grid has, with ages in its steps."""
    return [
        step_ages(family, grid.starts)
        for family in some
        if set(family.by) - {"age", "sex"} <= set(grid.dimensions)
    ]


def build_people(
    cells: Sequence[Cell],
    areas: Areas,
    borrowed: Borrowed,
    seed: int = 1,
    groups: Sequence[str] | None = None,
    scale: float = 1.0,
    sample: Sample | None = None,
) -> People:
    """People of all ages by district, whole numbers; the same tables and seed give the same people.

    `scale` takes that share of everybody; `sample` says how what tables give hangs together.
    InvalidInput where no table counts people by age, or the one that does leaves some out.
    """
    dimensions = find_dimensions(cells, areas, groups)
    families = list_families(cells, areas, dimensions)
    districts = tuple(areas.districts) or (areas.place or "place",)
    choice = _settle(_sort_families(families, len(districts)), families)
    base, used = choice.base, (choice.base, *choice.shares, *choice.beside)
    ages = [cell.age for one in used if not has_single_years(one) for cell in one.cells]
    grid, left_out = _fit_size(draw_up(districts, ages, dimensions))

    def margins_of(some: Sequence[Family]) -> list[Fitted]:
        """Margins of some tables, with people in all as each publication, or `base`, gives them."""
        return [
            one
            for family in some
            for one in make_margins(family, grid, areas, find_totals(families, family), base)
        ]

    margins = margins_of(_step(choice.shares, grid))
    margins += make_margins(step_ages(base, grid.starts), grid, areas, absolute=True)
    uncounted = find_uncounted((choice.base, *choice.shares), grid, areas)
    raked = rake_alike(_begin(grid, borrowed, sample), margins, grid, uncounted)
    whole = make_whole(raked.table * scale, 3, np.random.default_rng(seed))
    beside = _step(choice.beside, grid)
    held = [*margins, *margins_of(beside)]
    agreements = hold_against(held, {id(family) for family in beside}, raked.table, whole / scale)
    said = agreements, raked.rounds, left_out, {name: len(it) for name, it in uncounted.items()}
    return People(grid, raked.table, whole, choice, *said)


def _fit_size(grid: Grid) -> tuple[Grid, tuple[str, ...]]:
    """The grid without the last groups where it would be too large."""
    left_out: list[str] = []
    dimensions = dict(grid.dimensions)
    while np.prod(grid.shape, dtype=float) > MOST_CELLS and len(dimensions) > 2:
        left_out.append(dimensions.popitem()[0])
        grid = grid._replace(dimensions=dict(dimensions))
    return grid, tuple(left_out)


def _begin(grid: Grid, borrowed: Borrowed, sample: Sample | None) -> NDArray[np.float64]:
    """What people are like before they are fitted to tables."""
    seed = make_seed(grid, borrowed)
    return seed if sample is None else sample.blend(seed, grid)


def make_seed(grid: Grid, borrowed: Borrowed) -> NDArray[np.float64]:
    """What people are like where no table says: work and insurance by age as in the profile, all
    else alike.
    """
    starts = np.array(grid.starts)
    ends = np.array(grid.last_years)
    years = np.minimum(ends, 90) - starts + 1.0
    working = (starts >= WORKING) & (starts < PENSION)
    work = np.zeros((starts.size, len(EMPLOYMENT)))
    work[:, EMPLOYMENT.index("student")] = np.where(
        starts < ADULT, 1.0, np.where(starts < 25, 0.25, FAINT)
    )
    work[:, EMPLOYMENT.index("employed")] = np.where(
        working & (starts >= ADULT),
        borrowed.employed,
        np.where(starts >= PENSION, 0.1, working * 0.2),
    )
    work[:, EMPLOYMENT.index("retired")] = np.where(
        starts >= PENSION, 0.9, np.where(starts >= 55, 0.1, 0.0)
    )
    idle = 1.0 - borrowed.employed
    work[:, EMPLOYMENT.index("not-in-work")] = np.where(
        working & (starts >= ADULT), idle, np.where(starts >= WORKING, 0.02, 0.0)
    )
    insured = np.tile(np.array(borrowed.insurance), (starts.size, 1))
    old = starts >= PENSION
    insured[old] = [
        FAINT * (borrowed.insurance[INSURANCE.index("uninsured")] > 0),
        1.0,
        FAINT * (borrowed.insurance[INSURANCE.index("private")] > 0),
    ]
    seed = np.ones(grid.shape)
    for name, table in (("employment", work), ("insurance", insured)):
        shape = [1] * seed.ndim
        shape[1], shape[grid.axis(name)] = table.shape
        seed = seed * table.reshape(shape)
    by_age = [1] * seed.ndim
    by_age[1] = starts.size
    return np.asarray(seed * years.reshape(by_age), dtype=np.float64)
