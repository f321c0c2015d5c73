"""Guards of the value of information, populations, studies and the removal of chance."""

from __future__ import annotations

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from analysis.economics import cea, voi
from analysis.economics.metamodel import Fit
from sim.errors import Refused


@given(arrays(float, (20, 3), elements=st.floats(-1e6, 1e6)))
def test_perfect_information_is_never_worth_less_than_nothing(nmb):
    assert voi.evpi(nmb) >= 0
    assert voi.evpi(nmb + 7.0) == pytest.approx(voi.evpi(nmb), abs=1e-6)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_guards_hold_between_separate_calls(seed):
    rng = np.random.default_rng(seed)
    known = pd.DataFrame(rng.normal(size=(150, 4)), columns=list("abcd"))
    nmb = np.column_stack(
        [np.zeros(150), known["a"] * known["b"] + rng.normal(size=150), known["c"] ** 2 - 1]
    )
    total = voi.evpi(nmb)
    values = {
        names: voi.evppi(nmb, known, of=list(names)).value
        for size in range(1, 5)
        for names in combinations("abcd", size)
    }
    for names, value in values.items():
        assert 0 <= value <= total
        assert all(value <= larger for more, larger in values.items() if set(names) < set(more))


def test_guards_hold_among_many_parameters_of_which_few_matter():
    rng = np.random.default_rng(13)
    known = rng.normal(size=(300, 12))
    nmb = np.column_stack(
        [np.zeros(300), known[:, 0] + known[:, 1] * known[:, 2] + 0.5 * rng.normal(size=300)]
    )
    order = [3, 0, 7, 1, 4, 2, 11, 5, 9, 6, 10, 8]
    values = [voi.evppi(nmb, known, of=order[:size]).value for size in range(1, 13)]
    assert values == sorted(values)
    assert 0.8 * voi.evpi(nmb) < values[-1] <= voi.evpi(nmb)


def test_irrelevant_and_constant_parameters_are_worth_nothing():
    rng = np.random.default_rng(1)
    known = {
        "matters": rng.normal(size=2000),
        "idle": rng.normal(size=2000),
        "constant": np.ones(2000),
    }
    nmb = np.column_stack([np.zeros(2000), known["matters"]])
    assert voi.evppi(nmb, known, of=["idle"]).value < 0.002
    assert voi.evppi(nmb, known, of=["constant"]).value == pytest.approx(0, abs=1e-9)
    assert voi.evppi(nmb, known, of=["matters"]).value == pytest.approx(voi.evpi(nmb), rel=0.01)
    assert voi.evppi(nmb, known, of=["matters", "constant"]).value == pytest.approx(
        voi.evpi(nmb), rel=0.01
    )


def test_a_discrete_parameter_and_a_skewed_one():
    rng = np.random.default_rng(2)
    switch, skewed = rng.integers(0, 2, 4000).astype(float), rng.lognormal(0, 1, 4000)
    nmb = np.column_stack([np.zeros(4000), np.where(switch > 0, 1.0, -1.0) + 0.0 * skewed])
    assert voi.evppi(nmb, {"switch": switch, "skewed": skewed}, of="switch").value == pytest.approx(
        0.5, abs=0.03
    )


def test_nothing_to_learn_where_one_strategy_always_wins():
    rng = np.random.default_rng(3)
    nmb = np.column_stack([np.zeros(200), 5 + rng.uniform(size=200)])
    assert voi.evppi(nmb, rng.normal(size=(200, 2))) == (0.0, 0.0)
    assert voi.evppi(nmb[:, :1], rng.normal(size=(200, 2))).value == 0


def test_unit_and_labels_do_not_matter():
    rng = np.random.default_rng(4)
    known = rng.normal(size=(800, 2))
    nmb = np.column_stack([known[:, 0], known[:, 1], np.zeros(800)])
    one = voi.evppi(nmb, known, of=[0])
    assert voi.evppi(1e6 * nmb, known, of=[0]).value == pytest.approx(1e6 * one.value, rel=1e-6)
    assert voi.evppi(nmb, pd.DataFrame(known, columns=["a", "b"]), of=["a"]).value == pytest.approx(
        one.value
    )


