"""Hiring: professionals from outside, peers from those who recovered."""

import numpy as np
import pytest

from sim.state.codes import StaffFigure
from sim.state.groups import Hiring
from sim.state.staff import NOBODY, ROLES
from sim.week.supply.hiring import (
    NO_SHORTAGE,
    fill_posts,
    find_peer,
    is_short_of,
    recruit_by_trust,
    run_workforce,
    start_work,
)
from sim.week.supply.workforce import rest_peers


@pytest.fixture
def world(town, live):
    """A town in which nobody is fit for peer work, so that each test says who is."""
    world = live(town, 0).world
    world.residents.episodes[:], world.residents.past_episodes[:], world.residents.severe[:] = (
        0,
        0,
        0,
    )
    return world


def organise(world):
    """Let organisers look for people."""
    provision, hires = world.provision, np.zeros(len(world.provision.names), np.int64)
    hiring = Hiring(provision.speed, provision.recruiting, NO_SHORTAGE, 0.1, hires)
    recruit_by_trust(provision.staff, hiring, world.when)


def make_fit(r, i):
    (
        r.episodes[i],
        r.phq[i],
        r.episode[i],
        r.stay[i],
        r.discharged[i],
        r.alive[i],
        r.age[i],
        r.peer[i],
    ) = 1, 3, 0, 0, 100, 1, 40, 0
    r.knowledge[i], r.stigma[i] = 1.0, 0.0


UNFIT = {
    "no lived experience": ("episodes", 0),
    "symptoms": ("phq", 8),
    "an episode": ("episode", 3),
    "in the ward": ("stay", 2),
    "just discharged": ("discharged", 26),
    "dead": ("alive", 0),
    "too young": ("age", 17),
    "too old": ("age", 75),
    "has a post": ("peer", 1),
    "more stigma than knowledge": ("stigma", 2),
}


@pytest.mark.parametrize("why", sorted(UNFIT))
def test_peers_are_well_and_have_been_ill(world, why):
    make_fit(world.residents, 11)
    assert find_peer(world, 0) == 11
    column, value = UNFIT[why]
    getattr(world.residents, column)[11] = value
    assert find_peer(world, 0) == NOBODY


def test_severe_illness_is_lived_experience_too(world):
    make_fit(world.residents, 11)
    world.residents.episodes[11], world.residents.severe[11] = 0, 1
    assert find_peer(world, 0) == 11


def test_which_peer_is_drawn_by_post_and_holder_not_by_row(world):
    for i in range(50):
        make_fit(world.residents, i)
    staff = world.provision.staff
    chosen = set()
    for holder in range(30):
        staff.holder[0] = holder
        chosen.add(find_peer(world, 0))
    assert len(chosen) > 12
    staff.holder[0] = 0
    first = find_peer(world, 0)
    others = [i for i in range(50) if i != first]
    world.residents.alive[others[:20]] = 0
    assert find_peer(world, 0) == first


def test_posts_are_filled_by_people_in_training_and_hires_are_counted(world):
    staff = world.provision.staff
    make_fit(world.residents, 11)
    peer, therapist = (
        int(np.flatnonzero(staff.role == ROLES.index(role))[0]) for role in ("peer", "therapist")
    )
    staff.filled[[peer, therapist]], staff.wanted[:] = 0, 0
    staff.wanted[[peer, therapist]], staff.open[peer] = 1, 1
    hires = fill_posts(world)
    assert hires[staff.service[peer]] == hires[staff.service[therapist]] == 1
    assert hires.sum() == 2
    assert staff.filled[[peer, therapist]].tolist() == [1, 1]
    assert staff.training[[peer, therapist]].tolist() == [4, 4]
    assert staff.resident[[peer, therapist]].tolist() == [11, NOBODY]
    assert world.residents.peer[11] == 1
    assert staff.wanted.sum() == 0


def test_a_post_stays_vacant_where_nobody_is_fit_or_the_role_is_short(town, live):
    short = {
        "kind": "staff_shortage",
        "role": "therapist",
        "at": "week 1",
        "until": "week 3",
        "share": "1%",
    }
    world = live(town.with_({"shocks.short": short}), 0).world
    world.residents.knowledge[:] = -9
    world.residents.stigma[:] = 9
    assert [
        (world.__setattr__("week", week), is_short_of(world, "therapist"))[1]
        for week in (0, 1, 2, 3)
    ] == [False, True, True, False]
    assert not is_short_of(world, "nurse")
    nobody_left = live(town.with_({"shocks.short": short | {"share": "0%"}}), 0).world
    nobody_left.week = 2
    assert not is_short_of(nobody_left, "therapist")
    world.week = 2
    staff = world.provision.staff
    rows = np.isin(staff.role, [ROLES.index("peer"), ROLES.index("therapist")])
    staff.filled[rows], staff.wanted[rows] = 0, 1
    assert fill_posts(world).sum() == 0
    assert staff.filled[rows].sum() == 0


