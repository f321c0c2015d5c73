"""What forms do to a draft: values that were typed, things that are added, taken out or laid on
top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import InvalidInput, Problem
from sim.explorer.editing.additions import (
    ADDED_PARTS,
    find_layer,
    make_branch,
    make_fund,
    make_rule,
    make_thing,
    name_new,
)
from sim.explorer.editing.fields import Field, describe, look_up
from sim.explorer.editing.forms import Shown, show_field
from sim.explorer.editing.typed_values import read_typed
from sim.scenario.changes import split
from sim.scenario.library import list_shipped
from sim.services.yearly_cost import price_services

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.explorer.editing.draft import Draft
    from sim.scenario.files.yaml_document import Keys

LONGEST_TEXT = 2_000
"""Characters that can be typed into a field."""


def put_typed(draft: Draft, key: str, typed: Sequence[str]) -> Shown:
    """Put what was typed at a path; nothing typed takes the value out of the draft's own file."""
    field = find_field(draft, key)
    if sum(map(len, typed)) > LONGEST_TEXT:
        raise InvalidInput(f"{key}: has more than {LONGEST_TEXT:,} characters")
    value = read_typed(field, typed)
    # Browsers send nothing for a box that is not ticked: here that means no, not "as inherited".
    if field.shape == "switch" and field.path[-1] == "enabled" and value is None:
        value = False
    # On is the default, and only written where what is inherited says off.
    if value is True and field.path[-1] == "enabled" and not _is_off_above(draft, field.path):
        value = None
    draft.change({field.path: value})
    return show_field(draft, describe(field.path, draft.data) or field)


def find_field(draft: Draft, key: str) -> Field:
    """The field at a dotted path; InvalidInput where there is none."""
    path = split(key)
    field = describe(path, draft.data) if path else None
    if field is None:
        raise InvalidInput(f"there is no field {key[:80]!r}")
    return field


def _is_off_above(draft: Draft, path: Keys) -> bool:
    """Whether what is inherited switches the thing off, so that switching it on must be said."""
    origin = draft.find_origin(path)
    return origin is not None and not origin.own


def add_thing(draft: Draft, part: str, kind: str) -> Keys:
    """Add a service, fund, shock, partner or rule, as a shipped scenario has it; gives its path."""
    data = draft.data
    if part == "rules":
        return _add_rule(draft, kind)
    if part == "branch":
        return _add_branch(draft)
    if part not in ADDED_PARTS or (not kind and part != "funds"):
        raise InvalidInput(f"cannot add {kind[:40]!r} to {part[:40]!r}")
    if part == "funds":
        name = name_new(f"{kind or 'new'}-grant", data.get("funds") or {})
        priced = price_services(draft.scenario) if draft.scenario is not None else {}
        amount = priced[kind].amount if kind in priced else None
        thing = make_fund(data, [kind] if kind else [], amount or 100_000.0)
    else:
        name = name_new(kind, data.get(part) or {})
        thing = make_thing(part, kind, data)
    draft.change({(part, name): thing})
    return part, name


def _add_rule(draft: Draft, service: str) -> Keys:
    if service not in (draft.data.get("services") or {}):
        raise InvalidInput(f"there is no service {service[:40]!r}")
    committee = draft.data.get("governance") or {}
    name = name_new(f"expand-{service}"[:50], committee.get("rules") or {})
    # Rules are read at reviews: where there are none, the rule could never act.
    changes: dict[Keys, Any] = (
        {} if "review_every" in committee else {("governance", "review_every"): "26 weeks"}
    )
    draft.change(changes | {("governance", "rules", name): make_rule(service)})
    return "governance", "rules", name


def _add_branch(draft: Draft) -> Keys:
    """A decision about the services that only this programme's own file, or a programme that it
    grew from, has: those that begin at a week.
    """
    scenario = draft.scenario
    if scenario is None:
        raise InvalidInput("mend what is wrong first: a branch is made from what there is")
    if scenario.branch is not None:
        raise InvalidInput("there is a decision already, and there can be one only")
    week = scenario.horizon // 2
    own = [name for name, told in scenario.services.items() if 0 <= (told.from_ or -1) < week]
    if not own:
        raise InvalidInput("no service begins at week 0 or later: add one to decide about")
    draft.change({("branch",): make_branch(draft.data, own, scenario.horizon)})
    return ("branch",)


def take_out(draft: Draft, key: str) -> None:
    """Take a thing out of the programme's own file."""
    path = split(key)
    if look_up(draft.data, path) is None or (len(path) < 2 and path != ("branch",)):
        raise InvalidInput(f"there is no {key[:80]!r} to take out")
    draft.change({path: None})


def lay_on_top(draft: Draft, name: str, reference: Mapping[str, Any]) -> None:
    """Lay all that a shipped programme adds on top of this one."""
    if name not in list_shipped():
        raise InvalidInput(Problem(name[:80], 0, 0, "", "is not a shipped scenario"))
    changes = find_layer(name, reference)
    if not changes:
        raise InvalidInput(Problem(name, 0, 0, "", "adds nothing to what is here"))
    draft.change(changes)


def set_parameter(draft: Draft, identity: str, typed: str) -> None:
    """Change a value of the evidence for this programme."""
    from sim.evidence.loader import all_evidence

    if identity not in all_evidence():
        raise InvalidInput(
            Problem(
                "",
                0,
                0,
                "",
                f"there is no parameter {identity[:60]!r}",
                "`kinwell evidence` lists them all",
            )
        )
    path = ("parameters", identity)
    draft.change({path: read_typed(Field(path, identity, "", "number"), [typed])})
