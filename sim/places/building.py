"""Build a place: people from its tables, the town that they make, and what is local and what is
borrowed.
"""

from __future__ import annotations

import json
import math
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import InvalidInput, Problem, spell
from sim.places.areas import find_areas
from sim.places.figures.records import BuildRecord
from sim.places.folder import (
    AS_IS,
    BUILT,
    FILE,
    FITTED,
    HOUSEHOLDS,
    PEOPLE,
    POSTERIOR,
    TABLES,
    TOWN,
)
from sim.places.idle_keys import list_idle
from sim.places.lookup import read_lookup
from sim.places.population.coverage import find_missing_people, find_uncounted_groups
from sim.places.population.districts import find_missing_homes, make_districts
from sim.places.population.files import write_households, write_people
from sim.places.population.microdata import read_sample
from sim.places.population.people import borrow, build_people
from sim.places.profile import OTHER_LEVEL, find_profile, join_codes, name_town
from sim.places.tables.notes import Notes
from sim.places.tables.tidy import read_tidy
from sim.places.town import make_town
from sim.places.writing import write_town
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.messages import explain_conflict
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.yaml_document import read_document
from sim.scenario.library import check_text, load
from sim.store import read_written, write_whole

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from sim.places.areas import Areas
    from sim.places.folder import Home
    from sim.places.population.districts import District
    from sim.places.population.microdata import Sample
    from sim.places.population.people import People
    from sim.places.tables.tidy import Cell
    from sim.scenario.scenario import Scenario


class Built(NamedTuple):
    """A place that was built: people, districts, and what was borrowed and never acts, in words."""

    people: People
    areas: Areas
    districts: tuple[District, ...]
    residents: int
    deprivation: str
    borrowed: tuple[str, ...]
    idle: tuple[str, ...]
    notes: Notes


OF_PROFILE = {
    "employment": "who works, studies or is retired, by age",
    "insurance": "who is insured how, by age",
}
"""What the profile lends of people where no table says."""


def read_cells(home: Home) -> list[Cell]:
    """The place's tables in the tidy form, up to its year, those of other boundaries in terms of
    its districts; InvalidInput where none have been read.
    """
    cells, year = read_all_cells(home), home.place.year
    if year is not None:
        cells = [cell for cell in cells if cell.year <= year]
        if not cells:
            said = f"is {year}, and all tables are of later years"
            raise InvalidInput(home.explain(("year",), said))
    return read_lookup(home).translate(cells)


def read_all_cells(home: Home) -> list[Cell]:
    """The place's tables as they are; InvalidInput where none have been read."""
    file = home.file(TABLES)
    if not file.is_file():
        hint = (
            f"`{spell('place', 'read', home.spelling)}` reads all that lies in {home.folder}/data"
        )
        raise InvalidInput(Problem(str(file), 0, 0, "", "no tables have been read yet", hint))
    return read_tidy(file)


def locate(home: Home, cells: Sequence[Cell], notes: Notes | None = None) -> Areas:
    """The place and its districts in its tables, by the codes of its profile's country.

    InvalidInput if the place cannot be told.
    """
    given = home.place
    codes = find_profile(given.profile, home.folder).profile.codes
    if all(codes.level_of(area) == OTHER_LEVEL for area in {cell.area for cell in cells}):
        codes = join_codes()  # what lends need not be of the place's country
    return find_areas(cells, home.name, given.area, given.also, given.districts.level, notes, codes)


def load_profile(home: Home) -> tuple[Scenario, str]:
    """The scenario that lends, and how a file in the place's folder names it."""
    town = find_profile(home.place.profile, home.folder).town
    return load(town), name_town(town, home.folder)


