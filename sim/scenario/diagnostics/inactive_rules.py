"""Rules of the committee that can never act: no review in time, nothing to see, no way to carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.schema.kpis import KPIS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.governance import Governance, Rule

Path = tuple[str, ...]
COUNTED_KPIS = ("engagement", "wait", "occupancy", "cost_per_person", "people_served")
"""KPIs that are counted; the others are asked, and need somebody who answers."""


def find_inactive_rules(scenario: Scenario) -> Iterator[Conflict]:
    """List rules, and parts of the committee, that cannot act within the horizon."""
    committee = scenario.governance
    if committee is None or not committee.acting:
        return
    every = max(committee.review_every, 1)
    reviews = (scenario.horizon - 1) // every
    if reviews < 1:
        message = f"no review takes place: the first is due in week {every}, after the last week"
        yield Conflict(
            ("governance", "review_every"), message, "review more often, or lengthen `horizon`"
        )
        return
    if committee.seats and committee.majority == 1:
        yield Conflict(
            ("governance", "majority"),
            "no decision passes: it needs more than all votes",
            "at most 99%",
        )
    for name, rule in committee.acting.items():
        here = ("governance", "rules", name)
        yield from _look_at_time(here, rule, committee, (reviews, every, scenario.horizon))
        yield from _look_at_condition(here, rule, committee)
        yield from _look_at_action(here, rule, scenario)


def _look_at_time(
    here: Path, rule: Rule, committee: Governance, time: tuple[int, int, int]
) -> Iterator[Conflict]:
    """Whether enough reviews come, and a decision takes effect, before the end."""
    reviews, every, horizon = time
    # A change is measured against the review before, so the first review sees none.
    needed = rule.when.for_ + (rule.when.kpi in {"improvement", "cost_per_improvement"})
    if needed > reviews:
        message = (
            f"never acts: it needs {needed} reviews, and {reviews} take place within the horizon"
        )
        yield Conflict((*here, "when"), message, "review more often, or ask for fewer reviews")
    elif needed * every + committee.delay >= horizon:
        week = needed * every
        message = (
            f"never acts: decided in week {week} at the earliest and in effect"
            f" {committee.delay} weeks later, after the last week"
        )
        yield Conflict(here, message, "shorten `delay` or `review_every`, or lengthen `horizon`")


def _look_at_condition(here: Path, rule: Rule, committee: Governance) -> Iterator[Conflict]:
    when = rule.when
    low, high = KPIS[when.kpi].low, KPIS[when.kpi].high
    if when.above is not None and when.above >= high:
        yield Conflict((*here, "when", "above"), f"never acts: {when.kpi} is {high:g} at most")
    if when.below is not None and when.below <= low:
        yield Conflict((*here, "when", "below"), f"never acts: {when.kpi} is {low:g} at least")
    if when.kpi in COUNTED_KPIS:
        return
    silent = {
        "survey": (committee.survey.sample == 0 or committee.survey.response == 0, "survey"),
        "suggestion_box": (committee.suggestion_box.writes == 0, "suggestion_box"),
    }.get(when.through, (False, ""))
    if silent[0]:
        message = f"never acts: nobody answers through the {silent[1].replace('_', ' ')}"
        yield Conflict((*here, "when"), message, f"see `governance.{silent[1]}`")


def _look_at_action(here: Path, rule: Rule, scenario: Scenario) -> Iterator[Conflict]:
    do = rule.do
    for key, name in (("when", rule.when.service), ("do", do.service)):
        service = scenario.services.get(name or "")
        if service is not None and not service.enabled:
            place = (*here, key, "service") if key == "when" else (*here, key)
            yield Conflict(place, f"never acts: {name} is switched off", f"enable {name}")
    if do.service is not None and do.by == 0 and not do.to:
        yield Conflict((*here, "do", "by"), "changes nothing: 0%", "a share above 0%")
    if do.move == 0:
        yield Conflict((*here, "do", "move"), "moves nothing: 0%", "a share above 0%")
