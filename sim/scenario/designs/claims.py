"""Claims that are often made, and the scenarios that put them to the test: a document of `kind:
claims`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.errors import InvalidInput
from sim.evidence.loader import all_evidence
from sim.evidence.renamed import find_current
from sim.outcomes import KEYS
from sim.scenario.designs.factors import Page
from sim.scenario.designs.trial_published import Level
from sim.scenario.diagnostics.messages import define_other
from sim.scenario.diagnostics.suggestions import suggest_value
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.user_path import read_path
from sim.scenario.files.yaml_document import read_document
from sim.scenario.library import find_shelf, load
from sim.scenario.schema.field_types import Declared, Text

if TYPE_CHECKING:
    from sim.errors import Problem
    from sim.scenario.files.yaml_document import Keys
    from sim.scenario.scenario import Scenario

SHIPPED = "claims/claims.yaml"


def _refuse(what: str, name: str, known: tuple[str, ...]) -> PydanticCustomError:
    sentence = f"there is no {what} {name!r}{suggest_value(name, known)}"
    return PydanticCustomError("wrong_value", "{sentence}", {"sentence": sentence})


def _check_outcome(name: str) -> str:
    if name not in KEYS:
        raise _refuse("outcome", name, KEYS)
    return name


def _check_number(written: str) -> str:
    known, name = tuple(all_evidence()), find_current(written)
    if name not in known:
        raise _refuse("number of the evidence", name, known)
    return name


OutcomeKey = Annotated[Text, AfterValidator(_check_outcome)]
Identity = Annotated[Text, AfterValidator(_check_number)]


class Measure(Declared):
    """What a claim is about: the relative change of an outcome from the reference, or one outcome
    as a share of another.
    """

    change: OutcomeKey | None = Field(
        default=None, description="Outcome whose relative change from the reference is claimed."
    )
    share: OutcomeKey | None = Field(
        default=None, description="Outcome that is claimed to be a share `of` another."
    )
    of: OutcomeKey | None = Field(default=None, description="What it is a share of.")

    @model_validator(mode="after")
    def _is_one(self) -> Measure:
        if (self.change is None) == (self.share is None) or (self.share is None) != (
            self.of is None
        ):
            raise PydanticCustomError(
                "wrong_value", "{sentence}", {"sentence": "needs `change`, or `share` and `of`"}
            )
        return self


class Best(Declared):
    """Numbers of the evidence at an end of their range."""

    highest: tuple[Identity, ...] = Field(
        default=(), description="Numbers of the evidence at the upper end of their range."
    )
    lowest: tuple[Identity, ...] = Field(
        default=(), description="Numbers of the evidence at the lower end of their range."
    )

    def pin(self) -> dict[str, float]:
        """The numbers at those ends."""
        # The ends of the 95% range: the most favourable world that the evidence allows.
        known = all_evidence()
        return {name: known[name].high for name in self.highest} | {
            name: known[name].low for name in self.lowest
        }


class Condition(Declared):
    """A scenario under which a claim is tried, by a path relative to the document, and the numbers
    that are pinned there.
    """

    scenario: Text = Field(description="Scenario that it is tried in, by its path from here.")
    best: Best = Field(
        default_factory=Best, description="Numbers at their `highest` or `lowest`, as lists."
    )


class Claim(Declared):
    """A claim, the number that it states, how it is measured, under what conditions, and what the
    world says.
    """

    claim: Text = Field(description="What is claimed, in a sentence.")
    claimed: Level = Field(description="The number that it states: -50% for half as many.")
    measure: Measure = Field(
        description="How it is measured: `{change: admissions}`, or `{share: ..., of: ...}`."
    )
    favourable: Condition = Field(
        description="The most that evidence allows: `{scenario: ..., best: {highest: [...]}}`."
    )
    typical: Condition = Field(description="What towns usually do: `{scenario: ...}`.")
    evidence: dict[str, Text] = Field(
        min_length=1, description="What studies found, each in a sentence, by their records."
    )

    @property
    def conditions(self) -> dict[str, Condition]:
        """Both conditions by name."""
        return {"favourable": self.favourable, "typical": self.typical}


class Claims(Declared):
    """A document of claims; every change is measured from its reference."""

    kind: Literal["claims"] = Field(description="claims")
    reference: Text = Field(description="Scenario that changes are measured from, by its path.")
    claims: dict[str, Claim] = Field(min_length=1, description="Claims by a name for each.")


class Tried(Declared):
    """A document with its scenarios loaded: the reference, and one for each claim and condition."""

    document: Claims
    folder: Path

    def describe(self) -> str:
        """Say in a sentence what it is."""
        count = len(self.document.claims)
        return f"{count} claim{'s' * (count != 1)}, measured from {self.document.reference}."

    def load(self, name: str) -> Scenario:
        """The scenario at a path of the document."""
        return load(self.folder / name)


def load_claims(path: str | os.PathLike[str] | None = None) -> Tried:
    """A checked document of claims, the shipped one if none is named.

    InvalidInput lists everything that is wrong with it, and with the scenarios that it names.
    """
    file = read_path(path) if path else find_shelf() / SHIPPED
    document = read_document(file, show_path(file))
    otherwise = "holds no claims: it would say `kind: claims`"
    tried = Tried(document=define_other(Claims, "claims", document, otherwise), folder=file.parent)
    if problems := _find_broken(tried, Page(document)):
        raise InvalidInput(problems)
    return tried


def _find_broken(tried: Tried, page: Page) -> list[Problem]:
    """What is wrong with the scenarios of claims, each where it is named or in its own file."""
    named: dict[Keys, str] = {("reference",): tried.document.reference}
    for name, claim in tried.document.claims.items():
        for key, condition in claim.conditions.items():
            named["claims", name, key, "scenario"] = condition.scenario
    for place, scenario in named.items():
        try:
            tried.load(scenario)
        except InvalidInput as error:
            if any(problem.line for problem in error.problems):
                page.problems += error.problems
            else:
                page.complain(place, error.problems[0].message, error.problems[0].hint)
    return page.sort_problems()
