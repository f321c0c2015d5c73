"""Phase 11, governance: on its cadence the committee measures, judges by written rules, votes,
decides; decisions act later.

What it sees is a count or what people say, with its error, not the truth; both stand in the record,
with every vote and stake.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.week.governance.feedback import hear, lag_of
from sim.week.governance.feedback import survey as ask_sample
from sim.week.governance.kpis import COUNTED, OF_ANSWERS, REMEMBERED, ask, cost_per_person
from sim.week.governance.voting import vote

if TYPE_CHECKING:
    from sim.scenario.schema.branching import Observation
    from sim.scenario.schema.governance import Action, Condition, Governance, Rule, Survey
    from sim.week.governance.voting import Ballot
    from sim.week.money.treasury import Treasury
    from sim.week.world import World

Sight = tuple[float, float]
"""What is seen, and the truth behind it; NaN where there is nothing to see."""
NOTHING: Sight = (float("nan"), float("nan"))


class Decision(NamedTuple):
    """Something decided at a review, to act in week `due`."""

    due: int
    rule: str
    do: Action


class Committee:
    """The steering committee: counts how often each rule was met, keeps decisions until they act.

    heard: what was said through slow channels, by rule, until a review reads it. before: symptoms
    at the last review, by rule.
    """

    def __init__(self, areas: tuple[str, ...]) -> None:
        """Begin with nothing seen and nothing decided."""
        self.areas = areas
        self.met: dict[str, int] = {}
        self.done: set[str] = set()
        self.pending: list[Decision] = []
        self.heard: dict[str, float] = {}
        self.before: dict[str, Sight] = {}
        self.log: list[dict[str, object]] = []

    def meet(self, world: World, treasury: Treasury) -> None:
        """Carry out what is due, hear what takes time to be heard, and review if it is a week of
        review.
        """
        governance = world.scenario.governance
        if governance is None or world.week < 0:
            return
        # Decisions first: what was decided earlier acts before anything is measured anew.
        for decision in [d for d in self.pending if d.due <= world.week]:
            self.pending.remove(decision)
            self._act(world, treasury, decision)
        cadence = max(governance.review_every, 1)
        self._collect_reports(world, governance, cadence)
        # Week 0 has nothing to look back on.
        if world.week == 0 or world.week % cadence != 0:
            return
        # Paid whether or not anything is decided: measuring is what costs.
        treasury.book_review(
            world.scenario.prices.evaluation.amount + _cost_of_talk(world, governance)
        )
        for name, rule in governance.acting.items():
            seen, truth = self._look(world, governance, name, rule)
            self._judge(world, treasury, governance, name, (seen, truth))

    def _collect_reports(self, world: World, governance: Governance, cadence: int) -> None:
        """Hold the focus groups and empty the boxes whose reports the next review will read."""
        for name, rule in governance.acting.items():
            lag = lag_of(governance, rule.when.through)
            # Reports take time: people are heard so many weeks before the review that reads them.
            if lag > 0 and (world.week + lag) % cadence == 0 and _asks(rule.when):
                kpi, s = _find_asked(rule.when), _row_of(world, rule.when)
                self.heard[name] = hear(
                    world, governance, rule.when.through, kpi, s, *ask(world, kpi, s)
                )

    def _look(self, world: World, governance: Governance, name: str, rule: Rule) -> Sight:
        """What a review sees for a rule: counted, asked now, or reported from earlier.

        A change is seen against the review before.
        """
        kpi = _find_asked(rule.when)
        seen, truth = self.measure(world, governance.survey, rule.when)
        if lag_of(governance, rule.when.through) > 0 and _asks(rule.when):
            # Read once: a report that no review has read since is not read a second time.
            seen = self.heard.pop(name, math.nan)
        elif rule.when.through != "survey" and _asks(rule.when):
            s = _row_of(world, rule.when)
            seen = hear(world, governance, rule.when.through, kpi, s, *ask(world, kpi, s))
        if kpi == rule.when.kpi:
            return seen, truth
        # A change needs two looks; the first review has none.
        last, self.before[name] = self.before.get(name, NOTHING), (seen, truth)
        fall: Sight = (last[0] - seen, last[1] - truth)
        if rule.when.kpi == "improvement":
            return fall
        s = _row_of(world, rule.when)
        cost = (
            cost_per_person(world, slice(None) if s < 0 else slice(s, s + 1))
            * governance.review_every
        )
        return _price(cost, fall[0]), _price(cost, fall[1])

    def measure(self, world: World, survey: Survey, when: Condition | Observation) -> Sight:
        """What the committee sees of a KPI by counting or by a survey, and the truth behind it."""
        s, kpi = _row_of(world, when), _find_asked(when)
        answers, _ = ask(world, kpi, s)
        if answers.size == 0:
            return NOTHING
        truth = float(answers.mean())
        return (
            (truth, truth)
            if not _asks(when)
            else (ask_sample(world, survey, kpi, s, answers), truth)
        )

    def _judge(
        self, world: World, treasury: Treasury, governance: Governance, name: str, sight: Sight
    ) -> None:
        rule, seen = governance.rules[name], sight[0]
        high, low = rule.when.above, rule.when.below
        holds = (
            not math.isnan(seen) and (high is None or seen > high) and (low is None or seen < low)
        )
        # Reviews in a row: one that does not hold starts the count again.
        self.met[name] = self.met.get(name, 0) + 1 if holds else 0
        ballots: dict[str, Ballot] = {}
        acts = False
        if not (rule.once and name in self.done):
            acts, ballots = vote(
                world, treasury, governance, name, met=self.met[name] >= rule.when.for_
            )
        if acts:
            # Counted from the decision: the same rule does not act again on the way to its effect.
            self.met[name] = 0
            self.done.add(name)
            self.pending.append(Decision(world.week + governance.delay, name, rule.do))
        self._note(
            world,
            name,
            rule.do,
            "decided" if acts else "nothing",
            _describe(rule, sight, ballots),
            _explain(rule, seen, ballots),
        )

    def _act(self, world: World, treasury: Treasury, decision: Decision) -> None:
        do, names, offers = decision.do, world.provision.names, world.provision.offers
        if do.service is not None and do.service in names:
            s = names.index(do.service)
            if do.expand:
                world.scale[s] *= 1.0 + (do.by or 0.0)
                # Neighbourhoods are added and never taken away by an expansion.
                for area in do.to:
                    offers.reach[s, self.areas.index(area)] = 1
            elif do.shrink:
                world.scale[s] *= max(0.0, 1.0 - (do.by or 0.0))
            else:
                world.scale[s] = 0.0
        elif do.move is not None and do.from_fund and do.to_fund:
            accounts = treasury.accounts
            # A share of what the fund receives, so that a later cut hits both funds alike.
            treasury.moves.append(
                (accounts.index(do.from_fund), accounts.index(do.to_fund), do.move)
            )
        self._note(world, decision.rule, do, "carried out", {}, "decided earlier")

    def _note(
        self, world: World, rule: str, do: Action, stage: str, seen: dict[str, object], reason: str
    ) -> None:
        verb = do.verbs[0] if do.verbs else "nothing"
        action = (
            stage if stage == "nothing" else f"{verb} {do.service or ''}".strip() + f": {stage}"
        )
        self.log.append(
            {
                "week": world.week,
                "body": "committee",
                "subject": rule,
                "action": action,
                "seen": seen,
                "reason": reason,
            }
        )


def _row_of(world: World, when: Condition | Observation) -> int:
    """Row of the service that a rule looks at, -1 for the whole town."""
    return (
        world.provision.names.index(when.service) if when.service in world.provision.names else -1
    )


def _price(cost: float, fall: float) -> float:
    """Cost of a point of symptoms, from the cost of a person between two reviews.

    Endless where nobody improved.
    """
    return (
        math.nan
        if math.isnan(fall) or math.isnan(cost)
        else cost / fall
        if fall > 0.0
        else math.inf
    )


def _find_asked(when: Condition | Observation) -> str:
    """The KPI that is measured for a condition: of a change, the level that changes."""
    return OF_ANSWERS.get(when.kpi, when.kpi)


def _asks(when: Condition | Observation) -> bool:
    """Whether people are asked for a condition: nobody is about what is counted."""
    return _find_asked(when) not in COUNTED


def _cost_of_talk(world: World, governance: Governance) -> float:
    """What focus groups cost at a review, if any rule listens to them."""
    heard = (rule.when for rule in governance.acting.values() if _asks(rule.when))
    talk = any(when.through == "focus_groups" for when in heard)
    return world.scenario.prices.focus_groups.amount if talk else 0.0


def _describe(rule: Rule, sight: Sight, ballots: dict[str, Ballot]) -> dict[str, object]:
    """What the record keeps of a review: seen and true figures, how they were heard, votes and
    conflicts of interest.
    """
    seen, truth = (value if np.isfinite(value) else None for value in sight)
    found: dict[str, object] = {"kpi": rule.when.kpi, "seen": seen, "truth": truth}
    if rule.when.through != "survey":
        found["through"] = rule.when.through
    if ballots:
        found["votes"] = {name: ballot.vote for name, ballot in ballots.items()}
        found["conflicts_of_interest"] = [name for name, ballot in ballots.items() if ballot.stake]
    return found


def _explain(rule: Rule, seen: float, ballots: dict[str, Ballot]) -> str:
    high, low = rule.when.above, rule.when.below
    line = f"above {high:g}" if high is not None else f"below {low:g}" if low is not None else "any"
    sight = f"no {rule.when.kpi} data yet" if math.isnan(seen) else f"{rule.when.kpi} at {seen:.3g}"
    reviews = "one review" if rule.when.for_ == 1 else f"{rule.when.for_} reviews in a row"
    reason = f"{sight} ({line} wanted, {reviews})"
    swayed = [
        name
        for name, ballot in ballots.items()
        if ballot.by == "stake" and ballot.vote != "abstains"
    ]
    away = [name for name, ballot in ballots.items() if ballot.vote == "abstains"]
    reason += f"; voted by a stake of their own: {', '.join(swayed)}" if swayed else ""
    return reason + (f"; left the vote: {', '.join(away)}" if away else "")


__all__ = ["REMEMBERED", "Committee", "Decision"]
