"""How a town decides: a committee that measures, judges by written rules and acts.

Acts from week 0.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticUseDefault

from sim.scenario.schema.field_types import (
    LARGEST_COUNT,
    Amount,
    Count,
    Declared,
    Growth,
    Id,
    Length,
    Share,
    say_wrong,
)
from sim.scenario.schema.kpis import read_threshold

SeenOnce = Literal[
    "engagement",
    "wait",
    "satisfaction",
    "symptoms",
    "loneliness",
    "cost_per_person",
    "occupancy",
    "unmet_need",
    "people_served",
]
"""What one look at a town can measure."""
Kpi = Literal[SeenOnce, "improvement", "cost_per_improvement"]
"""The same, and what takes two reviews."""
Member = Literal["local_government", "provider", "funder", "peers", "families", "residents"]
Channel = Literal["survey", "focus_groups", "suggestion_box"]
VERBS = ("expand", "shrink", "pause", "move")

_REVIEWS = re.compile(r"(\d{1,3})\s*(?:reviews?)?")
MOST_REVIEWS = 5_200
"""One a week of the longest horizon."""


def _read_reviews(value: Any) -> Any:
    match = _REVIEWS.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(match[1]) if match else value


Reviews = Annotated[
    int,
    BeforeValidator(_read_reviews),
    Field(ge=1, le=MOST_REVIEWS),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MOST_REVIEWS},
                {"type": "string", "pattern": "^[0-9]+( reviews?)?$"},
            ]
        }
    ),
]


def _read_threshold(value: Any, info: ValidationInfo) -> Any:
    """A threshold in the unit of its measure; without a known measure that is told alone."""
    kpi = info.data.get("kpi")
    if value is None:
        return None
    if kpi is None:
        raise PydanticUseDefault
    currency = str((info.context or {}).get("currency") or "")
    return say_wrong(lambda: read_threshold(kpi, value, currency))


Threshold = Annotated[
    float,
    BeforeValidator(_read_threshold),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number"},
                {"type": "string", "examples": ["60%", "8 weeks", "USD 250 per week"]},
            ]
        }
    ),
]


class Survey(Declared):
    """How the committee learns how people are: an estimate with its error."""

    sample: Count = Field(default=200, description="People asked at each review.")
    response: Share = Field(default=0.45, description="Share who answer.")
    noise: Amount = Field(
        default=0.5, description="Error of one answer, in standard deviations of the answers."
    )


class FocusGroups(Declared):
    """Some people sit together and talk: few, rather well connected, swayed by whoever speaks
    first, and reported late.
    """

    people: Annotated[int, Field(strict=True, ge=1, le=LARGEST_COUNT)] = Field(
        default=10, description="People who come together before each review."
    )
    lag: Length = Field(default=8, description="Time from the talk to the report.")


class SuggestionBox(Declared):
    """Notes that people leave by themselves: a few, the discontented before others, read late."""

    writes: Share = Field(
        default=0.02, description="Share of those concerned who leave a note before a review."
    )
    lag: Length = Field(default=13, description="Time from the note to its being read.")


class Seat(Declared):
    """A member of the committee, with what it has a stake in."""

    of: Member = Field(description="Whom the member speaks for.")
    votes: Annotated[int, Field(strict=True, ge=1, le=9)] = Field(
        default=1, description="Number of votes."
    )
    runs: tuple[Id, ...] = Field(
        default=(),
        description="Services that the member runs or is paid by: a stake in what happens to them.",
    )
    holds: Id | None = Field(
        default=None,
        description="Fund that the member answers for: a stake in what is asked of it.",
    )
    recuses: bool = Field(
        default=False, description="Whether the member leaves the vote where it has a stake."
    )


class Condition(Declared):
    """What must be seen, and how often, before a rule acts."""

    # Before its thresholds, which are read in the unit of the measure.
    kpi: Kpi = Field(description="What is measured.")
    service: Id | None = Field(
        default=None, description="At which service; without it, in the whole town."
    )
    above: Threshold | None = Field(
        default=None, description="Acts when the measure is above this, in the measure's unit."
    )
    below: Threshold | None = Field(
        default=None, description="Acts when the measure is below this, in the measure's unit."
    )
    through: Channel = Field(
        default="survey", description="How it is heard, where it is asked and not counted."
    )
    for_: Reviews = Field(
        default=1, alias="for", description="Number of reviews in a row, such as `2 reviews`."
    )


class Action(Declared):
    """One decision: exactly one of expand, shrink, pause, move."""

    expand: Id | None = Field(
        default=None, description="Service to make larger, by a share, or to more neighbourhoods."
    )
    shrink: Id | None = Field(default=None, description="Service to make smaller.")
    pause: Id | None = Field(default=None, description="Service to stop until further notice.")
    move: Share | None = Field(
        default=None, description="Share of one fund's income to give to another."
    )
    to: tuple[Id, ...] = Field(default=(), description="Neighbourhoods that an expansion reaches.")
    by: Growth | None = Field(default=None, description="Share by which to expand or shrink.")
    from_fund: Id | None = Field(default=None, description="Fund that gives.")
    to_fund: Id | None = Field(default=None, description="Fund that receives.")

    @property
    def verbs(self) -> tuple[str, ...]:
        """Which of the four it asks for."""
        return tuple(verb for verb in VERBS if getattr(self, verb) is not None)

    @property
    def service(self) -> str | None:
        """The service that it is about, if it is about one."""
        return self.expand or self.shrink or self.pause


class Rule(Declared):
    """A rule of the committee: when this is seen, do that."""

    enabled: bool = Field(default=True, description="false takes the rule out and still lists it.")
    when: Condition = Field(description="What must be seen.")
    do: Action = Field(description="What is then done.")
    once: bool = Field(default=False, description="Whether it acts only once.")


class Governance(Declared):
    """The committee: how often it meets, what it sees, what it does."""

    review_every: Length = Field(description="Time between reviews.")
    delay: Length = Field(default=4, description="Time between a decision and its effect.")
    survey: Survey = Field(default_factory=Survey, description="The survey that it sees.")
    focus_groups: FocusGroups = Field(
        default_factory=FocusGroups, description="Its focus groups, for rules that listen to them."
    )
    suggestion_box: SuggestionBox = Field(
        default_factory=SuggestionBox,
        description="Its suggestion box, for rules that listen to it.",
    )
    seats: dict[Id, Seat] = Field(
        default_factory=dict,
        description="Its members; without any, the written rules decide alone.",
    )
    majority: Share = Field(
        default=0.5, description="Share of the votes cast that a decision needs more than."
    )
    rules: dict[Id, Rule] = Field(default_factory=dict, description="Its written rules.")

    @property
    def acting(self) -> dict[str, Rule]:
        """The rules that are not switched off."""
        return {name: rule for name, rule in self.rules.items() if rule.enabled}
