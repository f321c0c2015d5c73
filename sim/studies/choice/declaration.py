"""A choice between mixes of programmes under a budget: a document of `kind: choice`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.errors import InvalidInput, Problem
from sim.outcomes import BY_KEY
from sim.scenario.designs.factors import Page
from sim.scenario.diagnostics.comparability import UNITS
from sim.scenario.diagnostics.messages import define_other
from sim.scenario.diagnostics.suggestions import suggest, suggest_value
from sim.scenario.files.inheritance import show_path
from sim.scenario.files.user_path import read_path
from sim.scenario.files.yaml_document import read_document
from sim.scenario.library import load, name_of
from sim.scenario.schema.field_types import Count, Declared, Flow, Id, Number, Role, Share, Text
from sim.units import say_count

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from sim.scenario.files.yaml_document import Keys
    from sim.scenario.scenario import Scenario

GOALS = ("net_benefit", *(key for key, row in BY_KEY.items() if row.better in {"more", "fewer"}))
"""What a mix can be best in: net benefit, or an outcome of which more, or fewer, is better."""
SMALLEST_SIZE, LARGEST_SIZE = 0.01, 100.0
MOST_REPLICATES_ASKED = 1_000
LEAST_CONFIDENCE, MOST_CONFIDENCE = 0.6, 0.999


def _refuse(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_value", "{sentence}", {"sentence": sentence})


def _check_goal(goal: str) -> str:
    if goal not in GOALS:
        raise _refuse(f"there is no goal {goal!r}{suggest_value(goal, GOALS)}")
    return goal


def _check_size(size: float) -> float:
    if not SMALLEST_SIZE <= size <= LARGEST_SIZE:
        raise _refuse(
            f"a size is from {SMALLEST_SIZE:g} to {LARGEST_SIZE:g} times the declared one"
        )
    return size


def _check_positive(value: float) -> float:
    if value <= 0.0:
        raise _refuse("must be more than 0")
    return value


def _check_confidence(share: float) -> float:
    # At an even chance or less, nobody would ever be left in; certainty takes runs without end.
    if not LEAST_CONFIDENCE <= share <= MOST_CONFIDENCE:
        raise _refuse(f"is from {LEAST_CONFIDENCE:.0%} to {MOST_CONFIDENCE:.1%}, such as 95%")
    return share


Confidence = Annotated[Share, AfterValidator(_check_confidence)]
Size = Annotated[Number, AfterValidator(_check_size)]
Positive = Annotated[Number, AfterValidator(_check_positive)]


class Programme(Declared):
    """Services that a scenario has and the one that is built on has not, at one of a few sizes."""

    like: Text = Field(description="Scenario that has the services.")
    services: tuple[Id, ...] = Field(
        default=(), description="Those that are meant; none named means all that are new."
    )
    options: tuple[Id, ...] = Field(
        default=(),
        description="Options of its branch that are weighed; none named means all that it has.",
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
    most: Annotated[int, Field(strict=True, ge=5, le=MOST_REPLICATES_ASKED)] = 60

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
    confidence: Confidence = 0.95
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

    services: names of the services of each programme. options: what may be done at the branch of
    the programme that has one.
    """

    name: str
    document: Choice
    base: Scenario
    sources: dict[str, Scenario]
    services: dict[str, tuple[str, ...]]
    options: dict[str, tuple[str, ...]]

    def describe(self) -> str:
        """Say in a sentence what it is."""
        budget = self.document.budget
        programmes = say_count(len(self.document.programmes), "programme")
        title = self.document.title
        end = "" if title.endswith((".", "?", "!", "。", "？", "！", "؟")) else "."
        return f"{title}{end} A choice between mixes of {programmes} for {budget}."


def load_choice(path: str | os.PathLike[str]) -> Posed:
    """A checked choice; InvalidInput lists everything that is wrong with it."""
    file = read_path(path)
    if not file.is_file():
        hint = "docs/choosing.md shows one to begin with"
        raise InvalidInput(Problem(str(path), 0, 0, "", "there is no such file", hint))
    document = read_document(file, show_path(file))
    otherwise = "holds no choice: it would say `kind: choice`"
    choice = define_other(Choice, "choice", document, otherwise)
    page = Page(document)
    base = _load(page, ("scenario",), choice.scenario, file.parent)
    sources = {
        name: _load(page, ("programmes", name, "like"), programme.like, file.parent)
        for name, programme in choice.programmes.items()
    }
    known = {name: source for name, source in sources.items() if source is not None}
    if base is None or len(known) < len(sources):
        raise InvalidInput(page.problems)
    services = _find_services(page, choice, base, known)
    options = _find_options(page, choice, base, known)
    _check_names(page, choice, base)
    _check_money(page, base, known)
    if page.problems:
        raise InvalidInput(sorted(page.problems, key=lambda each: (each.line, each.column)))
    return Posed(name_of(file), choice, base, known, services, options)


