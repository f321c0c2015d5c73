"""Districts as a scenario has them: people of 12 and over by age, sex, work, insurance and
groups, homes, deprivation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.errors import Problem
from sim.places.population.grid import FIXED_DIMENSIONS, GRID_BANDS
from sim.units import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from sim.places.areas import Areas
    from sim.places.declaration import Districts
    from sim.places.population.grid import Grid
    from sim.places.tables.tidy import Cell

SIZE_OF_HOMES = re.compile(r"(?:size )?([1-9]\d?)\s*(?:\+|(?:or|and) (?:more|over).*|p.*|m.*)?")
"""How tables write the size of homes: 4, 4+, 4 or more people, 1 person, 2 members."""
LARGEST_HOME = 7
"""Members of the largest households of a scenario; larger ones count as these."""
FEWEST_SIZES = 2
"""Sizes of households that any place has."""
WORSE_WHEN_LOW = ("human-development", "median income", "seifa")
"""Indices of which a low number is the worse one."""
DEPRIVATION_INDICES = (
    "imd",
    "income",
    "poverty",
    "human-development",
    "median income",
    "seifa",
    "employment",
    "households deprived",
)
"""Indices of deprivation, those that are taken first at the front."""


class District(NamedTuple):
    """One neighbourhood: its name, its codes, whole people (bands, sexes, work, insurance,
    *groups) from 12 on, homes by size.
    """

    name: str
    title: str
    codes: tuple[str, ...]
    people: NDArray[np.int64]
    homes: dict[int, float]
    deprivation: float | None

    @property
    def residents(self) -> int:
        """People of 12 and over."""
        return int(self.people.sum())


def make_districts(
    whole: NDArray[np.int64], grid: Grid, areas: Areas, declared: Districts, cells: Sequence[Cell]
) -> tuple[list[District], str]:
    """Districts, merged as declared, and the index that their deprivation comes from (empty
    without one).
    """
    people = _sum_bands(whole, grid)
    homes = count_homes(cells, areas)
    index, scores = find_deprivation(cells, areas, declared.deprivation)
    merged = declared.merge
    single = [
        code for code in grid.districts if not any(code in codes for codes in merged.values())
    ]
    made: dict[str, District] = {}
    for title, codes in (
        *merged.items(),
        *((areas.districts.get(code, code), (code,)) for code in single),
    ):
        # A declared code that no table has is left out here, and was reported when tables were
        # read.
        rows = [grid.districts.index(code) for code in codes if code in grid.districts]
        if not rows or not people[rows].sum():
            continue
        weights = people[rows].reshape(len(rows), -1).sum(axis=1)
        known = [
            (scores[grid.districts[row]], float(w))
            for row, w in zip(rows, weights, strict=True)
            if grid.districts[row] in scores
        ]
        name = spell_id(title, made)
        made[name] = District(
            name,
            title,
            tuple(codes),
            people[rows].sum(axis=0),
            add_homes(homes, codes, areas),
            _average(known),
        )
    return list(made.values()), index


def _sum_bands(whole: NDArray[np.int64], grid: Grid) -> NDArray[np.int64]:
    """People by the bands of age of a scenario, from those by steps of the tables."""
    people = np.zeros((whole.shape[0], len(GRID_BANDS), *whole.shape[2:]), np.int64)
    for step, band in enumerate(grid.band_of_steps()):
        if band >= 0:
            people[:, band] += whole[:, step]
    return people


def _average(known: Sequence[tuple[float, float]]) -> float | None:
    """Mean of scores by their weights; None where nothing is known."""
    total = sum(weight for _, weight in known)
    return sum(score * weight for score, weight in known) / total if total else None


def spell_id(title: str, taken: Iterable[str]) -> str:
    """A name as scenarios take it, unlike those taken."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()[:56] or "district"
    name, number = plain, 2
    while name in set(taken):
        name, number = f"{plain}-{number}", number + 1
    return name


def count_homes(cells: Iterable[Cell], areas: Areas) -> dict[str, dict[int, float]]:
    """Households by size (1 to 7 and more) of each district, or of the place, by the newest
    table; of a size that two files count, by the first.
    """
    counts: dict[str, dict[int, dict[int, float]]] = {}
    first: dict[tuple[object, ...], str] = {}
    for cell in cells:
        size = read_size(cell)
        # Parts of a table may be in two files, and then differ in what they count.
        if first.setdefault((*cell.what, cell.year), cell.file) != cell.file:
            continue
        if areas.level(cell.area) in {"place", "district"} and cell.value is not None and size:
            # Newest year below, so that years are kept apart until all is read.
            by_size = counts.setdefault(cell.area, {}).setdefault(cell.year, {})
            by_size[size] = by_size.get(size, 0.0) + cell.value
    newest = {area: by_year[max(by_year)] for area, by_year in counts.items()}
    # A table of zeros says of no size how common it is.
    return {area: homes for area, homes in newest.items() if any(homes.values())}


