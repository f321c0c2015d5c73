"""Scenarios by name or path: shipped ones and those of the user."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput, Problem, spell
from sim.scenario.diagnostics.evidence_ranges import find_outside_range
from sim.scenario.diagnostics.inactive import find_inactive, find_stated_nothing
from sim.scenario.diagnostics.messages import define, explain_conflict
from sim.scenario.diagnostics.renamed_ids import note_renamed
from sim.scenario.diagnostics.suggestions import suggest, suggest_value
from sim.scenario.files.inheritance import look_for, read_family, show_path
from sim.scenario.files.kept_services import note_kept_services
from sim.scenario.files.user_path import read_path
from sim.scenario.files.yaml_document import read_document
from sim.scenario.scenario import Scenario
from sim.scenario.schema.names import make_plain
from sim.units import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.scenario.diagnostics.conflicts import Conflict
    from sim.scenario.files.yaml_document import Document

OTHER_KINDS = {
    "sweep": "sweep",
    "trial": "trial",
    "natural_experiment": "trial",
    "choice": "choose",
    "claims": "claims",
}
"""The command that takes each other kind of document."""


class Loaded(NamedTuple):
    """A scenario with the document that it was read from."""

    scenario: Scenario
    document: Document
    path: Path


class Checked(NamedTuple):
    """A document with the scenario that it declares, or else with what is wrong with it."""

    document: Document
    scenario: Scenario | None
    problems: tuple[Problem, ...]


@cache
def find_shelf() -> Path:
    """The folder of the scenarios that come with Kinwell."""
    here = Path(__file__).resolve().parent
    # A wheel holds the scenarios beside this module, a checkout at its top.
    installed = here / "shipped"
    return installed if installed.is_dir() else here.parents[1] / "scenarios"


def list_shipped() -> list[str]:
    """Names of the scenarios that come with Kinwell."""
    return sorted(path.stem for path in find_shelf().glob("*.yaml"))


def find_scenario(name_or_path: str | os.PathLike[str]) -> Path:
    """The file of a shipped scenario, or the path itself; InvalidInput if there is neither."""
    given: object = name_or_path  # from Python, it may be anything
    text = os.fspath(given) if isinstance(given, str | os.PathLike) else ""
    if not text.strip() or "\0" in text:
        said = "needs the name or the path of a scenario"
        raise InvalidInput(
            Problem.of_file("", "", said, f"shipped are {', '.join(list_shipped())}")
        )
    path = read_path(text)
    shipped_name = path.name == text and text.removesuffix(".yaml") in list_shipped()
    if (place := _find_place(path, text)) is not None:
        return place
    # Also a broken link, which reading explains; a folder may bear a shipped name by chance.
    if os.path.lexists(path) and not (shipped_name and path.is_dir()):
        return path
    if shipped_name:
        return find_shelf() / f"{text.removesuffix('.yaml')}.yaml"
    raise InvalidInput(_say_missing(path, text))


def _say_missing(path: Path, text: str) -> Problem:
    """Say that there is no such file or scenario, and which may have been meant."""
    if path.suffix in {".yaml", ".yml"} or path.name != text:
        hint = "`kinwell new NAME` writes a scenario"
        meant = suggest(path.name, (other.name for other in path.parent.glob("*.yaml")))
        return Problem.of_file(text, "", f"there is no such file{meant}", hint)
    shipped = list_shipped()
    beside = (
        f" - did you mean the file '{text}.yaml'?"
        if Path(f"{text}.yaml").is_file()
        else suggest(text, shipped)
    )
    said = f"there is no scenario of this name{beside}"
    return Problem.of_file(text, "", said, f"shipped are {', '.join(shipped)}")


def find_parent(name_or_path: str | os.PathLike[str]) -> str | None:
    """Name or path of the scenario that another extends; None where it stands by itself."""
    path, shelf = find_scenario(name_or_path), find_shelf()
    parent = read_document(path, show_path(path)).data.get("extends")
    if parent is None:
        return None
    found = look_for(path, str(parent), shelf)
    return found.stem if found.parent == shelf else show_path(found)


def _find_place(path: Path, text: str) -> Path | None:
    """The scenario of a place whose folder is named, as it is now; None if that is no place.

    InvalidInput for one that is not built: a shipped one of its name never takes its part.
    """
    shipped = find_shelf() / text if Path(text).parts[:1] == ("places",) else path
    for folder in (path, shipped):
        for name in ("as-is.yaml", "town.yaml"):
            if (folder / "place.yaml").is_file() and (folder / name).is_file():
                return folder / name
        if (folder / "place.yaml").is_file():
            hint = f"`{spell('place', 'build', folder)}` builds it"
            raise InvalidInput(Problem(text, 0, 0, "", "the place has not been built", hint))
    return None


def read(name_or_path: str | os.PathLike[str]) -> Loaded:
    """A scenario with the places of its values.

    InvalidInput lists everything that is wrong with it.
    """
    path = find_scenario(name_or_path)
    document = _name(read_family(path, find_shelf(), show_path(path)), path)
    return Loaded(define(document, Scenario), document, path)


def check_text(text: str, path: Path) -> Checked:
    """What the text would be as the file at a path: a scenario, or everything that is wrong with
    it.

    InvalidInput where it cannot be read at all.
    """
    document = _name(read_family(path, find_shelf(), path.name, text=text), path)
    try:
        return Checked(document, define(document, Scenario), ())
    except InvalidInput as error:
        return Checked(document, None, error.problems)


def _name(document: Document, path: Path) -> Document:
    """A document of a scenario with its name; InvalidInput for a document of another kind."""
    kind = document.data.pop("kind", "scenario")
    if kind != "scenario":
        place = document.places["kind",]
        known = isinstance(kind, str) and kind in OTHER_KINDS
        hint = (
            f"`{spell(OTHER_KINDS[kind], show_path(path))}` takes it"
            if known
            else "remove the line: a file without it is a scenario; other kinds of files are"
            f" {', '.join(OTHER_KINDS)}"
        )
        source = document.line(place.file, place.value_line)
        near = "" if known else suggest_value(str(kind), OTHER_KINDS)
        said = f"is {shorten(kind)}, not a scenario{near}"
        problem = Problem(
            place.file, place.value_line, place.value_column, "kind", said, hint, source
        )
        raise InvalidInput(problem)
    document.data.setdefault("name", name_of(path))
    return document


def list_notes(loaded: Loaded, more: Iterable[Conflict] = ()) -> list[Problem]:
    """What a scenario declares that can never act or lies outside the evidence, and more that
    somebody else found, each thing at its place.
    """
    found = [*find_inactive(loaded.scenario), *find_outside_range(loaded.scenario), *more]
    found += find_stated_nothing(loaded.document.data)
    notes = [explain_conflict(conflict, loaded.document) for conflict in found]
    notes += note_kept_services(loaded.document, loaded.scenario.population.residents)
    notes += [*loaded.document.notes, *note_renamed(loaded.document, ("parameters",))]
    return sorted(dict.fromkeys(notes), key=lambda note: (note.file, note.line, note.column))


def name_of(path: Path) -> str:
    """Name of a scenario in a file that gives none."""
    # What is stored resolved, as NAME.resolved.yaml, is the scenario NAME.
    stem = path.name.removesuffix(".yaml").removesuffix(".yml").removesuffix(".resolved")
    return make_plain(re.sub(r"[\s/\\:]+", "-", stem))


def load(name_or_path: str | os.PathLike[str]) -> Scenario:
    """A checked scenario, by the name of a shipped one or by path.

    InvalidInput lists everything that is wrong with it.

    >>> town = load("baseline")
    >>> town.population.residents, town.horizon, town.currency
    (10000, 156, 'USD')
    """
    return read(name_or_path).scenario
