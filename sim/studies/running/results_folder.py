"""A folder of results: the database, and beside it what a reader needs to trust, repeat and browse
it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cards import list_some, write_card
from sim.compile_time import write_line
from sim.errors import InvalidInput, spell
from sim.provenance import describe_run, write_manifest, write_resolved
from sim.scenario.files.user_path import read_path
from sim.store import Store, write_metadata, write_whole
from sim.store.connection import ANOTHER_FOLDER, refuse
from sim.store.files import check_content, check_is_ours
from sim.store.selection import Selection
from sim.store.weekly_table import read_weekly
from sim.week.conservation.repeating import settle_draw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from sim.scenario.designs.sweep import Sweep
    from sim.scenario.scenario import Scenario

DATABASE = "runs.db"
FILES_AT_MOST = 50
SET_AT_MOST = 3
"""Drawn parameters that are set one by one in a command; of more, the scenario states them."""
BESIDE = {
    "manifest.json": '{\n  "program": "kinwell"',
    "metadata.json": '{\n  "title": "Kinwell runs"',
}
"""Files beside the database whose names others use too, and what ours begin with."""
RESOLVED = "name: "
"""What a resolved scenario begins with; those that people write begin with what they extend."""


@dataclass(frozen=True)
class RunSet:
    """Where runs were stored, and which.

    names: scenarios in the order given. done: finished runs of this study, those found already
    stored included. marks: fingerprints of the parameter draws asked for, None where every draw of
    the folder's last study is meant. model_version: of the rules that these runs followed.
    """

    directory: Path
    database: Path
    names: tuple[str, ...]
    seeds: tuple[int, ...]
    done: int
    new: int
    failed: int
    seconds: float
    marks: tuple[str, ...] | None = None
    model_version: str = ""

    def weekly(self, *outcomes: str) -> pd.DataFrame:
        """Every week of every run that was asked for, as tidy pandas.

        One row per run, week and outcome: scenario, seed, draw, week, key, outcome (its title),
        unit, value. All outcomes, or those whose keys are named. Raises `InvalidInput` for a key
        that there is not.
        """
        seeds = frozenset(self.seeds)
        marks = None if self.marks is None else frozenset(self.marks)
        asked = Selection(marks, self.model_version or None, seeds)
        return read_weekly(self.database, self.names, asked, outcomes)

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        seeds = f"{self.seeds[0]} to {self.seeds[-1]}" if self.seeds else ""
        facts = [
            ("Scenarios", list_some(self.names)),
            ("Seeds", seeds),
            ("Runs", f"{self.done} stored, {self.new} of them new, in {self.seconds:.0f} s"),
            ("Failed", str(self.failed) if self.failed else ""),
            ("Stored in", str(self.database)),
        ]
        more = ("analysis.compare(result)", "result.weekly()", "analysis.write_report(result)")
        return write_card("Stored runs", "", facts, more)


def choose_directory(scenarios: Sequence[Scenario], into: str | Path | None) -> Path:
    """Choose the folder: the one given, else one named after the scenarios under `results`.

    InvalidInput for an empty name: as a path it is the folder that one happens to be in.
    """
    if into is not None:
        if not os.fspath(into):
            raise InvalidInput("the name of the folder is empty: give one, or leave `into` out")
        return read_path(into)
    names = [scenario.name for scenario in scenarios]
    slug = "-".join(names)
    if len(slug) > 60:
        slug = (
            f"{names[0]}-and-{len(names) - 1}-more-{hashlib.sha256(slug.encode()).hexdigest()[:6]}"
        )
    return Path("results") / slug


def locate_database(place: str | Path) -> Path:
    """Find the database of a folder of results, or take the path of a database as it is."""
    path = read_path(place)
    return path if path.suffix == ".db" and not path.is_dir() else path / DATABASE


def prepare_directory(directory: Path, names: Iterable[str] = ()) -> Path:
    """Make sure that a folder can be written; raises `InvalidInput` where it cannot, or where a
    file of somebody else's has the name of one that is written there.

    names: of the scenarios that are kept beside the database.
    """
    if directory.exists() and not directory.is_dir():
        raise refuse(directory, "this is a file, not a folder", ANOTHER_FOLDER)
    # Tried by writing: permissions of network drives and containers cannot be told beforehand.
    probe = directory / ".kinwell"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise refuse(directory, f"cannot write here ({error.strerror})", ANOTHER_FOLDER) from error
    database = directory / DATABASE
    # Beside a database they are of it; in a folder of somebody else's they may be theirs.
    beside = BESIDE | {f"{name}.resolved.yaml": RESOLVED for name in names}
    for file, beginning in beside.items() if not database.exists() else ():
        check_is_ours(directory / file, beginning, hint=ANOTHER_FOLDER)
    return database


def check_sweep_files(directory: Path, sweep: Sweep) -> None:
    """Refuse to keep a sweep beside its runs where another one of its name is; InvalidInput."""
    target = directory / f"{sweep.name}.sweep.yaml"
    if (directory / DATABASE).exists() or _is_same(target, sweep.file):
        return
    kept = f"scenario: {sweep.scenario.name}.resolved.yaml"
    check_content(target, lambda file: kept in file.read_text("utf-8", "replace"), ANOTHER_FOLDER)


def write_beside(
    directory: Path, scenarios: Sequence[Scenario], model_version: str, plan: Mapping[str, object]
) -> None:
    """Write manifest, Datasette metadata and resolved scenarios beside the database."""
    description = describe_run(model_version, str(plan["command"]))
    listed = [
        {"name": s.name, "title": s.title, "hash": s.hash, "past_hash": s.past_hash}
        for s in scenarios
    ]
    write_whole(
        directory / "manifest.json",
        write_manifest(description | {"plan": _spell(plan), "scenarios": listed}),
    )
    write_metadata(directory)
    # A sweep of thousands of scenarios keeps them in the database alone.
    for scenario in scenarios if len(scenarios) <= FILES_AT_MOST else ():
        write_whole(
            directory / f"{scenario.name}.resolved.yaml", write_resolved(scenario.resolved())
        )


def note_versions(store: Store, version: str) -> None:
    """Say, where something is to be run, that runs of other versions of the model are stored."""
    asked = "SELECT DISTINCT model_version FROM plans WHERE model_version <> ? ORDER BY 1"
    found = [str(row[0]) for row in store.query(asked, (version,))]
    # What an audit changes of the model is no version of it.
    before = [one for one in found if one.isdigit() and version.isdigit()]
    if before:
        word = "version" if len(before) == 1 else "versions"
        write_line(
            f"note: runs of {word} {' and '.join(before)} of the model are"
            f" stored here, and this is version {version}, whose numbers differ. They stay and are"
            " not used: what is asked for is run anew."
        )


def keep_to_repeat(
    directory: Path, scenario: Scenario, seed: int, draw: Mapping[str, float] | None
) -> str | None:
    """Keep the scenario of a failed run, and give the command that repeats it; None where what was
    drawn cannot be stated in a scenario.
    """
    try:
        settings = settle_draw(scenario, draw or {})
        # Hundreds of numbers are no command that anybody pastes.
        if len(settings) > SET_AT_MOST:
            scenario, settings = scenario.with_(settings), {}
        # Tried here, where something else can be said instead.
        elif settings:
            scenario.with_(settings)
    except InvalidInput:
        return None
    # By its hash: another study in this folder may have a scenario of the same name.
    file = directory / f"failed-{scenario.hash[:10]}-{scenario.name}.resolved.yaml"
    if not file.exists():
        write_whole(file, write_resolved(scenario.resolved()))
    words = ["run", file, "-n", "1", "--seed", seed, "-j", "1"]
    for path, value in settings.items():
        words += ["--set", f"{path}={value!r}"]
    return spell(*words, "-o", directory.with_name(f"{directory.name}-again"))


def _spell(plan: Mapping[str, object]) -> dict[str, object]:
    return {
        name: json.loads(str(value)) if name in {"scenarios", "draw_marks"} else value
        for name, value in plan.items()
        if name != "command"
    }


def write_sweep(directory: Path, sweep: Sweep) -> None:
    """Write a sweep beside its runs so that it runs as it is.

    Files of its author that are there under the same names stay as they are.
    """
    whole = {key: value for key, value in sweep.document.items() if key != "set"}
    # Where a file of points says what varies, an empty `vary` would be an error.
    if not any(whole.get("vary", {}).values()):
        whole.pop("vary", None)
    document = whole | {"name": sweep.name, "scenario": f"{sweep.scenario.name}.resolved.yaml"}
    if sweep.against is not None:
        document["against"] = f"{sweep.against.name}.resolved.yaml"
    if sweep.design.file is not None:
        points = directory / f"{sweep.name}.points.csv"
        if not _is_same(points, sweep.design.file):
            shutil.copyfile(sweep.design.file, points)
        document["design"] = dict(document["design"]) | {"file": points.name}
    target = directory / f"{sweep.name}.sweep.yaml"
    if not _is_same(target, sweep.file):
        write_whole(target, write_resolved({"kind": "sweep", **document}))


def _is_same(target: Path, source: Path | None) -> bool:
    return source is not None and target.exists() and target.samefile(source)
