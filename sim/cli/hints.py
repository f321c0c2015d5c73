"""The sensible next command after each command: one that can be pasted, and that works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from sim.errors import spell
from sim.scenario.files.user_path import read_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario

REFERENCE = "baseline"
MOST_NAMES = 100


def spell_again(*targets: str) -> str:
    """Spell the command that runs now, with the options that it was given."""
    context, words = click.get_current_context(), list[object]()
    for option in context.command.params:
        value = context.params.get(option.name or "")
        given = context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
        if given and isinstance(option, click.Option):
            words += [option.opts[0]] if option.is_flag else [option.opts[0], value]
    return spell(context.info_name, *targets, *words)


def can_compare(scenarios: Sequence[Scenario]) -> bool:
    """Whether a comparison of scenarios would not be refused."""
    from sim.errors import Refused
    from sim.scenario.diagnostics.comparability import check_comparable

    names = [scenario.name for scenario in scenarios]
    if len(set(names)) < len(names):
        return False
    try:
        check_comparable(scenarios, REFERENCE if REFERENCE in names else names[0])
    except Refused:
        return False
    return len(names) > 1


def find_reading(directory: Path | str) -> tuple[str, ...]:
    """Words of the command that reads a folder of results: a report where one can be made."""
    from analysis.runs.database import open_selection
    from analysis.runs.joining import choose_reference
    from analysis.runs.pairing import pair
    from analysis.sensitivity.sweeps import read_sweeps
    from sim.errors import KinwellError

    tables = ("export", str(directory), "--csv")
    try:
        stored = open_selection(directory)
        if read_sweeps(stored):
            return ("report", str(directory))
        pairs = pair(directory, choose_reference(stored.names))
    # A hint must not fail a command that has done its work, and tables can be had of anything.
    except KinwellError:
        return tables
    return ("report", str(directory)) if pairs.others else tables


def say_reading(directory: Path | str, *, to_results: bool = False) -> None:
    """Name the command that reads a folder of results."""
    click.echo(f"Next: {spell(*find_reading(directory))}", err=not to_results)


def suggest_next(*words: object, to_results: bool = False) -> None:
    """Name the next command, beside the results or among them."""
    click.echo(f"Next: {spell(*words)}", err=not to_results)


def find_unused(name: str) -> str:
    """A name for a new file that no file here has."""
    names = (name, *(f"{name}-{number}" for number in range(2, MOST_NAMES)))
    return next((free for free in names if not Path(f"{free}.yaml").exists()), name)


def find_beside(file: str, named: str) -> str:
    """How to name from here a scenario that a file names: a path beside it, or a shipped one."""
    beside = read_path(file).parent / read_path(named)
    return str(beside) if beside.is_file() else named
