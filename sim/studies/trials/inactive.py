"""What a study declares that can never act: services that no arm gives, arms that are the same,
people who cannot be, changes that change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from sim.scenario.designs.natural_experiment import STATE_SHARES, Insured, NaturalExperiment
from sim.scenario.designs.trial_arms import Course
from sim.scenario.designs.trial_outcome import SCORES
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import HIGHEST_PHQ, IN_A_CRISIS, find_inactive
from sim.scenario.diagnostics.suggestions import suggest
from sim.services.catalogue import KINDS
from sim.studies.trials.inactive_people import find_impossible_people
from sim.studies.trials.natural.natural_experiment import NOT_THERE
from sim.studies.trials.town_builds import locate_change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.designs.study import Study
    from sim.scenario.designs.trial import Trial
    from sim.scenario.designs.trial_arms import Protocol
    from sim.scenario.scenario import Scenario

Path = tuple[str, ...]
SCALES = {"phq": (0, HIGHEST_PHQ), "loneliness": (3, 9)}
"""Ends of scores that have a scale."""


def find_inactive_parts(study: Study, towns: Mapping[str, Scenario]) -> list[Conflict]:
    """List what can never act in a study, with its place; towns as `build_towns` makes them."""
    if isinstance(study, NaturalExperiment):
        return [*_look_at_experiment(study, towns)]
    return [*_look_at_trial(study, towns)]


def _look_at_trial(trial: Trial, towns: Mapping[str, Scenario]) -> Iterator[Conflict]:
    given = {service for arm in trial.arms.values() for service in arm.give}
    for name in trial.services:
        if name not in given:
            message = "never acts: no arm gives it"
            yield Conflict(("services", name), message, "name it under `give`", on_key=True)
        elif (kind := trial.services[name].get("kind")) not in KINDS:
            message = f"is no kind of service of the model ({kind}): the trial cannot be repeated"
            yield Conflict(
                ("services", name, "kind"), message, suggest(str(kind), KINDS).strip(" -")
            )
    if towns:
        yield from _look_at_town(trial, towns[""])
        yield from find_impossible_people(("eligible",), trial.eligible, towns[""])
        yield from _look_at_services(trial, towns)
    for name, arm in trial.arms.items():
        yield from _look_at_course(("arms", name), arm, trial)
        yield from _look_at_protocol(("arms", name), arm, trial, towns.get(name))
    yield from _look_at_sorts(("arms",), trial.arms)
    yield from _look_at_outcome(trial)


def _look_at_town(study: Study, town: Scenario) -> Iterator[Conflict]:
    """What the town itself declares and cannot use in the weeks of the study, where it is named."""
    for found in find_inactive(town) if study.scenario else ():
        message = f"{town.name}: {'.'.join(found.path)}: {found.message}"
        yield Conflict(("scenario",), message, found.hint)


def _look_at_services(trial: Trial, towns: Mapping[str, Scenario]) -> Iterator[Conflict]:
    """What the trial's services declare that cannot act in the towns of the arms."""
    # What the town has without the trial is none of the trial's.
    said = {(found.path, found.message) for found in find_inactive(towns[""])}
    for name in trial.arms:
        for found in find_inactive(towns[name]):
            mark = found.path, found.message
            if mark not in said and found.path[:1] == ("services",):
                said.add(mark)
                yield found


def _look_at_sorts(here: Path, sorts: Mapping[str, Any]) -> Iterator[Conflict]:
    """Arms, or sorts of town: the first is compared with the last, which differs from it."""
    first, *between, last = sorts
    if sorts[first] == sorts[last]:
        message = f"is the same as {last}: there is no effect to find"
        yield Conflict((*here, first), message, on_key=True)
    for name in between:
        message = f"is run and not compared: {first} is compared with {last}"
        yield Conflict((*here, name), message, "leave it out, or put it first or last", on_key=True)


def _look_at_course(here: Path, arm: Protocol, trial: Trial) -> Iterator[Conflict]:
    """How services are given: nobody begins, or nobody comes, or it begins after follow-up."""
    said = [(here, arm)] + [((*here, "give", name), course) for name, course in arm.give.items()]
    kinds = {name: str(service.get("kind")) for name, service in trial.services.items()}
    for place, course in said:
        yield from _look_at_amounts(place, course, trial)
        named = [place[-1]] if place != here else list(arm.give)
        if course.meets is not None and not any(kinds.get(n) in IN_A_CRISIS for n in named):
            message = "never acts: none of these services meets people in a crisis"
            yield Conflict((*place, "meets"), message, f"kinds that do: {', '.join(IN_A_CRISIS)}")
    idle = sorted(Course.model_fields.keys() & arm.model_fields_set) if not arm.give else []
    if not arm.give and arm.offered_to != "participants":
        idle.append("offered_to")
    for key in idle:
        yield Conflict((*here, key), "never acts: the arm gives nothing", "name it under `give`")
    for key in ("uptake", "begins") if arm.give and arm.offered_to == "everybody" else ():
        for place, course in said:
            if getattr(course, key) is not None:
                message = "never acts: what is offered to everybody gives nobody a place at once"
                yield Conflict((*place, key), message, "leave it out")


def _look_at_amounts(here: Path, course: Course, trial: Trial) -> Iterator[Conflict]:
    for key, nothing in (
        ("uptake", "nobody begins"),
        ("attendance", "nobody comes"),
        ("dose", "a session brings nobody further"),
    ):
        if getattr(course, key) == 0.0:
            yield Conflict((*here, key), f"never acts: {nothing}", "a share above 0%")
    if course.begins is not None and course.begins >= trial.follow_up:
        message = (
            f"never acts: it begins {course.begins} weeks after recruitment, and participants are"
            f" followed for {trial.follow_up}"
        )
        yield Conflict((*here, "begins"), message, "begin earlier, or lengthen `follow_up`")
    if course.minutes is not None and trial.outcome.measure != "contact_time":
        message = f"never acts: the outcome is {trial.outcome.measure}, not contact_time"
        yield Conflict((*here, "minutes"), message, "leave it out")


