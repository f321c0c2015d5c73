"""What the model is held against: local figures as they are declared and as they stand in the
tables, by their definitions.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.places.figures.definitions import all_definitions
from sim.places.figures.measures import COUNTED_EVENTS
from sim.places.figures.pooling import count_people, pool_districts
from sim.places.tables.tidy import split_groups
from sim.provenance import tell_time
from sim.scenario.diagnostics.suggestions import suggest
from sim.studies.calibration.targets import all_targets
from sim.units import DAYS_PER_YEAR, WEEKS_PER_CALENDAR_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.places.areas import Areas
    from sim.places.declaration import Figure
    from sim.places.figures.definitions import Definition
    from sim.places.folder import Home
    from sim.places.tables.tidy import Cell


PER = (1_000, 100_000)
"""People that rates are of."""
MOST_WEEKS_OR_DAYS = 5_218
"""Days of a stay or weeks of a wait at most: the weeks of a hundred years."""


class Aim(NamedTuple):
    """A local figure and what the model should give for it.

    published, national: as printed. value, low, high: of the model's measure. fit: whether levels
    are fitted to it. note: what to know.
    """

    name: str
    definition: Definition
    published: float
    national: float | None
    value: float
    low: float
    high: float
    fit: bool
    mode: str
    year: int
    source: str
    note: str = ""

    @property
    def tolerance(self) -> float:
        """Half of the width that counts as met, relative to the value."""
        return (self.high - self.low) / 2.0 / max(abs(self.value), 1e-9)


class Given(NamedTuple):
    """A figure as it is declared or printed, and the nation's."""

    name: str
    value: float
    national: float | None
    bounds: tuple[float | None, float | None]
    year: int
    source: str


def list_aims(home: Home, cells: Sequence[Cell], areas: Areas) -> list[Aim]:
    """All local figures, those of place.yaml first.

    InvalidInput names every figure that cannot be used and why.
    """
    problems, people = list[Problem](), _count_at_most(cells)
    aims: list[Aim] = []
    for name, figure in home.place.local.items():
        definition = all_definitions().get(figure.definition or name)
        if definition is None:
            near = suggest(figure.definition or name, all_definitions())
            said = f"there is no definition of this name{near}"
            hint = "`kinwell place definitions` lists them"
            problems.append(home.explain(("local", name), said, hint))
            continue
        wrong = list(_find_impossible(figure, definition, people))
        problems += [home.explain(("local", name, key), said) for key, said in wrong]
        try:
            aims.append(_declare(name, figure, definition, cells, areas))
        except ValueError as error:
            problems += [] if wrong else [home.explain(("local", name), str(error))]
    if problems:
        raise InvalidInput(problems)
    taken = {aim.definition.id for aim in aims}
    for definition in all_definitions().values():
        found = (
            _look_up(definition, cells, areas)
            if definition.table and definition.id not in taken
            else None
        )
        if found is not None:
            aims += _offer(definition, found)
    return aims


def _find_impossible(
    figure: Figure, definition: Definition, people: float
) -> Iterator[tuple[str, str]]:
    """Numbers of a figure that nothing can have which its definition counts: key, and why."""
    most, said = _bound(definition, people)
    for key in ("value", "low", "high", "national"):
        given = getattr(figure, key)
        # The nation's counts are of more people than live here.
        own = key != "national" or definition.unit == "share"
        if given is not None and own and given > most:
            yield key, f"{said} (got {given:g})"
    if figure.value == 0.0 and figure.high is None:
        yield "value", "is 0, and no share of 0 is a tolerance: give low and high too"
    if figure.national == 0.0:
        yield "national", "must be more than 0: the local figure is held against it"
    if figure.year is not None and figure.year > int(tell_time()[:4]):
        yield "year", f"is {figure.year}, which is still to come"


def _count_at_most(cells: Sequence[Cell]) -> float:
    """The people of the place or more: the largest table, all of its breakdowns together."""
    sums: Counter[tuple[str, int]] = Counter()
    for cell in cells:
        if cell.measure == "persons" and not cell.groups:
            sums[cell.table, cell.year] += round(cell.value or 0.0)
    return float(max(sums.values(), default=0))


