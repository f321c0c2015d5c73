"""Whether the table that people are counted from has everybody of 12 and over: what it leaves out
would be missing from the town.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sim.errors import Problem
from sim.places.population.margins import count_within
from sim.places.tables.ages import ends_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sim.places.population.families import Choice, Family
    from sim.places.population.grid import Grid
    from sim.places.population.margins import Part
    from sim.places.tables.tidy import Cell

YOUNGEST = 12
"""Age from which the model has people; younger ones need not be counted."""
MISSING_HINT = (
    "a row may be missing from the file, or its words not be understood; add it, or a table that"
    " has everybody"
)
WIDE_GAP = 5
"""Years of age that are too many to be left out: single ones may be a number that is illegible."""
FEWEST_COUNTED = 0.8
"""Share of people from which a table by group counts nearly everybody, as years and universes
differ.
"""
ENOUGH = 84
"""Age up to which a table has everybody but a few, although its last band is not open."""
BOTH_SEXES = ("female", "male")
PLURAL = {"female": "women", "male": "men", "": "people"}


def find_missing_people(base: Family, least: int = 1) -> list[Problem]:
    """Ages and sexes that a table by age lacks, each with the first area that lacks them.

    base: cells of one table. least: years that a gap has at least. Withheld numbers are there: they
    are not known, and not left out.
    """
    by_area: dict[str, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell in base.cells:
        by_area[cell.area][cell.sex].append(cell)
    lacking: dict[str, list[Cell]] = defaultdict(list)
    for found in by_area.values():
        first = next(iter(found.values()))[0]
        for said in _list_lacking(found, least):
            lacking[said].append(first)
    return [
        Problem(
            cells[0].file,
            cells[0].line,
            1,
            "",
            f"counts no {said} in {_name_areas(cells, len(by_area))}: they would be missing from"
            " the town",
            MISSING_HINT,
        )
        for said, cells in lacking.items()
    ]


def find_uncounted_groups(choice: Choice, grid: Grid) -> list[Problem]:
    """Tables by group that count far fewer people than there are, each with its first such area:
    whoever they leave out is taken to be like those whom they count, or for those withheld.
    """
    found = []
    for family in choice.shares:
        named = sorted(set(family.by) & set(grid.dimensions))
        if family.share or not named or family.cells[0].measure != "persons":
            continue
        if (said := _say_few(choice.base, family, grid, named)) is not None:
            found.append(said)
    return found


def _say_few(base: Family, family: Family, grid: Grid, named: Sequence[str]) -> Problem | None:
    sums: dict[tuple[str, str, str], float] = defaultdict(float)
    levels = {
        name: {level for cell in family.cells for level in grid.levels(name, cell.groups[name])}
        for name in named
    }
    # A category that it does not have at all stands for the others.
    whole = all(len(levels[name]) == len(grid.dimensions[name]) for name in named)
    withheld = {cell.area: cell.group for cell in family.cells if cell.value is None}
    for cell in family.cells:
        sums[cell.area, cell.age, cell.sex] += cell.value or 0.0
    for cell in family.cells:
        key = cell.area, cell.age, cell.sex
        people = count_within(base, *key)
        if whole and sums[key] < FEWEST_COUNTED * people:
            others = "to be like them"
            hint = "a category may be missing from the file; a total beside the groups tells"
            if cell.area in withheld:
                others = f"for those who are withheld ({withheld[cell.area]})"
                hint = "bounds of what is withheld (`low`, `high`) or a total beside it tell more"
            said = (
                f"{family.table.replace('_', ' ')} of {sums[key]:,.0f} of {people:,.0f} people in"
                f" {cell.area_name or cell.area}: the others are taken {others}"
            )
            return Problem(cell.file, cell.line, 1, "", said, hint)
    return None


def settle_withheld(
    family: Family, totals: Mapping[Part, float], base: Family | None = None
) -> Family:
    """The table with what is withheld within known bounds (`<5`): what the others leave of
    everybody where that lies within them, else their middle.

    Without that, a cell of four people at most would take all that the table leaves out. totals:
    people in all by part, as the publication gives them; otherwise `base` does.
    """
    parts: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)
    for cell in family.cells:
        parts[cell.area, cell.age, cell.sex].append(cell)
    settled: dict[Cell, Cell] = {}
    for part, cells in parts.items():
        bounded = [
            cell
            for cell in cells
            if cell.value is None and cell.low is not None and cell.high is not None
        ]
        told = totals.get(part, 0.0) or (count_within(base, *part) if base else 0.0)
        people = 1.0 if family.share else told
        left = people - sum(cell.value or 0.0 for cell in cells)
        for cell in bounded:
            most, least = float(cell.high or 0.0), float(cell.low or 0.0)
            each = left / len(bounded)
            # Of another year or universe, what is left says nothing of these.
            value = each if people and least <= each <= most else (least + most) / 2
            settled[cell] = cell._replace(value=value)
    return family._replace(cells=tuple(settled.get(cell, cell) for cell in family.cells))


def _name_areas(cells: Sequence[Cell], areas: int) -> str:
    first = cells[0].area_name or cells[0].area
    if areas == 1:
        return first
    if len(cells) == areas:
        return f"any of {areas} areas"
    return first if len(cells) == 1 else f"{len(cells)} of {areas} areas, such as {first}"


def _list_lacking(found: Mapping[str, Sequence[Cell]], least: int) -> Iterator[str]:
    """What the cells of one area, by sex, leave out: "women", "people of 30 to 49"."""
    for sex in BOTH_SEXES if any(found) else ("",):
        if sex not in found:
            yield PLURAL[sex]
            continue
        for low, high in _find_gaps(found[sex]):
            if high is not None and high - low + 1 < least:
                continue
            ages = f"{low} and over" if high is None else f"{low} to {high}"
            yield f"{PLURAL[sex]} of {low if low == high else ages}"


def _find_gaps(cells: Sequence[Cell]) -> Iterator[tuple[int, int | None]]:
    """First and last years of ages that no band holds; None where it is open."""
    following = YOUNGEST
    for low, high in sorted(ends_of(cell.age) for cell in cells):
        if low > following:
            yield following, low - 1
        following = max(following, high + 1)
    # Some tables end at 90 or 100 without saying that older people are counted there.
    if following <= ENOUGH:
        yield following, None
