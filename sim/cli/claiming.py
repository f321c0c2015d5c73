"""The command `claims`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from sim.cli.hints import find_reading
from sim.cli.options import (
    JSON_FILE,
    SEED_OPTION,
    UNCERTAINTIES,
    WORKERS_OPTION,
    HomePath,
    Written,
    draws_option,
    take_together,
    uncertainty_option,
    whole,
)
from sim.cli.running import (
    read_sets,
    refuse_failed,
    say_problems,
    say_rounded,
    spell_command,
    write_json,
)
from sim.errors import spell

if TYPE_CHECKING:
    from analysis.reports.validity.claims_scorecard import Scored
    from sim.scenario.designs.claims import Tried
    from sim.studies.claims import Asked
    from sim.studies.sweeps.parameter_draws import Covered


class Drawn(NamedTuple):
    """What differs between the runs of a scorecard: draws, replicates of each, the first seed, and
    what is drawn.
    """

    draws: int
    replicates: int
    seed: int
    uncertainty: Covered


@click.command("claims")
@click.argument("file", required=False, type=HomePath(path_type=Path), metavar="[FILE]")
@take_together(
    "drawn",
    Drawn,
    draws_option("Parameter draws.", "-n", least=2, default=12, show_default=True),
    click.option(
        "--replicates", type=whole(), default=1, show_default=True, help="Replicates of each draw."
    ),
    SEED_OPTION,
    uncertainty_option(
        "What is drawn: ranges of the evidence, or the fitted numbers too.",
        UNCERTAINTIES[1:],
        default="posterior",
        show_default=True,
    ),
)
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a value in every scenario, such as population.residents=2000.",
)
@WORKERS_OPTION
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=Written(path_type=Path, file_okay=False),
    default=Path("results/claims"),
    show_default=True,
    help="Folder for results.",
)
@JSON_FILE
def claims(
    file: Path | None,
    drawn: Drawn,
    sets: tuple[str, ...],
    workers: int | None,
    output: Path,
    json_file: str | None,
) -> None:
    """Test claims that are often made with the model, under typical and under the most
    favourable conditions.

    FILE is a document of `kind: claims`; without it, the five common claims. Every run is stored:
    the same command continues where it was interrupted. The scorecard is also written beside the
    runs, where reports find it.
    """
    from analysis.reports.validity.claims_scorecard import write_page, write_table
    from sim.store.connection import ANOTHER_FOLDER
    from sim.store.files import check_is_ours, write_whole
    from sim.studies.claims import Asked
    from sim.studies.documents import open_claims

    check_is_ours(output / "claims.md", "| claim |", hint=ANOTHER_FOLDER)
    tried, notes = open_claims(file, changed=bool(sets))
    say_problems(notes)
    asked = Asked(*drawn, workers, _read_changes(tried, sets))
    scored = _score(tried, asked, output)
    found = [one.to_json() for one in scored]
    write_json(found, str(output / "claims.json"))
    differ = f"which differ by chance and parameters ({drawn.uncertainty})"
    covers = f"{drawn.draws} parameter draws, {differ}"
    write_whole(output / "claims.md", write_page(scored, covers))
    write_json(found, json_file)
    if json_file != "-":
        click.echo(write_table(scored))
        click.echo(
            f"Next: {spell(*find_reading(output))}, or copy {output / 'claims.json'} beside the"
            " runs that a report is about"
        )


def _read_changes(tried: Tried, sets: tuple[str, ...]) -> dict[str, object]:
    """What `--set` changes in every scenario, with a word on a town that has more people alone."""
    changes = read_sets(sets)
    if changes:
        from sim.scenario.files.kept_services import find_kept

        town = tried.load(tried.document.reference)
        kept = find_kept(town.population.residents, None, town, town.with_(changes))
        # Claims have no `--scale`: what is claimed is of towns as they are.
        say_rounded([kept.say()] if kept else [])
    return changes


def _score(tried: Tried, asked: Asked, output: Path) -> list[Scored]:
    """Run and score one claim after the other."""
    from analysis.reports.validity.claims_scorecard import score
    from sim.studies.claims import check_claims, run_claim

    check_claims(tried, asked)
    scored = []
    for name, claim in tried.document.claims.items():
        runs = {}
        for condition in claim.conditions:
            click.echo(f"{name} {condition}: {claim.claim}", err=True)
            runs[condition] = run_claim(tried, claim, condition, asked, output, spell_command())
            refuse_failed({output: runs[condition].runs.failed})
        scored.append(score(name, claim, runs))
    return scored
