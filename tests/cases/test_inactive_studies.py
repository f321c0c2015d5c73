"""Case 13 beyond scenarios: what can never act in a trial, a natural experiment, a choice, an option
of a branch, an audit, is said at its place, and is an error under `--strict`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sim
from sim.scenario.diagnostics.inactive import list_empty_outcomes
from sim.scenario.library import load
from sim.studies.audit.plan import find_idle, list_ends, plan_audit
from sim.studies.documents import open_document

TRIAL = """\
kind: trial
id: CR-01
title: A team
study: Somebody 2026
eligible: {ages: [18, 65], after: emergency, within: 0 weeks}
recruit_over: 52 weeks
services:
  team: {kind: crisis_team, staff: {nurse: 10}, caseload: 20}
  peers: {kind: one_to_one_peer, staff: {peer: 2}, caseload: 9}
arms:
  team: {give: [team, peers], withhold: crisis_team}
  standard: as usual
n: {team: 134, standard: 124}
follow_up: 8 weeks
outcome: {measure: phq, counted: at_least, threshold: 10}
effect: OR
"""
TOWNS = """\
kind: natural_experiment
id: FU-01
title: Fewer beds
study: Somebody 2026
has: {services.unit: {kind: crisis_house, staff: {nurse: 4}, caseload: 1}}
towns:
  closing: {size: {ward: 40%}, over: 20 weeks}
  usual: as usual
number: 50
among: {ages: [18, 65]}
before: 10 weeks
after: 40 weeks
design: difference_in_differences
outcome: {measure: admissions}
effect: MD
"""
CHOICE = """\
kind: choice
title: Which?
scenario: baseline
programmes:
  peers: {like: peer-pilot, services: [peer-specialists], sizes: [1, 0.5]}
  groups: {like: peer-pilot, services: [recovery-groups]}
budget: USD 900_000 per year
indifference: 1
"""
BRANCH = """\
extends: peer-pilot
title: Decided later
branch:
  at: week 52
  options:
    stay: {title: As it is}
    stop: {title: Stop, services: {peer-specialists: {until: week 60}}}
  rules:
    full: {when: {kpi: occupancy, service: peer-specialists, above: 60%}, take: stop}
"""
CLAIMS = """\
kind: claims
reference: baseline
claims:
  peers:
    claim: Peers cut admissions.
    claimed: -30%
    measure: {change: admissions}
    favourable: {scenario: peer-pilot, best: {highest: [services.one_to_one_peer.dose]}}
    typical: {scenario: peer-pilot}
    evidence: {PS-01: Something}
"""
SWEEP = """\
kind: sweep
title: S
scenario: peer-pilot
against: baseline
vary:
  policy:
    services.peer-specialists.uptake: [60%, 0.8]
  parameters:
    services.one_to_one_peer.dose: evidence
