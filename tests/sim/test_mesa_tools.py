"""A community under Mesa's own tools: its sets answer as Mesa's do, the data collector and the batch runner work."""

import gc
import multiprocessing
import warnings

import mesa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mesa.agent import AgentSet

from sim.agents.agents import Peer, Professional, Resident
from sim.community import Community
from sim.errors import KinwellError
from sim.scenario.library import load

pytestmark = [pytest.mark.core, pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")]

ATTRIBUTES = ("age", "phq", "loneliness", "neighbourhood", "income", "female", "alive", "unique_id")
PILOT = {"population.residents": 300, "warm_up": 2, "services.peer-specialists.from": -2}
TOOLS_TAKE_KEYWORDS = not hasattr(mesa.Agent, "_ids")
"""Mesa 3.3 hands a batch its seeds among the parameters; later ones have a keyword."""


class Plain(mesa.Agent):
    """An agent as Mesa's tutorials make them."""

    def double(self, times=2):
        return self.phq * times


def double(agent, times=2):
    return agent.phq * times


class Mirror(mesa.Model):
    """Ordinary agents that hold the values of a community's residents."""

    def __init__(self, community):
        super().__init__(rng=1)
        for resident in community.agents_by_type[Resident]:
            agent = Plain(self)
            for name in ATTRIBUTES[:-1]:
                setattr(agent, name, getattr(resident, name))


@pytest.fixture(scope="module")
def town():
    community = Community(load("peer-pilot").with_(PILOT), rng=2).warm_up()
    yield community
    community.close()


@pytest.fixture(scope="module")
def mirror(town):
    return Mirror(town)


def pair(town, mirror, seed=1):
    town.random.seed(seed)
    mirror.random.seed(seed)
    return town.agents_by_type[Resident].copy(), AgentSet(mirror.agents, mirror.random)


def numbers(agents):
    return [agent.unique_id for agent in agents]


columns = st.sampled_from(ATTRIBUTES)
in_place = st.booleans()
most = st.one_of(st.just(float("inf")), st.integers(0, 320), st.floats(0.0, 1.0))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("select"), st.floats(0.0, 27.0), most, in_place),
        st.tuples(st.just("sort"), columns, st.booleans(), in_place),
        st.tuples(st.just("sort_by"), st.integers(1, 9), st.booleans(), in_place),
        st.tuples(st.just("shuffle"), in_place),
        st.tuples(st.just("discard"), st.integers(1, 300)),
    ),
    max_size=5,
)


def apply(agents, everyone, step):
    match step:
        case ("select", line, at_most, inplace):
            return agents.select(lambda agent: agent.phq >= line, at_most=at_most, inplace=inplace)
        case ("sort", name, ascending, inplace):
            return agents.sort(name, ascending=ascending, inplace=inplace)
        case ("sort_by", by, ascending, inplace):
            return agents.sort(
                lambda agent: agent.unique_id % by, ascending=ascending, inplace=inplace
            )
        case ("shuffle", inplace):
            return agents.shuffle(inplace=inplace)
        case ("discard", number):
            agents.discard(everyone[number - 1])
    return agents


@given(steps=steps, seed=st.integers(0, 99))
def test_sets_are_chosen_sorted_and_shuffled_as_mesa_does(town, mirror, steps, seed):
    ours, theirs = pair(town, mirror, seed)
    residents, plain = list(town.agents_by_type[Resident]), list(mirror.agents)
    for step in steps:
        ours, theirs = apply(ours, residents, step), apply(theirs, plain, step)
        assert numbers(ours) == numbers(theirs)
        assert len(ours) == len(theirs)


def same(ours, theirs):
    return repr(ours) == repr(theirs)


@given(name=columns, others=st.lists(columns, max_size=3), at_most=st.integers(1, 300))
def test_values_are_got_and_gathered_as_mesa_does(town, mirror, name, others, at_most):
    ours, theirs = (agents.select(at_most=at_most) for agents in pair(town, mirror))
    assert same(ours.get(name), theirs.get(name))
    assert same(ours.get(others), theirs.get(others))
    assert same(ours.agg(name, np.mean), theirs.agg(name, np.mean))
    functions = [min, max, sum, np.median, len, lambda values: values.count(0)]
    assert same(ours.agg(name, functions), theirs.agg(name, functions))


