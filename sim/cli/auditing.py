"""The command that tests whether a comparison stands: `audit`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.options import JSON_FILE, SEED_OPTION, WORKERS_OPTION
from sim.cli.running import REFERENCE, spell_command, write_json
from sim.errors import InvalidInput

if TYPE_CHECKING:
    from analysis.runs.audit import Audit


@click.command("audit")
@click.argument("folder", type=click.Path(exists=True, path_type=Path), metavar="DIR")
@click.option("--against", default=None, help="The scenario to compare with.  [default: baseline]")
@click.option(
    "-n",
    "--replicates",
    type=click.IntRange(min=2),
    default=20,
    show_default=True,
    help="Replicates of each change.",
)
@SEED_OPTION
@click.option(
    "--draws",
    type=click.IntRange(min=0),
    default=40,
    show_default=True,
    help="Fitted draws that are tried; 0 for none.",
)
@click.option(
    "--assumptions/--no-assumptions",
    default=True,
    show_default=True,
    help="Whether each assumption goes to the ends of its range, one after the other.",
)
@click.option(
    "--per-draw",
    type=click.IntRange(min=2),
    default=2,
    show_default=True,
    help="Replicates of each draw and of each end.",
)
@WORKERS_OPTION
@click.option("--outcome", "outcomes", multiple=True, help="Outcomes; all headlines if left out.")
@JSON_FILE
def audit(
    folder: Path,
    against: str | None,
    replicates: int,
    seed: int,
    draws: int,
    per_draw: int,
    workers: int | None,
    outcomes: tuple[str, ...],
    json_file: str | None,
    *,
    assumptions: bool,
) -> None:
    """Test a comparison: would its answer stand?

    Other order of residents, other labels and random numbers, other towns, half and twice the
    size, other structures, the fitted draws, each assumption at the ends of its range. The same
    command continues where it was interrupted; the report of DIR then has a page of it.
    """
    from analysis.runs.audit import judge_audit
    from sim.cli.comparing import check_outcomes
    from sim.provenance import count_cores
    from sim.studies.audit.plan import plan_audit
    from sim.studies.audit.run import read_scenarios, run_audit

    place = folder if folder.is_dir() else folder.parent
    scenarios = read_scenarios(folder)
    reference = _choose_reference([scenario.name for scenario in scenarios], against)
    audited = run_audit(
        scenarios,
        plan_audit(scenarios, draws=draws, ends=assumptions),
        place,
        seed=seed,
        replicates=replicates,
        seeds_per_draw=min(per_draw, replicates),
        workers=workers or count_cores(),
        command=spell_command(),
        say=partial(click.echo, err=True),
    )
    _tell(judge_audit(audited, reference, check_outcomes(outcomes)), place, json_file)


def _tell(found: Audit, place: Path, json_file: str | None) -> None:
    """Keep what was found beside the results, where the report reads it, and show it."""
    from analysis.runs.audit import RESULT, write_table
    from sim.studies.audit.run import AUDIT_FOLDER

    for file in (str(place / AUDIT_FOLDER / RESULT), json_file):
        write_json(found.to_json(), file)
    if json_file != "-":
        click.echo(write_table(found))
        click.echo(f"Next: kinwell report {place}")


def _choose_reference(names: list[str], against: str | None) -> str:
    """The scenario that others are compared with: the one asked for, `baseline`, or the first."""
    reference = against or (REFERENCE if REFERENCE in names else names[0])
    if reference not in names:
        raise InvalidInput(f"--against {reference}: there are {', '.join(names)}")
    return reference
