"""A sweep: one scenario, what is varied in it and how, read from a document of `kind: sweep`."""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sim.errors import InvalidInput, Problem, spell
from sim.scenario.designs import sample_file
from sim.scenario.designs.correlations import check_correlated, read_correlations
from sim.scenario.designs.factors import Lever, Page, Uncertainty, read_levers, read_uncertainties
from sim.scenario.designs.levers import combinations, inactive, paired, people
from sim.scenario.designs.stated_levels import give_way, list_stated
from sim.scenario.diagnostics.renamed_ids import note_renamed
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.renamed_keys import OF_SWEEPS, rename_keys
from sim.scenario.files.user_path import read_path
from sim.scenario.files.yaml_document import read_document
from sim.scenario.library import find_shelf, list_shipped, name_of, read
from sim.scenario.options import take_one
from sim.scenario.scaling import parse_scale, scale
from sim.scenario.scenario import fingerprint
from sim.scenario.schema.names import MARK_ROOM, clip, normalise, say_unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.files.yaml_document import Keys
    from sim.scenario.scenario import Scenario

SWEEP_KEYS = (
    "kind",
    "name",
    "title",
    "summary",
    "scenario",
    "against",
    "scale",
    "set",
    "vary",
    "design",
    "replicates",
    "keep",
    "seed",
)
DESIGNS: dict[str, tuple[str, ...]] = {
    "grid": ("levels",),
    "latin_hypercube": ("points", "crossed"),
    "sobol": ("points", "second_order"),
    "morris": ("points", "levels"),
    "posterior": ("points", "file"),
    "points": ("points", "file"),
}
"""Designs and what each is told beside its kind."""
DESIGN_NEEDS = {"points": "file"} | dict.fromkeys(("latin_hypercube", "sobol", "morris"), "points")
_MARK = re.compile(r"-[0-9a-f]{10}$")
RENAMED_BELOW = (("set",), ("vary", "policy"), ("vary", "parameters"))
MANY = 10_000_000
MOST_SEEDS = 1_000_000
POSTERIOR_PATH = Path(__file__).parents[2] / "evidence" / "posterior.csv"
"""Draws from the calibration, one row each, columns named by evidence id."""


@dataclass(frozen=True)
class Design:
    """How points are chosen.

    points: base points (sobol), trajectories (morris), draws (posterior) or points
    (latin_hypercube); 0 is all rows of a file. levels: of a range (grid, morris). crossed: every
    combination of lever values under every parameter draw.
    """

    kind: str
    points: int = 0
    levels: int = 4
    second_order: bool = False
    crossed: bool = False
    file: Path | None = None


@dataclass(frozen=True)
class Sweep:
    """A scenario at many points, each run with the same seeds.

    `against` is run under every parameter draw too, for pairs.
    """

    name: str
    title: str
    summary: str
    scenario: Scenario
    against: Scenario | None
    levers: tuple[Lever, ...]
    uncertainties: tuple[Uncertainty, ...]
    correlations: tuple[tuple[str, str, float], ...]
    design: Design
    replicates: int
    keep: str
    seed: int
    document: dict[str, Any]
    notes: tuple[Problem, ...] = ()
    file: Path | None = None

    @property
    def seeds(self) -> range:
        """Seeds in the order of replicates."""
        return range(self.seed, self.seed + self.replicates)

    @property
    def hash(self) -> str:
        """Fingerprint of everything that decides which runs there are."""
        towns = [self.scenario.hash, self.against.hash if self.against else None]
        read = sha256(self.design.file.read_bytes()).hexdigest() if self.design.file else ""
        return fingerprint(
            {
                "document": {**self.document, "title": "", "summary": ""},  # words change no run
                "towns": towns,
                "file": read,
            }
        )


