"""Repeat a natural experiment: towns with and without a change, before and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.engine.random import stream
from sim.evidence.loader import all_evidence
from sim.scenario.designs.natural_experiment import FEWEST_OF_A_LINE, SHARES
from sim.scenario.designs.trial_outcome import RATIOS
from sim.scenario.library import load
from sim.studies.calibration.known_values import average_known
from sim.studies.running.side_by_side import run_side_by_side
from sim.studies.sweeps.parameter_draws import draw_parameters, draw_ranges, pick
from sim.studies.trials.judgement.heterogeneity import scale, unscale
from sim.studies.trials.judgement.result import Outcome, keep_digits
from sim.studies.trials.judgement.verdict import measure_power, say_absent, summarise
from sim.studies.trials.natural.town_series import TownSite, run_town
from sim.studies.trials.trial import WHAT_IT_DOES
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from sim.scenario.designs.natural_experiment import NaturalExperiment
    from sim.studies.sweeps.parameter_draws import Covered

NATURAL_SITES = 24
"""Towns that are run, each with every sort of change."""
PARAMETER_DRAWS = 12
"""Parameter draws that towns are spread over."""
STUDIES_DRAWN = 400
"""Studies drawn from the towns."""
WITHOUT_OTHERS = ("before_and_after", "interrupted_series")
"""Designs that compare towns with themselves alone."""
NOT_THERE = ("involuntary_admissions",)
"""Outcomes that studies report and the model does not tell apart."""


def run_natural_experiment(
    study: NaturalExperiment,
    *,
    seed: int = 1,
    sites: int = NATURAL_SITES,
    workers: int = 1,
    uncertainty: Covered = "evidence",
    advance: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run towns of every sort and compare them as the study did, many times at its own size.

    uncertainty: "chance" alone; "evidence" draws what is known of crises and hospital, and of what
    the services do that change, from its ranges; "posterior" draws the whole town.
    """
    if study.outcome.measure in NOT_THERE:
        return Outcome(study, missing=(study.outcome.measure.replace("_", " "),))
    resized = {name for change in study.towns.values() for name in change.size}
    if unknown := sorted(resized - set(load(study.town).with_(study.has).services)):
        said = f"{study.town} has no service {', '.join(unknown)}"
        return Outcome(study, obstacle=said)
    draws = draw_town_parameters(study, uncertainty, min(PARAMETER_DRAWS, sites), seed)
    tasks = [
        TownSite(study, seed + k, draws[k % len(draws)] if draws else {}) for k in range(sites)
    ]
    series = []
    for found in _run_towns(tasks, workers):
        series.append(found)
        advance()
    return compare_towns(study, series, seed, len(draws))


def draw_town_parameters(
    study: NaturalExperiment, uncertainty: Covered, count: int, seed: int
) -> list[dict[str, float]]:
    """Parameter draws that the towns are run under."""
    if uncertainty == "chance" or count < 2:
        return []
    if uncertainty == "posterior":
        return draw_parameters("posterior", count, seed) or []
    records = [
        record
        for record in all_evidence().values()
        if record.id.startswith("crisis.") and record.low < record.high
    ]
    # As in a trial: whether more therapists help depends on what a therapist does.
    records += pick(list_changed_kinds(study), WHAT_IT_DOES)
    return draw_ranges(records, count, seed, f"{study.id} worlds")


def list_changed_kinds(study: NaturalExperiment) -> set[str]:
    """Kinds of services that come, go, or change their size or anything else in some towns."""
    usual = load(study.town).with_(study.has)
    kinds = set()
    for name, change in study.towns.items():
        changed = usual.with_(study.list_changes(name, usual)).services
        kinds |= {
            service.kind
            for key, service in changed.items()
            if key in change.size or service != usual.services.get(key)
        }
    return kinds


def _run_towns(tasks: Sequence[TownSite], workers: int) -> Sequence[dict[str, NDArray[np.float64]]]:
    return list(run_side_by_side(run_town, tasks, workers))


