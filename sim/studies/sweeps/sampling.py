"""Designs: points in the unit cube by SALib and SciPy, and the values of levers and evidence that
they stand for.
"""

from __future__ import annotations

import csv
import itertools
import math
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from sim.engine.lazy_imports import import_part
from sim.errors import InvalidInput
from sim.evidence.distributions import NORMAL_95, find_bounds
from sim.evidence.loader import all_evidence
from sim.scenario.designs.correlations import factor_correlations
from sim.scenario.designs.factors import Lever, Uncertainty, find_value, read_number, spell_value
from sim.scenario.designs.sample_file import check_table, read_cell, read_table
from sim.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sim.scenario.designs.sweep import Sweep

    Matrix = NDArray[np.float64]

UNBOUNDED = ("normal", "lognormal", "split-normal", "split-lognormal", "split-logitnormal")
# Ends of a distribution without ends: central 95 % where a design visits its ends, 99.8 % where it
# only samples.
OUTER_SHARE, SAMPLED = 0.025, 0.001


class Points(NamedTuple):
    """A design made out: lever values by row (of `policies`, one entry each), world values (points,
    draws).

    sample: (points, factors) as numbers for SALib; a lever without numbers counts its values from
    0.
    """

    names: tuple[str, ...]
    policies: list[tuple[Any, ...]]
    chosen: NDArray[np.int64]
    worlds: Matrix
    sample: Matrix


def make_points(sweep: Sweep) -> Points:
    """Make the points of a sweep; the same sweep always has the same ones, in the same order.

    Raises `InvalidInput` for a file of points that cannot be used.
    """
    if sweep.design.kind in ("points", "posterior"):
        return _read_points(sweep)
    if sweep.design.kind == "grid":
        return _make_grid(sweep)
    factors = sweep.uncertainties if sweep.design.crossed else (*sweep.levers, *sweep.uncertainties)
    cube = {"sobol": _sample_sobol, "morris": _sample_morris, "latin_hypercube": _sample_hypercube}[
        sweep.design.kind
    ](sweep, len(factors))
    worlds = cube[:, len(factors) - len(sweep.uncertainties) :]
    if sweep.correlations:
        worlds = _correlate(sweep, worlds)
    # Morris visits the ends: at 99.8 % these would be values that nobody believes in.
    margin = OUTER_SHARE if sweep.design.kind == "morris" else SAMPLED
    values = np.column_stack(
        [find_quantiles(each, worlds[:, k], margin) for k, each in enumerate(sweep.uncertainties)]
        or [worlds]
    )
    if sweep.design.crossed:
        return _cross(sweep, values)
    rows = [
        tuple(find_value(lever, u) for lever, u in zip(sweep.levers, row, strict=False))
        for row in cube.tolist()
    ]
    return _collect(sweep, rows, values)


def find_quantiles(each: Uncertainty, u: Matrix, margin: float) -> Matrix:
    """The values of an uncertainty at shares of its distribution.

    `margin` is cut off each end of one without ends.
    """
    from scipy import special

    if each.values:
        chosen: Matrix = np.asarray(each.values, dtype=np.float64).take(
            np.minimum(u * len(each.values), len(each.values) - 1).astype(int)
        )
        return chosen
    u = margin + (1 - 2 * margin) * u if each.family in UNBOUNDED else u
    a, b = each.numbers[0], each.numbers[-1]
    if each.family == "normal":
        found = a + b * special.ndtri(u)
    elif each.family == "lognormal":
        found = a * np.exp(b * special.ndtri(u))
    elif each.family == "uniform":
        found = a + u * (b - a)
    elif each.family == "beta":
        size = a * (1 - a) / b**2 - 1
        found = special.betaincinv(a * size, (1 - a) * size, u)
    elif each.family in UNBOUNDED:
        found = _find_split_quantiles(each.family, each.numbers, u)
    else:
        rising = (each.numbers[1] - a) / (b - a)
        found = np.where(
            u < rising,
            a + np.sqrt(u * rising) * (b - a),
            b - np.sqrt((1 - u) * (1 - rising)) * (b - a),
        )
    # Nine digits: enough for any number of the evidence, and the same text for the same number
    # everywhere.
    rounded = np.asarray([float(f"{value:.9g}") for value in found])
    record = all_evidence().get(each.id)
    return np.clip(rounded, *find_bounds(record)) if record else rounded


