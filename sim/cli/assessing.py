"""Commands that help to decide: `assess` before anything starts, `choose` between mixes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.hints import find_beside, find_reading, find_unused, suggest_next
from sim.cli.options import (
    JSON_HERE,
    OUTPUT,
    SCALE,
    SCALE_OPTION,
    SEED_OPTION,
    WORKERS_OPTION,
    check_json,
    read_scale,
)
from sim.cli.running import (
    mark_changed,
    refuse_failed,
    say_notes,
    say_problems,
    say_rounded,
    spell_command,
    write_json,
)
from sim.units import say_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.choice.declaration import Posed
    from sim.studies.choice.mixes import Mix
    from sim.studies.needs_assessment import Assessment


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--replicates",
    "-n",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help="Towns to average over.",
)
@SEED_OPTION
@JSON_HERE
def assess(file: str, replicates: int, seed: int, json_file: str | None) -> None:
    """Show who is in need and without care before any programme starts, what is there, and what
    would close the gaps.
    """
    from sim.scenario.files.kept_services import note_kept_services
    from sim.scenario.library import read
    from sim.studies.needs_assessment import assess_needs

    check_json(json_file)
    scenario, document, _ = read(file)
    say_problems(note_kept_services(document, scenario.population.residents))
    say_notes([scenario])
    found = assess_needs(scenario, range(seed, seed + replicates))
    if json_file is not None:
        write_json(
            {
                "scenario": scenario.name,
                "towns": replicates,
                "currency": scenario.currency,
                "gaps": [gap._asdict() | {"unmet": gap.unmet} for gap in found.gaps],
                "resources": [there._asdict() for there in found.resources],
                "needed": list(found.needed),
            },
            json_file,
        )
    if json_file != "-":
        click.echo("\n".join(_write(scenario, found, replicates)))
    suggest_next("new", find_unused(f"{scenario.name}-plan"), "--from", file)


def _write(scenario: Scenario, found: Assessment, towns: int) -> list[str]:
    """The assessment as text."""
    return [
        (
            f"{scenario.title}: needs at week 0, before any programme starts (mean of"
            f" {say_count(towns, 'simulated town')})"
        ),
        "",
        *_write_gaps(found),
        "",
        f"{'what is there':34}{'places':>8}{'enrolled':>9}{'waiting':>9}{'posts':>9}{'filled':>8}",
        *(
            f"{there.service:34}{there.places:8,.0f}{there.enrolled:9,.0f}{there.waiting:9,.0f}"
            f"{there.posts:9.1f}{there.filled:8.1f}"
            for there in found.resources
        ),
        "",
        "what would close the gaps, at the present mix and caseloads",
        *_write_needed(scenario, found),
        "",
        (
            "Not everybody in need wants or seeks care: places alone do not close a gap that"
            " stigma, fees or distance make."
        ),
    ]


def _write_gaps(found: Assessment) -> list[str]:
    """A line for each group of residents: how many are in need, how many without care."""
    lines = [
        (
            f"{'group':34}{'people':>8}{'in need':>9}{'in care':>9}"
            f"{'without':>9}{'share':>8}{'lonely':>8}"
        )
    ]
    for gap in found.gaps:
        name = gap.group if gap.dimension == "town" else f"{gap.dimension}: {gap.group}"
        share = f"{gap.unmet / gap.in_need:.0%}" if gap.in_need else "-"
        lines.append(
            f"{name:34}{gap.people:8,.0f}{gap.in_need:9,.0f}{gap.in_care:9,.0f}{gap.unmet:9,.0f}"
            f"{share:>8}{gap.lonely:8,.0f}"
        )
    return lines


def _write_needed(scenario: Scenario, found: Assessment) -> list[str]:
    """A line for each neighbourhood: places, posts and pay that would close its gap."""
    lines = []
    for part in found.needed:
        services = part["services"]
        wanted = services.items() if isinstance(services, dict) else ()
        posts = ", ".join(
            f"{row['places']:.0f} {'place' if row['places'] == 1 else 'places'} in {name}"
            f" ({row['posts']:.1f} posts)"
            for name, row in wanted
            if row["places"] > 0
        )
        lines.append(
            f"  {part['neighbourhood']}: {posts or 'nothing'}; {scenario.currency}"
            f" {_round(part['cost_per_year']):,.0f} a year in pay and overhead"
        )
    return lines


def _round(amount: object) -> float:
    """An amount by its first two digits: places of three towns carry no more."""
    return float(f"{amount:.2g}")


@click.command("choose")
@click.argument("file", metavar="FILE")
@SCALE_OPTION
@OUTPUT
@WORKERS_OPTION
@JSON_HERE
def choose(file: str, output: Path | None, workers: int | None, json_file: str | None) -> None:
    """Find the best mix of programmes under a budget, by paired replicates.

    FILE is a document of `kind: choice`: programmes with sizes, a yearly budget, staff that can
    be hired, constraints. The best mix is written as a scenario. With --scale, budget, staff and
    what would not matter go with the town.
    """
    from analysis.economics.choice import choose_mix, write_data, write_table
    from sim.cli.running import compile_once
    from sim.provenance import write_resolved
    from sim.store import write_whole
    from sim.studies.documents import list_allowed, note_choice
    from sim.studies.running.plan import Execution
    from sim.studies.running.runner import run_scenarios

    posed, sets = _pose(file, json_file)
    allowed = list_allowed(file, posed)
    say_problems(note_choice(file, posed, allowed))
    folder = _keep_files(output or mark_changed(Path("results") / posed.name, sets), allowed.mixes)
    compile_once()
    how = Execution(command=spell_command())

    def run_mixes(scenarios: Sequence[Scenario], replicates: int) -> object:
        """Run scenarios with the first so many seeds."""
        given = posed.document.seed, workers, folder
        made = run_scenarios(scenarios, replicates, *given, execution=how)
        refuse_failed({made.directory: made.failed})
        return made

    found = choose_mix(posed, allowed.mixes, run_mixes, lambda said: click.echo(said, err=True))
    best = folder / f"{found.best.name}.yaml"
    write_whole(best, write_resolved(found.best.scenario.resolved()))
    write_json(write_data(found) if json_file else None, json_file)
    if json_file != "-":
        click.echo(write_table(found))
    # The scenario that it names has another size than what was built on it here.
    if sets or found.best.scenario == posed.base:
        suggest_next(*find_reading(folder))
    else:
        suggest_next("compare", find_beside(file, posed.document.scenario), best)


def _keep_files(folder: Path, mixes: Sequence[Mix]) -> Path:
    """The folder of results, unless the best mix, written under its name, would overwrite a file of
    the user's there: `InvalidInput`.
    """
    from sim.store.connection import ANOTHER_FOLDER
    from sim.store.files import check_is_ours

    for mix in mixes:
        file, name = folder / f"{mix.name}.yaml", mix.name
        check_is_ours(file, f"name: {name}\ntitle: ", hint=ANOTHER_FOLDER)
    return folder


def _pose(file: str, json_file: str | None) -> tuple[Posed, tuple[str, ...]]:
    """The choice of a file at the scale that was asked for, and what is changed by it; a place
    where its answer cannot be written is refused first.
    """
    from sim.scenario.scaling import list_rounded, parse_scale
    from sim.studies.choice.declaration import load_choice
    from sim.studies.choice.scaling import scale_choice

    check_json(json_file)
    posed, scaled = load_choice(file), read_scale()
    if scaled is None:
        return posed, ()
    factor = parse_scale(scaled)
    towns = (posed.base, *posed.sources.values())
    say_rounded(dict.fromkeys(said for town in towns for said in list_rounded(town, factor)))
    return scale_choice(posed, factor), (f"{SCALE}={scaled}",)
