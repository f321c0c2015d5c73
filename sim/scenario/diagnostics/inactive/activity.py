"""When things of a scenario act, and on whom: what every look at the inactive asks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.scenario.diagnostics.conflicts import Conflict
from sim.services.catalogue import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.schema.services import Service

Path = tuple[str, ...]
EMERGENCY, WARD = "emergency_department", "inpatient_ward"
HOSPITAL = tuple(kind.name for kind in KINDS.values() if kind.hospital)
"""Kinds that are paid by the visit or the day and from no fund."""
IN_A_CRISIS = tuple(sorted(kind.name for kind in KINDS.values() if kind.crisis))
"""Kinds that take people in a crisis, without a list."""
HIGHEST_PHQ = 27
YOUNGEST_AGE = 12
OFF = "to leave it out on purpose, write `enabled: false`"


def say_dates(
    path: Path, dates: tuple[tuple[str, int | None], tuple[str, int | None]], horizon: int
) -> Iterator[Conflict]:
    """Say whether something begins or ends after the last week, or ends before the first."""
    (first, begin), (last, end) = dates
    if begin is not None and begin >= horizon:
        message = f"never acts: begins in week {begin}, and the last week is {horizon - 1}"
        yield Conflict((*path, first), message, "lengthen `horizon`, or begin earlier")
    elif end is not None and end <= 0:
        message = f"never acts within the horizon: ends in week {end}, before week 0"
        yield Conflict((*path, last), message, "what is compared begins with week 0")
    elif end is not None and end > horizon:
        message = f"never acts: the last week is {horizon - 1}, and it ends in week {end}"
        yield Conflict((*path, last), message, "lengthen `horizon`, end earlier, or leave it out")


def runs_within(service: Service, begin: float, end: float, *, ahead: bool = False) -> bool:
    """Whether a service is open in any week from `begin` to before `end`.

    ahead: weeks in which it has staff already count too.
    """
    start = -math.inf if service.from_ is None else service.from_
    if ahead and service.from_ is not None:
        early = service.from_ - service.recruit_ahead
        # Not before week 0 where the service itself begins after it.
        start = early if service.from_ < 0 else max(early, 0)
    last = math.inf if service.until is None else service.until
    return service.enabled and max(start, begin) < min(last, end)


def runs(service: Service, horizon: int) -> bool:
    """Whether a service is open in any week of the horizon: comparisons begin with week 0."""
    return runs_within(service, 0, horizon)