def derive(town: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """A town with other values.

    Its name follows from what it holds, so that every sweep knows it again.
    """
    # Without an earlier mark, or a name would grow with every change.
    stem = clip(_MARK.sub("", town.name), MARK_ROOM)
    changed = town.with_({**changes, "name": stem})
    if changed.hash == town.hash:
        return town
    return changed.with_({"name": f"{stem}-{changed.hash[:10]}"})


def is_sweep(name_or_path: str | os.PathLike[str]) -> bool:
    """Whether this names a sweep: a file that says so, or a shipped one."""
    try:
        path = find_sweep(name_or_path)
        return read_document(path, show_path(path)).data.get("kind") == "sweep"
    except InvalidInput:
        return False


def list_sweeps() -> list[str]:
    """Names of the sweeps that come with Kinwell."""
    return sorted(path.stem for path in (find_shelf() / "sweeps").glob("*.yaml"))


def find_sweep(name_or_path: str | os.PathLike[str]) -> Path:
    """The file of a sweep, by path or by the name of a shipped one."""
    text = os.fspath(name_or_path)
    path = read_path(text)
    if path.is_file():
        return path
    shipped = list_sweeps()
    if text.removesuffix(".yaml") in shipped:
        return find_shelf() / "sweeps" / f"{text.removesuffix('.yaml')}.yaml"
    if text.removesuffix(".yaml") in list_shipped():
        hint = f"`{spell('run', text)}` takes it"
        raise InvalidInput(Problem(text, 0, 0, "", "is a scenario, not a sweep", hint))
    hint = f"shipped are {', '.join(shipped)}"
    said = f"there is no such sweep{suggest(text, shipped)}"
    raise InvalidInput(Problem(text, 0, 0, "", said, hint))


def load_sweep(name_or_path: str | os.PathLike[str]) -> Sweep:
    """A checked sweep, by the name of a shipped one or by path.

    InvalidInput lists everything that is wrong with it.
    """
    path = find_sweep(name_or_path)
    document = rename_keys(read_document(path, show_path(path)), OF_SWEEPS)
    page, data = Page(document), document.data
    if data.get("kind") != "sweep":
        # Of another document, that alone is worth saying: all of its keys are unknown here.
        said, hint = "a sweep begins with `kind: sweep`", "`kinwell run` takes scenarios"
        page.complain(("kind",), said, hint)
        raise InvalidInput(page.problems)
    page.mapping((), data, SWEEP_KEYS)
    declared = _read_sweep(page, path)
    found = _check_sweep(page, declared)
    declared = replace(declared, notes=tuple(dict.fromkeys([*page.notes, *found])))
    if page.problems:
        raise InvalidInput(page.sort_problems())
    own_file = declared.design.file != POSTERIOR_PATH  # whose draws move stated levels
    stated = list_stated(declared.uncertainties, declared.design.file if own_file else None)
    against = _free(declared.against, stated) if declared.against else None
    return replace(declared, scenario=_free(declared.scenario, stated), against=against)


def _free(town: Scenario, stated: frozenset[str]) -> Scenario:
    """The town without levels of parameters that the sweep states itself."""
    changes = give_way(town, stated)
    return derive(town, changes) if changes else town


def _read_sweep(page: Page, path: Path) -> Sweep:
    """What a file declares; what is wrong with it stands on the page."""
    data = page.document.data
    scenario = _load_town(page, path, "scenario")
    against = _load_town(page, path, "against") if "against" in data else None
    data["vary"] = page.mapping(
        ("vary",), data.get("vary", {}), ("policy", "parameters", "correlations")
    )
    levers, uncertainties = read_levers(page), read_uncertainties(page)
    name = normalise(str(data.get("name", name_of(path).removesuffix(".sweep"))))
    if said := say_unfit(name):
        page.complain(("name",), f"{said} (got {name[:60]!r})", "results are called after it")
    return Sweep(
        name=name,
        title=str(data.get("title") or name),
        summary=str(data.get("summary", "")),
        # Where there is none, that is a problem on the page, and nobody gets the sweep.
        scenario=cast("Scenario", scenario),
        against=against,
        levers=levers,
        uncertainties=uncertainties,
        correlations=read_correlations(page, uncertainties),
        design=_read_design(page, path, levers),
        replicates=page.whole(("replicates",), data.get("replicates", 1), 1, MOST_SEEDS),
        seed=page.whole(("seed",), data.get("seed", 1), 0, 2**53),  # exact as a double too
        keep=page.word(("keep",), data.get("keep", "summary"), ("summary", "weekly")),
        document=data,
        file=path,
    )


def _check_sweep(page: Page, sweep: Sweep) -> tuple[Problem, ...]:
    """Add what cannot be to the page; what is only worth saying is returned."""
    design, scenario = sweep.design, sweep.scenario
    _check_design(page, design, sweep.levers, sweep.uncertainties, sweep.correlations)
    apart = paired.check_pairs(
        page, scenario, sweep.against, [lever.path for lever in sweep.levers]
    )
    notes = [*note_renamed(page.document, *RENAMED_BELOW), *apart]
    axes = combinations.list_axes(sweep.levers, design.levels if design.kind == "grid" else 2)
    notes += inactive.note_idle(page, sweep, axes)
    notes += people.note_varied(page, [lever.path for lever in sweep.levers])
    if design.kind != "points" and scenario is not None:
        combinations.try_levers(page, scenario, sweep.levers, axes)
    if design.file is not None and design.file.is_file():
        beside = "against" in page.document.data
        wrong, repeats = _check_points(design, design.file, scenario, beside=beside)
        page.problems += wrong
        notes += repeats
    return tuple(notes)


def _load_town(page: Page, path: Path, key: str) -> Scenario | None:
    """The scenario named at a key: a path relative to the sweep, or the name of a shipped one."""
    given = page.document.data.get(key)
    if not isinstance(given, str):
        page.complain(
            (key,),
            "is missing" if given is None else "must name one scenario, such as `peer-pilot`",
        )
        return None
    beside = path.parent / read_path(given)
    fixed = page.mapping(("set",), page.document.data.get("set", {}))
    try:
        loaded = read(beside if beside.is_file() else given)
    except InvalidInput as error:
        if any(problem.line for problem in error.problems):  # told in the scenario's file
            page.problems += error.problems
        else:
            page.complain((key,), error.problems[0].message, error.problems[0].hint)
        return None
    try:
        town = _scale_town(page, loaded.scenario)
        changed = derive(town, fixed) if fixed else town
        page.notes += people.note_set_residents(page, loaded, town, changed)
        return take_one(changed)
    except InvalidInput as error:
        for problem in error.problems:
            page.complain(
                ("set", *((problem.path,) if problem.path in fixed else ())),
                f"{problem.path}: {problem.message}",
                problem.hint,
            )
        return None


def _scale_town(page: Page, town: Scenario) -> Scenario:
    """The town at the size that the sweep says, under a name that follows from it."""
    given = page.document.data.get("scale")
    if given is None:
        return town
    try:
        scaled = scale(town, parse_scale(str(given)))
    except InvalidInput as error:
        page.complain(("scale",), error.problems[0].message, error.problems[0].hint)
        return town
    return scaled.with_({"name": f"{clip(town.name, MARK_ROOM)}-{scaled.hash[:10]}"})


def _read_design(page: Page, path: Path, levers: tuple[Lever, ...]) -> Design:
    given = page.document.data.get("design")
    plain = given is None or isinstance(given, str)
    data = {"kind": given} if plain else page.mapping(("design",), given)
    kind = page.word(("design", "kind"), data.get("kind"), DESIGNS)
    page.mapping(("design",), data, ("kind", *DESIGNS[kind]))
    if kind in DESIGN_NEEDS and DESIGN_NEEDS[kind] not in data:
        page.complain(("design",), f"{kind} needs `{DESIGN_NEEDS[kind]}`")
    points = page.whole(("design", "points"), data["points"], 1, MANY) if "points" in data else 0
    levels = page.whole(("design", "levels"), data.get("levels", 4), 2, 1_000)
    if kind == "morris" and levels % 2:  # so that its steps reach all levels alike
        page.complain(("design", "levels"), f"must be even (got {levels})")
    for key in ("second_order", "crossed"):
        if not isinstance(data.get(key, False), bool):
            page.complain(("design", key), "must be true or false")
    file = _find_file(page, path, data, kind)
    crossed = kind in {"grid", "posterior"} or data.get("crossed") is True
    if (
        kind in {"latin_hypercube", "posterior"}
        and crossed
        and any(not lever.values for lever in levers)
    ):
        page.complain(
            ("design",),
            "levers are crossed with every parameter draw here and need values, not ranges",
        )
    return Design(kind, points, levels, data.get("second_order") is True, crossed, file)


def _find_file(page: Page, path: Path, data: dict[str, Any], kind: str) -> Path | None:
    if kind not in {"posterior", "points"}:
        return None
    here: Keys = ("design", "file") if "file" in data else ("design",)
    file = path.parent / read_path(str(data["file"])) if "file" in data else POSTERIOR_PATH
    if not file.is_file():
        hint = (
            "the path is relative to this file"
            if "file" in data
            else "no posterior is shipped: name a CSV file of draws with `file`"
        )
        page.complain(here, f"there is no file {data.get('file', POSTERIOR_PATH.name)}", hint)
    return file


def _check_points(
    design: Design, file: Path, scenario: Scenario | None, *, beside: bool
) -> tuple[list[Problem], list[Problem]]:
    """What is wrong with a file of points, and what is to be noted of it."""
    try:
        table = sample_file.read_table(file, design.points)
    except UnicodeDecodeError as error:
        said = f"is not UTF-8 text (byte {error.start + 1})", "save it as CSV in UTF-8"
        return [Problem(str(file), 0, 0, "", *said)], []
    except (OSError, csv.Error) as error:
        return [Problem(str(file), 0, 0, "", f"cannot be read as CSV ({error})")], []
    problems = sample_file.check_table(table, design.points, policies=design.kind == "points")
    wrong, notes = paired.check_columns(table, paired=beside)
    problems, notes = [*problems, *wrong], [*table.notes, *notes, *people.note_column(table)]
    if design.kind == "posterior" and not problems and not _is_fitted(file):
        notes += sample_file.find_repeats(table, {}, of="draw")
    if scenario is None or design.kind != "points" or not sample_file.can_try(problems):
        return problems, notes
    notes += inactive.note_idle_lines(table, scenario)
    return [*problems, *sample_file.try_policies(table, scenario)], notes


def _is_fitted(file: Path) -> bool:
    """Whether draws are those of a fit, whose rows stand for their weight."""
    return file == POSTERIOR_PATH or (file.parent / "fit.json").is_file()


def _check_design(
    page: Page,
    design: Design,
    levers: tuple[Lever, ...],
    worlds: tuple[Uncertainty, ...],
    correlations: tuple[tuple[str, str, float], ...],
) -> None:
    """What each design can and cannot do."""
    if design.kind == "points" and (levers or worlds):
        page.complain(
            ("vary",), "the columns of the file say what varies: leave `vary` out", on_key=True
        )
    if design.kind == "posterior" and worlds:
        page.complain(
            ("vary", "parameters"),
            "the columns of the posterior say what varies: leave `parameters` out",
            on_key=True,
        )
    if design.kind not in {"points", "posterior"} and not page.holds("vary"):
        hint = "name values of the scenario under `policy`, evidence under `parameters`"
        page.complain(("vary",), "says nothing that varies", hint)
    if correlations:
        check_correlated(page, design.kind)
