"""A published study, whichever document it is: a trial or a natural experiment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sim.scenario.designs.natural_experiment import NaturalExperiment
from sim.scenario.designs.trial import (
    Trial,
    find_beside,
    find_trial,
    load_trial,
    read_study_document,
)
from sim.scenario.diagnostics.messages import define_other

if TYPE_CHECKING:
    from sim.errors import Problem

Study = Trial | NaturalExperiment


def load_study(name_or_path: str | os.PathLike[str]) -> Study:
    """A checked study; InvalidInput lists everything that is wrong with its file."""
    return read_study(name_or_path)[0]


def read_study(name_or_path: str | os.PathLike[str]) -> tuple[Study, tuple[Problem, ...]]:
    """A checked study, and what is worth a note in its file."""
    path = find_trial(name_or_path)
    document = read_study_document(path)
    # A file of any other kind is left to the reader of trials, which says what it is not.
    if document.data.get("kind") != "natural_experiment":
        return load_trial(path), document.notes
    said = "is not a natural experiment: it says `kind: natural_experiment`"
    found = define_other(NaturalExperiment, "natural_experiment", document, said)
    return found.model_copy(update=find_beside(found.scenario, path)), document.notes
