"""Care: gains towards a ceiling, fading, attending, leaving."""

import math

import numpy as np
import pytest

from sim.engine.random import week_counter_of
from sim.state.codes import Channel, Employment, Event, KindParameter
from sim.state.groups import Sessions, Supply, Week
from sim.week.resident.care import gain, receive_care, retain_gain, shift_attitude


def test_a_session_moves_a_channel_towards_its_ceiling(p):
    assert gain(0.0, 0.4, 0.2, 0.5, 1.0, p.care) == pytest.approx(0.04)
    assert gain(0.1, 0.4, 0.2, 1.0, 0.5, p.care) == pytest.approx(0.1 + 0.2 * 0.1)
    assert gain(0.5, 0.4, 0.2, 1.0, 1.0, p.care) == 0.5
    assert gain(0.0, 0.4, 0.2, 1.0, 0.0, p.care) == 0.0


def test_two_services_on_one_channel_do_not_add_beyond_the_higher_ceiling(p):
    gained = 0.0
    for _ in range(200):
        gained = gain(gain(gained, 0.4, 0.2, 1.0, 1.0, p.care), 0.3, 0.2, 1.0, 1.0, p.care)
    assert gained == pytest.approx(0.4)


def test_additive_gains_do_add_up_to_their_limit(p):
    q, gained = p.care._replace(additive=1.0), 0.0
    assert gain(0.5, 0.4, 0.2, 1.0, 1.0, q) == pytest.approx(0.5 + 0.2 * 0.4 * 0.5)
    low = p.care._replace(additive=0.8)
    assert gain(0.5, 0.4, 0.2, 1.0, 1.0, low) == pytest.approx(0.5 + 0.2 * 0.4 * (1 - 0.5 / 0.8))
    # Beyond the limit nothing is added and nothing taken, and who answers badly loses nothing.
    assert gain(0.9, 0.4, 0.2, 1.0, 1.0, low) == gain(0.9, 0.4, 0.2, 1.0, -1.0, low) == 0.9
    assert gain(0.3, 0.4, 0.2, 1.0, -1.0, low) == gain(0.3, 0.4, 0.2, 1.0, -1.0, p.care) == 0.3
    for _ in range(500):
        gained = gain(gained, 0.4, 0.2, 1.0, 1.0, q)
    assert 0.9 < gained <= 1.0


def test_attitudes_are_shifted_by_what_a_service_teaches_and_left_alone_where_it_teaches_nothing():
    assert shift_attitude(0.0, 0.0, 0.5, 0.2, 1.0) == pytest.approx(0.1)
    assert shift_attitude(0.9, 0.0, 0.5, 0.2, 1.0) == 0.9
    assert shift_attitude(0.0, 0.0, -0.5, 0.2, 0.5) == pytest.approx(-0.05)
    assert shift_attitude(-0.9, 0.0, -0.5, 0.2, 1.0) == -0.9
    # Towards a goal that hangs on what is the person's own.
    assert shift_attitude(0.2, 0.3, 0.5, 0.2, 0.5) == pytest.approx(0.2 + 0.2 * (0.55 - 0.2))
    assert shift_attitude(0.2, 0.3, -0.5, 0.2, 0.5) == pytest.approx(0.2 + 0.2 * (0.05 - 0.2))
    assert shift_attitude(0.6, 0.0, 0.0, 0.2, 1.0) == 0.6
    assert shift_attitude(-0.6, 0.0, 0.0, 0.2, 1.0) == -0.6


def test_gains_are_kept_while_sessions_go_on():
    assert retain_gain(0.5, 0.9, False) == 0.5
    assert retain_gain(0.5, 0.9, True) == pytest.approx(0.45)


def enrolled(people, services, count=1_000):
    r, o = people(count), services(1)
    r.care_service[:, 0], r.care_since[:, 0] = 1, -1
    o.frequency[:] = o.start[:] = 1.0
    o.dose[:] = 0.2
    return r, o


