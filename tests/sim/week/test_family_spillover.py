"""What caregivers bring home: who gains by it, how much, and from which session on."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.state.codes import KindParameter, TieKind
from sim.state.ties import add_tie
from sim.week.resident.family_spillover import apply_family_spillover, note_sessions, spread_gains

NEED = 10.0


def at_home(people, services, strangers, sessions):
    """A caregiver (row 0) in a course of the second service, with so many sessions before and after."""
    r, o, ties = people(6), services(2), strangers(6)
    for other, kind in enumerate((TieKind.HOME,) * 4 + (TieKind.FRIEND,), 1):
        add_tie(ties, 0, other, kind, 0)
    before = np.zeros_like(r.care_sessions)
    r.care_service[0, 1] = 2
    before[0, 1], r.care_sessions[0, 1] = sessions
    o.enrolled[1], o.dose[:], o.quality[:] = 1, 0.5, 0.8
    o.kind_parameters[1, KindParameter.THRESHOLD] = 3
    r.phq[1:] = (12.0, 9.9, 12.0, 2.0, 12.0)
    r.severe[4], r.alive[3] = 1, 0
    r.responsiveness[1] = 0.5
    return r, o, ties, before


def spread(r, o, ties, before, p, ceilings=(0.4, 0.2)):
    for_kin = np.zeros((2, 2))
    for_kin[1] = ceilings
    spread_gains(r, o, ties, before, for_kin, NEED, p.care)


def test_those_at_home_who_live_and_are_ill_gain_and_nobody_else(people, services, strangers, p):
    r, o, ties, before = at_home(people, services, strangers, (3, 4))
    spread(r, o, ties, before, p)
    assert r.self_management.tolist() == pytest.approx(
        [0.0, 0.5 * 0.4 * 0.8 * 0.5, 0.0, 0.0, 0.5 * 0.4 * 0.8, 0.0]
    )
    assert r.connection.tolist() == pytest.approx(
        [0.0, 0.5 * 0.2 * 0.8 * 0.5, 0.0, 0.0, 0.5 * 0.2 * 0.8, 0.0]
    )


def test_a_course_is_brought_home_after_its_first_lessons_and_only_when_one_was_held(
    people, services, strangers, p
):
    for sessions, gains in (((3, 4), True), ((2, 3), False), ((3, 3), False), ((9, 10), True)):
        r, o, ties, before = at_home(people, services, strangers, sessions)
        spread(r, o, ties, before, p)
        assert (r.self_management[4] > 0) == gains, sessions


def test_one_kind_of_gain_alone_is_brought_home_too(people, services, strangers, p):
    for ceilings in ((0.4, 0.0), (0.0, 0.2), (0.0, 0.0)):
        r, o, ties, before = at_home(people, services, strangers, (5, 6))
        spread(r, o, ties, before, p, ceilings)
        assert (r.self_management[4] > 0, r.connection[4] > 0) == tuple(x > 0 for x in ceilings)


def test_nothing_of_other_services_is_brought_home_nor_of_a_place_that_was_taken_anew(
    people, services, strangers, p
):
    """Of three services the second alone teaches; whoever begins again has fewer sessions than before."""
    for mine, counted in (
        ({"service": 1, "sessions": (5, 6)}, False),
        ({"service": 3, "sessions": (5, 6)}, False),
        ({"service": 2, "sessions": (9, 1)}, False),
        ({"service": 2, "sessions": (5, 6)}, True),
    ):
        r, o, ties, before = at_home(people, services, strangers, mine["sessions"])
        r.care_service[0, 1], o = mine["service"], services(3)
        o.enrolled[:], o.dose[:] = 1, 0.5
        for_kin = np.zeros((3, 2))
        for_kin[1] = 0.4
        spread_gains(r, o, ties, before, for_kin, NEED, p.care)
        assert (r.self_management[4] > 0) == counted, mine


def test_sessions_are_noted_where_something_is_brought_home_and_told_with_those_before_the_week(
    people, services, strangers, p
):
    r, o, ties, before = at_home(people, services, strangers, (3, 3))
    world = SimpleNamespace(
        residents=r,
        ties=ties,
        parameters=p,
        provision=SimpleNamespace(offers=o, for_kin=np.zeros((2, 2))),
    )
    noted = note_sessions(world)
    assert noted is None
    apply_family_spillover(world, noted)
    world.provision.for_kin[1, 0] = 0.4
    noted = note_sessions(world)
    assert np.array_equal(noted, before)
    r.care_sessions[0, 1] = 4
    assert noted[0, 1] == 3
    apply_family_spillover(world, noted)
    assert r.self_management[4] == pytest.approx(0.5 * 0.4 * 0.8)
    assert not r.connection.any()
