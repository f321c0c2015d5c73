"""The accounts of a community as a table, and a week of them in one compiled call: fees and income
in, services and hospital out; part of phase 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.engine.columns import Columns
from sim.engine.kernels import loop
from sim.services.kind import CATEGORIES
from sim.state.codes import HospitalFigure
from sim.state.groups import Funds, Terms
from sim.week.money.charges import charge_posts, charge_supplies
from sim.week.money.payments import collect_fees, follow_fees, pay, pay_hospital

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.scenario.schema.funding import Prices


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Accounts(Columns):
    """Balance and income of each account (n_accounts,), who gives, how it shares out what is not
    enough, which services it may pay (n_accounts, n_services), this week's amounts (n_accounts,
    payers, categories); of each service (n_services,) its category, its place in the order of
    payment, cost and gifts of the week, fees by payer (n_services, 3), usual fees.
    """

    balance: NDArray[np.float64]
    income: NDArray[np.float64]
    source: NDArray[np.int64]
    rule: NDArray[np.int64]
    allowed: NDArray[np.int64]
    ledger: NDArray[np.float64]
    category: NDArray[np.int64]
    rank_order: NDArray[np.int64]
    cost: NDArray[np.float64]
    given: NDArray[np.float64]
    fees: NDArray[np.float64]
    usual_fees: NDArray[np.float64]


def price_boarding(prices: Prices) -> float:
    """Price of a day of boarding: as stated, or what a day in the ward costs."""
    # No record prices it; somebody is watched day and night, in a place not made for it.
    return (prices.inpatient_day if prices.boarding_day is None else prices.boarding_day).amount


def agree_terms(prices: Prices, earned: int, fee_weeks: float) -> Terms:
    """The terms of a community."""
    visit, day, boarding = (
        prices.emergency_visit.amount,
        prices.inpatient_day.amount,
        price_boarding(prices),
    )
    categories = CATEGORIES.index("emergency"), CATEGORIES.index("inpatient")
    return Terms(earned, fee_weeks, visit, boarding, day, *categories)


@loop
def watch_fees(o, a, terms):
    """Collect the fees of a week, and follow them."""
    # Before anything is paid: the fees of the week are money of the week.
    collect_fees(o, a.fees)
    follow_fees(a.fees, a.usual_fees, terms.fee_weeks)


@loop
def settle_week(o, staff, hires, used, a, rates, terms):
    """Book a week, in which so many were hired (n_services,) and the hospital was used so much."""
    watch_fees(o, a, terms)
    charge_posts(staff, staff.filled, hires, rates, a.cost)
    charge_supplies(o, rates, a.cost)
    # What was given in kind needs no money.
    due = a.cost - a.given
    funds = Funds(a.balance, a.income, a.allowed, a.source, a.rule, terms.earned)
    # Hospital after services: it has an account of its own, and takes nothing from theirs.
    pay(due, a.fees, funds, a.category, a.rank_order, a.ledger)
    hospital = terms.earned + 1
    # Three insurances, in the order of the codes; used as they stand in the counts of the ward.
    visits = used[HospitalFigure.VISITS : HospitalFigure.VISITS + 3]
    boarding = used[HospitalFigure.BOARDING_DAYS : HospitalFigure.BOARDING_DAYS + 3]
    days = used[HospitalFigure.BED_DAYS : HospitalFigure.BED_DAYS + 3]
    pay_hospital(visits, terms.visit, terms.emergency, hospital, a.ledger)
    pay_hospital(boarding, terms.boarding, terms.emergency, hospital, a.ledger)
    pay_hospital(days, terms.day, terms.inpatient, hospital, a.ledger)
