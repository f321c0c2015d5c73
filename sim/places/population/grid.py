"""The cells that people are counted in: district, age, sex and the groups that tables speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.places.tables.ages import OPEN_END, ends_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

GRID_BANDS = ((12, 17), (18, 24), (25, 34), (35, 49), (50, 64), (65, 79), (80, OPEN_END))
"""Age bands of a scenario, both ends included."""
FEMALE_FIRST = ("female", "male")
EMPLOYMENT = ("employed", "student", "not-in-work", "retired")
INSURANCE = ("uninsured", "public", "private")
FIXED_DIMENSIONS = {"employment": EMPLOYMENT, "insurance": INSURANCE}
"""Dimensions whose categories the model knows; all others are named groups of the tables."""
JOINED = {("insurance", "insured"): ("public", "private")}
"""Categories that are several of ours together."""


class Grid(NamedTuple):
    """Districts by code, first years of the age steps (the last is open), and the categories of
    each dimension.
    """

    districts: tuple[str, ...]
    starts: tuple[int, ...]
    dimensions: dict[str, tuple[str, ...]]

    @property
    def shape(self) -> tuple[int, ...]:
        """Cells along district, age, sex and each dimension."""
        return (
            len(self.districts),
            len(self.starts),
            len(FEMALE_FIRST),
            *(len(categories) for categories in self.dimensions.values()),
        )

    @property
    def last_years(self) -> tuple[int, ...]:
        """Last year of each age step."""
        return (*(start - 1 for start in self.starts[1:]), OPEN_END)

    def ages_within(self, age: str) -> NDArray[np.bool_]:
        """Which age steps lie in a spelled band (steps,)."""
        low, high = ends_of(age)
        return np.array(
            [
                low <= start and end <= high
                for start, end in zip(self.starts, self.last_years, strict=True)
            ]
        )

    def axis(self, dimension: str) -> int:
        """Axis of a dimension."""
        return 3 + list(self.dimensions).index(dimension)

    def levels(self, dimension: str, category: str) -> tuple[int, ...]:
        """Positions that a category of a table stands for; none if it is not one of ours."""
        known = self.dimensions[dimension]
        names = JOINED.get((dimension, category), (category,))
        # "Not" of a category is all the others, where a table counts one and its opposite.
        if category.startswith("not ") and category not in known:
            return tuple(k for k, name in enumerate(known) if name != category.removeprefix("not "))
        return (
            tuple(known.index(name) for name in names)
            if all(name in known for name in names)
            else ()
        )

    def band_of_steps(self) -> NDArray[np.int64]:
        """Band of GRID_BANDS of each age step, -1 for children below the first."""
        return np.array(
            [
                next((k for k, (low, high) in enumerate(GRID_BANDS) if low <= start <= high), -1)
                for start in self.starts
            ]
        )


def choose_starts(ages: Iterable[str]) -> tuple[int, ...]:
    """First years of age steps so that each band of the tables, and each of a scenario, is a
    union of steps.
    """
    bands = [ends_of(age) for age in ages if age]
    edges = {low for low, _ in GRID_BANDS} | {0}
    wide = [(low, high) for low, high in bands if low != high]
    # The year after an end begins the next step: every band is then a union of steps.
    edges |= {low for low, _ in wide} | {high + 1 for _, high in wide if high < OPEN_END}
    return tuple(sorted(edge for edge in edges if edge < OPEN_END))


def draw_up(
    districts: Sequence[str], ages: Iterable[str], dimensions: dict[str, tuple[str, ...]]
) -> Grid:
    """A grid for given districts, bands of ages and dimensions."""
    return Grid(tuple(districts), choose_starts(ages), dimensions)
