"""Runs that look like runs, with known differences: common luck per seed, one effect per scenario."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sim.outcomes import GROUP_KEYS, KEYS, OUTCOMES, Results
from sim.store import Code, Failure, RunRecord, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

WEEKS = 104
PROMISES: dict[str, float] = {
    "admissions": 2.0,
    "expected_admissions": 2.0,
    "bed_need_expected": 2.0,
    "bed_days": 18.0,
    "emergency_visits": 9.0,
    "expected_emergency_visits": 9.0,
    "phq_mean": 3.4,
    "phq_10_or_more": 700.0,
    "lonely": 1800.0,
    "isolated": 600.0,
    "in_need": 1500.0,
    "treated": 600.0,
    "waiting": 80.0,
    "wait_median": 6.0,
    "wait_90th": 14.0,
    "qalys": 150.0,
    "expected_suicides": 0.03,
    "cost": 60_000.0,
    "cost_public": 40_000.0,
    "fees_paid": 2_000.0,
    "cash": 500_000.0,
    "runway": 60.0,
    "staff": 40.0,
    "vacancies": 3.0,
    "caregiver_hours": 900.0,
    "work_days_lost": 400.0,
    "sessions": 500.0,
    "started_care": 20.0,
}
SPENDING = {
    ("primary-care", "public", "pay"): 30_000.0,
    ("primary-care", "private", "pay"): 10_000.0,
    ("ward", "public", "bed days"): 18_000.0,
    ("primary-care", "people", "fees"): 2_000.0,
}


@dataclass(frozen=True)
class Declared:
    """What a store needs to know of a scenario."""

    name: str
    title: str = ""
    summary: str = "A scenario made up for tests."
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """Fingerprint of everything declared."""
        return hashlib.sha256(json.dumps(self.resolved(), sort_keys=True).encode()).hexdigest()

    past_hash = "past"

    def resolved(self) -> dict[str, Any]:
        """Give plain data."""
        plain: dict[str, Any] = {
            "name": self.name,
            "title": self.title or self.name,
            "summary": self.summary,
            "currency": "USD",
            "price_year": 2025,
            "horizon": WEEKS,
            "warm_up": 52,
            "start": "2026-01-05",
            "discount": {"costs": 0.03, "effects": 0.03},
            "perspective": "health_care",
            "willingness_to_pay": [50_000.0, 100_000.0, 150_000.0],
            "population": {"residents": 10_000},
            "neighbourhoods": {
                "east": {"share": 0.5, "deprivation": 0.8},
                "west": {"share": 0.5, "deprivation": 0.2},
            },
            "services": {
                "primary-care": {"kind": "primary_care"},
                "ward": {"kind": "inpatient_ward"},
            },
            "prices": {"caregiver_hour": {"amount": 20.0}, "work_day": {"amount": 200.0}},
            "parameters": {},
            "structure": {"contagion": "on"},
        }
        return plain | self.more


def live(
    seed: int, effect: float, own: float = 0.1, weeks: int = WEEKS, programme: bool = False
) -> Results:
    """Live through one replicate: `effect` is the relative change of everything that is better if fewer (and back)."""
    shared, mine = (
        np.random.default_rng(seed),
        np.random.default_rng([seed, round(1000 * (1 + effect))]),
    )
    luck = {key: shared.normal(0, 0.1) for key in KEYS}
    weekly, summary = {}, {}
    for outcome in OUTCOMES:
        level = PROMISES.get(outcome.key, 5.0)
        sign = {"fewer": 1.0, "more": -1.0, "neither": 0.0}[outcome.better] * (
            0.01 if outcome.key == "qalys" else 1.0
        )
        scale = 0.01 if outcome.key == "qalys" else 1.0
        path = level * (1 + scale * luck[outcome.key] + scale * 0.05 * shared.normal(size=weeks))
        surprise = (
            scale * own * (0.3 * mine.normal() + 0.1 * mine.normal(size=weeks)) if effect else 0.0
        )
        change = level * (sign * effect + surprise) * np.minimum(1, np.arange(weeks) / 26)
        weekly[outcome.key] = path + change
        summary[outcome.key] = float(
            {"sum": np.sum, "mean": np.mean, "end": lambda x: x[-1]}[outcome.over_time](
                weekly[outcome.key]
            )
        )
    groups = [
        {
            "dimension": dimension,
            "group": group,
            "residents": 10_000 / len(names),
            **{
                key: summary[key] * (1 + 0.1 * place) / (1 if key == "phq_mean" else len(names))
                for key in GROUP_KEYS
            },
        }
        for dimension, names in (
            ("neighbourhood", ("east", "west")),
            ("income", ("1", "2", "3", "4", "5")),
        )
        for place, group in enumerate(names)
    ]
    ledger = [
        (
            week,
            account,
            payer,
            category,
            amount * (1 + luck["cost"] + (effect if account == "ward" else 0.0)),
        )
        for week in range(weeks)
        for (account, payer, category), amount in SPENDING.items()
    ]
    ledger += [(week, "public-health", "public", "income", 45_000.0) for week in range(weeks)]
    if programme:
        ledger += [(week, "peer-specialists", "grant", "pay", 6_000.0) for week in range(weeks)]
    decision = {
        "week": 26,
        "body": "committee",
        "subject": "peer-specialists",
        "action": "expand",
        "seen": '{"engagement": 0.68}',
        "reason": "rule expand-if-kept",
    }
    places = [
        {
            "service": service,
            "week": week,
            "places": 120.0,
            "enrolled": 100.0,
            "waiting": 12.0,
            "wait_median": 5.0,
            "staff": 8.0,
            "vacancies": 1.0,
            "sessions": 900.0,
            "quality": 0.9,
            "started": 30.0,
            "gave_up": 2.0,
            "wait_in_quarter": 6.0,
        }
        for service in ("primary-care", *(("peer-specialists",) if programme else ()))
        for week in range(12, weeks, 13)
    ]
    posts = [
        {"service": service, "role": role, "week": week, "posts": 4.0, "posts_fte": 3.5}
        | {"filled": filled, "filled_fte": 0.9 * filled, "hired": 1.0, "left": 0.0}
        | {"in_training": 1.0, "recruiting_from": week - 12.0 if filled < 4 else None}
        for service, role in (
            ("primary-care", "physician"),
            *((("peer-specialists", "peer"),) if programme else ()),
        )
        for filled, week in enumerate(range(12, weeks, 13), start=1)
    ]
    decisions = [decision] if programme else []
    return Results(weekly, summary, groups, ledger, decisions, places, posts)


@pytest.fixture
def declare() -> type[Declared]:
    """Give the class of made-up scenarios."""
    return Declared


@pytest.fixture
def make_runs(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that stores made-up runs and returns the folder."""
    return begin_storing(tmp_path)


