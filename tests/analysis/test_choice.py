"""The choice between mixes, by hand: paired differences, who is left, what a constraint costs."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.economics import choice
from analysis.economics.choice import Chosen, choose_mix, say_goal, write_data, write_table


def mix(name, *broken, cost=0.0, **staff):
    return SimpleNamespace(
        name=name,
        broken=frozenset(broken),
        cost=cost,
        staff=staff,
        sizes={name: 1.0, "other": 0.0},
        option="",
        scenario=SimpleNamespace(name=name),
        say=name.upper,
    )


def make_posed(goal="cost", first=4, more=3, most=12, zone=1.0, confidence=0.9):
    effort = SimpleNamespace(first=first, more=more, most=most)
    document = SimpleNamespace(
        goal=goal, confidence=confidence, indifference=zone, replicates=effort
    )
    base = SimpleNamespace(name="town", currency="USD", willingness_to_pay=(30_000.0, 90_000.0))
    return SimpleNamespace(document=document, base=base)


VALUES = {
    "town": np.array([10.0, 12.0, 11.0, 13.0]),
    "peers": np.array([8.0, 11.0, 9.0, 10.0]),
    "groups": np.array([9.0, 8.0, 12.0, 11.0]),
    "both": np.array([5.0, 7.0, 6.0, 8.0]),
}


@pytest.fixture
def found():
    """Less is better: peers and groups cannot be told apart, both would be best and is forbidden."""
    mixes = (
        mix("town"),
        mix("peers", cost=90_000.0, peer=2.0),
        mix("groups", cost=50_000.0, peer=1.0),
        mix("both", "staff: peer", cost=140_000.0, peer=3.0),
    )
    table = pd.DataFrame(
        {
            "cost": [100.0, 300.0, 900.0],
            "effect": [1.0, 3.0, 2.0],
            "status": ["ND", "ND", "D"],
            "icer": [np.nan, 100.0, np.nan],
        },
        index=["town", "peers", "groups"],
    )
    left = ("peers", "groups")
    return Chosen(make_posed(), mixes, dict(VALUES), left, {"staff: peer": "both"}, table)


def test_a_difference_is_of_the_replicates_that_both_have_with_students_interval(found):
    found.values["groups"] = np.append(found.values["groups"], 1_000.0)
    for one, other in (("peers", "groups"), ("groups", "peers")):
        paired = VALUES[one] - VALUES[other]
        interval = stats.t.interval(0.9, 3, paired.mean(), stats.sem(paired))
        assert found.difference(one, other) == pytest.approx((paired.mean(), *interval))


def test_more_or_less_is_better_by_the_goal(found):
    assert found.sign == -1.0
    for goal, sign in (("net_benefit", 1.0), ("qalys", 1.0), ("phq_mean", -1.0)):
        assert Chosen(make_posed(goal), (), {}).sign == sign, goal
    assert say_goal(found) == "Cost of services"
    worth = say_goal(Chosen(make_posed("net_benefit"), (), {}))
    assert worth == "Net benefit at $90,000 a QALY"


def test_a_mix_is_best_in_the_replicates_in_which_none_that_is_left_is_better(found):
    assert [found.share_best(name) for name in found.left] == [0.75, 0.25]
    found.values["groups"] = found.values["groups"][:2]
    assert [found.share_best(name) for name in found.left] == [0.5, 0.5]
    found.values["groups"] = found.values["peers"]
    assert [found.share_best(name) for name in found.left] == [1.0, 1.0]


def test_what_is_allowed_breaks_nothing(found):
    assert [one.name for one in found.allowed] == ["town", "peers", "groups"]
    assert found.best.name == "peers"


def test_the_text_ranks_what_is_allowed_and_prices_what_is_not(found):
    said = write_table(found)
    assert said.startswith("Best: PEERS. ")
    assert "against town in 4 paired replicates" in said
    assert "It cannot be told apart from: GROUPS." in said
    assert said.index("PEERS ", 20) < said.index("GROUPS ") < said.index("TOWN ")
    lines = {line.split()[0]: line for line in said.split("\n") if line[:1].isupper()}
    assert " 75% " in lines["PEERS"]
    assert " 25% " in lines["GROUPS"]
    assert " - " in lines["TOWN"]
    assert "  2.0 " in lines["PEERS"]
    assert "  PEERS: +$200, +2.0 QALYs, $100 a QALY" in said
    assert "TOWN:" not in said
    assert "GROUPS:" not in said
    assert "  staff: peer: without it, BOTH (" in said


def test_a_single_best_is_said_to_be_alone_and_a_limit_that_binds_nothing_costs_nothing(found):
    found.left, found.without = ("peers",), {"budget": "peers", "staff: peer": "both"}
    said = write_table(found)
    assert "No other mix is better by more than $1 (confidence 90%, chance alone); 1 other" in said
    assert "budget: costs nothing; the best mix would be the same." in said
    found.left, found.without = ("peers", "groups"), {"budget": "groups"}
    assert "budget: costs nothing" in write_table(found)
    found.without, found.frontier = {}, None
    assert "What constraints cost" not in write_table(found)
    assert "Frontier" not in write_table(found)


def test_a_frontier_of_nothing_new_alone_is_not_told(found):
    found.frontier = found.frontier.iloc[[0, 2]]
    assert "Frontier" not in write_table(found)
    found.frontier = found.frontier.assign(cost=[100.0, 40.0], status="ND")
    assert "GROUPS: -$60, +1.0 QALYs" in write_table(found).replace("−", "-")


def test_the_data_hold_regret_and_what_is_on_the_frontier(found):
    data = write_data(found)
    rows = {row["scenario"]: row for row in data["mixes"]}
    assert {name: row["regret"] for name, row in rows.items()} == pytest.approx(
        {"town": 2.0, "peers": 0.0, "groups": 0.5, "both": -3.0}
    )
    assert rows["both"]["broken"] == ["staff: peer"]
    assert rows["peers"]["programmes"] == {"peers": 1.0}
    assert [row["left"] for row in data["mixes"]] == [False, True, True, False]
    assert rows["peers"]["difference"]["mean"] == -2.0
    assert rows["town"]["difference"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert data["frontier"] == ["town", "peers"]
    assert write_data(Chosen(found.posed, found.mixes, found.values, found.left))["frontier"] == []


@pytest.fixture
def run(monkeypatch):
    """Run a choice on made-up values of each mix: what came of it, and the mixes of each round."""

    def choose(values, mixes, **effort):
        rounds = []

        def live(scenarios, replicates):
            rounds.append((sorted(s.name for s in scenarios), replicates))
            return replicates

        def measure(made, *_):
            names = tuple(dict.fromkeys(("town", *values)))
            table = np.array([values.get(name, np.zeros(99))[:made] for name in names]).T
            return SimpleNamespace(names=names, outcome=lambda _: table)

        monkeypatch.setattr(choice, "pair", measure)
        monkeypatch.setattr(choice, "_tabulate_frontier", lambda _, made: made)
        said = []
        return choose_mix(make_posed(**effort), mixes, live, said.append), rounds, said

    return choose


def spread(level, scale=1.0):
    """A level with chance of its own."""
    rng = np.random.default_rng(round(level * 10))
    return level + scale * rng.standard_normal(99)


def test_mixes_that_are_behind_go_no_further_and_rounds_end(run):
    values = {"a": spread(0.0), "b": spread(0.1), "c": spread(60.0)}
    found, rounds, said = run(values, tuple(map(mix, values)))
    assert rounds[0] == (["a", "b", "c", "town"], 4)
    assert rounds[1] == (["a", "b", "town"], 7)
    assert [count for _, count in rounds] == [4, 7, 10, 12][: len(rounds)]
    assert said[0] == "2 of 3 mixes go on to 7 replicates"
    assert set(found.left) <= {"a", "b"}
    assert len(found.values["c"]) == 4
    assert found.frontier == 4
    means = [found.values[name].mean() for name in found.left]
    assert means == sorted(means)
    assert found.without == {}


def test_a_forbidden_mix_competes_under_its_constraint_alone(run):
    values = {"a": spread(20.0), "b": spread(50.0), "x": spread(0.0), "y": spread(90.0)}
    mixes = (mix("a"), mix("b"), mix("x", "budget"), mix("y", "staff"))
    found, rounds, _ = run(values, mixes)
    assert found.left == ("a",)
    assert found.without == {"budget": "x", "staff": "a"}
    assert len(rounds) == 1


def test_where_nothing_differs_no_mix_is_called_the_best(found):
    found.left = ("town", "peers", "groups")
    found.values = dict.fromkeys(VALUES, np.zeros(4))
    assert write_table(found).startswith("No mix is best: Cost of services is the same with every")


def test_nothing_new_that_is_best_is_not_compared_with_itself(found):
    """It had a net benefit of $0 against itself, and a regret of -0."""
    found.left = ("town", "groups", "peers")
    assert write_table(found).startswith(
        "Best: TOWN. Cost of services is lowest with town as it is, in 4 paired replicates."
    )
    regrets = {row["scenario"]: row["regret"] for row in write_data(found)["mixes"]}
    assert str(regrets["town"]) == "0.0"


def test_the_frontier_says_what_each_of_its_numbers_is_compared_with(found):
    """$200 for 2 QALYs beside $150 a QALY: the one is from nothing new, the other from before."""
    found.frontier = found.frontier.assign(
        cost=[100.0, 300.0, 150.0], effect=[1.0, 3.0, 2.0], status="ND", icer=[np.nan, 150.0, 50.0]
    )
    said = write_table(found)
    assert "  PEERS: +$200, +2.0 QALYs, $150 a QALY" in said
    assert "what each adds to nothing new" in said
    assert "a QALY costs that the one before it does not gain" in said


def test_the_data_part_what_is_behind_from_what_cannot_be_told_apart(found):
    """As the sentence does; all that were left were called the same as the best."""
    found.values = {**found.values, "groups": found.values["peers"] + np.array([9.0, 9.1, 9, 9])}
    found.left = ("peers", "groups")
    data = write_data(found)
    assert data["cannot_be_told_apart"] == ["peers"]
    assert data["behind_but_not_left_out"] == ["groups"]
    assert "Behind, but not left out for sure in 4 replicates: GROUPS" in write_table(found)


def test_how_sure_it_is_goes_no_further_than_what_would_not_matter(found):
    """Groups are behind by 0.5 only: less than 1, which was said not to matter."""
    found.left = ("peers",)
    assert "; 1 other is behind by less than that, which would not matter." in write_table(found)
    found.posed.document.indifference = 0.25
    said = write_table(found)
    assert "No other mix is better by more than $0.25 (confidence 90%, chance alone)." in said


def test_every_mix_but_the_best_is_told_by_how_far_it_is_behind(found):
    """Whatever its name: those before and those after the best's in the alphabet."""
    lines = {line.split()[0]: line for line in write_table(found).split("\n") if line[:1].isupper()}
    # An interval for each of the others, a dash for the best.
    told = {name for name, line in lines.items() if " to " in line}
    assert told - {"Best:", "Frontier"} == {"GROUPS", "TOWN"}
    assert lines["PEERS"].split()[-3:] == ["-", "75%", "4"]


