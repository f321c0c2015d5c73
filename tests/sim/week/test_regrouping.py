"""What somebody of a home might do at a turnover, and how likely it is, for the few of a band."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.society.ageing.life_course import HOME_BANDS
from sim.week.turnover import regrouping
from sim.week.turnover.homes import list_homes, note_homes
from sim.week.turnover.regrouping import FIND_FAMILY, MOVE_IN, MOVE_OUT, PART, expect_change

BAND = 2
"""Of those of 22 and 23, who alone are counted here."""


def plain(function):
    return getattr(function, "py_func", function)


@pytest.fixture
def expect(monkeypatch, people):
    """What a person of 22 might do, by how many of their age live how, and in what home they live."""
    for name in ("find_band", "find_year"):
        monkeypatch.setattr(regrouping, name, plain(getattr(regrouping, name)))
    band = np.searchsorted(HOME_BANDS, 12 + np.arange(98), side="right") - 1

    def expect_one(counted=(0, 0, 0), planned=(0.0, 0.0), age=22.0, **home):
        r = people(1)
        r.age[:], r.household[:] = age, 1
        given = {"members": 2, "oldest": 22.0, "elders": 2} | home
        homes = SimpleNamespace(**{name: np.array([9, value]) for name, value in given.items()})
        counts = np.full((len(HOME_BANDS), 3), 77.0)
        counts[BAND] = counted
        alone, with_parents = np.full((2, len(HOME_BANDS)), 0.9)
        alone[BAND], with_parents[BAND] = planned
        course = SimpleNamespace(band=band, alone=alone, with_parents=with_parents)
        p = SimpleNamespace(separating=0.0625)
        return plain(expect_change)(0, r, homes, counts, course, p)

    return expect_one


def test_half_of_those_who_are_too_many_alone_move_in_with_somebody(expect):
    """Of ten people four live alone and one should: three too many, of whom each takes two away."""
    assert expect((10, 4, 0), (0.1, 0.0), members=1) == (MOVE_IN, pytest.approx(3 / 8))
    assert expect((10, 4, 0), (0.4, 0.0), members=1) == (MOVE_IN, 0.0)
    assert expect((10, 4, 0), (0.9, 0.0), members=1) == (MOVE_IN, 0.0)
    assert expect((1, 1, 0), (0.0, 0.0), members=1) == (MOVE_IN, 0.5)


def test_of_those_with_parents_as_many_leave_as_are_too_many(expect):
    at_home = {"oldest": 22.0 + 15.0, "elders": 1}
    assert expect((10, 0, 5), (0.0, 0.2), **at_home) == (MOVE_OUT, pytest.approx(3 / 5))
    assert expect((10, 0, 5), (0.0, 0.8), **at_home) == (MOVE_OUT, 0.0)
    assert expect((1, 0, 1), (0.0, 0.0), **at_home) == (MOVE_OUT, 1.0)
    # Whose oldest is of the own generation does not leave it.
    assert expect((10, 0, 5), (0.0, 0.2), oldest=36.75)[0] == PART


def test_couples_part_by_chance_and_where_too_few_live_alone(expect):
    """Of ten, six together: two are missing alone, and who parts makes two who are; a parent stays."""
    assert expect((10, 3, 1), (0.5, 0.1)) == (PART, pytest.approx(0.0625 + 2 / 12))
    assert expect((10, 3, 1), (0.3, 0.1)) == (PART, 0.0625)
    assert expect((10, 3, 1), (0.5, 0.1), elders=1) == (PART, 0.0)
    assert expect((2, 0, 1), (1.0, 0.5)) == (PART, pytest.approx(0.0625 + 2 / 2))


def test_minors_look_for_a_family_where_nobody_at_home_is_of_age(expect):
    assert expect(age=17.9, oldest=17.9) == (FIND_FAMILY, 1.0)
    assert expect(age=12.0, oldest=18.0) == (FIND_FAMILY, 0.0)


def test_homes_are_counted_with_their_children_up_to_what_the_columns_hold(people):
    """Two and three adults with no child, many, and more than anybody can have; a home of one."""
    r = people(6)
    r.household[:] = (0, 0, 3, 3, 3, 5)
    homes = list_homes(r)
    for children, noted, size in ((0, 0, 3), (4, 4, 7), (250, 250, 253), (253, 250, 255)):
        homes.children[3] = children
        note_homes(r, homes)
        assert r.under_12.tolist() == [0, 0, noted, noted, noted, 0]
        assert r.household_size.tolist() == [2, 2, min(size, 255), *[min(size, 255)] * 2, 1]
        assert r.alone.tolist() == [0, 0, 0, 0, 0, 1]
    homes.children[5] = 1
    note_homes(r, homes)
    assert (r.household_size[5], r.alone[5]) == (2, 0)
    # Nobody who lives is left, and the row is there still.
    r.alive[5], homes.children[5] = 0, 0
    note_homes(r, homes)
    assert (r.household_size[5], r.alone[5]) == (0, 1)


def test_lists_of_homes_hold_everybody_once_with_the_oldest_and_their_generation(people):
    r = people(7)
    r.household[:], r.age[:] = (2, 0, 2, 2, 0, 6, 2), (30, 50, 45, 60.5, 36, 20, 45.25)
    r.under_12[:] = (1, 2, 1, 1, 2, 0, 1)
    homes = list_homes(r)

    def members(home):
        found, row = [], homes.first[home]
        while row != -1:
            found.append(int(row))
            row = homes.after[row]
        return found

    assert [members(home) for home in range(7)] == [[1, 4], [], [0, 2, 3, 6], [], [], [], [5]]
    assert homes.members.tolist() == [2, 0, 4, 0, 0, 0, 1]
    assert homes.children.tolist() == [2, 0, 1, 0, 0, 0, 0]
    assert homes.oldest.tolist() == [50, 0, 60.5, 0, 0, 0, 20]
    # Of 60.5: 45 is a generation below, 45.25 fifteen years and a quarter.
    assert homes.elders.tolist() == [2, 0, 1, 0, 0, 0, 1]
    # In the memory of the last ones, and nothing of them is left.
    r.household[:], r.under_12[:] = 1, 0
    again = list_homes(r, homes)
    assert again is homes
    assert (members(1), members(2), homes.children.sum()) == (list(range(7)), [], 0)
