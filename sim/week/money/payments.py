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
    # Collected anew from the sessions held: nobody pays for a session that was missed.
    fees[:] = 0.0
    for s in range(o.key.size):
        if o.fee[s] <= 0.0:
            continue
        for insurance in range(o.held.shape[1]):
            for income in range(o.held.shape[2]):
                paid = o.held[s, insurance, income] * o.fee[s]
                # A sliding scale: the uninsured pay by income fifth, all of it only in the highest.
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
        # A moving mean: budgets plan with what is usual, not with one good or bad week.
        usual[s] += ((fees[s, 0] + fees[s, 1] + fees[s, 2]) - usual[s]) / weeks


@loop
def pay(cost, fees, funds, category, rank_order, ledger):
    """Pay the week: fees first, then funds in their order.

    What nobody may pay is a debt of the last account.
    """
    balance, allowed, source, earned = funds.balance, funds.allowed, funds.source, funds.earned
    count = balance.size
    # Income first, so that a week's money pays for the same week.
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
        last, earns = count - 1, False
        # Restricted funds stand first: what may pay for little else is used up before what may.
        for f in range(count):
            if allowed[f, s] == 1 and f != earned and due > 0.0:
                # The last fund with an income owes what is left; gifts in kind owe what is theirs.
                if funds.income[f] > 0.0 or f > earned or not earns:
                    last = f
                earns = earns or funds.income[f] > 0.0
                part = min(due, max(balance[f], 0.0))
                balance[f] -= part
                ledger[f, source[f], category[s]] += part
                due -= part
        # Staff have worked and are paid: what no fund covers becomes a debt instead of vanishing.
        if due > 0.0:
            balance[last] -= due
            ledger[last, source[last], category[s]] += due


@loop
def pay_hospital(count, price, category, account, ledger):
    """Visits or bed days (by insurance) at a price: insurers pay for the insured, the hospital for
    the rest.
    """
    for insurance in range(3):
        # The uninsured cannot be billed: their care is the hospital's loss, and shown as such.
        payer = Payer.HOSPITAL if insurance == Insurance.UNINSURED else insurance - 1
        # In and out in one week: the account of the hospital holds no cash of its own.
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
    # The last account is what nobody pays for, and affords nothing; fees are considered in the
    # request.
    for f in range(funds.balance.size - 1):
        if f == funds.earned:
            continue
        # Cash is spread over the weeks of a plan: spent at once, a surplus would hire people for a
        # month.
        left = max(0.0, funds.income[f] + (funds.balance[f] - reserve[f]) / plan_weeks)
        # Of what is still missing after the funds before: they share a service without paying it
        # twice.
        wanted = 0.0
        for s in range(services):
            if allowed[f, s] == 1:
                wanted += max(0.0, request[s] - granted[s])
        for position in range(services):
            # By need or by rank, the first in order gets all that it asks for before the next gets
            # any.
            s = need_order[position] if rule[f] == ShortageRule.NEED else rank_order[position]
            if allowed[f, s] == 0:
                continue
            missing = max(0.0, request[s] - granted[s])
            part = (
                # In equal parts everybody is cut by the same share, so that nothing is taken off
                # what is left.
                missing * min(1.0, left / wanted)
                if rule[f] == ShortageRule.EQUAL and wanted > 0.0
                else min(missing, left)
            )
            granted[s] += part
            if rule[f] != ShortageRule.EQUAL:
                left -= part
    for s in range(services):
        share[s] = min(1.0, granted[s] / request[s]) if request[s] > 0.0 else 1.0
