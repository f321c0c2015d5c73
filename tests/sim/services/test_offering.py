"""Declared services become rows and posts: what is written is what the week reads."""

import numpy as np
import pytest

from sim.engine.random import name_key
from sim.evidence.parameters import make_parameters
from sim.scenario.library import load
from sim.services.provision import arrange
from sim.state.codes import Access, OpenAfter, Priority
from sim.state.staff import NOBODY, ROLES
from sim.week.supply.workforce import measure_capacity

RAW = make_parameters({}).raw


@pytest.fixture(scope="module")
def town():
    return load("baseline").with_({"population.residents": 100})


def arrange_with(town, service, **more):
    provision = arrange(town.with_({"services.new": service, **more}), RAW)
    return provision, provision.names.index("new")


def count_places(provision):
    provision.staff.open[:] = 1
    measure_capacity(provision.staff, provision.offers, provision.caseload, provision.groups)
    return dict(zip(provision.names, provision.offers.places.tolist(), strict=True))


def test_rows_stand_in_the_order_of_the_scenario_and_are_keyed_by_name(town):
    provision = arrange(town, RAW)
    assert provision.names == tuple(town.services)
    assert provision.offers.key.tolist() == [name_key(name) for name in town.services]
    assert (provision.offers.open == 0).all()


def test_a_service_that_is_not_enabled_has_no_row_and_no_posts(town):
    provision = arrange(town.with_({"services.psychiatry.enabled": False}), RAW)
    assert "psychiatry" not in provision.names
    assert ROLES.index("psychiatrist") not in provision.staff.role


def test_numbers_come_from_the_evidence(town):
    provision, s = arrange_with(
        town, {"kind": "individual_therapy", "staff": {"therapist": 1}, "caseload": 5}
    )
    o = provision.offers
    assert o.frequency[s] == RAW["services.individual_therapy.frequency"]
    assert o.ceiling[s, 0] == RAW["services.individual_therapy.coping"] * RAW["care.coping_per_smd"]
    assert o.course[s] == round(RAW["services.individual_therapy.course"])


def test_an_audience_access_and_a_place_are_read(town):
    service = {
        "kind": "psychiatry",
        "staff": {"psychiatrist": 1},
        "caseload": 9,
        "where": ["west"],
        "access": "referral",
        "priority": "urgent_first",
        "fee": "USD 70 per session",
        "supervision": "fortnightly",
        "audience": {
            "after": "hospital_discharge",
            "within": "8 weeks",
            "ages": [18, 25],
            "phq": [10, 20],
            "severe_illness": True,
        },
    }
    provision, s = arrange_with(town, service)
    o = provision.offers
    assert o.reach[s].tolist() == [0, 0, 1]
    assert o.travel[s].tolist() == [0, 0, 0]
    assert (o.access[s], o.after[s], o.within[s], o.priority[s]) == (
        Access.REFERRAL,
        OpenAfter.DISCHARGE,
        8,
        Priority.URGENT_FIRST,
    )
    assert (o.age_low[s], o.age_high[s], o.phq_low[s], o.phq_high[s], o.severe_low[s]) == (
        18,
        26,
        10,
        20,
        1,
    )
    assert o.fee[s] == 70
    assert provision.supervised[s] == pytest.approx(2 / 3)


def test_town_wide_services_are_a_journey_away_unless_online(town):
    base = {"kind": "individual_therapy", "staff": {"therapist": 1}, "caseload": 5}
    provision, s = arrange_with(town, base)
    assert provision.offers.travel[s].tolist() == [30, 20, 12]
    assert provision.offers.access[s] == Access.OPEN
    provision, s = arrange_with(town, base | {"online": True})
    assert provision.offers.travel[s].tolist() == [0, 0, 0]
    assert provision.offers.online[s] == 1
    assert provision.offers.access[provision.names.index("ward")] == Access.NONE


def test_posts_are_whole_but_the_last_and_keyed_by_what_they_are(town):
    provision, s = arrange_with(
        town,
        {"kind": "individual_therapy", "staff": {"therapist": 2.5, "nurse": 1}, "caseload": 10},
    )
    staff = provision.staff
    mine = staff.service == s
    assert staff.hours[mine].tolist() == [1.0, 1.0, 0.5, 1.0]
    assert staff.leading[mine].tolist() == [1, 1, 1, 0]
    assert staff.number[mine].tolist() == [0, 1, 2, 0]
    assert staff.key[mine].tolist() == [
        name_key(f"new/{post}") for post in ("therapist/0", "therapist/1", "therapist/2", "nurse/0")
    ]
    assert len(set(staff.key.tolist())) == staff.key.size
    assert (staff.resident == NOBODY).all()
    assert count_places(provision)["new"] == 25


