"""A virtual trial: who is recruited, what each arm is given, what is counted, and what was
published.

Read from a document of `kind: trial`; docs/trials.md describes every key.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.errors import InvalidInput, Problem
from sim.scenario.designs.trial_parts import EVENTS, Arm, Eligible, Outcome, Positive, Published
from sim.scenario.diagnostics.messages import define_other
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.yaml_document import read_document
from sim.scenario.library import find_shelf
from sim.scenario.schema.field_types import Declared, Id, Length, Text


class Trial(Declared):
    """A trial that can be run in silico."""

    kind: Literal["trial"]
    id: Text = Field(description="Record of the evidence that it replicates.")
    title: Text
    study: Text
    scenario: Text = Field(default="baseline", description="The town that it runs in.")
    lived_before: Length = Field(
        default=52,
        description="How long the town has lived before week 0: what is known of people's history.",
    )
    recruit_over: Annotated[Length, Field(ge=1)] = Field(
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
    follow_up: Annotated[Length, Field(ge=1)] = Field(
        description="How long each participant is followed."
    )
    outcome: Outcome
    effect: Literal["OR", "RR", "RD", "HR", "IRR", "MD", "SMD", "d_within"] = Field(
        description=(
            "How the arms are compared: ratios and difference of shares (OR, RR, RD), ratio of"
            " hazards (HR) or means (IRR), difference of means (MD), in standard deviations (SMD);"
            " change in the first arm in standard deviations at the start (d_within)."
        )
    )
    published: Published
    note: str = ""

    @model_validator(mode="after")
    def _fits_together(self) -> Trial:
        wrong = [f"`n` has no size for arm {name}" for name in self.arms if name not in self.n]
        wrong += [f"`n` names {name}, which is no arm" for name in self.n if name not in self.arms]
        wrong += [
            f"arm {name} gives {given}, which is not among the trial's services"
            for name, arm in self.arms.items()
            for given in arm.give
            if given not in self.services
        ]
        if self.effect in {"OR", "RR", "RD"} and not self.outcome.is_share:
            wrong.append(f"{self.effect} compares shares, and the outcome is no share")
        if self.effect == "HR" and self.outcome.measure not in EVENTS:
            wrong.append("HR needs an outcome that happens at a time")
        if wrong:
            raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": "; ".join(wrong)})
        return self

    @property
    def compared(self) -> tuple[str, str]:
        """The arm that is compared, and what it is compared with."""
        names = tuple(self.arms)
        return names[0], names[-1]


def list_trials(folder: str = "") -> list[str]:
    """Names of the trials that come with Kinwell: those to replicate, or with "reference/" those
    that set the scale of services.
    """
    return sorted(
        f"{folder}{path.stem}" for path in (find_shelf() / "trials" / folder).glob("*.yaml")
    )


def find_trial(name_or_path: str | os.PathLike[str]) -> Path:
    """The file of a trial, by path or by the name of a shipped one."""
    text = os.fspath(name_or_path)
    path = Path(text).expanduser()
    if path.is_file():
        return path
    shipped = [*list_trials(), *list_trials("reference/")]
    if text.removesuffix(".yaml") in shipped:
        return find_shelf() / "trials" / f"{text.removesuffix('.yaml')}.yaml"
    raise InvalidInput(
        Problem(
            text,
            0,
            0,
            "",
            f"there is no such trial{suggest(text, shipped)}",
            f"shipped are {', '.join(shipped)}",
        )
    )


def load_trial(name_or_path: str | os.PathLike[str]) -> Trial:
    """A checked trial; InvalidInput lists everything that is wrong with its file."""
    path = find_trial(name_or_path)
    document = read_document(path, show_path(path))
    return define_other(Trial, "trial", document, "is not a trial: a trial says `kind: trial`")
