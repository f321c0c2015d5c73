"""What a sweep declares that can never act: in its towns or at one of its values, in what it sets,
in how it chooses points. A value of nothing is taken for meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import InvalidInput, Problem
from sim.scenario.designs.factors import read_number
from sim.scenario.designs.sample_file import find_repeats, read_cell
from sim.scenario.diagnostics.inactive import OFF, find_inactive, say_unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sim.scenario.designs.factors import Page
    from sim.scenario.designs.sample_file import Table
    from sim.scenario.designs.sweep import Sweep
    from sim.scenario.diagnostics.conflicts import Conflict
    from sim.scenario.scenario import Scenario

    Axis = tuple[str, Sequence[Any]]

MOST_LOOKED_AT = 100
"""Values of a lever, or lines of a file, that are looked at."""


def note_idle(page: Page, sweep: Sweep, axes: Sequence[Axis]) -> list[Problem]:
    """Notes on what of a sweep can never act, at their places in its file."""
    towns: dict[str, Scenario | None] = {"scenario": sweep.scenario, "against": sweep.against}
    notes = _note_towns(page, towns, axes)
    notes += _note_repeats(page, sweep)
    if towns["scenario"] is None:  # which is a problem on the page
        return notes
    notes += _note_levers(page, sweep)
    notes += _note_parameters(page, sweep, axes)
    return [*notes, *_note_design(page, sweep)]


def _note_repeats(page: Page, sweep: Sweep) -> list[Problem]:
    """Values that are there twice, however they are written."""
    listed: list[tuple[str, str, Sequence[Any], Sequence[Any]]] = []
    for lever in sweep.levers:
        read = _read_values(sweep.scenario, lever.path, lever.values)
        listed.append(("policy", lever.path, lever.values, read))
    listed += [("parameters", each.id, each.values, each.values) for each in sweep.uncertainties]
    notes = []
    for section, name, written, values in listed:
        if len(values) > 1 and all(value == values[0] for value in values):
            message = "never acts: all of its values are the same"
            notes.append(page.locate(("vary", section, name), message, "leave it out", on_key=True))
            continue
        for place, value in enumerate(values):
            if value in values[:place]:
                here = ("vary", section, name, str(place))
                message = f"{written[place]} is there twice: its points count twice"
                notes.append(page.locate(here, message, "leave one of them out"))
    return notes


def _read_values(town: Scenario | None, path: str, values: Sequence[Any]) -> Sequence[Any]:
    """Values of a lever as the scenario reads them, so that 50% and 0.5 are one."""
    plain = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    if town is None or plain or len(values) > MOST_LOOKED_AT:
        return values
    read = []
    for value in values:
        try:
            read.append(town.with_({path: value}).hash)
        except InvalidInput:  # which is told with the combinations
            read.append(str(value))
    return read


def _note_levers(page: Page, sweep: Sweep) -> Iterator[Problem]:
    """Levers of what is switched off, that another one moves too, or over what is set."""
    paths = [lever.path for lever in sweep.levers]
    for path in paths:
        here = ("vary", "policy", path)
        part, _, rest = path.partition(".")
        name, _, key = rest.partition(".")
        thing = getattr(sweep.scenario, part, None)
        thing = thing.get(name) if isinstance(thing, dict) else None
        above = [other for other in paths if path.startswith(f"{other}.")]
        switched = {f"{part}.{name}", f"{part}.{name}.enabled"} & set(paths)
        if key and not getattr(thing, "enabled", True) and not switched:
            yield page.locate(here, f"never acts: {name} is switched off", OFF, on_key=True)
        if above:
            message = f"never acts beside {above[0]}, which states it as well"
            yield page.locate(here, message, "vary one of the two", on_key=True)
    fixed = page.document.data.get("set", {})
    for key in fixed if isinstance(fixed, dict) else ():
        for path in paths:
            if key == path or key.startswith(f"{path}."):
                message = f"never acts: {path} is varied, and has a value of its own at every point"
                yield page.locate(("set", key), message, "leave it out", on_key=True)


def _note_parameters(page: Page, sweep: Sweep, axes: Sequence[Axis]) -> Iterator[Problem]:
    """Parameters that vary and that nothing in any town of the sweep reads."""
    for varied in sweep.uncertainties:
        if not (said := say_unread(varied.id, sweep.scenario)):
            continue
        towns = [sweep.against] if sweep.against is not None else []
        towns += [town for axis in axes for town in _list_towns(sweep.scenario, axis)]
        if all(say_unread(varied.id, town) for town in towns):
            here = ("vary", "parameters", varied.id)
            yield page.locate(here, f"never acts: {said}", "leave it out", on_key=True)
    for place, (_, _, r) in enumerate(sweep.correlations):
        if r == 0:
            here = ("vary", "correlations", str(place))
            yield page.locate(here, "never acts: r is 0", "leave it out")


def _list_towns(town: Scenario, axis: Axis) -> Iterator[Scenario]:
    """A town at each value of a lever that it takes."""
    path, values = axis
    for value in values[:MOST_LOOKED_AT]:
        try:
            yield town.with_({path: value})
        except InvalidInput:
            continue


def _note_design(page: Page, sweep: Sweep) -> Iterator[Problem]:
    """What is said of points that this design does not ask, and a pair of one and the same."""
    design, data = sweep.design, page.document.data
    given = data.get("design")
    stated: dict[str, Any] = given if isinstance(given, dict) else {}
    ranges = any(not lever.values for lever in sweep.levers)
    if design.kind == "grid" and "levels" in stated and not ranges:
        message = "never acts: no lever is a range"
        yield page.locate(("design", "levels"), message, "leave it out")
    if stated.get("crossed") is True and not (sweep.levers and sweep.uncertainties):
        message = "never acts: it crosses values of `policy` with draws of `parameters`"
        yield page.locate(("design", "crossed"), message, "leave it out")
    same = sweep.against is not None and sweep.against.hash == sweep.scenario.hash
    if same and not sweep.levers and design.kind != "points":
        message = "is the scenario itself, and no policy varies: nothing can differ"
        yield page.locate(("against",), message, "name another, or leave it out")
    if str(data.get("scale", "")).strip() in {"1", "1.0", "100%"}:
        yield page.locate(("scale",), "never acts: the town keeps its size", "leave it out")


def _note_towns(
    page: Page, towns: Mapping[str, Scenario | None], axes: Sequence[Axis]
) -> list[Problem]:
    """Notes on what never acts in the towns of a sweep, by their key, and at values of levers."""
    notes = []
    for key, town in towns.items():
        if town is not None:
            # Levers are set in the scenario only: in the reference they bring nothing to act.
            notes += _note_town(page, key, town, axes if key == "scenario" else ())
    scenario = towns["scenario"]
    return notes if scenario is None else [*notes, *_note_values(page, scenario, axes)]


def _note_town(page: Page, key: str, town: Scenario, axes: Sequence[Axis]) -> list[Problem]:
    """What never acts, whatever value one of the levers takes."""
    never = _by_path(town)
    for path, values in axes if never else ():
        for value in values[:MOST_LOOKED_AT]:
            found = _by_path_at(town, {path: value})
            # Kept if it acts at no value; a value that is refused says nothing about it.
            never = {name: one for name, one in never.items() if found is None or name in found}
    return [
        page.locate((key,), f"{town.name}: {path}: {one.message}", one.hint)
        for path, one in never.items()
    ]


def _note_values(page: Page, town: Scenario, axes: Sequence[Axis]) -> list[Problem]:
    """Values of levers with which something never acts that acts without them."""
    before = _by_path(town)
    notes = []
    for path, values in axes:
        for place, value in enumerate(values[:MOST_LOOKED_AT]):
            if not value or read_number(value) == 0:
                continue
            here = ("vary", "policy", path, str(place))
            for name, one in _find_new(town, {path: value}, before).items():
                said = one.message if name == path else f"{name}: {one.message}"
                notes.append(page.locate(here, f"with {value}, {said}", one.hint))
    return notes


def note_idle_lines(table: Table, town: Scenario) -> list[Problem]:
    """Notes on a file of points: lines that are there twice, or with which something never acts,
    and columns that nothing reads.
    """
    before = _by_path(town)
    policies: dict[tuple[Any, ...], int] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        # A policy is often repeated under many draws of parameters: its first line stands for all.
        policies.setdefault(tuple(read_cell(row[k]) for k in table.levers), line)
    names = [table.header[k] for k in table.levers]
    towns: dict[tuple[Any, ...], Scenario] = {}
    for policy in list(policies)[:MOST_LOOKED_AT]:
        try:
            towns[policy] = town.with_(dict(zip(names, policy, strict=True)))
        except InvalidInput:  # which is told with the policies
            continue
    notes = find_repeats(table, {policy: each.hash for policy, each in towns.items()})
    for policy, each in towns.items():
        for name, one in _only_new(_by_path(each), before).items():
            notes.append(Problem(table.file, policies[policy], 1, name, one.message, one.hint))
    for k in table.worlds:
        name = table.header[k]
        if (said := say_unread(name, town)) and all(say_unread(name, t) for t in towns.values()):
            notes.append(Problem(table.file, 1, k + 1, name, f"never acts: {said}", "leave it out"))
    return notes


def _find_new(
    town: Scenario, changes: Mapping[str, Any], before: Mapping[str, Conflict]
) -> dict[str, Conflict]:
    return _only_new(_by_path_at(town, changes) or {}, before)


def _only_new(found: Mapping[str, Conflict], before: Mapping[str, Conflict]) -> dict[str, Conflict]:
    """What never acts that acted before.

    With the hint to switch it off goes a zero, which an end of a lever may be on purpose.
    """
    return {name: one for name, one in found.items() if name not in before and one.hint != OFF}


def _by_path_at(town: Scenario, changes: Mapping[str, Any]) -> dict[str, Conflict] | None:
    """What never acts in a town with changes; None where they are refused, as is said elsewhere."""
    try:
        return _by_path(town.with_(changes))
    except InvalidInput:
        return None


def _by_path(town: Scenario) -> dict[str, Conflict]:
    return {".".join(conflict.path): conflict for conflict in find_inactive(town)}
