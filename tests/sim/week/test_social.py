"""Social life: what makes lonely, what spreads, how ties end and begin."""

import math

import numpy as np
import pytest

from sim.engine.random import seed_words, week_counter_of
from sim.state.codes import Published, TieKind
from sim.state.groups import Week
from sim.state.residents import make_residents
from sim.state.ties import add_tie
from sim.week.resident.group_ties import befriend_in_groups
from sim.week.resident.reviews import (
    REVIEW_WEEKS,
    dissolve_ties,
    expect_fading,
    expect_meeting,
    find_stranger,
    form_ties,
    is_reviewed,
    plan_reviews,
)
from sim.week.resident.social import (
    DEAD,
    find_lonely_set_point,
    find_missing_support,
    socialise,
    update_attitude,
    update_caregiver_strain,
    update_loneliness,
)


def test_company_is_missed_up_to_enough(p):
    assert find_missing_support(0.0, p.social) == 1.0
    assert find_missing_support(1.0, p.social) == 0.75
    assert find_missing_support(9.0, p.social) == 0.0


def test_loneliness_is_pulled_to_what_home_ties_and_health_make_of_it(p):
    q = p.social
    set_point = -0.3 + 0.25 * 1 + 0.9 * 0.5 + 1.5 * 0.2 - 0.1
    assert find_lonely_set_point(-0.3, 1.0, 0.5, 0.2, 5.0, 0.1, q) == pytest.approx(set_point)
    assert update_loneliness(1.0, set_point, 0.0, q) == pytest.approx(
        1.0 + q.pull * (set_point - 1.0)
    )
    assert q.pull == pytest.approx(1 - math.exp(-1 / 11))
    assert find_lonely_set_point(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, q) == 0.0
    assert update_loneliness(0.0, 0.0, 1.0, q) == pytest.approx(q.noise)
    passed_on = find_lonely_set_point(0.0, 0.0, 0.0, 0.0, 2.0, 0.0, q._replace(contagion=0.15))
    assert passed_on == pytest.approx(0.3)
    assert find_lonely_set_point(0.0, 0.0, 0.0, 0.0, 0.0, 0.4, q) < 0.0


def test_attitudes_return_and_spread():
    assert update_attitude(1.0, 0.0, 3.0, 0.03, 0.0) == pytest.approx(0.97)
    assert update_attitude(1.0, 1.0, 3.0, 0.03, 0.004) == pytest.approx(1.008)


def test_strain_follows_illness_at_home(p):
    q = p.social
    assert update_caregiver_strain(0.0, 1.0, q) == pytest.approx((1 - math.exp(-1 / 8)) * 0.15)
    assert update_caregiver_strain(0.15, 1.0, q) == pytest.approx(0.15)
    assert update_caregiver_strain(0.15, 0.0, q) < 0.15


def test_friendships_end_sooner_with_the_ill(p):
    q = p.social
    # 10.5% a year, of which 5% move away and 1.8% die or leave alone
    assert q.fading == pytest.approx(1 - math.exp(-0.037 * REVIEW_WEEKS * 7 / 365.25))
    assert expect_fading(0.0, 0.0, q) == pytest.approx(q.fading)
    assert expect_fading(1.0, 0.0, q) == pytest.approx(1.5 * q.fading)
    assert expect_fading(1.0, 1.0, q._replace(fading=0.9)) == 1.0


def test_who_misses_friends_reaches_out_and_the_ill_less(p):
    q = p.social
    assert expect_meeting(2.0, 0.0, q) == pytest.approx(2 * q.meeting)
    assert expect_meeting(2.0, 1.0, q) == pytest.approx(2 * q.meeting * 0.4)
    assert expect_meeting(2.0, DEAD, q) == expect_meeting(2.0, 1.0, q)


