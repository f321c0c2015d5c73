"""Commands that run: `run` and `compare`."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.options import SCALE, add_common
from sim.errors import InvalidInput, KinwellError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analysis.runs.comparison import Comparison
    from sim.scenario.scenario import Scenario
    from sim.studies.running.results_folder import RunSet
    from sim.studies.running.stopping_rule import Measured, Precision
    from sim.studies.sweeps.parameter_draws import Covered

REFERENCE = "baseline"
OUTCOMES = ("expected_admissions", "qalys")
LIMIT = 500


def load_scenarios(files: Sequence[str], sets: Sequence[str] = ()) -> list[Scenario]:
    """Load scenarios by name or file and change values.

    Every problem of every file is told at once.
    """
    from sim.scenario.library import load
    from sim.scenario.scaling import parse_scale, scale

    changes = dict(parse_set(text) for text in sets)
    factor = parse_scale(str(changes.pop(SCALE, 1)))
    loaded, problems = [], []
    for file in files:
        try:
            scenario = scale(load(file), factor)
            loaded.append(scenario.with_(changes) if changes else scenario)
        except InvalidInput as error:
            problems += [
                problem for problem in _say_sweep(file) or error.problems if problem not in problems
            ]
    if problems:
        raise InvalidInput(problems)
    return loaded


def _say_sweep(file: str) -> list[Problem]:
    """What to say of the name of a shipped sweep; nothing of anything else."""
    from sim.scenario.designs.sweep import list_sweeps

    hint = f"`kinwell sweep {file}` takes it"
    return (
        [Problem(file, 0, 0, "", "is a sweep, not a scenario", hint)]
        if file.removesuffix(".yaml") in list_sweeps()
        else []
    )


def parse_set(text: str) -> tuple[str, object]:
    """Read PATH=VALUE; the value is YAML 1.2."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path, mark, value = text.partition("=")
    if not mark or not path.strip() or not value.strip():
        raise InvalidInput(
            f"--set {text}: write it as path=value, such as population.residents=2000"
        )
    try:
        return path.strip(), YAML(typ="safe", pure=True).load(value)
    except YAMLError as error:
        raise InvalidInput(
            f"--set {text}: the value is not YAML ({str(error).splitlines()[0]})"
        ) from error


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
        from sim.store import write_whole

        write_whole(Path(file), text + "\n")


def name_folder(scenarios: Sequence[Scenario], output: Path | None, sets: Sequence[str]) -> Path:
    """Name the folder of results; changed values give a folder of their own."""
    from hashlib import sha256

    from sim.studies.running.results_folder import choose_directory

    if output is not None or not sets:
        return choose_directory(scenarios, output)
    plain = choose_directory(scenarios, None)
    return plain.with_name(
        f"{plain.name}-changed-{sha256(repr(sorted(sets)).encode()).hexdigest()[:6]}"
    )


@click.command("run")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@add_common
@click.option(
    "--dry-run", is_flag=True, help="Say how many runs, how long and how much disk; run nothing."
)
def run(
    files: tuple[str, ...],
    replicates: int,
    seed: int,
    workers: int | None,
    sets: tuple[str, ...],
    output: Path | None,
    keep: str,
    json_file: str | None,
    uncertainty: Covered,
    draws: int | None,
    *,
    dry_run: bool,
) -> None:
    """Run scenarios over many futures and store every run.

    Runs that are stored already are not run again: the same command continues where it was
    interrupted.
    """
    from sim.provenance import count_cores
    from sim.studies.running.runner import run_scenarios
    from sim.studies.sweeps.parameter_draws import spread_futures

    scenarios = load_scenarios(files, sets)
    worlds, seeds = spread_futures(uncertainty, draws, replicates)
    if dry_run:
        _say_estimate(
            scenarios, seeds * len(worlds or (None,)), workers or count_cores(), keep, json_file
        )
        return
    _compile_once()
    directory = name_folder(scenarios, output, _mark_worlds(sets, worlds, uncertainty))
    made = run_scenarios(
        scenarios, seeds, seed, workers, directory, keep, worlds, command=spell_command()
    )
    quiet = json_file == "-"
    write_json(
        {name: value for name, value in made.__dict__.items() if name != "seeds"}
        | {"seeds": list(made.seeds)},
        json_file,
    )
    if not quiet:
        _say_stored(made)
    if made.failed:
        raise KinwellError(_say_failures(made))


def _mark_worlds(
    sets: Sequence[str], worlds: Sequence[object] | None, uncertainty: str
) -> tuple[str, ...]:
    """What makes a folder of results different from the plain one: changed values, and draws of the
    parameters.
    """
    return (*sets, *([f"{uncertainty}: {len(worlds)}"] if worlds else []))


