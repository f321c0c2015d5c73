"""Commands that hold the model against the world: `calibrate` and `trial`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.running import write_json
from sim.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.errors import Problem
    from sim.scenario.designs.trial import Trial
    from sim.studies.sweeps.parameter_draws import Covered
    from sim.studies.trials.trial import Outcome


def _cores(workers: int | None) -> int:
    from sim.provenance import count_cores

    return workers or count_cores()


@click.command("calibrate")
@click.option("--check", is_flag=True, help="Measure every moment of the baseline; fit nothing.")
@click.option(
    "--scenario", default="baseline", show_default=True, help="The town, by name or file."
)
@click.option(
    "--seeds", type=click.IntRange(min=2), default=None, help="Futures of a check.  [default: 12]"
)
@click.option(
    "--residents",
    type=click.IntRange(min=200),
    default=None,
    help="Size of the town.  [default: the scenario's]",
)
@click.option(
    "-j",
    "--workers",
    type=click.IntRange(min=1),
    default=None,
    help="Processes at work.  [default: every core]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("results/calibration"),
    show_default=True,
    help="Folder.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write JSON to a file, or to - here.",
)
def calibrate(
    scenario: str,
    seeds: int | None,
    residents: int | None,
    workers: int | None,
    output: Path,
    json_file: str | None,
    *,
    check: bool,
) -> None:
    """Fit the free parameters to the real place, or check how far the baseline is from it.

    Every town that was lived is kept in the folder: the same command goes on where it was
    interrupted.
    """
    from sim.scenario.library import load
    from sim.studies.calibration.check import SEEDS, check_baseline, write_table
    from sim.studies.running.progress import choose_progress

    load(scenario)
    if not check:
        _fit(scenario, residents or 0, _cores(workers), output, json_file)
        return
    progress = choose_progress()
    progress.start(seeds or SEEDS, 0)
    verdicts = check_baseline(
        scenario,
        seeds or SEEDS,
        workers=_cores(workers),
        residents=residents or 0,
        advance=progress.advance,
    )
    progress.finish()
    write_json([verdict.to_json() for verdict in verdicts], json_file)
    if json_file != "-":
        click.echo(write_table(verdicts))
        click.echo("Next: kinwell trial, which asks whether services do what they did in trials")


def _fit(scenario: str, residents: int, workers: int, output: Path, json_file: str | None) -> None:
    from sim.studies.calibration.posterior import summarise, write_page, write_posterior
    from sim.studies.calibration.waves import Setting, fit, plan_sizes, read_rows
    from sim.studies.running.progress import choose_progress

    setting = Setting(output, scenario, residents, workers=workers)
    progress = choose_progress()
    progress.start(sum(plan_sizes(setting)), len(read_rows(setting)[0]))
    inputs, figures = fit(setting, lambda said: click.echo(said, err=True), progress.advance)
    progress.finish()
    write_posterior(output / "posterior.csv", inputs)
    write_page(output / "calibration.md", inputs, figures)
    write_json(summarise(inputs, figures), json_file)
    if json_file != "-":
        click.echo(
            f"{len(inputs)} draws: {output / 'posterior.csv'}; targets, fit and correlations:"
            f" {output / 'calibration.md'}"
        )
        click.echo("Next: kinwell calibrate --check")


@click.command("trial")
@click.argument("files", nargs=-1, metavar="[FILE...]")
@click.option(
    "--seed", type=click.IntRange(0, 2**53), default=1, show_default=True, help="First seed."
)
@click.option(
    "--sites", type=click.IntRange(min=1), default=None, help="Towns at least.  [default: 12]"
)
@click.option(
    "--most-sites", type=click.IntRange(min=1), default=None, help="Towns at most.  [default: 60]"
)
@click.option(
    "--uncertainty",
    type=click.Choice(["chance", "evidence", "posterior"]),
    default="evidence",
    show_default=True,
    help="What the interval covers beside chance: what the services do, or the town too.",
)
@click.option(
    "-j",
    "--workers",
    type=click.IntRange(min=1),
    default=None,
    help="Processes at work.  [default: every core]",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write JSON to a file, or to - here.",
)
def trial(
    files: tuple[str, ...],
    seed: int,
    sites: int | None,
    most_sites: int | None,
    uncertainty: Covered,
    workers: int | None,
    json_file: str | None,
) -> None:
    """Replicate published trials in running towns; all shipped ones if none is named."""
    from sim.scenario.designs.trial import list_trials
    from sim.studies.trials.trial import write_table

    trials = _load_trials(files or list_trials())
    found = [_run(one, seed, sites, most_sites, _cores(workers), uncertainty) for one in trials]
    write_json([outcome.to_json() for outcome in found], json_file)
    if json_file != "-":
        click.echo(write_table(found))
        click.echo("Next: a trial of your own; docs/trials.md says how")


def _run(
    one: Trial, seed: int, sites: int | None, most: int | None, workers: int, uncertainty: Covered
) -> Outcome:
    from sim.studies.running.progress import choose_progress
    from sim.studies.trials.trial import MOST_SITES, SITES, run_trial

    wanted = sites or SITES
    limit = max(most or MOST_SITES, wanted)
    click.echo(f"{one.id} {one.title}", err=True)
    progress = choose_progress() if sys.stderr.isatty() else None
    if progress:
        progress.start(limit, 0)
    advance = progress.advance if progress else lambda: None
    outcome = run_trial(
        one,
        seed=seed,
        sites=wanted,
        most_sites=limit,
        workers=workers,
        uncertainty=uncertainty,
        advance=advance,
    )
    if progress:
        progress.finish()
    click.echo(
        f"{one.id} {outcome.effect:.2f} ({outcome.low:.2f} to {outcome.high:.2f})"
        f" {outcome.verdict}",
        err=True,
    )
    return outcome


def _load_trials(files: Sequence[str]) -> list[Trial]:
    """Load trials; every problem of every file is told at once."""
    from sim.scenario.designs.trial import load_trial

    loaded: list[Trial] = []
    problems: list[Problem] = []
    for file in files:
        try:
            loaded.append(load_trial(file))
        except InvalidInput as error:
            problems += error.problems
    if problems:
        raise InvalidInput(problems)
    return loaded