def test_the_ill_and_the_dead_stop_and_the_next_holder_has_luck_of_their_own(world):
    staff, r = world.provision.staff, world.residents
    rows = np.flatnonzero(staff.role == ROLES.index("peer"))[:3]
    for i, k in enumerate(rows):
        make_fit(r, i)
        staff.filled[k], staff.resident[k], r.peer[i], staff.holder[k] = 1, i, 1, 5
    r.phq[0], r.alive[1] = 18, 0
    rest_peers(staff, r, world.parameters.workforce.peer_illness_phq)
    assert staff.filled[rows].tolist() == [0, 0, 1]
    assert staff.holder[rows].tolist() == [6, 6, 5]
    assert r.peer[:3].tolist() == [0, 0, 1]
    assert staff.resident[rows].tolist() == [NOBODY, NOBODY, 2]
    start_work(world, int(rows[0]), training=0)
    first = staff.strain[rows[0]]
    staff.holder[rows[0]] += 1
    start_work(world, int(rows[0]), training=0)
    assert staff.strain[rows[0]] != first


def test_a_post_left_this_week_is_cleared_at_once(world):
    staff, r = world.provision.staff, world.residents
    k = int(np.flatnonzero(staff.role == ROLES.index("peer"))[0])
    staff.filled[k], staff.resident[k], r.peer[4] = 1, 4, 1
    r.alive[4], r.phq[4], r.stay[4], staff.open[:] = 1, 0.0, 0, 0
    staff.open[k], staff.strain[k] = 1, 1.0
    leaving = world.parameters.workforce._replace(turnover=1e6)
    world.parameters = world.parameters._replace(workforce=leaving)
    assert run_workforce(world).sum() == 0
    assert world.tally[StaffFigure.LEFT] == 1
    assert (staff.filled[k], staff.holder[k], staff.resident[k], r.peer[4]) == (0, 1, NOBODY, 0)


def test_organisers_find_peers_for_vacant_open_posts_and_for_no_other(world):
    staff, provision = world.provision.staff, world.provision
    peers = np.flatnonzero(staff.role == ROLES.index("peer"))
    therapist = int(np.flatnonzero(staff.role == ROLES.index("therapist"))[0])
    staff.open[peers], staff.filled[peers], staff.wanted[:] = (1, 1, 0), 0, 0
    staff.open[therapist], staff.filled[therapist] = 1, 0
    organise(world)
    assert staff.wanted.sum() == 0
    busy = int(np.flatnonzero(staff.filled == 1)[0])
    provision.speed[staff.service[busy]] = 1e6
    organise(world)
    assert np.flatnonzero(staff.wanted).tolist() == peers[:2].tolist()


def test_how_often_organisers_find_somebody_is_as_the_time_that_recruiting_takes(world):
    staff, provision = world.provision.staff, world.provision
    k = int(np.flatnonzero(staff.role == ROLES.index("peer"))[0])
    staff.open[:], staff.open[k], staff.filled[k] = 0, 1, 0
    busy = int(np.flatnonzero(staff.filled == 1)[0])
    provision.speed[:] = 0.0
    provision.speed[staff.service[busy]] = (
        2.0
        / staff.hours[staff.service == staff.service[busy]][
            staff.filled[staff.service == staff.service[busy]] == 1
        ].sum()
    )
    provision.recruiting[staff.service[k]] = 4.0
    found = 0
    for key in range(600):
        staff.key[k], staff.wanted[k] = key, 0
        organise(world)
        found += staff.wanted[k]
    assert found / 600 == pytest.approx(1 - np.exp(-2.0 / 4.0), abs=0.06)


def test_strain_at_the_start_is_spread_as_strain_is_that_has_gone_on_for_long(world):
    staff, p = world.provision.staff, world.parameters.workforce
    strains = []
    for holder in range(400):
        staff.holder[0] = holder
        start_work(world, 0, training=3)
        strains.append(staff.strain[0])
    assert (staff.filled[0], staff.tenure[0], staff.training[0]) == (1, 0, 3)
    chance, strain = np.random.default_rng(1).normal(size=20_000), np.full(20_000, p.strain)
    for _ in range(200):
        strain += p.strain_pull * (p.strain - strain) + p.strain_noise * chance
        chance = np.roll(chance, 7_001)
    assert np.mean(strains) == pytest.approx(p.strain, abs=0.02)
    assert np.std(strains) == pytest.approx(strain.std(), rel=0.1)


