"""A Gaussian-process regression for many draws, safe with interactions: what the value of
information stands on.

Conditional means E[net benefit | parameters] are fitted on features of a low-rank Gaussian process
with one length scale per parameter, plus an unpenalised linear part (Strong, Oakley & Brennan 2014;
Nystrom features after Williams & Seeger 2001). The length scales come from the full set of
parameters, so that fits of subsets are comparable. What a fit does not predict in draws that it has
not seen is taken for chance and drawn in, so that a parameter that does not matter is worth
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load when they are used: they are heavy
from numpy.typing import NDArray

from sim.engine.one_thread import quieten

Array = NDArray[np.float64]
SUBSAMPLE, INDUCING, LONGEST_SCALE, METAMODEL_FOLDS, TAIL = 350, 120, 50.0, 5, 0.01
MULTIPLIERS = (0.5, 1.0, 2.0)
NOISE_RATIOS = np.geomspace(1e-6, 1e4, 41)
GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it, wrapped at 1, lie evenly however many there are."""


@dataclass(frozen=True)
class Fit:
    """A fitted conditional mean: values (draws,), and what draws of its coefficients need."""

    values: Array
    linear: Array
    smooth: Array
    noise: float

    def redraw(self, chance: Array) -> Array:
        """Draw (draws, repeats) conditional means from the uncertainty of the coefficients.

        Chance is standard normal.
        """
        k = self.linear.shape[1]
        move = self.linear @ chance[:k] + self.smooth @ chance[k:]
        return np.asarray(self.values[:, None] + np.sqrt(self.noise) * move)

    @property
    def coefficients(self) -> int:
        """How many standard normals one redraw takes."""
        return int(self.linear.shape[1] + self.smooth.shape[1])


def score_normal(parameters: Array) -> Array:
    """Turn each column into normal scores (ties share one); constant columns become 0."""
    n = len(parameters)
    # By ranks, so that a length scale means the same for skewed and symmetric parameters.
    scores = scipy.special.ndtri((scipy.stats.rankdata(parameters, axis=0) - 0.5) / n)
    return _standardise(scores, scores.std(axis=0) > 1e-12)


def _standardise(columns: Array, varied: NDArray[np.bool_]) -> Array:
    """Columns with a mean of 0 and a spread of 1; those that are not varied become 0."""
    centred, spread = columns - columns.mean(axis=0), columns.std(axis=0)
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=varied))


def find_scales(scores: Array, targets: Array) -> Array:
    """Find one length scale per parameter by maximum likelihood on a subsample; (parameters,).

    scores: (draws, parameters) normal scores; targets: (draws, outputs), fitted together with a
    shared kernel.
    """
    # A subsample: the likelihood costs the cube of the draws, and scales need no more.
    rows = _pick(len(scores), SUBSAMPLE)
    x, y = scores[rows], targets[rows]
    # Lengths of what is left beside the straight lines, which are fitted apart.
    y = y - _project(np.column_stack([np.ones(len(x)), x]), y)
    spread = y.std(axis=0)
    bent = spread > 1e-12 * (1.0 + np.abs(targets).max())
    y = y[:, bent] / spread[bent]
    d = x.shape[1]
    # Straight lines explain every output: there is no curve whose length could be found.
    if not y.shape[1]:
        return np.full(d, 2.0)
    squares = [np.subtract.outer(x[:, j], x[:, j]) ** 2 for j in range(d)]
    # Distances between normal scores grow with the root of the number of parameters.
    start = np.concatenate([np.full(d, np.log(1.5 * np.sqrt(d))), [0.0]])
    bounds = [(np.log(0.3), np.log(LONGEST_SCALE))] * d + [(np.log(1e-4), np.log(1e4))]
    found = scipy.optimize.minimize(
        _lose,
        start,
        args=(squares, y),
        jac=True,
        # Within bounds: beyond, a length says either nothing or everything.
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 60},
    )
    return np.asarray(np.exp(found.x[:d]))


def _lose(theta: Array, squares: list[Array], y: Array) -> tuple[float, Array]:
    """Negative log likelihood with the noise variance profiled out, and its gradient."""
    n, outputs = y.shape
    weights, ratio = np.exp(-2 * theta[:-1]), np.exp(theta[-1])
    correlation = np.exp(-0.5 * sum(w * s for w, s in zip(weights, squares, strict=True)))
    # A little on the diagonal: draws that nearly coincide would make the matrix singular.
    factor = scipy.linalg.cho_factor(
        ratio * correlation + np.eye(n) * (1 + 1e-8), lower=True, check_finite=False
    )
    inverse = scipy.linalg.cho_solve(factor, np.eye(n), check_finite=False)
    alpha = inverse @ y
    noise = np.maximum((y * alpha).sum(axis=0) / n, 1e-12)
    value = 0.5 * n * np.log(noise).sum() + outputs * np.log(np.diag(factor[0])).sum()
    inner = ratio * correlation * (outputs * inverse - (alpha / noise) @ alpha.T)
    gradient = [0.5 * w * float((inner * s).sum()) for w, s in zip(weights, squares, strict=True)]
    return float(value), np.array([*gradient, 0.5 * float(inner.sum())])


