"""Random scenarios: any subset of kinds of service, shocks, rules, seats, funds, partners and structures.

What a service, a fund, a committee or a town may state beside is drawn in `swarm_details.py`.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

from sim.evidence.loader import all_kinds
from sim.scenario.schema.kpis import KPIS
from sim.scenario.schema.services import SERVICE_MODELS

SPEC = importlib.util.spec_from_file_location(
    "swarm_details", Path(__file__).with_name("swarm_details.py")
)
DETAILS = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(DETAILS)
WEEKS = 12
TOWN = {"population.residents": 150, "warm_up": 4, "horizon": WEEKS}
LEADERS = ("peer", "therapist", "nurse", "case_manager", "coordinator", "volunteer")
STRUCTURES = {
    "contagion": ("on", "off"),
    "gains": ("ceiling", "additive"),
    "crisis_link": ("logistic", "exponential"),
    "network": ("circles", "random"),
}
HARD = {
    "parameters.crisis.crisis": -5.0,
    "parameters.life.mortality": 0.002,
    "parameters.life.suicide": 0.01,
    "parameters.seeking.seeking": 0.3,
    "parameters.workforce.turnover": 0.05,
}


def make_changes(seed):
    """Changes to the baseline, a function of the seed alone."""
    rng = np.random.default_rng(seed)
    services = {
        f"s{n}": _service(kind, rng) for n, kind in enumerate(_some(rng, [*SERVICE_MODELS], 8))
    }
    names = [*services, "primary-care", "community-therapy", "psychiatry"]
    changes = TOWN | {f"services.{name}": service for name, service in services.items()}
    changes |= {f"funds.f{n}": _fund(names, rng) for n in range(rng.integers(0, 4))}
    changes |= {f"shocks.{name}": shock for name, shock in _shocks(names, rng).items()}
    changes |= {
        f"structure.{key}": str(rng.choice(STRUCTURES[key])) for key in _some(rng, STRUCTURES, 3)
    }
    changes |= {f"services.{name}.enabled": False for name in _some(rng, names[-3:], 1)}
    changes |= HARD if rng.random() < 0.5 else {}
    changes["funds.public-funds.amount"] = f"USD {rng.choice([0, 20_000, 400_000])} per year"
    changes["funds.public-funds.when_short"] = str(rng.choice(["priority", "equal", "need"]))
    changes["services.ward.beds"] = int(rng.integers(0, 4))
    changes |= {f"partnerships.p{n}": _partner(names, rng) for n in range(rng.integers(0, 3))}
    if rng.random() < 0.6:
        changes["governance"] = _governance(names, rng)
    return DETAILS.add_details(changes, names, seed)


def _some(rng, things, most):
    things = list(things)
    count = min(int(rng.integers(0, most + 1)), len(things))
    return [things[k] for k in rng.choice(len(things), count, replace=False)]


def _week(rng, low=0, high=WEEKS - 1):
    return f"week {rng.integers(low, high)}"


def _service(kind, rng):
    leads = all_kinds()[kind].leads
    needed = {
        name for name, field in SERVICE_MODELS[kind].model_fields.items() if field.is_required()
    }
    service = {"kind": kind, "from": _week(rng, 0, 6), "rank": int(rng.integers(1, 10))}
    service |= {
        key: int(rng.integers(1, 9))
        for key in ("caseload", "groups", "size", "beds")
        if key in needed
    }
    if leads:
        service["staff"] = {
            str(role): float(rng.choice([0.0, 0.5, 1.0, 2.5])) for role in leads[:2]
        }
    if rng.random() < 0.4:
        service["where"] = _some(rng, ["east", "north", "west"], 2) or ["east"]
    if rng.random() < 0.3:
        service["until"] = _week(rng, 7, WEEKS)
    if rng.random() < 0.3:
        service["ramp"] = f"{rng.integers(1, 6)} weeks"
    return service


def _fund(names, rng):
    fund = {"source": str(rng.choice(["public", "grant", "donation"])), "from": _week(rng)}
    fund["amount"] = f"USD {rng.choice([0, 9_000, 300_000])}" + str(rng.choice(["", " per year"]))
    fund |= {"only_for": only} if (only := _some(rng, names, 3)) else {}
    return fund


def _partner(names, rng):
    partner = {"with": str(rng.choice(["school", "employer"]))}
    partner |= {"for": _some(rng, names, 2) or names[:1], "from": _week(rng)}
    return partner | {"reach": float(rng.choice([0.0, 0.1])), "upkeep": "USD 9_000 per year"}


def _shocks(names, rng):
    until = f"week {WEEKS - 1}"
    kinds = {
        "cut": {
            "kind": "funding_cut",
            "fund": "public-funds",
            "by": float(rng.choice([0.0, 0.5, 1.0])),
        },
        "gone": {
            "kind": "staff_shortage",
            "role": str(rng.choice(LEADERS)),
            "share": float(rng.random()),
        },
        "leave": {"kind": "volunteer_exodus", "share": float(rng.random())},
        "storm": {
            "kind": "adversity",
            "life_events": float(rng.choice([0, 3, 40])),
            "until": until,
        },
        "slump": {
            "kind": "recession",
            "life_events": 2.0,
            "jobs_lost": float(rng.random()),
            "until": until,
        },
        "flood": {
            "kind": "disaster",
            "life_events": 3.0,
            "closed": _some(rng, names, 2),
            "until": until,
        },
        "plague": {
            "kind": "pandemic",
            "life_events": 2.0,
            "contacts_lost": float(rng.random()),
            "until": until,
        },
    }
    return {name: {"at": _week(rng), **kinds[name]} for name in _some(rng, kinds, 4)}


def _governance(names, rng):
    deeds = (
        {"expand": str(rng.choice(names)), "by": "100%", "to": ["west"]},
        {"shrink": str(rng.choice(names)), "by": "50%"},
        {"pause": str(rng.choice(names))},
    )
    rules = {}
    for number in range(rng.integers(1, 4)):
        kpi = str(rng.choice([*KPIS]))
        when = {"kpi": kpi, "above": KPIS[kpi].low}
        rules[f"rule-{number}"] = {"when": when, "do": deeds[rng.integers(0, 3)]}
    return {
        "review_every": f"{rng.integers(2, 6)} weeks",
        "delay": f"{rng.integers(0, 3)} weeks",
        "rules": rules,
    }
