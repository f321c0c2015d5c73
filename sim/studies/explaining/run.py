"""Run what explains differences: in a folder of its own beside the comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.studies.running.plan import Execution
from sim.studies.running.runner import run_scenarios

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sim.studies.explaining.plan import Explanation
    from sim.studies.running.results_folder import RunSet

EXPLANATION_FOLDER = "explain"
"""Where the runs are kept, by the folder of the comparison: a database as any other. In that of the
comparison itself they would be what was asked for last, so that `compare` and `report` of the
folder would be about two dozen towns that nobody could run.
"""


def run_explanations(
    explanations: Sequence[Explanation],
    into: Path,
    *,
    seed: int,
    replicates: int,
    workers: int | None,
    command: str,
    draws: Sequence[Mapping[str, float]] | None = None,
) -> RunSet:
    """Run everything that is not stored yet, `replicates` seeds under each of the draws; the same
    call continues where it stopped.
    """
    scenarios = {scenario.hash: scenario for one in explanations for scenario in one.scenarios}
    return run_scenarios(
        list(scenarios.values()),
        replicates,
        seed,
        workers,
        into / EXPLANATION_FOLDER,
        "summary",
        draws,
        Execution(command=command),
    )
