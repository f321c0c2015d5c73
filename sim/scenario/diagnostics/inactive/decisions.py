"""Decisions that can never act: rules of a committee, options and rules of a branch.

No review in time, nothing to see, no way to carry, an option that changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.diagnostics.branching import TEXTS, merge_option
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive.actions import (
    COUNTED_KPIS,
    Times,
    look_at_action,
    say_unseen,
)
from sim.scenario.diagnostics.inactive.activity import Path
from sim.scenario.schema.kpis import KPIS
from sim.units import say_weeks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.branching import Branch, Observation
    from sim.scenario.schema.governance import Condition, Governance, Rule
    from sim.scenario.schema.services import Service


def find_inactive_rules(scenario: Scenario) -> Iterator[Conflict]:
    """List rules, and parts of the committee, that cannot act within the horizon."""
    committee = scenario.governance
    if committee is None:
        return
    if not committee.acting:
        if committee.seats and not committee.rules:
            message = "never vote: there is no rule to decide on"
            yield Conflict(("governance", "seats"), message, "write `rules`, or leave them out")
        return
    every = max(committee.review_every, 1)
    reviews = (scenario.horizon - 1) // every
    if reviews < 1:
        message = f"no review takes place: the first is due in week {every}, after the last week"
        yield Conflict(
            ("governance", "review_every"), message, "review more often, or lengthen `horizon`"
        )
        return
    yield from _look_at_seats(committee)
    yield from _look_at_ways_to_hear(committee)
    for name, rule in committee.acting.items():
        here = ("governance", "rules", name)
        yield from _look_at_time(here, rule, committee, (reviews, every, scenario.horizon))
        yield from _look_at_condition(here, rule, committee)
        first = _count_reviews(rule) * every + committee.delay
        yield from look_at_action(here, rule, scenario, Times(reviews * every, first))
        longest = scenario.warm_up + scenario.horizon
        if rule.when.kpi == "wait" and (rule.when.above or 0) >= longest:
            message = f"never acts: nobody waits longer than the town runs, {say_weeks(longest)}"
            yield Conflict((*here, "when", "above"), message, "such as `above: 8 weeks`")


def _look_at_seats(committee: Governance) -> Iterator[Conflict]:
    """Votes that no decision can win, a majority of nobody, members who never leave a vote."""
    usual = type(committee).model_fields["majority"].get_default()
    if committee.seats and committee.majority == 1:
        message = "no decision passes: it needs more than all votes"
        yield Conflict(("governance", "majority"), message, "at most 99%")
    elif not committee.seats and committee.majority != usual:
        message = "never acts: without seats nobody votes, and the rules decide alone"
        yield Conflict(("governance", "majority"), message, "write `seats`, or leave it out")
    for name, seat in committee.seats.items():
        if seat.recuses and not seat.runs and seat.holds is None:
            message = "never acts: the member has no stake in anything"
            hint = "say what it `runs` or `holds`, or leave this out"
            yield Conflict(("governance", "seats", name, "recuses"), message, hint)


def _count_reviews(rule: Rule) -> int:
    """Reviews before a rule can act; the first sees no change, which is measured from it."""
    return rule.when.for_ + (rule.when.kpi in {"improvement", "cost_per_improvement"})


def _look_at_ways_to_hear(committee: Governance) -> Iterator[Conflict]:
    """A survey, focus groups and a suggestion box that no rule listens to."""
    rules = [rule.when for rule in committee.acting.values()]
    # A survey is what rules listen through that say nothing: those that count do not.
    used = {
        when.through for when in rules if when.through != "survey" or when.kpi not in COUNTED_KPIS
    }
    for key in ("survey", "focus_groups", "suggestion_box"):
        usual = type(committee).model_fields[key].get_default(call_default_factory=True)
        if key not in used and getattr(committee, key) != usual:
            message = f"never acts: no rule asks anybody through {key}"
            hint = f"`through: {key}` in the `when` of a rule that asks, such as `kpi: symptoms`"
            yield Conflict(("governance", key), message, hint)


def _look_at_time(
    here: Path, rule: Rule, committee: Governance, time: tuple[int, int, int]
) -> Iterator[Conflict]:
    """Whether enough reviews come, and a decision takes effect, before the end."""
    reviews, every, horizon = time
    needed = _count_reviews(rule)
    if needed > reviews:
        message = (
            f"never acts: it needs {needed} reviews, and {reviews} take place within the horizon"
        )
        yield Conflict((*here, "when"), message, "review more often, or ask for fewer reviews")
    elif needed * every + committee.delay >= horizon:
        week = needed * every
        message = (
            f"never acts: decided in week {week} at the earliest and in effect"
            f" {say_weeks(committee.delay)} later, after the last week"
        )
        yield Conflict(here, message, "shorten `delay` or `review_every`, or lengthen `horizon`")


def _look_at_bounds(here: Path, when: Observation | Condition) -> Iterator[Conflict]:
    """Whether a measure can be beyond what a rule asks for."""
    low, high = KPIS[when.kpi].low, KPIS[when.kpi].high
    # Beyond means strictly: at the end of a scale nothing is above it.
    if when.above is not None and when.above >= high:
        yield Conflict((*here, "when", "above"), f"never acts: {when.kpi} is {high:g} at most")
    if when.below is not None and when.below <= low:
        yield Conflict((*here, "when", "below"), f"never acts: {when.kpi} is {low:g} at least")


def _look_at_condition(here: Path, rule: Rule, committee: Governance) -> Iterator[Conflict]:
    when = rule.when
    yield from _look_at_bounds(here, when)
    if when.kpi in COUNTED_KPIS:
        return
    silent = {
        "survey": (committee.survey.sample == 0 or committee.survey.response == 0, "survey"),
        "suggestion_box": (committee.suggestion_box.writes == 0, "suggestion_box"),
    }.get(when.through, (False, ""))
    if silent[0]:
        message = f"never acts: nobody answers through the {silent[1].replace('_', ' ')}"
        yield Conflict((*here, "when"), message, f"see `governance.{silent[1]}`")


def find_inactive_options(
    scenario: Scenario, find: Callable[[Scenario], list[Conflict]]
) -> Iterator[Conflict]:
    """List what can never act at a branch: options, parts of them, rules. `find` looks at a
    scenario.
    """
    branch = scenario.branch
    if branch is None or branch.at >= scenario.horizon:
        return
    # What cannot act without the branch either is noted once, outside the options.
    plain = scenario.model_copy(update={"branch": None})
    before = {(found.path, found.message) for found in find(plain)}
    same: dict[Any, str] = {}
    for name, changes in branch.options.items():
        # Where one option is chosen, the others never run.
        if branch.take not in (None, name):
            continue
        here = ("branch", "options", name)
        after = merge_option(scenario, name, type(scenario))
        for found in find(after):
            # A rule that an option leaves nothing to do is what the option is for, and no slip.
            inherited = found.path[0] == "governance" not in changes
            if (found.path, found.message) not in before and not inherited:
                yield found._replace(path=(*here, *found.path))
        yield from _look_at_change(here, scenario, after, meant=set(changes) <= set(TEXTS))
        # As text, because a mapping cannot be a key.
        content = repr(after.model_dump(exclude={"name", *TEXTS}))
        if (other := same.setdefault(content, name)) != name:
            yield Conflict(here, f"is the same as {other}: nothing differs", on_key=True)
    yield from _look_at_choice(branch, scenario)


def _look_at_change(
    here: Path, before: Scenario, after: Scenario, *, meant: bool
) -> Iterator[Conflict]:
    """Whether an option that changes anything changes what can still happen."""
    left = {"name", "branch", *TEXTS}
    if not meant and before.model_dump(exclude=left) == after.model_dump(exclude=left):
        hint = "give it a title alone if it is to go on as before"
        yield Conflict(here, "never acts: everything in it is so without it", hint, on_key=True)


def _look_at_choice(branch: Branch, scenario: Scenario) -> Iterator[Conflict]:
    """Rules that choose: after one that is taken anyway, beyond a scale, of who is silent."""
    if branch.take is not None:
        for name in branch.rules:
            message = f"never acts: `take` says {branch.take} already"
            yield Conflict(("branch", "rules", name), message, on_key=True)
        return
    silent = branch.survey.sample == 0 or branch.survey.response == 0
    for name, rule in branch.rules.items():
        here, when = ("branch", "rules", name), rule.when
        yield from _look_at_bounds(here, when)
        if silent and when.kpi not in COUNTED_KPIS:
            message = "never acts: nobody answers through the survey"
            yield Conflict((*here, "when"), message, "see `branch.survey`")
        service = scenario.services.get(when.service or "")
        if service is not None and not _is_open_at(service, branch.at):
            message = f"never acts: {when.service} has not been open by week {branch.at}"
            yield Conflict((*here, "when", "service"), message)
        elif service is not None and (unseen := say_unseen(when, service.kind)):
            yield Conflict((*here, "when", "service"), unseen)


def _is_open_at(service: Service, week: int) -> bool:
    """Whether there has been anything of a service to see before a week."""
    return service.enabled and (service.from_ is None or service.from_ < week)
