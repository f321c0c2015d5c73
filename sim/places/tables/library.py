"""The readers that there are: those that come with Kinwell and those that lie in a place's own
folder.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sim.errors import InvalidInput, Problem
from sim.places.tables.declaration import Reader
from sim.scenario.library import find_shelf

if TYPE_CHECKING:
    from pathlib import Path


def list_readers(own: Path | None = None) -> tuple[Reader, ...]:
    """All readers, a place's own (in folder `own`) first.

    InvalidInput names what is wrong with one of them.
    """
    mine = _read_folder(own) if own is not None and own.is_dir() else ()
    taken = {reader.id for reader in mine}
    # A place's own reader replaces the shipped one of its name, so that a mended copy is enough.
    return (*mine, *(reader for reader in _shipped() if reader.id not in taken))


@cache
def _shipped() -> tuple[Reader, ...]:
    return _read_folder(find_shelf() / "places" / "readers")


def _read_folder(folder: Path) -> tuple[Reader, ...]:
    readers: dict[str, Reader] = {}
    for file in sorted(folder.glob("*.yaml")):
        for reader in _read_file(file):
            if reader.id in readers:
                raise InvalidInput(
                    Problem(str(file), 0, 0, "", f"two readers are called {reader.id!r}")
                )
            readers[reader.id] = reader
    # After all files are read: a reader may take variables from one that comes later.
    return tuple(_complete(reader, readers) for reader in readers.values())


def _read_file(file: Path) -> list[Reader]:
    try:
        content = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except (YAMLError, OSError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InvalidInput(Problem(str(file), line, 1, "", f"is not YAML: {said}")) from None
    if not isinstance(content, dict):
        raise InvalidInput(Problem(str(file), 1, 1, "", "must be a mapping of readers by id"))
    found = []
    for name, body in content.items():
        try:
            found.append(
                Reader.model_validate({"id": str(name), **(body if isinstance(body, dict) else {})})
            )
        except ValidationError as error:
            problems = [
                Problem(
                    str(file),
                    0,
                    0,
                    ".".join(map(str, (name, *each["loc"]))),
                    each["msg"],
                    "docs/places.md says what a reader has",
                )
                for each in error.errors()
            ]
            raise InvalidInput(problems) from None
    return found


def _complete(reader: Reader, readers: dict[str, Reader]) -> Reader:
    """A reader with the variables that it takes from another."""
    if not reader.variables_from:
        return reader
    if reader.variables_from not in readers:
        raise InvalidInput(
            f"reader {reader.id}: there is no reader {reader.variables_from!r} to take variables"
            " from"
        )
    return reader.model_copy(
        update={"variables": readers[reader.variables_from].variables | reader.variables}
    )
