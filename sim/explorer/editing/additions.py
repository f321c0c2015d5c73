"""What can be added to a programme: services by kind, shocks, partners, funds, rules, and whole
shipped programmes.

New things begin as a shipped scenario has them, so that nothing is sized out of the air.
"""

from __future__ import annotations

import copy
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import InvalidInput
from sim.evidence.loader import all_kinds
from sim.scenario.files.inheritance import read_family
from sim.scenario.library import find_shelf, list_shipped
from sim.scenario.schema.shocks import SHOCK_KINDS
from sim.units import parse_money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.scenario.files.yaml_document import Keys

LATER = ("us-town", "uk-town", "whole-town")
"""Shipped scenarios whose sizes are those of a town, looked at last."""
ADDED_PARTS = ("services", "funds", "shocks", "partnerships")


class Kind(NamedTuple):
    """A kind of thing that can be added: its word in a file, its name for people and what it is."""

    word: str
    title: str
    meaning: str


def find_kinds(asked: str = "") -> list[Kind]:
    """Kinds of service, those that fit the words best first; all of them where nothing is asked."""
    wanted = set(_split(asked))
    kinds = [Kind(word, _title(word), told.meaning) for word, told in all_kinds().items()]
    if not wanted:
        return sorted(kinds, key=lambda kind: kind.title)
    scored = [(_score(kind, wanted), kind) for kind in kinds]
    return [kind for score, kind in sorted(scored, key=lambda pair: (-pair[0], pair[1])) if score]


def _title(word: str) -> str:
    return word.replace("_", " ").capitalize()


def _split(text: str) -> list[str]:
    return [
        word
        for word in re.findall(r"[a-z0-9&]+", text.lower())
        if word not in {"a", "of", "the", "and"}
    ]


def _score(kind: Kind, wanted: set[str]) -> float:
    """How well the words fit: the name counts most, then what else it is called, then what it
    is.
    """
    called = " ".join(all_kinds()[kind.word].synonyms)
    texts = [(2.0, kind.title), (1.5, called), (1.0, kind.meaning)]
    hits = [max(weight * _match(word, _split(text)) for weight, text in texts) for word in wanted]
    return sum(hits) * (1 if all(hits) else 0.5)


def _match(word: str, words: list[str]) -> float:
    if word in words:
        return 1.0
    stem = word.rstrip("s")
    return 0.6 if len(stem) > 2 and any(other.startswith(stem) for other in words) else 0.0


@cache
def _read_shipped() -> dict[str, dict[str, Any]]:
    """What every shipped scenario says and inherits, towns last."""
    found = {}
    for name in sorted(list_shipped(), key=lambda name: (name in LATER, name)):
        try:
            found[name] = read_family(find_shelf() / f"{name}.yaml", find_shelf()).data
        except InvalidInput:
            continue
    return found


def find_example(part: str, kind: str) -> tuple[str, str, dict[str, Any]] | None:
    """The shipped scenario, the name and the declaration of a thing of this kind."""
    for scenario, data in _read_shipped().items():
        for name, thing in (data.get(part) or {}).items():
            if kind in (thing.get("kind"), thing.get("with")):
                # A copy: shipped scenarios are read once, and the thing is fitted to its new place.
                return scenario, name, copy.deepcopy(thing)
    return None


def list_shocks() -> list[Kind]:
    """Kinds of shock."""
    return [
        Kind(word, _title(word), (model.__doc__ or "").strip())
        for word, model in SHOCK_KINDS.items()
    ]


