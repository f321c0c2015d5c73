"""Published tables, each by itself: cells of one file, year, level and make-up that count one
thing.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sim.places.tables.ages import ends_of, spell_age
from sim.places.tables.tidy import join_groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.places.areas import Areas
    from sim.places.tables.tidy import Cell

PEOPLE = ("population", "ethnicity", "employment", "insurance", "language", "caring")
"""Tables that people are fitted to.

`online`, households and incomes have their own way into a town.
"""
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
    """All tables of people, with areas renamed to districts where only names agree, and with
    groups that are not asked for summed.
    """
    wanted = set(dimensions)
    found: dict[tuple[str, str, str, int, bool, tuple[str, ...]], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.table not in PEOPLE or (
            cell.measure not in {"persons", "share"}
            and not (cell.table == "language" and cell.measure == "households")
        ):
            continue
        if cell.area in areas.renamed and cell.measure == "share":
            cell = cell._replace(area=areas.renamed[cell.area])
        level = areas.level(cell.area)
        if level not in {"place", "district"}:
            continue
        groups = {name or cell.table: category for name, category in cell.groups.items()}
        if (groups.keys() - wanted) - {"of", "type"}:
            continue
        groups = {name: category for name, category in groups.items() if name in wanted}
        by = (
            (("age",) if _is_band(cell) else ())
            + (("sex",) if cell.sex else ())
            + tuple(sorted(groups))
        )
        key = (cell.table, cell.file, level, cell.year, cell.measure == "share", by)
        found[key].append(cell._replace(group=join_groups(groups)))
    return [Family(*key, tuple(_sum_alike(some))) for key, some in found.items()]


def _is_band(cell: Cell) -> bool:
    """Whether the age breaks people down; `16+` beside groups is only who was asked."""
    return bool(cell.age) and not (
        cell.group and cell.age.endswith("+") and ends_of(cell.age)[0] <= 18
    )


def _sum_alike(cells: Sequence[Cell]) -> list[Cell]:
    """Cells of which only summed groups differed, as one."""
    alike: dict[tuple[object, ...], Cell] = {}
    for cell in cells:
        first = alike.get(cell.what)
        if first is None or first.value is None or cell.value is None:
            alike.setdefault(cell.what, cell)
            if first is not None and (first.value is None or cell.value is None):
                alike[cell.what] = first._replace(value=None)
        elif first.group and first.file == cell.file and first.line != cell.line:
            error = _half(first) ** 2 + _half(cell) ** 2
            total = first.value + cell.value
            bounds = (total - error**0.5, total + error**0.5) if error else (None, None)
            alike[cell.what] = first._replace(value=total, low=bounds[0], high=bounds[1])
    return list(alike.values())


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
    for cell in family.cells:
        age = cell.age
        if age:
            low = max(start for start in starts if start <= ends_of(age)[0])
            following = [start for start in starts if start > low]
            age = spell_age(low, min(following) - 1 if following else None)
        cell = cell._replace(age=age)
        first = sums.get(cell.what)
        value = (
            cell.value
            if first is None
            else None
            if first.value is None or cell.value is None
            else first.value + cell.value
        )
        sums[cell.what] = (first or cell)._replace(value=value, low=None, high=None)
    return family._replace(cells=tuple(sums.values()))


class Choice(NamedTuple):
    """base: the table whose numbers people are fitted to. shares: tables of which the shares
    count. beside: held against only.
    """

    base: Family
    shares: tuple[Family, ...]
    beside: tuple[Family, ...]


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
    counted = [f for f in chosen if f.table == "population" and not f.share and "age" in f.by]
    if not counted:
        return None
    base = max(
        counted,
        key=lambda f: (
            f.level == "district" and _covers(f, districts),
            len(f.by),
            f.year,
            len(f.cells),
        ),
    )
    rest = [family for family in chosen if family is not base]
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
