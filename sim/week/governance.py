"""Phase 11, governance: on its cadence the committee measures, judges by written rules, decides; decisions act later.

What it sees is a survey or a count with its error, not the truth; both stand in the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.draws import SURVEY, draw_for, name_key, normal_of, uniforms
from sim.week.record import score_ucla

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.governance import Action, Condition
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
            seen, truth = self.measure(world, rule.when)
            self._judge(world, name, seen, truth)

    def _judge(self, world: World, name: str, seen: float, truth: float) -> None:
        governance = world.scenario.governance
        assert governance is not None
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
        reason = f"{rule.when.kpi} seen as {seen:.3g} ({line} wanted, {rule.when.for_} review(s) in a row)"
        self._note(world, name, rule.do, "decided" if acts else "nothing", {"kpi": rule.when.kpi, "seen": seen, "truth": truth}, reason)

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

    def measure(self, world: World, when: Condition) -> tuple[float, float]:
        """What the committee sees of a KPI, and the truth behind it; NaN where there is nothing to see."""
        governance = world.scenario.governance
        assert governance is not None
        s = world.provision.names.index(when.service) if when.service in world.provision.names else -1
        answers = _answers(world, when.kpi, s)
        if answers.size == 0:
            return float("nan"), float("nan")
        truth = float(answers.mean())
        if when.kpi in ("wait", "occupancy", "cost_per_person", "engagement"):
            return truth, truth
        luck = draw_for(np.arange(answers.size, dtype=np.uint32), world.word, SURVEY, np.uint64(name_key(when.kpi) ^ (s + 1)), world.seed)
        asked = np.argsort(luck[:, 0])[: governance.survey.sample]
        replied = asked[luck[asked, 1] < governance.survey.response]
        if replied.size == 0:
            return float("nan"), truth
        u, v, _, _ = uniforms(np.uint64(0), world.word, SURVEY, np.uint64(name_key(when.kpi)), world.seed)
        error = governance.survey.noise * float(answers.std()) / np.sqrt(replied.size) * normal_of(u, v)
        return float(answers[replied].mean() + error), truth


def _answers(world: World, kpi: str, s: int) -> NDArray[np.float64]:
    """One answer per person (or one figure) behind a KPI, for the clients of service s or, with -1, the whole town."""
    r, o = world.residents, world.provision.offers
    if kpi == "engagement":
        starts, early = (world.starts.sum(), world.early.sum()) if s < 0 else (world.starts[s].sum(), world.early[s].sum())
        return np.array([max(0.0, 1.0 - early / starts)]) if starts else np.array([])
    if kpi == "wait":
        waited = world.waits.sum(axis=0) if s < 0 else world.waits[s]
        return np.array([float(np.average(np.arange(waited.size), weights=waited))]) if waited.sum() else np.array([])
    if kpi in ("occupancy", "cost_per_person"):
        places, enrolled = (o.places.sum(), o.enrolled.sum()) if s < 0 else (o.places[s], o.enrolled[s])
        if kpi == "occupancy":
            return np.array([enrolled / places]) if places else np.array([])
        cost = world.weekly_cost.sum() if s < 0 else world.weekly_cost[s]
        return np.array([cost / enrolled]) if enrolled else np.array([])
    clients = (r.alive == 1) & ((r.care_service == s + 1).any(axis=1) if s >= 0 else True)
    if kpi == "unmet_need":
        need = clients & ((r.phq >= world.parameters.seeking.need_phq) | (r.severe == 1) | (r.episode > 0))
        return (~(r.care_service[need] > 0).any(axis=1)).astype(np.float64)
    if kpi == "symptoms":
        return r.phq[clients].astype(np.float64)
    if kpi == "loneliness":
        return np.array([score_ucla(float(x), world.parameters.health) for x in r.loneliness[clients]])
    return np.full(int(clients.sum()), float(o.quality[s] if s >= 0 else o.quality.mean()))
