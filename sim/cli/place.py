"""Commands of a place: `place new`, `read`, `build`, `fit`, `check` and `definitions`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from sim.cli.planning import JSON_OPTION, suggest_next, write_json

if TYPE_CHECKING:
    from sim.places.building import Built
    from sim.places.folder import Home
    from sim.places.tables.reading import Reading

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
    help="What lends where no table says: us, uk, au, or a scenario.",
)
@click.option(
    "--area",
    default="",
    metavar="CODE",
    help="Code of the place in its tables; found by its name if left out.",
)
def new(name: str, profile: str, area: str) -> None:
    """Begin places/NAME: place.yaml, data/, notes.md."""
    from sim.places.declaration import PROFILES
    from sim.places.folder import begin_place
    from sim.scenario.library import find_scenario

    find_scenario(PROFILES.get(profile, profile))
    folder = begin_place(name, profile, area)
    click.echo(
        f"{folder}: put published tables into {folder}/data, and what you know into"
        f" {folder}/place.yaml"
    )
    suggest_next("kinwell", "place", "read", name)


@place.command()
@click.argument("name")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@JSON_OPTION
def read(name: str, files: tuple[str, ...], json_file: str | None) -> None:
    """Read published tables (all of data/ if none are named): what was understood, what was not,
    what is missing.
    """
    from sim.places.folder import list_data, open_place
    from sim.places.intake import read_place

    home = open_place(name)
    reading, missing = read_place(home, list_data(home, files))
    if json_file is not None:
        write_json(_plain(reading, missing), json_file)
    else:
        click.echo("\n".join(_describe(reading, missing)))
    refused = reading.notes.of("refused")
    if refused or not reading.cells:
        raise click.exceptions.Exit(2)
    suggest_next("kinwell", "place", "build", name)


def _describe(reading: Reading, missing: list[str]) -> list[str]:
    lines = ["Understood:"]
    lines += [
        f"  {file.file}: {file.cells:,} numbers of"
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
@JSON_OPTION
def build(name: str, json_file: str | None) -> None:
    """Build the people of the place and the scenario that they live in.

    How well they agree, table by table.
    """
    from sim.places.building import build_place, summarise
    from sim.places.folder import TOWN, open_place

    home = open_place(name)
    built = build_place(home)
    if json_file is not None:
        write_json(summarise(built), json_file)
        return
    click.echo("\n".join(_tell_built(home, built)))
    suggest_next("kinwell", "check", str(home.file(TOWN)))


def _tell_built(home: Home, built: Built) -> list[str]:
    from sim.places.population.files import table_agreements

    scale = f", {home.place.scale:.4g} of them" if home.place.scale < 1 else ""
    who = f"{built.residents:,} people of 12 and over in {len(built.districts)} districts{scale}"
    lines = [f"{home.place.title}: {who}; fitted to {built.people.choice.base.name}"]
    lines += [f"  {note}" for note in built.notes]
    lines += ["", "Tables that people were fitted to (largest relative error, exact and whole):"]
    lines += table_agreements([one for one in built.people.agreements if one.fitted])
    beside = [one for one in built.people.agreements if not one.fitted]
    if beside:
        lines += [
            "",
            "Held against, not fitted (another year, or the same people by another table):",
            *table_agreements(beside),
        ]
    if built.people.left_out:
        lines.append(
            f"Left out, the tables would be too large: groups {', '.join(built.people.left_out)}"
        )
    return [*lines, "", "Borrowed, not local:", *(f"  {line}" for line in built.borrowed)]