design: {kind: latin_hypercube, points: 4, crossed: true}
"""
PUBLISHED = "effect: OR\npublished: "
CHANGES = [
    (TRIAL, "  team: {give: [team, peers]", "  team: {give: team", "services.peers", 9),
    (TRIAL, "  standard: as usual", "  standard: {give: [team, peers], withhold: crisis_team}", "arms.team", 11),
    (TRIAL, "  standard: as usual", "  standard: as usual\n  last: {give: team}", "arms.standard", 12),
    (TRIAL, "as usual", "{uptake: 60%}", "arms.standard.uptake", 12),
    (TRIAL, "as usual", "{offered_to: relatives}", "arms.standard.offered_to", 12),
    (TRIAL, "as usual", "{when_phq: 15}", "arms.standard.when_phq", 12),
    (TRIAL, "as usual", "{until_phq: 15}", "arms.standard.until_phq", 12),
    (TRIAL, "as usual", "{adherence: 60%}", "arms.standard.adherence", 12),
    (TRIAL, "as usual", "{withhold: youth_group}", "arms.standard.withhold", 12),
    (TRIAL, "as usual", "{keep: youth_group}", "arms.standard.keep", 12),
    (TRIAL, "peers], with", "peers], uptake: 0%, with", "arms.team.uptake", 11),
    (TRIAL, "peers], with", "peers], begins: 8 weeks, with", "arms.team.begins", 11),
    (TRIAL, "[team, peers]", "{team: {uptake: 80%}, peers: {meets: 50%}}", "arms.team.give.peers.meets", 11),
    (TRIAL, "peers], with", "peers], minutes: 50, with", "arms.team.minutes", 11),
    (TRIAL, "peers], with", "peers], offered_to: everybody, begins: 2 weeks, with", "arms.team.begins", 11),
    (TRIAL, "after: emergency, ", "", "eligible.within", 5),
    (TRIAL, "after: emergency", "after: birth, sex: male", "eligible.after", 5),
    (TRIAL, "[18, 65], a", "[2, 8], a", "eligible.ages", 5),
    (TRIAL, "after: em", "phq: [28, 30], after: em", "eligible.phq", 5),
    (TRIAL, "after: em", "lonely: [10, 12], after: em", "eligible.lonely", 5),
    (TRIAL, "[18, 65], after: em", "[20, 65], role: pupil, after: em", "eligible.role", 5),
    (TRIAL, "after: em", "role: caregiver, alone: true, after: em", "eligible.alone", 5),
    (TRIAL, "after: em", "in_care: youth_group, after: em", "eligible.in_care", 5),
    (TRIAL, "after: em", "in_care_for: 3 weeks, after: em", "eligible.in_care_for", 5),
    (TRIAL, "after: em", "not_in_care: youth_group, after: em", "eligible.not_in_care", 5),
    (TRIAL, "after: em", "diagnosis: depression, in_episode: false, after: em", "eligible.diagnosis", 5),
    (TRIAL, "after: em", "in_episode: false, episode_for: 4 weeks, after: em", "eligible.episode_for", 5),
    (TRIAL, "after: em", "episode_for: 9 weeks, episode_within: 4 weeks, after: em", "eligible.episode_for", 5),
    (TRIAL, "kind: one_to_one_peer", "kind: oracle", "services.peers.kind", 9),
    (TRIAL, "threshold: 10", "threshold: 28", "outcome.threshold", 15),
    (TRIAL, "{nurse: 10}", "{nurse: 0}", "services.team.staff.nurse", 8),
    (TRIAL, "caseload: 20", "caseload: 20, from: week 90", "services.team.from", 8),
    (TRIAL, "after: em", "ties: [15, 20], after: em", "eligible.ties", 5),
    (TRIAL, "after: em", "phq: [0, 27], after: em", "eligible.phq", 5),
    (TRIAL, "after: em", "likely_admission: 100%, after: em", "eligible.likely_admission", 5),
    (TRIAL, "after: em", "diagnosis: subthreshold, phq: [15, 27], after: em", "eligible.phq", 5),
    (TRIAL, "[18, 65], a", "[20, 40], role: retired, a", "eligible.role", 5),
    (TRIAL, "[18, 65], a", "[70, 90], insurance: none, a", "eligible.insurance", 5),
    (TRIAL, "title: A", "country: FR\ntitle: A", "country", 3),
    (TRIAL, "title: A", "derives: services.app.dose\ntitle: A", "derives", 3),
    (TRIAL, "n: {t", "clusters: {unit: town, size: 130, icc: 5%}\nn: {t", "clusters.size", 13),
    (TRIAL, "n: {t", "clusters: {unit: town, size: 5, icc: 0%}\nn: {t", "clusters.icc", 13),
    (TRIAL, "team: 134", "team: 900_000", "n.team", 13),
    (TRIAL, "caseload: 20}", "caseload: 20, enabled: false}", "services.team.enabled", 8),
    (TRIAL, "caseload: 20}", "caseload: 20, until: week 30}", "services.team.until", 8),
    (TRIAL, "caseload: 9}", "caseload: 9, audience: {ages: [70, 90]}}", "services.peers.audience", 9),
    (TRIAL, "{measure: phq, counted: at_least, threshold: 10}", "{measure: activity}", "outcome.measure", 15),
    (TRIAL, "effect: OR", PUBLISHED + "{effect: 0.5, arms: {team: 60}}", "published.arms.team", 17),
    (TRIAL, "effect: OR", PUBLISHED + "{effect: 0.5, arms: {others: 60%}}", "published.arms.others", 17),
    (TRIAL, "effect: OR", PUBLISHED.replace("OR", "RD") + "{effect: -12}", "published.effect", 17),
    (TRIAL, "effect: OR", PUBLISHED + "{effect: 0.5, currency: GBP}", "published.currency", 17),
    (TRIAL, "{measure: phq, counted: at_least, threshold: 10}\neffect: OR",
     "{measure: cost}\neffect: IRR\npublished: {effect: 0.5, currency: USD}", "published.currency", 17),
    (TRIAL, "effect: OR", "effect: RD\npublished: {found: no_effect, margin: 5}", "published.margin", 17),
    (TRIAL, "title: A", "scenario: late.yaml\ntitle: A", "scenario", 3),
    (TOWNS, "  usual: as usual", "  usual: {size: {ward: 40%}, over: 20 weeks}", "towns.closing", 7),
    (TOWNS, "  usual: as usual", "  other: {size: {ward: 60%}}\n  usual: as usual", "towns.other", 8),
    (TOWNS, "{ward: 40%}", "{ward: 40%, unit: 100%}", "towns.closing.size.unit", 7),
    (TOWNS, "{ward: 40%}", "{ward: 40%, team: 50%}", "towns.closing.size.team", 7),
    (TOWNS, "over: 20", "over: 60", "towns.closing.over", 7),
    (TOWNS, "before: 10", "country: FR\nbefore: 10", "country", 11),
    (TOWNS, "effect: MD", "effect: RD\npublished: {effect: -9}", "published.effect", 16),
    (TOWNS, "as usual", "{over: 9 weeks}", "towns.usual.over", 8),
    (TOWNS, "as usual", "{insured: {was: none, becomes: none}}", "towns.usual.insured.becomes", 8),
    (TOWNS, "as usual", "{insured: {was: none, becomes: public, share: 0%}}", "towns.usual.insured.share", 8),
    (TOWNS, "as usual", "{set: {services.psychiatry.until: week 90}}", "towns.usual.set.services.psychiatry.until", 8),
    (TOWNS, "as usual", "{set: {shocks.c: {kind: funding_cut, fund: public-funds, at: week 60, by: 10%}}}",
     "towns.usual.set.shocks.c.at", 8),
    (TOWNS, "as usual", "{set: {services.ward.beds: 4}}", "towns.usual.set.services.ward.beds", 8),
    (TOWNS, "{measure: admissions", "{measure: depressed, per: day", "outcome.per", 14),
    (TOWNS, "difference_in_differences\noutcome: {measure: admissions",
     "interrupted_series\noutcome: {measure: admissions, from: 4 weeks", "", 14),
    (TOWNS, "40 weeks\ndesign: difference_in_differences\noutcome: {measure: admissions}\neffect: MD",
     "208 weeks\ndesign: lagged_correlation\noutcome: {measure: admissions, from: 4 weeks}\neffect: correlation",
     "outcome.from", 14),
    (TOWNS, "{ages: [18, 65]}", "{insurance: private}\n", "", 10),
    (TOWNS, "10 weeks\nafter: 40 weeks\ndesign: difference_in_differences",
     "60 weeks\nwarm_up: 100 weeks\nafter: 40 weeks\ndesign: before_and_after", "before", 11),
    (TOWNS, "10 weeks\nafter: 40 weeks\ndesign: difference_in_differences",
     "60 weeks\nafter: 40 weeks\ndesign: before_and_after", "", 11),
    (CHOICE, "900_000", "300_000", "programmes.peers.sizes.0", 5),
    (CHOICE, "USD 900_000", "USD 150_000", "programmes.peers", 5),
    (CHOICE, "[1, 0.5]", "[1, 1]", "programmes.peers.sizes.1", 5),
    (CHOICE, "indif", "at_most: {peers: 2}\nindif", "at_most.peers", 8),
    (CHOICE, "indif", "at_least: {peers: 0}\nindif", "at_least.peers", 8),
    (CHOICE, "indif", "staff: {nurse: 2, peer: 90}\nindif", "staff.nurse", 8),
    (CHOICE, "scenario: baseline", "scenario: late.yaml", "scenario", 3),
    (CHOICE, "USD 900_000", "USD 900_000_000", "budget", 7),
    (CHOICE, "indif", "staff: {peer: 900}\nindif", "staff.peer", 8),
    (CHOICE, "indif", "not_both: [[peers, groups], [groups, peers]]\nindif", "not_both.1", 8),
    (CHOICE, "indif", "goal: cash\nindif", "goal", 8),
    (CHOICE, "difference: 1", "difference: 100_000", "indifference", 8),
    (CLAIMS, "-30%", "-30", "claims.peers.claimed", 6),
    (CLAIMS, "change: admissions", "share: crises, of: crises", "claims.peers.claimed", 6),
    (CLAIMS, "{scenario: peer-pilot}", "{scenario: baseline}", "claims.peers.typical.scenario", 9),
    (CLAIMS, "peer.dose", "peer.dose, services.app.dose", "claims.peers.favourable.best.highest.1", 8),
    (CLAIMS, "[services.one_to_one_peer.dose]", "[crisis.crisis], lowest: [crisis.crisis]", "claims.peers.favourable.best.highest.0", 8),
    (SWEEP, "[60%, 0.8]", "[60%, 0.6]", "vary.policy.services.peer-specialists.uptake", 7),
    (SWEEP, "[60%, 0.8]", "[60%, 0.8, 0.6]", "vary.policy.services.peer-specialists.uptake.2", 7),
    (SWEEP, "one_to_one_peer.dose", "app.dose", "vary.parameters.services.app.dose", 9),
    (SWEEP, "vary:", "scale: 1\nvary:", "scale", 5),
    (SWEEP, "against: baseline", "set: {services.peer-specialists.uptake: 0.9}", "set.services.peer-specialists.uptake", 4),
    (SWEEP, "against: baseline", "set: {services.peer-specialists.enabled: false}", "scenario", 3),
    (SWEEP, "{kind: latin_hypercube, points: 4, crossed: true}", "{kind: grid, levels: 3}", "design.levels", 10),
    (SWEEP, "uptake: [60%, 0.8]", "until: [week 200, week 300]", "vary.policy.services.peer-specialists.until.0", 7),
    (BRANCH, "week 60}", "week 400}", "branch.options.stop.services.peer-specialists.until", 7),
    (BRANCH, "stop: {title: Stop, services: {peer-specialists: {until: week 60}}}",
     "stop: {shocks: {c: {kind: funding_cut, fund: public-funds, at: week 400, by: 10%}}}", "branch.options.stop.shocks.c.at", 7),
    (BRANCH, "{until: week 60}", "{caseload: 12}", "branch.options.stop", 7),
    (BRANCH, "stay: {title: As it is}", "stay: {services: {peer-specialists: {until: week 60}}}", "branch.options.stop", 7),
    (BRANCH, "occupancy, service: peer-specialists, above: 60%", "engagement, service: peer-specialists, above: 100%", "branch.rules.full.when.above", 9),
    (BRANCH, "occupancy, service: peer-specialists, above: 60%", "symptoms, above: 9", "", 9),
    (BRANCH, "  at: week 52", "  take: stop\n  at: week 52", "branch.rules.full", 10),
]  # fmt: skip


@pytest.fixture
def note(tmp_path, monkeypatch):
    """Give a function that says what is noted of a text: paths and lines, and the messages."""
    monkeypatch.chdir(tmp_path)
    Path("late.yaml").write_text(
        "extends: baseline\ntitle: Late\nshocks: {c: {kind: adversity, at: week 900, until: week 950, life_events: 2}}\n"
    )

    def look(text):
        Path("it.yaml").write_text(text, encoding="utf-8")
        return {(one.path, one.line): one.message for one in open_document("it.yaml").notes}

    return look


@pytest.mark.parametrize(
    "text",
    [TRIAL, TOWNS, CHOICE, BRANCH, CLAIMS, SWEEP],
    ids=["trial", "towns", "choice", "branch", "claims", "sweep"],
)
def test_where_everything_can_act_nothing_is_noted_and_strict_passes(note, kinwell, text):
    assert note(text) == {}
    assert kinwell("check", "it.yaml", "--strict").exit_code == 0


@pytest.mark.parametrize(("text", "old", "new", "path", "line"), CHANGES)
def test_what_never_acts_is_said_at_its_place(note, text, old, new, path, line):
    assert old in text
    changed = text.replace(old, new)
    if "last:" in new:
        changed = changed.replace("standard: 124", "standard: 124, last: 9")
    found = note(changed)
    assert list(found)[:1] == ([(path, line)] if path else []), found


def test_strict_makes_an_error_of_it_and_the_study_says_it_before_it_runs(note, kinwell):
    note(TRIAL.replace("[team, peers]", "team"))
    assert kinwell("check", "it.yaml").exit_code == 0
    refused = kinwell("check", "it.yaml", "--strict")
    assert refused.exit_code == 2
    assert "it.yaml:9:3: services.peers: never acts: no arm gives it" in refused.stderr


def test_what_a_programme_brings_is_looked_at_in_the_town_that_it_is_brought_to(note):
    Path("far.yaml").write_text(
        "extends: baseline\ntitle: Far\nhorizon: 400 weeks\nservices: {far: {kind: one_to_one_peer,"
        " staff: {peer: 1}, caseload: 9, from: week 300}}\n"
    )
    found = note(CHOICE.replace("programmes:", "programmes:\n  far: {like: far.yaml}"))
    assert list(found) == [("programmes.far.like", 5)]
    assert "in baseline: services.far.from: never acts" in found["programmes.far.like", 5]


def test_a_goal_that_is_nothing_in_every_mix_cannot_decide(note):
    Path("closed.yaml").write_text(
        "extends: baseline\ntitle: No ward\nservices: {ward: {enabled: false}}\n"
    )
    changed = CHOICE.replace("scenario: baseline", "scenario: closed.yaml\ngoal: bed_days")
    assert "cannot decide: it is 0 in every mix" in note(changed)["goal", 4]


COMMANDS = {CHOICE: "choose", CLAIMS: "claims"}
WRONG = [
    (TRIAL, "{nurse: 10}", "{nurse: -1}", r"it.yaml:8:\d+: services.team.staff.nurse"),
    (TRIAL, "caseload: 20", "caseloads: 20", r"it.yaml:8:\d+: services.team.caseloads: unknown key"),
    (TRIAL, "title: A", "scenario: nowhere\ntitle: A", r"it.yaml:3:\d+: scenario: there is no scenario"),
    (TOWNS, "caseload: 1}", "caseload: -1}", r"it.yaml:5:\d+: has.services.unit.caseload"),
    (TOWNS, "as usual", "{set: {services.ward.bedz: 4}}", r"it.yaml:8:\d+: towns.usual.set.services.ward.bedz"),
    (TRIAL, "title: A", "derives: services.nonsense.dose\ntitle: A", r"it.yaml:3:\d+: derives: there is no parameter"),
    (CLAIMS, "reference: baseline", "reference: nowhere", r"it.yaml:2:\d+: reference: there is no scenario"),
    (CLAIMS, "reference: baseline", "reference: uk-town", r"it.yaml:8:\d+: claims.peers.favourable.scenario: uk-town and"),
    (CHOICE, "indif", "not_both: [[peers, peers]]\nindif", r"it.yaml:8:\d+: not_both.0: .*two programmes"),
    (CHOICE, "indif", "confidence: 100%\nindif", r"it.yaml:8:\d+: confidence: is from 60% to 99.9%"),
    (CHOICE, "indif", "confidence: 0%\nindif", r"it.yaml:8:\d+: confidence: is from 60% to 99.9%"),
    (CHOICE, "USD 900_000", "USD 9", r"it.yaml:7:\d+: budget: no mix is allowed"),
    (TOWNS, "as usual", "{set: {discount: lots}}", r"it.yaml:8:\d+: towns.usual.set.discount"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "old", "new", "said"), WRONG)
def test_a_town_that_cannot_be_built_is_told_at_its_place_before_anything_runs(
    note, kinwell, text, old, new, said
):
    note(text)
    Path("it.yaml").write_text(text.replace(old, new))
    for command in ("check", COMMANDS.get(text, "trial")):
        told = kinwell(command, "it.yaml")
        assert told.exit_code == 2
        assert re.search(said, told.stderr), told.stderr


def test_an_audit_says_which_changes_change_nothing_and_leaves_out_who_is_switched_off():
    town = load("baseline").with_(
        {"structure.network": "random", "services.psychiatry.enabled": False}
    )
    other = town.with_({"name": "other", "services.ward.beds": 3})
    plan = plan_audit([town, other], draws=0, ends=False)
    assert [one.name for one in find_idle(plan, [town, other])] == ["network"]
    ends = {name for name, _ in list_ends([town, other])}
    assert not [name for name in ends if name.startswith("services.psychiatry.")]
    assert ends < {name for name, _ in list_ends([load("baseline")])}


def test_outcomes_that_are_said_to_be_nothing_are_nothing():
    small = {"population.residents": 120, "warm_up": 2, "horizon": 6, "population.employed": 0}
    bare = load("baseline").with_(
        small | {"population.turnover": "off", "services.ward.enabled": False, "funds": {}}
    )
    bare = bare.with_({f"services.{name}.fee": 0 for name in bare.services})
    said = list_empty_outcomes(bare)
    found = sim.Community(bare, rng=3).run().summary
    assert {"admissions", "fees_paid", "income", "moved_away", "work_days_lost"} <= set(said)
    assert {key: found[key] for key in said} == dict.fromkeys(said, 0.0)
    assert list_empty_outcomes(load("peer-pilot")) == {}
