"""Notes on ids of the evidence that have another name now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import Problem
from sim.evidence.renamed import word_renamed

if TYPE_CHECKING:
    from sim.scenario.files.yaml_document import Document, Keys


def note_renamed(document: Document, root: Keys) -> list[Problem]:
    """A note at the place of each old id among the keys below `root`."""
    return [
        Problem(place.file, place.line, place.column, ".".join(path), said)
        for path, place in document.places.items()
        if path[:-1] == root and (said := word_renamed(path[-1]))
    ]
