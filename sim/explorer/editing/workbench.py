"""What is on the table: the reference, programmes being edited, the town they share, the folder."""

from __future__ import annotations

import json
import os
import shlex
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.explorer.editing.draft import Draft, say_unfit_here
from sim.scenario.diagnostics.comparability import explain_mismatch, find_mismatches
from sim.scenario.files.yaml_document import read_text
from sim.scenario.library import find_scenario, find_shelf, list_shipped, load, read
from sim.scenario.options import list_options, take_one
from sim.scenario.writer import fill_template, quote
from sim.store.connection import connect_to_read
from sim.studies.running.results_folder import DATABASE
from sim.units import say_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.library import Loaded
    from sim.scenario.scenario import Scenario

MOST_PROGRAMMES, MOST_REPLICATES, LISTED = 6, 200, 200
TOWN_SCENARIOS = ("baseline", "us-town", "uk-town")
"""Shipped scenarios to compare others with."""


class Choice(NamedTuple):
    """A scenario that one can start from."""

    name: str
    title: str
    summary: str


def describe_scenario(name: str) -> Choice:
    """A scenario by name or path; where something is wrong with it, that in the place of its
    summary.
    """
    short = Path(name).name
    try:
        found = read(name).scenario
    except InvalidInput as error:
        more = f"{len(error.problems)} problems; the first: " * (len(error.problems) > 1)
        return Choice(short, short, f"{more}{error.problems[0].message}")
    return Choice(short, found.title, found.summary)


describe_shipped = cache(describe_scenario)


