"""Parts of a virtual trial: who can take part, what an arm is given, what is counted, what was
published.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.evidence.loader import all_kinds
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.schema.field_types import Amount, Count, Declared, Id, Length, Number, Share, Text

Positive = Annotated[int, Field(strict=True, ge=1)]
Fifth = Annotated[int, Field(strict=True, ge=1, le=5)]


def _as_several(value: Any) -> Any:
    """One of something may stand without brackets."""
    return [value] if isinstance(value, str) else value


def _check_kind(kind: str) -> str:
    if kind not in all_kinds():
        sentence = f"there is no kind of service {kind!r}{suggest(kind, all_kinds())}"
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": sentence})
    return kind


Kind = Annotated[Text, BeforeValidator(_check_kind)]
Kinds = Annotated[tuple[Kind, ...], BeforeValidator(_as_several)]


class Eligible(Declared):
    """Who can take part; what is left out does not matter.

    Everything is looked at in the week of recruitment.
    """

    ages: tuple[Count, Count] | None = Field(
        default=None, description="Youngest and oldest age, both included."
    )
    sex: Literal["female", "male"] | None = Field(default=None, description="Sex.")
    role: Literal["caregiver", "pupil", "worker", "out_of_work", "retired"] | None = Field(
        default=None,
        description="Lives with somebody ill, at school, in work, out of work, retired.",
    )
    income: tuple[Fifth, Fifth] | None = Field(
        default=None,
        description="Poorest and richest fifth of income, both included; 1 is the poorest.",
    )
    insurance: Literal["none", "public", "private"] | None = Field(
        default=None, description="How they are insured."
    )
    online: bool | None = Field(
        default=None, description="Have, or have not, a device and a connection."
    )
    after: Literal["crisis", "hospital_discharge", "birth"] | None = Field(
        default=None, description="What has happened to them."
    )
    within: Length = Field(default=4, description="How long ago at most; 0 weeks is the same week.")
    phq: tuple[Amount, Amount] | None = Field(
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
    lonely: tuple[Amount, Amount] | None = Field(
        default=None, description="Lowest and highest UCLA-3 loneliness, both included."
    )
    ties: tuple[Count, Count] | None = Field(
        default=None, description="Fewest and most close ties, both included."
    )
    alone: bool | None = Field(default=None, description="Lives, or does not live, alone.")
    likely_admission: Share | None = Field(
        default=None,
        description=(
            "Chance of needing a bed if a crisis comes to the emergency department, at least."
        ),
    )
    recent_event: Amount | None = Field(
        default=None, description="Distress that recent life events add, at least (latent)."
    )


class Protocol(Declared):
    """What an arm is given or has withheld from it, beside what goes on anyway."""

    give: Annotated[tuple[Id, ...], BeforeValidator(_as_several)] = Field(
        default=(), description="One or several of the trial's services."
    )
    offered_to: Literal["participants", "relatives", "everybody"] = Field(
        default="participants",
        description=(
            "Participants get a place at once; `relatives`: an adult who lives with each;"
            " `everybody`: it stands in the town."
        ),
    )
    uptake: Share = Field(default=1.0, description="Share of participants who begin.")
    sessions: Positive | None = Field(
        default=None, description="Sessions of the full course; without it, the evidence's."
    )
    over: Length | None = Field(
        default=None,
        description="Time that the course is planned to take; without it, the evidence's pace.",
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


def _read_arm(value: Any) -> Any:
    """An arm with nothing of its own says so in words."""
    return {} if value == "as usual" else value


Arm = Annotated[Protocol, BeforeValidator(_read_arm)]
Event = Literal["admission", "acute_care", "emergency", "crisis", "relapse", "contact"]
Score = Literal["phq", "loneliness", "strain", "ties"]
State = Literal["response", "remission", "employed", "alive"]
EVENTS: tuple[str, ...] = ("admission", "acute_care", "emergency", "crisis", "relapse", "contact")
SCORES: tuple[str, ...] = ("phq", "loneliness", "strain", "ties")
COSTS: tuple[str, ...] = ("cost", "hospital_cost")


class Outcome(Declared):
    """What is counted for each participant, from recruitment (or a later week) to the end of
    follow-up.
    """

    measure: Event | Score | State | Literal["cost", "hospital_cost"] = Field(
        description=(
            "Events: admission; acute_care (emergency department, ward, crisis team or respite"
            " house); emergency; crisis; relapse (a new episode); contact (a session of any care)."
            " Scores at the end: phq, loneliness (UCLA-3), strain (of caring), ties. States at the"
            " end: response (PHQ-9 halved), remission (PHQ-9 below 5), employed, alive. cost:"
            " services, emergency department and ward; hospital_cost: the last two."
        )
    )
    counted: Literal["any", "count", "days", "at_least", "mean"] | None = Field(
        default=None,
        description=(
            "Events: any (if left out), count, or days in the ward. Scores: mean (if left out), or"
            " at_least a threshold."
        ),
    )
    threshold: Amount | None = Field(
        default=None, description="Score from which `at_least` counts."
    )
    from_: Length = Field(
        default=0,
        alias="from",
        description="Events and cost count from this long after recruitment.",
    )

    @property
    def is_share(self) -> bool:
        """Whether each participant has it or not."""
        if self.measure in EVENTS:
            return self.counted in (None, "any")
        return self.counted == "at_least" or self.measure not in SCORES + COSTS

    @model_validator(mode="after")
    def _fits_together(self) -> Outcome:
        allowed = (
            {"any", "count"}
            if self.measure in EVENTS
            else {"at_least", "mean"}
            if self.measure in SCORES
            else {"mean"}
        )
        allowed |= {"days"} if self.measure == "admission" else set()
        wrong = ""
        if (
            self.counted is not None
            and self.counted not in allowed
            and self.measure not in ("response", "remission", "employed", "alive")
        ):
            wrong = (
                f"{self.measure} is counted as {' or '.join(sorted(allowed))}, not {self.counted}"
            )
        if self.counted == "at_least" and self.threshold is None:
            wrong = "counts who is at_least, and has no threshold"
        if wrong:
            raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": wrong})
        return self


class Published(Declared):
    """What the trial found: effect with its 95% interval, and the level of each arm (share, mean or
    change).
    """

    effect: Number
    low: Number | None = None
    high: Number | None = None
    arms: dict[Id, Number] = Field(
        default_factory=dict, description="Level of each arm, where it is known."
    )
