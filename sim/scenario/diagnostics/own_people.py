"""What neighbourhoods say of their own people: shares that sum to one, bands that there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sim.scenario.schema.groups import MOST_COMBINATIONS, count_combinations, list_groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sim.scenario.schema.people import Neighbourhood

    Found = tuple[tuple[str, ...], str, str]

SHARE_TOLERANCE = 1e-3
BAND = re.compile(r"\d{1,3}(-\d{1,3}|\+)")
BANDED = ("ages", "female", "work", "insurance")


def check_own_people(path: tuple[str, ...], part: Neighbourhood) -> Iterator[Found]:
    """Path, message and hint for everything that does not add up in a neighbourhood."""
    for key in BANDED:
        for band in getattr(part, key):
            if not BAND.fullmatch(band):
                hint = "bands are such as 18-24 and 80+"
                yield (*path, key, band), "is not an age band", hint
    for key in ("ages", "household_sizes"):
        if shares := getattr(part, key):
            yield from _check_sum((*path, key), shares.values())
    for key in ("work", "insurance"):
        for band, shares in getattr(part, key).items():
            whole = shares.model_dump().values()
            if any(whole):
                yield from _check_sum((*path, key, band), whole)
    for name, shares in part.groups.items():
        yield from _check_sum((*path, "groups", name), shares.values())


def check_group_count(neighbourhoods: Mapping[str, Neighbourhood]) -> Iterator[Found]:
    """More combinations of groups than outcomes are kept for."""
    count = count_combinations(list_groups(neighbourhoods))
    if count > MOST_COMBINATIONS:
        said = f"groups make {count:,} combinations, of which {MOST_COMBINATIONS} are kept apart"
        yield ("neighbourhoods",), said, "name fewer groups, or join categories"


def _check_sum(path: tuple[str, ...], shares: Iterable[float]) -> Iterator[Found]:
    total = sum(shares)
    if abs(total - 1) > SHARE_TOLERANCE:
        hint = f"{abs(1 - total):.4g} too {'little' if total < 1 else 'much'}"
        yield path, f"shares must sum to 1 (they sum to {total:.6g})", hint
