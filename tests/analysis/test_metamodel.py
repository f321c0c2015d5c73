"""The regression beneath the value of information, part by part, against the formulas written out in full."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import scipy
from scipy import stats

from analysis.economics import metamodel
from analysis.economics.metamodel import LONGEST_SCALE, NOISE_RATIOS, Fit, Regression


@pytest.fixture
def rng():
    return np.random.default_rng(21)


def test_scores_are_normal_by_rank_with_ties_in_one_and_no_score_of_what_is_constant():
    known = np.array([[3.0, 5.0], [1e9, 5.0], [-2.0, 5.0], [3.0, 5.0]])
    raw = stats.norm.ppf((np.array([2.5, 4.0, 1.0, 2.5]) - 0.5) / 4)
    scores = metamodel.score_normal(known)
    assert scores[:, 0] == pytest.approx((raw - raw.mean()) / raw.std())
    assert scores[:, 1].tolist() == [0.0] * 4


def test_a_kernel_falls_with_the_square_of_the_distance():
    one, other = np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([[1.0, 2.0], [3.0, 2.0]])
    by_hand = [[np.exp(-2.5), np.exp(-6.5)], [1.0, np.exp(-2.0)]]
    assert metamodel._kernel(one, other) == pytest.approx(np.array(by_hand))
    far = np.full((1, 2), 1e8) + 0.1
    assert metamodel._kernel(far, far).max() <= 1.0


def test_features_of_few_draws_hold_the_whole_kernel(rng):
    x = rng.normal(size=(40, 2))
    features = metamodel._features(x)
    assert features @ features.T == pytest.approx(metamodel._kernel(x, x), abs=1e-5)
    assert features.shape[1] <= 40
    twice = metamodel._features(np.repeat(x, 2, axis=0))
    assert twice.shape[1] <= 40  # draws that coincide add no direction
    assert twice @ twice.T == pytest.approx(
        np.kron(metamodel._kernel(x, x), np.ones((2, 2))), abs=1e-5
    )


def test_rows_that_are_picked_lie_all_over_the_table():
    assert metamodel._pick(5, 9).tolist() == metamodel._pick(5, 5).tolist() == [0, 1, 2, 3, 4]
    for draws, size in ((1_000, 350), (5_000, 120), (351, 350)):
        rows = metamodel._pick(draws, size)
        assert rows.size == np.unique(rows).size == size
        assert (np.diff(rows) > 0).all()
        # As many in each tenth of the table, and no more often every second or third row.
        shares = np.bincount(rows * 10 // draws, minlength=10) / size
        assert shares == pytest.approx(np.full(10, 0.1), abs=0.03)
        for step in (2, 3):
            assert np.bincount(rows % step) / size == pytest.approx(
                np.full(step, 1 / step), abs=0.07
            )


def test_columns_at_right_angles_span_what_they_spanned_and_copies_are_left_out(rng):
    columns = np.column_stack([np.ones(60), rng.normal(3.0, 1.0, size=(60, 3))])
    copied = np.column_stack([columns, columns[:, 1] - 2 * columns[:, 3], np.full(60, 7.0)])
    y = rng.normal(size=(60, 2))
    for given in (columns, copied):
        q = metamodel._orthonormal(given)
        assert q.shape == (60, 4)
        assert q.T @ q == pytest.approx(np.eye(4), abs=1e-9)
        assert q[:, 0] == pytest.approx(np.full(60, 60**-0.5))
        by_hand = columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
        assert metamodel._project(given, y) == pytest.approx(by_hand)
    assert metamodel._orthonormal(np.ones((60, 2))).shape == (60, 1)


def test_the_loss_of_length_scales_is_the_likelihood_and_its_gradient_is_the_slope(rng):
    x, y = rng.normal(size=(25, 2)), rng.normal(size=(25, 3))
    squares = [np.subtract.outer(x[:, j], x[:, j]) ** 2 for j in range(2)]
    theta = np.array([0.3, -0.4, 0.7])

    def by_hand(theta):
        scaled = np.exp(
            -0.5 * sum(s / np.exp(2 * t) for s, t in zip(squares, theta[:2], strict=True))
        )
        covariance = np.exp(theta[2]) * scaled + np.eye(25)
        noise = [column @ np.linalg.solve(covariance, column) / 25 for column in y.T]
        return 0.5 * (25 * np.log(noise).sum() + 3 * np.linalg.slogdet(covariance)[1])

    loss, gradient = metamodel._lose(theta, squares, y)
    assert loss == pytest.approx(by_hand(theta), rel=1e-6)
    slopes = [(by_hand(theta + step) - by_hand(theta - step)) / 2e-5 for step in 1e-5 * np.eye(3)]
    assert gradient == pytest.approx(np.array(slopes), rel=1e-4)


def test_length_scales_are_long_where_nothing_bends_and_short_where_it_does(rng):
    x = metamodel.score_normal(rng.normal(size=(300, 3)))
    y = (np.sin(3.0 * x[:, 0]) + 0.2 * x[:, 1] + 0.1 * rng.normal(size=300))[:, None]
    short, straight, idle = metamodel.find_scales(x, y)
    assert 0.2 < short < 1.5
    assert min(straight, idle) > 5.0 * short
    assert max(short, straight, idle) <= LONGEST_SCALE * (1 + 1e-9)
    # In another unit and beside an output that is a straight line the scales are the same.
    beside = metamodel.find_scales(x, np.column_stack([1e5 * y + 7.0, 3.0 * x[:, 1]]))
    assert beside == pytest.approx([short, straight, idle], rel=1e-3)
    assert metamodel.find_scales(x, 2.0 * x[:, :1] - 1.0).tolist() == [2.0] * 3


def test_the_ratio_of_signal_to_noise_is_that_of_the_highest_restricted_likelihood(rng):
    phi = rng.normal(size=(80, 6))
    values, vectors = np.linalg.eigh(phi.T @ phi)
    residual = phi @ rng.normal(size=6) + 2.0 * rng.normal(size=80)
    features = phi @ vectors
    for used in (1, 30):
        found = metamodel._profile(features.T @ residual, values, residual, used)
        losses = []
        for ratio in NOISE_RATIOS:
            covariance = np.eye(80) + ratio * phi @ phi.T
            noise = residual @ np.linalg.solve(covariance, residual) / (80 - used)
            loss = 0.5 * ((80 - used) * np.log(noise) + np.linalg.slogdet(covariance)[1])
            losses.append((loss, ratio, noise))
        assert found == pytest.approx(min(losses))
    assert metamodel._profile(np.zeros(6), values, np.zeros(80), 1)[2] >= 0.0


def test_a_fit_is_believed_by_its_slope_on_what_it_has_not_seen(rng):
    """Whole at many standard errors, nothing below two, and between by the square of the square of both."""
    predicted = rng.normal(size=4_000)
    for scale in (0.1, 1.0, 12.0, 16.0, 1e3):
        left = 1.5 * predicted + scale * rng.normal(size=4_000)
        slope = (predicted @ left) / (predicted @ predicted)
        errors = predicted * (left - slope * predicted)
        variance = (errors**2).sum() / (predicted @ predicted) ** 2
        by_hand = max(0.0, 1.0 - 16 * (variance / slope**2) ** 2)
        assert metamodel._believe(predicted, left) == pytest.approx(by_hand)
    assert metamodel._believe(predicted, -predicted) == 0.0
    assert metamodel._believe(np.zeros(5), np.zeros(5)) == 1.0
    assert metamodel._believe(np.zeros(5), np.ones(5)) == 0.0
    assert metamodel._believe(1e-9 * predicted, predicted) == pytest.approx(1.0)


def test_the_outermost_hundredth_on_either_side_counts_as_the_next():
    values = np.array([*range(1_001), 1e6, -1e6])
    drawn = metamodel._draw_in_tails(values)
    low, high = np.quantile(values, [0.01, 0.99])
    assert (drawn.min(), drawn.max()) == (low, high)
    assert np.array_equal(drawn[100:900], values[100:900])


def test_slopes_that_may_be_chance_are_shrunk_together():
    assert metamodel._trust(np.array([3.0, 4.0]), 2.0) == pytest.approx(1.0 - 2 * 2.0 / 25.0)
    assert metamodel._trust(np.array([1.0, 0.0]), 2.0) == 0.0
    assert metamodel._trust(np.zeros(3), 2.0) == metamodel._trust(np.zeros(0), 2.0) == 0.0


def test_draws_that_a_fit_has_not_seen_are_a_fifth_each_and_judged_by_the_other_four(rng):
    """Written out: five ridge regressions, each on four fifths, each against the mean of those."""
    features = np.column_stack([np.full(100, 0.1), rng.normal(size=(100, 3))])
    target = features @ (0.0, 1.0, -0.5, 0.0) + 2.0 + 1.5 * rng.normal(size=100)
    penalty = np.array([0.0, 1.0, 40.0, 40.0])
    fold = np.floor((np.arange(100) * (5**0.5 - 1) / 2) % 1.0 * 5)
    assert np.bincount(fold.astype(int)).tolist() == pytest.approx([20] * 5, abs=1)
    predicted, left = np.empty(100), np.empty(100)
    for held in (fold == number for number in range(5)):
        system = features[~held].T @ features[~held] + np.diag(penalty)
        slopes = np.linalg.solve(system, features[~held].T @ target[~held])
        level = target[~held].mean()
        predicted[held], left[held] = features[held] @ slopes - level, target[held] - level
    clipped = [np.clip(values, *np.quantile(values, [0.01, 0.99])) for values in (predicted, left)]
    by_hand = max(metamodel._believe(predicted, left), metamodel._believe(*clipped))
    assert 0.0 < by_hand < 1.0
    assert metamodel._cross_check(features, target, penalty) == pytest.approx(by_hand, rel=1e-5)


def test_redrawn_means_spread_as_the_coefficients_are_uncertain(rng):
    linear, smooth = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
    fit = Fit(np.arange(5.0), linear, smooth, 4.0)
    assert fit.coefficients == 5
    redrawn = fit.redraw(rng.normal(size=(5, 60_000)))
    covariance = 4.0 * (linear @ linear.T + smooth @ smooth.T)
    assert redrawn.mean(axis=1) == pytest.approx(np.arange(5.0), abs=0.15)
    assert np.cov(redrawn) == pytest.approx(covariance, abs=0.03 * np.trace(covariance))


def test_what_matters_by_a_line_or_by_a_curve_is_active_and_what_does_not_is_not(rng):
    x = rng.normal(size=(400, 4))
    y = np.column_stack([0.4 * x[:, 0], x[:, 1] ** 2, np.zeros(400)]) + 0.3 * rng.normal(
        size=(400, 3)
    )
    model = Regression(x, y)
    assert {0, 1} <= model.find_active()
    model.scales[:] = LONGEST_SCALE
    assert 0 in model.find_active()
    # By the t of a straight line alone, as ordinary least squares has it for each output.
    design, steep = np.column_stack([np.ones(400), x]), np.zeros(4)
    for target in y.T:
        slopes, rest, *_ = np.linalg.lstsq(design, target, rcond=None)
        error = np.sqrt(rest[0] / 400 * np.diag(np.linalg.inv(design.T @ design)))
        steep = np.maximum(steep, np.abs(slopes / error)[1:])
    assert model.find_active() == frozenset(np.flatnonzero(steep > 2).tolist())
    model.scales[2] = 0.4 * LONGEST_SCALE
    assert 2 in model.find_active()
    model.scales[2] = 0.6 * LONGEST_SCALE
    assert (2 in model.find_active()) == (steep[2] > 2)


def test_a_fit_is_the_mean_of_a_gaussian_process_beside_straight_lines(rng):
    """With as many centres as draws nothing is approximated: kernel and lines, written out in full."""
    x = rng.normal(size=(90, 2))
    y = 2.0 * x[:, 0] + np.cos(2.0 * x[:, 1]) + 0.2 * rng.normal(size=90)
    model = Regression(x, y[:, None])
    (fit,) = model.fit((0, 1))
    lines = np.column_stack([np.ones(90), x])
    off = np.eye(90) - lines @ np.linalg.pinv(lines)
    residual, best = off @ y, (np.inf, 0.0, 0.0, np.zeros((90, 90)))
    for multiplier in (0.5, 1.0, 2.0):
        scaled = model.scores / (model.scales * multiplier)
        kernel = off @ np.exp(-0.5 * scipy.spatial.distance.cdist(scaled, scaled) ** 2) @ off
        for ratio in NOISE_RATIOS:
            covariance = np.eye(90) + ratio * kernel
            noise = residual @ np.linalg.solve(covariance, residual) / 87
            loss = 0.5 * (87 * np.log(noise) + np.linalg.slogdet(covariance)[1])
            best = min(best, (loss, ratio, noise, kernel), key=lambda found: found[0])
    _, ratio, noise, kernel = best
    assert fit.noise == pytest.approx(noise, rel=1e-3)
    smooth = ratio * kernel @ np.linalg.solve(np.eye(90) + ratio * kernel, residual)
    straight = y - residual - y.mean()
    trust = 1.0 - 2 * noise / (straight @ straight)
    by_hand = y.mean() + trust * straight + smooth
    # Believed in full: what is predicted of draws that were not seen is right.
    assert fit.values == pytest.approx(by_hand, abs=0.01)
    assert fit.redraw(np.zeros((fit.coefficients, 1)))[:, 0] == pytest.approx(fit.values)


def test_predictions_are_kept_and_a_parameter_that_is_not_asked_for_is_left_out(rng):
    x = rng.normal(size=(200, 2))
    y = np.column_stack([x[:, 0] + x[:, 1], 3.0 * x[:, 1]])
    model = Regression(x, y)
    only = model.predict((1,))
    assert only.shape == (200, 2)
    assert model.predict((1,)) is only
    assert only[:, 1] == pytest.approx(3.0 * x[:, 1], abs=0.02)
    assert np.corrcoef(only[:, 0], x[:, 1])[0, 1] > 0.97


def test_a_curve_that_few_draws_did_not_show_is_found_in_all_of_them(rng):
    """Length scales come from a subsample; where it saw nothing, a middling scale is tried on every draw."""
    x = rng.normal(size=(1_500, 2))
    curve = np.sin(2.0 * x[:, 0])
    model = Regression(x, (curve + 0.5 * rng.normal(size=1_500))[:, None])
    model.scales[:] = LONGEST_SCALE
    found = model.predict((0,))[:, 0]
    assert np.corrcoef(found, curve)[0, 1] > 0.95


def test_curves_are_held_back_by_the_noise_that_was_found_and_lines_are_not(rng, monkeypatch):
    seen = []
    monkeypatch.setattr(metamodel, "_cross_check", lambda *given: seen.append(given) or 1.0)
    x = rng.normal(size=(150, 1))
    y = np.sin(2.0 * x) + 0.3 * rng.normal(size=(150, 1))
    Regression(x, y).fit((0,))
    ((features, target, penalty),) = seen
    assert features.shape == (150, penalty.size)
    assert np.array_equal(target, y[:, 0])
    assert penalty[:2].tolist() == [0.0, 0.0]
    assert np.unique(penalty[2:]).size == 1
    assert np.isclose(1.0 / penalty[2], NOISE_RATIOS).any()


def test_what_is_tried_is_as_fine_and_as_wide_as_it_was_chosen_to_be():
    """Four ratios of signal to noise to a tenfold step, from a millionth to ten thousand."""
    assert (NOISE_RATIOS.size, NOISE_RATIOS[0], NOISE_RATIOS[-1]) == pytest.approx((41, 1e-6, 1e4))
    assert NOISE_RATIOS[1:] / NOISE_RATIOS[:-1] == pytest.approx(np.full(40, 10**0.25))


def test_rows_are_picked_by_multiples_of_the_golden_ratio():
    """Of eight rows by the remainders .618 .236 .854 .472 .090 .708 .326 .944: of rank 0, 2, 4 and 7."""
    assert metamodel._pick(8, 4).tolist() == [0, 4, 6, 7]


def test_features_of_many_draws_are_those_of_a_hundred_and_twenty_centres(rng):
    """Nystrom's approximation, written out."""
    x = rng.normal(size=(200, 2))
    centres = x[metamodel._pick(200, 120)]
    across, within = metamodel._kernel(x, centres), metamodel._kernel(centres, centres)
    by_hand = across @ np.linalg.pinv(within, rcond=1e-7, hermitian=True) @ across.T
    features = metamodel._features(x)
    assert features.shape[1] <= 120
    assert features @ features.T == pytest.approx(by_hand, abs=1e-7)


