"""A sweep that states values of parameters itself: they take the place of what its scenario states.

Draws around the evidence move a scenario's own levels (`sim.evidence.levels`). Values, ranges and
files of a sweep are meant as they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.evidence.distributions import fit_family
from sim.evidence.loader import all_evidence
from sim.scenario.designs.sample_file import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sim.scenario.designs.factors import Uncertainty
    from sim.scenario.scenario import Scenario


def list_stated(uncertainties: Iterable[Uncertainty], own_file: Path | None) -> frozenset[str]:
    """Parameters to which a sweep gives values of its own, by id.

    own_file: points that the sweep names, if it does.
    """
    known = all_evidence()
    given = {
        each.id
        for each in uncertainties
        # The evidence's own distribution moves what a scenario states; any other takes its place.
        if each.values or each.numbers != fit_family(each.family, known[each.id])
    }
    if own_file is not None and own_file.is_file():
        # One row will do, since only names of columns are asked for.
        table = read_table(own_file, 1)
        given |= {table.header[k] for k in table.worlds}
    return frozenset(given)


def give_way(scenario: Scenario, stated: frozenset[str]) -> dict[str, dict[str, float]]:
    """What changes of a scenario where a sweep states its parameters; nothing where it does not."""
    kept = {name: value for name, value in scenario.parameters.items() if name not in stated}
    return {} if len(kept) == len(scenario.parameters) else {"parameters": kept}
