"""Runs what a plan names over seeds and stores every run as it finishes."""

from __future__ import annotations

import json
import shlex
import shutil
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import InvalidInput, Problem, StoreProblem
from sim.evidence.bounds import find_faults
from sim.provenance import collect_versions, describe_commit, tell_time
from sim.scenario.options import spread_options
from sim.scenario.schema.own_kinds import list_records
from sim.store import Code, Failure, RunRecord, Store
from sim.store.connection import explain_files
from sim.store.selection import mark_draw
from sim.studies.bounds import LARGEST_SEED, REPLICATES_AT_MOST
from sim.studies.running.compiling import compile_first
from sim.studies.running.executors import run_here, run_in_pool
from sim.studies.running.interrupt import Interruption
from sim.studies.running.plan import Execution, FactorialPlan, Plan, check_whole, read_draws
from sim.studies.running.progress import Progress, choose_progress
from sim.studies.running.results_folder import (
    DATABASE,
    FILES_AT_MOST,
    RunSet,
    choose_directory,
    keep_to_repeat,
    note_versions,
    prepare_directory,
    write_beside,
)
from sim.studies.running.run_key import Draw, make_key, spell_draw
from sim.studies.running.worker import ENGINE, Failed, Finished, Task, load_engine

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from pandas import DataFrame

    from sim.scenario.scenario import Scenario
    from sim.studies.running.executors import Follow
    from sim.studies.running.plan import Block, StudyPlan, Variant

PART, HOPELESS, FAILURES_AT_LEAST = 16, 20, 20
SHARED_TOWNS_FOLDER = ".towns"
"""Folder of warmed-up towns on their way from one worker to another."""


@dataclass
class Study:
    """What is to be run, and what has become of it.

    cluster: address of a Dask scheduler, or None. failures_at_most: failed runs that end the study;
    where None, a share `failing` of what is left, and where that is None too, no number of them.
    part: scenarios to a task at most, fewer where there are more workers than towns.
    """

    plan_of_runs: StudyPlan
    seeds: Sequence[int]
    engine: str
    keep: str
    command: str
    directory: Path
    code: Code
    retry_failed: bool = True
    cluster: str | None = None
    failures_at_most: int | None = None
    failing: float | None = None
    part: int = PART
    new: int = 0
    failed: int = 0

    def key(self, variant: Variant, seed: int, draw: str | None) -> str:
        """The key of one run."""
        return make_key(variant.hash, seed, draw, self.code.model_version)

    def list_keys(self) -> Iterator[str]:
        """List the keys of all runs asked for."""
        for block in self.plan_of_runs.list_blocks():
            for seed in self.seeds:
                for variant in block.variants:
                    yield self.key(variant, seed, block.spelled)

    def is_stored(self, store: Store, key: str) -> bool:
        """Whether a run is stored already and need not be repeated."""
        return store.has(key, with_weeks=self.keep == "weekly", failed_too=not self.retry_failed)

    def list_groups(self, store: Store) -> Iterator[list[Task]]:
        """List what is left to do: per draw, seed and common past, tasks of a few scenarios each.

        The first task of a group runs the burn-in and, where others follow, shares it with them.
        """
        for block in self.plan_of_runs.list_blocks():
            for seed in self.seeds:
                pasts: dict[str, list[Variant]] = {}
                for variant in block.variants:
                    if not self.is_stored(store, self.key(variant, seed, block.spelled)):
                        pasts.setdefault(variant.past, []).append(variant)
                for same in pasts.values():
                    yield [
                        self._make_task(block, seed, same[start : start + self.part])
                        for start in range(0, len(same), self.part)
                    ]

    def _make_task(self, block: Block, seed: int, variants: Sequence[Variant]) -> Task:
        scenarios = tuple(self.plan_of_runs.give(variant) for variant in variants)
        whole = self.keep == "weekly"
        return Task(scenarios, seed, block.draw, block.number, self.engine, network=whole)

    def tell(
        self,
        names: tuple[str, ...],
        done: int,
        seconds: float,
        marks: tuple[str, ...] | None = None,
    ) -> RunSet:
        """Tell what came of the study: runs that are done now, new and failed ones among them."""
        return RunSet(
            self.directory,
            self.directory / DATABASE,
            names,
            tuple(self.seeds),
            done,
            self.new,
            self.failed,
            seconds,
            marks,
            self.code.model_version,
        )

    def say_repeat(self, scenario: Scenario, task: Task) -> str:
        """Say the command that repeats one run; its scenario is written beside the database."""
        found, alone = None, getattr(load_engine(self.engine).Community, "alone", True)
        if alone and self.failed <= FILES_AT_MOST:
            found = keep_to_repeat(self.directory, scenario, task.seed, task.draw)
        # The study as a whole repeats what no command for one run does.
        return found or f"{self.command}{'' if self.retry_failed else ' --retry-failed'}"


