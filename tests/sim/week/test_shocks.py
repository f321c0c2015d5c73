"""Shocks and cuts, one rule at a time: what they close, whom they take, and who finds another place."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.state.codes import Employment
from sim.state.groups import AfterCut, Week
from sim.state.staff import ROLES
from sim.week.supply import calendar
from sim.week.supply.calendar import close_list, let_go, open_week

STORM = {"kind": "disaster", "at": 2, "until": 4, "life_events": 1.0}


def test_what_hard_times_close_is_closed_until_they_end_and_nothing_else_is(town, live):
    second = STORM | {"at": 3, "until": 5, "closed": ["peers", "psychiatry"]}
    shocks = {
        "shocks.one": STORM | {"closed": ["community-therapy"]},
        "shocks.two": second,
        "shocks.off": second | {"at": 1, "closed": ["primary-care"], "enabled": False},
        "services.peers.from": "week 0",
    }
    world = live(town.with_(shocks), 1).world
    names, seen = world.provision.names, {}
    for world.week in (1, 2, 3, 4, 5):
        open_week(world)
        seen[world.week] = {
            name for name, is_open in zip(names, world.provision.offers.open, strict=True)
            if not is_open
        }  # fmt: skip
    assert seen == {
        1: set(),
        2: {"community-therapy"},
        3: {"community-therapy", "peers", "psychiatry"},
        4: {"peers", "psychiatry"},
        5: set(),
    }


def test_shocks_that_are_switched_off_do_nothing(town, live):
    hard = STORM | {"life_events": 3.0, "contacts_lost": "50%", "jobs_lost": "100%"}
    gone = {"kind": "staff_shortage", "role": "therapist", "at": 2, "share": "100%"}
    off = {"shocks.hard": hard | {"enabled": False}, "shocks.gone": gone | {"enabled": False}}
    world = live(town.with_(off), 1).world
    staff, r = world.provision.staff, world.residents
    staff.filled[staff.open == 1] = 1
    at_work = (r.employment == Employment.EMPLOYED).sum()
    for world.week in (2, 3, 4):
        open_week(world)
        assert (world.surge, world.contact) == (1.0, 1.0)
    assert (r.employment == Employment.EMPLOYED).sum() == at_work > 0
    assert (staff.filled[staff.open == 1] == 1).all()


def test_an_exodus_takes_volunteers_and_a_shortage_those_of_its_role(town, live):
    """Of four volunteers half go and nobody else; in the same week three of four therapists."""
    shocks = {
        "services.peers.staff": {"peer": 2, "volunteer": 4},
        "services.peers.from": "week 0",
        "services.peers.ramp": "1 week",
        "shocks.exodus": {"kind": "volunteer_exodus", "at": 2, "share": "50%"},
        "shocks.gone": {"kind": "staff_shortage", "role": "therapist", "at": 2, "share": "75%"},
    }
    world = live(town.with_(shocks), 1).world
    world.week = 2
    staff, left = world.provision.staff, {}
    staff.open[:] = staff.filled[:] = 1
    before = {role: int((staff.role == ROLES.index(role)).sum()) for role in ROLES}
    calendar._remove_staff(world)
    for role, count in before.items():
        left[role] = count - int(staff.filled[staff.role == ROLES.index(role)].sum())
    assert (before["volunteer"], before["therapist"]) == (4, 4)
    assert {role: count for role, count in left.items() if count} == {
        "volunteer": 2,
        "therapist": 3,
    }


@pytest.mark.parametrize(("lent", "gone"), [(0, 8), (3, 5), (8, 0)])
def test_places_that_others_of_the_list_hold_are_not_taken_twice(
    people, services, p, seed, lent, gone
):
    """Twelve places for twenty, of whom some have places that were lent beyond the twelve."""
    r, o = people(20), services(1)
    r.care_service[:, 0], o.places[:] = 1, 12
    world = SimpleNamespace(
        residents=r, provision=SimpleNamespace(offers=o), parameters=p, lent=np.full(1, lent),
        let_go=0, closed_out=0, when=Week(5, np.uint64(9), seed),
    )  # fmt: skip
    calendar._close_places(world)
    assert (r.care_service != 1).all(axis=1).sum() == world.let_go == gone


@pytest.mark.parametrize("service", [0, 1, 2])
@pytest.mark.parametrize("held", ["place", "hope"])
def test_who_loses_a_place_finds_any_other_of_its_sort_and_never_the_same(
    people, services, p, seed, service, held
):
    """Of three services two are left to look at, and one of them is informal where the lost is not."""
    r, o = people(60), services(3)
    informal = (service + 1) % 3
    other = (service + 2) % 3
    o.informal[informal] = 1
    after, when = AfterCut(1.0, p.choice), Week(5, np.uint64(9), seed)
    if held == "place":
        r.care_service[:, 0], o.enrolled[service] = service + 1, 60
        let_go(r, o, service, 60, False, after, when)
    else:
        r.wait_service[:, 0], o.waiting[service], o.open[service] = service + 1, 60, 0
        close_list(r, o, service, after, when)
    assert (r.wait_service == other + 1).any(axis=1).sum() > 15
    assert set(np.unique(r.wait_service).tolist()) == {0, other + 1}
    assert not (r.care_service == service + 1).any()