def _look_at_protocol(
    here: Path, arm: Protocol, trial: Trial, town: Scenario | None
) -> Iterator[Conflict]:
    """What is withheld or kept: kinds that nobody offers, and nobody who holds to it."""
    kinds = {service.kind for service in town.services.values()} if town is not None else None
    for key in ("withhold", "keep"):
        for kind in getattr(arm, key):
            if kinds is not None and kind not in kinds:
                message = f"never acts: no service here is of the kind {kind}"
                yield Conflict((*here, key), message, f"there are {', '.join(sorted(kinds))}")
    if "adherence" in arm.model_fields_set and not arm.keep:
        yield Conflict((*here, "adherence"), "never acts: no place is kept", "state `keep`")
    elif arm.adherence == 0.0:
        yield Conflict((*here, "adherence"), "never acts: nobody keeps a place", "above 0%")
    if arm.until_phq is not None and not arm.withhold:
        message = "never acts: nothing is withheld"
        yield Conflict((*here, "until_phq"), message, "state `withhold`, or leave it out")
    if arm.insurance is not None and arm.insurance == trial.eligible.insurance:
        message = "never acts: participants are insured so already"
        yield Conflict((*here, "insurance"), message, "see `eligible.insurance`")


def _look_at_outcome(trial: Trial) -> Iterator[Conflict]:
    outcome, here = trial.outcome, ("outcome", "threshold")
    if outcome.threshold is None:
        return
    if outcome.counted != "at_least":
        message = "never acts: it is for scores that are counted as at_least"
        yield Conflict(here, message, "write `counted: at_least`, or leave it out")
    elif outcome.measure in SCORES and outcome.measure in SCALES:
        low, high = SCALES[outcome.measure]
        if not low < outcome.threshold <= high:
            message = f"is the same for all: {outcome.measure} is from {low} to {high}"
            yield Conflict(here, message, f"such as {(low + high + 1) // 2}")


def _look_at_experiment(
    study: NaturalExperiment, towns: Mapping[str, Scenario]
) -> Iterator[Conflict]:
    yield from _look_at_town(study, towns[""])
    if study.among is not None:
        yield from find_impossible_people(("among",), study.among, towns[""])
    yield from _look_at_sorts(("towns",), study.towns)
    before = {(found.path, found.message) for found in find_inactive(towns[""])}
    for name, change in study.towns.items():
        here = ("towns", name)
        yield from _look_at_sizes(here, study, towns[""], name)
        if change.insured is not None:
            yield from _look_at_insured((*here, "insured"), change.insured, study)
        for found in find_inactive(towns[name]):
            if (found.path, found.message) not in before:
                path = locate_change(study, name, ".".join(found.path))
                yield Conflict(path, f"{'.'.join(found.path)}: {found.message}", found.hint)
        for key in change.set_:
            rest = {path: value for path, value in change.set_.items() if path != key}
            # A change is compared with the town without it, beside all others: nothing else shows
            # that it acts.
            if towns[""].with_(rest) == towns[name]:
                message = "never acts: it is so without it"
                yield Conflict((*here, "set", key), message, "leave it out", on_key=True)
    yield from _look_at_rate(study)


def _look_at_sizes(
    here: Path, study: NaturalExperiment, town: Scenario, name: str
) -> Iterator[Conflict]:
    change = study.towns[name]
    for service, share in change.size.items():
        place = (*here, "size", service)
        if service not in town.services:
            message = f"{town.name} has no service {service}: the study cannot be repeated there"
            yield Conflict(place, message, f"it has {', '.join(town.services)}", on_key=True)
        elif share == 1.0:
            yield Conflict(place, "never acts: it keeps its size", "less or more than 100%")
        elif not town.services[service].enabled:
            yield Conflict(place, f"never acts: {service} is switched off", on_key=True)
    if "over" in change.model_fields_set and not change.size:
        yield Conflict((*here, "over"), "never acts: nothing changes its size", "state `size`")


def _look_at_insured(here: Path, insured: Insured, study: NaturalExperiment) -> Iterator[Conflict]:
    if insured.was == insured.becomes:
        yield Conflict((*here, "becomes"), "never acts: they are insured so already")
    if insured.share == 0.0:
        yield Conflict((*here, "share"), "never acts: it happens to nobody", "above 0%")
    followed = study.among.insurance if study.among is not None else None
    if followed is not None and followed != insured.was:
        message = f"acts on nobody who is followed: `among` has those whose insurance is {followed}"
        yield Conflict((*here, "was"), message, "see `among.insurance`")


def _look_at_rate(study: NaturalExperiment) -> Iterator[Conflict]:
    outcome = study.outcome
    if outcome.measure in NOT_THERE:
        message = "is not told apart by the model: the study cannot be repeated"
        known = get_args(type(outcome).model_fields["measure"].annotation)
        hint = f"such as {', '.join(word for word in known if word not in NOT_THERE)}"
        yield Conflict(("outcome", "measure"), message, hint)
    for key in ("per", "people"):
        if outcome.measure in STATE_SHARES and key in outcome.model_fields_set:
            message = f"never acts: {outcome.measure} is the mean of a week, not a count"
            yield Conflict(("outcome", key), message, "leave it out")
