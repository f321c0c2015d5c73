"""What happens to a town from outside; acts from week 0."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.declare import Amount, Declared, Id, Role, Share, Week


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


class Adversity(ShockOfAnyKind):
    """Recession, disaster, pandemic: more of what hurts happens to people."""

    kind: Literal["adversity"] = Field(description="Hard times.")
    until: Week = Field(description="Week that it ends.")
    life_events: Amount = Field(description="Factor on the rate of life events; 1 changes nothing.")


Shock = Annotated[FundingCut | StaffShortage | Adversity, Field(discriminator="kind")]
SHOCK_KINDS: dict[str, type[ShockOfAnyKind]] = {"funding_cut": FundingCut, "staff_shortage": StaffShortage, "adversity": Adversity}
