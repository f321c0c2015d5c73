"""Whether values may take the place of those of the evidence: the same bounds for a scenario, a
sweep, a draw, a posterior and a file of points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.evidence.distributions import check_bounds
from sim.evidence.loader import all_evidence
from sim.evidence.parameters import check_use, make_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.evidence.record import Evidence


def find_fault(identity: str, value: float) -> str:
    """Say what is wrong with one value by the id of its record; empty where nothing is."""
    record = all_evidence().get(identity)
    if record is None:
        return "is no parameter; `kinwell evidence` lists them all"
    return check_bounds(record, float(value)) or check_use(identity, float(value))


def find_faults(
    values: Mapping[str, float], own: Mapping[str, Evidence] | None = None
) -> dict[str, str]:
    """Say what is wrong with values that are used together, by id; empty where nothing is.

    own: records that scenarios bring along, beside those of the evidence.
    """
    known = all_evidence() | dict(own or {})
    faults = {}
    for name, value in values.items():
        record = known.get(name)
        wrong = check_bounds(record, float(value)) if record else find_fault(name, value)
        if wrong:
            faults[name] = wrong
    # Values out of bounds would make the parameters fail for a reason that is told already.
    if faults or not values:
        return faults
    # In bounds, and yet of no use: a time of 0 that something is divided by.
    try:
        # Records of a scenario's own kinds are left out: the parameters know shipped ids only.
        make_parameters({name: value for name, value in values.items() if name in all_evidence()})
    except (ArithmeticError, ValueError):
        # Tried one by one to name the culprit.
        return {name: wrong for name, value in values.items() if (wrong := find_fault(name, value))}
    return {}
