"""Whose home a child of twelve belongs to: the ages of parents, siblings, and who is asked at all."""

import numpy as np
import pytest

from sim.engine.random import seed_words, week_counter_of
from sim.evidence.parameters import make_parameters
from sim.society.ageing.age_structure import AGES
from sim.society.ageing.life_course import HOME_BANDS, STATES, LifeCourse
from sim.state.codes import Employment, TieKind
from sim.state.groups import Turn
from sim.state.ties import add_tie
from sim.week.turnover.arrivals import arrive, form_childhood_ties
from sim.week.turnover.departures import LEAVES, MOVES, STAYS
from sim.week.turnover.homes import list_homes

P = make_parameters({}).turnover._replace(parent_gap=26.0, parent_gap_sd=4.0)
CHILD = 12.125
"""Mean age of those who turn 12 in a quarter."""


def make_course():
    """All who come turn 12."""
    return LifeCourse(
        leaving=np.zeros(AGES),
        coming=np.ones(AGES),
        work=np.zeros((AGES, 5, STATES)),
        severe=np.zeros(AGES),
        online=np.ones((AGES, 5)),
        alone=np.zeros(len(HOME_BANDS)),
        with_parents=np.ones(len(HOME_BANDS)),
        band=np.zeros(AGES, np.int64),
    )


