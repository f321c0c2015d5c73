"""Notes on ids of the evidence and dotted paths that have another name now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import Problem
from sim.scenario.files.renamed_keys import word_renamed_path

if TYPE_CHECKING:
    from sim.scenario.files.yaml_document import Document, Keys


def note_renamed(document: Document, *roots: Keys) -> list[Problem]:
    """A note at the place of each old id or path among the keys below the roots."""
    return [
        Problem(place.file, place.line, place.column, ".".join(path), said)
        for path, place in document.places.items()
        if path[:-1] in roots and (said := word_renamed_path(path[-1]))
    ]
