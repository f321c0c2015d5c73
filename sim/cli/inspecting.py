"""Commands that look into things: `evidence`, `verify`, `bench` and `doctor`."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.hints import REFERENCE, say_reading, suggest_next
from sim.cli.options import HomePath, Written, whole
from sim.cli.terminal.speed import SIZES, head_columns, parse_sizes, say_entry, say_start
from sim.errors import InvalidInput, KinwellError
from sim.provenance import find_compiled
from sim.scenario.files.user_path import read_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.evidence.record import Evidence
    from sim.scenario.scenario import Scenario

JSON_OPTION = click.option(
    "--json",
    "json_file",
    type=Written(dir_okay=False, allow_dash=True, holds="JSON"),
    default=None,
    help="Write JSON to a file; - is the terminal.",
)
GRADES = ("verified", "memory", "derived", "assumption")
LONGEST_FILE_NAME = 255
"""Bytes that a name may have on usual disks."""
SQLITE_AT_LEAST = (3, 35, 0)
MEMORY_AT_LEAST = 2_000_000_000
DISK_AT_LEAST = 1_000_000_000


@click.command("doctor")
@JSON_OPTION
def doctor(json_file: str | None) -> None:
    """Say what this machine has and check it for problems."""
    from sim.cli.running import write_json
    from sim.provenance import collect_versions, describe_commit, describe_machine

    machine = describe_machine()
    disk = shutil.disk_usage(Path.cwd())
    versions = collect_versions()
    warnings = list_warnings(machine, disk.free)
    write_json(
        {
            "versions": versions,
            "machine": machine,
            "disk_free_bytes": disk.free,
            "code": describe_commit()._asdict(),
            "package": str(Path(__file__).parents[1]),
            "compiled": _say_compiled(),
            "warnings": warnings,
        },
        json_file,
    )
    if json_file == "-":
        return
    memory = machine["memory_bytes"]
    said = f"{memory / 1e9:.0f} GB of memory" if isinstance(memory, int) else "memory unknown"
    click.echo("versions   " + ", ".join(f"{name} {version}" for name, version in versions.items()))
    said = f"{machine['cores']} cores, {said}, {disk.free / 1e9:.0f} GB of free disk here"
    click.echo(f"machine    {machine['system']} {machine['machine']}, {said}")
    click.echo(f"package    {Path(__file__).parents[1]}")
    click.echo(f"compiled   {_say_compiled()}")
    for warning in warnings:
        click.echo(f"warning    {warning}")
    click.echo(
        "Next: see to the warnings, then kinwell run baseline"
        if warnings
        else "All is well. Next: kinwell run baseline"
    )


def list_warnings(machine: dict[str, object], disk_free: int) -> list[str]:
    """List what would keep Kinwell from running well here."""
    import sqlite3

    warnings = [_warn_of_clash(name) for name in ("sim", "analysis")]
    if sqlite3.sqlite_version_info < SQLITE_AT_LEAST:
        warnings.append(
            f"SQLite {sqlite3.sqlite_version} is too old for the view `comparison`: 3.35 or newer"
            " is needed"
        )
    memory = machine["memory_bytes"]
    if isinstance(memory, int) and memory < MEMORY_AT_LEAST:
        warnings.append(
            "less than 2 GB of memory: keep towns below 100,000 residents and use few workers (-j)"
        )
    if disk_free < DISK_AT_LEAST:
        warnings.append("less than 1 GB of disk is free here: use --keep summary for large studies")
    cache, _ = find_compiled()
    if not _can_keep(cache):
        warnings.append(
            f"compiled code cannot be kept in {cache}: every start compiles anew; set"
            " NUMBA_CACHE_DIR to a folder of yours"
        )
    return [warning for warning in warnings if warning]


def _warn_of_clash(name: str) -> str:
    """Say when `import sim` (or analysis) would find something else than this program's package."""
    ours = Path(__file__).parents[2] / name
    found = importlib.util.find_spec(name)
    places = (
        [Path(place) for place in found.submodule_search_locations or [] if place] if found else []
    )
    if found and ours not in places:
        return (
            f"`import {name}` finds {found.origin or places[0]}, not {ours}: rename that file or"
            " start from another folder"
        )
    others = [
        place
        # An empty entry of sys.path stands for the current folder.
        for place in dict.fromkeys(Path(folder or ".").resolve() / name for folder in sys.path)
        if place != ours.resolve()
    ]
    clashes = [
        place
        for place in others
        if (place / "__init__.py").is_file() or place.with_suffix(".py").is_file()
    ]
    return (
        f"another package named {name} is at {clashes[0]}: programs that start there will find it"
        " first"
        if clashes
        else ""
    )