def _find_split_quantiles(family: str, numbers: tuple[float, ...], u: Matrix) -> Matrix:
    """Quantiles of two halves of normals that meet at the median; 2.5 % lie beyond either end."""
    from scipy import special

    there, back = {
        "split-normal": (np.asarray, np.asarray),
        "split-lognormal": (np.log, np.exp),
        "split-logitnormal": (special.logit, special.expit),
    }[family]
    low, middle, high = there(np.asarray(numbers, float))
    steps = special.ndtri(u) / NORMAL_95
    found: Matrix = back(middle + steps * np.where(steps < 0, middle - low, high - middle))
    return found


def _sample_sobol(sweep: Sweep, factors: int) -> Matrix:
    """Saltelli's design, points × (factors + 2) rows.

    The first rows of a longer one are those of a shorter one.
    """
    from SALib.sample import sobol

    problem = {
        "num_vars": factors,
        "names": [str(k) for k in range(factors)],
        "bounds": [[0, 1]] * factors,
    }
    made = sobol.sample(
        problem,
        sweep.design.points,
        calc_second_order=sweep.design.second_order,
        scramble=True,
        seed=sweep.seed,
    )
    return np.asarray(made, dtype=float)


def _sample_morris(sweep: Sweep, factors: int) -> Matrix:
    """Trajectories, (factors + 1) rows each and each with a seed of its own: more of them leave the
    first ones as they are.
    """
    from SALib.sample import morris

    problem = {
        "num_vars": factors,
        "names": [str(k) for k in range(factors)],
        "bounds": [[0, 1]] * factors,
    }
    # A seed for each trajectory, so that a longer design begins with the shorter one.
    seeds = np.random.SeedSequence(sweep.seed).generate_state(sweep.design.points).tolist()
    parts = [morris.sample(problem, 1, num_levels=sweep.design.levels, seed=seed) for seed in seeds]
    return np.concatenate([np.asarray(part, dtype=float) for part in parts])


def _sample_hypercube(sweep: Sweep, factors: int) -> Matrix:
    """A Latin hypercube that grows by doubling: the first half of twice as many points are the
    points before.

    It begins with the odd part of the number (125 for 1,000) and fills the empty strata of a grid
    twice as fine, again and again (nested hypercubes, as Qian 2009).
    """
    qmc = import_part("scipy.stats", "qmc")  # all of it is heavy to import

    count = sweep.design.points
    # The odd part: from there doubling reaches the number that was asked for.
    first = count // (count & -count)
    seeds = np.random.SeedSequence(sweep.seed)
    cube = np.asarray(
        qmc.LatinHypercube(factors, seed=np.random.default_rng(seeds.spawn(1)[0])).random(first)
    )
    while len(cube) < count:
        rng, strata = np.random.default_rng(seeds.spawn(1)[0]), 2 * len(cube)
        # Strata that have a point already; the others get one each.
        taken = np.minimum((cube * strata).astype(int), strata - 1)
        free = [
            rng.permutation(np.setdiff1d(np.arange(strata), taken[:, k])) for k in range(factors)
        ]
        more = (np.column_stack(free) + rng.random((len(cube), factors))) / strata
        cube = np.concatenate([cube, more])
    return cube


def _correlate(sweep: Sweep, worlds: Matrix) -> Matrix:
    """Shares whose normal scores correlate as asked (a Gaussian copula).

    Each margin stays uniform.
    """
    from scipy import special

    named = [k for k, each in enumerate(sweep.uncertainties) if each.family]
    factor = np.asarray(
        factor_correlations([sweep.uncertainties[k].id for k in named], sweep.correlations)
    )
    made = worlds.copy()
    made[:, named] = special.ndtr(
        # 0 and 1 have no normal score.
        special.ndtri(np.clip(worlds[:, named], 1e-9, 1 - 1e-9)) @ factor.T
    )
    return made


def _make_grid(sweep: Sweep) -> Points:
    """Every combination; a range or distribution is cut into `levels` values from end to end."""
    steps = np.linspace(0, 1, sweep.design.levels)
    axes = [
        find_quantiles(each, steps, OUTER_SHARE).tolist() if not each.values else list(each.values)
        for each in sweep.uncertainties
    ]
    return _cross(
        sweep,
        np.asarray(list(itertools.product(*axes)), dtype=float).reshape(
            math.prod(map(len, axes)), len(axes)
        ),
    )


