"""How fields are arranged: a card for each thing, what the programme changes first, everything else
behind a fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.explorer.editing.fields import Field, list_fields, look_up
from sim.explorer.editing.typed_values import write_value
from sim.services.yearly_cost import Cost, price_services

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sim.errors import Problem
    from sim.explorer.editing.draft import Draft, Origin
    from sim.scenario.files.yaml_document import Keys

PART_TITLES = {
    "services": "Service",
    "funds": "Fund",
    "shocks": "Shock",
    "partnerships": "Partner",
    "neighbourhoods": "Neighbourhood",
}
WHOLE_SECTIONS = {
    "population": "Residents",
    "prices": "Prices",
    "discount": "Discount rates",
    "structure": "How the model is built",
    "parameters": "Values of the evidence that are different here",
}
KINDS_OF_PARTS = {
    "governance": {"rules": "Rule of the committee", "seats": "Seat"},
    "branch": {"options": "Option", "rules": "Rule of this decision"},
}
DECISION = ("at", "otherwise", "survey")
OVERALL = (
    "currency",
    "price_year",
    "start",
    "horizon",
    "warm_up",
    "perspective",
    "willingness_to_pay",
)
COMMITTEE = ("review_every", "delay", "majority", "survey", "focus_groups", "suggestion_box")
ALWAYS = {
    "services": ("enabled", "where", "from", "staff", "caseload", "groups", "size", "beds"),
    "funds": ("source", "amount", "from", "to", "only_for"),
}
"""Fields that are shown before the fold whether or not anybody wrote them."""


@dataclass(frozen=True)
class Shown:
    """A field as it is shown: what is typed there, where that comes from, what is wrong with it,
    and what can be chosen.
    """

    field: Field
    value: str
    picked: tuple[str, ...]
    origin: Origin | None
    problems: tuple[Problem, ...]
    names: tuple[str, ...]

    @property
    def own(self) -> bool:
        """Whether the programme itself says it."""
        return self.origin is not None and self.origin.own


@dataclass(frozen=True)
class Card:
    """One thing with its fields: those written or always of interest, and the others.

    cost: of a service that is switched on. own: whether the thing is the programme's own and can be
    taken out. on: whether it is switched on; None where it cannot be switched.
    """

    path: Keys
    title: str
    kind: str
    meaning: str
    main: tuple[Shown, ...]
    more: tuple[Shown, ...]
    cost: Cost | None = None
    own: bool = False
    on: bool | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def key(self) -> str:
        """The path with dots."""
        return ".".join(self.path)

    @property
    def id(self) -> str:
        """The path as the id of an element."""
        return "card-" + "__".join(self.path).replace("+", "_").replace(".", "_")


def show_field(draft: Draft, field: Field) -> Shown:
    """A field with what stands there now."""
    value = look_up(draft.data, field.path)
    picked = (
        tuple(map(str, value))
        if isinstance(value, list)
        else (str(value),)
        if value is not None
        else ()
    )
    known = draft.data.get(field.names) if field.names else None
    origin = draft.find_origin(field.path)
    return Shown(
        field,
        write_value(value),
        picked,
        origin,
        tuple(draft.list_problems(field.key)),
        tuple(known or ()),
    )


def list_changed(draft: Draft, reference: Mapping[str, Any]) -> list[Card]:
    """Cards of everything that the programme changes, services first, and its title."""
    data = draft.data
    about = tuple(
        show_field(draft, field)
        for key in ("title", "summary")
        for field in list_fields((key,), data)
    )
    cards = [Card(("about",), "What it is called", "", "", about, ())]
    costs = price_services(draft.scenario) if draft.scenario is not None else {}
    cards += [
        make_card(draft, path, costs)
        for path in list_things(data)
        if look_up(data, path) != look_up(reference, path)
    ]
    cards += [
        make_card(draft, (key,), costs)
        for key in WHOLE_SECTIONS
        if data.get(key) != reference.get(key)
    ]
    if any(data.get(key) != reference.get(key) for key in OVERALL):
        cards.append(make_card(draft, ("overall",), costs))
    return cards


def list_things(data: Mapping[str, Any]) -> list[Keys]:
    """Paths of all things with names of their own, and of the committee and its rules."""
    things: list[Keys] = [
        (part, str(name)) for part in PART_TITLES for name in data.get(part) or ()
    ]
    committee = data.get("governance") or {}
    if committee:
        things.append(("governance",))
        things += [
            ("governance", part, str(name))
            for part in ("rules", "seats")
            for name in committee.get(part) or ()
        ]
    branch = data.get("branch") or {}
    if branch:
        things.append(("branch",))
        things += [
            ("branch", part, str(name))
            for part in ("options", "rules")
            for name in branch.get(part) or ()
        ]
    return things


def list_rest(draft: Draft, reference: Mapping[str, Any]) -> list[tuple[Keys, str, str]]:
    """What the programme leaves as it is: path, title and kind, to be opened when asked for."""
    data = draft.data
    same = [path for path in list_things(data) if look_up(data, path) == look_up(reference, path)]
    listed = [(path, _title(path), _kind(path, look_up(data, path))) for path in same]
    listed += [
        ((key,), title, "")
        for key, title in WHOLE_SECTIONS.items()
        if data.get(key) == reference.get(key)
    ]
    if all(data.get(key) == reference.get(key) for key in OVERALL):
        listed.append((("overall",), "Time, money and perspective", ""))
    return listed


def make_card(draft: Draft, path: Keys, costs: Mapping[str, Cost] | None = None) -> Card:
    """The card of one thing."""
    data = draft.data
    if costs is None:
        costs = price_services(draft.scenario) if draft.scenario is not None else {}
    thing = look_up(data, path)
    fields = [show_field(draft, field) for field in _list_of(path, data)]
    main, more = _divide(path, fields)
    enabled = (
        thing.get("enabled", True)
        if isinstance(thing, dict) and path[0] in {"services", "shocks", "partnerships"}
        else None
    )
    own = _is_own(draft, path)
    meaning = _find_meaning(path, thing)
    told = {problem.path for shown in fields for problem in shown.problems}
    key = ".".join(path)
    # What is wrong with a field is told at the field; the card tells what belongs to none.
    problems = tuple(
        p
        for p in draft.problems
        if (p.path == key or p.path.startswith(f"{key}.")) and p.path not in told
    )
    cost = costs.get(path[1]) if path[0] == "services" and len(path) == 2 else None
    return Card(
        path, _title(path), _kind(path, thing), meaning, main, more, cost, own, enabled, problems
    )


def _list_of(path: Keys, data: Mapping[str, Any]) -> list[Field]:
    if path == ("governance",):
        return [field for key in COMMITTEE for field in list_fields(("governance", key), data)]
    if path == ("overall",):
        return [field for key in OVERALL for field in list_fields((key,), data)]
    if path == ("branch",):
        return [field for key in DECISION for field in list_fields(("branch", key), data)]
    return list_fields(path, data)


def _divide(path: Keys, fields: Iterable[Shown]) -> tuple[tuple[Shown, ...], tuple[Shown, ...]]:
    """What was written, is needed, is wrong or always of interest; and the rest."""
    depth = len(path)
    always = ALWAYS.get(path[0], ())
    main: list[Shown] = []
    more: list[Shown] = []
    for shown in fields:
        field = shown.field
        # There are many roles: of posts, only those that somebody wrote stand before the fold.
        roles = field.path[depth : depth + 1] == ("staff",)
        wanted = field.path[depth] in always and not roles if len(field.path) > depth else True
        (
            main
            if shown.value or shown.picked or shown.problems or field.required or wanted
            else more
        ).append(shown)
    return tuple(main), tuple(more)


def _is_own(draft: Draft, path: Keys) -> bool:
    """Whether only the programme's own file says anything of this thing."""
    places = draft.document.places if draft.document is not None else {}
    files = {place.file for known, place in places.items() if known[: len(path)] == path}
    return (len(path) > 1 or path == ("branch",)) and files == {draft.shown}


def _title(path: Keys) -> str:
    if path == ("governance",):
        return "The committee"
    if path == ("overall",):
        return "Time, money and perspective"
    if path == ("branch",):
        return "Decide later"
    return WHOLE_SECTIONS[path[0]] if path[0] in WHOLE_SECTIONS else path[-1]


def _kind(path: Keys, thing: Any) -> str:
    if path[0] in KINDS_OF_PARTS:
        return KINDS_OF_PARTS[path[0]].get(path[1], "") if len(path) > 2 else ""
    kind = thing.get("kind") or thing.get("with") if isinstance(thing, dict) else None
    what = PART_TITLES.get(path[0], "") if len(path) > 1 else ""
    return f"{what}: {str(kind).replace('_', ' ')}" if kind else what


def _find_meaning(path: Keys, thing: Any) -> str:
    from sim.evidence.loader import all_kinds

    kind = thing.get("kind") if isinstance(thing, dict) else None
    return all_kinds()[kind].meaning if path[0] == "services" and kind in all_kinds() else ""