def run(r, o, p, seed, weeks=1, start=0):
    for week in range(start, start + weeks):
        r.sessions[:], r.missed[:], r.happened[:], o.held[:], o.left[:] = 0, 0, 0, 0, 0
        when, counted = Week(week, week_counter_of(week), seed), Sessions(o.held, o.left)
        receive_care(0, r.key.size, r, Supply(o, p.choice), counted, when, p.care)


def test_a_session_is_held_counted_and_works_on_every_channel(people, services, p, seed):
    r, o = enrolled(people, services, 2)
    o.ceiling[0] = (0.4, 0.3, 0.2, 0.1, -0.5, 0.6)
    run(r, o, p, seed)
    reached = [
        getattr(r, name)[0]
        for name in ("coping", "connection", "self_management", "relief", "stigma", "knowledge")
    ]
    assert reached == pytest.approx([0.2 * x for x in (0.4, 0.3, 0.2, 0.1, -0.5, 0.6)])
    assert list(range(6)) == [
        Channel.COPING,
        Channel.CONNECTION,
        Channel.SELF_MANAGEMENT,
        Channel.RELIEF,
        Channel.STIGMA,
        Channel.KNOWLEDGE,
    ]
    assert r.sessions.tolist() == [1, 1]
    assert r.care_sessions[:, 0].tolist() == [1, 1]
    assert r.last_session.tolist() == [0, 0]
    assert o.held[0, 2, 2] == o.held.sum() == 2


def test_sessions_are_missed_and_not_always_offered(people, services, p, seed):
    r, o = enrolled(people, services, 4_000)
    o.no_show[:], o.frequency[:], o.offered[:] = 0.25, 0.8, 0.5
    run(r, o, p, seed)
    error = 4 * math.sqrt(0.25 / 4_000)
    assert r.sessions.mean() == pytest.approx(0.8 * 0.5 * 0.75, abs=error)
    assert r.missed.mean() == pytest.approx(0.8 * 0.5 * 0.25, abs=error)


def test_people_leave_early_more_often_when_young_and_finish_after_a_course(
    people, services, p, seed
):
    r, o = enrolled(people, services, 4_000)
    o.dropout[:] = 0.1
    r.age[:2_000] = 20
    run(r, o, p, seed)
    gone = r.care_service[:, 0] == 0
    assert gone[2_000:].mean() == pytest.approx(1 - math.exp(-0.1), abs=0.03)
    assert gone[:2_000].mean() == pytest.approx(
        1 - math.exp(-0.1 * (1 + p.care.dropout_young)), abs=0.03
    )
    assert o.left.sum() == gone.sum() == (r.happened & Event.LEFT_EARLY > 0).sum()
    r, o = enrolled(people, services, 10)
    o.course[:] = 5
    run(r, o, p, seed, weeks=4)
    assert (r.care_service[:, 0] == 1).all()
    run(r, o, p, seed, start=4)
    assert (r.care_service == 0).all()
    assert o.left.sum() == 0


def test_some_leave_after_their_first_session_and_not_after_the_second(people, services, p, seed):
    r, o = enrolled(people, services, 4_000)
    o.dropout_at_first[:] = 0.4
    run(r, o, p, seed)
    gone = r.care_service[:, 0] == 0
    assert gone.mean() == pytest.approx(0.4, abs=0.03)
    assert o.left.sum() == gone.sum()
    run(r, o, p, seed, start=1, weeks=3)
    assert ((r.care_service[:, 0] == 0) == gone).all()


def test_only_the_well_finish_an_open_service(people, services, p, seed):
    r, o = enrolled(people, services, 900)
    o.finish[:] = 0.5
    r.phq[300:500], r.episode[500:600], r.severe[600:] = 12, 1, 1
    run(r, o, p, seed)
    gone = r.care_service[:, 0] == 0
    assert gone[:300].mean() == pytest.approx(1 - math.exp(-0.5), abs=0.12)
    assert not gone[300:].any()


