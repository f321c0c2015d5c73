"""Read tables into a place's folder, and say what is still missing."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from sim.errors import InvalidInput, Problem
from sim.places.building import locate
from sim.places.figures.definitions import all_definitions
from sim.places.folder import READERS, TABLES
from sim.places.lookup import read_lookup
from sim.places.population.coverage import find_missing_people
from sim.places.population.families import (
    PEOPLE_TABLES,
    choose_families,
    counts_people,
    list_families,
)
from sim.places.profile import find_profile, list_profiles
from sim.places.tables.library import list_readers
from sim.places.tables.reading import read_tables
from sim.places.tables.tidy import read_tidy, write_tidy
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.files.inheritance import show_path
from sim.units import say_count

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from pathlib import Path

    from sim.places.areas import Areas
    from sim.places.folder import Home
    from sim.places.profile import Wanted
    from sim.places.tables.notes import Notes
    from sim.places.tables.reading import Reading
    from sim.places.tables.tidy import Cell

TABLES_BESIDE = ("household_size", "deprivation", "income", "registered")
"""Tables that districts, households and checks of totals take their numbers from."""

NOBODY_BUILT = "without it nobody is built"
"""What is said of something missing without which `place build` refuses."""


def read_place(home: Home, files: Sequence[Path]) -> tuple[Reading, list[str]]:
    """Read files into the place's tables; files that were read before and are not named now stay.

    Also: what is missing, in words.
    """
    home.check_can_write()
    shown = {path: show_path(path) for path in files}
    reading = read_tables(files, list_readers(home.file(READERS)), shown)
    missing: list[str] = []
    if reading.cells:
        kept = _keep_others(home, shown, reading.cells)
        cells = [*kept, *reading.cells]
        lookup = read_lookup(home)
        try:
            areas = locate(home, lookup.translate(cells), reading.notes)
        except InvalidInput as error:
            for problem in error.problems:
                reading.notes.add("coverage", problem.message, problem)
            missing.append(f"which area is the place: `area` in place.yaml; {NOBODY_BUILT}")
        else:
            cells = keep_own(cells, areas, reading.notes, lookup.parts)
            tell_unused(reading.cells, reading.notes)
            missing = list_missing(home, lookup.translate(cells), areas)
        _write(home, cells)
    return reading, missing


def _keep_others(home: Home, shown: Mapping[Path, str], cells: Sequence[Cell]) -> list[Cell]:
    """Cells of the files that are not read now, whatever they were called from where they were read
    first: counted beside themselves, people and homes would be twice as many.
    """
    file = home.file(TABLES)
    before: dict[str, list[Cell]] = {}
    for cell in read_tidy(file) if file.is_file() else ():
        before.setdefault(cell.file, []).append(cell)
    folder = home.folder.resolve()
    within = {
        path.resolve().relative_to(folder).parts
        for path in shown
        if path.resolve().is_relative_to(folder)
    }
    rows: dict[str, set[tuple[object, ...]]] = {}
    for cell in cells:
        rows.setdefault(PurePath(cell.file).name, set()).add(_place(cell))
    kept: list[Cell] = []
    for name, some in before.items():
        parts = PurePath(name).parts
        again = (
            name in shown.values()
            or any(parts[-len(tail) :] == tail for tail in within)
            or {*map(_place, some)} <= rows.get(parts[-1] if parts else "", set())
        )
        kept += [] if again else some
    return kept


def _place(cell: Cell) -> tuple[object, ...]:
    """What a cell counts, and its line in its file."""
    return (*cell.what, cell.year, cell.line)


def _write(home: Home, cells: Sequence[Cell]) -> None:
    try:
        write_tidy(home.file(TABLES), cells)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise InvalidInput(
            Problem(str(home.file(TABLES)), 0, 0, "", f"cannot be written: {said}")
        ) from None


def keep_own(
    cells: Sequence[Cell], areas: Areas, notes: Notes, looked_up: Container[str] = ()
) -> list[Cell]:
    """Cells of the place, its districts, the nation and districts of other boundaries, those that a
    table looks up among them.

    Others are counted and left out.
    """
    own: list[Cell] = []
    others: dict[str, list[Cell]] = {}
    for cell in cells:
        ours = areas.level(cell.area) or cell.area in areas.renamed or cell.area in looked_up
        (own if ours else others.setdefault(cell.file, [])).append(cell)
    for file, some in others.items():
        names = list(dict.fromkeys(cell.area_name or cell.area for cell in some))
        said = (
            f"{say_count(len(some), 'number')} of"
            f" {say_count(len({cell.area for cell in some}), 'other area')} left out:"
            f" {', '.join(names[:4])}{' ...' * (len(names) > 4)}"
        )
        notes.add("coverage", "others", Problem(file, some[0].line, 1, "", said))
    return own


def tell_unused(cells: Sequence[Cell], notes: Notes) -> None:
    """Note tables that nobody is built from and no figure is compared with."""
    figures = {one.table for one in all_definitions().values() if one.table}
    used = {*PEOPLE_TABLES, *TABLES_BESIDE, *figures}
    first = {
        cell.table: cell
        for cell in reversed(cells)
        if cell.table not in used and not counts_people(cell)
    }
    for table, cell in first.items():
        said = (
            f"nothing is built from numbers of {table!r} or compared with them"
            f"{suggest(table, used)}"
        )
        hint = (
            "a table of people by a group is called after it (table veteran, group veteran=yes);"
            " `supply` and `local` of place.yaml take the rest"
        )
        notes.add("left out", table, Problem(cell.file, cell.line, 1, "", said, hint))


def find_wanted(home: Home, areas: Areas) -> Mapping[str, Wanted]:
    """What a place of its country is best built from; of a scenario that lends without a profile,
    that of the first country whose codes the place has.
    """
    own = find_profile(home.place.profile, home.folder).profile
    known = (find_profile(name, home.folder).profile for name in reversed(list_profiles()))
    some = (own, *(other for other in known if other.codes.is_place(areas.place)))
    return next((profile.wanted for profile in some if profile.wanted), {})


def list_missing(home: Home, cells: Sequence[Cell], areas: Areas) -> list[str]:
    """What the place would best be built from and no table gives, at all or by district."""
    missing = []
    for words, one in find_wanted(home, areas).items():
        table, by, where = one.table, one.by, one.where
        mine = [
            cell
            for cell in cells
            if cell.table == table
            or (
                table == "deprivation"
                and cell.table == "income"
                and areas.level(cell.area) == "district"
            )
        ]
        whole = [cell for cell in mine if all(getattr(cell, name) for name in by)]
        if not whole and table in {"ethnicity", "insurance", "employment"}:
            whole = [cell for cell in cells if table in cell.groups]
        if not whole:
            ages = any(cell.age for cell in mine) or table != "population"
            until = f"until then borrowed from profile {home.place.profile}"
            missing.append(f"{words}: {where}; {until if ages else NOBODY_BUILT}")
        elif not any(
            areas.level(areas.renamed.get(cell.area, cell.area)) == "district" for cell in whole
        ) and table in {"population", "household_size", "employment", "ethnicity"}:
            missing.append(
                f"{words} by district: {where}; until then districts have those of the whole place"
            )
    missing += _list_missing_people(cells, areas)
    if not home.place.supply:
        missing.append(
            "posts, caseloads, lists and beds: `supply` in place.yaml; until then in proportion to"
            " people, a guess"
        )
    if not home.place.local:
        missing.append("local figures: `local` in place.yaml; without them levels are the nation's")
    return missing


def _list_missing_people(cells: Sequence[Cell], areas: Areas) -> list[str]:
    """Ages and sexes that the table of population leaves out, each with its place."""
    choice = choose_families(list_families(cells, areas, ()), len(areas.districts))
    found = find_missing_people(choice.base) if choice else []
    return [f"people: {one.file}:{one.line} {one.message}" for one in found]
