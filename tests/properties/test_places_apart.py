"""What happens in one part of a town leaves no trace in a part that has nothing to do with it."""

import numpy as np
import pytest

from sim.community import Community
from sim.engine.random import draw_for, week_counter_of
from sim.state.codes import TieKind
from sim.state.draw_streams import Stream
from sim.state.ties import remove_tie

pytestmark = pytest.mark.core

# Two halves that share nothing: everybody is past school and out of work, so that there are no ties of work or school;
# friends live near; nobody meets strangers, who may live anywhere; each half has its own services and its own fund;
# the one ward has a bed for everybody who needs one, so that nobody's admission takes another's bed.
APART = {
    "population.residents": 1_000,
    "population.ages": {
        "12-17": 0,
        "18-24": 0,
        "25-34": 0.4,
        "35-49": 0.3,
        "50-64": 0.3,
        "65-79": 0,
        "80+": 0,
    },
    "population.employed": 0,
    "parameters.society.studying_later": 0,
    "population.insurance": {"uninsured": 0.2, "public": 0.4, "private": 0.4},
    "population.within_neighbourhood": 1.0,
    "neighbourhoods": {
        "east": {"share": 0.5, "deprivation": 0.6, "distance": 20},
        "west": {"share": 0.5, "deprivation": 0.3, "distance": 20},
    },
    "services": {
        f"{kind}-{area}": {"kind": kind, "where": [area], "rank": 1, **numbers}
        for area in ("east", "west")
        for kind, numbers in {
            "primary_care": {
                "staff": {"physician": 1},
                "caseload": 20,
                "fee": "USD 90 per session",
            },
            "individual_therapy": {
                "staff": {"therapist": 3},
                "caseload": 5,
                "fee": "USD 100 per session",
            },
        }.items()
    }
    | {"ward": {"kind": "inpatient_ward", "beds": 1_000}},
    "funds": {
        f"{area}-fund": {
            "source": "public",
            "amount": "USD 2_000_000 per year",
            "only_for": [f"primary_care-{area}", f"individual_therapy-{area}"],
        }
        for area in ("east", "west")
    },
    "parameters.social.meeting": 0.0,
}
PEERS = {
    "services.peers": {
        "kind": "one_to_one_peer",
        "where": ["east"],
        "staff": {"peer": 4},
        "caseload": 8,
        "from": "week 3",
        "rank": 4,
    },
    "services.circle": {
        "kind": "recovery_group",
        "where": ["east"],
        "staff": {"peer": 1},
        "groups": 2,
        "size": 10,
        "from": "week 3",
        "rank": 5,
    },
    "funds.grant": {
        "source": "grant",
        "from": "week 3",
        "amount": "USD 500_000 per year",
        "only_for": ["peers", "circle"],
    },
    "governance": {
        "review_every": "8 weeks",
        "rules": {
            "more": {
                "when": {"kpi": "engagement", "service": "peers", "above": 0.1},
                "do": {"expand": "peers", "by": "50%"},
            }
        },
    },
}
TOWN_WIDE = {"peer"}
"""Columns of the west that the east may touch: posts for peers are open to people of the whole town."""


@pytest.fixture(scope="module")
def apart(town):
    return town.with_(APART | {"horizon": 30})


def found_apart(scenario, seed):
    """A community; the few friendships across the line between the halves (circles filled up from the rest) are ended first."""
    community = Community(scenario, rng=seed)
    area, ties = community.world.residents.neighbourhood, community.world.ties
    crossing = [
        (i, j)
        for i, row in enumerate(ties.neighbour)
        for j in row[row < area.size]
        if i < j and area[i] != area[j]
    ]
    assert len(crossing) < 60
    for i, j in crossing:
        assert remove_tie(ties, i, j)
    return community


def test_the_two_halves_know_nobody_in_common(apart):
    world = found_apart(apart, 4).world
    area, neighbour = world.residents.neighbourhood, world.ties.neighbour
    tied = neighbour != area.size
    assert tied.sum() > 2_000
    assert (world.ties.kind[tied] != TieKind.HOME).any()
    assert np.array_equal(area[neighbour[tied]], np.broadcast_to(area[:, None], tied.shape)[tied])


@pytest.mark.parametrize("seed", [4, 5])
def test_a_peer_programme_in_the_east_leaves_no_trace_in_the_west(apart, look, seed):
    without, beside = found_apart(apart, seed), found_apart(apart.with_(PEERS), seed)
    west = without.world.residents.neighbourhood == 1
    while without.week < 30:
        without.step()
        beside.step()
        one, two = look.photograph(without), look.photograph(beside)
        for name in set(one.residents) - TOWN_WIDE:
            assert one.residents[name][west].tobytes() == two.residents[name][west].tobytes(), (
                name,
                without.week,
            )
        for name, column in one.ties.items():
            assert column[west].tobytes() == two.ties[name][west].tobytes(), (name, without.week)
        assert one.published[:-1][west].tobytes() == two.published[:-1][west].tobytes()
    east = beside.world.residents.neighbourhood == 0
    assert (two.residents["care_service"][east] > 5).any(), (
        "the programme reached nobody, and the test shows nothing"
    )
    assert not np.array_equal(one.residents["distress"][east], two.residents["distress"][east])


def test_a_hire_is_known_by_the_post_and_not_by_a_counter():
    """Two posts filled in the same week share no luck, however many were filled before."""
    posts = np.array([11, 12], np.uint32)
    first = draw_for(
        posts, week_counter_of(3), Stream.WORK, np.uint64(0), (np.uint64(1), np.uint64(0))
    )
    assert first[0].tolist() != first[1].tolist()
    assert (
        draw_for(
            posts[1:], week_counter_of(3), Stream.WORK, np.uint64(0), (np.uint64(1), np.uint64(0))
        )[0].tolist()
        == first[1].tolist()
    )
    assert (
        draw_for(
            posts,
            week_counter_of(3),
            Stream.HELP_SEEKING,
            np.uint64(0),
            (np.uint64(1), np.uint64(0)),
        ).tolist()
        != first.tolist()
    )
