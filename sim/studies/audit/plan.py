"""What an audit changes: perturbations that should not matter, other structures, other numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sim.errors import InvalidInput
from sim.evidence.loader import all_evidence
from sim.scenario.scaling import scale
from sim.studies.running.worker import ENGINE
from sim.studies.sweeps.parameter_draws import draw_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.errors import Problem
    from sim.scenario.scenario import Scenario

Family = Literal["control", "invariance", "structure", "draws", "assumptions"]
ENGINES = "sim.studies.audit.engines"
OTHER_SEEDS = 100_000
"""How far the other first seed lies from the first."""


@dataclass(frozen=True)
class Perturbation:
    """One change under which the comparison is run again.

    changes: values of every scenario. factor: size of the town. paired: whether seeds are the same
    replicates as in the control. draws: parameters by id, each a perturbation of its own.
    """

    name: str
    sentence: str
    family: Family
    changes: Mapping[str, Any] | None = None
    engine: str = ENGINE
    first: int = 0
    factor: float = 1.0
    paired: bool = True
    draws: tuple[Mapping[str, float], ...] = ()

    def apply(self, scenario: Scenario) -> Scenario:
        """The scenario under this change, under its own name."""
        changed = scale(scenario, self.factor)
        return changed.with_(self.changes) if self.changes else changed


CONTROL = Perturbation("as-it-is", "as it is", "control")
INVARIANCES = (
    Perturbation(
        "order", "residents in another order", "invariance", engine=f"{ENGINES}.reordered"
    ),
    Perturbation(
        "labels",
        "keys of residents exchanged",
        "invariance",
        engine=f"{ENGINES}.relabelled",
        paired=False,
    ),
    Perturbation(
        "streams",
        "the same towns with other random numbers",
        "invariance",
        engine=f"{ENGINES}.restreamed",
        paired=False,
    ),
    Perturbation("seeds", "other towns", "invariance", first=OTHER_SEEDS, paired=False),
    Perturbation("half", "towns of half the size", "invariance", factor=0.5, paired=False),
    Perturbation("double", "towns of twice the size", "invariance", factor=2.0, paired=False),
)
STRUCTURES = (
    Perturbation(
        "network",
        "friendships at random",
        "structure",
        {"structure.network": "random"},
        paired=False,
    ),
    Perturbation(
        "contagion", "loneliness passes along ties", "structure", {"structure.contagion": "on"}
    ),
    Perturbation(
        "gains", "gains of several services add up", "structure", {"structure.gains": "additive"}
    ),
    Perturbation(
        "crisis-link",
        "the hazard of a crisis without a ceiling",
        "structure",
        {"structure.crisis_link": "exponential"},
    ),
)


def plan_audit(
    scenarios: Sequence[Scenario], *, draws: int, ends: bool
) -> tuple[Perturbation, ...]:
    """Everything that is tried: the control first.

    draws: how many of the fitted draws; 0 leaves them out. ends: each assumption at the ends of its
    range, one at a time.
    """
    plan = [CONTROL, *INVARIANCES, *STRUCTURES]
    fitted = draw_parameters("posterior", draws) if draws else None
    if fitted:
        plan.append(
            Perturbation("draws", "draws of the fitted numbers", "draws", draws=tuple(fitted))
        )
    if ends:
        changed = tuple({name: end} for name, end in list_ends(scenarios))
        plan.append(
            Perturbation(
                "assumptions",
                "each assumption at an end of its range",
                "assumptions",
                draws=changed,
            )
        )
    return tuple(plan)


def find_idle(plan: Sequence[Perturbation], scenarios: Sequence[Scenario]) -> list[Perturbation]:
    """Perturbations that change nothing: every scenario has that structure already."""
    return [
        one
        for one in plan
        if one.changes and all(one.apply(scenario) == scenario for scenario in scenarios)
    ]


def find_unfit(
    plan: Sequence[Perturbation], scenarios: Sequence[Scenario]
) -> dict[str, tuple[Problem, ...]]:
    """What stands against a perturbation, by its name: some scenario cannot be so."""
    found = {}
    for one in plan:
        try:
            for scenario in scenarios:
                one.apply(scenario)
        except InvalidInput as error:
            found[one.name] = error.problems
    return found


def list_ends(scenarios: Sequence[Scenario]) -> list[tuple[str, float]]:
    """Ends of the ranges of assumptions that may act in some scenario: id and value.

    Levels that a scenario states move by as much (`sim.evidence.levels`).
    """
    kinds = {
        service.kind
        for scenario in scenarios
        for service in scenario.foreseen.services.values()
        if service.enabled
    }
    found = []
    for record in all_evidence().values():
        group, _, rest = record.id.partition(".")
        acts = group != "services" or rest.partition(".")[0] in kinds
        if record.grade == "assumption" and record.low < record.high and acts:
            found += [(record.id, end) for end in (record.low, record.high) if end != record.value]
    return found
