"""What a choice declares that can never act: programmes and sizes that no allowed mix has, limits
that bind nobody, and what never acts in the scenarios that it is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import find_inactive

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.studies.choice.declaration import Posed
    from sim.studies.choice.mixes import Mix


def find_idle_parts(posed: Posed, mixes: Sequence[Mix]) -> list[Conflict]:
    """List what can never act in a choice, with its place; mixes as `list_mixes` makes them."""
    return [
        *_look_at_scenarios(posed),
        *_look_at_sizes(posed, mixes),
        *_look_at_limits(posed),
        *_look_at_staff(posed),
    ]


def _look_at_scenarios(posed: Posed) -> Iterator[Conflict]:
    said = set()
    for found in find_inactive(posed.base):
        said.add((found.path, found.message))
        message = f"{posed.base.name}: {'.'.join(found.path)}: {found.message}"
        yield Conflict(("scenario",), message, found.hint)
    for name, source in posed.sources.items():
        for found in find_inactive(source):
            concerns = found.path[0] != "services" or found.path[1] in posed.services[name]
            if concerns and (found.path, found.message) not in said:
                message = f"{source.name}: {'.'.join(found.path)}: {found.message}"
                yield Conflict(("programmes", name, "like"), message, found.hint)


def _look_at_sizes(posed: Posed, mixes: Sequence[Mix]) -> Iterator[Conflict]:
    """Programmes, and sizes of them, that are in no mix which keeps to the limits."""
    allowed = [mix for mix in mixes if not mix.broken]
    for name, programme in posed.document.programmes.items():
        here = ("programmes", name)
        possible = {mix.sizes[name] for mix in allowed}
        lost = [size for size in programme.sizes if size not in possible]
        why = _say_why(name, mixes)
        if len(lost) == len(programme.sizes):
            yield Conflict(here, f"is never chosen: {why}", "relax a limit", on_key=True)
            continue
        for size in lost:
            place = (*here, "sizes", str(programme.sizes.index(size)))
            yield Conflict(place, f"is never chosen: {why}", "leave it out, or relax a limit")
        for k, size in enumerate(programme.sizes):
            if size in programme.sizes[:k]:
                yield Conflict((*here, "sizes", str(k)), f"{size:g} is there twice")


def _say_why(name: str, mixes: Sequence[Mix]) -> str:
    """Which limits forbid a programme wherever it is in a mix."""
    broken = {limit for mix in mixes if mix.sizes[name] > 0.0 for limit in mix.broken}
    limits = ", ".join(sorted(broken))
    return f"every mix with it breaks a limit ({limits or 'several at once'})"


def _look_at_limits(posed: Posed) -> Iterator[Conflict]:
    """Least and largest sizes that every mix keeps anyway."""
    document = posed.document
    for name, least in document.at_least.items():
        if least <= 0.0:
            yield Conflict(("at_least", name), "never acts: no size is below 0", "leave it out")
    for name, most in document.at_most.items():
        largest = max(document.programmes[name].sizes)
        if most >= largest:
            message = f"never acts: its largest size is {largest:g}"
            yield Conflict(("at_most", name), message, "leave it out")


def _look_at_staff(posed: Posed) -> Iterator[Conflict]:
    """Roles that no programme employs."""
    chosen = [
        source.foreseen.services[service]
        for name, source in posed.sources.items()
        for service in posed.services[name]
    ]
    held = {role for service in chosen for role, posts in service.staff.items() if posts > 0}
    for role in posed.document.staff:
        if role not in held:
            message = f"never acts: no programme employs a {role}"
            hint = f"they employ {', '.join(sorted(held))}" if held else ""
            yield Conflict(("staff", role), message, hint, on_key=True)