def test_length_scales_come_from_350_draws_and_are_sought_within_bounds(rng, monkeypatch):
    """From one and a half times the usual distance between draws, and as much signal as noise."""
    x = metamodel.score_normal(rng.normal(size=(400, 3)))
    y = x[:, :1] ** 2 + rng.normal(size=(400, 1))
    rows, asked = metamodel._pick(400, 350), []

    def minimise(_, start, args, bounds, **how):
        asked.append((start, args, bounds, how["options"]))
        return SimpleNamespace(x=np.log([1.0, 2.0, 3.0, 9.0]))

    monkeypatch.setattr(metamodel.scipy.optimize, "minimize", minimise)
    assert metamodel.find_scales(x, y) == pytest.approx([1.0, 2.0, 3.0])
    metamodel.find_scales(x[rows], y[rows])
    (start, (squares, left), bounds, options), (_, (_, of_part), *_) = asked
    assert np.array_equal(left, of_part)
    assert start == pytest.approx([np.log(1.5 * 3**0.5)] * 3 + [0.0])
    assert np.exp(bounds) == pytest.approx(np.array([[0.3, 50.0]] * 3 + [[1e-4, 1e4]]))
    assert options == {"maxiter": 60}
    assert squares[1][4, 7] == pytest.approx((x[rows[4], 1] - x[rows[7], 1]) ** 2)
    # What is left beside straight lines, each output as large as the other.
    assert left.std(axis=0) == pytest.approx([1.0])
    assert x[rows].T @ left == pytest.approx(np.zeros((3, 1)), abs=1e-9)


