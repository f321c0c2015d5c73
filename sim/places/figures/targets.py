"""What the model is held against: local figures as they are declared and as they stand in the
tables, by their definitions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.places.figures.definitions import all_definitions
from sim.places.figures.pooling import count_people, pool_districts
from sim.places.tables.tidy import split_groups
from sim.scenario.diagnostics.suggestions import suggest
from sim.studies.calibration.targets import all_targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.places.areas import Areas
    from sim.places.declaration import Figure
    from sim.places.figures.definitions import Definition
    from sim.places.folder import Home
    from sim.places.tables.tidy import Cell


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
    file, problems = f"{home.folder}/place.yaml", list[Problem]()
    aims: list[Aim] = []
    for name, figure in home.place.local.items():
        definition = all_definitions().get(figure.definition or name)
        if definition is None:
            near = suggest(figure.definition or name, all_definitions())
            said = f"there is no definition of this name{near}"
            hint = "`kinwell place definitions` lists them"
            problems.append(Problem.of_file(file, f"local.{name}", said, hint))
            continue
        try:
            aims.append(_declare(name, figure, definition, cells, areas))
        except ValueError as error:
            problems.append(Problem.of_file(file, f"local.{name}", str(error)))
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
        raise ValueError(
            f"is a share and must lie between 0 and 1, or be written with % (got {value:g})"
        )
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
