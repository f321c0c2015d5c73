"""The value of information: what it would be worth to know more before deciding.

Net benefits are (draws, strategies), in money or in health; every result has their unit.
"""

from __future__ import annotations

import hashlib
import math
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import scipy  # its parts load when they are used: they are heavy

from analysis.economics.cea import check_draws
from analysis.economics.discounting import Timing, discount
from analysis.economics.inputs import check_order, read_finite, read_numbers
from analysis.economics.metamodel import Fit, Regression
from sim.engine.one_thread import quieten
from sim.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from numpy.typing import ArrayLike, NDArray

    Parameters: TypeAlias = pd.DataFrame | Mapping[str, ArrayLike] | ArrayLike

REDRAWS, ALL_SUBSETS = 200, 7


class Estimate(NamedTuple):
    """A value with its standard error."""

    value: float
    standard_error: float


def evpi(nmb: ArrayLike) -> float:
    """Give the value of knowing everything: the mean of the best less the best mean."""
    values = check_draws(nmb, "net benefit")
    # As contrasts with the first: what all strategies share cancels before it is rounded.
    contrasts = np.ascontiguousarray((values - values[:, :1]).T)
    return max(0.0, float(contrasts.max(axis=0).mean() - contrasts.mean(axis=1).max()))


def evppi(
    nmb: ArrayLike,
    parameters: Parameters,
    of: Sequence[str | int] | str | int | None = None,
    seed: int = 0,
) -> Estimate:
    """Give the value of knowing some parameters exactly, by Gaussian-process regression, with its
    standard error.

    parameters: (draws, parameters), a frame or a mapping of columns; `of` names those to be known
    (all by default). Never below 0 nor above the EVPI. Knowing more is never worth less: a set is
    given the highest estimate among its subsets, all of them while at most 7 parameters matter (of
    however many are given); beyond, single ones and the leading sets. The standard error covers the
    regression and the finite number of draws. With chance in the net benefit, the value of all
    parameters is the EVPI without that chance.
    """
    _check_draws_order(nmb, parameters)
    values = check_draws(nmb, "net benefit")
    table = _read_parameters(parameters, len(values))
    wanted = _find_columns(table, of)
    total = evpi(values)
    # Where every draw has the same decision, nothing that could be learned would change it.
    if total == 0.0 or not wanted:
        return Estimate(0.0, 0.0)
    contrasts = np.delete(values - values[:, :1], 0, axis=1)
    # Scaled to 1, so that tolerances of the fit mean the same in cents and in millions.
    size = float(np.abs(contrasts).max())
    regression = _regress(table.to_numpy(dtype=float), contrasts / size)
    gains = {columns: _gain(regression.predict(columns)) for columns in _nested(wanted, regression)}
    best = max(gains, key=lambda columns: gains[columns])
    with quieten():
        error = _standard_error(regression.fit(best), seed)
    return Estimate(min(total, max(0.0, size * gains[best])), size * error)


def _check_draws_order(nmb: Any, parameters: Any) -> None:
    """Refuse draws of net benefit and of a parameter that are the same in another order."""
    if not isinstance(nmb, pd.DataFrame):
        return
    # Rows alone: strategies and parameters may well have the same names.
    rows = pd.Series(0.0, index=nmb.index)
    frame = isinstance(parameters, pd.DataFrame)
    columns = parameters.values() if isinstance(parameters, dict) else ()
    for column in [pd.Series(0.0, index=parameters.index)] if frame else columns:
        check_order(rows, column, "net benefit and parameters")


_LATEST: dict[bytes, Regression] = {}


def _regress(parameters: NDArray[np.float64], targets: NDArray[np.float64]) -> Regression:
    """Fit a regression, or take one of the last two: the same table is asked about one parameter
    after another.
    """
    key = hashlib.blake2b(
        parameters.tobytes() + targets.tobytes() + str(parameters.shape).encode()
        # By content: a caller may change the array that it gave before.
    ).digest()
    if key not in _LATEST:
        while len(_LATEST) > 1:
            del _LATEST[next(iter(_LATEST))]
        _LATEST[key] = Regression(parameters, targets)
    return _LATEST[key]


def _nested(wanted: tuple[int, ...], regression: Regression) -> list[tuple[int, ...]]:
    """Subsets to try; those of a set are among those of every larger one while few parameters
    matter.
    """
    count = len(regression.scales)
    # Few parameters: every subset is tried. Many: only among those that matter.
    active = frozenset(range(count)) if count <= ALL_SUBSETS else regression.find_active()
    matter = tuple(column for column in wanted if column in active)
    singles = [(column,) for column in wanted]
    if len(active) <= ALL_SUBSETS:
        return singles + [
            subset for size in range(2, len(matter) + 1) for subset in combinations(matter, size)
        ]
    # The shorter its length scale, the faster the benefit changes with a parameter.
    leading = sorted(matter, key=lambda column: (regression.scales[column], column))
    return singles + [tuple(sorted(leading[:size])) for size in range(2, len(leading) + 1)]