def test_who_is_only_just_fit_for_peer_work_and_who_is_only_just_not(world):
    p, r = world.parameters.workforce, world.residents
    for column, fit, unfit in (
        ("phq", p.peer_wellness_phq - 1, p.peer_wellness_phq),
        ("episode", 0, 1),
        ("stay", 0, 1),
        ("discharged", p.peer_after_ward + 1, p.peer_after_ward),
        ("age", p.peer_age_from, p.peer_age_from - 0.25),
        ("age", p.peer_age_to - 0.25, p.peer_age_to),
        ("stigma", 0.9375, 1.0),
        ("episodes", 1, 0),
    ):
        for value, found in ((fit, 11), (unfit, NOBODY)):
            make_fit(r, 11)
            getattr(r, column)[11] = value
            assert find_peer(world, 0) == found, (column, value)
    make_fit(r, 11)
    r.episodes[11], r.past_episodes[11] = 0, 1
    assert find_peer(world, 0) == 11


def test_volunteers_need_no_lived_experience_and_are_drawn_from_all_who_are_well(world):
    staff, r = world.provision.staff, world.residents
    staff.role[0] = ROLES.index("volunteer")
    for i in range(200):
        make_fit(r, i)
    r.episodes[:] = 0
    found = []
    for staff.holder[0] in range(60):
        found.append(find_peer(world, 0))
    assert np.bincount(np.array(found) // 50, minlength=4).min() >= 5
    assert len(set(found)) > 40
    staff.role[0] = ROLES.index("peer")
    assert find_peer(world, 0) == NOBODY


def test_nobody_is_found_for_two_posts_and_what_finds_nobody_stays_vacant(world):
    """Three posts of peers are due; for one, two and three who are fit as many are filled, each by another."""
    staff, r = world.provision.staff, world.residents
    rows = np.flatnonzero(staff.role == ROLES.index("peer"))[:3]
    for fit in (0, 1, 2, 3):
        for i in range(fit):
            make_fit(r, 20 + i)
        staff.filled[rows], staff.resident[rows], staff.open[rows] = 0, NOBODY, 1
        staff.wanted[:] = 0
        staff.wanted[rows] = 1
        hires = fill_posts(world)
        assert staff.filled[rows].sum() == hires.sum() == hires[staff.service[rows[0]]] == fit
        holders = staff.resident[rows][staff.filled[rows] == 1]
        assert sorted(holders.tolist()) == [20 + i for i in range(fit)]
        assert (staff.resident[rows][staff.filled[rows] == 0] == NOBODY).all()
        assert np.flatnonzero(r.peer).tolist() == sorted(holders.tolist())
        assert not staff.wanted.any()
        r.peer[:] = 0


def test_strain_of_who_begins_stays_on_its_scale_and_turns_around_its_mean(world):
    staff, p = world.provision.staff, world.parameters.workforce
    for strain in (0.02, 0.98):
        world.parameters = world.parameters._replace(workforce=p._replace(strain=strain))
        seen = []
        for holder in range(200):
            staff.holder[0] = holder
            start_work(world, 0, training=0)
            seen.append(float(staff.strain[0]))
        assert 0.0 <= min(seen) <= max(seen) <= 1.0
        # About half lie beyond an end of the scale, and count as at it.
        at_end = np.mean(np.array(seen) == (0.0 if strain < 0.5 else 1.0))
        assert 0.25 < at_end < 0.6
        assert len(set(seen)) > 80


@pytest.mark.parametrize("role", ["therapist", "peer"])
def test_a_single_post_for_which_a_hire_is_due_is_filled(world, role):
    staff = world.provision.staff
    make_fit(world.residents, 11)
    post = int(np.flatnonzero(staff.role == ROLES.index(role))[0])
    staff.open[post], staff.filled[post], staff.wanted[:] = 1, 0, 0
    others = staff.filled.sum()
    staff.wanted[post] = 1
    hires = fill_posts(world)
    assert hires.sum() == hires[staff.service[post]] == 1
    assert (staff.filled[post], staff.filled.sum()) == (1, others + 1)
    # The next week none is due, and nobody is hired.
    assert not fill_posts(world).any()
    assert staff.filled.sum() == others + 1
