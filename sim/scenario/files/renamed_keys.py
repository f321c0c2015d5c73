"""Keys of a document that have another name now: read as what they are called, with a note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.files.yaml_document import Document, Keys

OF_SWEEPS: Mapping[Keys, str] = {("vary", "world"): "parameters"}
"""What keys of a sweep are called now; the old ones are taken for one version."""


def rename_keys(
    document: Document, renamed: Mapping[Keys, str]
) -> tuple[Document, tuple[Problem, ...]]:
    """The document with new names for old keys, and a note for each at its place.

    Where both stand there, the old one stays, and whoever reads the document refuses it.
    """
    places, notes = dict(document.places), []
    for path, name in renamed.items():
        *above, old = path
        holder: Any = document.data
        for key in above:
            holder = holder.get(key) if isinstance(holder, dict) else None
        if not isinstance(holder, dict) or old not in holder or name in holder:
            continue
        moved = {name if key == old else key: value for key, value in holder.items()}
        holder.clear()
        holder.update(moved)
        if (place := places.get(path)) is not None:
            said = f"is called `{name}` now; the old name is taken for one version"
            notes.append(Problem(place.file, place.line, place.column, ".".join(path), said))
        places = {
            (*above, name, *key[len(path) :]) if key[: len(path)] == path else key: at
            for key, at in places.items()
        }
    return document._replace(places=places), tuple(notes)