@pytest.mark.parametrize(
    "service",
    [
        {"kind": "one_to_one_peer", "staff": {"volunteer": 3}, "caseload": 4},
        {"kind": "recovery_group", "staff": {"volunteer": 2}, "groups": 2, "size": 6},
        {"kind": "primary_care", "staff": {"nurse": 1}, "caseload": 12},
    ],
    ids=["volunteers one to one", "volunteers with groups", "nurses alone"],
)
def test_places_are_counted_from_the_leading_role_that_is_on_the_staff(town, service):
    provision, _ = arrange_with(town, service)
    assert count_places(provision)["new"] == 12


def test_a_rule_that_may_expand_a_service_changes_nothing_of_its_first_size(town):
    rules = {"more": {"when": {"kpi": "wait", "above": 4}, "do": {"expand": "new", "by": "50%"}}}
    service = {
        "kind": "individual_therapy",
        "staff": {"therapist": 1.5, "nurse": 0.5},
        "caseload": 10,
    }
    plain, s = arrange_with(town, service)
    growing, _ = arrange_with(town, service, governance={"review_every": "8 weeks", "rules": rules})
    for role in ("therapist", "nurse"):
        mine = (plain.staff.service == s) & (plain.staff.role == ROLES.index(role))
        same = (growing.staff.service == s) & (growing.staff.role == ROLES.index(role))
        count = int(mine.sum())
        assert growing.staff.hours[same][:count].tolist() == plain.staff.hours[mine].tolist()
        assert growing.staff.key[same][:count].tolist() == plain.staff.key[mine].tolist()
        assert same.sum() > count


def test_groups_have_room_for_all_their_members(town):
    provision, _ = arrange_with(
        town, {"kind": "recovery_group", "staff": {"peer": 2}, "groups": 3, "size": 8}
    )
    assert count_places(provision)["new"] == 24
    assert np.isfinite(provision.caseload).all()


def test_leaders_who_take_turns_are_supported_as_if_supervised(town):
    group = {"kind": "recovery_group", "staff": {"peer": 1}, "groups": 1, "size": 8}
    supported = [
        arrange_with(town, group | more)[0].supervised[-1]
        for more in (
            {},
            {"rotating_leaders": True},
            {"rotating_leaders": True, "supervision": "weekly"},
        )
    ]
    assert supported == pytest.approx([0, 2 / 3, 1])


PEER = {"kind": "one_to_one_peer", "staff": {"peer": 1}, "caseload": 12}
CHOIR = {"kind": "community_activity", "staff": {"volunteer": 1}, "caseload": 30}
CASES = {"kind": "case_management", "staff": {"case_manager": 1}, "caseload": 20}
TEAM = {"kind": "crisis_team", "staff": {"nurse": 3}, "caseload": 5}
ORGANISERS = {"kind": "organisers", "staff": {"coordinator": 1}}


def hand_on(town, name, **services):
    """To whom a service hands people on (or vouches for whom), and how often."""
    provision = arrange(
        town.with_({f"services.{each}": told for each, told in services.items()}), RAW
    )
    s = provision.names.index(name)
    partners = {provision.names[t] for t in np.flatnonzero(provision.offers.onward[s])}
    return partners, provision.hands_on[s]


def test_whose_trade_it_is_hands_on_to_informal_services_that_are_sought_and_are_care(town):
    partners, often = hand_on(town, "cases", cases=CASES, peers=PEER, choir=CHOIR, team=TEAM)
    assert partners == {"peers"}
    assert often == pytest.approx(RAW["services.case_management.links"])
    # the partners that it names are its only ones, and it may say how often
    named = CASES | {"refers_to": ["psychiatry"], "hands_on": "40%"}
    assert hand_on(town, "cases", cases=named, peers=PEER) == ({"psychiatry"}, pytest.approx(0.4))
    # others hand on where they name somebody, as often as is usual
    assert hand_on(town, "peers", peers=PEER, choir=CHOIR) == (set(), 0)
    peers = PEER | {"refers_to": ["choir"]}
    assert hand_on(town, "peers", peers=peers, choir=CHOIR) == ({"choir"}, pytest.approx(0.1))


