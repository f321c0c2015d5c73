"""Whom a town's services work with: schools, employers, health providers, businesses, other
organisations; acts from week 0.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.scenario.schema.field_types import NO_MONEY, Declared, Flow, Id, Share, Week

PartnerKind = Literal["school", "employer", "health_provider", "business", "organisation"]
MEETING_PLACES = ("school", "employer")
"""Partners at whose place people can be met."""


class Partnership(Declared):
    """An agreement with somebody who gives access to people, refers people or gives in kind."""

    enabled: bool = Field(default=True, description="false ends the agreement before it begins.")
    with_: PartnerKind = Field(alias="with", description="Who the partner is.")
    for_: tuple[Id, ...] = Field(alias="for", min_length=1, description="Services that it is for.")
    from_: Week = Field(default=0, alias="from", description="Week that it begins.")
    until: Week | None = Field(
        default=None, description="Week that it ends; without it, it goes on."
    )
    reach: Share = Field(
        default=0.0,
        description=(
            "Share of the pupils and students, or of those in work, who meet each of the services"
            " there in a week."
        ),
    )
    sends_from: tuple[Id, ...] = Field(
        default=(), description="Services of the partner that hand people on."
    )
    sends: Share = Field(default=0.0, description="Chance per session there of being handed on.")
    in_kind: Flow = Field(
        default=NO_MONEY,
        description=(
            "Worth of rooms, material and time given; it pays for overhead and supplies only, and"
            " what is not used is gone."
        ),
    )
    upkeep: Flow = Field(
        default=NO_MONEY,
        description=(
            "What it costs to keep the agreement alive: meetings, contracts, contact people."
        ),
    )

    def lasts(self, week: int) -> bool:
        """Whether it holds in a week."""
        return self.enabled and self.from_ <= week and (self.until is None or week < self.until)