def test_an_output_that_is_nothing_has_a_loss(rng):
    """Its noise counts as a millionth of a millionth, of which the logarithm is taken."""
    squares = [np.subtract.outer(x, x) ** 2 for x in rng.normal(size=(1, 10))]
    loss, _ = metamodel._lose(np.array([0.0, 0.0]), squares, np.zeros((10, 1)))
    covariance = np.exp(-0.5 * squares[0]) + np.eye(10)
    assert loss == pytest.approx(5 * np.log(1e-12) + 0.5 * np.linalg.slogdet(covariance)[1])


def test_parameters_are_standardised_and_what_is_constant_is_nothing(rng):
    x = np.column_stack([1e-3 * rng.normal(5.0, 2.0, size=50), np.full(50, 8.0)])
    model = Regression(x, rng.normal(size=(50, 1)))
    assert model.plain[:, 0] == pytest.approx((x[:, 0] - x[:, 0].mean()) / x[:, 0].std())
    assert model.plain[:, 1].tolist() == [0.0] * 50


def test_a_scale_of_half_the_longest_is_long(rng, monkeypatch):
    """Then it does not make a parameter matter, and a middling scale is tried beside the multiples."""
    x = rng.normal(size=(150, 2))
    model = Regression(x, rng.normal(size=(150, 1)))
    model.scales[:] = LONGEST_SCALE
    active = model.find_active()
    model.scales[:] = LONGEST_SCALE / 2
    assert model.find_active() == active
    tried, features = [], metamodel._features
    monkeypatch.setattr(metamodel, "_features", lambda z: tried.append(z) or features(z))
    model.fit((0, 1))
    own = [model.scores[0] / z[0] for z in tried]
    by_hand = [[scale] * 2 for scale in (12.5, 25.0, 50.0, 1.5 * 2**0.5)]
    assert np.array(own) == pytest.approx(np.array(by_hand))
    tried.clear()
    model.scales[1] = 24.9
    model.fit((0, 1))
    assert len(tried) == 3
    model.fit((0,))
    assert len(tried) == 7


