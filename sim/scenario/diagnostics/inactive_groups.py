"""Services for groups that nobody belongs to, and other words on groups that never act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.schema.groups import list_groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.people import Neighbourhood

    Path = tuple[str, ...]


def find_inactive_groups(scenario: Scenario) -> Iterator[Conflict]:
    """Each word on groups that concerns nobody, with its place."""
    known = list_groups(scenario.neighbourhoods)
    for name in scenario.population.groups:
        if name not in known:
            yield Conflict(("population", "groups", name), *_say_unknown(name, known))
    for name, service in scenario.services.items():
        if not service.enabled:
            continue
        served = {
            place: each
            for place, each in scenario.neighbourhoods.items()
            if service.where == "everywhere" or place in service.where
        }
        for group, wanted in service.audience.groups.items():
            here = ("services", name, "audience", "groups", group)
            yield from _look_at_group(here, group, wanted, known, served)


def _say_unknown(name: str, known: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    groups = f"there are {', '.join(known)}" if known else "neighbourhoods name none"
    return f"never acts: no neighbourhood has groups of {name!r}{suggest(name, known)}", groups


def _look_at_group(
    here: Path,
    group: str,
    wanted: Sequence[str],
    known: Mapping[str, Sequence[str]],
    served: Mapping[str, Neighbourhood],
) -> Iterator[Conflict]:
    if group not in known:
        yield Conflict(here, *_say_unknown(group, known))
        return
    strange = [word for word in wanted if word not in known[group]]
    for word in strange:
        acts = "" if len(strange) < len(wanted) else "never acts: "
        said = f"{acts}nobody is {group} {word!r}{suggest(word, known[group])}"
        yield Conflict(here, said, f"categories are {', '.join(known[group])}")
    some = [word for word in wanted if word not in strange]
    if some and not any(
        one.groups.get(group, {}).get(word) for one in served.values() for word in some
    ):
        said = f"never acts: in {', '.join(served)} nobody is {group} {' or '.join(some)}"
        yield Conflict(here, said, "serve other neighbourhoods, or say who lives there")
