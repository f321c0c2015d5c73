"""Any document by the kind that it says it is, checked, with notes on what can never act in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput
from sim.scenario.designs.claims import SHIPPED, Tried, load_claims
from sim.scenario.designs.natural_experiment import NaturalExperiment
from sim.scenario.designs.study import Study, read_study
from sim.scenario.designs.sweep import Sweep, is_sweep, load_sweep
from sim.scenario.designs.trial import Trial, find_trial, read_study_document
from sim.scenario.diagnostics.comparability import explain_mismatch
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.messages import explain_conflict
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.kept_services import note_kept_services
from sim.scenario.files.user_path import read_path
from sim.scenario.files.yaml_document import read_document
from sim.scenario.library import find_shelf
from sim.scenario.scenario import Scenario
from sim.services.affordability import find_gaps
from sim.services.fund_size import list_money_notes
from sim.studies.choice.declaration import Posed, load_choice
from sim.units import say_count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.errors import Problem
    from sim.scenario.files.yaml_document import Document
    from sim.studies.choice.mixes import Sorted


Found = Scenario | Sweep | Study | Posed | Tried
COMMAND_OF = {
    Sweep: "sweep",
    Trial: "trial",
    NaturalExperiment: "trial",
    Posed: "choose",
    Tried: "claims",
}
"""The command that takes each kind of document but scenarios."""


class Opened(NamedTuple):
    """What a document declares, and notes on it."""

    found: Found
    notes: list[Problem]


def open_document(name: str) -> Opened:
    """A checked document, whatever its kind; InvalidInput with everything that is wrong with it."""
    kind = _find_kind(name)
    if kind == "sweep" or (kind is None and is_sweep(name)):
        sweep = load_sweep(name)
        return Opened(sweep, list(sweep.notes))
    # In a tuple: what a stranger writes here need not be hashable.
    if kind in ("trial", "natural_experiment"):
        return Opened(*open_study(name))
    if kind == "choice":
        return _open_choice(name)
    if kind == "claims":
        return Opened(*open_claims(name))
    from sim.scenario.library import list_notes, read

    loaded = read(name)
    gaps = find_gaps(loaded.scenario)
    return Opened(loaded.scenario, [*list_notes(loaded, gaps), *list_money_notes(loaded)])


Looked = dict["Problem", list[str]]
"""What is to be said, with the documents in which it was found."""


def name_finders(looked: Looked) -> list[Problem]:
    """What is to be said; of a line that stands in a file that others extend, in which of them it
    is so: with other services or another horizon the same line may be right.
    """
    return [_name_finders(problem, names) for problem, names in looked.items()]


def _name_finders(problem: Problem, names: list[str]) -> Problem:
    files = [show_path(path) if (path := read_path(name)).is_file() else name for name in names]
    shipped = {f"{name.removesuffix('.yaml')}.yaml" for name in names}
    own = problem.file in files or Path(problem.file).name in shipped
    # A line of the file itself needs no name, nor what has no place, or stands in a table.
    if own or not problem.line or Path(problem.file).suffix not in {".yaml", ".yml"}:
        return problem
    return problem._replace(message=f"{problem.message} (found in {', '.join(files)})")


def describe(found: Sweep | Study | Posed | Tried) -> str:
    """Say in a sentence what a document is that is no scenario."""
    if not isinstance(found, Sweep):
        return found.describe()
    file = found.design.file
    drawn = f"what {file.name} has" if file else f"{len(found.uncertainties)} of parameters"
    return (
        f"{found.title}: a sweep of {found.scenario.name}, {len(found.levers)} of policy and"
        f" {drawn} vary, {found.design.kind}, {say_count(found.replicates, 'replicate')}."
    )


def _find_kind(name: str) -> object:
    """The kind that a file says it is, a scenario without a word; None where it is no file.

    InvalidInput where it cannot be read.
    """
    path = read_path(name)
    if not path.is_file():
        return None
    return read_document(path, show_path(path)).data.get("kind", "scenario")


def open_study(name: str) -> tuple[Study, list[Problem]]:
    """A checked trial or natural experiment, its towns built, with notes."""
    # The model is loaded only where a study is opened: a scenario is checked in a moment.
    from sim.studies.trials.inactive import find_inactive_parts
    from sim.studies.trials.town_builds import build_towns

    path = find_trial(name)
    (study, notes), document = read_study(name), read_study_document(path)
    towns = build_towns(study, document)
    alone = _note_people(path, study.town)
    return study, [*alone, *notes, *_explain(find_inactive_parts(study, towns), document)]


def _open_choice(name: str) -> Opened:
    """A checked choice, with notes on what none of its mixes can have."""
    posed = load_choice(name)
    return Opened(posed, note_choice(name, posed, list_allowed(name, posed)))


def list_allowed(name: str, posed: Posed) -> Sorted:
    """The mixes of a choice; what makes them impossible is reported at its place in the file, the
    budget where it is no programme.
    """
    from sim.studies.choice.mixes import sort_mixes

    path = read_path(name)
    try:
        return sort_mixes(posed)
    except InvalidInput as error:
        if any(problem.line for problem in error.problems):
            raise
        document = read_document(path, show_path(path))
        said = [
            Conflict(tuple(one.path.split(".")) if one.path else ("budget",), one.message, one.hint)
            for one in error.problems
        ]
        raise InvalidInput(_explain(said, document)) from None


def note_choice(name: str, posed: Posed, found: Sorted) -> list[Problem]:
    """Notes on a choice, at their places in its file."""
    from sim.studies.choice.inactive import find_idle_parts

    path = read_path(name)
    notes = _explain(find_idle_parts(posed, found), read_document(path, show_path(path)))
    return [*_note_people(path, posed.document.scenario), *notes]


def _note_people(path: Path, town: str) -> list[Problem]:
    """Notes on the town that a document names, where it has the services of other people."""
    from sim.scenario.library import read

    beside = path.parent / read_path(town)
    loaded = read(beside if beside.is_file() else town)
    return note_kept_services(loaded.document, loaded.scenario.population.residents)


def open_claims(name: str | Path | None, *, changed: bool = False) -> tuple[Tried, list[Problem]]:
    """Checked claims, the shipped ones if none are named, with notes at the places in their file.

    changed: whether scenarios are run with other values, so that how they stand says nothing of
    whether they can be compared.
    """
    from sim.studies.claims.inactive import find_idle_claims

    path = read_path(name) if name else find_shelf() / SHIPPED
    tried, document = load_claims(path), read_document(path, show_path(path))
    if not changed and (wrong := _find_uncompared(tried)):
        raise InvalidInput(_explain(wrong, document))
    alone = [] if changed else _note_people(path, tried.document.reference)
    return tried, [*alone, *_explain(find_idle_claims(tried), document)]


def _find_uncompared(tried: Tried) -> list[Conflict]:
    """Scenarios that cannot be compared with the reference of the claims, where they are named."""
    reference = tried.load(tried.document.reference)
    found = []
    for claim, stated in tried.document.claims.items():
        for key, condition in stated.conditions.items():
            town = tried.load(condition.scenario)
            names = reference.name, town.name
            if said := explain_mismatch(names, reference.resolved(), town.resolved()):
                here = ("claims", claim, key, "scenario")
                found.append(Conflict(here, said, "extend the same file in both"))
    return found


def _explain(found: Iterable[Conflict], document: Document) -> list[Problem]:
    notes = dict.fromkeys(explain_conflict(conflict, document) for conflict in found)
    return sorted(notes, key=lambda note: (note.line, note.column))