def test_every_mix_is_run_beside_the_base_and_the_base_once(run):
    """Whatever their names: before and after the base's in the alphabet."""
    values = {"alone": spread(9.0), "zeal": spread(0.0)}
    found, rounds, _ = run(values, (mix("town"), *map(mix, values)))
    assert rounds[0] == (["alone", "town", "zeal"], 4)
    assert set(found.values) == {"alone", "town", "zeal"}


def test_net_benefit_is_valued_at_the_middle_threshold_as_pages_are(found, monkeypatch):
    cost, effect = np.array([[0.0, 90.0, 40.0]]), np.array([[1.0, 1.5, 0.5]])
    names = ("town", "peers", "groups")
    valued = SimpleNamespace(worth=100.0, cost=cost, effect=effect)
    monkeypatch.setattr(choice, "pair", lambda *_: SimpleNamespace(names=names))
    monkeypatch.setattr(choice, "evaluate", lambda *_, **__: valued)
    found.posed.document.goal = "net_benefit"
    choice._measure(found, names, lambda scenarios, count: (scenarios, count), 1)
    assert [found.values[name].tolist() for name in names] == [[100.0], [60.0], [10.0]]


def test_the_option_of_a_mix_is_told_where_there_is_one(found):
    found.mixes[1].option = "evenings"
    told = {row["scenario"]: row["option"] for row in write_data(found)["mixes"]}
    assert told == {"town": None, "peers": "evenings", "groups": None, "both": None}


