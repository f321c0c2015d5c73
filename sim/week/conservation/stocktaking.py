"""Services, posts and accounts at the end of a week, added up from their own columns."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import part, table
from sim.state.codes import HospitalFigure, KindParameter
from sim.state.groups import Before
from sim.state.staff import NOBODY
from sim.week.conservation.census import take_census
from sim.week.money.payments import INCOME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.engine.team import Team
    from sim.state.groups import Books, Inspection
    from sim.state.residents import Residents
    from sim.state.services import Offers
    from sim.state.staff import Staff

NONE = -1


class Stock(IntEnum):
    """Places in what was counted; a row is -1 where nothing is wrong."""

    OVER_ROW = 0
    HIDDEN_ROW = 1
    SESSIONS = 2
    FILLED = 3
    HOLDERS = 4
    CLOSED = 5
    PEER_POSTS = 6
    PEER_ROWS = 7
    NO_PEERS = 8
    BED_DAYS = 9
    VISITS = 10
    BOARDING_DAYS = 11
    WORST_ACCOUNT = 12


class Sum(IntEnum):
    """Places in the sums of money."""

    LEAST = 0
    SPENT = 1
    GAP = 2
    SCALE = 3
    COST = 4


@table
def inspect_week(o, staff, r, used, before, books, seen):
    """Take the census, then stock, then the books, in one call: the way into a loop takes longer
    than any of it in a small town. Who was there `before` is brought up to date, as are the books;
    `seen` is what is found.
    """
    take_census(0, r.key.size, r, before, seen.held, seen.found)
    take_stock(o, staff, r, used, seen.held, seen.counted)
    add_books(books.ledger, books.opening, books.balance, books.cost, seen.counted, seen.sums)


def inspect_together(
    o: Offers,
    staff: Staff,
    r: Residents,
    used: NDArray[np.int64],
    before: Before,
    books: Books,
    seen: Inspection,
    team: Team,
) -> None:
    """`inspect_week`, of which threads share the census."""

    def look(start: int, stop: int) -> tuple[NDArray[np.int64], ...]:
        """What is found in the rows start..stop."""
        own = np.empty_like(seen.held), np.empty_like(seen.found)
        here = slice(start, stop)
        there = Before(before.keys[here], before.alive[here], before.ages[here])
        take_census(start, stop, r, there, *own)
        return own

    for whole, *parts in zip(seen[:2], *team.share(look, r.key.size), strict=True):
        np.sum(parts, axis=0, out=whole)
    take_stock(o, staff, r, used, seen.held, seen.counted)
    add_books(*books, seen.counted, seen.sums)


@table
def take_stock(o, staff, r, used, held, counted):
    """Count places, posts and days into `counted` (len(Stock),).

    held (n_services,): people who hold a place, as the census found them.
    """
    counted[:] = 0
    counted[Stock.OVER_ROW] = counted[Stock.HIDDEN_ROW] = NONE
    for s in range(o.key.size):
        if o.enrolled[s] > o.places[s] * o.open[s]:
            counted[Stock.OVER_ROW] = s
        # Fewer is no fault: who left in the week is taken off the count in the next one.
        if held[s] > o.enrolled[s]:
            counted[Stock.HIDDEN_ROW] = s
        # Lessons and messages are not sessions of care; residents do not count them either.
        is_care = o.kind_parameters[s, KindParameter.LOW_INTENSITY] == 0.0
        for insurance in range(o.held.shape[1] if is_care else 0):
            for income in range(o.held.shape[2]):
                counted[Stock.SESSIONS] += o.held[s, insurance, income]
    for k in range(staff.key.size):
        counted[Stock.FILLED] += staff.filled[k]
        counted[Stock.HOLDERS] += staff.holder[k]
        counted[Stock.CLOSED] += 1 if staff.filled[k] > staff.open[k] else 0
        i = staff.resident[k]
        if i != NOBODY:
            counted[Stock.PEER_POSTS] += 1
            counted[Stock.PEER_ROWS] += i
            counted[Stock.NO_PEERS] += 1 if r.peer[i] == 0 or staff.filled[k] == 0 else 0
    for insurance in range(3):
        counted[Stock.BED_DAYS] += used[HospitalFigure.BED_DAYS + insurance]
        counted[Stock.VISITS] += used[HospitalFigure.VISITS + insurance]
        counted[Stock.BOARDING_DAYS] += used[HospitalFigure.BOARDING_DAYS + insurance]


@table
def add_books(ledger, opening, balance, cost, counted, sums):
    """Add up the ledger (accounts, payers, categories) and compare balances with what they were;
    `balance` is `opening` of the next week.

    cost (n_services,): what each costs this week, whoever pays. sums (len(Sum),).
    """
    sums[:] = 0.0
    for f in range(ledger.shape[0]):
        add_account(f, ledger, opening, balance, counted, sums)
        opening[f] = balance[f]
    for s in range(cost.size):
        sums[Sum.COST] += cost[s]


@part
def add_account(f, ledger, opening, balance, counted, sums):
    """Add up one account; amounts that are no numbers make the least amount none."""
    income, spent = 0.0, 0.0
    for payer in range(ledger.shape[1]):
        for category in range(ledger.shape[2]):
            amount = ledger[f, payer, category]
            # `not >=`: an amount that is no number becomes the least, and stays it: nothing
            # compares with it.
            if not amount >= sums[Sum.LEAST] and not np.isnan(sums[Sum.LEAST]):
                sums[Sum.LEAST] = amount
            if category == INCOME:
                income += amount
            else:
                spent += amount
    gap = abs(balance[f] - (opening[f] + income - spent))
    if not gap <= sums[Sum.GAP] and not np.isnan(sums[Sum.GAP]):
        sums[Sum.GAP], counted[Stock.WORST_ACCOUNT] = gap, f
    sums[Sum.SPENT] += spent
    # The scale of what was moved: rounding errors are in proportion to it.
    sums[Sum.SCALE] += abs(opening[f]) + income + spent
