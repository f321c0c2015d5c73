"""Fit a place to its own figures: supply first, then the posterior as it is, then a few levers
of context; tested on new seeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.errors import Refused
from sim.evidence.distributions import NORMAL_95
from sim.evidence.levels import combine
from sim.evidence.loader import all_evidence
from sim.evidence.loader import values as stated_values
from sim.evidence.posterior import read_posterior
from sim.places.figures.ensemble import Town, open_ensemble, shrink
from sim.places.figures.levers import (
    choose_levers,
    find_origin,
    find_value,
    measure_width,
    put_on_scale,
    shift_draw,
)
from sim.places.figures.measures import MEASURES
from sim.places.figures.solving import effective_size, solve
from sim.studies.calibration.known_values import average_known, find_known_quantiles
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from sim.places.declaration import Place
    from sim.places.figures.definitions import Lever
    from sim.places.figures.targets import Aim
    from sim.scenario.scenario import Scenario

    Table = NDArray[np.float64]

LARGEST_TOWN = 12_000
"""Residents of the towns that are run for a fit.

Larger places are shrunk, with everything in proportion.
"""
ENSEMBLE, AT_REST, FRESH_TOWNS = 10, 60, 40
"""Draws that levers are solved on; others, whose levers stay, that say how far those few are from
all; and others again, with other seeds, that the solution is tested and weighed on.
"""
OF_THERAPY = frozenset({"treated", "counselled", "therapy_entered", "therapy_finished"})
OF_WARD = frozenset({"admissions", "admissions_per_1000", "bed_days"})
"""Measures that full therapists, or a full ward, keep down."""
DRAWS_ENOUGH = 50.0
"""Effective draws of the whole posterior from which weights mean something."""
BEDS_USED = 0.98
"""Share of a year's bed days that can be used."""