def test_the_frontier_is_of_the_base_and_what_is_allowed_whatever_else_was_run(found, monkeypatch):
    names = ("both", "groups", "peers", "town")
    cost, effect = np.array([[9.0, 4.0, 2.0, 0.0]]), np.array([[9.0, 1.0, 2.0, 1.0]])
    valued = SimpleNamespace(names=names, cost=cost, effect=effect)
    monkeypatch.setattr(choice, "evaluate", lambda *_: valued)
    table = choice._tabulate_frontier(found, None)
    assert table["status"].to_dict() == {"town": "ND", "peers": "ND", "groups": "D"}
    assert table.loc["peers", "icer"] == 2.0


def test_who_is_clearly_behind_is_not_said_to_be_as_good_as_the_best(found):
    """The town is behind by 2 (1 to 3): still in, since no round has left it out."""
    found.left = ("peers", "groups", "town")
    said = write_table(found).splitlines()[0]
    assert "It cannot be told apart from: GROUPS. Behind, but not left out" in said
    assert "in 4 replicates: TOWN; a larger `most`" in said


def test_no_mix_is_best_only_where_all_that_are_allowed_are_the_same(found):
    """Not where one was left out, and not of a single one that is allowed."""
    found.values = {name: np.zeros(4) for name in VALUES}
    found.left = ("town", "peers")
    assert not found.is_flat
    found.mixes = found.mixes[:2]
    assert found.is_flat
    found.values["peers"] = np.array([0.0, 0.0, 0.0, 1.0])
    assert not found.is_flat
    found.mixes, found.left = found.mixes[:1], ("town",)
    assert not found.is_flat


