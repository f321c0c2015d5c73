"""What services, funds, partners, committees and towns of the swarm state beside the least that they need."""

from __future__ import annotations

import numpy as np

from sim.evidence.loader import all_evidence, all_kinds
from sim.scenario.library import load
from sim.scenario.schema.kpis import KPIS
from sim.scenario.schema.services import SERVICE_MODELS

WEEKS = 12
OFTEN, SELDOM = 0.25, 0.08
ROLES = ("therapist", "psychiatrist", "physician", "nurse", "peer", "volunteer", "case_manager")
PLACES = ("east", "north", "west")
CHANNELS = ("survey", "focus_groups", "suggestion_box")
MEMBERS = ("local_government", "provider", "funder", "peers", "families", "residents")
NEW = ("services.s", "funds.f", "shocks.", "partnerships.", "governance", "kinds.", "branch")
HELD = ("contact", "coping", "company", "referral", "room", "beds", "work", "response")


def add_details(changes, names, seed):
    """More keys on what a seed has drawn, a function of the seed alone."""
    rng = np.random.default_rng([seed, 1])
    changes = dict(changes)
    for path in [path for path in changes if path.startswith("services.s")]:
        changes[path] |= _keep(_service(changes[path], names, rng), SELDOM, rng)
        if all_kinds()[changes[path]["kind"]].shape in ("places", "groups") and rng.random() < 0.1:
            # What has people in week 0 stands there before.
            changes[path] = {key: value for key, value in changes[path].items() if key != "from"}
            changes[path]["at_start"] = _at_start(changes[path], rng)
    for path in [path for path in changes if path.startswith("funds.f")]:
        changes[path] |= _keep(_fund(changes[path], rng), OFTEN, rng)
    for path in [path for path in changes if path.startswith("partnerships.")]:
        changes[path] |= _partner(names, rng)
    for path in [path for path in changes if path.startswith("shocks.")]:
        changes[path] = changes[path] | _keep({"enabled": False}, SELDOM, rng)
    if "governance" in changes:
        changes["governance"] = _govern(changes["governance"], changes, names, rng)
    changes |= _keep(_town(rng), SELDOM, rng) | _keep(_prices(rng), SELDOM, rng)
    changes |= _own_kind(changes, rng) | _parameters(rng)
    if rng.random() < SELDOM:
        changes["branch"] = _branch(names, rng)
    if rng.random() < SELDOM:
        changes["held"] = {"channels": [str(rng.choice(HELD))], "reference": _reference(changes)}
    return changes


def _reference(changes):
    """The town without anything that is new in it."""
    town = {path: value for path, value in changes.items() if not path.startswith(NEW)}
    return load("baseline").with_(town).resolved()


def _keep(things, share, rng):
    return {key: value for key, value in things.items() if rng.random() < share}


def _pick(rng, things, most):
    things = list(things)
    count = min(int(rng.integers(1, most + 1)), len(things))
    return [things[k] for k in rng.choice(len(things), count, replace=False)]


def _service(service, names, rng):
    known = SERVICE_MODELS[service["kind"]].model_fields
    drawn = {
        "enabled": False,
        "audience": _audience(rng),
        "access": str(rng.choice(["open", "referral"])),
        "recruit_ahead": f"{rng.integers(0, 9)} weeks",
        "recruiting_takes": f"{rng.integers(1, 30)} weeks",
        "caseload": int(rng.integers(1, 9)),
        "fee": f"USD {rng.choice([0, 5, 200])} per session",
        "supplies": f"USD {rng.choice([0, 3, 90])} per session",
        "supervision": str(rng.choice(["monthly", "fortnightly", "weekly"])),
        "checks": True,
        "procedures": True,
        "priority": str(rng.choice(["urgent_first", "neediest_first"])),
        "online": True,
        "outreach": float(rng.choice([0.0, 0.02, 1.0])),
        "uptake": float(rng.choice([0.0, 0.5, 1.0])),
        "dropout_at_first": float(rng.choice([0.0, 0.3, 1.0])),
        "sessions": int(rng.choice([0, 1, 6, 40])),
        "refers_to": _pick(rng, names, 2),
        "hands_on": float(rng.choice([0.0, 0.2, 1.0])),
        "recognition": True,
        "ground_rules": True,
        "rotating_leaders": True,
    }
    return {key: value for key, value in drawn.items() if key in known}


