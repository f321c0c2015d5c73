"""Fit a place to its own figures: supply first, then the posterior as it is, then a few levers
of context; tested on new seeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.errors import InvalidInput, Problem, Refused
from sim.evidence.levels import combine
from sim.evidence.loader import all_evidence
from sim.evidence.loader import values as stated_values
from sim.places.figures.definitions import Lever, all_levers
from sim.places.figures.ensemble import Town, open_ensemble, shrink
from sim.places.figures.measures import MEASURES
from sim.places.figures.solving import effective_size, solve
from sim.studies.calibration.posterior import read_posterior
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from sim.places.declaration import Place
    from sim.places.figures.targets import Aim
    from sim.scenario.scenario import Scenario

    Table = NDArray[np.float64]

LARGEST_TOWN = 12_000
"""Residents of the towns that are run for a fit.

Larger places are shrunk, with everything in proportion.
"""
ENSEMBLE, FRESH = 10, 40
"""Draws that levers are solved on, and others, with other seeds, that the solution is tested and
weighed on.
"""
ENOUGH = 50.0
"""Effective draws of the whole posterior from which weights mean something."""
NORMAL = 1.96
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


def choose_levers(place: Place, aims: Sequence[Aim]) -> list[Lever]:
    """Levers that are solved for: those that place.yaml declares, else one of the library for each
    figure that tells it.

    InvalidInput where there are more than figures, or one of an unknown parameter.
    """
    fitted = [aim for aim in aims if aim.fit]
    if place.context:
        known = all_evidence()
        problems = [
            Problem(
                "place.yaml",
                0,
                0,
                f"context.{name}",
                "there is no parameter of this id",
                "`kinwell evidence` lists them all",
            )
            for name in place.context
            if name not in known
        ]
        if len(place.context) > len(fitted):
            said = (
                f"has {len(place.context)} levers for {len(fitted)} local figures to fit: figures"
                " cannot tell them apart"
            )
            problems.append(
                Problem(
                    "place.yaml", 0, 0, "context", said, "declare fewer, or give more local figures"
                )
            )
        if problems:
            raise InvalidInput(problems)
        shipped = all_levers()
        return [
            (shipped.get(name) or Lever(id=name, low=low, high=high)).model_copy(
                update={"low": low, "high": high}
            )
            for name, (low, high) in place.context.items()
        ]
    taken: list[Lever] = []
    for aim in fitted:
        free = [
            lever
            for lever in all_levers().values()
            if aim.definition.measure in lever.moves and lever not in taken
        ]
        taken += free[:1]
    return taken


def refuse_impossible(scenario: Scenario, aims: Sequence[Aim], scale: float) -> None:
    """Refused, with both numbers, where a figure asks for more than the place's beds can give."""
    beds = sum(
        getattr(service, "beds", 0) for service in scenario.services.values() if service.enabled
    )
    level = stated_values(scenario.parameters)
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
    order = np.random.default_rng(seed).permutation(len(rows))
    common = [Town(small, scale, seed + k, rows[order[k % len(rows)]]) for k in range(ENSEMBLE)]
    fresh = [
        Town(small, scale, 10_000 + seed + k, rows[order[(ENSEMBLE + k) % len(rows)]])
        for k in range(FRESH)
    ]
    run = 0
    with open_ensemble(workers, advance) as run_towns:

        def measure(towns: Sequence[Town], shifts: Mapping[str, float]) -> Table:
            nonlocal run
            run += len(towns)
            return run_towns(
                [town._replace(draw=shift_draw(town.draw, levers, shifts)) for town in towns]
            )

        before = measure(fresh, {})
        effective_before = len(rows) * weigh(before, aims)[1] / FRESH
        shifts: dict[str, float] = {}
        if levers and effective_before < ENOUGH:
            shifts = _solve(scenario, levers, aims, common, measure)
        after = measure(fresh, shifts) if shifts else before
    log_weights, effective = weigh(after, aims)
    whole = len(rows) * effective / FRESH
    weighted = whole >= ENOUGH
    posterior = _draw_posterior(
        rows, order, levers, shifts, log_weights if weighted else None, seed
    )
    means = np.nanmean(after, axis=0)
    low, high = np.nanquantile(after, [0.025, 0.975], axis=0)
    at = [list(MEASURES).index(aim.definition.measure) for aim in aims]
    values = {each.id: _value(each, shifts.get(each.id, 0.0), scenario) for each in levers}
    room = dict(zip(("therapy", "ward"), means[len(MEASURES) :].tolist(), strict=True))
    return Fit(
        tuple(aims),
        tuple(np.nanmean(before, axis=0)[at].tolist()),
        tuple(means[at].tolist()),
        tuple(low[at].tolist()),
        tuple(high[at].tolist()),
        {name: (value, shifts.get(name, 0.0)) for name, value in values.items()},
        tuple(_warn([one for one in levers if shifts.get(one.id)], values, aims, means, room)),
        (effective_before, whole),
        tuple(posterior),
        weighted,
        room,
        scale,
        run,
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
    measure: Callable[[Sequence[Town], Mapping[str, float]], Table],
) -> dict[str, float]:
    """Shifts of levers at which the mean of the ensemble misses the fitted figures least, in
    tolerances.
    """
    fitted = [aim for aim in aims if aim.fit]
    at = [list(MEASURES).index(aim.definition.measure) for aim in fitted]
    middle = np.array([(aim.low + aim.high) / 2.0 for aim in fitted])
    half = np.array([max((aim.high - aim.low) / 2.0, 1e-12) for aim in fitted])

    def shifts_of(x: NDArray[np.float64]) -> dict[str, float]:
        return {
            lever.id: _scaled(lever, lever.low)
            + float(v) * _width(lever)
            - _origin(lever, scenario)
            for lever, v in zip(levers, x, strict=True)
        }

    def miss(x: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.nanmean(measure(common, shifts_of(x)), axis=0)[at]
        return np.asarray((np.nan_to_num(found, nan=0.0) - middle) / half)

    start = np.array(
        [(_origin(each, scenario) - _scaled(each, each.low)) / _width(each) for each in levers]
    )
    return shifts_of(solve(miss, np.clip(start, 0.0, 1.0)).levers)


def _scaled(lever: Lever, value: float) -> float:
    return float(np.log(value)) if lever.scale == "log" else value


def _width(lever: Lever) -> float:
    return _scaled(lever, lever.high) - _scaled(lever, lever.low)


def _origin(lever: Lever, scenario: Scenario) -> float:
    """Where a lever stands before a fit: as the town states it, else as the evidence does."""
    return _scaled(lever, scenario.parameters.get(lever.id, all_evidence()[lever.id].value))


def _value(lever: Lever, shift: float, scenario: Scenario) -> float:
    where = _origin(lever, scenario) + shift
    return float(np.exp(where)) if lever.scale == "log" else where


def shift_draw(
    draw: Mapping[str, float], levers: Sequence[Lever], shifts: Mapping[str, float]
) -> dict[str, float]:
    """A draw with the levers of context moved, each on its own scale."""
    moved = dict(draw)
    for lever in levers:
        if lever.id in shifts:
            value = (
                _scaled(lever, moved.get(lever.id, all_evidence()[lever.id].value))
                + shifts[lever.id]
            )
            moved[lever.id] = float(np.exp(value)) if lever.scale == "log" else value
    return moved


def weigh(figures: Table, aims: Sequence[Aim]) -> tuple[NDArray[np.float64], float]:
    """Log weights of towns (towns,) by how near they come to the fitted figures, and how many draws
    they are worth.

    A tolerance is taken for 95% of a normal; the chance of a single town widens it.
    """
    total = np.zeros(len(figures))
    for aim in aims:
        if aim.fit:
            found = figures[:, list(MEASURES).index(aim.definition.measure)]
            spread = (aim.high - aim.low) / 2.0 / NORMAL
            total -= (
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
    places = (np.arange(len(rows)) + np.random.default_rng(seed).random()) / len(rows)
    chosen = np.minimum(np.searchsorted(cumulated, places), len(weights) - 1)
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
        found = means[list(MEASURES).index(aim.definition.measure)]
        short = aim.fit and np.isfinite(found) and found < aim.low
        if (
            short
            and aim.definition.measure
            in {"treated", "counselled", "therapy_entered", "therapy_finished"}
            and room["therapy"] > 0.95
        ):
            said.append(
                f"{aim.name}: therapy is full ({room['therapy']:.0%} of places taken);"
                f" {aim.value / found - 1:.0%} more places would be needed, no level of"
                " help-seeking gives more"
            )
        if (
            short
            and aim.definition.measure in {"admissions", "admissions_per_1000", "bed_days"}
            and room["ward"] > 0.9
        ):
            said.append(
                f"{aim.name}: the ward is full ({room['ward']:.0%} of beds in use);"
                f" {aim.value / found - 1:.0%} more beds would be needed"
            )
    return said