def test_a_straight_line_without_noise_matters_and_what_is_constant_does_not(rng):
    x = np.column_stack([rng.normal(size=(60, 2)), np.ones(60)])
    model = Regression(x, 3.0 * x[:, :1])
    model.scales[:] = LONGEST_SCALE
    assert 0 in model.find_active()
    assert 2 not in model.find_active()


def test_coefficients_are_as_uncertain_as_their_posterior(rng, monkeypatch):
    """Lines by least squares, drawn in as they are trusted; curves by the process; belief draws in the mean."""
    x = rng.normal(size=(80, 1))
    y = 0.2 * x[:, 0] + np.cos(2.0 * x[:, 0]) + 0.3 * rng.normal(size=80)
    model = Regression(x, y[:, None])
    fits, chosen = [], []
    features, profile = metamodel._features, metamodel._profile
    monkeypatch.setattr(metamodel, "MULTIPLIERS", (1.0,))
    monkeypatch.setattr(metamodel, "_features", lambda z: chosen.append(features(z)) or chosen[-1])
    monkeypatch.setattr(
        metamodel, "_profile", lambda *given: chosen.append(profile(*given)) or chosen[-1]
    )
    for belief in (1.0, 0.25):
        monkeypatch.setattr(metamodel, "_cross_check", lambda *_, belief=belief: belief)
        fits += model.fit((0,))
    phi, (_, ratio, noise) = chosen[:2]
    lines = np.column_stack([np.ones(80), x])
    off = np.eye(80) - lines @ np.linalg.pinv(lines)
    kernel = ratio * off @ phi @ phi.T @ off
    by_hand = kernel @ np.linalg.inv(np.eye(80) + kernel)
    whole, part = fits
    assert whole.noise == pytest.approx(noise)
    assert whole.smooth @ whole.smooth.T == pytest.approx(by_hand, abs=1e-6)
    slope = (x[:, 0] - x.mean()) / (80**0.5 * x.std())
    trust = 1.0 - noise / (slope @ y) ** 2
    assert 0.0 < trust < 1.0
    assert whole.linear @ whole.linear.T == pytest.approx(
        1 / 80 + trust * np.outer(slope, slope), abs=1e-9
    )
    assert part.values == pytest.approx(y.mean() + 0.25 * (whole.values - y.mean()))


