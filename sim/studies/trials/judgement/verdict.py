"""What a replayed trial says: does the model agree, and could it have disagreed?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.scenario.designs.trial_outcome import RATIOS
from sim.studies.trials.judgement.heterogeneity import scale, unscale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sim.scenario.designs.study import Study

LEVEL_WITHIN = 1 / 3
"""How far, relatively, a control arm's level may lie from the published one."""
MOST_TRIALS = 0.9
"""Share of replayed trials that must lie on the side that was found, where no number was given."""
WHOLE_FROM, FINE_BELOW = 100.0, 0.1
"""Effects told without decimals, and with more than two."""


class Spread(NamedTuple):
    """Effects of many trials of the published size: mean, 95% prediction interval, share above no
    effect.
    """

    effect: float
    low: float
    high: float
    above: float = float("nan")


def summarise(trial: Study, effects: NDArray[np.float64]) -> Spread:
    """Mean effect (of the logarithm for ratios), prediction interval, share above no effect."""
    found = effects[np.isfinite(effects)]
    if not found.size:
        return Spread(np.nan, np.nan, np.nan)
    mean = float(unscale(trial, scale(trial, found).mean()))
    low, high = np.quantile(found, [0.025, 0.975])
    none = no_effect(trial)
    # Small trials often tie at no effect: half of these count to either side.
    above = float((found > none).mean() + 0.5 * (found == none).mean())
    return Spread(mean, float(low), float(high), above)


def no_effect(trial: Study) -> float:
    """The effect that is none."""
    return 1.0 if trial.effect in RATIOS else 0.0


def judge(trial: Study, found: Spread, levels: Mapping[str, float]) -> dict[str, bool]:
    """Published effect in the prediction interval, mean effect in the published interval, control
    level within a third; for a result without a number, no effect or the direction found.
    """
    told, control = trial.published, trial.compared[1]
    if told is None:
        return {}
    checks: dict[str, bool] = {}
    if told.found == "no_effect":
        checks["no effect in prediction interval"] = found.low <= no_effect(trial) <= found.high
    elif told.found is not None:
        side = found.above if told.found == "more" else 1.0 - found.above
        checks[f"{told.found} in the first arm, as was found"] = side >= MOST_TRIALS
    if told.effect is not None:
        checks["published effect in prediction interval"] = found.low <= told.effect <= found.high
    if told.low is not None and told.high is not None:
        checks["mean effect in published interval"] = told.low <= found.effect <= told.high
    if told.margin is not None:
        beyond = find_margin(trial, told.margin)
        checks["mean effect within the margin"] = bool(
            abs(scale(trial, np.array([found.effect]))[0]) <= beyond
        )
    if control in told.arms and control in levels:
        wanted = told.arms[control]
        close = abs(levels[control] - wanted) <= LEVEL_WITHIN * abs(wanted)
        checks["control level within a third"] = close
    return checks


def find_margin(trial: Study, margin: float) -> float:
    """How far an effect may lie from none, on the scale on which effects add up."""
    return float(abs(scale(trial, np.array([margin]))[0]))


class Power(NamedTuple):
    """Whether the same trial would have passed had the model no effect, and twice its effect."""

    without: Spread
    double: Spread
    without_passes: bool
    double_passes: bool

    @property
    def sentence(self) -> str:
        """What the trial could not have told apart."""
        if self.without_passes and self.double_passes:
            return "a model without effect and one with twice the effect would have passed too"
        if self.without_passes:
            return "a model without effect would have passed too"
        return "twice the effect would have passed too" if self.double_passes else ""


def measure_power(
    trial: Study,
    effects: NDArray[np.float64],
    without: NDArray[np.float64],
    levels: Mapping[str, float],
) -> Power:
    """Hold the trial against a model without effect, and against one with twice the effect.

    effects: of the trials replayed. without: of the same trials in which both arms had what the
    control had. On the scale on which effects add up, twice is one step further.
    """
    ours, null = scale(trial, effects), scale(trial, without)
    step = float(np.nanmean(ours) - np.nanmean(null))
    twice = summarise(trial, np.asarray(unscale(trial, ours + step)))
    none = summarise(trial, without)
    return Power(none, twice, _passes(trial, none, levels), _passes(trial, twice, levels))


def _passes(trial: Study, found: Spread, levels: Mapping[str, float]) -> bool:
    return all(judge(trial, found, levels).values())


def find_accepted(trial: Study, found: Spread) -> tuple[float, float] | None:
    """Mean effects of a model that would have passed, with trials that vary as these do.

    None where only a direction was published.
    """
    told = trial.published
    if told is None or told.found in ("more", "fewer") or not np.isfinite(found.effect):
        return None
    published_effect = no_effect(trial) if told.effect is None else told.effect
    mean, low, high, goal = scale(trial, np.array([*found[:3], published_effect], float))
    ends = [goal - (high - mean), goal + (mean - low)]
    if told.low is not None and told.high is not None:
        published = scale(trial, np.array([told.low, told.high], float))
        ends = [max(ends[0], published[0]), min(ends[1], published[1])]
    if told.margin is not None:
        beyond = find_margin(trial, told.margin)
        ends = [max(ends[0], -beyond), min(ends[1], beyond)]
    accepted = unscale(trial, np.array(ends))
    return float(accepted[0]), float(accepted[1])


def spell_effects(effects: Sequence[float]) -> list[str]:
    """Effects of one trial, all to as many decimals as the largest of them asks for."""
    largest = max(map(abs, effects))
    decimals = 0 if largest >= WHOLE_FROM else 2 + (largest < FINE_BELOW)
    if 0 < largest < FINE_BELOW / 10:
        decimals = math.ceil(-math.log10(largest)) + 1  # two digits of it, however small
    return [f"{round(value, decimals) + 0.0:,.{decimals}f}" for value in effects]


def say_absent(measure: str, names: Sequence[str]) -> str:
    """Where there is nothing of an outcome, as a part of a sentence; "" where there is some."""
    said = measure.replace("_", " ")
    return f", with 0 {said} in {' and '.join(names)}" if names else ""


def say_verdict(
    checks: Mapping[str, bool], power: Power | None, accepted: tuple[float, float] | None = None
) -> str:
    """In words; "replicated" only where a model without effect would have failed."""
    failed = [name for name, held in checks.items() if not held]
    if failed:
        return f"misfit: not {', not '.join(failed)}"
    if power is None or not power.sentence:
        return "replicated"
    if not power.without_passes:
        return f"replicated; {power.sentence}"
    beyond = ""
    if accepted is not None:
        low, high = spell_effects(accepted)
        beyond = f"; a mean effect outside {low} to {high} would not have"
    said = "cannot tell" if power.double_passes else "consistent"
    return f"{said}: {power.sentence}{beyond}"
