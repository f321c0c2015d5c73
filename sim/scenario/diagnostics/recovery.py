"""Contradictions among the sound parts of a scenario that has broken ones."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.scenario.diagnostics.conflicts import find_conflicts
from sim.scenario.schema.fields import ScenarioFields

if TYPE_CHECKING:
    from sim.scenario.diagnostics.conflicts import Conflict
    from sim.scenario.files.yaml_document import Keys

RECOVERY_ROUNDS = 4
"""Taking one thing out may break another: as often as this is tried."""
STAND_IN: dict[str, Any] = {
    "name": "stand-in",
    "title": "Stand-in",
    "currency": "USD",
    "price_year": 2000,
    "horizon": "52 weeks",
    "discount": {"costs": 0, "effects": 0},
    "perspective": "societal",
    "population": {
        "residents": 1000,
        "ages": {"12+": 1},
        "female": 0.5,
        "household_sizes": {"1": 1},
        "employed": 0.5,
        "insurance": {"uninsured": 0, "public": 1, "private": 0},
        "online": 1,
    },
    "neighbourhoods": {"stand-in": {"share": 1, "deprivation": 0, "distance": 0}},
    "prices": {"pay": {}, "emergency_visit": 0, "inpatient_day": 0},
}
"""What takes the place of something needed that is broken."""
STAND_INS: dict[str, Any] = {
    "amount": "0",
    "kpi": "wait",
    "at": "week 0",
    "by": 0.1,
    "caseload": 1,
    "groups": 1,
    "size": 1,
    "beds": 1,
    "review_every": "4 weeks",
}
"""The same for parts of things with names."""


def find_further(data: dict[str, Any], context: dict[str, Any]) -> list[Conflict]:
    """Contradictions that do not come from what is broken: that is taken out, or something sound
    put in its place.
    """
    # On a copy: messages go on quoting what the file says.
    sound, touched = copy.deepcopy(data), set[tuple[str, ...]]()
    for _ in range(RECOVERY_ROUNDS):
        try:
            # Without a currency to hold amounts against, as that may be what is broken.
            fields = ScenarioFields.model_validate(sound, context=context | {"currency": None})
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False):
                touched.add(
                    _mend(
                        sound, find_path(detail["loc"], sound), missing=detail["type"] == "missing"
                    )
                )
        else:
            found = find_conflicts(fields, context.get("known"))
            return [conflict for conflict in found if not _depends(conflict, touched)]
    # Still broken: contradictions are told when more of it has been mended.
    return []


def _depends(conflict: Conflict, touched: set[tuple[str, ...]]) -> bool:
    """Whether a contradiction is about something that was taken out, or about its sum."""
    # By its words: the path of an amount does not show that the currency is what it is about.
    if ("currency",) in touched and conflict.message.startswith("is in "):
        return True
    path = conflict.path
    pay = conflict.message.startswith("has no pay") and any(
        found[:1] == ("prices",) for found in touched
    )
    return pay or any(
        path[: len(found)] == found or found[: len(path)] == path for found in touched
    )


def _mend(data: dict[str, Any], path: Keys, *, missing: bool) -> Keys:
    """Put a sound value in the place of a broken one.

    Of a thing with a name, take the whole out when a part of it is needed.
    """
    stand_in: Any = STAND_IN
    for key in path:
        stand_in = stand_in.get(key) if isinstance(stand_in, dict) else None
    if stand_in is None and missing:
        stand_in = STAND_INS.get(path[-1] if path else "")
    depth = 2 if missing and stand_in is None and len(path) > 2 else len(path)
    holder: Any = data
    for key in path[: depth - 1]:
        holder = holder.get(key) if isinstance(holder, dict) else None
    if isinstance(holder, dict) and path:
        holder.pop(path[depth - 1], None)
        if stand_in is not None:
            holder[path[-1]] = copy.deepcopy(stand_in)
    return path[:depth]


_TYPE_TRIED = re.compile(r"[\[(]|^(constrained-)?(int|float|str|bool|date|decimal)$")
"""How the validator names the one of several types that it tried."""


def find_path(loc: tuple[int | str, ...], data: Any) -> Keys:
    """Path in the file: without the tags that the validator puts between its parts."""
    path: list[str] = []
    here = data
    for place, part in enumerate(loc):
        if isinstance(here, dict):
            last = place == len(loc) - 1
            key = str(part)
            if (
                key == "[key]"
                or (key not in here and not last)
                or (key not in here and (here.get("kind") == key or _TYPE_TRIED.search(key)))
            ):
                continue
            here = here.get(key)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            break
        path.append(str(part))
    return tuple(path)
