"""Where the seats of a resident's circles stand: near home by a step, in town by income."""

import numpy as np
import pytest

from sim.society.friendships import (
    BLOCK_APART,
    SORTED_TOGETHER,
    Acquaintance,
    _seat_people,
    _visit_alike,
    _wandering,
    gather_friends,
)

AREA = 1_600 * SORTED_TOGETHER


def settle(ages=40.0, sizes=(AREA,), within=1.0, income=0):
    """People in order of address, in neighbourhoods of these sizes."""
    n = sum(sizes)
    return Acquaintance(
        np.broadcast_to(np.float32(ages), n),
        np.repeat(np.arange(len(sizes)), sizes).astype(np.uint8),
        np.broadcast_to(np.asarray(income, np.uint8), n),
        np.zeros(n),
        within,
    )


def seat(people, p, seed=3):
    """The block of each resident's seat, counted within its neighbourhood, and the neighbourhood."""
    keys = _seat_people(
        people, np.arange(people.age.size), p.friendships, np.random.default_rng(seed)
    )
    areas = np.round(keys / 1e9).astype(np.int64)
    return np.round((keys - areas * 1e9) / BLOCK_APART).astype(np.int64), areas


def go_round(steps, blocks):
    """How far two blocks are apart on a round, with its direction."""
    return np.mod(steps + blocks // 2, blocks) - blocks // 2


def test_half_of_the_friends_of_a_neighbourhood_live_within_the_reach(numbers):
    """Within k times the reach live k / (k + 1), as many on either side, from any address."""
    p = numbers._replace(friendships=numbers.friendships._replace(friend_reach=40.0 * 128))
    block, _ = seat(settle(), p)
    own = np.arange(AREA) // SORTED_TOGETHER
    steps = go_round(block - own, 1_600)
    for times in (0.25, 1.0, 3.0):
        near = np.abs(steps) <= 40 * times
        assert near.mean() == pytest.approx(times / (times + 1), abs=0.02), times
        assert np.sign(steps[near]).mean() == pytest.approx(0.0, abs=0.02)
    # At the border of the neighbourhood as in its middle.
    for part in (slice(0, AREA // 50), slice(-AREA // 50, None)):
        assert np.mean(np.abs(steps[part]) <= 40) == pytest.approx(0.5, abs=0.03)
        assert np.sign(steps[part]).mean() == pytest.approx(0.0, abs=0.06)


def test_with_all_ties_at_home_a_seat_never_leaves_its_neighbourhood(numbers):
    people = settle(sizes=(AREA // 4, AREA // 2, AREA // 8))
    block, area = seat(people, numbers)
    assert np.array_equal(area, people.neighbourhood)
    for each, size in enumerate((AREA // 4, AREA // 2, AREA // 8)):
        found = block[area == each]
        assert (found.min(), found.max()) == (0, size // SORTED_TOGETHER - 1)


def test_seats_leave_home_so_that_the_stated_share_of_ties_stays_there():
    """Both friends of a tie are at home with a chance h², or, wandering, meet there by chance."""
    shares = np.array([0.5, 0.3, 0.2])
    by_chance = 0.25 + 0.09 + 0.04
    for within in (0.5, 0.7, 0.95, 1.0):
        home = 1.0 - _wandering(shares, within)
        assert home**2 + (1 - home**2) * by_chance == pytest.approx(within)
    # No fewer stay than chance alone keeps there, and one neighbourhood is everywhere.
    assert _wandering(shares, by_chance / 2) == 1.0
    assert _wandering(np.array([1.0]), 0.7) == 0.0


def test_who_goes_into_town_visits_somebody_of_like_income_whoever_that_is():
    income = np.array([3, 0, 4, 3, 0, 2, 4, 3], np.uint8)
    owners = np.tile(np.arange(8), 500)
    at = _visit_alike(income, owners, np.random.default_rng(1))
    assert np.array_equal(income[at], income[owners])
    for row in range(8):
        mine = at[owners == row]
        alike = np.flatnonzero(income == income[row])
        assert sorted(set(mine.tolist())) == alike.tolist()
        counted = np.bincount(mine, minlength=8)[alike]
        assert counted / 500 == pytest.approx(1 / alike.size, abs=0.08)


def test_a_friendship_is_of_its_years_and_no_older_than_each_of_them_could_make_it(numbers):
    """With endless years, from the age at which friends are made on; else exponential, alike in a circle."""
    n = 3_000
    ages = np.where(np.arange(n) % 2, 20.0, 36.5).astype(np.float32)
    people = settle(sizes=(n,))._replace(age=ages)
    p = numbers.friendships
    for members, _, weeks in gather_friends(people, p._replace(friend_years=1e6), "circles", 3):
        assert np.abs(weeks + 52 * (ages[members] - p.friend_from)).max() < 1.0
    old = settle(ages=90.0, sizes=(n,))
    for members, circle, weeks in gather_friends(old, p._replace(friend_years=5.0), "circles", 3):
        first = np.unique(circle, return_index=True)[1]
        assert np.array_equal(weeks, weeks[first][circle])
        assert (-weeks[first] / 52).mean() == pytest.approx(5.0, rel=0.12)
        assert members.size == circle.size


def test_teenagers_gather_from_eight_blocks_and_adults_from_their_own(numbers):
    """Else a circle of one age would not be full: they sit in the first of each eight blocks."""
    p = numbers._replace(friendships=numbers.friendships._replace(friend_reach=40.0 * 128))
    for age, blocks in ((17.9, {0}), (18.0, set(range(8)))):
        block, _ = seat(settle(ages=age), p)
        assert set((block % 8).tolist()) == blocks, age
        # As many in every place of town.
        assert np.bincount(block // 80, minlength=20) / AREA == pytest.approx(
            np.full(20, 1 / 20), rel=0.03
        )
