"""The command `run`, and what it shares with `compare`."""

from __future__ import annotations

import json
import shlex
import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from sim.cli.hints import can_compare, suggest_next
from sim.cli.options import SCALE, add_common
from sim.errors import InvalidInput, KinwellError, Problem, spell
from sim.scenario.files.user_path import read_path
from sim.units import say_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sim.cli.options import Common
    from sim.scenario.library import Loaded
    from sim.scenario.scenario import Scenario
    from sim.studies.running.results_folder import RunSet

REFERENCE = "baseline"


def load_scenarios(files: Sequence[str], sets: Sequence[str] = ()) -> list[Scenario]:
    """Load scenarios by name or file and change values.

    Every problem of every file is reported at once.
    """
    from sim.scenario.options import spread_options
    from sim.scenario.scaling import list_rounded, parse_scale, scale

    _refuse_twice(files)
    changes = read_sets(sets)
    factor = parse_scale(str(changes.pop(SCALE, 1)))
    loaded, problems = [], []
    rounded: dict[str, None] = {}  # each thing once, in order
    noted: dict[Problem, None] = {}
    for file in files:
        try:
            whole = read_scenario(file)
            scenario = scale(whole.scenario, factor)
            rounded |= dict.fromkeys(list_rounded(whole.scenario, factor))
            loaded.append(scenario.with_(changes) if changes else scenario)
            alone, at_keys = _note_size(whole, scenario, loaded[-1])
            rounded |= dict.fromkeys(alone)
            noted |= dict.fromkeys([*whole.document.notes, *at_keys])
        except InvalidInput as error:
            # Scenarios that extend the same file share its problems: each is told once.
            problems += [
                problem for problem in _say_sweep(file) or error.problems if problem not in problems
            ]
    if problems:
        raise InvalidInput(problems)
    say_rounded(rounded)
    say_problems(list(noted))
    say_notes(loaded)
    return spread_options(loaded)


def read_scenario(file: str) -> Loaded:
    """A scenario with its document, by name or file."""
    from sim.scenario.library import read

    return read(file)


def _note_size(whole: Loaded, scaled: Scenario, now: Scenario) -> tuple[list[str], list[Problem]]:
    """What is to be said of a town with the services of others: in a sentence where `--set` says
    how many people there are, at its key where a file does.

    scaled, now: the town at its scale, and with its changed values.
    """
    from sim.scenario.files.kept_services import find_kept, note_kept_services

    people = whole.scenario.population.residents
    kept = find_kept(people, whole.document.sized_for, scaled, now)
    if kept is None:
        return [], []
    if now.population.residents == scaled.population.residents:
        return [], note_kept_services(whole.document, people)
    mend = f": `--scale {kept.scale}` changes all together" if kept.scale else ""
    return [f"{kept.say()}{mend}"], []


def say_rounded(sentences: Iterable[str]) -> None:
    """Say what a town at another size has out of proportion."""
    for sentence in sentences:
        click.echo(f"note: at this size {sentence}", err=True)


def say_notes(scenarios: Sequence[Scenario]) -> None:
    """Say what can never act, each thing once; `kinwell check` says where it stands."""
    from sim.scenario.diagnostics.comparability import find_twins, say_twin
    from sim.scenario.diagnostics.inactive import find_inactive
    from sim.scenario.scenario import Scenario

    said: set[tuple[tuple[str, ...], str]] = set()
    for scenario in scenarios:
        for conflict in find_inactive(scenario) if isinstance(scenario, Scenario) else ():
            if (conflict.path, conflict.message) not in said:
                said.add((conflict.path, conflict.message))
                where = f"{scenario.name}: {'.'.join(conflict.path)}"
                click.echo(f"note: {where}: {conflict.message}", err=True)
    for names in find_twins({each.name: each.resolved() for each in scenarios}).items():
        click.echo(f"note: {say_twin(*names)}", err=True)


