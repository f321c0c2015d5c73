"""The burn-in is led to what a scenario states of its services at week 0."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.community import Community
from sim.engine.random import seed_words, week_counter_of
from sim.errors import InvalidInput
from sim.places.week_0 import count, list_stated, say_standing, stand_at_week_0
from sim.scenario.diagnostics.inactive import find_inactive
from sim.scenario.library import load
from sim.scenario.scaling import scale
from sim.state.groups import Week
from sim.state.staff import ROLES
from sim.week.start import stated_lists
from sim.week.start.stated_lists import choose_posts, settle_care, settle_list, settle_posts

STATED = {"in_care": 24, "waiting": 20, "waited": "7 weeks", "vacant": {"therapist": 1.5}}
TALK = "services.talking-therapies"


@pytest.fixture(scope="module")
def town():
    sized = {"population.residents": 700, "warm_up": 9, "horizon": 20}
    posts = {f"{TALK}.staff.therapist": 2.5, f"{TALK}.at_start": STATED}
    return load("uk-town").with_(sized | posts)


def test_a_town_begins_with_its_stated_lists(town):
    world = Community(town, rng=3).warm_up().world
    stated = list_stated(town)
    assert count(world, stated) == stated
    r, s = world.residents, world.provision.names.index("talking-therapies") + 1
    assert not ((r.care_service == s).any(axis=1) & (r.wait_service == s).any(axis=1)).any()
    waits = np.sort(-r.wait_since[r.wait_service == s])
    assert waits[0] == 0
    assert waits[-1] == 14
    sessions = r.care_sessions[r.care_service == s]
    assert (sessions > 0).mean() > 0.5  # most have been there for a while


def test_lists_are_shortened_as_they_are_filled(town):
    few = town.with_({f"{TALK}.at_start": {"in_care": 1, "waiting": 0, "vacant": {"therapist": 0}}})
    world = Community(few, rng=3).warm_up().world
    stated = list_stated(few)
    assert count(world, stated) == stated


def test_what_is_stated_changes_the_run_and_the_past(town):
    free = town.with_({f"{TALK}.at_start": None})
    assert free.past_hash != town.past_hash
    runs = [Community(scenario, rng=3).run().weekly for scenario in (free, town)]
    assert not np.array_equal(runs[0]["waiting"], runs[1]["waiting"])


def test_a_town_without_burn_in_begins_with_them_too(town):
    town = town.with_({"warm_up": 0})
    stated = list_stated(town)
    assert count(Community(town, rng=3).world, stated) == stated


def test_what_there_is_no_room_for_is_said(town):
    full = town.with_({f"{TALK}.at_start": {"in_care": 80}})
    (said,) = [one.message for one in find_inactive(full) if one.path[1] == "talking-therapies"]
    assert said == "80 people in care, and there are 50 places: so many begin"
    (found,) = stand_at_week_0(full, seeds=(1,))
    assert not found.is_met
    assert found.begun <= 50
    assert "80 stated" in say_standing([found])[0]


def test_a_list_beside_free_places_is_told(town):
    idle = town.with_({f"{TALK}.at_start": {"in_care": 10, "waiting": 5}})
    said = " ".join(one.message for one in find_inactive(idle))
    assert "5 people wait beside 40 places that are free and staffed" in said


@pytest.mark.parametrize(
    ("service", "given", "said"),
    [
        ("ward", {"in_care": 3}, "nobody is enrolled in a service of the kind inpatient_ward"),
        ("talking-therapies", {"vacant": {"therapist": 9}}, "9 vacant posts of 2.5"),
        ("talking-therapies", {"waiting": 900}, "900 people in care and waiting, of 700"),
    ],
)
def test_contradictions_are_refused(town, service, given, said):
    with pytest.raises(InvalidInput, match=said):
        town.with_({f"services.{service}.at_start": given})


def test_a_service_of_later_has_nobody_at_week_0(town):
    with pytest.raises(InvalidInput, match="begins in week 8"):
        town.with_({f"{TALK}.from": "week 8"})


def test_people_and_vacant_posts_are_scaled_and_waits_are_not(town):
    given = scale(town, 0.5).services["talking-therapies"].at_start
    assert (given.in_care, given.waiting, given.vacant) == (12, 10, {"therapist": 0.75})
    assert given.waited == town.services["talking-therapies"].at_start.waited


def test_posts_are_chosen_as_near_as_they_are_divided():
    hours = np.array([1.0, 1.0, 1.0, 0.5])
    assert choose_posts(hours, 1.5).tolist() == [True, False, False, True]
    assert choose_posts(hours, 0.3).tolist() == [False, False, False, True]
    assert choose_posts(hours, 0.2).tolist() == [False] * 4
    assert choose_posts(hours, 3.5).all()


@pytest.fixture
def small(people, services, posts, p):
    """Forty people of whom every second is in need; service 0 has twenty places, four taken, three waited for."""
    r, o = people(40), services(2)
    r.phq[::2] = 12.0
    r.care_service[:4, 1], r.wait_service[4:7, 1] = 1, 1
    r.wait_since[4:7, 1] = (-5, -9, -2)
    return SimpleNamespace(
        residents=r,
        provision=SimpleNamespace(offers=o, staff=posts(4)),
        parameters=p,
        week=0,
        week_counter=week_counter_of(0),
        when=Week(0, week_counter_of(0), seed_words(3)),
        seed=seed_words(3),
        in_need=r.phq >= 10,
    )


def in_service(r, column="care_service"):
    return np.flatnonzero((getattr(r, column) == 1).any(axis=1))


def test_care_begins_with_those_who_have_waited_longest_then_with_those_in_need(small):
    r = small.residents
    settle_care(small, 0, 6)
    assert in_service(r).tolist() == [0, 1, 2, 3, 4, 5]
    assert in_service(r, "wait_service").tolist() == [6]
    r.alive[8], r.stay[10] = 0, 3
    settle_care(small, 0, 9)
    began = [i for i in in_service(r).tolist() if i > 6]
    assert len(began) == 2
    assert all(i % 2 == 0 and i not in (8, 10) for i in began)
    assert not in_service(r, "wait_service").size
    settle_care(small, 0, 90)
    assert in_service(r).size == 20


def test_support_begins_for_those_without_need_too_and_too_many_leave(small):
    r = small.residents
    small.provision.offers.informal[0] = 1
    settle_care(small, 0, 20)
    assert (in_service(r) % 2 == 1).sum() > 3
    settle_care(small, 0, 19)
    assert in_service(r).size == 19
    settle_care(small, 0, 0)
    assert not r.care_service.any()


def given_list(waiting=None, waited=None):
    return SimpleNamespace(waiting=waiting, waited=waited)


def waits(small):
    r = small.residents
    return sorted((small.week - r.wait_since[r.wait_service == 1]).tolist())


def test_a_list_is_as_long_as_stated_and_waits_are_spread_around_their_mean(small):
    r = small.residents
    settle_list(small, 0, given_list(waited=6))
    assert waits(small) == [2, 6, 10]
    # Who had waited longest still has.
    assert r.wait_since[4:7, 1].tolist() == [-6, -10, -2]
    settle_list(small, 0, given_list(waiting=6))
    assert in_service(r, "wait_service").size == 6
    assert waits(small) == [1, 3, 5, 7, 9, 11]  # still six on average
    assert set(in_service(r, "wait_service")) - {5} <= set(range(0, 40, 2))
    settle_list(small, 0, given_list(waiting=1))
    assert waits(small) == [6]
    settle_list(small, 0, given_list(waiting=0))
    assert not r.wait_service.any()


def test_a_list_of_which_nothing_is_stated_stays(small):
    settle_list(small, 0, given_list())
    assert waits(small) == [2, 5, 9]


def test_vacant_posts_are_those_that_stand_empty_first(small):
    staff = small.provision.staff
    staff.role[:], staff.role[3], staff.service[2] = ROLES.index("nurse"), 0, 1
    staff.filled[1] = 0
    settle_posts(small, 0, "nurse", 1.0)
    assert staff.filled.tolist() == [1, 0, 1, 1]
    settle_posts(small, 0, "nurse", 0.0)
    assert staff.filled.tolist() == [1, 1, 1, 1]
    assert staff.training[1] == 0
    settle_posts(small, 0, "nurse", 2.0)
    assert staff.filled.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("week", "led"), [(-28, 0), (-25, 0), (-24, 1), (-22, 0), (-20, 1), (-1, 0), (0, 1), (4, 0)]
)
def test_the_burn_in_is_led_every_four_weeks_of_its_last_half_year(small, monkeypatch, week, led):
    given = SimpleNamespace(vacant={}, in_care=7, waiting=None, waited=None)
    small.week, provision = week, small.provision
    provision.declared = (SimpleNamespace(at_start=given), SimpleNamespace(at_start=None))
    provision.caseload = provision.groups = None
    monkeypatch.setattr(stated_lists, "measure_capacity", lambda *_: None)
    stated_lists.lead_to_start(small)
    assert in_service(small.residents).size == (7 if led else 4)
    provision.offers.open[0], given.in_care = 0, 9
    stated_lists.lead_to_start(small)
    assert in_service(small.residents).size == (7 if led else 4)


def test_others_are_all_in_need_who_live_at_large_and_whom_it_is_open_to_by_lot(small):
    """Of twenty in need, two are in it, two on its list, one has died, one is in the ward and one too young."""
    r, o = small.residents, small.provision.offers
    r.alive[8], r.stay[10], r.age[12], o.age_low[:] = 0, 1, 17, 18
    nobody = {0, 1, 2, 3, 4, 5, 6, 8, 10, 12}
    found = stated_lists._find_others(small, 0).tolist()
    assert set(found) == set(range(0, 40, 2)) - nobody
    assert found != sorted(found)
    o.informal[0] = 1
    assert set(stated_lists._find_others(small, 0).tolist()) == set(range(40)) - nobody
    o.open[0] = 0
    assert not stated_lists._find_others(small, 0).size


def test_posts_that_are_not_open_are_neither_filled_nor_counted_as_vacant(small):
    staff = small.provision.staff
    staff.role[:] = ROLES.index("nurse")
    staff.open[:2], staff.filled[:] = 0, (0, 0, 0, 1)
    settle_posts(small, 0, "nurse", 0.0)
    assert staff.filled.tolist() == [0, 0, 1, 1]
    settle_posts(small, 0, "nurse", 1.0)
    assert staff.filled[:2].tolist() == [0, 0]
    assert staff.filled[2:].sum() == 1


def swap(small):
    """The same people in the second service, beside some who are in the first and wait for it."""
    r = small.residents
    r.care_service[r.care_service == 1] = r.wait_service[r.wait_service == 1] = 2
    r.care_service[30:33, 0], r.wait_service[33:35, 0], r.wait_since[33:35, 0] = 1, 1, -7


def rows_of(r, service, column="care_service"):
    return np.flatnonzero((getattr(r, column) == service).any(axis=1)).tolist()


def test_each_service_is_led_to_its_own_numbers_and_others_keep_theirs(small):
    swap(small)
    r = small.residents
    settle_care(small, 1, 6)
    assert rows_of(r, 2) == [0, 1, 2, 3, 4, 5]
    assert rows_of(r, 2, "wait_service") == [6]
    settle_list(small, 1, given_list(waiting=3, waited=4))
    assert len(rows_of(r, 2, "wait_service")) == 3
    assert sorted((-r.wait_since[r.wait_service == 2]).tolist()) == [1, 4, 7]
    settle_list(small, 1, given_list(waiting=1))
    assert len(rows_of(r, 2, "wait_service")) == 1
    settle_care(small, 1, 2)
    assert len(rows_of(r, 2)) == 2
    assert rows_of(r, 1) == [30, 31, 32]
    assert rows_of(r, 1, "wait_service") == [33, 34]
    assert (r.wait_since[33:35, 0] == -7).all()


def test_whoever_has_no_slot_free_is_passed_over_for_the_next(small):
    """Row 5 has waited longest and has four places elsewhere; those in need with two waits cannot wait more."""
    r = small.residents
    r.care_service[5] = 2
    settle_care(small, 0, 6)
    assert in_service(r).tolist() == [0, 1, 2, 3, 4, 6]
    assert in_service(r, "wait_service").tolist() == [5]
    r.wait_service[8:24] = 2
    settle_list(small, 0, given_list(waiting=5))
    waiting = in_service(r, "wait_service")
    assert waiting.size == 5
    assert set(waiting.tolist()) <= {5, *range(24, 40, 2)}


def test_who_fills_a_post_at_the_start_has_been_there_for_any_time_up_to_the_longest(small, posts):
    staff = small.provision.staff = posts(400)
    staff.role[:], staff.filled[:] = ROLES.index("nurse"), 0
    settle_posts(small, 0, "nurse", 100.0)
    assert staff.filled.sum() == 300
    longest = small.parameters.workforce.longest_tenure
    tenure = staff.tenure[staff.filled == 1] / longest
    assert (tenure.mean(), tenure.std()) == pytest.approx((0.5, np.sqrt(1 / 12)), abs=0.07)
    assert 0.0 <= tenure.min() < 0.1
    assert 0.9 < tenure.max() < 1.0


def test_a_peer_begins_where_somebody_is_found_and_the_post_stays_empty_elsewhere(
    small, monkeypatch
):
    staff, r = small.provision.staff, small.residents
    staff.role[:], staff.filled[:] = ROLES.index("peer"), 0
    monkeypatch.setattr(stated_lists, "find_peer", lambda _, k: {0: 0, 2: 17}.get(k, -1))
    settle_posts(small, 0, "peer", 0.0)
    assert staff.filled.tolist() == [1, 0, 1, 0]
    assert staff.resident.tolist() == [0, -1, 17, -1]
    assert np.flatnonzero(r.peer).tolist() == [0, 17]
    settle_posts(small, 0, "peer", 4.0)
    assert not staff.filled.any()
    assert not r.peer.any()
