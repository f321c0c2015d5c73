"""The incremental table in every corner, and acceptability, loss and net benefit."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from analysis.economics import cea
from sim.errors import Refused

points = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=9)


def solve_by_brute_force(costs, effects):
    """Best at some willingness to pay, found by trying every pairwise threshold: the frontier without its collinear points."""
    ratios = [0.0, 1e9]
    for i in range(len(costs)):
        better = [j for j in range(len(costs)) if effects[i] > effects[j]]
        ratios += [(costs[i] - costs[j]) / (effects[i] - effects[j]) for j in better]
    ends = sorted({max(0.0, ratio) for ratio in ratios})
    tried = ends + [(a + b) / 2 for a, b in pairwise(ends)]
    best = set()
    for wtp in tried:
        benefit = wtp * np.array(effects) - np.array(costs)
        top = np.flatnonzero(benefit >= benefit.max() - 1e-6 * (1 + wtp))
        best |= set(top.tolist())
    return best


@given(points)
def test_frontier_is_where_someone_would_choose_it(rows):
    costs, effects = [float(c) for c, _ in rows], [float(e) for _, e in rows]
    names = [str(i) for i in range(len(rows))]
    table = cea.frontier(costs, effects, names)
    kept = {int(name) for name in table.index[table["status"] == "ND"]}
    chosen = solve_by_brute_force(costs, effects)
    values = {(costs[i], effects[i]) for i in kept}
    # At a willingness to pay of 0 the cheapest is chosen: whoever ties on cost with less effect is dominated.
    assert values <= {(costs[i], effects[i]) for i in chosen}
    for i in chosen - kept:
        assert (costs[i], effects[i]) in values or any(
            costs[j] <= costs[i] and effects[j] >= effects[i] for j in kept
        )


@given(points)
def test_ratios_rise_and_only_the_frontier_has_them(rows):
    table = cea.frontier([c for c, _ in rows], [e for _, e in rows])
    kept = table[table["status"] == "ND"]
    assert kept["icer"].isna().sum() == 1
    assert np.isnan(kept["icer"].iloc[0])
    assert kept["icer"].iloc[1:].is_monotonic_increasing
    assert (kept["icer"].iloc[1:] > 0).all()
    assert table.loc[table["status"] != "ND", "icer"].isna().all()


@given(points, st.permutations(range(9)))
def test_order_does_not_matter(rows, order):
    names = [f"s{i}" for i in range(len(rows))]
    unique = dict(zip(rows, names, strict=True))
    rows, names = list(unique), list(unique.values())
    shuffled = [i for i in order if i < len(rows)]
    one = cea.frontier([c for c, _ in rows], [e for _, e in rows], names)
    two = cea.frontier(
        [rows[i][0] for i in shuffled], [rows[i][1] for i in shuffled], [names[i] for i in shuffled]
    )
    pd.testing.assert_frame_equal(one.sort_index(), two.sort_index())


def test_equality_stays_on_the_frontier():
    table = cea.frontier([0, 10, 20, 30], [0, 1, 2, 3], list("abcd"))
    assert list(table["status"]) == ["ND"] * 4
    assert table["icer"].iloc[1:].tolist() == [10, 10, 10]


def test_extended_dominance_is_repeated():
    # b falls only after c has fallen.
    table = cea.frontier([0, 50, 75, 80], [0, 2.0, 2.5, 4.0], list("abcd"))
    assert table["status"].to_dict() == {"a": "ND", "d": "ND", "b": "ED", "c": "ED"}
    assert table.loc["d", "icer"] == 20


def test_frontier_agrees_with_a_convex_hull():
    rng = np.random.default_rng(3)
    cost, effect = rng.uniform(0, 100, 60), rng.uniform(0, 10, 60)
    table = cea.frontier(cost, effect)
    hull = {f"strategy {i + 1}" for i in ConvexHull(np.column_stack([effect, cost])).vertices}
    assert set(table.index[table["status"] == "ND"]) <= hull


def test_duplicates_keep_the_first():
    table = cea.frontier([5, 5, 9], [1, 1, 2], ["first", "second", "third"])
    assert table["status"].to_dict() == {"first": "ND", "third": "ND", "second": "D"}


def test_cost_saving_and_single_strategy():
    table = cea.frontier([100, 80], [1, 2], ["old", "new"])
    assert table.loc["old", "status"] == "D"
    assert cea.frontier([1], [1]).loc["strategy 1", "status"] == "ND"


def test_south_west_ratio_is_a_saving_per_unit_lost():
    table = cea.compare_pairwise(
        [100, 60, 80, 130, 130], [10, 8, 11, 9, 12], ["ref", "sw", "se", "nw", "ne"]
    )
    assert table["quadrant"].to_dict() == {"sw": "SW", "se": "SE", "nw": "NW", "ne": "NE"}
    assert table.loc["sw", "ratio"] == 20
    assert table.loc["sw", "meaning"] == "saving per unit lost"
    assert table.loc["ne", "ratio"] == 15
    assert table.loc[["se", "nw"], "ratio"].isna().all()


def test_ratio_of_means_not_mean_of_ratios():
    cost, effect = np.array([[0.0, 10.0], [0.0, 30.0]]), np.array([[0.0, 1.0], [0.0, 1.5]])
    assert cea.frontier(cost, effect, ["a", "b"]).loc["b", "icer"] == 40 / 2.5


def test_acceptability_sums_to_one_and_ties_share():
    cost, effect = np.zeros((4, 3)), np.array([[1.0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 0, 0]])
    shares = cea.ceac(cost, effect, [0, 1000])
    assert shares.shape == (2, 3)
    assert shares[0].tolist() == pytest.approx([1 / 3] * 3)
    assert shares[1].tolist() == pytest.approx(
        [(0.5 + 1 + 1 / 3) / 4, (0.5 + 1 / 3) / 4, (1 + 1 / 3) / 4]
    )
    assert cea.ceac(cost, effect, 1000).shape == (3,)


def test_frontier_of_acceptability_follows_the_mean_not_the_majority():
    # Skewed: b is better in 3 of 4 draws, a on average.
    effect = np.array([[0.0, 1], [0, 1], [0, 1], [10, 0]])
    cost = np.zeros((4, 2))
    assert cea.ceaf(cost, effect, [1.0]).tolist() == [0.25]
    assert cea.choose(cost, effect, 1.0) == 0
    assert cea.ceac(cost, effect, 1.0).tolist() == [0.25, 0.75]


def test_least_expected_loss_is_the_value_of_information():
    from analysis.economics import voi

    rng = np.random.default_rng(5)
    cost, effect = rng.normal(0, 1000, (500, 4)), rng.normal(0, 1, (500, 4))
    for wtp in (0.0, 500.0, 5000.0):
        loss = cea.expected_loss(cost, effect, wtp)
        nmb = cea.net_monetary_benefit(cost, effect, wtp)
        assert loss.min() == pytest.approx(voi.evpi(nmb))
        assert (loss >= 0).all()


def test_health_benefit_is_money_over_threshold():
    assert cea.net_health_benefit(1000, 2.0, 500) == pytest.approx(
        cea.net_monetary_benefit(1000, 2.0, 500) / 500
    )
    with pytest.raises(Refused, match="above 0"):
        cea.net_health_benefit(1, 1, 0)


@pytest.mark.parametrize(
    ("cost", "effect"),
    [
        (np.zeros((3, 2)), np.zeros((2, 2))),
        (np.zeros(3), np.zeros(3)),
        (np.full((2, 2), np.nan), np.zeros((2, 2))),
        (np.zeros((0, 2)), np.zeros((0, 2))),
        (np.zeros((2, 0)), np.zeros((2, 0))),
    ],
)
def test_wrong_shapes_and_missing_values_are_refused(cost, effect):
    with pytest.raises(Refused):
        cea.ceac(cost, effect, 1000)


def test_names_that_repeat_are_refused():
    with pytest.raises(Refused, match="same name"):
        cea.frontier([1, 2], [1, 2], ["a", "a"])


def test_named_values_are_put_in_order_whatever_holds_them():
    cost, effect = {"a": 1.0, "b": 2.0}, {"b": 5.0, "a": 1.0}
    wanted = cea.frontier([1.0, 2.0], [1.0, 5.0], ["a", "b"])
    draws = pd.DataFrame([cost, cost]), pd.DataFrame([effect, effect])
    for found in (
        cea.frontier(cost, effect),
        cea.frontier(pd.Series(cost), pd.Series(effect)),
        cea.frontier(*draws),
    ):
        pd.testing.assert_frame_equal(found, wanted)
    # Rows picked from a table keep its numbers, which name nothing.
    rows = pd.DataFrame(
        {"name": ["x", "a", "b"], "cost": [9.0, 1.0, 2.0], "effect": [0.0, 1.0, 5.0]}
    ).iloc[1:]
    pd.testing.assert_frame_equal(cea.frontier(rows["cost"], rows["effect"], rows["name"]), wanted)
    with pytest.raises(Refused, match="no value for a among b, c"):
        cea.frontier(cost, {"b": 1.0, "c": 2.0})


def test_small_units_do_not_hide_extended_dominance():
    table = cea.frontier([0, 2e-10, 2.2e-10], [0, 1, 2], list("abc"))
    assert table["status"].to_dict() == {"a": "ND", "c": "ND", "b": "ED"}


def test_rounding_does_not_strike_a_mixture():
    parts = np.array([0.1, 0.3, 0.4, 0.7, 0.9])
    assert set(cea.frontier(1e6 + 12_345.6 * parts, parts)["status"]) == {"ND"}


@pytest.mark.parametrize("wtp", [np.nan, [1000, np.inf], -1, np.ones((2, 2))])
def test_a_willingness_to_pay_that_has_no_meaning_is_refused(wtp):
    with pytest.raises(Refused, match="willingness to pay"):
        cea.ceac(np.zeros((3, 2)), np.ones((3, 2)), wtp)


def test_an_unknown_reference_is_refused():
    with pytest.raises(Refused, match="no strategy 'z' among a, b"):
        cea.compare_pairwise([1, 2], [1, 2], ["a", "b"], "z")


@pytest.mark.parametrize(
    ("cost", "effect", "quadrant"),
    [
        (5.0, 0.0, "NW"),
        (-5.0, 0.0, "SE"),
        (0.0, 2.0, "SE"),
        (0.0, -2.0, "NW"),
        (0.0, 0.0, "origin"),
        (5.0, 2.0, "NE"),
        (-5.0, -2.0, "SW"),
    ],
)
def test_on_an_axis_one_side_dominates_as_the_frontier_says(cost, effect, quadrant):
    """Dearer for nothing is dominated; a saving that costs no health dominates; neither has a ratio."""
    row = cea.compare_pairwise([10.0, 10.0 + cost], [3.0, 3.0 + effect], ["ref", "it"]).loc["it"]
    assert row["quadrant"] == quadrant
    assert np.isfinite(row["ratio"]) == (quadrant in ("NE", "SW"))
    table = cea.frontier([10.0, 10.0 + cost], [3.0, 3.0 + effect], ["ref", "it"])
    assert (table.loc["it", "status"] == "D") == (quadrant in ("NW", "origin"))
    assert (table.loc["ref", "status"] == "D") == (quadrant == "SE")


def test_ties_are_told_by_the_size_of_the_amounts_also_where_all_are_losses():
    """Rounding of amounts of a trillion is far above that of a thousandth; below 0 as above it."""
    best = 1e12
    tied, worse = best * (1 - 1e-13), best * (1 - 1e-11)
    for sign in (1.0, -1.0):
        values = np.array([[sign * best, sign * tied, sign * worse]])
        if sign < 0:
            values = np.array([[-best, -best * (1 + 1e-13), -best * (1 + 1e-11)]])
        assert cea.share_best(values).tolist() == [[0.5, 0.5, 0.0]][0], sign
    small = np.array([[-1e-3, -1e-3 - 1e-13, -1.0]])
    assert cea.share_best(small).tolist() == [0.5, 0.5, 0.0]
    assert cea.share_best(np.array([[-1e-3, -1e-3 - 1e-10, -1.0]])).tolist() == [1.0, 0.0, 0.0]


def test_one_draw_of_one_strategy_is_enough_to_be_valued():
    assert cea.ceac([[0.0, 100.0]], [[0.0, 1.0]], [50, 150]).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert cea.expected_loss([[0.0, 100.0]], [[0.0, 1.0]], 150).tolist() == [50.0, 0.0]
    assert cea.ceac([[5.0]], [[1.0]], 0).tolist() == [1.0]
    assert cea.ceaf([[5.0], [6.0]], [[1.0], [0.0]], 10).tolist() == 1.0


def test_costs_and_effects_of_different_draws_are_not_averaged_together():
    with pytest.raises(Refused, match="2 draws of the cost and 1 of the effect"):
        cea.frontier([[1.0, 2.0], [1.0, 3.0]], [[0.0, 1.0]], ["a", "b"])


def test_a_worth_of_a_qaly_that_is_no_number_is_refused_in_words():
    with pytest.raises(Refused, match="willingness to pay must be"):
        cea.ceac([[1.0, 2.0], [1.0, 3.0]], [[0.0, 1.0], [0.0, 1.0]], "50,000")


def test_the_table_has_the_frontier_first_then_mixtures_then_who_is_dominated_each_by_cost():
    """And what each on the frontier costs and gives more than the one before."""
    names = ["dear", "usual", "mixed", "waste", "peers", "dearer"]
    cost, effect = [900.0, 0.0, 300.0, 50.0, 100.0, 950.0], [6.0, 0.0, 2.5, -1.0, 2.0, 6.0]
    table = cea.frontier(cost, effect, names)
    assert list(table.index) == ["usual", "peers", "dear", "mixed", "waste", "dearer"]
    assert table["status"].tolist() == ["ND", "ND", "ND", "ED", "D", "D"]
    ratios = table[["inc_cost", "inc_effect", "icer"]]
    assert ratios.iloc[1:3].to_numpy().tolist() == [[100.0, 2.0, 50.0], [800.0, 4.0, 200.0]]
    assert ratios.drop(["peers", "dear"]).isna().all(axis=None)


def test_any_strategy_may_be_the_one_that_others_are_compared_with():
    table = cea.compare_pairwise([10.0, 40.0, 25.0], [1.0, 3.0, 2.5], list("abc"), "b")
    assert table.to_dict("index") == {
        "a": {"inc_cost": -30.0, "inc_effect": -2.0, "quadrant": "SW", "ratio": 15.0}
        | {"meaning": "saving per unit lost"},
        "c": {"inc_cost": -15.0, "inc_effect": -0.5, "quadrant": "SW", "ratio": 30.0}
        | {"meaning": "saving per unit lost"},
    }
    assert list(cea.compare_pairwise([10.0, 40.0], [1.0, 3.0]).index) == ["strategy 2"]


def test_health_may_be_bought_for_less_than_one():
    assert cea.net_health_benefit(1.0, 5.0, 0.5) == 3.0
    assert cea.ceac([[0.0, 1.0]], [[0.0, 3.0]], 0.5).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("cost", "effect", "said"),
    [
        ([1.0, np.nan, 2.0], [1.0, 2.0, 3.0], "cost or effect of b is missing"),
        ([1.0, 2.0, 3.0], [np.inf, 2.0, np.inf], "cost or effect of a, c is missing"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], "a number for each of 3 strategies"),
        ([1.0, 2.0, 3.0], np.ones((4, 2)), "a number for each of 3 strategies"),
    ],
)
def test_a_strategy_without_its_numbers_is_named(cost, effect, said):
    with pytest.raises(Refused, match=said):
        cea.frontier(cost, effect, list("abc"))