def test_directions_without_spread_tell_nothing_of_the_noise():
    moments, values, residual = np.array([0.6, 0.2]), np.array([0.5, 0.2]), np.ones(8)
    found = metamodel._profile(moments, values, residual, 1)
    more = metamodel._profile(
        np.array([*moments, 0.4, 0.4]), np.array([*values, 0.0, 9e-11]), residual, 1
    )
    assert more == pytest.approx(found)
    # As many coefficients as draws leave no draw for the noise; it is taken by one.
    ratios = NOISE_RATIOS[:, None]
    losses = 0.5 * np.log1p(ratios * values).sum(axis=1)
    best = losses.argmin()
    explained = (moments**2 / (values + 1 / NOISE_RATIOS[best])).sum()
    by_hand = (losses[best], NOISE_RATIOS[best], 8.0 - explained)
    assert metamodel._profile(moments, values, residual, 8) == pytest.approx(by_hand)


def test_a_fit_that_is_neither_right_nor_wrong_of_what_it_has_not_seen_is_not_believed():
    assert metamodel._believe(np.array([1.0, -1.0]), np.array([2.0, 2.0])) == 0.0


def test_columns_of_any_unit_are_told_from_their_copies(rng):
    columns = rng.normal(size=(60, 2))
    for unit in (1e-10, 1.0, 1e12):
        near = columns[:, 0] + 1e-11 * columns[:, 1]
        given = unit * np.column_stack([columns, near])
        assert metamodel._orthonormal(np.column_stack([np.ones(60), given])).shape == (60, 3)
    # What differs by rounding alone is constant.
    rounding = 7.0 + 1e-15 * columns
    assert metamodel._orthonormal(np.column_stack([np.ones(60), rounding])).shape == (60, 1)