def test_unknown_parameters_and_unmatched_rows_are_refused():
    nmb = np.random.default_rng(0).normal(size=(10, 2))
    with pytest.raises(Refused, match="no parameter 'z'"):
        voi.evppi(nmb, {"a": np.arange(10.0)}, of=["z"])
    with pytest.raises(Refused, match="rows must match"):
        voi.evppi(nmb, {"a": np.arange(9.0)})


def test_population_and_study():
    assert voi.scale_to_population(10, [100, 100], 0.0) == 2000
    assert voi.scale_to_population(10, [100, 100], 0.05) == pytest.approx(1000 + 1000 / 1.05)
    assert voi.scale_to_population(10, [100], 0.05, timing="end") == pytest.approx(1000 / 1.05)
    assert voi.enbs(10, [100, 100], size=20, per_person=50, fixed=500) == 2000 - 500 - 1000


def test_a_larger_study_is_worth_more_and_never_more_than_knowing():
    rng = np.random.default_rng(6)
    known = {"a": rng.normal(size=4000), "b": rng.normal(size=4000)}
    nmb = np.column_stack([np.zeros(4000), known["a"] + known["b"]])
    small, large = (
        voi.evsi(nmb, voi.simulate_study(known, {"a": 3.0}, size)).value for size in (5, 500)
    )
    assert 0 < small < large <= voi.evppi(nmb, known, of=["a"]).value + 0.01


def test_removing_chance_keeps_means_and_the_covariance_of_parameters():
    rng = np.random.default_rng(7)
    truth = rng.multivariate_normal([1.0, 0.0, -1.0], [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 2]], 20_000)
    nmb = (
        truth[:, None, :]
        + 3 * rng.normal(size=(20_000, 4, 3))
        + 2 * rng.normal(size=(20_000, 4, 1))
    )
    cleared = voi.denoise(nmb)
    assert cleared.mean(axis=0) == pytest.approx(nmb.mean(axis=(0, 1)))
    contrasts = cleared[:, 1:] - cleared[:, :1], truth[:, 1:] - truth[:, :1]
    assert np.cov(contrasts[0].T) == pytest.approx(np.cov(contrasts[1].T), abs=0.15)


def test_without_chance_nothing_is_removed_and_without_replicates_it_is_refused():
    values = np.random.default_rng(8).normal(size=(50, 1, 3))
    assert voi.denoise(np.repeat(values, 3, axis=1)) == pytest.approx(values[:, 0])
    with pytest.raises(Refused, match="at least two"):
        voi.denoise(values)


def test_pure_chance_leaves_nothing_to_know():
    nmb = np.random.default_rng(9).normal(size=(400, 30, 2))
    assert voi.evpi(voi.denoise(nmb)) < 0.35 * voi.evpi(nmb.mean(axis=1))


def test_speed_for_five_strategies_and_ten_thousand_draws(cost):
    rng = np.random.default_rng(10)
    money, effect, known = (
        rng.normal(size=(10_000, 5)),
        rng.normal(size=(10_000, 5)),
        rng.normal(size=(10_000, 5)),
    )

    def evaluate():
        cea.frontier(money, effect)
        for measure in (cea.ceac, cea.ceaf, cea.expected_loss):
            measure(money, effect, np.linspace(0, 100_000, 51))
        voi.evpi(money)

    assert cost(evaluate) < 100
    assert cost(lambda: voi.evppi(known + 0.1 * money, known)) < 3_000


def test_a_few_extreme_draws_do_not_hide_what_a_skewed_benefit_depends_on():
    # E[max(xy - e, 0)] - 0 of lognormals; knowing x alone: E[max(x sqrt(e) - e, 0)] - 0, a call at the money.
    truth = np.e * (norm.cdf(0.5) - norm.cdf(-0.5))
    for seed in (1, 6):
        rng = np.random.default_rng(seed)
        known = {"x": rng.lognormal(size=2000), "y": rng.lognormal(size=2000)}
        nmb = np.column_stack([np.zeros(2000), known["x"] * known["y"] - np.e])
        assert voi.evppi(nmb, known, of=["x", "y"]).value == pytest.approx(voi.evpi(nmb), rel=0.02)
        single = voi.evppi(nmb, known, of="x")
        assert single.value == pytest.approx(truth, abs=0.25)


