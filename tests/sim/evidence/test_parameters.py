"""Parameters: every record is read by something, every field is used by a rule, units are those of a week."""

import ast
import math

import numpy as np
import pytest

from sim.community import Community
from sim.errors import InvalidInput
from sim.evidence import parameters
from sim.evidence.distributions import check_bounds
from sim.evidence.loader import all_evidence, values
from sim.evidence.parameters import Parameters, make_parameters
from sim.evidence.society import Society
from sim.scenario.designs.trial_population import Eligible
from sim.scenario.library import load
from sim.scenario.schema.services import SERVICE_MODELS
from sim.studies.parameter_usage import find_readers
from sim.studies.trials.eligibility import is_eligible
from sim.studies.trials.follow_up import hurts

SHAPES = (
    {},
    {"caseload": 5},
    {"beds": 1},
    {"groups": 1, "size": 5},
    {"groups": 1, "size": 5, "caseload": 5},
    {"capacity": 5},
    {"places": 5},
)
ROLES = (
    "therapist",
    "psychiatrist",
    "physician",
    "nurse",
    "peer",
    "volunteer",
    "case_manager",
    "coordinator",
)


class Watched(dict):
    """Values that remember which of them were asked for."""

    def __init__(self, *given):
        super().__init__(*given)
        self.asked = set()

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.asked.add(key)
        return super().get(key, default)


def everything():
    """A small town with a service of every kind there is."""
    town = load("baseline").with_(
        {
            "population.residents": 60,
            "warm_up": 0,
            "horizon": 2,
            "prices.pay": dict.fromkeys(ROLES, "USD 1 per year"),
        }
    )
    for kind in SERVICE_MODELS:
        for shape in SHAPES:
            for role in ROLES:
                try:
                    town = town.with_(
                        {
                            f"services.one-{kind.replace('_', '-')}": {
                                "kind": kind,
                                "staff": {role: 1},
                                **shape,
                            }
                        }
                    )
                except InvalidInput:
                    continue
                break
            else:
                continue
            break
    rule = {"when": {"kpi": "symptoms", "above": 0}, "do": {"expand": "psychiatry", "by": 0.1}}
    heard = {
        name: rule | {"when": rule["when"] | {"through": name}}
        for name in ("survey", "focus_groups", "suggestion_box")
    }
    committee = {
        "review_every": 1,
        "focus_groups": {"lag": 0},
        "suggestion_box": {"lag": 0, "writes": 1.0},
        "rules": heard,
    }
    supported = {
        "supervision": "monthly",
        "rotating_leaders": True,
        "recognition": True,
        "procedures": True,
    }
    return town.with_(
        {
            "governance": committee
            | {"seats": {"hall": {"of": "local_government", "holds": "public-funds"}}},
            # a fund that can pay for all is asked how long its money lasts
            "funds.public-funds.amount": "USD 5_000_000 per year",
            "services.one-recovery-group": town.services["one-recovery-group"].model_dump(
                by_alias=True
            )
            | supported,
            "services.psychiatry.supervision": "fortnightly",
            "services.primary-care.refers_to": ["one-recovery-group"],
        }
    )


def test_every_record_is_read_by_something(monkeypatch):
    seen = []

    def watch(overrides):
        seen.append(Watched(values(overrides)))
        return seen[-1]

    monkeypatch.setattr(parameters, "values", watch)
    town = everything()
    assert {service.kind for service in town.services.values()} == set(SERVICE_MODELS)
    for structure in (
        {},
        {"structure": {"contagion": "on", "gains": "additive", "crisis_link": "exponential"}},
    ):
        Community(town.with_(structure), rng=1).run()
    small = {"population.residents": 60, "warm_up": 0, "horizon": 2}
    Community(load("uk-town").with_(small), rng=1)
    Community(load("town-hall").with_(small | {"horizon": 30}), rng=1).run()
    world = Community(town, rng=1).world
    is_eligible(Eligible(medicated=True), world, np.zeros(60))
    hurts(world, np.arange(3))
    asked = set().union(*(values.asked for values in seen))
    assert not sorted(set(all_evidence()) - asked)


