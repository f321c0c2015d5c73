"""What a virtual trial counts, and what was published of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.schema.field_types import Amount, Declared, Length

Event = Literal[
    "admission",
    "acute_care",
    "emergency",
    "crisis",
    "self_harm",
    "suicide",
    "relapse",
    "symptoms_return",
    "contact",
    "dose",
    "activity",
]
Score = Literal["phq", "loneliness", "strain", "ties"]
State = Literal["response", "remission", "employed", "alive", "in_care"]
Sum = Literal["cost", "hospital_cost", "contact_time"]
# The words of the types above once more, to be looked up at run time.
EVENT_OUTCOMES: tuple[str, ...] = (
    "admission",
    "acute_care",
    "emergency",
    "crisis",
    "self_harm",
    "suicide",
    "relapse",
    "symptoms_return",
    "contact",
    "dose",
    "activity",
)
SCORES: tuple[str, ...] = ("phq", "loneliness", "strain", "ties")
STATES: tuple[str, ...] = ("response", "remission", "employed", "alive", "in_care")
RATIOS = ("OR", "RR", "HR", "IRR")
"""Effects that multiply: 1 is none, and they are averaged on the log scale."""


def refuse(sentence: str) -> PydanticCustomError:
    """What makes a field wrong, as pydantic takes it."""
    return PydanticCustomError("wrong_value", "{sentence}", {"sentence": sentence})


class Outcome(Declared):
    """What is counted for each participant, from recruitment (or a later week) to the end of
    follow-up (or an earlier one).
    """

    measure: Event | Score | State | Sum = Field(
        description="Events: admission; acute_care (emergency department, ward, crisis team or"
        " respite house); emergency; crisis; self_harm; suicide; relapse (a new episode);"
        " symptoms_return (PHQ-9 of 10 and more for a second week in a row); contact (a session of"
        " any care); dose (a session of the trial's own services); activity (a"
        " meeting of what is not care: choirs, walks, lessons). Scores: phq, loneliness (UCLA-3),"
        " strain (of caring), ties. States: response (PHQ-9 halved), remission (PHQ-9 below 5),"
        " employed, alive, in_care. Sums: cost (services, emergency department and ward),"
        " hospital_cost (the last two), contact_time (hours with the trial's services)."
    )
    counted: Literal["any", "count", "days", "at_least", "mean"] | None = Field(
        default=None,
        description="Events: any (if left out), count, or days in the ward. Scores: mean (if left"
        " out), or at_least a threshold.",
    )
    threshold: Amount | None = Field(
        default=None, description="Score from which `at_least` counts."
    )
    from_: Length | None = Field(
        default=None,
        alias="from",
        description="Beginning of the window, after recruitment. Events and sums count from then;"
        " a score is the mean of the window, and `at_least` is met if it is met in any week of it.",
    )
    to: Annotated[Length, Field(ge=1)] | None = Field(
        default=None,
        description="End of the window, after recruitment: events and sums count until then, and"
        " scores and states are of that week. Without it, the end of follow-up.",
    )

    @property
    def is_share(self) -> bool:
        """Whether each participant has it or not."""
        if self.measure in EVENT_OUTCOMES:
            return self.counted in (None, "any")
        return self.counted == "at_least" or self.measure in STATES

    @property
    def is_event(self) -> bool:
        """Whether it happens at a time."""
        return self.measure in EVENT_OUTCOMES

    @property
    def begins(self) -> int:
        """Weeks after recruitment from which it counts."""
        return self.from_ or 0

    @model_validator(mode="after")
    def _fits_together(self) -> Outcome:
        allowed = {"mean"}
        if self.measure in EVENT_OUTCOMES:
            # Of all events only a stay in the ward lasts for days.
            allowed = {"any", "count"} | ({"days"} if self.measure == "admission" else set())
        elif self.measure in SCORES:
            allowed = {"at_least", "mean"}
        if self.measure in STATES:
            allowed = {"any"}
        if self.counted is not None and self.counted not in allowed:
            named = " or ".join(sorted(allowed))
            raise refuse(f"{self.measure} is counted as {named}, not {self.counted}")
        if self.counted == "at_least" and self.threshold is None:
            raise refuse("counts who is at_least, and has no threshold")
        if self.measure in STATES and self.from_ is not None:
            raise refuse(f"{self.measure} is the state of one week: `to` says which, not `from`")
        if self.to is not None and self.to <= self.begins:
            raise refuse(
                f"its window ends (week {self.to}) before it has begun (week {self.begins});"
                " for one point in time say `to` alone"
            )
        return self