class Regression:
    """Fits several outputs on any subset of the parameters.

    parameters: (draws, parameters); targets: (draws, outputs).
    """

    def __init__(self, parameters: Array, targets: Array) -> None:
        self.known: dict[tuple[int, ...], Array] = {}
        self.plain = _standardise(parameters, parameters.std(axis=0) > 0)
        self.scores = score_normal(parameters)
        self.targets = targets
        with quieten():
            self.scales = find_scales(self.scores, targets)

    def find_active(self) -> frozenset[int]:
        """Columns that matter by a straight line (t above 2) or by a curve (a length scale that is
        not very long).
        """
        design = np.column_stack([np.ones(len(self.plain)), self.plain])
        linear = _orthonormal(design)
        residual = self.targets - linear @ (linear.T @ self.targets)
        inverse = scipy.linalg.pinvh(design.T @ design)
        # Never 0: of a straight line without noise, or of what is constant, it would divide.
        square = np.outer(np.diag(inverse), residual.var(axis=0)).clip(1e-300)
        spread = np.sqrt(square)
        steep = (np.abs(inverse @ (design.T @ self.targets)) / spread)[1:].max(axis=1) > 2
        return frozenset(np.flatnonzero(steep | (self.scales < LONGEST_SCALE / 2)).tolist())

    def predict(self, columns: tuple[int, ...]) -> Array:
        """Conditional means (draws, outputs) of a subset, kept for the next time."""
        if columns not in self.known:
            with quieten():
                self.known[columns] = np.column_stack([fit.values for fit in self.fit(columns)])
        return self.known[columns]

    def fit(self, columns: tuple[int, ...]) -> list[Fit]:
        """Fit every output on the named columns, each with its most likely smoothness and noise."""
        x = self.scores[:, columns]
        linear = _orthonormal(np.column_stack([np.ones(len(x)), self.plain[:, columns]]))
        residual = self.targets - linear @ (linear.T @ self.targets)
        best: list[tuple[float, float, float, int]] = [(np.inf, 0.0, 0.0, 0)] * self.targets.shape[
            1
        ]
        features = []
        own = self.scales[list(columns)]
        # Scales come from few draws: where those saw nothing, all draws are asked once more at a
        # middling scale.
        tried = [own * multiplier for multiplier in MULTIPLIERS]
        if own.min() >= LONGEST_SCALE / 2:
            tried.append(np.full(len(own), 1.5 * len(own) ** 0.5))
        for place, scales in enumerate(tried):
            phi = _features(x / scales)
            # At right angles to the straight lines, so that neither takes what the other explains.
            phi = phi - linear @ (linear.T @ phi)
            # Rotated once, so that every ratio of signal to noise that is tried costs only sums.
            values, vectors = scipy.linalg.eigh(phi.T @ phi, check_finite=False)
            features.append((phi @ vectors, np.maximum(values, 0.0)))
            for output in range(self.targets.shape[1]):
                loss, ratio, noise = _profile(
                    features[-1][0].T @ residual[:, output],
                    features[-1][1],
                    residual[:, output],
                    linear.shape[1],
                )
                if loss < best[output][0]:
                    best[output] = (loss, ratio, noise, place)
        return [
            self._finish(output, linear, residual[:, output], features[found[3]], found)
            for output, found in enumerate(best)
        ]

    def _finish(
        self,
        output: int,
        linear: Array,
        residual: Array,
        features: tuple[Array, Array],
        found: tuple[float, float, float, int],
    ) -> Fit:
        phi, values = features
        _, ratio, noise, _ = found
        shrink = 1.0 / (values + 1.0 / ratio)
        # Small slopes are mostly noise: shrunk together before they are believed.
        slopes = linear.T @ self.targets[:, output]
        trust = _trust(slopes[1:], noise)
        weights = np.concatenate([[1.0], np.full(len(slopes) - 1, trust)])
        mean = linear @ (weights * slopes) + phi @ (shrink * (phi.T @ residual))
        penalty = np.concatenate([0 * slopes, 1 / ratio + 0 * values])
        # What a fit says of draws that it has seen proves nothing; these are held out.
        believed = _cross_check(np.column_stack([linear, phi]), self.targets[:, output], penalty)
        centre = mean.mean()
        return Fit(
            centre + believed * (mean - centre),
            linear * np.sqrt(weights),
            phi * np.sqrt(shrink),
            noise,
        )