def make_thing(part: str, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A thing to begin with, fitted to the names that this scenario has; without an example, only
    its kind.
    """
    example = find_example(part, kind)
    thing = example[2] if example else {"with" if part == "partnerships" else "kind": kind}
    return _fit(thing, data)


def _fit(thing: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what names parts of another scenario, or money of another currency."""
    services, places = set(data.get("services", ())), set(data.get("neighbourhoods", ()))
    if isinstance(thing.get("where"), list) and not set(thing["where"]) <= places:
        del thing["where"]
    for key in ("refers_to", "closed", "sends_from"):
        if key in thing and not set(thing[key]) <= services:
            del thing[key]
    currency = str(data.get("currency", ""))
    strange = [
        k
        for k, v in thing.items()
        if isinstance(v, str) and re.match(r"[A-Z]{3} \d", v) and not v.startswith(currency)
    ]
    for key in strange:
        del thing[key]
    if "for" in thing and "with" in thing and not set(thing["for"]) <= services:
        thing["for"] = sorted(services)[:1]
    if thing.get("kind") == "funding_cut" and thing.get("fund") not in data.get("funds", {}):
        thing["fund"] = next(iter(data.get("funds", {})), "")
    return thing


def make_fund(data: Mapping[str, Any], services: list[str], amount: float) -> dict[str, Any]:
    """A grant over the whole horizon for some services, as large as they cost."""
    currency = data.get("currency", "USD")
    money = f"{currency} {max(1_000, round(amount, -3)):_.0f} per year"
    fund: dict[str, Any] = {"source": "grant", "from": "week 0", "amount": money}
    return fund | ({"only_for": services} if services else {})


def make_rule(service: str) -> dict[str, Any]:
    """A written rule about a service, to be changed."""
    when = {"kpi": "engagement", "service": service, "above": "60%", "for": "2 reviews"}
    return {"when": when, "do": {"expand": service, "by": "50%"}, "once": True}


def make_branch(data: Mapping[str, Any], own: Sequence[str], horizon: int) -> dict[str, Any]:
    """A decision at half the horizon about services of one's own, to be changed: stay, expand
    (twice the posts and the money that pays nothing else) or stop.
    """
    services, week = data.get("services") or {}, f"week {horizon // 2}"
    more = {
        name: {"staff": {role: 2 * posts for role, posts in services[name]["staff"].items()}}
        for name in own
        if isinstance(services[name].get("staff"), dict)
    }
    paid = {
        name: fund
        for name, fund in (data.get("funds") or {}).items()
        if fund.get("only_for") and set(fund["only_for"]) <= set(own)
    }
    money = {name: parse_money(fund["amount"]) for name, fund in paid.items()}
    twice = {name: {"amount": str(m._replace(amount=2 * m.amount))} for name, m in money.items()}
    expand = {"services": more} | ({"funds": twice} if twice else {})
    stop = {"services": {name: {"until": week} for name in own}}
    options = {
        "stay": {"title": "Stay as planned"},
        "expand": {"title": "Expand", **expand},
        "stop": {"title": "Stop", **stop},
    }
    return {"at": week, "options": options}


def name_new(word: str, known: Mapping[str, Any]) -> str:
    """A name that is not taken."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", word.replace("_", "-")).strip("-")[:50] or "new"
    return next(
        name for name in (plain, *(f"{plain}-{n}" for n in range(2, 1000))) if name not in known
    )


def find_layer(name: str, reference: Mapping[str, Any]) -> dict[Keys, Any]:
    """What a shipped programme changes in the reference, as changes by path."""
    layer = _read_shipped()[name]
    changes: dict[Keys, Any] = {}
    for part in ADDED_PARTS:
        below = reference.get(part) or {}
        for thing, told in (layer.get(part) or {}).items():
            changes |= _differ((part, thing), told, below.get(thing))
    committee = reference.get("governance") or {}
    for key, told in (layer.get("governance") or {}).items():
        changes |= _differ(
            ("governance", key), told, committee.get(key, {} if isinstance(told, dict) else None)
        )
    return changes


def _differ(path: Keys, ours: Any, theirs: Any) -> dict[Keys, Any]:
    if ours == theirs:
        return {}
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return {path: copy.deepcopy(ours)}
    found: dict[Keys, Any] = {}
    for key, value in ours.items():
        found |= _differ((*path, key), value, theirs.get(key))
    return found