def say_problems(notes: Sequence[Problem]) -> None:
    """Say what can never act in a document that is no scenario, with its place."""
    for note in notes:
        click.echo(f"note: {note}", err=True)


def _refuse_twice(files: Sequence[str]) -> None:
    """Refuse a file that is given twice, also by another spelling of its path."""
    seen: dict[str, str] = {}
    for file in files:
        path = read_path(file)
        mark = str(path.resolve()) if path.is_file() else file.removesuffix(".yaml")
        if mark in seen:
            raise InvalidInput(f"{file} is given twice: name each scenario once")
        seen[mark] = file


def _say_sweep(file: str) -> list[Problem]:
    """What to say of the name of a shipped sweep; nothing of anything else."""
    from sim.scenario.designs.sweep import list_sweeps

    hint = f"`{spell('sweep', file)}` takes it"
    return (
        [Problem(file, 0, 0, "", "is a sweep, not a scenario", hint)]
        if file.removesuffix(".yaml") in list_sweeps()
        else []
    )


def read_sets(sets: Sequence[str]) -> dict[str, object]:
    """Every PATH=VALUE of `--set`; InvalidInput where a path is set twice."""
    changes: dict[str, object] = {}
    for text in sets:
        path, value = parse_set(text)
        # The last would win without a word.
        if path in changes:
            raise InvalidInput(f"--set {text}: {path} is set twice; give one value")
        changes[path] = value
    return changes


def parse_set(text: str) -> tuple[str, object]:
    """Read PATH=VALUE; the value is YAML 1.2."""
    from sim.scenario.files.renamed_keys import word_renamed_path
    from sim.scenario.files.yaml_document import parse_value

    path, mark, value = text.partition("=")
    if not mark or not path.strip() or not value.strip():
        raise InvalidInput(
            f"--set {text}: write it as path=value, such as population.residents=2000"
        )
    if said := word_renamed_path(path.strip()):
        click.echo(f"note: --set {path.strip()} {said}", err=True)
    return path.strip(), parse_value(value, f"--set {text}")


def spell_command() -> str:
    """Spell the command that is running: the same again continues it."""
    return shlex.join(["kinwell", *sys.argv[1:]])


def write_json(found: object, file: str | None) -> None:
    """Write data as JSON to a file, whole or not at all, or to the terminal."""
    if file is None:
        return
    text = json.dumps(found, indent=2, ensure_ascii=False, default=str)
    if file == "-":
        click.echo(text)
    else:
        from sim.store.connection import explain_files
        from sim.store.files import BEGINNINGS, JSON, NAME_ANOTHER, check_is_ours, write_whole

        path = read_path(file)
        check_is_ours(path, *BEGINNINGS[JSON])
        with explain_files(path, NAME_ANOTHER):
            # Nothing that was computed is lost for want of a folder.
            path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text + "\n", NAME_ANOTHER)


def name_folder(scenarios: Sequence[Scenario], output: Path | None, sets: Sequence[str]) -> Path:
    """Name the folder of results; changed values give a folder of their own."""
    from sim.studies.running.results_folder import choose_directory

    named = choose_directory(scenarios, output)
    return named if output is not None else mark_changed(named, sets)


def mark_changed(folder: Path, sets: Sequence[str]) -> Path:
    """A folder of results, named by what was changed: the same command finds its folder again."""
    from hashlib import sha256

    mark = sha256(repr(sorted(sets)).encode()).hexdigest()[:6]
    return folder.with_name(f"{folder.name}-changed-{mark}") if sets else folder


