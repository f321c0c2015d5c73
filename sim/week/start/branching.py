"""A branch: what any option adds is there from the beginning, closed; in the week of the branch,
the numbers of one option take the place of those before.

So all options have the same past to the bit, whoever computes it, and nothing has to be moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.price_year import reprice
from sim.services.posts import count_full, share_hours
from sim.services.provision import arrange
from sim.state.staff import ROLES
from sim.week.supply.calendar import open_post

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.funding import Fund
    from sim.scenario.schema.partnerships import Partnership
    from sim.scenario.schema.services import Service
    from sim.week.world import World

KEPT = frozenset(
    {
        "key",
        "open",
        "reach",
        "trust",
        "quality",
        "offered",
        "outreach",
        "places",
        "intake",
        "enrolled",
        "waiting",
        "held",
        "left",
        "declined",
    }
)
"""Columns of services that a week makes; all others are declared."""
STILL_HERE = ("names", "offers", "staff")
"""Fields of the provision that stay as they are."""


def take_option(world: World, later: Scenario) -> None:
    """Go on as the option says: its services, posts, money and rules from this week on.

    What the committee decided of a service (its scale, neighbourhoods that it reaches) stays.
    """
    go_on_as(world, _complete(later, world.scenario))
    _set_hours(world)
    # Posts are looked at anew, although what is wanted of the service may be the same share.
    world.size[:] = -1.0


def go_on_as(world: World, scenario: Scenario) -> None:
    """Put the numbers that another scenario declares in the place of those of now; both have the
    same rows of services and posts. What weeks have made of them stays.
    """
    raw, provision = world.parameters.raw, world.provision
    scenario = reprice(scenario, raw)
    after, before = arrange(scenario, raw), arrange(world.scenario, raw)
    # A neighbourhood that the committee added stays, whatever is declared of it.
    reached = (provision.offers.reach == 1) & (before.offers.reach == 0)
    # Rows are the same from the beginning, so that numbers change in place and no resident is
    # moved.
    for name in after.offers.names():
        if name not in KEPT:
            getattr(provision.offers, name)[:] = getattr(after.offers, name)
    provision.offers.reach[:] = np.where(reached, 1, after.offers.reach)
    fields = {name: value for name, value in after._asdict().items() if name not in STILL_HERE}
    fields["full"] = count_full(after.declared, provision.staff)
    world.provision = provision._replace(**fields)
    world.scenario = scenario
    # Partners are read again in this week's calendar.
    world.meetings = None


def _set_hours(world: World) -> None:
    """Give each post the hours that are declared of it now, and close those of roles that a service
    has no more.
    """
    staff, declared = world.provision.staff, world.provision.declared
    for k in range(staff.key.size):
        service, role = declared[staff.service[k]], ROLES[staff.role[k]]
        posts = {str(each): hours for each, hours in service.staff.items()}
        staff.leading[k] = role == service.leading_role
        if role in posts:
            staff.hours[k] = share_hours(posts[role], int(staff.number[k]))
        elif staff.open[k]:
            open_post(world, k, is_open=False)


def _complete(later: Scenario, before: Scenario) -> Scenario:
    """An option with a row for everything that the others add, which never begins."""
    never = before.horizon + 1
    services: dict[str, Service] = {
        name: later.services.get(name)
        or service.model_copy(update={"from_": never, "until": None, "recruit_ahead": 0})
        for name, service in before.services.items()
    }
    funds: dict[str, Fund] = {
        name: later.funds.get(name) or fund.model_copy(update={"from_": never, "to": None})
        for name, fund in before.funds.items()
    }
    partnerships: dict[str, Partnership] = {
        name: later.partnerships.get(name) or agreement.model_copy(update={"enabled": False})
        for name, agreement in before.partnerships.items()
    }
    parts: Mapping[str, object] = {
        "services": services,
        "funds": funds,
        "partnerships": partnerships,
        "branch": before.branch,
    }
    return later.model_copy(update=parts)