def _bound(definition: Definition, people: float) -> tuple[float, str]:
    """The most that a figure can be, and what more of it would be."""
    if definition.unit == "share":
        return 1.0, "is a share and must lie between 0 and 1, or be written with %"
    per_year = DAYS_PER_YEAR if definition.measure == "bed_days" else WEEKS_PER_CALENDAR_YEAR
    often = "one a day" if definition.measure == "bed_days" else "one a week"
    # Without a table of all people there is nothing to hold a count against.
    if definition.measure in COUNTED_EVENTS and people:
        return people * per_year, f"is more than {often} for everybody who lives here"
    for base in PER:
        if definition.measure.endswith(f"per_{base}"):
            return base * per_year, f"is more than {often} for each of {base:,} people"
    if definition.unit in ("days", "weeks"):
        return MOST_WEEKS_OR_DAYS, f"is more than {MOST_WEEKS_OR_DAYS:,} {definition.unit}"
    return math.inf, ""


def _declare(
    name: str, figure: Figure, definition: Definition, cells: Sequence[Cell], areas: Areas
) -> Aim:
    """A figure of place.yaml; ValueError says what it lacks."""
    found = _look_up(definition, cells, areas)
    local, nation = found or (None, None)
    value = figure.value if figure.value is not None else local.value if local else None
    if value is None:
        raise ValueError("has no value, and no table that was read gives one")
    national = figure.national if figure.national is not None else nation.value if nation else None
    mode = figure.mode or definition.mode
    year = figure.year or (local.year if local and figure.value is None else 0)
    given = Given(name, value, national, (figure.low, figure.high), year, figure.source)
    return _make(given, definition, mode, figure.tolerance, fit=figure.fit)


def _offer(definition: Definition, found: tuple[Cell, Cell | None]) -> list[Aim]:
    """A figure that the tables give by themselves: held against, not fitted to."""
    local, nation = found
    if local.value is None:
        return []
    try:
        national = nation.value if nation else None
        given = Given(
            definition.id, local.value, national, (local.low, local.high), local.year, local.source
        )
        # Nobody asked for this figure: what it lacks is no error.
        return [_make(given, definition, definition.mode, None, fit=False)]
    except ValueError:
        return []


def _make(
    given: Given, definition: Definition, mode: str, tolerance: float | None, *, fit: bool
) -> Aim:
    """What the model should give for a figure; ValueError says what it lacks."""
    value, (low, high) = given.value, given.bounds
    factor = _find_factor(definition, given.national) if mode == "ratio" else 1.0
    if definition.unit == "share" and not 0.0 <= value <= 1.0:
        raise ValueError(f"{_bound(definition, 0.0)[1]} (got {value:g})")
    if tolerance is not None or low is None or high is None:
        width = definition.tolerance if tolerance is None else tolerance
        low, high = value * (1.0 - width), value * (1.0 + width)
    return Aim(
        given.name,
        definition,
        value,
        given.national,
        value * factor,
        low * factor,
        high * factor,
        fit,
        mode,
        given.year,
        given.source,
    )


def _find_factor(definition: Definition, national: float | None) -> float:
    """What a figure is multiplied with to be the model's: the nation's moment over its figure."""
    if not national:
        raise ValueError(
            "is held against the nation (`mode: ratio`) and needs `national`, the nation's"
            " figure of the same year"
        )
    moment = read_moment(definition)
    if moment is None:
        raise ValueError("is of a definition without a national moment: `mode: level` alone")
    return moment / national


def read_moment(definition: Definition) -> float | None:
    """The nation's number for the measure of a definition, as the model is fitted to it.

    None without one.
    """
    if definition.moment is None:
        return None
    target = next(target for target in all_targets() if target.id == definition.moment.id)
    return sum(target.value[part] for part in definition.moment.parts)


def _look_up(
    definition: Definition, cells: Sequence[Cell], areas: Areas
) -> tuple[Cell, Cell | None] | None:
    """The newest cell of the place that a definition means, and the nation's of the same year."""
    wanted = split_groups(definition.group)
    by_level: dict[str, list[Cell]] = {"place": [], "district": [], "nation": []}
    own, nation = by_level["place"], by_level["nation"]
    for cell in cells:
        if (
            cell.table != definition.table
            or cell.value is None
            or cell.sex
            or (cell.measure == "share") != _is_share(definition)
        ):
            continue
        if any(cell.groups.get(name) != category for name, category in wanted.items()):
            continue
        level = areas.level(cell.area)
        by_level.get(level, []).append(cell)
    if not own and by_level["district"] and _is_share(definition):
        pooled = pool_districts(by_level["district"], count_people(cells, areas), areas)
        own += [pooled] if pooled is not None else []
    if not own:
        return None
    newest = max(own, key=lambda cell: cell.year)
    same = [cell for cell in nation if cell.year == newest.year]
    return newest, same[0] if same else None


def _is_share(definition: Definition) -> bool:
    return definition.unit == "share"
