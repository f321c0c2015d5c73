"""The command that holds the model against the place: `calibrate`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from sim.cli.options import JSON_FILE, WORKERS_OPTION, Written, keep_viewed, whole
from sim.cli.running import spell_command, write_json
from sim.errors import Interrupted, InvalidInput, spell
from sim.studies.bounds import LARGEST_SEED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.studies.calibration.check import Verdict

MOST_WAVES = 100
"""Waves of a refinement at most: hours of towns."""


def _cores(workers: int | None) -> int:
    from sim.provenance import count_cores

    return workers or count_cores()


Search = Callable[[str, int, int, Path, str | None], None]


def _search(
    search: Search, scenario: str, residents: int, workers: int, output: Path, json_file: str | None
) -> None:
    """Look for values; at an interruption, say how to go on."""
    try:
        search(scenario, residents, workers, output, json_file)
    except KeyboardInterrupt:
        raise Interrupted(spell_command()) from None


@click.command("calibrate")
@click.option("--check", is_flag=True, help="Measure every moment; fit nothing.")
@click.option(
    "--refine",
    is_flag=True,
    expose_value=False,
    callback=keep_viewed,
    help="Begin at the values of the evidence and leave the tolerances more room.",
)
@click.option(
    "--waves",
    type=whole(1, MOST_WAVES),
    default=None,
    expose_value=False,
    callback=keep_viewed,
    help="With --refine, so many waves of 120 towns, those in the folder included.  [default: 5]",
)
@click.option(
    "--posterior",
    is_flag=True,
    expose_value=False,
    callback=keep_viewed,
    help="Draw the posterior around the values of the evidence, with every other number drawn too.",
)
@click.option(
    "--scenario", default="baseline", show_default=True, help="The town, by name or file."
)
@click.option(
    "--town",
    default=None,
    metavar="NAME",
    help="With --check, a shipped town that has moments of its own, such as uk-town.",
)
@click.option("--seeds", type=whole(2), default=None, help="Replicates of a check.  [default: 36]")
@click.option(
    "-s",
    "--seed",
    type=whole(0, LARGEST_SEED),
    default=None,
    expose_value=False,
    callback=keep_viewed,
    help="First seed of a check.  [default: 1]",
)
@click.option(
    "--draws",
    type=whole(2),
    default=None,
    expose_value=False,
    callback=keep_viewed,
    help="With --check, so many draws of the posterior, each run once, instead of replicates.",
)
@click.option(
    "--held-out",
    is_flag=True,
    expose_value=False,
    callback=keep_viewed,
    help="With --check, moments that nothing was set to, instead of those of the calibration.",
)
@click.option(
    "--residents",
    type=whole(200, 20_000_000),
    default=None,
    help="Size of the town.  [default: the scenario's]",
)
@WORKERS_OPTION
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=Written(path_type=Path, file_okay=False),
    default=Path("results/calibration"),
    show_default=True,
    help="Folder.",
)
@JSON_FILE
def calibrate(
    scenario: str,
    town: str | None,
    seeds: int | None,
    residents: int | None,
    workers: int | None,
    output: Path,
    json_file: str | None,
    *,
    check: bool,
) -> None:
    """Fit the free parameters to the real place, or check how far the baseline is from it.

    Every town that was run is kept in the folder: the same command continues where it was
    interrupted.
    """
    asked = click.get_current_context().meta
    what = Asked(
        town,
        scenario,
        seeds,
        residents or 0,
        draws=asked.get("draws"),
        held_out="held_out" in asked,
        first=asked.get("seed"),
    )
    ways = [way for name, way in (("refine", _refine), ("posterior", _sample)) if name in asked]
    _refuse(what, asked, check=check, ways=len(ways))
    _read(scenario, residents)
    if check:
        _tell(_check(what, _cores(workers)), what, json_file)
    else:
        way = ways[0] if ways else _fit
        _search(way, scenario, what.residents, _cores(workers), output, json_file)


class Asked(NamedTuple):
    """What a check is of: a town with moments of its own, or a scenario; how many replicates or
    draws, from which seed on; which moments.
    """

    town: str | None
    scenario: str
    seeds: int | None
    residents: int
    draws: int | None
    held_out: bool
    first: int | None

    @property
    def first_seed(self) -> int:
        """The seed of the first replicate, 1 where none is stated."""
        return 1 if self.first is None else self.first


def _refuse(what: Asked, asked: Mapping[str, object], *, check: bool, ways: int) -> None:
    """InvalidInput for options that do not go together."""
    if what.held_out and (what.town or not check):
        raise InvalidInput("--held-out goes with --check, without --town")
    if what.town is not None and (not check or what.residents or what.scenario != "baseline"):
        raise InvalidInput("--town goes with --check alone: moments are of the town as shipped")
    of_check = (what.draws, what.seeds, what.first is not None)
    if (not check and any(of_check)) or (what.draws and (what.town or what.seeds)):
        message = "--seeds, --seed and --draws go with --check, --draws without --seeds and --town"
        raise InvalidInput(message)
    if "waves" in asked and "refine" not in asked:
        raise InvalidInput("--waves goes with --refine")
    if check + ways > 1:
        raise InvalidInput("--check measures, --refine fits, --posterior draws: one of the three")


def _tell(verdicts: list[Verdict], what: Asked, json_file: str | None) -> None:
    from sim.studies.calibration.check import say_covered, say_held_out, write_table

    write_json([verdict.to_json() for verdict in verdicts], json_file)
    if json_file != "-":
        click.echo(write_table(verdicts))
        if what.held_out:
            click.echo(say_held_out(verdicts))
        if what.draws:
            click.echo(say_covered(verdicts))
        click.echo("Next: kinwell trial, which asks whether services do what they did in trials")


def _read(scenario: str, residents: int | None) -> None:
    """Read what is to be run before anything does, so that its problems are told at once, those of
    its size too.
    """
    from sim.scenario.library import load

    found = load(scenario)
    if residents:
        found.with_({"population.residents": residents})


def _check(what: Asked, workers: int) -> list[Verdict]:
    """Verdicts of a town with moments of its own, or of a scenario by those of the baseline: of its
    values, or of draws of the posterior, with every other number drawn from its range.
    """
    from sim.places.figures.town_moments import MOMENT_SEEDS, check_town, find_moments
    from sim.studies.calibration.check import CHECK_SEEDS, check_baseline
    from sim.studies.running.progress import choose_progress
    from sim.studies.sweeps.parameter_draws import draw_parameters

    if what.town is not None:
        # Refuses a town without moments, before a progress bar is there.
        find_moments(what.town)
    count = what.draws or what.seeds or (MOMENT_SEEDS if what.town else CHECK_SEEDS)
    progress = choose_progress()
    progress.start(count, 0)
    advance = progress.advance
    verdicts = (
        check_town(what.town, count, workers, advance, first=what.first_seed)
        if what.town
        else check_baseline(
            what.scenario,
            count,
            what.first_seed,
            workers=workers,
            residents=what.residents,
            draws=(draw_parameters("posterior", what.draws) if what.draws else None) or ({},),
            held_out=what.held_out,
            advance=advance,
        )
    )
    progress.finish()
    return verdicts


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


def _refine(
    scenario: str, residents: int, workers: int, output: Path, json_file: str | None
) -> None:
    from sim.scenario.writer import write_yaml
    from sim.store import write_whole
    from sim.studies.calibration.refinement import refine
    from sim.studies.calibration.waves import WAVES, Setting, read_rows
    from sim.studies.running.progress import choose_progress

    waves = click.get_current_context().meta.get("waves", WAVES)
    setting = Setting(
        output / "refined", scenario, residents, waves=waves, workers=workers, open_ended=True
    )
    progress = choose_progress()
    progress.start(setting.wave * setting.waves, len(read_rows(setting)[0]))
    values = refine(setting, lambda said: click.echo(said, err=True), progress.advance)
    progress.finish()
    write_json(values, json_file)
    file = setting.folder / "refined.yaml"
    town = str(Path(scenario).resolve()) if Path(scenario).is_file() else scenario
    page = {"extends": town, "title": "Refined values", "parameters": values}
    write_whole(file, write_yaml(page))
    if json_file != "-":
        click.echo(f"Values: {file}, a scenario with these parameters")
        click.echo(f"Next: {spell('calibrate', '--check', '--scenario', file)}")


def _sample(
    scenario: str, residents: int, workers: int, output: Path, json_file: str | None
) -> None:
    from sim.studies.calibration import sampling
    from sim.studies.calibration.posterior import list_ranges, write_posterior
    from sim.studies.calibration.waves import Setting, read_rows
    from sim.studies.running.progress import choose_progress
    from sim.studies.sweeps.parameter_draws import draw_parameters

    setting = Setting(
        output / "sampled",
        scenario,
        residents,
        first_wave=sampling.FIRST_TOWNS,
        wave=sampling.TOWNS,
        waves=sampling.ROUNDS,
        draws=sampling.SAMPLED_DRAWS,
        workers=workers,
    )
    progress = choose_progress()
    towns = sampling.count_towns(setting)
    progress.start(towns, len(read_rows(setting)[0]))
    inputs = sampling.sample_posterior(
        setting,
        draw_parameters("evidence", towns) or [],
        lambda said: click.echo(said, err=True),
        progress.advance,
    )
    progress.finish()
    file = setting.folder / "posterior.csv"
    write_posterior(file, inputs)
    write_json({"draws": len(inputs), "parameters": list_ranges(inputs)}, json_file)
    if json_file != "-":
        click.echo(f"{len(inputs)} draws: {file}")
        click.echo("A sweep takes them with design: {kind: posterior, file: ...}")
