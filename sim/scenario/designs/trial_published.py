"""What was published of a study, and how its participants were grouped."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.evidence.distributions import NORMAL_95
from sim.scenario.designs.trial_outcome import RATIOS, refuse
from sim.scenario.diagnostics.conflicts import Conflict
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

if TYPE_CHECKING:
    from collections.abc import Mapping


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


class ArmSummary(Declared):
    """An arm as papers print it: its level, mean and standard deviation, or events."""

    level: Level | None = Field(default=None, description="Share, mean or change.")
    mean: Level | None = Field(default=None, description="Mean of the outcome.")
    sd: Annotated[Amount, Field(gt=0)] | None = Field(
        default=None, description="Standard deviation of the outcome between participants."
    )
    events: Annotated[int, Field(strict=True, ge=0, le=LARGEST_COUNT)] | None = Field(
        default=None, description="Participants who had the outcome."
    )
    of: Annotated[int, Field(strict=True, ge=1, le=LARGEST_COUNT)] | None = Field(
        default=None, description="Participants in all; without it, those of `n`."
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> ArmSummary:
        told = [self.level is not None, self.mean is not None, self.events is not None]
        if sum(told) != 1 or told[1] != (self.sd is not None):
            raise refuse("is a level, or {mean: ..., sd: ...}, or {events: ..., of: ...}")
        if self.of is not None and not told[2]:
            raise refuse("`of` goes with `events`")
        if self.events is not None and self.of is not None and self.events > self.of:
            raise refuse(f"has {self.events} events of {self.of} participants")
        return self

    @property
    def known(self) -> float | None:
        """The level, where it can be told."""
        if self.events is not None:
            return None if self.of is None else self.events / self.of
        return self.mean if self.level is None else self.level


def _read_arm(value: Any) -> Any:
    return value if isinstance(value, dict | ArmSummary) else {"level": value}


ToldArm = Annotated[ArmSummary, BeforeValidator(_read_arm)]


class Reported(Declared):
    """What the study found: effect with its 95% interval, and the level of each arm (share, mean
    or change); or only whether there was an effect.
    """

    effect: Level | None = Field(default=None, description="Effect, where a number was given.")
    low: Level | None = Field(default=None, description="Low end of its 95% interval.")
    high: Level | None = Field(default=None, description="High end.")
    interval: Annotated[Share, Field(gt=0.5, lt=1)] | None = Field(
        default=None,
        description="What its interval covers, where that is not 95%, such as 90%: it is brought to"
        " 95%.",
    )
    se: Annotated[Amount, Field(gt=0)] | None = Field(
        default=None,
        description="Standard error of the effect, instead of low and high; of its logarithm for"
        " ratios.",
    )
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
    of_arms: dict[Id, ToldArm] = Field(
        default_factory=dict,
        alias="arms",
        description="Level of each arm, where it is known; or {mean: 11.1, sd: 7.3} or {events: 64,"
        " of: 218} of those that are compared, from which effect and interval follow.",
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
        follows = self.effect is None and len(self.summaries) > 1
        if follows and (self.found is not None or (self.low, self.high, self.se) != (None,) * 3):
            raise refuse("its effect and interval follow from the summaries of its arms; keep one")
        if not follows and (self.effect is None) == (self.found is None):
            raise refuse(
                "needs either `effect`, a number, or `found`: no_effect, more or fewer"
                " (`published: no effect` for a study that found none and gave no number)"
            )
        ends = (self.low, self.high)
        if self.effect is None and (ends != (None, None) or self.se is not None):
            raise refuse("has an interval and no effect")
        if self.se is not None and (ends != (None, None) or self.interval is not None):
            raise refuse("says its interval twice, by `se` and otherwise; keep one")
        if self.interval is not None and None in ends:
            raise refuse("says what an interval covers (`interval`) without `low` and `high`")
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

    @property
    def arms(self) -> dict[str, float]:
        """Level of each arm that is known."""
        levels = {name: arm.known for name, arm in self.of_arms.items()}
        return {name: level for name, level in levels.items() if level is not None}

    @property
    def summaries(self) -> dict[str, ArmSummary]:
        """Arms that are told by mean and standard deviation, or by events."""
        return {name: arm for name, arm in self.of_arms.items() if arm.level is None}


Published = Annotated[Reported, BeforeValidator(_read_published)]


def complete_published(study: Any, sizes: Mapping[str, int], design: float) -> None:
    """Complete what was published of a study that is being read; see `complete`.

    Raises `conflicts`, at the place of `published`.
    """
    if study.published is None:
        return
    try:
        found = complete(study.published, study.effect, sizes, study.compared, design)
    except PydanticCustomError as error:
        wrong = [Conflict(("published",), (error.context or {})["sentence"])]
        raise PydanticCustomError("conflicts", "contradictions", {"conflicts": wrong}) from None
    object.__setattr__(study, "published", found)  # a document that is read is frozen


def complete(
    told: Reported, effect: str, sizes: Mapping[str, int], compared: tuple[str, str], design: float
) -> Reported:
    """What was published with its effect and its 95% interval, where these follow from what is
    stated: from summaries of the arms, a standard error or an interval that covers something else.

    sizes: participants of each arm. design: by how much clusters widen the variance of summaries.
    Raises the error of a field where what is stated gives no such effect.
    """
    arms = {name: _count(arm, sizes.get(name)) for name, arm in told.of_arms.items()}
    told = told.model_copy(update={"of_arms": arms})
    if told.effect is None and told.found is None:
        found = _find_effect(told, effect, sizes, compared)
        told = told.model_copy(update=found | {"se": found["se"] * math.sqrt(design)})
        told.model_fields_set.discard("effect")  # not stated: what does not act is told by it
    if told.effect is None or (told.se is None and told.interval is None):
        return told
    return told.model_copy(update=_find_interval(told, logs=effect in RATIOS))


def _find_effect(
    told: Reported, effect: str, sizes: Mapping[str, int], compared: tuple[str, str]
) -> dict[str, float]:
    """The effect that summaries of the arms give, and its standard error."""
    one, other = (told.summaries.get(name) for name in compared)
    if one is None or other is None:
        raise refuse(f"gives no effect, and no summaries of {' and '.join(compared)}")
    found = summarise_arms(effect, (one, other), tuple(sizes.get(name, 0) for name in compared))
    if found is None:
        raise refuse(f"the summaries of its arms give no {effect}; state `effect`")
    value, error = found
    return {"effect": _tell(value, logs=effect in RATIOS), "se": error}


def _find_interval(told: Reported, *, logs: bool) -> dict[str, float | None]:
    """Ends of the 95% interval, by a standard error or from an interval that covers other than
    that.
    """
    stated = [end for end in (told.effect, told.low, told.high) if end is not None]
    if logs and min(stated) <= 0.0:
        raise refuse("a ratio of 0, or whose interval reaches it, has no interval of 95%")
    middle, *ends = (math.log(end) if logs else end for end in stated)
    if told.se is not None:
        ends = [middle - NORMAL_95 * told.se, middle + NORMAL_95 * told.se]
    else:
        wider = NORMAL_95 / NormalDist().inv_cdf(0.5 + (told.interval or 0.95) / 2.0)
        ends = [middle + wider * (end - middle) for end in ends]
    low, high = (_tell(end, logs=logs) for end in ends)
    return {"low": low, "high": high, "se": None, "interval": None}


def _tell(value: float, *, logs: bool) -> float:
    """A number of the file's scale, without digits that are none."""
    return float(f"{math.exp(value) if logs else value:.6g}")


