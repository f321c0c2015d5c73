"""What can be offered: a class for each kind of service that the evidence knows, most of them made
from its block there.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, cast

from pydantic import Field, create_model, model_validator

from sim.evidence.loader import all_kinds
from sim.evidence.renamed import accept_old_keys
from sim.scenario.schema.field_types import (
    NO_MONEY,
    Amount,
    Count,
    Declared,
    Happened,
    Id,
    Length,
    PerSession,
    Role,
    Share,
    Week,
)


class Audience(Declared):
    """Who a service is for; what is left out does not matter."""

    after: Happened | None = Field(
        default=None, description="Only people to whom this has happened."
    )
    who: (
        Literal["anybody", "pupils", "workers", "caregivers", "lonely", "alone", "out_of_work"]
        | None
    ) = Field(
        default=None,
        description=(
            "Only people at school, in work, living with somebody ill, lonely, living alone, of"
            " working age without work; left out, as its kind says."
        ),
    )
    within: Length = Field(
        default=26, description="How long after it the service stays open to them."
    )
    ages: tuple[Count, Count] | None = Field(
        default=None, description="Youngest and oldest age, both included."
    )
    phq: tuple[Amount, Amount] | None = Field(
        default=None, description="Lowest and highest PHQ-9 score, both included."
    )
    severe_illness: bool = Field(
        default=False, description="Only people with severe mental illness."
    )
    no_severe_illness: bool = Field(
        default=False, description="Only people without severe mental illness."
    )
    groups: dict[Id, tuple[str, ...]] = Field(
        default_factory=dict,
        description=(
            "Only people of these categories of named groups, such as {ethnicity: [asian]}."
        ),
    )


class AtStart(Declared):
    """What is known of a service at week 0; the burn-in is led to it."""

    in_care: Count | None = Field(default=None, description="People in its care.")
    waiting: Count | None = Field(default=None, description="People on its waiting list.")
    waited: Length | None = Field(
        default=None, description="How long those on the list have waited so far, on average."
    )
    vacant: dict[Role, Amount] = Field(
        default_factory=dict, description="Full-time posts of the staff that nobody holds."
    )


class ServiceOfAnyKind(Declared):
    """What all services have in common."""

    # Each kind has a literal of its own; type checkers need a field that all of them share.
    if TYPE_CHECKING:
        kind: str = ""
    word: ClassVar[str] = ""
    """The kind, as the evidence names it."""

    enabled: bool = Field(
        default=True, description="false takes the service out and still lists it."
    )
    where: Literal["everywhere"] | tuple[Id, ...] = Field(
        default="everywhere", description="Neighbourhoods that it serves."
    )
    audience: Audience = Field(default_factory=Audience, description="Who it is for.")
    access: Literal["open", "referral"] = Field(
        default="open", description="Whether people can come by themselves or must be referred."
    )
    from_: Week | None = Field(
        default=None,
        alias="from",
        description="Week that it starts; without it, it stands there before week 0.",
    )
    until: Week | None = Field(
        default=None, description="Week that it ends; without it, it goes on."
    )
    ramp: Length = Field(default=0, description="How long it takes to reach full size.")
    recruit_ahead: Length = Field(
        default=0,
        description=(
            "How long before its start it looks for staff, who are paid from when they come; not"
            " before week 0."
        ),
    )
    recruiting_takes: Annotated[Length, Field(ge=1)] | None = Field(
        default=None,
        description=(
            "Mean time in weeks until one of its vacant posts is filled; without it, the"
            " evidence's `workforce.vacancy_weeks`."
        ),
    )
    staff: dict[Role, Amount] = Field(default_factory=dict, description="Full-time posts by role.")
    caseload: Amount = Field(
        default=0.0, description="Places for each full-time post of the leading role."
    )
    fee: PerSession = Field(
        default=NO_MONEY, description="What a session is charged, before insurance."
    )
    supervision: Literal["none", "monthly", "fortnightly", "weekly"] = Field(
        default="none", description="How often staff are supervised."
    )
    checks: bool = Field(
        default=False, description="Whether fidelity is checked; without it, quality drifts."
    )
    procedures: bool = Field(
        default=False,
        description="Whether how the work is done is written down; it slows the drift.",
    )
    priority: Literal["first_come", "urgent_first", "neediest_first"] = Field(
        default="first_come", description="Who gets a free place."
    )
    rank: Annotated[int, Field(strict=True, ge=1, le=9)] = Field(
        default=5, description="1 is protected longest when money is short, 9 goes first."
    )
    online: bool = Field(
        default=False,
        description="Offered online: no travel, but a device and a connection are needed.",
    )
    outreach: Share | None = Field(
        default=None,
        description="Share of its audience that it reaches each week; without it, the evidence's.",
    )
    uptake: Share = Field(
        default=1.0,
        description="Share of those offered a place who take it; the others leave the list.",
    )
    dropout_at_first: Share = Field(
        default=0.0,
        description=(
            "Share of people who leave after their first session, beside those who leave early at"
            " any time."
        ),
    )
    sessions: Count | None = Field(
        default=None,
        description=(
            "Sessions of a full course, 0 for care that ends with recovery; without it, the"
            " evidence's."
        ),
    )
    refers_to: tuple[Id, ...] = Field(
        default=(),
        description=(
            "Partners that it hands people on to, open or by referral only; for organisers, whom"
            " they vouch for."
        ),
    )
    hands_on: Share | None = Field(
        default=None,
        description="Chance per session of being handed on; without it, the evidence's, or 10%.",
    )
    supplies: PerSession = Field(
        default=NO_MONEY,
        description="What each session costs beside the staff: material, licences, rent.",
    )
    recognition: bool = Field(
        default=False,
        description="Thanks and small honours, which support staff as some supervision would.",
    )
    at_start: AtStart | None = Field(
        default=None,
        description=(
            "People in care, waiting list and vacant posts at week 0, where they are known; left"
            " out, what the burn-in comes to."
        ),
    )

    own_kind: Id | None = Field(
        default=None,
        description=(
            "Kind of the scenario's own whose numbers it has; filled in where `kind` names one."
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _accept_old_keys(cls, data: Any) -> Any:
        # Files have new keys by now, and a note; stored scenarios and Python come without.
        return accept_old_keys(data)

    @property
    def row(self) -> str:
        """The kind whose row of numbers it has: its own where it has one."""
        return self.own_kind or self.kind

    @property
    def leads(self) -> tuple[Role, ...]:
        """Roles of which at least one must be on the staff.

        Places are counted from the first that is.
        """
        return cast("tuple[Role, ...]", all_kinds()[self.word].leads)

    @property
    def leading_role(self) -> Role | None:
        """The role that places are counted from."""
        present: list[Role] = [role for role in self.leads if role in self.staff]
        return present[0] if present else (self.leads[0] if self.leads else None)

    @property
    def stands_before_week_0(self) -> bool:
        """Whether it acts during the burn-in."""
        return self.enabled and (self.from_ is None or self.from_ < 0)


class _Places(ServiceOfAnyKind):
    """A service that is sized by its posts."""


class _Groups(ServiceOfAnyKind):
    """A service that is sized by its groups."""

    groups: Count = Field(description="Number of groups.")
    size: Annotated[int, Field(strict=True, ge=1, le=60)] = Field(
        description="Members at most in each group."
    )
    ground_rules: bool = Field(
        default=False, description="Agreed rules of how members treat each other."
    )
    rotating_leaders: bool = Field(
        default=False, description="Leadership goes round, which spreads the load."
    )


class _Beds(ServiceOfAnyKind):
    """A service that is sized by its beds."""

    beds: Count = Field(description="Number of beds.")


class PrimaryCare(_Places):
    """Primary care."""

    caseload: Amount = Field(
        description="People in mental-health care at one time for each full-time physician."
    )


class IndividualTherapy(_Places):
    """Individual therapy."""

    caseload: Amount = Field(description="Places for each full-time therapist.")


class Psychiatry(_Places):
    """Psychiatry."""

    caseload: Amount = Field(description="Places for each full-time psychiatrist.")


class OneToOnePeer(_Places):
    """One-to-one peer support."""

    caseload: Amount = Field(description="People that a full-time peer supports at one time.")


OWN_MODELS = {
    "primary_care": PrimaryCare,
    "individual_therapy": IndividualTherapy,
    "psychiatry": Psychiatry,
    "one_to_one_peer": OneToOnePeer,
}
"""Kinds with fields of their own; all others are made from their block of the evidence."""
SHAPES: dict[str, type[ServiceOfAnyKind]] = {
    "places": _Places,
    "groups": _Groups,
    "beds": _Beds,
    "visits": ServiceOfAnyKind,
}


_LITERAL: Any = Literal
_CREATE: Any = create_model
"""Both take what is known only when the evidence has been read."""


def _make_kind(name: str, shape: str, meaning: str) -> type[ServiceOfAnyKind]:
    """A class for a kind: the fields of its shape, its name and its sentence."""
    above = OWN_MODELS.get(name, SHAPES[shape])
    title = name.replace("_", " ").capitalize()
    kind: Any = (_LITERAL[name], Field(description=f"{title}."))
    made = _CREATE(
        title.title().replace(" ", ""),
        __base__=above,
        __doc__=meaning,
        __module__=__name__,
        kind=kind,
    )
    globals()[made.__name__] = made  # so that a scenario can be sent to another process
    made.word = name
    return cast("type[ServiceOfAnyKind]", made)


SERVICE_MODELS: dict[str, type[ServiceOfAnyKind]] = {
    name: _make_kind(name, words.shape, words.meaning) for name, words in all_kinds().items()
}

# A union that is made at run time means nothing to a type checker.
if TYPE_CHECKING:
    Service = ServiceOfAnyKind
else:
    Service = Annotated[
        functools.reduce(operator.or_, SERVICE_MODELS.values()), Field(discriminator="kind")
    ]
