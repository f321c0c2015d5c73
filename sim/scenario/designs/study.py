"""A published study, whichever document it is: a trial or a natural experiment."""

from __future__ import annotations

import os

from sim.scenario.designs.natural_experiment import NaturalExperiment
from sim.scenario.designs.trial import Trial, find_trial, load_trial
from sim.scenario.diagnostics.messages import define_other
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.yaml_document import read_document

Study = Trial | NaturalExperiment


def load_study(name_or_path: str | os.PathLike[str]) -> Study:
    """A checked study; InvalidInput lists everything that is wrong with its file."""
    path = find_trial(name_or_path)
    document = read_document(path, show_path(path))
    if document.data.get("kind") != "natural_experiment":
        return load_trial(path)
    said = "is not a natural experiment: it says `kind: natural_experiment`"
    return define_other(NaturalExperiment, "natural_experiment", document, said)
