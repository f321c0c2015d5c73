"""The command `sweep`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from sim.cli.hints import say_reading
from sim.cli.options import JSON_FILE, WORKERS_OPTION, Written, take_together, whole
from sim.errors import InvalidInput, KinwellError
from sim.units import say_count

if TYPE_CHECKING:
    from sim.scenario.designs.sweep import Sweep
    from sim.studies.running.results_folder import RunSet
    from sim.studies.sweeps.sweep import Design


class Failures(NamedTuple):
    """What becomes of failed runs: whether they are tried again, and how many are borne."""

    retry_failed: bool
    limit_failures: str


class Size(NamedTuple):
    """How large a sweep is, where it is not as its file says."""

    replicates: int | None
    points: int | None


@click.command("sweep")
@click.argument("file", metavar="FILE")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=Written(path_type=Path, file_okay=False),
    default=None,
    help="Folder for results.  [default: results/NAME]",
)
@WORKERS_OPTION
@click.option(
    "--cluster",
    metavar="ADDRESS",
    default=None,
    help="Dask scheduler to work on instead, such as tcp://10.0.0.1:8786.",
)
@take_together(
    "size",
    Size,
    click.option(
        "-n",
        "--replicates",
        type=whole(),
        default=None,
        help="Seeds of each point.  [default: as the file says]",
    ),
    click.option(
        "--points",
        type=whole(),
        default=None,
        help="Points of the design.  [default: as the file says]",
    ),
)
@take_together(
    "failures",
    Failures,
    click.option("--retry-failed", is_flag=True, help="Try runs again that failed before."),
    click.option(
        "--limit-failures",
        metavar="NUMBER|SHARE",
        default="10%",
        show_default=True,
        help="Stop when so many have failed (at least 20).",
    ),
)
@click.option(
    "--dry-run", is_flag=True, help="Say how many runs, how long and how much disk; run nothing."
)
@JSON_FILE
def sweep(
    file: str,
    output: Path | None,
    workers: int | None,
    cluster: str | None,
    size: Size,
    failures: Failures,
    json_file: str | None,
    *,
    dry_run: bool,
) -> None:
    """Run a scenario at many points and store every run.

    FILE is a document of `kind: sweep`, or the name of a shipped one. The same command again
    continues where it stopped; with more replicates or points it adds what is new. Failed runs are
    kept and not tried again unless you ask.
    """
    from sim.cli.running import spell_command
    from sim.studies.running.plan import Execution
    from sim.studies.sweeps.sweep import run_sweep

    if cluster and workers:
        raise InvalidInput("-j is for this machine and --cluster for others: give one of them")
    design = _load(file, size)
    if dry_run:
        return _say_estimate(design, workers, json_file)
    _say_extension(design.sweep, output)
    how = Execution(
        command=spell_command(),
        retry_failed=failures.retry_failed,
        cluster=cluster,
        failures_at_most=_parse_limit(failures.limit_failures, design),
    )
    made = run_sweep(design.sweep, output, workers, how, design)
    return _say_made(made, design.sweep, json_file)


def _load(file: str, size: Size) -> Design:
    """The sweep of a file, as large as the command line asks for; says what is to be noted."""
    from sim.scenario.designs.sweep import load_sweep
    from sim.studies.sweeps.sweep import Design

    chosen = _extend(load_sweep(file), *size)
    for note in chosen.notes:
        click.echo(f"note: {note}", err=True)
    return Design(chosen)


def _extend(sweep: Sweep, replicates: int | None, points: int | None) -> Sweep:
    """The sweep with as many replicates and points as the command line asks for."""
    # The document changes too: it is stored with the runs, and has to make the same points.
    document = dict(sweep.document)
    if replicates is not None:
        document["replicates"] = replicates
    if points is not None:
        if sweep.design.kind == "grid":
            raise InvalidInput(
                "--points: a grid has the points that its values make; add values to the file"
            )
        document["design"] = {
            **(
                document["design"]
                if isinstance(document["design"], dict)
                else {"kind": sweep.design.kind}
            ),
            "points": points,
        }
    design = replace(sweep.design, points=points or sweep.design.points)
    return replace(
        sweep, design=design, replicates=replicates or sweep.replicates, document=document
    )


def _say_extension(sweep: Sweep, output: Path | None) -> None:
    """Say when the points stored before are not among those asked for now."""
    import json

    from sim.store import Store
    from sim.store.connection import explain_content
    from sim.studies.running.results_folder import locate_database

    database = locate_database(output or Path("results") / sweep.name)
    if sweep.design.kind != "latin_hypercube" or not database.is_file():
        return
    with Store.read_only(database) as store:
        if not store.query("SELECT 1 FROM sqlite_master WHERE name = 'sweeps'"):
            return
        rows = store.query("SELECT document FROM sweeps WHERE name = ?", (sweep.name,))
    with explain_content(database):
        before = json.loads(str(rows[0][0]))["design"] if rows else {}
    had = (
        before.get("points", 0)
        if isinstance(before, dict) and before.get("kind") == "latin_hypercube"
        else 0
    )
    now = sweep.design.points
    # Halving each stratum keeps every point in one of the halves; other numbers move them all.
    if had and had != now and not (now % had == 0 and (now // had) & (now // had - 1) == 0):
        more = (
            f"A Latin hypercube of {now} points does not hold the {had} that are stored: their runs"
            " stay, but are not used again. "
        )
        click.echo(f"{more}To extend it, double the points: {2 * had}, {4 * had}, ...", err=True)


def _parse_limit(text: str, design: Design) -> int:
    """Read a number of failures, or a share of all runs (at least 20 then)."""
    runs = len(design.points.chosen) * design.sweep.replicates
    try:
        if text.strip().endswith("%"):
            share = float(text.strip().removesuffix("%")) / 100
            if 0 < share <= 1:
                # A share of a small sweep would stop it at its first failure.
                return max(20, int(share * runs))
        elif int(text) >= 1:
            return int(text)
    except ValueError:
        pass
    raise InvalidInput(
        f"--limit-failures {text}: give a number of runs such as 50, or a share such as 10%"
    )


def _say_estimate(design: Design, workers: int | None, json_file: str | None) -> None:
    from sim.cli.running import write_json
    from sim.provenance import count_cores
    from sim.studies.dry_run import estimate_sweep
    from sim.studies.running.progress import say_estimated

    found = estimate_sweep(design, workers or count_cores())
    write_json(found.to_json() | {"points": len(design.points.chosen)}, json_file)
    if json_file == "-":
        return
    seeds = len(design.sweep.seeds)
    paired = ", those of the reference included" if design.sweep.against else ""
    click.echo(
        f"{say_count(len(design.points.chosen), 'point')} × {say_count(seeds, 'replicate')}:"
        f" {say_count(found.runs, 'run')}{paired}, {say_count(found.residents, 'resident')}"
    )
    each = f"{say_count(found.workers, 'worker')} ({found.seconds_per_run:.2g} s a run)"
    click.echo(
        f"about {say_estimated(found.seconds)} with {each}, {found.bytes / 1e6:,.0f} MB of disk"
    )
    click.echo("Next: the same command without --dry-run")


def _say_made(made: RunSet, sweep: Sweep, json_file: str | None) -> None:
    from sim.cli.running import write_json
    from sim.studies.running.progress import say_time, summarise

    told = {name: value for name, value in made.__dict__.items() if name != "seeds"}
    write_json(told | {"sweep": sweep.name}, json_file)
    status = summarise(made.directory)
    if json_file != "-":
        parts = [f"{say_count(made.new, 'run')} in {say_time(made.seconds)}"] + (
            [f"{made.done - made.new} stored before"] if made.done > made.new else []
        )
        click.echo(f"{', '.join(parts)}: {made.database}")
        say_reading(made.directory)
    if status.failed:
        listed = "\n".join(f"  {failure}" for failure in status.failures)
        again = "`--retry-failed` tries them again"
        raise KinwellError(
            f"{say_count(status.failed, 'run')} of {sweep.name}"
            f" {'has' if status.failed == 1 else 'have'} failed; the others are stored, and"
            f" {again}.\n{listed}"
        )