def build_place(home: Home) -> Built:
    """Build people and town and write them into the place's folder.

    InvalidInput where tables do not allow it.
    """
    home.check_can_write()
    notes = Notes()
    cells = read_cells(home)
    declared = home.place
    areas = locate(home, cells, notes)
    read_lookup(home).check(read_all_cells(home), areas)
    profile, parent = load_profile(home)
    sample = read_sample(home)
    people = build_people(
        cells,
        areas,
        borrow(profile.population),
        declared.seed,
        declared.groups,
        declared.scale,
        sample,
    )
    few = find_uncounted_groups(people.choice, people.grid)
    homes = find_missing_homes(cells, areas)
    for lacking in (*find_missing_people(people.choice.base), *few, *homes):
        notes.add("coverage", lacking.message, lacking)
    districts, index = make_districts(people.whole, people.grid, areas, declared.districts, cells)
    if not districts:
        said, hint = "leaves no people in any district", "take a larger share"
        raise InvalidInput(home.explain(("scale",), said, hint))
    _check_lists(home, float(people.whole.sum()))
    borrowed = list_borrowed(home, people, districts, index, sample)
    town = make_town(declared, districts, people.grid, profile, parent) | {"place": home.name}
    residents, idle = town["population"]["residents"], list_idle(declared, cells, areas)
    words = index, tuple(borrowed), tuple(idle)
    built = Built(people, areas, tuple(districts), residents, *words, notes)
    _write(home, built, town)
    return built


def _check_lists(home: Home, people: float) -> None:
    """InvalidInput where more people are in care, wait, lie in beds or work than live here."""
    found = []
    for name, supply in home.place.supply.items():
        counts = {
            key: getattr(supply, key) for key in ("in_care", "waiting", "beds", "beds_elsewhere")
        }
        counts["posts"] = sum(supply.posts.values())
        found += [
            home.explain(("supply", name, key), f"is more than the {people:,.0f} residents")
            for key, count in counts.items()
            if count is not None and count * supply.catchment > people
        ]
    if found:
        raise InvalidInput(found)


def list_borrowed(
    home: Home,
    people: People,
    districts: Sequence[District],
    deprivation: str,
    sample: Sample | None = None,
) -> list[str]:
    """What no table and no line of place.yaml says, and where it comes from instead."""
    place, profile = home.place, home.place.profile
    used = {name for family in (people.choice.base, *people.choice.shares) for name in family.by}
    by_district = {
        name
        for family in (people.choice.base, *people.choice.shares)
        if family.level == "district"
        for name in family.by
    }
    said = []
    if len(districts) > 1 and "age" not in by_district:
        said.append("ages of each district: all have those of the whole place")
    said += _say_people(people, used, f"profile {profile}", sample)
    said += _say_homes(districts, profile)
    said += _say_deprivation(districts, deprivation)
    said.append(
        f"who is online, incomes, families, friendships: profile {profile} and the evidence"
    )
    if not place.supply:
        said.append(
            f"services, posts and beds: profile {profile}, in proportion to people - a guess"
        )
    if not place.funds:
        said.append(f"money: profile {profile}, in proportion to what posts cost")
    if place.districts.distance is None:
        said.append(f"travel to services: the mean of profile {profile}")
    if not place.local:
        said.append(
            "levels of need, help-seeking and crises: fitted to the nation, not to this place"
        )
    return said


def _say_people(
    people: People, used: Container[str], profile: str, sample: Sample | None
) -> list[str]:
    """Work, insurance and groups that no table gives, or not of every district."""
    said = []
    for name, words in OF_PROFILE.items():
        if name not in used:
            told = sample is not None and name in sample.categories
            said.append(f"{words}: {sample.title if sample and told else profile}")
    for name, count in people.uncounted.items():
        source = profile if name in OF_PROFILE else "as in the others"
        said.append(f"{name} in {count} of {len(people.grid.districts)} districts: {source}")
    return said


def _say_homes(districts: Sequence[District], profile: str) -> list[str]:
    """Districts whose household sizes no table gives."""
    unknown = sum(not one.homes for one in districts)
    if unknown == len(districts):
        return [f"household sizes: profile {profile}"]
    part = f"{unknown} of {len(districts)}"
    return [f"household sizes in {part} districts: as in the others"] if unknown else []


def _say_deprivation(districts: Sequence[District], index: str) -> list[str]:
    """Districts whose deprivation no table gives."""
    if len(districts) > 1 and not index:
        return ["deprivation of districts: all alike, in the middle"]
    unknown = sum(one.deprivation is None for one in districts)
    part = f"{unknown} of {len(districts)}"
    return [f"deprivation where no table has it ({part}): in the middle"] if unknown else []