@given(by=columns, name=columns, kind=st.sampled_from(["agentset", "list"]))
def test_groups_are_made_as_mesa_does(town, mirror, by, name, kind):
    ours, theirs = (agents.groupby(by, result_type=kind) for agents in pair(town, mirror))
    assert same(ours.count(), theirs.count())
    assert same(ours.agg(name, np.mean), theirs.agg(name, np.mean))
    assert [(key, numbers(group)) for key, group in ours] == [
        (key, numbers(group)) for key, group in theirs
    ]
    assert same(ours.map(len), theirs.map(len))


def test_groups_by_a_function_are_made_as_mesa_does(town, mirror):
    ours, theirs = (agents.groupby(lambda agent: agent.age >= 65) for agents in pair(town, mirror))
    assert same(ours.agg("phq", max), theirs.agg("phq", max))


def test_calls_reach_agents_in_mesa_s_order(town, mirror):
    for way in ("do", "shuffle_do"):
        ours, theirs, seen, wanted = *pair(town, mirror, 7), [], []
        assert getattr(ours, way)(lambda agent, seen=seen: seen.append(agent.unique_id)) is ours
        getattr(theirs, way)(lambda agent, wanted=wanted: wanted.append(agent.unique_id))
        assert seen == wanted


def test_results_of_calls_come_in_order(town, mirror):
    ours, theirs = pair(town, mirror)
    assert ours.map(double, times=3) == theirs.map("double", times=3)
    assert ours.map("__repr__")[0] == "<Resident 1>"


def test_a_missing_attribute_is_an_error_or_a_default(town, mirror):
    for agents in pair(town, mirror):
        with pytest.raises(AttributeError, match="shoe_size"):
            agents.get("shoe_size")
        with pytest.raises(ValueError, match="handle_missing"):
            agents.get("phq", handle_missing="maybe")
        assert agents.get("shoe_size", handle_missing="default", default_value=42) == [42] * 300
        assert agents.get(["phq", "shoe_size"], "default")[0][1] is None


def test_setting_reaches_every_agent_of_the_set_and_nobody_else(town):
    residents = town.agents_by_type[Resident]
    before = town.world.residents.stigma.copy()
    women = residents.select("female")
    assert women.set("stigma", 2.0) is women
    assert set(women.get("stigma")) == {2.0}
    men = town.world.residents.female == 0
    assert np.array_equal(town.world.residents.stigma[men], before[men])
    residents.set("stigma", 0.5)
    assert (town.world.residents.stigma == np.float32(0.5)).all()
    town.world.residents.stigma[:] = before


def test_attributes_that_are_no_columns_are_set_and_kept(town):
    older = town.agents_by_type[Resident].sort("age").select(at_most=5)
    older.set("invited", "yes")
    gc.collect()
    assert older.get("invited") == ["yes"] * 5
    for agent in older:
        del agent.invited


def test_a_column_or_an_array_can_choose(town):
    residents = town.agents_by_type[Resident]
    by_name, by_array = (
        residents.select("female"),
        residents.select(town.world.residents.female == 1),
    )
    by_call = residents.select(lambda agent: agent.female == 1)
    assert numbers(by_name) == numbers(by_array) == numbers(by_call)


def test_indices_slices_and_membership_follow_sequences(town, mirror):
    ours, theirs = pair(town, mirror)
    assert isinstance(ours, AgentSet)
    assert isinstance(town.agents, AgentSet)
    assert [ours[i].unique_id for i in (0, 5, -1)] == [theirs[i].unique_id for i in (0, 5, -1)]
    assert numbers(ours[10:20:3]) == numbers(theirs[10:20:3])
    assert ours[4] in ours
    assert mirror.agents.select(at_most=1) != ours
    assert theirs[4] not in ours
    with pytest.raises(IndexError):
        ours[300]


def test_sets_join_and_part(town):
    residents = town.agents_by_type[Resident]
    women, old = residents.select("female"), residents.select(lambda agent: agent.age >= 65)
    either, both, only = women | old, women & old, women - old
    assert len(either) == len(women) + len(old) - len(both)
    assert len(only) == len(women) - len(both)
    agent = only[0]
    only.remove(agent)
    assert agent not in only
    with pytest.raises(KeyError):
        only.remove(agent)
    only.add(agent)
    assert only[len(only) - 1] is agent


def test_all_agents_are_residents_peers_and_professionals(town):
    assert town.agent_types == [Resident, Peer, Professional]
    assert len(town.agents) == sum(len(agents) for agents in town.agents_by_type.values())
    assert len(set(town.agents.get("unique_id"))) == len(town.agents)
    assert numbers(town.agents.select(agent_type=Peer)) == numbers(town.agents_by_type[Peer])
    phq = town.agents.get("phq", handle_missing="default")
    assert phq[:300] == town.world.residents.phq.tolist()
    assert set(phq[300:]) == {None}
    with pytest.raises(AttributeError, match="phq"):
        town.agents.get("phq")


