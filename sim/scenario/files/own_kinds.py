"""Kinds of service from outside the package: files `kinds/NAME.yaml` in the folder of a scenario
become its section `kinds`, so that they travel with it wherever it is stored.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sim.evidence.loader import all_kinds
from sim.scenario.files.yaml_document import Document, Place, read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

KIND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What a kind may be called: never a path."""
KINDS_FOLDER, SECTION, OWN_KIND = "kinds", "kinds", "own_kind"


def add_own_kinds(
    document: Document, folders: Iterable[Path], show_path: Callable[[Path], str]
) -> Document:
    """A document with the files of the kinds that its services name and that are not shipped.

    folders: of the scenario and of those that it extends; the nearest file of a name counts. A
    kind that the document itself declares is not looked up.
    """
    folders, services = list(folders), document.data.get("services")
    wanted = [
        service.get("kind")
        for service in (services.values() if isinstance(services, dict) else ())
        if isinstance(service, dict)
    ]
    for name in dict.fromkeys(kind for kind in wanted if isinstance(kind, str)):
        known = document.data.get(SECTION)
        # A shipped kind is never hidden by a file of its name.
        if name in all_kinds() or (isinstance(known, dict) and name in known):
            continue
        files = (
            # The nearest folder first: a child may have a kind that differs from its parent's.
            folder / KINDS_FOLDER / f"{name}.yaml"
            for folder in folders
            # A name is a name and never a path: `../x` would read a file anywhere.
            if KIND_NAME.fullmatch(name)
        )
        if (found := next((file for file in files if file.is_file()), None)) is not None:
            document = _include(document, name, read_document(found, show_path(found)))
    return document


def _include(document: Document, name: str, kind: Document) -> Document:
    """A document with a kind under `kinds`, every value at its place in the kind's own file."""
    section = document.data.setdefault(SECTION, {})
    if not isinstance(section, dict):
        return document
    section[name] = kind.data
    places = {(SECTION, name, *path): place for path, place in kind.places.items()}
    # The kind as a whole has no line of its own: it is its file, from the first line on.
    places[SECTION, name] = Place(next(iter(kind.lines)), 1, 1, 1, 1)
    return document._replace(
        places=document.places | places,
        # The scenario's file stays the last, where problems without a place are told.
        lines=kind.lines | document.lines,
        problems=(*document.problems, *kind.problems),
    )


def resolve_own_kinds(data: dict[str, Any]) -> None:
    """Have each service of an own kind name the shipped kind that it is based on, and its own."""
    kinds, services = data.get(SECTION), data.get("services")
    if not isinstance(kinds, dict) or not isinstance(services, dict):
        return
    for service in services.values():
        name = service.get("kind") if isinstance(service, dict) else None
        own = kinds.get(name) if isinstance(name, str) else None
        if name not in all_kinds() and isinstance(own, dict) and own.get("based_on") in all_kinds():
            service.update({"kind": own["based_on"], OWN_KIND: name})
