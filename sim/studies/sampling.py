"""Designs: points in the unit cube by SALib and SciPy, and the values of levers and evidence that they stand for."""

from __future__ import annotations

import csv
import itertools
import math
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from sim.errors import InvalidInput, Problem
from sim.evidence.loader import all_evidence
from sim.scenario.varying import Lever, Uncertainty, factor_correlations, read_number, spell_value

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from sim.scenario.sweeps import Sweep

    Matrix = NDArray[np.float64]

UNBOUNDED = ("normal", "lognormal")
# Ends of a distribution without ends: central 95 % where a design visits its ends, 99.8 % where it only samples.
ENDS, SAMPLED = 0.025, 0.001


class Points(NamedTuple):
    """A design made out: lever values by row (of `policies`, one entry each), world values (points, worlds).

    sample: (points, factors) as numbers for SALib; a lever without numbers counts its values from 0.
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
    cube = {"sobol": _sample_sobol, "morris": _sample_morris, "latin_hypercube": _sample_hypercube}[sweep.design.kind](sweep, len(factors))
    worlds = cube[:, len(factors) - len(sweep.uncertainties) :]
    if sweep.correlations:
        worlds = _correlate(sweep, worlds)
    margin = ENDS if sweep.design.kind == "morris" else SAMPLED
    values = np.column_stack([find_quantiles(each, worlds[:, k], margin) for k, each in enumerate(sweep.uncertainties)] or [worlds])
    if sweep.design.crossed:
        return _cross(sweep, values)
    rows = [tuple(find_value(lever, u) for lever, u in zip(sweep.levers, row, strict=False)) for row in cube.tolist()]
    return _collect(sweep, rows, values)


def find_quantiles(each: Uncertainty, u: Matrix, margin: float) -> Matrix:
    """The values of an uncertainty at shares of its distribution; `margin` is cut off each end of one without ends."""
    from scipy import special

    if each.values:
        chosen: Matrix = np.asarray(each.values, dtype=np.float64).take(np.minimum(u * len(each.values), len(each.values) - 1).astype(int))
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
    else:
        rising = (each.numbers[1] - a) / (b - a)
        found = np.where(u < rising, a + np.sqrt(u * rising) * (b - a), b - np.sqrt((1 - u) * (1 - rising)) * (b - a))
    # Nine digits: enough for any number of the evidence, and the same text for the same number everywhere.
    return np.asarray([float(f"{value:.9g}") for value in found])


def find_value(lever: Lever, u: float) -> Any:
    """The value of a lever at a share of its way."""
    if lever.values:
        return lever.values[min(int(u * len(lever.values)), len(lever.values) - 1)]
    if lever.whole:
        return spell_value(lever, min(np.floor(lever.low + u * (lever.high - lever.low + 1)), lever.high))
    return spell_value(lever, lever.low + u * (lever.high - lever.low))


def _sample_sobol(sweep: Sweep, factors: int) -> Matrix:
    """Saltelli's design, points × (factors + 2) rows; the first rows of a longer one are those of a shorter one."""
    from SALib.sample import sobol

    problem = {"num_vars": factors, "names": [str(k) for k in range(factors)], "bounds": [[0, 1]] * factors}
    made = sobol.sample(problem, sweep.design.points, calc_second_order=sweep.design.second_order, scramble=True, seed=sweep.seed)
    return np.asarray(made, dtype=float)


def _sample_morris(sweep: Sweep, factors: int) -> Matrix:
    """Trajectories, (factors + 1) rows each and each with a seed of its own: more of them leave the first ones as they are."""
    from SALib.sample import morris

    problem = {"num_vars": factors, "names": [str(k) for k in range(factors)], "bounds": [[0, 1]] * factors}
    seeds = np.random.SeedSequence(sweep.seed).generate_state(sweep.design.points).tolist()
    parts = [morris.sample(problem, 1, num_levels=sweep.design.levels, seed=seed) for seed in seeds]
    return np.concatenate([np.asarray(part, dtype=float) for part in parts])


def _sample_hypercube(sweep: Sweep, factors: int) -> Matrix:
    """A Latin hypercube that grows by doubling: the first half of twice as many points are the points before.

    It begins with the odd part of the number (125 for 1,000) and fills the empty strata of a grid twice as fine, again
    and again (nested hypercubes, as Qian 2009).
    """
    from scipy.stats import qmc

    count = sweep.design.points
    first = count // (count & -count)
    seeds = np.random.SeedSequence(sweep.seed)
    cube = np.asarray(qmc.LatinHypercube(factors, seed=np.random.default_rng(seeds.spawn(1)[0])).random(first))
    while len(cube) < count:
        rng, strata = np.random.default_rng(seeds.spawn(1)[0]), 2 * len(cube)
        taken = np.minimum((cube * strata).astype(int), strata - 1)
        free = [rng.permutation(np.setdiff1d(np.arange(strata), taken[:, k])) for k in range(factors)]
        more = (np.column_stack(free) + rng.random((len(cube), factors))) / strata
        cube = np.concatenate([cube, more])
    return cube


