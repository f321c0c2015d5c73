"""Phase 11, governance: on its cadence the committee measures, judges by written rules, decides; decisions act later.

What it sees is a survey or a count with its error, not the truth; both stand in the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.draws import SURVEY, draw_for, name_key, normals_for
from sim.week.record import score_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sim.scenario.governance import Action, Condition, Governance, Survey
    from sim.week.treasury import Treasury
    from sim.week.world import World

REMEMBERED = 26
"""Weeks of starts and departures that engagement looks back on."""


class Decision(NamedTuple):
    """Something decided at a review, to act in week `due`."""

    due: int
    rule: str
    do: Action


class Committee:
    """The steering committee: counts how often each rule was met, keeps decisions until they act."""

    def __init__(self, areas: tuple[str, ...]) -> None:
        """Begin with nothing seen and nothing decided."""
        self.areas = areas
        self.met: dict[str, int] = {}
        self.done: set[str] = set()
        self.pending: list[Decision] = []
        self.log: list[dict[str, object]] = []

    def meet(self, world: World, treasury: Treasury) -> None:
        """Carry out what is due, and review if it is a week of review."""
        governance = world.scenario.governance
        if governance is None or world.week < 0:
            return
        for decision in [d for d in self.pending if d.due <= world.week]:
            self.pending.remove(decision)
            self._act(world, treasury, decision)
        if world.week == 0 or world.week % max(governance.review_every, 1) != 0:
            return
        treasury.book_review(world.scenario.prices.evaluation.amount)
        for name, rule in governance.rules.items():
            seen, truth = self.measure(world, governance.survey, rule.when)
            self._judge(world, governance, name, seen, truth)

    def _judge(self, world: World, governance: Governance, name: str, seen: float, truth: float) -> None:
        rule = governance.rules[name]
        high, low = rule.when.above, rule.when.below
        holds = np.isfinite(seen) and (high is None or seen > high) and (low is None or seen < low)
        self.met[name] = self.met.get(name, 0) + 1 if holds else 0
        acts = self.met[name] >= rule.when.for_ and not (rule.once and name in self.done)
        if acts:
            self.met[name] = 0
            self.done.add(name)
            self.pending.append(Decision(world.week + governance.delay, name, rule.do))
        line = f"above {high:g}" if high is not None else f"below {low:g}" if low is not None else "any"
        sight = f"{seen:.3g}" if np.isfinite(seen) else "nothing yet"
        reason = f"{rule.when.kpi} seen as {sight} ({line} wanted, {rule.when.for_} review(s) in a row)"
        sight_and_truth: dict[str, object] = {"kpi": rule.when.kpi, "seen": _known(seen), "truth": _known(truth)}
        self._note(world, name, rule.do, "decided" if acts else "nothing", sight_and_truth, reason)

    def _act(self, world: World, treasury: Treasury, decision: Decision) -> None:
        do, names, offers = decision.do, world.provision.names, world.provision.offers
        if do.service is not None and do.service in names:
            s = names.index(do.service)
            if do.expand:
                world.scale[s] *= 1.0 + (do.by or 0.0)
                for area in do.to:
                    offers.reach[s, self.areas.index(area)] = 1
            elif do.shrink:
                world.scale[s] *= max(0.0, 1.0 - (do.by or 0.0))
            else:
                world.scale[s] = 0.0
        elif do.move is not None and do.from_fund and do.to_fund:
            accounts = treasury.accounts
            treasury.moves.append((accounts.index(do.from_fund), accounts.index(do.to_fund), do.move))
        self._note(world, decision.rule, do, "carried out", {}, "decided earlier")

    def _note(self, world: World, rule: str, do: Action, stage: str, seen: dict[str, object], reason: str) -> None:
        verb = do.verbs[0] if do.verbs else "nothing"
        action = stage if stage == "nothing" else f"{verb} {do.service or ''}".strip() + f": {stage}"
        self.log.append({"week": world.week, "body": "committee", "subject": rule, "action": action, "seen": seen, "reason": reason})

    def measure(self, world: World, survey: Survey, when: Condition) -> tuple[float, float]:
        """What the committee sees of a KPI, and the truth behind it; NaN where there is nothing to see."""
        s = world.provision.names.index(when.service) if when.service in world.provision.names else -1
        answers = _answers(world, when.kpi, s)
        if answers.size == 0:
            return float("nan"), float("nan")
        truth = float(answers.mean())
        if when.kpi in COUNTED:
            return truth, truth
        luck = draw_for(np.arange(answers.size, dtype=np.uint32), world.word, SURVEY, np.uint64(name_key(when.kpi) ^ (s + 1)), world.seed)
        asked = np.argsort(luck[:, 0])[: survey.sample]
        replied = asked[luck[asked, 1] < survey.response]
        if replied.size == 0:
            return float("nan"), truth
        chance = normals_for(np.zeros(1, np.uint32), world.word, SURVEY, np.uint64(name_key(when.kpi)), world.seed)[0]
        error = survey.noise * float(answers.std()) / np.sqrt(replied.size) * chance
        return float(answers[replied].mean() + error), truth


def _known(value: float) -> float | None:
    """A figure for the record; nothing where there was nothing to see."""
    return value if np.isfinite(value) else None


def _answers(world: World, kpi: str, s: int) -> NDArray[np.float64]:
    """One answer per person (or one figure) behind a KPI, for the clients of service s or, with -1, the whole town."""
    rows = slice(None) if s < 0 else slice(s, s + 1)
    figure = COUNTED.get(kpi)
    if figure is not None:
        value = figure(world, rows)
        return np.array([value]) if np.isfinite(value) else np.array([])
    r, o = world.residents, world.provision.offers
    clients = (r.alive == 1) & ((r.care_service == s + 1).any(axis=1) if s >= 0 else True)
    if kpi == "unmet_need":
        need = clients & world.in_need
        return (~(r.care_service[need] > 0).any(axis=1)).astype(np.float64)
    if kpi == "symptoms":
        return r.phq[clients].astype(np.float64)
    if kpi == "loneliness":
        return score_all(r.loneliness[clients], world.parameters.health)
    running = o.quality[rows][o.places[rows] > 0]
    return np.full(int(clients.sum()), float(running.mean())) if running.size else np.array([])


def _divide(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def _engagement(world: World, rows: slice) -> float:
    """Share of those who began in the last half year, less those who left early in it."""
    left_early = _divide(world.early[rows].sum(), world.starts[rows].sum())
    return max(0.0, 1.0 - left_early) if np.isfinite(left_early) else left_early


def _wait(world: World, rows: slice) -> float:
    ended = world.waits[rows].sum(axis=0)
    return _divide((ended * np.arange(ended.size)).sum(), ended.sum())


def _occupancy(world: World, rows: slice) -> float:
    return _divide(world.provision.offers.enrolled[rows].sum(), world.provision.offers.places[rows].sum())


def _cost_per_person(world: World, rows: slice) -> float:
    return _divide(world.weekly_cost[rows].sum(), world.provision.offers.enrolled[rows].sum())


COUNTED: dict[str, Callable[[World, slice], float]] = {
    "engagement": _engagement,
    "wait": _wait,
    "occupancy": _occupancy,
    "cost_per_person": _cost_per_person,
}
"""KPIs that are counted rather than asked."""