def _at_start(service, rng):
    start = {"in_care": int(rng.integers(0, 6)), "waiting": int(rng.integers(0, 9))}
    start |= {"waited": f"{rng.integers(1, 30)} weeks"} if start["waiting"] else {}
    posts = [role for role, count in service.get("staff", {}).items() if count >= 0.5]
    return start | ({"vacant": {posts[0]: 0.5}} if posts else {})


def _audience(rng):
    low = int(rng.integers(0, 60))
    drawn = {
        "after": str(rng.choice(["hospital_discharge", "crisis", "birth"])),
        "who": str(
            rng.choice(["pupils", "workers", "caregivers", "lonely", "alone", "out_of_work"])
        ),
        "within": f"{rng.integers(1, 60)} weeks",
        "ages": [low, low + int(rng.integers(0, 50))],
        "phq": [float(rng.integers(0, 10)), float(rng.integers(10, 28))],
        "severe_illness": True,
        "no_severe_illness": True,
    }
    return _keep(drawn, 0.3, rng) or {"who": "lonely"}


def _fund(fund, rng):
    begins = int(fund["from"].split()[1])
    return {
        "to": f"week {rng.integers(begins + 1, WEEKS + 1)}",
        "opening": f"USD {rng.choice([0, 1_000, 500_000])}",
        "when_short": str(rng.choice(["equal", "need"])),
        "reserve_weeks": int(rng.integers(0, 20)),
    }


def _partner(names, rng):
    drawn = {
        "enabled": False,
        "until": f"week {rng.integers(WEEKS - 1, WEEKS + 1)}",
        "in_kind": f"USD {rng.choice([0, 50_000])} per year",
    }
    partner = _keep(drawn, OFTEN, rng)
    if rng.random() < 0.5:
        # Of these nobody is met where they are: they send people on.
        kind = str(rng.choice(["health_provider", "business", "organisation"]))
        partner |= {"with": kind, "reach": 0.0}
    if rng.random() < 0.5:
        partner |= {"sends_from": _pick(rng, names, 2), "sends": float(rng.choice([0.1, 1.0]))}
    return partner


def _govern(governance, changes, names, rng):
    funds = ["public-funds", *(path[6:] for path in changes if path.startswith("funds.f"))]
    drawn = {
        "survey": {
            "sample": int(rng.choice([0, 1, 200])),
            "response": float(rng.choice([0.0, 0.4, 1.0])),
            "noise": float(rng.choice([0.0, 3.0])),
        },
        "focus_groups": {"people": int(rng.integers(1, 20)), "lag": "0 weeks"},
        "suggestion_box": {"writes": float(rng.choice([0.0, 0.1, 1.0])), "lag": "0 weeks"},
        "majority": float(rng.choice([0.0, 0.3, 0.9])),
        "seats": {f"seat-{n}": _seat(funds, names, rng) for n in range(rng.integers(1, 5))},
    }
    rules = {name: _rule(rule, funds, names, rng) for name, rule in governance["rules"].items()}
    heard = _keep(drawn, 0.4, rng)
    for channel in CHANNELS[1:]:
        # Else what is listened to would be reported later than the next review.
        if any(rule["when"].get("through") == channel for rule in rules.values()):
            heard[channel] = drawn[channel]
    return governance | heard | {"rules": rules}


def _seat(funds, names, rng):
    seat = {"of": str(rng.choice(MEMBERS))}
    drawn = {
        "votes": int(rng.integers(1, 10)),
        "runs": _pick(rng, names, 2),
        "holds": str(rng.choice(funds)),
        "recuses": True,
    }
    return seat | _keep(drawn, 0.4, rng)


def _rule(rule, funds, names, rng):
    kpi = rule["when"]["kpi"]
    when = rule["when"] | _keep(
        {
            "service": str(rng.choice(names)),
            "through": str(rng.choice(CHANNELS[1:])),
            "for": f"{rng.integers(1, 3)} reviews",
        },
        OFTEN,
        rng,
    )
    if rng.random() < OFTEN:
        when = {key: value for key, value in when.items() if key != "above"}
        # A bound that is never missed, as far as the measure has one.
        when |= {"below": KPIS[kpi].high if np.isfinite(KPIS[kpi].high) else 1_000}
    do = rule["do"]
    if rng.random() < OFTEN and len(funds) > 1:
        one, other = _pick(rng, funds, 1)[0], funds[0]
        two = other if one != other else funds[1]
        do = {"move": float(rng.choice([0.1, 1.0])), "from_fund": one, "to_fund": two}
    return {"when": when, "do": do} | _keep({"once": True, "enabled": False}, OFTEN, rng)


