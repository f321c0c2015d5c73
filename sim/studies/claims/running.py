"""Run what a scorecard of claims needs: each claim's scenarios beside the reference, in the same
parameter draws, stored like every other run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.scenario.diagnostics.comparability import check_comparable
from sim.studies.running.plan import Execution
from sim.studies.running.runner import run_scenarios
from sim.studies.sweeps.parameter_draws import draw_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.designs.claims import Claim, Tried
    from sim.scenario.scenario import Scenario
    from sim.studies.running.results_folder import RunSet
    from sim.studies.sweeps.parameter_draws import Covered

CLAIM_DRAWS = 12
CLAIMS_FOLDER = Path("results/claims")
SAME_SETTINGS = ("population.residents", "horizon", "warm_up")
"""What may be changed for a quicker, smaller scorecard."""


class Asked(NamedTuple):
    """How a scorecard is run: parameter draws, replicates of each, first seed, what is drawn,
    processes, changes to every scenario.
    """

    draws: int = CLAIM_DRAWS
    replicates: int = 1
    seed: int = 1
    covered: Covered = "posterior"
    workers: int | None = None
    changes: Mapping[str, object] = {}


class ClaimRuns(NamedTuple):
    """Runs of one claim under one condition: where they are, the reference's name, the scenario's,
    and the draws they share.
    """

    runs: RunSet
    reference: str
    scenario: str
    draws: tuple[Mapping[str, float] | None, ...]


def check_claims(tried: Tried, asked: Asked) -> None:
    """Refuse claims whose scenarios cannot be compared with the reference, before any is run."""
    reference = _load(tried, tried.document.reference, asked)
    wanted = {
        condition.scenario
        for claim in tried.document.claims.values()
        for condition in claim.conditions.values()
    }
    check_comparable(
        [reference, *(_load(tried, name, asked) for name in sorted(wanted))], reference.name
    )


def run_claim(
    tried: Tried, claim: Claim, condition: str, asked: Asked, into: Path, command: str
) -> ClaimRuns:
    """Run the scenario of a claim's condition and the reference under every parameter draw.

    What is stored already is not run again.
    """
    wanted = claim.conditions[condition]
    reference, scenario = (
        _load(tried, name, asked) for name in (tried.document.reference, wanted.scenario)
    )
    pinned = wanted.best.pin()
    drawn = draw_parameters(asked.covered, asked.draws, asked.seed)
    drawn = [draw | pinned for draw in drawn] if drawn is not None else [pinned] if pinned else None
    # A claim may be about the reference itself, which cannot be run beside itself.
    pair = [reference] if scenario.hash == reference.hash else [reference, scenario]
    made = run_scenarios(
        pair,
        asked.replicates,
        asked.seed,
        asked.workers,
        into,
        "summary",
        drawn,
        Execution(command=command),
    )
    return ClaimRuns(made, reference.name, scenario.name, tuple(drawn or (None,)))


def _load(tried: Tried, name: str, asked: Asked) -> Scenario:
    scenario = tried.load(name)
    return scenario.with_(dict(asked.changes)) if asked.changes else scenario
