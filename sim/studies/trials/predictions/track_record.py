"""How well predictions in a ledger agree with results: calibration slope and coverage."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.scenario.designs.trial_outcome import RATIOS
from sim.studies.trials.judgement.heterogeneity import IN_STANDARD_DEVIATIONS, LOGISTIC
from sim.studies.trials.predictions.ledger import Prediction, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PREDICTION_RULE = (
    "A prediction counts as one only if the result was not entered before it; the others are"
    " retrodictions, and say how the model describes what was known. Entries are only ever added;"
    " where a version of the model was asked of a trial several times, its last word is counted."
)
LEAST_PREDICTIONS = 3
"""Pairs from which a slope is drawn through."""


class Pair(NamedTuple):
    """A prediction and the result of the same trial."""

    prediction: Prediction
    result: Result

    @property
    def covered(self) -> bool:
        """Whether the published effect lies in the 95% prediction interval."""
        return self.prediction.low <= self.result.effect <= self.prediction.high


class Record(NamedTuple):
    """Agreement over some pairs: how many, share covered, slope and its standard error.

    The slope is of published on predicted effects, in standard deviations (log ratios × 0.551),
    through no effect; 1 is perfect, below 1 the model promises too much. NaN for fewer than three.
    """

    pairs: int
    covered: float
    slope: float
    error: float


def pair_up(entries: Sequence[Prediction | Result]) -> list[Pair]:
    """Every prediction whose trial has a result of the same kind of effect, in the order of the
    ledger.
    """
    results = {entry.id: entry for entry in entries if isinstance(entry, Result)}
    return [
        Pair(entry, results[entry.id])
        for entry in entries
        if isinstance(entry, Prediction)
        and entry.id in results
        # An odds ratio says nothing of whether a hazard ratio was predicted.
        and results[entry.id].type == entry.type
    ]


def keep_last(pairs: Sequence[Pair]) -> list[Pair]:
    """What each version of the model said last of each result before it was entered, and after: a
    trial that was run again after a change of the model counts once.
    """
    last = {(pair.result.id, pair.prediction.model, pair.prediction.known): pair for pair in pairs}
    return list(last.values())


def measure_record(pairs: Sequence[Pair]) -> Record:
    """Coverage and calibration slope."""
    covered = float(np.mean([pair.covered for pair in pairs])) if pairs else math.nan
    points = np.array([point for pair in pairs if (point := _standardise(pair)) is not None])
    if len(points) < LEAST_PREDICTIONS or not points[:, 0].any():
        return Record(len(pairs), covered, math.nan, math.nan)
    slope, error = _fit(points)
    return Record(len(pairs), covered, slope, error)


def _fit(points: NDArray[np.float64]) -> tuple[float, float]:
    """Slope through the origin and its standard error."""
    x, y = points.T
    slope = float((x * y).sum() / (x * x).sum())
    rest = float(((y - slope * x) ** 2).sum()) / (len(x) - 1)
    return slope, math.sqrt(rest / float((x * x).sum()))


def _standardise(pair: Pair) -> tuple[float, float] | None:
    """Predicted and published effect in standard deviations; None for other units."""
    kind, ends = pair.prediction.type, (pair.prediction.effect, pair.result.effect)
    if kind in RATIOS and min(ends) > 0.0:
        return math.log(ends[0]) * LOGISTIC, math.log(ends[1]) * LOGISTIC
    return ends if kind in IN_STANDARD_DEVIATIONS else None


def write_page(entries: Sequence[Prediction | Result]) -> str:
    """The ledger as a page of Markdown."""
    pairs = keep_last(pair_up(entries))
    count, trials = sum(isinstance(e, Prediction) for e in entries), {e.id for e in entries}
    several, many = "s" * (count != 1), "s" * (len(trials) != 1)
    said = f"{count} prediction{several} of {len(trials)} trial{many}"
    lines = [
        "# Predictions and results",
        "",
        f"{said}. {PREDICTION_RULE}",
        "",
        "| | pairs | published effect in the 95% prediction interval | calibration slope |",
        "|---|---|---|---|",
    ]
    for words, chosen in divide_pairs(pairs):
        lines.append(_write_record(words, measure_record(chosen)))
    lines += ["", *_write_entries(entries)]
    return "\n".join(lines) + "\n"


def divide_pairs(pairs: Sequence[Pair]) -> list[tuple[str, list[Pair]]]:
    """Pairs by what was known, by sample and by version of the model."""
    ahead = [pair for pair in pairs if not pair.prediction.known]
    known = [pair for pair in pairs if pair.prediction.known]
    parts = [("Predictions", ahead)]
    for sample, words in (("out", "out of sample"), ("in", "in sample")):
        chosen = [pair for pair in known if pair.prediction.sample == sample]
        parts.append((f"Retrodictions, {words}", chosen))
    # By length first, so that version 10 comes after version 9.
    versions = sorted({pair.prediction.model for pair in pairs}, key=lambda v: (len(v), v))
    for version in versions:
        chosen = [pair for pair in pairs if pair.prediction.model == version]
        parts.append((f"All, model version {version}", chosen))
    return parts


def _write_record(words: str, found: Record) -> str:
    covered = "-" if not found.pairs else f"{found.covered:.0%}"
    slope = "-" if math.isnan(found.slope) else f"{found.slope:.2f} (SE {found.error:.2f})"
    return f"| {words} | {found.pairs} | {covered} | {slope} |"


def _write_entries(entries: Sequence[Prediction | Result]) -> list[str]:
    lines = ["| date | trial | entry | effect | model | commit |", "|---|---|---|---|---|---|"]
    for entry in entries:
        ends = "" if entry.low is None else f" ({entry.low:g} to {entry.high:g})"
        effect = f"{entry.type} {entry.effect:g}{ends}"
        if isinstance(entry, Prediction):
            word = "retrodiction" if entry.known else "prediction"
            tail = f"{entry.model} | {entry.commit[:9]}"
        else:
            word, tail = "result", " | "
        lines.append(f"| {entry.date[:10]} | {entry.id} | {word} | {effect} | {tail} |")
    return lines
