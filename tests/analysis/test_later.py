"""What deciding later is worth, by hand: replicates in which the rule is right, and in which not."""

import json

import numpy as np
import pytest

from analysis.economics.later import find_trees, value_later
from analysis.reports.context import open_context
from analysis.reports.plans.later import fill_later
from analysis.runs.pairing import pair
from sim.store import Store

OPTIONS = {"stay": {"title": "Stay"}, "expand": {"services": {"ward": {"rank": 1}}}}
RULES = {"full": {"when": {"kpi": "occupancy", "above": 0.5}, "take": "expand"}}


@pytest.fixture
def make_tree(make_runs, declare):
    """Runs of two options of a branch in which the rules take each in turn."""

    def make(rules, replicates=4):
        def option(take):
            branch = {"at": "week 52", "options": OPTIONS, "take": take}
            return declare(
                f"later-{take}", more={"branch": branch | ({"rules": rules} if rules else {})}
            )

        runs = make_runs(
            {"later-stay": 0.0, "later-expand": -0.05},
            replicates,
            [option("stay"), option("expand")],
        )
        with Store.open(runs / "runs.db") as store:
            for key, seed in store.query("SELECT key, seed FROM runs"):
                action = "take expand" if int(str(seed)) % 2 else "take stay"
                row = (key, 52, "branch", "full", action, json.dumps({}), "occupancy at 0.7")
                store.connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            store.connection.commit()
        return runs

    return make


def test_a_tree_is_found_with_what_its_rules_take(make_tree):
    pairs = pair(make_tree(RULES), "later-stay")
    (tree,) = find_trees(pairs)
    assert tree.at == 52
    assert tree.scenarios == {"stay": "later-stay", "expand": "later-expand"}
    assert tree.taken.tolist() == [seed % 2 for seed, _ in pairs.replicates]


def test_deciding_later_is_worth_what_the_rule_gains_over_the_best_option(make_tree):
    """By hand: expand is best on average (2.5 against 2); the rule gets 4, 0, 4, 0 less that."""
    pairs = pair(make_tree(RULES), "later-stay")
    (tree,) = find_trees(pairs)
    tree = replace_taken(tree, [1, 0, 1, 0])
    values = np.array([[2.0, 4.0], [2.0, 1.0], [2.0, 4.0], [2.0, 1.0]])
    found = value_later(pairs, tree, values)
    assert found.best == "expand"
    assert found.gain.mean == pytest.approx((4 + 2 + 4 + 2) / 4 - 2.5)
    assert found.foresight.mean == pytest.approx(0.5)
    wrong = value_later(pairs, replace_taken(tree, [0, 1, 0, 1]), values)
    assert wrong.gain.mean == pytest.approx((2 + 1 + 2 + 1) / 4 - 2.5)
    assert wrong.foresight == found.foresight


def replace_taken(tree, taken):
    return tree._replace(taken=np.array(taken))


def test_the_page_shows_the_tree_and_says_what_later_is_worth(make_tree):
    case = open_context(make_tree(RULES), "later-stay")
    (tree,) = fill_later(case)
    assert [row[0] for row in tree["figure"].table.rows] == ["Stay (stay)", "expand"]
    assert "in 2 of 4 replicates" in tree["figure"].alt
    assert "against deciding now" in " ".join(tree["said"])


def test_without_rules_the_page_says_that_none_choose(make_tree):
    case = open_context(make_tree(None), "later-stay")
    (tree,) = fill_later(case)
    assert "No rule says how to choose" in " ".join(tree["said"])


def test_scenarios_without_a_branch_have_no_tree(make_runs):
    assert fill_later(open_context(make_runs(replicates=2))) == []


def test_one_option_alone_is_no_branch_to_decide_at(make_runs, declare):
    branch = {"at": "week 52", "options": OPTIONS, "take": "expand"}
    names = {"baseline": 0.0, "later-expand": -0.05}
    runs = make_runs(names, 2, [declare("later-expand", more={"branch": branch})], folder="one")
    assert find_trees(pair(runs)) == []


def test_a_branch_is_told_from_another_that_looks_the_same_but_for_its_week(make_runs, declare):
    """The options of one: two scenarios at week 52, and one of the same at week 26."""
    declared = [
        declare(
            f"{take}-{week}",
            more={"branch": {"at": f"week {week}", "options": OPTIONS, "take": take}},
        )
        for take, week in (("stay", 52), ("expand", 52), ("stay", 26))
    ]
    names = {"baseline": 0.0} | {one.name: -0.05 for one in declared}
    (tree,) = find_trees(pair(make_runs(names, 2, declared)))
    assert (tree.at, tree.taken) == (52, None)
    assert tree.scenarios == {"stay": "stay-52", "expand": "expand-52"}


def test_what_the_rules_take_is_known_of_all_replicates_or_of_none(make_tree):
    runs = make_tree(RULES)
    with Store.open(runs / "runs.db") as store:
        store.connection.execute("UPDATE decisions SET action = 'take leave' WHERE rowid = 1")
        store.connection.execute(
            "UPDATE decisions SET body = 'committee' WHERE action = 'take stay'"
        )
        store.connection.commit()
    (tree,) = find_trees(pair(runs, "later-stay"))
    assert tree.taken is None
