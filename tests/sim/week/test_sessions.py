"""Sessions, one rule at a time: when they are due, what counts as care, what they change, who is sent on."""

import math

import numpy as np
import pytest

from sim.state.codes import Access, Channel, Employment, Event, KindParameter
from sim.week.resident.phases import RECEIVE_CARE


def enrol(people, services, count, services_in_all=1):
    """Everybody is in the first service since last week, which holds a session every week."""
    r, o = people(count), services(services_in_all)
    r.care_service[:, 0], r.care_since[:, 0] = 1, -1
    o.frequency[:] = o.start[:] = 1.0
    o.dose[:] = 0.2
    return r, o


@pytest.fixture
def attend(after, p, seed):
    """A week of care, with some parameters as stated."""

    def live_a_week(r, o, week=0, **changes):
        r.sessions[:], r.missed[:], r.happened[:], o.held[:], o.left[:] = 0, 0, 0, 0, 0
        given = p._replace(care=p.care._replace(**changes))
        after(RECEIVE_CARE, r, o, given, seed, week)

    return live_a_week


def test_a_part_of_what_a_session_gives_is_felt_at_once(people, services, attend):
    r, o = enrol(people, services, 1)
    o.ceiling[0, Channel.COPING], o.ceiling[0, Channel.CONNECTION] = 0.4, 0.3
    r.distress[:], r.loneliness[:] = 1.0, 0.5
    attend(r, o, felt_at_once=0.5)
    assert r.distress[0] == pytest.approx(1.0 - 0.5 * 0.2 * 0.4)
    assert r.loneliness[0] == pytest.approx(0.5 - 0.5 * 0.2 * 0.3)
    # Only what the session itself gives is felt.
    r, o = enrol(people, services, 1)
    o.ceiling[0, Channel.COPING], o.ceiling[0, Channel.CONNECTION] = 0.4, 0.3
    r.distress[:], r.loneliness[:], r.coping[:], r.connection[:] = 1.0, 0.5, 0.1, 0.2
    r.last_session[:] = -1
    attend(r, o, felt_at_once=0.5)
    assert r.distress[0] == pytest.approx(1.0 - 0.5 * 0.2 * (0.4 - 0.1))
    assert r.loneliness[0] == pytest.approx(0.5 - 0.5 * 0.2 * (0.3 - 0.2))


def test_a_course_takes_its_share_of_a_caregivers_strain_as_well_as_its_staff_can(
    people, services, attend
):
    r, o = enrol(people, services, 1)
    o.kind_parameters[0, KindParameter.STRAIN_REDUCTION], o.quality[:] = 0.3, 0.5
    r.strain[:] = 0.4
    attend(r, o)
    assert r.strain[0] == pytest.approx(0.4 * (1 - 0.3 * 0.5))


def test_the_first_week_has_its_own_rhythm(people, services, attend):
    r, o = enrol(people, services, 2)
    r.care_since[:, 0] = (0, -1)
    o.frequency[:], o.start[:] = 0.0, 1.0
    attend(r, o)
    assert r.sessions.tolist() == [1, 0]
    attend(r, o, week=1)
    assert r.sessions.tolist() == [0, 0]


def test_the_week_after_a_discharge_is_offered_sooner_and_never_later(people, services, attend):
    r, o = enrol(people, services, 3)
    r.discharged[:] = (0, 1, 2)
    o.frequency[:] = 0.0
    attend(r, o, soon_after_discharge=1.0)
    assert r.sessions.tolist() == [0, 1, 0]
    o.frequency[:] = 1.0
    attend(r, o, week=1, soon_after_discharge=0.0)
    assert r.sessions.tolist() == [1, 1, 1]


def test_some_services_need_so_many_sessions_before_anything_changes(people, services, attend):
    r, o = enrol(people, services, 1)
    o.ceiling[0, Channel.COPING] = 0.4
    o.kind_parameters[0, KindParameter.THRESHOLD] = 2
    gained = []
    for week in range(4):
        attend(r, o, week)
        gained.append(float(r.coping[0]))
    assert gained == pytest.approx([0.0, 0.0, 0.2 * 0.4, 0.2 * 0.4 * 1.8])


def test_a_lecture_is_held_and_left_but_is_no_contact_with_care(people, services, attend):
    for low, counted in ((0.0, 1), (1.0, 0)):
        r, o = enrol(people, services, 400)
        o.kind_parameters[0, KindParameter.LOW_INTENSITY] = low
        o.no_show[:], o.dropout_at_first[:] = 0.5, 1.0
        attend(r, o)
        held = int(o.held.sum())
        assert 150 < held < 250
        assert r.sessions.sum() == counted * held
        assert r.missed.sum() == counted * (400 - held)
        assert (r.last_session == 0).sum() == counted * held
        assert o.left[0] == held
        assert (r.happened & Event.LEFT_EARLY > 0).sum() == counted * held


