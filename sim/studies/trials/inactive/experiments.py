"""What a natural experiment declares that can never act: changes that change nothing, or come after
the time that is looked at, and rates that its towns cannot have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from sim.errors import InvalidInput
from sim.scenario.designs.natural_experiment import (
    STATE_SHARES,
    WEEKS_TO_SETTLE,
    Insured,
    NaturalExperiment,
)
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import find_inactive, list_empty_outcomes
from sim.studies.trials.natural.natural_experiment import NOT_THERE, WITHOUT_OTHERS
from sim.studies.trials.town_builds import locate_change
from sim.units import WEEKS_PER_YEAR, say_weeks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.scenario import Scenario

Path = tuple[str, ...]
NAME_IN_TOWNS = {"readmissions": "readmissions_30_days", "readmitted": "readmissions_30_days"}
"""Outcomes of a study that have another name in a town."""


def look_at_towns(study: NaturalExperiment, towns: Mapping[str, Scenario]) -> Iterator[Conflict]:
    """Changes of each sort of town that change nothing in the time that is looked at."""
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
            if _changes_nothing(key, study, towns, name):
                message = "never acts: it is so without it"
                yield Conflict((*here, "set", key), message, "leave it out", on_key=True)
    yield from _look_at_common(study)
    yield from _look_at_settling(study)


def _changes_nothing(
    key: str, study: NaturalExperiment, towns: Mapping[str, Scenario], name: str
) -> bool:
    """Whether a town is the same without a change, beside all others: nothing else shows whether it
    acts.
    """
    changes = study.list_changes(name, towns[""])
    rest = {path: value for path, value in changes.items() if path != key}
    try:
        return towns[""].with_(rest) == towns[name]
    except InvalidInput:
        return False  # others need it


def _look_at_common(study: NaturalExperiment) -> Iterator[Conflict]:
    """What all towns have, where every sort of town sets it anew."""
    for key in study.has:
        if all(key in change.set_ for change in study.towns.values()):
            message = "never acts: every sort of town sets it anew"
            yield Conflict(("has", key), message, "leave it out", on_key=True)
    if study.outcome.from_ and study.design == "lagged_correlation":
        message = f"never acts: {study.design} takes all weeks from week 0"
        yield Conflict(("outcome", "from"), message, "leave it out")
    if study.design == "lagged_correlation":
        change, here = study.towns[study.compared[0]], ("towns", study.compared[0])
        years = study.after // WEEKS_PER_YEAR
        if not change.size or set(change.size.values()) == {1.0}:
            message = (
                "nothing changes its size there, and the design follows yearly changes of size"
            )
            yield Conflict(here, message, "state `size`", on_key=True)
        # The last year of sizes has no year after it, and does not count.
        elif change.over >= (counted := (years - 1) * WEEKS_PER_YEAR):
            message = "sizes change by the same in every year: no outcome can go with that"
            yield Conflict((*here, "over"), message, f"less than {counted} weeks")


def _look_at_settling(study: NaturalExperiment) -> Iterator[Conflict]:
    """A time before in which towns still settle, where they are compared with themselves alone."""
    opened = study.burn_in - study.before
    if study.design in WITHOUT_OTHERS and opened < WEEKS_TO_SETTLE:
        message = (
            f"begins {say_weeks(opened)} after the towns' services open, with nobody in care: what"
            " settles then looks like a change"
        )
        hint = f"`warm_up: {say_weeks(study.before + WEEKS_TO_SETTLE)}`, or a shorter time"
        yield Conflict(("before",), message, hint)


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
        elif (town.services[service].from_ or 0) >= study.after:
            message = f"never acts: {service} begins in week {town.services[service].from_}"
            yield Conflict(place, message, "let it begin earlier, or look on for longer")
    if "over" in change.model_fields_set and not change.size:
        yield Conflict((*here, "over"), "never acts: nothing changes its size", "state `size`")
    elif change.size and change.over > study.after:
        message = (
            f"goes on after what is looked at ({say_weeks(study.after)}): by then sizes have"
            f" changed by {study.after / change.over:.0%} of what is stated"
        )
        yield Conflict((*here, "over"), message, "shorten it, or lengthen `after`")


def _look_at_insured(here: Path, insured: Insured, study: NaturalExperiment) -> Iterator[Conflict]:
    if insured.was == insured.becomes:
        yield Conflict((*here, "becomes"), "never acts: they are insured so already")
    if insured.share == 0.0:
        yield Conflict((*here, "share"), "never acts: it happens to nobody", "above 0%")
    followed = study.among.insurance if study.among is not None else None
    if followed is not None and followed != insured.was:
        message = f"acts on nobody who is followed: `among` has those whose insurance is {followed}"
        yield Conflict((*here, "was"), message, "see `among.insurance`")


def look_at_rate(study: NaturalExperiment, towns: Mapping[str, Scenario]) -> Iterator[Conflict]:
    """What is compared, where the model has no such thing or the towns cannot have it."""
    outcome, here = study.outcome, ("outcome", "measure")
    empty = [list_empty_outcomes(town) for name, town in towns.items() if name]
    if outcome.measure in NOT_THERE:
        message = "is not told apart by the model: the study cannot be repeated"
        known = get_args(type(outcome).model_fields["measure"].annotation)
        hint = f"such as {', '.join(word for word in known if word not in NOT_THERE)}"
        yield Conflict(here, message, hint)
    elif all(NAME_IN_TOWNS.get(outcome.measure, outcome.measure) in each for each in empty):
        reason = empty[0][NAME_IN_TOWNS.get(outcome.measure, outcome.measure)]
        message = f"is 0 in all towns: {reason}"
        yield Conflict(here, message, "name another outcome")
    for key in ("per", "people"):
        if outcome.measure in STATE_SHARES and key in outcome.model_fields_set:
            message = f"never acts: {outcome.measure} is the mean of a week, not a count"
            yield Conflict(("outcome", key), message, "leave it out")
