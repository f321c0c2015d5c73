"""What callers hand over: labels that disagree, masks, and what is no number are refused, not taken
place by place.
"""

import numpy as np
import pandas as pd
import pytest

from analysis import cea, equity, sensitivity, voi
from analysis.economics.discounting import find_weights, weigh_cycles
from sim.errors import Refused

COST = pd.DataFrame({"usual": [0.0, 0.0], "peers": [100.0, 300.0]})
EFFECT = pd.DataFrame({"usual": [0.0, 0.0], "peers": [1.0, 1.0]})
DRAWS = 40


@pytest.fixture
def drawn():
    """Draws of a parameter that decides, and the net benefit of two strategies."""
    x = pd.Series(np.linspace(-1.0, 1.0, DRAWS), name="x")
    return x, pd.DataFrame({"usual": 0.0 * x, "peers": 10.0 * x})


@pytest.mark.parametrize(
    "measure",
    [
        lambda cost, effect: cea.ceac(cost, effect, 200),
        lambda cost, effect: cea.expected_loss(cost, effect, 200),
        lambda cost, effect: cea.net_monetary_benefit(cost, effect, 200),
        lambda cost, effect: cea.net_health_benefit(cost, effect, 200),
    ],
)
def test_strategies_in_another_order_are_not_taken_for_each_other(measure):
    swapped = EFFECT[["peers", "usual"]]
    with pytest.raises(Refused, match="same labels in another order"):
        measure(COST, swapped)
    assert np.array_equal(measure(COST, swapped[COST.columns]), measure(COST, EFFECT))
    # Labels that have nothing to do with each other say nothing about what belongs together.
    assert np.array_equal(measure(COST, EFFECT.set_axis([7, 8])), measure(COST, EFFECT))


def test_draws_in_another_order_are_not_taken_for_each_other(drawn):
    x, benefit = drawn
    shuffled = x.sample(frac=1.0, random_state=1)
    known = voi.evppi(benefit, x.to_frame()).value
    assert known == pytest.approx(2.56, abs=0.1)  # half of the mean of |10 x|
    for ask in (
        lambda: voi.evppi(benefit, shuffled.to_frame()),
        lambda: sensitivity.find_thresholds(shuffled, benefit),
        lambda: sensitivity.tabulate_tornado(x.to_frame(), benefit["peers"][shuffled.index]),
        lambda: sensitivity.find_box(x.to_frame(), benefit["peers"][shuffled.index] > 0),
    ):
        with pytest.raises(Refused, match="same labels in another order"):
            ask()
    assert voi.evppi(benefit, shuffled.sort_index().to_frame()).value == pytest.approx(known)


def test_groups_in_another_order_are_not_weighed_by_each_others_people():
    health = pd.Series({"east": 60.0, "west": 80.0})
    people = pd.Series({"west": 9.0, "east": 1.0})
    with pytest.raises(Refused, match="same labels in another order"):
        equity.kolm(health, people)
    assert equity.kolm(health, people[health.index], 0.0) == pytest.approx(0.0)
    with pytest.raises(Refused, match="baseline and gain"):
        equity.distribute(health, people, 1.0, [1, 1], 1000.0)


def test_what_is_masked_complex_or_a_date_is_no_number():
    hidden = np.ma.masked_array([1.0, 99.0], [False, True])
    for odd, said in (
        (hidden, "masked"),
        (np.array([1 + 2j, 2]), "complex"),
        (np.array(["2020", "2021"], dtype="M8[Y]"), "datetime"),
    ):
        with pytest.raises(Refused, match=said):
            cea.frontier(odd, [1, 2], ["a", "b"])
        with pytest.raises(Refused, match=said):
            equity.atkinson(odd)


def test_two_parameters_of_one_name_are_refused(drawn):
    x, benefit = drawn
    twice = pd.concat([x, 0.0 * x], axis=1).set_axis(["x", "x"], axis=1)
    with pytest.raises(Refused, match="two parameters have the same name"):
        voi.evppi(benefit, twice, ["x"])
    with pytest.raises(Refused, match="different names"):
        sensitivity.tabulate_tornado(twice, benefit["peers"])


def test_what_is_missing_did_not_happen_and_is_no_gain_of_0(drawn):
    x, _ = drawn
    happened = (x > 0.5).astype(float).where(x > -0.5)
    with pytest.raises(Refused, match="missing"):
        sensitivity.find_box(x.to_frame(), happened)
    with pytest.raises(Refused, match="missing"):
        sensitivity.compare_structures({"homes": [1.0, np.nan], "streets": [1.0, 2.0]})
    with pytest.raises(Refused, match="missing"):
        sensitivity.find_thresholds(x, np.full((DRAWS, 2), np.nan))
    with pytest.raises(Refused, match="in no quadrant"):
        cea.find_quadrant(np.nan, 1.0)