@click.command("run")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@add_common
@click.option(
    "--dry-run", is_flag=True, help="Say how many runs, how long and how much disk; run nothing."
)
def run(files: tuple[str, ...], common: Common, *, dry_run: bool) -> None:
    """Run scenarios over many replicates and store every run.

    Runs that are stored already are not run again: the same command continues where it was
    interrupted.
    """
    from sim.provenance import count_cores
    from sim.studies.running.plan import Execution
    from sim.studies.running.runner import run_scenarios
    from sim.studies.sweeps.parameter_draws import spread_replicates

    scenarios = load_scenarios(files, common.sets)
    worlds, seeds = spread_replicates(common.uncertainty, common.draws, common.replicates, files)
    if dry_run:
        towns = seeds * len(worlds or (None,))
        workers = common.workers or count_cores()
        _say_estimate(scenarios, towns, workers, common.keep, common.json_file)
        return
    compile_once()
    marks = mark_worlds(common.sets, worlds, common.uncertainty)
    made = run_scenarios(
        scenarios,
        seeds,
        common.seed,
        common.workers,
        name_folder(scenarios, common.output, marks),
        common.keep,
        worlds,
        Execution(command=spell_command()),
    )
    write_json(made.__dict__ | {"seeds": list(made.seeds)}, common.json_file)
    if common.json_file != "-":
        _say_stored(made, comparable=can_compare(scenarios))
    # At the end, so that what was stored is told before; the exit code is for scripts.
    if made.failed:
        raise KinwellError(say_failures(made))


def mark_worlds(
    sets: Sequence[str], worlds: Sequence[object] | None, uncertainty: str
) -> tuple[str, ...]:
    """What makes a folder of results different from the plain one: changed values, and draws of the
    parameters.
    """
    return (*sets, *([f"{uncertainty}: {len(worlds)}"] if worlds else []))


def compile_once() -> None:
    """Compile the model where no compiled code is kept, and say so."""
    from sim.studies.running.compiling import compile_first

    compile_first(partial(click.echo, err=True))


def _say_stored(made: RunSet, *, comparable: bool) -> None:
    from sim.studies.running.progress import say_time

    already = made.done - made.new
    parts = [f"{say_count(made.new, 'run')} in {say_time(made.seconds)}"] + (
        [f"{already} stored before"] if already else []
    )
    click.echo(f"{', '.join(parts)}: {made.database}")
    if made.failed:
        return
    if comparable and len(made.seeds) > 1:
        against = () if REFERENCE in made.names else ("--against", made.names[0])
        suggest_next("compare", made.directory, *against, to_results=True)
    else:
        suggest_next("status", made.directory, to_results=True)


def say_failures(made: RunSet) -> str:
    """Write how many runs failed, and why the first ones did."""
    from sim.studies.running.progress import summarise

    listed = "\n".join(f"  {failure}" for failure in summarise(made.directory).failures)
    return (
        f"{say_count(made.failed, 'run')} failed; the others are stored. The same command tries"
        f" them again.\n{listed}"
    )


def refuse_failed(failed: Mapping[Path, int]) -> None:
    """Refuse to answer by the runs that did not fail, by folder how many did: it could be biased.

    Raises KinwellError, which names the folder that says why.
    """
    folder = next((folder for folder, count in failed.items() if count), None)
    if folder is None:
        return
    raise KinwellError(
        f"{say_count(sum(failed.values()), 'run')} failed; the others are stored, and the same"
        f" command tries these again. See why with `{spell('status', folder)}`."
    )


def _say_estimate(
    scenarios: Sequence[Scenario], replicates: int, workers: int, keep: str, json_file: str | None
) -> None:
    from sim.studies.dry_run import estimate_study
    from sim.studies.running.progress import say_estimated
    from sim.units import say_weeks

    found = estimate_study(scenarios, replicates, workers, keep=keep)
    write_json(found.to_json(), json_file)
    if json_file == "-":
        return
    weeks = max(scenario.horizon + scenario.warm_up for scenario in scenarios)
    click.echo(
        f"{say_count(found.runs, 'run')} × up to {say_weeks(weeks)} ×"
        f" {say_count(found.residents, 'resident')}"
    )
    each = f"{say_count(found.workers, 'worker')} ({found.seconds_per_run:.2g} s a run)"
    click.echo(
        f"about {say_estimated(found.seconds)} with {each}, {found.bytes / 1e6:,.0f} MB of disk"
    )
    click.echo("Next: the same command without --dry-run")
