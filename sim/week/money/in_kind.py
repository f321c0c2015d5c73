"""What partners give in kind: rooms, material, time; part of phase 10.

A gift pays for overhead and supplies of the services that it is for, this week, and cannot be
saved: what is not used is gone. It stands in the ledger as a donation that came in and was spent,
so that a service costs what it costs whoever pays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.schema.partnerships import Partnership
    from sim.units import Money
    from sim.week.world import World


def worth_of(amount: Money, first: int, week: int) -> float:
    """Worth of an agreement's money this week: a flow every week, a one-off amount in its first."""
    return amount.per_week if amount.per else amount.amount * (week == first)


def gives_in_kind(agreements: tuple[Partnership, ...]) -> bool:
    """Whether any agreement gives something in kind."""
    return any(agreement.enabled and agreement.in_kind.amount > 0 for agreement in agreements)


def give(world: World, usable: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each service is given this week (n_services,), at most what it can use: `usable`, its
    overhead and supplies.
    """
    given, rows = np.zeros_like(usable), {name: s for s, name in enumerate(world.provision.names)}
    for agreement in world.scenario.partnerships.values():
        if not agreement.lasts(world.week):
            continue
        helped = [rows[name] for name in agreement.for_ if name in rows]
        # What earlier agreements gave is no longer to be given: room shrinks one agreement after
        # the other.
        room = (usable - given)[helped]
        # Never more than can be used, since a gift cannot be saved.
        worth = min(worth_of(agreement.in_kind, agreement.from_, world.week), float(room.sum()))
        if worth > 0.0:
            given[helped] += worth * room / room.sum()
    return given


def keep_up(world: World) -> float:
    """What it costs this week to keep the agreements alive."""
    lasting = (
        agreement
        for agreement in world.scenario.partnerships.values()
        if agreement.lasts(world.week)
    )
    return float(
        sum(worth_of(agreement.upkeep, agreement.from_, world.week) for agreement in lasting)
    )
