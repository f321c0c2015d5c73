"""What the rules of a branch would take, by what can be seen when it comes; part of phase 11.

It is seen as a committee sees it: counted, or asked with the error of a survey.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.schema.branching import Branch, Observation
    from sim.week.governance.committee import Committee
    from sim.week.world import World

BODY, VERB = "branch", "take"
"""How the record names a branch and what is decided there."""


def judge_branch(world: World, committee: Committee, branch: Branch) -> dict[str, object]:
    """The entry of the record: the option that the first rule takes that holds, or that is taken
    otherwise, and everything that was seen.
    """
    seen: dict[str, object] = {}
    chosen, by, reason = branch.fallback, "otherwise", "no rule holds"
    found = False
    for name, rule in branch.rules.items():
        # Every rule is measured, also after one holds: readers see what the others would have said.
        value, truth = committee.measure(world, branch.survey, rule.when)
        seen[name] = {
            "kpi": rule.when.kpi,
            "seen": value if math.isfinite(value) else None,
            "truth": truth if math.isfinite(truth) else None,
        }
        if not found and holds(rule.when, value):
            chosen, by, found = rule.take, name, True
            reason = f"{rule.when.kpi} at {value:.3g}"
    return {
        "week": world.week,
        "body": BODY,
        "subject": by,
        "action": f"{VERB} {chosen}",
        "seen": seen,
        "reason": reason,
    }


def holds(when: Observation, value: float) -> bool:
    """Whether what was seen is between the lines; nothing seen is not."""
    # Nobody was asked, or nobody replied: that is no reason to act.
    if math.isnan(value):
        return False
    return (when.above is None or value > when.above) and (when.below is None or value < when.below)
