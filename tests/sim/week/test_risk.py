"""A week of risk: who can be in a crisis, how likely each step is, and what a crisis leaves behind."""

import math

import numpy as np
import pytest

from sim.state.codes import Event
from sim.week.resident.crisis import (
    LONGEST_STAY,
    add_lasting,
    add_recent,
    expect_admission,
    expect_crisis,
    stay_long,
)
from sim.week.resident.phases import FACE_CRISIS

NEVER_YET = 9_999.0


@pytest.fixture
def face(after, services, p, seed):
    """A week in which everybody may be in a crisis."""

    def live_a_week(r, given, week=30):
        after(FACE_CRISIS, r, services(1), p._replace(crisis=given), seed, week)

    return live_a_week


def test_a_crisis_a_visit_and_a_bed_are_as_likely_as_the_rules_say(people, p, face):
    """By hand for six people: who is dead, in the ward or in line for a bed can have no crisis."""
    q, r = p.crisis, people(7)
    r.phq[:], r.frailty[:], r.event_load[:], r.self_management[:] = 18.0, 0.5, 0.3, 0.2
    r.alive[1], r.stay[2], r.boarding[3] = 0, 3, 2
    r.severe[4:], r.psychotic[5] = 1, 1
    r.since_need[4], r.unmet[4], r.discharged[5] = 2, 1, 1
    r.last_session[:] = 30 - int(q.contact_weeks) - 1
    r.last_session[6] = 30 - int(q.contact_weeks)
    face(r, q)
    for i, recent in {
        0: 0.0,
        4: add_recent(2.0, True, NEVER_YET, q),
        5: add_recent(NEVER_YET, False, 1.0, q),
        6: 0.0,
    }.items():
        severe, psychotic = i >= 4, i == 5
        lasting = add_lasting(0.5, severe, psychotic, q)
        hazard = expect_crisis(18.0, lasting, recent, 0.3, 0.2, i == 6, q)
        since = 2.0 if i == 4 else NEVER_YET
        needs = expect_admission(18.0, 0.5, severe, psychotic, since, q)
        chance = 1 - math.exp(-hazard)
        seen = r.crisis_chance[i], r.visit_chance[i], r.need_chance[i], r.admission_chance[i]
        by_hand = (chance, chance * q.to_emergency, *2 * (chance * q.to_emergency * needs,))
        assert seen == pytest.approx(by_hand, rel=1e-5), i
    assert r.crisis_chance[1:4].tolist() == r.visit_chance[1:4].tolist() == [0.0] * 3
    assert r.need_chance[1:4].tolist() == r.admission_chance[1:4].tolist() == [0.0] * 3


def test_who_is_in_crisis_may_come_to_the_emergency_department_and_may_need_a_bed(people, p, face):
    certain = p.crisis._replace(
        crisis=90.0, crisis_most=90.0, crisis_most_log=0.0, to_emergency=0.4, admission=90.0
    )
    r = people(1_000)
    r.since_crisis[:] = 9
    face(r, certain)
    came = r.happened & Event.EMERGENCY > 0
    assert (r.happened & Event.CRISIS > 0).all()
    assert (r.since_crisis == 0).all()
    assert came.mean() == pytest.approx(0.4, abs=0.065)
    assert ((r.boarding > 0) == came).all()
    r = people(1_000)
    face(r, certain._replace(to_emergency=1.0, admission=0.0))
    assert (r.happened & Event.EMERGENCY > 0).all()
    assert (r.boarding > 0).mean() == pytest.approx(0.5, abs=0.065)
    r = people(600)
    r.alive[[3, 300]], r.stay[400] = 0, 2
    face(r, certain)
    assert np.flatnonzero(r.happened == 0).tolist() == [3, 300, 400]
    assert np.flatnonzero(r.crisis_chance == 0).tolist() == [3, 300, 400]
    r = people(50)
    face(r, certain._replace(crisis=-90.0))
    assert not r.happened.any()


def test_no_stay_is_longer_than_a_year(people, p, face):
    r = people(200)
    given = p.crisis._replace(
        crisis=90.0, crisis_most=90.0, crisis_most_log=0.0, to_emergency=1.0, admission=90.0
    )
    face(r, given._replace(stay_median=4_000.0, stay_spread=0.1))
    assert (r.boarding == LONGEST_STAY).all()
    assert LONGEST_STAY == 365
    r.boarding[:] = 0
    face(r, given._replace(stay_median=20.0, stay_spread=0.5))
    assert np.median(r.boarding) == pytest.approx(20.0, abs=3)
    assert np.log(r.boarding).std() == pytest.approx(0.5, abs=0.12)


