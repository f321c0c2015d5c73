"""What of one folder of results, or of several, is looked at: scenarios, and weeks of the horizon.

Folders of one town are read as one. A run that two of them hold counts once; where they disagree
about it, or about what a scenario is, nothing is guessed.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.runs.database import Stored, locate, open_selection
from analysis.runs.window import make_window
from analysis.text.amounts import read_amount
from sim.errors import InvalidInput, Refused
from sim.outcomes import KEYS
from sim.scenario.diagnostics.comparability import explain_mismatch
from sim.store.attached import Part
from sim.store.selection import Selection
from sim.units import WEEKS_PER_YEAR, say_weeks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

BASELINE_NAME = "baseline"
Identity = tuple[str, int, str]
"""Hash of the scenario, seed, parameter draw."""


class View(NamedTuple):
    """What was asked to be seen: scenarios (all where none are named), and the first week and the
    week before which it ends, as they were written.
    """

    only: tuple[str, ...] = ()
    first: str | None = None
    end: str | None = None


WHOLE_VIEW = View()


def choose_reference(names: Sequence[str]) -> str:
    """Choose what to compare with where nobody said: the baseline, or what was declared first."""
    return BASELINE_NAME if BASELINE_NAME in names or not names else names[0]


def open_view(
    sources: Sequence[object], against: str | None = None, view: View = WHOLE_VIEW
) -> tuple[Stored, str]:
    """Open what was asked for of one or several results, and say what it is compared with.

    Raises `InvalidInput` for scenarios and weeks that are not there, `Refused` for folders that
    cannot be read together.
    """
    parts, notes = _open_parts(sources)
    names = list(dict.fromkeys(name for part in parts for name in part.names))
    against = parts[0].call(against) if against else choose_reference(names)
    wanted = _choose(names, view.only, against)
    parts = [replace(part, only=wanted) for part in parts]
    parts = [part for part in parts if part.names] or parts[:1]
    stored = replace(parts[0], notes=tuple(notes)) if len(parts) == 1 else _join(parts, notes)
    return _look_through(stored, view), against


def check_view(view: View, names: Sequence[str], against: str, horizon: int) -> None:
    """Raise `InvalidInput` for scenarios and weeks that will not be there once these scenarios have
    run.
    """
    _choose(names, view.only, against)
    make_window(view.first, view.end, horizon)


def _open_parts(sources: Sequence[object]) -> tuple[list[Stored], list[str]]:
    """Open each result once, and note those that were given twice."""
    found: dict[Path, Stored] = {}
    notes = []
    for source in sources:
        # A folder under two names, one of them a link, must not count twice.
        path = locate(source).resolve()
        if path in found:
            notes.append(f"{path.parent.name} was given twice and counts once.")
        else:
            found[path] = open_selection(source)
    return list(found.values()), notes


def _choose(names: Sequence[str], only: Sequence[str], against: str) -> frozenset[str] | None:
    """Scenarios that are looked at, the reference with them; None for all of them."""
    if not only:
        return None
    for name in (*only, against):
        if name not in names:
            close = get_close_matches(name, names, 1)
            hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(names)}"
            raise InvalidInput(f"there is no scenario {name!r} among these{hint}")
    if set(only) == {against} and len(names) > 1:
        others = ", ".join(name for name in names if name != against)
        raise InvalidInput(
            f"--only {against}: this is what others are compared with; name one of them, such as"
            f" {others}, or another reference with --against"
        )
    return frozenset((*only, against))


def _join(parts: Sequence[Stored], notes: list[str]) -> Stored:
    """Read several databases as one, after every reason against it was looked for."""
    # All reasons against it first, in the order in which people can do something about them.
    _check_versions(parts)
    _check_scenarios(parts)
    _check_towns(parts)
    marks = _share_draws(parts)
    chosen: dict[Identity, tuple[int, pd.Series]] = {}
    twice = 0
    for place, part in enumerate(parts):
        for _, run in part.all_runs.iterrows():
            identity = (str(run["hash"]), int(run["seed"]), str(run["draw"]))
            before = chosen.get(identity)
            # Both are done: they must agree. One that failed is replaced by one that did not.
            if before is not None and run["status"] == before[1]["status"] == "done":
                twice += 1
                _check_same(parts[before[0]], part, before[1], run)
            if before is None or _rank(run) > _rank(before[1]):
                chosen[identity] = place, run
    if twice:
        notes = [
            *notes,
            (
                f"{twice} runs are stored in more than one of these folders, the same in"
                " each, and count once."
            ),
        ]
    taken = [
        Part(part.path, frozenset(run["key"] for at, run in chosen.values() if at == place))
        for place, part in enumerate(parts)
    ]
    folders = ", ".join(_call(part) for part in parts)
    return Stored(
        parts[0].path,
        Selection(marks, parts[0].selection.model_version),
        tuple(taken),
        parts[0].only,
        notes=(f"Read together: {folders}.", *notes),
    )


def _call(part: Stored) -> str:
    return str(part.path.parent)


def _rank(run: pd.Series) -> tuple[bool, bool]:
    """Of two runs of one kind the finished one counts, then the one whose weeks were kept."""
    return run["status"] == "done", run["keep"] == "weekly"


def _check_versions(parts: Sequence[Stored]) -> None:
    found = {
        _call(part): sorted(set(part.runs["model_version"].astype(str)))
        for part in parts
        if len(part.runs)
    }
    if len({tuple(versions) for versions in found.values()}) > 1:
        listed = "; ".join(f"{name}: {', '.join(versions)}" for name, versions in found.items())
        raise Refused(
            f"these folders come from different versions of the model ({listed}); run them again"
            " with one"
        )


def _check_scenarios(parts: Sequence[Stored]) -> None:
    """Refuse a name that means different things in two folders."""
    first: dict[str, Stored] = {}
    for part in parts:
        for name in part.names:
            other = first.setdefault(name, part)
            ours, theirs = part.declared[name], other.declared[name]
            if ours == theirs:
                continue
            keys = [key for key in {**theirs, **ours} if theirs.get(key) != ours.get(key)]
            raise Refused(
                f"{name} is not the same scenario in {_call(other)} and {_call(part)}"
                f" ({', '.join(keys)} differ): give one of them another name and run it again, or"
                " choose others with --only"
            )


def _check_towns(parts: Sequence[Stored]) -> None:
    """Refuse folders of different towns, each against the first."""
    reference = parts[0]
    if not reference.names:
        return
    first = reference.names[0]
    for part in parts[1:]:
        for name in part.names:
            told = (f"{first} in {_call(reference)}", f"{name} in {_call(part)}")
            if said := explain_mismatch(told, reference.declared[first], part.declared[name]):
                raise Refused(f"{said}: these folders hold different studies")


def _share_draws(parts: Sequence[Stored]) -> frozenset[str] | None:
    """Marks of the parameter draws that all folders asked for; Refused where there is none."""
    marks = [part.selection.marks for part in parts if part.selection.marks is not None]
    shared = frozenset.intersection(*marks) if marks else None
    if shared is not None and not shared:
        raise Refused(
            "these folders were run under different parameter draws, so no replicate is the same in"
            " all: run them with the same --uncertainty and --draws"
        )
    return shared


def _check_same(one: Stored, other: Stored, first: pd.Series, second: pd.Series) -> None:
    """Refuse a run that two folders hold with different outcomes."""
    rows = [
        stored.summary[stored.summary["run"] == run["key"]]
        for stored, run in ((one, first), (other, second))
    ]
    keys = [key for key in KEYS if all(key in row.columns for row in rows)]
    values = [row[keys].to_numpy(dtype=float) for row in rows]
    if all(len(row) == 1 for row in rows) and np.array_equal(values[0], values[1], equal_nan=True):
        return
    raise Refused(
        f"{first['name']} with seed {first['seed']} is stored in {_call(one)} and in"
        f" {_call(other)}, with different outcomes: one of them was changed or made elsewhere."
        " `kinwell verify DIR` tells which; give the other one alone"
    )


def _look_through(stored: Stored, view: View) -> Stored:
    """Choose weeks of the horizon; Refused where the weeks of no run were kept."""
    if view.first is None and view.end is None:
        return stored
    if not stored.names:
        return stored
    horizon = int(read_amount(stored.declared[stored.names[0]].get("horizon", WEEKS_PER_YEAR)))
    window = make_window(view.first, view.end, horizon)
    if window is None:
        return stored
    looked = replace(stored, window=window)
    every, kept = len(stored.runs), len(looked.runs)
    if not kept:
        raise Refused(
            f"the weeks of these {every} runs were not kept, only totals over {say_weeks(horizon)},"
            f" so {window.say()} cannot be told from the rest: run again with --keep weekly"
        )
    count = "counts" if window.weeks == 1 else "count"
    notes = [
        (
            f"Only {window.say()} of weeks 0 to {horizon - 1} {count} here. Money and QALYs of a"
            " later week are discounted to week 0, as over the whole horizon; what funds received,"
            " spent and have left is told of the whole horizon; groups of residents and the network"
            " are kept for the whole horizon alone and left out."
        )
    ]
    if kept < every:
        notes.append(
            f"The weeks of {every - kept} of {every} runs were not kept: they are left out here."
        )
    return replace(looked, notes=(*stored.notes, *notes))