class Workbench:
    """Everything that the pages show beside results.

    folder: scenarios are listed, read and saved here and nowhere else. sets: values of the town by
    path, as `--set` takes them. reference: name or file of the scenario that all are compared with.
    """

    def __init__(self, folder: Path, results: Path) -> None:
        self.folder, self.results = folder.resolve(), results
        self.drafts: dict[str, Draft] = {}
        self.reference_name = "baseline"
        self.sets: dict[str, Any] = {}
        self.replicates, self.seed = 30, 1
        self.chosen = False
        self._options: dict[str, tuple[Scenario, ...]] = {}

    def list_shipped(self) -> list[Choice]:
        """Scenarios that come with Kinwell."""
        return [describe_shipped(name) for name in list_shipped()]

    def list_names(self) -> list[str]:
        """Names of the scenarios that come with Kinwell."""
        return list_shipped()

    def list_references(self) -> list[str]:
        """What programmes can be compared with: the towns as they are, what is chosen now, and the
        files of the folder.
        """
        files = [
            os.path.relpath(path)
            for path in sorted(self.folder.glob("*.yaml"))
            if self._is_inside(path)
        ][:LISTED]
        return list(dict.fromkeys([self.reference_name, *list_shipped(), *files]))

    def list_files(self) -> list[Choice]:
        """Scenarios in the folder; what cannot be read says why in the place of its summary."""
        files = sorted(path for path in self.folder.glob("*.yaml") if self._is_inside(path))[
            :LISTED
        ]
        files = [
            path
            for path in files
            if not path.name.endswith(".resolved.yaml") and not is_other(path)
        ]
        return [describe_scenario(str(path)) for path in files]

    def _is_inside(self, path: Path) -> bool:
        plain = path.name.isprintable()  # neither control characters nor bytes that are no text
        return plain and path.is_file() and path.resolve().parent == self.folder

    def find_file(self, name: str) -> Path:
        """The file of a name in the folder; InvalidInput where the name is a path or leads
        elsewhere.
        """
        stem = name.removesuffix(".yaml")
        path = self.folder / f"{stem}.yaml"
        if said := say_unfit_here(stem):
            message = f"cannot be the name of a scenario here: it {said}"
            raise InvalidInput(Problem(name[:80], 0, 0, "", message))
        if path.is_symlink() or (path.exists() and not self._is_inside(path)):
            raise InvalidInput(
                Problem(path.name, 0, 0, "", "is a link or no ordinary file", "choose another name")
            )
        return path

    def open_file(self, path: Path) -> Draft:
        """Take a file onto the table as it is."""
        if path.stem in self.drafts:
            self.drafts[path.stem].refresh()
            return self.drafts[path.stem]
        text = read_text(path, path.name)
        return self._keep(Draft(path, text, text))

    def bring(self, target: str) -> None:
        """Take what was named on a command line onto the table: a town as the reference, a scenario
        to change, or a file.
        """
        stem = target.removesuffix(".yaml")
        if stem in TOWN_SCENARIOS and find_scenario(target).parent == find_shelf():
            self.reference_name, self.chosen = stem, True
        elif find_scenario(target).parent == find_shelf():
            self.start_from(stem)
        else:
            draft = self.open_file(find_scenario(target).resolve())
            if draft.document is None:
                raise InvalidInput(draft.problems)

    def start_from(self, parent: str, name: str = "") -> Draft:
        """Begin a programme that extends a shipped scenario or a file of the folder; nothing is
        written yet.
        """
        shipped = parent.removesuffix(".yaml") in list_shipped()
        loaded = read(
            find_scenario(parent.removesuffix(".yaml")) if shipped else self.find_file(parent)
        )
        stem = name or self.name_new(f"my-{loaded.path.stem}")
        path = self.find_file(stem)
        if path.exists() or stem in self.drafts or stem in list_shipped():
            raise InvalidInput(
                Problem(
                    path.name, 0, 0, "", "is there already", "choose another name, or open that one"
                )
            )
        title = f"{loaded.scenario.title}, changed" if loaded.scenario.services else stem
        text = fill_template(title, loaded.path.name, loaded.scenario.currency, self.folder)
        # The template's examples help in a text editor; here forms offer what can be added.
        head = text.partition("# Remove the #")[0].partition("summary:")[0]
        return self._keep(
            Draft(path, f"{head}summary: {quote(loaded.scenario.summary or title)}\n", None)
        )

    def name_new(self, wanted: str) -> str:
        """A name that no file, draft or shipped scenario has."""
        taken = {*self.drafts, *list_shipped()}
        names = (wanted, *(f"{wanted}-{n}" for n in range(2, 1000)))
        return next(
            name
            for name in names
            if name not in taken and not (self.folder / f"{name}.yaml").exists()
        )

    def _keep(self, draft: Draft) -> Draft:
        if len(self.drafts) >= MOST_PROGRAMMES:
            said = f"{MOST_PROGRAMMES} programmes are on the table, and that is the most"
            raise InvalidInput(Problem("", 0, 0, "", said, "take one off first"))
        if not self.drafts and not self.chosen and draft.scenario is not None:
            self.reference_name = self._choose_reference(draft)
        self.drafts[draft.name] = draft
        return draft

    def _choose_reference(self, draft: Draft) -> str:
        """The baseline where it describes the same town; else the first scenario that this one grew
        from and that does.
        """
        files = list(draft.document.lines) if draft.document is not None else []
        for above in ("baseline", *(_name_shipped(file) for file in files if file != draft.shown)):
            if draft.scenario is not None and _is_same_town(draft.scenario, load(above)):
                return above
        return "baseline"

    def close(self, name: str) -> None:
        """Take a programme off the table; its file stays."""
        self.drafts.pop(name, None)

    def load_reference(self) -> Scenario:
        """The scenario that all are compared with, in the town as it is set."""
        found = read_once(self.reference_name).scenario
        return found.with_(self.sets) if self.sets else found

    def read_reference(self) -> dict[str, Any]:
        """What the reference says, as it is written."""
        return read_once(self.reference_name).document.data

    def gather(self) -> tuple[Scenario, ...]:
        """The reference and every programme as they would run.

        InvalidInput where one is not ready, is of another town, or two have one name.
        """
        reference = take_one(self.load_reference())
        problems: list[Problem] = []
        scenarios = [reference]
        for draft in self.drafts.values():
            if draft.scenario is None:
                said = f"has {say_count(len(draft.problems), 'problem')}"
                problems.append(Problem(draft.shown, 0, 0, "", said, "they stand at its fields"))
                continue
            try:
                scenario = draft.scenario.with_(self.sets) if self.sets else draft.scenario
            except InvalidInput as error:
                # The reference can have this town, and this programme cannot.
                problems += [each._replace(file=draft.shown) for each in error.problems]
                continue
            names = reference.name, scenario.name
            if said := explain_mismatch(names, reference.resolved(), scenario.resolved()):
                hint = "change residents and horizon under Town and time"
                problems.append(Problem(draft.shown, 0, 0, "", said, hint))
            scenarios += self._spread(scenario) if scenario.hash != reference.hash else ()
        problems += _find_twice(scenarios)
        if not problems and len(scenarios) < FEWEST_COMPARED:
            said = "there is no programme to compare yet"
            problems = [Problem("", 0, 0, "", said, "start one, or open a file")]
        if problems:
            raise InvalidInput(problems)
        return tuple(scenarios)

    def _spread(self, scenario: Scenario) -> tuple[Scenario, ...]:
        """The options of a scenario, made once for each state that it is in."""
        if scenario.hash not in self._options:
            self._options = dict([*self._options.items()][-MOST_PROGRAMMES:])
            self._options[scenario.hash] = tuple(list_options(scenario))
        return self._options[scenario.hash]

    def set_town(self, changes: dict[str, Any]) -> None:
        """Change the town for all; InvalidInput where a value does not fit."""
        found = load(self.reference_name)
        kept = {
            path: value for path, value in {**self.sets, **changes}.items() if value is not None
        }
        if kept:
            found.with_(kept)
        self.sets = kept

    def spell_command(self, precision: str = "") -> str:
        """The command that does the same."""
        words = ["kinwell", "compare", self.reference_name]
        words += [os.path.relpath(draft.path) for draft in self.drafts.values()]
        words += ["-n", str(self.replicates), "-s", str(self.seed)]
        for path, value in self.sets.items():
            words += ["--set", f"{path}={value}"]
        if self.reference_name != "baseline":
            words += ["--against", self.load_reference().name]
        if precision:
            words += ["--precision", precision, "--outcome", "expected_admissions"]
        return shlex.join([*words, "-o", os.path.relpath(self.results)])

    def save(self, draft: Draft, name: str) -> None:
        """Write a programme; InvalidInput where the file is somebody else's or changed under our
        hands.
        """
        path = self.find_file(name or draft.name)
        if path.stem in list_shipped():
            raise InvalidInput(
                Problem(
                    path.name, 0, 0, "", "is the name of a shipped scenario", "choose another name"
                )
            )
        # Only what was read or written here is overwritten: another program may have the file open.
        there = read_text(path, path.name) if path.exists() else None
        if there is not None and there not in (
            draft.saved if path == draft.path else None,
            draft.text,
        ):
            said = (
                "was changed by somebody else meanwhile"
                if path == draft.path
                else "is there already"
            )
            raise InvalidInput(Problem(path.name, 0, 0, "", said, "save under another name"))
        if path != draft.path:
            self._rename(draft, path)
        write_text(path, draft.text)
        draft.saved = draft.text

    def _rename(self, draft: Draft, path: Path) -> None:
        self.drafts = {
            path.stem if held is draft else name: held for name, held in self.drafts.items()
        }
        draft.move(path)
        if draft.document is not None and ("name",) in draft.document.places:
            draft.change({("name",): path.stem})