def test_who_vouches_does_so_for_meetings_and_what_reaches_out_but_not_for_care_in_a_crisis(town):
    campaign = {"kind": "awareness_campaign", "staff": {"coordinator": 1}}
    services = {
        "organisers": ORGANISERS,
        "peers": PEER,
        "choir": CHOIR,
        "team": TEAM,
        "campaign": campaign,
    }
    partners, often = hand_on(town, "organisers", **services)
    assert partners == {"peers", "choir", "campaign"}
    assert often == pytest.approx(RAW["seeking.hands_on"])


def test_what_keeps_a_service_to_its_protocol_and_supports_its_staff(town):
    def look(column, **more):
        return getattr(arrange_with(town, PEER | more)[0], column)[-1]

    assert look("checked") == 0
    assert look("checked", checks=True) == 1
    assert look("checked", procedures=True) == pytest.approx(0.5)
    assert look("checked", checks=True, procedures=True) == pytest.approx(1.5)
    assert look("supervised", recognition=True) == pytest.approx(1 / 3)
    assert look("supervised", recognition=True, supervision="weekly") == 1
    assert look("supervised", recognition=True, supervision="monthly") == pytest.approx(2 / 3)
    assert look("recruiting") == RAW["workforce.vacancy_weeks"]
    assert look("recruiting", recruiting_takes="3 weeks") == 3


def test_dates_are_without_bound_where_nothing_is_said_and_weeks_are_divided_by_the_ramp(town):
    def date(**more):
        return arrange_with(town, PEER | more)[0].dates[-1].tolist()

    assert date() == [-np.inf, np.inf, 1]
    assert date(until="week 40") == [-np.inf, 40, 1]
    assert date(**{"from": "week 8", "ramp": "0 weeks"}) == [8, np.inf, 1]
    assert date(**{"from": "week 8", "ramp": "12 weeks"}) == [8, np.inf, 12]
    early, s = arrange_with(town, PEER | {"from": "week 8", "recruit_ahead": "4 weeks"})
    assert early.ahead == (s,)


def test_an_audience_that_leaves_things_out_is_everybody(town):
    provision, s = arrange_with(town, PEER)
    o = provision.offers
    assert (o.age_low[s], o.age_high[s], o.phq_low[s], o.phq_high[s]) == (0, 201, 0, 27)
    assert (o.severe_low[s], o.severe_high[s], o.after[s]) == (0, 1, OpenAfter.ANYTHING)
    provision, s = arrange_with(town, PEER | {"audience": {"no_severe_illness": True}})
    assert (provision.offers.severe_low[s], provision.offers.severe_high[s]) == (0, 0)
    provision, s = arrange_with(town, PEER | {"sessions": 9, "uptake": "60%"})
    assert provision.offers.course[s] == 9
    assert provision.offers.uptake[s] == pytest.approx(0.6)
    assert provision.group_size[s] == 12
    provision, s = arrange_with(
        town, {"kind": "recovery_group", "staff": {"peer": 1}, "groups": 2, "size": 8}
    )
    assert provision.group_size[s] == 8


def test_posts_have_room_for_rules_that_expand_and_for_the_largest_option(town):
    def count(**more):
        provision, s = arrange_with(town, PEER | {"staff": {"peer": 2}}, **more)
        roles, hours = provision.staff.role[provision.staff.service == s], provision.staff.hours
        return [ROLES[role] for role in roles], hours[provision.staff.service == s].tolist()

    assert count() == (["peer"] * 2, [1, 1])
    do = {"expand": "new", "by": "50%"}
    rule = {
        "review_every": "8 weeks",
        "rules": {"more": {"when": {"kpi": "wait", "above": 4}, "do": do}},
    }
    most = int(np.ceil(2 * RAW["governance.growth_most"]))
    assert count(governance=rule) == (["peer"] * most, [1] * most)
    options = {
        "stay": {"title": "Stay"},
        "go": {"title": "Go", "services": {"new": {"staff": {"peer": 3.5, "nurse": 1}}}},
    }
    found, hours = count(branch={"at": 52, "options": options})
    assert sorted(found) == ["nurse"] + ["peer"] * 4
    # what an option adds is there whole, and open only when it acts
    assert hours == [1] * 5


def test_a_service_begins_with_the_quality_that_it_is_declared_with(town):
    o = arrange_with(town, PEER)[0].offers
    assert (o.quality == 1).all()
    assert (o.offered == 1).all()


@pytest.mark.parametrize("kind", ["crisis_line", "crisis_team", "peer_respite", "crisis_house"])
def test_nobody_comes_to_crisis_care_by_themselves(town, kind):
    provision, s = arrange_with(
        town, {"kind": kind, "staff": {"nurse": 3, "peer": 1}, "caseload": 2}
    )
    assert provision.offers.access[s] == Access.CRISIS
