"""From which week on a difference between two scenarios can act: alike until that week, and no longer."""

from __future__ import annotations

import pytest

from sim.errors import InvalidInput
from sim.scenario.changes import change
from sim.scenario.first_weeks import are_alike_until, find_first_week, list_acting, list_dates
from sim.scenario.library import load

PEERS = {"kind": "one_to_one_peer", "staff": {"peer": 2}, "caseload": 12}
GRANT = {"source": "grant", "amount": "USD 10_000 per year"}
SHOCK = {"kind": "recession", "life_events": 1.3, "jobs_lost": "5%"}
AGREED = {"with": "school", "for": ["peers"], "reach": "1%"}
BRANCH = {
    "at": 52,
    "options": {
        "stay": {"title": "Stay"},
        "go": {"title": "Go", "services": {"ward": {"beds": 2}}},
    },
}
USUAL = {"services.peers": PEERS}

FIRST = [
    # what is declared, what one of two differs in, first week in which that can act
    ({"services.peers": PEERS | {"from": "week 30"}}, {"services.peers.fee": "USD 5 per session"}, 30),
    ({"services.peers": PEERS | {"from": "week 30", "recruit_ahead": "6 weeks"}}, {"services.peers.caseload": 15}, 24),
    ({"services.peers": PEERS | {"from": "week 3", "recruit_ahead": "6 weeks"}}, {"services.peers.caseload": 15}, 0),
    ({"services.peers": PEERS | {"from": "week 30"}}, {"services.peers.staff.peer": 3}, 0),
    ({"services.peers": PEERS | {"from": "week 30"}}, {"services.peers.from": "week 40"}, 30),
    (USUAL, {"services.peers.caseload": 15}, 0),
    ({"services.peers": PEERS | {"until": "week 50"}}, {"services.peers.until": "week 40"}, 40),
    (USUAL, {"services.peers.until": "week 40"}, 40),
    ({"funds.grant": GRANT | {"from": "week 20"}}, {"funds.grant.amount": "USD 9_000 per year"}, 20),
    ({"funds.grant": GRANT | {"from": "week 20"}}, {"funds.grant.from": "week 25"}, 20),
    ({"funds.grant": GRANT | {"from": "week 20", "to": "week 60"}}, {"funds.grant.to": "week 55"}, 55),
    ({"funds.grant": GRANT | {"from": "week 20"}}, {"funds.grant.opening": "USD 1"}, 0),
    ({"shocks.slump": SHOCK | {"at": "week 25", "until": "week 44"}}, {"shocks.slump.life_events": 1.5}, 25),
    ({"shocks.slump": SHOCK | {"at": "week 25", "until": "week 44"}}, {"shocks.slump.until": "week 33"}, 33),
    (USUAL | {"partnerships.school": AGREED | {"from": "week 17"}}, {"partnerships.school.reach": "2%"}, 17),
    (USUAL | {"partnerships.school": AGREED | {"from": "week 17"}}, {"partnerships.school.until": "week 70"}, 70),
    ({"branch": BRANCH | {"take": "stay"}}, {"branch.take": "go"}, 52),
    ({"branch": BRANCH}, {"branch.options.go.title": "Go on"}, 0),
]  # fmt: skip


@pytest.fixture(scope="module")
def town():
    return load("baseline").with_({"horizon": 104})


@pytest.mark.parametrize(("declared", "different", "week"), FIRST)
def test_two_towns_are_alike_until_what_differs_can_act(town, declared, different, week):
    one = town.with_(declared)
    other = one.with_(different)
    assert are_alike_until(one, one, 10_000)
    # what acts in the first week acts from the beginning: no weeks can be shared
    assert are_alike_until(one, other, week) == (week > 0)
    assert not are_alike_until(one, other, week + 1)
    assert are_alike_until(one, other, week - 1) == (week > 0)


def test_names_and_what_results_are_worth_never_act(town):
    other = town.with_({"title": "Another", "discount.costs": 0.05, "willingness_to_pay": [20_000]})
    assert are_alike_until(town, other, 10_000)


