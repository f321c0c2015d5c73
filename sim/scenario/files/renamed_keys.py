"""Keys of a document that have another name now: read as what they are called, with a note.

An old name is accepted for one version. Where both names stand in one place, the old one stays, and
whoever reads the document refuses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import Problem
from sim.evidence.renamed import RENAMED_SERVICE_KEYS, find_current, word_renamed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.files.yaml_document import Document, Keys

ANY = "*"
"""Stands for every name of a mapping, such as those of all services."""
_SERVICES: Mapping[Keys, str] = {
    ("services", ANY, old): new for old, new in RENAMED_SERVICE_KEYS.items()
}
OF_SCENARIOS: Mapping[Keys, str] = {
    **_SERVICES,
    **{("branch", "options", ANY, *path): name for path, name in _SERVICES.items()},
}
OF_SWEEPS: Mapping[Keys, str] = {("vary", "world"): "parameters"}
OF_STUDIES: Mapping[Keys, str] = {**_SERVICES, ("lived_before",): "warm_up"}
"""Keys of trials and natural experiments."""


def rename_keys(document: Document, renamed: Mapping[Keys, str]) -> Document:
    """The document with new names for old keys, and a note for each at its place."""
    places, notes = dict(document.places), list(document.notes)
    for pattern, name in renamed.items():
        # Listed first: the mappings that are searched change on the way.
        for path in list(_find(document.data, pattern)):
            *above, old = path
            holder: Any = document.data
            for key in above:
                holder = holder[key]
            # Both names in one place: the old one stays, and is refused as unknown by whoever reads
            # it.
            if name in holder:
                continue
            moved = {name if key == old else key: value for key, value in holder.items()}
            # In place, since other parts of the document hold this mapping; the order of keys
            # stays.
            holder.clear()
            holder.update(moved)
            if (place := places.get(path)) is not None:
                said = f"is called `{name}` now; the old name is accepted in this version only"
                notes.append(Problem(place.file, place.line, place.column, ".".join(path), said))
            # All that stands below moves along: errors point at the line where it was written.
            places = {
                (*above, name, *key[len(path) :]) if key[: len(path)] == path else key: at
                for key, at in places.items()
            }
    return document._replace(places=places, notes=tuple(notes))


def _find(data: Any, pattern: Keys, above: Keys = ()) -> Iterator[Keys]:
    """Paths of the keys that a pattern means, where they stand in the data."""
    head, *rest = pattern
    if not isinstance(data, dict):
        return
    for key in list(data) if head == ANY else [head] if head in data else []:
        if rest:
            yield from _find(data[key], tuple(rest), (*above, key))
        else:
            yield (*above, key)


def find_current_path(path: str) -> str:
    """The dotted path that a value of a scenario has now; the path itself where it has not changed.

    Ids of the evidence keep their dots.
    """
    head, _, tail = path.partition(".")
    if head == "parameters" and tail:
        return f"{head}.{find_current(tail)}"
    keys = path.split(".")
    for pattern, name in OF_SCENARIOS.items():
        if len(pattern) == len(keys) and all(
            part in {ANY, key} for part, key in zip(pattern, keys, strict=True)
        ):
            return ".".join((*keys[:-1], name))
    return path


def find_current_column(name: str) -> str:
    """The same for a column of a file of points, which is an id of the evidence or a path."""
    return find_current_path(find_current(name))


def word_renamed_path(path: str) -> str:
    """What to say of an old path or id; empty where it has not changed."""
    if said := word_renamed(path.removeprefix("parameters.")):
        return said
    now = find_current_path(path)
    return "" if now == path else f"is {now} now; the old name is accepted in this version only"
