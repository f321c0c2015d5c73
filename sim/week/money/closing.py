"""What a week of money came to, summed up in one compiled call; part of phase 10."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from sim.engine.fast_math import add_up
from sim.engine.kernels import loop, part
from sim.outcomes import LONGEST_RUNWAY
from sim.state.codes import Payer
from sim.week.money.payments import INCOME


class Figure(IntEnum):
    """Places of what the books say: `RUNWAY` in weeks; `FROM_FUNDS` is what funds paid."""

    SPENDING = 0
    PUBLIC = 1
    PEOPLE = 2
    INCOME = 3
    CASH = 4
    RUNWAY = 5
    FROM_FUNDS = 6


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
    figures[Figure.RUNWAY] = find_runway(figures)


@part
def find_runway(figures):
    """Weeks for which cash lasts, at what funds lost this week."""
    gap = figures[Figure.FROM_FUNDS] - figures[Figure.INCOME]
    if gap <= 0.0:
        return LONGEST_RUNWAY
    return min(LONGEST_RUNWAY, max(0.0, figures[Figure.CASH]) / gap)
