"""A week as one row of the record: what was counted, and what hospital, lists, staff and money say.

A compiled loop puts each figure in its place: gathered by name, in dictionaries, they took a small
town longer than anybody's symptoms.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.engine.kernels import loop, part
from sim.outcomes import BY_KEY, KEYS
from sim.state.codes import HospitalFigure, KindParameter, StaffFigure
from sim.state.groups import Layout
from sim.week.money.closing import Figure, sum_up
from sim.week.record.counts import FIXED, Cell, Total
from sim.week.record.lists import follow_lists
from sim.week.record.posts import note_empty
from sim.week.supply.ward import WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

_enumerate: Any = IntEnum
"""Type checkers want the members spelled out, which is what the registry is there to spare."""
Key = _enumerate("Key", {key: k for k, key in enumerate(KEYS)}, module=__name__)
"""Places in a row, by the key of the outcome."""
TOLD = (
    "let_go",
    "closed_out",
    "newcomers",
    "moved_away",
    "cost",
    "cost_public",
    "fees_paid",
    "income",
    "cash",
    "runway",
)
"""Outcomes that the week says as they are, in the order in which they are handed over."""
MIDDLE, LATE = 0.5, 0.9
"""Shares of those who got a place whose wait is told."""


def make_layout() -> Layout:
    """The places of all figures, by the registry of outcomes."""

    def find(keys: Any) -> NDArray[np.int64]:
        """Places of keys in a row."""
        return np.array([KEYS.index(key) for key in keys], np.int64)

    cells = [key for key in Cell.__members__ if key != "alive"]
    per_person = np.array([BY_KEY[key].per_person for key in KEYS])
    return Layout(find(Total.__members__), find(cells), find(TOLD), per_person)


@loop
def write_week(counts, left, layout, book, r, o, staff, week_number):
    """Write a week into the register `book`: its row, its subgroups, sessions, lists and posts."""
    close_books(left)
    write_row(counts, left, layout, o, book, week_number)
    for s in range(o.key.size):
        for insurance in range(o.held.shape[1]):
            for income in range(o.held.shape[2]):
                book.sessions[s] += o.held[s, insurance, income]
    follow_lists(r, o, left.waits, book, week_number)
    note_empty(staff, book.empty_from, week_number)


@part
def close_books(left):
    """Sum up the money of a week where the row takes it from."""
    figures = np.empty(Figure.FROM_FUNDS + 1)
    sum_up(left.ledger, left.balance, left.earned, figures)
    # What the books say, in their order, comes last in TOLD.
    for k in range(Figure.RUNWAY + 1):
        left.told[left.told.size - 1 - Figure.RUNWAY + k] = figures[k]


@part
def write_row(counts, left, layout, o, book, week_number):
    """Write a week into its row, and add its subgroups to their sums."""
    row, whole = book.weekly[week_number], np.zeros(counts.cells.shape[1], np.int64)
    add_cells(counts.named, whole, book.named)
    # The same people once more: the town is the sum of one table.
    whole[:] = 0
    add_cells(counts.cells, whole, book.sums)
    for k in range(layout.totals.size):
        row[layout.totals[k]] = counts.total[k] / FIXED
    for k in range(layout.cells.size):
        row[layout.cells[k]] = whole[k] / FIXED
    for k in range(layout.told.size):
        row[layout.told[k]] = left.told[k]
    record_hospital(left.used, row)
    record_staff(left.tally, row)
    record_waits(left.waits, o, row)
    alive = max(whole[Cell.alive] / FIXED, 1.0)
    # Divided last, for all means alike: counts and sums of one week have the same people behind
    # them.
    for k in range(row.size):
        row[k] /= alive if layout.per_person[k] else 1.0


@part
def add_cells(cells, whole, sums):
    """Add up subgroups."""
    for g in range(cells.shape[0]):
        # Without a branch, although most cells are empty in a small town: a row is added at once.
        for k in range(cells.shape[1]):
            whole[k] += cells[g, k]
            sums[g, k] += cells[g, k] / FIXED


@part
def record_hospital(used, row):
    """Use of the ward and of the emergency department."""
    days, boarding = 0, 0
    for insurance in range(HospitalFigure.VISITS):
        days += used[HospitalFigure.BED_DAYS + insurance]
        boarding += used[HospitalFigure.BOARDING_DAYS + insurance]
    row[Key.bed_days] = days
    row[Key.beds_occupied] = days / WEEK
    row[Key.boarding_days] = boarding


@part
def record_staff(tally, row):
    """Staff in post and their strain."""
    present = tally[StaffFigure.PRESENT]
    row[Key.staff] = present
    row[Key.vacancies] = tally[StaffFigure.VACANT]
    row[Key.leavers] = tally[StaffFigure.LEFT]
    row[Key.strain_mean] = tally[StaffFigure.STRAIN] / present if present > 0.0 else 0.0


@part
def record_waits(waits, o, row):
    """Weeks that half of those who got a place in care waited at most, and nine in ten; no number
    where nobody got one.
    """
    waited, count = np.zeros(waits.shape[1], np.int64), 0
    for s in range(o.key.size):
        # Lessons and messages have no list that anybody waits on.
        if o.kind_parameters[s, KindParameter.LOW_INTENSITY] == 0.0:
            for weeks in range(waits.shape[1]):
                waited[weeks] += waits[s, weeks]
                count += waits[s, weeks]
    row[Key.wait_median] = find_wait(waited, MIDDLE * count)
    row[Key.wait_90th] = find_wait(waited, LATE * count)


@part
def find_wait(waited, rank):
    """Weeks within which so many got a place."""
    upto = 0
    for weeks in range(waited.size):
        upto += waited[weeks]
        # At least one must have got a place: a rank of 0 would be met in week 0.
        if upto >= rank and upto > 0:
            return float(weeks)
    return np.nan
