"""The commands that question a comparison: `audit`, would it stand; `explain`, what carries it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from sim.cli.hints import find_reading, say_reading, suggest_next
from sim.cli.options import (
    BESIDE_THE_SEED,
    JSON_FILE,
    SEED_OPTION,
    WORKERS_OPTION,
    HomePath,
    check_outcomes,
    draws_option,
    keep_viewed,
    take_together,
    uncertainty_option,
    whole,
)
from sim.cli.running import (
    REFERENCE,
    compile_once,
    refuse_failed,
    say_failures,
    say_notes,
    spell_command,
    write_json,
)
from sim.errors import InvalidInput, KinwellError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.runs.audit import Audit
    from analysis.runs.explanation import Explained
    from sim.scenario.scenario import Scenario
    from sim.studies.audit.plan import Perturbation
    from sim.studies.explaining.plan import Explanation
    from sim.studies.running.results_folder import RunSet


class Tests(NamedTuple):
    """What an audit tries: replicates of each change and the first seed, fitted draws, whether
    assumptions go to their ends, replicates of each draw and end.
    """

    replicates: int
    seed: int
    draws: int
    assumptions: bool
    per_draw: int


@click.command("audit")
@click.argument("folder", type=HomePath(exists=True, path_type=Path), metavar="DIR")
@click.option("--against", default=None, help="The scenario to compare with.  [default: baseline]")
@take_together(
    "tests",
    Tests,
    click.option(
        "-n",
        "--replicates",
        type=whole(2),
        default=20,
        show_default=True,
        help="Replicates of each change.",
    ),
    SEED_OPTION,
    draws_option(
        "Fitted draws that are tried; 0 for none.", least=0, default=40, show_default=True
    ),
    click.option(
        "--assumptions/--no-assumptions",
        default=True,
        show_default=True,
        help="Whether each assumption goes to the ends of its range, one after the other.",
    ),
    click.option(
        "--per-draw",
        type=whole(2),
        default=2,
        show_default=True,
        help="Replicates of each draw and of each end.",
    ),
)
@WORKERS_OPTION
@click.option("--outcome", "outcomes", multiple=True, help="Outcomes; all headlines if left out.")
@JSON_FILE
def audit(
    folder: Path,
    against: str | None,
    tests: Tests,
    workers: int | None,
    outcomes: tuple[str, ...],
    json_file: str | None,
) -> None:
    """Test a comparison: would its answer stand?

    Other order of residents, other labels and random numbers, other towns, half and twice the
    size, other structures, the fitted draws, each assumption at the ends of its range. The same
    command continues where it was interrupted; the report of DIR then has a page of it.
    """
    from analysis.runs.audit import judge_audit
    from sim.provenance import count_cores
    from sim.studies.audit.plan import plan_audit
    from sim.studies.audit.run import Seeds, read_scenarios, run_audit

    place = _find_place(folder)
    scenarios, told = read_scenarios(folder), check_outcomes(outcomes)
    reference = _choose_reference(scenarios, against)
    audited = run_audit(
        scenarios,
        _say_idle(plan_audit(scenarios, draws=tests.draws, ends=tests.assumptions), scenarios),
        place,
        Seeds(tests.replicates, min(tests.per_draw, tests.replicates), tests.seed),
        workers or count_cores(),
        spell_command(),
        partial(click.echo, err=True),
    )
    refuse_failed({one.folder: one.failed for one in audited})
    _tell(judge_audit(audited, reference, told), place, json_file)


def _say_idle(
    plan: Sequence[Perturbation], scenarios: Sequence[Scenario]
) -> Sequence[Perturbation]:
    """The plan, having said what never acts in the scenarios, which of it changes nothing, and what
    of another size is not in proportion; what some scenario cannot take is told and left out, so
    that the rest is tried.
    """
    from sim.scenario.scaling import list_rounded
    from sim.studies.audit.plan import find_idle, find_unfit

    say_notes(scenarios)
    unfit = find_unfit(plan, scenarios)
    for name, (problem, *_) in unfit.items():
        said = f"{problem.path}: {problem.message}"
        click.echo(f"note: {name}: is left out, these towns cannot be so: {said}", err=True)
    fit = [one for one in plan if one.name not in unfit]
    # Of those that the towns can be: what cannot be tried cannot be found to change nothing.
    for idle in find_idle(fit, scenarios):
        click.echo(f"note: {idle.name}: never acts: these towns are so already", err=True)
    for one in fit:
        whole = (said for scenario in scenarios for said in list_rounded(scenario, one.factor))
        for said in dict.fromkeys(whole):
            click.echo(f"note: {one.name}: {said}", err=True)
    return fit


def _tell(found: Audit, place: Path, json_file: str | None) -> None:
    """Keep what was found beside the results, where the report reads it, and show it."""
    from analysis.runs.audit import RESULT, write_table
    from sim.studies.audit.run import AUDIT_FOLDER

    for file in (str(place / AUDIT_FOLDER / RESULT), json_file):
        write_json(found.to_json(), file)
    if json_file != "-":
        click.echo(write_table(found))
        say_reading(place, to_results=True)


def _choose_reference(scenarios: Sequence[Scenario], against: str | None) -> str:
    """The scenario that others are compared with: the one asked for, `baseline`, or the first.

    Raises `Refused` where they cannot be compared, before anything runs.
    """
    from sim.scenario.diagnostics.comparability import check_comparable

    names = [scenario.name for scenario in scenarios]
    reference = against or (REFERENCE if REFERENCE in names else names[0])
    if reference not in names:
        raise InvalidInput(f"--against {reference}: there are {', '.join(names)}")
    check_comparable(scenarios, reference)
    return reference


@click.command("explain")
@click.argument("folder", type=HomePath(exists=True, path_type=Path), metavar="DIR")
@click.option("--against", default=None, help="The scenario to compare with.  [default: baseline]")
@click.option(
    "--scenario",
    "chosen",
    multiple=True,
    help="Programme whose difference is explained.  [default: all of DIR]",
)
@click.option(
    "-n",
    "--replicates",
    type=whole(2),
    default=10,
    show_default=True,
    help="Replicates: each is run twice for every channel.",
)
@SEED_OPTION
@WORKERS_OPTION
@uncertainty_option(
    f"{BESIDE_THE_SEED}  [default: as DIR was run]", expose_value=False, callback=keep_viewed
)
@draws_option(expose_value=False, callback=keep_viewed)
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    help="Outcomes that are reported.  [default: expected_admissions]",
)
@JSON_FILE
def explain(
    folder: Path,
    against: str | None,
    chosen: tuple[str, ...],
    replicates: int,
    seed: int,
    workers: int | None,
    outcomes: tuple[str, ...],
    json_file: str | None,
) -> None:
    """Say what carries the difference that a programme makes, channel by channel.

    Every replicate is run again with one channel held at its value in the reference (contact,
    coping, connection, self-management, referral, room on waiting lists, beds ...), and with all
    others held. The same command again resumes; the report of DIR then has a section of it.
    """
    from analysis.runs.comparison import HEADLINES
    from sim.studies.explaining.run import run_explanations

    place = _find_place(folder)
    draws, seeds = _spread(folder, replicates)
    plans = _plan(folder, against, chosen, draws)
    told = check_outcomes(outcomes or HEADLINES[:1])
    say_runs(sum(len(plan.runs) for plan in plans), seeds * len(draws or (None,)))
    compile_once()
    made = run_explanations(
        plans,
        place,
        seed=seed,
        replicates=seeds,
        workers=workers,
        command=spell_command(),
        draws=draws,
    )
    _tell_explained(made, plans, told, json_file)


def _tell_explained(
    made: RunSet, plans: Sequence[Explanation], told: Sequence[str], json_file: str | None
) -> None:
    """Keep what carries the differences beside the runs, where the report reads it, and show it."""
    from analysis.runs.comparison import HEADLINES
    from analysis.runs.explanation import EXPLANATION_FILE, to_json
    from analysis.runs.explanation import explain as explain_runs

    # Parts add up only in replicates all of whose runs are there.
    if made.failed:
        raise KinwellError(say_failures(made))
    keys = dict.fromkeys((*told, *HEADLINES))
    found = {plan.programme.name: explain_runs(made, plan, [*keys]) for plan in plans}
    data = to_json(plans, found)
    write_json(data, str(made.directory / EXPLANATION_FILE))
    write_json(data, json_file)
    if json_file != "-":
        _tell_parts(found, told, plans[0].reference.name)
        reading = find_reading(made.directory.parent)
        page = ("--for", "planner") if reading[0] == "report" else ()
        suggest_next(*reading, *page, to_results=True)


def _find_place(folder: Path) -> Path:
    """The folder of some results; InvalidInput where nothing can be written beside them."""
    from sim.store.connection import refuse
    from sim.studies.running.results_folder import prepare_directory

    place = folder if folder.is_dir() else folder.parent
    try:
        prepare_directory(place)
    except InvalidInput as error:
        hint = "what is found is kept beside the runs: copy the folder to where you may write"
        raise refuse(place, error.problems[0].message, hint) from None
    return place


def _spread(folder: Path, replicates: int) -> tuple[Sequence[Mapping[str, float]] | None, int]:
    """Draws to run under, those of the folder unless told otherwise, and the seeds of each."""
    from sim.cli.comparing import read_draws
    from sim.studies.audit.run import read_scenarios
    from sim.studies.sweeps.parameter_draws import spread_over

    asked = click.get_current_context().meta
    uncertainty, count = asked.get("uncertainty"), asked.get("draws")
    if uncertainty is None and count is None and (stored := read_draws(folder)):
        click.echo(f"under the {len(stored)} parameter draws that {folder} was run under", err=True)
        # Rounded up, so that every draw has the same number of seeds.
        return stored, -(-replicates // len(stored))
    return spread_over(uncertainty or "chance", count, replicates, read_scenarios(folder))


def _plan(
    folder: Path,
    against: str | None,
    chosen: Sequence[str],
    draws: Sequence[Mapping[str, float]] | None,
) -> list[Explanation]:
    """What is run for each programme of a folder."""
    from sim.studies.audit.run import read_scenarios
    from sim.studies.explaining.plan import plan_explanation

    reference, programmes = choose(read_scenarios(folder), against, chosen)
    return [plan_explanation(reference, programme, draws) for programme in programmes]


def _tell_parts(
    found: Mapping[str, Mapping[str, Explained]], told: Sequence[str], against: str
) -> None:
    """Print what carries the differences of every programme."""
    from analysis.runs.explanation import write_table

    for one in found.values():
        click.echo(write_table({key: one[key] for key in told}, against) + "\n")


def choose(
    scenarios: Sequence[Scenario], against: str | None, chosen: Sequence[str]
) -> tuple[Scenario, list[Scenario]]:
    """The reference and the programmes that are explained; InvalidInput for names that are not
    there.
    """
    by_name = {scenario.name: scenario for scenario in scenarios}
    reference = against or (REFERENCE if REFERENCE in by_name else scenarios[0].name)
    wanted = list(chosen) or [name for name in by_name if name != reference]
    for option, name in (("--against", reference), *(("--scenario", name) for name in wanted)):
        if name not in by_name:
            raise InvalidInput(f"{option} {name}: there are {', '.join(by_name)}")
    if reference in wanted:
        raise InvalidInput(f"--scenario {reference}: this is what the others are compared with")
    return by_name[reference], [by_name[name] for name in wanted]


def say_runs(runs: int, replicates: int) -> None:
    """Say how much there is to do."""
    click.echo(
        f"{runs + 1} runs for each of {replicates} replicates; what is stored is not run again.",
        err=True,
    )
