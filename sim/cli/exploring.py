"""The command that opens a page: `explore`."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.errors import Interrupted, InvalidInput, Problem

if TYPE_CHECKING:
    from sim.explorer.editing.workbench import Workbench


@click.command("explore")
@click.argument("targets", nargs=-1, metavar="[SCENARIO... | DIR]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder for results.  [default: results/explore]",
)
@click.option(
    "-j",
    "--workers",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Processes at work.",
)
@click.option(
    "-n",
    "--replicates",
    type=click.IntRange(2, 200),
    default=30,
    show_default=True,
    help="Replicates to begin with.",
)
@click.option(
    "-s", "--seed", type=click.IntRange(0, 2**53), default=1, show_default=True, help="First seed."
)
@click.option("--no-browser", is_flag=True, help="Print the address only; do not open it.")
def explore(
    targets: tuple[str, ...],
    output: Path | None,
    workers: int,
    replicates: int,
    seed: int,
    *,
    no_browser: bool,
) -> None:
    """Move levers on a page of this machine and watch paired replicates arrive.

    Give scenarios to begin with, by name or file, or a folder of results to look at and go on with;
    without any, the page lists what one can start from. The page answers to this machine alone, and
    to whoever opens the address that is printed. Ctrl-C ends it.
    """
    from sim.explorer.server import serve_explorer

    bench = _lay_out(targets, output)
    bench.replicates, bench.seed = replicates, seed
    again = shlex.join(["kinwell", "explore", *targets])

    def say(address: str) -> None:
        click.echo(address)
        click.echo(
            f"Scenarios are saved in {bench.folder}, runs in {bench.results}. Ctrl-C ends it.",
            err=True,
        )

    try:
        serve_explorer(bench, workers, say, browser=not no_browser)
    except KeyboardInterrupt:
        raise Interrupted(
            again, "Stopped. What was finished is kept; what was not saved is gone."
        ) from None


def _lay_out(targets: tuple[str, ...], output: Path | None) -> Workbench:
    """The workbench with what was named on it; every problem of every target at once."""
    from sim.explorer.editing.workbench import Workbench, open_results
    from sim.scenario.library import list_shipped

    folders = [
        target for target in targets if Path(target).is_dir() and target not in list_shipped()
    ]
    if folders and len(targets) > 1:
        raise InvalidInput(
            Problem(folders[0], 0, 0, "", "is a folder: give it alone, or scenarios")
        )
    if folders:
        return open_results(Path(folders[0]))
    files = [
        Path(target)
        for target in targets
        if target.removesuffix(".yaml") not in list_shipped() or os.sep in target
    ]
    parents = {file.resolve().parent for file in files}
    if len(parents) > 1:
        hint = "copy them into one folder, or extend one from the other"
        raise InvalidInput(Problem("", 0, 0, "", "the files are in different folders", hint))
    bench = Workbench(next(iter(parents), Path.cwd()), output or Path("results") / "explore")
    problems: list[Problem] = []
    for target in targets:
        try:
            bench.bring(target)
        except InvalidInput as error:
            problems += error.problems
    if problems:
        raise InvalidInput(problems)
    return bench
