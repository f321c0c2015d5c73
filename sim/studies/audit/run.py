"""Run an audit: every perturbation in a folder of its own beside the comparison."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput
from sim.store import Store
from sim.store.connection import explain_content
from sim.studies.audit.plan import find_unfit
from sim.studies.running.plan import Execution
from sim.studies.running.results_folder import locate_database
from sim.studies.running.runner import run_scenarios
from sim.studies.running.verification import load_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sim.scenario.scenario import Scenario
    from sim.studies.audit.plan import Perturbation

AUDIT_FOLDER = "audit"


class Audited(NamedTuple):
    """A perturbation and the folder that holds its runs."""

    perturbation: Perturbation
    folder: Path
    failed: int


class Seeds(NamedTuple):
    """Replicates of each change, those of each draw and each end of a range, and the first seed."""

    replicates: int
    per_draw: int
    first: int = 1


def read_scenarios(place: str | Path) -> list[Scenario]:
    """The newest of each scenario that a folder of results holds.

    InvalidInput where there are fewer than two.
    """
    path = locate_database(place)
    with Store.read_only(path) as store:
        newest = "SELECT max(rowid) FROM scenarios GROUP BY name"
        rows = store.query(
            f"SELECT name, resolved FROM scenarios WHERE rowid IN ({newest}) ORDER BY rowid"
        )
    if len(rows) < 2:
        raise InvalidInput(
            f"{place}: holds no comparison to audit; make one with `kinwell compare` first"
        )
    with explain_content(path):
        return [load_stored(str(name), str(resolved)) for name, resolved in rows]


def run_audit(
    scenarios: Sequence[Scenario],
    plan: Sequence[Perturbation],
    into: Path,
    seeds: Seeds,
    workers: int,
    command: str,
    say: Callable[[str], None] = lambda _: None,
) -> list[Audited]:
    """Run every perturbation that is not stored yet; the same call continues where it stopped.

    InvalidInput, before anything runs, for one that some scenario cannot take.
    """
    if unfit := find_unfit(plan, scenarios):
        raise InvalidInput(
            [
                problem._replace(message=f"{name}: {problem.message}")
                for name, some in unfit.items()
                for problem in some
            ]
        )
    how = Execution(command=command)
    audited = []
    for perturbation in plan:
        folder = into / AUDIT_FOLDER / perturbation.name
        say(f"{perturbation.name}: {perturbation.sentence}")
        made = run_scenarios(
            [perturbation.apply(scenario) for scenario in scenarios],
            seeds.per_draw if perturbation.draws else seeds.replicates,
            seeds.first + perturbation.first,
            workers,
            folder,
            "summary",
            list(perturbation.draws) or None,
            replace(how, engine=perturbation.engine),
        )
        audited.append(Audited(perturbation, folder, made.failed))
    return audited
