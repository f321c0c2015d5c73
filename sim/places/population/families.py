"""Published tables, each by itself: cells of one file, year, level and make-up that count one
thing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sim.places.tables.ages import ends_of, spell_age
from sim.places.tables.tidy import join_groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.places.areas import Areas
    from sim.places.tables.tidy import Cell

PEOPLE_TABLES = ("population", "ethnicity", "employment", "insurance", "language", "caring")
"""Tables that people are fitted to.

`online`, households and incomes have their own way into a town.
"""
OWN_LEVELS = ("place", "district")
CONNECTIVES = {"of", "type"}
"""Dimensions that tell parts of a category apart and are summed over."""
Key = tuple[str, str, str, int, bool, tuple[str, ...]]
SINGLE = 40
"""Cells of one year of age from which a table goes by single years.

Some tables have a few among their bands.
"""


class Family(NamedTuple):
    """Cells of one table at one level: place or district; `by`: what they are broken down by."""

    table: str
    file: str
    level: str
    year: int
    share: bool
    by: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """The table in words."""
        broken = " × ".join(self.by) or "total"
        return f"{self.table.replace('_', ' ')} by {broken}, {self.level}, {self.year}"


def list_families(cells: Iterable[Cell], areas: Areas, dimensions: Iterable[str]) -> list[Family]:
    """All tables of people.

    Areas of other boundaries are taken for the district of their name, for shares alone. Parts of
    groups that nobody asks for are summed.
    """
    wanted = set(dimensions)
    found: dict[Key, list[tuple[Cell, str]]] = defaultdict(list)
    for printed in cells:
        share = printed.measure == "share"
        # Counts of another area are other people's; shares are likely alike under the same name.
        area = areas.renamed.get(printed.area, printed.area) if share else printed.area
        level = areas.level(area)
        groups = name_groups(printed)
        if not counts_people(printed) or level not in OWN_LEVELS:
            continue
        # A dimension that nobody asks for would be counted once for each of its categories.
        if (groups.keys() - wanted) - CONNECTIVES:
            continue
        kept = {name: category for name, category in groups.items() if name in wanted}
        cell = printed._replace(area=area, group=join_groups(kept))
        age = ("age",) if _is_band(cell) else ()
        by = age + (("sex",) if cell.sex else ()) + tuple(sorted(kept))
        key = (cell.table, cell.file, level, cell.year, share, by)
        found[key].append((cell, printed.group))
    return [Family(*key, tuple(_sum_parts(some))) for key, some in found.items()]


def name_groups(cell: Cell) -> dict[str, str]:
    """Category by dimension; one without a name is that of the table."""
    return {name or cell.table: category for name, category in cell.groups.items()}


def counts_people(cell: Cell) -> bool:
    """Whether a cell is of people: of a table of people, or of one that is called after its group.

    Languages are asked of households and taken for people's.
    """
    of_homes = cell.table == "language" and cell.measure == "households"
    of_people = cell.table in PEOPLE_TABLES or cell.table in name_groups(cell)
    return of_people and (cell.measure in {"persons", "share"} or of_homes)


def _is_band(cell: Cell) -> bool:
    """Whether the age breaks people down; `16+` beside groups is only who was asked."""
    # `16+` beside a group says who was asked, and would cut the ages at 16 for nothing.
    return bool(cell.age) and not (
        cell.group and cell.age.endswith("+") and ends_of(cell.age)[0] <= 18
    )


def _sum_parts(cells: Sequence[tuple[Cell, str]]) -> list[Cell]:
    """Cells that differ by what nobody asks for, as one; of the same number twice, the first."""
    parts: dict[tuple[object, ...], dict[str, Cell]] = {}
    for cell, printed in cells:
        # The same number may be printed twice, in a table and in its summary.
        parts.setdefault(cell.what, {}).setdefault(printed, cell)
    return [_sum(list(some.values())) for some in parts.values()]


def _sum(cells: Sequence[Cell]) -> Cell:
    if len(cells) == 1:
        return cells[0]
    values = [cell.value for cell in cells if cell.value is not None]
    # One part withheld: the sum is not known, and not smaller either.
    if len(values) < len(cells):
        return cells[0]._replace(value=None, low=None, high=None)
    # Errors of parts are taken as independent of each other.
    error = math.sqrt(sum(_half(cell) ** 2 for cell in cells))
    total = sum(values)
    bounds = (total - error, total + error) if error else (None, None)
    return cells[0]._replace(value=total, low=bounds[0], high=bounds[1])


def _half(cell: Cell) -> float:
    return (cell.high - cell.low) / 2.0 if cell.low is not None and cell.high is not None else 0.0


def has_single_years(family: Family) -> bool:
    """Whether a table goes by single years, which do not cut the grid but are summed to its
    steps.
    """
    return (
        sum(ends_of(cell.age)[0] == ends_of(cell.age)[1] for cell in family.cells if cell.age)
        >= SINGLE
    )


def step_ages(family: Family, starts: Sequence[int]) -> Family:
    """The family with single years summed to the steps that they lie in."""
    if not has_single_years(family):
        return family
    sums: dict[tuple[object, ...], Cell] = {}
    for single in family.cells:
        cell = single._replace(age=_find_step(single.age, starts))
        first = sums.get(cell.what)
        known = first is None or first.value is not None
        value = (
            (first.value or 0.0 if first else 0.0) + cell.value
            if known and cell.value is not None
            # Bounds of single years do not add up to those of a step.
            else None
        )
        sums[cell.what] = (first or cell)._replace(value=value, low=None, high=None)
    return family._replace(cells=tuple(sums.values()))


def _find_step(age: str, starts: Sequence[int]) -> str:
    """The step that an age lies in, spelled; empty for all ages."""
    if not age:
        return ""
    low = max(start for start in starts if start <= ends_of(age)[0])
    following = [start for start in starts if start > low]
    return spell_age(low, min(following) - 1 if following else None)


class Choice(NamedTuple):
    """base: the table whose numbers people are fitted to. shares: tables of which the shares
    count. beside: held against only.
    """

    base: Family
    shares: tuple[Family, ...]
    beside: tuple[Family, ...]


def _choose_base(chosen: Sequence[Family], districts: int) -> Family | None:
    """The table that people by age are counted from: of the districts, by most, newest, fullest."""
    return max(
        # Districts before the whole place, detail before year: what is finer can be summed.
        (f for f in chosen if f.table == "population" and not f.share and "age" in f.by),
        key=lambda f: (
            f.level == "district" and _covers(f, districts),
            len(f.by),
            f.year,
            len(f.cells),
        ),
        default=None,
    )


def choose_families(families: Sequence[Family], districts: int) -> Choice | None:
    """Sort tables by what they are used for; None where no table gives people by age.

    Of tables that are broken down alike, at one level, the newest counts, of one year the fullest.
    The base is that of the districts by age and sex if there is one, else that of the place; people
    of each district come from the newest table that has all of them.
    """
    alike: dict[tuple[object, ...], list[Family]] = defaultdict(list)
    for family in families:
        alike["people" if not family.by else family.table, family.level, family.by].append(family)
    chosen: list[Family] = []
    beside: list[Family] = []
    for some in alike.values():
        ranked = sorted(
            some,
            key=lambda f: (
                len(f.cells) >= districts,
                f.year,
                f.table == "population",
                len(f.cells),
            ),
            reverse=True,
        )
        chosen.append(ranked[0])
        beside += ranked[1:]
    base = _choose_base(chosen, districts)
    if base is None:
        return None
    rest = [family for family in chosen if family is not base]
    # With people of each district, other tables of people can only be compared.
    settled = base.level == "district"
    out = [
        f
        for f in rest
        if (settled and f.table == "population") or (not f.by and f.level == "place")
    ]
    return Choice(base, tuple(f for f in rest if f not in out), (*beside, *out))


def _covers(family: Family, districts: int) -> bool:
    """Whether a table has people of every district."""
    return len({cell.area for cell in family.cells if cell.value is not None}) >= districts > 0