def _write(home: Home, built: Built, town: dict[str, Any]) -> None:
    head = [
        (
            f"Built by `{spell('place', 'build', home.name)}` from {TABLES} and place.yaml;"
            " built again it is written anew."
        ),
        "Change as-is.yaml, or write scenarios that extend this place, rather than this file.",
        "",
        "Borrowed, not local:",
        *(f"- {line}" for line in built.borrowed),
    ]
    text = write_town(town, head)
    if problems := check_text(text, home.file(TOWN)).problems:
        raise InvalidInput(_point_back(problems, home))
    write_whole(home.file(TOWN), text)
    # What was fitted belongs to the town of before, and would be taken for that of this one.
    for stale in (FITTED, POSTERIOR):
        home.file(stale).unlink(missing_ok=True)
    write_people(home.file(PEOPLE), built.districts, built.people.grid)
    write_households(home.file(HOUSEHOLDS), built.districts, home.place.scale)
    record = summarise(built) | {"made_of": sign_sources(home)}
    write_whole(home.file(BUILT), json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    if not home.file(AS_IS).exists():
        lines = {
            "extends": TOWN,
            "title": f"{home.place.title} as it is",
            "summary": "What happens if nothing changes here?",
        }
        write_whole(home.file(AS_IS), write_town(lines, []))


def sign_sources(home: Home) -> str:
    """Checksum of what a town is built from: its tables, and all that place.yaml says but for
    figures and levers, which are the fit's.
    """
    said = home.place.model_dump(mode="json", exclude={"local", "context"})
    tables = home.file(TABLES)
    content = tables.read_bytes() if tables.is_file() else b""
    text = json.dumps(said, sort_keys=True, default=str).encode()
    return sha256(text + content).hexdigest()[:16]


def say_changed(home: Home) -> list[str]:
    """Whether tables or place.yaml have changed since the town was built: it is not theirs then."""
    file, again = home.file(BUILT), spell("place", "build", home.spelling)
    record = read_written(file, BuildRecord, again) if file.is_file() else {}
    made_of = record.get("made_of", "")
    # Records of earlier versions have no checksum.
    if made_of in {"", sign_sources(home)}:
        return []
    return [f"{FILE} or {TABLES} have changed since the town was built: `{again}` builds it anew"]


def _point_back(problems: Sequence[Problem], home: Home) -> list[Problem]:
    """What is wrong with a town that was never written, at the key of place.yaml that it comes
    from.
    """
    file = home.file(FILE)
    shown = show_path(file)
    shown = FILE if Path(shown).is_absolute() else shown
    document = read_document(file, shown)
    told = []
    for problem in problems:
        keys = tuple(problem.path.split("."))
        # What a town says of its services is under `supply` here, and all else that it says under
        # `town`, but for its funds.
        sources = [keys, ("town", *keys), ("supply", *keys[1:])]
        known = [
            source[:depth]
            for source in sources
            for depth in range(len(source), 1, -1)
            if source[:depth] in document.places
        ]
        if not known:
            told.append(problem._replace(file=shown, line=0, column=0, source_line=""))
            continue
        found = explain_conflict(
            Conflict(max(known, key=len), problem.message, problem.hint), document
        )
        told.append(found._replace(path=problem.path))
    return told


def summarise(built: Built) -> dict[str, Any]:
    """What was built, as plain data."""
    agreements = [
        {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in one._asdict().items()
        }
        for one in built.people.agreements
    ]
    districts = [
        {
            "name": d.name,
            "title": d.title,
            "codes": list(d.codes),
            "residents": d.residents,
            "deprivation": d.deprivation,
        }
        for d in built.districts
    ]
    return {
        "area": built.areas.place,
        "residents": built.residents,
        "people": int(built.people.whole.sum()),
        "base": built.people.choice.base.name,
        "deprivation": built.deprivation,
        "rounds": built.people.rounds,
        "districts": districts,
        "tables": agreements,
        "borrowed": list(built.borrowed),
        "groups": {
            name: list(categories) for name, categories in built.people.grid.dimensions.items()
        },
    }