def nudge(record):
    """Another value that the bounds of a record allow."""
    more = record.value * 1.1 + 0.01
    return record.value * 0.9 if check_bounds(record, more) else more


def test_a_changed_record_changes_a_parameter_or_is_read_by_its_name():
    """Numbers that are read as they are stand in `raw`; the code that names them is found by `sim.studies.parameter_usage`."""
    variants = ({}, {"contagion": True, "additive": True})
    usual = [make_parameters({}, **variant)._replace(raw={}) for variant in variants]
    idle = [
        identity
        for identity, record in all_evidence().items()
        if all(
            make_parameters({identity: nudge(record)}, **variant)._replace(raw={}) == before
            for variant, before in zip(variants, usual, strict=True)
        )
    ]
    assert not [identity for identity in idle if not find_readers(identity).code]
    assert {identity.split(".")[0] for identity in idle} <= {
        "people",
        "services",
        "prices",
        "money",
        "governance",
        "seeking",
        "care",
        "crisis",
        "workforce",
        "health",
    }


def groups(p):
    found = {name: group for name, group in p._asdict().items() if hasattr(group, "_fields")}
    return found | found.pop("society")._asdict()


def numbers(group):
    return [
        number for value in group for number in (value if isinstance(value, tuple) else (value,))
    ]


def test_every_field_of_every_group_is_used_in_the_week_or_in_building(project):
    files = [
        *(project / "sim" / "week").rglob("*.py"),
        *(project / "sim" / "society").rglob("*.py"),
        project / "sim" / "community.py",
    ]
    used = {
        node.attr
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    idle = [
        f"{name}.{field}"
        for name, group in groups(make_parameters({})).items()
        for field in group._fields
        if field not in used
    ]
    assert not idle


def test_every_number_is_finite():
    for additive in (False, True):
        for group in groups(
            make_parameters({}, contagion=additive, additive=additive, exponential=additive)
        ).values():
            assert all(math.isfinite(value) for value in numbers(group))


def test_times_become_weekly_factors_and_yearly_rates_weekly_ones():
    p, raw = make_parameters({}), make_parameters({}).raw
    assert p.life.event_decay ** raw["life.event_half_life"] == pytest.approx(0.5)
    assert p.care.coping_kept ** raw["care.coping_half_life"] == pytest.approx(0.5)
    assert p.life.suicide * 365.25 / 7 == pytest.approx(raw["life.suicide"])
    assert p.workforce.turnover * 365.25 / 7 == pytest.approx(raw["workforce.turnover"])
    assert p.symptoms.persistence == pytest.approx(math.exp(-1 / raw["symptoms.return_weeks"]))
    assert (1 - p.social.pull) ** raw["social.return_weeks"] == pytest.approx(math.exp(-1))
    assert p.life.years_per_week == pytest.approx(7 / 365.25)


def test_noise_gives_the_stationary_spread_that_the_evidence_names():
    p, raw = make_parameters({}), make_parameters({}).raw
    kept = 1 - p.social.pull
    assert p.social.noise / math.sqrt(1 - kept**2) == pytest.approx(raw["social.noise_sd"])
    kept = 1 - p.workforce.strain_pull
    assert p.workforce.strain_noise / math.sqrt(1 - kept**2) == pytest.approx(
        raw["workforce.strain_sd"]
    )


def test_structural_switches_choose_among_alternatives():
    usual, other = (
        make_parameters({}),
        make_parameters({}, contagion=True, additive=True, exponential=True),
    )
    assert (usual.social.contagion, other.social.contagion) == (
        0.0,
        other.raw["social.contagion_on"],
    )
    assert (usual.care.additive, other.care.additive) == (0.0, other.raw["care.additive_limit"])
    assert (usual.crisis.crisis_most, other.crisis.crisis_most) == (
        other.raw["crisis.crisis_most"],
        0.0,
    )


def test_the_groups_are_those_of_the_week_and_of_a_town():
    assert set(groups(make_parameters({}))) == set(Parameters._fields) - {"raw", "society"} | set(
        Society._fields
    )
