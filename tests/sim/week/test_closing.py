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


def test_what_several_funds_receive_and_pay_is_told_apart_from_what_accounts_of_others_do():
    """Two funds, each with money of two payers and spending of two kinds, then fees and debts of nobody."""
    ledger, balance = np.zeros((4, len(Payer), 4)), np.array([200.0, -20.0, 5.0, 0.5])
    for fund, payer, amounts in (
        (0, Payer.GRANT, (100.0, 30.0, 5.0, 0.0)),
        (0, Payer.HOSPITAL, (1.0, 2.0, 0.0, 0.0)),
        (1, Payer.PUBLIC, (50.0, 0.0, 0.0, 60.0)),
        (1, Payer.DONATION, (20.0, 0.0, 107.0, 3.0)),
        (2, Payer.PEOPLE, (9.0, 9.0, 0.0, 0.0)),
        (3, Payer.PUBLIC, (0.0, 0.0, 0.25, 0.0)),
    ):
        ledger[fund, payer] = amounts
    figures = np.full(len(Figure), np.nan)
    sum_up(ledger, balance, 2, figures)
    assert dict(zip(Figure, figures.tolist(), strict=True)) == {
        Figure.SPENDING: 216.25,
        Figure.PUBLIC: 60.25,
        Figure.PEOPLE: 9.0,
        Figure.INCOME: 171.0,
        Figure.CASH: 185.5,
        Figure.RUNWAY: 185.5 / 36.0,
        Figure.FROM_FUNDS: 207.0,
    }