def _count(arm: ArmSummary, size: int | None) -> ArmSummary:
    """An arm with how many its events are of."""
    if arm.events is None or arm.of is not None:
        return arm
    if size is not None and arm.events > size:
        raise refuse(f"has {arm.events} events of {size} participants (`n`)")
    return arm.model_copy(update={"of": size})


def summarise_arms(
    effect: str, arms: tuple[ArmSummary, ArmSummary], sizes: tuple[int, ...]
) -> tuple[float, float] | None:
    """Effect and standard error by the usual formulas, ratios as logarithms; None where such
    summaries do not tell it.
    """
    if all(arm.sd is not None for arm in arms) and min(sizes) > 0:
        return _compare_means(effect, arms, sizes)
    if all(arm.events is not None and arm.of is not None for arm in arms):
        return _compare_events(effect, arms)
    return None


def _compare_means(
    effect: str, arms: tuple[ArmSummary, ArmSummary], sizes: tuple[int, ...]
) -> tuple[float, float] | None:
    gap = (arms[0].mean or 0.0) - (arms[1].mean or 0.0)
    (n, m), (one, other) = sizes, ((arm.sd or 0.0) ** 2 for arm in arms)
    if effect == "MD":
        return gap, math.sqrt(one / n + other / m)
    if effect == "SMD" and n + m > 2:
        d = gap / math.sqrt(((n - 1) * one + (m - 1) * other) / (n + m - 2))
        return d, math.sqrt((n + m) / (n * m) + d**2 / (2 * (n + m)))
    return None


def _compare_events(effect: str, arms: tuple[ArmSummary, ArmSummary]) -> tuple[float, float] | None:
    (a, n), (c, m) = ((arm.events or 0, arm.of or 1) for arm in arms)
    if effect == "RD":
        p, q = a / n, c / m
        return p - q, math.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    if effect not in ("OR", "RR"):
        return None
    odds = effect == "OR"
    # As where trials are replayed: half an event more in every cell where one is empty.
    half = 0.5 if min(a, c, *((n - a, m - c) if odds else ())) == 0 else 0.0
    hit, missed = (a + half, c + half), (n - a + half, m - c + half)
    of = missed if odds else (hit[0] + missed[0], hit[1] + missed[1])
    sign = 1.0 if odds else -1.0
    error = sum(1.0 / x + sign / y for x, y in zip(hit, of, strict=True))
    return math.log(hit[0] / of[0] / (hit[1] / of[1])), math.sqrt(error)


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
