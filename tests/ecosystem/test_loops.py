"""Recovered people become peers who help others recover; where nobody is well enough, the loop runs dry. Rules that act, and rules that do not."""

import numpy as np

from sim.community import Community
from tests.ecosystem.conftest import SEEDS

PEERS = {
    "kind": "one_to_one_peer",
    "from": 0,
    "staff": {"peer": 12},
    "caseload": 8,
    "supervision": "fortnightly",
}


def at_work(side, weeks=slice(30, 40)):
    return float(np.mean([c.results().weekly["staff"][weeks].mean() for c in side]))


def peers_in(community):
    staff = community.world.provision.staff
    return staff.resident[(staff.role == 4) & (staff.filled == 1)]


def test_peers_are_residents_in_recovery(pair):
    for community, seed in zip(pair({"services.it": PEERS}).with_it, SEEDS, strict=True):
        r, peers = community.world.residents, peers_in(community)
        assert peers.size > 3
        # a severe illness may have passed since
        first = Community(community.world.scenario, rng=seed).world.residents
        severe = np.isin(r.key, first.key[first.severe == 1]) | (r.severe == 1)
        assert ((r.episodes > 0) | (r.past_episodes > 0) | severe)[peers].all()
        assert (r.peer[peers] == 1).all()


def test_where_nobody_is_well_enough_the_loop_runs_dry(pair):
    """Peers leave and are succeeded by people in recovery; with none of them, posts stay empty and sessions end."""
    fed = pair({"services.it": PEERS})
    dry = pair(
        {
            "services.it": PEERS,
            "parameters.workforce.peer_wellness_phq": 0.0,
            "parameters.workforce.peer_illness_phq": 3.0,
        }
    )
    assert at_work(fed.with_it) - at_work(fed.without) > 4
    assert all(peers_in(community).size == 0 for community in dry.with_it)
    assert fed.used() > 100
    assert dry.used() == 0


def test_a_town_with_more_people_in_recovery_fills_its_posts_sooner(pair):
    many = PEERS | {"staff": {"peer": 60}}
    choosy = pair({"services.it": many, "parameters.workforce.peer_wellness_phq": 0.4})
    usual = pair({"services.it": many})
    assert at_work(usual.with_it) > at_work(choosy.with_it)


def test_learning_makes_a_difference_and_its_absence_none(pair):
    """The same programme with and without rules that act: identical until the first decision acts."""
    groups = {
        "kind": "recovery_group",
        "from": 0,
        "where": ["east"],
        "staff": {"peer": 1},
        "groups": 6,
        "size": 12,
    }
    act = {
        "when": {"kpi": "engagement", "service": "it", "above": 0.3},
        "do": {"expand": "it", "to": ["north", "west"]},
        "once": True,
    }
    committee = {"review_every": 13, "delay": 2}
    learns = pair({"services.it": groups, "governance": committee | {"rules": {"grow": act}}})
    never = act | {"when": act["when"] | {"above": 1.0}}
    watches = pair({"services.it": groups, "governance": committee | {"rules": {"grow": never}}})
    assert learns.used() > 1.1 * watches.used()
    for a, b in zip(learns.with_it, watches.with_it, strict=True):
        assert np.array_equal(
            a.results().weekly["phq_mean"][:15], b.results().weekly["phq_mean"][:15]
        )
