"""The calendar: dates and ramps of services, shocks, and who is let go where places close."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest

from sim.community import Community
from sim.services.provision import ENDS, RAMP, STARTS
from sim.state.codes import Employment, Priority
from sim.state.groups import AfterCut, Week
from sim.state.residents import CARE_SLOTS
from sim.state.staff import NOBODY, ROLES
from sim.week.channels import group_meetings
from sim.week.supply import calendar, crisis_response, outreach
from sim.week.supply.calendar import close_list, let_go, open_week, vacate


def test_a_service_opens_on_its_date_and_grows_by_its_ramp(town, live):
    other = {"kind": "one_to_one_peer", "staff": {"peer": 3}, "caseload": 5}
    world = live(town.with_({"services.others": other}), 3).world
    s, beside = map(world.provision.names.index, ("peers", "others"))
    staff, seen = world.provision.staff, []
    for week in range(3, 12):
        world.week = week
        world.share[:] = 1.0
        open_week(world)
        assert staff.open[staff.service == beside].sum() == 3  # the same role, another service
        seen.append(
            (
                int(world.provision.offers.open[s]),
                round(float(world.wanted[s]), 3),
                int(world.provision.offers.places[s]),
            )
        )
    assert seen[0] == (0, 0.0, 0)
    assert [wanted for _, wanted, _ in seen[1:7]] == [0.167, 0.333, 0.5, 0.667, 0.833, 1.0]
    assert [places for _, _, places in seen] == [0, 0, 5, 5, 10, 10, 15, 15, 15]


def test_a_service_closes_on_its_date(town, live):
    community = live(town.with_({"services.community-therapy.until": "week 3"}), 4)
    s = community.world.provision.names.index("community-therapy")
    r, staff = community.world.residents, community.world.provision.staff
    assert community.world.provision.offers.open[s] == 0
    assert not (r.care_service == s + 1).any()
    assert staff.filled[staff.service == s].sum() == 0
    assert community.results().weekly["let_go"][3] > 0


def test_hard_times_multiply(town, live):
    storm = {"kind": "adversity", "at": "week 2", "until": "week 4", "life_events": 3}
    world = live(
        town.with_({"shocks.one": storm, "shocks.two": storm | {"life_events": 2}}), 0
    ).world
    surges = []
    for week in range(5):
        world.week = week
        open_week(world)
        surges.append(world.surge)
    assert surges == [1, 1, 6, 6, 1]


def test_a_shortage_takes_its_share_of_those_in_post(town, live):
    short = town.with_(
        {
            "shocks.gone": {
                "kind": "staff_shortage",
                "role": "therapist",
                "at": "week 2",
                "share": "50%",
            }
        }
    )
    world = live(short, 2).world
    staff = world.provision.staff
    role = staff.role == ROLES.index("therapist")
    staff.filled[role] = 1
    holders = staff.holder[role].copy()
    open_week(world)
    assert staff.filled[role].sum() == 2
    assert (staff.holder[role] - holders).sum() == 2


def test_who_leaves_a_peer_post_is_a_resident_again(town, live):
    world = live(town, 0).world
    staff = world.provision.staff
    k = int(np.flatnonzero(staff.role == ROLES.index("peer"))[0])
    staff.filled[k], staff.resident[k], world.residents.peer[7] = 1, 7, 1
    vacate(world, k)
    assert (staff.filled[k], staff.holder[k], staff.resident[k], world.residents.peer[7]) == (
        0,
        1,
        NOBODY,
        0,
    )


def release(people, services, p, seed, excess, by_need, relist):
    r, o = people(40), services(2)
    r.care_service[:, 1] = 1
    r.phq[:] = np.arange(40) / 2
    o.enrolled[0] = 40
    let_go(r, o, 0, excess, by_need, AfterCut(relist, p.choice), Week(5, np.uint64(9), seed))
    return r, o


def test_exactly_as_many_as_must_are_let_go(people, services, p, seed):
    r, o = release(people, services, p, seed, 15, False, 0.0)
    assert (r.care_service[:, 1] == 0).sum() == 15
    assert o.enrolled[0] == 25
    assert (r.wait_service == 0).all()
    assert set(np.flatnonzero(r.care_service[:, 1] == 0)) != set(range(15))


def test_the_least_ill_go_first_where_need_decides(people, services, p, seed):
    r, _ = release(people, services, p, seed, 15, True, 0.0)
    assert r.phq[r.care_service[:, 1] == 0].max() <= r.phq[r.care_service[:, 1] == 1].min() + 1.0


def test_some_look_for_another_place_at_once(people, services, p, seed):
    r, _ = release(people, services, p, seed, 40, False, 1.0)
    assert set(r.wait_service[:, 0].tolist()) <= {0, 2}
    assert (r.wait_service[:, 0] == 2).sum() > 10
    assert r.care_service.shape == (40, CARE_SLOTS)


def test_a_list_that_closes_is_told_and_some_look_again(people, services, p, seed):
    for relist, again in ((0.0, 0), (1.0, 40)):
        r, o = people(40), services(2)
        r.wait_service[:, 0], r.wait_since[:, 0], o.waiting[0], o.open[0] = 1, 3, 40, 0
        close_list(r, o, 0, AfterCut(relist, p.choice), Week(5, np.uint64(9), seed))
        assert o.waiting[0] == 0
        assert not (r.wait_service == 1).any()
        assert 0 <= (r.wait_service == 2).sum() <= again
        assert ((r.wait_service == 2).sum() > 10) == (again > 0)
        assert (r.wait_since[r.wait_service == 2] == 5).all()


def test_who_waits_for_a_service_that_closes_is_closed_out(town, live):
    ends = town.with_({"services.community-therapy.until": "week 3"})
    world = live(ends, 2).world
    row = world.provision.names.index("community-therapy")
    r = world.residents
    r.wait_service[:] = 0
    r.wait_service[:9, 0] = row + 1
    world.provision.offers.waiting[row] = 9
    for week, told in ((2, 0), (3, 9), (4, 0)):
        world.week = week
        open_week(world)
        assert world.closed_out == told
    assert not (r.wait_service == row + 1).any()


def test_opening_a_week_twice_changes_nothing(town):
    community = Community(town, rng=2).warm_up()
    open_week(community.world)
    before = [
        column.copy()
        for column in (*community.world.provision.offers, *community.world.provision.staff)
    ]
    open_week(community.world)
    assert all(
        np.array_equal(a, b)
        for a, b in zip(
            before,
            (*community.world.provision.offers, *community.world.provision.staff),
            strict=True,
        )
    )


def test_what_is_compiled_ahead_changes_nothing(town, live):
    world = live(town, 6).world
    assert world.provision.offers.enrolled[0] > 0
    columns = (world.residents, world.provision.offers, world.provision.staff, world.ties)
    before = copy.deepcopy(columns)
    for module in (calendar, crisis_response, outreach, group_meetings):
        module.prepare(world)
    for one, two in zip(before, columns, strict=True):
        for a, b in zip(one, two, strict=True):
            assert np.array_equal(a, b)


def test_work_is_found_again_where_it_was_lost_and_by_those_of_working_age(town, live):
    lean = {"kind": "recession", "at": 2, "until": 4, "jobs_lost": "100%", "life_events": 1.0}
    world = live(town.with_({"shocks.lean": lean}), 2).world
    r = world.residents
    r.employment[:] = Employment.NOT_IN_WORK
    r.employment[:4], r.place[:4], r.age[:4] = Employment.EMPLOYED, (1, 7, 0, 1), (40, 64, 40, 65)
    r.place[4:] = 0
    work = []
    for world.week in (2, 3, 4):
        open_week(world)
        work.append((r.employment[:5] == Employment.EMPLOYED).tolist())
    assert work == [[False] * 5, [False] * 5, [True, True, False, False, False]]


def test_contacts_that_are_lost_twice_are_lost_of_what_is_left_until_each_ends(town, live):
    away = {"kind": "adversity", "at": 2, "until": 4, "contacts_lost": "40%", "life_events": 1.0}
    second = away | {"at": 3, "until": 5, "contacts_lost": "50%"}
    world = live(town.with_({"shocks.one": away, "shocks.two": second}), 1).world
    contact = []
    for world.week in (1, 2, 3, 4, 5):
        open_week(world)
        contact.append(world.contact)
    assert contact == [1.0, 0.6, 0.3, 0.5, 1.0]
    assert world.surge == 1.0


def set_posts(world, s, share):
    """Bring the posts of a service to a share of those declared."""
    provision = world.provision
    calendar.set_posts(s, share, provision.full, provision.staff, world.residents)


def test_posts_grow_by_whole_ones_and_shrink_to_the_nearest(town, live):
    """Of four posts: what is missing of one for which money is nearly there, and a half around which it moves."""
    world = live(town.with_({"services.peers.staff": {"peer": 3.5}}), 0).world
    s = world.provision.names.index("peers")
    staff = world.provision.staff
    rows = staff.service == s
    steps = (
        *((1.0, 4), (0.876, 4), (0.874, 3), (1.0, 4), (0.63, 3), (0.62, 2), (0.74, 2), (0.746, 3)),
        *((0.99, 3), (0.996, 4), (0.37, 1), (0.126, 1), (0.12, 0), (0.24, 0), (0.25, 1), (0.0, 0)),
    )
    for share, count in steps:
        set_posts(world, s, share)
        assert staff.open[rows].sum() == count, share
        assert (staff.open[rows] == (staff.number[rows] < count)).all()


def test_a_closed_post_has_no_holder_and_an_open_one_keeps_theirs(town, live):
    world = live(town, 6).world
    staff = world.provision.staff
    k = int(np.flatnonzero((staff.open == 1) & (staff.filled == 1))[0])
    holder = staff.holder[k]
    calendar.open_post(world, k, is_open=True)
    assert (staff.open[k], staff.filled[k], staff.holder[k]) == (1, 1, holder)
    calendar.open_post(world, k, is_open=False)
    assert (staff.open[k], staff.filled[k], staff.holder[k]) == (0, 0, holder + 1)
    calendar.open_post(world, k, is_open=False)
    assert staff.holder[k] == holder + 1


def test_as_many_lose_their_work_as_is_stated_and_the_same_find_it_again(town, live):
    lean = {"kind": "recession", "at": 2, "until": 4, "jobs_lost": "30%", "life_events": 1.0}
    world = live(town.with_({"shocks.lean": lean, "shocks.other": lean | {"at": 3}}), 1).world
    r = world.residents
    r.employment[:], r.place[:], r.age[:] = Employment.EMPLOYED, 1, 40
    work = []
    for world.week in (1, 2, 3, 4):
        open_week(world)
        work.append(r.employment == Employment.EMPLOYED)
    before, one, both, after = work
    assert before.all()
    assert after.all()
    assert abs(one.mean() - 0.7) < 0.14
    # The other hard times take their share by a lot of their own.
    assert abs(both.mean() - 0.49) < 0.15
    assert not (both & ~one).any()


def test_a_shortage_takes_nobody_of_another_role_and_at_no_other_time(town, live):
    gone = {"kind": "staff_shortage", "role": "therapist", "at": "week 2", "share": "30%"}
    world = live(town.with_({"shocks.gone": gone}), 1).world
    staff = world.provision.staff
    of_role = staff.role == ROLES.index("therapist")
    filled = []
    for world.week in (1, 2, 3):
        staff.filled[staff.open == 1] = 1
        calendar._remove_staff(world)
        filled.append((int(staff.filled[of_role].sum()), int(staff.filled[~of_role].sum())))
    everybody, others = filled[0]
    # A share of those who are there, rounded: 30% of four is one.
    assert everybody == 4
    assert filled == [(4, others), (3, others), (4, others)]


def test_posts_of_a_service_to_come_open_as_many_weeks_ahead_as_it_recruits(town, live):
    """From week 12, with a ramp of two weeks, recruiting for six: half of its posts open in week 6, none before."""
    peers = {"from": "week 12", "ramp": "2 weeks", "recruit_ahead": "6 weeks"}
    changes = {f"services.peers.{key}": value for key, value in peers.items()}
    world = live(town.with_(changes | {"services.peers.staff": {"peer": 4}}), 4).world
    s = world.provision.names.index("peers")
    staff, seen = world.provision.staff, {}
    for world.week in (4, 5, 6, 11, 12, 13):
        world.share[:] = 1.0
        open_week(world)
        open_posts = int(staff.open[staff.service == s].sum())
        seen[world.week] = (int(world.provision.offers.open[s]), open_posts)
    assert seen == {4: (0, 0), 5: (0, 0), 6: (0, 2), 11: (0, 2), 12: (1, 2), 13: (1, 4)}


def test_recruiting_for_a_start_after_week_0_does_not_reach_into_the_burn_in(town, live):
    """Towns with the same past would differ there; a service of the burn-in itself recruits in it."""
    for start, ahead, weeks in (
        ("week 3", "9 weeks", {-4: False, -1: False, 0: True, 2: True}),
        ("week -1", "2 weeks", {-4: False, -3: True, -2: True}),
    ):
        peers = {"from": start, "ramp": "1 week", "recruit_ahead": ahead}
        changes = {f"services.peers.{key}": value for key, value in peers.items()}
        world = live(town.with_(changes), 0).world
        s = world.provision.names.index("peers")
        world.wanted[:] = 0.0
        for world.week, recruits in weeks.items():
            assert calendar._staff_ahead(world)[s] == float(recruits), (start, world.week)


def test_posts_of_each_role_of_a_service_are_opened_by_themselves(town, live):
    """Four peers, two nurses and a psychiatrist: at half size two, one and, rounded, one."""
    roles = {"peer": 4, "nurse": 2, "psychiatrist": 1}
    world = live(town.with_({"services.peers.staff": roles}), 0).world
    s, staff = world.provision.names.index("peers"), world.provision.staff
    for share, counts in ((1.0, [4, 2, 1]), (0.5, [2, 1, 1]), (0.25, [1, 1, 0]), (0.75, [3, 1, 0])):
        set_posts(world, s, share)
        mine = staff.service == s
        found = [int(staff.open[mine & (staff.role == ROLES.index(role))].sum()) for role in roles]
        assert found == counts, share


def test_hard_times_take_work_from_those_at_work_alone_and_give_it_back_to_nobody_else(town, live):
    """Pupils and pensioners stay what they are, also those who have had an employer."""
    lean = {"kind": "recession", "at": 2, "until": 3, "jobs_lost": "100%", "life_events": 1.0}
    world = live(town.with_({"shocks.lean": lean}), 1).world
    r, states = world.residents, [int(state) for state in Employment]
    r.employment[:] = np.arange(r.key.size) % len(states)
    r.place[:], r.age[:] = 1, 40
    before = r.employment.copy()
    at_work = before == Employment.EMPLOYED
    for world.week in (1, 2, 3):
        open_week(world)
        if world.week == 2:
            assert (r.employment[at_work] == Employment.NOT_IN_WORK).all()
        others = before != Employment.NOT_IN_WORK
        assert (r.employment[others & ~at_work] == before[others & ~at_work]).all()
    assert (r.employment[at_work] == Employment.EMPLOYED).all()


def test_a_shortage_is_a_share_of_who_is_in_post_and_not_of_posts(town, live):
    gone = {"kind": "staff_shortage", "role": "therapist", "at": "week 2", "share": "50%"}
    world = live(town.with_({"shocks.gone": gone}), 2).world
    staff = world.provision.staff
    rows = np.flatnonzero(staff.role == ROLES.index("therapist"))
    staff.filled[rows] = (1, 1, 0, 0)
    holders = staff.holder[rows].copy()
    calendar._remove_staff(world)
    assert staff.filled[rows].sum() == 1
    assert (staff.holder[rows] - holders)[2:].tolist() == [0, 0]


def test_a_service_has_no_share_before_its_first_week_and_none_from_its_end():
    """A ramp of four weeks from week 10 on: a quarter more each week, and nothing below 0 before."""
    dates = np.zeros((1, 3))
    dates[0, [STARTS, ENDS, RAMP]] = 10, 15, 4
    share, found = np.empty(1), {}
    for week in range(6, 17):
        calendar.follow_dates(dates, np.ones(1), week, share)
        found[week] = share[0]
    assert found == dict(zip(range(6, 17), [0, 0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 0, 0], strict=True))


@pytest.mark.parametrize(
    ("priority", "least_ill"),
    [(Priority.NEEDIEST_FIRST, True), (Priority.FIRST_COME, False), (Priority.URGENT_FIRST, False)],
)
def test_whom_a_cut_takes_the_place_of_is_decided_by_the_service_s_own_priority(
    people, services, p, seed, priority, least_ill
):
    """Twelve places for twenty: the eight least ill go where need decides, by lot elsewhere."""
    r, o = people(20), services(1)
    r.phq[:], r.care_service[:, 0], o.places[:], o.priority[:] = np.arange(20), 1, 12, priority
    world = SimpleNamespace(
        residents=r, provision=SimpleNamespace(offers=o), parameters=p, lent=np.zeros(1),
        let_go=0, closed_out=0, when=Week(5, np.uint64(9), seed),
    )  # fmt: skip
    calendar._close_places(world)
    gone = np.flatnonzero((r.care_service != 1).all(axis=1)).tolist()
    assert world.let_go == len(gone) == 8
    assert (gone == list(range(8))) is least_ill