def _compile_once() -> None:
    from sim.studies.running.worker import ENGINE, load_engine

    if not load_engine(ENGINE).is_compiled():
        from sim.scenario.library import load
        from sim.studies.running.compiling import compile_model

        click.echo("The model is compiled first, this once: twenty seconds or so.", err=True)
        compile_model(load("baseline"))


def _say_stored(made: RunSet) -> None:
    from sim.studies.running.progress import say_time

    already = made.done - made.new
    parts = [f"{made.new} runs in {say_time(made.seconds)}"] + (
        [f"{already} stored before"] if already else []
    )
    click.echo(f"{', '.join(parts)}: {made.database}")
    if made.failed:
        return
    if len(made.names) > 1:
        against = "" if REFERENCE in made.names else f" --against {shlex.quote(made.names[0])}"
        click.echo(f"Next: kinwell compare {shlex.quote(str(made.directory))}{against}")
    else:
        click.echo(f"Next: kinwell status {shlex.quote(str(made.directory))}")


def _say_failures(made: RunSet) -> str:
    from sim.studies.running.progress import summarise

    listed = "\n".join(f"  {failure}" for failure in summarise(made.directory).failures)
    return (
        f"{made.failed} runs failed; the others are stored. The same command tries them"
        f" again.\n{listed}"
    )


def _say_estimate(
    scenarios: Sequence[Scenario], replicates: int, workers: int, keep: str, json_file: str | None
) -> None:
    from sim.studies.dry_run import estimate_study
    from sim.studies.running.progress import say_time

    found = estimate_study(scenarios, replicates, workers, keep=keep)
    write_json(found.to_json(), json_file)
    if json_file == "-":
        return
    weeks = max(scenario.horizon + scenario.warm_up for scenario in scenarios)
    click.echo(f"{found.runs} runs × up to {weeks} weeks × {found.residents:,} residents")
    each = f"{found.workers} workers ({found.seconds_per_run:.2g} s a run)"
    click.echo(f"about {say_time(found.seconds)} with {each}, {found.bytes / 1e6:,.0f} MB of disk")
    click.echo("Next: the same command without --dry-run")


