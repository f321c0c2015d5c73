"""What was published of a study, and how its participants were grouped."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.scenario.designs.trial_outcome import RATIOS, refuse
from sim.scenario.schema.field_types import (
    LARGEST_COUNT,
    Amount,
    Declared,
    Id,
    Number,
    Share,
    Text,
    say_wrong,
)
from sim.units import parse_share


class Heterogeneity(Declared):
    """How trials of the kind differ beyond chance, as a meta-analysis tells it."""

    tau: Amount | None = Field(
        default=None,
        description="Standard deviation between trials of the effect; of its logarithm for ratios.",
    )
    i2: Share | None = Field(
        default=None, description="Share of the variance of their effects that is not chance."
    )
    low: Number | None = Field(default=None, description="Prediction interval of a new trial, low.")
    high: Number | None = Field(default=None, description="The same, high.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Heterogeneity:
        told = [self.tau is not None, self.i2 is not None, self.low is not None]
        if sum(told) != 1 or (self.low is None) != (self.high is None):
            raise refuse("says heterogeneity as one of tau, i2, or low and high")
        if self.i2 is not None and self.i2 >= 1.0:
            raise refuse("i2 must be below 100%: some of what trials differ in is chance")
        if self.low is not None and self.high is not None and self.high <= self.low:
            raise refuse("the prediction interval ends before it begins")
        return self


def _read_level(value: Any) -> Any:
    """A level or an effect may be a share in percent, as papers print them."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return say_wrong(lambda: parse_share(value))
    return value


Level = Annotated[Number, BeforeValidator(_read_level)]
"""A number, or a share such as `51%`; effects that are differences of shares may be below 0."""


def _read_published(value: Any) -> Any:
    """A result without a number says so in words."""
    return {"found": "no_effect"} if value == "no effect" else value


class Reported(Declared):
    """What the study found: effect with its 95% interval, and the level of each arm (share, mean
    or change); or only whether there was an effect.
    """

    effect: Level | None = Field(default=None, description="Effect, where a number was given.")
    low: Level | None = Field(default=None, description="Low end of its 95% interval.")
    high: Level | None = Field(default=None, description="High end.")
    found: Literal["no_effect", "more", "fewer"] | None = Field(
        default=None,
        description="Where no number was given: no effect (`published: no effect` says the same),"
        " or more or fewer in the first arm.",
    )
    margin: Level | None = Field(
        default=None,
        description="Difference that would not matter, where a trial of equivalence or of"
        " non-inferiority states one; as a ratio for ratios, such as 1.25.",
    )
    arms: dict[Id, Level] = Field(
        default_factory=dict, description="Level of each arm, where it is known."
    )
    heterogeneity: Heterogeneity | None = Field(
        default=None, description="How trials that were pooled differ."
    )
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, description="Currency of published money; without it, the town's."
    )
    price_year: Annotated[int, Field(strict=True, ge=1950, le=2100)] | None = Field(
        default=None, description="Year of its prices; without it, the town's."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Reported:
        if (self.effect is None) == (self.found is None):
            raise refuse(
                "needs either `effect`, a number, or `found`: no_effect, more or fewer"
                " (`published: no effect` for a study that found none and gave no number)"
            )
        if self.effect is None and (self.low is not None or self.high is not None):
            raise refuse("has an interval and no effect")
        if self.low is not None and self.high is not None and self.high < self.low:
            raise refuse("its interval ends before it begins")
        if self.margin is not None and (self.margin <= 0.0 or self.found in ("more", "fewer")):
            raise refuse("a margin is above 0, and of a study that found no difference beyond it")
        if self.effect is not None and not (
            (self.low is None or self.low <= self.effect)
            and (self.high is None or self.effect <= self.high)
        ):
            raise refuse(f"its effect ({self.effect:g}) is outside its interval")
        return self


Published = Annotated[Reported, BeforeValidator(_read_published)]


def find_wrong_ratio(effect: str, found: Reported | None) -> str:
    """Why what was published cannot be of an effect that is a ratio; empty if it can."""
    if effect not in RATIOS or found is None:
        return ""
    if any(n is not None and n < 0 for n in (found.effect, found.low, found.high)):
        return f"{effect} is a ratio, and what was published is below 0"
    if found.margin == 1.0:
        return f"{effect} is a ratio, and a margin of 1 leaves no difference at all"
    return ""


class Clusters(Declared):
    """Participants who are allocated together: pupils of a school, patients of a practice."""

    unit: Text = Field(description="What a cluster is: school, practice, ward, town.")
    size: Annotated[int, Field(strict=True, ge=1, le=LARGEST_COUNT)] | None = Field(
        default=None, description="Participants of each cluster."
    )
    number: Annotated[int, Field(strict=True, ge=2, le=LARGEST_COUNT)] | None = Field(
        default=None, description="Clusters in all, instead of `size`."
    )
    icc: Share = Field(
        description="Correlation of the outcome within clusters, beyond what the arms explain."
    )

    @model_validator(mode="after")
    def _says_how_many(self) -> Clusters:
        if (self.size is None) == (self.number is None):
            raise refuse("says how large clusters are by one of size and number")
        if self.icc >= 1.0:
            raise refuse("icc must be below 100%: people of a cluster differ")
        return self
