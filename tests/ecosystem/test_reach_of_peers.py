"""Who comes to peers: more posts alone find nobody, outreach fills places that are free."""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.community import Community
from sim.scenario.library import load

PEERS = "services.peer-specialists"
TOWN = {
    "population.residents": 2_000,
    "warm_up": 8,
    "horizon": 80,
    f"{PEERS}.where": "everywhere",
    f"{PEERS}.from": "week 0",
    f"{PEERS}.ramp": "0 weeks",
    "funds.foundation-grant.amount": "USD 9_000_000 per year",  # money is not what limits here
}


@cache
def count_enrolled(posts, outreach):
    """Enrolled with peers, and on their list, in the second half of eighty weeks; two towns."""
    changes = TOWN | {f"{PEERS}.staff.peer": posts, f"{PEERS}.outreach": outreach}
    found = []
    for seed in (1, 2):
        community = Community(load("peer-pilot").with_(changes), rng=seed)
        row = community.world.provision.names.index("peer-specialists")
        while community.week < 80:
            community.step()
            offers = community.world.provision.offers
            if community.week > 40:
                found.append((offers.enrolled[row], offers.waiting[row]))
    return tuple(np.mean(found, axis=0))


def test_more_posts_alone_find_hardly_anybody():
    (few, waiting), (many, _) = count_enrolled(6, "0%"), count_enrolled(24, "0%")
    assert few > 3
    assert waiting < 1
    assert many < 1.2 * few


def test_outreach_brings_people_whom_nobody_had_asked():
    found = [count_enrolled(24, share)[0] for share in ("0%", "2%", "10%")]
    assert found[1] > 1.3 * found[0]
    assert found[2] > found[1]
