"""What a town and its neighbourhoods say of people: bands that there are, shares that sum to 1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sim.scenario.schema.groups import MOST_COMBINATIONS, count_combinations, list_groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sim.scenario.schema.people import Neighbourhood, Population

    Found = tuple[tuple[str, ...], str, str]
    FoundOnKey = tuple[tuple[str, ...], str, str, bool]

# As in `conflicts`, which imports this module.
SHARE_TOLERANCE = 1e-3
BAND = re.compile(r"\d{1,3}(-\d{1,3}|\+)")
BAND_ENDS = re.compile(r"(\d{1,3})(?:-(\d{1,3})|(\+))")
OPEN_AGE = 999
"""Where an open age band ends."""
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
            # Where nobody of a band lives, published shares are 0 throughout.
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


def _say_band(low: int, expected: int) -> str:
    """What is wrong with an age band from `low` where one from `expected` is due."""
    if expected > OPEN_AGE:
        return "follows an open band"
    return f"should begin at {expected}" if low != expected else "ends before it begins"


def check_bands(people: Population) -> Iterator[FoundOnKey]:
    """Path, complaint, hint and whether it is the key: bands must follow each other from 12 up,
    and those of 65 and over fit into public insurance.
    """
    path, expected, older = ("population", "ages"), 12, 0.0
    hint = f"bands follow each other from 12 on, such as {', '.join(people.bands)}"
    for band, share in people.ages.items():
        match = BAND_ENDS.fullmatch(band)
        # One complaint: behind a broken band all others would be out of step.
        if match is None:
            yield (*path, band), "is not an age band", hint, True
            return
        low, high = int(match[1]), int(match[2] or OPEN_AGE)
        if low != expected or high < low:
            yield (*path, band), _say_band(low, expected), hint, True
            return
        expected = high + 1
        older += share if low >= 65 else 0.0
    if expected <= OPEN_AGE:
        yield path, f"the last band must be open, such as `{max(expected, 12)}+`", hint, False
    elif older > people.insurance.public + SHARE_TOLERANCE:
        message = (
            f"must be at least {older:.4g}, the share of residents aged 65 and over, who all have"
            " public insurance"
        )
        yield ("population", "insurance", "public"), message, "", False