def test_strain_is_an_attribute_of_everybody(town):
    r, staff = town.world.residents, town.world.provision.staff
    assert town.agents.get("strain") == [
        *r.strain.tolist(),
        *staff.strain[staff.filled == 1].tolist(),
    ]
    assert town.agents.shuffle().agg("strain", sum) == pytest.approx(
        r.strain.sum() + staff.strain[staff.filled == 1].sum(), rel=1e-6
    )


def test_the_model_s_own_set_can_be_put_in_order_for_good():
    community = Community(load("peer-pilot").with_(PILOT), rng=2)
    agents = community.agents_by_type[Resident]
    agents.sort("age", ascending=True, inplace=True)
    ages = community.agents_by_type[Resident].get("age")
    assert ages == sorted(ages)
    assert len(agents) == 300


class Visitor(mesa.Agent):
    """Somebody whom an extension brings along."""

    phq = 3.0


def test_agents_of_other_making_can_come_and_go():
    community = Community(load("peer-pilot").with_(PILOT), rng=2)
    before = len(community.agents)
    visitor, other = Visitor(community), Visitor(community)
    assert len(community.agents) == before + 2
    assert visitor in community.agents
    assert list(community.agents_by_type[Visitor]) == [visitor, other]
    assert len({*community.agents.get("unique_id")}) == before + 2
    held = community.agents.select(agent_type=Visitor)
    visitor.remove()
    assert list(held) == [other]
    assert len(community.agents) == before + 1
    community.step()
    community.close()


def test_agents_of_another_community_are_refused(town, mirror):
    with pytest.raises(KinwellError, match="not an agent of this community"):
        town.agents_by_type[Resident].copy().add(mirror.agents[0])


class Watched(Community):
    """A community that collects data as Mesa's tutorials do."""

    def __init__(self, scenario, rng=0):
        super().__init__(scenario, rng=rng)
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "phq": lambda model: float(model.agents_by_type[Resident].agg("phq", np.mean)),
                "week": "week",
            },
            agent_reporters={"strain": "strain"},
            agenttype_reporters={
                Resident: {"phq": "phq", "ties": lambda agent: len(agent.ties)},
                Professional: {"role": "role_name"},
            },
        )

    def step(self):
        super().step()
        self.datacollector.collect(self)


def test_a_data_collector_collects():
    community = Watched(load("peer-pilot").with_(PILOT), rng=2)
    for _ in range(2):
        community.step()
    by_week = community.datacollector.get_model_vars_dataframe()
    by_resident = community.datacollector.get_agenttype_vars_dataframe(Resident).xs(2, level=0)
    assert by_week["week"].tolist() == [-1, 0]
    assert by_resident["phq"].tolist() == community.world.residents.phq.tolist()
    assert by_week["phq"].iloc[-1] == pytest.approx(by_resident["phq"].mean())
    assert (
        by_resident["ties"] == [len(agent.ties) for agent in community.agents_by_type[Resident]]
    ).all()
    assert "therapist" in set(
        community.datacollector.get_agenttype_vars_dataframe(Professional)["role"]
    )
    assert len(community.datacollector.get_agent_vars_dataframe().xs(2, level=0)) == len(
        community.agents
    )


@pytest.fixture
def start_method():
    """Mesa's batch runner sets how processes start for everybody; put it back."""
    before = multiprocessing.get_start_method(allow_none=True)
    yield
    multiprocessing.set_start_method(before, force=True)


@pytest.mark.usefixtures("start_method")
def test_mesa_s_batch_runner_runs_communities():
    scenario = load("peer-pilot").with_(PILOT)
    parameters, seeds = {"scenario": [scenario]}, [1, 2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = {"rng": seeds} if TOOLS_TAKE_KEYWORDS else {}
        given_with = parameters if TOOLS_TAKE_KEYWORDS else {**parameters, "rng": seeds}
        rows = mesa.batch_run(Watched, given_with, max_steps=2, display_progress=False, **told)
    means = {row["rng"]: row["phq"] for row in rows}
    alone = Watched(scenario, rng=1)
    for _ in range(2 if TOOLS_TAKE_KEYWORDS else 3):
        alone.step()
    assert set(means) == {1, 2}
    assert means[1] != means[2]
    assert means[1] == pytest.approx(float(alone.agents_by_type[Resident].agg("phq", np.mean)))
