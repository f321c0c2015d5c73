"""The turnover of the town, once a quarter, before the week begins: birthdays, who leaves, who
comes, homes that form and part.
"""

from __future__ import annotations

from functools import lru_cache
from threading import local
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.column_types import copies_rows
from sim.engine.kernels import table
from sim.evidence.parameters import TURNOVER_WEEKS
from sim.society.initial_state import FROM_TOWN, assign_cells, furnish, publish_at_start
from sim.state.groups import Turn
from sim.state.personal_draws import draw_numbers
from sim.state.residents import make_residents
from sim.state.staff import NOBODY
from sim.units import WEEKS_PER_CALENDAR_YEAR
from sim.week.resident.symptoms import score_all
from sim.week.start.burn_in import WEEKS_KEPT, recall_stays
from sim.week.supply.calendar import vacate
from sim.week.turnover.arrivals import arrive, form_childhood_ties, tie_households
from sim.week.turnover.birthdays import grow_older
from sim.week.turnover.departures import STAYS, depart
from sim.week.turnover.homes import Homes, list_homes, note_homes
from sim.week.turnover.regrouping import regroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sim.state.residents import Residents
    from sim.week.world import World

SHARE = TURNOVER_WEEKS / WEEKS_PER_CALENDAR_YEAR
"""Part of a year between two turnovers."""
KNOWN = (*FROM_TOWN, "key", "under_12", "home_circumstances")
"""What is settled about newcomers before they are furnished with a self: circumstances and name."""
copy_known, copy_all = copies_rows(*KNOWN), copies_rows()


class _Desk(local):
    """Where one thread lists homes and furnishes those who come, before they take their rows."""

    # Kept, because tables of as many columns take longer to make than newcomers to be drawn.
    def __init__(self) -> None:
        """Begin without a table."""
        self.kept, self.nobody = make_residents(0), make_residents(1)
        self.head: Callable[[int], Residents] = lru_cache(self.kept.head)
        self.homes: Homes | None = None

    def seat(self, count: int) -> Residents:
        """A table for `count` newcomers, with what the last ones left in it."""
        if self.kept.key.size < count:
            self.kept = make_residents(2 * count)
            self.head = lru_cache(self.kept.head)
        return self.head(count)


_DESK = _Desk()


def turn_over(world: World) -> None:
    """Let people grow older, come and go, in weeks that have a turnover."""
    world.newcomers = world.movers = 0
    if world.week % TURNOVER_WEEKS or world.scenario.population.turnover == "off":
        return
    r, ties, course, p = world.residents, world.ties, world.course, world.parameters.turnover
    # Residents are sorted by neighbourhood, and places in town keep theirs: borders are searched
    # once.
    areas = np.searchsorted(r.neighbourhood, np.arange(len(world.scenario.neighbourhoods) + 1))
    female = float(world.scenario.population.female)
    # Birthdays first: age decides who leaves.
    t = Turn(world.week, world.week_counter, SHARE, areas, female, world.seed)
    grow_older(r, ties, course, t, p)
    homes = _DESK.homes = list_homes(r, _DESK.homes)
    fate = np.empty(r.key.size, np.int64)
    depart(r, homes, course, t, p, fate)
    new = np.flatnonzero(fate != STAYS)
    # Before rows are written over: leavers are counted, and their posts become vacant.
    _remove_leavers(world, new, fate)
    born = arrive(r, ties, homes, course, t, p, fate)
    # After homes are known: loneliness depends on whom somebody lives with.
    _add_newcomers(world, new, homes)
    tie_households(r, ties, homes, t, fate)
    # Where people form no ties during the year, nobody brings any along either.
    if world.parameters.social.meeting > 0.0:
        form_childhood_ties(r, ties, t, fate)
    regroup(r, ties, homes, course, t, p)
    note_homes(r, homes)
    world.newcomers = new.size
    world.came += np.array([born, new.size - born])


def _remove_leavers(world: World, rows: NDArray[np.int64], fate: NDArray[np.int64]) -> None:
    """Those who leave alive are counted; posts that they hold are vacant."""
    staff = world.provision.staff
    world.movers = int(world.residents.alive[rows].sum())
    world.moved_away += world.movers
    for k in np.flatnonzero((staff.resident != NOBODY) & (fate[staff.resident] != STAYS)):
        vacate(world, int(k))


def _add_newcomers(world: World, rows: NDArray[np.int64], homes: Homes) -> None:
    """Give newcomers a self, a past and a state, by the rules by which the people of the beginning
    got theirs.
    """
    r, p = world.residents, world.parameters
    new = _DESK.seat(rows.size)
    lay_out(new, _DESK.nobody, r, rows)
    seed = int(world.seed[0]) | int(world.seed[1]) << 32
    new.sociability[:] = draw_numbers(new.key, p.society.friendships.friends, "friends", seed)
    furnish(new, new.sociability + homes.members[new.household] - 1, world.course, p.raw, seed)
    score_all(new.distress, new.phq, p.symptoms)
    # A past in the ward, as at the start: newcomers are not healthier than residents.
    recall_stays(new, WEEKS_KEPT, p.crisis, world.seed)
    # Subgroups are those of week 0; before it, they are not known yet.
    if world.week >= 0:
        assign_cells(new, p.seeking.need_phq)
    move_in(r, new, rows)
    # The last row of what is published is nobody's.
    world.published[rows] = world.publishing[rows] = publish_at_start(new)[:-1]


@table
def lay_out(new, nobody, r, rows):
    """Write into `new` (n,) what is settled about those who come into `rows` (n,), and nothing
    else; `nobody`: a row of zeros.
    """
    for k in range(rows.size):
        copy_all(new, k, nobody, 0)
        # Only what is settled; everything else is drawn as it was for people at the start.
        copy_known(new, k, r, rows[k])


@table
def move_in(r, new, rows):
    """Let newcomers take their rows."""
    for k in range(rows.size):
        copy_all(r, rows[k], new, k)
