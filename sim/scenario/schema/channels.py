"""Channels by which services reach residents, and a scenario that holds some of them at their
values in another.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

from pydantic import Field

from sim.scenario.schema.field_types import Declared

ChannelName = Literal[
    "contact",
    "coping",
    "connection",
    "self_management",
    "relief",
    "attitudes",
    "company",
    "caring",
    "work",
    "response",
    "referral",
    "room",
    "beds",
]
CHANNEL_NAMES: tuple[ChannelName, ...] = get_args(ChannelName)
"""In the order in which they are told."""


class Wording(NamedTuple):
    """What a channel is called, and what is held where it is."""

    title: str
    held: str


CHANNEL_WORDING: dict[ChannelName, Wording] = {
    "contact": Wording(
        "contact in the last weeks", "the week of everybody's last session, in the risk of a crisis"
    ),
    "coping": Wording("coping", "everybody's gain in coping, and the relief felt in a session"),
    "connection": Wording(
        "connection", "everybody's gain in connection, and the company felt in a session"
    ),
    "self_management": Wording("self-management", "everybody's gain in self-management"),
    "relief": Wording("relief by medication", "everybody's relief by medication"),
    "attitudes": Wording("stigma and knowledge", "everybody's stigma and knowledge about help"),
    "company": Wording(
        "ties and company", "who becomes friends in groups, and whom volunteers visit"
    ),
    "caring": Wording("strain of caring", "the strain that sessions take off caregivers"),
    "work": Wording("work found", "who finds work through a service"),
    "response": Wording(
        "crises met", "staff and places of what meets crises before the emergency department"
    ),
    "referral": Wording("referral", "whom services hand on to services that both scenarios have"),
    "room": Wording(
        "room freed on waiting lists",
        "how long lists are, and sessions and quality, of services as large in both scenarios",
    ),
    "beds": Wording("beds freed", "whether there is a bed for somebody at their place in the line"),
}


class Held(Declared):
    """Channels of a scenario that are held, week by week, at their values in another one."""

    channels: tuple[ChannelName, ...] = Field(
        min_length=1, description="Channels that are held; `kinwell explain` runs each."
    )
    reference: dict[str, Any] = Field(
        description="The whole scenario at whose values they are held, as `kinwell show` writes it."
    )
