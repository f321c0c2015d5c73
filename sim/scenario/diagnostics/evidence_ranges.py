"""Parameters that a scenario sets outside the range that the evidence allows for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.evidence.loader import all_evidence
from sim.scenario.diagnostics.conflicts import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.evidence.record import Evidence
    from sim.scenario.schema.fields import ScenarioFields


TOLD_WHOLE = 3
"""Parameters up to which the evidence of each is told, with its grade."""


def find_outside_range(scenario: ScenarioFields) -> list[Conflict]:
    """Say which parameters of the scenario's own lie outside the ranges of their records: one note,
    at the first of them.
    """
    known = all_evidence()
    outside = {
        name: (value, record)
        for name, value in scenario.parameters.items()
        if (record := known.get(name)) is not None and not record.low <= value <= record.high
    }
    if not outside:
        return []
    # A fitted town states dozens of parameters: a note for each would bury all others.
    said = _say_each(outside) if len(outside) <= TOLD_WHOLE else _say_shortly(outside)
    first = next(iter(outside))
    what = (
        "lies outside its evidence range"
        if len(outside) == 1
        else (f"{len(outside)} parameters lie outside their evidence ranges")
    )
    hint = f"`kinwell evidence {first}` shows where a range comes from"
    return [Conflict(("parameters", first), f"{what}: {said}", hint)]


def _say_each(outside: Mapping[str, tuple[float, Evidence]]) -> str:
    return "; ".join(
        f"{name} (got {value:g}; evidence {record.value:g}, {record.low:g} to {record.high:g},"
        f" {record.grade})"
        for name, (value, record) in outside.items()
    )


def _say_shortly(outside: Mapping[str, tuple[float, Evidence]]) -> str:
    return ", ".join(
        f"{name} {value:g} ({record.low:g} to {record.high:g})"
        for name, (value, record) in outside.items()
    )
