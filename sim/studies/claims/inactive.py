"""What a document of claims declares that can never act: changes from a scenario to itself,
outcomes that its scenarios cannot change, numbers that nothing there reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.evidence.loader import all_evidence
from sim.evidence.renamed import find_current
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import find_inactive, list_empty_outcomes, say_unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.designs.claims import Best, Claim, Measure, Tried
    from sim.scenario.scenario import Scenario

Path = tuple[str, ...]
LARGEST_CHANGE = 10.0
"""Times its level by which no outcome of a claim rises: beyond it, percent were meant."""
DECIDES_INCOME = ("funds", "shocks", "governance", "branch")


def find_idle_claims(tried: Tried) -> list[Conflict]:
    """List what can never act in a document of claims, with its place."""
    return [
        *_look_at_towns(tried),
        *(
            found
            for name, claim in tried.document.claims.items()
            for found in _look_at_claim(("claims", name), claim, tried)
        ),
    ]


def _look_at_towns(tried: Tried) -> Iterator[Conflict]:
    """What never acts in the scenarios themselves, where each is named."""
    named = {(("reference",), tried.document.reference)} | {
        (("claims", claim, key, "scenario"), condition.scenario)
        for claim, stated in tried.document.claims.items()
        for key, condition in stated.conditions.items()
    }
    for where, scenario in sorted(named):
        for found in find_inactive(tried.load(scenario)):
            yield found._replace(path=where, message=f"{'.'.join(found.path)}: {found.message}")


def _look_at_claim(here: Path, claim: Claim, tried: Tried) -> Iterator[Conflict]:
    reference = tried.load(tried.document.reference)
    towns = {key: tried.load(each.scenario) for key, each in claim.conditions.items()}
    if claim.measure.share is not None and claim.measure.share == claim.measure.of:
        message = "is 1 whatever happens: both are the same outcome"
        yield Conflict((*here, "measure", "of"), message, "name another outcome")
    yield from _look_at_amount((*here, "claimed"), claim)
    for key, town in towns.items():
        if claim.measure.change is not None and town.hash == reference.hash:
            message = "is the reference itself: nothing can change from it"
            yield Conflict((*here, key, "scenario"), message, "name another scenario")
        yield from _look_at_best(
            (*here, key, "best"), claim.conditions[key].best, [reference, town]
        )
    yield from _look_at_measure((*here, "measure"), claim.measure, [reference, *towns.values()])
    if claim.favourable == claim.typical:
        message = "is the same as `typical`: both conditions are one"
        yield Conflict((*here, "favourable"), message, "see `best`, or name another scenario")


def _look_at_amount(here: Path, claim: Claim) -> Iterator[Conflict]:
    """What is claimed, where it is in another unit than it is read in."""
    claimed, hint = claim.claimed, f"{claim.claimed:g}% is {claim.claimed / 100:g}"
    if claim.measure.change is not None and claimed < -1.0:
        message = f"nothing falls by more than 100%: {claimed:g} would be {claimed:,.0%}"
        yield Conflict(here, message, hint)
    elif claim.measure.change is not None and claimed > LARGEST_CHANGE:
        yield Conflict(here, f"is a share of the level: {claimed:g} would be {claimed:+,.0%}", hint)
    elif claim.measure.share is not None and not 0.0 <= claimed <= LARGEST_CHANGE:
        yield Conflict(here, f"is a share: {claimed:g} would be {claimed:,.0%}", hint)


def _look_at_measure(here: Path, measure: Measure, towns: list[Scenario]) -> Iterator[Conflict]:
    """Outcomes that are nothing in every town of a claim, or that its towns cannot change."""
    empty = [list_empty_outcomes(town) for town in towns]
    for key in ("change", "share", "of"):
        outcome = getattr(measure, key)
        if outcome is not None and all(outcome in each for each in empty):
            message = f"{outcome} is 0 in all scenarios of the claim: {empty[0][outcome]}"
            yield Conflict((*here, key), message, "name another outcome")
    stated = [{key: getattr(town, key) for key in DECIDES_INCOME} for town in towns]
    if measure.change == "income" and all(each == stated[0] for each in stated[1:]):
        message = "cannot change: funds, shocks and decisions are the same in all scenarios"
        yield Conflict((*here, "change"), message, "such as cost, or cost_public")


def _look_at_best(here: Path, best: Best, towns: list[Scenario]) -> Iterator[Conflict]:
    """Numbers that are pinned and that nobody reads, or that cannot be at both ends."""
    known = all_evidence()
    for key in ("highest", "lowest"):
        names = [find_current(name) for name in getattr(best, key)]
        for k, name in enumerate(names):
            place = (*here, key, str(k))
            reasons = [say_unread(name, town) for town in towns]
            if name in names[:k]:
                yield Conflict(place, f"{name} is there twice", "leave it out")
            elif not known[name].low < known[name].high:
                message = f"never acts: the evidence gives no range for {name}"
                yield Conflict(place, message, "leave it out")
            elif all(reasons):
                yield Conflict(place, f"never acts: {reasons[-1]}", "leave it out")
    for name in sorted(set(best.highest) & set(best.lowest)):
        place = (*here, "highest", str(best.highest.index(name)))
        yield Conflict(place, f"never acts: {name} is under `lowest` too, which counts", "keep one")