def run_scenarios(
    scenarios: Scenario | Sequence[Scenario],
    replicates: int = 30,
    seed: int = 1,
    workers: int | None = None,
    into: str | Path | None = None,
    keep: str = "weekly",
    draws: Sequence[Draw] | DataFrame | None = None,
    execution: Execution | None = None,
) -> RunSet:
    """Run scenarios over seeds `seed`, `seed + 1`, … and store every run; runs stored already are
    not run again.

    keep: "weekly" for all weeks, "summary" for totals. draws: parameter draws, mappings or rows of
    a table, each run with every seed. execution: progress, command and the like. Raises
    `Interrupted` on Ctrl-C, `StoreProblem` where storing fails, `InvalidInput` before it begins.
    """
    chosen, draws = tuple(spread_options(scenarios)), read_draws(draws)
    replicates = check_whole("replicates", replicates, 1, REPLICATES_AT_MOST)
    seed, how = check_whole("seed", seed, 0, LARGEST_SEED), execution or Execution()
    _prepare(chosen, keep, draws, how.engine)
    directory = choose_directory(chosen, into)
    names, clock = tuple(scenario.name for scenario in chosen), time.perf_counter()
    database = prepare_directory(directory, names)
    command = how.command or _say_call(replicates, seed, directory)
    seeds = tuple(range(seed, seed + replicates))
    with Interruption(command) as interruption:
        with interruption.in_model():
            code = describe_code(how.engine)
        plan_of_runs = FactorialPlan(chosen, draws)
        study = Study(plan_of_runs, seeds, how.engine, keep, command, directory, code)
        study.retry_failed = how.retry_failed is not False
        study.cluster, study.failures_at_most = how.cluster, how.failures_at_most
        plan = _plan(study, chosen, draws, how.count_workers(workers))
        with Store.open(database) as store:
            store.add_scenarios(chosen)
            asked = len(chosen) * replicates * len(draws or (None,))
            stored = run_study(study, store, plan, asked, how.progress, interruption)
    seconds = time.perf_counter() - clock
    return study.tell(names, stored + study.new, seconds, _mark(draws))


def _say_call(replicates: int, seed: int, directory: Path) -> str:
    return f'sim.run([...], replicates={replicates}, seed={seed}, into="{directory}")'


def _mark(draws: Sequence[Draw] | None) -> tuple[str, ...]:
    return tuple(mark_draw(spell_draw(draw)) for draw in draws or (None,))


def _plan(
    study: Study, chosen: Sequence[Scenario], draws: Sequence[Draw] | None, workers: int
) -> Plan:
    """What was asked for, as it is stored beside the runs."""
    row = {
        "started": tell_time(),
        "command": study.command,
        "scenarios": json.dumps([s.hash for s in chosen]),
        "seed": study.seeds[0],
        "replicates": len(study.seeds),
        "draws": len(draws or ()),
        "workers": workers,
        "draw_marks": json.dumps(_mark(draws)),
        "model_version": study.code.model_version,
    }
    return Plan(tuple(chosen), workers, row)


def run_study(
    study: Study,
    store: Store,
    plan: Plan,
    asked: int,
    progress: Progress | None,
    interruption: Interruption,
) -> int:
    """Store what was asked for and run what is left of it; the runs that were stored before."""
    store.add_plan(plan.row)
    write_beside(study.directory, plan.scenarios, study.code.model_version, plan.row)
    with interruption.in_model():
        left = sum(not study.is_stored(store, key) for key in study.list_keys())
    if study.failing is not None and study.failures_at_most is None:
        study.failures_at_most = max(FAILURES_AT_LEAST, int(study.failing * left))
    if left:
        note_versions(store, study.code.model_version)
    shown = progress or choose_progress()
    run_left(study, store, plan.workers, shown, interruption, asked - left, left)
    return asked - left


def describe_code(engine: str) -> Code:
    """Describe what runs are made with."""
    return Code(str(load_engine(engine).MODEL_VERSION), collect_versions(), *describe_commit()[:2])


def _prepare(
    scenarios: Sequence[Scenario], keep: str, draws: Sequence[Draw] | None, engine: str
) -> None:
    """Refuse what cannot be run; compile what can, where that was never done."""
    _check(scenarios, keep, draws)
    if engine == ENGINE:
        compile_first()


def _check(scenarios: Sequence[Scenario], keep: str, draws: Sequence[Draw] | None) -> None:
    if not scenarios:
        raise InvalidInput("there is no scenario to run")
    if keep not in ("weekly", "summary"):
        raise InvalidInput(f"keep is weekly or summary, not {keep!r}")
    names = [scenario.name.casefold() for scenario in scenarios]  # some disks make one file of two
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput(f"two scenarios are named {twice[0]!r}; rename one of the files")
    own = {key: row for each in scenarios for key, row in list_records(each.kinds).items()}
    problems = [
        Problem(f"draw {place}", 0, 0, name, f"{wrong} (got {draw[name]})")
        for place, draw in enumerate(draws or ())
        for name, wrong in find_faults(draw, own).items()
    ]
    if problems:
        raise InvalidInput(problems)