class Fit(NamedTuple):
    """What a fit found.

    aims: figures. before, after: means of the model (figures,), low, high: 95% range of towns
    after. levers: value by parameter, and the shift from the evidence's. warnings: levers at a
    bound, supply that binds. effective: draws, of those of the posterior, that agree. posterior:
    rows for every run of the place; `weighted` whether weights were used.
    """

    aims: tuple[Aim, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    levers: dict[str, tuple[float, float]]
    warnings: tuple[str, ...]
    effective: tuple[float, float]
    posterior: tuple[dict[str, float], ...]
    weighted: bool
    room: dict[str, float]
    scale: float
    towns: int


class Measured(NamedTuple):
    """Figures of towns before and after, shifts of levers, draws that agreed before, towns run."""

    before: Table
    after: Table
    shifts: dict[str, float]
    effective: float
    towns: int


class Drawn(NamedTuple):
    """Draws that agree before and after, the draws of the place, whether weights were used."""

    effective: tuple[float, float]
    posterior: tuple[dict[str, float], ...]
    weighted: bool


def refuse_impossible(scenario: Scenario, aims: Sequence[Aim], scale: float) -> None:
    """Refused, with both numbers, where a figure asks for more than the place's beds can give."""
    beds = sum(
        getattr(service, "beds", 0) for service in scenario.services.values() if service.enabled
    )
    level = stated_values(scenario.parameters)
    # The mean of a lognormal stay from its median: it is the mean that fills beds.
    stay = level["crisis.stay_median"] * float(np.exp(level["crisis.stay_spread"] ** 2 / 2.0))
    most = {
        "bed_days": beds * DAYS_PER_YEAR * BEDS_USED / scale,
        "admissions": beds * DAYS_PER_YEAR * BEDS_USED / stay / scale,
    }
    adults = (
        scenario.population.residents * (1.0 - scenario.population.ages.get("12-17", 0.0)) / scale
    )
    most["admissions_per_1000"] = most["admissions"] / adults * 1_000.0
    said = [
        f"{aim.name}: {aim.low:,.4g} and more ({aim.source}), but {beds / scale:,.3g} beds allow"
        f" {most[aim.definition.measure]:,.4g} at most (a stay of {stay:.2g} days)"
        for aim in aims
        if aim.fit and aim.definition.measure in most and aim.low > most[aim.definition.measure]
    ]
    if said:
        raise Refused(
            "what stands there makes these figures impossible; no level can fit them:\n  "
            + "\n  ".join(said)
            + "\nGive the beds that residents use elsewhere (`beds_elsewhere`), or hold the figure"
            " out (`fit: false`)."
        )


def fit_levels(
    scenario: Scenario,
    place: Place,
    aims: Sequence[Aim],
    seed: int,
    workers: int,
    advance: Callable[[], None],
    largest: int = LARGEST_TOWN,
) -> Fit:
    """Fit levels of a place; `scenario` is its town as it is built.

    Refused where its supply makes a figure impossible.
    """
    levers = choose_levers(place, aims)
    refuse_impossible(scenario, aims, place.scale)
    small, share = shrink(scenario, largest)
    scale = share * place.scale
    small, rows = _settle_levels(small, levers)
    # The order of the file may mean something: its first rows need not stand for all.
    order = np.random.default_rng(seed).permutation(len(rows))

    def draw_towns(first_seed: int, first: int, count: int) -> list[Town]:
        """Towns of consecutive seeds, each under its draw."""
        draws = [rows[order[(first + k) % len(rows)]] for k in range(count)]
        return [Town(small, scale, first_seed + k, draw) for k, draw in enumerate(draws)]

    # Seeds far apart, so that levers are not tested in the towns they were solved on.
    towns = (
        draw_towns(seed, 0, ENSEMBLE),
        draw_towns(20_000 + seed, ENSEMBLE + FRESH_TOWNS, AT_REST),
        draw_towns(10_000 + seed, ENSEMBLE, FRESH_TOWNS),
    )
    with open_ensemble(workers, advance) as run_towns:
        found = _move_levers(scenario, levers, aims, towns, run_towns, len(rows))
    log_weights, effective = weigh(found.after, aims)
    whole = len(rows) * effective / FRESH_TOWNS
    weights = log_weights if whole >= DRAWS_ENOUGH else None
    posterior = _draw_posterior(rows, order, levers, found.shifts, weights, seed)
    drawn = Drawn((found.effective, whole), tuple(posterior), weights is not None)
    return _conclude(scenario, levers, aims, found, drawn, scale)


def _move_levers(
    scenario: Scenario,
    levers: Sequence[Lever],
    aims: Sequence[Aim],
    towns: tuple[Sequence[Town], Sequence[Town], Sequence[Town]],
    run_towns: Callable[[Sequence[Town]], Table],
    draws: int,
) -> Measured:
    """Run towns as they are; where too few draws agree or a figure lies outside, move levers on
    the first, with the second for how far these are from all, and test on the third.
    """
    common, at_rest, fresh = towns
    run = 0

    def measure(towns: Sequence[Town], shifts: Mapping[str, float]) -> Table:
        nonlocal run
        run += len(towns)
        return run_towns(
            [town._replace(draw=shift_draw(town.draw, levers, shifts)) for town in towns]
        )

    before = measure(fresh, {})
    effective = draws * weigh(before, aims)[1] / FRESH_TOWNS
    shifts: dict[str, float] = {}
    # Where enough draws agree already, weights suffice: levers would fit what is only chance. A
    # mean outside is none, and a run without draws has no weights.
    if levers and (effective < DRAWS_ENOUGH or _lies_outside(before, aims)):
        drift = compare_means(measure(common, {}), measure(at_rest, {}))
        shifts = _solve(scenario, levers, aims, common, drift, measure)
    after = measure(fresh, shifts) if shifts else before
    return Measured(before, after, shifts, effective, run)


def _lies_outside(figures: Table, aims: Sequence[Aim]) -> bool:
    """Whether the mean of a figure that is fitted lies outside its tolerance."""
    means = dict(zip(MEASURES, average_known(figures).tolist(), strict=False))
    return any(aim.fit and not aim.low <= means[aim.definition.measure] <= aim.high for aim in aims)


def _conclude(
    scenario: Scenario,
    levers: Sequence[Lever],
    aims: Sequence[Aim],
    found: Measured,
    drawn: Drawn,
    scale: float,
) -> Fit:
    """Means and ranges of the figures, values of the levers, and what is to be warned of."""
    means = average_known(found.after)
    low, high = find_known_quantiles(found.after, [0.025, 0.975])
    at = [list(MEASURES).index(aim.definition.measure) for aim in aims]
    values = {
        each.id: find_value(each, found.shifts.get(each.id, 0.0), scenario) for each in levers
    }
    room = dict(zip(("therapy", "ward"), means[len(MEASURES) :].tolist(), strict=True))
    moved = [one for one in levers if found.shifts.get(one.id)]
    return Fit(
        tuple(aims),
        tuple(average_known(found.before)[at].tolist()),
        tuple(means[at].tolist()),
        tuple(low[at].tolist()),
        tuple(high[at].tolist()),
        {name: (value, found.shifts.get(name, 0.0)) for name, value in values.items()},
        tuple(_warn(moved, values, aims, means, room)),
        *drawn,
        room,
        scale,
        found.towns,
    )


def _settle_levels(
    scenario: Scenario, levers: Sequence[Lever]
) -> tuple[Scenario, list[dict[str, float]]]:
    """The town without levels of its own where the posterior or a lever has them, and the draws of
    the posterior around these levels.
    """
    drawn = read_posterior() or [{}]
    ours = {*drawn[0], *(lever.id for lever in levers)}
    stated = {name: value for name, value in scenario.parameters.items() if name in ours}
    left = {name: value for name, value in scenario.parameters.items() if name not in ours}
    town = scenario.with_({"parameters": left}) if stated else scenario
    return town, [combine(stated, row) for row in drawn]


def _solve(
    scenario: Scenario,
    levers: Sequence[Lever],
    aims: Sequence[Aim],
    common: Sequence[Town],
    drift: NDArray[np.float64],
    measure: Callable[[Sequence[Town], Mapping[str, float]], Table],
) -> dict[str, float]:
    """Shifts of levers at which the mean of the ensemble misses the fitted figures least, in
    tolerances; `drift` (measures,) is how many times the mean of all that of these few is.
    """
    fitted = [aim for aim in aims if aim.fit]
    at = [list(MEASURES).index(aim.definition.measure) for aim in fitted]
    middle = np.array([(aim.low + aim.high) / 2.0 for aim in fitted])
    half = np.array([max((aim.high - aim.low) / 2.0, 1e-12) for aim in fitted])

    def shifts_of(x: NDArray[np.float64]) -> dict[str, float]:
        return {
            lever.id: put_on_scale(lever, lever.low)
            + float(v) * measure_width(lever)
            - find_origin(lever, scenario)
            for lever, v in zip(levers, x, strict=True)
        }

    def miss(x: NDArray[np.float64]) -> NDArray[np.float64]:
        found = (average_known(measure(common, shifts_of(x))) / drift)[at]
        return np.asarray((np.nan_to_num(found, nan=0.0) - middle) / half)

    start = np.array(
        [
            (find_origin(each, scenario) - put_on_scale(each, each.low)) / measure_width(each)
            for each in levers
        ]
    )
    return shifts_of(solve(miss, np.clip(start, 0.0, 1.0)).levers)


def compare_means(some: Table, others: Table) -> NDArray[np.float64]:
    """The mean of some towns over that of others (measures,); 1 where either is nothing."""
    above, below = average_known(some), average_known(others)
    known = (above > 0.0) & (below > 0.0)
    return np.asarray(np.divide(above, below, out=np.ones_like(above), where=known))


def weigh(figures: Table, aims: Sequence[Aim]) -> tuple[NDArray[np.float64], float]:
    """Log weights of towns (towns,) by how near they come to the fitted figures, and how many draws
    they are worth.

    A tolerance is taken for 95% of a normal; the chance of a single town widens it.
    """
    total = np.zeros(len(figures))
    for aim in aims:
        if aim.fit:
            found = figures[:, list(MEASURES).index(aim.definition.measure)]
            spread = (aim.high - aim.low) / 2.0 / NORMAL_95
            total -= (
                # Nobody was counted: as far from the figure as a town can sensibly be.
                np.nan_to_num((found - (aim.low + aim.high) / 2.0) / max(spread, 1e-12), nan=10.0)
                ** 2
                / 2.0
            )
    return total, effective_size(total)


def _draw_posterior(
    rows: Sequence[dict[str, float]],
    order: NDArray[np.int64],
    levers: Sequence[Lever],
    shifts: Mapping[str, float],
    log_weights: NDArray[np.float64] | None,
    seed: int,
) -> list[dict[str, float]]:
    """Draws of the place: the shipped ones with levers moved.

    By weight where the weights are worth it.
    """
    moved = [shift_draw(row, levers, shifts) for row in rows]
    if log_weights is None:
        return moved
    weights = np.exp(log_weights - log_weights.max())
    cumulated = np.cumsum(weights / weights.sum())
    # Systematic resampling: one random number, and least noise beside that of the weights.
    places = (np.arange(len(rows)) + np.random.default_rng(seed).random()) / len(rows)
    chosen = np.minimum(np.searchsorted(cumulated, places), len(weights) - 1)
    # Weights are of the fresh towns, whose draws come after those of the ensemble.
    return [moved[order[(ENSEMBLE + int(k)) % len(rows)]] for k in chosen]


def _warn(
    levers: Sequence[Lever],
    values: Mapping[str, float],
    aims: Sequence[Aim],
    means: NDArray[np.float64],
    room: Mapping[str, float],
) -> list[str]:
    """Levers that left the evidence's range or ended at their bound, and figures that what
    stands there caps.
    """
    said = []
    for lever in levers:
        record, value = all_evidence()[lever.id], values[lever.id]
        if min(abs(value - lever.low), abs(value - lever.high)) < 0.01 * abs(
            lever.high - lever.low
        ):
            said.append(
                f"{lever.id} ended at its bound ({value:.4g} of {lever.low:g} to {lever.high:g}):"
                " the figures ask for more than context explains"
            )
        elif not record.low <= value <= record.high:
            said.append(
                f"{lever.id} left the range of the evidence ({value:.4g}, evidence {record.low:g}"
                f" to {record.high:g})"
            )
    for aim in aims:
        found = float(means[list(MEASURES).index(aim.definition.measure)])
        if aim.fit and np.isfinite(found) and found < aim.low:
            said += _say_capped(aim, found, room)
    return said


def _say_capped(aim: Aim, found: float, room: Mapping[str, float]) -> list[str]:
    """Say what would be needed where full places or beds keep a figure below what is published."""
    measure, more = aim.definition.measure, f"{aim.value / found - 1:.0%}"
    if measure in OF_THERAPY and room["therapy"] > 0.95:
        return [
            (
                f"{aim.name}: therapy is full ({room['therapy']:.0%} of places taken); {more} more"
                " places would be needed, no level of help-seeking gives more"
            )
        ]
    if measure in OF_WARD and room["ward"] > 0.9:
        return [
            (
                f"{aim.name}: the ward is full ({room['ward']:.0%} of beds in use); {more} more"
                " beds would be needed"
            )
        ]
    return []
