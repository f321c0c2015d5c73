"""How trials of a kind differ beyond chance: what a new trial of the kind may find."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sim.evidence.distributions import NORMAL_95
from sim.scenario.designs.trial import Trial, list_trials, load_trial
from sim.scenario.designs.trial_outcome import RATIOS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.designs.study import Study

LOGISTIC = 0.551
"""What turns a log odds ratio into standard deviations (logistic to normal)."""
IN_STANDARD_DEVIATIONS = ("SMD", "d_within")


def scale(trial: Study, effects: NDArray[np.float64]) -> NDArray[np.float64]:
    """Effects on the scale on which they add up: logarithms of ratios, differences as they are."""
    return np.log(np.maximum(effects, 1e-9)) if trial.effect in RATIOS else effects


def unscale(trial: Study, effects: NDArray[np.float64]) -> NDArray[np.float64]:
    """Back from `scale`."""
    return np.exp(effects) if trial.effect in RATIOS else effects


def find_tau(trial: Trial, chance: float) -> tuple[float | None, str]:
    """Standard deviation between trials on the scale of the effect, and where it comes from.

    chance: standard deviation of the effect of one trial by chance alone, to read an I² by.
    None where no meta-analysis of the kind says how its trials differ.
    """
    if trial.published is not None and trial.published.heterogeneity is not None:
        return _read_tau(trial, chance), "published"
    for pooled in _list_pooled():
        same = _kinds(pooled) & _kinds(trial)
        factor = _convert(pooled.effect, trial.effect)
        tau = _read_tau(pooled, chance) if same and factor else None
        if tau is not None:
            return tau * factor, f"{pooled.id}, {pooled.title}"
    return None, ""


def _read_tau(trial: Trial, chance: float) -> float | None:
    told = trial.published.heterogeneity if trial.published else None
    if told is None:
        return None
    if told.tau is not None:
        return told.tau
    if told.i2 is not None:
        return chance * float(np.sqrt(told.i2 / (1.0 - told.i2)))
    ends = scale(trial, np.array([told.low, told.high], float))
    return float(ends[1] - ends[0]) / (2.0 * NORMAL_95)


def _convert(given: str, wanted: str) -> float:
    """Factor from the scale of one effect to another; 0 where there is none."""
    if given == wanted or (given in RATIOS and wanted in RATIOS):
        return 1.0
    if given in IN_STANDARD_DEVIATIONS and wanted in IN_STANDARD_DEVIATIONS:
        return 1.0
    if given in IN_STANDARD_DEVIATIONS and wanted == "OR":
        return 1.0 / LOGISTIC
    return LOGISTIC if given == "OR" and wanted in IN_STANDARD_DEVIATIONS else 0.0


def _kinds(trial: Trial) -> set[str]:
    return {str(service.get("kind")) for service in trial.services.values()}


@cache
def _list_pooled() -> tuple[Trial, ...]:
    return tuple(load_trial(name) for name in list_trials("pooled/"))


def measure_spread(effects: NDArray[np.float64], worlds: int) -> tuple[float, float]:
    """Standard deviation of effects by chance, and between parameter draws beyond it.

    effects: on the scale on which they add up, trial k under draw k modulo `worlds`; NaN where a
    trial has no effect.
    """
    parts = [effects[w :: max(worlds, 1)] for w in range(max(worlds, 1))]
    # Draws first: without the trials that have no effect, the others would change their draw.
    parts = [known for part in parts if (known := part[np.isfinite(part)]).size > 1]
    if len(parts) < 2:
        return float(parts[0].std(ddof=1)) if parts else 0.0, 0.0
    within = float(np.mean([part.var(ddof=1) for part in parts]))
    # Means of draws differ by chance, too: what it adds is taken off.
    noise = float(np.mean([part.var(ddof=1) / part.size for part in parts]))
    between = float(np.var([part.mean() for part in parts], ddof=1)) - noise
    return float(np.sqrt(within)), float(np.sqrt(max(between, 0.0)))


def predict_new_trial(
    trial: Trial, effects: NDArray[np.float64], worlds: int, rng: np.random.Generator
) -> tuple[float, float, str]:
    """95% prediction interval of a new trial of the kind, and the source of its heterogeneity.

    Ranges of the evidence hold part of what trials differ in; what is missing to tau is added.
    """
    scaled = scale(trial, effects)
    chance, between = measure_spread(scaled, worlds)
    tau, source = find_tau(trial, chance)
    if tau is not None and tau > between:
        extra = float(np.sqrt(tau**2 - between**2))
        scaled = scaled + extra * rng.standard_normal(scaled.size)
    low, high = unscale(trial, np.nanquantile(scaled, [0.025, 0.975]))
    return float(low), float(high), source