def compare_towns(
    study: NaturalExperiment,
    series: Sequence[Mapping[str, NDArray[np.float64]]],
    seed: int,
    worlds: int,
) -> Outcome:
    """Draw studies of the published number of towns; other towns on either side, as there."""
    effects, without = draw_studies(study, series, seed, worlds)
    after = slice(study.before + study.outcome.from_, None)
    levels = {name: _average([town[name][after] for town in series]) for name in study.towns}
    levels["before"] = _average([town[study.compared[1]][: study.before] for town in series])
    arms = {name: {"n": float(study.number), "level": keep_digits(v)} for name, v in levels.items()}
    if not np.isfinite(effects).any():
        said = _say_undefined(study, levels)
        return Outcome(study, arms=arms, sites=len(series), obstacle=said)
    spread = summarise(study, effects)
    return Outcome(
        study,
        spread.effect,
        spread.low,
        spread.high,
        arms,
        len(series),
        covers=("chance", "parameters") if worlds else ("chance",),
        above=spread.above,
        power=measure_power(study, effects, without, levels),
    )


def _say_undefined(study: NaturalExperiment, levels: Mapping[str, float]) -> str:
    """Why the statistic of the study has no value in the model."""
    said, measure = f"{study.effect} has no value in the model", study.outcome.measure
    if not all(np.isfinite(level) for level in levels.values()):
        who = "is discharged" if measure == "readmitted" else "of those who are followed is there"
        return f"{said}, as nobody {who}"
    if study.design == "lagged_correlation":
        return f"{said}, as sizes, or the outcome, change by the same in every year"
    never = [name for name, level in levels.items() if level == 0.0]
    other = "RD" if measure in SHARES else "MD"
    return f"{said}{say_absent(measure, never)}; a difference ({other}) has one"


def _average(rates: ArrayLike) -> float:
    """Mean of all weeks in which there is something to measure; a week may be without discharge."""
    return float(average_known(np.ravel(rates)))


