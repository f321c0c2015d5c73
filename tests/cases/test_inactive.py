"""Cases 13 and 14: what can never act is said at its place, and thresholds have the unit of what they watch."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from sim.community import Community
from sim.errors import InvalidInput
from sim.evidence.loader import all_evidence
from sim.scenario.diagnostics.inactive import find_inactive
from sim.scenario.library import load
from sim.scenario.scenario import Scenario
from sim.scenario.schema.kpis import KPIS, read_threshold


@pytest.fixture
def town():
    return load("peer-pilot").with_({"horizon": 60, "population.residents": 200})


def paths(scenario):
    return {".".join(conflict.path) for conflict in find_inactive(scenario)}


def test_everything_of_the_case_is_said(enter, kinwell):
    enter("13")
    found = kinwell("check", "late.yaml", "nobody.yaml")
    assert found.exit_code == 0
    for place in ("late.yaml:6", "late.yaml:7", "late.yaml:8", "nobody.yaml:6"):
        assert place in found.output
    for path in (
        "shocks.c.at",
        "services.psychiatry.from",
        "funds.g.from",
        "funds.h.to",
        "shocks.v",
    ):
        assert path in found.output


def test_strict_makes_errors_of_it(enter, kinwell):
    enter("13")
    found = kinwell("check", "late.yaml", "--strict")
    assert found.exit_code == 2
    assert kinwell("check", "baseline", "--strict").exit_code == 0


def test_json_holds_the_notes(enter, kinwell):
    import json

    enter("13")
    found = json.loads(kinwell("check", "late.yaml", "--json").stdout)
    assert {note["path"] for note in found["notes"]} == {
        "population.residents",  # fewer people, with all the services
        "services.psychiatry.from",
        "funds.g.from",
        "funds.h.to",
        "shocks.c.at",
    }


ORGANISERS = {"services.x": {"kind": "organisers", "staff": {"coordinator": 2}, "caseload": 9}}
CHANGES = {
    "services.ward.uptake": {"services.ward.uptake": 0.7},
    "services.ward.dropout_at_first": {"services.ward.dropout_at_first": 0.4},
    "services.psychiatry.audience.no_severe_illness": {
        "services.psychiatry.audience": {"severe_illness": True, "no_severe_illness": True}
    },
    "services.psychiatry.from": {"services.psychiatry.from": 60},
    "services.psychiatry.until": {"services.psychiatry.until": -2},
    "services.peer-specialists.staff.peer": {"services.peer-specialists.staff": {"peer": 0}},
    "services.peer-specialists.audience.phq": {"services.peer-specialists.audience": {"phq": [28, 30]}},
    "services.peer-specialists.audience.ages": {"services.peer-specialists.audience": {"ages": [5, 11]}},
    "funds.public-funds.amount": {"funds.public-funds.amount": 0, "funds.public-funds.opening": 0},
    "funds.g.from": {"funds.g": {"source": "grant", "from": 60, "amount": "USD 1000 per year"}},
    "funds.once.from": {"funds.once": {"source": "grant", "from": -1, "amount": "USD 1000"}},
    "funds.past.to": {"funds.past": {"source": "grant", "from": -9, "to": -1, "amount": "USD 1000 per year"}},
    "funds.ward.only_for": {"funds.ward": {"source": "grant", "amount": "USD 1000 per year", "only_for": ["ward"]}},
    "shocks.c.at": {"shocks.c": {"kind": "funding_cut", "fund": "public-funds", "at": 60, "by": 0.3}},
    "shocks.c.by": {"shocks.c": {"kind": "funding_cut", "fund": "public-funds", "at": 6, "by": 0}},
    "shocks.v.kind": {"shocks.v": {"kind": "volunteer_exodus", "at": 6, "share": 0.5},
                      "services.recovery-groups.enabled": False},
    "shocks.l.share": {"shocks.l": {"kind": "staff_shortage", "at": 6, "role": "therapist", "share": 0}},
    "shocks.s.role": {"shocks.s": {"kind": "staff_shortage", "at": 6, "role": "case_manager", "share": 0.5}},
    "shocks.h": {"shocks.h": {"kind": "adversity", "at": 6, "until": 9, "life_events": 1}},
    "governance.review_every": {"governance.review_every": 60},
    "governance.rules.expand-if-kept": {"governance.delay": 40},
    "governance.rules.expand-if-kept.when": {"governance.rules.expand-if-kept.when":
                                             {"kpi": "engagement", "service": "peer-specialists", "above": 0.6, "for": 9}},
    "governance.rules.expand-if-kept.when.above": {"governance.rules.expand-if-kept.when":
                                                   {"kpi": "engagement", "service": "peer-specialists", "above": 1.0}},
    "governance.rules.expand-if-kept.when.below": {"governance.rules.expand-if-kept.when":
                                                   {"kpi": "engagement", "service": "peer-specialists", "below": 0.0}},
    "parameters.services.school_programme.course": {"parameters.services.school_programme.course": 3},
}  # fmt: skip


THERAPY = {"kind": "individual_therapy", "staff": {"therapist": 1}, "caseload": 10}
RULE = {"when": {"kpi": "symptoms", "above": 5}, "do": {"expand": "psychiatry", "by": 0.5}}
CREW = {"kind": "befriending", "staff": {"volunteer": 3}, "caseload": 1, "until": 40}


def service(**keys):
    return {"services.x": {**THERAPY, **keys}}


def decide(when=None, **do):
    return {
        "governance.rules.r": {"when": {**RULE["when"], **(when or {})}, "do": do or RULE["do"]}
    }


def fund(**keys):
    return {"funds.f": {"source": "grant", "amount": "USD 1000 per year", **keys}}


def agree(**keys):
    return {"partnerships.a": {"with": "employer", "for": ["psychiatry"], "reach": 0.1, **keys}}


AGES = dict.fromkeys(("12-17", "18-24", "25-34", "35-49", "50-64", "65-79", "80+"), 0.0)
GROWN = {"population.ages": AGES | {"25-34": 0.5, "35-49": 0.5}}
OLD = {"population.ages": AGES | {"65-79": 0.6, "80+": 0.4}, "population.employed": 0,
       "population.insurance": {"uninsured": 0, "public": 1, "private": 0}}  # fmt: skip
LINE = {"services.x": {"kind": "crisis_line", "staff": {"volunteer": 2}, "caseload": 5}}


MORE = [
    ("services.x.caseload", service(caseload=0)),
    ("services.x.caseload", {"services.x": {"kind": "crisis_team", "staff": {"nurse": 4}}}),
    ("services.recovery-groups.caseload", {"services.recovery-groups.caseload": 5}),
    ("services.x.uptake", service(uptake=0)),
    ("services.x.ramp", service(ramp=26)),
    ("services.x.recruit_ahead", service(recruit_ahead=26)),
    ("services.x.recruit_ahead", service(**{"from": 0, "recruit_ahead": 26})),
    ("services.x.hands_on", service(hands_on=0.5)),
    ("services.x.hands_on", service(hands_on=0, refers_to=["psychiatry"])),
    ("services.x.refers_to", service(refers_to=["x"])),
    ("services.x.refers_to", service(refers_to=["ward"])),
    ("services.x.refers_to", service(refers_to=["psychiatry"], until=9) | {"services.psychiatry.from": 20}),
    ("services.x.online", service(online=True) | {"population.online": 0}),
    ("services.x", {"services.x": {"kind": "app", "staff": {"coordinator": 1}}, "population.online": 0}),
    ("services.x.outreach", {"services.x": {"kind": "school_programme", "staff": {"nurse": 1}, "outreach": 0}}),
    ("services.x.access", {"services.x": {"kind": "crisis_team", "staff": {"nurse": 4}, "caseload": 4, "access": "referral"}}),
    ("services.ward.fee", {"services.ward.fee": "USD 5 per session"}),
    ("services.ward.where", {"services.ward.where": ["east"]}),
    ("services.emergency.supervision", {"services.emergency.supervision": "weekly"}),
    ("services.emergency.checks", {"services.emergency.checks": True}),
    ("services.x.dropout_at_first", {"services.x": {"kind": "awareness_campaign", "staff": {"coordinator": 1}, "dropout_at_first": 0.5}}),
    ("services.x.dropout_at_first", service(sessions=1, dropout_at_first=0.5)),
    ("services.emergency.until", {"services.emergency.until": 20}),
    ("services.x", {"services.x": {"kind": "inpatient_ward", "beds": 9}}),
    ("services.x.audience.ages", service(audience={"who": "pupils", "ages": [40, 60]})),
    ("services.x.audience.ages", service(audience={"who": "out_of_work", "ages": [70, 90]})),
    ("services.x.audience.ages", service(audience={"after": "birth", "ages": [60, 90]})),
    ("services.x.audience.within", service(audience={"within": 10})),
    ("services.x.audience.after", service(audience={"after": "hospital_discharge"}) | {"services.ward.enabled": False}),
    ("services.x", {"services.x": {"kind": "workplace_wellness", "staff": {"nurse": 1}}, "population.employed": 0}),
    ("funds.f.only_for", fund(only_for=["psychiatry", "ward"])),
    ("shocks.s.at", {"shocks.s": {"kind": "staff_shortage", "at": 1, "until": 3, "role": "peer", "share": 0.5}}),
    ("shocks.v.at", {"services.b": CREW, "shocks.v": {"kind": "volunteer_exodus", "at": 50, "share": 0.5}}),
    ("shocks.v.until", {"services.b": CREW, "shocks.v": {"kind": "volunteer_exodus", "at": 9, "until": 12, "share": 0.5}}),
    ("shocks.h.closed", {"shocks.h": {"kind": "adversity", "at": 1, "until": 5, "life_events": 2, "closed": ["peer-specialists"]}}),
    ("shocks.h.closed", {"shocks.h": {"kind": "adversity", "at": 1, "until": 5, "life_events": 2, "closed": ["emergency"]}}),
    ("partnerships.a.for", agree(until=5) | {"services.psychiatry.from": 9}),
    ("partnerships.a.for", agree(**{"for": ["ward"]})),
    ("partnerships.a.for", agree(**{"for": ["ward", "psychiatry"]}) | {"services.psychiatry.enabled": False}),
    ("partnerships.a.reach", agree() | {"population.employed": 0}),
    ("partnerships.a.sends_from", agree(sends_from=["psychiatry"], sends=0.1)),
    ("governance.rules.r.when.service", decide({"service": "ward"})),
    ("governance.rules.r.when.service", decide({"service": "psychiatry"}) | {"services.psychiatry.from": 58}),
    ("governance.rules.r.when.through", decide({"kpi": "wait", "through": "focus_groups"})),
    ("governance.rules.r.when.above", decide({"kpi": "wait", "above": 500})),
    ("governance.rules.r.do.expand", decide() | {"services.psychiatry.until": 20}),
    ("governance.rules.r.do.pause", decide(pause="emergency")),
    ("governance.rules.r.do.to", decide(expand="psychiatry", to=["east"])),
    ("governance.rules.r.do.from_fund", decide(move=0.1, from_fund="f", to_fund="public-funds") | fund(to=9)),
    ("governance.rules.r.do", decide() | {"governance.seats": {"a": {"of": "provider", "runs": ["psychiatry"], "recuses": True}}}),
    ("governance.focus_groups", {"governance.focus_groups": {"people": 5}}),
    ("governance.survey", {"governance.survey.noise": 0.2}),
    ("governance.majority", {"governance.majority": 0.8}),
    ("governance.seats.a.recuses", {"governance.seats": {"a": {"of": "peers", "recuses": True}}}),
    ("governance.rules.r.when.service", decide({"kpi": "wait", "service": "x", "above": 1}) | LINE),
    ("governance.rules.r.when.service", decide({"kpi": "people_served", "service": "x", "above": 9}) | LINE),
    ("services.x.audience.ages", service(audience={"ages": [12, 17]}) | GROWN),
    ("services.x.audience.who", service(audience={"who": "out_of_work"}) | OLD),
    ("services.x", {"services.x": {"kind": "school_programme", "staff": {"nurse": 1}}} | GROWN),
    ("services.x", {"services.x": {"kind": "supported_employment", "staff": {"case_manager": 1}}} | OLD),
    ("services.x.audience.after", service(audience={"after": "birth"}) | {"population.female": 0}),
    ("services.x.refers_to", service(where=["east"], refers_to=["y"]) | {"services.y": {**THERAPY, "where": ["west"]}}),
    ("services.x.refers_to", service(audience={"ages": [50, 60]}, refers_to=["y"])
     | {"services.y": {**THERAPY, "audience": {"ages": [12, 18]}}}),
    ("partnerships.a.reach", agree(**{"for": ["x"]}) | service(audience={"who": "out_of_work"})),
    ("partnerships.a.in_kind", agree(in_kind="USD 9000 per year") | {"prices.overhead": 0}),
    ("population.moving", {"population.turnover": "off", "population.moving": 0.1}),
    ("parameters.turnover.moving", {"population.moving": 0.1, "parameters": {"turnover.moving": 0.05}}),
    ("parameters.turnover.separating", {"population.turnover": "off", "parameters": {"turnover.separating": 0.1}}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "changes"), MORE)
def test_siblings_are_said_at_their_place_too(town, path, changes):
    assert path in paths(town.with_(changes)) - paths(town)


def test_what_acts_is_not_mentioned(town):
    acting = service(
        **{"from": 9, "ramp": 4, "recruit_ahead": 4, "refers_to": ["psychiatry"], "hands_on": 0.2}
    )
    acting |= {
        "services.ward.until": 30,
        "services.y": {"kind": "app", "staff": {"coordinator": 1}},
    }
    acting |= agree(until=9) | decide(expand="peer-specialists", to=["west"]) | fund(to=59)
    acting |= {
        "shocks.h": {"kind": "adversity", "at": 1, "until": 9, "life_events": 2, "closed": ["ward"]}
    }
    assert paths(town.with_(acting)) <= paths(town)


ACTING = [
    service(audience={"who": "pupils"}) | {"population.ages": AGES | {"18-24": 0.5, "25-34": 0.5}},
    service(audience={"ages": [12, 25]}) | GROWN,
    service(audience={"after": "birth"})
    | {"population.female": 0, "neighbourhoods.east.female": {"25-34": 0.5}},
    service(where=["east"], refers_to=["y"])
    | {"services.y": {**THERAPY, "where": ["west"]}}
    | decide(expand="y", to=["east"]),
    # Whoever is 18 in care is 19 before the town ends.
    service(audience={"ages": [12, 18]}, refers_to=["y"])
    | {"services.y": {**THERAPY, "audience": {"ages": [19, 30]}}},
    agree(**{"for": ["x", "psychiatry"]}) | service(audience={"who": "out_of_work"}),
    agree(in_kind="USD 9000 per year")
    | {"prices.overhead": 0, "services.psychiatry.supplies": "USD 5 per session"},
    decide() | {"governance.survey.noise": 0.2},
    decide({"kpi": "occupancy", "service": "x", "above": 0.5}) | LINE,
    {"governance.seats": {"a": {"of": "funder", "holds": "public-funds", "recuses": True}}},
    {"services.ward.checks": True, "services.ward.procedures": True},
    service(sessions=2, dropout_at_first=0.5),
    service(kind="crisis_plan", staff={"nurse": 1}, dropout_at_first=0.5),  # 1 to 2 sessions
    service(kind="awareness_campaign", staff={"coordinator": 1}, dropout_at_first=0.5)
    | {"parameters": {"services.awareness_campaign.course": 3}},
]  # fmt: skip


@pytest.mark.parametrize("changes", ACTING)
def test_what_can_act_after_all_is_not_mentioned(town, changes):
    assert paths(town.with_(changes)) <= paths(town)


@pytest.mark.parametrize("kind", ["crisis_line", "inpatient_ward"])
def test_a_condition_that_always_holds_is_not_said_never_to_act(town, kind):
    name = "x" if kind == "crisis_line" else "ward"
    rule = {"when": {"kpi": "people_served", "service": name, "below": 5}, "do": RULE["do"]}
    town = town.with_((LINE if name == "x" else {}) | {"governance.rules.r": rule})
    (said,) = (
        found.message for found in find_inactive(town) if found.path[-2:] == ("when", "service")
    )
    assert said.startswith("always holds")
    decided = [row for row in Community(town, rng=5).run().decisions if row["seen"]]
    assert "expand psychiatry: decided" in {
        row["action"] for row in decided if row["subject"] == "r"
    }


@pytest.mark.parametrize("key", ["checks", "procedures"])
def test_how_well_a_ward_works_decides_what_its_medication_does(key):
    """It was said never to act."""
    town = load("baseline").with_({"horizon": 12, "warm_up": 12, "population.residents": 800})
    plain, checked = (
        np.asarray(list_weeks(each)["phq_mean"])
        for each in (town, town.with_({f"services.ward.{key}": True}))
    )
    assert not np.array_equal(plain, checked)


@pytest.mark.parametrize("path", CHANGES)
def test_each_way_of_never_acting_is_said_at_its_place(town, path):
    before = paths(town)
    assert path not in before
    assert path in paths(town.with_(CHANGES[path]))


NO_COUNTERPART = {
    # Without these keys a service acts, where and when it did not.
    "services.psychiatry.from", "services.psychiatry.until", "services.peer-specialists.audience.phq",
    "services.peer-specialists.audience.ages", "services.x.online", "services.x.outreach",
    "services.x.audience.ages", "services.x.audience.after", "services.x.caseload", "services.x",
    "services.x.audience.who", "services.peer-specialists.staff.peer", "funds.g.from", "funds.past.to", "partnerships.a.sends_from",
}  # fmt: skip


def leave_out(scenario, path):
    """The scenario without a key, or without the thing that needs it."""
    for depth in range(len(path), 1, -1):
        plain = scenario.resolved()
        part = plain
        for key in path[: depth - 1]:
            part = part[key]
        del part[path[depth - 1]]
        try:
            return Scenario.model_validate(plain)
        except ValidationError:
            continue
    raise AssertionError(path)


def list_weeks(scenario):
    weekly = Community(scenario, rng=5).run().weekly
    return {key: np.asarray(weekly[key]) for key in weekly}


@pytest.mark.parametrize("changes", [*CHANGES.values(), *(changes for _, changes in MORE)])
def test_what_never_acts_changes_no_week(town, changes):
    """Shortages in which nobody left still kept posts empty; friendships ended less often in a town where nobody moves."""
    town = town.with_({"warm_up": 10})
    scenario = town.with_(changes)
    for conflict in find_inactive(scenario):
        name = ".".join(conflict.path)
        if "never acts" not in conflict.message or name in NO_COUNTERPART | paths(town):
            continue
        ours, theirs = list_weeks(scenario), list_weeks(leave_out(scenario, conflict.path))
        for key, weeks in ours.items():
            assert np.allclose(weeks, theirs[key], rtol=1e-9, equal_nan=True), (name, key)


@pytest.mark.parametrize("acting", [{"services.x.refers_to": ["psychiatry"]}, {"services.b": CREW}])
def test_organisers_act_where_they_vouch_for_a_service_or_find_its_peers(town, acting):
    """Alone they did nothing but cost, and nobody said so."""
    alone = load("baseline").with_(ORGANISERS)
    assert "services.x" in paths(alone)
    assert "services.x" not in paths(alone.with_(acting))
    assert "services.x" not in paths(town.with_(ORGANISERS))  # its peers have posts


@pytest.mark.parametrize(
    ("number", "switch", "reads"),
    [
        ("social.contagion_on", "contagion", "on"),
        ("social.contagion", "contagion", "off"),
        ("care.additive_limit", "gains", "additive"),
        ("crisis.crisis_most", "crisis_link", "logistic"),
    ],
)
def test_a_number_of_another_structure_is_said_and_changes_nothing(town, number, switch, reads):
    record, others = all_evidence()[number], {"gains": ("ceiling", "additive")}
    others |= {"contagion": ("on", "off"), "crisis_link": ("logistic", "exponential")}
    for stands in others[switch]:
        usual = town.with_({f"structure.{switch}": stands, "horizon": 8, "warm_up": 8})
        moved = usual.with_({f"parameters.{number}": record.high})
        said = f"parameters.{number}" in paths(moved)
        ours, theirs = (Community(each, rng=1).run().summary for each in (usual, moved))
        assert said == (stands != reads)
        alike = all(np.isclose(ours[key], theirs[key], rtol=0, equal_nan=True) for key in ours)
        assert alike or not said


def test_what_is_switched_off_on_purpose_is_not_mentioned(town):
    assert paths(
        town.with_({"services.psychiatry.enabled": False, "services.psychiatry.from": 60})
    ) == paths(town)


THRESHOLDS = [
    ("engagement", "60%", 0.6), ("engagement", 0.6, 0.6), ("occupancy", "95%", 0.95), ("wait", "8 weeks", 8.0),
    ("wait", "2.5 weeks", 2.5), ("wait", "14 days", 2.0), ("wait", 8, 8.0), ("wait", "6 months", 26.0),
    ("symptoms", 12, 12.0), ("loneliness", 6, 6.0), ("cost_per_person", "USD 250 per week", 250.0),
    ("cost_per_person", "USD 13_000 per year", 250.0), ("cost_per_person", 250, 250.0), ("people_served", 100, 100.0),
    ("improvement", -1.5, -1.5), ("cost_per_improvement", "USD 900", 900.0), ("unmet_need", "40%", 0.4),
]  # fmt: skip


@pytest.mark.parametrize(("kpi", "given", "wanted"), THRESHOLDS)
def test_a_threshold_is_read_in_the_unit_of_its_measure(kpi, given, wanted):
    assert read_threshold(kpi, given, "USD") == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("kpi", "given"),
    [("engagement", 60), ("engagement", "8 weeks"), ("wait", "5%"), ("wait", -1), ("occupancy", 95), ("satisfaction", 4),
     ("symptoms", 30), ("symptoms", "40%"), ("wait", "1.500 weeks"), ("loneliness", 2), ("loneliness", "50%"), ("cost_per_person", "EUR 250"),
     ("cost_per_person", "40%"), ("people_served", -5), ("people_served", "10%"), ("unmet_need", 40), ("improvement", 40),
     ("cost_per_improvement", "USD 9 per week"), ("engagement", True), ("wait", None)],
)  # fmt: skip
def test_a_threshold_of_another_unit_or_out_of_reach_is_refused(kpi, given):
    with pytest.raises(ValueError, match=rf"{kpi} is|is in EUR|can be read as"):
        read_threshold(kpi, given, "USD")


def test_sixty_for_sixty_percent_is_refused_at_its_place(enter, kinwell):
    folder = enter("14")
    found = kinwell("check", "rule.yaml")
    assert found.exit_code == 2
    assert "rule.yaml:3" in found.stderr
    assert "60% or 0.6" in found.stderr
    text = (folder / "rule.yaml").read_text().replace("kpi: engagement", "kpi: wait")
    (folder / "rule.yaml").write_text(text.replace("above: 60,", "above: 8 weeks,"))
    assert kinwell("check", "rule.yaml").exit_code == 0


def test_every_measure_has_bounds_and_an_example_that_reads():
    from typing import get_args

    from sim.scenario.schema.governance import Kpi

    assert set(KPIS) == set(get_args(Kpi))
    for kpi, measure in KPIS.items():
        assert measure.low < measure.high
        example = measure.example.partition(" or ")[0]
        assert (
            measure.low
            <= read_threshold(
                kpi, float(example) if example.replace(".", "").isdigit() else example, "USD"
            )
            <= measure.high
        )


def test_the_threshold_survives_a_scenario_that_is_written_and_read_again(town):
    rule = {"kpi": "wait", "service": "peer-specialists", "above": "8 weeks"}
    changed = town.with_({"governance.rules.expand-if-kept.when": rule})
    again = changed.with_({"title": "Again"})
    assert again.governance.rules["expand-if-kept"].when.above == 8.0


def test_money_of_another_currency_is_refused_in_a_rule(town):
    rule = {"kpi": "cost_per_person", "service": "peer-specialists", "above": "EUR 250 per week"}
    with pytest.raises(InvalidInput, match="EUR"):
        town.with_({"governance.rules.expand-if-kept.when": rule})


SWEEP = "kind: sweep\ntitle: T\nscenario: {town}\nvary: {{policy: {{{lever}}}}}\ndesign: grid\n"


def test_a_sweep_says_what_never_acts_in_its_town(enter, kinwell):
    folder = enter("13")
    lever = "services.psychiatry.caseload: [100, 200]"
    (folder / "s.yaml").write_text(SWEEP.format(town="late.yaml", lever=lever))
    found = kinwell("check", "s.yaml")
    assert found.exit_code == 0
    assert "note: s.yaml:3:11: scenario: late: shocks.c.at: never acts" in found.output
    assert kinwell("check", "s.yaml", "--strict").exit_code == 2
    (folder / "s.yaml").write_text(
        SWEEP.format(town="late.yaml", lever="shocks.c.at: [week 2, week 4]")
    )
    assert "shocks.c" not in kinwell("check", "s.yaml").output


@pytest.mark.parametrize(
    ("lever", "said"),
    [
        ("services.peer-specialists.from: [week 4, week 300]", "with week 300, never acts"),
        ("services.recovery-groups.groups: [0, 4]", ""),
        ("services.recovery-groups.enabled: [true, false]", ""),
    ],
)
def test_a_value_with_which_something_never_acts_is_noted_but_not_a_dose_of_nothing(
    tmp_path, monkeypatch, kinwell, lever, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(SWEEP.format(town="peer-pilot", lever=lever))
    notes = [line for line in kinwell("check", "s.yaml").output.splitlines() if "note:" in line]
    assert len(notes) == bool(said)
    assert all(said in note and "s.yaml:4" in note for note in notes)


def test_so_is_a_line_of_a_file_of_points_and_what_is_there_twice(tmp_path, monkeypatch, kinwell):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.csv").write_text("services.peer-specialists.from\nweek 4\nweek 300\nweek 4\n")
    (tmp_path / "s.yaml").write_text(
        "kind: sweep\ntitle: T\nscenario: peer-pilot\ndesign: {kind: points, file: p.csv}\n"
    )
    said = kinwell("check", "s.yaml").output
    assert "p.csv:3:1: services.peer-specialists.from: never acts" in said
    assert "p.csv:4:1: is the same point as line 2" in said
    (tmp_path / "w.yaml").write_text(
        "kind: sweep\ntitle: T\nscenario: baseline\nvary: {parameters: {symptoms.noise: [0.5, 0.5, 0.6]}}\n"
        "design: grid\n"
    )
    assert (
        "w.yaml:4:43: vary.parameters.symptoms.noise.1: 0.5 is there twice"
        in kinwell("check", "w.yaml").output
    )


def test_a_group_that_nobody_belongs_to_is_said(town):
    """Each of these was fine, and served nobody."""
    line = {"kind": "telephone_peer_support", "staff": {"volunteer": 5}}
    changed = town.with_(
        {
            "neighbourhoods.east.groups": {"veteran": {"yes": 0.1, "no": 0.9}},
            "population.groups": {"vetran": "person"},
            "services.line": line | {"audience": {"groups": {"veteran": ["yess", "yes"]}}},
            "services.other": line | {"audience": {"groups": {"tribe": ["yes"]}}},
            "services.west": line
            | {"where": ["west"], "audience": {"groups": {"veteran": ["yes"]}}},
            "services.right": line | {"audience": {"groups": {"veteran": ["yes"]}}},
        }
    )
    said = {".".join(conflict.path): conflict.message for conflict in find_inactive(changed)}
    assert "did you mean 'veteran'" in said["population.groups.vetran"]
    assert "nobody is veteran 'yess'" in said["services.line.audience.groups.veteran"]
    assert "no neighbourhood has groups" in said["services.other.audience.groups.tribe"]
    assert "in west nobody is veteran yes" in said["services.west.audience.groups.veteran"]
    assert "services.right.audience.groups.veteran" not in said


def test_a_caseload_of_nothing_is_not_taken_for_one_left_out(tmp_path, monkeypatch, kinwell):
    monkeypatch.chdir(tmp_path)
    town = load("awareness")
    with pytest.raises(InvalidInput, match="counts as left out"):
        town.with_({"services.campaign.caseload": 0})
    (tmp_path / "shown.yaml").write_text(kinwell("show", "awareness").stdout)
    assert load("shown.yaml") == town
    (tmp_path / "none.yaml").write_text(
        "extends: awareness\ntitle: None\nservices: {campaign: {caseload: 0}}\n"
    )
    assert (
        "none.yaml:3:33: services.campaign.caseload: 0 counts as left out"
        in kinwell("check", "none.yaml").output
    )
