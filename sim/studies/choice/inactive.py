"""What a choice declares that can never act: programmes and sizes that no allowed mix has, limits
that bind nobody, goals that no mix can change, and what never acts in the scenarios that it is made
of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import find_inactive
from sim.studies.choice.goals import look_at_goal
from sim.studies.choice.mixes import say_problem
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sim.studies.choice.declaration import Posed
    from sim.studies.choice.mixes import Mix, Sorted

FAR_BEYOND = 10.0
"""Times what the largest mix takes: a limit beyond that is a slip, and not merely generous."""


def find_idle_parts(posed: Posed, found: Sorted) -> list[Conflict]:
    """List what can never act in a choice, with its place; mixes as `sort_mixes` finds them."""
    return [
        *_look_at_scenarios(posed, found.mixes),
        *_look_at_unbuilt(posed, found),
        *_look_at_sizes(posed, found.mixes),
        *_look_at_limits(posed, found.dearest),
        *_look_at_staff(posed, found.most_staff),
        *look_at_goal(posed, found.mixes),
    ]


def _look_at_scenarios(posed: Posed, mixes: Sequence[Mix]) -> Iterator[Conflict]:
    said = set()
    for found in find_inactive(posed.base):
        said.add((found.path, found.message))
        message = f"{posed.base.name}: {'.'.join(found.path)}: {found.message}"
        yield Conflict(("scenario",), message, found.hint)
    for name, source in posed.sources.items():
        for found in find_inactive(source):
            concerns = found.path[0] != "services" or found.path[1] in posed.services[name]
            if concerns and (found.path, found.message) not in said:
                said.add((found.path, found.message))
                message = f"{source.name}: {'.'.join(found.path)}: {found.message}"
                yield Conflict(("programmes", name, "like"), message, found.hint)

    # A programme runs in the town and time of what it is built on, and not in its own.
    for name in posed.sources:
        with_it = [mix for mix in mixes if mix.sizes[name] > 0.0]
        if not with_it:
            continue
        mix = min(with_it, key=lambda one: sum(size > 0.0 for size in one.sizes.values()))
        for found in find_inactive(mix.scenario):
            mine = found.path[0] == "services" and found.path[1] in posed.services[name]
            if mine and (found.path, found.message) not in said:
                message = f"in {posed.base.name}: {'.'.join(found.path)}: {found.message}"
                yield Conflict(("programmes", name, "like"), message, found.hint)


def _look_at_unbuilt(posed: Posed, found: Sorted) -> Iterator[Conflict]:
    """Mixes that are left out because they are no scenario, each reason once."""
    by_reason: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    for one in found.unbuilt:
        reason = say_problem(one.problem)
        by_reason.setdefault(reason, []).append(one.said)
        taken = [name for name, size in one.sizes.items() if size > 0.0]
        service = one.problem.path.split(".")[1:2]
        owners = [name for name in taken if service and service[0] in posed.services[name]]
        places.setdefault(reason, (owners or taken)[0])
    for reason, said in by_reason.items():
        few = "is no scenario" if len(said) == 1 else f"and {len(said) - 1} more are no scenarios"
        message = f"{said[0]} {few}, and left out: {reason}"
        yield Conflict(("programmes", places[reason], "like"), message)


def _look_at_sizes(posed: Posed, mixes: Sequence[Mix]) -> Iterator[Conflict]:
    """Programmes, and sizes of them, that are in no mix which keeps to the limits."""
    allowed = [mix for mix in mixes if not mix.broken]
    for name, programme in posed.document.programmes.items():
        here = ("programmes", name)
        possible = {f"{mix.sizes[name]:g}" for mix in allowed}
        lost = [size for size in programme.sizes if f"{size:g}" not in possible]
        why = _say_why(name, mixes)
        if len(lost) == len(programme.sizes):
            yield Conflict(here, f"is never chosen: {why}", "relax a limit", on_key=True)
            continue
        for size in lost:
            place = (*here, "sizes", str(programme.sizes.index(size)))
            yield Conflict(place, f"is never chosen: {why}", "leave it out, or relax a limit")
        for k, size in enumerate(programme.sizes):
            if f"{size:g}" in {f"{other:g}" for other in programme.sizes[:k]}:
                yield Conflict((*here, "sizes", str(k)), f"{size:g} is there twice")


def _say_why(name: str, mixes: Sequence[Mix]) -> str:
    """Which limits forbid a programme wherever it is in a mix."""
    broken = {limit for mix in mixes if mix.sizes[name] > 0.0 for limit in mix.broken}
    limits = ", ".join(sorted(broken))
    return f"every mix with it breaks a limit ({limits or 'several at once'})"


def _look_at_limits(posed: Posed, dearest: float) -> Iterator[Conflict]:
    """Limits that every mix keeps anyway."""
    document = posed.document
    if document.budget.per_week * WEEKS_PER_YEAR > FAR_BEYOND * dearest:
        message = f"never binds: the dearest mix costs {posed.base.currency} {dearest:,.0f} a year"
        yield Conflict(("budget",), message, "the money that there is a year")
    for k, group in enumerate(document.not_both):
        if any(set(other) <= set(group) for other in document.not_both[:k]):
            message = "never acts: another group of `not_both` forbids the same"
            yield Conflict(("not_both", str(k)), message, "leave it out")
    for name, least in document.at_least.items():
        if least <= 0.0:
            yield Conflict(("at_least", name), "never acts: no size is below 0", "leave it out")
    for name, most in document.at_most.items():
        largest = max(document.programmes[name].sizes)
        if most >= largest:
            message = f"never acts: its largest size is {largest:g}"
            yield Conflict(("at_most", name), message, "leave it out")


def _look_at_staff(posed: Posed, most: Mapping[str, float]) -> Iterator[Conflict]:
    """Roles that no programme employs, or of which far more can be hired than any mix needs."""
    chosen = [
        source.foreseen.services[service]
        for name, source in posed.sources.items()
        for service in posed.services[name]
    ]
    held = {role for service in chosen for role, posts in service.staff.items() if posts > 0}
    for role, limit in posed.document.staff.items():
        if role not in held:
            message = f"never acts: no programme employs a {role}"
            hint = f"they employ {', '.join(sorted(held))}" if held else ""
            yield Conflict(("staff", role), message, hint, on_key=True)
        elif limit > FAR_BEYOND * most.get(role, 0.0):
            message = f"never binds: no mix employs more than {most.get(role, 0.0):g}"
            yield Conflict(("staff", role), message, "leave it out", on_key=True)
