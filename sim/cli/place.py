"""Commands of a place: `place new`, `read`, `build`, `fit`, `check` and `definitions`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from sim.cli.hints import suggest_next
from sim.cli.options import JSON_HERE, SEED_OPTION, WORKERS_OPTION, check_json
from sim.cli.running import write_json
from sim.errors import spell
from sim.units import say_count

if TYPE_CHECKING:
    from sim.places.building import Built
    from sim.places.folder import Home
    from sim.places.tables.reading import Reading

TOWNS_BETWEEN_NOTES = 20
"""Towns between two words on the way."""
HEADINGS = {
    "refused": "Refused",
    "not understood": "Not understood",
    "contradiction": "Tables that contradict each other",
    "left out": "Left out",
    "corrected": "Read with care",
    "withheld": "Withheld by the publisher",
    "coverage": "Areas",
}


place = click.Group(
    "place",
    help="Build a town from the published tables of a real place, and fit it to its own figures.",
)


@place.command()
@click.argument("name")
@click.option(
    "--profile",
    default="us",
    show_default=True,
    metavar="NAME",
    help="What lends where no table says: us, uk, au, the folder of a profile, or a scenario.",
)
@click.option(
    "--area",
    default="",
    metavar="CODE",
    help="Code of the place in its tables; found by its name if left out.",
)
def new(name: str, profile: str, area: str) -> None:
    """Begin places/NAME: place.yaml, data/, notes.md."""
    from sim.places.folder import begin_place, is_shipped

    folder = begin_place(name, profile, area)
    if is_shipped(folder.name):
        click.echo(
            f"note: a place {folder.name} is shipped; here the name means {folder} from now on:"
            " begin one of another name to have both",
            err=True,
        )
    click.echo(
        f"{folder}: put published tables into {folder}/data, and what you know into"
        f" {folder}/place.yaml; {spell('place', 'read', name)} says what was understood"
    )
    suggest_next("place", "definitions")


@place.command()
@click.argument("name")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@JSON_HERE
def read(name: str, files: tuple[str, ...], json_file: str | None) -> None:
    """Read published tables (all of data/ if none are named): what was understood, what was not,
    what is missing.
    """
    from sim.places.folder import list_data, open_place
    from sim.places.intake import NOBODY_BUILT, read_place

    check_json(json_file)
    home = open_place(name)
    reading, missing = read_place(home, list_data(home, files))
    if json_file is not None:
        write_json(_plain(reading, missing), json_file)
    else:
        click.echo("\n".join(_describe(reading, missing)))
    refused = reading.notes.of("refused")
    if refused or not reading.cells:
        # The code of invalid input, as `check` has it, though what was understood is shown.
        raise click.exceptions.Exit(2)
    ready = not any(line.endswith(NOBODY_BUILT) for line in missing)
    suggest_next("place", "build" if ready else "read", name)


def _describe(reading: Reading, missing: list[str]) -> list[str]:
    lines = ["Understood:"]
    lines += [
        f"  {file.file}: {say_count(file.cells, 'number')} of"
        f" {', '.join(file.tables).replace('_', ' ')} ({', '.join(file.readers)})"
        for file in reading.files
        if file.cells
    ]
    for kind, heading in HEADINGS.items():
        notes = [note for note in reading.notes if note.kind == kind]
        if notes:
            lines += ["", f"{heading}:", *(f"  {note}" for note in notes)]
    return [*lines, "", "Missing:", *(f"  {line}" for line in missing)] if missing else lines


def _plain(reading: Reading, missing: list[str]) -> dict[str, object]:
    return {
        "files": [
            {"file": f.file, "readers": list(f.readers), "cells": f.cells, "tables": list(f.tables)}
            for f in reading.files
        ],
        "tables": dict(Counter(cell.table for cell in reading.cells)),
        "notes": [
            note.problem._asdict() | {"kind": note.kind, "times": note.times}
            for note in reading.notes
        ],
        "missing": missing,
    }


@place.command()
@click.argument("name")
@JSON_HERE
def build(name: str, json_file: str | None) -> None:
    """Build the people of the place and their scenario.

    How well they agree, table by table.
    """
    from sim.places.building import build_place, summarise
    from sim.places.folder import FITTED, TOWN, open_place

    check_json(json_file)
    home = open_place(name)
    was_fitted = home.file(FITTED).is_file()
    built = build_place(home)
    if was_fitted:
        click.echo(
            "levels were fitted to the town of before:"
            f" {spell('place', 'fit', home.spelling)} fits again",
            err=True,
        )
    if json_file is not None:
        write_json(summarise(built), json_file)
        return
    click.echo("\n".join(_tell_built(home, built)))
    suggest_next("check", str(home.file(TOWN)))


def _tell_built(home: Home, built: Built) -> list[str]:
    from sim.places.population.files import table_agreements

    scale = f", {100 * home.place.scale:.4g}% of them" if home.place.scale < 1 else ""
    where = say_count(len(built.districts), "district")
    who = f"{built.residents:,} people of 12 and over in {where}{scale}"
    lines = [f"{home.place.title}: {who}; fitted to {built.people.choice.base.name}"]
    lines += [f"  {note}" for note in built.notes]
    lines += ["", "Tables that people were fitted to (largest relative error, exact and whole):"]
    lines += table_agreements([one for one in built.people.agreements if one.fitted])
    beside = [one for one in built.people.agreements if not one.fitted]
    if beside:
        lines += [
            "",
            "Compared, not fitted (another year, or the same people by another table):",
            *table_agreements(beside),
        ]
    if built.people.left_out:
        lines.append(
            f"Left out, the tables would be too large: groups {', '.join(built.people.left_out)}"
        )
    if built.idle:
        lines += ["", "Keys of place.yaml that never act:", *(f"  {line}" for line in built.idle)]
    return [*lines, "", "Borrowed, not local:", *(f"  {line}" for line in built.borrowed)]


@place.command()
@click.argument("name")
@SEED_OPTION
@WORKERS_OPTION
@click.option(
    "--held-out",
    type=click.Choice(["half"]),
    default=None,
    help="Fit to every other figure and predict the rest; the place's own fit stays.",
)
@JSON_HERE
def fit(
    name: str, seed: int, workers: int | None, held_out: str | None, json_file: str | None
) -> None:
    """Fit levels of the place to its local figures: supply first, then a few levers of context."""
    from sim.places.figures.adjusting import adjust_place, predict_half
    from sim.places.folder import open_place
    from sim.provenance import count_cores

    check_json(json_file)
    home = open_place(name)
    bar = _Counter()
    run = adjust_place if held_out is None else predict_half
    record = run(home, seed, workers or count_cores(), bar.advance)
    if json_file is not None:
        write_json(record, json_file)
        return
    click.echo("\n".join(_tell_fit(record)))
    suggest_next("place", "check", name)


class _Counter:
    """Reports how many towns have run, every so often."""

    def __init__(self) -> None:
        self.towns = 0

    def advance(self) -> None:
        """Count a town."""
        self.towns += 1
        if self.towns % TOWNS_BETWEEN_NOTES == 0:
            click.echo(say_count(self.towns, "town"), err=True)


def _tell_fit(record: dict[str, Any]) -> list[str]:
    lines = [f"{record['towns']} towns run, each {record['scale']:.2%} of the place", ""]
    lines += _tell_figures(record["figures"])
    if record["levers"]:
        lines += [
            "",
            "Levers of context (declared, within bounds; everything else is the nation's):",
        ]
    lines += [
        f"  {lever['id']}: {lever['value']:.4g} (evidence {lever['evidence']:.4g}) - "
        f"{lever['meaning']}"
        for lever in record["levers"]
    ]
    before, after = record["effective_before"], record["effective"]
    lines.append("")
    lines.append(
        f"Of {record['draws']} draws of the posterior about {before:.0f} agreed with the figures"
        f" as they are, {after:.0f} do after the fit."
    )
    if after < record["enough"]:
        said = "too few to weigh them: draws count alike"
        lines.append(f"That is {said}; a full calibration of the place could do better.")
    held = record["held_out"]
    if held["figures"]:
        lines.append(
            f"Of {held['figures']} figures that were held out, {held['inside']} came out within"
            f" their tolerance; {held['covered']} lie in the 95% range of the towns."
        )
    return lines + [f"Careful: {line}" for line in record["warnings"]]


def _tell_figures(figures: list[dict[str, Any]]) -> list[str]:
    lines = [
        f"{'local figure':34} {'published':>10} {'aim':>10} {'before':>10} {'after':>10}  verdict"
    ]
    for one in figures:
        numbers = [one["published"], one["aim"], one["before"], one["after"]]
        shown = " ".join(
            f"{value:>10.4g}" if value is not None else f"{'-':>10}" for value in numbers
        )
        held = "" if one["fit"] else ", not fitted"
        verdict = "no value" if one["after"] is None else "inside" if one["inside"] else "OUTSIDE"
        lines.append(f"{one['name'][:34]:34} {shown}  {verdict}{held}")
    return lines


@place.command("check")
@click.argument("name")
@JSON_HERE
def check_place(name: str, json_file: str | None) -> None:
    """Compare what is stated of the place with the model: every local figure, services at week 0,
    and keys that cannot act.
    """
    from sim.places import checking
    from sim.places.folder import open_place

    check_json(json_file)
    record = checking.check_place(open_place(name))
    if json_file is not None:
        write_json(record, json_file)
        return
    click.echo(
        "\n".join(_tell_figures(record["figures"]) if record["figures"] else ["no local figures"])
    )
    for one in record["figures"]:
        click.echo(
            f"  {one['name']}: {one['title']} ({one['mode']}; {one['source']}). {one['traps']}"
        )
    click.echo("\n".join(_tell_week_0(record["week_0"])))
    careful = (*record["warnings"], *record["notes"], *record["not_reproduced"], *record["idle"])
    for line in careful:
        click.echo(f"Careful: {line}")


def _tell_week_0(rows: list[dict[str, Any]]) -> list[str]:
    """Services at week 0 as stated, by the burn-in alone, as they begin, and a quarter later."""
    if not rows:
        return ["nothing is stated of services at week 0: they begin as the burn-in leaves them"]
    heads = ("stated", "alone", "week 0", "week 13")
    lines = [f"{'services at week 0':44} {' '.join(f'{head:>9}' for head in heads)}  verdict"]
    for row in rows:
        numbers = " ".join(f"{row[key]:>9.4g}" for key in ("stated", "alone", "begun", "later"))
        verdict = "begun" if row["met"] else "NOT REPRODUCED"
        kept = "" if row["kept"] or not row["met"] else ", not kept"
        name = f"{row['service']}, {row['what'].replace('_', ' ')}"[:44]
        lines.append(f"{name:44} {numbers}  {verdict}{kept}")
    return lines


@place.command()
def definitions() -> None:
    """List what local figures can be given, how the model counts them, and their traps."""
    from sim.places.figures.definitions import all_definitions
    from sim.places.figures.measures import MEASURES

    for name, one in all_definitions().items():
        click.echo(
            f"{name}: {one.title} ({one.unit}; mode {one.mode}, tolerance {one.tolerance:.0%})"
        )
        click.echo(f"    the model counts: {MEASURES[one.measure]}")
        click.echo(f"    {one.traps}")
