"""Commands that read results: `status`, `report` and `export`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from sim.cli.hints import find_reading, spell
from sim.cli.options import JSON_FILE
from sim.errors import InvalidInput, KinwellError

if TYPE_CHECKING:
    from analysis.reports.writer import Audience

TOWNS_NAMED = 3
"""Simulated towns that needs of a place are averaged over."""
FOLDER_ARGUMENT = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


@click.command("status")
@FOLDER_ARGUMENT
@JSON_FILE
def status(folder: Path, json_file: str | None) -> None:
    """Say how many runs are done, failed and left, and how long they will take."""
    from sim.cli.running import write_json
    from sim.studies.running.progress import say_time, summarise

    found = summarise(folder)
    write_json(found.to_json(), json_file)
    if json_file == "-":
        return
    click.echo(
        f"{found.done} of {found.planned} runs done, {found.failed} failed, {found.left} left;"
        f" {found.stored} stored in all."
    )
    if found.left and found.seconds_left is not None:
        click.echo(
            f"About {say_time(found.seconds_left)} left with the workers it was started with."
        )
    for failure in found.failures:
        click.echo(f"  failed: {failure}")
    if found.left or found.failed:
        hint = (
            f"Go on with: {found.command}"
            if found.command
            else "Give the same command again to go on."
        )
    else:
        hint = f"Next: {spell(*find_reading(folder))}"
    click.echo(hint, err=True)


@click.command("report")
@FOLDER_ARGUMENT
@click.option(
    "--for",
    "audience",
    type=click.Choice(["funder", "planner", "researcher"]),
    help="Only the pages for this reader.  [default: all]",
)
@click.option(
    "--against",
    default=None,
    help="Scenario that the others are compared with.  [default: baseline, or the first]",
)
@click.option(
    "--scenario",
    "focus",
    default=None,
    help="Scenario that the pages are about.  [default: the first that is not the reference]",
)
@click.option(
    "--allow-missing", is_flag=True, help="Leave failed or unmatched runs out, with a banner."
)
@click.option(
    "--levers",
    is_flag=True,
    help="After a sweep: a page in which levers move over an emulator of it; it has a script.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="File.  [default: DIR/report.html]",
)
def report(
    folder: Path,
    audience: str | None,
    against: str | None,
    focus: str | None,
    output: Path | None,
    *,
    allow_missing: bool,
    levers: bool,
) -> None:
    """Write what the runs say as one self-contained HTML file, or how a real place stands."""
    place = _is_place(folder)
    if place:
        written = _write_place(folder, output)
    elif levers:
        from analysis.reports.emulator_page import write_levers

        written = write_levers(folder, output)
    else:
        from analysis.reports.writer import write_report

        written = write_report(
            folder,
            cast("Audience | None", audience),
            against,
            focus,
            output,
            allow_missing=allow_missing,
        )
    click.echo(str(written))
    command = spell("place", "check", folder) if place else spell("export", folder, "--csv")
    click.echo(f"Next: open it in a browser, or {command}", err=True)


def _is_place(folder: Path) -> bool:
    """Whether a folder is that of a place, here or shipped, and not one of results."""
    from sim.scenario.library import find_shelf

    shipped = folder.parts[:1] == ("places",) and (find_shelf() / folder / "place.yaml").is_file()
    return (folder / "place.yaml").is_file() or (shipped and not folder.exists())


def _write_place(folder: Path, output: Path | None) -> Path:
    """The page of a real place, with its needs in a few simulated towns."""
    from analysis.reports.place_page import write_place
    from sim.places.folder import open_place
    from sim.places.portrait import portray
    from sim.places.week_0 import stand_at_week_0
    from sim.scenario.library import find_shelf
    from sim.studies.needs_assessment import assess_needs

    home = open_place(str(folder))
    portrait = portray(home)
    needs = assess_needs(portrait.town, range(1, 1 + TOWNS_NAMED))
    shipped = home.folder.resolve().is_relative_to(find_shelf().resolve())
    beside = Path(f"{home.name}.html") if shipped else home.folder / "report.html"
    return write_place(portrait, needs, output or beside, stand_at_week_0(portrait.town))


@click.command("export")
@FOLDER_ARGUMENT
@click.option(
    "--csv",
    "kind",
    flag_value="csv",
    help="Every table as a CSV file, with a dictionary of columns.",
)
@click.option(
    "--parquet", "kind", flag_value="parquet", help="Every table as a Parquet file; needs pyarrow."
)
@click.option(
    "--xlsx",
    "kind",
    flag_value="xlsx",
    help="A workbook: comparison, costs by payer and year, and every other table on a sheet.",
)
@click.option("--crate", "kind", flag_value="crate", help="RO-Crate metadata beside the database.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder.  [default: DIR/csv or DIR/parquet; DIR for --crate]",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write the list of files as JSON.",
)
@click.option("--excel", is_flag=True, help="CSV that Excel knows for UTF-8: with a mark in front.")
def export(
    folder: Path, kind: str | None, output: Path | None, json_file: str | None, *, excel: bool
) -> None:
    """Write stored runs in a format that other programs read.

    Of a damaged database everything that can be read is written.
    """
    from analysis.runs.export import Exported, export_crate, export_tables
    from sim.cli.running import write_json

    if kind is None:
        raise InvalidInput("export to what? Choose --csv, --xlsx, --parquet or --crate")
    if kind == "parquet" and importlib.util.find_spec("pyarrow") is None:
        raise InvalidInput(
            "--parquet needs pyarrow, which is not installed here: pip install 'kinwell[parquet]',"
            " or choose --csv"
        )
    if excel and kind != "csv":
        raise InvalidInput("--excel is a way to write CSV: give it together with --csv")
    encoding = "utf-8-sig" if excel else "utf-8"
    if kind in {"crate", "xlsx"}:
        written = export_crate(folder, output) if kind == "crate" else [_write_xlsx(folder, output)]
        made = Exported(written, [])
    else:
        made = export_tables(folder, output, kind, encoding)
    files = made.files
    if kind == "csv" and not made.lost and files:
        from analysis.reports.workbook import write_views

        files = [*files, *write_views(folder, files[0].parent, encoding)]
    write_json([str(file) for file in files], json_file)
    if json_file != "-":
        for file in files:
            click.echo(str(file))
    if made.lost:
        listed = "\n".join(f"  {one}" for one in made.lost)
        raise KinwellError(f"The database is damaged; what could be read is written.\n{listed}")
    words = find_reading(folder)
    command = spell(*words if words[0] == "report" else ("status", folder))
    click.echo(f"Next: {command}", err=True)


def _write_xlsx(folder: Path, output: Path | None) -> Path:
    from analysis.reports.workbook import write_workbook

    return write_workbook(folder, output)
