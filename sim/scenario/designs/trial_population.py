"""Who can take part in a virtual trial: what is known of people in the week of recruitment."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from sim.evidence.loader import all_kinds
from sim.scenario.diagnostics.messages import suggest_kind
from sim.scenario.schema.field_types import Amount, Count, Declared, Length, Share, Text

Fifth = Annotated[int, Field(strict=True, ge=1, le=5)]
Diagnosis = Literal["depression", "subthreshold", "severe_illness", "psychosis", "none"]
Insurance = Literal["none", "public", "private"]
HappenedBefore = Literal["hospital_discharge", "crisis", "emergency", "birth"]
"""What brings people to the notice of a trial; `emergency`: a crisis that somebody was told of."""


def as_several(value: Any) -> Any:
    """One of something may stand without brackets."""
    return [value] if isinstance(value, str) else value


def _check_order(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        sentence = f"the lower comes first (got {pair[0]:g} and {pair[1]:g})"
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": sentence})
    return pair


def _check_kind(kind: Any) -> Any:
    # What is no text is told by the type.
    if isinstance(kind, str) and kind not in all_kinds():
        sentence = f"there is no kind of service {kind!r}{suggest_kind(kind)}"
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": sentence})
    return kind


Kind = Annotated[Text, BeforeValidator(_check_kind)]
Kinds = Annotated[tuple[Kind, ...], BeforeValidator(as_several)]


class Eligible(Declared):
    """Who can take part; what is left out does not matter.

    Everything is looked at in the week of recruitment.
    """

    ages: Annotated[tuple[Count, Count], AfterValidator(_check_order)] | None = Field(
        default=None, description="Youngest and oldest age, both included."
    )
    sex: Literal["female", "male"] | None = Field(default=None, description="Sex.")
    role: Literal["caregiver", "pupil", "worker", "out_of_work", "retired"] | None = Field(
        default=None,
        description="Lives with somebody ill, at school, in work, out of work, retired.",
    )
    income: Annotated[tuple[Fifth, Fifth], AfterValidator(_check_order)] | None = Field(
        default=None,
        description="Poorest and richest fifth of income, both included; 1 is the poorest.",
    )
    insurance: Insurance | None = Field(default=None, description="How they are insured.")
    online: bool | None = Field(
        default=None, description="Have, or have not, a device and a connection."
    )
    diagnosis: Annotated[tuple[Diagnosis, ...], BeforeValidator(as_several)] = Field(
        default=(),
        description="Has one of these: depression (an episode now), subthreshold (PHQ-9 of 5 to 9"
        " and no episode), severe_illness, psychosis (a psychotic severe illness), none of these.",
    )
    after: HappenedBefore | None = Field(
        default=None,
        description="What has happened to them; in an `emergency`, services were told of a crisis.",
    )
    within: Length = Field(default=4, description="How long ago at most; 0 weeks is the same week.")
    phq: Annotated[tuple[Amount, Amount], AfterValidator(_check_order)] | None = Field(
        default=None, description="Lowest and highest PHQ-9, both included."
    )
    severe_illness: bool | None = Field(
        default=None, description="Has, or has not, a severe mental illness."
    )
    in_episode: bool | None = Field(
        default=None, description="Is, or is not, in an episode of depression."
    )
    episode_for: Length = Field(
        default=0, description="Has been in the present episode for at least this long."
    )
    episode_within: Length | None = Field(
        default=None, description="The present episode began at most so long ago."
    )
    episodes: Count = Field(
        default=0, description="Episodes so far, at least; the present one counts."
    )
    admissions: Count = Field(default=0, description="Psychiatric admissions so far, at least.")
    treated_before: bool | None = Field(
        default=None, description="Had, or never had, a session of any care."
    )
    in_care: Kinds = Field(
        default=(), description="Has a place in a service of one of these kinds."
    )
    in_care_for: Length = Field(default=0, description="Has had it for at least this long.")
    not_in_care: Kinds = Field(default=(), description="Has no place in a service of these kinds.")
    medicated: bool | None = Field(
        default=None, description="Has, or has not, relief by medication."
    )
    lonely: Annotated[tuple[Amount, Amount], AfterValidator(_check_order)] | None = Field(
        default=None, description="Lowest and highest UCLA-3 loneliness, both included."
    )
    ties: Annotated[tuple[Count, Count], AfterValidator(_check_order)] | None = Field(
        default=None, description="Fewest and most close ties, both included."
    )
    alone: bool | None = Field(default=None, description="Lives, or does not live, alone.")
    likely_admission: Share | None = Field(
        default=None,
        description="Chance of needing a bed if a crisis comes to the emergency department, at"
        " least.",
    )
    recent_event: Amount | None = Field(
        default=None, description="Distress that recent life events add, at least (latent)."
    )
