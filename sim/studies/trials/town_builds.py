"""Towns that a study is going to run, built beforehand: what is wrong with one is reported at its
place in the study's file, before anything runs.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sim.errors import InvalidInput, Problem
from sim.scenario.designs.factors import Page
from sim.scenario.designs.trial import Trial
from sim.scenario.library import load
from sim.studies.trials.sites import equip, find_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sim.scenario.designs.natural_experiment import NaturalExperiment
    from sim.scenario.designs.study import Study
    from sim.scenario.files.yaml_document import Document, Keys
    from sim.scenario.scenario import Scenario

WEEKS_AFTER = 2
"""Weeks that a town goes on after the last participant's follow-up."""


def build_towns(study: Study, document: Document) -> dict[str, Scenario]:
    """The town that a study begins with, under an empty name, and that of each arm or sort.

    Empty where the study needs a kind of service that the model has not. InvalidInput with
    everything that is wrong, at its place in the document.
    """
    page = Page(document)
    if isinstance(study, Trial) and find_missing(study):
        return {}
    try:
        base = load(study.town)
    except InvalidInput as error:
        raise InvalidInput([_place(page, ("scenario",), one) for one in error.problems]) from None
    towns = {}
    for name, (build, locate) in _list_builds(study, base).items():
        try:
            towns[name] = build()
        except InvalidInput as error:
            page.problems += [_place(page, locate(one.path), one) for one in error.problems]
    if not isinstance(study, Trial) and not page.problems:
        page.problems += _find_other_pasts(page, study, towns)
    if page.problems:
        raise InvalidInput(page.sort_problems())
    return towns


def _find_other_pasts(
    page: Page, study: NaturalExperiment, towns: Mapping[str, Scenario]
) -> Iterator[Problem]:
    """Changes that would act before week 0, where towns of every sort are the same."""
    usual = towns[""]
    for name in study.towns:
        changes = study.list_changes(name, usual)
        if towns[name].past_hash == usual.past_hash:
            continue
        said = "acts before week 0, which towns of every sort share"
        hint = "`size` for services that shrink or grow, `has` for what all towns have"
        found: list[tuple[str, ...]] = [
            (key,) for key in changes if _acts_before(usual, changes, key)
        ]
        # Where none acts alone, they do together.
        for key in found or [()]:
            yield page.locate(("towns", name, "set", *key), said, hint)


def _acts_before(usual: Scenario, changes: Mapping[str, Any], key: str) -> bool:
    """Whether a change acts before week 0, alone or, where it needs others, as the last of them."""
    rest = {path: value for path, value in changes.items() if path != key}
    for one, other in (({key: changes[key]}, {}), (changes, rest)):
        try:
            return usual.with_(one).past_hash != usual.with_(other).past_hash
        except InvalidInput:
            continue
    return False


def _place(page: Page, path: Keys, problem: Problem) -> Problem:
    """A problem of a town where it stands in the study; as it is where it has a place already."""
    if problem.line:
        return problem
    return page.locate(path, problem.message, problem.hint)


Build = tuple["Callable[[], Scenario]", "Callable[[str], Keys]"]


def _list_builds(study: Study, base: Scenario) -> Mapping[str, Build]:
    """How each town is made, and where a path of it stands in the study."""
    if isinstance(study, Trial):
        return _list_arms(study, base)
    return _list_sorts(study, base)


def _list_arms(trial: Trial, base: Scenario) -> dict[str, Build]:
    weeks = {
        "horizon": trial.recruit_over + trial.follow_up + WEEKS_AFTER,
        "warm_up": trial.warm_up,
    }

    def build_arm(name: str) -> Callable[[], Scenario]:
        return lambda: equip(base.with_(weeks), trial, trial.arms[name])

    def find_place(path: str) -> Keys:
        return tuple(path.split("."))

    found: dict[str, Build] = {"": (lambda: base.with_(weeks), find_place)}
    return found | {name: (build_arm(name), find_place) for name in trial.arms}


def _list_sorts(study: NaturalExperiment, base: Scenario) -> dict[str, Build]:
    lasting = {"horizon": study.after + 1, "warm_up": study.burn_in}

    def build(name: str | None) -> Scenario:
        usual = base.with_(study.has | lasting)
        return usual if name is None else usual.with_(study.list_changes(name, usual))

    def find_place(name: str | None) -> Callable[[str], Keys]:
        return lambda path: locate_change(study, name, path)

    found: dict[str, Build] = {"": (lambda: build(None), find_place(None))}
    return found | {name: (partial(build, name), find_place(name)) for name in study.towns}


def locate_change(study: NaturalExperiment, name: str | None, path: str) -> Keys:
    """Where a path of a town stands in the study: among what one sort sets, or what all have."""
    own = {} if name is None else study.towns[name].set_
    for above, changes in ((("towns", name or "", "set"), own), (("has",), study.has)):
        for key in changes:
            if path == key or path.startswith(f"{key}."):
                return (*above, key, *path.removeprefix(key).split(".")[1:])
    return ("towns", name) if name is not None else ("has",)