def _town(rng):
    share = float(rng.choice([0.0, 0.4, 1.0]))
    return {
        "population.female": share,
        "population.employed": float(rng.choice([0.0, 0.5, 1.0])),
        "population.online": float(rng.choice([0.0, 1.0])),
        "population.within_neighbourhood": float(rng.choice([0.0, 1.0])),
        "population.turnover": "off",
        "population.moving": float(rng.choice([0.0, 0.5])),
        "population.ages": {"12-25": 0.5, "26-64": 0.3, "65+": 0.2},
        "population.household_sizes": {"1": 0.5, "5": 0.5},
        "population.insurance": {"uninsured": 0.4, "public": 0.6, "private": 0.0},
        "neighbourhoods.east.distance": float(rng.choice([0.0, 500.0])),
        "neighbourhoods.east.deprivation": float(rng.choice([0.0, 1.0])),
        "discount": {"costs": 0.0, "effects": 0.1},
        "start": str(rng.choice(["2024-02-29", "2026-12-28"])),
        "perspective": str(rng.choice(["public_payer", "health_care", "societal"])),
    }


def _prices(rng):
    per = {
        "emergency_visit": "visit",
        "inpatient_day": "day",
        "boarding_day": "day",
        "supervision_hour": "hour",
        "recruitment": "hire",
        "training": "hire",
        "volunteer_hour": "hour",
        "caregiver_hour": "hour",
        "work_day": "day",
        "evaluation": "review",
        "focus_groups": "review",
    }
    prices = {
        f"prices.{name}": f"USD {rng.choice([0, 10, 100_000])} per {unit}"
        for name, unit in per.items()
    }
    role = rng.choice(ROLES)
    return prices | {
        "prices.overhead": float(rng.choice([0.0, 1.0])),
        f"prices.pay.{role}": f"USD {rng.choice([0, 10_000_000])} per year",
    }


def _own_kind(changes, rng):
    """A kind of the scenario's own, which one of its services has."""
    services = [path for path in changes if path.startswith("services.s")]
    services = [path for path in services if isinstance(changes[path], dict)]
    if not services or rng.random() > SELDOM:
        return {}
    path = services[0]
    kind = changes[path]["kind"]
    numbers = [name for name in all_evidence() if name.startswith(f"services.{kind}.")]
    chosen = numbers[int(rng.integers(len(numbers)))] if numbers else None
    stated = {}
    if chosen:
        record = all_evidence()[chosen]
        stated = {
            chosen.rsplit(".", 1)[1]: {
                "value": float(record.high),
                "low": float(record.low),
                "high": float(record.high),
                "grade": "assumption",
                "source": "the swarm",
            }
        }
    own = {"based_on": kind, "meaning": "A kind of the swarm.", "numbers": stated}
    return {"kinds.of-the-swarm": own, path: changes[path] | {"kind": "of-the-swarm"}}


def _parameters(rng):
    """Some numbers of the evidence at the ends of their ranges."""
    if rng.random() > OFTEN:
        return {}
    records = list(all_evidence().values())
    found = {}
    for k in rng.choice(len(records), 6, replace=False):
        record = records[k]
        found[f"parameters.{record.id}"] = float(record.high if rng.random() < 0.5 else record.low)
    return found


def _branch(names, rng):
    week = f"week {rng.integers(7, WEEKS - 1)}"
    return {
        "at": week,
        "take": str(rng.choice(["stay", "stop"])),
        "options": {
            "stay": {"title": "Stay"},
            "stop": {"title": "Stop", "services": {str(rng.choice(names)): {"until": week}}},
        },
        "rules": {"stop-if-full": {"when": {"kpi": "occupancy", "above": 0.5}, "take": "stop"}},
        "otherwise": "stay",
        "survey": {"sample": int(rng.integers(0, 100))},
    }