def _cross(sweep: Sweep, worlds: Matrix) -> Points:
    """Every combination of lever values under every parameter draw, one draw after the other."""
    steps = np.linspace(0, 1, sweep.design.levels)
    axes = [
        lever.values or tuple(dict.fromkeys(find_value(lever, u) for u in steps.tolist()))
        for lever in sweep.levers
    ]
    policies = list(itertools.product(*axes))
    rows = [policy for _ in range(len(worlds)) for policy in policies]
    return _collect(sweep, rows, np.repeat(worlds, len(policies), axis=0))


def _collect(sweep: Sweep, rows: list[tuple[Any, ...]], worlds: Matrix) -> Points:
    # By spelling: values may have no hash, and True is not to be 1.
    policies = {repr(row): row for row in rows}
    order = {spelled: place for place, spelled in enumerate(policies)}
    chosen = np.asarray([order[repr(row)] for row in rows], dtype=np.int64)
    numbers = np.asarray(
        [
            [_count(lever, value) for lever, value in zip(sweep.levers, row, strict=True)]
            for row in policies.values()
        ]
    )
    names = (*(lever.path for lever in sweep.levers), *(each.id for each in sweep.uncertainties))
    sample = np.column_stack([numbers.reshape(len(policies), len(sweep.levers))[chosen], worlds])
    return Points(names, list(policies.values()), chosen, worlds, sample)


def _count(lever: Lever, value: Any) -> float:
    """A lever's value as a number: itself, the number in its text, or its place among the
    values.
    """
    numbers = [read_number(each) for each in lever.values]
    if None in numbers:
        return float(lever.values.index(value))
    return float(cast("float", read_number(value)))


def _read_points(sweep: Sweep) -> Points:
    """Points from a file; a posterior is crossed with the levers."""
    table = read_table(cast("Path", sweep.design.file), sweep.design.points)
    if problems := check_table(table, sweep.design.points, policies=sweep.design.kind == "points"):
        raise InvalidInput(problems)
    ids, paths = table.worlds, table.levers
    names = tuple(table.header[k] for k in ids)
    worlds = np.asarray([[float(row[k]) for k in ids] for row in table.rows]).reshape(
        len(table.rows), len(ids)
    )
    if sweep.design.kind == "posterior":
        made = _cross(sweep, worlds)
        return made._replace(names=(*made.names, *names))
    chosen = [tuple(read_cell(row[k]) for k in paths) for row in table.rows]
    distinct = list(dict.fromkeys(chosen))
    order = {policy: place for place, policy in enumerate(distinct)}
    numbers = {
        policy: [_number_of(value, distinct, k) for k, value in enumerate(policy)]
        for policy in distinct
    }
    counted = np.asarray([numbers[policy] for policy in chosen], dtype=float).reshape(
        len(chosen), len(paths)
    )
    places = np.asarray([order[policy] for policy in chosen])
    return Points(
        (*(table.header[k] for k in paths), *names),
        distinct,
        places,
        worlds,
        np.column_stack([counted, worlds]),
    )


def _number_of(value: Any, policies: list[tuple[Any, ...]], column: int) -> float:
    number = read_number(value)
    return (
        number
        if number is not None
        else float([policy[column] for policy in policies].index(value))
    )


def write_points(
    problem: Mapping[str, Any], sample: Matrix, path: Path, levers: Sequence[Lever] = ()
) -> Path:
    """Write an array of SALib's, or anybody's, as the file that a design of `points` takes.

    problem: SALib's; its names are ids of the evidence or paths of a scenario. sample: (points,
    num_vars). levers: those of a sweep, for numbers that stand for a value with a unit, or for the
    place of a value among several.
    """
    names, known = list(problem["names"]), {lever.path: lever for lever in levers}
    values = np.asarray(sample, dtype=float)
    if values.ndim != 2 or values.shape[1] != len(names):
        raise InvalidInput(
            f"{len(names)} names need as many columns, not an array of shape {values.shape}"
        )
    rows = [
        [_spell_cell(known.get(name), number) for name, number in zip(names, row, strict=True)]
        for row in values.tolist()
    ]
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *rows])
    write_whole(path, text.getvalue())
    return path


def _spell_cell(lever: Lever | None, number: float) -> Any:
    if lever is None:
        return int(number) if number.is_integer() else number
    if lever.values and None in map(read_number, lever.values):
        return lever.values[round(number)]
    like = replace(lever, values=()) if lever.values else lever
    return next(
        (value for value in lever.values if read_number(value) == number), spell_value(like, number)
    )
