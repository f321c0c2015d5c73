"""`extends`: mappings merge, everything else replaces.

`replace: true` takes a parent's mapping out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import InvalidInput, Problem, spell
from sim.scenario.files.kept_services import count_residents, keeps_sizes
from sim.scenario.files.own_kinds import add_own_kinds
from sim.scenario.files.renamed_keys import OF_SCENARIOS, rename_keys
from sim.scenario.files.replacing import REPLACE, REPLACEABLE
from sim.scenario.files.user_path import read_path
from sim.scenario.files.yaml_document import Document, parse_unsaved, read_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.files.yaml_document import Keys, Place

LONGEST_CHAIN = 5
"""Files above the first in the longest chain."""
TOWN, PLACE = "town.yaml", "place.yaml"
"""The scenario in the folder of a real place, and what declares the place."""
NOT_INHERITED = ("name", "title", "summary", "kind")
"""What a file says of itself and passes on to nobody."""


def read_family(
    path: Path, shelf: Path, shown: str | None = None, *, text: str | None = None
) -> Document:
    """A file with everything that it inherits; InvalidInput names broken links, cycles and long
    chains.

    A parent is a path relative to the file; a bare name that is not beside it is looked up on the
    shelf. text: what takes the place of the file's own text, which need not be there.
    """
    chain: list[tuple[Path, Document]] = []
    following: Path | None = path
    name = shown or show_path(path)
    while following is not None:
        unsaved = text if not chain else None
        document = (
            read_document(following, name) if unsaved is None else parse_unsaved(unsaved, name)
        )
        # Old names become new ones in every file by itself, so that a child with the new name meets
        # a parent with the old.
        document = rename_keys(document, OF_SCENARIOS)
        chain.append((following, document))
        parent = document.data.get("extends")
        following = _find_parent(chain, parent, shelf) if parent is not None else None
        name = show_path(following) if following else ""
    merged = _merge_chain([document for _, document in chain])
    merged.data.pop("extends", None)
    # Only now: a child may still say `replace` of what its parent replaced.
    _forget_replacing(merged)
    return add_own_kinds(merged, (file.parent for file, _ in chain), show_path)


def _merge_chain(documents: Sequence[Document]) -> Document:
    """Documents, each over the next one, with how many people there were when the services were
    last given a size.
    """
    *children, merged = documents
    sized = merged.data
    # From the root down: each child lies over what all above it make.
    for document in reversed(children):
        merged = merge(merged, document)
        sized = sized if keeps_sizes(sized, merged.data) else merged.data
    return merged._replace(sized_for=count_residents(sized))


def show_path(path: Path) -> str:
    """A path as it is shortest to read: relative to where the user stands, if it is below."""
    # On another drive there is no relative path.
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return str(path)
    return str(path) if relative.startswith("..") else relative


def _find_parent(chain: list[tuple[Path, Document]], parent: Any, shelf: Path) -> Path:
    path, document = chain[-1]
    if not isinstance(parent, str) or not parent.strip() or "\0" in parent:
        raise InvalidInput(_blame(document, "must name one file, such as `baseline.yaml`"))
    found = look_for(path, parent, shelf)
    real = [os.path.realpath(before) for before, _ in chain]  # a link is the file behind it
    if os.path.realpath(found) in real:
        start = real.index(os.path.realpath(found))
        links = " -> ".join([*(before.name for before, _ in chain[start:]), found.name])
        raise InvalidInput(
            _blame(
                document, f"goes round in a circle: {links}", "one of them must not extend the next"
            )
        )
    if len(chain) > LONGEST_CHAIN:
        links = " -> ".join(before.name for before, _ in chain)
        raise InvalidInput(
            _blame(
                document,
                f"the chain is longer than {LONGEST_CHAIN} files: {links} -> {found.name}",
                "extend a file nearer to the root",
            )
        )
    if not found.is_file():
        if (found / PLACE).is_file():
            said = f"the place {parent} has not been built"
            raise InvalidInput(
                _blame(document, said, f"`{spell('place', 'build', found)}` builds it")
            )
        beside = (
            sorted(other.name for other in found.parent.glob("*.yaml"))
            if found.parent.is_dir()
            else []
        )
        hint = (
            f"there are {', '.join(beside[:8])}" if beside else "the path is relative to this file"
        )
        meant = f" - did you mean '{parent}.yaml'?" if f"{found.name}.yaml" in beside else ""
        raise InvalidInput(_blame(document, f"there is no file {parent}{meant}", hint))
    return found


def look_for(child: Path, parent: str, shelf: Path) -> Path:
    """The file that is meant: beside, the town of a place whose folder is named, or on the shelf.

    A file that extends its own name means the one on the shelf: it cannot mean itself.
    """
    found = child.parent / read_path(parent)
    itself = os.path.realpath(found) == os.path.realpath(child)
    on_shelf = shelf / found.name
    if found.is_file() and not (itself and on_shelf.is_file()):
        return found
    folders = (found, shelf / parent) if Path(parent).parts[:1] == ("places",) else (found,)
    for folder in folders:
        if (folder / TOWN).is_file():
            return folder / TOWN
        if (folder / PLACE).is_file():
            # A place of the reader's own that is not built yet: never a shipped one of its name.
            return folder
    shipped = shelf / f"{parent.removesuffix('.yaml')}.yaml"
    return shipped if Path(parent).name == parent and shipped.is_file() else found


def _blame(document: Document, message: str, hint: str = "") -> Problem:
    place = document.places["extends",]
    source = document.line(place.file, place.value_line)
    return Problem(
        place.file, place.value_line, place.value_column, "extends", message, hint, source
    )


def merge(parent: Document, child: Document) -> Document:
    """The child over its parent."""
    places: dict[Keys, Place] = {}
    data = _merge_mapping(
        {key: value for key, value in parent.data.items() if key not in NOT_INHERITED},
        child.data,
        parent.places,
        child.places,
        places,
        (),
    )
    return Document(
        data,
        places,
        parent.lines | child.lines,
        (*parent.problems, *child.problems),
        (*parent.notes, *child.notes),
    )


def _merge_mapping(
    old: dict[str, Any],
    new: dict[str, Any],
    old_places: dict[Keys, Place],
    new_places: dict[Keys, Place],
    places: dict[Keys, Place],
    path: Keys,
) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    if path in REPLACEABLE and new.get(REPLACE) is True:
        old = {}
    # The parent's keys first, so that a child changes no order by changing a value.
    for key in (*old, *(key for key in new if key not in old)):
        here = (*path, key)
        if (
            key in new
            and isinstance(new[key], dict)
            and isinstance(old.get(key), dict)
            and not _changes_kind(old[key], new[key])
        ):
            merged[key] = _merge_mapping(old[key], new[key], old_places, new_places, places, here)
            places[here] = new_places[here]
        else:
            source, side = (new, new_places) if key in new else (old, old_places)
            merged[key] = source[key]
            _copy_places(source[key], here, side, places)
    return merged


def _changes_kind(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """A thing of another kind is another thing: nothing of the old one fits."""
    return "kind" in old and "kind" in new and old["kind"] != new["kind"]


def _copy_places(
    value: Any, path: Keys, side: dict[Keys, Place], places: dict[Keys, Place]
) -> None:
    if path in side:
        places[path] = side[path]
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in items:
        _copy_places(inner, (*path, str(key)), side, places)


def _forget_replacing(document: Document) -> None:
    """Take the word itself out, in place: it has done its work, and is no neighbourhood."""
    for path in REPLACEABLE:
        part: Any = document.data
        for key in path:
            part = part.get(key) if isinstance(part, dict) else None
        if isinstance(part, dict) and isinstance(part.get(REPLACE), bool):
            del part[REPLACE]
            document.places.pop((*path, REPLACE), None)
