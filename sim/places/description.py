"""A place as a page shows it: districts, ages beside their table, supply, figures, what is
borrowed, what to find out next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import InvalidInput, Problem, spell
from sim.places.building import locate, read_cells
from sim.places.figures.records import BuildRecord
from sim.places.folder import BUILT, TOWN, open_place
from sim.places.idle_keys import list_idle
from sim.places.intake import list_missing
from sim.places.population.boundaries import read_boundaries
from sim.places.tables.ages import ends_of
from sim.scenario.library import load
from sim.store import read_written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sim.places.areas import Areas
    from sim.places.folder import Home
    from sim.places.population.boundaries import Ring
    from sim.places.tables.tidy import Cell
    from sim.scenario.scenario import Scenario

MOST_OFF = 1.0 / 3.0


class PlaceDescription(NamedTuple):
    """A built place: its town, what `build` wrote, figures as `place check` has them, published
    people by (age band, sex), what no table gives, boundaries by district, and keys that never act.
    """

    home: Home
    town: Scenario
    built: dict[str, Any]
    figures: dict[str, Any]
    published: dict[tuple[str, str], float]
    missing: list[str]
    boundaries: dict[str, list[Ring]]
    idle: list[str]


def describe_place(home: Home) -> PlaceDescription:
    """Everything that the page of a place shows; InvalidInput where it has not been built."""
    # heavy to import: it brings the whole model, and few reports are of a place
    from sim.places.figures.adjusting import check_figures

    file = home.file(BUILT)
    if not file.is_file() or not home.file(TOWN).is_file():
        hint = f"`{spell('place', 'build', home.spelling)}` builds it"
        raise InvalidInput(Problem(str(home.folder), 0, 0, "", "has not been built", hint))
    built = read_written(file, BuildRecord, spell("place", "build", home.spelling))
    cells = read_cells(home)
    given = home.place
    areas = locate(home, cells)
    town = load(home.file(TOWN))
    codes = {code: one["name"] for one in built["districts"] for code in one["codes"]}
    return PlaceDescription(
        home,
        town,
        built,
        check_figures(home),
        count_published(cells, areas, list(town.population.ages)),
        list_missing(home, cells, areas),
        read_boundaries(home, codes),
        list_idle(given, cells, areas),
    )


def count_published(
    cells: Sequence[Cell], areas: Areas, bands: Sequence[str]
) -> dict[tuple[str, str], float]:
    """People by band of the town and sex in the newest table of population by age and sex; years
    of a table's band that lie in two of the town's are divided evenly.
    """
    mine = [
        cell
        for cell in cells
        if cell.table == "population"
        and cell.measure == "persons"
        and cell.age
        and cell.sex
        and cell.value is not None
    ]
    for level in ("place", "district"):
        some = [cell for cell in mine if areas.level(cell.area) == level]
        if some:
            newest = max(cell.year for cell in some)
            some = [cell for cell in some if cell.year == newest]
            first = some[0].file
            return _gather([cell for cell in some if cell.file == first], bands)
    return {}


def _gather(cells: Sequence[Cell], bands: Sequence[str]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for cell in cells:
        for band, part in _divide(cell.age, bands):
            key = band, cell.sex
            found[key] = found.get(key, 0.0) + part * (cell.value or 0.0)
    return found


def _divide(age: str, bands: Sequence[str]) -> Iterator[tuple[str, float]]:
    low, high = ends_of(age)
    for band in bands:
        first, last = ends_of(band)
        shared = min(high, last) - max(low, first) + 1
        if shared > 0:
            yield band, shared / (high - low + 1)


def list_questions(described: PlaceDescription) -> list[str]:
    """What to find out next: figures that the model misses most, levers at an end, what no table
    gives.
    """
    asked = []
    for one in described.figures["figures"]:
        if one["after"] is None or one["inside"]:
            continue
        off = one["after"] / one["aim"] - 1.0
        worth = "is the definition the same, and is" if abs(off) > MOST_OFF else "is"
        asked.append(f"{one['title']}: the model is {off:+.0%} off; {worth} supply as stated?")
    return [*asked, *described.figures["warnings"], *described.missing]


class RealPlace(NamedTuple):
    """The place that a scenario names: its described where its folder is found, else why not."""

    name: str
    described: PlaceDescription | None
    reason: str = ""


def find_place(declared: Mapping[str, Any]) -> RealPlace | None:
    """The place of a scenario as it ran; None for a town that is no place's."""
    name = declared.get("place")
    if not name:
        return None
    try:
        return RealPlace(str(name), describe_place(open_place(str(name))))
    except InvalidInput as error:
        return RealPlace(str(name), None, str(error.problems[0].message))
