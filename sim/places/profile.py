"""What lends to places of a country, declared without code: the town, how areas are coded there,
and which tables a place is best built from.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field

from sim.errors import InvalidInput, Problem
from sim.scenario.diagnostics.messages import define_other
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.yaml_document import read_document
from sim.scenario.library import find_scenario, find_shelf
from sim.scenario.schema.field_types import Declared, Text, say_wrong

FILE, FOLDER = "profile.yaml", "places/profiles"
OTHER_LEVEL = "other"
"""Level of a code that no profile's patterns know."""


def _check_pattern(text: str) -> str:
    def compile_it() -> str:
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error}") from None
        return text

    return str(say_wrong(compile_it))


Pattern = Annotated[str, AfterValidator(_check_pattern)]


class Codes(Declared):
    """How areas are coded; every pattern is held against the whole code."""

    places: Pattern = Field(default="", description="Codes of areas that are places: councils.")
    nations: tuple[str, ...] = Field(default=(), description="Codes of the nation.")
    levels: dict[Pattern, str] = Field(
        default_factory=dict,
        description="Name of the level of area by pattern of its code; may name groups of it.",
    )
    small: tuple[str, ...] = Field(
        default=(), description="Levels too small for districts where there are larger ones."
    )
    nested: Pattern = Field(
        default="", description="Codes that begin with the code of the area that they lie in."
    )

    def is_place(self, code: str) -> bool:
        """Whether a code is that of a place."""
        return bool(self.places and re.fullmatch(self.places, code))

    def level_of(self, code: str) -> str:
        """The level of an area, OTHER_LEVEL where no pattern knows it."""
        for pattern, name in self.levels.items():
            if match := re.fullmatch(pattern, code):
                return match.expand(name)
        return f"{len(code)} digits" if code.isdigit() else OTHER_LEVEL

    def find_place_of(self, code: str) -> str:
        """The place that the code of an area begins with; empty where codes do not nest."""
        if not (self.nested and re.fullmatch(self.nested, code)):
            return ""
        return next((code[:n] for n in range(1, len(code)) if self.is_place(code[:n])), "")

    def may_lie_in(self, code: str, place: str) -> bool:
        """Whether an area may lie in a place; of codes that do not nest nothing is known."""
        nests = self.nested and re.fullmatch(self.nested, code)
        return not (nests and re.fullmatch(self.nested, place)) or code.startswith(place)


class Wanted(Declared):
    """A table that a place is best built from."""

    table: Text = Field(description="Its name in the tidy form.")
    by: tuple[Literal["age", "sex"], ...] = Field(default=(), description="Broken down by.")
    where: Text = Field(description="Where it is found.")


class Profile(Declared):
    """What lends to the places of a country."""

    kind: Literal["profile"]
    title: Text
    town: Text = Field(description="Scenario that lends: a shipped one, or a file beside.")
    codes: Codes = Field(default_factory=Codes)
    wanted: dict[str, Wanted] = Field(
        default_factory=dict, description="Tables by what they are, in words."
    )


class Lender(NamedTuple):
    """A profile and the file of its town."""

    profile: Profile
    town: Path


def list_profiles() -> list[str]:
    """Names of the profiles that come with Kinwell."""
    return sorted(file.parent.name for file in (find_shelf() / FOLDER).glob(f"*/{FILE}"))


def find_profile(name: str, folder: Path) -> Lender:
    """A profile by name, the folder of one, or any scenario, from `folder` or from here.

    InvalidInput where there is none.
    """
    shipped = find_shelf() / FOLDER / name / FILE
    if name in list_profiles():
        return _read(shipped)
    for found in (folder / name, Path(name).expanduser()):
        if (found / FILE).is_file():
            return _read(found / FILE)
        if found.is_file():
            return Lender(_of_scenario(name), found)
        if found.is_dir() and not (found / "place.yaml").is_file():
            said = f"has no {FILE}"
            raise InvalidInput(Problem.of_file(str(found), "profile", said, "`kind: profile`"))
    try:
        return Lender(_of_scenario(name), find_scenario(name))
    except InvalidInput as error:
        known = list_profiles()
        hint = f"profiles are {', '.join(known)}, a folder with a {FILE}, or a scenario"
        problems = [
            problem._replace(
                message=f"{problem.message}{suggest(name, known)}", hint=hint, path="profile"
            )
            for problem in error.problems
        ]
        raise InvalidInput(problems) from None


def _read(file: Path) -> Lender:
    document = read_document(file, show_path(file))
    profile = define_other(Profile, "profile", document, "would say `kind: profile`")
    beside = file.parent / profile.town
    return Lender(profile, beside if beside.is_file() else find_scenario(profile.town))


def _of_scenario(name: str) -> Profile:
    """A scenario lends as a profile that knows the codes of all countries that are known."""
    return Profile(kind="profile", title=name, town=name, codes=join_codes())


@cache
def join_codes() -> Codes:
    """Codes of all profiles that come with Kinwell, for tables of no matter where."""
    all_codes = [
        _read(find_shelf() / FOLDER / name / FILE).profile.codes for name in list_profiles()
    ]
    levels: dict[str, str] = {}
    for codes in reversed(all_codes):
        for pattern, level in codes.levels.items():
            levels.setdefault(pattern, level)
    return Codes(
        places="|".join(codes.places for codes in all_codes),
        nations=tuple(code for codes in all_codes for code in codes.nations),
        levels=levels,
        small=tuple(level for codes in all_codes for level in codes.small),
        nested="|".join(codes.nested for codes in all_codes if codes.nested),
    )


def name_town(town: Path, folder: Path) -> str:
    """How a scenario in a folder names the town that lends: by name where it is shipped, else by
    its path from there.
    """
    shelf, real = find_shelf().resolve(), town.resolve()
    if real.parent == shelf:
        return real.name
    if real.is_relative_to(shelf):
        return real.parent.relative_to(shelf).as_posix()
    return os.path.relpath(real, folder.resolve()).replace(os.sep, "/")
