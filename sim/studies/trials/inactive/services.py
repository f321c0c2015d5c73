"""Services of a trial that can never act: given by no arm, closed while participants come, for
others than those who take part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import find_inactive, say_no_caseload
from sim.scenario.diagnostics.messages import suggest_kind
from sim.services.catalogue import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.designs.trial import Trial
    from sim.scenario.designs.trial_arms import Protocol
    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import ServiceOfAnyKind

BY_THEMSELVES = ("audience", "access", "outreach", "where", "priority", "uptake")
"""Keys about who comes to a service by themselves."""


def look_at_services(trial: Trial, towns: Mapping[str, Scenario]) -> Iterator[Conflict]:
    """List services of a trial, and keys of them, that act in none of its arms."""
    given = {service for arm in trial.arms.values() for service in arm.give}
    for name in trial.services:
        kind = trial.services[name].get("kind")
        # Also where no arm gives it: a town cannot be built with it.
        if kind not in KINDS:
            message = f"is no kind of service of the model ({kind}): the trial cannot be repeated"
            hint = suggest_kind(str(kind)).strip(" -;")
            yield Conflict(("services", name, "kind"), message, hint)
        elif name not in given:
            message = "never acts: no arm gives it"
            yield Conflict(("services", name), message, "name it under `give`", on_key=True)
        elif towns:
            yield from _look_at_service(name, trial, towns)
    yield from _look_at_derived(trial)
    yield from _look_in_towns(trial, towns)


def _look_in_towns(trial: Trial, towns: Mapping[str, Scenario]) -> Iterator[Conflict]:
    """What the trial's services declare that cannot act in the towns of the arms."""
    if not towns:
        return
    # What the town has without the trial is none of the trial's.
    said = {(found.path, found.message) for found in find_inactive(towns[""])}
    for name in trial.arms:
        for found in find_inactive(towns[name]):
            mark = found.path, found.message
            if mark not in said and found.path[:1] == ("services",):
                said.add(mark)
                yield found


def _look_at_service(name: str, trial: Trial, towns: Mapping[str, Scenario]) -> Iterator[Conflict]:
    here = ("services", name)
    arms = {arm: each for arm, each in trial.arms.items() if name in each.give}
    service = towns[next(iter(arms))].services[name]
    if not service.enabled:
        yield Conflict((*here, "enabled"), "never acts: it is switched off", "leave it out")
        return
    yield from _look_at_dates(here, service, list(arms.values()), trial)
    if trial.services[name].get("caseload") == 0 and (said := say_no_caseload(service.kind)):
        yield Conflict((*here, "caseload"), said, "more than 0")
    if all(each.offered_to != "everybody" for each in arms.values()):
        for key in BY_THEMSELVES:
            if key in trial.services[name]:
                message = "never acts: nobody comes but those to whom the trial gives a place"
                yield Conflict((*here, key), message, "see `eligible`, or `offered_to: everybody`")
    elif not _meet(service.audience.ages, trial.eligible.ages):
        message = "never acts: none of those who can take part is of this age"
        yield Conflict((*here, "audience", "ages"), message, "see `eligible.ages`")
    elif not _meet(service.audience.phq, trial.eligible.phq):
        message = "is for nobody who can take part, as they are when they are recruited"
        yield Conflict((*here, "audience", "phq"), message, "see `eligible.phq`")


def _meet(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    """Whether two ranges, both ends included, have anything in common; None is everything."""
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])


def _look_at_dates(
    here: tuple[str, ...], service: ServiceOfAnyKind, arms: list[Protocol], trial: Trial
) -> Iterator[Conflict]:
    """Dates of a service beside the weeks in which people get a place in it."""
    end = trial.recruit_over + trial.follow_up
    if service.from_ is not None and service.from_ >= end:
        message = f"never acts: the last participant is followed until week {end}"
        yield Conflict((*here, "from"), message, "begin earlier, such as `week 0`")
    begins = [arm.courses[here[1]].begins or 0 for arm in arms if arm.offered_to != "everybody"]
    if begins and service.from_ is not None and 0 < service.from_ - max(begins) < end:
        message = (
            f"those recruited before week {service.from_ - max(begins)} are given a place in what"
            " is not open yet, and lose it"
        )
        yield Conflict((*here, "from"), message, "let it begin in week 0, the arm's `begins` later")
    if service.until is not None and service.until < trial.recruit_over + max(begins, default=0):
        message = (
            f"those recruited from week {max(service.until - max(begins, default=0), 0)} on get"
            " nothing of it: it has ended"
        )
        yield Conflict((*here, "until"), message, "end it after `recruit_over`, or leave it out")


def _look_at_derived(trial: Trial) -> Iterator[Conflict]:
    """A number that is to be derived, of a kind of service that the trial has not."""
    if trial.derives is None:
        return
    group, _, rest = trial.derives.partition(".")
    kinds: dict[str, Any] = {str(each.get("kind")): each for each in trial.services.values()}
    if group == "services" and rest.partition(".")[0] not in kinds:
        message = "cannot be derived: no service of the trial is of that kind"
        hint = f"they are of {', '.join(sorted(kinds))}" if kinds else ""
        yield Conflict(("derives",), message, hint)