def test_work_found_through_a_service_hangs_on_its_quality(people, services, attend):
    r, o = enrol(people, services, 1_000)
    o.kind_parameters[0, KindParameter.PLACEMENT], o.quality[:] = 0.6, 0.5
    r.employment[:] = Employment.NOT_IN_WORK
    attend(r, o)
    found = np.mean(r.employment == Employment.EMPLOYED)
    assert found == pytest.approx(0.6 * 0.5, abs=4 * math.sqrt(0.21 / 1_000))


def test_harm_takes_away_what_was_gained_elsewhere_too(people, services, attend):
    r, o = enrol(people, services, 2)
    o.kind_parameters[0, KindParameter.HARM] = 0.3
    r.coping[:], r.last_session[:] = (0.4, -0.1), -1
    attend(r, o)
    recovered = -0.1 + 0.2 * 0.1
    assert r.coping.tolist() == pytest.approx(
        [0.4 - 0.2 * 0.3, recovered - 0.2 * (0.3 + recovered)]
    )


def test_the_two_ways_to_leave_early_are_two_chances_and_only_the_young_leave_more(
    people, services, p, attend
):
    r, o = enrol(people, services, 3_000)
    o.dropout[:], o.dropout_at_first[:] = 0.2, 0.5
    r.age[:1_500], r.age[1_500:] = p.care.young, p.care.young - 0.1
    attend(r, o, dropout_young=1.0)
    gone = r.care_service[:, 0] == 0
    slack = 4 * math.sqrt(0.25 / 1_500)
    assert gone[:1_500].mean() == pytest.approx(1 - 0.5 * math.exp(-0.2), abs=slack)
    assert gone[1_500:].mean() == pytest.approx(1 - 0.5 * math.exp(-0.4), abs=slack)


def test_care_without_a_set_course_ends_below_the_score_of_the_well(people, services, p, attend):
    r, o = enrol(people, services, 2)
    o.finish[:] = 50.0
    r.phq[:] = (p.care.well_phq, p.care.well_phq - 0.5)
    attend(r, o)
    assert r.care_service[:, 0].tolist() == [1, 0]
    assert o.left.sum() == 0
    # A course is not shortened for whoever is well before its end.
    r, o = enrol(people, services, 1)
    o.finish[:], o.course[:], r.phq[:] = 50.0, 5, 0.0
    attend(r, o)
    assert r.care_service[0, 0] == 1


def test_who_needs_more_goes_to_treatment_and_a_partners_share_goes_to_the_partner(
    people, services, p, attend
):
    r, o = enrol(people, services, 1_500, services_in_all=3)
    o.access[2], o.onward[0, 2] = Access.CRISIS, 1
    o.refers[0], o.kind_parameters[0, KindParameter.LINKS] = 0.3, 0.2
    r.phq[:500], r.severe[500:1_000] = p.care.refer_phq, 1
    r.phq[1_000:] = p.care.refer_phq - 0.5
    attend(r, o)
    treated, sent = r.wait_service[:, 0] == 2, r.wait_service[:, 0] == 3
    for part in (slice(0, 500), slice(500, 1_000)):
        assert treated[part].mean() == pytest.approx(0.3, abs=0.08)
    assert not treated[1_000:].any()
    assert sent.mean() == pytest.approx(0.2, abs=0.04)
    assert not r.wait_service[:, 1].any()


def test_gains_fade_from_the_week_after_the_last_in_which_they_are_kept(people, services, attend):
    r, o = people(2), services(1)
    r.coping[:] = 0.4
    r.last_session[:] = (-8, -9)
    attend(r, o, fade_after=8.0, coping_kept=0.5)
    assert r.coping.tolist() == pytest.approx([0.4, 0.2])


def test_company_is_that_of_all_services_that_somebody_has_been_to(people, services, attend):
    r, o = enrol(people, services, 3, services_in_all=4)
    r.care_service[:, :2], r.care_since[:, :2] = (3, 4), -1
    o.kind_parameters[2:, KindParameter.COMPANY] = (0.5, 0.25)
    o.frequency[3], r.stay[1], o.course[3] = 0.0, 4, 2
    attend(r, o)
    assert r.company.tolist() == [0.5, 0.0, 0.5]
    o.frequency[3] = 1.0
    attend(r, o, week=1)
    assert r.company[0] == 0.75
    attend(r, o, week=2)  # the course is over, and its company with it
    assert r.care_service[0, :2].tolist() == [3, 0]
    assert r.company[0] == 0.5


