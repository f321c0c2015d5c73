"""Organisers come to be trusted where they are; services that they vouch for are heard of more and taken more, there and nowhere else."""

import numpy as np
import pytest

from sim.week.supply.outreach import grow_trust

WALKS = {"kind": "community_activity", "from": 0, "staff": {"coordinator": 8}}
ORGANISERS = {"kind": "organisers", "from": 0, "staff": {"coordinator": 2}}
SLOW = {"parameters.services.organisers.speed": 0.0}  # so that nothing but trust differs


def trust_in(community):
    return community.world.trust[community.world.provision.names.index("friends")]


@pytest.fixture
def vouched(pair):
    return lambda **more: pair({"services.it": WALKS, "services.friends": ORGANISERS | more} | SLOW)


def test_trust_follows_presence_up_and_down():
    trust, path = 0.0, []
    for week in range(104):
        trust = grow_trust(trust, 1.0 if week < 52 else 0.0, 26.0)
        path.append(trust)
    assert path[25] == pytest.approx(1 - np.exp(-1), rel=0.01)
    assert path[51] == max(path)
    assert path[103] < 0.2


def test_a_service_that_is_vouched_for_is_taken_more(pair, vouched):
    alone, trusted = pair({"services.it": WALKS}), vouched()
    assert (
        1.05 * alone.used() < trusted.used() < 1.6 * alone.used()
    )  # at most exp(0.4) = 1.49 of those who come, and they stay as long
    assert all(0.2 < level < 1.0 for community in trusted.with_it for level in trust_in(community))


def test_trust_stays_in_the_neighbourhood(vouched):
    for community in vouched(where=["east"]).with_it:
        east, *elsewhere = trust_in(community)
        assert east > 0.2
        assert elsewhere == [0.0, 0.0]
        o = community.world.provision.offers
        s = community.world.provision.names.index("it")
        assert o.outreach[s, 0, 0] > o.outreach[s, 1, 0] == o.outreach[s, 2, 0] > 0


def test_few_organisers_cannot_know_everybody(vouched):
    few = vouched(staff={"coordinator": 0.1})
    assert all(trust_in(community).max() < 0.2 for community in few.with_it)


def test_those_whom_they_do_not_name_gain_nothing(pair):
    others = {
        "services.it": WALKS,
        "services.friends": ORGANISERS | {"refers_to": ["primary-care"]},
    } | SLOW
    alone, unnamed = pair({"services.it": WALKS} | SLOW), pair(others)
    assert unnamed.used() == pytest.approx(alone.used(), rel=0.03)