def test_a_resident_hears_the_mean_of_ties_and_the_worst_at_home(
    people, strangers, scratch, p, seed
):
    r, ties = people(3), strangers(3)
    add_tie(ties, 0, 1, TieKind.HOME, 0)
    add_tie(ties, 0, 2, TieKind.FRIEND, 0)
    published = np.zeros((4, len(Published)), np.float32)
    published[1] = (0.0, 0.5, 1.0, 2.0)
    published[2] = (0.0, 1.0, 0.0, -1.0)
    q = p.social._replace(noise=0.0)
    socialise(0, 3, r, ties, published, Week(0, week_counter_of(0), seed), q, scratch)
    assert r.encouraged[0] == pytest.approx(0.5)
    assert r.stigma[0] == pytest.approx(0.004 * 0.5)
    assert r.strain[0] == pytest.approx(q.caregiver_pull * 0.15 * 0.5)
    support = (1 - 0.6 * 0.5) + (1 - 0.6)
    assert r.loneliness[0] == pytest.approx(q.pull * 0.9 * (1 - support / 4.0))
    assert r.loneliness[1] == pytest.approx(q.pull * (0.9 * 0.75 + 1.5 * 0.5))


def test_within_eight_weeks_the_dead_have_left_every_list(people, strangers, p, seed):
    r, ties = people(20), strangers(20)
    for i in range(0, 20, 2):
        add_tie(ties, i, i + 1, (TieKind.HOME, TieKind.FRIEND, TieKind.WORK)[i % 3], 0)
    r.close_ties[:] = ties.kind[:, 0] == TieKind.FRIEND
    published = np.zeros((21, len(Published)), np.float32)
    published[::2, 1] = DEAD
    ended = [
        dissolve_ties(
            np.arange(20),
            r,
            ties,
            published,
            Week(week, week_counter_of(week), seed),
            p.social._replace(fading=0.0),
        )
        for week in range(8)
    ]
    assert sum(ended) == 10
    assert (ties.neighbour == 20).all()
    assert (r.close_ties == 0).all()


def test_friendships_fade_and_homes_do_not(people, strangers, p, seed):
    r, ties = people(4), strangers(4)
    add_tie(ties, 0, 1, TieKind.HOME, 0)
    add_tie(ties, 2, 3, TieKind.FRIEND, 0)
    r.close_ties[2:] = 1
    published = np.zeros((5, len(Published)), np.float32)
    for week in range(8):
        dissolve_ties(
            np.arange(4),
            r,
            ties,
            published,
            Week(week, week_counter_of(week), seed),
            p.social._replace(fading=1.0),
        )
    assert ties.neighbour[:2, 0].tolist() == [1, 0]
    assert (ties.neighbour[2:] == 4).all()
    assert r.close_ties.tolist() == [0, 0, 0, 0]


def test_strangers_are_friends_of_friends_or_live_near(strangers, p):
    ties = strangers(1_000)
    add_tie(ties, 0, 500, TieKind.FRIEND, 0)
    add_tie(ties, 500, 700, TieKind.FRIEND, 0)
    r, seed = make_residents(1_000), seed_words(1)
    r.key[:] = np.arange(1_000)
    r.age[:], r.alive[:] = 40.0, 1
    q = p.social._replace(friend_of_friend=0.6)

    def meet(first, second, week):
        return find_stranger(0, r, ties, first, second, Week(week, np.uint64(week), seed), q)

    assert meet(0.01, 0.8, 1) == 700
    far = [meet(0.9, 0.5, week) for week in range(1_000)]
    r.age[1:] = 70.0
    assert {meet(0.9, 0.5, week) for week in range(20)} == {-1}
    away = [min(x, 1_000 - x) for x in far]
    assert np.median(away) < 12
    assert max(away) > 100
    assert 0 not in away


def test_strangers_live_on_either_side_and_are_alive_and_someone_else(strangers, p):
    r, seed = make_residents(1_000), seed_words(1)
    r.key[:] = np.arange(1_000)
    r.age[:], r.alive[:] = 40.0, 1
    r.alive[505] = 0
    ties, q = strangers(1_000), p.social._replace(friend_of_friend=0.0)
    found = np.array(
        [
            find_stranger(500, r, ties, 0.5, 0.5, Week(week, np.uint64(week), seed), q)
            for week in range(600)
        ]
    )
    assert not np.isin(found, (-1, 500, 505)).any()
    assert (found < 500).mean() == pytest.approx(0.5, abs=0.12)
    assert (found == 495).sum() > 5


