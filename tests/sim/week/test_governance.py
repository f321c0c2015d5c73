"""Governance: what the committee sees, when a rule is met, and when it acts."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.scenario.schema.governance import Condition, Survey
from sim.week.governance import committee as committee_module
from sim.week.governance.committee import Committee
from sim.week.world import World


@pytest.fixture
def community(town, live):
    return live(town, 6)


def see(community, kpi, service=None, **survey):
    committee = Committee(tuple(community.declared.neighbourhoods))
    return committee.measure(
        community.world, Survey(**survey), Condition(kpi=kpi, service=service, above=0)
    )


def test_symptoms_are_asked_with_an_error_that_shrinks_with_the_sample(community):
    r = community.world.residents
    truth = float(r.phq[r.alive == 1].mean())
    exact = see(community, "symptoms", sample=10_000, response=1.0, noise=0.0)
    assert exact == pytest.approx((truth, truth), rel=1e-6)
    few = see(community, "symptoms", sample=10, response=1.0, noise=0.5)
    assert few[1] == pytest.approx(truth)
    assert few[0] != pytest.approx(truth, rel=1e-3)


def test_nobody_asked_is_nothing_seen(community):
    seen, truth = see(community, "symptoms", sample=0)
    assert np.isnan(seen)
    assert truth > 0


def test_unmet_need_is_the_share_of_people_in_need_without_a_place(community):
    r = community.world.residents
    need = (r.alive == 1) & ((r.phq >= 10) | (r.severe == 1) | (r.episode > 0))
    without = need & ~(r.care_service > 0).any(axis=1)
    assert see(community, "unmet_need", sample=10_000, response=1.0, noise=0.0)[0] == pytest.approx(
        without.sum() / need.sum()
    )


def test_counts_are_counted_not_asked(community):
    world = community.world
    s = world.provision.names.index("community-therapy")
    o = world.provision.offers
    assert (
        see(community, "occupancy", "community-therapy", sample=0)
        == (o.enrolled[s] / o.places[s],) * 2
    )
    assert see(community, "cost_per_person", "community-therapy")[0] == pytest.approx(
        world.weekly_cost[s] / o.enrolled[s]
    )
    world.waits[:] = 0
    world.waits[s, [2, 6]] = (3, 1)
    assert see(community, "wait", "community-therapy")[0] == pytest.approx(3.0)
    world.starts[:], world.early[:] = 0, 0
    assert np.isnan(see(community, "engagement", "community-therapy")[0])
    world.starts[s, :4], world.early[s, :2] = 5, 2
    assert see(community, "engagement", "community-therapy")[0] == pytest.approx(1 - 4 / 20)


def decide(town, live, rule, weeks=20, delay=2):
    rules = {"act": rule}
    community = live(
        town.with_(
            {"governance": {"review_every": "4 weeks", "delay": f"{delay} weeks", "rules": rules}}
        ),
        weeks,
    )
    found = [(row["week"], str(row["action"])) for row in community.results().decisions]
    deed = " ".join(next(iter(rule["do"].items())))
    assert {said for _, said in found} <= {
        "nothing",
        *(f"{deed}: {stage}" for stage in ("decided", "carried out")),
    }
    return [(week, said.rsplit(": ", 1)[-1]) for week, said in found]


def test_a_rule_needs_its_reviews_in_a_row_and_acts_once_if_so_written(town, live):
    when = {"kpi": "symptoms", "above": 0, "for": 2}
    do = {"expand": "community-therapy", "by": "10%"}
    often = decide(town, live, {"when": when, "do": do})
    assert often == [
        (4, "nothing"),
        (8, "decided"),
        (10, "carried out"),
        (12, "nothing"),
        (16, "decided"),
        (18, "carried out"),
    ]
    once = decide(town, live, {"when": when, "do": do, "once": True})
    assert [row for row in once if row[1] != "nothing"] == [(8, "decided"), (10, "carried out")]


def test_a_rule_that_is_not_met_does_nothing(town, live):
    low = decide(
        town, live, {"when": {"kpi": "symptoms", "below": 0}, "do": {"pause": "psychiatry"}}
    )
    assert {deed for _, deed in low} == {"nothing"}


def test_an_expansion_opens_more_neighbourhoods(town, live):
    east = town.with_({"services.peers.where": ["east"]})
    rule = {"when": {"kpi": "symptoms", "above": 0}, "do": {"expand": "peers", "to": ["west"]}}
    community = live(
        east.with_(
            {"governance": {"review_every": "4 weeks", "delay": "0 weeks", "rules": {"act": rule}}}
        ),
        6,
    )
    s = community.world.provision.names.index("peers")
    assert community.world.provision.offers.reach[s].tolist() == [1, 0, 1]
    assert community.world.scale[s] == 1.0


@pytest.mark.parametrize("through", ["focus_groups", "suggestion_box"])
def test_what_is_said_is_heard_at_the_review_that_many_weeks_later(
    town, live, monkeypatch, through
):
    """What was said in week 3 stands before the review of week 5, where reports take two weeks."""
    monkeypatch.setattr(committee_module, "hear", lambda world, *_: float(world.week))
    rule = {"when": {"kpi": "symptoms", "above": 0, "through": through}, "do": {"pause": "ward"}}
    governance = {"review_every": "5 weeks", "rules": {"act": rule}, through: {"lag": "2 weeks"}}
    community = live(town.with_({"governance": governance}), 12)
    rows = [row for row in community.results().decisions if "kpi" in row["seen"]]
    assert [(row["week"], row["seen"]["seen"]) for row in rows] == [(5, 3.0), (10, 8.0)]


def test_reviews_are_held_on_their_weeks_and_paid_in_them(town, live):
    """Every fifth week of the horizon, never in its first: decided in week 5, not in 4 or 6."""
    rule = {"when": {"kpi": "symptoms", "above": 0}, "do": {"expand": "psychiatry", "by": "1%"}}
    governed = town.with_(
        {
            "governance": {"review_every": "5 weeks", "delay": "1 week", "rules": {"act": rule}},
            "prices.evaluation": "USD 1_000 per review",
        }
    )
    community, charged = live(governed, 0), []
    while community.week < 17:
        community.step()
        charged += [community.week - 1] if community.treasury.reviewed else []
    decided = [row["week"] for row in community.results().decisions if "kpi" in row["seen"]]
    acted = [row["week"] for row in community.results().decisions if "kpi" not in row["seen"]]
    assert (decided, acted) == ([5, 10, 15], [6, 11, 16])
    assert charged == [5, 10, 15]


@pytest.mark.parametrize("through", ["survey", "suggestion_box", "focus_groups"])
def test_the_record_says_how_people_were_heard_where_it_was_not_the_survey(town, through):
    rule = {
        "when": {"kpi": "loneliness", "above": 5, "through": through},
        "do": {"expand": "peers", "by": "10%"},
    }
    governed = town.with_({"governance": {"review_every": "26 weeks", "rules": {"more": rule}}})
    found = committee_module._describe(governed.governance.rules["more"], (5.5, 5.25), {})
    heard = {} if through == "survey" else {"through": through}
    assert found == {"kpi": "loneliness", "seen": 5.5, "truth": 5.25} | heard


def test_need_is_symptoms_from_the_level_on_or_an_illness_of_either_kind(people, p):
    """The score at which need begins is one of need; a severe illness or an episode is need without it."""
    r = people(6)
    r.phq[:], r.severe[2], r.episode[3:5] = (10.0, 9.9, 0.0, 0.0, 27.0, 0.0), 1, (1, 5)
    town = SimpleNamespace(
        residents=r, parameters=p._replace(seeking=p.seeking._replace(need_phq=10.0))
    )
    assert World.find_need(town, slice(None)).tolist() == [True, False, True, True, True, False]
    assert World.find_need(town, np.array([1, 2])).tolist() == [False, True]
