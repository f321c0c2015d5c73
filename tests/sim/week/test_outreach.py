"""Who is heard of: a service's own outreach, those who vouch for it, and partners, each by hand."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.scenario.schema.partnerships import Partnership
from sim.state.codes import Employment, KindParameter
from sim.week.supply.outreach import grow_trust, set_outreach, vouch, work_with_partners

VOICE = (0.4, 50.0, 26.0)
"""What a voice weighs, whom a post comes to know, weeks in which it is trusted."""
NAMES = ("friends", "clinic", "walks")


def update_outreach(world):
    """Whom services reach in a week, in the order of `calendar.open_week`."""
    o, provision = world.provision.offers, world.provision
    vouch(world.residents, o, provision.staff, provision.voice, world.trust)
    set_outreach(o)
    work_with_partners(world)


@pytest.fixture
def world(people, services, posts):
    """A hundred residents in two neighbourhoods, 60 and 40, and three services, none of which vouches."""
    r, o, staff = people(100), services(3), posts(3)
    r.neighbourhood[60:] = 1
    wide = {name: getattr(o, name) for name in o.names()}
    o = type(o)(
        **wide
        | {
            "reach": np.ones((3, 2), o.reach.dtype),
            "trust": np.ones((3, 2), o.trust.dtype),
            "outreach": np.zeros((3, 2, len(Employment)), o.outreach.dtype),
        }
    )
    staff.service[:], staff.hours[:] = (0, 0, 1), (0.5, 1.0, 1.0)
    staff.filled[1] = 0
    o.kind_parameters[:, KindParameter.OUTREACH] = (0.0, 0.01, 0.02)
    provision = SimpleNamespace(
        offers=o,
        staff=staff,
        names=NAMES,
        voice=np.zeros((3, 3)),
        partners=np.zeros((3, 3), np.int64),
        hands_on=np.zeros(3),
    )
    return SimpleNamespace(
        provision=provision,
        residents=r,
        trust=np.zeros((3, 2)),
        week=0,
        meetings=None,
        scenario=SimpleNamespace(partnerships={}),
    )


def test_trust_closes_a_part_of_the_gap_each_week():
    assert grow_trust(0.5, 0.5, 26.0) == 0.5
    assert grow_trust(0.2, 1.0, 26.0) == pytest.approx(1 - 0.8 * math.exp(-1 / 26))
    assert grow_trust(0.2, 0.0, 26.0) == pytest.approx(0.2 * math.exp(-1 / 26))


def test_a_service_reaches_out_by_its_own_share_alike_everywhere(world):
    o = world.provision.offers
    o.outreach[:] = 9.0
    update_outreach(world)
    assert (o.outreach == np.array([0.0, 0.01, 0.02]).reshape(3, 1, 1)).all()
    assert (o.trust == 1.0).all()


def test_those_who_vouch_are_trusted_as_far_as_their_posts_cover_the_living(world):
    o, r = world.provision.offers, world.residents
    world.provision.voice[0], o.onward[0, 1], r.alive[:10] = VOICE, 1, 0
    update_outreach(world)
    # Half a post knows 25 of 90 who live there.
    trust = (1 - math.exp(-1 / 26)) * 25 / 90
    assert world.trust[0].tolist() == pytest.approx([trust, trust])
    assert o.trust[1].tolist() == pytest.approx([math.exp(0.4 * trust)] * 2)
    assert (o.trust[[0, 2]] == 1.0).all()
    assert o.outreach[1, 0, 2] == pytest.approx(0.01 * math.exp(0.4 * trust))
    assert (o.outreach[2] == 0.02).all()


def test_trust_is_won_where_they_are_and_by_no_more_than_presence(world):
    o, staff = world.provision.offers, world.provision.staff
    world.provision.voice[0], o.onward[0, 1] = VOICE, 1
    o.reach[0, 1], staff.hours[0] = 0, 9.0
    world.trust[0] = (1.0, 0.5)
    update_outreach(world)
    assert world.trust[0].tolist() == pytest.approx([1.0, 0.5 * math.exp(-1 / 26)])
    staff.hours[0] = 0.6
    world.trust[:] = 0.0
    update_outreach(world)
    assert world.trust[0, 0] == pytest.approx((1 - math.exp(-1 / 26)) * 0.6 * 50 / 60)


@pytest.mark.parametrize("why", ["closed", "vacant", "post closed"])
def test_without_anybody_there_trust_only_fades(world, why):
    o, staff = world.provision.offers, world.provision.staff
    world.provision.voice[0], world.trust[0] = VOICE, 0.8
    target = {"closed": (o.open, 0), "vacant": (staff.filled, 0), "post closed": (staff.open, 0)}
    column, row = target[why]
    column[row] = 0
    update_outreach(world)
    assert world.trust[0].tolist() == pytest.approx([0.8 * math.exp(-1 / 26)] * 2)


def test_of_two_who_vouch_the_more_trusted_counts(world):
    o = world.provision.offers
    world.provision.voice[0], world.provision.voice[2] = VOICE, VOICE
    o.onward[[0, 2], 1], world.trust[0], world.trust[2] = 1, 0.2, 0.9
    o.open[:] = (0, 1, 0)
    update_outreach(world)
    assert o.trust[1].tolist() == pytest.approx([math.exp(0.4 * 0.9 * math.exp(-1 / 26))] * 2)


def agree(**more):
    return Partnership.model_validate({"with": "employer", "for": ["walks"]} | more)


def test_an_employer_and_a_school_bring_those_who_are_there_while_they_last(world):
    o = world.provision.offers
    world.scenario.partnerships = {
        "mill": agree(reach=0.05, until=3),
        "school": agree(reach=0.03, **{"with": "school", "from": 2, "for": ["walks", "clinic"]}),
    }
    expected = {0: (0.07, 0.02, 0.01), 2: (0.07, 0.05, 0.04), 3: (0.02, 0.05, 0.04)}
    for world.week, (workers, pupils, in_clinic) in expected.items():
        update_outreach(world)
        assert o.outreach[2, :, Employment.EMPLOYED] == pytest.approx(workers), world.week
        assert o.outreach[2, :, Employment.STUDENT] == pytest.approx(pupils), world.week
        assert o.outreach[1, :, Employment.STUDENT] == pytest.approx(in_clinic), world.week
        assert o.outreach[2, :, Employment.RETIRED] == pytest.approx(0.02)


def test_a_partner_hands_on_by_the_highest_chance_and_no_longer_than_it_lasts(world):
    o = world.provision.offers
    world.provision.hands_on[:] = (0.0, 0.1, 0.0)
    world.provision.partners[2, 0] = 1
    sends = {"with": "health_provider", "sends_from": ["clinic", "nowhere"]}
    world.scenario.partnerships = {
        "one": agree(sends=0.3, until=4, **sends),
        "two": agree(sends=0.2, **sends | {"for": ["friends", "clinic", "gone"]}),
    }
    update_outreach(world)
    assert o.onward.tolist() == [[0, 0, 0], [1, 0, 1], [1, 0, 0]]
    links = o.kind_parameters[:, KindParameter.LINKS]
    assert links.tolist() == pytest.approx([0.0, 0.3, 0.0])
    world.week = 4
    update_outreach(world)
    assert o.onward.tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 0]]
    assert links.tolist() == pytest.approx([0.0, 0.2, 0.0])
    assert (o.outreach[2] == 0.02).all()
