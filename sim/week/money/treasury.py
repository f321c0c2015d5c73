"""The accounts of a community: funds, fees, the hospital, and what nobody pays for.

Part of phase 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.services.kind import CATEGORIES
from sim.state.codes import Payer, ShortageRule
from sim.state.groups import Asked, Funds
from sim.state.staff import ROLES
from sim.week.money.accounts import Accounts, agree_terms, settle_week, watch_fees
from sim.week.money.charges import ask, charge_posts, read_rates
from sim.week.money.in_kind import give, gives_in_kind, keep_up
from sim.week.money.payments import INCOME, PAYERS, plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.funding import Fund
    from sim.week.world import World

SOURCES = {"public": Payer.PUBLIC, "grant": Payer.GRANT, "donation": Payer.DONATION}
RULES = {"priority": ShortageRule.PRIORITY, "equal": ShortageRule.EQUAL, "need": ShortageRule.NEED}


class Treasury:
    """All accounts: the funds, restricted ones first, then `fees`, `hospital`, `in-kind` where
    partners give, and, last, `unfunded`.

    `balance` is cash by account; `ledger` (accounts, payers, categories) holds this week's amounts,
    `reviewed` what this week's evaluation costs.
    """

    reviewed: float = 0.0

    def __init__(self, world: World) -> None:
        """Open the accounts with the funds' opening cash."""
        # Restricted funds first, in the order that they are written otherwise: `pay` relies on it.
        funds = sorted(world.scenario.funds.items(), key=lambda item: not item[1].only_for)
        self.funds: dict[str, Fund] = dict(funds)
        # An account only where partners give: towns without have the same accounts as ever.
        gifts = ("in-kind",) if gives_in_kind(tuple(world.scenario.partnerships.values())) else ()
        self.accounts = (*self.funds, "fees", "hospital", *gifts, "unfunded")
        self.earned = len(self.funds)
        count, services = len(self.accounts), len(world.provision.names)
        self.balance = np.zeros(count)
        self.balance[: self.earned] = [fund.opening.amount for fund in self.funds.values()]
        self.income = np.zeros(count)
        self.moves: list[tuple[int, int, float]] = []
        self.planned_income = b""
        self.given = np.zeros(services)
        self.usual_fees = np.zeros(services)
        self.usual_gifts = np.zeros(services)
        self.need = np.zeros(services)
        raw = world.parameters.raw
        self.fee_weeks, self.plan_weeks = raw["money.fee_weeks"], raw["money.plan_weeks"]
        self.plan_every = max(1, round(raw["money.plan_every"]))
        self.ledger = np.zeros((count, len(PAYERS), len(CATEGORIES)))
        self.read_terms(world)

    def read_terms(self, world: World) -> None:
        """Read what the scenario says of funds and posts now: who pays for what, by which rule, and
        what the declared posts cost.
        """
        self.funds = {name: world.scenario.funds[name] for name in self.funds}
        count, services = len(self.accounts), len(world.provision.names)
        self.source = np.full(count, Payer.PUBLIC, np.int64)
        self.source[: self.earned] = [SOURCES[fund.source] for fund in self.funds.values()]
        self.rule = np.zeros(count, np.int64)
        self.rule[: self.earned] = [RULES[fund.when_short] for fund in self.funds.values()]
        self.allowed = np.zeros((count, services), np.int64)
        # Hospital work is paid through its own account, by price: no fund may pay for it a second
        # time.
        hospital = np.array(
            [kind in ("emergency_department", "inpatient_ward") for kind in world.provision.kinds],
            bool,
        )
        for f, fund in enumerate(self.funds.values()):
            self.allowed[f] = [
                not fund.only_for or name in fund.only_for for name in world.provision.names
            ]
        self.allowed[:, hospital] = 0
        self.hospital = hospital
        self.reserve_weeks = np.array([float(fund.reserve_weeks) for fund in self.funds.values()])
        # Stable sorting: services of one rank are paid in the order of the scenario.
        self.rank_order = np.argsort(world.provision.rank, kind="stable")
        self.rates = read_rates(world, hospital)
        self.promised: NDArray[np.float64] | None = None
        # Income changes in these weeks alone, so that it is computed in them alone.
        self.turns = frozenset(_list_turns(world.scenario))
        self.terms = agree_terms(world.scenario.prices, self.earned, self.fee_weeks)
        self.table = self._open_accounts(world)
        self.declared_cost = self._cost_of(
            world, self._declared_posts(world), np.zeros(services, np.int64)
        )

    def _declared_posts(self, world: World) -> NDArray[np.int64]:
        """Posts that the scenario declares, room to grow left out: 1 for each of them."""
        staff = world.provision.staff
        hours = [
            {str(role): hours for role, hours in service.staff.items()}
            for service in world.provision.declared
        ]
        wanted = [
            hours[s].get(ROLES[role], 0.0)
            for s, role in zip(staff.service, staff.role, strict=True)
        ]
        # Room to grow is declared as posts beyond what the scenario pays for: cost counts the
        # others.
        return (staff.number < np.array(wanted) - 1e-9).astype(np.int64)

    def _funds(self) -> Funds:
        return Funds(self.balance, self.income, self.allowed, self.source, self.rule, self.earned)

    def _open_accounts(self, world: World) -> Accounts:
        services = len(world.provision.names)
        return Accounts(
            balance=self.balance,
            income=self.income,
            source=self.source,
            rule=self.rule,
            allowed=self.allowed,
            ledger=self.ledger,
            category=world.provision.category,
            rank_order=self.rank_order,
            cost=np.zeros(services),
            given=self.given,
            fees=np.zeros((services, 3)),
            usual_fees=self.usual_fees,
        )

    def watch_fees(self, world: World) -> None:
        """Follow the fees of a week before the start, when no books are kept."""
        watch_fees(world.provision.offers, self.table, self.terms)

    def settle(self, world: World, hires: NDArray[np.int64]) -> None:
        """Book a week: fees and fund income in, services and hospital out."""
        # This week's amounts only; balances carry over.
        self.ledger[:] = self.reviewed = 0.0
        self._receive(world)
        if world.scenario.partnerships:
            self.given[:] = self._take_gifts(world)
        offers, staff = world.provision.offers, world.provision.staff
        settle_week(offers, staff, hires, world.used, self.table, self.rates, self.terms)
        world.weekly_cost[:] = self.table.cost
        if world.scenario.partnerships:
            self._book(keep_up(world), "community life")

    def _receive(self, world: World) -> None:
        """What funds receive this week; it changes in few weeks only, and by what was moved."""
        # Nothing is promised after terms were read anew, as in a branch.
        if self.promised is None or world.week in self.turns:
            self.promised = np.array([self._income_of(world, f) for f in range(self.earned)])
        # Moves of the committee are shares of what a fund receives, so that a cut hits both alike.
        self.income[: self.earned] = self.promised
        for giver, taker, share in self.moves:
            part = share * self.income[giver]
            self.income[giver] -= part
            self.income[taker] += part

    def _take_gifts(self, world: World) -> NDArray[np.float64]:
        """What partners pay for in kind, by service; booked as it comes in and is used."""
        staff, services = world.provision.staff, len(world.provision.names)
        wages = np.bincount(
            staff.service, staff.hours * staff.filled * self.rates.pay[staff.role], services
        )
        supplies = self.rates.supplies * world.provision.offers.held.sum(axis=(1, 2))
        # At most overhead and supplies: partners give rooms and material, nobody's wage.
        given = give(
            world, np.where(self.hospital, 0.0, wages * world.scenario.prices.overhead + supplies)
        )
        if "in-kind" in self.accounts:
            account = self.accounts.index("in-kind")
            self.ledger[account, Payer.DONATION, INCOME] += given.sum()
            np.add.at(self.ledger[account, Payer.DONATION], world.provision.category, given)
        self.usual_gifts += (given - self.usual_gifts) / self.fee_weeks
        return given

    def _income_of(self, world: World, f: int) -> float:
        """Income of a fund this week, after cuts and what the committee moved."""
        name, fund = list(self.funds.items())[f]
        started, ended = world.week >= fund.from_, fund.to is not None and world.week >= fund.to
        if fund.amount.per:
            amount = fund.amount.per_week if started and not ended else 0.0
        else:
            # An amount without a period is paid once.
            amount = fund.amount.amount if world.week == fund.from_ else 0.0
        for shock in world.scenario.shocks.values():
            if (
                shock.kind == "funding_cut"
                and shock.enabled
                and shock.fund == name
                and world.week >= shock.at
            ):
                # Cuts of one fund multiply: the second takes its share of what the first has left.
                amount *= 1.0 - shock.by if shock.until is None or world.week < shock.until else 1.0
        return amount

    def _cost_of(
        self, world: World, filled: NDArray[np.int64], hires: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Cost of each service in a week with these posts filled."""
        cost = np.empty(len(world.provision.names))
        charge_posts(world.provision.staff, filled, hires, self.rates, cost)
        return cost

    def plan_ahead(self, world: World) -> None:
        """Set the share of each service that its funds can afford from next week.

        Once a month, and whenever income changes.
        """
        income = self.income.tobytes()
        # Posts follow the plan; planning every week would open and close them with every small
        # change.
        if world.week % self.plan_every != 0 and income == self.planned_income:
            return
        self.planned_income = income
        request, reserve = np.empty_like(self.need), np.zeros_like(self.balance)
        asked = Asked(self.declared_cost, world.wanted, self.usual_gifts, self.reserve_weeks)
        ask(world.provision.staff, self.table, self.rates, asked, request, reserve)
        need_order = (
            self._order_by_need(world, request)
            if (self.rule == ShortageRule.NEED).any()
            else self.rank_order
        )
        orders = self.rank_order, need_order
        plan(request, self._funds(), reserve, *orders, self.plan_weeks, world.share)

    def _order_by_need(self, world: World, request: NDArray[np.float64]) -> NDArray[np.int64]:
        """Services by the people in need who are in them or wait for them, for the money asked.

        A closed one counts as when it was open.
        """
        r, o = world.residents, world.provision.offers
        need = world.in_need & (r.alive == 1)
        # Closed services keep the need counted when they were open, or no fund by need would reopen
        # them.
        for s in np.flatnonzero(o.places > 0):
            concerned = (r.care_service[need] == s + 1).any(axis=1) | (
                r.wait_service[need] == s + 1
            ).any(axis=1)
            self.need[s] = concerned.sum()
        # Need for the money asked, so that a large service does not come first by size alone.
        return np.argsort(-self.need / np.maximum(request, 1e-9), kind="stable")

    def book_review(self, amount: float) -> None:
        """Pay for an evaluation out of the unrestricted money, or as a debt."""
        self.reviewed += amount
        self._book(amount, "evaluation")

    def _book(self, amount: float, category: str) -> None:
        # The last unrestricted fund that has money; where none has, it is the debt of the last.
        free = [f for f, fund in enumerate(self.funds.values()) if not fund.only_for]
        able = [f for f in free if self.income[f] > 0.0 or self.balance[f] > 0.0]
        account = (able or free or [len(self.accounts) - 1])[-1]
        self.balance[account] -= amount
        self.ledger[account, self.source[account], CATEGORIES.index(category)] += amount


def _list_turns(scenario: Scenario) -> Iterator[int | None]:
    """Weeks in which a fund can begin to receive another amount than the week before."""
    for fund in scenario.funds.values():
        # One week later too: an amount paid once is gone again.
        yield from (fund.from_, fund.from_ + 1, fund.to)
    for shock in scenario.shocks.values():
        if shock.kind == "funding_cut":
            yield from (shock.at, shock.until)
