"""Crisis response: who is met before the emergency department, and what is expected of it."""

import numpy as np
import pytest

from sim.engine.random import week_counter_of
from sim.state.codes import Access, Event, KindParameter
from sim.state.groups import Week
from sim.week.supply.crisis_response import meet_crises


def make_team(people, services, count, places=1_000, reached=1.0, diverts=1.0, averts=1.0):
    """Everybody is in a crisis and on the way to the emergency department; a team may meet them."""
    r, o = people(count), services(1)
    o.access[:] = Access.CRISIS
    o.places[:] = o.intake[:] = places
    o.kind_parameters[0, KindParameter.SHARE_REACHED] = reached
    o.kind_parameters[0, KindParameter.DIVERTS] = diverts
    o.kind_parameters[0, KindParameter.AVERTS] = averts
    r.happened[:] = Event.CRISIS | Event.EMERGENCY
    r.crisis_chance[:], r.visit_chance[:] = 0.5, 0.4
    r.need_chance[:] = r.admission_chance[:] = 0.1
    return r, o


def respond(r, o, seed, week=3):
    meet_crises(r, o, Week(week, week_counter_of(week), seed))


def test_whoever_is_met_and_diverted_does_not_go_to_the_emergency_department(
    people, services, seed
):
    r, o = make_team(people, services, 50)
    respond(r, o, seed)
    assert not (r.happened & Event.EMERGENCY).any()
    assert (r.happened & Event.CRISIS > 0).all()
    assert o.enrolled[0] == 50
    assert r.visit_chance == pytest.approx(np.zeros(50))
    assert r.need_chance == pytest.approx(np.zeros(50))


def test_nobody_is_met_who_has_no_room_for_one_more_place(people, services, seed):
    """Four places are all that a person can hold: a fifth cannot meet them, nor be expected to."""
    r, o = make_team(people, services, 20)
    r.care_service[:10] = (2, 3, 4, 5)
    respond(r, o, seed)
    assert (r.happened[:10] & Event.EMERGENCY > 0).all()
    assert not (r.happened[10:] & Event.EMERGENCY).any()
    assert o.enrolled[0] == 10
    assert r.visit_chance == pytest.approx([0.4] * 10 + [0.0] * 10)
    assert r.admission_chance == pytest.approx([0.1] * 10 + [0.0] * 10)


def test_each_of_many_is_expected_by_their_own_room(people, services, seed):
    """More people than are counted at once: every third holds four places, wherever they stand."""
    r, o = make_team(people, services, 700, diverts=0.5, averts=0.25)
    held = np.arange(700) % 3 == 0
    r.care_service[held] = (2, 3, 4, 5)
    respond(r, o, seed)
    need, other = 0.1 * np.where(held, 1.0, 0.75), 0.3 * np.where(held, 1.0, 0.5)
    assert r.need_chance == pytest.approx(need)
    assert r.visit_chance == pytest.approx(need + other)


def test_a_full_team_meets_those_it_knows_and_nobody_new(people, services, seed):
    r, o = make_team(people, services, 20, places=2)
    r.care_service[:2, 0], o.enrolled[0] = 1, 2
    respond(r, o, seed)
    met = (r.happened & Event.EMERGENCY) == 0
    assert met.tolist() == [True] * 2 + [False] * 18
    assert o.enrolled[0] == 2
    assert r.visit_chance == pytest.approx([0.0] * 2 + [0.4] * 18)


def test_the_last_place_goes_by_lot_and_what_is_expected_follows_the_lot(people, services, seed):
    """Who comes before the team is full is met; the same lot decides for whom it is expected."""
    r, o = make_team(people, services, 60, places=20)
    respond(r, o, seed)
    met = (r.happened & Event.EMERGENCY) == 0
    assert met.sum() == 20
    assert not np.array_equal(np.flatnonzero(met), np.arange(20))
    assert ((r.visit_chance == 0.0) == met).all()


def test_one_team_declared_as_two_meets_the_same_people(people, services, seed):
    """Whoever did not turn to the first turned to the second, as to a team of another kind."""
    found = []
    for teams in ([20], [12, 8]):
        r, o = make_team(people, services, 300, reached=0.4, diverts=0.7, averts=0.5)
        o = services(len(teams))
        o.access[:], o.kind_parameters[:] = Access.CRISIS, 0.0
        for parameter, value in (("SHARE_REACHED", 0.4), ("DIVERTS", 0.7), ("AVERTS", 0.5)):
            o.kind_parameters[:, KindParameter[parameter]] = value
        o.places[:] = o.intake[:] = teams
        o.alike[:] = len(teams) > 1
        # Ten are in its care already: of the second, where there are two.
        r.care_service[:10, 0], o.enrolled[-1] = len(teams), 4
        respond(r, o, seed)
        found.append((r.happened, r.visit_chance, r.need_chance, o.enrolled.sum()))
    for one, two in zip(*found, strict=True):
        assert np.array_equal(one, two)
    assert len(set(found[0][1].tolist())) > 1