def _can_keep(folder: Path) -> bool:
    """Whether compiled code can be kept.

    Without a folder of its own Numba falls back to one below the user's home.
    """
    # Not `Path.exists`, which fails for a name that nothing can have.
    there = folder if os.path.lexists(folder) else folder.parent
    if not there.is_dir() or len(os.fsencode(folder.name)) > LONGEST_FILE_NAME:
        return False
    return os.access(there, os.W_OK) or (
        "NUMBA_CACHE_DIR" not in os.environ and os.access(read_path("~"), os.W_OK)
    )


def _say_compiled() -> str:
    folder, count = find_compiled()
    return (
        f"{count} compiled loops kept in {folder}"
        if count
        else "nothing yet: the first run compiles the model once, and says how long that takes here"
    )


def _find_records(identity: str) -> list[Evidence]:
    """The parameter of this id, or all whose ids begin so; InvalidInput where there are none."""
    from sim.evidence.loader import all_evidence
    from sim.scenario.diagnostics.suggestions import suggest

    known = all_evidence()
    if identity in known:
        return [known[identity]]
    named = [record for record in known.values() if record.id.startswith(identity)]
    if not named:
        raise InvalidInput(
            f"there is no parameter '{identity}'{suggest(identity, list(known))}; `kinwell"
            " evidence` lists them all"
        )
    return named


def _suggest_trial(record: Evidence) -> None:
    """Name a run with the far end of a number's range, where a scenario may state it."""
    from sim.scenario.library import load

    for end in (record.high, record.low):
        try:
            load(REFERENCE).with_({f"parameters.{record.id}": end})
        except InvalidInput:
            continue
        changed = f"parameters.{record.id}={end!r}"
        suggest_next("run", REFERENCE, "--set", changed, "--dry-run", to_results=True)
        return


@click.command("evidence")
@click.argument("identity", metavar="[ID]", required=False, default=None)
@click.option("--grade", type=click.Choice(GRADES), default=None, help="Only those of this grade.")
@JSON_OPTION
def evidence(identity: str | None, grade: str | None, json_file: str | None) -> None:
    """Show every parameter of the model: value, range, unit, grade, source, distribution and who
    reads it.

    ID is a parameter such as symptoms.noise, or the beginning of several.
    """
    from sim.cli.running import write_json
    from sim.studies.parameter_usage import trace

    named = _find_records(identity or "")
    chosen = [record for record in named if grade in (None, record.grade)]
    if json_file is not None:
        write_json([trace(record) for record in chosen], json_file)
    if json_file == "-":
        return
    for record in chosen:
        click.echo(
            f"{record.id} = {record.value:g} {record.unit}  ({record.low:g} to {record.high:g};"
            f" {record.grade})"
        )
        if identity is not None:
            click.echo("\n".join(f"    {line}" for line in describe_record(record)))
    if not chosen:
        click.echo(
            f"none of {len(named)} is graded {grade}:"
            f" {', '.join(sorted({record.grade for record in named}))}"
        )
    elif identity is None:
        suggest_next("evidence", chosen[0].id, to_results=True)
    else:
        _suggest_trial(chosen[0])