def test_people_who_miss_friends_make_some_of_their_age(people, strangers, p, seed):
    r, ties = people(400), strangers(400)
    r.sociability[:200] = 3
    r.age[::4] = 80
    published = np.zeros((401, len(Published)), np.float32)
    eager = p.social._replace(meeting=1.0, friend_of_friend=0.0, liking=1.0)
    formed = sum(
        form_ties(
            np.arange(400), r, ties, published, Week(week, week_counter_of(week), seed), eager
        )
        for week in range(16)
    )
    assert formed > 100
    assert r.close_ties.sum() == 2 * formed
    tied = [(i, int(j)) for i in range(400) for j in ties.neighbour[i] if j < 400]
    assert all(abs(r.age[i] - r.age[j]) <= 12 for i, j in tied)
    assert all(min(i, j) < 200 for i, j in tied)
    assert (
        form_ties(np.arange(200, 400), r, ties, published, Week(0, week_counter_of(0), seed), eager)
        == 0
    )


def test_members_of_a_group_become_friends(people, strangers, p, seed):
    r, ties = people(30), strangers(30)
    members = np.arange(10)
    sure = p.social._replace(group_friendship=1.0)
    formed = sum(
        befriend_in_groups(members, 12, r, ties, Week(week, week_counter_of(week), seed), sure)
        for week in range(8)
    )
    assert formed == 45
    assert (r.close_ties[:10] == 9).all()
    assert set(ties.kind[ties.neighbour < 30].tolist()) == {TieKind.GROUP}
    assert (ties.neighbour[10:] == 30).all()


def test_newcomers_take_their_turn_in_the_place_that_they_took():
    """A town resumed after people came reviews ties in the order of one that never stopped."""
    key = np.random.default_rng(1).permutation(700).astype(np.uint32)
    newcomers = key + np.uint32(700) * (key % 3 == 0)
    before, after = plan_reviews(key), plan_reviews(newcomers)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_ties_are_reviewed_in_the_week_that_was_planned_for_their_place():
    """Keys of newcomers are those of their place plus the number of places."""
    keys = np.random.default_rng(3).permutation(1_500).astype(np.uint32)
    keys[:200] += np.uint32(1_500 * 4)
    planned = plan_reviews(keys)
    for week in (0, 1, 7, REVIEW_WEEKS + 3):
        when = Week(week, week_counter_of(week), seed_words(1))
        due = {i for i, key in enumerate(keys) if is_reviewed(key, keys.size, when)}
        assert due == set(planned[-week % REVIEW_WEEKS].tolist())
    assert sorted(np.concatenate(planned)) == list(range(1_500))
    assert min(turn.size for turn in planned) > 0


def test_influences_of_company_in_parts_and_below_nothing(p):
    """With no value at which a product, a quotient and a power are the same."""
    q = p.social._replace(
        alone=0.25, lack=0.9, withdrawal=1.5, contagion=0.15, pull=0.2, noise=0.3, fading=0.01
    )
    point = -0.3 + 0.25 + 0.9 * 0.4 + 1.5 * 0.3 + 0.15 * -0.6 - 0.1
    assert find_lonely_set_point(-0.3, 1.0, 0.4, 0.3, -0.6, 0.1, q) == pytest.approx(point)
    assert update_loneliness(0.7, -0.2, -0.5, q) == pytest.approx(0.7 - 0.2 * 0.9 - 0.3 * 0.5)
    assert update_attitude(0.4, -0.3, 0.9, 0.05, 0.02) == pytest.approx(
        0.4 - 0.05 * 0.7 + 0.02 * 0.5
    )
    q = q._replace(fading_illness=1.4, caregiver_pull=0.12, caregiver_strain=0.15)
    assert expect_fading(0.5, 0.2, q) == pytest.approx(0.01 * (1.0 + 1.4 * 0.35))
    assert update_caregiver_strain(0.3, 0.4, q) == pytest.approx(0.3 + 0.12 * (0.06 - 0.3))
    q = q._replace(enough_support=5.0, meeting=0.07, meeting_illness=0.6)
    assert find_missing_support(1.5, q) == pytest.approx(0.7)
    assert expect_meeting(3.0, 0.4, q) == pytest.approx(0.21 * (1.0 - 0.24))