def turn_twelve(people, strangers, ages, children=1, areas=None, **columns):
    """The last half of the places become free, for children; in the first half somebody lives alone in each home.

    Returns residents, the rows of those whom children joined (-1: nobody), and the homes.
    """
    n = 2 * len(ages)
    r, ties = people(n), strangers(n)
    # Those who leave are too old to be taken for parents.
    r.household[:], r.age[: n // 2], r.age[n // 2 :] = np.arange(n), ages, 110
    r.under_12[: n // 2] = children
    for name, values in columns.items():
        getattr(r, name)[:] = values
    fate = np.where(np.arange(n) < n // 2, STAYS, LEAVES)
    homes = list_homes(r)
    borders = np.array([0, n] if areas is None else areas, np.int64)
    when = Turn(0, week_counter_of(0), 0.25, borders, 0.5, seed_words(5))
    assert arrive(r, ties, homes, make_course(), when, P, fate) == n // 2
    theirs = r.household[n // 2 :].astype(np.int64)
    return r, np.where(theirs < n // 2, theirs, -1), homes


@pytest.mark.parametrize("side", [-1, 1])
def test_parents_are_as_old_as_parents_are_and_the_further_off_the_rarer(people, strangers, side):
    """At one spread from the usual gap, a home is taken e^-½ as often as at the gap itself, on either side."""
    n = 1_500
    at_gap = np.arange(n) % 2 == 0
    ages = CHILD + 26.0 + np.where(at_gap, 0.0, side * 4.0)
    _, home, _ = turn_twelve(people, strangers, ages)
    found = home[home >= 0]
    assert found.size > 0.98 * n
    share = 1.0 / (1.0 + np.exp(-0.5))
    assert at_gap[found].mean() == pytest.approx(share, abs=4 * np.sqrt(0.24 / n))


def test_a_home_with_younger_siblings_is_fifty_times_as_likely(people, strangers):
    n = 1_500
    siblings = np.arange(n) % 10 == 0
    children = np.where(siblings, 200, 0)
    _, home, _ = turn_twelve(people, strangers, np.full(n, CHILD + 26.0), children)
    found = home[home >= 0]
    # Half of the places that are looked at are free; whom 48 looks brought nobody has none seen.
    siblings_look, childless_look = 0.05, 0.45 * 0.02
    either = siblings_look + childless_look
    share = siblings_look / either * (1.0 - (1.0 - either) ** 48)
    assert siblings[found].mean() == pytest.approx(share, abs=0.04)


def test_who_could_not_be_a_parent_takes_no_child_in_and_whoever_could_at_all_does(
    people, strangers
):
    """Where nobody was taken by chance, the likeliest who was seen takes the child: four spreads off still, six not."""
    for spreads, some in ((3.0, True), (6.0, False)):
        _, home, _ = turn_twelve(people, strangers, np.full(60, CHILD + 26.0 + 4.0 * spreads))
        assert (home >= 0).mean() == pytest.approx(float(some), abs=0.5 * some), spreads
    ages = np.where(np.arange(60) == 7, CHILD + 26.0 + 12.0, CHILD + 26.0 + 15.0)
    _, home, _ = turn_twelve(people, strangers, ages)
    found = home[home >= 0]
    assert (found == 7).mean() > 0.25  # of sixty homes, the one that is likelier than all others


def test_a_family_is_of_the_neighbourhood(people, strangers):
    n = 200
    area = np.arange(2 * n) >= n
    # Children live beyond the border: nobody of their side has a home, so that none is found.
    _, home, _ = turn_twelve(
        people, strangers, np.full(n, CHILD + 26.0), areas=[0, n, 2 * n], neighbourhood=area
    )
    assert (home < 0).all()


def test_whoever_joins_a_family_shares_its_means(people, strangers):
    n = 100
    r, home, homes = turn_twelve(
        people,
        strangers,
        np.full(n, CHILD + 26.0),
        children=200,
        income=np.arange(2 * n) % 5,
        insurance=np.arange(2 * n) % 3,
    )
    joined = home >= 0
    new = np.arange(n, 2 * n)[joined]
    assert (r.income[new] == home[joined] % 5).all()
    assert (r.insurance[new] == home[joined] % 3).all()
    # Each child that became a resident is followed by another, born somewhere in town.
    assert homes.children.sum() == 200 * n
    assert (r.employment[new] == Employment.STUDENT).all()


def test_nobody_joins_a_home_from_which_the_last_has_just_gone(people, strangers):
    """Whoever left at the age of parents leaves an empty home: nobody's means are to be had there."""
    half = 200
    stay = np.arange(2 * half) < half
    last = np.arange(2 * half) == 2 * half - 1
    r, home, _ = turn_twelve(
        people,
        strangers,
        np.zeros(half),
        areas=[0, 2 * half - 1, 2 * half],
        age=np.where(stay, 110.0, CHILD + 26.0),
        neighbourhood=last,
        income=np.where(last, 4, 1),
    )
    assert (home == -1).all()
    # In the circumstances of somebody nearby, and not of whoever lives at the end of the town.
    assert (r.income[half:-1] == 1).all()


def come_from_elsewhere(people, strangers, year, n=1_200, share=0.25, female=0.5, **course):
    """Every second row becomes free for somebody of that year of age; those who stay are sixty, one to a home."""
    r, ties = people(n), strangers(n)
    r.household[:], r.age[:], r.income[:] = np.arange(n), 60, np.arange(n) // 2 % 5
    fate = np.where(np.arange(n) % 2, LEAVES, STAYS)
    given = make_course()
    given.coming[:] = np.where(np.arange(AGES) < year - 12, 0.0, 1.0)
    for name, values in course.items():
        getattr(given, name)[:] = values
    when = Turn(0, week_counter_of(0), share, np.array([0, n], np.int64), female, seed_words(5))
    homes = list_homes(r)
    born = arrive(r, ties, homes, given, when, P, fate)
    return r, np.flatnonzero(fate == LEAVES), homes, born


def test_work_and_connection_of_who_comes_are_those_of_their_year_and_income(people, strangers):
    work, online = np.zeros((AGES, 5, STATES)), np.zeros((AGES, 5))
    first, second, last = Employment(0), Employment(1), Employment(STATES - 1)
    work[:, :, second] = 1.0
    work[31 - 12, :, second] = 0.0
    work[31 - 12, :, first], work[31 - 12, :, last] = 0.3, 0.7
    work[31 - 12, 2, first], work[31 - 12, 2, last] = 0.8, 0.2
    online[31 - 12, :], online[31 - 12, 2] = 0.6, 0.1
    r, new, *_ = come_from_elsewhere(people, strangers, 31, work=work, online=online)
    middle = r.income[new] == 2
    for who, at_first, connected in ((~middle, 0.3, 0.6), (middle, 0.8, 0.1)):
        states = r.employment[new][who]
        assert set(states.tolist()) == {int(first), int(last)}
        assert (states == first).mean() == pytest.approx(at_first, abs=0.11)
        assert r.online[new][who].mean() == pytest.approx(connected, abs=0.11)
    # Of a table whose shares add up to less than all, the rest are pupils.
    r, new, *_ = come_from_elsewhere(people, strangers, 30, work=0.1 * (work == 0.3))
    assert (r.employment[new] == Employment.STUDENT).all()


def test_who_comes_from_elsewhere_is_in_the_circumstances_of_anybody_near(people, strangers):
    """Residents are of five incomes alike, wherever they live: so are those who come."""
    r, new, homes, born = come_from_elsewhere(people, strangers, 13)
    assert born == 0
    assert np.bincount(r.income[new], minlength=5) / new.size == pytest.approx(
        np.full(5, 0.2), abs=0.06
    )
    # From thirteen on people come by themselves; within their year they are of any age.
    assert (homes.members[r.household[new]] == 1).all()
    assert (r.age[new] < 14).all()
    assert np.bincount(((r.age[new] - 13) * 4).astype(int), minlength=4).min() > new.size / 8


def test_children_are_born_to_women_of_twenty_to_forty_one_who_live_with_somebody(
    people, strangers
):
    """Five kinds of homes of two, and children who turn twelve in homes of another kind, whose siblings they were."""
    mothers = ((19.9, 1), (20.0, 1), (41.9, 1), (42.0, 1), (30.0, 0))
    n = 1_200
    r, ties = people(n), strangers(n)
    kind = np.arange(n) // 2 % 6
    r.household[:], r.female[:], r.age[:] = np.arange(n) // 2, 0, 110
    for k, (age, female) in enumerate(mothers):
        r.age[kind == k], r.female[kind == k] = age, female
    r.age[kind == 5], r.under_12[kind == 5] = CHILD + 26.0, 200
    r.household[-2:], r.age[-2:] = (n - 2, n - 1), 30.0
    r.female[-2:], r.under_12[-2:] = 1, 0
    fate = np.where((kind == 5) & (np.arange(n) % 2 == 1), LEAVES, STAYS)
    fate[-2:] = STAYS
    homes = list_homes(r)
    before = homes.children.copy()
    when = Turn(0, week_counter_of(0), 0.25, np.array([0, n], np.int64), 0.5, seed_words(5))
    assert arrive(r, ties, homes, make_course(), when, P, fate) == (fate == LEAVES).sum()
    more = homes.children - before
    born = [more[np.unique(r.household[(kind == k) & (fate == STAYS)])].sum() for k in range(5)]
    assert born[0] == born[3] == born[4] == 0
    assert min(born[1:3]) > 20
    assert more[n - 2 :].tolist() == [0, 0]


def test_classmates_are_up_to_a_year_and_a_half_apart_alive_and_turned_twelve_just_now(
    people, strangers
):
    for age, alive, fate, some in (
        (13.5, 1, LEAVES, True),
        (13.625, 1, LEAVES, False),
        (10.5, 1, LEAVES, True),
        (10.25, 1, LEAVES, False),
        (12.0, 0, LEAVES, False),
        (12.0, 1, STAYS, False),
    ):
        r, ties = people(40), strangers(40)
        r.age[0], r.age[1:], r.sociability[:] = 12.0, age, 4
        r.alive[1:] = alive
        fates = np.full(40, STAYS)
        fates[0] = fate
        when = Turn(0, week_counter_of(0), 0.25, np.array([0, 40], np.int64), 0.5, seed_words(5))
        formed = form_childhood_ties(r, ties, when, fates)
        assert (formed, int(r.close_ties[0])) == ((4, 4) if some else (0, 0)), (age, alive, fate)
        assert r.close_ties[1:].sum() == formed
    r.age[0], fates[0] = 13.0, LEAVES
    r.alive[:] = 1
    assert form_childhood_ties(r, ties, when, fates) == 0


def test_a_family_is_looked_for_forty_eight_times(people, strangers):
    """Of all rows one in a hundred could be a parent."""
    n = 2_000
    ages = np.where(np.arange(n) % 50 == 0, CHILD + 26.0, 110.0)
    _, home, _ = turn_twelve(people, strangers, ages)
    share = 1.0 - 0.99**48
    assert (home >= 0).mean() == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / n))


def test_a_mother_is_looked_for_forty_eight_times(people, strangers):
    """One in a hundred rows is a woman of thirty who lives with somebody; who sees none has the child at home."""
    n = 8_000
    r, ties = people(n), strangers(n)
    row = np.arange(n)
    mother, family = row % 200 < 2, (row % 8 // 2 == 1) & (row % 200 >= 2)
    r.household[:], r.female[:], r.age[:] = row // 2, mother, np.where(mother, 30.0, 110.0)
    r.age[family], r.under_12[family] = CHILD + 26.0, 200
    fate = np.where(family & (row % 2 == 1), LEAVES, STAYS)
    homes = list_homes(r)
    before = homes.children.copy()
    when = Turn(0, week_counter_of(0), 0.25, np.array([0, n], np.int64), 0.0, seed_words(5))
    born = arrive(r, ties, homes, make_course(), when, P, fate)
    share, more = 1.0 - 0.99**48, (homes.children - before)[np.unique(r.household[mother])].sum()
    assert more / born == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / born))


@pytest.mark.parametrize("female", [0.0, 0.2, 1.0])
def test_as_many_of_those_who_come_are_women_as_of_the_town(people, strangers, female):
    """Sex, work and connection are drawn apart: of women as many work and are connected as of men."""
    work = np.zeros((AGES, 5, STATES))
    work[:, :, 0], work[:, :, 1] = 0.4, 0.6
    r, new, *_ = come_from_elsewhere(
        people, strangers, 31, female=female, work=work, online=np.full((AGES, 5), 0.5)
    )
    women = r.female[new] == 1
    assert women.mean() == pytest.approx(female, abs=0.065)
    if female == 0.2:
        for state, share in ((r.employment[new] == 1, 0.6), (r.online[new] == 1, 0.5)):
            assert state[women].mean() == pytest.approx(share, abs=0.18)
            assert state[~women].mean() == pytest.approx(share, abs=0.09)
        assert abs(np.corrcoef(r.employment[new], r.online[new])[0, 1]) < 0.16
        years = r.age[new] - 31
        assert abs(np.corrcoef(years, r.employment[new])[0, 1]) < 0.16


def test_within_the_quarter_in_which_they_turn_twelve_children_are_of_any_age(people, strangers):
    for share in (0.25, 0.5):
        r, new, _, born = come_from_elsewhere(people, strangers, 12, share=share)
        assert born == new.size
        since = (r.age[new] - 12) / share
        assert 0.0 <= since.min() < 0.05
        assert 0.95 < since.max() < 1.0
        assert since.mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("fate", "kept"), [(MOVES, [TieKind.HOME]), (LEAVES, [])])
def test_whoever_goes_is_missed_by_friends_and_members_and_a_home_that_moves_stays_together(
    people, strangers, fate, kept
):
    """One tie of each kind, to rows 1 to 4; row 5 has ties of its own that nothing happens to."""
    r, ties = people(6), strangers(6)
    kinds = (TieKind.HOME, TieKind.FRIEND, TieKind.WORK, TieKind.GROUP)
    for other, kind in enumerate(kinds, 1):
        add_tie(ties, 0, other, kind, 0)
        add_tie(ties, 5, other, TieKind.FRIEND, 0)
    # Each has three close ones, with or without whoever goes.
    r.household[:], r.age[:], r.close_ties[:] = (0, 0, 1, 2, 3, 4), 60, 3
    fates = np.where(np.arange(6) == 0, fate, STAYS)
    when = Turn(0, week_counter_of(0), 0.25, np.array([0, 6], np.int64), 0.5, seed_words(5))
    arrive(r, ties, list_homes(r), make_course(), when, P, fates)
    assert r.key.tolist() == [6, 1, 2, 3, 4, 5]
    assert ties.kind[0][ties.kind[0] > 0].tolist() == [int(kind) for kind in kept]
    assert (ties.kind[5] == TieKind.FRIEND).sum() == 4
    assert r.close_ties.tolist() == [1, 3, 2, 3, 2, 3]
    for other, kind in enumerate(kinds, 1):
        assert (0 in ties.neighbour[other].tolist()) is (kind in kept)
