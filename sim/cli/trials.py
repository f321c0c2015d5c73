"""Commands about published studies: `trial` repeats them, `ledger` keeps what was predicted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from sim.cli.hints import suggest_next
from sim.cli.options import (
    JSON_FILE,
    SEED_OPTION,
    WORKERS_OPTION,
    HomePath,
    Written,
    take_together,
    uncertainty_option,
    whole,
)
from sim.cli.running import say_problems, write_json
from sim.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.errors import Problem
    from sim.scenario.designs.study import Study
    from sim.studies.sweeps.parameter_draws import Covered
    from sim.studies.trials.judgement.result import Outcome


class Towns(NamedTuple):
    """The towns that a study is repeated in: the first seed, how many at least and at most, what
    differs between them, and by how many processes.
    """

    seed: int
    sites: int | None
    most_sites: int | None
    uncertainty: Covered
    workers: int | None

    @property
    def processes(self) -> int:
        """Worker processes, every core where none are stated."""
        from sim.provenance import count_cores

        return self.workers or count_cores()


@click.command("trial")
@click.argument("files", nargs=-1, metavar="[FILE...]")
@take_together(
    "towns",
    Towns,
    SEED_OPTION,
    click.option(
        "--sites",
        type=whole(),
        default=None,
        help="Towns at least.  [default: 12; of a natural experiment 24]",
    ),
    click.option("--most-sites", type=whole(), default=None, help="Towns at most.  [default: 60]"),
    uncertainty_option(
        "What the interval covers beside chance: what the services do, or the town too.",
        default="evidence",
        show_default=True,
    ),
    WORKERS_OPTION,
)
@click.option(
    "--derive",
    is_flag=True,
    help="Find the value of the number that a pooled trial names, at which it gives the pooled"
    " estimate.",
)
@click.option(
    "--ledger",
    type=Written(dir_okay=False, path_type=Path),
    default=None,
    help="Add what the model says, and what was published, to a ledger of predictions.",
)
@JSON_FILE
def trial(
    files: tuple[str, ...],
    towns: Towns,
    ledger: Path | None,
    json_file: str | None,
    *,
    derive: bool,
) -> None:
    """Repeat published trials and natural experiments in running towns; all trials if none is
    named.

    FILE is a file, a shipped study (ps-01, pooled/ps-07, natural/fu-03) or a folder of these with a
    slash: reference/, pooled/, natural/, predicted/.
    """
    from sim.scenario.designs.trial import list_trials
    from sim.studies.trials.predictions.ledger import read_ledger
    from sim.studies.trials.trial import write_table

    if derive:
        _derive(_load_studies(files or list_trials("pooled/")), towns, json_file)
        return
    studies = _load_studies(files or list_trials())
    if ledger is not None:
        read_ledger(ledger)  # one that was changed is reported before hours of work
    found = [_run(one, towns) for one in studies]
    if ledger is not None:
        _enter(ledger, found)
    write_json([outcome.to_json() for outcome in found], json_file)
    if json_file != "-":
        click.echo(write_table(found))
        click.echo("Next: a trial of your own; docs/trials.md says how")


def _run(one: Study, towns: Towns) -> Outcome:
    from sim.scenario.designs.trial import Trial
    from sim.studies.running.progress import choose_progress
    from sim.studies.trials.natural.natural_experiment import NATURAL_SITES, run_natural_experiment
    from sim.studies.trials.trial import DEFAULT_SITES, MOST_SITES, run_trial

    is_trial = isinstance(one, Trial)
    wanted = towns.sites or (DEFAULT_SITES if is_trial else NATURAL_SITES)
    # Trials run more towns where few people are eligible; experiments run what is wanted.
    limit = max(towns.most_sites or MOST_SITES, wanted) if is_trial else wanted
    click.echo(f"{one.id} {one.title}", err=True)
    progress = choose_progress() if sys.stderr.isatty() else None
    if progress:
        progress.start(limit, 0)
    advance = progress.advance if progress else lambda: None
    if isinstance(one, Trial):
        outcome = run_trial(
            one,
            seed=towns.seed,
            sites=wanted,
            most_sites=limit,
            workers=towns.processes,
            uncertainty=towns.uncertainty,
            advance=advance,
        )
    else:
        outcome = run_natural_experiment(
            one,
            seed=towns.seed,
            sites=wanted,
            workers=towns.processes,
            uncertainty=towns.uncertainty,
            advance=advance,
        )
    if progress:
        progress.finish()
    click.echo(f"{one.id} {outcome.verdict}", err=True)
    return outcome


def _enter(path: Path, found: Sequence[Outcome]) -> None:
    """Add predictions and results to a ledger, with the version and the commit that made them."""
    from sim.community import MODEL_VERSION
    from sim.provenance import describe_commit, tell_time
    from sim.studies.trials.predictions.ledger import (
        append_to_ledger,
        enter,
        read_ledger,
        say_other_result,
    )

    entries = read_ledger(path)
    commit, dirty, _ = describe_commit()
    made_by = (commit or "unknown") + (" with changes" if dirty else "")
    for outcome in found:
        if said := say_other_result(entries, outcome.trial):
            click.echo(f"note: {said}", err=True)
        entries = enter(
            entries, outcome, date=tell_time(), model=str(MODEL_VERSION), commit=made_by
        )
    append_to_ledger(path, entries)
    click.echo(f"Entered in {path}", err=True)
    suggest_next("ledger", path)


def _derive(studies: Sequence[Study], towns: Towns, json_file: str | None) -> None:
    from sim.scenario.designs.trial import Trial
    from sim.studies.running.side_by_side import run_side_by_side
    from sim.studies.trials.derivation import SITES_OF_VALUE, derive, write_derivations
    from sim.studies.trials.sites import run_site

    found = []
    for one in studies:
        if not isinstance(one, Trial):
            raise InvalidInput(f"{one.id} is no trial: --derive takes pooled trials")
        click.echo(f"{one.id} {one.title}", err=True)

        found.append(
            derive(
                one,
                seed=towns.seed,
                sites=towns.sites or SITES_OF_VALUE,
                run=lambda tasks: list(run_side_by_side(run_site, tasks, towns.processes)),
            )
        )
    write_json([one.to_json() for one in found], json_file)
    if json_file != "-":
        click.echo(write_derivations(found))
        click.echo("Next: the value in sim/evidence, with its source, and docs/evidence.md")


def _load_studies(files: Sequence[str]) -> list[Study]:
    """Load studies with their towns; every problem of every file is reported at once, and what can
    never act is noted.
    """
    from sim.scenario.designs.trial import SHELVES, list_trials
    from sim.studies.documents import open_study

    loaded: list[Study] = []
    problems: list[Problem] = []
    # A folder of the shelf stands for all that is in it.
    folders = SHELVES[1:]
    named = [one for file in files for one in (list_trials(file) if file in folders else [file])]
    for file in named:
        try:
            study, notes = open_study(file)
        except InvalidInput as error:
            problems += error.problems
        else:
            loaded.append(study)
            say_problems(notes)
    if problems:
        raise InvalidInput(problems)
    return loaded


@click.command("ledger")
@click.argument("file", type=HomePath(dir_okay=False, exists=True, path_type=Path), required=False)
@click.option(
    "--enter",
    "studies",
    multiple=True,
    metavar="STUDY",
    help="Enter what was published of a study behind its predictions, without running it again;"
    " may be given several times.",
)
@JSON_FILE
def ledger(file: Path | None, studies: tuple[str, ...], json_file: str | None) -> None:
    """Say how well predictions of trials agree with their results, as a page of Markdown.

    Without FILE, the ledger that comes with Kinwell.
    """
    from sim.scenario.designs.trial import find_ledger
    from sim.studies.trials.predictions.ledger import read_ledger
    from sim.studies.trials.predictions.track_record import write_page

    if studies:
        if file is None:
            raise InvalidInput("--enter needs the FILE of a ledger to enter results in")
        _enter_results(file, _load_studies(studies))
    entries = read_ledger(file or find_ledger())
    write_json([entry.model_dump(exclude_none=True) for entry in entries], json_file)
    if json_file != "-":
        click.echo(write_page(entries), nl=False)
    click.echo("A prediction is entered before a result is known: kinwell trial --help", err=True)


def _enter_results(path: Path, studies: Sequence[Study]) -> None:
    """Add what was published of studies to a ledger that holds their predictions."""
    from sim.provenance import tell_time
    from sim.studies.trials.predictions.ledger import (
        append_to_ledger,
        enter_result,
        read_ledger,
        say_other_result,
    )

    entries = read_ledger(path)
    for one in studies:
        if one.published is None or one.published.effect is None:
            click.echo(f"note: {one.id} has no published number to enter", err=True)
        if said := say_other_result(entries, one):
            click.echo(f"note: {said}", err=True)
        entries = enter_result(entries, one, tell_time())
    append_to_ledger(path, entries)
