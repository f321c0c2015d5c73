"""What a scenario declares that can never act: after the horizon, only in the burn-in, on nobody.

Each is valid, and each is nearly always a slip: a result without a difference would not say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.diagnostics.at_start import find_impossible_start
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive.agreements import look_at_agreements
from sim.scenario.diagnostics.inactive.decisions import find_inactive_options, find_inactive_rules
from sim.scenario.diagnostics.inactive.funds import look_at_funds
from sim.scenario.diagnostics.inactive.parameters import look_at_parameters
from sim.scenario.diagnostics.inactive.services import look_at_services
from sim.scenario.diagnostics.inactive.shocks import look_at_shocks
from sim.scenario.diagnostics.suggestions import suggest
from sim.scenario.schema.groups import list_groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sim.scenario.diagnostics.inactive.activity import Path
    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.people import Neighbourhood


def find_inactive(scenario: Scenario) -> list[Conflict]:
    """List everything enabled that cannot act within the horizon, with its place."""
    return [
        *look_at_services(scenario),
        *(Conflict(*found) for found in find_impossible_start(scenario)),
        *look_at_funds(scenario),
        *look_at_shocks(scenario),
        *look_at_agreements(scenario),
        *look_at_parameters(scenario),
        *_look_at_branch(scenario),
        *_look_at_groups(scenario),
        *_look_at_worths(scenario),
        *find_inactive_rules(scenario),
        # Handed over: imported there, the two modules would import each other.
        *find_inactive_options(scenario, find_inactive),
    ]


def _look_at_groups(scenario: Scenario) -> Iterator[Conflict]:
    """Words on groups that concern nobody."""
    known = list_groups(scenario.neighbourhoods)
    for name in scenario.population.groups:
        if name not in known:
            yield Conflict(("population", "groups", name), *_say_unknown_group(name, known))
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


def _say_unknown_group(name: str, known: Mapping[str, Sequence[str]]) -> tuple[str, str]:
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
        yield Conflict(here, *_say_unknown_group(group, known))
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


def _look_at_worths(scenario: Scenario) -> Iterator[Conflict]:
    """Words on what a QALY may cost where that is stated twice."""
    stated = scenario.willingness_to_pay
    for place, worth in enumerate(stated):
        if worth in stated[:place]:
            said = f"never acts: {worth:,.12g} is there before, and counts once"
            yield Conflict(("willingness_to_pay", str(place)), said, "leave one of them out")


def _look_at_branch(scenario: Scenario) -> Iterator[Conflict]:
    if scenario.branch is not None and scenario.branch.at >= scenario.horizon:
        message = f"never acts: the last week is {scenario.horizon - 1}"
        yield Conflict(("branch", "at"), message, "lengthen `horizon`, or branch earlier")
