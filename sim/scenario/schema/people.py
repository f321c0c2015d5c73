"""Who lives in the town, and where."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from sim.scenario.schema.field_types import Amount, Declared, Share

AGE_BANDS = ("12-17", "18-24", "25-34", "35-49", "50-64", "65-79", "80+")
OLDER = ("65-79", "80+")
"""Bands whose people all have public insurance."""


class Insurance(Declared):
    """How residents are insured: shares of all residents, sum 1."""

    uninsured: Share = Field(description="Share without insurance; nobody of 65 or older.")
    public: Share = Field(
        description="Share with public insurance; everybody of 65 or older is among them."
    )
    private: Share = Field(description="Share with private insurance.")


class Population(Declared):
    """Residents aged 12 and over."""

    bands: ClassVar[tuple[str, ...]] = AGE_BANDS

    residents: Annotated[int, Field(strict=True, ge=1, le=20_000_000)] = Field(
        description="Number of residents aged 12 and over."
    )
    ages: dict[str, Share] = Field(
        description=(
            f"Share of residents in each age band; the bands are {', '.join(AGE_BANDS)}; sum 1."
        )
    )
    female: Share = Field(description="Share of residents who are female.")
    household_sizes: dict[Annotated[int, Field(ge=1, le=7)], Share] = Field(
        description="Share of households of each size, 1 to 7; sum 1."
    )
    employed: Share = Field(description="Share of those aged 18 to 64 who are employed.")
    insurance: Insurance = Field(description="How residents are insured.")
    online: Share = Field(description="Share of residents with a device and a connection.")
    within_neighbourhood: Share = Field(
        default=0.7, description="Share of friendships that stay inside the neighbourhood."
    )


class Neighbourhood(Declared):
    """A part of the town."""

    share: Share = Field(
        description="Share of the residents who live here; over all neighbourhoods the sum is 1."
    )
    deprivation: Share = Field(
        description="Deprivation from 0 (none) to 1 (most): poorer households, more life events."
    )
    distance: Amount = Field(description="Minutes of travel to services that serve the whole town.")