def test_a_rare_disaster_is_seen():
    rng = np.random.default_rng(3)
    known = {"risk": rng.uniform(size=5000), "idle": rng.uniform(size=5000)}
    nmb = np.column_stack([np.zeros(5000), np.where(known["risk"] < 0.006, -1000.0, 1.0)])
    assert voi.evppi(nmb, known, of="risk").value > 0.3 * voi.evpi(nmb)
    assert voi.evppi(nmb, known, of="idle").value < 0.05 * voi.evpi(nmb)


@pytest.mark.parametrize(
    "parameters", [{"a": ["x"] * 10}, {"a": np.arange(10.0), "b": np.arange(9.0)}]
)
def test_parameters_that_are_no_numbers_are_refused(parameters):
    with pytest.raises(Refused, match=r"must be (real )?numbers|columns of numbers"):
        voi.evppi(np.random.default_rng(0).normal(size=(10, 2)), parameters)


def test_a_study_of_nobody_or_of_nothing_known_is_refused():
    with pytest.raises(Refused, match="people, at least one"):
        voi.simulate_study({"a": np.arange(10.0)}, {"a": 1.0}, 0)
    with pytest.raises(Refused, match="no parameter 'z'"):
        voi.simulate_study({"a": np.arange(10.0)}, {"z": 1.0}, 10)


def test_luck_that_all_draws_share_is_not_taken_for_noise():
    rng = np.random.default_rng(12)
    theta, shared, own = (
        rng.normal(size=(400, 1)),
        5 * rng.normal(size=(1, 4)),
        0.2 * rng.normal(size=(400, 4)),
    )
    gain = theta + shared - shared.mean() + own
    nmb = np.stack([np.zeros_like(gain), gain], axis=2)
    cleared = voi.denoise(nmb)[:, 1]
    assert cleared.std(ddof=1) == pytest.approx(theta.std(ddof=1), rel=0.03)
    assert np.corrcoef(cleared, theta[:, 0])[0, 1] > 0.98


def repeat_estimate(make, times=25):
    """Spread of the estimates of fresh draws, and the mean of the standard errors that they are given."""
    found = [voi.evppi(*make(np.random.default_rng(seed)), of=[0]) for seed in range(times)]
    errors = np.array([one.standard_error for one in found])
    return np.std([one.value for one in found], ddof=1), errors.mean()


def test_the_standard_error_covers_the_finite_number_of_draws():
    """The regression is exact, so that only the draws are few: sd(max(x, 0)) / sqrt(n), by hand."""

    def make(rng):
        x = rng.normal(size=(100, 1))
        return np.column_stack([np.zeros(100), x[:, 0] - 0.5]), x

    spread, told = repeat_estimate(make)
    by_hand = np.sqrt(1.25 * norm.cdf(-0.5) - 0.5 * norm.pdf(0.5) - 0.1978**2) / np.sqrt(100)
    assert told == pytest.approx(by_hand, rel=0.1)
    assert spread == pytest.approx(by_hand, rel=0.35)


def test_the_standard_error_covers_the_regression():
    """Much noise: the spread of fresh estimates is that of the fitted coefficients, not of the draws."""

    def make(rng):
        x = rng.normal(size=(400, 1))
        return np.column_stack([np.zeros(400), 1.5 * x[:, 0] + 6.0 * rng.normal(size=400)]), x

    spread, told = repeat_estimate(make, 15)
    of_draws = 1.5 * np.sqrt(0.5 - 0.5 / np.pi) / np.sqrt(400)
    assert told > 2 * of_draws
    assert 0.6 < told / spread < 1.6


def test_perfect_information_by_hand():
    assert voi.evpi([[0.0, 4.0], [0.0, -2.0], [0.0, -2.0]]) == pytest.approx(4 / 3)
    assert voi.evpi([[1e12, 1e12 + 4.0], [1e12, 1e12 - 2.0]]) == pytest.approx(1.0)
    assert voi.evpi([[5.0, 7.0], [1.0, 2.0]]) == 0.0
    # What both have in common is taken off before anything is added up.
    assert voi.evpi([[1e15, 1e15 + 0.125], [1e15, 1e15 - 0.125]]) == 0.0625


