"""A choice between mixes of programmes under a budget: a document of `kind: choice`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.errors import InvalidInput, Problem
from sim.outcomes import BY_KEY
from sim.scenario.diagnostics.messages import define_other
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.yaml_document import read_document
from sim.scenario.library import load
from sim.scenario.schema.field_types import Count, Declared, Flow, Id, Number, Role, Share, Text

if TYPE_CHECKING:
    import os

    from sim.scenario.files.yaml_document import Document, Keys
    from sim.scenario.scenario import Scenario

GOALS = ("net_benefit", *(key for key, row in BY_KEY.items() if row.better in {"more", "fewer"}))
"""What a mix can be best in: net benefit, or an outcome of which more, or fewer, is better."""
SMALLEST, LARGEST = 0.01, 100.0
MOST_REPLICATES = 1_000


def _refuse(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_value", "{sentence}", {"sentence": sentence})


def _check_goal(goal: str) -> str:
    if goal not in GOALS:
        raise _refuse(f"there is no goal {goal!r}{suggest(goal, GOALS)}")
    return goal


def _check_size(size: float) -> float:
    if not SMALLEST <= size <= LARGEST:
        raise _refuse(f"a size is from {SMALLEST:g} to {LARGEST:g} times the declared one")
    return size


def _check_positive(value: float) -> float:
    if value <= 0.0:
        raise _refuse("must be more than 0")
    return value


Size = Annotated[Number, AfterValidator(_check_size)]
Positive = Annotated[Number, AfterValidator(_check_positive)]


class Programme(Declared):
    """Services that a scenario has and the one that is built on has not, at one of a few sizes."""

    like: Text = Field(description="Scenario that has the services.")
    services: tuple[Id, ...] = Field(
        default=(), description="Those that are meant; none named means all that are new."
    )
    sizes: tuple[Size, ...] = Field(
        default=(1.0,), min_length=1, description="Times the declared staff, groups and beds."
    )


class Effort(Declared):
    """How many replicates: of every mix first, more at a time while mixes cannot be told apart,
    and at most.
    """

    first: Annotated[int, Field(strict=True, ge=5)] = 10
    more: Annotated[int, Field(strict=True, ge=1)] = 5
    most: Annotated[int, Field(strict=True, ge=5, le=MOST_REPLICATES)] = 60

    @model_validator(mode="after")
    def _is_ordered(self) -> Effort:
        if self.most < self.first:
            raise _refuse(f"`most` ({self.most}) is less than `first` ({self.first})")
        return self


class Choice(Declared):
    """The document: programmes, what limits them, and what they are chosen by."""

    kind: Literal["choice"]
    title: Text = "Which programmes?"
    summary: Text = ""
    scenario: Text = Field(description="What every mix is built on and compared with.")
    programmes: dict[Id, Programme] = Field(min_length=1)
    budget: Flow = Field(description="Money for all programmes together, a year.")
    payer: Literal["public", "grant", "donation"] = "public"
    goal: Annotated[Text, AfterValidator(_check_goal)] = "qalys"
    indifference: Positive = Field(
        description="A difference in the goal that would not matter, over the whole horizon."
    )
    confidence: Share = 0.95
    replicates: Effort = Effort()
    seed: Count = 1
    staff: dict[Role, Number] = Field(
        default={}, description="Full-time equivalents that can be hired, by role."
    )
    at_least: dict[Id, Number] = Field(default={}, description="Smallest size of a programme.")
    at_most: dict[Id, Number] = Field(default={}, description="Largest size of a programme.")
    not_both: tuple[tuple[Id, ...], ...] = ()


@dataclass(frozen=True)
class Posed:
    """A checked choice with its scenarios: the one that is built on, and one for each programme.

    services: names of the services of each programme.
    """

    name: str
    document: Choice
    base: Scenario
    sources: dict[str, Scenario]
    services: dict[str, tuple[str, ...]]


def load_choice(path: str | os.PathLike[str]) -> Posed:
    """A checked choice; InvalidInput lists everything that is wrong with it."""
    file = Path(path).expanduser()
    if not file.is_file():
        hint = "docs/choosing.md shows one to begin with"
        raise InvalidInput(Problem(str(path), 0, 0, "", "there is no such file", hint))
    document = read_document(file, show_path(file))
    otherwise = "holds no choice: it would say `kind: choice`"
    choice = define_other(Choice, "choice", document, otherwise)
    problems: list[Problem] = []
    base = _load(choice.scenario, file.parent, ("scenario",), document, problems)
    sources = {
        name: _load(programme.like, file.parent, ("programmes", name, "like"), document, problems)
        for name, programme in choice.programmes.items()
    }
    if base is None or any(source is None for source in sources.values()):
        raise InvalidInput(problems)
    known = {name: source for name, source in sources.items() if source is not None}
    services = _find_services(choice, base, known, document, problems)
    problems += _check_names(choice, base, document)
    if problems:
        raise InvalidInput(sorted(problems, key=lambda each: (each.line, each.column)))
    return Posed(file.name.split(".")[0], choice, base, known, services)


def _load(
    given: str, folder: Path, path: Keys, document: Document, problems: list[Problem]
) -> Scenario | None:
    """The scenario of a path relative to the document, or a shipped one; None where it is wrong."""
    beside = folder / Path(given).expanduser()
    try:
        return load(beside if beside.is_file() else given)
    except InvalidInput as error:
        if any(problem.line for problem in error.problems):
            problems += error.problems
        else:
            problems.append(
                locate(document, path, error.problems[0].message, error.problems[0].hint)
            )
    return None


def _find_services(
    choice: Choice,
    base: Scenario,
    sources: dict[str, Scenario],
    document: Document,
    problems: list[Problem],
) -> dict[str, tuple[str, ...]]:
    """The services of each programme; two programmes cannot have one of the same name."""
    found: dict[str, tuple[str, ...]] = {}
    owner: dict[str, str] = {}
    for name, programme in choice.programmes.items():
        here = ("programmes", name)
        new = [s for s in sources[name].services if s not in base.services]
        for service in programme.services:
            if service not in new:
                said = f"{programme.like} adds no service {service!r}{suggest(service, new)}"
                problems.append(locate(document, (*here, "services"), said))
        found[name] = programme.services or tuple(new)
        if not found[name]:
            said = f"{programme.like} has no service that {choice.scenario} has not"
            problems.append(locate(document, (*here, "like"), said))
        for service in found[name]:
            if owner.setdefault(service, name) != name:
                said = f"the service {service!r} is in {owner[service]} too"
                hint = "name the services that are meant under `services`"
                problems.append(locate(document, here, said, hint))
    return found


def _check_names(choice: Choice, base: Scenario, document: Document) -> list[Problem]:
    """Constraints are about programmes that there are, and money is in one currency."""
    asked = [("at_least", name) for name in choice.at_least]
    asked += [("at_most", name) for name in choice.at_most]
    asked += [("not_both", name) for group in choice.not_both for name in group]
    problems = [
        locate(
            document, (key,), f"there is no programme {name!r}{suggest(name, choice.programmes)}"
        )
        for key, name in asked
        if name not in choice.programmes
    ]
    if choice.budget.currency and choice.budget.currency != base.currency:
        said = f"is in {choice.budget.currency}, and {base.name} counts in {base.currency}"
        problems.append(locate(document, ("budget",), said))
    if not choice.budget.per:
        said = "is money a year, such as `USD 600_000 per year`"
        problems.append(locate(document, ("budget",), said))
    if choice.goal == "net_benefit" and not base.willingness_to_pay:
        said, hint = f"{base.name} states no worth of a QALY", "state `willingness_to_pay` there"
        problems.append(locate(document, ("goal",), said, hint))
    return problems


def locate(document: Document, path: Keys, message: str, hint: str = "") -> Problem:
    """A problem at the nearest thing that stands in the file."""
    for length in range(len(path), 0, -1):
        place = document.places.get(path[:length])
        if place is not None:
            source = document.line(place.file, place.line)
            line, column = place.value_line, place.value_column
            return Problem(place.file, line, column, ".".join(path), message, hint, source)
    file = next(iter(document.lines), "")
    return Problem(file, 1, 1, ".".join(path), message, hint)
