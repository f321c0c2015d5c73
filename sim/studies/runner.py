"""Runs scenarios over seeds and parameter draws and stores every run as it finishes."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import Interrupted, InvalidInput, StoreProblem
from sim.provenance import collect_versions, count_cores, describe_commit, tell_time
from sim.store import Code, Failure, RunRecord, Store
from sim.studies.executors import run_here, run_in_pool
from sim.studies.folder import RunSet, choose_directory, prepare_directory, write_beside
from sim.studies.interruption import Interruption
from sim.studies.progress import Progress, choose_progress
from sim.studies.worker import ENGINE, Failed, Finished, Task, load_engine

if TYPE_CHECKING:
    from sim.scenario.definition import Scenario
    from sim.studies.executors import Follow

PART = 16
HOPELESS = 20

Draw = Mapping[str, float]


def spell_draw(draw: Draw | None) -> str | None:
    """Spell a parameter draw so that equal draws are equal text."""
    return None if draw is None else json.dumps({name: float(draw[name]) for name in sorted(draw)}, separators=(",", ":"))


def make_key(scenario_hash: str, seed: int, draw: str | None, model_version: str) -> str:
    """Make the key of a run: the same scenario, seed, draw and model always have the same one."""
    text = json.dumps([scenario_hash, seed, draw, model_version])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass
class Study:
    """What is to be run, and what has become of it."""

    scenarios: tuple[Scenario, ...]
    seeds: tuple[int, ...]
    draws: tuple[Draw | None, ...]
    engine: str
    keep: str
    command: str
    directory: Path
    code: Code
    with_draws: bool = False
    left: set[str] = field(default_factory=set)
    new: int = 0
    failed: int = 0
    hashes: dict[str, str] = field(init=False)
    pasts: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Fingerprint every scenario once."""
        self.hashes = {scenario.name: scenario.hash for scenario in self.scenarios}
        self.pasts = {scenario.name: scenario.past_hash for scenario in self.scenarios}

    def key(self, scenario: Scenario, seed: int, draw: str | None) -> str:
        """The key of one run."""
        return make_key(self.hashes[scenario.name], seed, draw, self.code.model_version)

    def list_keys(self) -> Iterator[str]:
        """List the keys of all runs asked for."""
        for draw in map(spell_draw, self.draws):
            for seed in self.seeds:
                for scenario in self.scenarios:
                    yield self.key(scenario, seed, draw)

    def list_groups(self) -> Iterator[list[Task]]:
        """List what is left to do: per seed, draw and common past, tasks of a few scenarios each.

        The first task of a group warms the town up and, where others follow, shares it with them.
        """
        for index, draw in enumerate(self.draws):
            spelled = spell_draw(draw)
            for seed in self.seeds:
                pasts: dict[str, list[Scenario]] = {}
                for scenario in self.scenarios:
                    if self.key(scenario, seed, spelled) in self.left:
                        pasts.setdefault(self.pasts[scenario.name], []).append(scenario)
                for same in pasts.values():
                    parts = [tuple(same[start : start + PART]) for start in range(0, len(same), PART)]
                    yield [Task(part, seed, draw, index if self.with_draws else None, self.engine) for part in parts]

    def say_repeat(self, scenario: Scenario, task: Task) -> str:
        """Say the command that repeats one run."""
        words = ["kinwell", "run", str(self.directory / f"{scenario.name}.resolved.yaml"), "-n", "1", "--seed", str(task.seed), "-j", "1"]
        for name, value in (task.draw or {}).items():
            words += ["--set", f"parameters.{name}={value!r}"]
        return shlex.join([*words, "-o", str(self.directory) + "-again"])


