"""Named groups of residents: which there are, and one number for each combination of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.schema.people import Neighbourhood

MOST_COMBINATIONS = 400
"""Combinations of groups that outcomes are kept for."""


def list_groups(neighbourhoods: Mapping[str, Neighbourhood]) -> dict[str, tuple[str, ...]]:
    """Dimensions of groups and their categories, in the order in which neighbourhoods name them."""
    found: dict[str, dict[str, None]] = {}
    for one in neighbourhoods.values():
        for name, shares in one.groups.items():
            found.setdefault(name, {}).update(dict.fromkeys(shares))
    return {name: tuple(categories) for name, categories in found.items()}


def count_combinations(groups: Mapping[str, tuple[str, ...]]) -> int:
    """Number of combinations of groups; 1 where there are none."""
    return math.prod(len(categories) for categories in groups.values())
