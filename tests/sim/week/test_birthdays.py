"""What a birthday brings: as few changes as keep the shares by age, for those who have one."""

import numpy as np
import pytest

from sim.engine.random import seed_words, week_counter_of
from sim.evidence.parameters import make_parameters
from sim.society.ageing.age_structure import AGES
from sim.society.ageing.life_course import HOME_BANDS, STATES, LifeCourse
from sim.state.codes import Employment, Insurance, TieKind
from sim.state.groups import Turn
from sim.state.ties import add_tie
from sim.week.turnover.birthdays import grow_older, move_on

P = make_parameters({}).turnover._replace(
    work_anew=0.0, severe_passing=0.0, trait_age=0.0, temperament_age=0.0
)
BEFORE, AFTER = 40 - 12 - 1, 40 - 12
"""Rows of the tables for somebody who turns 40."""


def make_course(**after):
    """Shares that are 0.4 before the birthday, and as given after it."""
    course = LifeCourse(
        *(np.zeros(AGES), np.zeros(AGES), np.zeros((AGES, 5, STATES)), np.zeros(AGES)),
        *(np.full((AGES, 5), 0.4), np.zeros(len(HOME_BANDS)), np.zeros(len(HOME_BANDS))),
        np.zeros(AGES, np.int64),
    )
    course.severe[:] = 0.4
    course.work[:] = (0.4, 0.6, 0.0, 0.0)
    for name, share in after.items():
        getattr(course, name)[AFTER] = share
    return course


