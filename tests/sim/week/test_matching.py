"""Matching: places go by stated priority, never to more people than there is room for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.random import week_counter_of
from sim.evidence.parameters import make_parameters
from sim.state.codes import Event, KindParameter, Priority
from sim.state.groups import Week
from sim.week.supply.allocation import LONGEST_WAIT, count_places, match, remember


def wait(r, since, service=1):
    r.wait_service[:, 0], r.wait_since[:, 0] = service, since


def run(r, o, seed, week=30):
    waits = np.zeros((o.key.size, LONGEST_WAIT + 1), np.int64)
    match(r, o, waits, Week(week, week_counter_of(week), seed), make_parameters({}).seeking)
    return waits


def test_who_came_first_is_served_first(people, services, seed):
    r, o = people(6), services(1)
    o.places[:], o.priority[:] = 2, Priority.FIRST_COME
    wait(r, [25, 10, 29, 12, 20, 28])
    waits = run(r, o, seed)
    assert np.flatnonzero(r.care_service[:, 0]).tolist() == [1, 3]
    assert r.care_since[[1, 3], 0].tolist() == [30, 30]
    assert np.flatnonzero(waits[0]).tolist() == [18, 20]
    assert (r.happened[[1, 3]] == Event.STARTED).all()
    assert r.wait_service[[1, 3], 0].tolist() == [0, 0]
    assert (o.enrolled[0], o.waiting[0]) == (2, 4)


def test_the_neediest_are_served_first_where_that_is_the_rule(people, services, seed):
    r, o = people(4), services(1)
    o.places[:], o.priority[:] = 1, Priority.NEEDIEST_FIRST
    r.phq[:] = (5, 22, 12, 18)
    wait(r, [1, 29, 2, 3])
    run(r, o, seed)
    assert r.care_service[:, 0].tolist() == [0, 1, 0, 0]


def test_the_urgent_come_before_those_who_wait_long(people, services, seed):
    r, o = people(4), services(1)
    o.places[:], o.priority[:] = 3, Priority.URGENT_FIRST
    r.discharged[1], r.since_crisis[2], r.phq[3] = 3, 4, 21
    wait(r, [1, 29, 29, 29])
    run(r, o, seed)
    assert r.care_service[:, 0].tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("since", ["discharged", "since_crisis"])
def test_urgency_lasts_as_many_weeks_as_is_written_and_not_one_more(people, services, seed, since):
    """The week that is named is the last one that counts; a place goes to it before a long wait."""
    weeks = int(make_parameters({}).seeking.urgent_weeks)
    for passed, served in ((weeks, [0, 1]), (weeks + 1, [1, 0])):
        r, o = people(2), services(1)
        o.places[:], o.priority[:] = 1, Priority.URGENT_FIRST
        getattr(r, since)[1] = passed
        wait(r, [1, 29])
        run(r, o, seed)
        assert r.care_service[:, 0].tolist() == served, passed


def test_urgent_by_symptoms_begins_at_the_score_that_is_written(people, services, seed):
    score = float(make_parameters({}).seeking.urgent_phq)
    for phq, served in ((score, [0, 1]), (score - 0.5, [1, 0])):
        r, o = people(2), services(1)
        o.places[:], o.priority[:] = 1, Priority.URGENT_FIRST
        r.phq[:] = (0.0, phq)
        wait(r, [1, 29])
        run(r, o, seed)
        assert r.care_service[:, 0].tolist() == served, phq


def test_staff_present_limit_the_intake(people, services, seed):
    r, o = people(5), services(1)
    o.intake[:] = 2
    wait(r, 10)
    run(r, o, seed)
    assert o.enrolled[0] == 2


def test_ties_are_broken_by_the_person_not_by_the_row(people, services, seed):
    one, two, o = people(40), people(40), services(1)
    o.places[:] = 10
    two.key[:] = two.key[::-1].copy()
    for r in (one, two):
        wait(r, 10)
        run(r, o, seed)
    assert np.array_equal(one.care_service[:, 0], two.care_service[::-1, 0])
    assert set(np.flatnonzero(one.care_service[:, 0])) != set(range(10))


@pytest.mark.parametrize("priority", list(Priority))
def test_nothing_but_the_stated_priority_decides(people, services, seed, priority):
    """Who somebody is, what they earn, where they live, how they are insured: none of it moves a place."""
    rng, served = np.random.default_rng(5), []
    since, phq = rng.integers(0, 30, 60), rng.uniform(0, 27, 60)
    for kind in range(3):
        r, o = people(60), services(1)
        o.places[:], o.priority[:] = 20, priority
        r.phq[:] = phq
        wait(r, since)
        if kind:
            r.insurance[:], r.income[:] = rng.integers(0, 3, 60), rng.integers(0, 5, 60)
            r.age[:], r.female[:] = rng.uniform(12, 90, 60), rng.integers(0, 2, 60)
            r.employment[:], r.stigma[:] = rng.integers(0, 4, 60), rng.uniform(0, 1, 60)
        run(r, o, seed)
        served.append(np.flatnonzero(r.care_service[:, 0]).tolist())
    assert len(served[0]) == 20
    assert served[1] == served[2] == served[0]


def test_the_dead_free_their_places_and_leave_lists(people, services):
    r, o = people(3), services(1)
    r.care_service[:2, 0], r.wait_service[2, 1] = 1, 1
    r.alive[:] = (0, 1, 0)
    assert count_places(r, o) == 0
    assert (o.enrolled[0], o.waiting[0]) == (1, 0)
    assert r.care_service[0, 0] == r.wait_service[2, 1] == 0


def test_a_place_is_not_given_to_somebody_without_a_free_slot(people, services, seed):
    r, o = people(1), services(6)
    r.care_service[0] = (2, 3, 4, 5)
    wait(r, 10)
    run(r, o, seed)
    assert r.care_service[0].tolist() == [2, 3, 4, 5]
    assert r.wait_service[0, 0] == 1


def test_no_place_is_given_where_a_service_is_closed(people, services, seed):
    r, o = people(2), services(1)
    o.open[:] = 0
    wait(r, 10)
    assert run(r, o, seed).sum() == 0


@given(
    places=st.lists(st.integers(0, 12), min_size=3, max_size=3),
    intake=st.lists(st.integers(0, 12), min_size=3, max_size=3),
    first=st.lists(st.integers(0, 3), min_size=30, max_size=30),
    second=st.lists(st.integers(0, 3), min_size=30, max_size=30),
    priority=st.integers(0, 2),
)
def test_as_many_are_served_as_there_is_room_and_nobody_is_lost(
    people, services, seed, places, intake, first, second, priority
):
    r, o = people(30), services(3)
    o.places[:], o.intake[:], o.priority[:] = places, intake, priority
    r.wait_service[:, 0] = first
    r.wait_service[:, 1] = np.where(np.array(second) == first, 0, second)
    wanted = np.array([(r.wait_service == s + 1).sum() for s in range(3)])
    waits = run(r, o, seed)
    assert o.enrolled.tolist() == np.minimum(wanted, np.minimum(places, intake)).tolist()
    assert (o.enrolled + o.waiting == wanted).all()
    assert [(r.care_service == s + 1).sum() for s in range(3)] == o.enrolled.tolist()
    assert waits.sum(axis=1).tolist() == o.enrolled.tolist()


def test_who_declines_leaves_the_list_and_the_place_goes_to_the_next(people, services, seed):
    r, o = people(4_000), services(1)
    o.uptake[:] = 0.7
    o.places[:] = o.intake[:] = 3_000
    wait(r, 20)
    run(r, o, seed)
    declined = (r.happened & Event.DECLINED) > 0
    assert declined.mean() == pytest.approx(0.3, abs=0.025)
    assert o.declined[0] == declined.sum()
    assert not (declined & (r.wait_service[:, 0] > 0)).any()
    assert (r.care_service[:, 0] > 0).sum() == min(3_000, (~declined).sum())


def test_whether_an_offer_is_taken_does_not_hang_on_how_long_the_list_is(people, services, seed):
    """Otherwise a shorter wait would change who declines, and not only when."""
    taken = []
    for week in (25, 60):
        r, o = people(400), services(1)
        o.uptake[:] = 0.5
        o.places[:] = o.intake[:] = 400
        wait(r, 20)
        run(r, o, seed, week)
        taken.append(r.care_service[:, 0] > 0)
    assert (taken[0] == taken[1]).all()
    r, o = people(400), services(1)
    o.uptake[:] = 0.5
    o.places[:] = o.intake[:] = 400
    wait(r, 21)
    run(r, o, seed, 60)
    assert (taken[0] != (r.care_service[:, 0] > 0)).any()


def test_a_recent_crisis_comes_before_any_symptoms_and_symptoms_before_any_wait(
    people, services, seed
):
    r, o = people(4), services(1)
    o.priority[:] = Priority.URGENT_FIRST
    r.since_crisis[0], r.phq[1] = 1, 27
    wait(r, [30, 30, 30 - LONGEST_WAIT, 30 - LONGEST_WAIT - 1])
    order = []
    for places in (1, 2, 3, 4):
        o.places[:] = places
        served = r.care_service[:, 0] > 0
        run(r, o, seed)
        order += np.flatnonzero((r.care_service[:, 0] > 0) & ~served).tolist()
    assert order == [0, 1, 3, 2]


def test_very_long_waits_are_counted_as_the_longest(people, services, seed):
    r, o = people(3), services(1)
    wait(r, [30 - LONGEST_WAIT + 1, 30 - LONGEST_WAIT, 30 - LONGEST_WAIT - 9])
    waits = run(r, o, seed)
    assert waits[0, LONGEST_WAIT - 1 :].tolist() == [1, 2]
    assert waits.sum() == 3


def test_who_comes_to_a_lecture_has_not_started_care(people, services, seed):
    r, o = people(2), services(2)
    o.kind_parameters[1, KindParameter.LOW_INTENSITY] = 1.0
    wait(r, 29, service=[1, 2])
    waits = run(r, o, seed)
    assert r.happened.tolist() == [Event.STARTED, 0]
    assert waits[:, 1].tolist() == [1, 1]


def test_who_began_and_who_left_early_is_remembered_in_the_week_of_the_ring(services):
    o, waits = services(2), np.zeros((2, 5), np.int64)
    waits[0, 1], waits[0, 4], waits[1, 0] = 2, 3, 4
    o.left[:] = (7, 1)
    starts, early = np.full((2, 3), 9), np.full((2, 3), 9)
    remember(o, waits, starts, early, 1)
    assert starts.tolist() == [[9, 5, 9], [9, 4, 9]]
    assert early.tolist() == [[9, 7, 9], [9, 1, 9]]


@pytest.mark.parametrize("priority", list(Priority))
def test_a_week_or_a_point_more_weighs_more_than_any_lot(people, services, seed, priority):
    """Two of each rank among forty, in an order that is not that of their rows: the first ten ranks are served."""
    rank = np.arange(40) * 17 % 40 // 2
    r, o = people(40), services(1)
    o.places[:], o.priority[:] = 20, priority
    if priority == Priority.NEEDIEST_FIRST:
        r.phq[:] = rank
    wait(r, 29 if priority == Priority.NEEDIEST_FIRST else 40 - rank)
    run(r, o, seed, week=50)
    assert sorted(rank[r.care_service[:, 0] == 1]) == sorted([*range(10, 20)] * 2)


def test_whoever_holds_a_place_or_waits_is_counted_in_whichever_slot(people, services):
    """One in each of four slots of care and two of waiting, and as many who have died this week."""
    r, o = people(12), services(3)
    for i in range(12):
        slot = i % 6
        if slot < 4:
            r.care_service[i, slot] = 2
        else:
            r.wait_service[i, slot - 4] = 3
    r.alive[6:] = 0
    assert count_places(r, o) == 2
    assert (o.enrolled.tolist(), o.waiting.tolist()) == ([0, 4, 0], [0, 0, 2])
    assert not r.care_service[6:].any()
    assert not r.wait_service[6:].any()
    assert (r.care_service[:4].sum(), r.wait_service[:6].sum()) == (8, 6)


def test_two_lists_are_two_waits_whichever_slot_each_is_in(people, services, seed):
    """One waits in the first slot, one in the second, one in both: each is served as their place in each list says."""
    r, o = people(3), services(2)
    o.places[:] = (1, 2)
    r.wait_service[:] = ((1, 0), (0, 2), (2, 1))
    r.wait_since[:] = ((9, 0), (0, 20), (25, 5))
    waits = run(r, o, seed)
    assert (o.enrolled.tolist(), o.waiting.tolist()) == ([1, 2], [1, 0])
    assert r.care_service[:, :2].tolist() in ([[0, 0], [2, 0], [1, 2]], [[0, 0], [2, 0], [2, 1]])
    assert r.wait_service.tolist() == [[1, 0], [0, 0], [0, 0]]
    assert (np.flatnonzero(waits[0]).tolist(), np.flatnonzero(waits[1]).tolist()) == ([25], [5, 10])
