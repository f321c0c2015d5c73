"""Agents are views onto rows: what they read, what they write, who they are, and that stepping them gives the town's bits."""

import copy
import gc
import os
import pickle
import subprocess
import sys
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest

from sim.agents.agents import Peer, Professional, Resident
from sim.agents.frames import ResidentTable, TieTable
from sim.community import Community
from sim.errors import KinwellError
from sim.scenario.library import load
from sim.state.residents import Residents, columns
from sim.state.staff import Staff
from sim.week.resident.phases import PHASES

pytestmark = pytest.mark.core

PILOT = {
    "population.residents": 300,
    "warm_up": 8,
    "services.peer-specialists.from": -6,
    "services.recovery-groups.from": -6,
}


@pytest.fixture(scope="module")
def pilot():
    """A small town whose peer programme begins within the burn-in, so that there are peers."""
    return load("peer-pilot").with_(PILOT)


@pytest.fixture(scope="module")
def town(pilot):
    """A town after its burn-in; tests put back what they change."""
    community = Community(pilot, rng=3).warm_up()
    yield community
    community.close()


@pytest.fixture
def residents(town):
    return town.agents_by_type[Resident]


class Backwards(Community):
    """Steps its agents from the last to the first."""

    def _everybody(self, names):
        for phase in names:
            self.agents_by_type[Resident].sort("key").do(phase)


def tables(community):
    world = community.world
    return {
        **world.residents.by_name(),
        **world.ties.by_name(),
        **world.provision.staff.by_name(),
        "shown": world.published,
    }


def differing(one, other):
    return [
        name
        for name, column in tables(one).items()
        if not np.array_equal(column, tables(other)[name])
    ]


@pytest.mark.parametrize("stepped", [Community, Backwards])
def test_agents_stepped_one_by_one_give_the_bits_of_the_compiled_week(pilot, stepped):
    compiled, by_agent = Community(pilot, rng=5), stepped(pilot, rng=5, stepping="mesa")
    for _ in range(16):
        compiled.step()
        by_agent.step()
    assert differing(compiled, by_agent) == []
    assert compiled.world.residents.sessions.any()


SAVE = """
import pickle, sys
from sim.community import Community
from sim.scenario.library import load
community = Community(load("peer-pilot").with_({changes!r}), rng=5)
for _ in range(12):
    community.step()
world = community.world
pickle.dump({{**world.residents.by_name(), **world.ties.by_name(), **world.provision.staff.by_name()}}, open(sys.argv[1], "wb"))
"""


@pytest.mark.slow
def test_with_compilation_off_decisions_are_the_same_and_states_equal_to_rounding(
    pilot, tmp_path, project
):
    compiled = Community(pilot, rng=5)
    for _ in range(12):
        compiled.step()
    told = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    subprocess.run(
        [sys.executable, "-c", SAVE.format(changes=PILOT), tmp_path / "plain"],
        env=told,
        cwd=project,
        check=True,
    )
    plain = pickle.loads(Path(tmp_path / "plain").read_bytes())
    decisions = [name for name, column in plain.items() if column.dtype.kind != "f"]
    assert [
        name for name in decisions if not np.array_equal(plain[name], tables(compiled)[name])
    ] == []
    for name in plain.keys() - set(decisions):
        np.testing.assert_allclose(
            plain[name], tables(compiled)[name], rtol=1e-4, atol=1e-4, err_msg=name
        )


def test_one_agent_s_phase_changes_that_agent_alone(pilot):
    community = Community(pilot, rng=5)
    before = community.world.residents.loneliness.copy()
    community.agents_by_type[Resident][7].socialise()
    assert np.flatnonzero(community.world.residents.loneliness != before).tolist() == [7]


def test_every_phase_is_a_method_of_a_resident():
    assert all(callable(getattr(Resident, phase)) for phase in PHASES)


def test_every_column_is_an_attribute_with_its_meaning(residents):
    for column in columns():
        value, cell = (
            getattr(residents[4], column.name),
            getattr(residents._registry.community.world.residents, column.name)[4],
        )
        assert np.array_equal(value, cell)
        assert column.meaning in getattr(Resident, column.name).__doc__


def test_every_column_of_a_post_is_an_attribute(town):
    for agent in town.agents_by_type[Professional]:
        for field in set(Staff.names()) - {"resident"}:
            assert getattr(agent, field) == getattr(town.world.provision.staff, field)[agent._row]


def test_attributes_write_into_the_columns(town, residents):
    column, agent = town.world.residents.loneliness, residents[5]
    before = column[5]
    agent.loneliness = 1.5
    assert column[5] == agent.loneliness == 1.5
    column[5] = before
    assert agent.loneliness == before


@pytest.mark.parametrize(
    ("name", "value"), [("alive", 2.5), ("alive", 300), ("alive", -1), ("phq", [1.0, 2.0])]
)
def test_attributes_refuse_what_a_column_cannot_hold(residents, name, value):
    with pytest.raises(ValueError, match=name):
        setattr(residents[5], name, value)
    with pytest.raises(ValueError, match=name):
        residents.set(name, value)


def test_an_agent_is_the_same_object_while_somebody_holds_it(town, residents):
    agent = residents[3]
    assert residents[3] is agent
    assert town.agents[3] is agent
    assert residents.select(lambda one: one.unique_id == 4)[0] is agent
    gone = weakref.ref(agent)
    del agent
    gc.collect()
    assert gone() is None