def test_relief_of_the_ward_stays_and_of_any_service_that_prescribes(people, services, attend):
    r, o = people(4), services(2)
    o.ceiling[1, Channel.RELIEF] = 0.3
    r.relief[:] = 0.3
    r.care_service[1], r.care_service[2], r.stay[3] = (1, 2, 0, 0), (1, 0, 0, 0), 5
    attend(r, o, relief_kept=0.5)
    assert r.relief.tolist() == pytest.approx([0.15, 0.3, 0.15, 0.3])
    r.care_service[3, 0] = 1
    attend(r, o, week=1, relief_kept=0.5)
    assert r.relief[3] == pytest.approx(0.3)


def test_a_place_is_used_in_whichever_slot_it_is_and_each_of_several(people, services, attend):
    r, o = people(6), services(4)
    o.frequency[:] = o.start[:] = 1.0
    o.no_show[:] = o.dropout[:] = 0.0
    for slot in range(4):
        r.care_service[slot, slot] = slot + 1
    r.care_service[4] = (4, 3, 2, 1)
    r.care_since[:] = -1
    r.company[:] = 9.0
    attend(r, o)
    assert r.sessions.tolist() == [1, 1, 1, 1, 4, 0]
    assert np.diag(r.care_sessions[:4]).tolist() == [1] * 4
    assert o.held.sum(axis=(1, 2)).tolist() == [2] * 4
    assert not r.company.any()


def test_any_service_sends_people_to_any_other_and_to_its_own_partners(people, services, p, attend):
    """The first of three services is where the second refers to and the partner of the third."""
    r, o = people(900), services(3)
    r.care_service[:, 0], r.care_since[:, 0] = np.where(np.arange(900) < 450, 2, 3), -1
    o.frequency[:], o.access[1:] = 1.0, Access.CRISIS
    o.refers[1], o.kind_parameters[2, KindParameter.LINKS], o.onward[2, 0] = 0.4, 0.3, 1
    r.phq[:] = p.care.refer_phq
    attend(r, o)
    sent = r.wait_service[:, 0] == 1
    assert sent[:450].mean() == pytest.approx(0.4, abs=0.09)
    assert sent[450:].mean() == pytest.approx(0.3, abs=0.09)
    assert not (r.wait_service > 1).any()


def test_relief_that_is_forgotten_no_longer_fades(people, services, attend):
    r, o = people(2), services(1)
    r.relief[:] = (0.0008, 0.0012)
    attend(r, o, relief_kept=0.5)
    assert r.relief.tolist() == pytest.approx([0.0008, 0.0006])


def test_a_course_ends_with_its_last_session_however_long_it_was_before(people, services, attend):
    """One of a single session; and one of five, which was longer when somebody had seven of it."""
    r, o = enrol(people, services, 2)
    o.no_show[:], o.course[:] = 0.0, 1
    attend(r, o)
    assert (r.care_service[:, 0].tolist(), o.left.sum()) == ([0, 0], 0)
    r, o = enrol(people, services, 3)
    o.frequency[:], o.course[:], r.care_sessions[:, 0] = 0.0, 5, (4, 5, 7)
    attend(r, o)
    assert r.care_service[:, 0].tolist() == [1, 0, 0]


def test_who_had_one_session_does_not_leave_over_it_in_a_week_without_any(people, services, attend):
    r, o = enrol(people, services, 2)
    o.frequency[:], o.dropout_at_first[:], r.care_sessions[:, 0] = 0.0, 1.0, (0, 1)
    attend(r, o)
    assert (r.care_service[:, 0].tolist(), o.left.sum()) == ([1, 1], 0)


def test_three_places_are_three_whatever_the_numbers_of_their_services(people, services, attend):
    r, o = people(3), services(3)
    o.frequency[:], o.no_show[:], r.care_since[:] = 1.0, 0.0, -1
    r.care_service[:] = (1, 2, 3, 0), (1, 2, 0, 3), (0, 2, 1, 3)
    attend(r, o)
    assert r.sessions.tolist() == [3, 3, 3]


def test_the_last_day_in_the_ward_is_one_in_the_ward(people, services, attend):
    r, o = enrol(people, services, 2)
    r.stay[:], r.relief[:] = (1, 0), 0.3
    attend(r, o, relief_kept=0.5)
    assert r.sessions.tolist() == [0, 1]
    assert r.relief.tolist() == pytest.approx([0.3, 0.15])


def test_one_bad_week_before_is_no_episode_that_keeps_somebody_in_care(people, services, attend):
    r, o = enrol(people, services, 2)
    o.finish[:], r.episode[:] = 50.0, (-1, 2)
    attend(r, o)
    assert r.care_service[:, 0].tolist() == [0, 1]
