"""Sweeps: every point of a design run with the same seeds, resumable, extensible, shared with
every other study of a database.
"""

from __future__ import annotations

import json
import time
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sim.errors import InvalidInput, Problem
from sim.provenance import tell_time
from sim.scenario.designs.levers.combinations import say_setting
from sim.scenario.designs.sample_file import find_line, read_table
from sim.scenario.designs.sweep import derive
from sim.scenario.files.user_path import read_path
from sim.store import Store
from sim.studies.running.interrupt import Interruption
from sim.studies.running.plan import Block, Execution, Plan, Variant
from sim.studies.running.results_folder import (
    RunSet,
    check_sweep_files,
    locate_database,
    prepare_directory,
    write_sweep,
)
from sim.studies.running.run_key import make_key, spell_draw
from sim.studies.running.runner import Study, describe_code, run_study
from sim.studies.sweeps.sampling import OUTER_SHARE, Points, find_quantiles, make_points

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from sim.scenario.designs.sweep import Sweep
    from sim.scenario.scenario import Scenario
    from sim.store.rows import Row

RUNS_IN_MEMORY = 256
FAILING = 0.1
"""Share of the runs left whose failure ends a sweep."""


class Design:
    """The points of a sweep as a plan: a block for each draw, its policies as variants."""

    def __init__(self, sweep: Sweep, points: Points | None = None) -> None:
        self.sweep = sweep
        self.points = points or make_points(sweep)
        self._levers = self.points.names[: len(self.points.names) - self.points.worlds.shape[1]]
        self._worlds = self.points.names[len(self._levers) :]
        self._variants: dict[int, Variant] = {}
        # A bounded number: a million scenarios of 6 kB each would not fit.
        self._make = lru_cache(RUNS_IN_MEMORY)(self._make_scenario)

    @cached_property
    def _blocks(self) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
        """Points by block, blocks in the order in which their draws come up first."""
        _, first, which = np.unique(
            self.points.worlds, axis=0, return_index=True, return_inverse=True
        )
        # In the order of the design: a longer design keeps the draws of a shorter one first.
        order = np.argsort(first, kind="stable")
        groups = np.split(
            np.argsort(which.ravel(), kind="stable"), np.cumsum(np.bincount(which.ravel()))[:-1]
        )
        return first[order], [groups[place] for place in order.tolist()]

    def list_blocks(self) -> Iterator[Block]:
        """List one block for each draw; the reference, where there is one, comes first."""
        for index, (first, members) in enumerate(zip(*self._blocks, strict=True)):
            draw = (
                dict(zip(self._worlds, self.points.worlds[first].tolist(), strict=True))
                if self._worlds
                else None
            )
            places = dict.fromkeys(self.points.chosen[members].tolist())
            variants = {
                each.hash: each
                for each in ([self.reference] if self.reference else [])
                + [self.find_variant(p) for p in places]
            }
            yield Block(
                draw, spell_draw(draw), index if self._worlds else None, tuple(variants.values())
            )

    @cached_property
    def reference(self) -> Variant | None:
        """The scenario that every point is paired with."""
        town = self.sweep.against
        return None if town is None else Variant(town.name, town.hash, town.past_hash, -1)

    def find_variant(self, place: int) -> Variant:
        """The scenario of a policy: name and fingerprints, made out once."""
        if place not in self._variants:
            town = self._make(place)
            self._variants[place] = Variant(town.name, town.hash, town.past_hash, place)
        return self._variants[place]

    def give(self, variant: Variant) -> Scenario:
        """Give the scenario behind a variant; only the last few hundred are kept."""
        if variant.place < 0:
            return cast("Scenario", self.sweep.against)
        return self._make(variant.place)

    def _make_scenario(self, place: int) -> Scenario:
        """The scenario with its levers set; InvalidInput names the point that cannot be."""
        base = self.sweep.scenario
        if not self._levers:
            return base
        setting = dict(zip(self._levers, self.points.policies[place], strict=True))
        try:
            return derive(base, setting)
        except InvalidInput as error:
            raise InvalidInput(self._explain(setting, error.problems)) from error

    def _explain(self, setting: dict[str, Any], problems: Sequence[Problem]) -> list[Problem]:
        """Problems of one point, with the values of its levers and, of a file, its line."""
        file = self.sweep.design.file if self.sweep.design.kind == "points" else None
        table = read_table(file, self.sweep.design.points) if file else None
        where = (table.file, find_line(table, setting)) if table else (self.sweep.name, 0)
        said = f"at the point with {say_setting(setting)}"
        return [
            Problem(*where, int(where[1] > 0), each.path, f"{each.message}, {said}", each.hint)
            for each in problems
        ]

    def list_points(self, seeds: range, model_version: str) -> Iterator[tuple[Row, list[Row]]]:
        """List rows of `points`, each with its rows of `point_runs`."""
        name = self.sweep.name
        for point, (chosen, world) in enumerate(
            zip(self.points.chosen.tolist(), self.points.worlds.tolist(), strict=True)
        ):
            variant = self.find_variant(chosen)
            draw = dict(zip(self._worlds, world, strict=True)) if self._worlds else None
            spelled = spell_draw(draw)
            settings = json.dumps(
                {
                    **dict(zip(self._levers, self.points.policies[chosen], strict=True)),
                    **(draw or {}),
                },
                default=str,
            )
            roles = [("point", variant)] + (
                [("reference", self.reference)] if self.reference else []
            )
            runs: list[Row] = [
                (name, point, seed, role, make_key(each.hash, seed, spelled, model_version))
                for role, each in roles
                for seed in seeds
            ]
            yield (name, point, variant.hash, settings), runs

    def list_scenarios(self) -> Iterator[Scenario]:
        """Every scenario of the sweep once."""
        if self.sweep.against is not None:
            yield self.sweep.against
        for place in sorted(set(self.points.chosen.tolist())):
            yield self.give(self.find_variant(place))


