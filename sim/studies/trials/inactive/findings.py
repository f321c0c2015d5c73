"""What a study declares that can never act: services that no arm gives, arms that are the same,
people who cannot be, outcomes that cannot be, changes that change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.designs.natural_experiment import NaturalExperiment
from sim.scenario.designs.trial import TOWN_OF_COUNTRY
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import find_inactive
from sim.studies.trials.inactive.courses import look_at_course, look_at_protocol
from sim.studies.trials.inactive.experiments import look_at_rate, look_at_towns
from sim.studies.trials.inactive.outcomes import look_at_money, look_at_outcome, look_at_published
from sim.studies.trials.inactive.people import find_impossible_people, look_at_numbers
from sim.studies.trials.inactive.services import look_at_services

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.designs.study import Study
    from sim.scenario.designs.trial import Trial
    from sim.scenario.scenario import Scenario

Path = tuple[str, ...]


def find_inactive_parts(study: Study, towns: Mapping[str, Scenario]) -> list[Conflict]:
    """List what can never act in a study, with its place; towns as `build_towns` makes them."""
    if isinstance(study, NaturalExperiment):
        return [*_look_at_country(study), *_look_at_experiment(study, towns)]
    return [*_look_at_country(study), *_look_at_trial(study, towns)]


def _look_at_trial(trial: Trial, towns: Mapping[str, Scenario]) -> Iterator[Conflict]:
    yield from look_at_services(trial, towns)
    if towns:
        yield from _look_at_town(trial, towns[""])
        yield from find_impossible_people(("eligible",), trial.eligible, towns[""])
        yield from look_at_money(trial, towns[""])
    yield from look_at_numbers(trial, towns.get(""))
    for name, arm in trial.arms.items():
        yield from look_at_course(("arms", name), arm, trial)
        yield from look_at_protocol(("arms", name), arm, trial, towns.get(name))
    yield from _look_at_sorts(("arms",), trial.arms)
    yield from look_at_outcome(trial, towns)
    yield from look_at_published(trial)


def _look_at_experiment(
    study: NaturalExperiment, towns: Mapping[str, Scenario]
) -> Iterator[Conflict]:
    yield from _look_at_town(study, towns[""])
    if study.among is not None:
        yield from find_impossible_people(("among",), study.among, towns[""])
    yield from _look_at_sorts(("towns",), study.towns)
    yield from look_at_towns(study, towns)
    yield from look_at_rate(study, towns)
    yield from look_at_published(study)


def _look_at_country(study: Study) -> Iterator[Conflict]:
    """A country for which no town stands, where the study names no town of its own."""
    if study.scenario is None and study.country and study.country not in TOWN_OF_COUNTRY:
        message = f"never acts: no town stands for {study.country}, so that it is {study.town}"
        hint = f"there are towns of {', '.join(TOWN_OF_COUNTRY)}; or name a `scenario`"
        yield Conflict(("country",), message, hint)


def _look_at_town(study: Study, town: Scenario) -> Iterator[Conflict]:
    """What the town itself declares and cannot use in the weeks of the study, where it is named."""
    for found in find_inactive(town) if study.scenario else ():
        message = f"{town.name}: {'.'.join(found.path)}: {found.message}"
        yield Conflict(("scenario",), message, found.hint)


def _look_at_sorts(here: Path, sorts: Mapping[str, Any]) -> Iterator[Conflict]:
    """Arms, or sorts of town: the first is compared with the last, which differs from it."""
    first, *between, last = sorts
    if sorts[first] == sorts[last]:
        message = f"is the same as {last}: there is no effect to find"
        yield Conflict((*here, first), message, on_key=True)
    for name in between:
        message = f"is run and not compared: {first} is compared with {last}"
        yield Conflict((*here, name), message, "leave it out, or put it first or last", on_key=True)