def test_more_is_better_of_what_is_good(run):
    """QALYs: the mix that has most of them is the best, alone and under a constraint."""
    values = {"a": spread(40.0), "b": spread(9.0), "x": spread(70.0), "y": spread(70.2)}
    values["town"] = np.zeros(99)
    mixes = (mix("town"), mix("a"), mix("b"), mix("x", "budget"), mix("y", "budget"))
    found, rounds, said = run(values, mixes, goal="qalys", most=7)
    assert found.left == ("a",)
    order = sorted("xy", key=lambda name: -values[name][:7].mean())
    assert found.without == {"budget": order[0]}
    assert rounds == [(["a", "b", "town", "x", "y"], 4), (["town", "x", "y"], 7)]
    assert said == ["2 of 5 mixes go on to 7 replicates"]
    found.frontier = None
    rows = {row["scenario"]: row["regret"] for row in write_data(found)["mixes"]}
    assert rows["b"] == pytest.approx((values["a"][:4] - values["b"][:4]).mean())
    lines = [line.split()[0] for line in write_table(found).split("\n") if line[:2] in ("A ", "B ")]
    assert lines == ["A", "B"]


def test_rounds_are_as_many_as_are_needed_and_no_more_than_the_most(run):
    values = {"a": spread(0.0), "b": spread(0.0) + np.tile([0.4, -0.4, 0.0], 33)}
    found, rounds, _ = run(values, tuple(map(mix, values)), zone=0.001)
    assert [count for _, count in rounds] == [4, 7, 10, 12]
    assert set(found.left) == {"a", "b"}
    assert found.left[0] == min(values, key=lambda name: values[name][:12].mean())


def test_equals_cannot_be_told_apart_whichever_comes_first(found):
    found.values["groups"] = found.values["peers"].copy()
    assert "It cannot be told apart from: GROUPS." in write_table(found)
    assert "Behind" not in write_table(found)


def test_what_would_not_matter_is_less_than_was_declared(found):
    """Groups are 0.5 behind and the town 2: of 0.5 none is near, of 2.5 both are. Shown in the unit of the goal."""
    found.left = ("peers",)
    document = found.posed.document
    for zone, said in (
        (0.5, "$0.5 (confidence 90%, chance alone)."),
        (2.5, "$2.5 (confidence 90%, chance alone); 2 others are behind"),
    ):
        document.indifference = zone
        assert f"No other mix is better by more than {said}" in write_table(found)
    found.posed.base.currency = "CHF"
    assert "by more than CHF 2.5 (" in write_table(found)
    document.goal = "qalys"
    assert "by more than 2.5 (" in write_table(found)
    # As far ahead as behind: by more than the zone is not near, on either side.
    document.indifference = 1.0
    assert "; 1 other is behind" in write_table(found)
    assert write_table(found).startswith("Best: PEERS. QALYs")


def test_a_mix_that_costs_no_more_has_no_sign():
    assert [choice._say_extra(amount, "USD") for amount in (0.0, 1.0)] == ["$0", "+$1.0"]


def test_net_benefit_and_spending_are_money_and_nothing_else(found):
    for goal in ("net_benefit", "cost", "admissions", "qalys", "staff"):
        found.posed.document.goal = goal
        assert choice._is_money(found) == (goal in ("net_benefit", "cost")), goal