@pytest.fixture(scope="module")
def make_shared_runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Give the same function for what the tests of a module share and only read."""
    return begin_storing(tmp_path_factory.mktemp("shared"))


def begin_storing(place: Path) -> Callable[..., Path]:
    """Give a function that stores made-up runs in a folder of this place."""

    def make(
        effects: dict[str, float] | None = None,
        replicates: int = 12,
        declared: Sequence[Declared] = (),
        draws: Sequence[dict[str, float] | None] = (None,),
        fail: Sequence[tuple[str, int]] = (),
        skip: Sequence[tuple[str, int]] = (),
        version: Callable[[str], str] = lambda _: "1",
        folder: str = "runs",
        dirty: bool = False,
        keep: str = "weekly",
        network: dict[str, list[list[int]]] | None = None,
    ) -> Path:
        effects = {"baseline": 0.0, "pilot": -0.08} if effects is None else effects
        by_name = {item.name: item for item in declared}
        scenarios = {
            name: by_name.get(name) or Declared(name, more=_services(name)) for name in effects
        }
        target = place / folder
        with Store.open(target / "runs.db") as store:
            store.add_scenarios(list(scenarios.values()))
            for number, draw in enumerate(draws):
                for seed in range(7, 7 + replicates):
                    for name, effect in effects.items():
                        if (name, seed) in skip:
                            continue
                        record = RunRecord(
                            f"{name}-{scenarios[name].hash[:8]}-{seed}-{number}",
                            scenarios[name].hash,
                            seed,
                            json.dumps(draw) if draw else None,
                            number if draw else None,
                            "2026-11-23T10:00:00",
                            0.1,
                        )
                        code = Code(
                            version(name),
                            {"python": "3.11", "kinwell": "0.1.0"},
                            "0123456789abcdef",
                            dirty,
                        )
                        if (name, seed) in fail:
                            store.add_failure(
                                record,
                                Failure(name, "running", "made to fail", "", "kinwell run"),
                                code,
                            )
                            continue
                        size = effect * (draw or {}).get("help", 1.0)
                        lived = live(
                            seed,
                            size,
                            programme="peer-specialists" in scenarios[name].resolved()["services"],
                        )
                        store.add_run(record, replace(lived, network=network), code, keep)
        return target

    return make


def _services(name: str) -> dict[str, Any]:
    if "pilot" not in name and "peers" not in name:
        return {}
    return {
        "services": {
            "primary-care": {"kind": "primary_care"},
            "ward": {"kind": "inpatient_ward"},
            "peer-specialists": {"kind": "one_to_one_peer"},
        }
    }