def draw_studies(
    study: NaturalExperiment,
    series: Sequence[Mapping[str, NDArray[np.float64]]],
    seed: int,
    worlds: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Effects of studies (STUDIES_DRAWN,), each in one world, and those of the same without the
    change on either side: what such a study finds by chance.
    """
    first, last = (np.array([town[name] for town in series]) for name in study.compared)
    # Towns of one draw: a study is done in one world, not in a mixture of them.
    pools = [np.arange(len(series))[w :: max(worlds, 1)] for w in range(max(worlds, 1))]
    whole = np.array([_measure_both(study, first, last, (rows,) * 3) for rows in pools])
    found = np.empty((STUDIES_DRAWN, 2))
    for k in range(STUDIES_DRAWN):
        rng, w = stream(seed, f"{study.id} study {k}"), k % len(pools)
        rows, pool = pools[w], whole[w]
        drawn = _measure_both(study, first, last, draw_towns(rows, study.number, rng))
        if study.design in WITHOUT_OTHERS and rows.size > 1 and np.isfinite(pool).all():
            # Few towns of a world stand for many: what they go through by chance, told by the same
            # towns without the change, is not the world's; that of all towns is known as well as
            # these are many. And a few vary less among themselves than towns do.
            usual = average_known(rng.choice(whole[:, 1], len(pools)))
            wider = np.sqrt(rows.size / (rows.size - 1))
            drawn = pool + (drawn - pool) * wider + usual - pool[1]
        found[k] = drawn
    effects, without = unscale(study, found).T
    return effects, without


def _measure_both(
    study: NaturalExperiment,
    first: NDArray[np.float64],
    last: NDArray[np.float64],
    drawn: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.float64]:
    """The effect in towns that were drawn, and without the change, on the scale on which effects
    add up.
    """
    ours, theirs, twins = drawn
    both = [
        measure_effect(study, first[ours], last[theirs]),
        measure_effect(study, last[twins], last[theirs]),
    ]
    return scale(study, np.array(both))


def draw_towns(
    rows: NDArray[np.int64], number: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Towns of the first sort, of the last, and as many more, (number,) each, with return.

    No town is set against itself, unless there is no other: the two would share their chance, of
    which a study of few towns has much.
    """
    first = rng.integers(rows.size, size=number)
    if rows.size == 1:
        return rows[first], rows[first], rows[first]
    last = (first + 1 + rng.integers(rows.size - 1, size=number)) % rows.size
    more = (last + 1 + rng.integers(rows.size - 1, size=number)) % rows.size
    return rows[first], rows[last], rows[more]


def measure_effect(
    study: NaturalExperiment, first: NDArray[np.float64], last: NDArray[np.float64]
) -> float:
    """The effect that a study of these towns would report; (towns, weeks) of either sort."""
    ours, theirs = average_known(first), average_known(last)
    after = slice(study.before + study.outcome.from_, None)
    if study.design == "interrupted_series":
        lines = fit_lines(ours, study.before, study.outcome.from_)
        if study.effect == "slope":
            return lines.slope * WEEKS_PER_YEAR
        return lines.ratio if study.effect in RATIOS else lines.step
    if study.design == "lagged_correlation":
        return correlate_years(study, ours)
    before = slice(0, study.before)
    if study.design == "with_and_without":
        return _contrast(study, _average(ours[after]), _average(theirs[after]))
    change = _contrast(study, _average(ours[after]), _average(ours[before]))
    if study.design == "before_and_after":
        return change
    other = _contrast(study, _average(theirs[after]), _average(theirs[before]))
    return change / other if study.effect in RATIOS else change - other


def _contrast(study: NaturalExperiment, one: float, other: float) -> float:
    if study.effect == "OR":
        # Odds of nobody and of everybody have no ratio.
        one, other = (x / (1.0 - x) if x < 1.0 else 0.0 for x in (one, other))
    if study.effect in RATIOS:
        return float(one / other) if one > 0.0 and other > 0.0 else float("nan")
    return float(one - other)


class Lines(NamedTuple):
    """Two lines through a series: where the first meets the week in which the second begins, the
    step to the second there, and the change in slope per week.
    """

    level: float
    step: float
    slope: float

    @property
    def ratio(self) -> float:
        """The step as a ratio of where the two meet that week; `nan` where the first is not above
        0.
        """
        known = self.level > 0.0 and self.level + self.step > 0.0
        return 1.0 + self.step / self.level if known else float("nan")


def fit_lines(series: NDArray[np.float64], before: int, left_out: int = 0) -> Lines:
    """Lines through the weeks before week 0 and through those after it.

    left_out: weeks from week 0 on through which neither goes, as a change is under way in them; the
    step is where the second begins.
    """
    weeks = np.arange(series.size) - before - left_out
    later = (weeks >= 0).astype(float)
    columns = np.column_stack([np.ones(series.size), weeks, later, later * weeks])
    kept = ((weeks >= 0) | (weeks < -left_out)) & np.isfinite(series)
    if min((kept & (later == side)).sum() for side in (0, 1)) < FEWEST_OF_A_LINE:
        return Lines(float("nan"), float("nan"), float("nan"))
    fitted, *_ = np.linalg.lstsq(columns[kept], series[kept], rcond=None)
    return Lines(float(fitted[0]), float(fitted[2]), float(fitted[3]))


def correlate_years(study: NaturalExperiment, series: NDArray[np.float64]) -> float:
    """Correlation of yearly changes in size with changes of the outcome in the year after."""
    change = study.towns[study.compared[0]]
    years = study.after // WEEKS_PER_YEAR
    yearly = (
        series[study.before : study.before + years * WEEKS_PER_YEAR]
        .reshape(years, WEEKS_PER_YEAR)
        .mean(axis=1)
    )
    ends = np.minimum(np.arange(years + 1) * WEEKS_PER_YEAR, change.over) / change.over
    share = min(change.size.values(), default=1.0)
    size = 1.0 + (share - 1.0) * ends
    moved, followed = np.diff(size)[:-1], np.diff(yearly)
    # Equal steps differ by rounding, which would go with anything.
    if np.allclose(moved, moved[0]) or np.allclose(followed, followed[0]):
        return float("nan")
    return float(np.corrcoef(moved, followed)[0, 1])
