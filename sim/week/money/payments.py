"""Phase 10, money: what services cost, who pays, what funds hold; and what they can afford next
week.

Every amount is a cell of `ledger` (account, payer, category); an account's closing balance is its
opening balance plus income less spending, to the cent of a float.
"""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import loop
from sim.state.codes import Insurance, Payer, ShortageRule, list_words

PAYERS = list_words(Payer)
"""Payers as the ledger names them, in the order of their codes."""
INCOME = 0
"""Category of money coming in; the other categories are spending."""


@loop
def collect_fees(o, fees):
    """Fees earned this week, per service by payer (n, 3): public, private insurers, people.

    The uninsured pay on a sliding scale.
    """
    fees[:] = 0.0
    for s in range(o.key.size):
        if o.fee[s] <= 0.0:
            continue
        for insurance in range(o.held.shape[1]):
            for income in range(o.held.shape[2]):
                paid = o.held[s, insurance, income] * o.fee[s]
                own = (
                    o.burden[s, insurance] * (income + 1.0) / 5.0
                    if insurance == Insurance.UNINSURED
                    else o.burden[s, insurance]
                )
                fees[s, Payer.PEOPLE] += paid * own
                if insurance != Insurance.UNINSURED:
                    fees[s, insurance - 1] += paid * (1.0 - own)


@loop
def follow_fees(fees, usual, weeks):
    """Let what each service usually earns (n_services,) follow the fees of this week."""
    for s in range(usual.size):
        usual[s] += ((fees[s, 0] + fees[s, 1] + fees[s, 2]) - usual[s]) / weeks


@loop
def pay(cost, fees, funds, category, rank_order, ledger):
    """Pay the week: fees first, then funds in their order.

    What nobody may pay is a debt of the last account.
    """
    balance, allowed, source, earned = funds.balance, funds.allowed, funds.source, funds.earned
    count = balance.size
    for f in range(count):
        balance[f] += funds.income[f]
        ledger[f, source[f], INCOME] += funds.income[f]
    for position in range(rank_order.size):
        s = rank_order[position]
        due = cost[s]
        total = fees[s, 0] + fees[s, 1] + fees[s, 2]
        for payer in range(fees.shape[1]):
            ledger[earned, payer, INCOME] += fees[s, payer]
        balance[earned] += total
        from_fees = min(due, total)
        if total > 0.0:
            for payer in range(fees.shape[1]):
                ledger[earned, payer, category[s]] += from_fees * fees[s, payer] / total
        balance[earned] -= from_fees
        due -= from_fees
        last = count - 1
        for f in range(count):
            if allowed[f, s] == 1 and f != earned and due > 0.0:
                last = f
                part = min(due, max(balance[f], 0.0))
                balance[f] -= part
                ledger[f, source[f], category[s]] += part
                due -= part
        if due > 0.0:
            balance[last] -= due
            ledger[last, source[last], category[s]] += due


@loop
def pay_hospital(count, price, category, account, ledger):
    """Visits or bed days (by insurance) at a price: insurers pay for the insured, the hospital for
    the rest.
    """
    for insurance in range(3):
        payer = Payer.HOSPITAL if insurance == Insurance.UNINSURED else insurance - 1
        amount = count[insurance] * price
        ledger[account, payer, INCOME] += amount
        ledger[account, payer, category] += amount


@loop
def plan(request, funds, reserve, rank_order, need_order, plan_weeks, share):
    """Share of each service's request that its funds can afford, 0 to 1, by the rule of each fund.

    Cash is spent over `plan_weeks`.
    """
    allowed, rule, services = funds.allowed, funds.rule, request.size
    granted = np.zeros(services)
    for f in range(funds.balance.size - 1):
        if f == funds.earned:
            continue
        left = max(0.0, funds.income[f] + (funds.balance[f] - reserve[f]) / plan_weeks)
        wanted = 0.0
        for s in range(services):
            if allowed[f, s] == 1:
                wanted += max(0.0, request[s] - granted[s])
        for position in range(services):
            s = need_order[position] if rule[f] == ShortageRule.NEED else rank_order[position]
            if allowed[f, s] == 0:
                continue
            missing = max(0.0, request[s] - granted[s])
            part = (
                missing * min(1.0, left / wanted)
                if rule[f] == ShortageRule.EQUAL and wanted > 0.0
                else min(missing, left)
            )
            granted[s] += part
            if rule[f] != ShortageRule.EQUAL:
                left -= part
    for s in range(services):
        share[s] = min(1.0, granted[s] / request[s]) if request[s] > 0.0 else 1.0
