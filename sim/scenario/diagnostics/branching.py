"""What is wrong with a branch: options that are no scenario, or that would change its past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sim.errors import InvalidInput
from sim.scenario.diagnostics.conflicts import Conflict, find_conflicts
from sim.scenario.diagnostics.messages import define
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.files.yaml_document import Document
from sim.scenario.schema.branching import lay_over
from sim.scenario.schema.field_types import strip
from sim.scenario.schema.fields import ScenarioFields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.schema.branching import Branch
    from sim.scenario.schema.field_types import Declared

S = TypeVar("S", bound=ScenarioFields)
Path = tuple[str, ...]
TEXTS = ("title", "summary")
DATED = {"services": "until", "funds": "to", "shocks": "until", "partnerships": "until"}
"""Parts of a scenario that begin and end, with the key of their end."""
FIXED_KEYS = {
    "services": ("kind", "enabled", "at_start"),
    "funds": ("source", "opening", "from_"),
    "shocks": ("kind", "enabled", "at"),
    "partnerships": ("enabled", "from_"),
}
"""What cannot be changed any more of something that may have begun by then."""
CHANGEABLE = (*DATED, "governance")


def find_branch_conflicts(scenario: ScenarioFields) -> list[Conflict]:
    """Every contradiction of a scenario's branch: options, dates, rules; none without a branch."""
    branch = scenario.branch
    if branch is None:
        return []
    found = [*_check_names(branch, scenario)]
    for option, changes in branch.options.items():
        found += _check_option(scenario, branch.at, option, changes)
    return found


def _check_names(branch: Branch, scenario: ScenarioFields) -> Iterator[Conflict]:
    """Options that rules and keys name must be there, and services that rules look at."""
    named: list[tuple[Path, str | None]] = [
        (("branch", "otherwise"), branch.otherwise),
        (("branch", "take"), branch.take),
    ]
    named += [(("branch", "rules", name, "take"), rule.take) for name, rule in branch.rules.items()]
    for where, option in named:
        if option is not None and option not in branch.options:
            known = ", ".join(branch.options)
            message = f"there is no option {option!r}{suggest(option, branch.options)}"
            yield Conflict(where, message, f"options are {known}")
    for name, rule in branch.rules.items():
        path: Path = ("branch", "rules", name, "when")
        when = rule.when
        if when.service is not None and when.service not in scenario.services:
            said = suggest(when.service, scenario.services)
            yield Conflict((*path, "service"), f"there is no service {when.service!r}{said}")
        if when.above is None and when.below is None:
            yield Conflict(path, "needs `above` or `below`", "such as `above: 60%`")


def _check_option(
    scenario: ScenarioFields, at: int, option: str, changes: Mapping[str, Any]
) -> list[Conflict]:
    """What is wrong with one option: keys that cannot change, then what the whole would be."""
    here: Path = ("branch", "options", option)
    wrong = [key for key in changes if key not in (*CHANGEABLE, *TEXTS)]
    # Alone: the check of the merged whole would tell each of them again.
    if wrong:
        hint = f"an option may change {', '.join(CHANGEABLE)}, and has a title and a summary"
        return [
            Conflict((*here, key), "is no part that can change at a branch", hint, on_key=True)
            for key in wrong
        ]
    try:
        # Fields only: contradictions are looked for below, and told at the option's own place.
        after = merge_option(scenario, option, ScenarioFields)
    except InvalidInput as error:
        return [
            Conflict((*here, *problem.path.split(".")), problem.message, problem.hint)
            for problem in error.problems
        ]
    found = [*find_conflicts(after), *_check_past(scenario, after, at)]
    return [conflict._replace(path=(*here, *conflict.path)) for conflict in found]


def merge_option(scenario: ScenarioFields, option: str, into: type[S]) -> S:
    """The scenario as it is from the branch on if this option is taken, without its branch.

    InvalidInput names what the option breaks.
    """
    data = strip(scenario.model_dump(mode="json", by_alias=True))
    # A result that still had the branch would merge its options again, without end.
    changes = data.pop("branch")["options"][option]
    return define(Document(lay_over(data, changes), {}, {}), into, from_file=False)


def _check_past(before: ScenarioFields, after: ScenarioFields, at: int) -> Iterator[Conflict]:
    """Nothing that an option changes may act before the branch."""
    for part, end in DATED.items():
        old, new = getattr(before, part), getattr(after, part)
        # Options lie over what was declared and remove nothing, so nothing is missing here.
        for name, thing in new.items():
            if name not in old:
                yield from _check_new((part, name), thing, at)
            elif thing != old[name]:
                yield from _check_changed((part, name), old[name], thing, at, end)


def _check_new(path: Path, thing: Declared, at: int) -> Iterator[Conflict]:
    """Something that an option adds begins with the branch, or later."""
    key = "at" if path[0] == "shocks" else "from_"
    begins = getattr(thing, key)
    if begins is None or begins < at:
        when = "before week 0" if begins is None else f"in week {begins}"
        message = f"begins {when}, and only one option has it"
        word = key.removesuffix("_")
        yield Conflict((*path, key), message, f"write `{word}: week {at}`, or later")
    opening = getattr(thing, "opening", None)
    if opening is not None and opening.amount:
        hint = "give it an amount without `per`, which arrives once"
        yield Conflict((*path, "opening"), "is cash of week 0, which is past", hint)


def _check_changed(
    path: Path, old: Declared, new: Declared, at: int, end: str
) -> Iterator[Conflict]:
    """Something that is there may change from the branch on: not what it was, nor when it began."""
    for key in FIXED_KEYS[path[0]]:
        if getattr(old, key, None) != getattr(new, key, None):
            hint = f"to end it, write `{end}: week {at}`; to have another, give it another name"
            yield Conflict((*path, key), "cannot change at a branch", hint)
    # A service that is still to begin may be moved, to the branch at the earliest.
    if path[0] == "services" and getattr(old, "from_", None) != getattr(new, "from_", None):
        starts = [getattr(thing, "from_", None) for thing in (old, new)]
        if any(start is None or start < at for start in starts):
            message = f"cannot change: it would begin, or has begun, before week {at}"
            yield Conflict((*path, "from_"), message)
    ends = getattr(new, end)
    if ends != getattr(old, end) and ends is not None and ends < at:
        message = f"ends in week {ends}, which is past in week {at}"
        yield Conflict((*path, end), message, f"write `{end}: week {at}`, or later")
