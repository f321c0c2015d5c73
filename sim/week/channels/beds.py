"""Whether there is a bed, as somebody in the line meets it: the days taken before each place in the
line, and a ward that gives beds by the line of another town.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.engine.kernels import loop
from sim.engine.priority_queue import order_by
from sim.state.codes import HOSPITAL_FIGURES, HospitalFigure
from sim.week.supply.ward import WEEK, count_ward, expect_admissions, line_up, pass_week, take_turn

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Line(NamedTuple):
    """A week's line for beds: ranks, the first in line first, bed days taken before each place and
    after the last (one more), and the days that there are.
    """

    rank: NDArray[np.float64]
    before: NDArray[np.int64]
    limit: int


@loop
def look_ahead(r, limit, week):
    """The line for beds before anybody is called: ranks, and the days taken before each place."""
    used = np.zeros(HOSPITAL_FIGURES, np.int64)
    # A dry run of the line: nobody is called, so that the trace holds what the week would offer.
    waiting = count_ward(r, used)
    line, rank = np.empty(waiting, np.int64), np.empty(waiting)
    before = np.empty(waiting + 1, np.int64)
    line_up(r, line, rank, week)
    taken, place = used[HospitalFigure.OCCUPIED_DAYS], 0
    for position in order_by(rank):
        before[place] = taken
        days = min(int(r.boarding[line[position]]), WEEK)
        # Who does not fit is passed over and those behind may fit: as in `take_turn`.
        taken += days if taken + days <= limit else 0
        place += 1
    before[place] = taken
    # Sorted after the loop, which needs the order of the rows.
    rank.sort()
    return rank, before


@loop
def run_ward_by_line(r, supply, ward, used, week, p, given):
    """Run the ward for a week as `ward.run_ward` does, but with the days left at everybody's place
    in another line: `given`.
    """
    used[:] = 0
    waiting = count_ward(r, used)
    line, rank = np.empty(waiting, np.int64), np.empty(waiting)
    line_up(r, line, rank, week)
    for position in order_by(rank):
        # The place that this town's person would have had in the other town's line.
        place = np.searchsorted(given.rank, rank[position])
        # Days are those of the other town: here the ward may hold more people than there are beds.
        left = given.limit - given.before[place]
        take_turn(line[position], r, used[HospitalFigure.OCCUPIED_DAYS] + left, used)
    if given.before[given.before.size - 1] + WEEK > given.limit:
        expect_admissions(r, given.rank, given.before, given.limit, week, p)
    if used[HospitalFigure.OCCUPIED_DAYS] > 0:
        pass_week(r, supply, ward, used, week, p)
