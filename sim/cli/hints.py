"""The sensible next command after each command: one that can be pasted, and that works."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = "baseline"


def spell(*words: object) -> str:
    """Spell a command so that a shell reads the words back."""
    return shlex.join(["kinwell", *(str(word) for word in words)])


def suggest_next(*words: object, to_results: bool = False) -> None:
    """Name the next command, beside the results or among them."""
    click.echo(f"Next: {spell(*words)}", err=not to_results)


def find_reading(directory: Path | str) -> tuple[str, ...]:
    """Words of the command that reads a folder of results: a report where one can be made."""
    from analysis.reports.context import choose_reference
    from analysis.runs.database import open_runs
    from analysis.runs.pairing import pair
    from analysis.sensitivity.sweeps import read_sweeps
    from sim.errors import KinwellError

    try:
        stored = open_runs(directory)
        if read_sweeps(stored):
            return ("report", str(directory))
        pairs = pair(directory, choose_reference(stored.names))
    except KinwellError:
        return ("export", str(directory), "--csv")
    return ("report", str(directory)) if pairs.others else ("export", str(directory), "--csv")
