"""The statistics that trials report: ratios of shares, of hazards, differences of means.

From two arms' outcomes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.evidence.loader import all_evidence
from sim.scenario.designs.trial_outcome import SCORES
from sim.studies.trials.follow_up import FOLLOW_UP_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.designs.trial import Trial

    Table = NDArray[np.float64]


class Values(NamedTuple):
    """Outcome of each participant: the value that is compared, the value before, the time of an
    event (weeks, inf for none).
    """

    value: Table
    before: Table
    time: Table


def read_outcome(trial: Trial, records: Table) -> Values:
    """Outcome of each participant of an arm."""
    t = {name: records[:, k] for k, name in enumerate(FOLLOW_UP_COLUMNS)}
    outcome = trial.outcome
    nothing, never = np.zeros(records.shape[0]), np.full(records.shape[0], np.inf)
    if outcome.is_event:
        happened = t["days"] if outcome.counted == "days" else t[outcome.measure]
        value = np.asarray(happened > 0, float) if outcome.is_share else happened
        # From the beginning of the window: an event before it is none of this outcome.
        return Values(value, nothing, t[f"first_{outcome.measure}"] - outcome.begins)
    if outcome.measure in SCORES:
        return _read_score(trial, t, never)
    if outcome.measure == "response":
        return Values(
            (t["phq_after"] <= t["phq_before"] / 2.0).astype(float), t["phq_before"], never
        )
    if outcome.measure == "remission":
        well = all_evidence()["care.well_phq"].value
        return Values((t["phq_after"] < well).astype(float), t["phq_before"], never)
    return Values(t[outcome.measure], nothing, never)


def _read_score(trial: Trial, t: dict[str, Table], never: Table) -> Values:
    """A score at the end, or over the window where one is asked for."""
    outcome = trial.outcome
    over_window = outcome.from_ is not None
    before, after = t[f"{outcome.measure}_before"], t[f"{outcome.measure}_after"]
    if outcome.counted == "at_least":
        line = outcome.threshold or 0.0
        reached = t["window_reached"] if over_window else (after >= line).astype(float)
        return Values(reached, (before >= line).astype(float), never)
    return Values(t["window_mean"] if over_window else after, before, never)


def describe_level(trial: Trial, arm: Values) -> float:
    """Level of an arm as it is published: share, mean, or standardised change."""
    if trial.effect == "d_within":
        return change_within(arm)
    return float(arm.value.mean())


def change_within(arm: Values) -> float:
    """Mean change in standard deviations of the value before."""
    return float((arm.value - arm.before).mean() / max(float(arm.before.std(ddof=1)), 1e-9))


def compare_arms(trial: Trial, one: Values, other: Values) -> float:
    """Effect of the first arm against the other, by the trial's own statistic."""
    a, b = one.value, other.value
    if trial.effect == "d_within":
        return change_within(one)
    if trial.effect == "HR":
        return hazard_ratio(one.time, other.time, float(trial.window[1] - trial.window[0]))
    if trial.effect == "IRR":
        return float(a.mean() / b.mean()) if a.any() and b.any() else float("nan")
    if trial.effect in ("MD", "RD"):
        return float(a.mean() - b.mean())
    if trial.effect == "SMD":
        pooled = np.sqrt(
            ((a.size - 1) * a.var(ddof=1) + (b.size - 1) * b.var(ddof=1)) / (a.size + b.size - 2)
        )
        return float((a.mean() - b.mean()) / max(float(pooled), 1e-9))
    p, q = _share(a), _share(b)
    return p / q if trial.effect == "RR" else p / (1.0 - p) / (q / (1.0 - q))


def _share(a: Table) -> float:
    """Share with an event; half an event where there is none, or nobody without."""
    events = float(a.sum())
    # The usual half event, so that odds and ratios exist in small arms.
    return (events + 0.5) / (a.size + 1.0) if events in (0.0, float(a.size)) else events / a.size


def hazard_ratio(one: Table, other: Table, end: float) -> float:
    """Cox hazard ratio of two groups from times of events (inf for none), censored at `end`;
    ties after Breslow.
    """
    time = np.minimum(np.concatenate([one, other]), end)
    event = np.concatenate([one, other]) <= end
    group = np.concatenate([np.ones(one.size), np.zeros(other.size)])
    moments = np.unique(time[event])
    if not moments.size or not event[group == 1].any() or not event[group == 0].any():
        return float("nan")
    at_risk = time[None, :] >= moments[:, None]
    first, second = at_risk[:, group == 1].sum(axis=1), at_risk[:, group == 0].sum(axis=1)
    died = ((time[None, :] == moments[:, None]) & event[None, :]).sum(axis=1)
    total, beta = float(event[group == 1].sum()), 0.0
    for _ in range(50):
        share = first * np.exp(beta) / (first * np.exp(beta) + second)
        # Newton's step, bounded: far from the answer it would overshoot.
        step = (total - (died * share).sum()) / max(
            float((died * share * (1.0 - share)).sum()), 1e-12
        )
        beta += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-9:
            break
    return float(np.exp(beta))
