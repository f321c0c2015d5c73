"""Who lives in the town, and where."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.scenario.schema.field_types import LARGEST_COUNT, Amount, Declared, Id, OnOff, Share, Text

AGE_BANDS = ("12-17", "18-24", "25-34", "35-49", "50-64", "65-79", "80+")


class Insurance(Declared):
    """How residents are insured: shares of all residents, sum 1."""

    uninsured: Share = Field(description="Share without insurance; nobody of 65 or older.")
    public: Share = Field(
        description="Share with public insurance; everybody of 65 or older is among them."
    )
    private: Share = Field(description="Share with private insurance.")


class Work(Declared):
    """What the people of an age band do: shares, sum 1."""

    employed: Share = Field(description="Share at work.")
    student: Share = Field(description="Share of pupils and students.")
    not_in_work: Share = Field(description="Share who do neither and are not retired.")
    retired: Share = Field(description="Share of retired people.")


class Population(Declared):
    """Residents aged 12 and over."""

    bands: ClassVar[tuple[str, ...]] = AGE_BANDS

    residents: Annotated[int, Field(strict=True, ge=1, le=LARGEST_COUNT)] = Field(
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
    turnover: OnOff = Field(
        default="on",
        description=(
            "Whether people come and go: children turn 12, homes move in and out, places of those"
            " who died are taken, work, homes and severe illness change with age, so that the"
            " declared ages stay. Off, nobody comes and the town grows old."
        ),
    )
    moving: Share | None = Field(
        default=None,
        description=(
            "Share of homes that move away in a year, each followed by another; left out, what the"
            " evidence says (turnover.moving)."
        ),
    )
    groups: dict[Id, Literal["household", "person"]] = Field(
        default_factory=dict,
        description=(
            "For groups that neighbourhoods name, whether members of a household share"
            " theirs; left out, everybody has their own."
        ),
    )


class Neighbourhood(Declared):
    """A part of the town; what it does not say of its people is as in the whole town."""

    share: Share = Field(
        description="Share of the residents who live here; over all neighbourhoods the sum is 1."
    )
    deprivation: Share = Field(
        description="Deprivation from 0 (none) to 1 (most): poorer households, more life events."
    )
    distance: Amount = Field(description="Minutes of travel to services that serve the whole town.")
    ages: dict[str, Share] = Field(
        default_factory=dict, description="Share of its residents in each age band; sum 1."
    )
    female: dict[str, Share] = Field(
        default_factory=dict, description="Share of women in each of its age bands."
    )
    work: dict[str, Work] = Field(
        default_factory=dict, description="Who works, studies or is retired in each of its bands."
    )
    insurance: dict[str, Insurance] = Field(
        default_factory=dict, description="How people are insured in each of its bands."
    )
    household_sizes: dict[Annotated[int, Field(ge=1, le=7)], Share] = Field(
        default_factory=dict, description="Share of its households of each size; sum 1."
    )
    groups: dict[Id, dict[Text, Share]] = Field(
        default_factory=dict,
        description="Named groups, such as ethnicity: share of its residents in each category.",
    )