def _say_size(cell: Cell) -> str:
    """What a table of households says of their size; empty for none, and in other tables."""
    groups = cell.groups if cell.table == "household_size" else {}
    return groups.get("size") or groups.get("") or ""


def read_size(cell: Cell) -> int:
    """Members of the homes that a cell counts, 7 for more; 0 where it says nothing of them."""
    found = SIZE_OF_HOMES.fullmatch(_say_size(cell).lower())
    return min(int(found[1]), LARGEST_HOME) if found else 0


def add_homes(
    homes: dict[str, dict[int, float]], codes: Sequence[str], areas: Areas
) -> dict[int, float]:
    """Homes of some districts together.

    Those of the place where a district has none; empty where no table says.
    """
    # Borrowed from the whole place: homes by size are published for fewer areas than people.
    own = [homes[code] for code in codes if code in homes] or (
        [homes[areas.place]] if areas.place in homes else []
    )
    # Every size, also 0: one that is left out would be that of the profile, beside all the others.
    sizes = range(1, LARGEST_HOME + 1) if own else ()
    return {size: sum(some.get(size, 0.0) for some in own) for size in sizes}


def find_missing_homes(cells: Sequence[Cell], areas: Areas) -> list[Problem]:
    """Sizes of homes that a table lacks although it has larger ones: none would be in the town; and
    sizes that are not understood.
    """
    homes = count_homes(cells, areas)
    lacking = {
        size: area
        for area, sizes in reversed(homes.items())
        # With one size alone, the next is missing too.
        for size in range(1, max(*sizes, FEWEST_SIZES + 1))
        if size not in sizes
    }
    first = {c.area: c for c in reversed(cells) if c.table == "household_size"}
    unread = {_say_size(cell): cell for cell in reversed(cells) if not read_size(cell)}
    return [
        *(
            Problem(
                cell.file,
                cell.line,
                1,
                "",
                f"homes of size {shorten(said)} are left out: how many people is not understood",
                "write it as 4, or 4+ for 4 and more",
            )
            for said, cell in unread.items()
            if said
        ),
        *_list_lacking_homes(lacking, first),
    ]


def _list_lacking_homes(lacking: dict[int, str], first: dict[str, Cell]) -> list[Problem]:
    return [
        Problem(
            first[area].file,
            first[area].line,
            1,
            "",
            f"counts no homes of {size} in {first[area].area_name or area}: the town has none",
            "a row may be missing from the file",
        )
        for size, area in sorted(lacking.items())
    ]


def list_indices(cells: Iterable[Cell]) -> set[str]:
    """Indices of deprivation that tables give."""
    return {_name_index(cell) for cell in cells} - {""}


def _name_index(cell: Cell) -> str:
    """Which index a number is of; empty for none."""
    # Ranks and deciles say who is worse off, not by how much.
    if cell.measure in {"rank", "decile"}:
        return ""
    if cell.table == "deprivation":
        return cell.groups.get("index", "")
    return "median income" if cell.table == "income" and not cell.group else ""


def _collect_scores(cells: Sequence[Cell], areas: Areas) -> dict[str, dict[str, tuple[int, float]]]:
    """Year and value of each district by index, the newest of each."""
    found: dict[str, dict[str, tuple[int, float]]] = {}
    for cell in cells:
        index = _name_index(cell)
        code = areas.renamed.get(cell.area, cell.area)
        if index and code in areas.districts and cell.value is not None:
            before = found.setdefault(index, {}).get(code)
            # Of equal years the later in the file, as corrections are appended.
            if before is None or cell.year >= before[0]:
                found[index][code] = (cell.year, cell.value)
    return found


def find_deprivation(
    cells: Sequence[Cell], areas: Areas, asked: str
) -> tuple[str, dict[str, float]]:
    """The index that is used and deprivation by district, from 0 for the least to 1 for the most
    deprived of them.
    """
    found = _collect_scores(cells, areas)
    order = (
        [asked] if asked else [*DEPRIVATION_INDICES, *sorted(set(found) - set(DEPRIVATION_INDICES))]
    )
    # An index of a few districts would leave the others without deprivation.
    fullest = max((len(found[name]) for name in order if name in found), default=0)
    index = next(
        (name for name in order if name in found and len(found[name]) >= 0.8 * fullest), ""
    )
    if not index or len(found[index]) < 2:
        return "", {}
    scores = {code: value for code, (_, value) in found[index].items()}
    low, high = min(scores.values()), max(scores.values())
    if high <= low:
        return "", {}
    turned = index in WORSE_WHEN_LOW
    return index, {
        code: ((high - value) if turned else (value - low)) / (high - low)
        for code, value in scores.items()
    }


def list_groups(grid: Grid) -> dict[str, tuple[str, ...]]:
    """Dimensions that the model does not know by itself: groups by name."""
    return {
        name: categories
        for name, categories in grid.dimensions.items()
        if name not in FIXED_DIMENSIONS
    }