def test_what_is_switched_off_never_acts(town):
    off = town.with_({
        "services.peers": PEERS | {"enabled": False},
        "shocks.slump": SHOCK | {"at": "week 5", "until": "week 9", "enabled": False},
        "partnerships.school": AGREED | {"for": ["primary-care"], "from": "week 5", "enabled": False},
    })  # fmt: skip
    assert are_alike_until(town, off, 10_000)


def test_another_past_or_a_channel_that_is_held_is_alike_in_no_week(town):
    assert not are_alike_until(town, town.with_({"warm_up": 60}), 0)
    held = town.model_copy(update={"held": object()})
    assert not are_alike_until(held, held, 5)


def test_gifts_in_kind_have_an_account_from_the_start(town):
    one = town.with_(USUAL)
    school = one.with_({"partnerships.school": AGREED | {"from": "week 40"}})
    assert are_alike_until(one, school, 40)
    gift = {"with": "business", "for": ["peers"], "from": "week 40", "in_kind": "USD 250 per week"}
    other = one.with_({"partnerships.bakery": gift})
    assert list_acting(other, other.resolved(), 1)["in_kind"]
    assert not are_alike_until(one, other, 1)


def test_weeks_from_which_more_may_act_are_those_that_are_stated(town):
    said = town.with_({
        "services.peers": PEERS | {"from": "week 30", "until": "week 80", "recruit_ahead": "6 weeks"},
        "funds.grant": GRANT | {"from": "week 21", "to": "week 61"},
        "shocks.slump": SHOCK | {"at": "week 25", "until": "week 44"},
        "partnerships.school": AGREED | {"from": "week 17", "until": "week 70"},
        "branch": BRANCH,
    })  # fmt: skip
    assert set(list_dates(said)) == {0, 17, 21, 24, 25, 44, 52, 61, 70, 80, 104}
    assert set(list_dates(town)) == {0, 104}
    assert find_first_week(said.services["peers"]) == 24
    assert find_first_week(town.services["ward"]) == 0


@pytest.mark.parametrize(
    ("path", "value", "said", "hint"),
    [
        ("horizon.years", 2, "leads nowhere: horizon is a single value", ""),
        ("horizon.years.more", 2, "leads nowhere: horizon is a single value", ""),
        (
            "population.residents.adult.more",
            2,
            "leads nowhere: population.residents is a single value",
            "",
        ),
        (
            "population.residents.adult",
            2,
            "leads nowhere: population.residents is a single value",
            "",
        ),
        ("services.wards.beds", 2, "there is no 'wards' - did you mean 'ward'?", "there are "),
    ],
)
def test_a_path_that_leads_nowhere_is_told_by_what_stands_in_its_way(town, path, value, said, hint):
    with pytest.raises(InvalidInput) as told:
        change(town, {path: value})
    problem = told.value.problems[0]
    assert problem.message.startswith(said)
    assert (problem.path, problem.file, problem.line, problem.column) == (path, "", 0, 0)
    assert problem.hint.startswith(hint)


def test_every_path_that_is_wrong_is_told_at_once(town):
    with pytest.raises(InvalidInput) as told:
        change(town, {"horizon.a": 1, "services.wards.beds": 2, "warm_up.b.c": 3})
    assert [problem.path for problem in told.value.problems] == [
        "horizon.a",
        "services.wards.beds",
        "warm_up.b.c",
    ]


def test_a_caseload_of_0_is_refused_where_the_usual_one_would_count_instead(town):
    choir = {"kind": "community_activity", "staff": {"volunteer": 2}}
    with pytest.raises(InvalidInput) as told:
        change(town.with_({"services.choir": choir}), {"services.choir.caseload": 0})
    (problem,) = told.value.problems
    assert problem[:4] == ("", 0, 0, "services.choir.caseload")
    assert problem.message == "0 counts as left out, which is 30 for each post of its leading role"
    assert problem.hint == "more than 0; `enabled: false` closes a service"
    assert change(town, {"services.community-therapy.caseload": 0})
    assert change(town, {"services.ward.beds": 0}).services["ward"].beds == 0