def _gain(contrasts: NDArray[np.float64]) -> float:
    # 0 stands for the first strategy, from which the contrasts were taken.
    best = np.maximum(contrasts.max(axis=1), 0.0).mean()
    return float(best - max(0.0, contrasts.mean(axis=0).max()))


def _standard_error(fits: Sequence[Fit], seed: int) -> float:
    """Spread of the estimate under redraws of the coefficients and under resampling of the
    draws.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    drawn = np.zeros((len(fits[0].values), REDRAWS, len(fits)))
    for place, fit in enumerate(fits):
        drawn[:, :, place] = fit.redraw(rng.standard_normal((fit.coefficients, REDRAWS)))
    gains = np.maximum(drawn.max(axis=2), 0.0).mean(axis=0) - np.maximum(
        0.0, drawn.mean(axis=0).max(axis=1)
    )
    means = np.column_stack([fit.values for fit in fits])
    contrasts = np.column_stack([np.zeros(len(means)), means])
    chosen = int(contrasts.mean(axis=0).argmax())
    forgone = contrasts.max(axis=1) - contrasts[:, chosen]
    # Two sources, independent of each other: the fit, and the draws that happened to be made.
    return math.hypot(float(gains.std(ddof=1)), float(forgone.std(ddof=1)) / math.sqrt(len(means)))


def _read_parameters(parameters: Any, draws: int) -> pd.DataFrame:
    table = _tabulate(parameters)
    if len(table) != draws:
        message = (
            f"there are {draws} draws of net benefit and {len(table)} of the parameters; rows must"
            " match"
        )
        raise Refused(message)
    read_finite(table, "parameters")
    return table


def _tabulate(parameters: Any) -> pd.DataFrame:
    """Read a frame, a mapping of columns or an array as a frame of numbers.

    Columns that are no numbers are refused.
    """
    if isinstance(parameters, pd.Series):
        parameters = parameters.to_frame()
    named = list(parameters.items()) if hasattr(parameters, "keys") else None
    try:
        if named is None:
            array = read_numbers(parameters, "parameters")
            return pd.DataFrame(array.reshape(len(array), -1))
        columns = {key: read_numbers(column, f"parameter {key}") for key, column in named}
        # The last of two would stand for both.
        if len(columns) < len(named):
            message = "two parameters have the same name"
            raise Refused(message)
        return pd.DataFrame(columns)
    except (TypeError, ValueError) as error:
        message = f"parameters must be columns of numbers, all of the same length ({error})"
        raise Refused(message) from error


def _find_columns(
    table: pd.DataFrame, of: Sequence[str | int] | str | int | None
) -> tuple[int, ...]:
    if of is None:
        return tuple(range(table.shape[1]))
    # NumPy's whole numbers, too, are one name or place; a truth is neither.
    asked = [of] if isinstance(of, str | int | np.integer) else list(of)
    places: list[int] = []
    for name in asked:
        if isinstance(name, bool | np.bool_):
            message = f"name parameters, or give their places; {name} is neither"
            raise Refused(message)
        if name in table.columns:
            places.append(list(table.columns).index(name))
        elif isinstance(name, int | np.integer) and 0 <= name < table.shape[1]:
            places.append(int(name))
        else:
            message = f"there is no parameter {name!r} among {', '.join(map(str, table.columns))}"
            raise Refused(message)
    return tuple(sorted(set(places)))


def simulate_study(
    parameters: Parameters, spread: Mapping[str, float], size: int, seed: int = 0
) -> pd.DataFrame:
    """Simulate what a study of `size` people would report for each draw: the mean of normal
    measurements.

    `spread` maps the parameters the study measures to the standard deviation of one measurement.
    """
    table = _tabulate(parameters)
    _check_size(size)
    if unknown := [name for name, sd in spread.items() if not 0 <= sd < math.inf]:
        message = f"the spread of {unknown[0]!r} must be a number of 0 or more"
        raise Refused(message)
    if missing := [name for name in spread if name not in table.columns]:
        message = f"there is no parameter {missing[0]!r} among {', '.join(map(str, table.columns))}"
        raise Refused(message)
    rng = np.random.Generator(np.random.Philox(seed))
    return pd.DataFrame(
        {
            name: (
                table[name].to_numpy(dtype=float)
                + sd / math.sqrt(size) * rng.standard_normal(len(table))
            )
            for name, sd in spread.items()
        }
    )


def evsi(nmb: ArrayLike, findings: Parameters, seed: int = 0) -> Estimate:
    """Give the value of a study from its simulated findings, one row per draw (Strong et al. 2015).

    findings: (draws, statistics), for example from `simulate_study`, or from a run of the study in
    the model itself.
    """
    return evppi(nmb, findings, None, seed)


def scale_to_population(
    value: float, people: ArrayLike, rate: float = 0.0, timing: Timing = "start"
) -> float:
    """Scale a value per person to a population: the people affected in each year, discounted to
    now.

    people: one number per year. `timing` says when in the year they are affected.
    """
    affected = np.atleast_1d(read_finite(people, "people affected"))
    if (affected < 0).any():
        message = "people affected in a year are never fewer than 0"
        raise Refused(message)
    return value * float(discount(affected, rate, timing, per_year=1))


def enbs(
    value: float,
    people: ArrayLike,
    size: int,
    per_person: float,
    fixed: float = 0.0,
    rate: float = 0.0,
) -> float:
    """Give the expected net benefit of sampling: what a study of `size` people brings the
    population, less its cost.
    """
    _check_size(size)
    return scale_to_population(value, people, rate) - fixed - per_person * size


def _check_size(size: float) -> None:
    if not size >= 1 or size != int(size):
        message = f"a study needs a whole number of people, at least one, not {size}"
        raise Refused(message)


def denoise(nmb: ArrayLike) -> NDArray[np.float64]:
    """Remove chance: (draws, replicates, strategies) to (draws, strategies).

    The means over replicates vary by parameters and by chance. An analysis of variance of the
    *paired* contrasts between strategies tells the two apart (O'Hagan, Stevenson & Madan 2007), and
    the means are drawn in so that only the variance of the parameters is left; the grand means
    stay. Random variation that a replicate has in common over all draws (the same seed in every
    draw) moves no draw against another and is not counted. A replicate is a whole community,
    because people within one are not independent. Raises `Refused` for one replicate, where
    the two cannot be told apart.
    """
    values = read_numbers(nmb, "net benefit")
    if values.ndim != 3 or not np.isfinite(values).all():
        message = (
            "net benefit must be (draws, replicates, strategies) of finite numbers, not"
            f" {values.shape}"
        )
        raise Refused(message)
    draws, replicates, strategies = values.shape
    if replicates < 2 or draws < 2:
        message = (
            f"{draws} draws with {replicates} replicates each: removing chance needs at least two"
            " of both"
        )
        raise Refused(message)
    means, shared = values.mean(axis=1), values.mean(axis=0)
    centre = means.mean(axis=0)
    # Orthonormal contrasts, so that the result does not depend on which strategy is first.
    basis = _contrast_basis(strategies)
    rotated, errors = (means - centre) @ basis, (values - means[:, None] - shared + centre) @ basis
    out = np.empty_like(rotated)
    # The common level and the contrasts apart: noise of the level must not be spread over
    # contrasts.
    for part in (slice(0, 1), slice(1, strategies)):
        # The interaction of draws and replicates in a two-way table, for a mean of replicates.
        noise = np.einsum("ijk,ijl->kl", errors[:, :, part], errors[:, :, part]) / (
            (draws - 1) * (replicates - 1) * replicates
        )
        out[:, part] = rotated[:, part] @ _drawing_in(rotated[:, part], noise)
    return np.asarray(centre + out @ basis.T)


def _contrast_basis(strategies: int) -> NDArray[np.float64]:
    """Orthonormal (strategies, strategies): the first column is the common level, the others span
    the contrasts.
    """
    seedling = np.eye(strategies)
    seedling[:, 0] = 1.0
    return np.asarray(scipy.linalg.qr(seedling)[0])


def _drawing_in(means: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """The symmetric map that takes the covariance of the means to that without noise."""
    if not means.shape[1]:
        return np.zeros((0, 0))
    seen = np.atleast_2d(np.cov(means, rowvar=False))
    root, inverse = _roots(seen)
    shown = inverse @ (seen - noise) @ inverse
    values, vectors = scipy.linalg.eigh((shown + shown.T) / 2)
    # Clipped: noise estimated above what is seen leaves no variance, never a negative one.
    target = root @ (vectors * np.clip(values, 0.0, 1.0)) @ vectors.T @ root
    # Many maps have this covariance; the symmetric one moves the means least.
    middle, _ = _roots(root @ target @ root)
    return np.asarray(inverse @ middle @ inverse)


def _roots(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values, vectors = scipy.linalg.eigh((matrix + matrix.T) / 2)
    values = np.clip(values, 0.0, None)
    kept = values > 1e-12 * max(float(values.max()), 1e-300)
    root = np.where(kept, np.sqrt(values), 0.0)
    inverse = np.divide(1.0, root, out=np.zeros_like(root), where=kept)
    return np.asarray((vectors * root) @ vectors.T), np.asarray((vectors * inverse) @ vectors.T)