def _profile(
    moments: Array, values: Array, residual: Array, used: int
) -> tuple[float, float, float]:
    """Find the signal-to-noise ratio with the highest restricted likelihood: loss, ratio, noise
    variance.
    """
    # Restricted: without taking off the slopes that were fitted, noise would come out too low.
    n = len(residual) - used
    total = float(residual @ residual)
    kept = values > 1e-10
    squares = moments[kept] ** 2
    lam = values[kept]
    explained = (squares / (lam + 1.0 / NOISE_RATIOS[:, None])).sum(axis=1)
    noise = np.maximum(total - explained, 1e-12 * max(total, 1e-300)) / max(n, 1)
    losses = 0.5 * (
        n * np.log(np.maximum(noise, 1e-300)) + np.log1p(NOISE_RATIOS[:, None] * lam).sum(axis=1)
    )
    place = int(losses.argmin())
    return float(losses[place]), float(NOISE_RATIOS[place]), float(noise[place])


def _cross_check(features: Array, target: Array, penalty: Array) -> float:
    """How far to believe a fit, 0 to 1, from what it says of draws that it has not seen.

    The first feature is the constant. Held-out targets are regressed on held-out predictions; the
    standard error allows for a spread that differs between draws, which a fixed noise would not.
    """
    # Folds scattered by the golden ratio: rows may be sorted, and a draw of chance would make
    # results differ between calls.
    fold = (((np.arange(len(target)) * GOLDEN) % 1.0) * METAMODEL_FOLDS).astype(np.int64)
    gram, moments = features.T @ features, features.T @ target
    predicted, left = np.empty_like(target), np.empty_like(target)
    for number in range(METAMODEL_FOLDS):
        held = fold == number
        part = features[held]
        # Taken off the whole rather than summed anew, so that five folds cost little more than one.
        system = gram - part.T @ part + np.diag(penalty)
        slopes = scipy.linalg.solve(
            system + 1e-9 * np.eye(len(system)),
            moments - part.T @ target[held],
            assume_a="pos",
            check_finite=False,
        )
        # The mean of the others: that of the held-out draws would give away part of the answer.
        level = float(target[~held].mean())
        predicted[held], left[held] = part @ slopes - level, target[held] - level
    return max(_believe(predicted, left), _believe(_draw_in_tails(predicted), _draw_in_tails(left)))


def _believe(predicted: Array, left: Array) -> float:
    """Belief from the slope of held-out targets on predictions: 0 below two standard errors, nearly
    whole from four.
    """
    power = float(predicted @ predicted)
    if power <= 1e-20 * float(left @ left):
        return 1.0 if float(left @ left) == 0 else 0.0
    slope = float(predicted @ left) / power
    variance = float(((predicted * (left - slope * predicted)) ** 2).sum()) / power**2
    return max(0.0, 1.0 - (4 * variance / slope**2) ** 2) if slope > 0 else 0.0


def _draw_in_tails(values: Array) -> Array:
    """Let the outermost hundredth on either side count as the next: one extreme draw of a skewed
    benefit must not decide.
    """
    return np.asarray(np.clip(values, *np.quantile(values, [TAIL, 1 - TAIL])))


def _trust(slopes: Array, noise: float) -> float:
    """How far to trust linear slopes that may be chance (positive-part James-Stein): 0 to 1."""
    total = float(slopes @ slopes)
    return max(0.0, 1.0 - len(slopes) * noise / total) if total > 0 else 0.0


def _features(x: Array) -> Array:
    """Nystrom features (draws, inducing) of a squared-exponential kernel.

    X is already divided by the length scales.
    """
    rows = _pick(len(x), INDUCING)
    centres = x[rows]
    values, vectors = scipy.linalg.eigh(_kernel(centres, centres), check_finite=False)
    # Centres that nearly coincide give directions in which there is nothing but rounding.
    kept = values > 1e-7 * values[-1]
    return np.asarray(_kernel(x, centres) @ (vectors[:, kept] / np.sqrt(values[kept])))


def _pick(draws: int, size: int) -> NDArray[np.int64]:
    """Pick rows scattered over a table whatever its order: multiples of the golden ratio,
    wrapped.
    """
    if size >= draws:
        return np.arange(draws)
    spread = np.argsort((np.arange(1, draws + 1) * GOLDEN) % 1.0, kind="stable")
    return np.sort(spread[np.linspace(0, draws - 1, size).astype(np.int64)])


def _kernel(a: Array, b: Array) -> Array:
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2.0 * a @ b.T
    # Rounding may leave the distance of a point from itself just below 0.
    return np.asarray(np.exp(-0.5 * np.maximum(squares, 0.0)))


def _orthonormal(columns: Array) -> Array:
    """Orthonormal columns; the first stays the constant, the others are centred on it."""
    q, r, _ = scipy.linalg.qr(
        columns[:, 1:] - columns[:, 1:].mean(axis=0),
        mode="economic",
        pivoting=True,
        check_finite=False,
    )
    # Pivoted, so that the sizes fall and parameters that copy each other are seen and left out.
    size = np.abs(np.diag(r))
    rank = int((size > max(1e-9 * size.max(initial=0.0), 1e-12)).sum())
    return np.column_stack([np.full(len(columns), len(columns) ** -0.5), q[:, :rank]])


def _project(columns: Array, y: Array) -> Array:
    q = _orthonormal(columns)
    return np.asarray(q @ (q.T @ y))