def test_a_study_reports_the_mean_of_its_measurements():
    known = {"a": np.full(20_000, 2.0), "b": np.zeros(20_000)}
    found = voi.simulate_study(known, {"a": 3.0}, 9)
    assert list(found.columns) == ["a"]
    assert found["a"].mean() == pytest.approx(2.0, abs=0.03)
    assert found["a"].std() == pytest.approx(1.0, rel=0.03)
    assert voi.simulate_study(known, {"a": 3.0}, 1)["a"].std() == pytest.approx(3.0, rel=0.03)
    assert found.equals(voi.simulate_study(known, {"a": 3.0}, 9))
    assert not found.equals(voi.simulate_study(known, {"a": 3.0}, 9, seed=1))


def test_parameters_are_named_or_counted_and_others_refused():
    rng = np.random.default_rng(4)
    known = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    nmb = np.column_stack([np.zeros(60), known["a"]])
    by_name = voi.evppi(nmb, known, of="a")
    assert by_name == voi.evppi(nmb, known, of=0) == voi.evppi(nmb, known, of=["a", 0])
    assert voi.evppi(nmb, known, of="b") == voi.evppi(nmb, known, of=1) != by_name
    assert voi.evppi(nmb, known, of=[]) == (0.0, 0.0)
    for wrong in (2, -1, "c"):
        with pytest.raises(Refused, match="no parameter"):
            voi.evppi(nmb, known, of=wrong)
    with pytest.raises(Refused, match="missing or infinite"):
        voi.evppi(nmb, known.assign(a=np.nan))


def test_later_people_of_a_study_count_less_and_its_cost_is_paid_now():
    assert voi.enbs(10, [100, 100], 20, 50, 500, rate=0.05) == pytest.approx(
        1000 + 1000 / 1.05 - 500 - 1000
    )


def test_removing_chance_needs_two_draws_and_two_replicates_and_is_enough():
    values = np.array([[[0.0, 1.0], [0.0, 3.0]], [[0.0, 7.0], [0.0, 9.0]]])
    # The seeds move all draws alike: nothing is chance of a draw's own.
    assert voi.denoise(values) == pytest.approx(np.array([[0.0, 2.0], [0.0, 8.0]]))
    for wrong in (values[:1], values[:, :1], values[0], np.full((2, 2, 2), np.nan)):
        with pytest.raises(Refused):
            voi.denoise(wrong)


def test_the_standard_error_of_few_draws_by_hand():
    """Of certain coefficients only the draws are few: the spread of what is forgone over the root of five.

    Uncertain ones add theirs, as independent errors add.
    """
    values, nothing = np.array([2.0, -1.0, 4.0, -3.0, 0.5]), np.zeros((5, 1))
    certain = Fit(values, nothing, nothing, 1.0)
    forgone = np.maximum(values, 0.0) - values  # the second strategy is the better one on average
    of_draws = np.std(forgone, ddof=1) / np.sqrt(5)
    assert voi._standard_error([certain], 3) == pytest.approx(of_draws)
    shaken = Fit(values, np.array([[0.0], [0.3], [0.0], [-0.2], [0.0]]), nothing, 4.0)
    # Redrawn as the estimate is: coefficients first of the lines, then of the curves, of which there are none.
    redrawn = np.random.Generator(np.random.Philox(3)).standard_normal((2, voi.REDRAWS))[0]
    moved = values[:, None] + 2.0 * shaken.linear @ redrawn[None]
    gains = np.maximum(moved, 0.0).mean(axis=0) - np.maximum(moved.mean(axis=0), 0.0)
    of_fit = np.std(gains, ddof=1)
    assert voi._standard_error([shaken], 3) == pytest.approx(np.hypot(of_fit, of_draws))
    assert of_fit > 0.01


def make_regression(scales, active=()):
    return SimpleNamespace(scales=np.array(scales), find_active=lambda: frozenset(active))


