"""What an arm of a virtual trial is given, or has withheld from it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.designs.trial_population import Insurance, Kinds
from sim.scenario.schema.field_types import LARGEST_COUNT, Amount, Declared, Id, Length, Share
from sim.units import shorten

Positive = Annotated[int, Field(strict=True, ge=1, le=LARGEST_COUNT)]
Whole = Annotated[Length, Field(ge=1)]
RHYTHMS = ("every", "per_week")
PACES = ("over", *RHYTHMS)
AS_USUAL = "as usual"
"""What is written for an arm, or a town, to which nothing happens."""


class Course(Declared):
    """How a service of the trial is given; what is left out is the arm's, or the evidence's."""

    uptake: Share | None = Field(
        default=None, description="Share of participants who begin; without it, all."
    )
    begins: Length | None = Field(
        default=None, description="How long after recruitment it begins; without it, at once."
    )
    when_phq: Amount | None = Field(
        default=None,
        description="Symptoms from which it begins: from then on in the first week in which they"
        " reach this PHQ-9, as a step of stepped care; without it, whatever they are.",
    )
    sessions: Positive | None = Field(
        default=None, description="Sessions of the full course; without it, the evidence's."
    )
    over: Whole | None = Field(
        default=None,
        description="Time that the course is planned to take; without it, the evidence's pace.",
    )
    every: Whole | None = Field(
        default=None,
        description="Time from one contact to the next, instead of `over`; beside `over`, and"
        " without `sessions`, the two say how many sessions there are.",
    )
    per_week: Annotated[Amount, Field(gt=0, le=7)] | None = Field(
        default=None, description="Contacts offered each week, 7 at most; beside `over` as `every`."
    )
    minutes: Annotated[Amount, Field(gt=0)] | None = Field(
        default=None, description="Length of a contact, for the outcome contact_time."
    )
    attendance: Share | None = Field(
        default=None,
        description="Share of sessions offered that are attended; without it, the evidence's.",
    )
    dose: Share | None = Field(
        default=None,
        description="Share of the way to the ceiling per session; without it, the evidence's.",
    )
    leaving: Share | None = Field(
        default=None, description="Share who leave early each week; without it, the evidence's."
    )
    meets: Share | None = Field(
        default=None,
        description="Share of crises that a crisis service meets; without it, the evidence's.",
    )

    @model_validator(mode="after")
    def _has_one_pace(self) -> Course:
        paces = [name for name in PACES if getattr(self, name) is not None]
        said = ""
        # `over` beside a rhythm gives the number of sessions, which `sessions` would say again.
        if len(paces) > 1 and (self.sessions is not None or "over" not in paces):
            said = f"says its pace more than once ({', '.join(paces)}); keep one"
        elif len(paces) > 2:
            said = "says two rhythms (every, per_week); keep one"
        if said:
            raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": said})
        return self

    @property
    def planned(self) -> int | None:
        """Sessions of the full course; those of its rhythm in the time that it takes."""
        if self.sessions is not None or self.over is None:
            return self.sessions
        if self.per_week is not None:
            return max(1, round(self.per_week * self.over))
        return None if self.every is None else max(1, self.over // self.every)

    def filled_from(self, arm: Course) -> Course:
        """This course, with what it leaves out taken from its arm; a pace of its own stands."""
        mine = {name: value for name, value in self if value is not None}
        # With a part of the arm's pace it would be a course that neither of the two states.
        paced = any(name in mine for name in PACES)
        shared = {
            name: getattr(arm, name)
            for name in Course.model_fields
            if getattr(arm, name) is not None and not (paced and name in PACES)
        }
        # Not checked again: sound by themselves, the two may state sessions and a pace together.
        return Course.model_construct(**(shared | mine))


def _read_given(value: Any) -> Any:
    """One service, several, or several with a course each."""
    if isinstance(value, str):
        return {value: {}}
    return {name: {} for name in value} if isinstance(value, list | tuple) else value


class Protocol(Course):
    """What an arm is given or has withheld from it, beside what goes on anyway."""

    give: Annotated[dict[Id, Course], BeforeValidator(_read_given)] = Field(
        default_factory=dict,
        description="One or several of the trial's services, or each with a course of its own.",
    )
    offered_to: Literal["participants", "relatives", "everybody"] = Field(
        default="participants",
        description="Participants get a place at once; `relatives`: an adult who lives with each;"
        " `everybody`: it stands in the town.",
    )
    insurance: Insurance | None = Field(
        default=None, description="How participants are insured from recruitment on."
    )
    withhold: Kinds = Field(
        default=(), description="Kinds of services that participants leave and stay away from."
    )
    keep: Kinds = Field(
        default=(), description="Kinds of services whose places participants keep, well or not."
    )
    adherence: Share = Field(default=1.0, description="Share of participants who hold to that.")
    until_phq: Amount | None = Field(
        default=None,
        description="Symptoms from which they may come back; without it, they stay away.",
    )

    @property
    def courses(self) -> dict[str, Course]:
        """Each service that is given, with how."""
        return {name: course.filled_from(self) for name, course in self.give.items()}


def read_as_usual(value: Any) -> Any:
    """An arm, or a town, with nothing of its own says so in words."""
    if isinstance(value, str) and value != AS_USUAL:
        said = f"must be a mapping (`key: value` lines), or `{AS_USUAL}` (got {shorten(value)})"
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": said})
    return {} if value == AS_USUAL else value


Arm = Annotated[Protocol, BeforeValidator(read_as_usual)]