def run_scenarios(
    scenarios: Scenario | Sequence[Scenario], replicates: int = 30, seed: int = 1, workers: int | None = None,
    into: str | Path | None = None, keep: str = "weekly", draws: Sequence[Draw] | None = None, progress: Progress | None = None,
    *, engine: str = ENGINE, command: str | None = None, retry_failed: bool = True,
) -> RunSet:  # fmt: skip
    """Run scenarios over seeds `seed`, `seed + 1`, … and store every run; runs stored already are not run again.

    Raises `Interrupted` on Ctrl-C, `StoreProblem` where storing fails, `InvalidInput` where `into` cannot be written.
    """
    chosen = (scenarios,) if not isinstance(scenarios, Sequence) else tuple(scenarios)
    _check(chosen, replicates, keep)
    directory = choose_directory(chosen, into)
    database = prepare_directory(directory)
    workers = workers or count_cores()
    command = command or f'sim.run([...], replicates={replicates}, seed={seed}, into="{directory}")'
    code = Code(str(load_engine(engine).MODEL_VERSION), collect_versions(), *describe_commit()[:2])
    seeds = tuple(range(seed, seed + replicates))
    study = Study(chosen, seeds, tuple(draws) if draws else (None,), engine, keep, command, directory, code, bool(draws))
    plan = {
        "started": tell_time(), "command": command, "scenarios": json.dumps([s.hash for s in chosen]), "seed": seed,
        "replicates": replicates, "draws": len(draws or ()), "workers": workers,
    }  # fmt: skip
    clock = time.perf_counter()
    with Store.open(database) as store:
        store.add_scenarios(chosen)
        store.add_plan(plan)
        write_beside(directory, chosen, code.model_version, plan)
        wanted = set(study.list_keys())
        stored = store.keys("done", with_weeks=keep == "weekly") | (set() if retry_failed else store.keys("failed"))
        study.left = wanted - stored
        already = len(wanted) - len(study.left)
        _run_left(study, store, workers, progress or choose_progress(), already)
    return RunSet(
        directory, database, tuple(s.name for s in chosen), seeds, already + study.new, study.new, study.failed, time.perf_counter() - clock
    )


def _check(scenarios: Sequence[Scenario], replicates: int, keep: str) -> None:
    if not scenarios:
        raise InvalidInput("there is no scenario to run")
    if replicates < 1:
        raise InvalidInput(f"-n must be at least 1, not {replicates}")
    if keep not in ("weekly", "summary"):
        raise InvalidInput(f"keep is weekly or summary, not {keep!r}")
    names = [scenario.name for scenario in scenarios]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput(f"two scenarios are named {twice[0]!r}; rename one of the files")


def _run_left(study: Study, store: Store, workers: int, progress: Progress, already: int) -> None:
    if not study.left:
        return
    total = len(study.left)
    progress.start(already + total, already)
    scratch = Path(tempfile.mkdtemp(prefix="kinwell-"))
    with Interruption() as interruption:
        try:
            tasks, follow = _schedule(study, scratch)
            groups = -(-total // len(study.scenarios))
            pooled = workers > 1 and max(groups, total // PART) > 1
            items = run_in_pool(tasks, follow, interruption, min(workers, total)) if pooled else run_here(tasks, follow, interruption)
            with closing(items):
                for task, item in items:
                    _keep(study, store, task, item)
                    progress.advance(failed=isinstance(item, Failed))
                    _check_hope(study)
        finally:
            progress.finish()
            shutil.rmtree(scratch, ignore_errors=True)
    if interruption.requested and study.new + study.failed < total:
        raise Interrupted(study.command)


def _schedule(study: Study, scratch: Path) -> tuple[Iterator[Task], Follow]:
    later: dict[str, list[Task]] = {}
    open_parts: dict[str, int] = {}

    def start() -> Iterator[Task]:
        for number, group in enumerate(study.list_groups()):
            if len(group) == 1:
                yield group[0]
                continue
            shared = str(scratch / f"{number}.town")
            first, *rest = (task._replace(shared=shared) for task in group)
            later[shared], open_parts[shared] = rest, len(group)
            yield first

    def follow(task: Task) -> list[Task]:
        if task.shared is None:
            return []
        open_parts[task.shared] -= 1
        if not open_parts[task.shared]:
            Path(task.shared).unlink(missing_ok=True)
        return later.pop(task.shared, [])

    return start(), follow


def _keep(study: Study, store: Store, task: Task, item: Finished | Failed) -> None:
    scenario = task.scenarios[item.position]
    draw = spell_draw(task.draw)
    key = study.key(scenario, task.seed, draw)
    record = RunRecord(key, study.hashes[scenario.name], task.seed, draw, task.draw_index, item.started, item.seconds)
    if isinstance(item, Finished):
        try:
            store.add_run(record, item.results, study.code, study.keep)
        except (KeyError, TypeError, ValueError) as error:
            item = Failed(item.position, "storing", f"{type(error).__name__}: {error}", "", item.started, item.seconds)
        else:
            study.new += 1
            return
    study.failed += 1
    failure = Failure(scenario.name, item.stage, item.message, item.traceback, study.say_repeat(scenario, task))
    store.add_failure(record, failure, study.code, study.keep)


def _check_hope(study: Study) -> None:
    if study.failed >= HOPELESS and not study.new:
        message = f"the first {study.failed} runs all failed; stopped here. See why with `kinwell status {study.directory}`."
        raise StoreProblem(message)