def test_gains_and_losses_that_cancel_have_no_concentration():
    assert np.isnan(equity.concentration_index([1.0, -1.0]))
    assert equity.concentration_index([0.0, 0.0]) == 0.0
    assert equity.concentration_index([1.0, -1.0, 1.0]) == pytest.approx(0.0)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: weigh_cycles(3, "halves"),
        lambda: find_weights(-3, 0.03),
        lambda: find_weights(2.5, 0.03),
        lambda: find_weights(3, float("nan")),
        lambda: voi.enbs(1.0, [10], size=-5, per_person=1.0),
        lambda: voi.scale_to_population(1.0, [-5, 2]),
        lambda: voi.simulate_study({"x": [1.0, 2.0]}, {"x": -1.0}, 10),
        lambda: sensitivity.compare_structures({"a": [1.0], "b": [2.0]}, {"a": 2.0, "b": -1.0}),
        lambda: sensitivity.compare_structures({"all": [1.0], "b": [2.0]}),
        lambda: cea.compare_pairwise(np.ones((3, 2)), np.ones((2, 2)), ["a", "b"]),
    ],
)
def test_what_has_no_meaning_is_refused(ask):
    with pytest.raises(Refused):
        ask()


@pytest.mark.parametrize("outcomes", [np.ones(63), np.ones(0)])
def test_a_design_of_another_size_is_refused(outcomes):
    problem = {"num_vars": 2, "names": ["x", "y"], "bounds": [[0, 1], [0, 1]]}
    with pytest.raises(Refused, match="Saltelli"):
        sensitivity.analyze_sobol(problem, outcomes)
    with pytest.raises(Refused, match="Morris"):
        sensitivity.analyze_morris(problem, np.zeros((6, 2)), np.ones(5))


def test_numbers_stored_as_text_are_refused_and_not_read():
    for odd in (["1", "2"], pd.Categorical(["1", "2"]), pd.Series(["1_000", 2.0], dtype=object)):
        with pytest.raises(Refused, match="not text"):
            cea.frontier(odd, [1, 2], ["a", "b"])
    coded = pd.Series([1, 2]).astype("category")
    assert equity.find_gap(coded) == (1.0, 2.0)


def test_labels_that_nothing_asks_for_still_say_what_belongs_together(drawn):
    x, benefit = drawn
    cost, effect = pd.Series({"usual": 0.0, "peers": 5.0}), pd.Series({"peers": 1.0, "usual": 0.0})
    assert cea.frontier(cost, effect).loc["peers", "icer"] == 5.0
    for ask in (
        lambda: cea.frontier(cost, effect, ["one", "two"]),
        lambda: cea.compare_pairwise(cost, effect, ["one", "two"]),
        lambda: voi.evppi(benefit, {"x": x[::-1]}),
        lambda: equity.distribute(
            cost, cost, 1.0, [1, 1], 1000.0, opportunity=cost[::-1] + 1.0, index="kolm"
        ),
    ):
        with pytest.raises(Refused, match="same labels in another order"):
            ask()
    assert cea.frontier(cost, effect[::-1], ["one", "two"]).loc["two", "icer"] == 5.0


def test_a_parameter_is_named_by_its_place_in_numpy_too(drawn):
    x, benefit = drawn
    table = pd.DataFrame({"noise": np.cos(50 * x), "x": x})
    known = voi.evppi(benefit, table, "x")
    assert known.value > 1.0
    assert voi.evppi(benefit, table, np.int64(1)) == known
    assert voi.evppi(benefit, table["x"]).value == pytest.approx(known.value)
    with pytest.raises(Refused, match="neither"):
        voi.evppi(benefit, table, True)


def test_a_strategy_whose_name_is_a_number_can_be_the_reference():
    table = cea.compare_pairwise({2030: 0.0, 2031: 5.0}, {2031: 1.0, 2030: 0.0}, reference=2030)
    assert table.loc["2031", "ratio"] == 5.0


@pytest.mark.parametrize("worth", [float("nan"), float("inf"), -1.0])
def test_health_without_a_worth_has_no_net_benefit(worth):
    for measure in (cea.net_monetary_benefit, cea.net_health_benefit):
        with pytest.raises(Refused, match="willingness to pay"):
            measure([1.0], [1.0], worth)
    with pytest.raises(Refused, match="shape"):
        cea.net_monetary_benefit([1.0, 2.0], [1.0, 2.0, 3.0], 5.0)


def test_three_for_three_percent_is_no_discount_rate():
    with pytest.raises(Refused, match=r"3% is written 0\.03"):
        find_weights(52, 3)
    assert find_weights(2, 1.0, "start", per_year=1).tolist() == [1.0, 0.5]