def describe_record(record: Evidence) -> list[str]:
    """Describe what is known of a number beside its value: a line for each thing."""
    from sim.evidence.distributions import describe_distribution
    from sim.evidence.prices import all_indices
    from sim.scenario.library import list_shipped
    from sim.studies.parameter_usage import find_readers

    readers, everywhere = find_readers(record.id), list_shipped()
    lines = [
        f"{record.meaning}.",
        f"Source: {record.source}",
        f"Distribution: {describe_distribution(record)}",
    ]
    if record.price_year:
        index = all_indices()[record.price_index]
        amounts = ", ".join(
            f"{year}: {record.value * index.factor(record.price_year, year):,.4g}"
            for year in index.values
        )
        lines += [
            f"Prices of {record.price_year}; in those of other years: {amounts}",
            f"Index: {index.name}, {index.meaning} ({index.source})",
        ]
        lines += [f"Amount of a scenario: {record.key}"]
    lines += [f"Read by: {', '.join(readers.code) or 'nothing'}"]
    lines += [f"Services: {', '.join(readers.services)}"] if readers.services else []
    lines += [f"Scenarios: {_list_briefly(readers.scenarios, everywhere)}"]
    return lines + ([f"Set in: {', '.join(readers.set_by)}"] if readers.set_by else [])


def _list_briefly(chosen: Sequence[str], everything: Sequence[str]) -> str:
    """List names; `all`, or all but a few, where that is shorter."""
    left = [name for name in everything if name not in chosen]
    if not left or 2 * len(left) < len(chosen):
        return " but ".join(["all", ", ".join(left)] if left else ["all"])
    return ", ".join(chosen) or "none"


@click.command("verify")
@click.argument("place", metavar="DIR", type=HomePath())
@click.argument("run", required=False, default=None)
@click.option(
    "--at-most", type=whole(), default=3, show_default=True, help="Runs of each scenario to check."
)
@JSON_OPTION
def verify(place: str, run: str | None, at_most: int, json_file: str | None) -> None:
    """Run stored runs again: are the numbers identical, consistent or different, and why?

    RUN is the key of a run in runs.db, or its beginning.
    """
    from sim.cli.running import write_json
    from sim.studies.running.verification import verify_runs

    checks = []
    for check in verify_runs(place, run, at_most):
        # Told as they come: each run takes as long as it did the first time.
        checks.append(check)
        if json_file != "-":
            moved = f", most in {check.largest}" if check.largest else ""
            click.echo(
                f"{check.verdict:<10}  {check.scenario}, seed {check.seed} ({check.run[:8]}){moved}"
            )
    write_json([check.to_json() for check in checks], json_file)
    counts = Counter(check.verdict for check in checks)
    if json_file != "-":
        for reason in dict.fromkeys(reason for check in checks for reason in check.reasons):
            click.echo(f"note: {reason}")
        click.echo(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
        say_reading(place, to_results=True)
    if counts["different"] or counts["failed"]:
        raise KinwellError("the stored numbers did not come back")


@click.command("bench")
@click.option(
    "--sizes", default=SIZES, show_default=True, help="Residents, several separated by commas."
)
@click.option(
    "--weeks", type=click.IntRange(1, 5_200), default=52, show_default=True, help="Weeks to time."
)
@JSON_OPTION
def bench(sizes: str, weeks: int, json_file: str | None) -> None:
    """Measure speed and memory on this machine, against plain Mesa in the same run."""
    from sim.cli.running import load_scenarios, write_json
    from sim.provenance import count_cores
    from sim.studies.benchmark import measure_speed

    wanted = parse_sizes(sizes)
    base, full = load_scenarios(["baseline", "whole-town"])
    threads = sorted({1, count_cores()})
    entries = []
    quiet = json_file == "-"
    if not quiet:
        click.echo(head_columns())

    def size(scenario: Scenario) -> Callable[[int], Scenario]:
        """A scenario as towns of any size."""
        # A short burn-in is enough: it is over before the clock starts.
        return lambda n: scenario.with_({"population.residents": n, "warm_up": "8 weeks"})

    for residents in wanted:
        # A size that no town can have is refused before minutes are spent on the others.
        size(base)(residents)
    for entry in measure_speed(
        size(base), wanted, threads, weeks, all_services=size(full), workers=count_cores()
    ):
        entries.append(entry)
        if not quiet:
            click.echo(say_entry(entry))
    write_json(entries, json_file)
    if not quiet and entries:
        click.echo(say_start(entries[0]))
        suggest_next("run", REFERENCE, "--dry-run", to_results=True)
