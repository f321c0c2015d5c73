"""What a scenario declares that can never act: valid, and nearly always a slip, since a result
without a difference would not say so.
"""

from sim.scenario.diagnostics.inactive.activity import (
    HIGHEST_PHQ,
    HOSPITAL,
    IN_A_CRISIS,
    OFF,
    YOUNGEST_AGE,
)
from sim.scenario.diagnostics.inactive.findings import find_inactive
from sim.scenario.diagnostics.inactive.outcomes import list_empty_outcomes
from sim.scenario.diagnostics.inactive.parameters import say_unread
from sim.scenario.diagnostics.inactive.services import find_stated_nothing, say_no_caseload

__all__ = [
    "HIGHEST_PHQ",
    "HOSPITAL",
    "IN_A_CRISIS",
    "OFF",
    "YOUNGEST_AGE",
    "find_inactive",
    "find_stated_nothing",
    "list_empty_outcomes",
    "say_no_caseload",
    "say_unread",
]
