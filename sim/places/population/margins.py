"""From published tables to margins: which cells of the grid each number counts, and of whom it
is a share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.places.population.families import CONNECTIVES, OWN_LEVELS, counts_people, name_groups
from sim.places.population.grid import FEMALE_FIRST, FIXED_DIMENSIONS
from sim.places.population.raking import Margin
from sim.places.tables.ages import ends_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from sim.places.areas import Areas
    from sim.places.population.families import Family
    from sim.places.population.grid import Grid
    from sim.places.tables.tidy import Cell


PARTS_OF_GROUPS = 3
"""Length of a part of people that groups break down: area, age and sex."""
WHOLE_SHARE = 0.995
"""Share of a total from which groups are everybody."""


class Fitted(NamedTuple):
    """A margin with the cells that its labels come from.

    Labels beyond them are rests: what the table leaves open.
    """

    family: Family
    margin: Margin
    cells: tuple[Cell, ...]


def find_dimensions(
    cells: Iterable[Cell], areas: Areas, wanted: Sequence[str] | None
) -> dict[str, tuple[str, ...]]:
    """Dimensions by which tables count the place's people, and their categories; those that the
    model knows have all of its own.

    A group that is told of somewhere else, or of the ill alone, is none: how many people here are
    in it is not known. `wanted`: names of groups that are asked for; None for all.
    """
    found: dict[str, dict[str, None]] = {}
    for cell in cells:
        area = areas.renamed.get(cell.area, cell.area) if cell.measure == "share" else cell.area
        known = cell.value is not None and areas.level(area) in OWN_LEVELS and counts_people(cell)
        for dimension, category in name_groups(cell).items() if known else ():
            if dimension in wanted if wanted is not None else dimension not in CONNECTIVES:
                found.setdefault(dimension, {})[category] = None
    groups = {
        name: _complete(name, list(categories))
        for name, categories in sorted(found.items())
        if name not in FIXED_DIMENSIONS
    }
    return dict(FIXED_DIMENSIONS) | {
        name: categories for name, categories in groups.items() if len(categories) > 1
    }


def _complete(name: str, categories: list[str]) -> tuple[str, ...]:
    """Categories without those that stand for several.

    A dimension of which only `yes` is told has a `no` as well.
    """
    plain = tuple(
        category
        for category in categories
        if not category.startswith(("not ", "no ")) and category != "insured"
    )
    if plain == ("yes",):
        return ("yes", "no")
    return plain if len(plain) > 1 or name in FIXED_DIMENSIONS else ()


Part = tuple[object, ...]
"""The people that a number is a share of: area, and age and sex where groups break them down."""


def find_totals(families: Iterable[Family], family: Family) -> dict[Part, float]:
    """People in all by area, age and sex, as the publication of a table gives them beside its
    groups.
    """
    found: dict[Part, float] = {}
    for other in families:
        alike = (other.table, other.file, other.level, other.year) == (
            family.table,
            family.file,
            family.level,
            family.year,
        )
        if alike and not other.share and set(other.by) <= {"age", "sex"}:
            found |= {
                (cell.area, cell.age, cell.sex): cell.value for cell in other.cells if cell.value
            }
    return found


def make_margins(
    family: Family,
    grid: Grid,
    areas: Areas,
    totals: Mapping[Part, float] | None = None,
    base: Family | None = None,
    *,
    absolute: bool = False,
) -> list[Fitted]:
    """Margins of a table: one for each set of cells that do not count the same people twice over.

    absolute: whether its numbers are those that people are fitted to; of others only the shares
    count, because universes and years differ from table to table. totals: people in all, where
    groups of the table leave some out. base: the table of population, which says how many there are
    where a table of a part of them says nothing of the others.
    """
    ranges = _place_cells(family, grid, areas)
    layers: list[list[tuple[Cell, tuple[NDArray[np.int64], ...]]]] = []
    masks: list[NDArray[np.bool_]] = []
    for cell, where in ranges:
        if cell.value is None:
            continue
        here = np.ix_(*where)
        free = next((k for k, mask in enumerate(masks) if not mask[here].any()), len(masks))
        if free == len(masks):
            layers.append([])
            masks.append(np.zeros(_sub_shape(family, grid), dtype=np.bool_))
        layers[free].append((cell, where))
        masks[free][here] = True
    known = _Totals(totals or {}, base)
    return [_make_margin(family, grid, layer, known, absolute=absolute) for layer in layers]


class _Totals(NamedTuple):
    """People in all: as a table gives them, or else by the table of population."""

    told: Mapping[Part, float]
    base: Family | None

    def find(self, part: Part, *, covered: bool) -> float:
        """People of a part; 0 where nobody says. covered: whether its groups are everybody."""
        # Tables without groups are of everybody.
        if covered or part in self.told or self.base is None or len(part) != PARTS_OF_GROUPS:
            return self.told.get(part, 0.0)
        return count_within(self.base, *map(str, part))


def count_within(base: Family, area: str, age: str, sex: str) -> float:
    """People of an area, of some ages and a sex (empty: all) by a table of population: of bands
    that lie across the ends, a share by years. 0 where it has not all that is asked for.
    """
    whole = base.level == "place" or area in {cell.area for cell in base.cells}
    found, (low, high) = 0.0, ends_of(age)
    for cell in base.cells:
        first, last = ends_of(cell.age)
        years = min(high, last) - max(low, first) + 1
        alike = (cell.area == area or not whole) and (not sex or not cell.sex or cell.sex == sex)
        if alike and cell.value and years > 0:
            found += cell.value * years / (last - first + 1) * (0.5 if sex and not cell.sex else 1)
    return found if whole or base.level == "district" else 0.0


def _axes(family: Family, grid: Grid) -> tuple[int, ...]:
    """District, age, sex (always spoken of, if only as everybody), and the table's own
    dimensions.
    """
    return (0, 1, 2, *sorted(grid.axis(name) for name in family.by if name not in {"age", "sex"}))


def _sub_shape(family: Family, grid: Grid) -> tuple[int, ...]:
    return tuple(grid.shape[axis] for axis in _axes(family, grid))


def _place_cells(
    family: Family, grid: Grid, areas: Areas
) -> list[tuple[Cell, tuple[NDArray[np.int64], ...]]]:
    """Each cell with the positions along the axes that it counts.

    Cells that fit nowhere are left out.
    """
    names = list(grid.dimensions)
    placed = []
    for cell in family.cells:
        districts = (
            range(len(grid.districts))
            if areas.level(cell.area) == "place"
            else (grid.districts.index(cell.area),)
        )
        steps = np.flatnonzero(grid.ages_within(cell.age))
        sexes = (FEMALE_FIRST.index(cell.sex),) if cell.sex else (0, 1)
        groups = cell.groups
        levels = [
            grid.levels(names[axis - 3], groups[names[axis - 3]])
            for axis in _axes(family, grid)[3:]
        ]
        if steps.size and all(levels):
            placed.append(
                (
                    cell,
                    tuple(
                        np.asarray(part, dtype=np.int64)
                        for part in (districts, steps, sexes, *levels)
                    ),
                )
            )
    return placed


def _make_margin(
    family: Family,
    grid: Grid,
    layer: Sequence[tuple[Cell, tuple[NDArray[np.int64], ...]]],
    known: _Totals,
    *,
    absolute: bool,
) -> Fitted:
    """Labels for cells that are given.

    For shares of a part of the people, a further label for the rest of each part.
    """
    label = np.full(_sub_shape(family, grid), -1, dtype=np.int64)
    values = [float(cell.value or 0.0) for cell, _ in layer]
    for k, (_, where) in enumerate(layer):
        label[np.ix_(*where)] = k
    axes, cells = _axes(family, grid), tuple(cell for cell, _ in layer)
    if absolute:
        return Fitted(family, Margin(axes, label, np.array(values)), cells)
    part_of, parts = _find_parts(layer, family)
    within = [part_of[k] for k in range(len(layer))]
    sums = np.bincount(within, values, minlength=len(parts))
    regions = [_find_region(label, layer, within, k, part) for k, part in enumerate(parts)]
    whole = _find_whole(label, parts, regions, known)
    whole = np.ones_like(whole) if family.share else whole
    # a total counts where groups leave people out; where they do not, rounding makes the two differ
    # a little
    open_ended = (whole > 0) & (family.share | (sums < WHOLE_SHARE * whole))
    totals = np.where(open_ended, whole, sums)
    shares = [
        value / max(float(totals[number]), 1e-300)
        for value, number in zip(values, within, strict=True)
    ]
    for number in np.flatnonzero(open_ended):
        _add_rest(label, shares, within, int(number), regions[number])
    margin = Margin(axes, label, np.array(shares), np.array(within, dtype=np.int64))
    return Fitted(family, margin, cells)


def _find_whole(
    label: NDArray[np.int64],
    parts: Sequence[Part],
    regions: Sequence[Sequence[NDArray[np.int64]]],
    known: _Totals,
) -> NDArray[np.float64]:
    """People of each part in all; 0 where nobody says."""
    covered = [bool((label[np.ix_(*region)] >= 0).all()) for region in regions]
    return np.array(
        [known.find(part, covered=all_) for part, all_ in zip(parts, covered, strict=True)]
    )


def _find_parts(
    layer: Sequence[tuple[Cell, tuple[NDArray[np.int64], ...]]], family: Family
) -> tuple[dict[int, int], list[tuple[object, ...]]]:
    """The people that each cell is a share of: those of its area, and of its age and sex where
    groups break them down.
    """
    parts: dict[tuple[object, ...], int] = {}
    part_of: dict[int, int] = {}
    grouped = any(name not in {"age", "sex"} for name in family.by)
    for k, (cell, _) in enumerate(layer):
        key: tuple[object, ...] = (
            (cell.area, cell.age, cell.sex) if grouped else (cell.area,) if family.by else ()
        )
        part_of[k] = parts.setdefault(key, len(parts))
    return part_of, list(parts)


def _find_region(
    label: NDArray[np.int64],
    layer: Sequence[tuple[Cell, tuple[NDArray[np.int64], ...]]],
    within: Sequence[int],
    number: int,
    part: Part,
) -> list[NDArray[np.int64]]:
    """Positions along the axes of everybody whom a part is of, in its groups or not."""
    first = layer[within.index(number)]
    whole = [*first[1][:3], *(np.arange(n) for n in label.shape[3:])]
    if not (len(part) > 1 and part[1]):
        whole[1] = np.arange(label.shape[1])
    return whole


def _add_rest(
    label: NDArray[np.int64],
    values: list[float],
    within: list[int],
    number: int,
    whole: Sequence[NDArray[np.int64]],
) -> None:
    """Give what shares of a part leave open to everybody of it whom no share counts."""
    rest = max(1.0 - sum(v for v, k in zip(values, within, strict=True) if k == number), 0.0)
    region = label[np.ix_(*whole)]
    if (region < 0).any():
        label[np.ix_(*whole)] = np.where(region < 0, len(values), region)
        values.append(rest)
        within.append(number)
