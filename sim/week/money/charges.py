"""What services cost in a week: wages, overhead, supervision, hires, supplies; part of phase 10."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.fast_math import add_up
from sim.engine.kernels import loop
from sim.state.groups import Rates
from sim.state.staff import ROLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.world import World


def read_rates(world: World, hospital: NDArray[np.bool_]) -> Rates:
    """The rates of a community."""
    prices, provision = world.scenario.prices, world.provision
    pay_of = {str(role): money.per_week for role, money in prices.pay.items()}
    return Rates(
        np.array([pay_of.get(role, 0.0) for role in ROLES]),
        1.0 + prices.overhead,
        prices.supervision_hour.amount,
        world.parameters.raw["money.supervision_hours"],
        prices.recruitment.amount + prices.training.amount,
        provision.supervised,
        provision.supplies,
        hospital,
    )


@loop
def charge_posts(staff, filled, hires, rates, cost):
    """Cost (n_services,) of a week with these posts filled and so many hired."""
    hours = np.zeros(cost.size)
    cost[:] = 0.0
    for k in range(staff.key.size):
        worked = staff.hours[k] * filled[k]
        cost[staff.service[k]] += worked * rates.pay[staff.role[k]]
        hours[staff.service[k]] += worked
    for s in range(cost.size):
        supervised = hours[s] * rates.supervised[s] * rates.supervision_hours
        more = supervised * rates.supervision_hour + hires[s] * rates.hire
        # A hospital is paid by visits and bed days, which `pay_hospital` books; its posts are part
        # of these.
        cost[s] = 0.0 if rates.hospital[s] else cost[s] * rates.overhead + more


@loop
def ask(staff, a, rates, asked, request, reserve):
    """Write what each service asks of the funds for a week into `request` (n_services,), and what
    each fund keeps back into `reserve` (n_accounts,), of the accounts `a`.
    """
    now, paid_for = np.empty(request.size), np.empty(request.size)
    charge_posts(staff, staff.filled, np.zeros(request.size, np.int64), rates, now)
    for s in range(request.size):
        wanted = asked.declared[s] * asked.wanted[s]
        # Fees grow with a service, at most to twice: what a new one will earn is not known yet. A
        # service without posts costs nothing: the floor keeps the ratio from being infinite.
        usual = (a.usual_fees[s] + asked.gifts[s]) * min(wanted / max(now[s], 1e-9), 2.0)
        request[s] = max(0.0, wanted - usual)
    for f in range(asked.reserve_weeks.size):
        for s in range(request.size):
            paid_for[s] = a.allowed[f, s] * request[s]
        # Reserves are stated in weeks of what the fund would pay for.
        reserve[f] = asked.reserve_weeks[f] * add_up(paid_for)


@loop
def charge_supplies(o, rates, cost):
    """Add what sessions of the week used up."""
    for s in range(cost.size):
        held = 0
        for insurance in range(o.held.shape[1]):
            for income in range(o.held.shape[2]):
                held += o.held[s, insurance, income]
        cost[s] += rates.supplies[s] * held
