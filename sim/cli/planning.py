"""Commands that plan: `new`, `check`, `show`, `diff`, `schema` and `explore`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.hints import REFERENCE, find_unused, spell_again, suggest_next
from sim.cli.options import JSON_HERE, SEED_OPTION, HomePath, Written, settle_json, whole
from sim.cli.running import write_json
from sim.errors import Interrupted, InvalidInput, Problem
from sim.studies.bounds import WORKERS_AT_MOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.explorer.editing.workbench import Workbench
    from sim.scenario.scenario import Scenario
    from sim.studies.documents import Found


@click.command()
@click.argument("name")
@click.option(
    "--from",
    "parent",
    default=None,
    metavar="SCENARIO",
    help="Scenario that it extends.  [default: baseline]",
)
@click.option(
    "--blank",
    type=click.Choice(["us", "uk"], case_sensitive=False),
    default=None,
    help="Write a whole county to fill in instead, with where to look for each number.",
)
def new(name: str, parent: str | None, blank: str | None) -> None:
    """Write NAME.yaml, a commented scenario that extends another, or a county to fill in."""
    from sim.scenario.writer import choose_new_file, fill_blank
    from sim.store import write_new

    if blank is not None and parent is not None:
        raise click.UsageError("--blank extends nothing: leave out --from")
    path = choose_new_file(name)
    title = path.stem.replace("-", " ").replace("_", " ").strip().capitalize() or "New scenario"
    if blank is None:
        text, said = _extend(REFERENCE if parent is None else parent, title, path)
    else:
        text = fill_blank(blank, title, path.parent.resolve())
        said = f"{path}: a county to fill in, from the top down; each block says where to look"
    write_new(path, text)
    click.echo(said)
    suggest_next("check", str(path))


def _extend(parent: str, title: str, path: Path) -> tuple[str, str]:
    """The text of a scenario that extends another, and a sentence about it."""
    from sim.scenario.library import find_shelf, read
    from sim.scenario.writer import fill_template

    loaded = read(parent)
    shipped = loaded.path.resolve().parent == find_shelf().resolve()
    # A file beside the new one is what its name means there, also that of a shipped scenario.
    beside = path.parent / loaded.path.name
    if shipped and beside.is_file():
        loaded = read(beside)
    above = (
        loaded.path.name
        if shipped
        else os.path.relpath(loaded.path, path.parent).replace(os.sep, "/")
    )
    text = fill_template(title, above, loaded.scenario.currency, path.parent.resolve())
    return text, f"{path} extends {above}: {loaded.scenario.title}"


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--strict", is_flag=True, help="Take notes for errors.")
@JSON_HERE
def check(files: tuple[str, ...], json_file: str | None, *, strict: bool) -> None:
    """Find every error in scenarios, sweeps, trials, choices and claims; exit 2 if there is any.

    Of each scenario that is fine: what every service costs a year at full size, who pays, and
    whether fees and funds suffice. Noted at its place is what is valid but can never act, such as a
    shock after the last week, what nobody pays for, and parameters outside their evidence.
    """
    from sim.services.affordability import list_bills

    names, json_file = settle_json(files, json_file, 0)
    # A file that is named twice is checked once.
    fine, problems, notes = _sort(list(dict.fromkeys(names)))
    problems, notes = ([*problems, *notes], []) if strict else (problems, notes)
    if json_file is not None:
        lists = {"problems": problems, "notes": notes}
        plain = {key: [each._asdict() for each in listed] for key, listed in lists.items()}
        write_json({"fine": list(fine), **plain, "costs": list_bills(fine)}, json_file)
    elif fine:
        click.echo("\n".join(_summarise(file, scenario) for file, scenario in fine.items()))
    if json_file is None:
        for note in notes:
            click.echo(f"note: {note}")
    if problems:
        where = len({problem.file for problem in problems})
        count = (
            f"{len(problems):,} problem{'s' * (len(problems) > 1)} in {where}"
            f" file{'s' * (where > 1)}"
        )
        found = InvalidInput(problems)
        click.echo(f"{found}\n\n{count}" if json_file is None else count, err=True)
        raise click.exceptions.Exit(found.exit_code)
    suggest_next(*_find_next(fine))


def _find_next(fine: Mapping[str, Found]) -> tuple[str, ...]:
    """The command for what was checked: scenarios are compared where they can be, one with that
    which it extends, or with the town as it is; a town of its own is assessed.
    """
    from sim.cli.hints import REFERENCE, can_compare
    from sim.scenario.library import find_parent, load
    from sim.scenario.scenario import Scenario

    towns = {name: found for name, found in fine.items() if isinstance(found, Scenario)}
    if len(towns) > 1 and can_compare(list(towns.values())):
        return ("compare", *towns)
    if len(towns) != 1:
        twins = len({scenario.name for scenario in towns.values()}) < len(towns)
        named = list(towns)[: 1 if twins else None]
        return ("run", *named) if towns else _find_study(fine)
    ((name, town),) = towns.items()
    if town.name == REFERENCE:
        return ("run", name)
    if (parent := find_parent(name)) is None:
        return ("assess", name)
    for other in (REFERENCE, parent):
        if can_compare([load(other), town]):
            return ("compare", other, name)
    return ("run", name)


def _find_study(fine: Mapping[str, Found]) -> tuple[str, ...]:
    """The command that takes the first of some documents, with the others that it takes at once."""
    from sim.studies.documents import COMMAND_OF

    command = COMMAND_OF[type(next(iter(fine.values())))]
    named = [name for name, found in fine.items() if COMMAND_OF.get(type(found)) == command]
    return (command, *named[: None if command == "trial" else 1])


def _sort(names: Sequence[str]) -> tuple[dict[str, Found], list[Problem], list[Problem]]:
    """Documents that are sound, problems of the others, and notes, each once."""
    from sim.studies.documents import Looked, name_finders, open_document

    fine: dict[str, Found] = {}
    problems: Looked = {}
    notes: Looked = {}
    for name in names:
        try:
            opened = open_document(name)
        except InvalidInput as error:
            found, into = error.problems, problems
        else:
            found, into = tuple(opened.notes), notes
            fine[name] = opened.found
        for problem in found:
            into.setdefault(problem, []).append(name)
    return fine, name_finders(problems), name_finders(notes)


def _summarise(file: str, found: Found) -> str:
    from sim.scenario.scenario import Scenario
    from sim.studies.documents import describe

    if isinstance(found, Scenario):
        return _summarise_scenario(file, found)
    return f"{file}: fine. {describe(found)}"


def _summarise_scenario(file: str, scenario: Scenario) -> str:
    from sim.scenario.card import count_on
    from sim.scenario.schema.own_kinds import describe_kinds
    from sim.services.affordability import tell_bills
    from sim.units import say_weeks

    parts = [
        count_on("service", scenario.services.values()),
        count_on("fund", scenario.funds.values()),
        count_on("shock", scenario.shocks.values()),
    ]
    counted = ", ".join(filter(None, parts))
    town = f"{scenario.population.residents:,} residents, {say_weeks(scenario.horizon)}"
    fine = f"{file}: fine. {scenario.title}: {town}, {counted or 'no services'}."
    return "\n".join([fine, *describe_kinds(scenario.kinds), *tell_bills(scenario)])


@click.command()
@click.argument("files", nargs=-1, metavar="FILE")
@click.option(
    "--origins",
    is_flag=True,
    help="Say where each value came from: file and line, or that it is a default.",
)
@JSON_HERE
def show(files: tuple[str, ...], origins: bool, json_file: str | None) -> None:
    """Show a scenario as it will run: whole, and runnable as it is."""
    from sim.scenario.library import read
    from sim.scenario.writer import trace_origins, write_yaml

    (file,), json_file = settle_json(files, json_file, 1)
    loaded = read(file)
    resolved = loaded.scenario.resolved()
    traced = trace_origins(resolved, loaded.document) if origins else {}
    if json_file is not None:
        write_json(
            (
                resolved | {"origins": {".".join(path): origin for path, origin in traced.items()}}
                if origins
                else resolved
            ),
            json_file,
        )
    else:
        click.echo(write_yaml(resolved, traced), nl=False)
    suggest_next("run", file)


@click.command()
@click.argument("files", nargs=-1, metavar="A B")
@JSON_HERE
def diff(files: tuple[str, ...], json_file: str | None) -> None:
    """Say in words what differs between two scenarios."""
    from sim.scenario.diff import find_differences, word_differences

    pair, json_file = settle_json(files, json_file, 2)
    from sim.scenario.library import load

    a, b = (load(file) for file in pair)
    if json_file is not None:
        found = [
            {"path": ".".join(each.path), "a": each.before, "b": each.after}
            for each in find_differences(a, b)
        ]
        write_json({"a": a.name, "b": b.name, "same": not found, "differences": found}, json_file)
    else:
        words = word_differences(a, b)
        click.echo(
            "\n".join(words)
            if words
            else f"{a.name} and {b.name} are the same but for their names."
        )
    suggest_next(*_find_next(dict(zip(pair, (a, b), strict=True))))


@click.command()
@click.option("--keys", is_flag=True, help="Print the reference of all keys instead, as Markdown.")
@click.option("--kinds", is_flag=True, help="List the kinds of service and what they are.")
def schema(keys: bool, kinds: bool) -> None:
    """Print the JSON Schema of a scenario; editors complete and check with it."""
    if kinds:
        from sim.scenario.reference.kind_list import write_kinds

        click.echo(write_kinds(), nl=False)
    elif keys:
        from sim.scenario.reference.key_reference import write_keys

        click.echo(write_keys(), nl=False)
    else:
        from sim.scenario.reference.json_schema import write_schema

        click.echo(write_schema(), nl=False)
    suggest_next("new", find_unused("my-scenario"))


@click.command("explore")
@click.argument("targets", nargs=-1, metavar="[SCENARIO... | DIR]", type=HomePath())
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=Written(path_type=Path, file_okay=False),
    default=None,
    help="Folder for results.  [default: results/explore]",
)
@click.option(
    "-j",
    "--workers",
    type=whole(most=WORKERS_AT_MOST),
    default=2,
    show_default=True,
    help="Worker processes.",
)
@click.option(
    "-n",
    "--replicates",
    type=click.IntRange(2, 200),
    default=30,
    show_default=True,
    help="Replicates to begin with.",
)
@SEED_OPTION
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

    bench = _make_workbench(targets, output)
    bench.replicates, bench.seed = replicates, seed
    again = spell_again(*targets)

    def say(address: str) -> None:
        """Print where the page is, and where files go."""
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


def _make_workbench(targets: tuple[str, ...], output: Path | None) -> Workbench:
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
        # A path means a file, also where a shipped scenario has its name.
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