def run_left(
    study: Study,
    store: Store,
    workers: int,
    progress: Progress,
    interruption: Interruption,
    already: int,
    left: int,
) -> None:
    """Run what is not stored yet, until Ctrl-C.

    Raises `StoreProblem` where storing fails or too many runs do.
    """
    if not left:
        return
    progress.start(already + left, already)
    # Whoever writes here is alone, so that what a killed study left behind can go.
    scratch = study.directory / SHARED_TOWNS_FOLDER
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        with explain_files(scratch):
            scratch.mkdir()
        with closing(_choose_executor(study, store, scratch, interruption, workers, left)) as items:
            for task, item in items:
                keep_item(study, store, task, item)
                progress.advance(failed=isinstance(item, Failed))
                _check_hope(study)
    finally:
        progress.finish()
        shutil.rmtree(scratch, ignore_errors=True)


def _choose_executor(
    study: Study, store: Store, scratch: Path, interruption: Interruption, workers: int, left: int
) -> Generator[tuple[Task, Finished | Failed]]:
    largest = max(
        map(
            len,
            (
                block.variants
                for block, _ in zip(study.plan_of_runs.list_blocks(), range(1), strict=False)
            ),
        ),
        default=1,
    )
    groups = -(-left // largest)
    if groups < 2 * workers:
        study.part = max(min(PART, left // (2 * workers)), 1)
    if study.cluster is not None:
        from sim.studies.running.cluster import run_on_cluster

        return run_on_cluster(
            (task for group in study.list_groups(store) for task in group),
            interruption,
            study.cluster,
            study.engine,
        )
    tasks, follow = schedule(study, store, scratch)
    if workers > 1 and max(groups, left // PART) > 1:
        return run_in_pool(tasks, follow, interruption, min(workers, left))
    return run_here(tasks, follow, interruption)


def schedule(study: Study, store: Store, scratch: Path) -> tuple[Iterator[Task], Follow]:
    """Give the tasks to begin with, and what each of them makes possible when it is finished."""
    later: dict[str, list[Task]] = {}
    open_parts: dict[str, int] = {}

    def start() -> Iterator[Task]:
        """Tasks that wait for no other: those alone, and the first of each that share a past."""
        for number, group in enumerate(study.list_groups(store)):
            if len(group) == 1:
                yield group[0]
                continue
            shared = str(scratch / f".{number}.town")
            first, *rest = (task._replace(shared=shared) for task in group)
            later[shared], open_parts[shared] = rest, len(group)
            yield first

    def follow(task: Task) -> list[Task]:
        """Tasks that can start once this one has ended."""
        if task.shared is None:
            return []
        open_parts[task.shared] -= 1
        if not open_parts[task.shared]:
            with suppress(OSError):  # its folder goes when the study ends
                Path(task.shared).unlink(missing_ok=True)
        return later.pop(task.shared, [])

    return start(), follow


def keep_item(study: Study, store: Store, task: Task, item: Finished | Failed) -> None:
    """Store what became of one run."""
    scenario = task.scenarios[item.position]
    draw = spell_draw(task.draw)
    key = make_key(scenario.hash, task.seed, draw, study.code.model_version)
    rates = scenario.discount.costs, scenario.discount.effects
    record = RunRecord(
        key, scenario.hash, task.seed, draw, task.draw_index, item.started, item.seconds, rates
    )
    if isinstance(item, Finished):
        try:
            store.add_run(record, item.results, study.code, study.keep)
        except (KeyError, TypeError, ValueError) as error:
            item = Failed(
                item.position,
                "storing",
                f"{type(error).__name__}: {error}",
                "",
                item.started,
                item.seconds,
            )
        else:
            study.new += 1
            return
    study.failed += 1
    failure = Failure(
        scenario.name, item.stage, item.message, item.traceback, study.say_repeat(scenario, task)
    )
    store.add_failure(record, failure, study.code, study.keep)


def _check_hope(study: Study) -> None:
    why = f"See why with `{shlex.join(['kinwell', 'status', str(study.directory)])}`."
    if study.failed >= HOPELESS and not study.new:
        raise StoreProblem(f"the first {study.failed} runs all failed; stopped here. {why}")
    if study.failures_at_most is not None and study.failed >= study.failures_at_most:
        raise StoreProblem(
            f"{study.failed} runs failed and {study.new} did not; stopped here, as --limit-failures"
            f" says. {why}"
        )