def _load(page: Page, key: Keys, given: str, folder: Path) -> Scenario | None:
    """The scenario that stands at a key; None, with a problem on the page, where there is none."""
    beside = folder / read_path(given)
    try:
        return load(beside if beside.is_file() else given)
    except InvalidInput as error:
        if any(problem.line for problem in error.problems):
            page.problems += error.problems
        else:
            page.complain(key, error.problems[0].message, error.problems[0].hint)
    return None


def _find_services(
    page: Page, choice: Choice, base: Scenario, sources: dict[str, Scenario]
) -> dict[str, tuple[str, ...]]:
    """The services of each programme; two programmes cannot have one of the same name."""
    found: dict[str, tuple[str, ...]] = {}
    owner: dict[str, str] = {}
    for name, programme in choice.programmes.items():
        here = ("programmes", name)
        new = [s for s in sources[name].foreseen.services if s not in base.services]
        for service in programme.services:
            if service not in new:
                said = f"{programme.like} adds no service {service!r}{suggest(service, new)}"
                page.complain((*here, "services"), said)
        found[name] = programme.services or tuple(new)
        if not found[name]:
            said = f"{programme.like} has no service that {choice.scenario} has not"
            page.complain((*here, "like"), said)
        elif not set(found[name]) & set(sources[name].services):
            said = f"{programme.like} has no such service before its branch"
            page.complain((*here, "like"), said, "let one begin with the branch: `from: week 52`")
        for service in found[name]:
            if owner.setdefault(service, name) != name:
                said = f"the service {service!r} is in {owner[service]} too"
                page.complain(here, said, "name the services that are meant under `services`")
    return found


def _find_options(
    page: Page, choice: Choice, base: Scenario, sources: dict[str, Scenario]
) -> dict[str, tuple[str, ...]]:
    """Options of the one programme that may branch; what is built on goes on in one way."""
    if base.branch is not None:
        hint = "write one without `branch`, or let a programme branch"
        page.complain(("scenario",), f"{base.name} branches: every mix is built on one way", hint)
    found: dict[str, tuple[str, ...]] = {}
    for name, programme in choice.programmes.items():
        branch, here = sources[name].branch, ("programmes", name)
        known = () if branch is None else tuple(branch.options)
        for option in (each for each in programme.options if each not in known):
            said = f"{programme.like} has no option {option!r}{suggest(option, known)}"
            page.complain((*here, "options"), said)
        if branch is None:
            continue
        if found:
            other = choice.programmes[next(iter(found))].like
            said = f"{programme.like} branches, and so does {other}"
            page.complain((*here, "like"), said, "one programme of a choice may branch")
        found[name] = programme.options or ((branch.take,) if branch.take else known)
    return found


def _check_names(page: Page, choice: Choice, base: Scenario) -> None:
    """Constraints are about programmes that there are, and money is in one currency."""
    asked = [("at_least", name) for name in choice.at_least]
    asked += [("at_most", name) for name in choice.at_most]
    asked += [("not_both", name) for group in choice.not_both for name in group]
    for key, name in asked:
        if name not in choice.programmes:
            page.complain(
                (key,), f"there is no programme {name!r}{suggest(name, choice.programmes)}"
            )
    for k, group in enumerate(choice.not_both):
        if len(set(group)) < 2:
            said = "it takes two programmes to exclude one another"
            page.complain(("not_both", str(k)), said, "name two of them, or leave it out")
    if choice.budget.currency and choice.budget.currency != base.currency:
        said = f"is in {choice.budget.currency}, and {base.name} counts in {base.currency}"
        page.complain(("budget",), said)
    if not choice.budget.per:
        page.complain(("budget",), "is money a year, such as `USD 600_000 per year`")
    if choice.goal == "net_benefit" and not base.willingness_to_pay:
        said, hint = f"{base.name} states no worth of a QALY", "state `willingness_to_pay` there"
        page.complain(("goal",), said, hint)


def _check_money(page: Page, base: Scenario, sources: dict[str, Scenario]) -> None:
    """Programmes are taken from scenarios that count money as the one does that is built on."""
    for name, source in sources.items():
        for key in ("currency", "price_year"):
            if (there := getattr(source, key)) != (here := getattr(base, key)):
                said = f"{source.name} and {base.name} {UNITS[key]} ({there} and {here})"
                page.complain(("programmes", name, "like"), said, "amounts are never converted")
