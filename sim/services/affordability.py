"""Whether funds and fees can pay for what a scenario offers, in a year at full size.

Fees are counted as if every place were taken: what they bring is less. What does not fit even then,
cannot fit.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.scenario import Scenario
from sim.services.fund_size import estimate_fees, income_of
from sim.services.open_weeks import list_open_together, list_stretches
from sim.services.yearly_cost import price_services
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.schema.funding import Fund

MOST_FUNDS = 12
"""Of more funds than this, not every combination is looked at but the whole alone."""
FUND_SLACK = 0.05
"""Share of a cost below which a gap is not told: posts are never all filled."""


class Bill(NamedTuple):
    """What a service costs in a year at full size, who pays, and what its fees bring at most.

    cost: None where it is paid by the visit or the day. funds: those that may pay it.
    """

    cost: float | None
    fees_at_most: float
    funds: tuple[str, ...]

    @property
    def rest(self) -> float:
        """What funds must pay."""
        return max(0.0, (self.cost or 0.0) - self.fees_at_most)


def write_bills(scenario: Scenario) -> dict[str, Bill]:
    """The bill of every service that is switched on, by name."""
    fees = estimate_fees(scenario)
    return {
        name: Bill(cost.amount, 0.0 if cost.amount is None else fees[name], cost.funds)
        for name, cost in price_services(scenario).items()
    }


def list_bills(checked: Mapping[str, object]) -> dict[str, dict[str, dict[str, object]]]:
    """Bills as plain data, by file and service, of those that are scenarios."""
    return {
        file: {name: bill._asdict() for name, bill in write_bills(found).items()}
        for file, found in checked.items()
        if isinstance(found, Scenario)
    }


def yearly_income(fund: Fund, horizon: int) -> float:
    """What a fund brings in a year in which it pays; cash and one-off amounts spread over the
    horizon.
    """
    # At least one year, so that a short horizon does not make a one-off grant look like a stream.
    years = max(horizon / WEEKS_PER_YEAR, 1.0)
    regular = income_of(fund)
    once = fund.opening.amount + (fund.amount.amount if regular is None else 0.0)
    return (regular or 0.0) + once / years


def find_gaps(scenario: Scenario) -> list[Conflict]:
    """Services that nobody may pay for, and funds that cannot pay what only they may pay."""
    bills = write_bills(scenario)
    income = {name: yearly_income(fund, scenario.horizon) for name, fund in scenario.funds.items()}
    return [*_find_unpaid(bills, scenario.currency), *_find_short(bills, income, scenario)]


def _find_unpaid(bills: Mapping[str, Bill], currency: str) -> list[Conflict]:
    found = []
    for name, bill in bills.items():
        # Somebody may pay for it, or fees cover nearly all of it.
        if bill.funds or bill.rest <= FUND_SLACK * (bill.cost or 0.0):
            continue
        fees = f" and fees bring {_say(bill.fees_at_most)} at most" if bill.fees_at_most else ""
        message = (
            f"nobody pays for it: at full size it costs {currency} {_say(bill.cost or 0.0)} a year,"
            f" no fund may pay it{fees}"
        )
        hint = f"name it in `only_for` of a fund, or add a fund for it: `only_for: [{name}]`"
        found.append(Conflict(("services", name), message, hint, on_key=True))
    return found


def _find_short(
    bills: Mapping[str, Bill], income: Mapping[str, float], scenario: Scenario
) -> list[Conflict]:
    """The funds that together are short by most, of those that nobody else can help."""
    short, funds, bills = _find_worst(bills, income, scenario)
    if not funds:
        return []
    # Services that could still be paid by other funds are not these funds' burden.
    left = [name for name, bill in bills.items() if bill.rest and set(bill.funds) <= set(funds)]
    needed, given = (sum(bills[name].rest for name in left), sum(income[fund] for fund in funds))
    fees = " beyond what fees bring at most" if any(bills[n].fees_at_most for n in left) else ""
    message = (
        f"is too small for the posts: at full size {_list(left)} cost{'s' * (len(left) == 1)}"
        f" {scenario.currency} {_say(needed)} a year{fees}, and {_list(list(funds))}"
        f" bring{'s' * (len(funds) == 1)} {_say(given)}"
    )
    return [Conflict(("funds", funds[-1], "amount"), message, f"{_say(short)} a year are missing")]


def _find_worst(
    bills: Mapping[str, Bill], income: Mapping[str, float], scenario: Scenario
) -> tuple[float, tuple[str, ...], dict[str, Bill]]:
    """The largest shortage among services that are open in the same weeks, with their bills."""
    worst: tuple[float, tuple[str, ...], dict[str, Bill]] = (0.0, (), {})
    for some in list_open_together(scenario):
        here = {name: bill for name, bill in bills.items() if name in some}
        short, funds = find_shortage(here, income)
        if short > worst[0]:
            worst = short, funds, here
    return worst


def find_shortage(
    bills: Mapping[str, Bill], income: Mapping[str, float]
) -> tuple[float, tuple[str, ...]]:
    """How much a year is missing at least, however money is moved, and in which funds.

    Services that only these funds may pay cost so much more than the funds bring. 0 and no funds
    where no more is missing than posts that stay vacant leave (`FUND_SLACK`).
    """
    names = list(income)
    # Subsets grow as powers of two: beyond a dozen funds, single ones and all together must do.
    sizes = range(1, len(names) + 1) if len(names) <= MOST_FUNDS else (1, len(names))
    worst: tuple[float, tuple[str, ...]] = (0.0, ())
    beyond = 0.0
    for size in sizes:
        for funds in combinations(names, size):
            # Hall's condition: money suffices if and only if no group of funds is asked for more
            # than it has.
            due = sum(b.rest for b in bills.values() if b.funds and set(b.funds) <= set(funds))
            short = due - sum(income[fund] for fund in funds)
            # By what is missing beyond the slack, and the first of equals: a fund that about
            # balances is not named beside the one that is the cause.
            if short - FUND_SLACK * due > beyond + 1e-6:
                worst, beyond = (short, funds), short - FUND_SLACK * due
    return worst


def tell_bills(scenario: Scenario) -> list[str]:
    """Lines for people: each service with its cost and payers, and whether they suffice."""
    bills = write_bills(scenario)
    priced = {name: bill for name, bill in bills.items() if bill.cost is not None}
    if not priced:
        return []
    income = {name: yearly_income(fund, scenario.horizon) for name, fund in scenario.funds.items()}
    together = list_open_together(scenario)
    some = max(
        together, key=lambda names: sum(priced[n].cost or 0.0 for n in names & priced.keys())
    )
    cost = sum(bill.cost or 0.0 for name, bill in priced.items() if name in some)
    fees = sum(bill.fees_at_most for name, bill in priced.items() if name in some)
    # What no fund may pay is missing in any case, beside what the funds are short of.
    unpaid = sum(bill.rest for bill in bills.values() if not bill.funds)
    short = _find_worst(bills, income, scenario)[0] + unpaid
    title = "all together" if len(together) == 1 else "at once, at most"
    width = max(map(len, [*bills, title]))
    amounts = {name: "" if b.cost is None else _say(b.cost) for name, b in bills.items()}
    column = max(map(len, [*amounts.values(), _say(cost)]))
    lines = [f"  a year at full size, {scenario.currency} of {scenario.price_year}:"]
    lines += [
        f"    {name:{width}}  {amounts[name]:>{column}}  {_tell_payers(bill)}"
        for name, bill in bills.items()
    ]
    enough = "enough for every post" + (" where fees come in full" if fees else "")
    paid = f"fees bring {_say(fees)} at most, " if fees else ""
    verdict = enough + _say_unpaid_weeks(bills, income, scenario)
    if find_gaps(scenario):
        verdict = f"short of {_say(short)}"
    total = f"{paid}funds {_say(sum(income.values()))}: {verdict}"
    return [*lines, f"    {title:{width}}  {_say(cost):>{column}}  {total}"]


def _say_unpaid_weeks(
    bills: Mapping[str, Bill], income: Mapping[str, float], scenario: Scenario
) -> str:
    """When services are open that only funds could pay which have ended or not begun; empty where
    that never happens.
    """
    years = max(scenario.horizon / WEEKS_PER_YEAR, 1.0)
    # Cash that was there at first may still be there when an income has ended.
    left = {name: fund.opening.amount / years for name, fund in scenario.funds.items()}
    weeks: list[tuple[int, int]] = []
    for first, end, services, funds in list_stretches(scenario):
        here = {name: bill for name, bill in bills.items() if name in services}
        paying = {name: income[name] if name in funds else left[name] for name in income}
        if not find_shortage(here, paying)[1]:
            continue
        joined = weeks.pop()[0] if weeks and weeks[-1][1] == first else first
        weeks.append((joined, end))
    said = [_say_stretch(first, end, scenario.horizon) for first, end in weeks]
    return f" while every fund pays, not {' and '.join(said)}" if said else ""


def _say_stretch(first: int, end: int, horizon: int) -> str:
    if end == horizon:
        return f"from week {first} on"
    return f"in week {first}" if end == first + 1 else f"in weeks {first} to {end - 1}"


def _tell_payers(bill: Bill) -> str:
    if bill.cost is None:
        return "paid by the visit or the day, by insurers and public payers"
    fees = [f"fees (at most {_say(bill.fees_at_most)})"] if bill.fees_at_most else []
    return ", ".join([*fees, *bill.funds]) or "nobody"


def _say(amount: float) -> str:
    """An amount to the nearest hundred, as money is planned."""
    return f"{round(amount, -2):,.0f}"


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
