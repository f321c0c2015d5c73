"""The folder of a place: place.yaml, data/, and what reading and building leave there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.places.declaration import Place
from sim.places.profile import find_profile, list_profiles
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.messages import define_other, explain_conflict
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.user_path import read_path
from sim.scenario.files.yaml_document import read_document
from sim.scenario.library import find_shelf
from sim.scenario.schema.names import say_unfit
from sim.store import write_whole
from sim.store.connection import explain_files, refuse
from sim.store.files import check_can_write

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE, TABLES, PEOPLE, HOUSEHOLDS, TOWN, AS_IS = (
    "place.yaml",
    "tables.csv",
    "population.csv",
    "households.csv",
    "town.yaml",
    "as-is.yaml",
)
BUILT, FITTED, HELD_OUT, POSTERIOR, DATA, READERS = (
    "build.json",
    "fit.json",
    "fit-held-out.json",
    "posterior.csv",
    "data",
    "readers",
)


class Home(NamedTuple):
    """A place and the folder that it lives in."""

    name: str
    folder: Path
    place: Place

    @property
    def spelling(self) -> str:
        """How a command names it from here: by its name where that finds it, else by its path."""
        try:
            found = find_folder(self.name)
        except InvalidInput:
            return str(self.folder)
        return self.name if found.resolve() == self.folder.resolve() else str(self.folder)

    def file(self, name: str) -> Path:
        """A file of the place."""
        return self.folder / name

    def check_can_write(self) -> None:
        """Raise `InvalidInput` where nothing can be written in its folder: asked before anything is
        computed for it.
        """
        hint = "copy the folder to where you may write, and name the copy"
        check_can_write(self.folder / TABLES, hint=hint)

    def explain(self, keys: Sequence[str], message: str, hint: str = "") -> Problem:
        """What is wrong with a key of its place.yaml, at the line of it, or of what it is in."""
        file = self.file(FILE)
        document = read_document(file, show_path(file))
        depths = range(len(keys), 0, -1)
        known = next((k for depth in depths if (k := tuple(keys[:depth])) in document.places), None)
        if known is None:
            return Problem.of_file(show_path(file), ".".join(keys), message, hint)
        found = explain_conflict(Conflict(known, message, hint), document)
        return found._replace(path=".".join(keys))


def find_folder(name: str) -> Path:
    """Folder of a place by name or path: here, in `places/` here, or among the shipped ones.

    InvalidInput if there is none.
    """
    if not name.strip() or "\0" in name:
        raise InvalidInput("a place needs a name, such as albemarle")
    plain = name.removeprefix("places/")
    shipped = find_shelf() / "places" / plain
    for folder in (read_path(name), Path("places") / name, shipped):
        if (folder / FILE).is_file():
            return folder
    known = sorted(
        {
            file.parent.name
            for root in (Path("places"), find_shelf() / "places")
            for file in root.glob(f"*/{FILE}")
        }
    )
    hint = (
        f"there are {', '.join(known)}; `kinwell place new NAME` begins one"
        if known
        else "`kinwell place new NAME` begins one"
    )
    raise InvalidInput(
        Problem(name, 0, 0, "", f"there is no place of this name{suggest(name, known)}", hint)
    )


def open_place(name: str) -> Home:
    """A place with its declaration checked; InvalidInput lists everything that is wrong with it."""
    folder = find_folder(name)
    document = read_document(folder / FILE, show_path(folder / FILE))
    return Home(
        folder.resolve().name,
        folder,
        define_other(Place, "place", document, "is no place: it would say `kind: place`"),
    )


def list_data(home: Home, files: Sequence[str]) -> list[Path]:
    """Files to read: those named (relative to here, else to the place's folder), or all of data/.

    InvalidInput for missing ones.
    """
    if not files:
        found = sorted(
            path
            for path in home.file(DATA).rglob("*")
            if path.is_file() and not path.name.startswith(".")
        )
        sample = home.place.microdata and home.file(home.place.microdata.file)
        kinds = {".csv", ".tsv", ".txt", ".json"}
        found = [path for path in found if path.suffix.lower() in kinds and path != sample]
        if not found:
            hint = "put published tables there as CSV, or name files"
            shown = str(home.file(DATA))
            raise InvalidInput(Problem.of_file(shown, "", "holds no tables", hint))
        return found
    paths = []
    for name in files:
        beside = [path for path in (read_path(name), home.folder / name) if path.is_file()]
        if not beside:
            hint = f"it is looked for here and in {home.folder}"
            raise InvalidInput(Problem.of_file(name, "", "there is no such file", hint))
        paths.append(beside[0])
    return paths


TEMPLATE = """\
# A place, built from its own published tables. What is written here stands; what is left out is
# borrowed from the profile and said to be so. All keys: docs/places.md
kind: place
title: {title}
profile: {profile}{area}

# scale: 10% # simulate a share of the people; posts, beds and money go with it
# groups: [ethnicity] # people are told apart by these; left out, by all that tables give

# What there is now. Without it, the profile's services stand there in proportion to people - a
# guess.
#supply:
#  talking-therapies:
#    kind: individual_therapy
#    posts: {{therapist: 14}} # full-time equivalents, vacancies included
#    vacancies: {{therapist: 2}}
#    caseload: 16
#    in_care: 190
#    waiting: 120
#    waited: 7 weeks
#  ward:
#    kind: inpatient_ward
#    beds: 24 # a ward that serves a larger area, and the share of it that is ours
#    catchment: 40%
#    beds_elsewhere: 1.5

# What is known of its levels; `kinwell place definitions` lists what can be given, and the traps of
# each.
#local:
#  psychiatric-admissions: {{value: 210, year: 2023, source: hospital statistics, tolerance: 10%}}
"""


def is_shipped(name: str) -> bool:
    """Whether a place of this name comes with the package."""
    return (find_shelf() / "places" / name / FILE).is_file()


def begin_place(name: str, profile: str, area: str) -> Path:
    """Write the folder of a new place: place.yaml, data/, notes.md.

    InvalidInput if it is there already, or there is no such profile.
    """
    plain = name.strip()
    if said := say_unfit(plain):
        hint = "a place's name names its folder in places/, such as albemarle"
        said = f"the name of a place {said} (got {name!r})"
        raise InvalidInput(Problem("", 0, 0, "", said, hint))
    folder = Path("places") / plain
    find_profile(profile, Path.cwd())
    if Path(profile).exists() and profile not in list_profiles():
        profile = os.path.relpath(profile, folder).replace(os.sep, "/")
    title = plain.replace("-", " ").replace("_", " ").title()
    said = (
        f"\narea: {area!r} # its code in the tables"
        if area
        else "\n# area: '51003' # its code in the tables; left out, found by its name"
    )
    notes = f"# {title}\n\nWhat was asked of whom, what was decided and why.\n"
    with explain_files(folder, "give the command in another folder"):
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            message = "is already there and is not overwritten"
            raise refuse(folder, message, "choose another name") from None
        (folder / DATA).mkdir()
        write_whole(folder / FILE, TEMPLATE.format(title=title, profile=profile, area=said))
        write_whole(folder / "notes.md", notes)
    return folder