def problem(sweep: Sweep, points: Points | None = None) -> dict[str, Any]:
    """The problem as SALib takes it: num_vars, names and bounds.

    A lever without numbers counts its values from 0.
    """
    made = points or make_points(sweep)
    ends = {lever.path: (lever.low, lever.high) for lever in sweep.levers if not lever.values}
    ends |= {
        each.id: tuple(find_quantiles(each, np.array([0.0, 1.0]), OUTER_SHARE).tolist())
        for each in sweep.uncertainties
        if each.family
    }
    bounds = [
        list(ends.get(name, (float(made.sample[:, k].min()), float(made.sample[:, k].max()))))
        for k, name in enumerate(made.names)
    ]
    return {"num_vars": len(made.names), "names": list(made.names), "bounds": bounds}


def outcomes(
    place: str | Path, sweep: str, key: str, *, paired: bool = False
) -> NDArray[np.float64]:
    """One outcome at every point, (points, replicates), in the order of the design; NaN where a run
    failed or is left.

    paired: the difference from the reference under the same parameter draw with the same seed.
    """
    from sim.outcomes import KEYS
    from sim.scenario.diagnostics.suggestions import suggest_value

    if key not in KEYS:
        raise InvalidInput(f"there is no outcome {key!r}{suggest_value(key, KEYS)}")
    with Store.read_only(locate_database(place)) as store:
        rows = store.query(
            f'SELECT point, seed, role, summary."{key}" FROM point_runs LEFT JOIN summary USING'
            " (run) WHERE sweep = ? ORDER BY role, point, seed",
            (sweep,),
        )
    if not rows:
        raise InvalidInput(f"{place}: no sweep named {sweep!r} is stored here")
    found = {
        role: [
            np.nan if row[3] is None else float(cast("float", row[3]))
            for row in rows
            if row[2] == role
        ]
        for role in ("point", "reference")
    }
    shape = (len({row[0] for row in rows}), len({row[1] for row in rows}))
    values = np.asarray(found["point"]).reshape(shape)
    if not paired:
        return values
    if not found["reference"]:
        raise InvalidInput(f"{sweep} has no reference: give it `against` and run it again")
    return np.asarray(values - np.asarray(found["reference"]).reshape(shape), dtype=float)


