"""Money: fees, who pays, what funds can afford; nothing appears or vanishes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.state.codes import Payer, ShortageRule
from sim.state.groups import Funds, Rates
from sim.week.money.charges import charge_posts, charge_supplies
from sim.week.money.payments import (
    INCOME,
    PAYERS,
    collect_fees,
    follow_fees,
    pay,
    pay_hospital,
    plan,
)

MONEY = st.floats(0, 1e6)


def test_fees_are_split_by_insurance_and_slide_for_the_uninsured(services):
    o, fees = services(1), np.zeros((1, 3))
    o.fee[:] = 100.0
    o.held[0, 0, 0], o.held[0, 0, 4], o.held[0, 1, 2], o.held[0, 2, 2] = 1, 1, 2, 3
    collect_fees(o, fees)
    assert fees[0].tolist() == pytest.approx([200.0, 240.0, 20.0 + 100.0 + 60.0])
    assert (Payer.PUBLIC, Payer.PRIVATE, Payer.PEOPLE) == (0, 1, 2)


def settle(cost, fees, balance, income, allowed, source=None):
    accounts, services = allowed.shape
    ledger, balance = np.zeros((accounts, len(PAYERS), 4)), np.array(balance, float)
    source = np.zeros(accounts, np.int64) if source is None else np.array(source)
    category, order = np.full(services, 2), np.arange(services)
    funds = Funds(balance, np.array(income, float), allowed, source, source * 0, accounts - 2)
    pay(np.array(cost, float), np.array(fees, float), funds, category, order, ledger)
    return balance, ledger


def test_fees_pay_first_then_funds_in_their_order_then_debt():
    """Accounts: a grant for the first service, public money, fees, and what nobody pays for."""
    allowed = np.array([[1, 0], [1, 1], [0, 0], [0, 0]])
    balance, ledger = settle(
        [100, 100],
        [[0, 0, 30], [0, 0, 0]],
        [50, 80, 0, 0],
        [0, 10, 0, 0],
        allowed,
        [Payer.GRANT, Payer.PUBLIC, Payer.PUBLIC, Payer.PUBLIC],
    )
    assert balance.tolist() == pytest.approx([0.0, 90.0 - 20.0 - 100.0, 0.0, 0.0])
    assert ledger[0, Payer.GRANT, 2] == 50
    assert ledger[1, Payer.PUBLIC, 2] == 120
    assert ledger[2, Payer.PEOPLE, 2] == ledger[2, Payer.PEOPLE, INCOME] == 30
    assert ledger[1, Payer.PUBLIC, INCOME] == 10


def test_a_fund_that_receives_nothing_owes_nothing_beside_one_that_does():
    """Else a fund of 0, one that has not begun or one that has ended pays with money that nobody gives."""
    idle, allowed = [0, 0, 0, 0], np.array([[1], [1], [0], [0]])
    for place in (0, 1):
        income = [30 * (account == place) for account in range(4)]
        balance, _ = settle([100], [[0, 0, 0]], idle, income, allowed)
        assert balance[place] == pytest.approx(30 - 100)
        assert balance[1 - place] == 0
    # Where none receives anything, the debt is that of the last that may pay.
    balance, _ = settle([100], [[0, 0, 0]], idle, idle, allowed)
    assert balance.tolist() == [0, -100, 0, 0]


def test_fees_beyond_the_cost_are_kept_and_costs_of_nobody_are_a_debt():
    allowed = np.zeros((3, 2), np.int64)
    balance, ledger = settle([50, 70], [[40, 40, 0], [0, 0, 0]], [0, 0, 0], [0, 0, 0], allowed)
    assert balance.tolist() == pytest.approx([0.0, 30.0, -70.0])
    assert ledger[1, :, 2].tolist() == pytest.approx([25, 25, 0, 0, 0, 0])


def test_what_one_service_earned_pays_for_no_other_whatever_accounts_allow():
    allowed = np.ones((3, 2), np.int64)
    balance, _ = settle([50, 70], [[80, 0, 0], [0, 0, 0]], [0, 0, 0], [60, 0, 0], allowed)
    assert balance.tolist() == pytest.approx([0.0, 30.0, -10.0])


@given(
    cost=st.lists(MONEY, min_size=3, max_size=3),
    fees=st.lists(st.lists(MONEY, min_size=3, max_size=3), min_size=3, max_size=3),
    balance=st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4),
    income=st.lists(MONEY, min_size=2, max_size=2),
    allowed=st.lists(st.integers(0, 1), min_size=6, max_size=6),
)
def test_every_account_closes_with_what_it_had_got_and_spent(cost, fees, balance, income, allowed):
    may = np.zeros((4, 3), np.int64)
    may[:2] = np.array(allowed).reshape(2, 3)
    closing, ledger = settle(cost, fees, balance, [*income, 0.0, 0.0], may)
    inflow, outflow = ledger[:, :, INCOME].sum(axis=1), ledger[:, :, INCOME + 1 :].sum(axis=(1, 2))
    assert closing == pytest.approx(np.array(balance) + inflow - outflow, rel=1e-9, abs=1e-4)
    assert outflow.sum() == pytest.approx(sum(cost), rel=1e-9, abs=1e-4)
    assert inflow.sum() == pytest.approx(sum(income) + np.sum(fees), rel=1e-9, abs=1e-4)


def test_the_hospital_is_paid_by_insurers_and_for_the_uninsured_by_itself():
    ledger = np.zeros((1, len(PAYERS), 3))
    pay_hospital(np.array([1, 2, 3]), 10.0, 2, 0, ledger)
    assert [ledger[0, payer, 2] for payer in (Payer.HOSPITAL, Payer.PUBLIC, Payer.PRIVATE)] == [
        10,
        20,
        30,
    ]
    assert np.array_equal(ledger[0, :, INCOME], ledger[0, :, 2])


def share_out(request, income, rule, need=(2, 1, 0), balance=0.0, reserve=0.0, plan_weeks=26.0):
    """One fund for three services in order of rank, an account of fees and one for what nobody pays."""
    share = np.zeros(3)
    nothing = np.zeros(3, np.int64)
    funds = Funds(
        np.array([balance, 0.0, 0.0]),
        np.array([income, 0.0, 0.0], float),
        np.array([[1, 1, 1], [0, 0, 0], [0, 0, 0]]),
        nothing,
        np.array([rule, 0, 0], np.int64),
        1,
    )
    reserves, orders = np.array([reserve, 0.0, 0.0]), (np.arange(3), np.array(need))
    plan(np.array(request, float), funds, reserves, *orders, plan_weeks, share)
    return share.tolist()


def test_what_is_short_is_shared_by_the_rule_of_the_fund():
    assert share_out([100, 100, 100], 300, ShortageRule.PRIORITY) == [1, 1, 1]
    assert share_out([100, 100, 100], 150, ShortageRule.PRIORITY) == [1.0, 0.5, 0.0]
    assert share_out([100, 100, 100], 150, ShortageRule.EQUAL) == pytest.approx([0.5, 0.5, 0.5])
    assert share_out([100, 100, 100], 150, ShortageRule.NEED) == [0.0, 0.5, 1.0]
    assert share_out([0, 100, 100], 100, ShortageRule.PRIORITY) == [1.0, 1.0, 0.0]


def test_cash_is_spent_over_half_a_year_and_the_reserve_is_kept():
    assert share_out([100, 0, 0], 0, ShortageRule.PRIORITY, balance=26 * 40) == pytest.approx(
        [0.4, 1, 1]
    )
    assert share_out(
        [100, 0, 0], 0, ShortageRule.PRIORITY, balance=26 * 40, reserve=26 * 30
    ) == pytest.approx([0.1, 1, 1])
    assert share_out([100, 0, 0], 60, ShortageRule.PRIORITY, balance=-26 * 50) == pytest.approx(
        [0.1, 1, 1]
    )
    assert share_out(
        [100, 0, 0], 0, ShortageRule.PRIORITY, balance=13 * 40, plan_weeks=13.0
    ) == pytest.approx([0.4, 1, 1])


def test_what_a_service_usually_earns_follows_the_fees_of_all_three_payers():
    fees, usual = np.array([[10.0, 200.0, 3_000.0], [0.0, 0.0, 0.0]]), np.array([10.0, 80.0])
    follow_fees(fees, usual, 8.0)
    assert usual.tolist() == [10.0 + 3_200.0 / 8, 70.0]


@pytest.mark.parametrize(
    ("rule", "shares"),
    [
        (ShortageRule.PRIORITY, [1.0, 0.8, 0.0]),
        (ShortageRule.EQUAL, [8 / 9, 2 / 3, 2 / 3]),
        (ShortageRule.NEED, [2 / 3, 0.8, 1.0]),
    ],
)
def test_a_fund_pays_for_what_those_before_it_left_and_by_its_own_rule(rule, shares):
    """The first gives 100 to the first service alone; the second has 150 for what is missing of 150, 125 and 50.

    What stands in fees and in what nobody pays is planned with by nobody, however much it is.
    """
    share, rules = np.zeros(3), np.full(4, ShortageRule.PRIORITY, np.int64)
    rules[1] = rule
    funds = Funds(
        balance=np.array([0.0, 0.0, 1e6, 1e6]),
        income=np.array([100.0, 150.0, 1e6, 1e6]),
        allowed=np.array([[1, 0, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1]]),
        source=np.zeros(4, np.int64),
        rule=rules,
        earned=2,
    )
    orders = np.arange(3), np.array([2, 1, 0])
    plan(np.array([150.0, 125.0, 50.0]), funds, np.zeros(4), *orders, 26.0, share)
    assert share.tolist() == pytest.approx(shares)


def make_rates(**changes):
    """Pay by role of 100 and 300 a week, a fourth on top, half an hour of supervision at 40, 700 for a hire."""
    given = {
        "pay": np.array([100.0, 300.0]),
        "overhead": 1.25,
        "supervision_hour": 40.0,
        "supervision_hours": 0.5,
        "hire": 700.0,
        "supervised": np.array([0.75, 0.0, 0.5]),
        "supplies": np.array([3.0, 0.0, 2.5]),
        "hospital": np.array([False, False, True]),
    }
    return Rates(**given | changes)


def test_posts_cost_their_pay_with_overhead_supervision_and_what_hires_take(posts):
    """Three posts of the first service, of which one is vacant and one is four fifths; the hospital's cost nothing."""
    staff, cost = posts(5), np.full(3, 9.0)
    staff.service[:], staff.role[:] = (0, 0, 0, 1, 2), (0, 1, 1, 0, 1)
    staff.hours[:] = (1.0, 0.8, 1.0, 0.6, 1.0)
    filled = np.array([1, 1, 0, 1, 1])
    charge_posts(staff, filled, np.array([2, 0, 3]), make_rates(), cost)
    supervision = 1.8 * 0.75 * 0.5 * 40.0
    assert cost.tolist() == pytest.approx(
        [(100.0 + 240.0) * 1.25 + supervision + 1_400.0, 60.0 * 1.25, 0.0]
    )


