"""People come and go: who, when, and that nothing else hangs on it."""

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.library import load
from sim.state.codes import Employment, Insurance, TieKind
from sim.week.turnover.birthdays import move_on

TOWN = {"population.residents": 1_000, "warm_up": 0, "horizon": 312}
SELF = (
    "key", "age", "female", "household", "severe", "income", "insurance", "trait",
    "home_circumstances", "vacated",
)  # fmt: skip
"""What no scenario may change in anybody."""


@pytest.fixture(scope="module")
def later():
    """A town after six years."""
    community = Community(load("baseline").with_(TOWN), rng=3)
    before = community.world.residents.by_name()
    before = {name: column.copy() for name, column in before.items()}
    while community.week < 312:
        community.step()
    return before, community


def test_homes_share_their_circumstances_from_the_beginning_and_after_six_years(later):
    """A share of the variance of what circumstances add to distress is that of the home (.3)."""
    before, community = later
    raw = community.world.parameters.raw
    for columns in (before, community.world.residents.by_name()):
        there = (columns["alive"] == 1) & (columns["age"] >= 18)
        home, all_of_it = columns["household"][there], columns["circumstances"][there]
        order = np.argsort(home, kind="stable")
        home, all_of_it = home[order], all_of_it[order]
        together = home[1:] == home[:-1]
        likeness = np.corrcoef(all_of_it[1:][together], all_of_it[:-1][together])[0, 1]
        assert likeness == pytest.approx(raw["life.circumstances_shared"], abs=0.12)
        assert all_of_it.std() == pytest.approx(raw["life.circumstances"], rel=0.1)
        shared = columns["home_circumstances"][there][order]
        assert np.mean((shared[1:] == shared[:-1])[together]) > 0.99


def test_shares_of_states_move_as_little_as_they_must():
    rng = np.random.default_rng(1)
    before, after = np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.5, 0.1])
    state = rng.choice(3, 40_000, p=before)
    chances = rng.random((40_000, 2))
    for anew in (0.0, 0.2):
        new = np.array(
            [
                move_on(s, before, after, anew, stays, goes, 3)
                for s, (stays, goes) in zip(state, chances, strict=True)
            ]
        )
        assert np.bincount(new) / new.size == pytest.approx(after, abs=0.012)
        if anew == 0.0:
            assert (new != state).mean() == pytest.approx(0.2, abs=0.01)


def test_the_young_do_not_die_out_and_the_old_retire(later):
    before, community = later
    r = community.world.residents
    living = r.alive == 1
    young = (r.age < 18) & living
    assert young.sum() == pytest.approx((before["age"] < 18).sum(), rel=0.25)
    assert (r.employment[young] == Employment.STUDENT).all()
    old = (r.age >= 66) & living
    were = (before["age"] >= 66) & (before["employment"] == Employment.EMPLOYED)
    assert (r.employment[old] == Employment.EMPLOYED).sum() < 1.6 * were.sum()
    assert (r.insurance[old] == Insurance.PUBLIC).all()
    adult = (r.age >= 31) & living
    assert not (r.employment[adult] == Employment.STUDENT).any()


def test_severe_illness_sets_in_and_passes(later):
    before, community = later
    r = community.world.residents
    stayed = r.key == before["key"]
    fell = stayed & (before["severe"] == 0) & (r.severe > 0)
    passed = stayed & (before["severe"] > 0) & (r.severe == 0)
    assert fell.sum() > 5
    assert passed.sum() > 5
    assert r.trait[fell].mean() > before["trait"][fell].mean() + 0.2


def test_nobody_is_alone_among_children(later):
    _, community = later
    r = community.world.residents
    oldest = np.zeros(r.key.size)
    np.maximum.at(oldest, r.household, r.age)
    assert (oldest[r.household][r.age < 17.9] >= 18).all()


def test_ties_at_home_are_those_of_the_household(later):
    _, community = later
    r, ties = community.world.residents, community.world.ties
    a, slot = np.nonzero(ties.kind == TieKind.HOME)
    b = ties.neighbour[a, slot]
    assert (r.household[a] == r.household[b]).all()


def test_counts_of_friends_are_those_of_the_lists(later):
    _, community = later
    r, ties = community.world.residents, community.world.ties
    friends = ((ties.kind == TieKind.FRIEND) | (ties.kind == TieKind.GROUP)).sum(axis=1)
    assert np.array_equal(friends, r.close_ties)


def test_newcomers_are_the_same_people_in_every_scenario():
    """A scenario in which many die by suicide and ties are lost changes nobody's name or place."""
    usual = load("baseline").with_(TOWN | {"horizon": 104})
    hard = {"parameters.life.suicide": 0.01, "parameters.social.meeting": 0.0}
    one, two = Community(usual, rng=5), Community(usual.with_(hard), rng=5)
    while one.week < 104:
        one.step()
        two.step()
    first, second = one.world.residents, two.world.residents
    assert (first.alive != second.alive).sum() > 5
    assert (first.key >= 1_000).sum() > 80
    for name in SELF:
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


def test_agents_who_left_are_gone_and_newcomers_are_new():
    community = Community(load("baseline").with_(TOWN), rng=3)
    kept = list(community.agents)
    everyone = community.agents.select()
    while community.week < 26:
        community.step()
    left = [agent for agent in kept if agent not in community.agents]
    assert 5 < len(left) < 200
    with pytest.raises(Exception, match="has left the town"):
        _ = left[0].age
    assert len(everyone) < len(community.agents)
    assert {agent.unique_id for agent in community.agents} >= {
        int(key) + 1 for key in community.world.residents.key
    }