def run_sweep(
    sweep: Sweep,
    into: str | Path | None = None,
    workers: int | None = None,
    execution: Execution | None = None,
    design: Design | None = None,
) -> RunSet:
    """Run every point of a sweep with every seed and store every run; what is stored already is
    not run again.

    Failed runs are tried again only if `execution.retry_failed`. The sweep stops when
    `execution.failures_at_most` runs have failed (a tenth of what is left, at least 20, unless
    given). design: the points, where they are made already. Raises what `run_scenarios`
    raises.
    """
    directory = read_path(into) if into is not None else Path("results") / sweep.name
    design, clock = design or Design(sweep), time.perf_counter()
    how = execution or Execution()
    command = how.command or _say_call(sweep.name, directory)
    with Interruption(command) as interruption:
        with interruption.in_model():
            code = describe_code(how.engine)
            workers = how.count_workers(workers)
            database = prepare_directory(directory, [town.name for town in list_towns(sweep)])
            check_sweep_files(directory, sweep)
        study = Study(design, sweep.seeds, how.engine, sweep.keep, command, directory, code)
        study.retry_failed, study.cluster = bool(how.retry_failed), how.cluster
        study.failures_at_most, study.failing = how.failures_at_most, FAILING
        with Store.open(database) as store:
            with interruption.in_model():
                asked = register_sweep(store, design, code.model_version)
            write_sweep(directory, sweep)
            plan = _plan(study, sweep, workers)
            run_study(study, store, plan, asked, how.progress, interruption)
            done = store.count_sweep(sweep.name)["done"]
    names = tuple(town.name for town in list_towns(sweep))
    return study.tell(names, done, time.perf_counter() - clock)


def _say_call(name: str, directory: Path) -> str:
    return f'sim.studies.sweeps.sweep.run_sweep(load_sweep("{name}"), into="{directory}")'


def list_towns(sweep: Sweep) -> tuple[Scenario, ...]:
    """The scenario of a sweep and, where there is one, its reference."""
    return (sweep.scenario, *([sweep.against] if sweep.against else []))


def _plan(study: Study, sweep: Sweep, workers: int) -> Plan:
    towns = list_towns(sweep)
    row = {
        "started": tell_time(),
        "command": study.command,
        "scenarios": json.dumps([town.hash for town in towns]),
        "seed": sweep.seed,
        "replicates": sweep.replicates,
        "draws": 0,
        "workers": workers,
        "sweep": sweep.name,
        "model_version": study.code.model_version,
    }
    return Plan(towns, workers, row)


def register_sweep(store: Store, design: Design, model_version: str) -> int:
    """Keep scenarios and points of a sweep, unless this very sweep is kept already; its runs."""
    name, mark = design.sweep.name, f"{design.sweep.hash} {model_version}"
    if not store.query("SELECT 1 FROM sweeps WHERE name = ? AND fingerprint = ?", (name, mark)):
        _keep_sweep(store, design, model_version, mark)
    return cast("int", store.query("SELECT runs FROM sweeps WHERE name = ?", (name,))[0][0])


def _keep_sweep(store: Store, design: Design, model_version: str, mark: str) -> None:
    sweep = design.sweep
    batch: list[Scenario] = []
    for town in design.list_scenarios():
        batch.append(town)
        # In batches, so that neither memory nor one transaction grows with the sweep.
        if len(batch) == RUNS_IN_MEMORY:
            store.add_scenarios(batch)
            batch.clear()
    store.add_scenarios(batch)
    found = problem(sweep, design.points)
    worlds = {each.id: each for each in sweep.uncertainties}
    policies = len(found["names"]) - design.points.worlds.shape[1]
    factors = [
        {
            "name": name,
            "kind": "policy" if k < policies else "world",
            "ends": ends,
            "unit": worlds[name].unit if name in worlds else "",
        }
        for k, (name, ends) in enumerate(zip(found["names"], found["bounds"], strict=True))
    ]
    row = {
        "name": sweep.name,
        "title": sweep.title,
        "summary": sweep.summary,
        "fingerprint": mark,
        "document": json.dumps(sweep.document, default=str),
        "factors": json.dumps(factors),
    }
    store.add_sweep(row, design.list_points(sweep.seeds, model_version))
