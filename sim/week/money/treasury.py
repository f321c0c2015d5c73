"""The accounts of a community: funds, fees, the hospital, and what nobody pays for.

Part of phase 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.outcomes import LONGEST_RUNWAY
from sim.services.kind import CATEGORIES
from sim.state.codes import HospitalFigure, Payer, ShortageRule
from sim.state.groups import Funds
from sim.state.staff import ROLES
from sim.week.money.in_kind import give, gives_in_kind, keep_up
from sim.week.money.payments import INCOME, PAYERS, collect_fees, pay, pay_hospital, plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.schema.funding import Fund
    from sim.week.world import World

SOURCES = {"public": Payer.PUBLIC, "grant": Payer.GRANT, "donation": Payer.DONATION}
RULES = {"priority": ShortageRule.PRIORITY, "equal": ShortageRule.EQUAL, "need": ShortageRule.NEED}


class Books(NamedTuple):
    """Figures of a week's money: spending, by public payers, by people, income, cash, runway in
    weeks.
    """

    spending: float
    public: float
    people: float
    income: float
    cash: float
    runway: float


class Treasury:
    """All accounts: the funds, restricted ones first, then `fees`, `hospital`, `in-kind` where
    partners give, and, last, `unfunded`.

    `balance` is cash by account; `ledger` (accounts, payers, categories) holds this week's amounts,
    `reviewed` what this week's evaluation costs.
    """

    reviewed: float = 0.0

    def __init__(self, world: World) -> None:
        """Open the accounts with the funds' opening cash."""
        funds = sorted(world.scenario.funds.items(), key=lambda item: not item[1].only_for)
        self.funds: dict[str, Fund] = dict(funds)
        gifts = ("in-kind",) if gives_in_kind(tuple(world.scenario.partnerships.values())) else ()
        self.accounts = (*self.funds, "fees", "hospital", *gifts, "unfunded")
        self.earned = len(self.funds)
        count, services = len(self.accounts), len(world.provision.names)
        self.balance = np.zeros(count)
        self.balance[: self.earned] = [fund.opening.amount for fund in self.funds.values()]
        self.income = np.zeros(count)
        self.moves: list[tuple[int, int, float]] = []
        self.planned_income = np.full(count, -1.0)
        self.fees = np.zeros((services, 3))
        self.usual_fees = np.zeros(services)
        self.usual_gifts = np.zeros(services)
        self.need = np.zeros(services)
        raw = world.parameters.raw
        self.supervision_hours, self.fee_weeks = (
            raw["money.supervision_hours"],
            raw["money.fee_weeks"],
        )
        self.plan_weeks, self.plan_every = (
            raw["money.plan_weeks"],
            max(1, round(raw["money.plan_every"])),
        )
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
        self.rank_order = np.argsort(world.provision.rank, kind="stable")
        prices = world.scenario.prices
        pay_of = {str(role): money.per_week for role, money in prices.pay.items()}
        self.pay_per_week = np.array([pay_of.get(role, 0.0) for role in ROLES])
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
        return (staff.number < np.array(wanted) - 1e-9).astype(np.int64)

    def _funds(self) -> Funds:
        return Funds(self.balance, self.income, self.allowed, self.source, self.rule, self.earned)

    def watch_fees(self, world: World) -> None:
        """Follow the fees of a week before the start, when no books are kept."""
        collect_fees(world.provision.offers, self.fees)
        self._follow_fees()

    def settle(self, world: World, hires: NDArray[np.int64]) -> None:
        """Book a week: fees and fund income in, services and hospital out."""
        self.ledger[:] = self.reviewed = 0.0
        collect_fees(world.provision.offers, self.fees)
        self._follow_fees()
        self.income[:] = 0.0
        self.income[: self.earned] = [self._income_of(world, f) for f in range(self.earned)]
        for giver, taker, share in self.moves:
            part = share * self.income[giver]
            self.income[giver] -= part
            self.income[taker] += part
        cost = self._cost_of(world, world.provision.staff.filled, hires)
        cost += world.provision.supplies * world.provision.offers.held.sum(axis=(1, 2))
        world.weekly_cost[:] = cost
        if world.scenario.partnerships:
            cost = cost - self._take_gifts(world)
        services = world.provision.category
        pay(cost, self.fees, self._funds(), services, self.rank_order, self.ledger)
        self._pay_hospital(world)
        if world.scenario.partnerships:
            self._book(keep_up(world), "community life")

    def _take_gifts(self, world: World) -> NDArray[np.float64]:
        """What partners pay for in kind, by service; booked as it comes in and is used."""
        staff, services = world.provision.staff, len(world.provision.names)
        wages = np.bincount(
            staff.service, staff.hours * staff.filled * self.pay_per_week[staff.role], services
        )
        supplies = world.provision.supplies * world.provision.offers.held.sum(axis=(1, 2))
        given = give(
            world, np.where(self.hospital, 0.0, wages * world.scenario.prices.overhead + supplies)
        )
        if "in-kind" in self.accounts:
            account = self.accounts.index("in-kind")
            self.ledger[account, Payer.DONATION, INCOME] += given.sum()
            np.add.at(self.ledger[account, Payer.DONATION], world.provision.category, given)
        self.usual_gifts += (given - self.usual_gifts) / self.fee_weeks
        return given

    def _follow_fees(self) -> None:
        self.usual_fees += (self.fees.sum(axis=1) - self.usual_fees) / self.fee_weeks

    def _pay_hospital(self, world: World) -> None:
        prices, account = world.scenario.prices, self.earned + 1
        for start, price, category in (
            (HospitalFigure.VISITS, prices.emergency_visit, "emergency"),
            (HospitalFigure.BED_DAYS, prices.inpatient_day, "inpatient"),
        ):
            pay_hospital(
                world.used[start : start + 3],
                price.amount,
                CATEGORIES.index(category),
                account,
                self.ledger,
            )

    def _income_of(self, world: World, f: int) -> float:
        """Income of a fund this week, after cuts and what the committee moved."""
        name, fund = list(self.funds.items())[f]
        started, ended = world.week >= fund.from_, fund.to is not None and world.week >= fund.to
        if fund.amount.per:
            amount = fund.amount.per_week if started and not ended else 0.0
        else:
            amount = fund.amount.amount if world.week == fund.from_ else 0.0
        for shock in world.scenario.shocks.values():
            if (
                shock.kind == "funding_cut"
                and shock.enabled
                and shock.fund == name
                and world.week >= shock.at
            ):
                amount *= 1.0 - shock.by if shock.until is None or world.week < shock.until else 1.0
        return amount

    def _cost_of(
        self, world: World, filled: NDArray[np.int64], hires: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Cost of each service in a week with these posts filled."""
        staff, prices = world.provision.staff, world.scenario.prices
        services = len(world.provision.names)
        wages = staff.hours * filled * self.pay_per_week[staff.role]
        cost = np.bincount(staff.service, wages, services) * (1.0 + prices.overhead)
        hours = (
            np.bincount(staff.service, staff.hours * filled, services)
            * world.provision.supervised
            * self.supervision_hours
        )
        cost += hours * prices.supervision_hour.amount + hires * (
            prices.recruitment.amount + prices.training.amount
        )
        return np.asarray(np.where(self.hospital, 0.0, cost), np.float64)

    def close_books(self) -> Books:
        """Sum up the week, evaluation included."""
        by_payer = self.ledger[:, :, INCOME + 1 :].sum(axis=(0, 2))
        spending = float(by_payer.sum())
        income = float(self.ledger[: self.earned, :, INCOME].sum())
        cash = float(self.balance.sum())
        from_funds = float(self.ledger[: self.earned, :, INCOME + 1 :].sum())
        gap = from_funds - income
        runway = LONGEST_RUNWAY if gap <= 0.0 else min(LONGEST_RUNWAY, max(0.0, cash) / gap)
        return Books(
            spending, float(by_payer[Payer.PUBLIC]), float(by_payer[2]), income, cash, runway
        )

    def plan_ahead(self, world: World) -> None:
        """Set the share of each service that its funds can afford from next week.

        Once a month, and whenever income changes.
        """
        if world.week % self.plan_every != 0 and np.array_equal(self.income, self.planned_income):
            return
        self.planned_income[:] = self.income
        nobody_new = np.zeros(len(world.provision.names), np.int64)
        now = np.maximum(self._cost_of(world, world.provision.staff.filled, nobody_new), 1e-9)
        wanted = self.declared_cost * world.wanted
        request = np.maximum(
            0.0, wanted - (self.usual_fees + self.usual_gifts) * np.minimum(wanted / now, 2.0)
        )
        reserve = np.zeros(self.balance.size)
        for f, fund in enumerate(self.funds.values()):
            reserve[f] = fund.reserve_weeks * float((self.allowed[f] * request).sum())
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
        for s in np.flatnonzero(o.places > 0):
            concerned = (r.care_service[need] == s + 1).any(axis=1) | (
                r.wait_service[need] == s + 1
            ).any(axis=1)
            self.need[s] = concerned.sum()
        return np.argsort(-self.need / np.maximum(request, 1e-9), kind="stable")

    def book_review(self, amount: float) -> None:
        """Pay for an evaluation out of the unrestricted money, or as a debt."""
        self.reviewed += amount
        self._book(amount, "evaluation")

    def _book(self, amount: float, category: str) -> None:
        account = (
            self.earned - 1
            if self.earned and not list(self.funds.values())[-1].only_for
            else len(self.accounts) - 1
        )
        self.balance[account] -= amount
        self.ledger[account, self.source[account], CATEGORIES.index(category)] += amount