def grow(people, strangers, course=None, p=P, n=1_000, age=40.1, ties=None, **columns):
    r = people(n)
    r.age[:] = age
    r.employment[:] = Employment.RETIRED
    for name, values in columns.items():
        getattr(r, name)[:] = values
    made = make_course(work=(0.4, 0.6, 0.0, 0.0)) if course is None else course
    when = Turn(7, week_counter_of(7), 0.25, np.array([0, n // 2, n], np.int64), 0.5, seed_words(9))
    grow_older(r, strangers(n) if ties is None else ties, made, when, p)
    return r


def test_a_severe_illness_passes_with_the_share_of_those_who_have_one(people, strangers):
    p = P._replace(trait_severe=0.5, temperament_severe=0.25)
    r = grow(people, strangers, make_course(severe=0.3), p, severe=1, psychotic=1)
    well = r.severe == 0
    assert well.mean() == pytest.approx(0.25, abs=0.055)
    assert (r.psychotic == ~well).all()
    assert (r.trait[well] == -0.5).all()
    assert (r.temperament[well] == -0.25).all()
    assert not r.trait[~well].any()
    assert not grow(people, strangers, make_course(severe=0.3), p, severe=0).severe.any()


def test_a_severe_illness_sets_in_where_it_is_missing_and_where_it_passed(people, strangers):
    p = P._replace(trait_severe=0.5, temperament_severe=0.25, psychotic=0.3)
    r = grow(people, strangers, make_course(severe=0.7), p)
    ill = r.severe == 1
    assert ill.mean() == pytest.approx(0.3 / 0.6, abs=0.065)
    assert r.psychotic[ill].mean() == pytest.approx(0.3, abs=0.08)
    assert not r.psychotic[~ill].any()
    assert (r.trait == 0.5 * ill).all()
    assert (r.temperament == 0.25 * ill).all()
    assert grow(people, strangers, make_course(severe=0.7), p, severe=1).severe.all()
    recover = p._replace(severe_passing=0.5)
    assert grow(people, strangers, make_course(), recover, severe=1).severe.mean() == pytest.approx(
        0.5, abs=0.065
    )
    assert grow(people, strangers, make_course(), recover).severe.mean() == pytest.approx(
        0.4 * 0.5 / 0.6, abs=0.065
    )


def test_connections_are_lost_and_gained_as_shares_say(people, strangers):
    lost = grow(people, strangers, make_course(online=0.1), online=1)
    assert lost.online.mean() == pytest.approx(0.25, abs=0.055)
    assert not grow(people, strangers, make_course(online=0.1), online=0).online.any()
    gained = grow(people, strangers, make_course(online=0.7), online=0)
    assert gained.online.mean() == pytest.approx(0.5, abs=0.065)
    assert grow(people, strangers, make_course(online=0.7), online=1).online.all()


def test_who_has_no_birthday_in_the_quarter_stays_as_they_are(people, strangers):
    ages = np.tile([40.0, 40.24, 40.26, 39.9], 250)
    r = grow(people, strangers, make_course(severe=0.0), severe=1, age=ages)
    assert r.severe.reshape(-1, 4)[0].tolist() == [0, 0, 1, 1]


def test_pensioners_are_publicly_insured_from_sixty_five(people, strangers):
    ages = np.tile([64.1, 65.0, 65.3], 10)
    r = grow(people, strangers, n=30, age=ages, insurance=Insurance.PRIVATE)
    assert r.insurance[:3].tolist() == [Insurance.PRIVATE, Insurance.PUBLIC, Insurance.PRIVATE]


def test_traits_change_with_age_between_eighteen_and_eighty(people, strangers):
    p = P._replace(trait_age=0.4, temperament_age=-0.2)
    r = grow(people, strangers, None, p, n=4, age=[17.9, 18.0, 79.9, 80.0])
    assert r.trait.tolist() == pytest.approx([0.0, 0.1, 0.1, 0.0])
    assert r.temperament.tolist() == pytest.approx([0.0, -0.05, -0.05, 0.0])


def test_work_is_left_with_those_known_from_it_and_kept_by_the_others(people, strangers):
    n = 400
    ties = strangers(n)
    for a in range(0, n, 2):
        add_tie(ties, a, a + 1, TieKind.WORK, 0)
        add_tie(ties, a, (a + 2) % n, TieKind.FRIEND, 0)
    ages = np.where(np.arange(n) % 2, 45.5, 40.1)
    course = make_course(work=(0.7, 0.3, 0.0, 0.0))
    r = grow(
        people, strangers, course, n=n, age=ages, ties=ties, employment=Employment.EMPLOYED, place=3
    )
    gone = r.employment == Employment.NOT_IN_WORK
    assert gone[::2].mean() == pytest.approx(0.5, abs=0.1)
    assert not gone[1::2].any()
    assert (r.place == np.where(gone, 0, 3)).all()
    at_work = (ties.kind == TieKind.WORK).any(axis=1)
    assert not at_work[gone].any()
    assert (ties.kind == TieKind.FRIEND).sum() == n


def test_who_begins_works_where_people_of_like_income_do_and_comes_to_know_some(people, strangers):
    n = 200
    ties = strangers(n)
    r = grow(
        *(people, strangers),
        n=n,
        ties=ties,
        age=np.where(np.arange(n) < 20, 40.1, 45.5),
        employment=Employment.EMPLOYED,
        place=np.where(np.arange(n) < 20, 0, np.where(np.arange(n) % 2, 1, 2)),
        income=np.where(np.arange(n) < 20, 1, np.where(np.arange(n) % 2, 2, 4)),
    )
    assert (r.place[:20] == 1).all()
    known = (ties.kind == TieKind.WORK).sum(axis=1)
    assert known[:20].tolist() == [1 if key % 3 == 0 else 2 for key in range(20)]
    a, slot = np.nonzero(ties.kind)
    assert (r.place[a] == r.place[ties.neighbour[a, slot]]).all()
    assert (ties.since[a, slot] == 7).all()
    assert known.max() <= 3
    assert r.place[20:24].tolist() == [2, 1, 2, 1]


def test_pupils_go_to_school_where_they_live_with_others_of_their_class(people, strangers):
    n = 200
    new = np.arange(n) % 10 == 0
    ties = strangers(n)
    course = make_course()
    course.work[:] = (0.0, 0.0, 1.0, 0.0)
    r = grow(
        *(people, strangers, course),
        n=n,
        ties=ties,
        age=np.where(new, 14.1, np.where(np.arange(n) % 2, 15.6, 15.7)),
        employment=Employment.STUDENT,
        neighbourhood=np.where(np.arange(n) < n // 2, 0, 1),
        place=np.where(new, 0, np.where(np.arange(n) < n // 2, 1, 2)),
    )
    assert r.place[new].tolist() == [1] * 10 + [2] * 10
    a, slot = np.nonzero(ties.kind)
    assert a.size > 20
    # A year and a half apart is the same class, more is not: 15.6 and 14.1, not 15.7.
    assert (ties.neighbour[a, slot][new[a]] % 2 == 1).all()
    dead = grow(people, strangers, course, n=4, age=14.1, employment=Employment.STUDENT, alive=0)
    assert not dead.place.any()


def test_whoever_need_not_change_state_does_not():
    before, after = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.5, 0.25])
    assert move_on(1, before, after, 0.0, 0.999, 0.0, 3) == 1
    assert move_on(0, before, after, 0.0, 0.49, 0.0, 3) == 0
    assert move_on(0, before, after, 0.0, 0.5, 0.0, 3) == 2
    assert [move_on(0, before, after, 1.0, 0.5, goes, 3) for goes in (0.2, 0.3, 0.8)] == [0, 1, 2]


def test_who_begins_finds_any_of_the_places_where_people_alike_work(people, strangers):
    """Ten places of ninety each, five for people of income 1 and five for others: each of the first five is found."""
    n = 1_000
    fresh = np.arange(n) % 10 == 0
    place = np.where(fresh, 0, 1 + np.arange(n) // 100)
    r = grow(
        *(people, strangers),
        n=n,
        age=np.where(fresh, 40.1, 45.5),
        employment=Employment.EMPLOYED,
        place=place,
        income=np.where(place > 5, 4, 1),
    )
    found = np.bincount(r.place[fresh], minlength=11)
    # Those who begin are of income 1, as are the first five places.
    assert found[0] == found[6:].sum() == 0
    assert found[1:6].min() >= 8
