"""Where people live, learn and work, and with whom they meet there, in towns of a few."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.society import households, network
from sim.society.households import CHILD, HEAD, OTHER, PARTNER, Homes
from sim.society.neighbourhoods import locate_households, rank_incomes
from sim.society.workplaces import _fill_in_order, _size_employers, assign_places
from sim.state.codes import Employment


def house(members, age=40.0):
    """Homes of so many members each, one after the other."""
    home = np.repeat(np.arange(len(members)), members).astype(np.uint32)
    ages = np.broadcast_to(np.float32(age), home.size).copy()
    return Homes(
        home, np.array(members, np.uint8)[home], np.zeros_like(home, np.uint8), ages, len(members)
    )


def areas(*shares, deprivation=0.5):
    return [SimpleNamespace(share=share, deprivation=deprivation) for share in shares]


def test_a_home_is_where_its_middle_is_and_no_border_cuts_through_one():
    """Ten people in homes of 4, 4 and 2, whose middles are at 2, 6 and 9."""
    homes = house([4, 4, 2])
    for shares, found in (
        ((0.5, 0.5), [0, 1, 1]),
        ((3.0, 2.0), [0, 0, 1]),  # the border at 6 is the middle of the second: it stays before it
        ((0.59, 0.41), [0, 1, 1]),
        ((0.1, 0.1, 0.8), [1, 2, 2]),
        ((1.0,), [0, 0, 0]),
    ):
        assert (
            locate_households(homes, areas(*shares)).tolist()
            == np.repeat(found, [4, 4, 2]).tolist()
        )


def rank(homes, area, deprivation, p, **changes):
    given = p.incomes._replace(
        **({"household_sd": 0.0, "street_sd": 0.0, "lean_years": 0.0} | changes)
    )
    told = [SimpleNamespace(deprivation=each) for each in deprivation]
    return rank_incomes(homes, np.asarray(area, np.uint8), told, given, 3)


def test_the_poorest_fifth_is_where_deprivation_is_highest_and_in_lean_years(numbers):
    """Five areas of a fifth of the people each; then the young and the old of one."""
    homes = house([2] * 50)
    area = np.repeat(np.arange(5), 20)
    found = rank(homes, area, (0.1, 0.9, 0.5, 0.7, 0.3), numbers)
    assert found.reshape(5, 20).tolist() == [[fifth] * 20 for fifth in (4, 0, 2, 1, 3)]
    p = numbers.incomes
    ages = np.repeat(
        np.tile([p.lean_until, p.lean_until - 1, p.lean_from, p.lean_from - 1, 45], 10), 2
    )
    lean = rank(
        homes._replace(age=ages.astype(np.float32)), area * 0, (0.5,), numbers, lean_years=1.0
    )
    poor = (ages < p.lean_until) | (ages >= p.lean_from)
    assert poor.sum() == 40
    assert (lean[poor] <= 1).all()
    assert (lean[~poor] >= 2).all()


def test_fifths_are_of_people_and_everybody_of_a_home_is_in_the_same(numbers):
    """The richer half of the homes has four members each and the poorer one: a fifth are of those."""
    members = np.where(np.arange(100) < 50, 4, 1)
    homes = house(members)
    area = (np.arange(100) >= 50)[homes.household]
    found = rank(homes, area, (0.2, 0.8), numbers)
    assert np.bincount(found).tolist() == [50, 48, 52, 48, 52]
    assert (found[area] == 0).all()
    by_home = np.split(found, np.cumsum(members)[:-1])
    assert all(np.unique(each).size == 1 for each in by_home)


@pytest.mark.parametrize(
    ("pupils", "each", "places"),
    [(10, 4.0, 2), (10, 3.0, 3), (10, 30.0, 1), (11, 2.0, 6), (0, 5.0, 0)],
)
def test_schools_are_filled_in_order_of_addresses_and_alike(pupils, each, places):
    """As many as come nearest to their usual size, one at least where anybody learns."""
    place = np.zeros(20, np.uint32)
    rows = np.arange(pupils) + 5
    assert _fill_in_order(place, rows, each, 7) == 7 + places
    filled = place[rows].astype(int)
    assert (np.diff(filled) >= 0).all()
    assert sorted(set(filled)) == list(range(8, 8 + places))
    if places:
        assert np.ptp(np.bincount(filled)[8:]) <= 1
    assert not place[:5].any()
    assert not place[5 + pupils :].any()


def test_pupils_students_and_workers_have_places_of_their_own_numbers(numbers):
    age = np.array([15] * 40 + [20] * 30 + [40] * 200 + [70] * 10, np.float32)
    work = np.repeat(
        [Employment.STUDENT, Employment.STUDENT, Employment.EMPLOYED, Employment.RETIRED],
        [40, 30, 200, 10],
    )
    income = np.arange(age.size) % 5
    p = numbers.places._replace(school=20.0, college=30.0, employer_mix=0.0)
    place = assign_places(age, income.astype(np.uint8), work.astype(np.uint8), p, 4)
    assert [set(part.tolist()) for part in (place[:20], place[20:40], place[40:70])] == [
        {1},
        {2},
        {3},
    ]
    assert not place[270:].any()
    employers = place[70:270]
    # From the next number on without a gap, and, where nothing mixes them, by income.
    assert sorted(set(employers.tolist())) == list(range(4, int(employers.max()) + 1))
    assert (np.diff(employers[np.argsort(income[70:270], kind="stable")].astype(int)) >= 0).all()


def test_employers_are_lognormal_of_one_at_least_and_the_largest_at_most(numbers):
    p = numbers.places._replace(employer_median=1.0, employer_sd=1.2, employer_most=60.0)
    found = _size_employers(40_000, p, np.random.default_rng(2))
    assert found.size == 40_000
    sizes = np.bincount(found)
    assert (sizes.min(), sizes[:-1].max()) == (1, 60)
    # Of e^(1 + 1.2 z), cut to whole people, two at most are those below 3: z below 0.082.
    assert np.mean(sizes <= 2) == pytest.approx(0.533, abs=0.02)


def test_at_a_place_people_meet_in_threes_and_twos_in_turn_with_those_of_their_age(numbers):
    """Seven of one place and four of another: 3, 2 and 2; 3 and 1. Who has no place meets nobody."""
    place = np.array([1, 2, 1, 0, 1, 2, 1, 1, 2, 1, 1, 2, 0], np.uint32)
    age = np.array([30, 50, 33, 9, 36, 53, 39, 42, 56, 45, 48, 59, 9], np.float32)
    work = np.full(13, Employment.EMPLOYED, np.uint8)
    p = numbers.bonds._replace(colleague_age=0.0, classmate_age=0.0)
    members, circle, weeks = network._meet_at_places(age, work, place, p, 5)
    assert members.tolist() == [0, 2, 4, 6, 7, 9, 10, 1, 5, 8, 11]
    _, sizes = np.unique(circle, return_counts=True)
    assert sizes.tolist() == [3, 2, 2, 3, 1]
    for one in np.unique(circle):
        assert np.unique(place[members[circle == one]]).size == 1
    assert (weeks <= 0).all()
    assert (weeks >= -52 * (age[members] - p.colleague_from)).all()
    # Pupils have known each other for a few years at most.
    learning = np.full(13, Employment.STUDENT, np.uint8)
    long = p._replace(colleague_years=1e4, classmate_years=2.5)
    _, _, weeks = network._meet_at_places(age, learning, place, long, 5)
    assert set(weeks.tolist()) == {-130}
    _, _, weeks = network._meet_at_places(age, work, place, p._replace(colleague_years=1e4), 5)
    assert weeks.tolist() == (-52 * (age[members] - p.colleague_from)).astype(int).tolist()


@pytest.mark.parametrize("people", [1, 7, 500, 1_003])
def test_homes_are_of_the_sizes_that_are_declared_and_hold_just_everybody(people):
    sizes = households._draw_sizes({1: 0.5, 2: 0.3, 5: 0.2}, 2.1, people, 4)
    assert sizes.sum() == people
    assert set(sizes[:-1].tolist()) <= {1, 2, 5}
    if people > 400:
        share = np.bincount(sizes[:-1], minlength=6)[[1, 2, 5]] / (sizes.size - 1)
        assert share == pytest.approx([0.5, 0.3, 0.2], abs=0.03)
    slots = households._open_slots(np.array([3, 1, 2]))
    assert slots.household.tolist() == [0, 0, 0, 1, 2, 2]
    assert slots.position.tolist() == [0, 1, 2, 0, 0, 1]
    assert slots.size.tolist() == [3, 3, 3, 1, 2, 2]


def test_children_are_of_homes_that_have_room_beside_an_adult(numbers):
    """All places but the first and, in homes of a couple, the second, before any of these."""
    slots = households._open_slots(np.full(400, 4))
    p = numbers.families._replace(one_parent=0.0)
    minor, wished = households._choose_minors(slots, 800, p, 3)
    assert np.array_equal(minor, slots.position >= 2)
    assert (wished >= 0).all()
    assert (wished <= 18).all()
    # One more place is a partner's, and with one parent the second place is a child's.
    minor, _ = households._choose_minors(slots, 900, p, 3)
    assert minor[slots.position >= 2].all()
    assert (minor[slots.position == 1].sum(), minor[slots.position == 0].sum()) == (100, 0)
    minor, _ = households._choose_minors(slots, 1_200, p._replace(one_parent=1.0), 3)
    assert np.array_equal(minor, slots.position >= 1)
    minor, _ = households._choose_minors(slots, 1_300, p, 3)
    assert minor[slots.position == 0].sum() == 100


def test_parents_partners_and_grown_children_are_as_far_apart_as_evidence_has_it(numbers):
    """Without scatter: who heads a home with a child of ten is as much older as parents are, and so on."""
    still = {
        name: 0.0
        for name in numbers.families._fields
        if name.endswith("_sd") or name in ("shared_home", "not_a_couple", "elder_share")
    }
    p = numbers.families._replace(**still, grown_child_from=50.0)
    sizes = np.array([1, 2, 3, 4])
    slots = households._open_slots(sizes)
    minor = np.zeros(10, bool)
    minor[9] = True
    child = np.where(minor, 10.0, 0.0)
    wish, role = households._wish_ages(slots, minor, child, p, 2)
    assert wish[0] == pytest.approx(p.alone_age)
    assert wish[1:3] == pytest.approx([p.pair_age, p.pair_age - p.partner_gap])
    grown = p.grown_age >= 50.0
    third = p.grown_age - p.grown_child_gap if grown else p.grown_age
    assert wish[3:6] == pytest.approx([p.grown_age, p.grown_age - p.partner_gap, third])
    parent = p.parent_gap + 10.0
    assert wish[6:8] == pytest.approx([parent, parent - p.partner_gap])
    assert role[[0, 1, 3, 6]].tolist() == [HEAD] * 4
    assert role[[2, 4, 7]].tolist() == [PARTNER] * 3
    assert role[9] == CHILD
    # Homes that are shared have neither couples nor children, whatever their ages.
    shared = p._replace(shared_home=1.0)
    wish, role = households._wish_ages(slots, minor, child, shared, 2)
    assert wish[1:6] == pytest.approx([p.housemate_age] * 5)
    assert role[[2, 4, 5]].tolist() == [OTHER] * 3
    assert role[7] == PARTNER
    elders = p._replace(elder_share=1.0, not_a_couple=1.0, grown_child_from=200.0)
    wish, role = households._wish_ages(slots, minor, child, elders, 2)
    assert wish[4:6] == pytest.approx([p.grown_age + p.elder_gap] * 2)
    assert role[4:6].tolist() == [OTHER] * 2
