"""What a week of money came to, summed up in one compiled call; part of phase 10."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import loop
from sim.state.codes import Payer
from sim.week.money.payments import INCOME

if TYPE_CHECKING:
    from numpy.typing import NDArray

LANES = 8
"""Partial sums that are kept side by side."""
LONGEST = 128
"""Numbers that are added without being halved first."""


class Figure(IntEnum):
    """Places of what the books say; `FROM_FUNDS` is what funds paid."""

    SPENDING = 0
    PUBLIC = 1
    PEOPLE = 2
    INCOME = 3
    CASH = 4
    FROM_FUNDS = 5


# As NumPy adds: rounding stays small, and no figure hangs on which NumPy is installed.
@loop
def add_up(values: NDArray[np.float64]) -> float:
    """Sum of numbers (n,): side by side in lanes, and by halves where there are many."""
    count = values.size
    if count < LANES:
        total = 0.0
        for k in range(count):
            total += values[k]
        return total
    if count > LONGEST:
        half = count // 2 // LANES * LANES
        return add_up(values[:half]) + add_up(values[half:])
    lane, full = values[:LANES].copy(), count // LANES * LANES
    for k in range(LANES, full):
        lane[k % LANES] += values[k]
    # Lanes by pairs, then pairs of pairs.
    step = 1
    while step < LANES:
        for k in range(0, LANES, 2 * step):
            lane[k] += lane[k + step]
        step *= 2
    total = lane[0]
    for k in range(full, count):
        total += values[k]
    return total


@loop
def sum_up(ledger, balance, earned, figures):
    """Write what a week came to into `figures` (len(Figure),), from the ledger (accounts, payers,
    categories), the balances and the number of funds, which stand first.
    """
    accounts, payers, categories = ledger.shape
    first = INCOME + 1
    by_payer, spent = np.zeros(payers), np.empty(earned * payers * (categories - first))
    received, place = np.empty(earned * payers), 0
    for f in range(accounts):
        for payer in range(payers):
            by_payer[payer] += add_up(ledger[f, payer, first:])
            if f < earned:
                received[f * payers + payer] = ledger[f, payer, INCOME]
                for category in range(first, categories):
                    spent[place] = ledger[f, payer, category]
                    place += 1
    figures[Figure.SPENDING] = add_up(by_payer)
    figures[Figure.PUBLIC], figures[Figure.PEOPLE] = by_payer[Payer.PUBLIC], by_payer[Payer.PEOPLE]
    # Runway is that of funds: fees and hospital are no promise that could end.
    figures[Figure.INCOME], figures[Figure.FROM_FUNDS] = add_up(received), add_up(spent)
    figures[Figure.CASH] = add_up(balance)