def test_supplies_are_used_by_every_session_whoever_came(services):
    o, cost = services(3), np.array([10.0, 20.0, 30.0])
    o.held[0, 0, 0], o.held[0, 1, 3], o.held[0, 2, 4], o.held[1], o.held[2, 2, 0] = 1, 2, 4, 5, 8
    charge_supplies(o, make_rates(), cost)
    assert cost.tolist() == [10.0 + 3.0 * 7, 20.0, 30.0 + 2.5 * 8]


@pytest.mark.parametrize(
    ("order", "left"), [((0, 1), [-100.0, 100.0, 0.0, 0.0]), ((1, 0), [0.0, 0.0, 0.0, 0.0])]
)
def test_services_are_paid_in_the_order_of_their_ranks(order, left):
    """A fund of 100 for both, then one of 100 for the first alone: who comes first takes of the first fund."""
    allowed = np.array([[1, 1], [1, 0], [0, 0], [0, 0]])
    nothing, ledger = np.zeros(4, np.int64), np.zeros((4, len(PAYERS), 5))
    balance = np.array([100.0, 100.0, 0.0, 0.0])
    funds = Funds(balance, np.zeros(4), allowed, nothing, nothing, 2)
    cost, category = np.array([100.0, 100.0]), np.array([3, 4])
    pay(cost, np.zeros((2, 3)), funds, category, np.array(order), ledger)
    assert balance.tolist() == left
    # Each is booked in its own category, in full.
    assert ledger.sum(axis=(0, 1)).tolist() == [0.0, 0.0, 0.0, 100.0, 100.0]