def test_what_is_expected_is_the_mean_of_what_happens(people, services, seed):
    """With a bed needed a quarter of the time, as in the chances, and only some of it prevented."""
    count = 2_000
    r, o = make_team(people, services, count, reached=0.7, diverts=0.6, averts=0.3)
    o.places[:] = o.intake[:] = count
    o.quality[:] = 0.5
    r.boarding[: count // 4] = 5
    r.crisis_chance[:], r.visit_chance[:] = 1.0, 1.0
    r.need_chance[:] = r.admission_chance[:] = 0.25
    respond(r, o, seed)
    by_hand_need = 0.25 * (1 - 0.7 * 0.3 * 0.5)
    assert r.need_chance == pytest.approx(np.full(count, by_hand_need))
    visits = by_hand_need + 0.75 * (1 - 0.7 * 0.6 * 0.5)
    assert r.visit_chance == pytest.approx(np.full(count, visits))
    slack = 4 * 0.5 / count**0.5
    assert (r.boarding > 0).mean() == pytest.approx(by_hand_need, abs=slack)
    assert (r.happened & Event.EMERGENCY > 0).mean() == pytest.approx(visits, abs=slack)
    spared = (r.boarding == 0) & (np.arange(count) < count // 4)
    assert (r.since_need[spared] == 0).all()


def test_a_team_elsewhere_or_of_another_kind_meets_nobody(people, services, seed):
    for change in ({"reach": 0}, {"open": 0}, {"access": Access.REFERRAL}):
        r, o = make_team(people, services, 10)
        for name, value in change.items():
            getattr(o, name)[:] = value
        respond(r, o, seed)
        assert (r.happened & Event.EMERGENCY > 0).all(), change
        assert r.visit_chance == pytest.approx(np.full(10, 0.4)), change


def test_two_services_are_asked_one_after_the_other(people, services, seed):
    """The second meets its share of those whom the first has not met, and its staff are half as good."""
    count = 2_000
    r, o = make_team(people, services, count)
    two = services(2)
    two.access[:] = Access.CRISIS
    two.places[:] = two.intake[:] = count
    two.kind_parameters[:, KindParameter.SHARE_REACHED] = (0.4, 0.5)
    two.kind_parameters[:, KindParameter.DIVERTS] = (0.5, 0.8)
    two.kind_parameters[:, KindParameter.AVERTS] = (0.25, 0.6)
    two.quality[:] = (1.0, 0.5)
    respond(r, two, seed)
    bed = 0.4 * 0.25 + 0.6 * 0.5 * 0.6 * 0.5
    visit = 0.4 * 0.5 + 0.6 * 0.5 * 0.8 * 0.5
    assert r.need_chance == pytest.approx(np.full(count, 0.1 * (1 - bed)))
    assert r.admission_chance == pytest.approx(np.full(count, 0.1 * (1 - bed)))
    assert r.visit_chance == pytest.approx(np.full(count, 0.1 * (1 - bed) + 0.3 * (1 - visit)))
    slack = 4 * 0.5 / count**0.5
    assert (r.happened & Event.EMERGENCY == 0).mean() == pytest.approx(visit, abs=slack)
    assert o.enrolled.sum() == 0
    assert (two.enrolled / count).tolist() == pytest.approx([0.4, 0.3], abs=slack)


def test_staff_present_limit_whom_a_team_meets(people, services, seed):
    r, o = make_team(people, services, 20)
    o.intake[:] = 3
    respond(r, o, seed)
    assert o.enrolled[0] == 3
    assert (r.care_since[r.care_service[:, 0] == 1, 0] == 3).all()


def test_a_bed_that_is_spared_leaves_the_risk_of_a_crisis_that_was_met(people, services, seed):
    r, o = make_team(people, services, 2, averts=1.0, diverts=0.0)
    r.boarding[:], r.unmet[:], r.since_need[:] = (4, 0), 1, 77
    respond(r, o, seed)
    assert r.boarding.tolist() == [0, 0]
    assert (r.unmet.tolist(), r.since_need.tolist()) == ([0, 1], [0, 77])
    assert (r.happened & Event.EMERGENCY > 0).tolist() == [False, True]


def test_who_is_in_no_crisis_is_not_met(people, services, seed):
    r, o = make_team(people, services, 6)
    r.happened[:3], r.crisis_chance[:3] = Event.GAVE_UP, 0.0
    respond(r, o, seed)
    assert o.enrolled[0] == 3
    assert r.happened[:3].tolist() == [Event.GAVE_UP] * 3
    assert r.visit_chance == pytest.approx([0.4] * 3 + [0.0] * 3)


@pytest.mark.parametrize("slot", range(4))
def test_each_of_two_full_services_meets_those_who_have_a_place_in_it(people, services, seed, slot):
    """Rows 0 and 1 are known to the first, which averts nothing; 2 and 3 to the second; 4 and 5 to neither."""
    r, _ = make_team(people, services, 6)
    o = services(3)
    o.access[:2] = Access.CRISIS
    o.places[:] = o.intake[:] = o.enrolled[:] = 2
    o.kind_parameters[:2, KindParameter.SHARE_REACHED] = 1.0
    o.kind_parameters[1, KindParameter.DIVERTS] = o.kind_parameters[1, KindParameter.AVERTS] = 1.0
    r.care_service[:2, slot], r.care_service[2:4, slot], r.care_service[4:, slot] = 1, 2, 3
    respond(r, o, seed)
    diverted = (r.happened & Event.EMERGENCY) == 0
    assert diverted.tolist() == [False, False, True, True, False, False]
    assert o.enrolled.tolist() == [2, 2, 2]
    assert r.visit_chance == pytest.approx(np.where(diverted, 0.0, 0.4))
    assert r.need_chance == pytest.approx(np.where(diverted, 0.0, 0.1))