@click.command("compare")
@click.argument("targets", nargs=-1, required=True, metavar="FILE... | DIR")
@add_common
@click.option(
    "--against",
    default=None,
    help=f"The scenario to compare with.  [default: {REFERENCE}, or the first]",
)
@click.option(
    "--precision",
    default=None,
    metavar="SHARE|NUMBER",
    help="Add futures until the interval is tight, such as 5% of the mean.",
)
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    help="Outcome that --precision is about.  [default: expected_admissions and qalys]",
)
@click.option(
    "--limit",
    type=click.IntRange(min=2),
    default=LIMIT,
    show_default=True,
    help="Futures at most with --precision.",
)
@click.option(
    "--allow-missing",
    is_flag=True,
    help="Compare although runs failed or are missing, with a warning.",
)
def compare(
    targets: tuple[str, ...],
    replicates: int,
    seed: int,
    workers: int | None,
    sets: tuple[str, ...],
    output: Path | None,
    keep: str,
    json_file: str | None,
    against: str | None,
    precision: str | None,
    outcomes: tuple[str, ...],
    limit: int,
    uncertainty: Covered,
    draws: int | None,
    *,
    allow_missing: bool,
) -> None:
    """Compare scenarios future by future: the same people, the same luck.

    Give scenario files, which are run first, or a folder of results.
    """
    from sim.studies.running.stopping_rule import parse_precision
    from sim.studies.sweeps.parameter_draws import spread_futures

    worlds, _ = spread_futures(uncertainty, draws, replicates)
    goal = parse_precision(precision) if precision else None
    chosen = check_outcomes(outcomes or OUTCOMES)
    if len(targets) == 1 and (Path(targets[0]).is_dir() or targets[0].endswith(".db")):
        directory, scenarios, against, replicates, seed = _open_folder(
            targets[0], against, load_all=goal is not None
        )
        source: object = targets[0]
    else:
        scenarios, against = _gather(targets, sets, against)
        directory, source = (
            name_folder(scenarios, output, _mark_worlds(sets, worlds, uncertainty)),
            None,
        )

    def live(futures: int) -> Comparison:
        seeds = -(-futures // len(worlds or (None,)))
        made = _live(
            scenarios, seeds, seed, workers, directory, keep, worlds, allow_missing=allow_missing
        )
        return _compare(made, against, allow_missing=allow_missing)

    comparison = (
        _compare(source, against, allow_missing=allow_missing)
        if source
        else live(min(replicates, limit) if goal else replicates)
    )
    reason = ""
    if goal:
        comparison, reason = _tighten(comparison, live, chosen, goal, limit)
    stated = (
        {"precision": {"asked": precision, "outcomes": list(chosen), "reason": reason}}
        if goal
        else {}
    )
    write_json(comparison.to_json() | stated, json_file)
    if json_file != "-":
        click.echo(comparison.table())
        click.echo(
            "\n".join(
                filter(None, ["", reason, f"Next: kinwell report {shlex.quote(str(directory))}"])
            )
        )


def _live(
    scenarios: list[Scenario],
    seeds: int,
    seed: int,
    workers: int | None,
    directory: Path,
    keep: str,
    worlds: Sequence[Mapping[str, float]] | None,
    *,
    allow_missing: bool,
) -> RunSet:
    from sim.studies.running.runner import run_scenarios

    _compile_once()
    made = run_scenarios(
        scenarios, seeds, seed, workers, directory, keep, worlds, command=spell_command()
    )
    if made.failed and not allow_missing:
        raise KinwellError(
            f"{_say_failures(made)}\nTo compare what there is: kinwell compare {directory}"
            " --allow-missing"
        )
    return made


def _tighten(
    comparison: Comparison,
    live: Callable[[int], Comparison],
    outcomes: Sequence[str],
    goal: Precision,
    limit: int,
) -> tuple[Comparison, str]:
    """Add futures until the intervals are tight enough or the limit is reached; says which."""
    from sim.studies.running.stopping_rule import decide_more

    while True:
        verdict = decide_more(_measure(comparison, outcomes, goal), comparison.replicates, limit)
        if verdict.stop:
            return comparison, verdict.reason
        click.echo(verdict.reason, err=True)
        before = comparison.replicates
        comparison = live(verdict.replicates)
        if comparison.replicates <= before:
            return comparison, f"No more futures could be added. {verdict.reason}"


def check_outcomes(outcomes: Sequence[str]) -> Sequence[str]:
    """Outcomes that there are; InvalidInput says which may have been meant."""
    from difflib import get_close_matches

    from sim.outcomes import KEYS

    for outcome in outcomes:
        if outcome not in KEYS:
            close = get_close_matches(outcome, KEYS, 1)
            raise InvalidInput(
                f"--outcome {outcome}: there is no such outcome"
                + (f"; did you mean {close[0]}?" if close else "")
            )
    return outcomes


def _gather(
    targets: Sequence[str], sets: Sequence[str], against: str | None
) -> tuple[list[Scenario], str]:
    """Load what is to be compared, and the reference with it where it was not named."""
    scenarios = load_scenarios(targets, sets)
    names = [scenario.name for scenario in scenarios]
    if against is None:
        against = REFERENCE if REFERENCE in names or len(names) == 1 else names[0]
    if against not in names:
        (reference,) = load_scenarios([against], sets)
        scenarios.insert(0, reference)
        against = reference.name
    return scenarios, against


def _open_folder(
    target: str, against: str | None, *, load_all: bool
) -> tuple[Path, list[Scenario], str, int, int]:
    """Find what a folder of results holds: its scenarios, the reference, and the seeds last asked
    for.
    """
    from sim.store import Store
    from sim.studies.running.results_folder import locate_database
    from sim.studies.running.verification import load_stored

    database = locate_database(target)
    with Store.read_only(database) as store:
        newest = "SELECT max(rowid) FROM scenarios GROUP BY name"
        rows = store.query(
            f"SELECT name, resolved FROM scenarios WHERE rowid IN ({newest}) ORDER BY rowid"
        )
        plans = store.query("SELECT replicates, seed FROM plans ORDER BY id DESC LIMIT 1")
    names = [str(name) for name, _ in rows]
    if against is None and names:
        against = REFERENCE if REFERENCE in names else names[0]
    scenarios = (
        [load_stored(str(name), str(resolved)) for name, resolved in rows] if load_all else []
    )
    replicates, seed = (int(str(value)) for value in plans[0]) if plans else (1, 1)
    return database.parent, scenarios, against or REFERENCE, replicates, seed


def _compare(source: object, against: str, *, allow_missing: bool) -> Comparison:
    from analysis.runs.comparison import compare as compare_runs

    return compare_runs(source, against=against, allow_missing=allow_missing)


def _measure(comparison: Comparison, outcomes: Sequence[str], goal: Precision) -> list[Measured]:
    from sim.studies.running.stopping_rule import Measured

    measured = []
    for name, differences in comparison.differences.items():
        for key in outcomes:
            half = (differences[key].high - differences[key].low) / 2
            wanted = goal.goal(comparison.scenarios[comparison.reference][key].mean)
            measured.append(Measured(f"{key} of {name}", half, wanted))
    if not measured:
        raise InvalidInput(
            "--precision needs at least two scenarios: the difference between them is what gets"
            " tight"
        )
    return measured