def test_all_subsets_are_tried_of_seven_parameters_and_of_more_those_that_matter():
    seven, eight = make_regression([1.0] * 7), make_regression([1.0] * 8, {1, 5, 6})
    every = [set(s) for size in range(1, 8) for s in combinations(range(7), size)]
    assert [set(s) for s in voi._nested(tuple(range(7)), seven)] == every
    singles = [(column,) for column in range(8)]
    more = [(1, 5), (1, 6), (5, 6), (1, 5, 6)]
    assert voi._nested(tuple(range(8)), eight) == singles + more
    assert voi._nested((0, 5, 6), eight) == [(0,), (5,), (6,), (5, 6)]


def test_of_more_than_seven_that_matter_the_leading_are_tried_the_shortest_scale_first():
    """Seven are still few enough for all subsets of those that were asked for."""
    scales = [4.0, 1.0, 9.0, 2.0, 2.0, 7.0, 8.0, 6.0]
    many, few = make_regression(scales, range(8)), make_regression(scales, range(7))
    assert voi._nested((0, 2, 3, 4), many) == [
        (0,),
        (2,),
        (3,),
        (4,),
        (3, 4),
        (0, 3, 4),
        (0, 2, 3, 4),
    ]
    assert len(voi._nested((0, 2, 3, 4), few)) == 2**4 - 1


def test_the_gain_of_knowing_is_the_best_of_each_draw_less_the_best_on_average():
    """The first strategy, at 0, is among those that are chosen from."""
    assert voi._gain(np.array([[1.0, -2.0], [-3.0, -1.0]])) == 0.5
    assert voi._gain(np.array([[4.0], [-2.0]])) == 1.0
    assert voi._gain(np.array([[1.0, 3.0], [2.0, 0.0]])) == 1.0
    assert voi._gain(np.array([[1.0], [3.0]])) == 0.0


@pytest.mark.parametrize(("fitted", "value"), [(-0.1, 0.0), (0.125, 0.5), (7.0, 1.0)])
def test_knowing_some_is_worth_from_nothing_to_knowing_all_whatever_is_fitted(
    monkeypatch, fitted, value
):
    """Fitted where the largest contrast is 1: here it is 4, and knowing all is worth 1."""
    monkeypatch.setattr(voi, "_gain", lambda _: fitted)
    nmb = np.array([[3.0, 7.0], [0.0, -2.0]] * 10)
    found = voi.evppi(nmb, np.random.default_rng(2).normal(size=(20, 1)))
    assert voi.evpi(nmb) == 1.0
    assert found.value == value


def test_the_standard_error_has_the_unit_of_the_benefit():
    rng = np.random.default_rng(4)
    known = rng.normal(size=(80, 1))
    nmb = np.column_stack([np.zeros(80), known[:, 0] + rng.normal(size=80)])
    # By a power of two, so that not a digit of what is fitted differs.
    assert voi.evppi(1024 * nmb, known).standard_error == pytest.approx(
        1024 * voi.evppi(nmb, known).standard_error
    )


def test_the_last_two_tables_are_not_fitted_again(monkeypatch):
    made = []
    monkeypatch.setattr(voi, "_LATEST", {})
    monkeypatch.setattr(voi, "Regression", lambda *given: made.append(given) or object())
    one, other, third = (np.full((4, 1), level) for level in (1.0, 2.0, 3.0))
    first = voi._regress(one, one)
    assert voi._regress(one.copy(), one) is first
    second = voi._regress(other, one)
    assert voi._regress(one, one) is first
    assert voi._regress(other, one) is second
    voi._regress(third, one)
    assert voi._regress(other, one) is second
    assert len(made) == 3
    assert voi._regress(one, one) is not first
    # The same numbers in another shape, or changed in place, are another table.
    one[0] = 9.0
    voi._regress(one, other)
    voi._regress(one.reshape(2, 2), other)
    assert len(made) == 6


