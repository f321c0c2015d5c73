"""Which runs tell what carries a difference between a reference and a programme."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.errors import Refused
from sim.scenario.diff import find_differences
from sim.scenario.scenario import PAST
from sim.scenario.schema.channels import CHANNEL_NAMES, ChannelName
from sim.services.catalogue import KINDS
from sim.week.start.initialisation import read_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import Service

Held = frozenset[ChannelName]
CHANNEL_FIELDS: dict[ChannelName, tuple[str, ...]] = {
    "coping": ("coping", "harm"),
    "connection": ("connection", "warmth"),
    "self_management": ("self_management", "kin"),
    "relief": ("relief",),
    "attitudes": ("stigma", "knowledge"),
    "company": ("company",),
    "caring": ("strain_reduction",),
    "work": ("placement",),
    "referral": ("refers", "links"),
}
"""Numbers of the evidence by which a kind of service acts through a channel."""


MOST_NAMED = 4
"""Keys that a refusal names."""


class Explanation(NamedTuple):
    """What is run to explain one difference.

    channels: those by which some service of the two acts. runs: scenarios by the channels that are
    held in them; none held is the programme itself.
    """

    reference: Scenario
    programme: Scenario
    channels: tuple[ChannelName, ...]
    runs: Mapping[Held, Scenario]

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Everything that is run, the reference first."""
        return (self.reference, *self.runs.values())


def plan_explanation(
    reference: Scenario, programme: Scenario, draws: Sequence[Mapping[str, float]] | None = None
) -> Explanation:
    """Plan the runs: all channels held, each one alone, each one alone free.

    draws: values of parameters that replicates are spread over. Raises `Refused` where the two
    differ before week 0, or in how long they are followed.
    """
    check_explainable(reference, programme)
    channels = list_channels(reference, programme, draws)
    everything = frozenset(channels)
    resolved = reference.resolved()
    runs: dict[Held, Scenario] = {frozenset(): programme}
    for ending, held in _list_held(channels):
        # With one or two channels, some of these are the same run.
        if held not in runs:
            changes = {"channels": [c for c in channels if c in held], "reference": resolved}
            named = {"name": f"{programme.name}-{ending}", "title": _entitle(programme, held)}
            runs[held] = programme.with_({**named, "held": changes})
    return Explanation(
        reference, programme, channels, runs if everything else {frozenset(): programme}
    )


def _list_held(channels: tuple[ChannelName, ...]) -> list[tuple[str, Held]]:
    """Endings of names, and what is held: everything, one channel, all but one."""
    everything = frozenset(channels)
    spelled = {channel: channel.replace("_", "-") for channel in channels}
    return [
        ("held", everything),
        *((f"without-{spelled[c]}", frozenset({c})) for c in channels),
        *((f"only-{spelled[c]}", everything - {c}) for c in channels),
    ]


def _entitle(programme: Scenario, held: Held) -> str:
    words = ", ".join(channel.replace("_", " ") for channel in CHANNEL_NAMES if channel in held)
    return f"{programme.title[:60]}, held: {words}"


def check_explainable(reference: Scenario, programme: Scenario) -> None:
    """Refuse what has no trace to hold channels at."""
    names = f"{programme.name} and {reference.name}"
    if programme.held is not None or reference.held is not None:
        raise Refused(f"{names}: one of them holds channels itself; explain what it was made from")
    if programme.branch is not None or reference.branch is not None:
        raise Refused(
            f"{names}: one of them branches; to explain an option, write what it changes as a"
            " scenario without `branch`"
        )
    if programme.past_hash != reference.past_hash:
        where = ", ".join(find_past_differences(reference, programme)[:MOST_NAMED])
        raise Refused(
            f"{names} differ before week 0 ({where}), so that no week is the first that tells them"
            " apart; let what differs begin `from: week 0` or later"
        )
    if programme.horizon != reference.horizon:
        raise Refused(f"{names} are followed for {programme.horizon} and {reference.horizon} weeks")


def find_past_differences(one: Scenario, other: Scenario) -> list[str]:
    """Keys in which two scenarios differ before week 0, as dotted paths."""
    standing = {
        name
        for scenario in (one, other)
        for name, service in scenario.services.items()
        if service.stands_before_week_0
    }
    return [
        ".".join(found.path)
        for found in find_differences(one, other)
        if found.path[0] in PAST or (found.path[0] == "services" and found.path[1] in standing)
    ]


def list_channels(
    reference: Scenario, programme: Scenario, draws: Sequence[Mapping[str, float]] | None = None
) -> tuple[ChannelName, ...]:
    """Channels by which some service of the two acts, in any draw: the others need no run."""
    services = [
        (scenario, service)
        for scenario in (reference, programme)
        for service in scenario.services.values()
        if service.enabled
    ]
    raw = {
        id(scenario): [read_parameters(scenario, draw).raw for draw in draws or ({},)]
        for scenario in (reference, programme)
    }
    acts: dict[ChannelName, Callable[[Service], bool]] = {
        "contact": lambda service: not KINDS[service.kind].low_intensity,
        "company": lambda service: KINDS[service.kind].friends,
        "response": lambda service: KINDS[service.kind].crisis,
        "referral": lambda service: bool(service.hands_on),
        "room": lambda service: not KINDS[service.kind].hospital,
        "beds": lambda service: service.kind == "inpatient_ward",
    }
    partners = any(scenario.partnerships for scenario in (reference, programme))

    def is_used(channel: ChannelName) -> bool:
        """Whether any service of the two scenarios acts by a channel."""
        if channel == "referral" and partners:
            return True
        return any(
            (channel in acts and acts[channel](service))
            or any(
                values.get(f"services.{service.row}.{name}", 0.0) != 0.0
                for values in raw[id(scenario)]
                for name in CHANNEL_FIELDS.get(channel, ())
            )
            for scenario, service in services
        )

    return tuple(channel for channel in CHANNEL_NAMES if is_used(channel))
