"""The sums of a week's money: in the order in which NumPy adds, whatever NumPy is installed."""

import numpy as np
import pytest

from sim.engine.fast_math import add_up
from sim.state.codes import Payer
from sim.week.money.closing import Figure, sum_up
from sim.week.money.payments import INCOME


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 64, 127, 128, 129, 136, 500, 1_003])
def test_numbers_are_added_as_numpy_adds_them(count):
    values = np.exp(np.random.default_rng(count).normal(0.0, 5.0, count))
    assert add_up(values) == np.add.reduce(values)


def test_a_week_is_what_was_spent_received_and_is_left():
    ledger, balance = np.zeros((3, len(Payer), 4)), np.array([10.0, 4.0, -2.0])
    ledger[0, Payer.GRANT, INCOME], ledger[1, Payer.PEOPLE, INCOME] = 100.0, 7.0
    ledger[0, Payer.PUBLIC, 1], ledger[0, Payer.GRANT, 3], ledger[1, Payer.PEOPLE, 2] = (
        30.0,
        9.0,
        5.0,
    )
    figures = np.full(len(Figure), np.nan)
    sum_up(ledger, balance, 1, figures)
    # One fund: what people paid is spent, but neither received nor paid by a fund.
    assert dict(zip(Figure, figures.tolist(), strict=True)) == {
        Figure.SPENDING: 44.0,
        Figure.PUBLIC: 30.0,
        Figure.PEOPLE: 5.0,
        Figure.INCOME: 100.0,
        Figure.CASH: 12.0,
        Figure.RUNWAY: 520.0,  # funds received more than they paid
        Figure.FROM_FUNDS: 39.0,
    }
