"""What happens to a town from outside; acts from week 0."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.schema.field_types import Amount, Declared, Id, Role, Share, Week


class ShockOfAnyKind(Declared):
    """What all shocks have in common."""

    enabled: bool = Field(default=True, description="false takes the shock out.")
    at: Week = Field(description="Week that it begins.")
    until: Week | None = Field(default=None, description="Week that it ends; without it, it stays.")


class FundingCut(ShockOfAnyKind):
    """A fund pays less than promised."""

    kind: Literal["funding_cut"] = Field(description="Funding cut.")
    fund: Id = Field(description="The fund that is cut.")
    by: Share = Field(description="Share of the income that falls away.")


class StaffShortage(ShockOfAnyKind):
    """Staff of one role leave and cannot be replaced until it ends."""

    kind: Literal["staff_shortage"] = Field(description="Staff shortage.")
    role: Role = Field(description="The role that is short.")
    share: Share = Field(description="Share of the posts that fall empty.")


class VolunteerExodus(ShockOfAnyKind):
    """Many volunteers leave in one week; others can be found at once."""

    kind: Literal["volunteer_exodus"] = Field(description="Volunteer exodus.")
    share: Share = Field(description="Share of the volunteers who leave.")


class HardTimes(ShockOfAnyKind):
    """What hard times have in common: more of what hurts, less of what helps."""

    until: Week = Field(description="Week that it ends.")
    life_events: Amount = Field(description="Factor on the rate of life events; 1 changes nothing.")
    contacts_lost: Share = Field(
        default=0.0, description="Share of the usual contact with others that is lost."
    )
    jobs_lost: Share = Field(
        default=0.0, description="Share of those in work who lose it while it lasts."
    )
    closed: tuple[Id, ...] = Field(
        default=(), description="Services that are closed while it lasts."
    )


class Adversity(HardTimes):
    """Hard times of any sort."""

    kind: Literal["adversity"] = Field(description="Hard times.")


class Recession(HardTimes):
    """A recession: work is lost."""

    kind: Literal["recession"] = Field(description="Recession.")
    # Needed here: without it, this would be hard times of another sort.
    jobs_lost: Share = Field(description="Share of those in work who lose it while it lasts.")


class Disaster(HardTimes):
    """A flood, a fire, a storm."""

    kind: Literal["disaster"] = Field(description="Disaster.")


class Pandemic(HardTimes):
    """A pandemic: people keep apart and services close."""

    kind: Literal["pandemic"] = Field(description="Pandemic.")
    contacts_lost: Share = Field(description="Share of the usual contact with others that is lost.")


Shock = Annotated[
    FundingCut | StaffShortage | VolunteerExodus | Adversity | Recession | Disaster | Pandemic,
    Field(discriminator="kind"),
]
SHOCK_KINDS: dict[str, type[ShockOfAnyKind]] = {
    "funding_cut": FundingCut,
    "staff_shortage": StaffShortage,
    "volunteer_exodus": VolunteerExodus,
    "adversity": Adversity,
    "recession": Recession,
    "disaster": Disaster,
    "pandemic": Pandemic,
}
