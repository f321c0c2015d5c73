"""Pairs runs that share their seed and draw, and refuses what cannot be compared."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.runs.database import Stored, open_selection
from analysis.runs.soundness import check_rows, say_left_out, say_packages, say_repeated_draws
from sim.errors import Refused
from sim.outcomes import BY_KEY
from sim.scenario.diagnostics.comparability import (
    LEAST_PAIRS,
    explain_mismatch,
    find_twins,
    say_comparable,
    say_given_apart,
    say_too_few,
    say_twin,
)
from sim.store.connection import explain_content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Pairs:
    """Runs that can be compared: every scenario was run with every replicate.

    names: scenarios, the reference first. replicates: (seed, draw) of each pair, sorted. notes:
    sentences that every page made from these pairs must show.
    """

    stored: Stored
    reference: str
    names: tuple[str, ...]
    replicates: tuple[tuple[int, str], ...]
    notes: tuple[str, ...] = ()

    @property
    def others(self) -> tuple[str, ...]:
        """Scenarios compared with the reference."""
        return self.names[1:]

    @cached_property
    def seeds(self) -> NDArray[np.int64]:
        """(pairs,) code of the seed of each pair."""
        return _codes([replicate[0] for replicate in self.replicates])

    @cached_property
    def draws(self) -> NDArray[np.int64]:
        """(pairs,) code of the parameter draw of each pair."""
        return _codes([replicate[1] for replicate in self.replicates])

    # Only what differs between pairs is covered by an interval over pairs.
    @property
    def covers(self) -> tuple[str, ...]:
        """Which parts of uncertainty differ between the pairs."""
        parts = []
        if len(set(self.seeds.tolist())) > 1:
            parts.append("chance")
        if len(set(self.draws.tolist())) > 1:
            parts.append("parameters")
        return tuple(parts)

    @property
    def first_week(self) -> int:
        """The first week that counts: 0 but in a window."""
        return 0 if self.stored.window is None else self.stored.window.first

    @cached_property
    def with_weeks(self) -> NDArray[np.bool_]:
        """(pairs, scenarios) whether the weeks of a run were kept; others have totals alone."""
        kept = self.stored.runs_with_weeks
        flat = np.zeros(len(self.replicates) * len(self.names), dtype=bool)
        flat[[cell for run, cell in self.cells.items() if run in kept]] = True
        return flat.reshape(len(self.replicates), len(self.names))

    @property
    def whole(self) -> NDArray[np.bool_]:
        """(pairs,) whether the weeks of every scenario were kept."""
        return np.asarray(self.with_weeks.all(axis=1))

    @cached_property
    def whole_runs(self) -> frozenset[str]:
        """Keys of the runs of replicates in which the weeks of every scenario were kept."""
        whole, count = self.whole, len(self.names)
        return frozenset(run for run, cell in self.cells.items() if whole[cell // count])

    def has_rows(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """(pairs, scenarios) whether a run has any row in a frame."""
        return self.values(frame.assign(one=1.0), "one") > 0

    def values(self, frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
        """Sum one column of a frame with runs as (pairs, scenarios).

        A run without a row counts as 0: right for parts that may be empty, such as a category of
        spending, and for tables that have rows of every run.
        """
        return self.arrange(frame, [column])[column]

    def arrange(
        self, frame: pd.DataFrame, columns: Sequence[str]
    ) -> dict[str, NDArray[np.float64]]:
        """Sum several columns in their order, as `values` does one: whose rows they are is looked
        up once.
        """
        # Runs that are not among the pairs are left out.
        cells = frame["run"].map(self.cells).fillna(-1).to_numpy(dtype=np.int64)
        known, shape = cells >= 0, (len(self.replicates), len(self.names))
        return {
            column: np.asarray(
                np.bincount(
                    cells[known],
                    weights=frame[column].to_numpy(dtype=float)[known],
                    minlength=shape[0] * shape[1],
                ).reshape(shape),
                dtype=np.float64,
            )
            for column in columns
        }

    def outcome(self, key: str) -> NDArray[np.float64]:
        """(pairs, scenarios) of one outcome over the horizon."""
        return self.values(self.stored.summary, key)

    def over_weeks(self, frame: pd.DataFrame, column: str, weeks: int) -> NDArray[np.float64]:
        """Arrange a weekly column as (pairs, scenarios, weeks).

        Weeks without a row are 0; a run whose weeks were not kept is missing in all of them. In a
        window its first week comes first.
        """
        size = len(self.replicates) * len(self.names)
        cells = frame["run"].map(self.cells).fillna(-1).to_numpy(dtype=np.int64)
        week = frame["week"].to_numpy(dtype=np.int64) - self.first_week
        found = (cells >= 0) & (week >= 0) & (week < weeks)
        amounts = frame[column].to_numpy(dtype=float)[found]
        sums = np.bincount(
            cells[found] * weeks + week[found], weights=amounts, minlength=size * weeks
        )
        arranged = sums.reshape(len(self.replicates), len(self.names), weeks)
        return np.where(self.with_weeks[:, :, None], arranged, np.nan)

    @cached_property
    def cells(self) -> dict[str, int]:
        """Position of each run in (pairs, scenarios), flattened, by its key."""
        row = {replicate: place for place, replicate in enumerate(self.replicates)}
        column = {name: place for place, name in enumerate(self.names)}
        runs = self.stored.runs
        return {
            key: row[int(seed), draw] * len(self.names) + column[name]
            for key, name, seed, draw in zip(
                runs["key"], runs["name"], runs["seed"], runs["draw"], strict=True
            )
            if name in column and (int(seed), draw) in row
        }


def _codes(values: Sequence[object]) -> NDArray[np.int64]:
    order = {value: code for code, value in enumerate(dict.fromkeys(values))}
    return np.array([order[value] for value in values], dtype=np.int64)


def pair(source: object, against: str = "baseline", *, allow_missing: bool = False) -> Pairs:
    """Pair the runs of a database by seed and draw against a reference scenario.

    The runs are those that a result asked for, or those asked for last in a folder. Raises
    `Refused` for fewer than two replicates, unmatched seeds, failed runs (unless allowed), mixed
    model versions or parameter draws, and scenarios that cannot be compared
    (`sim.scenario.diagnostics.comparability`).
    """
    stored = open_selection(source)
    names = _choose_names(source, stored, against)
    _check_mixture(stored)
    _check_towns(stored, names)
    # Whoever asked by a result knows which runs are meant; of a folder it has to be said.
    notes = [*stored.notes, *([] if hasattr(source, "seeds") else say_left_out(stored))]
    notes += [*say_packages(stored), *say_repeated_draws(stored)]
    notes += _check_failures(stored, names, allow_missing=allow_missing)
    replicates, lacking = _match(stored, names)
    notes += _check_replicates(stored, len(replicates), lacking, allow_missing=allow_missing)
    if missing := [BY_KEY[key].title for key in stored.unrecorded]:
        notes.append(
            f"Not recorded in all of these runs, and left out: {', '.join(missing)}. Runs made with"
            " this version have it."
        )
    found = Pairs(stored, names[0], tuple(names), tuple(replicates), tuple(notes))
    check_rows(stored, stored.runs[stored.runs["key"].isin(list(found.cells))])
    return replace(found, notes=(*notes, *_say_given_apart(found), *_say_twins(found)))


def _say_given_apart(pairs: Pairs) -> list[str]:
    """Prices, numbers and rules that a scenario does not share with the reference."""
    first, towns = pairs.names[0], pairs.stored.declared
    said = [say_given_apart((first, name), towns[first], towns[name]) for name in pairs.names[1:]]
    return [f"{sentence}." for sentence in said if sentence]


def _say_twins(pairs: Pairs) -> list[str]:
    """Scenarios that are one under two names, as they are declared and by their runs."""
    twins = find_twins({name: pairs.stored.declared[name] for name in pairs.names})
    if not twins or "cost" not in pairs.stored.summary.columns:
        return []
    column = dict(zip(pairs.names, pairs.outcome("cost").T, strict=True))
    return [
        f"{say_twin(name, twin)}."
        for name, twin in twins.items()
        if np.array_equal(column[name], column[twin], equal_nan=True)
    ]


def _choose_names(source: object, stored: Stored, against: str) -> list[str]:
    """Scenarios that are compared, the reference first; Refused where there is none."""
    if not stored.names:
        message = (
            f"{stored.path}: no runs are stored here; make some with `kinwell run` or `kinwell"
            " compare`"
        )
        raise Refused(message)
    # A scenario stands for its name, as in sim.run.
    against = getattr(against, "name", against)
    if not isinstance(against, str):
        message = f"against is the name of a scenario, or the scenario, not {against!r:.60}"
        raise Refused(message)
    against = stored.call(against)
    names = _wanted(source, stored, against)
    if against not in names:
        message = (
            f"there is no scenario {against!r} among {', '.join(names) or 'no scenarios'}; choose"
            " one with --against"
        )
        raise Refused(message)
    return [against, *(name for name in names if name != against)]


def _check_replicates(
    stored: Stored,
    matched: int,
    lacking: Mapping[str, set[tuple[int, str]]],
    *,
    allow_missing: bool,
) -> list[str]:
    """Notes on replicates that not every scenario has; Refused where some were asked for and are
    missing, or too few are left.

    What nobody asked for is not missing: a scenario with fewer seeds is compared by those that all
    have.
    """
    unmatched = len(set().union(*lacking.values()))
    notes = []
    if unmatched:
        message = (
            f"seeds do not match: {unmatched} of {matched + unmatched} replicates were not run for"
            " every scenario"
        )
        if not allow_missing and _were_asked_for(stored, lacking):
            raise Refused(
                message
                + "; run the missing ones with the same --seed and -n, or give `kinwell compare`"
                " or `kinwell report` --allow-missing"
            )
        fewer = ", ".join(f"{name} lacks {len(ones)}" for name, ones in lacking.items() if ones)
        notes.append(
            f"{message} ({fewer}); the {matched} that all have are compared, the others left out."
        )
    if matched < LEAST_PAIRS:
        message = say_too_few(matched)
        if unmatched and not matched:
            message = "no replicate was run for every scenario: seeds or parameter draws differ"
            if "points" in stored.tables and len(stored.query("SELECT 1 FROM points LIMIT 1")):
                # Points of a sweep are compared at each point, and have a page and no pairs.
                message += "; a sweep is stored here, which `kinwell report` reads"
        raise Refused(message)
    return notes


def _were_asked_for(stored: Stored, lacking: Mapping[str, set[tuple[int, str]]]) -> bool:
    """Whether any plan asked for a replicate that a scenario lacks, or no plan was kept."""
    plans = stored.query("SELECT * FROM plans")
    # Runs may be stored without a plan: to refuse is safer than to leave them out unasked.
    if plans.empty:
        return True
    # Ranges, since a plan that somebody changed by hand may ask for any number of seeds.
    asked: dict[str, list[range]] = {}
    with explain_content(stored.path):
        for scenarios, first, count in zip(
            plans["scenarios"], plans["seed"], plans["replicates"], strict=True
        ):
            seeds = range(int(first), int(first) + int(count))
            for key in json.loads(str(scenarios)):
                asked.setdefault(str(key), []).append(seeds)
    hashes = dict(zip(stored.runs["name"], stored.runs["hash"], strict=True))
    # A window leaves out runs without weeks, and these were run all the same.
    done = stored if stored.window is None else replace(stored, window=None)
    there = set(
        zip(done.runs["name"], done.runs["seed"].astype(int), done.runs["draw"], strict=True)
    )
    return any(
        any(seed in seeds for seeds in asked.get(hashes[name], ()))
        and (name, seed, draw) not in there
        for name, ones in lacking.items()
        for seed, draw in ones
    )


def _wanted(source: object, stored: Stored, against: str) -> list[str]:
    chosen = getattr(source, "names", None)
    if isinstance(chosen, list | tuple) and chosen:
        wanted = {against, *(stored.call(name) for name in chosen)}
        return [name for name in stored.names if name in wanted]
    return list(stored.names)


def _check_mixture(stored: Stored) -> None:
    """Refuse a mixture of versions or uncertainty where nothing says which runs are meant."""
    runs = stored.runs
    # Versions are told apart by the selection where a plan says which; here none does.
    if stored.selection.model_version is None:
        versions = sorted({str(version) for version in runs["model_version"]})
        if len(versions) > 1:
            message = (
                f"the runs come from different versions of the model ({', '.join(versions)}); run"
                " them again with one"
            )
            raise Refused(message)
    if stored.selection.marks is None and (runs["draw"] == "").nunique() > 1:
        message = (
            "some runs have drawn parameters and some have them as they are; give the command again"
            " that made those you mean"
        )
        raise Refused(message)


def _check_towns(stored: Stored, names: Sequence[str]) -> None:
    first = stored.declared[names[0]]
    for name in names[1:]:
        if message := explain_mismatch((names[0], name), first, stored.declared[name]):
            raise Refused(message + say_comparable(stored.declared))


def _check_failures(stored: Stored, names: Sequence[str], *, allow_missing: bool) -> list[str]:
    failed = int(stored.failed["name"].isin(names).sum())
    if not failed:
        return []
    total = int(stored.all_runs["name"].isin(names).sum())
    message = f"{failed} of {total} runs failed"
    if not allow_missing:
        raise Refused(
            message + "; run them again, or leave them out with a banner: `kinwell compare` and"
            " `kinwell report` take --allow-missing"
        )
    return [f"{message} and are left out: what follows may be biased."]


def _match(
    stored: Stored, names: Sequence[str]
) -> tuple[list[tuple[int, str]], dict[str, set[tuple[int, str]]]]:
    """Replicates that every scenario has, and those that each lacks of what any other has."""
    runs = stored.runs[stored.runs["name"].isin(names)]
    by_name = {
        str(name): set(zip(part["seed"].astype(int), part["draw"], strict=True))
        for name, part in runs.groupby("name")
    }
    if len(by_name) < len(names):
        empty = sorted(set(names) - set(runs["name"]))
        message = f"no finished run of {', '.join(empty)}"
        raise Refused(message)
    # Sorted below: the order must not depend on which run happened to end first.
    common, ever = set.intersection(*by_name.values()), set.union(*by_name.values())
    return sorted(common), {name: ever - by_name[name] for name in names}
