"""A stand-in for `sim.community`: the same interface, two lines of arithmetic instead of a town."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import numpy as np

from sim.outcomes import BY_KEY, GROUP_KEYS, KEYS, Results

MODEL_VERSION = 3


@dataclass(frozen=True)
class FakePopulation:
    residents: int = 100
    groups: tuple[str, ...] = ()
    turnover: str = "on"


@dataclass(frozen=True)
class FakeDiscount:
    costs: float = 0.03
    effects: float = 0.03


@dataclass(frozen=True)
class FakeScenario:
    """Just enough of a scenario; `trouble` names what goes wrong in its runs."""

    name: str
    effect: float = 0.0
    title: str = "A town"
    summary: str = ""
    past: str = "one past"
    horizon: int = 10
    warm_up: int = 5
    trouble: str = ""
    seconds: float = 0.0
    scatter: float = 0.0
    currency: str = "USD"
    branch: None = None
    willingness_to_pay: ClassVar[tuple[float, ...]] = ()
    parameters: ClassVar[dict[str, float]] = {}
    services: ClassVar[dict[str, object]] = {}
    shocks: ClassVar[dict[str, object]] = {}
    funds: ClassVar[dict[str, object]] = {}
    partnerships: ClassVar[dict[str, object]] = {}
    neighbourhoods: ClassVar[dict[str, object]] = {}
    governance: ClassVar[SimpleNamespace] = SimpleNamespace(acting=False, rules={}, seats={})
    kinds: ClassVar[dict[str, object]] = {}
    population: FakePopulation = FakePopulation()
    discount: FakeDiscount = FakeDiscount()

    def resolved(self) -> dict[str, object]:
        names = (
            "title",
            "effect",
            "past",
            "horizon",
            "warm_up",
            "trouble",
            "seconds",
            "scatter",
            "currency",
        )
        mine = {name: getattr(self, name) for name in names}
        return mine | {"name": self.name, "population": {"residents": self.population.residents}}

    def with_(self, changes: dict[str, object]) -> FakeScenario:
        plain = {name: value for name, value in changes.items() if "." not in name}
        residents = changes.get("population.residents", self.population.residents)
        return replace(self, **plain, population=FakePopulation(residents))

    @cached_property
    def hash(self) -> str:
        return hashlib.sha256(json.dumps(self.resolved(), sort_keys=True).encode()).hexdigest()

    @cached_property
    def past_hash(self) -> str:
        return hashlib.sha256(f"{self.past} {self.warm_up}".encode()).hexdigest()


class Community:
    """Weeks pass; numbers follow from seed, draw and scenario alone."""

    def __init__(
        self,
        scenario: FakeScenario,
        rng: int = 0,
        draw: dict[str, float] | None = None,
        *,
        threads: int = 1,
    ) -> None:
        assert threads >= 1
        _log(f"warm-up {rng}")
        if scenario.trouble == "building":
            raise ValueError("cannot build this town")
        self.declared, self.seed, self.draw, self.week = (
            scenario,
            rng,
            dict(draw or {}),
            -scenario.warm_up,
        )
        self.state = float(rng)

    def step(self) -> None:
        self.week += 1
        self.state = (self.state * 1.1 + 1.0) % 97.0

    def snapshot(self) -> dict[str, object]:
        return {"seed": self.seed, "draw": self.draw, "state": self.state}

    def close(self) -> None:
        self.closed = True

    @classmethod
    def resume(cls, scenario: FakeScenario, snapshot: dict[str, object]) -> Community:
        made = cls.__new__(cls)
        made.declared, made.week = scenario, 0
        made.seed, made.draw, made.state = snapshot["seed"], snapshot["draw"], snapshot["state"]
        return made

    def run(self) -> Results:
        _log(f"run {self.declared.name} {self.seed}")
        _make_trouble(self.declared.trouble, self.seed)
        end = time.perf_counter() + self.declared.seconds
        rng = np.random.default_rng(self.seed)
        shift = self.state + sum(self.draw.values())
        weekly = {key: rng.random(self.declared.horizon) + shift for key in KEYS}
        weekly["expected_admissions"] = weekly["expected_admissions"] - self.declared.effect
        weekly["expected_admissions"] += (
            self.declared.scatter * np.random.default_rng(self.seed + 1).normal()
        )
        while time.perf_counter() < end:
            self.state = self.state * 1.0
        return collect(weekly)


def collect(weekly: dict[str, np.ndarray]) -> Results:
    """Make results from weekly numbers."""
    ways = {"sum": np.sum, "mean": np.mean, "end": lambda x: x[-1]}
    summary = {key: float(ways[BY_KEY[key].over_time](weekly[key])) for key in KEYS}
    weeks = len(weekly["cost"])
    groups = [
        {
            "dimension": "age",
            "group": name,
            "residents": 50,
            **{key: summary[key] / 2 for key in GROUP_KEYS},
        }
        for name in ("12-17", "18-24")
    ]
    ledger = [
        (week, "ward", "public", kind, float(weekly["cost"][week]))
        for week in range(weeks)
        for kind in ("pay", "overhead")
    ]
    ledger += [(0, "fund", "donors", "income", 5.0), (0, "fund", "donors", "income", 7.0)]
    decisions = [
        {
            "week": 1,
            "body": "committee",
            "subject": "ward",
            "action": "expand",
            "seen": {"wait": 3.0},
            "reason": "rule",
        }
    ]
    names = (
        "places",
        "enrolled",
        "waiting",
        "wait_median",
        "staff",
        "vacancies",
        "sessions",
        "quality",
    )
    places = [
        {"service": "ward", "week": week, **dict.fromkeys(names, np.float64(1.5))}
        for week in range(0, weeks, 13)
    ]
    return Results(weekly, summary, groups, ledger, decisions, places)


def _log(line: str) -> None:
    if path := os.environ.get("FAKE_LOG"):
        with Path(path).open("a") as file:
            file.write(line + "\n")


def _make_trouble(trouble: str, seed: int) -> None:
    kind, _, at = trouble.partition(" ")
    if at and int(at) != seed:
        return
    if kind == "raise":
        raise RuntimeError("the model\nhad enough")
    if kind == "memory":
        raise MemoryError("no memory left for this town")
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "die-once":
        flag = Path(os.environ["FAKE_LOG"] + f".died{seed}")
        if not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
