"""Who leaves, who comes and how homes form and part, each rule alone: shares that are met, people who are not meant."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.engine.kernels import loop
from sim.engine.random import seed_words, week_counter_of
from sim.evidence.parameters import make_parameters
from sim.scenario.library import load
from sim.society.ageing.age_structure import AGES
from sim.society.ageing.life_course import HOME_BANDS, STATES, LifeCourse
from sim.society.initial_state import assign_cells
from sim.state.codes import Employment, Insurance, TieKind
from sim.state.groups import Turn
from sim.state.residents import make_residents
from sim.state.staff import ROLES
from sim.state.ties import add_tie
from sim.week.start.initialisation import build_world
from sim.week.turnover import turnover as turnover_module
from sim.week.turnover.arrivals import arrive, form_childhood_ties, tie_households
from sim.week.turnover.departures import LEAVES, MOVES, STAYS, depart, expect_move, find_year
from sim.week.turnover.homes import find_empty, join_home, leave_home, list_homes, note_homes
from sim.week.turnover.regrouping import regroup
from sim.week.turnover.turnover import turn_over

STILL = make_parameters({}).turnover._replace(moving=0.0, separating=0.0)
"""Nobody moves or parts but for the reason that is tried."""
FORTY, TWENTY_FOUR = HOME_BANDS.index(40), HOME_BANDS.index(24)


def make_course(**changes):
    """Tables by which nothing happens: nobody leaves, all who come are 30, at work and connected."""
    bands = np.searchsorted(HOME_BANDS, 12 + np.arange(AGES), side="right") - 1
    course = LifeCourse(
        leaving=np.zeros(AGES),
        coming=np.where(np.arange(AGES) < 30 - 12, 0.0, 1.0),
        work=np.zeros((AGES, 5, STATES)),
        severe=np.zeros(AGES),
        online=np.ones((AGES, 5)),
        alone=np.zeros(len(HOME_BANDS)),
        with_parents=np.ones(len(HOME_BANDS)),
        band=bands.astype(np.int64),
    )
    course.work[:, :, Employment.EMPLOYED] = 1.0
    for name, values in changes.items():
        getattr(course, name)[:] = values
    return course


def turn(r, week=0, areas=None, female=1.0):
    borders = np.array([0, r.key.size] if areas is None else areas, np.int64)
    return Turn(week, week_counter_of(week), 0.25, borders, female, seed_words(5))


def house(people, strangers, households, ages):
    """Residents of these homes, tied to those whom they live with."""
    r, ties = people(len(households)), strangers(len(households))
    r.household[:], r.age[:] = households, ages
    for a in range(r.key.size):
        for b in np.flatnonzero(r.household == r.household[a]):
            add_tie(ties, a, int(b), TieKind.HOME, -9)
    return r, ties


def fates(r, course, p, **when):
    fate = np.full(r.key.size, 9, np.int64)
    depart(r, list_homes(r), course, turn(r, **when), p, fate)
    return fate


def test_a_year_of_age_is_a_row_from_twelve_on():
    assert [find_year(age, 5) for age in (3.0, 12.0, 12.9, 13.0, 16.0, 90.0)] == [0, 0, 0, 1, 4, 4]


def test_homes_move_as_often_as_the_age_of_the_oldest_says():
    p = STILL._replace(moving=0.1, moving_young=3.0, moving_young_until=35.0)
    assert expect_move(34.9, p) == pytest.approx(0.3)
    assert expect_move(35.0, p) == pytest.approx(0.1)


def test_those_who_live_together_move_together_by_the_oldest_among_them(people, strangers):
    p = STILL._replace(moving=1.0, moving_young=0.0, moving_young_until=35.0)
    r, _ = house(people, strangers, [0, 0, 1, 1, 2], [20, 60, 20, 30, 40])
    assert fates(r, make_course(), p).tolist() == [MOVES, MOVES, STAYS, STAYS, MOVES]
    r.vacated[0] = 1
    assert fates(r, make_course(), p)[0] == LEAVES


def test_as_many_homes_move_as_the_chance_says_and_others_the_next_time(people):
    pairs = np.arange(4_000) // 2
    r = people(4_000)
    r.household[:] = pairs
    p = STILL._replace(moving=0.2, moving_young=1.0)
    first, second = (fates(r, make_course(), p, week=week) == MOVES for week in (0, 13))
    assert first.mean() == pytest.approx(0.2, abs=0.03)
    assert (first[::2] == first[1::2]).all()
    assert (first & second).mean() == pytest.approx(0.04, abs=0.02)


def test_people_leave_for_good_by_the_chance_of_their_year_of_age(people):
    r = people(4_000)
    r.household[:] = np.arange(4_000)
    r.age[:] = np.where(np.arange(4_000) % 2, 70.9, 71.0)
    leaving = np.where(np.arange(AGES) == 70 - 12, 0.4, 0.0)
    left = fates(r, make_course(leaving=leaving), STILL) == LEAVES
    assert left[1::2].mean() == pytest.approx(0.4 * 0.25, abs=0.02)
    assert not left[::2].any()


def test_a_home_that_moves_is_followed_by_others_like_it(people, strangers):
    r, ties = house(people, strangers, [0, 0, 1], [40, 40, 40])
    add_tie(ties, 0, 2, TieKind.FRIEND, -9)
    add_tie(ties, 1, 2, TieKind.WORK, -9)
    r.close_ties[:] = (1, 0, 1)
    homes, fate = list_homes(r), np.array([MOVES, MOVES, STAYS])
    assert arrive(r, ties, homes, make_course(), turn(r), STILL, fate) == 0
    assert r.key.tolist() == [3, 4, 2]
    assert r.close_ties.tolist() == [0, 0, 0]
    assert (ties.kind > 0).sum(axis=1).tolist() == [1, 1, 0]
    assert (r.household.tolist(), r.age.tolist()) == ([0, 0, 1], [40, 40, 40])


def test_those_who_followed_the_dead_of_a_home_are_tied_to_it_again(people, strangers):
    r, _ = house(people, strangers, [0, 0, 0, 1], [40] * 4)
    ties = strangers(4)
    tie_households(r, ties, list_homes(r), turn(r), np.array([STAYS, MOVES, STAYS, MOVES]))
    first, slot = np.nonzero(ties.kind)
    found = set(zip(first.tolist(), ties.neighbour[first, slot].tolist(), strict=True))
    assert found == {(0, 1), (1, 0), (1, 2), (2, 1)}
    assert set(ties.kind[ties.kind > 0]) == {TieKind.HOME}


def come(people, strangers, coming=None, n=400, **columns):
    """Every second place of homes of four becomes free; who stays is rich and privately insured."""
    r, ties = house(people, strangers, np.arange(n) // 4, [60.0] * n)
    r.income[:], r.insurance[:], r.member[:] = 4, Insurance.PRIVATE, 1
    fate = np.where(np.arange(n) % 2, LEAVES, STAYS)
    r.vacated[1::2] = 1
    for name, values in columns.items():
        getattr(r, name)[:] = values
    homes, course = list_homes(r), make_course()
    course.coming[:] = course.coming if coming is None else coming
    born = arrive(r, ties, homes, course, turn(r, female=0.3), STILL, fate)
    note_homes(r, homes)
    return r, ties, homes, born


def test_newcomers_are_other_people_of_the_ages_at_which_people_come(people, strangers):
    r, ties, homes, born = come(people, strangers)
    new = np.arange(400) % 2 == 1
    assert born == 0
    assert (r.key[new] == np.arange(400)[new] + 400).all()
    assert (r.age[new] >= 30).all()
    assert (r.age[new] < 31).all()
    assert r.age[new].std() > 0.2
    assert r.female[new].mean() == pytest.approx(0.3, abs=0.13)
    assert not r.vacated.any()
    assert (r.income[new] == 4).all()
    assert (r.insurance[new] == Insurance.PRIVATE).all()
    assert (r.member[new] == 1).all()
    assert (r.employment[new] == Employment.EMPLOYED).all()
    assert (r.online[new] == 1).all()
    assert (r.alone[new] == 1).all()
    assert (homes.members[r.household[new]] == 1).all()
    assert not ties.kind[new].any()
    assert (r.household_size[~new] == 2).all()
    assert (ties.kind[~new] > 0).sum() == 200


def test_who_comes_from_the_age_of_pension_on_is_publicly_insured(people, strangers):
    for age, insurance in ((64, Insurance.PRIVATE), (65, Insurance.PUBLIC)):
        coming = np.where(np.arange(AGES) < age - 12, 0.0, 1.0)
        r, *_ = come(people, strangers, coming)
        assert set(r.insurance[1::2].tolist()) == {insurance}, age


def test_who_turns_twelve_lives_with_parents_and_the_next_child_is_born(people, strangers):
    """Children under 12 are numbers of homes: one becomes a resident, one is born to a woman of 20 to 41."""
    r, ties, homes, born = come(
        people, strangers, np.ones(AGES), under_12=2, female=1, age=12.0 + STILL.parent_gap
    )
    new = np.arange(400) % 2 == 1
    assert born == 200
    assert (r.age[new] >= 12).all()
    assert (r.age[new] < 12.25).all()
    assert (homes.members[r.household[new]] > 1).mean() > 0.98
    assert homes.children.sum() == 2 * 100
    at_home = ties.kind == TieKind.HOME
    assert at_home[new].any(axis=1).mean() > 0.98
    assert (r.alone[new] == 0).mean() > 0.98
    assert not (homes.members < 0).any()


def test_school_friends_are_of_the_same_class_nearby_and_look_for_friends(people, strangers):
    n = 200
    r, ties = people(n), strangers(n)
    r.neighbourhood[n // 2 :] = 1
    r.age[:] = 12.1
    r.age[::4] = 14.0
    r.sociability[:], r.sociability[1::4] = 3, 0
    fate = np.where(np.arange(n) % 8 == 2, LEAVES, STAYS)
    formed = form_childhood_ties(r, ties, turn(r, areas=[0, n // 2, n]), fate)
    assert formed * 2 == (ties.kind == TieKind.FRIEND).sum() > 60
    assert (ties.kind == TieKind.FRIEND).sum(axis=1).tolist() == r.close_ties.tolist()
    assert r.close_ties.max() == 3
    assert not r.close_ties[::4].any()
    assert not r.close_ties[1::4].any()
    a, slot = np.nonzero(ties.kind)
    assert (r.neighbourhood[a] == r.neighbourhood[ties.neighbour[a, slot]]).all()


def regrouped(r, ties, course, p=STILL, areas=None):
    """Who changed home, and how many the town says did."""
    before, homes = r.household.copy(), list_homes(r)
    moved = regroup(r, ties, homes, course, turn(r, areas=areas), p)
    note_homes(r, homes)
    changed = r.household != before
    assert moved == changed.sum()
    sizes = np.bincount(r.household, minlength=r.key.size)
    assert np.array_equal(homes.members, sizes)
    a, slot = np.nonzero(ties.kind == TieKind.HOME)
    assert (r.household[a] == r.household[ties.neighbour[a, slot]]).all()
    assert a.size == (sizes * (sizes - 1)).sum()
    return changed


def of_two_generations(people, strangers, n=400, apart=26.0):
    ages = np.where(np.arange(n) % 2, 24.5, 24.5 + apart)
    return house(people, strangers, np.arange(n) // 2, ages)


def test_grown_children_move_out_until_as_many_live_with_parents_as_do(people, strangers):
    r, ties = of_two_generations(people, strangers)
    changed = regrouped(r, ties, make_course(with_parents=0.6, alone=1.0))
    assert changed[1::2].mean() == pytest.approx(0.4, abs=0.1)
    assert not changed[::2].any()
    assert (r.alone[changed] == 1).all()
    assert r.household_size[changed].tolist() == [1] * changed.sum()


def test_a_generation_is_fifteen_years_and_whoever_lives_as_planned_stays(people, strangers):
    for apart, some in ((15.0, True), (14.5, False)):
        r, ties = of_two_generations(people, strangers, apart=apart)
        changed = regrouped(r, ties, make_course(with_parents=0.0, alone=0.0))
        assert changed[1::2].any() == some, apart
    r, ties = of_two_generations(people, strangers)
    assert not regrouped(r, ties, make_course()).any()


def test_a_town_that_is_as_planned_stays_as_it_is(people, strangers):
    """Half of those of 24 should live alone and half with a parent, and do: nobody moves, in thirty towns."""
    half = np.where(np.arange(len(HOME_BANDS)) == TWENTY_FOUR, 0.5, 0.0)
    course = make_course(alone=half, with_parents=np.where(half > 0, half, 1.0))
    for week in range(30):
        r, ties = house(people, strangers, [0, 0, 1], [24.5, 51.0, 24.5])
        assert regroup(r, ties, list_homes(r), course, turn(r, week), STILL) == 0


def test_couples_part_where_too_few_live_alone_and_children_stay_at_home(people, strangers):
    n = 600
    r, ties = house(people, strangers, np.arange(n) // 2, [45.0] * n)
    r.under_12[:] = 2
    changed = regrouped(r, ties, make_course(alone=np.where(np.arange(13) == FORTY, 0.4, 0.0)))
    # 240 are missing and two live alone for each who leaves: 0.2 each, until one of the two has left.
    assert (changed[::2] | changed[1::2]).mean() == pytest.approx(1 - 0.8**2, abs=0.08)
    assert not (changed[::2] & changed[1::2]).any()
    assert (r.under_12[changed] == 0).all()
    assert (r.under_12[~changed] == 2).all()
    left = changed.reshape(-1, 2)[:, ::-1].ravel()
    assert (r.household_size[left] == 3).all()
    assert (r.household_size[changed] == 1).all()


def test_couples_part_by_chance_too(people, strangers):
    r, ties = house(people, strangers, np.arange(600) // 2, [45.0] * 600)
    changed = regrouped(r, ties, make_course(), STILL._replace(separating=0.1))
    assert changed.mean() == pytest.approx((1 - 0.9**2) / 2, abs=0.03)


def test_who_lives_alone_moves_in_with_somebody_near_of_like_age_and_the_other_sex(
    people, strangers
):
    n = 600
    r, ties = house(people, strangers, np.arange(n), np.where(np.arange(n) % 4 < 2, 41.0, 47.0))
    r.neighbourhood[n // 2 :], r.female[:] = 1, np.arange(n) % 2
    p = STILL._replace(opposite_sex=1.0, company_gap=5.0, company_gap_rise=0.0)
    changed = regrouped(r, ties, make_course(alone=0.5), p, areas=[0, n // 2, n])
    # Half of them are too many, and each who moves takes two from those alone.
    assert changed.mean() == pytest.approx(0.25, abs=0.05)
    for i in np.flatnonzero(changed):
        (other,) = np.flatnonzero((r.household == r.household[i]) & (np.arange(n) != i))
        assert r.female[other] != r.female[i]
        assert r.age[other] == r.age[i]
        assert r.neighbourhood[other] == r.neighbourhood[i]
    wide = p._replace(opposite_sex=0.0, company_gap=0.0, company_gap_rise=0.25)
    changed = regrouped(r, ties, make_course(alone=0.0), wide, areas=[0, n // 2, n])
    pairs = [np.flatnonzero(r.household == r.household[i]) for i in np.flatnonzero(changed)]
    assert any(np.ptp(r.age[pair]) == 6.0 for pair in pairs)  # 0.25 × (47 - 18) is more than 6
    assert any(np.ptp(r.female[pair]) == 0 for pair in pairs)


def test_minors_without_adults_find_a_family_nearby(people, strangers):
    ages = [15.0] + [15.0 + STILL.parent_gap] * 9
    r, ties = house(people, strangers, np.arange(10), ages)
    r.neighbourhood[6:] = 1
    changed = regrouped(r, ties, make_course(alone=1.0), areas=[0, 6, 10])
    assert changed.tolist() == [True] + [False] * 9
    assert r.household[0] in range(1, 6)
    r, ties = house(people, strangers, [0, 0, 1], [15.0, 18.0, 40.0])
    assert not regrouped(r, ties, make_course()).any()


def test_an_empty_home_is_looked_for_round_all_numbers():
    look = getattr(find_empty, "py_func", find_empty)
    homes = SimpleNamespace(members=np.array([1, 2, 0, 1]))
    assert [look(homes, start) for start in range(4)] == [2, 2, 2, 2]


def test_the_dead_are_not_at_home_and_the_children_are(people, strangers):
    r, _ = house(people, strangers, [0, 0, 1, 2], [40, 40, 40, 40])
    r.alive[0], r.under_12[2] = 0, 3
    homes = list_homes(r)
    note_homes(r, homes)
    assert r.household_size.tolist() == [1, 1, 4, 1]
    assert r.alone.tolist() == [1, 1, 0, 1]


@pytest.fixture
def world():
    """A small town before its first week, in which some hold posts of peers."""
    town = load("baseline").with_({"population.residents": 120, "warm_up": 0})
    peers = {"services.peers": {"kind": "one_to_one_peer", "staff": {"peer": 3}, "caseload": 5}}
    made = build_world(town.with_(peers), 1, {})
    staff = made.provision.staff
    posts = np.flatnonzero(staff.role == ROLES.index("peer"))
    staff.open[posts] = staff.filled[posts] = 1
    staff.resident[posts] = (5, 60, 110)
    made.residents.peer[[5, 60, 110]] = 1
    return made


def move(world, **changes):
    """A turnover at these rates: keys before it, and who is somebody else after it."""
    p = world.parameters
    turnover = p.turnover._replace(**{"moving": 0.0, "moving_young": 1.0} | changes)
    world.parameters = p._replace(turnover=turnover)
    before = world.residents.key.copy()
    turn_over(world)
    return before, world.residents.key != before


def test_where_every_home_moves_the_town_is_of_others_and_all_posts_are_vacant(world):
    world.residents.alive[7] = 0
    before, new = move(world, moving=1.0)
    assert new.all()
    assert (world.residents.key == before + 120).all()
    assert (world.newcomers, world.movers, world.moved_away) == (120, 119, 119)
    assert world.came.sum() == 120
    assert (world.provision.staff.resident == -1).all()
    assert not world.residents.peer.any()
    assert world.residents.alive.all()


def test_newcomers_bring_a_self_and_others_stay_who_they_are(world):
    r = world.residents
    r.vacated[[5, 9]], r.alive[[5, 9]], r.distress[:], r.phq[:] = 1, 0, 9.0, 27.0
    world.published[:] = world.publishing[:] = -77.0
    world.course.coming[:] = np.where(np.arange(AGES) == 0, 0.5, 1.0)
    _, new = move(world)
    assert new[[5, 9]].all()
    assert (r.phq[~new] == 27.0).all()
    assert (r.phq[new] < 27.0).all()
    assert (r.alive[new] == 1).all()
    assert (r.sociability[new] > 0).any()
    assert (world.published[:-1][~new] == -77.0).all()
    assert np.array_equal(world.published, world.publishing)
    assert not (world.published[:-1][new] == -77.0).any()
    assert world.newcomers == new.sum()
    turned_twelve = (r.age[new] < 13).sum()
    assert world.came.tolist() == [turned_twelve, new.sum() - turned_twelve]
    assert turned_twelve >= 2
    assert world.movers == new.sum() - 2
    assert (world.provision.staff.resident == 60).sum() == int(not new[60])
    assert (world.provision.staff.resident == 5).sum() == 0


@pytest.mark.parametrize(("week", "comes"), [(-13, True), (0, True), (1, False), (13, True)])
def test_the_turnover_is_once_a_quarter(world, week, comes):
    world.week = week
    world.newcomers = world.movers = 9
    _, new = move(world, moving=0.5)
    assert new.any() == comes
    assert world.newcomers == new.sum()


def test_a_town_without_turnover_grows_no_older(world):
    population = world.scenario.population.model_copy(update={"turnover": "off"})
    world.scenario = world.scenario.model_copy(update={"population": population})
    ages = world.residents.age.copy()
    assert not move(world, moving=1.0)[1].any()
    assert np.array_equal(world.residents.age, ages)


@loop
def rehouse(i, home, r, ties, homes):
    """Move somebody to another home, with the children that go along, and tell how many."""
    children = leave_home(i, r, ties, homes)
    join_home(i, home, children, r, ties, homes, 4)
    return children


def test_who_joins_or_leaves_a_home_is_counted_with_the_generation_of_its_oldest(people, strangers):
    """Of 50, 20, 45, 35 and 35.5 years: one generation is less than fifteen years apart."""
    r, ties = house(people, strangers, [0, 0, 1, 2, 3, 4], [50.0, 20.0, 45.0, 35.0, 35.5, 1.0])
    homes = list_homes(r)
    assert homes.elders[:4].tolist() == [1, 1, 1, 1]
    for i, elders in ((2, 2), (3, 2), (4, 3)):
        assert rehouse(i, 0, r, ties, homes) == 0
        assert (homes.elders[0], homes.oldest[0], homes.members[0]) == (elders, 50.0, i + 1)
    assert r.household.tolist() == [0] * 5 + [4]
    assert (ties.kind[:5] > 0).sum() == 5 * 4
    for i, elders in ((3, 3), (4, 2), (2, 1), (1, 1), (0, 0)):
        rehouse(i, 4, r, ties, homes)
        assert homes.elders[0] == elders
    assert (homes.first[0], homes.members[0], homes.oldest[0]) == (-1, 0, 0.0)
    assert (homes.members[4], homes.oldest[4]) == (6, 50.0)


def test_whoever_joins_a_home_is_in_its_circumstances_and_keeps_what_is_their_own(
    people, strangers
):
    r, ties = house(people, strangers, [0, 0, 1, 2], [50.0, 48.0, 30.0, 31.0])
    r.home_circumstances[:] = 0.5, 0.5, -0.25, 1.0
    r.circumstances[:] = r.home_circumstances + np.float32(0.1)
    homes = list_homes(r)
    rehouse(2, 0, r, ties, homes)
    assert r.home_circumstances[2] == 0.5
    assert r.circumstances[2] == pytest.approx(0.6)
    # Into an empty home, what somebody lives in goes along.
    rehouse(2, 3, r, ties, homes)
    assert (r.household[2], r.home_circumstances[2]) == (3, 0.5)


def test_children_go_along_where_nobody_stays_and_stay_with_whoever_does(people, strangers):
    r, ties = house(people, strangers, [0, 0, 1], [30.0, 32.0, 40.0])
    r.under_12[:2], r.under_12[2] = 3, 1
    homes = list_homes(r)
    assert rehouse(1, 1, r, ties, homes) == 0
    assert homes.children[:2].tolist() == [3, 1]
    assert rehouse(0, 1, r, ties, homes) == 3
    assert homes.children[:2].tolist() == [0, 4]
    note_homes(r, homes)
    assert r.household_size.tolist() == [7, 7, 7]
    assert r.alone.tolist() == [0, 0, 0]


def test_families_and_births_lie_all_over_the_neighbourhood_and_in_no_other(people, strangers):
    """Two neighbourhoods of a hundred homes; half of the homes of each lose one who is followed by a child of twelve."""
    n = 400
    r, ties = house(people, strangers, np.arange(n) // 2, [12.0 + STILL.parent_gap] * n)
    r.neighbourhood[n // 2 :], r.under_12[:], r.female[:] = 1, 1, 1
    fate = np.where(np.arange(n) % 4 == 1, LEAVES, STAYS)
    r.vacated[fate == LEAVES] = 1
    homes = list_homes(r)
    before = homes.children.copy()
    arrive(r, ties, homes, make_course(coming=1.0), turn(r, areas=[0, n // 2, n]), STILL, fate)
    new, more = np.flatnonzero(fate == LEAVES), homes.children - before
    assert more.sum() == 0
    for area in (0, 1):
        where = r.household[new[r.neighbourhood[new] == area]].astype(int) - 100 * area
        # Fifty draws from a hundred homes: hardly ever from fewer than thirty, from end to end.
        assert np.unique(where).size > 30
        assert np.bincount(where // 25, minlength=4).min() >= 5
        here = more[100 * area : 100 * area + 100]
        assert here.sum() == 0
        # Taken by half of those who had one, born to others; where both happened nothing changed.
        assert np.bincount(np.flatnonzero(here > 0) // 25, minlength=4).min() >= 3


def test_whether_the_sex_matters_does_not_hang_on_who_is_looked_at(people, strangers):
    """All are women, and half of those who look would have one: found in all parts of the town alike."""
    n = 1_200
    r, ties = house(people, strangers, np.arange(n), [50.0] * n)
    r.female[:] = 1
    homes_before = r.household.copy()
    p = STILL._replace(opposite_sex=0.5, company_gap=5.0, company_gap_rise=0.0)
    changed = regrouped(r, ties, make_course(alone=0.5), p)
    # In whose home somebody moved: their number was theirs before.
    found = homes_before[np.isin(homes_before, r.household[changed])]
    assert found.size > 150
    assert np.bincount(found * 4 // n, minlength=4) / found.size == pytest.approx(
        np.full(4, 0.25), abs=0.09
    )


def test_company_is_found_in_neighbourhoods_where_somebody_lives_alone_and_in_no_other(
    people, strangers
):
    """Of five neighbourhoods the first, the third and the last have nobody alone: grown children leave for a home of their own."""
    area = np.arange(100) // 20
    alone = np.isin(area, (1, 3))
    r, ties = house(
        people,
        strangers,
        np.where(alone, np.arange(100), np.arange(100) // 2),
        np.where(alone, 24.5, np.where(np.arange(100) % 2, 24.5, 55.0)),
    )
    r.neighbourhood[:], r.female[:] = area, np.arange(100) % 4 < 2
    changed = regrouped(
        *(r, ties, make_course(with_parents=0.0, alone=0.0)),
        STILL._replace(opposite_sex=0.0, company_gap=5.0),
        areas=[0, 20, 40, 60, 80, 100],
    )
    children = ~alone & (np.arange(100) % 2 == 1)
    assert changed[children].all()
    assert (r.household_size[children] == 1).all()
    moved = np.flatnonzero(changed & alone)
    assert moved.size > 5
    for i in moved:
        assert set(area[r.household == r.household[i]]) == {area[i]}


def test_how_many_move_follows_from_how_many_too_many_or_too_few_live_so(people, strangers):
    """Of 400 of 24 half live alone, a quarter with parents and a quarter together; by hand what each of them might do."""
    ages = [24.5] * 400 + [55.0] * 100
    # The third hundred live with somebody of 55 each, the fourth in couples.
    households = [*range(300), *(300 + k // 2 for k in range(100)), *range(200, 300)]
    band = np.arange(len(HOME_BANDS)) == TWENTY_FOUR
    p = STILL._replace(separating=0.05, opposite_sex=0.0, company_gap=5.0)

    def expect(alone, with_parents):
        """Shares who acted of those alone, with parents, and together."""
        acted = np.zeros(3)
        for week in range(8):
            town, tied = house(people, strangers, households, ages)
            course = make_course(
                alone=np.where(band, alone, 0.0), with_parents=np.where(band, with_parents, 1.0)
            )
            before = town.household.copy()
            regroup(town, tied, list_homes(town), course, turn(town, week), p)
            changed = town.household != before
            acted += [changed[:200].mean(), changed[200:300].mean(), changed[300:400].mean()]
        return acted / 8

    # As it is: only chance parts, each of a couple until one of the two has left.
    apart = (1 - 0.95**2) / 2
    assert expect(0.5, 0.25) == pytest.approx([0.0, 0.0, apart], abs=0.02)
    # 80 too many live alone: a fifth of them moves in with somebody, less those who were found.
    many = expect(0.3, 0.25)
    assert many[0] == pytest.approx(0.2 * (1 - 0.1), abs=0.04)
    assert many[1:] == pytest.approx([0.0, apart], abs=0.02)
    # 40 too many live with parents: two fifths leave.
    assert expect(0.5, 0.15) == pytest.approx([0.0, 0.4, apart], abs=0.06)
    # 20 are missing of those alone: a tenth of the hundred who live together parts beside chance.
    part = (1 - 0.85**2) / 2
    assert expect(0.55, 0.25) == pytest.approx([0.0, 0.0, part], abs=0.03)


def test_nobody_moves_in_with_whoever_is_too_far_in_age_or_of_the_wrong_sex(people, strangers):
    p = STILL._replace(opposite_sex=1.0, company_gap=5.0, company_gap_rise=0.0)
    for ages, women, some in (
        ([24.5, 60.0, 45.0, 75.0], [0, 1, 0, 1], False),
        ([40.0] * 4, [1] * 4, False),
        ([40.0, 45.1, 50.2, 55.3], [0, 1, 0, 1], False),
        ([40.0, 45.0, 75.0, 75.0], [0, 1, 1, 1], True),
    ):
        r, ties = house(people, strangers, np.arange(4), ages)
        r.female[:] = women
        changed = regrouped(r, ties, make_course(alone=0.0), p)
        assert changed[:2].any() == some, ages
        assert not changed[2:].any()
        assert (r.household_size > 1).sum() == (2 if some else 0)


@pytest.mark.parametrize("meeting", [0.0, 0.25])
def test_who_turns_twelve_has_friends_from_school_only_where_people_meet_at_all(world, meeting):
    p, r = world.parameters, world.residents
    world.parameters = p._replace(social=p.social._replace(meeting=meeting))
    world.course.coming[:], world.course.leaving[:] = 1.0, 2.0
    _, new = move(world)
    assert 30 < new.sum() < 90
    assert (r.age[new] < 12.25).all()
    friends = (world.ties.kind[new] == TieKind.FRIEND).any(axis=1)
    assert friends.any() == (meeting > 0.0)


def test_the_company_of_newcomers_is_their_friends_and_who_else_lives_with_them(world, monkeypatch):
    """As lonely as the people of the beginning who have as many around them: alone, there is nobody at home."""
    seen, furnish = {}, turnover_module.furnish

    def note(new, company, *given):
        seen.update(zip(new.key.tolist(), (company - new.sociability).tolist(), strict=True))
        furnish(new, company, *given)

    monkeypatch.setattr(turnover_module, "furnish", note)
    monkeypatch.setattr(turnover_module, "regroup", lambda *_: 0)
    world.course.coming[:] = np.where(np.arange(AGES) == 0, 0.5, 1.0)
    world.course.leaving[:] = 2.0
    _, new = move(world)
    r = world.residents
    members = np.bincount(r.household, minlength=r.key.size)
    at_home = {int(r.key[i]): int(members[r.household[i]]) - 1 for i in np.flatnonzero(new)}
    assert seen == at_home
    assert {0, 1} <= set(seen.values())


@pytest.mark.parametrize(("week", "known"), [(-13, False), (0, True), (13, True)])
def test_newcomers_are_of_a_subgroup_from_week_0_on(world, week, known):
    """Before it the subgroups, which are those of week 0, are not known yet."""
    r = world.residents
    r.cell[:] = 7
    world.week = week
    _, new = move(world, moving=1.0)
    by_hand = make_residents(r.key.size)
    for name in by_hand.names():
        getattr(by_hand, name)[:] = getattr(r, name)
    assign_cells(by_hand, world.parameters.seeking.need_phq)
    assert new.all()
    if known:
        # A self is drawn before homes part and ages count on: both are no part of a subgroup.
        assert (r.cell == by_hand.cell).all()
        assert np.unique(r.cell).size > 5
    else:
        assert not r.cell.any()


def test_a_child_who_joins_is_of_another_generation_than_the_oldest(people, strangers):
    """12 years are 38 less than 50, and two what 50 leaves when divided by 12."""
    r, ties = house(people, strangers, [0, 1, 2, 3, 4, 5], [50.0, 12.0, 45.0, 35.0, 35.5, 1.0])
    homes = list_homes(r)
    assert rehouse(1, 0, r, ties, homes) == 0
    assert (homes.members[0], homes.elders[0]) == (2, 1)


def test_the_first_home_of_the_town_takes_people_in_as_any_other_does(people, strangers):
    """Its number is 0, and no home at all is -1."""
    r, ties = house(people, strangers, [0, 0, 1], [40.0, 40.0, 15.0])
    assert regrouped(r, ties, make_course()).tolist() == [False, False, True]
    assert r.household.tolist() == [0, 0, 0]
