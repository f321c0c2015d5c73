"""A virtual trial: who is recruited, what each arm is given, what is counted, and what was published.

Read from a document of `kind: trial`; docs/trials.md describes every key.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from sim.errors import InvalidInput, Problem
from sim.scenario.declare import Amount, Count, Declared, Id, Length, Number, Share, Text
from sim.scenario.explaining import explain
from sim.scenario.inheriting import show_path
from sim.scenario.library import find_shelf
from sim.scenario.matching import suggest
from sim.scenario.reading import read_document

Positive = Annotated[int, Field(strict=True, ge=1)]


class Eligible(Declared):
    """Who can take part; what is left out does not matter. Everything is looked at in the week of recruitment."""

    ages: tuple[Count, Count] | None = Field(default=None, description="Youngest and oldest age, both included.")
    sex: Literal["female", "male"] | None = Field(default=None, description="Sex.")
    role: Literal["caregiver", "pupil", "worker"] | None = Field(default=None, description="Lives with somebody ill, at school, in work.")
    after: Literal["crisis", "hospital_discharge", "birth"] | None = Field(default=None, description="What has happened to them.")
    within: Length = Field(default=4, description="How long ago at most; 0 weeks is the same week.")
    phq: tuple[Amount, Amount] | None = Field(default=None, description="Lowest and highest PHQ-9, both included.")
    severe_illness: bool | None = Field(default=None, description="Has, or has not, a severe mental illness.")
    in_episode: bool | None = Field(default=None, description="Is, or is not, in an episode of depression.")
    episode_for: Length = Field(default=0, description="Has been in the present episode for at least this long.")
    episodes: Count = Field(default=0, description="Episodes so far, at least.")
    admissions: Count = Field(default=0, description="Psychiatric admissions so far, at least.")
    in_care: tuple[Text, ...] = Field(default=(), description="Has a place in a service of one of these kinds.")
    in_care_for: Length = Field(default=0, description="Has had it for at least this long.")
    medicated: bool | None = Field(default=None, description="Has, or has not, relief by medication.")
    lonely: tuple[Amount, Amount] | None = Field(default=None, description="Lowest and highest UCLA-3 loneliness, both included.")
    ties: tuple[Count, Count] | None = Field(default=None, description="Fewest and most close ties, both included.")
    alone: bool | None = Field(default=None, description="Lives, or does not live, alone.")
    likely_admission: Share | None = Field(
        default=None, description="Chance of needing a bed if a crisis comes to the emergency department, at least."
    )
    recent_event: Amount | None = Field(default=None, description="Distress that recent life events add, at least (latent).")


class Protocol(Declared):
    """What an arm is given or has withheld from it, beside what goes on anyway."""

    give: Id | None = Field(default=None, description="One of the trial's services.")
    offered_to: Literal["participants", "everybody"] = Field(
        default="participants", description="Participants get a place at once; `everybody` has the service stand in the town."
    )
    uptake: Share = Field(default=1.0, description="Share of participants who begin.")
    sessions: Positive | None = Field(default=None, description="Sessions of the full course; without it, the evidence's.")
    over: Length | None = Field(default=None, description="Time that the course is planned to take; without it, the evidence's pace.")
    attendance: Share | None = Field(default=None, description="Share of sessions offered that are attended; without it, the evidence's.")
    meets: Share | None = Field(default=None, description="Share of crises that a crisis service meets; without it, the evidence's.")
    withhold: tuple[Text, ...] = Field(default=(), description="Kinds of services that participants leave and stay away from.")
    keep: tuple[Text, ...] = Field(default=(), description="Kinds of services whose places participants keep, well or not.")
    adherence: Share = Field(default=1.0, description="Share of participants who hold to that.")
    until_phq: Amount | None = Field(default=None, description="Symptoms from which they may come back; without it, they stay away.")


def _read_arm(value: Any) -> Any:
    """An arm with nothing of its own says so in words."""
    return {} if value == "as usual" else value


Arm = Annotated[Protocol, BeforeValidator(_read_arm)]


class Outcome(Declared):
    """What is counted for each participant, from recruitment to the end of follow-up."""

    measure: Literal["admission", "acute_care", "crisis", "relapse", "phq", "response", "loneliness", "cost"] = Field(
        description="acute_care is a crisis that the emergency department, a ward, a team or a respite house meets; relapse a new episode; "
        "response a fall of PHQ-9 by half; cost that of emergency department and ward."
    )
    counted: Literal["any", "count", "days", "at_least", "mean"] = Field(
        default="any", description="any, count or days of what happened; at_least a threshold, or the mean, of a score."
    )
    threshold: Amount | None = Field(default=None, description="Score from which `at_least` counts.")


class Published(Declared):
    """What the trial found: effect with its 95% interval, and the level of each arm (share, mean or change)."""

    effect: Number
    low: Number | None = None
    high: Number | None = None
    arms: dict[Id, Number] = Field(default_factory=dict, description="Level of each arm, where it is known.")


class Trial(Declared):
    """A trial that can be run in silico."""

    kind: Literal["trial"]
    id: Text = Field(description="Record of the evidence that it replicates.")
    title: Text
    study: Text
    scenario: Text = Field(default="baseline", description="The town that it runs in.")
    lived_before: Length = Field(default=52, description="How long the town has lived before week 0: what is known of people's history.")
    recruit_over: Length = Field(default=26, description="Weeks in which people are recruited as they become eligible.")
    eligible: Eligible
    services: dict[Id, dict[str, Any]] = Field(default_factory=dict, description="Services of the trial, as in a scenario.")
    arms: dict[Id, Arm] = Field(min_length=2, description="Arms, `as usual` for nothing of its own; the first is compared with the last.")
    n: dict[Id, Positive] = Field(description="Participants analysed in each arm.")
    follow_up: Length = Field(description="How long each participant is followed.")
    outcome: Outcome
    effect: Literal["OR", "RR", "HR", "MD", "SMD", "d_within"] = Field(description="How the arms are compared.")
    published: Published
    note: str = ""

    @model_validator(mode="after")
    def _fits_together(self) -> Trial:
        wrong = [f"`n` has no size for arm {name}" for name in self.arms if name not in self.n]
        wrong += [f"`n` names {name}, which is no arm" for name in self.n if name not in self.arms]
        wrong += [
            f"arm {name} gives {arm.give}, which is not among the trial's services"
            for name, arm in self.arms.items()
            if arm.give is not None and arm.give not in self.services
        ]
        scores, shares = self.outcome.measure in {"phq", "loneliness", "cost"}, self.effect in {"OR", "RR", "HR"}
        if self.outcome.counted == "at_least" and self.outcome.threshold is None:
            wrong.append("`outcome` counts who is at_least, and has no threshold")
        if shares and scores and self.outcome.counted != "at_least":
            wrong.append(f"{self.effect} compares shares, and the outcome is no share")
        if self.effect == "HR" and self.outcome.measure in {"phq", "response", "loneliness", "cost"}:
            wrong.append("HR needs an outcome that happens at a time")
        if wrong:
            raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": "; ".join(wrong)})
        return self

    @property
    def compared(self) -> tuple[str, str]:
        """The arm that is compared, and what it is compared with."""
        names = tuple(self.arms)
        return names[0], names[-1]


def list_trials() -> list[str]:
    """Names of the trials that come with Kinwell."""
    return sorted(path.stem for path in (find_shelf() / "trials").glob("*.yaml"))


def find_trial(name_or_path: str | os.PathLike[str]) -> Path:
    """The file of a trial, by path or by the name of a shipped one."""
    text = os.fspath(name_or_path)
    path = Path(text).expanduser()
    if path.is_file():
        return path
    shipped = list_trials()
    if text.removesuffix(".yaml") in shipped:
        return find_shelf() / "trials" / f"{text.removesuffix('.yaml')}.yaml"
    raise InvalidInput(Problem(text, 0, 0, "", f"there is no such trial{suggest(text, shipped)}", f"shipped are {', '.join(shipped)}"))


def load_trial(name_or_path: str | os.PathLike[str]) -> Trial:
    """A checked trial; InvalidInput lists everything that is wrong with its file."""
    path = find_trial(name_or_path)
    document = read_document(path, show_path(path))
    problems = list(document.problems)
    if document.data.get("kind") != "trial":
        place = document.places.get(("kind",))
        line, column = (place.value_line, place.value_column) if place else (1, 1)
        shown = show_path(path)
        problem = Problem(shown, line, column, "kind", "is not a trial: a trial says `kind: trial`", "", document.line(shown, line))
        raise InvalidInput([*problems, problem])
    try:
        trial = Trial.model_validate(document.data, context={"from_file": True})
    except ValidationError as error:
        problems += explain(error, document)
    if problems:
        raise InvalidInput(sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column)))
    return trial
