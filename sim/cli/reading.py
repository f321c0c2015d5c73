"""Commands that read results: `status`, `report` and `export`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from sim.cli.hints import find_reading
from sim.cli.options import JSON_FILE, VIEWED, HomePath, Viewing, Written, add_view, read_view
from sim.errors import InvalidInput, KinwellError, spell
from sim.units import say_count

if TYPE_CHECKING:
    from analysis.figures.slide import Kind
    from analysis.reports.writer import Audience
    from analysis.runs.export import Exported

TOWNS_NAMED = 3
"""Simulated towns that needs of a place are averaged over."""
FOLDER_ARGUMENT = click.argument("folder", metavar="DIR", type=HomePath(path_type=Path))


@click.command("status")
@FOLDER_ARGUMENT
@JSON_FILE
def status(folder: Path, json_file: str | None) -> None:
    """Say how many runs are done, failed and left, and how long they will take."""
    from sim.cli.running import write_json
    from sim.studies.running.progress import say_estimated, summarise

    found = summarise(folder)
    write_json(found.to_json(), json_file)
    if json_file == "-":
        return
    click.echo(
        f"{found.done} of {say_count(found.planned, 'run')} done, {found.failed} failed,"
        f" {found.left} left; {found.stored} stored in all."
    )
    if found.left and found.seconds_left is not None:
        click.echo(
            f"About {say_estimated(found.seconds_left)} left with the workers it was started with."
        )
    for failure in found.failures:
        click.echo(f"  failed: {failure}")
    for failure in found.other_failures:
        click.echo(f"  failed in another study of this folder: {failure}")
    if found.left or found.failed:
        hint = (
            f"Go on with: {found.command}"
            if found.command
            else "Give the same command again to go on."
        )
    else:
        hint = f"Next: {spell(*find_reading(folder))}"
    # Not among the results, which may be piped on.
    click.echo(hint, err=True)


@click.command("report", cls=Viewing)
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=HomePath(path_type=Path))
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
    type=Written(path_type=Path, dir_okay=False, holds="page"),
    default=None,
    help="File.  [default: DIR/report.html, in the first folder]",
)
@add_view
def report(
    folders: tuple[Path, ...],
    audience: str | None,
    against: str | None,
    focus: str | None,
    output: Path | None,
    *,
    allow_missing: bool,
    levers: bool,
) -> None:
    """Write what the runs say as one self-contained HTML file, or how a real place stands.

    Folders of results of one town are read together.
    """
    folder, place = folders[0], _is_place(folders[0])
    if place or levers:
        _refuse_view(folders, "the page of a place" if place else "--levers")
    if place:
        written = _write_place(folder, output)
    elif levers:
        from analysis.reports.emulator_page import write_levers

        written = write_levers(folder, output)
    else:
        reader = cast("Audience | None", audience)
        written = _write_runs(folders, reader, against, focus, output, allow_missing=allow_missing)
    click.echo(str(written))
    command = spell(*(("place", "check", folder) if place else _name_tables(folders)))
    click.echo(f"Next: open it in a browser, or {command}", err=True)


def _name_tables(folders: tuple[Path, ...]) -> tuple[object, ...]:
    """Words of the command that gives the numbers behind a report: of the same folders and view."""
    context = click.get_current_context()
    words = [
        word for key in VIEWED if key in context.meta for word in (f"--{key}", context.meta[key])
    ]
    if len(folders) == 1 and not words:
        return ("export", folders[0], "--csv")
    against, partial = context.params["against"], context.params["allow_missing"]
    words += ["--against", against] * bool(against) + ["--allow-missing"] * partial
    return ("compare", *folders, *words)


def _refuse_view(folders: tuple[Path, ...], what: str) -> None:
    from analysis.runs.joining import WHOLE_VIEW

    if len(folders) > 1 or read_view() != WHOLE_VIEW:
        raise InvalidInput(f"{what} is about one whole folder: give no --only, --from or --to")


def _write_runs(
    folders: tuple[Path, ...],
    audience: Audience | None,
    against: str | None,
    focus: str | None,
    output: Path | None,
    *,
    allow_missing: bool,
) -> Path:
    """Write the report of what was asked for of one or several folders."""
    from analysis.reports.writer import write_report
    from analysis.runs.joining import WHOLE_VIEW, open_view

    view = read_view()
    if len(folders) == 1 and view == WHOLE_VIEW:
        return write_report(
            folders[0], audience, against, focus, output, allow_missing=allow_missing
        )
    chosen, against = open_view(folders, against, view)
    return write_report(chosen, audience, against, focus, output, allow_missing=allow_missing)


def _is_place(folder: Path) -> bool:
    """Whether a folder is that of a place, here or shipped, and not one of results."""
    from sim.scenario.library import find_shelf

    shipped = folder.parts[:1] == ("places",) and (find_shelf() / folder / "place.yaml").is_file()
    return (folder / "place.yaml").is_file() or (shipped and not folder.exists())


def _write_place(folder: Path, output: Path | None) -> Path:
    """The page of a real place, with its needs in a few simulated towns."""
    from analysis.reports.place_page import write_place
    from sim.places.description import describe_place
    from sim.places.folder import open_place
    from sim.places.week_0 import stand_at_week_0
    from sim.scenario.library import find_shelf
    from sim.store.files import PAGE, check_output
    from sim.studies.needs_assessment import assess_needs

    home = open_place(str(folder))
    shipped = home.folder.resolve().is_relative_to(find_shelf().resolve())
    # Shipped places lie in the installed package, where nothing should be written.
    beside = Path(f"{home.name}.html") if shipped else home.folder / "report.html"
    target = output or beside
    check_output(target, PAGE)
    described = describe_place(home)
    needs = assess_needs(described.town, range(1, 1 + TOWNS_NAMED))
    return write_place(described, needs, target, stand_at_week_0(described.town))


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
    "--figures",
    type=click.Choice(["png", "svg", "pdf"]),
    default=None,
    help="The figures of the report as files, with titles for slides.",
)
@click.option(
    "-o",
    "--output",
    type=Written(path_type=Path, file_okay=False),
    default=None,
    help="Folder.  [default: DIR/csv, DIR/parquet or DIR/figures; DIR for --crate]",
)
@click.option(
    "--json",
    "json_file",
    type=Written(dir_okay=False, allow_dash=True, holds="JSON"),
    help="Write the list of files as JSON.",
)
@click.option("--excel", is_flag=True, help="CSV that Excel knows for UTF-8: with a mark in front.")
def export(
    folder: Path,
    kind: str | None,
    figures: Kind | None,
    output: Path | None,
    json_file: str | None,
    *,
    excel: bool,
) -> None:
    """Write stored runs in a format that other programs read, or the figures of the report.

    Of a damaged database everything that can be read is written. No figure is overwritten.
    """
    from sim.cli.running import write_json

    _check_export(kind, figures, excel=excel)
    made = (
        _write_figures(folder, figures, output)
        if figures
        else _write_tables(folder, str(kind), output, "utf-8-sig" if excel else "utf-8")
    )
    write_json([str(file) for file in made.files], json_file)
    if json_file != "-":
        for file in made.files:
            click.echo(str(file))
    if made.lost:
        listed = "\n".join(f"  {one}" for one in made.lost)
        raise KinwellError(f"The database is damaged; what could be read is written.\n{listed}")
    words = find_reading(folder)
    command = spell(*words if words[0] == "report" else ("status", folder))
    click.echo(f"Next: {command}", err=True)


def _check_export(kind: str | None, figures: str | None, *, excel: bool) -> None:
    """Refuse what cannot be exported, or not together."""
    if kind is None and figures is None:
        raise InvalidInput(
            "export to what? Choose --csv, --xlsx, --parquet or --crate, or --figures png"
        )
    if kind is not None and figures is not None:
        raise InvalidInput(f"--figures and --{kind} are two commands: give one after the other")
    if kind == "parquet" and importlib.util.find_spec("pyarrow") is None:
        raise InvalidInput(
            "--parquet needs pyarrow, which is not installed here: pip install 'kinwell[parquet]',"
            " or choose --csv"
        )
    if excel and kind != "csv":
        raise InvalidInput("--excel is a way to write CSV: give it together with --csv")


def _write_figures(folder: Path, kind: Kind, output: Path | None) -> Exported:
    """Write the figures of the report; what was there already is said."""
    from analysis.reports.slides import write_slides
    from analysis.runs.export import Exported

    written = write_slides(folder, kind, output)
    for note in written.notes:
        click.echo(f"note: {note}", err=True)
    for path in written.same:
        click.echo(f"{path}: is there already, the same", err=True)
    click.echo(f"{len(written.new)} figures written", err=True)
    return Exported([*written.new, *written.same], [])


def _write_tables(folder: Path, kind: str, output: Path | None, encoding: str) -> Exported:
    """Write tables, a workbook or metadata."""
    from analysis.reports.workbook import check_views, write_views, write_workbook
    from analysis.runs.export import Exported, export_crate, export_tables

    if kind == "crate":
        return Exported(export_crate(folder, output), [])
    if kind == "xlsx":
        return Exported([write_workbook(folder, output)], [])
    if kind == "csv":
        # Before any table is written.
        check_views(folder, output)
    made = export_tables(folder, output, kind, encoding)
    if kind != "csv" or made.lost or not made.files:
        return made
    try:
        views = write_views(folder, made.files[0].parent, encoding)
    except KinwellError as error:
        # What the tables hold is saved, also where nothing can be made of it.
        return Exported(made.files, [str(error).splitlines()[0]])
    return Exported([*made.files, *views], [])
