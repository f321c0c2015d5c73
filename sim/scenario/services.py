"""What can be offered: one class for each kind of service."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.scenario.declare import NOTHING, Amount, Count, Declared, Id, Length, PerSession, Role, Week


class Audience(Declared):
    """Who a service is for; what is left out does not matter."""

    after: Literal["hospital_discharge", "crisis"] | None = Field(default=None, description="Only people to whom this has happened.")
    within: Length = Field(default=26, description="How long after it the door stays open.")
    ages: tuple[Count, Count] | None = Field(default=None, description="Youngest and oldest age, both included.")
    phq: tuple[Amount, Amount] | None = Field(default=None, description="Lowest and highest PHQ-9 score, both included.")
    severe_illness: bool = Field(default=False, description="Only people with severe mental illness.")


class ServiceOfAnyKind(Declared):
    """What all services have in common."""

    leads: ClassVar[tuple[Role, ...]] = ()
    """Roles of which at least one must be on the staff; places are counted from the first that is."""

    enabled: bool = Field(default=True, description="false takes the service out and still lists it.")
    where: Literal["everywhere"] | tuple[Id, ...] = Field(default="everywhere", description="Neighbourhoods that it serves.")
    audience: Audience = Field(default_factory=Audience, description="Who it is for.")
    door: Literal["open", "referral"] = Field(default="open", description="Whether people can come by themselves or must be referred.")
    from_: Week | None = Field(default=None, alias="from", description="Week that it starts; without it, it stands there before week 0.")
    until: Week | None = Field(default=None, description="Week that it ends; without it, it goes on.")
    ramp: Length = Field(default=0, description="How long it takes to reach full size.")
    staff: dict[Role, Amount] = Field(default_factory=dict, description="Full-time posts by role.")
    caseload: Amount = Field(default=0.0, description="Places for each full-time post of the leading role.")
    fee: PerSession = Field(default=NOTHING, description="What a session is charged, before insurance.")
    supervision: Literal["none", "monthly", "fortnightly", "weekly"] = Field(default="none", description="How often staff are supervised.")
    checks: bool = Field(default=False, description="Whether fidelity is checked; without it, quality drifts.")
    priority: Literal["first_come", "urgent_first", "neediest_first"] = Field(default="first_come", description="Who gets a free place.")
    rank: Annotated[int, Field(strict=True, ge=1, le=9)] = Field(
        default=5, description="1 is protected longest when money is short, 9 goes first."
    )
    online: bool = Field(default=False, description="Offered online: no travel, but a device and a connection are needed.")

    @property
    def leading_role(self) -> Role | None:
        """The role that places are counted from."""
        present: list[Role] = [role for role in self.leads if role in self.staff]
        return present[0] if present else (self.leads[0] if self.leads else None)

    @property
    def stands_before_week_0(self) -> bool:
        """Whether it acts during the warm-up."""
        return self.enabled and (self.from_ is None or self.from_ < 0)


class PrimaryCare(ServiceOfAnyKind):
    """First contact: physicians recognise, treat, refer."""

    leads: ClassVar[tuple[Role, ...]] = ("physician", "nurse")
    kind: Literal["primary_care"] = Field(description="Primary care.")
    caseload: Amount = Field(description="People in mental-health care at one time for each full-time physician.")


class IndividualTherapy(ServiceOfAnyKind):
    """Talking therapy, one to one, by professionals."""

    leads: ClassVar[tuple[Role, ...]] = ("therapist",)
    kind: Literal["individual_therapy"] = Field(description="Individual therapy.")
    caseload: Amount = Field(description="Places for each full-time therapist.")


class Psychiatry(ServiceOfAnyKind):
    """Medication and the care of severe mental illness."""

    leads: ClassVar[tuple[Role, ...]] = ("psychiatrist",)
    kind: Literal["psychiatry"] = Field(description="Psychiatry.")
    caseload: Amount = Field(description="Places for each full-time psychiatrist.")


class OneToOnePeer(ServiceOfAnyKind):
    """Support by trained people with lived experience, one to one."""

    leads: ClassVar[tuple[Role, ...]] = ("peer", "volunteer")
    kind: Literal["one_to_one_peer"] = Field(description="One-to-one peer support.")
    caseload: Amount = Field(description="People that a full-time peer supports at one time.")


class RecoveryGroup(ServiceOfAnyKind):
    """Weekly groups led by peers or volunteers; members may become friends."""

    leads: ClassVar[tuple[Role, ...]] = ("peer", "volunteer")
    kind: Literal["recovery_group"] = Field(description="Recovery groups.")
    groups: Count = Field(description="Number of groups.")
    size: Annotated[int, Field(strict=True, ge=1, le=60)] = Field(description="Members at most in each group.")
    ground_rules: bool = Field(default=False, description="Agreed rules of how members treat each other.")
    rotating_leaders: bool = Field(default=False, description="Leadership goes round, which spreads the load.")


class EmergencyDepartment(ServiceOfAnyKind):
    """Where crises are met when nothing else meets them; paid by the visit."""

    kind: Literal["emergency_department"] = Field(description="Emergency department.")


class InpatientWard(ServiceOfAnyKind):
    """Psychiatric beds; paid by the day."""

    kind: Literal["inpatient_ward"] = Field(description="Psychiatric inpatient ward.")
    beds: Count = Field(description="Number of beds.")


Service = Annotated[
    PrimaryCare | IndividualTherapy | Psychiatry | OneToOnePeer | RecoveryGroup | EmergencyDepartment | InpatientWard,
    Field(discriminator="kind"),
]
KINDS: dict[str, type[ServiceOfAnyKind]] = {
    "primary_care": PrimaryCare,
    "individual_therapy": IndividualTherapy,
    "psychiatry": Psychiatry,
    "one_to_one_peer": OneToOnePeer,
    "recovery_group": RecoveryGroup,
    "emergency_department": EmergencyDepartment,
    "inpatient_ward": InpatientWard,
}