def test_risks_fall_with_the_weeks_that_have_passed_at_their_own_rates(p):
    """With no value at which a product, a quotient and a power are the same, and none that is whole."""
    q = p.crisis._replace(
        crisis_recent=2.5,
        crisis_unmet=0.7,
        recent_weeks=6.0,
        crisis_discharge=0.4,
        discharge_weeks=8.0,
    )
    assert add_recent(3.0, False, NEVER_YET, q) == pytest.approx(2.5 * math.exp(-0.5))
    assert add_recent(9.0, True, 5.0, q) == pytest.approx(
        3.2 * math.exp(-1.5) + 0.4 * math.exp(-5 / 8)
    )
    assert add_recent(NEVER_YET, False, 20.0, q) == pytest.approx(0.4 * math.exp(-2.5))
    q = q._replace(admission=-2.0, admission_symptoms=0.05, admission_frailty=0.4)
    q = q._replace(admission_recent=1.3, admission_severe=1.2)
    x = -2.0 + 0.05 * 12.0 - 0.4 * 0.5 + 1.2 + 1.3 * math.exp(-4 / 6)
    assert expect_admission(12.0, -0.5, True, False, 4.0, q) == pytest.approx(
        1 / (1 + math.exp(-x))
    )
    q = q._replace(crisis=-6.0, crisis_symptoms=0.1, crisis_events=0.6, crisis_most=0.0)
    x = -6.0 + 0.1 * 14.0 - 0.3 + 0.5 + 0.6 * 0.4 - 0.25 - q.crisis_contact
    assert expect_crisis(14.0, -0.3, 0.5, 0.4, 0.25, True, q) == pytest.approx(math.exp(x))


def test_days_of_a_stay_are_spread_by_their_logarithm(p):
    """One and a half and two spreads above the median, and as many below it, to the nearest day."""
    q = p.crisis._replace(stay_median=9.0, stay_severe=16.0, stay_psychotic=25.0, stay_spread=0.6)
    for sizes, severe, psychotic, median in (
        ((1.5, 2.0), False, False, 9.0),
        ((1.5,), True, False, 16.0),
        ((2.0,), True, True, 25.0),
    ):
        for size in sizes:
            u = math.exp(-0.5 * size**2)
            for side, angle in ((1, 1.0), (-1, 0.5)):
                days = median * math.exp(side * 0.6 * size)
                assert stay_long(u, angle, severe, psychotic, q) == int(days + 0.5)


def test_what_passes_is_of_those_who_went_through_it_wherever_they_stand_among_many(
    people, p, face
):
    """Three weeks after a bed was needed and two after the ward; the others of 600 have nothing of it."""
    q, r = p.crisis._replace(crisis=-4.0, crisis_discharge=0.6, discharge_weeks=8.0), people(600)
    gone = np.arange(600) % 256 < 40
    gone[256:] = False
    r.since_need[gone], r.discharged[gone] = 3, 2
    face(r, q)
    recent = add_recent(3.0, False, 2.0, q)
    assert recent == pytest.approx(2.5 * math.exp(-0.5) + 0.6 * math.exp(-0.25))
    for mine, passed in ((gone, recent), (~gone, 0.0)):
        chance = 1 - math.exp(-expect_crisis(0.0, 0.0, passed, 0.0, 0.0, False, q))
        assert r.crisis_chance[mine] == pytest.approx(np.full(mine.sum(), chance), rel=1e-5)


def test_days_in_the_ward_are_those_of_the_illness_that_somebody_has(people, p, face):
    r = people(4)
    r.severe[:], r.psychotic[:] = (0, 1, 1, 0), (0, 0, 1, 0)
    given = p.crisis._replace(
        crisis=90.0, crisis_most=90.0, crisis_most_log=0.0, to_emergency=1.0, admission=90.0
    )
    given = given._replace(stay_median=9.0, stay_severe=16.0, stay_psychotic=25.0, stay_spread=0.0)
    face(r, given)
    assert r.boarding.tolist() == [9, 16, 25, 9]