def test_the_standard_error_of_three_strategies_by_hand():
    """The best of those redrawn in each draw, less the best of their means; the first, at 0, is best on average."""
    values = np.array([[2.0, -1.0], [-4.0, 1.5], [0.5, -3.0], [-3.0, 1.0]])
    lines = np.array([[0.5], [0.2], [-0.3], [0.1]])
    curves = np.array([[0.1], [-0.4], [0.2], [0.3]])
    fits = [Fit(values[:, 0], lines, curves, 1.0), Fit(values[:, 1], curves, lines, 2.25)]
    rng = np.random.Generator(np.random.Philox(5))
    first, second = rng.standard_normal((2, 200)), rng.standard_normal((2, 200))
    moved = np.stack(
        [
            values[:, :1] + lines @ first[:1] + curves @ first[1:],
            values[:, 1:] + 1.5 * (curves @ second[:1] + lines @ second[1:]),
        ]
    )
    gains = np.maximum(moved.max(axis=0), 0.0).mean(axis=0)
    gains -= np.maximum(moved.mean(axis=1).max(axis=0), 0.0)
    forgone = np.array([2.0, 1.5, 0.5, 1.0])
    by_hand = np.hypot(np.std(gains, ddof=1), np.std(forgone, ddof=1) / 2.0)
    assert voi._standard_error(fits, 5) == pytest.approx(by_hand)


def test_a_single_column_of_parameters_may_be_a_list():
    rng = np.random.default_rng(4)
    known = rng.normal(size=60)
    nmb = np.column_stack([np.zeros(60), known])
    assert voi.evppi(nmb, known.tolist()) == voi.evppi(nmb, known[:, None])


def test_removing_chance_of_two_strategies_by_hand():
    """Level and contrast apart: each drawn in to the root of the share of its variance that is no chance."""
    values = np.array(
        [[[1.0, 3.0], [2.0, 2.5]], [[4.0, 9.0], [3.0, 10.0]], [[6.0, 5.0], [8.0, 6.5]]]
    )
    level, contrast = values.sum(axis=2), values[:, :, 1] - values[:, :, 0]
    cleared = []
    for each in (level, contrast):
        means, shared, centre = each.mean(axis=1), each.mean(axis=0), each.mean()
        rest = each - means[:, None] - shared + centre
        chance = (rest**2).sum() / ((3 - 1) * (2 - 1)) / 2
        share = 1.0 - chance / means.var(ddof=1)
        assert 0.5 < share < 0.999
        cleared.append(centre + np.sqrt(share) * (means - centre))
    by_hand = np.column_stack([cleared[0] - cleared[1], cleared[0] + cleared[1]]) / 2
    assert voi.denoise(values) == pytest.approx(by_hand)
    # Of one strategy there is the level alone; of what is all chance, the mean.
    assert voi.denoise(values.sum(axis=2, keepdims=True))[:, 0] == pytest.approx(cleared[0])
    chance = np.array([[[1.0], [-1.0]], [[-1.0], [1.0]]])
    assert voi.denoise(7.0 + chance) == pytest.approx(np.full((2, 1), 7.0))


def test_means_are_drawn_in_to_the_covariance_without_noise_and_moved_least():
    """By the symmetric map; where noise is above what is seen nothing is left, and it never draws out."""
    rng = np.random.default_rng(3)
    means = rng.normal(size=(30, 3)) @ rng.normal(size=(3, 3))
    seen = np.cov(means, rowvar=False)
    half = np.linalg.cholesky(seen)
    noise = half @ np.diag([0.1, 0.5, 0.3]) @ half.T
    drawn = voi._drawing_in(means, noise)
    assert drawn == pytest.approx(drawn.T)
    assert (np.linalg.eigvalsh(drawn) > 0).all()
    assert drawn @ seen @ drawn == pytest.approx(seen - noise)
    assert voi._drawing_in(means, 2.0 * seen) == pytest.approx(np.zeros((3, 3)), abs=1e-9)
    assert voi._drawing_in(means, -seen) == pytest.approx(np.eye(3), abs=1e-9)
    # A contrast that is another's copy has one direction with it.
    copied = means[:, [0, 0]]
    both = voi._drawing_in(copied, np.full((2, 2), 0.36 * seen[0, 0]))
    assert copied @ both == pytest.approx(0.8 * copied)
    root, inverse = voi._roots(np.array([[1.0, 2.0], [2.0, 4.0]]))
    assert root @ inverse == pytest.approx(np.array([[0.2, 0.4], [0.4, 0.8]]))
    assert not voi._roots(np.zeros((2, 2)))[1].any()