def _correlate(sweep: Sweep, worlds: Matrix) -> Matrix:
    """Shares whose normal scores correlate as asked (a Gaussian copula); each margin stays uniform."""
    from scipy import special

    named = [k for k, each in enumerate(sweep.uncertainties) if each.family]
    factor = np.asarray(factor_correlations([sweep.uncertainties[k].id for k in named], sweep.correlations))
    made = worlds.copy()
    made[:, named] = special.ndtr(special.ndtri(np.clip(worlds[:, named], 1e-9, 1 - 1e-9)) @ factor.T)
    return made


def _make_grid(sweep: Sweep) -> Points:
    """Every combination; a range or distribution is cut into `levels` values from end to end."""
    steps = np.linspace(0, 1, sweep.design.levels)
    axes = [find_quantiles(each, steps, ENDS).tolist() if not each.values else list(each.values) for each in sweep.uncertainties]
    return _cross(sweep, np.asarray(list(itertools.product(*axes)), dtype=float).reshape(math.prod(map(len, axes)), len(axes)))


def _cross(sweep: Sweep, worlds: Matrix) -> Points:
    """Every combination of lever values in every world; one world after the other."""
    steps = np.linspace(0, 1, sweep.design.levels)
    axes = [lever.values or tuple(dict.fromkeys(find_value(lever, u) for u in steps.tolist())) for lever in sweep.levers]
    policies = list(itertools.product(*axes))
    rows = [policy for _ in range(len(worlds)) for policy in policies]
    return _collect(sweep, rows, np.repeat(worlds, len(policies), axis=0))


def _collect(sweep: Sweep, rows: list[tuple[Any, ...]], worlds: Matrix) -> Points:
    policies = {repr(row): row for row in rows}
    order = {spelled: place for place, spelled in enumerate(policies)}
    chosen = np.asarray([order[repr(row)] for row in rows], dtype=np.int64)
    numbers = np.asarray([[_count(lever, value) for lever, value in zip(sweep.levers, row, strict=True)] for row in policies.values()])
    names = (*(lever.path for lever in sweep.levers), *(each.id for each in sweep.uncertainties))
    sample = np.column_stack([numbers.reshape(len(policies), len(sweep.levers))[chosen], worlds])
    return Points(names, list(policies.values()), chosen, worlds, sample)


def _count(lever: Lever, value: Any) -> float:
    """A lever's value as a number: itself, the number in its text, or its place among the values."""
    numbers = [read_number(each) for each in lever.values]
    if None in numbers:
        return float(lever.values.index(value))
    return float(cast("float", read_number(value)))


def _read_points(sweep: Sweep) -> Points:
    """Points from a file: columns are ids of the evidence, or paths of the scenario; a posterior is crossed with the levers."""
    path = cast("Path", sweep.design.file)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    header, rows = (rows[0] if rows else []), [row for row in rows[1:] if any(cell.strip() for cell in row)]
    rows = rows[: sweep.design.points or len(rows)]
    problems = _check_file(path, header, rows, policies=sweep.design.kind == "points")
    if len(rows) < sweep.design.points:
        problems.append(Problem(str(path), 0, 0, "", f"holds {len(rows)} rows, fewer than the {sweep.design.points} asked for"))
    if problems:
        raise InvalidInput(problems)
    known = all_evidence()
    ids = [k for k, name in enumerate(header) if name in known]
    paths = [k for k, name in enumerate(header) if name not in known]
    worlds = np.asarray([[float(row[k]) for k in ids] for row in rows]).reshape(len(rows), len(ids))
    if sweep.design.kind == "posterior":
        made = _cross(sweep, worlds)
        return made._replace(names=(*made.names, *(header[k] for k in ids)))
    chosen = [tuple(_read_cell(row[k]) for k in paths) for row in rows]
    distinct = list(dict.fromkeys(chosen))
    order = {policy: place for place, policy in enumerate(distinct)}
    counted = np.asarray([[_number_of(policy[k], distinct, k) for k in range(len(paths))] for policy in chosen]).reshape(
        len(rows), len(paths)
    )
    names = (*(header[k] for k in paths), *(header[k] for k in ids))
    return Points(names, distinct, np.asarray([order[policy] for policy in chosen]), worlds, np.column_stack([counted, worlds]))


def _check_file(path: Path, header: list[str], rows: list[list[str]], *, policies: bool) -> list[Problem]:
    known, shown = all_evidence(), str(path)
    problems = [] if rows else [Problem(shown, 0, 0, "", "holds no points", "a header of names, then one point to a line")]
    for place, name in enumerate(header, 1):
        if name not in known and not policies:
            problems.append(Problem(shown, 1, place, name, "there is no parameter of this id", "`kinwell evidence` lists them all"))
        if header.count(name) > 1:
            problems.append(Problem(shown, 1, place, name, "is there twice"))
    for line, row in enumerate(rows, 2):
        if len(row) != len(header):
            problems.append(Problem(shown, line, 1, "", f"has {len(row)} cells, the header {len(header)}"))
            continue
        for place, (name, cell) in enumerate(zip(header, row, strict=True), 1):
            if name in known and not isinstance(_read_cell(cell), (int, float)):
                problems.append(Problem(shown, line, place, name, f"must be a number (got {cell[:40]!r})"))
    return problems


def _read_cell(cell: str) -> Any:
    for read in (int, float):
        try:
            return read(cell)
        except ValueError:
            continue
    return cell.strip()


def _number_of(value: Any, policies: list[tuple[Any, ...]], column: int) -> float:
    number = read_number(value)
    return number if number is not None else float([policy[column] for policy in policies].index(value))
