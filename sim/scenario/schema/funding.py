"""Where the money comes from, and what things cost."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.scenario.schema.field_types import (
    NO_MONEY,
    Count,
    Daily,
    Declared,
    Flow,
    Hourly,
    Id,
    Pay,
    PerHire,
    PerReview,
    PerVisit,
    Role,
    Share,
    Stock,
    Week,
)


class Fund(Declared):
    """Money with a source, dates and conditions; acts from week 0."""

    source: Literal["public", "grant", "donation"] = Field(description="Whose money it is.")
    from_: Week = Field(
        default=0,
        alias="from",
        description="First week of income; for a one-off amount, the week that it arrives.",
    )
    to: Week | None = Field(
        default=None, description="Week that income ends; without it, it goes on."
    )
    amount: Flow = Field(
        description="Income per year, month or week; an amount without a period comes once."
    )
    opening: Stock = Field(default=NO_MONEY, description="Cash at week 0.")
    only_for: tuple[Id, ...] = Field(
        default=(), description="Services that it may pay; none named means any."
    )
    when_short: Literal["priority", "equal", "need"] = Field(
        default="priority",
        description="What shrinks when it cannot pay for everything: by rank, all alike, or "
        "where fewest people in need are served or wait for the money.",
    )
    reserve_weeks: Count = Field(default=0, description="Weeks of spending that are kept back.")


class Prices(Declared):
    """What things cost, in the scenario's currency and price year."""

    pay: dict[Role, Pay] = Field(
        description="Yearly pay of a full-time post, by role; every paid role on a staff needs one."
    )
    overhead: Share = Field(
        default=0.3, description="Rooms, administration and the like, as a share of pay."
    )
    emergency_visit: PerVisit = Field(description="A visit to the emergency department.")
    inpatient_day: Daily = Field(description="A day in the psychiatric ward.")
    boarding_day: Daily | None = Field(
        default=None,
        description="A day of waiting in the emergency department for a bed, beyond the visit;"
        " left out, as a day in the ward (an assumption).",
    )
    supervision_hour: Hourly = Field(default=NO_MONEY, description="An hour of supervision.")
    recruitment: PerHire = Field(default=NO_MONEY, description="Finding one new member of staff.")
    training: PerHire = Field(default=NO_MONEY, description="Training one new member of staff.")
    volunteer_hour: Hourly = Field(
        default=NO_MONEY, description="Value of an hour of volunteer work."
    )
    evaluation: PerReview = Field(
        default=NO_MONEY, description="One evaluation for the committee, survey included."
    )
    focus_groups: PerReview = Field(
        default=NO_MONEY,
        description="Focus groups before a review: moderator, report, refreshments.",
    )
    caregiver_hour: Hourly = Field(default=NO_MONEY, description="Value of an hour of unpaid care.")
    work_day: Daily = Field(default=NO_MONEY, description="Value of a day of work.")