def test_a_free_service_is_in_nobodys_way_and_a_fee_of_half_a_dollar_is_one(services):
    o, fees = services(2), np.full((2, 3), 9.0)
    o.fee[1], o.burden[1] = 0.5, (0.8, 0.3, 0.2)
    o.held[:, 0, 1], o.held[:, 1, 3], o.held[:, 2, 4] = 6, 10, 20
    collect_fees(o, fees)
    own = 6 * 0.5 * 0.8 * 2 / 5 + 10 * 0.5 * 0.3 + 20 * 0.5 * 0.2
    assert fees[0].tolist() == [0.0, 0.0, 0.0]
    assert fees[1].tolist() == pytest.approx([10 * 0.5 * 0.7, 20 * 0.5 * 0.8, own])


def test_cents_are_paid_as_thousands_are():
    """Fees of 25 cents, then what the first fund has, then the second."""
    allowed = np.array([[1], [1], [0], [0]])
    fees, source = [[0.05, 0.08, 0.12]], [Payer.GRANT, Payer.DONATION, Payer.PUBLIC, Payer.PUBLIC]
    balance, ledger = settle([0.5], fees, [0.2, 0.3, 0, 0], [0, 0, 0, 0], allowed, source)
    assert balance.tolist() == pytest.approx([0.0, 0.25, 0.0, 0.0])
    assert ledger[2, :3, 2].tolist() == pytest.approx([0.05, 0.08, 0.12])
    assert (ledger[0, Payer.GRANT, 2], ledger[1, Payer.DONATION, 2]) == pytest.approx((0.2, 0.05))


def test_a_fund_passes_over_what_it_may_not_pay_for():
    """The service of the first rank is none of its business; the second gets all, the third what is left."""
    share, nothing = np.zeros(3), np.zeros(3, np.int64)
    funds = Funds(
        balance=np.zeros(3),
        income=np.array([150.0, 0.0, 0.0]),
        allowed=np.array([[0, 1, 1], [0, 0, 0], [0, 0, 0]]),
        source=nothing,
        rule=nothing,
        earned=1,
    )
    plan(np.full(3, 100.0), funds, np.zeros(3), np.arange(3), np.arange(3), 26.0, share)
    assert share.tolist() == [0.0, 1.0, 0.5]


def test_small_requests_are_shared_as_large_ones_are_and_none_is_all_of_what_is_asked():
    assert share_out([0.3, 0.3, 0.3], 0.45, ShortageRule.EQUAL) == pytest.approx([0.5] * 3)
    assert share_out([0.3, 0.3, 0.3], 0.45, ShortageRule.PRIORITY) == pytest.approx([1, 0.5, 0])
    for rule in ShortageRule:
        assert share_out([0, 0, 0], 0.45, rule) == [1.0, 1.0, 1.0]
