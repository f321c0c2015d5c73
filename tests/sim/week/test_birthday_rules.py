"""Birthdays, one rule at a time: who leaves a state and for which, who learns or works with whom."""

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
YEAR = 40 - 12
"""Row of the tables for somebody who turns 40."""


@pytest.fixture
def course():
    """The same shares at every age: nobody need change."""
    made = LifeCourse(
        *(np.zeros(AGES), np.full(AGES, 0.4), np.zeros((AGES, 5, STATES)), np.zeros(AGES)),
        *(np.full((AGES, 5), 0.4), np.zeros(len(HOME_BANDS)), np.zeros(len(HOME_BANDS))),
        np.zeros(AGES, np.int64),
    )
    made.work[:], made.severe[:] = (0.1, 0.5, 0.3, 0.1), 0.4
    return made


@pytest.fixture
def grow(people, strangers, course):
    """Carry people over a quarter in which whoever is a tenth of a year past a birthday had it."""

    def grow_by_a_quarter(n=1_000, p=P, ties=None, **columns):
        r = people(n)
        r.age[:] = 40.1
        for name, values in columns.items():
            getattr(r, name)[:] = values
        areas = np.array([0, n // 2, n], np.int64)
        when = Turn(7, week_counter_of(7), 0.25, areas, 0.5, seed_words(9))
        grow_older(r, strangers(n) if ties is None else ties, course, when, p)
        return r

    return grow_by_a_quarter


def test_who_leaves_a_state_goes_where_more_are_in_proportion_to_the_gain():
    """Of 60% in a state two thirds leave it, a quarter of them for the one and the others for the other."""
    before, after = np.array([0.6, 0.2, 0.2]), np.array([0.2, 0.3, 0.5])
    assert [move_on(0, before, after, 0.0, 0.9, goes, 3) for goes in (0.24, 0.26)] == [1, 2]
    assert [move_on(0, before, after, 0.0, stays, 0.5, 3) for stays in (0.33, 0.34)] == [0, 2]
    # Where rounding leaves nothing to go to, people stay.
    assert move_on(0, before, after, 0.0, 0.9, 1.0, 3) == 0


def test_some_are_drawn_anew_and_the_others_stay_as_often_as_ever():
    """Half are drawn anew; of the other half, half leave a state whose share is halved."""
    before, after = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.5, 0.25])

    def go_on(stays):
        return move_on(0, before, after, 0.5, stays, 0.0, 3)

    assert [go_on(stays) for stays in (0.74, 0.76)] == [0, 2]
    drawn = [move_on(1, before, after, 0.5, 0.49, goes, 3) for goes in (0.2, 0.3, 0.8)]
    assert drawn == [0, 1, 2]
    assert move_on(1, before, after, 0.5, 0.51, 0.2, 3) == 1


def test_a_change_of_one_income_is_of_that_income_alone(grow, course):
    income = np.arange(1_000) % 5
    course.work[YEAR, 3], course.online[YEAR, 1] = (0.1, 0.0, 0.8, 0.1), 0.0
    r = grow(income=income, employment=Employment.EMPLOYED, online=1)
    assert (r.employment == np.where(income == 3, Employment.STUDENT, Employment.EMPLOYED)).all()
    assert (r.online == (income != 1)).all()


def test_changes_are_from_the_year_before_and_the_youngest_have_none(grow, course):
    course.severe[0] = course.online[0] = 0.8
    course.work[0] = (0.1, 0.0, 0.8, 0.1)
    n = np.arange(1_000)
    given = {"severe": n % 2, "online": n % 2, "employment": Employment.STUDENT}
    youngest = grow(age=12.1, **given)
    assert (youngest.severe == n % 2).all()
    assert (youngest.online == n % 2).all()
    assert (youngest.employment == Employment.STUDENT).all()
    next_year = grow(age=13.1, **given)
    for kept in (next_year.severe, next_year.online):
        assert kept[1::2].mean() == pytest.approx(0.5, abs=0.08)
        assert not kept[::2].any()
    work = np.bincount(next_year.employment, minlength=4) / 1_000
    assert work == pytest.approx(np.array([0.0, 0.625, 0.375, 0.0]), abs=0.065)


def test_an_illness_passes_by_age_and_by_itself_and_sets_in_for_as_many_as_are_missing(
    grow, course
):
    """From 40% to 30%, half of the ill recovering: of the ill 0.3 / 0.4 × 0.5 stay, of the well
    (0.3 − 0.4 × 0.375) / 0.6 fall ill.
    """
    course.severe[YEAR] = 0.3
    ill = np.arange(4_000) % 2
    r = grow(4_000, P._replace(severe_passing=0.5), severe=ill)
    assert r.severe[1::2].mean() == pytest.approx(0.375, abs=0.04)
    assert r.severe[::2].mean() == pytest.approx(0.25, abs=0.04)