def test_a_service_places_its_share_of_those_without_work_and_nobody_else(
    people, services, p, seed
):
    r, o = enrolled(people, services, 900)
    o.no_show[:] = 0.0
    o.kind_parameters[0, KindParameter.PLACEMENT] = 0.2
    r.employment[:600], r.employment[600:] = Employment.NOT_IN_WORK, Employment.RETIRED
    run(r, o, p, seed)
    assert np.mean(r.employment[:600] == Employment.EMPLOYED) == pytest.approx(0.2, abs=0.06)
    assert (r.employment[600:] == Employment.RETIRED).all()


def test_company_ends_with_the_service_that_gave_it(people, services, p, seed):
    r, o = people(2), services(1)
    r.company[:] = 1
    run(r, o, p, seed)
    assert not r.company.any()


def test_gains_fade_by_half_in_their_half_life_once_sessions_stop(people, services, p, seed):
    r, o = people(2), services(1)
    r.coping[:] = r.connection[:] = r.self_management[:] = r.relief[:] = 0.4
    r.last_session[:] = (-100, 0)
    run(r, o, p, seed, weeks=4)
    assert r.coping[0] == pytest.approx(0.4 * 0.5 ** (4 / 52), rel=1e-4)
    assert r.connection[0] == pytest.approx(0.4 * 0.5 ** (4 / 26), rel=1e-4)
    assert r.self_management[0] == pytest.approx(0.4 * 0.5 ** (4 / 39), rel=1e-4)
    assert r.relief[0] == pytest.approx(0.4 * 0.5 ** (4 / 4), rel=1e-4)
    assert [r.coping[1], r.connection[1], r.self_management[1]] == pytest.approx([0.4] * 3)


def test_relief_stays_while_a_service_prescribes(people, services, p, seed):
    r, o = enrolled(people, services, 1)
    o.ceiling[0, Channel.RELIEF], o.frequency[:] = 0.3, 0.0
    r.relief[:] = 0.3
    run(r, o, p, seed, weeks=10)
    assert r.relief[0] == pytest.approx(0.3)


def test_those_who_need_more_are_sent_on(people, services, p, seed):
    r, o = people(600), services(2)
    r.care_service[:, 0], r.care_since[:, 0] = 1, -1
    o.frequency[:], o.refers[0] = 1.0, 0.5
    r.phq[:300] = 16
    run(r, o, p, seed)
    sent = r.wait_service[:, 0] == 2
    assert sent[:300].mean() == pytest.approx(0.5, abs=0.12)
    assert not sent[300:].any()


def test_inpatients_and_the_dead_get_no_sessions(people, services, p, seed):
    r, o = enrolled(people, services, 2)
    r.stay[0], r.alive[1] = 5, 0
    run(r, o, p, seed)
    assert o.held.sum() == 0
    assert r.care_service[0, 0] == 1
    assert np.array_equal(r.sessions, [0, 0])


def test_a_service_that_harms_takes_coping_away_down_to_what_it_harms(people, services, p, seed):
    def cope(harm, weeks):
        r, o = enrolled(people, services, 40)
        o.no_show[:] = 0.0
        o.kind_parameters[0, KindParameter.HARM] = harm
        run(r, o, p, seed, weeks=weeks)
        return r.coping.min()

    assert cope(0.0, 3) == 0.0
    assert cope(0.3, 1) == pytest.approx(-0.2 * 0.3)
    assert -0.3 < cope(0.3, 12) < cope(0.3, 3) < -0.06

    # Whoever is worse off already is not harmed more: a session leads them back as ever.
    r, o = enrolled(people, services, 1)
    o.no_show[:], o.kind_parameters[0, KindParameter.HARM] = 0.0, 0.3
    r.coping[:], r.last_session[:] = -0.5, -1
    run(r, o, p, seed)
    assert r.coping[0] == pytest.approx(-0.5 + 0.2 * 0.5)
