"""A virtual trial: who is recruited, what each arm is given, what is counted, and what was
published.

Read from a document of `kind: trial`; docs/trials.md describes every key.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.errors import InvalidInput, Problem
from sim.evidence.loader import all_evidence, all_kinds
from sim.evidence.renamed import find_current
from sim.scenario.designs.factors import Page
from sim.scenario.designs.trial_arms import Arm, Positive, Whole
from sim.scenario.designs.trial_outcome import Outcome
from sim.scenario.designs.trial_population import Eligible
from sim.scenario.designs.trial_published import (
    Clusters,
    Published,
    complete_published,
    find_wrong_ratio,
)
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.messages import define_other
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.renamed_keys import OF_STUDIES, rename_keys
from sim.scenario.files.user_path import read_path
from sim.scenario.files.yaml_document import Document, read_document
from sim.scenario.library import find_shelf, load
from sim.scenario.schema.field_types import Declared, Id, Length, Text
from sim.units import say_weeks, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

Effect = Literal["OR", "RR", "RD", "HR", "IRR", "MD", "SMD", "d_within"]
TOWN_OF_COUNTRY = {"US": "baseline", "GB": "uk-town"}
"""The town that stands for a country, by its ISO code."""
LEDGER = "ledger"
"""File beside the trials that keeps what was predicted."""
SHELVES = ("", "reference/", "pooled/", "natural/", "predicted/")
"""Folders of shipped trials: those to replicate; those that set the scale of services; pooled
trials, which say what a meta-analysis says; natural experiments; studies of either sort that were
run before their result was added.
"""


class Trial(Declared):
    """A trial that can be run in silico."""

    kind: Literal["trial"]
    id: Text = Field(description="Record of the evidence that it replicates.")
    title: Text
    study: Text
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description="Where it was, as two letters (ISO 3166), such as US or GB."
    )
    scenario: Text | None = Field(
        default=None,
        description="The town that it runs in; without it, that of the country, or baseline.",
    )
    sample: Literal["in", "out"] | None = Field(
        default=None,
        description="Whether numbers of the model were made from it; without it, what the"
        " evidence says of its id.",
    )
    derives: Text | None = Field(
        default=None, description="Number of the evidence that `--derive` sets so that it fits."
    )
    warm_up: Length = Field(
        default=52,
        description="How long the town runs before week 0: what is known of people's history.",
    )
    recruit_over: Whole = Field(
        default=26, description="Weeks in which people are recruited as they become eligible."
    )
    eligible: Eligible
    services: dict[Id, dict[str, Any]] = Field(
        default_factory=dict, description="Services of the trial, as in a scenario."
    )
    arms: dict[Id, Arm] = Field(
        min_length=2,
        description="Arms, `as usual` for nothing of its own; the first is compared with the last.",
    )
    n: dict[Id, Positive] = Field(description="Participants analysed in each arm.")
    clusters: Clusters | None = Field(
        default=None, description="Groups that were allocated together."
    )
    follow_up: Whole = Field(description="How long each participant is followed.")
    outcome: Outcome
    effect: Effect = Field(
        description="How the arms are compared: ratios and difference of shares (OR, RR, RD), ratio"
        " of hazards (HR) or means (IRR), difference of means (MD), in standard deviations (SMD);"
        " change in the first arm in standard deviations at the start (d_within)."
    )
    published: Published | None = Field(
        default=None, description="What was found; a prediction has nothing here yet."
    )
    note: str = ""

    @model_validator(mode="after")
    def _fits_together(self) -> Trial:
        wrong = [
            Conflict(("n",), f"has no size for arm {name}")
            for name in self.arms
            if name not in self.n
        ]
        wrong += [
            Conflict(
                ("services", name, "kind"),
                f"must be text (got {shorten(service['kind'])})",
                "a kind of service, such as individual_therapy",
            )
            for name, service in self.services.items()
            if not isinstance(service.get("kind", ""), str)
        ]
        wrong += [
            Conflict(("n", name), f"is no arm{suggest(name, self.arms)}", on_key=True)
            for name in self.n
            if name not in self.arms
        ]
        wrong += [
            Conflict(
                ("arms", name, "give"),
                f"{given} is not among the trial's services{suggest(given, self.services)}",
            )
            for name, arm in self.arms.items()
            for given in arm.give
            if given not in self.services
        ]
        if self.derives is not None and find_current(self.derives) not in all_evidence():
            said = f"there is no parameter of this id{suggest(self.derives, all_evidence())}"
            wrong.append(Conflict(("derives",), said, "`kinwell evidence` lists them all"))
        wrong += [Conflict(("effect",), said) for said in self._find_wrong_effect()]
        wrong += [*self._find_wrong_window(), *self._find_small_arms()]
        if wrong:
            # As conflicts and not as one error, so that each is told at its own place in the file.
            raise PydanticCustomError("conflicts", "contradictions", {"conflicts": wrong})
        complete_published(self, self.n, self._find_design_effect())
        return self

    def _find_design_effect(self) -> float:
        """By how much clusters widen the variance of what was published by arms."""
        if self.clusters is None:
            return 1.0
        people = sum(self.n[name] for name in self.compared)
        each = self.clusters.size or people / (self.clusters.number or 1)
        return 1.0 + max(each - 1.0, 0.0) * self.clusters.icc

    def _find_wrong_effect(self) -> list[str]:
        if self.effect in {"OR", "RR", "RD"} and not self.outcome.is_share:
            return [f"{self.effect} compares shares, and the outcome is no share"]
        if self.effect == "HR" and not self.outcome.is_event:
            return ["HR needs an outcome that happens at a time"]
        said = find_wrong_ratio(self.effect, self.published)
        return [said] if said else []

    def _find_small_arms(self) -> list[Conflict]:
        """Arms of one person, where the effect is told in standard deviations."""
        counted = self.compared if self.effect == "SMD" else self.compared[:1]
        return [
            Conflict(("n", name), f"{self.effect} is in standard deviations: needs two people")
            for name in dict.fromkeys(counted)
            if self.effect in ("SMD", "d_within") and self.n.get(name, 2) < 2
        ]

    def _find_wrong_window(self) -> list[Conflict]:
        o, wrong = self.outcome, []
        if (o.to or 0) > self.follow_up or o.begins >= self.follow_up:
            key = "to" if (o.to or 0) > self.follow_up else "from"
            said = f"the window of the outcome leaves the follow-up of {say_weeks(self.follow_up)}"
            wrong.append(Conflict(("outcome", key), said))
        timed = any(c.minutes for arm in self.arms.values() for c in arm.courses.values())
        if o.measure == "contact_time" and not timed:
            said = "contact_time needs `minutes`, the length of a contact, in an arm"
            wrong.append(Conflict(("outcome", "measure"), said))
        return wrong

    def describe(self) -> str:
        """Say in a sentence what it is."""
        first, last = self.compared
        people = sum(self.n.values())
        return f"{self.title}: a trial of {first} against {last}, {people:,} participants."

    @property
    def compared(self) -> tuple[str, str]:
        """The arm that is compared, and what it is compared with."""
        names = tuple(self.arms)
        return names[0], names[-1]

    @property
    def town(self) -> str:
        """Name or path of the scenario that it runs in."""
        return find_town(self.scenario, self.country)

    @property
    def window(self) -> tuple[int, int]:
        """Weeks after recruitment between which the outcome counts."""
        return self.outcome.begins, self.outcome.to or self.follow_up


def find_town(scenario: str | None, country: str | None) -> str:
    """The scenario that a study runs in: its own, that of its country, or baseline."""
    return scenario or TOWN_OF_COUNTRY.get(country or "US", "baseline")


def list_trials(folder: str = "") -> list[str]:
    """Names of the studies that come with Kinwell: the trials to replicate, or those of another
    folder of SHELVES.
    """
    shelf = find_shelf() / "trials" / folder
    return sorted(f"{folder}{path.stem}" for path in shelf.glob("*.yaml") if path.stem != LEDGER)


def find_ledger() -> Path:
    """The ledger of predictions that comes with Kinwell."""
    return find_shelf() / "trials" / f"{LEDGER}.yaml"


def find_trial(name_or_path: str | os.PathLike[str]) -> Path:
    """The file of a trial, by path or by the name of a shipped one."""
    text = os.fspath(name_or_path)
    path = read_path(text)
    if path.is_file():
        return path
    shipped = [name for shelf in SHELVES for name in list_trials(shelf)]
    if text.removesuffix(".yaml") in shipped:
        return find_shelf() / "trials" / f"{text.removesuffix('.yaml')}.yaml"
    said = f"there is no such trial{suggest(text, shipped)}"
    raise InvalidInput(Problem(text, 0, 0, "", said, f"shipped are {', '.join(shipped)}"))


def read_study_document(path: Path) -> Document:
    """The document of a study, with a note on every key that has another name now."""
    return rename_keys(read_document(path, show_path(path)), OF_STUDIES)


def find_beside(town: str | None, path: Path) -> dict[str, str]:
    """The town of the study at `path`, where it is given by its path from there, as in other
    documents: what changes in the study.

    A path from where the command was given is taken, too.
    """
    beside = None if town is None else path.parent / read_path(town)
    return {"scenario": os.fspath(beside)} if beside is not None and beside.is_file() else {}


def load_trial(name_or_path: str | os.PathLike[str]) -> Trial:
    """A checked trial; InvalidInput lists everything that is wrong with its file."""
    path = find_trial(name_or_path)
    document = read_study_document(path)
    otherwise = "is not a trial: a trial says `kind: trial`"
    try:
        found = define_other(Trial, "trial", document, otherwise)
    except InvalidInput as error:
        # Services are looked at when the trial's towns are built, which this one never is.
        page = Page(document)
        page.problems += [*error.problems, *_find_wrong_services(page, path)]
        raise InvalidInput(page.sort_problems()) from None
    return found.model_copy(update=find_beside(found.scenario, path))


def _find_wrong_services(page: Page, path: Path) -> Iterator[Problem]:
    """What is wrong with the services of a trial of which something else is wrong, too."""
    keys = ("scenario", "country", "services")
    scenario, country, services = (page.document.data.get(key) for key in keys)
    if not isinstance(services, dict) or not isinstance(scenario, str | None):
        return
    try:
        usual = find_town(scenario, str(country or ""))
        town = load(find_beside(scenario, path).get("scenario", usual))
    except InvalidInput:
        return
    for name, service in services.items():
        kind, here = service.get("kind") if isinstance(service, dict) else None, f"services.{name}"
        # A name with a dot is told as such, and would be read as a path.
        if not isinstance(kind, str) or kind not in all_kinds() or "." in str(name):
            continue
        try:
            town.with_({here: service})
        except InvalidInput as error:
            for problem in error.problems:
                if f"{problem.path}.".startswith(f"{here}."):
                    yield page.locate((*problem.path.split("."),), problem.message, problem.hint)
