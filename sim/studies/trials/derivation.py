"""Ceilings from pooled trials: the value of a number at which a virtual pooled trial gives the
pooled estimate, everything that a service does included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.errors import InvalidInput
from sim.evidence.loader import all_evidence
from sim.scenario.designs.trial_outcome import RATIOS
from sim.studies.trials.effects import Values, compare_arms, read_outcome
from sim.studies.trials.judgement.heterogeneity import scale
from sim.studies.trials.replay import gather
from sim.studies.trials.sites import Site, run_site

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sim.evidence.record import Evidence
    from sim.scenario.designs.trial import Trial
    from sim.scenario.designs.trial_published import Published

SITES_OF_VALUE = 8
"""Towns that a value is tried in, the same for every value."""
VALUES_TRIED = 4
"""Values tried between nothing and the most."""
REFINED = 4
"""Values tried at most where a line between those points meets the published effect."""
NEAR_ENOUGH = {True: 0.03, False: 0.02}
"""How near the published effect is near enough, of a ratio (on the log scale) and otherwise."""


class Derivation(NamedTuple):
    """What a pooled trial gives at some values of a number, and the value that fits.

    values, effects: as tried; effects of everybody in all towns together. low, high: the values at
    which the ends of the published interval are met. None where no value within what the number can
    be meets it.
    """

    trial: Trial
    values: tuple[float, ...]
    effects: tuple[float, ...]
    now: float
    effect_now: float
    value: float | None
    low: float | None
    high: float | None

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "id": self.trial.id,
            "record": self.trial.derives,
            "published": None if self.trial.published is None else self.trial.published.effect,
            "tried": dict(zip(map(str, self.values), self.effects, strict=True)),
            "now": self.now,
            "effect_now": self.effect_now,
            "value": self.value,
            "low": self.low,
            "high": self.high,
        }


def _find_unknown(trial: Trial) -> tuple[Evidence, Published, float]:
    """The number that a pooled trial derives, what was published, and the effect in it."""
    told = trial.published
    record = all_evidence().get(trial.derives or "")
    if record is None or told is None or told.effect is None:
        raise InvalidInput(
            f"{trial.id}: nothing to derive; a pooled trial names a number of the evidence under"
            " `derives` and has a published effect"
        )
    return record, told, told.effect


def derive(
    trial: Trial,
    *,
    seed: int = 1,
    sites: int = SITES_OF_VALUE,
    run: Callable[[Sequence[Site]], list[dict[str, np.ndarray]]] | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Derivation:
    """Find the value of the trial's `derives` at which it gives what was published.

    InvalidInput where the trial names no number, or has no published effect.
    """
    record, told, goal = _find_unknown(trial)

    def attempt(value: float) -> float:
        """The effect that the pooled trial gives at a value of the number."""
        tasks = [Site(trial, seed + k, {record.id: value}) for k in range(sites)]
        advance()
        return _pool_effect(trial, run(tasks) if run else [run_site(task) for task in tasks])

    tried = _close_in(trial, record, goal, attempt)
    values, effects = _list_tried(tried)
    ends = [
        None if published is None else solve(trial, values, effects, published)
        for published in (goal, told.low, told.high)
    ]
    spread = sorted(end for end in ends[1:] if end is not None)
    return Derivation(
        trial,
        tuple(float(v) for v in values),
        tuple(round(float(e), 4) for e in effects),
        record.value,
        round(float(tried[record.value]), 4),
        ends[0],
        spread[0] if len(spread) == 2 else None,
        spread[1] if len(spread) == 2 else None,
    )


def _close_in(
    trial: Trial, record: Evidence, goal: float, attempt: Callable[[float], float]
) -> dict[float, float]:
    """What values gave: some from nothing to the most, then those at which a line between what was
    tried meets the goal, until one is near enough.
    """
    # The value that it has too, so that what it gives now can be told.
    first = (*np.linspace(0.0, find_most(record), VALUES_TRIED).tolist(), record.value)
    tried = {value: attempt(value) for value in first}
    for _ in range(REFINED):
        fits = solve(trial, *_list_tried(tried), goal)
        if fits is None or fits in tried or is_near(trial, tried, goal):
            break
        tried[fits] = attempt(fits)
    return tried


def find_most(record: Evidence) -> float:
    """The largest value that is tried: half as much again as the range has."""
    # Half beyond the range: an estimate may lie outside what other evidence says.
    most = 1.5 * (max(abs(record.high), abs(record.value)) or 1.0)
    return min(most, 1.0) if record.unit == "share" else most


def is_near(trial: Trial, tried: Mapping[float, float], published: float) -> bool:
    """Whether some value that was tried gives the published effect, as near as chance leaves it."""
    goal, found = scale(trial, np.array([published])), scale(trial, np.array([*tried.values()]))
    return bool((np.abs(found - goal) <= NEAR_ENOUGH[trial.effect in RATIOS]).any())


def _list_tried(tried: Mapping[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Values in order, and what each gave."""
    values = np.array(sorted(tried))
    return values, np.array([tried[value] for value in values.tolist()])


def _pool_effect(trial: Trial, groups: Sequence[dict[str, np.ndarray]]) -> float:
    """Effect among everybody eligible in all towns: the same people in either arm."""
    # All who are eligible, not a sample: chance would blur the curve that is inverted.
    first, last = (
        gather(trial, [read_outcome(trial, group[name]) for group in groups]).people
        for name in trial.compared
    )
    return compare_arms(trial, Values(*first), Values(*last))


def solve(trial: Trial, values: np.ndarray, effects: np.ndarray, published: float) -> float | None:
    """Value at which a line between the points tried meets a published effect.

    The least where everything else that the service does gives more already; None beyond the most.
    """
    scaled = scale(trial, effects)
    goal = float(scale(trial, np.array([published]))[0])
    # Other parts of the service give more already: nothing is left for this number.
    if (goal - scaled[0]) * (scaled[-1] - scaled[0]) <= 0.0:
        return float(values[0])
    for k in range(len(values) - 1):
        one, other = scaled[k], scaled[k + 1]
        if min(one, other) <= goal <= max(one, other) and one != other:
            part = (goal - one) / (other - one)
            return float(values[k] + part * (values[k + 1] - values[k]))
    return None


def write_derivations(found: Sequence[Derivation]) -> str:
    """Derivations as lines of text."""
    lines = [f"{'':8} {'number':44} {'published':>10} {'now gives':>10} {'now':>8} {'fits':>8}"]
    for one in found:
        told = one.trial.published
        fits = "beyond" if one.value is None else f"{one.value:.3f}"
        published = "-" if told is None or told.effect is None else f"{told.effect:g}"
        name = f"{one.trial.id:8} {one.trial.derives or '':44}"
        lines.append(f"{name} {published:>10} {one.effect_now:>10.3f} {one.now:>8.3f} {fits:>8}")
    return "\n".join(lines)