def test_attributes_of_an_agent_s_own_last(residents):
    residents[9].note = "seen"
    gc.collect()
    assert residents[9].note == "seen"
    del residents[9].note


def test_a_resident_knows_names_ties_and_household(town, residents):
    r, world = town.world.residents, town.world
    for agent in residents:
        assert agent.neighbourhood_name == list(world.scenario.neighbourhoods)[agent.neighbourhood]
        assert all(agent in other.ties for other in agent.ties)
        assert {other.unique_id for other in agent.household_members} == {
            *(np.flatnonzero(r.household == agent.household) + 1)
        } - {agent.unique_id}
        assert len(agent.services) == np.count_nonzero(agent.care_service)
        assert len(agent.waiting_for) == np.count_nonzero(agent.wait_service)
    assert {name for agent in residents for name in agent.services} <= set(world.provision.names)


def test_peers_and_professionals_are_the_filled_posts(town):
    staff = town.world.provision.staff
    peers, professionals = town.agents_by_type[Peer], town.agents_by_type[Professional]
    assert len(peers) > 0
    assert len(professionals) > 0
    assert len(peers) + len(professionals) == staff.filled.sum()
    assert {agent.role_name for agent in peers} <= {"peer", "volunteer"}
    assert not {agent.role_name for agent in professionals} & {"peer", "volunteer"}
    assert {agent.service_name for agent in professionals} <= set(town.world.provision.names)
    for agent in peers:
        assert agent.resident is None or (agent.resident.peer == 1 and agent.resident.post is agent)


def test_whoever_leaves_a_post_leaves_the_sets_and_a_successor_is_somebody_else(pilot):
    community = Community(pilot, rng=3).warm_up()
    staff, everyone = community.world.provision.staff, community.agents_by_type[Professional]
    leaver, held, count = everyone[0], everyone.copy(), len(everyone)
    row = leaver._row
    staff.filled[row], staff.holder[row] = 0, staff.holder[row] + 1
    assert (len(everyone), len(held), leaver in everyone, leaver in held, leaver.in_post) == (
        count - 1,
        count - 1,
        False,
        False,
        False,
    )
    staff.filled[row] = 1
    assert (len(everyone), len(held)) == (count, count - 1)
    successor = next(agent for agent in everyone if agent._row == row)
    assert successor is not leaver
    assert successor.unique_id not in {agent.unique_id for agent in held} | {leaver.unique_id}


def test_people_are_neither_made_nor_removed_by_hand(town, residents):
    with pytest.raises(KinwellError, match="not made by hand"):
        Resident(town)
    with pytest.raises(KinwellError, match="cannot be removed"):
        residents[0].remove()
    with pytest.raises(KinwellError, match="copy"):
        residents.select(lambda agent: agent.female == 1, inplace=True)
    assert len(residents) == 300


@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],
    ids=["deepcopy", "pickle"],
)
def test_a_copy_of_a_community_lives_on_by_itself_with_the_same_bits(pilot, duplicate):
    original = Community(pilot, rng=4)
    held = original.agents_by_type[Resident].select("female")
    held[0].note, original.held = "kept", held
    other = duplicate(original)
    assert other.agents[0].model is other
    assert other.held[0].note == "kept"
    assert other.held[0] is other.agents[held[0].unique_id - 1]
    for _ in range(3):
        other.step()
    assert "phq" in differing(original, other)
    for _ in range(3):
        original.step()
    assert differing(original, other) == []


def test_a_set_survives_pickling_with_its_model(residents):
    older = pickle.loads(pickle.dumps(residents.sort("age")))
    assert older.get("unique_id") == residents.sort("age").get("unique_id")
    assert older[0].model.agents[older[0].unique_id - 1] is older[0]


def test_a_closed_community_is_forgotten(pilot):
    community = Community(pilot, rng=4)
    held = weakref.ref(community)
    agents = list(community.agents)
    assert community not in getattr(mesa.Agent, "_ids", {})
    community.close()
    del agents, community
    gc.collect()
    assert held() is None


def test_the_table_of_residents_has_every_column_with_unit_and_meaning(town):
    table = ResidentTable(town.world)
    frame = table.frame()
    assert len(table) == len(frame) == 300
    assert set(frame.attrs["units"]) == set(frame.attrs["meanings"]) == set(frame.columns)
    for column in columns():
        names = (
            [column.name]
            if column.slots == 1
            else [f"{column.name}_{slot + 1}" for slot in range(column.slots)]
        )
        shown = [
            frame[name].cat.codes if frame[name].dtype == "category" else frame[name]
            for name in names
        ]
        held = getattr(town.world.residents, column.name)
        np.testing.assert_array_equal(np.column_stack(shown).reshape(held.shape), held)
    assert len(frame.columns) == len(Residents.names()) + 3 * 3 + 2
    frame.loc[0, "phq"] = -1.0
    assert town.world.residents.phq[0] >= 0


def test_the_table_of_ties_lists_each_tie_once(town, residents):
    table = TieTable(town.world)
    frame = table.frame()
    assert len(table) == len(frame) == sum(len(agent.ties) for agent in residents) / 2
    assert (frame["a"] < frame["b"]).all()
    assert not frame.duplicated(["a", "b"]).any()
    one = frame.iloc[0]
    assert residents[int(one["b"])] in residents[int(one["a"])].ties
    assert set(frame["kind"]) <= {"household", "friend", "work or school", "made in a group"}
