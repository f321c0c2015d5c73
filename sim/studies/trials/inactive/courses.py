"""How arms of a trial give, withhold or keep services, where that reaches nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.designs.trial_arms import Course
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import HIGHEST_PHQ
from sim.services.catalogue import KINDS
from sim.units import say_weeks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.designs.trial import Trial
    from sim.scenario.designs.trial_arms import Protocol
    from sim.scenario.scenario import Scenario

Path = tuple[str, ...]


def look_at_course(here: Path, arm: Protocol, trial: Trial) -> Iterator[Conflict]:
    """How services are given: nobody begins, or nobody comes, or it begins after follow-up."""
    said = [(here, arm)] + [((*here, "give", name), course) for name, course in arm.give.items()]
    kinds = {name: str(service.get("kind")) for name, service in trial.services.items()}
    meeting = sorted(kind.name for kind in KINDS.values() if kind.crisis)
    for place, course in said:
        yield from _look_at_amounts(place, course, trial)
        named = [place[-1]] if place != here else list(arm.give)
        if course.meets is not None and not any(kinds.get(n) in meeting for n in named):
            message = "never acts: none of these services meets people in a crisis"
            yield Conflict((*place, "meets"), message, f"kinds that do: {', '.join(meeting)}")
    idle = sorted(Course.model_fields.keys() & arm.model_fields_set) if not arm.give else []
    if not arm.give and arm.offered_to != "participants":
        idle.append("offered_to")
    for key in idle:
        yield Conflict((*here, key), "never acts: the arm gives nothing", "name it under `give`")
    for key in (
        ("uptake", "begins", "when_phq") if arm.give and arm.offered_to == "everybody" else ()
    ):
        for place, course in said:
            if getattr(course, key) is not None:
                message = "never acts: what is offered to everybody gives nobody a place at once"
                yield Conflict((*place, key), message, "leave it out")
    yield from _look_at_overridden(here, arm)


def _look_at_overridden(here: Path, arm: Protocol) -> Iterator[Conflict]:
    """What an arm says of all its services, and each of them says otherwise."""
    for key in sorted(Course.model_fields.keys() & arm.model_fields_set) if arm.give else ():
        mine = getattr(arm, key)
        if mine is not None and all(key in course.model_fields_set for course in arm.give.values()):
            message = "never acts: each of the services that are given says its own"
            yield Conflict((*here, key), message, "leave it out")


def _look_at_amounts(here: Path, course: Course, trial: Trial) -> Iterator[Conflict]:
    for key, nothing in (
        ("uptake", "nobody begins"),
        ("attendance", "nobody comes"),
        ("dose", "a session brings nobody further"),
        ("meets", "it meets nobody in a crisis"),
    ):
        if getattr(course, key) == 0.0:
            yield Conflict((*here, key), f"never acts: {nothing}", "a share above 0%")
    yield from _look_at_step(here, course, trial)
    end = trial.window[1]
    if course.begins is not None and course.begins >= end:
        message = (
            f"never acts: it begins {say_weeks(course.begins)} after recruitment, and participants"
            f" are followed for {trial.follow_up}"
        )
        if end < trial.follow_up:
            message = f"never acts on the outcome, which is looked at until {say_weeks(end)} after"
        yield Conflict((*here, "begins"), message, "begin earlier, or look at the outcome later")
    if course.minutes is not None and trial.outcome.measure != "contact_time":
        message = f"never acts: the outcome is {trial.outcome.measure}, not contact_time"
        yield Conflict((*here, "minutes"), message, "leave it out")


def _look_at_step(here: Path, course: Course, trial: Trial) -> Iterator[Conflict]:
    """Symptoms from which a step of stepped care begins, that nobody has or all have at once."""
    if course.when_phq is None:
        return
    lowest = trial.eligible.phq[0] if trial.eligible.phq else None
    if course.when_phq > HIGHEST_PHQ:
        message = f"never acts: PHQ-9 ends at {HIGHEST_PHQ:g}"
        yield Conflict((*here, "when_phq"), message, "such as 10")
    elif lowest is not None and course.when_phq <= lowest and not course.begins:
        message = f"lets everybody begin at once: participants have a PHQ-9 from {lowest:g} on"
        yield Conflict((*here, "when_phq"), message, "state `begins`, or a higher score")


def look_at_protocol(
    here: Path, arm: Protocol, trial: Trial, town: Scenario | None
) -> Iterator[Conflict]:
    """What is withheld or kept: kinds that nobody offers, and nobody who holds to it."""
    kinds = (
        {service.kind for service in town.services.values() if service.enabled}
        if town is not None
        else None
    )
    for key in ("withhold", "keep"):
        for kind in getattr(arm, key):
            if kinds is not None and kind not in kinds:
                message = f"never acts: no service here is of the kind {kind}"
                yield Conflict((*here, key), message, f"there are {', '.join(sorted(kinds))}")
    for kind in (kind for kind in arm.keep if kind in arm.withhold):
        message = f"never acts: places in {kind} are withheld"
        yield Conflict((*here, "keep"), message, "name it under one of the two")
    if "adherence" in arm.model_fields_set and not arm.keep:
        yield Conflict((*here, "adherence"), "never acts: no place is kept", "state `keep`")
    elif arm.adherence == 0.0:
        yield Conflict((*here, "adherence"), "never acts: nobody keeps a place", "above 0%")
    yield from _look_at_return(here, arm, trial)
    if arm.insurance is not None and arm.insurance == trial.eligible.insurance:
        message = "never acts: participants are insured so already"
        yield Conflict((*here, "insurance"), message, "see `eligible.insurance`")


def _look_at_return(here: Path, arm: Protocol, trial: Trial) -> Iterator[Conflict]:
    """Symptoms from which participants may come back to what is withheld."""
    if arm.until_phq is None:
        return
    lowest = trial.eligible.phq[0] if trial.eligible.phq else None
    if not arm.withhold:
        message = "never acts: nothing is withheld"
        yield Conflict((*here, "until_phq"), message, "state `withhold`, or leave it out")
    elif lowest is not None and arm.until_phq <= lowest:
        message = f"lets everybody come back at once: participants have a PHQ-9 from {lowest:g} on"
        yield Conflict((*here, "until_phq"), message, "above `eligible.phq`")