def open_results(directory: Path) -> Workbench:
    """A workbench with the scenarios of a folder of results, as they were run last; InvalidInput
    where none are stored.
    """
    if (directory / DATABASE).exists():
        connect_to_read(directory / DATABASE).close()
    listed, replicates, seed = _read_manifest(directory)
    if len(listed) < FEWEST_COMPARED or any(map(say_unfit_here, listed)):
        hint = "make some with `kinwell compare`, or give scenarios"
        said = "no compared runs are stored here"
        raise InvalidInput(Problem(str(directory), 0, 0, "", said, hint))
    bench = Workbench(Path.cwd(), directory)
    bench.replicates, bench.seed, bench.chosen = (
        min(max(replicates, 2), MOST_REPLICATES),
        seed,
        True,
    )
    first = "baseline" if "baseline" in listed else listed[0]
    bench.reference_name = str(directory / f"{first}.resolved.yaml")
    for name in (name for name in listed[:MOST_PROGRAMMES] if name != first):
        path = directory / f"{name}.resolved.yaml"
        bench.drafts[name] = Draft(bench.folder / f"{name}.yaml", read_text(path, str(path)), None)
    return bench


def _read_manifest(directory: Path) -> tuple[list[str], int, int]:
    """Scenarios, replicates and first seed that were asked for last; no names where nothing is."""
    try:
        told = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
        plan = told["plan"]
        listed = [str(scenario["name"]) for scenario in told["scenarios"]]
        return listed, int(plan["replicates"]), int(plan["seed"])
    except (OSError, ValueError, KeyError, TypeError):
        return [], 0, 0


FEWEST_COMPARED = 2
"""Scenarios that make a comparison."""


def _find_twice(scenarios: Sequence[Scenario]) -> list[Problem]:
    """What is wrong where two scenarios share a name."""
    names = [scenario.name for scenario in scenarios]
    return [
        Problem("", 0, 0, "", f"two scenarios are named {name!r}", "save one under another name")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]


def is_other(path: Path) -> bool:
    """Whether a file is a sweep, a trial or claims, which are not edited here."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return any(line.startswith("kind:") and "scenario" not in line for line in file)


def _name_shipped(file: str) -> str:
    """A shipped scenario by its name; any other by its path."""
    stem = Path(file).stem
    return (
        stem
        if stem in list_shipped() and find_scenario(file).resolve().parent == find_shelf().resolve()
        else file
    )


def _is_same_town(ours: Scenario, theirs: Scenario) -> bool:
    return not find_mismatches(ours.resolved(), theirs.resolved())


def read_once(name: str) -> Loaded:
    """A scenario; shipped ones, which do not change, are read once."""
    return read_shipped(name) if find_scenario(name).parent == find_shelf() else read(name)


read_shipped = cache(read)


def write_text(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        said = f"cannot be written: {(error.strerror or str(error)).lower()}"
        raise InvalidInput(Problem(path.name, 0, 0, "", said)) from None
