"""Posts and lists through a quarter, by hand: who came, who left, who gave up, and how long was waited."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.state.codes import Access, Event, KindParameter
from sim.state.staff import ROLES
from sim.week.record import lists
from sim.week.record.lists import ListBook, follow_lists
from sim.week.record.posts import PostBook, note_empty
from sim.week.record.recorder import summarise
from sim.week.record.register import NO_WEEK


def plain(function):
    """A compiled rule as it stands: these books are no tables."""
    return getattr(function, "py_func", function)


def make_town(posts):
    """Three peers and a nurse of the clinic, a volunteer elsewhere."""
    staff = posts(5)
    staff.service[:] = (0, 0, 0, 0, 1)
    staff.role[:3], staff.role[3] = ROLES.index("peer"), ROLES.index("nurse")
    staff.role[4] = ROLES.index("volunteer")
    staff.hours[:] = (1.0, 1.0, 0.5, 1.0, 0.2)
    provision = SimpleNamespace(staff=staff, names=("clinic", "walks"))
    return SimpleNamespace(provision=provision, week=12), staff


def test_a_quarter_of_posts_accounts_for_who_came_and_who_left(posts):
    world, staff = make_town(posts)
    staff.filled[1], staff.open[4], staff.filled[4] = 0, 0, 0
    register = SimpleNamespace(empty_from=np.full(5, 3))
    book = PostBook(world, register)
    assert (register.empty_from == NO_WEEK).all()
    staff.filled[1], staff.training[1] = 1, 4  # hired
    staff.holder[0] += 2  # left twice, filled twice
    staff.filled[2], staff.holder[2] = 0, staff.holder[2] + 1  # left
    staff.training[2] = 9  # of nobody
    register.empty_from[[1, 2]] = (7, 5)
    book.close(world)
    peers, nurses = sorted(book.rows, key=lambda row: row["role"], reverse=True)
    assert (nurses["role"], peers["role"], peers["service"]) == ("nurse", "peer", "clinic")
    told = {
        "week": 12,
        "posts": 3,
        "posts_fte": 2.5,
        "filled": 2,
        "filled_fte": 2.0,
        "hired": 3,
        "left": 3,
        "in_training": 1,
        "recruiting_from": 5,
    }
    assert {key: peers[key] for key in told} == told
    assert [nurses[key] for key in ("posts", "hired", "left", "recruiting_from")] == [1, 0, 0, None]
    book.close(world)
    assert book.rows[-1]["hired"] == book.rows[-1]["left"] == 0
    assert (register.empty_from == NO_WEEK).all()


def test_a_post_is_empty_from_the_first_week_that_it_stands_open_without_anybody(posts):
    _, staff = make_town(posts)
    empty = np.array([NO_WEEK, NO_WEEK, 4, NO_WEEK, NO_WEEK])
    staff.filled[[0, 2, 3]], staff.open[3] = 0, 0
    plain(note_empty)(staff, empty, 9)
    assert empty.tolist() == [9, NO_WEEK, 4, NO_WEEK, NO_WEEK]
    plain(note_empty)(staff, empty, 10)
    assert empty[0] == 9


@pytest.fixture
def book(monkeypatch, people, services):
    """Twelve people on the list of service 1 (row 0) since week 2, as last week ended."""
    monkeypatch.setattr(lists, "is_given_up", plain(lists.is_given_up))
    r, o = people(12), services(3)
    r.wait_service[:, 0], r.wait_since[:, 0] = 1, 2
    register = SimpleNamespace(
        service=np.zeros((12, 2), np.uint8),
        since=np.zeros((12, 2), np.int16),
        waits=np.zeros((3, 9), np.int64),
        gave_up=np.zeros(3, np.int64),
    )
    return ListBook(SimpleNamespace(residents=r), register), r, o, register


def follow(r, o, register, waits=None):
    plain(follow_lists)(r, o, np.zeros((3, 9), np.int64) if waits is None else waits, register, 6)


@pytest.mark.parametrize("event", [Event.GAVE_UP, Event.DECLINED])
def test_who_left_a_list_without_a_place_gave_up_at_this_list(book, event):
    _, r, o, register = book
    r.happened[:6] = event
    r.wait_service[:5, 0] = 0
    r.care_service[0, 1], r.care_since[0, 1] = 1, 6  # got the place
    r.care_service[1, 1], r.care_since[1, 1] = 1, 5  # has had one since last week
    r.wait_service[2, 1], r.wait_since[2, 1] = 1, 2  # the same turn, in another slot
    r.wait_service[3, 1], r.wait_since[3, 1] = 1, 6  # back on it at once: gave up that turn
    r.wait_service[6, 0] = 0  # left without giving up
    follow(r, o, register)
    assert register.gave_up.tolist() == [3, 0, 0]  # 1, 3 and 4; 5 still waits
    assert np.array_equal(register.service, r.wait_service)
    assert np.array_equal(register.since, r.wait_since)


@pytest.mark.parametrize("why", ["closed", "a lesson"])
def test_a_list_that_closed_or_of_lessons_is_not_given_up(book, why):
    _, r, o, register = book
    r.happened[:], r.wait_service[:] = Event.GAVE_UP, 0
    o.open[0] = why != "closed"
    o.kind_parameters[0, KindParameter.LOW_INTENSITY] = float(why == "a lesson")
    follow(r, o, register)
    assert not register.gave_up.any()


def test_somebody_on_two_lists_gives_up_the_one_that_they_left(book):
    _, r, o, register = book
    register.service[0, 1], register.since[0, 1] = 3, 4
    r.wait_service[0], r.wait_since[0], r.happened[0] = (1, 0), (2, 0), Event.GAVE_UP
    follow(r, o, register)
    assert register.gave_up.tolist() == [0, 0, 1]


def test_the_waits_of_a_quarter_are_added_up(book):
    _, r, o, register = book
    waits = np.zeros((3, 9), np.int64)
    waits[0, [0, 3, 8]], waits[1, 4] = (1, 1, 2), 1
    follow(r, o, register, waits)
    follow(r, o, register, waits)
    assert np.array_equal(register.waits, 2 * waits)


def test_a_horizon_is_a_sum_a_mean_or_an_end_and_a_week_of_nobody_is_no_week():
    values = np.array([3.0, np.nan, 6.0, 0.0])
    assert [summarise(values, over_time) for over_time in ("sum", "mean", "end")] == [9, 3, 0]
    assert np.isnan(summarise(np.array([np.nan]), "mean"))


def test_a_list_is_given_up_in_whichever_slot_it_was(book):
    _, r, o, register = book
    register.service[:], register.since[:] = 0, 2
    register.service[0, 0], register.service[1, 1], register.service[2] = 1, 1, (2, 3)
    r.wait_service[:], r.happened[:] = 0, Event.GAVE_UP
    follow(r, o, register)
    assert register.gave_up.tolist() == [2, 1, 1]


def test_a_place_of_a_crisis_is_counted_in_the_week_it_was_given_at_a_service_that_meets_crises(
    book, monkeypatch
):
    """Of six in a crisis: a place of each slot, one of last week, one of a clinic, none at all; one was in none."""
    _, r, o, register = book
    monkeypatch.setattr(lists, "count_met", plain(lists.count_met))
    register.met = np.zeros(3, np.int64)
    o.access[[0, 2]] = Access.CRISIS
    r.wait_service[:] = 0
    register.service[:], r.happened[:6], r.happened[6] = 0, Event.CRISIS, Event.EMERGENCY
    r.care_since[:] = 6
    r.care_service[0, 0], r.care_service[1, 3], r.care_service[2, 1] = 1, 3, 1
    r.care_since[2, 1] = 5
    r.care_service[3, 0], r.care_service[4, :3] = 2, (2, 1, 3)
    r.care_service[6, 0] = 1
    follow(r, o, register)
    assert register.met.tolist() == [2, 0, 2]


def test_recruiting_is_since_the_first_week_of_any_post_of_a_kind_the_first_of_all_too(posts):
    """Weeks 7, 5 and 6, whichever is looked at first; and the week with the number 0."""
    world, staff = make_town(posts)
    for weeks in ((7, 5, 6), (5, 7, 6), (6, 7, 5), (NO_WEEK, 7, 5), (7, NO_WEEK, 5)):
        register = SimpleNamespace(empty_from=np.full(5, NO_WEEK))
        book = PostBook(world, register)
        register.empty_from[:3], register.empty_from[3] = weeks, 0
        staff.training[:] = 1
        book.close(world)
        told = {(row["service"], row["role"]): row for row in book.rows}
        assert told["clinic", "peer"]["recruiting_from"] == 5, weeks
        assert told["clinic", "nurse"]["recruiting_from"] == 0
        assert told["walks", "volunteer"]["recruiting_from"] is None
        assert told["clinic", "peer"]["in_training"] == 3


def test_half_a_post_is_half_a_post_whether_it_is_filled_or_stands_empty(posts):
    world, staff = make_town(posts)
    staff.hours[:3], staff.filled[1] = (0.5, 0.25, 0.8), 0
    book = PostBook(world, SimpleNamespace(empty_from=np.full(5, NO_WEEK)))
    book.close(world)
    (peers,) = (row for row in book.rows if row["role"] == "peer")
    assert (peers["posts_fte"], peers["filled_fte"]) == pytest.approx((1.55, 1.3))
