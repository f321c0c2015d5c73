"""How the seats of a committee vote, and who has a stake in what; part of phase 11.

Whoever has no stake votes as the written rule says. Whoever runs the service, or answers for the
fund, may vote by that instead: for more of one's own, against less of it, against spending what
one's fund does not have. Stakes and votes stand in the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.engine.random import draw_for, name_key
from sim.state.draw_streams import Stream

if TYPE_CHECKING:
    from sim.scenario.schema.governance import Action, Governance, Seat
    from sim.week.money.treasury import Treasury
    from sim.week.world import World


class Ballot(NamedTuple):
    """One member's vote: yes, no or abstains.

    By the rule or by a stake; whether there was a stake at all.
    """

    vote: str
    by: str
    stake: bool


def vote(
    world: World, treasury: Treasury, governance: Governance, rule: str, *, met: bool
) -> tuple[bool, dict[str, Ballot]]:
    """Whether the committee decides what a rule says, and the vote of each seat.

    Without seats the rule decides alone.
    """
    # Without seats nobody can deviate: the written rules decide.
    if not governance.seats:
        return met, {}
    do = governance.rules[rule].do
    cast = {
        name: _cast(world, treasury, name, seat, rule, do, met=met)
        for name, seat in governance.seats.items()
    }
    # Abstentions count for neither side.
    weight = {
        name: governance.seats[name].votes
        for name, ballot in cast.items()
        if ballot.vote != "abstains"
    }
    for_it = sum(votes for name, votes in weight.items() if cast[name].vote == "yes")
    return for_it > governance.majority * sum(weight.values()), cast


def _cast(
    world: World, treasury: Treasury, name: str, seat: Seat, rule: str, do: Action, *, met: bool
) -> Ballot:
    stake = find_stake(world, treasury, seat, do)
    said = "yes" if met else "no"
    if stake == 0:
        return Ballot(said, "rule", stake=False)
    # Whoever recuses is not counted, whatever they would have gained.
    if seat.recuses:
        return Ballot("abstains", "stake", stake=True)
    # Drawn by seat and rule: another seat in the committee moves nobody's vote.
    drawn = draw_for(
        np.zeros(1, np.uint32),
        world.week_counter,
        Stream.SURVEY,
        np.uint64(name_key(f"vote/{name}/{rule}")),
        world.seed,
    )[0, 0]
    if drawn < world.parameters.raw["governance.own_interest"]:
        return Ballot("yes" if stake > 0 else "no", "stake", stake=True)
    return Ballot(said, "rule", stake=True)


def find_stake(world: World, treasury: Treasury, seat: Seat, do: Action) -> int:
    """What a member has to gain (1) or to lose (-1) by a decision; 0 for no stake."""
    if do.move is not None:
        gains = seat.holds == do.to_fund or _pays(treasury, do.to_fund, seat.runs)
        loses = seat.holds == do.from_fund or _pays(treasury, do.from_fund, seat.runs)
        # Both at once cancel: somebody who runs services on both sides has no stake.
        return int(gains) - int(loses)
    if do.service in seat.runs:
        return 1 if do.expand else -1
    # Whoever answers for a fund minds spending only while it is short.
    asked = _pays(treasury, seat.holds, (do.service,) if do.service else ())
    if seat.holds is not None and asked and _is_short(world, treasury, seat.holds):
        return -1 if do.expand else 1
    return 0


def _pays(treasury: Treasury, fund: str | None, services: tuple[str, ...]) -> bool:
    """Whether a fund may pay for one of some services."""
    if fund not in treasury.funds:
        return False
    only = treasury.funds[fund].only_for
    return any(not only or service in only for service in services)


def _is_short(world: World, treasury: Treasury, fund: str) -> bool:
    """Whether a fund cannot pay for all that is asked of it, or will soon not be able to."""
    f = treasury.accounts.index(fund)
    asked = treasury.allowed[f] == 1
    if (world.share[asked] < 1.0).any():
        return True
    gap = float(world.weekly_cost[asked].sum() - treasury.usual_fees[asked].sum()) - float(
        treasury.income[f]
    )
    weeks = world.parameters.raw["governance.minds_below"]
    return gap > 0.0 and float(treasury.balance[f]) < weeks * gap
