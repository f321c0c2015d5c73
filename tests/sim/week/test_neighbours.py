"""Neighbours, friends and groups: what each rule of social life makes of them, by hand."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.engine.random import week_counter_of
from sim.state.codes import Published, TieKind
from sim.state.groups import Week
from sim.state.ties import add_tie
from sim.week.resident import reviews
from sim.week.resident.group_ties import befriend_in_groups
from sim.week.resident.phases import SOCIALISE
from sim.week.resident.reviews import (
    REVIEW_WEEKS,
    dissolve_ties,
    expect_fading,
    expect_friendship,
    expect_meeting,
    find_stranger,
    form_ties,
    is_of_age,
    plan_reviews,
    step_to_neighbour,
)
from sim.week.resident.social import DEAD


def when(week, seed):
    return Week(week, week_counter_of(week), seed)


def show(count):
    """What nobody shows yet: a row for each resident and one for nobody."""
    return np.zeros((count + 1, len(Published)), np.float32)


def test_without_ties_opinions_stay_and_the_dead_stay_as_they_were(
    people, services, strangers, before, p, seed
):
    r, ties, published = people(3), strangers(3), show(3)
    add_tie(ties, 1, 2, TieKind.HOME, 0)
    r.alive[2] = 0
    for name in ("stigma", "knowledge", "loneliness", "encouraged", "distress_noise", "strain"):
        getattr(r, name)[:] = 0.5
    published[:, Published.STIGMA] = (0.5, 0.5, 0.9, 0.0)
    published[2, Published.ILLNESS] = DEAD
    q = p.social._replace(
        noise=0.0, stigma_return=0.1, stigma_spread=0.2, knowledge_return=0.3, caregiver_pull=0.4
    )
    before(SOCIALISE, r, services(1), ties, published, p._replace(social=q), seed, week=0)
    assert r.stigma.tolist() == pytest.approx([0.45, 0.5 - 0.1 * 0.5 + 0.2 * 0.4, 0.5])
    assert r.knowledge.tolist() == pytest.approx([0.5 * 0.7, 0.5 * 0.7, 0.5])
    assert r.encouraged.tolist() == [0.0, 0.0, 0.5]
    assert r.strain.tolist() == pytest.approx([0.5 * 0.6, 0.5 * 0.6, 0.5])
    assert (r.loneliness[2], r.distress_noise[2]) == (0.5, 0.5)
    alone = 0.5 + q.pull * (q.lack - 0.5)  # somebody who has died gives no company
    assert r.loneliness[:2].tolist() == pytest.approx([alone, alone])


def test_loneliness_spreads_by_the_mean_of_ties_and_is_that_of_the_home_and_of_services(
    people, services, strangers, before, p, seed
):
    r, ties, published = people(4), strangers(4), show(4)
    for other in (1, 2, 3):
        add_tie(ties, 0, other, TieKind.FRIEND, 0)
    published[1:4, Published.LONELINESS] = (0.6, 1.2, 0.0)
    r.alone[0], r.connection[0], r.temperament[0] = 1, 0.3, 0.2
    q = p.social._replace(noise=0.0, contagion=0.5, enough_support=3.0)
    before(SOCIALISE, r, services(1), ties, published, p._replace(social=q), seed, week=0)
    assert r.loneliness[0] == pytest.approx(q.pull * (0.2 + q.alone + 0.5 * 0.6 - 0.3))
    assert r.loneliness[1] == pytest.approx(q.pull * q.lack * 2 / 3)


def test_chance_in_loneliness_and_in_distress_are_two(people, services, strangers, before, p, seed):
    count = 3_000
    r, ties = people(count), strangers(count)
    q = p.social._replace(noise=0.1, pull=0.0)
    before(SOCIALISE, r, services(1), ties, show(count), p._replace(social=q), seed, week=4)
    assert r.loneliness.std() == pytest.approx(0.1, rel=0.06)
    assert r.distress_noise.std() == pytest.approx(1.0, rel=0.06)
    assert abs(np.corrcoef(r.loneliness, r.distress_noise)[0, 1]) < 0.07
    assert max(abs(r.loneliness.mean() * 10), abs(r.distress_noise.mean())) < 0.08


def test_a_tie_is_asked_once_whichever_end_is_ill_and_work_is_not_among_the_close(
    people, strangers, p, seed
):
    """Two thousand pairs, of whom every fourth knows each other from work, over one round of reviews."""
    count = 4_000
    ended = []
    for ill in (None, slice(0, None, 2), slice(1, None, 2)):
        r, ties, published = people(count), strangers(count), show(count)
        for i in range(0, count, 2):
            kind = TieKind.WORK if i % 8 == 0 else TieKind.FRIEND
            add_tie(ties, i, i + 1, kind, 0)
            r.close_ties[[i, i + 1]] = 3 if kind == TieKind.FRIEND else 2
        if ill is not None:
            published[:-1][ill, Published.ILLNESS] = 1.0
        q = p.social._replace(fading=0.2, fading_illness=2.0)
        ended.append(
            sum(
                dissolve_ties(np.arange(count), r, ties, published, when(week, seed), q)
                for week in range(REVIEW_WEEKS)
            )
        )
        left = (ties.neighbour[:, 0] < count).reshape(-1, 2)
        assert (left[:, 0] == left[:, 1]).all()
        assert (~left[:, 0]).sum() == ended[-1]
        work = np.arange(count) % 8 < 2
        assert (r.close_ties[work] == 2).all()
        assert (r.close_ties[~work] == 2 + left.ravel()[~work]).all()
    assert np.array(ended) / 2_000 == pytest.approx([0.2, 0.4, 0.4], abs=0.045)
    assert expect_fading(0.0, 1.0, p.social) == expect_fading(1.0, 0.0, p.social)


def test_the_young_are_choosier_about_age_and_the_edge_belongs_to_them(p):
    q = p.social._replace(age_gap=12.0, age_gap_young=3.0)
    assert is_of_age(30.0, 42.0, q)
    assert is_of_age(42.0, 30.0, q)
    assert not is_of_age(30.0, 42.1, q)
    assert is_of_age(17.0, 20.0, q)
    assert not is_of_age(20.1, 17.0, q)
    assert is_of_age(18.0, 30.0, q)


def test_liking_falls_with_what_separates_and_rises_with_what_both_have_lived(p):
    q = p.social._replace(liking=0.3, sorting=2.0, sorting_experience=0.5)
    assert expect_friendship(0.4, 0.4, False, q) == pytest.approx(0.3)
    assert expect_friendship(0.4, 0.9, False, q) == pytest.approx(0.3 * math.exp(-1.0))
    assert expect_friendship(0.9, 0.4, True, q) == pytest.approx(0.3 * math.exp(0.5 - 1.0))
    busy = q._replace(meeting=0.4, meeting_illness=0.5)
    assert expect_meeting(5.0, 0.0, busy) == 1.0
    assert expect_meeting(5.0, 0.5, busy) == pytest.approx(0.75)


def test_who_lives_near_is_so_many_doors_away_on_either_side(p):
    q = p.social._replace(stranger_reach=3.0)
    assert step_to_neighbour(10, 0.5, 0.49, 100, q) == 17
    assert step_to_neighbour(10, 0.5, 0.5, 100, q) == 3
    assert step_to_neighbour(95, 0.5, 0.1, 100, q) == 2
    assert step_to_neighbour(10, 0.02, 0.9, 100, q) == (10 - 151) % 100


def test_every_friend_may_introduce_every_friend_of_theirs(people, strangers, p, seed):
    r, ties = people(60), strangers(60)
    for friend in (20, 30):
        add_tie(ties, 0, friend, TieKind.FRIEND, 0)
        for other in (friend + 1, friend + 2):
            add_tie(ties, friend, other, TieKind.FRIEND, 0)
    q = p.social._replace(friend_of_friend=0.5)
    met = [
        [find_stranger(0, r, ties, way, whom, when(1, seed), q) for whom in (0.1, 0.5, 0.9)]
        for way in (0.01, 0.24, 0.26, 0.49)
    ]
    assert met == [[0, 21, 22]] * 2 + [[0, 31, 32]] * 2
    alone = find_stranger(1, r, ties, 0.01, 0.5, when(1, seed), q)
    assert alone not in (-1, 0, 1)  # whoever has no friends meets people who live near


def test_only_those_who_miss_friends_and_are_at_home_meet_anybody(people, strangers, p, seed):
    """Three are kept from it, each by one thing; the fourth finds as many friends as were missing."""
    count = 64
    r, ties = people(count), strangers(count)
    r.sociability[:4], r.close_ties[:4] = (3, 3, 3, 3), (3, 0, 0, 0)
    r.alive[1], r.stay[2] = 0, 4
    eager = p.social._replace(meeting=1.0, friend_of_friend=0.0, liking=1.0, sorting=0.0)
    for week in range(4 * REVIEW_WEEKS):
        form_ties(np.arange(count), r, ties, show(count), when(week, seed), eager)
    mine = ties.neighbour[3][ties.neighbour[3] < count]
    assert mine.size == 3 == r.close_ties[3]
    assert set(ties.kind[3, :3].tolist()) == {TieKind.FRIEND}
    assert 1 not in mine.tolist()
    tied = np.flatnonzero((ties.neighbour < count).any(axis=1))
    assert set(tied.tolist()) == {3, *mine.tolist()}


def test_what_both_have_lived_through_is_one_of_three_things(people, strangers, p, seed):
    """With a liking that is nothing without it, only those make friends who both know illness."""
    count = 400
    for name in ("episodes", "past_episodes", "severe"):
        r, ties = people(count), strangers(count)
        getattr(r, name)[::2] = 1
        r.sociability[:] = 2
        q = p.social._replace(
            meeting=1.0, friend_of_friend=0.0, liking=1e-9, sorting=0.0, sorting_experience=30.0
        )
        formed = form_ties(np.arange(count), r, ties, show(count), when(0, seed), q)
        assert formed > 5, name
        tied = np.flatnonzero((ties.neighbour < count).any(axis=1))
        assert (tied % 2 == 0).all(), name


def test_members_meet_those_of_their_own_group_once_in_a_round(people, strangers, p, seed):
    """Forty members in groups of ten: each pair sits together with a chance of a fourth."""
    count = 40
    r, ties = people(count), strangers(count)
    r.key[:] = np.arange(count) * 3 + 1
    formed = [
        befriend_in_groups(
            np.arange(count), 10, r, ties, when(week, seed), p.social._replace(group_friendship=0.6)
        )
        for week in range(REVIEW_WEEKS)
    ]
    pairs = count * (count - 1) / 2
    assert sum(formed) == pytest.approx(pairs * 0.25 * 0.6, abs=4 * math.sqrt(pairs * 0.13))
    assert min(formed) > 0
    assert r.close_ties.sum() == 2 * sum(formed)
    assert (ties.since[ties.kind == TieKind.GROUP] < REVIEW_WEEKS).all()


@pytest.mark.parametrize(("count", "size", "groups"), [(40, 20, 2), (39, 13, 3), (40, 13, 4)])
def test_there_are_as_many_groups_as_hold_everybody(
    people, strangers, p, seed, count, size, groups
):
    """Two in forty of twenty; three, and with one more member four, of thirteen: so many pairs sit together."""
    r, ties = people(count), strangers(count)
    chance = 0.3
    formed = sum(
        befriend_in_groups(
            *(np.arange(count), size, r, ties, when(week, seed)),
            p.social._replace(group_friendship=chance),
        )
        for week in range(REVIEW_WEEKS)
    )
    pairs, share = count * (count - 1) / 2, chance / groups
    assert formed == pytest.approx(pairs * share, abs=2.2 * math.sqrt(pairs * share * (1 - share)))


def test_friends_from_a_group_are_among_the_close_when_they_part(people, strangers, p, seed):
    r, ties = people(2), strangers(2)
    add_tie(ties, 0, 1, TieKind.GROUP, 0)
    r.close_ties[:] = 3
    sure = p.social._replace(fading=1.0)
    for week in range(REVIEW_WEEKS):
        dissolve_ties(np.arange(2), r, ties, show(2), when(week, seed), sure)
    assert (ties.neighbour == 2).all()
    assert r.close_ties.tolist() == [2, 2]


def test_the_farthest_who_lives_near_is_ten_thousand_times_the_reach_away(p):
    q = p.social._replace(stranger_reach=2.0)
    steps = [step_to_neighbour(0, near, 0.1, 10**6, q) for near in (2e-4, 1e-4, 1e-6, 0.0)]
    assert steps == pytest.approx([10_001, 20_001, 20_001, 20_001], abs=1)


def test_who_is_introduced_meets_a_friend_of_a_friend_and_others_who_live_near(
    people, strangers, p, seed
):
    """Everybody may be introduced: 0 and 1 know 2, who knows 3; 10 knows nobody and asks around."""
    count = 40
    q = p.social._replace(meeting=1.0, friend_of_friend=1.0, liking=1.0, sorting=0.0)
    found = {0: set(), 10: set()}
    for start in range(0, 40 * REVIEW_WEEKS, REVIEW_WEEKS):
        r, ties = people(count), strangers(count)
        for a, b in ((0, 2), (1, 2), (2, 3)):
            add_tie(ties, a, b, TieKind.FRIEND, 0)
            r.close_ties[[a, b]] += 1
        r.sociability[[0, 10]] = 2, 1
        for week in range(start, start + REVIEW_WEEKS):
            form_ties(np.arange(count), r, ties, show(count), when(week, seed), q)
        for i, met in found.items():
            met |= set(ties.neighbour[i][ties.neighbour[i] < count].tolist())
    assert found[0] == {1, 2, 3}
    assert len(found[10]) > 5


def test_whoever_was_found_meanwhile_no_longer_reaches_out(people, strangers, p, seed):
    """Each misses one friend: of every tie that is formed, it is the first of one end at least."""
    count = 400
    r, ties = people(count), strangers(count)
    r.sociability[:] = 1
    eager = p.social._replace(meeting=1.0, friend_of_friend=0.5, liking=1.0, sorting=0.0)
    for week in range(REVIEW_WEEKS):
        form_ties(np.arange(count), r, ties, show(count), when(week, seed), eager)
    first = ties.neighbour[:, 0]
    assert (first < count).mean() > 0.9
    for i, slot in np.argwhere(ties.neighbour < count):
        assert slot == 0 or first[ties.neighbour[i, slot]] == i


def test_nobody_lives_near_themselves_however_small_the_town_is(people, strangers, p, seed):
    """Of two residents each meets the other, unless every look of a week goes round to their own door."""
    r, ties = people(2), strangers(2)
    q = p.social._replace(friend_of_friend=0.0)
    met = [find_stranger(0, r, ties, 0.5, 0.5, when(week, seed), q) for week in range(200)]
    assert set(met) <= {1, -1}
    assert met.count(1) > 190


def test_a_caregiver_feels_the_most_ill_at_home_and_ill_friends_give_nothing_but_no_harm(
    people, services, strangers, before, p, seed
):
    """Two at home, ill by a half and a fifth, a friend who is worse, and one at home who has died."""
    r, ties, published = people(5), strangers(5), show(5)
    for other, kind in (
        (1, TieKind.HOME),
        (2, TieKind.HOME),
        (3, TieKind.FRIEND),
        (4, TieKind.HOME),
    ):
        add_tie(ties, 0, other, kind, 0)
    published[1:5, Published.ILLNESS] = (0.2, 0.5, 1.0, DEAD)
    q = p.social._replace(
        noise=0.0, caregiver_pull=0.25, caregiver_strain=0.4, ill_gives_less=1.5,
        enough_support=2.0, pull=0.1, lack=0.8,
    )  # fmt: skip
    before(SOCIALISE, r, services(1), ties, published, p._replace(social=q), seed, week=0)
    assert r.strain[0] == pytest.approx(0.25 * 0.4 * 0.5)
    # Support of 0.7 and 0.25 of those at home; of the other two nothing, and nothing is taken.
    assert r.loneliness[0] == pytest.approx(0.1 * 0.8 * (1 - 0.95 / 2.0))


def plain(function):
    """A rule as it stands, which only other loops may call once it is compiled."""
    return getattr(function, "py_func", function)


def test_thirty_two_neighbouring_keys_are_looked_at_in_one_week_and_the_next_a_week_before():
    planned = plan_reviews(np.arange(300, dtype=np.uint32))
    assert planned[0].tolist() == [*range(32), *range(256, 288)]
    assert planned[1].tolist() == [*range(32, 64), *range(288, 300)]
    assert planned[7].tolist() == [*range(224, 256)]


def test_a_tie_ends_in_the_week_of_its_lower_key_and_one_with_the_dead_in_that_of_either_end(
    people, strangers, p, seed
):
    """Key 3 has its turn in week 0, key 40 in week 7."""
    sure = p.social._replace(fading=1.0)
    for dead, ends in ((None, {0}), (3, {0, 7}), (40, {0, 7})):
        for week in range(REVIEW_WEEKS):
            r, ties, published = people(64), strangers(64), show(64)
            add_tie(ties, 3, 40, TieKind.FRIEND, 0)
            r.close_ties[[3, 40]] = 1
            if dead is not None:
                published[dead, Published.ILLNESS] = DEAD
            ended = dissolve_ties(np.arange(64), r, ties, published, when(week, seed), sure)
            assert ended == (week in ends), (dead, week)
            assert (ties.neighbour[[3, 40], 0] == 64).all() == (week in ends)


def test_people_meet_others_in_their_own_week_alone(people, strangers, p, seed):
    """Only keys 32 to 63 miss a friend: their turn is week 7."""
    eager = p.social._replace(meeting=1.0, friend_of_friend=0.0, liking=1.0, sorting=0.0)
    for week in range(REVIEW_WEEKS):
        r, ties = people(64), strangers(64)
        r.sociability[32:] = 1
        formed = form_ties(np.arange(64), r, ties, show(64), when(week, seed), eager)
        assert (formed > 9) == (week == 7), week
        assert (formed == 0) == (week != 7), week


def test_somebody_looks_at_two_who_live_near_four_times_and_then_gives_up(
    people, p, seed, monkeypatch
):
    seen = []
    monkeypatch.setattr(
        reviews, "step_to_neighbour", lambda i, *chances: seen.append(chances[:2]) or i
    )
    assert plain(reviews.find_near)(5, people(9), when(3, seed), p.social) == -1
    assert len(seen) == len(set(seen)) == 8


def test_on_which_side_somebody_lives_says_nothing_of_how_far(people, strangers, p, seed):
    r, ties = people(1_000), strangers(1_000)
    q = p.social._replace(friend_of_friend=0.0)
    away = np.array(
        [find_stranger(500, r, ties, 0.5, 0.5, when(week, seed), q) - 500 for week in range(800)]
    )
    far = abs(away) > np.median(abs(away))
    assert far.sum() > 200
    for mine in (far, ~far):
        assert (away[mine] < 0).mean() == pytest.approx(0.5, abs=0.14)


@pytest.fixture
def like(monkeypatch, people, p):
    """Whether the first of so many like the second; liking falls with what separates them alone."""
    for name in ("find_vulnerability", "has_experience"):
        monkeypatch.setattr(reviews, name, plain(getattr(reviews, name)))
    q = p.social._replace(liking=0.5, sorting=2.0, sorting_experience=0.0)

    def ask(first, second, liking=0.4, **columns):
        r = people(2)
        for name, values in columns.items():
            getattr(r, name)[:] = values
        return bool(plain(reviews.like_each_other)(first, second, liking, r, q))

    return ask


def test_who_meets_nobody_or_the_dead_or_themselves_finds_no_friend(like):
    assert like(0, 1)
    assert like(1, 0)
    assert not like(1, -1)
    assert not like(1, 1)
    assert not like(1, 0, alive=(0, 1))
    assert like(1, 0, alive=(1, 0))  # who asks lives: that was asked before
    assert not like(1, 0, age=(90.0, 40.0))


def test_what_stays_of_distress_is_of_the_person_and_of_circumstances_together(like):
    """0.75 of either kind is as near as can be; a difference of a half leaves e^-1 of liking."""
    assert like(0, 1, trait=(0.5, 0.25), circumstances=(0.25, 0.5))
    for apart in ({"trait": (0.5, 0.0)}, {"circumstances": (0.0, 0.5)}):
        assert like(0, 1, 0.18, **apart)
        assert not like(0, 1, 0.19, **apart)


def test_the_last_day_in_the_ward_is_no_day_to_meet_people(people, p):
    r = people(2)
    r.sociability[:], r.stay[0] = 2, 1
    reaches = [plain(reviews.reaches_out)(i, 0.0, r, show(2), p.social) for i in range(2)]
    assert reaches == [False, True]


def test_ties_are_the_same_whoever_shares_the_review(people, strangers, p, seed):
    """In one go, or in three parts of the order, one of them of a single person."""
    q = p.social._replace(meeting=1.0, friend_of_friend=0.4, liking=1.0, fading=0.5)
    lists, changes = [], []
    for shared in (False, True):
        r, ties, published = people(300), strangers(300), show(300)
        r.sociability[:] = 3
        for i in range(0, 300, 2):
            add_tie(ties, i, i + 1, TieKind.FRIEND, 0)
        r.close_ties[:] = 1
        parts = ((0, 100), (100, 101), (101, 300))
        team = SimpleNamespace(share=lambda work, _, parts=parts: [work(*each) for each in parts])
        for week in range(REVIEW_WEEKS):
            given = (r, ties, published, when(week, seed), q)
            if shared:
                reviews.review_together(np.arange(300), given, team)
            else:
                changes += reviews.review_ties(np.arange(300), *given)
        lists.append((ties.neighbour.copy(), r.close_ties.copy()))
    ended, formed = sum(changes[::2]), sum(changes[1::2])
    assert min(ended, formed) > 20
    assert lists[0][1].sum() == 2 * (150 + formed - ended)
    assert np.array_equal(lists[0][0], lists[1][0])
    assert np.array_equal(lists[0][1], lists[1][1])