def test_an_illness_that_nobody_of_that_age_had_sets_in(grow, course):
    course.severe[YEAR - 1], course.severe[YEAR] = 0.0, 0.3
    assert grow(4_000).severe.mean() == pytest.approx(0.3, abs=0.03)


def test_everybody_past_the_age_of_pension_is_publicly_insured(grow):
    r = grow(4, age=[66.1, 80.2, 99.1, 64.2], insurance=Insurance.UNINSURED)
    assert r.insurance.tolist() == [*[Insurance.PUBLIC] * 3, Insurance.UNINSURED]


def staff(n, mine, **columns):
    """People at one place of whom one has a birthday: nobody is like them but where it is said."""
    given = {"employment": Employment.EMPLOYED, "place": 1, "income": np.full(n, 4)}
    given |= {"age": np.full(n, 45.5)}
    given["age"][mine], given["income"][mine] = 40.1, 1
    for name, value in columns.items():
        given[name] = np.full(n, given[name]) if np.isscalar(given[name]) else given[name]
        for row, each in value.items():
            given[name][row] = each
    return given


def known(ties, i):
    return ties.neighbour[i][ties.kind[i] == TieKind.WORK].tolist()


@pytest.mark.parametrize(("fellow", "found"), [(60, [60]), (61, [])])
def test_sixty_others_at_a_place_are_asked(grow, strangers, fellow, found):
    ties = strangers(100)
    grow(100, ties=ties, **staff(100, 0, income={fellow: 1}))
    assert known(ties, 0) == found


def test_those_are_met_whose_addresses_come_next_around_the_place(grow, strangers):
    """Two of three people look for two, past the last address from the first on; others for one."""
    for mine, found in ((95, [97, 2]), (93, [97]), (0, [2]), (96, [97])):
        ties = strangers(100)
        grow(100, ties=ties, **staff(100, mine, income={2: 1, 10: 2, 97: 0}))
        assert known(ties, mine) == found, mine
    ties = strangers(100)
    add_tie(ties, 95, 40, TieKind.WORK, 0)
    add_tie(ties, 95, 41, TieKind.FRIEND, 0)
    grow(100, ties=ties, **staff(100, 95, income={2: 1, 10: 2, 97: 0}))
    assert known(ties, 95) == [40, 97]


def test_nobody_is_met_who_died_does_something_else_earns_differently_or_knows_three(
    grow, strangers
):
    ties = strangers(40)
    for other in (20, 21, 22):
        add_tie(ties, 7, other, TieKind.WORK, 0)
    add_tie(ties, 8, 20, TieKind.WORK, 0)
    add_tie(ties, 8, 21, TieKind.WORK, 0)
    given = staff(40, 3, income={4: 2, 5: 2, 6: 0, 7: 2, 8: 3}, employment={5: Employment.RETIRED})
    given["income"][3], given["alive"] = 2, np.arange(40) != 4
    grow(40, ties=ties, **given)
    # Row 8 knows two and is one fifth away; before it none will do.
    assert known(ties, 3) == [8]


def test_nobody_is_met_who_works_elsewhere(grow, strangers):
    ties = strangers(9)
    grow(9, ties=ties, **staff(9, 0, income=dict.fromkeys(range(9), 1), place={1: 2, 2: 2}))
    assert known(ties, 0) == [3]


def test_students_learn_anywhere_and_pupils_where_they_live(grow):
    """All who learn somewhere live in the second neighbourhood, all who begin in the first."""
    new = np.arange(200) < 100
    for begins, learns, place in ((19.1, 19.6, 4), (14.1, 14.6, 0), (18.1, 17.6, 4)):
        r = grow(
            200,
            age=np.where(new, begins, learns),
            employment=Employment.STUDENT,
            neighbourhood=~new,
            place=np.where(new, 0, 4),
        )
        assert (r.place[new] == place).all(), begins


@pytest.mark.parametrize("state", [Employment.RETIRED, Employment.NOT_IN_WORK])
def test_who_neither_works_nor_learns_has_no_place_and_meets_nobody_there(grow, strangers, state):
    ties = strangers(20)
    r = grow(20, ties=ties, employment=state, place=np.where(np.arange(20) < 5, 0, 1))
    assert not r.place[:5].any()
    assert not ties.kind.any()


def test_who_has_a_place_keeps_it(grow):
    place = np.where(np.arange(40) < 4, 1, 2)
    r = grow(40, employment=Employment.EMPLOYED, place=place, age=np.where(place == 1, 40.1, 45.5))
    assert (r.place == place).all()
