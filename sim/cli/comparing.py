"""The command `compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
from click.core import ParameterSource

from sim.cli.hints import say_reading, suggest_next
from sim.cli.options import (
    SCALE,
    VIEWED,
    YEARLY,
    HomePath,
    Viewing,
    add_common,
    add_view,
    check_outcomes,
    keep_viewed,
    read_view,
    whole,
)
from sim.cli.running import (
    REFERENCE,
    compile_once,
    load_scenarios,
    mark_worlds,
    name_folder,
    say_failures,
    spell_command,
)
from sim.cli.terminal.findings import tell_comparison
from sim.errors import InvalidInput, KinwellError, Refused, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analysis.runs.comparison import Comparison
    from analysis.runs.database import Stored
    from sim.cli.options import Common
    from sim.scenario.scenario import Scenario
    from sim.studies.running.results_folder import RunSet
    from sim.studies.running.stopping_rule import Measured, Precision

PRECISE_OUTCOMES = ("expected_admissions", "qalys")
DEFAULT_LIMIT = 500
RUN_SETTINGS = ("replicates", "seed", "sets", "output", "uncertainty", "draws")
FOR_MORE = ("keep", "outcomes", "limit")
"""Options that say how to run, and those that matter to a folder only where runs are added."""
SPELLED = {"sets": "set", "outcomes": "outcome"}


class Study(NamedTuple):
    """What is compared: where runs are kept, scenarios, the reference, seeds, parameter draws."""

    directory: Path
    scenarios: list[Scenario]
    against: str
    replicates: int
    seed: int
    worlds: Sequence[Mapping[str, float]] | None


@click.command("compare", cls=Viewing)
@click.argument("targets", nargs=-1, required=True, metavar="FILE... | DIR...", type=HomePath())
@add_common
@add_view
@click.option(
    "--yearly",
    is_flag=True,
    expose_value=False,
    callback=keep_viewed,
    help="Every year of the horizon for itself too, from the weeks that were kept.",
)
@click.option(
    "--against",
    default=None,
    help=f"The scenario to compare with.  [default: {REFERENCE}, or the first]",
)
@click.option(
    "--precision",
    default=None,
    metavar="SHARE|NUMBER",
    help="Add replicates until the interval is tight, such as 5% of the mean.",
)
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    help="Outcome that --precision is about.  [default: expected_admissions and qalys]",
)
@click.option(
    "--limit",
    type=whole(2),
    default=DEFAULT_LIMIT,
    show_default=True,
    help="Replicates at most with --precision.",
)
@click.option(
    "--allow-missing",
    is_flag=True,
    help="Compare although runs failed or are missing, with a warning.",
)
def compare(
    targets: tuple[str, ...],
    common: Common,
    against: str | None,
    precision: str | None,
    outcomes: tuple[str, ...],
    limit: int,
    *,
    allow_missing: bool,
) -> None:
    """Compare scenarios replicate by replicate, with the same people and random numbers.

    Give scenario files, which are run first, or folders of results of one town.
    """
    from sim.studies.running.stopping_rule import parse_precision

    goal = None if precision is None else parse_precision(precision)
    chosen = check_outcomes(outcomes or PRECISE_OUTCOMES)
    source: object = None
    if is_folder(targets):
        _refuse_settings(precise=goal is not None)
        source, found = open_folders(targets, against, load_all=goal is not None)
    else:
        found = _plan_study(targets, against, common)

    def run_pairs(replicates: int) -> Comparison:
        """Run so many replicates of the study, and compare them."""
        made = _run_study(found, replicates, common, allow_missing=allow_missing)
        return _compare(made, found.against, allow_missing=allow_missing)

    first = min(common.replicates, limit) if goal else common.replicates
    comparison = (
        _compare(source, found.against, allow_missing=allow_missing) if source else run_pairs(first)
    )
    stated: dict[str, object] = {}
    if goal:
        comparison, reason = _tighten(comparison, run_pairs, chosen, goal, limit)
        stated = {"asked": precision, "outcomes": list(chosen), "reason": reason}
    tell_comparison(comparison, stated, common.json_file)
    _say_next(found.directory, targets if source else (), common.json_file)


def _say_next(directory: Path, folders: Sequence[str], json_file: str | None) -> None:
    """Name the command that reads what was compared, with the same choice of it; nothing where the
    terminal has the JSON.
    """
    if json_file == "-":
        return
    given = click.get_current_context().meta
    chosen = [word for name in VIEWED if name in given for word in (f"--{name}", given[name])]
    if len(folders) > 1 or chosen:
        suggest_next("report", *(folders or (directory,)), *chosen, to_results=True)
    else:
        say_reading(directory, to_results=True)


def is_folder(targets: Sequence[str]) -> bool:
    """Whether folders of results are meant, or their databases, and not scenarios.

    Raises `InvalidInput` for some of both.
    """
    if len(targets) == 1:
        return Path(targets[0]).is_dir() or targets[0].endswith(".db")
    stored = [_is_stored(target) for target in targets]
    if any(stored) and not all(stored):
        told = [target for target, there in zip(targets, stored, strict=True) if not there]
        raise InvalidInput(
            f"{', '.join(told)}: holds no results, and the others do; give folders of results, or"
            " scenarios, not both: what is not run yet is run into one of the folders first"
        )
    return all(stored)


def _is_stored(target: str) -> bool:
    return (Path(target) / "runs.db").is_file() or target.endswith(".db")


def _refuse_settings(*, precise: bool) -> None:
    """Refuse options that say how to run, where a folder of finished runs is compared."""
    _refuse_given(
        [*RUN_SETTINGS, *(() if precise else FOR_MORE), SCALE],
        "a folder of results is compared as it was run; give the scenario files instead, with -o"
        " for the folder, to run more",
    )


def _refuse_given(names: Sequence[str], why: str) -> None:
    """Raise `InvalidInput` where any of these options was typed."""
    context = click.get_current_context()
    given = [
        f"--{SPELLED.get(name, name)}"
        for name in names
        # Only what was typed: the defaults of these options are there in any case.
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        or (name == SCALE and SCALE in context.meta)
    ]
    if given:
        raise InvalidInput(f"{', '.join(given)}: {why}")


def _check_view(scenarios: Sequence[Scenario], against: str, keep: str) -> None:
    """Refuse what is to be looked at and will not be there, before anything runs."""
    given = click.get_current_context().meta
    if not {*VIEWED, YEARLY} & set(given):
        return
    from analysis.runs.joining import check_view

    names = [scenario.name for scenario in scenarios]
    check_view(read_view(), names, against, scenarios[0].horizon)
    weeks = [f"--{name}" for name in ("from", "to", YEARLY) if name in given]
    if weeks and keep == "summary":
        raise InvalidInput(
            f"{', '.join(weeks)}: needs the weeks of the runs, and --keep summary keeps totals"
            " alone; leave out one of them"
        )


def _plan_study(targets: Sequence[str], against: str | None, common: Common) -> Study:
    """The study of scenario files; nothing runs yet."""
    from sim.scenario.diagnostics.comparability import LEAST_PAIRS, say_too_few
    from sim.studies.sweeps.parameter_draws import spread_replicates

    if click.get_current_context().params.get("precision") is None:
        _refuse_given(("outcomes", "limit"), "is about --precision: give that too")
    scenarios, against = _gather(targets, common.sets, against)
    worlds, _ = spread_replicates(common.uncertainty, common.draws, common.replicates, targets)
    marks = mark_worlds(common.sets, worlds, common.uncertainty)
    directory = name_folder(scenarios, common.output, marks)
    # Known before anything runs: one pair says nothing about chance.
    if max(common.replicates, len(worlds or ())) < LEAST_PAIRS:
        raise Refused(say_too_few(common.replicates))
    _check_view(scenarios, against, common.keep)
    return Study(directory, scenarios, against, common.replicates, common.seed, worlds)


def _run_study(study: Study, replicates: int, common: Common, *, allow_missing: bool) -> RunSet:
    from sim.studies.running.plan import Execution
    from sim.studies.running.runner import run_scenarios

    compile_once()
    # Replicates are spread over the draws; rounded up, so that each has as many.
    seeds = -(-replicates // len(study.worlds or (None,)))
    made = run_scenarios(
        study.scenarios,
        seeds,
        study.seed,
        common.workers,
        study.directory,
        common.keep,
        study.worlds,
        Execution(command=spell_command()),
    )
    if made.failed and not allow_missing:
        again = spell("compare", study.directory, "--against", study.against, "--allow-missing")
        raise KinwellError(f"{say_failures(made)}\nTo compare what there is: {again}")
    return made


def _tighten(
    comparison: Comparison,
    run_pairs: Callable[[int], Comparison],
    outcomes: Sequence[str],
    goal: Precision,
    limit: int,
) -> tuple[Comparison, str]:
    """Add replicates until the intervals are tight enough or the limit is reached; says which."""
    from sim.studies.running.stopping_rule import decide_more

    while True:
        verdict = decide_more(_measure(comparison, outcomes, goal), comparison.replicates, limit)
        if verdict.stop:
            more = "" if verdict.reached else _say_scarce(comparison, outcomes)
            return comparison, f"{verdict.reason}{more}"
        click.echo(verdict.reason, err=True)
        before = comparison.replicates
        comparison = run_pairs(verdict.replicates)
        # Failed runs are not replaced: without new pairs this would go on for ever.
        if comparison.replicates <= before:
            return comparison, f"No more replicates could be added. {verdict.reason}"


def _say_scarce(comparison: Comparison, outcomes: Sequence[str]) -> str:
    from analysis.runs.intervals import say_scarce

    paired = (comparison.paired(name, key) for name in comparison.differences for key in outcomes)
    return say_scarce(paired, comparison.pairs.seeds, comparison.pairs.draws)


def _gather(
    targets: Sequence[str], sets: Sequence[str], against: str | None
) -> tuple[list[Scenario], str]:
    """Load what is to be compared, and the reference with it where it was not named.

    Raises `Refused` where they cannot be compared, or there is one alone, before anything runs.
    """
    from sim.scenario.diagnostics.comparability import check_comparable, say_alone

    scenarios = load_scenarios(targets, sets)
    names = [scenario.name for scenario in scenarios]
    if against in targets:
        # As a file, and not by its name.
        against = Path(str(against)).stem
    if against is None:
        # One scenario alone is compared with the baseline, which is then loaded beside it.
        against = REFERENCE if REFERENCE in names or len(names) == 1 else names[0]
    if against not in names:
        (reference,) = load_scenarios([against], sets)
        scenarios.insert(0, reference)
        against = reference.name
    if len(scenarios) == 1:
        raise Refused(say_alone(against, changed=bool(sets)))
    check_comparable(scenarios, against)
    return scenarios, against


def open_folders(
    targets: Sequence[str], against: str | None, *, load_all: bool
) -> tuple[Stored, Study]:
    """Open folders of results, and find what was asked for last in the first of them: scenarios,
    reference, seeds, parameter draws.
    """
    from analysis.runs.joining import WHOLE_VIEW, open_view
    from sim.store.connection import explain_content
    from sim.studies.running.verification import load_stored

    view = read_view()
    if load_all and (len(targets) > 1 or view != WHOLE_VIEW):
        raise InvalidInput(
            "--precision runs more of a folder as a whole: give one folder, without --only, --from"
            " and --to"
        )
    stored, against = open_view(targets, against, view)
    if not load_all:
        return stored, Study(stored.path.parent, [], against, 1, 1, None)
    plans = stored.query("SELECT replicates, seed FROM plans ORDER BY id DESC LIMIT 1")
    with explain_content(stored.path):
        replicates, seed = (int(value) for value in plans.iloc[0]) if len(plans) else (1, 1)
        declared = {name: json.dumps(stored.declared[name]) for name in stored.names}
        scenarios = [load_stored(name, resolved) for name, resolved in declared.items()]
    worlds = _list_draws(stored) or None
    return stored, Study(stored.path.parent, scenarios, against, replicates, seed, worlds)


def read_draws(folder: Path) -> list[dict[str, float]]:
    """Parameter draws that a folder of results was last run under, none by chance alone."""
    from analysis.runs.database import open_selection

    return _list_draws(open_selection(folder))


def _list_draws(stored: Stored) -> list[dict[str, float]]:
    from sim.store.connection import explain_content

    drawn = stored.runs.loc[stored.runs["draw"] != ""].sort_values("draw_index")
    with explain_content(stored.path):
        return [json.loads(draw) for draw in dict.fromkeys(drawn["draw"])]


def _compare(source: object, against: str, *, allow_missing: bool) -> Comparison:
    from analysis.runs.comparison import compare as compare_runs
    from analysis.runs.database import Stored
    from analysis.runs.joining import WHOLE_VIEW, open_view

    view = read_view()
    if view != WHOLE_VIEW and not isinstance(source, Stored):
        # What was just run, and nothing else that the folder holds.
        view = view._replace(only=view.only or tuple(getattr(source, "names", ())))
        source, against = open_view([source], against, view)
    return compare_runs(source, against=against, allow_missing=allow_missing)


def _measure(comparison: Comparison, outcomes: Sequence[str], goal: Precision) -> list[Measured]:
    from sim.studies.running.stopping_rule import Measured

    measured = []
    for name, differences in comparison.differences.items():
        for key in outcomes:
            half = (differences[key].high - differences[key].low) / 2
            wanted = goal.goal(comparison.scenarios[comparison.reference][key].mean)
            measured.append(Measured(f"{key} of {name}", half, wanted))
    if not measured:
        said = "--precision needs at least two scenarios: their difference is what gets tight"
        raise InvalidInput(said)
    return measured
